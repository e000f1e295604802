/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The system's time zone, with a file of the test instead of /etc/localtime. */

#include "config.h"

#include "asynclit-local-zone-private.h"

#include <glib/gstdio.h>
#include <unistd.h>

typedef struct {
  char *folder;
  char *path;
} Place;

static void
place_link (Place *self, const char *zone)
{
  g_autofree char *target = g_strconcat ("/usr/share/zoneinfo/", zone, NULL);
  g_autofree char *fresh = g_strconcat (self->path, ".new", NULL);

  g_assert_cmpint (symlink (target, fresh), ==, 0);
  g_assert_cmpint (g_rename (fresh, self->path), ==, 0);
}

static void
place_set_up (Place *self, gconstpointer unused)
{
  self->folder = g_dir_make_tmp ("asynclit-zone-XXXXXX", NULL);
  self->path = g_build_filename (self->folder, "localtime", NULL);
  place_link (self, "Europe/Helsinki");
  g_unsetenv ("TZ");
  asynclit_local_zone_set_path (self->path);
  asynclit_local_zone_get_serial (); /* notices that TZ has been removed */
}

static void
place_tear_down (Place *self, gconstpointer unused)
{
  asynclit_local_zone_set_watched (FALSE);
  asynclit_local_zone_set_path (NULL);
  g_remove (self->path);
  g_rmdir (self->folder);
  g_free (self->path);
  g_free (self->folder);
}

/* In winter. */
static int
get_hours (void)
{
  g_autoptr (GTimeZone) zone = asynclit_local_zone_get ();
  int interval = g_time_zone_find_interval (zone, G_TIME_TYPE_UNIVERSAL, 1767225600);

  return g_time_zone_get_offset (zone, interval) / 3600;
}

/* Without a watch, the file is checked for each answer. */
static void
test_unwatched (Place *place, gconstpointer unused)
{
  guint serial = asynclit_local_zone_get_serial ();

  g_assert_cmpint (get_hours (), ==, 2);
  g_assert_cmpuint (asynclit_local_zone_get_serial (), ==, serial);
  place_link (place, "Asia/Tokyo");
  g_assert_cmpuint (asynclit_local_zone_peek_serial (), ==, serial);
  g_assert_cmpuint (asynclit_local_zone_get_serial (), !=, serial);
  g_assert_cmpint (get_hours (), ==, 9);
  g_remove (place->path);
  g_assert_cmpint (get_hours (), ==, 0);
}

static void
test_watched (Place *place, gconstpointer unused)
{
  guint serial;

  asynclit_local_zone_set_watched (TRUE);
  serial = asynclit_local_zone_get_serial ();
  g_assert_cmpint (get_hours (), ==, 2);
  place_link (place, "Asia/Tokyo");
  g_assert_cmpint (get_hours (), ==, 2);
  g_assert_cmpuint (asynclit_local_zone_get_serial (), ==, serial);
  g_assert_true (asynclit_local_zone_look_again ());
  g_assert_false (asynclit_local_zone_look_again ());
  g_assert_cmpint (get_hours (), ==, 9);
  g_assert_cmpuint (asynclit_local_zone_get_serial (), !=, serial);
}

/* TZ takes precedence over the file, and is read where that is safe. */
static void
test_environment (Place *place, gconstpointer unused)
{
  guint serial = asynclit_local_zone_get_serial ();

  g_setenv ("TZ", "America/New_York", TRUE);
  g_assert_cmpuint (asynclit_local_zone_peek_serial (), ==, serial);
  g_assert_cmpint (get_hours (), ==, -5);
  place_link (place, "Asia/Tokyo");
  g_assert_false (asynclit_local_zone_look_again ());
  g_assert_cmpint (get_hours (), ==, -5);
  g_setenv ("TZ", "nowhere", TRUE);
  g_assert_cmpint (get_hours (), ==, 0);
  g_unsetenv ("TZ");
  g_assert_cmpint (get_hours (), ==, 9);
}

static gpointer
get_hours_on_thread (gpointer unused)
{
  return GINT_TO_POINTER (get_hours ());
}

static void
test_other_thread (Place *place, gconstpointer unused)
{
  g_assert_cmpint (get_hours (), ==, 2);
  g_setenv ("TZ", "Asia/Tokyo", TRUE);
  g_assert_cmpint (
      GPOINTER_TO_INT (g_thread_join (g_thread_new ("other", get_hours_on_thread, NULL))), ==, 2);
  g_assert_cmpint (get_hours (), ==, 9);
  g_assert_cmpint (
      GPOINTER_TO_INT (g_thread_join (g_thread_new ("other", get_hours_on_thread, NULL))), ==, 9);
  g_unsetenv ("TZ");
}

static void
count_change (gpointer data)
{
  (*(guint *) data)++;
}

static void
place_write (Place *self, const char *name)
{
  g_autofree char *path = g_build_filename (self->folder, name, NULL);

  g_assert_true (g_file_set_contents (path, "none", -1, NULL));
  g_remove (path);
}

/* The link is replaced, other files come and go, and the link is removed and created again. */
static void
test_watch (Place *place, gconstpointer unused)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  guint n_changes = 0;
  g_autoptr (GSource) watch = asynclit_zone_watch_new (count_change, &n_changes);

  g_assert_nonnull (watch);
  g_source_attach (watch, context);
  asynclit_local_zone_set_watched (TRUE);
  place_write (place, "other");
  g_assert_true (g_main_context_iteration (context, TRUE));
  g_assert_cmpuint (n_changes, ==, 0);
  place_link (place, "Asia/Tokyo");
  while (n_changes == 0)
    g_main_context_iteration (context, TRUE);
  g_assert_cmpint (get_hours (), ==, 9);
  g_remove (place->path);
  while (n_changes == 1)
    g_main_context_iteration (context, TRUE);
  g_assert_cmpint (get_hours (), ==, 0);
  place_link (place, "Europe/Helsinki");
  while (n_changes == 2)
    g_main_context_iteration (context, TRUE);
  g_assert_cmpint (get_hours (), ==, 2);
  g_source_destroy (watch);
}

/* More events than are read at once. */
static void
test_watch_flood (Place *place, gconstpointer unused)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  guint n_changes = 0;
  g_autoptr (GSource) watch = asynclit_zone_watch_new (count_change, &n_changes);

  g_source_attach (watch, context);
  asynclit_local_zone_set_watched (TRUE);
  for (guint i = 0; i < 500; i++)
    place_write (place, i == 250 ? "a-name-that-is-longer-than-others" : "other");
  place_link (place, "Asia/Tokyo");
  while (n_changes == 0)
    g_main_context_iteration (context, TRUE);
  g_assert_cmpint (get_hours (), ==, 9);
  g_source_destroy (watch);
}

static void
test_watch_nowhere (Place *place, gconstpointer unused)
{
  asynclit_local_zone_set_path ("/nowhere/localtime");
  g_assert_null (asynclit_zone_watch_new (count_change, NULL));
  g_assert_cmpint (get_hours (), ==, 0);
}

#define ADD(path, func) g_test_add (path, Place, NULL, place_set_up, func, place_tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/local-zone/unwatched", test_unwatched);
  ADD ("/local-zone/watched", test_watched);
  ADD ("/local-zone/environment", test_environment);
  ADD ("/local-zone/other-thread", test_other_thread);
  ADD ("/local-zone/watch", test_watch);
  ADD ("/local-zone/watch/flood", test_watch_flood);
  ADD ("/local-zone/watch/nowhere", test_watch_nowhere);
  return g_test_run ();
}
