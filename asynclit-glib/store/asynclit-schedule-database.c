/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "asynclit-schedule-database-private.h"
#include "asynclit-schedule-identity-private.h"
#include "asynclit-time-private.h"

#include <glib/gi18n-lib.h>

#ifdef HAVE_SQLITE

#include <sqlite3.h>

#define STRINGIFY(x) #x
#define TO_STRING(x) STRINGIFY (x)

/* The file belongs to one process. In write-ahead mode, a commit needs no sync, and nothing is lost
 * if the process is killed. If the whole machine fails, the last commits may be lost, and the last
 * runs then take place once more. A file may come from anywhere, so its content is not trusted. */
#define SETUP                                                                                      \
  "PRAGMA trusted_schema = OFF;"                                                                   \
  "PRAGMA cell_size_check = ON;"                                                                   \
  "PRAGMA locking_mode = EXCLUSIVE;"                                                               \
  "PRAGMA journal_mode = WAL;"                                                                     \
  "PRAGMA synchronous = NORMAL;"                                                                   \
  "BEGIN EXCLUSIVE;"                                                                               \
  "CREATE TABLE IF NOT EXISTS " ASYNCLIT_SCHEDULE_JOBS ";"                                         \
  "CREATE TABLE IF NOT EXISTS " ASYNCLIT_SCHEDULE_RUNS ";"                                         \
  "CREATE INDEX IF NOT EXISTS " ASYNCLIT_SCHEDULE_INDEX ";"                                        \
  "PRAGMA application_id = " TO_STRING (                                                           \
      ASYNCLIT_SCHEDULE_APPLICATION_ID) ";"                                                        \
                                        "PRAGMA user_version = " TO_STRING (                       \
                                            ASYNCLIT_SCHEDULE_FORMAT) ";"                          \
                                                                      "COMMIT;"

enum {
  READ_JOBS,
  READ_RUNS,
  PUT_JOB,
  DELETE_JOB,
  PUT_RUN,
  DELETE_RUN,
  N_STATEMENTS,
};

static const char *const statements[N_STATEMENTS] = {
  [READ_JOBS] = "SELECT id, trigger, next, previous, last_run, paused, n_runs, n_missed, n_skipped"
                " FROM jobs",
  [READ_RUNS] = "SELECT id, job, due, started FROM runs",
  [PUT_JOB] = "INSERT INTO jobs VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"
              " ON CONFLICT (id) DO UPDATE SET trigger = ?2, next = ?3, previous = ?4,"
              " last_run = ?5, paused = ?6, n_runs = ?7, n_missed = ?8, n_skipped = ?9",
  [DELETE_JOB] = "DELETE FROM jobs WHERE id = ?1",
  [PUT_RUN] = "INSERT INTO runs VALUES (?1, ?2, ?3, ?4)"
              " ON CONFLICT (id) DO UPDATE SET started = ?4",
  [DELETE_RUN] = "DELETE FROM runs WHERE id = ?1",
};

struct _AsyncLitScheduleDatabase {
  AsyncLitScheduleFile *file; /* not owned */
  sqlite3 *db;
  sqlite3_stmt *statements[N_STATEMENTS];
};

gboolean
asynclit_schedule_database_is_supported (GError **error)
{
  return TRUE;
}

/* Errors */

static int
error_code (AsyncLitScheduleDatabase *self, int result)
{
  int code = sqlite3_system_errno (self->db);

  switch (result & 0xff)
    {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return G_IO_ERROR_BUSY;
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
      return G_IO_ERROR_INVALID_DATA;
    case SQLITE_FULL:
      return G_IO_ERROR_NO_SPACE;
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return G_IO_ERROR_PERMISSION_DENIED;
    case SQLITE_CANTOPEN:
      return code != 0 ? (int) g_io_error_from_errno (code) : G_IO_ERROR_NOT_FOUND;
    default:
      return G_IO_ERROR_FAILED;
    }
}

static gboolean
check (AsyncLitScheduleDatabase *self, int result, GError **error)
{
  g_autofree char *reason = NULL;

  if (result == SQLITE_OK || result == SQLITE_DONE || result == SQLITE_ROW)
    return TRUE;
  reason = g_utf8_make_valid (sqlite3_errmsg (self->db), -1); /* the message may quote the content
                                                               * of the file */
  g_set_error (error, G_IO_ERROR, error_code (self, result), _ ("The schedule file “%s”: %s"),
               asynclit_schedule_file_get_name (self->file), reason);
  return FALSE;
}

static gboolean
execute (AsyncLitScheduleDatabase *self, const char *sql, GError **error)
{
  return check (self, sqlite3_exec (self->db, sql, NULL, NULL, NULL), error);
}

/* Opening and closing */

static gboolean
database_prepare (AsyncLitScheduleDatabase *self, GError **error)
{
  for (guint i = 0; i < N_STATEMENTS; i++)
    if (!check (self,
                sqlite3_prepare_v3 (self->db, statements[i], -1, SQLITE_PREPARE_PERSISTENT,
                                    &self->statements[i], NULL),
                error))
      return FALSE;
  return TRUE;
}

AsyncLitScheduleDatabase *
asynclit_schedule_database_open (AsyncLitScheduleFile *file, GError **error)
{
  AsyncLitScheduleDatabase *self;
  int result;

  if (!asynclit_schedule_file_identify (file, error))
    return NULL;
  self = g_new0 (AsyncLitScheduleDatabase, 1);
  self->file = file;
  result = sqlite3_open_v2 (asynclit_schedule_file_get_path (file), &self->db,
                            SQLITE_OPEN_READWRITE | SQLITE_OPEN_FULLMUTEX, asynclit_schedule_vfs);
  if (check (self, result, error)
      && check (self, sqlite3_db_config (self->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL), error)
      && execute (self, SETUP, error) && database_prepare (self, error))
    {
      asynclit_schedule_file_note_log (file);
      return self;
    }
  asynclit_schedule_database_close (self);
  return NULL;
}

void
asynclit_schedule_database_close (AsyncLitScheduleDatabase *self)
{
  for (guint i = 0; i < N_STATEMENTS; i++)
    sqlite3_finalize (self->statements[i]);
  sqlite3_close (self->db);
  g_free (self);
}

/* At the end, SQLite would delete the log by its name, even if the log now belongs to another
 * file. */
void
asynclit_schedule_database_abandon (AsyncLitScheduleDatabase *self)
{
  sqlite3_db_config (self->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
  asynclit_schedule_database_close (self);
}

/* Reading */

/* A column may contain a value of any type. The type has to be checked before the value is read,
 * which converts it. */
static gboolean
columns_are (sqlite3_stmt *statement, const char *types)
{
  for (int i = 0; types[i] != '\0'; i++)
    if (sqlite3_column_type (statement, i) != (types[i] == 't' ? SQLITE_TEXT : SQLITE_INTEGER))
      return FALSE;
  return TRUE;
}

static const char *
get_text (sqlite3_stmt *statement, int column)
{
  return (const char *) sqlite3_column_text (statement, column);
}

static gboolean
read_job (sqlite3_stmt *statement, AsyncLitJournal *journal)
{
  AsyncLitStoredJob job;
  gint64 paused;

  if (!columns_are (statement, "ttiiiiiii"))
    return FALSE;
  paused = sqlite3_column_int64 (statement, 5);
  job = (AsyncLitStoredJob){
    .trigger = (char *) get_text (statement, 1),
    .next = sqlite3_column_int64 (statement, 2),
    .previous = sqlite3_column_int64 (statement, 3),
    .counts.last_run = sqlite3_column_int64 (statement, 4),
    .paused = paused != 0,
    .counts.n_runs = (guint64) sqlite3_column_int64 (statement, 6),
    .counts.n_missed = (guint64) sqlite3_column_int64 (statement, 7),
    .counts.n_skipped = (guint64) sqlite3_column_int64 (statement, 8),
  };
  return (paused == 0 || paused == 1)
         && asynclit_journal_read_job (journal, get_text (statement, 0), &job);
}

static gboolean
read_run (sqlite3_stmt *statement, AsyncLitJournal *journal)
{
  gboolean was_started = sqlite3_column_type (statement, 3) != SQLITE_NULL;

  return columns_are (statement, "iti")
         && asynclit_journal_read_run (journal, sqlite3_column_int64 (statement, 0),
                                       get_text (statement, 1), sqlite3_column_int64 (statement, 2),
                                       was_started ? MAX (sqlite3_column_int64 (statement, 3), 0)
                                                   : ASYNCLIT_NO_TIME);
}

static gboolean
database_read_all (AsyncLitScheduleDatabase *self, int which,
                   gboolean (*read) (sqlite3_stmt *, AsyncLitJournal *), AsyncLitJournal *journal,
                   guint *n_invalid, GError **error)
{
  sqlite3_stmt *statement = self->statements[which];
  gboolean went_well;
  int result;

  while ((result = sqlite3_step (statement)) == SQLITE_ROW)
    if (!read (statement, journal))
      (*n_invalid)++;
  went_well = check (self, result, error);
  sqlite3_reset (statement);
  return went_well;
}

gboolean
asynclit_schedule_database_read (AsyncLitScheduleDatabase *self, AsyncLitJournal *journal,
                                 guint *n_invalid, GError **error)
{
  *n_invalid = 0;
  return database_read_all (self, READ_JOBS, read_job, journal, n_invalid, error)
         && database_read_all (self, READ_RUNS, read_run, journal, n_invalid, error);
}

/* Writing */

static int
step_and_reset (sqlite3_stmt *statement)
{
  int result = sqlite3_step (statement);
  int reset = sqlite3_reset (statement);

  sqlite3_clear_bindings (statement);
  return reset != SQLITE_OK ? reset : result;
}

static void
bind_text (sqlite3_stmt *statement, int index, const char *text)
{
  sqlite3_bind_text (statement, index, text, -1, SQLITE_STATIC);
}

static int
put_job (sqlite3_stmt *statement, const AsyncLitJournalRow *row)
{
  const AsyncLitStoredJob *job = &row->job;

  bind_text (statement, 1, row->job_id);
  bind_text (statement, 2, job->trigger);
  sqlite3_bind_int64 (statement, 3, job->next);
  sqlite3_bind_int64 (statement, 4, job->previous);
  sqlite3_bind_int64 (statement, 5, job->counts.last_run);
  sqlite3_bind_int (statement, 6, job->paused ? 1 : 0);
  sqlite3_bind_int64 (statement, 7, (gint64) job->counts.n_runs);
  sqlite3_bind_int64 (statement, 8, (gint64) job->counts.n_missed);
  sqlite3_bind_int64 (statement, 9, (gint64) job->counts.n_skipped);
  return step_and_reset (statement);
}

static int
put_run (sqlite3_stmt *statement, const AsyncLitJournalRow *row)
{
  sqlite3_bind_int64 (statement, 1, row->run);
  bind_text (statement, 2, row->job_id);
  sqlite3_bind_int64 (statement, 3, row->due);
  if (row->started != ASYNCLIT_NO_TIME)
    sqlite3_bind_int64 (statement, 4, row->started);
  return step_and_reset (statement);
}

static int
database_apply (AsyncLitScheduleDatabase *self, const AsyncLitJournalRow *row)
{
  switch (row->kind)
    {
    case ASYNCLIT_JOURNAL_PUT_JOB:
      return put_job (self->statements[PUT_JOB], row);
    case ASYNCLIT_JOURNAL_DELETE_JOB:
      bind_text (self->statements[DELETE_JOB], 1, row->job_id);
      return step_and_reset (self->statements[DELETE_JOB]);
    case ASYNCLIT_JOURNAL_PUT_RUN:
      return put_run (self->statements[PUT_RUN], row);
    case ASYNCLIT_JOURNAL_DELETE_RUN:
    default:
      sqlite3_bind_int64 (self->statements[DELETE_RUN], 1, row->run);
      return step_and_reset (self->statements[DELETE_RUN]);
    }
}

/* Whether the error concerns the file, which may become writable later, and not the data. */
static gboolean
result_may_pass (int result)
{
  switch (result & 0xff)
    {
    case SQLITE_NOMEM:
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
      return TRUE;
    default:
      return FALSE;
    }
}

gboolean
asynclit_schedule_database_write (AsyncLitScheduleDatabase *self, GPtrArray *rows,
                                  gboolean from_scratch, gboolean *may_pass, GError **error)
{
  gboolean written = execute (self, "BEGIN IMMEDIATE", error);

  g_assert (rows != NULL);
  if (written && from_scratch)
    written = execute (self, "DELETE FROM jobs; DELETE FROM runs", error);
  for (guint i = 0; written && i < rows->len; i++)
    written = check (self, database_apply (self, g_ptr_array_index (rows, i)), error);
  written = written && execute (self, "COMMIT", error);
  *may_pass = !written && result_may_pass (sqlite3_errcode (self->db));
  if (!written && !sqlite3_get_autocommit (self->db))
    execute (self, "ROLLBACK", NULL);
  return written;
}

#else /* !HAVE_SQLITE */

gboolean
asynclit_schedule_database_is_supported (GError **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                       _ ("This build of asynclit-glib can't keep schedules in files: "
                          "build it with SQLite, with the option -Dsqlite=enabled"));
  return FALSE;
}

AsyncLitScheduleDatabase *
asynclit_schedule_database_open (AsyncLitScheduleFile *file, GError **error)
{
  g_assert_not_reached ();
}

void
asynclit_schedule_database_close (AsyncLitScheduleDatabase *self)
{
  g_assert_not_reached ();
}

void
asynclit_schedule_database_abandon (AsyncLitScheduleDatabase *self)
{
  g_assert_not_reached ();
}

gboolean
asynclit_schedule_database_read (AsyncLitScheduleDatabase *self, AsyncLitJournal *journal,
                                 guint *n_invalid, GError **error)
{
  g_assert_not_reached ();
}

gboolean
asynclit_schedule_database_write (AsyncLitScheduleDatabase *self, GPtrArray *rows,
                                  gboolean from_scratch, gboolean *may_pass, GError **error)
{
  g_assert_not_reached ();
}

#endif
