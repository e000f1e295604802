/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "store-fixture.h"

#include <glib/gstdio.h>

gboolean
memory_is_supported (void)
{
  g_autoptr (GError) error = NULL;

  /* No file has this name. */
  g_assert_null (asynclit_schedule_store_new ("", &error));
  return !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
}

static gboolean
go_on (gpointer unused)
{
  return G_SOURCE_CONTINUE;
}

static gboolean
has_opened (gpointer data)
{
  Memory *self = data;
  g_autoptr (GError) error = NULL;

  self->store = asynclit_schedule_store_new (self->path, &error);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_BUSY))
    return FALSE;
  g_assert_no_error (error);
  return TRUE;
}

AsyncLitScheduleStore *
memory_open_store (Memory *self)
{
  guint tick = g_timeout_add (1, go_on, NULL); /* nothing else wakes this thread when the file is
                                                * released */

  test_iterate_until (NULL, has_opened, self);
  g_source_remove (tick);
  return g_steal_pointer (&self->store);
}

void
memory_open (Memory *self)
{
  g_autoptr (AsyncLitScheduleStore) store = memory_open_store (self);

  self->fixture = fixture_new ();
  asynclit_scheduler_set_store (self->fixture.scheduler, store);
  g_assert_true (asynclit_scheduler_get_store (self->fixture.scheduler) == store);
}

void
memory_make_folder (Memory *self)
{
  self->folder = g_dir_make_tmp ("asynclit-store-XXXXXX", NULL);
  self->path = g_build_filename (self->folder, "schedule.db", NULL);
}

void
memory_set_up (Memory *self)
{
  memory_make_folder (self);
  memory_open (self);
}

void
memory_close (Memory *self)
{
  g_autoptr (AsyncLitScheduleStore) store = NULL;

  if (self->fixture.scheduler == NULL)
    return;
  store = g_object_ref (asynclit_scheduler_get_store (self->fixture.scheduler));
  fixture_clear (&self->fixture);
  self->fixture = (Fixture){ 0 };
  asynclit_schedule_store_close (store, -1, NULL, NULL);
}

void
memory_restart (Memory *self, double seconds)
{
  memory_close (self);
  memory_open (self);
  asynclit_manual_clock_advance (self->fixture.clock, seconds);
}

/* A program that was killed has left the log of the file. */
static void
memory_unlink (Memory *self)
{
  g_autofree char *log = g_strconcat (self->path, "-wal", NULL);

  g_unlink (self->path);
  g_unlink (log);
  g_rmdir (self->folder);
}

void
memory_clear (Memory *self)
{
  memory_close (self);
  memory_unlink (self);
  g_free (self->path);
  g_free (self->folder);
}
