/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "asynclit-schedule-connection-private.h"
#include "asynclit-schedule-database-private.h"
#include "asynclit-schedule-file-private.h"

struct _AsyncLitScheduleConnection {
  AsyncLitScheduleFile *file;
  AsyncLitScheduleDatabase *database; /* NULL: the file was removed, and has not been created
                                       * again */
  gboolean from_scratch;              /* the content of the file is to be discarded */
};

AsyncLitScheduleConnection *
asynclit_schedule_connection_open (const char *path, GError **error)
{
  AsyncLitScheduleDatabase *database;
  AsyncLitScheduleConnection *self;
  AsyncLitScheduleFile *file;

  g_assert (path != NULL);
  if (!asynclit_schedule_database_is_supported (error))
    return NULL;
  file = asynclit_schedule_file_open (path, error);
  if (file == NULL)
    return NULL;
  database = asynclit_schedule_database_open (file, error);
  if (database == NULL)
    {
      asynclit_schedule_file_close (file);
      return NULL;
    }
  self = g_new0 (AsyncLitScheduleConnection, 1);
  self->file = file;
  self->database = database;
  return self;
}

/* The order matters: closing the database of a removed file must not touch another file. */
void
asynclit_schedule_connection_close (AsyncLitScheduleConnection *self)
{
  if (self->database != NULL && asynclit_schedule_file_is_in_place (self->file))
    asynclit_schedule_database_close (self->database);
  else if (self->database != NULL)
    asynclit_schedule_database_abandon (self->database);
  asynclit_schedule_file_close (self->file);
  g_free (self);
}

void
asynclit_schedule_connection_announce_close (AsyncLitScheduleConnection *self)
{
  asynclit_schedule_file_announce_close (self->file);
}

const char *
asynclit_schedule_connection_get_name (AsyncLitScheduleConnection *self)
{
  return asynclit_schedule_file_get_name (self->file);
}

void
asynclit_schedule_connection_read (AsyncLitScheduleConnection *self, AsyncLitJournal *journal)
{
  g_autoptr (GError) error = NULL;
  guint n_invalid;

  g_assert (journal != NULL);
  if (!asynclit_schedule_database_read (self->database, journal, &n_invalid, &error))
    g_warning ("A schedule could not be read: %s", error->message);
  if (n_invalid == 0)
    return;
  g_warning ("The file “%s” of a schedule has entries that make no sense, and are left out: %u",
             asynclit_schedule_connection_get_name (self), n_invalid);
  self->from_scratch = error == NULL;
  if (self->from_scratch)
    asynclit_journal_renew (journal);
}

static gboolean
connection_renew (AsyncLitScheduleConnection *self, GError **error)
{
  const char *name = asynclit_schedule_connection_get_name (self);
  g_autofree char *aside = NULL;

  g_clear_pointer (&self->database, asynclit_schedule_database_abandon);
  self->from_scratch = TRUE;
  if (!asynclit_schedule_file_renew (self->file, &aside, error))
    return FALSE;
  if (aside != NULL)
    g_warning ("The file “%s” of a schedule was replaced while it was in use; what was there "
               "instead is “%s” now",
               name, aside);
  self->database = asynclit_schedule_database_open (self->file, error);
  if (self->database == NULL)
    return FALSE;
  g_warning ("The file “%s” of a schedule was removed while it was in use, and is written anew",
             name);
  return TRUE;
}

gboolean
asynclit_schedule_connection_ensure (AsyncLitScheduleConnection *self, gboolean *is_new,
                                     GError **error)
{
  g_assert (is_new != NULL);
  *is_new = FALSE;
  if (self->database != NULL && asynclit_schedule_file_is_in_place (self->file))
    return TRUE;
  *is_new = connection_renew (self, error);
  return *is_new;
}

gboolean
asynclit_schedule_connection_write (AsyncLitScheduleConnection *self, GPtrArray *rows,
                                    gboolean *may_pass, GError **error)
{
  g_assert (rows != NULL);
  *may_pass = FALSE;
  if (rows->len == 0 && !self->from_scratch)
    return TRUE;
  if (asynclit_schedule_database_write (self->database, rows, self->from_scratch, may_pass, error))
    {
      self->from_scratch = FALSE;
      return TRUE;
    }
  *may_pass = *may_pass || self->from_scratch;
  return FALSE;
}
