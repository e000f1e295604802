/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* g_time_zone_new_local() reads the environment, a link and sometimes a file at each call. A
 * scheduler would do so at every tick. Besides, reading the environment on a thread other than the
 * main one is unsafe, because setenv() on another thread may move it at the same time.
 *
 * TZ is therefore read on the main thread only, when something there asks for the zone. Other
 * threads use the last known value. (If the main thread has never asked, the first thread that asks
 * reads it.) The file is read when a watch reports a change. Until a scheduler waits for a wall
 * time on the system clock, there is no watch, and the file is read for each answer. */

#include "config.h"

#include "asynclit-init-private.h"
#include "asynclit-local-zone-private.h"
#include "asynclit-lock-private.h"

#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LOCALTIME_PATH "/etc/localtime"

static const char *localtime_path = LOCALTIME_PATH;

/* Guards the variables below. It may be taken while asynclit_schedule_lock is held; no lock is
 * taken while it is held. */
static AsyncLitLock zone_lock;
static gboolean environment_was_read;
static char *name;      /* the value of TZ; NULL: the file determines the zone */
static char *file;      /* the identity of the file */
static GTimeZone *zone; /* NULL: not looked up yet */
static gboolean watched;
static guint serial;

/* Of the calling thread. */
static __thread enum { UNKNOWN, MAIN, OTHER } thread_kind;

static gboolean
is_main_thread (void)
{
  if (thread_kind == UNKNOWN)
    thread_kind = syscall (SYS_gettid) == getpid () ? MAIN : OTHER;
  return thread_kind == MAIN;
}

/* The child of a fork has no watch. Another thread may have been in the middle of a change. */
static void
forget_zone (void)
{
  zone_lock = (AsyncLitLock){ 0 };
  environment_was_read = watched = FALSE;
  name = file = NULL;
  zone = NULL;
  thread_kind = UNKNOWN;
}

static void
ensure_forgetting (void)
{
  static gsize registered = 0;

  if (asynclit_once_enter (&registered))
    {
      asynclit_on_fork (forget_zone);
      asynclit_once_leave (&registered, 1);
    }
}

/* The file may be a link to a zone's file, or a copy of one. */
static char *
identify_file (void)
{
  g_autofree char *target = g_file_read_link (localtime_path, NULL);
  struct stat status = { 0 };

  stat (localtime_path, &status);
  return g_strdup_printf ("%s|%" G_GUINT64_FORMAT "|%" G_GINT64_FORMAT ".%09ld",
                          target != NULL ? target : "", (guint64) status.st_ino,
                          (gint64) status.st_mtim.tv_sec, (long) status.st_mtim.tv_nsec);
}

/* Replaces *@value, and returns the old value. */
static void
exchange_locked (char **field, char **value)
{
  char *before = *field;

  asynclit_assert_locked (&zone_lock);
  *field = *value;
  *value = before;
  g_clear_pointer (&zone, g_time_zone_unref);
  serial++;
}

static gboolean
look_at_file_locked (void)
{
  g_autofree char *found = NULL;

  asynclit_assert_locked (&zone_lock);
  if (name != NULL)
    return FALSE;
  found = identify_file ();
  if (g_strcmp0 (found, file) == 0)
    return FALSE;
  exchange_locked (&file, &found);
  return TRUE;
}

static void
look_locked (void)
{
  asynclit_assert_locked (&zone_lock);
  if (is_main_thread () || !environment_was_read)
    {
      g_autofree char *found = g_strdup (g_getenv ("TZ"));

      environment_was_read = TRUE;
      if (g_strcmp0 (found, name) != 0)
        exchange_locked (&name, &found);
    }
  if (!watched)
    look_at_file_locked ();
}

/* For the usual file, GLib gets no name: the zone then has the name that the link contains. */
static GTimeZone *
find_zone (void)
{
  const char *path = g_str_equal (localtime_path, LOCALTIME_PATH) ? NULL : localtime_path;
  GTimeZone *found = g_time_zone_new_identifier (name != NULL ? name : path);

  return found != NULL ? found : g_time_zone_new_utc ();
}

GTimeZone *
asynclit_local_zone_get (void)
{
  GTimeZone *found;

  ensure_forgetting ();
  asynclit_lock (&zone_lock);
  look_locked ();
  if (zone == NULL)
    zone = find_zone ();
  found = g_time_zone_ref (zone);
  asynclit_unlock (&zone_lock);
  return found;
}

guint
asynclit_local_zone_get_serial (void)
{
  guint found;

  asynclit_lock (&zone_lock);
  look_locked ();
  found = serial;
  asynclit_unlock (&zone_lock);
  return found;
}

guint
asynclit_local_zone_peek_serial (void)
{
  guint found;

  asynclit_lock (&zone_lock);
  found = serial;
  asynclit_unlock (&zone_lock);
  return found;
}

gboolean
asynclit_local_zone_look_again (void)
{
  gboolean changed;

  asynclit_lock (&zone_lock);
  changed = look_at_file_locked ();
  asynclit_unlock (&zone_lock);
  return changed;
}

void
asynclit_local_zone_set_watched (gboolean now_watched)
{
  asynclit_lock (&zone_lock);
  watched = now_watched;
  look_at_file_locked ();
  asynclit_unlock (&zone_lock);
}

const char *
asynclit_local_zone_get_path (void)
{
  return localtime_path;
}

void
asynclit_local_zone_set_path (const char *path)
{
  asynclit_lock (&zone_lock);
  localtime_path = path != NULL ? path : LOCALTIME_PATH;
  look_at_file_locked ();
  asynclit_unlock (&zone_lock);
}
