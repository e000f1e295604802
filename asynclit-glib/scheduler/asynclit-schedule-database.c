/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "asynclit-schedule-database-private.h"
#include "asynclit-trigger-private.h"

#include <glib/gi18n-lib.h>

void
asynclit_stored_job_free (AsyncLitStoredJob *self)
{
  g_free (self->trigger);
  g_clear_pointer (&self->runs, g_array_unref);
  g_free (self);
}

void
asynclit_store_change_free (AsyncLitStoreChange *self)
{
  g_free (self->job_id);
  g_free (self->job.trigger);
  g_free (self);
}

#ifdef HAVE_SQLITE

#include <sqlite3.h>

/* Of the tables; a later version of the library may change them. */
#define FORMAT 1
#define STRINGIFY(x) #x
#define TO_STRING(x) STRINGIFY (x)

/* The file belongs to one process. In write-ahead mode a commit needs no sync, and still nothing is
 * lost when the process is killed; only if the whole machine fails may the last commits be, and
 * then the last runs are made up for once more. */
#define SETUP                                                                                      \
  "PRAGMA locking_mode = EXCLUSIVE;"                                                               \
  "PRAGMA journal_mode = WAL;"                                                                     \
  "PRAGMA synchronous = NORMAL;"                                                                   \
  "BEGIN EXCLUSIVE;"                                                                               \
  "CREATE TABLE IF NOT EXISTS jobs (id TEXT PRIMARY KEY NOT NULL, trigger TEXT NOT NULL,"          \
  " next INTEGER NOT NULL, previous INTEGER NOT NULL, last_run INTEGER NOT NULL,"                  \
  " paused INTEGER NOT NULL, n_runs INTEGER NOT NULL, n_missed INTEGER NOT NULL,"                  \
  " n_skipped INTEGER NOT NULL) WITHOUT ROWID;"                                                    \
  "CREATE TABLE IF NOT EXISTS runs (id INTEGER PRIMARY KEY, job TEXT NOT NULL,"                    \
  " due INTEGER NOT NULL, started INTEGER);"                                                       \
  "CREATE INDEX IF NOT EXISTS runs_of_job ON runs (job);"                                          \
  "PRAGMA user_version = " TO_STRING (FORMAT) ";"                                                  \
                                              "COMMIT;"

enum {
  LOAD_JOB,
  LOAD_RUNS,
  LAST_RUN,
  SAVE,
  REMOVE_JOB,
  CLEAR_RUNS,
  INSERT_RUN,
  START_RUN,
  COUNT_RUN,
  END_RUN,
  N_STATEMENTS,
};

static const char *const statements[N_STATEMENTS] = {
  [LOAD_JOB] = "SELECT trigger, next, previous, last_run, paused, n_runs, n_missed, n_skipped"
               " FROM jobs WHERE id = ?1",
  [LOAD_RUNS] = "SELECT due, started IS NOT NULL FROM runs WHERE job = ?1 ORDER BY due, id",
  [LAST_RUN] = "SELECT max (id) FROM runs",
  [SAVE] = "INSERT INTO jobs VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"
           " ON CONFLICT (id) DO UPDATE SET trigger = ?2, next = ?3, previous = ?4, paused = ?6,"
           " n_missed = ?8, n_skipped = ?9",
  [REMOVE_JOB] = "DELETE FROM jobs WHERE id = ?1",
  [CLEAR_RUNS] = "DELETE FROM runs WHERE job = ?1",
  [INSERT_RUN] = "INSERT INTO runs VALUES (?1, ?2, ?3, NULL)",
  [START_RUN] = "UPDATE runs SET started = ?2 WHERE id = ?1",
  [COUNT_RUN] = "UPDATE jobs SET n_runs = n_runs + 1, last_run = ?2"
                " WHERE id = (SELECT job FROM runs WHERE id = ?1)",
  [END_RUN] = "DELETE FROM runs WHERE id = ?1",
};

struct _AsyncLitScheduleDatabase {
  sqlite3 *db;
  sqlite3_stmt *statements[N_STATEMENTS];
};

static int
error_code (int result)
{
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
      return G_IO_ERROR_NOT_FOUND;
    default:
      return G_IO_ERROR_FAILED;
    }
}

static gboolean
check (AsyncLitScheduleDatabase *self, int result, GError **error)
{
  if (result == SQLITE_OK || result == SQLITE_DONE || result == SQLITE_ROW)
    return TRUE;
  g_set_error (error, G_IO_ERROR, error_code (result), _ ("The file of the schedule: %s"),
               sqlite3_errmsg (self->db));
  return FALSE;
}

static gboolean
execute (AsyncLitScheduleDatabase *self, const char *sql, GError **error)
{
  return check (self, sqlite3_exec (self->db, sql, NULL, NULL, NULL), error);
}

static gboolean
check_format (AsyncLitScheduleDatabase *self, GError **error)
{
  sqlite3_stmt *statement = NULL;
  int format = 0;
  int result = sqlite3_prepare_v2 (self->db, "PRAGMA user_version", -1, &statement, NULL);

  if (result == SQLITE_OK)
    result = sqlite3_step (statement);
  if (result == SQLITE_ROW)
    format = sqlite3_column_int (statement, 0);
  sqlite3_finalize (statement);
  if (!check (self, result, error))
    return FALSE;
  if (format <= FORMAT)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
               _ ("The file of the schedule was written by a newer version of this library"));
  return FALSE;
}

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
asynclit_schedule_database_open (const char *path, GError **error)
{
  AsyncLitScheduleDatabase *self = g_new0 (AsyncLitScheduleDatabase, 1);
  int result = sqlite3_open_v2 (
      path, &self->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX, NULL);

  if (check (self, result, error) && check_format (self, error) && execute (self, SETUP, error)
      && database_prepare (self, error))
    return self;
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

static gboolean
load_runs (AsyncLitScheduleDatabase *self, AsyncLitStoredJob *job, const char *job_id,
           GError **error)
{
  sqlite3_stmt *statement = self->statements[LOAD_RUNS];
  int result;

  job->runs = g_array_new (FALSE, FALSE, sizeof (AsyncLitStoredRun));
  bind_text (statement, 1, job_id);
  while ((result = sqlite3_step (statement)) == SQLITE_ROW)
    {
      AsyncLitStoredRun run
          = { sqlite3_column_int64 (statement, 0), sqlite3_column_int (statement, 1) };

      g_array_append_val (job->runs, run);
    }
  sqlite3_reset (statement);
  sqlite3_clear_bindings (statement);
  return check (self, result, error);
}

static AsyncLitStoredJob *
read_job (sqlite3_stmt *statement)
{
  AsyncLitStoredJob *job = g_new0 (AsyncLitStoredJob, 1);

  job->trigger = g_strdup ((const char *) sqlite3_column_text (statement, 0));
  job->next = sqlite3_column_int64 (statement, 1);
  job->previous = sqlite3_column_int64 (statement, 2);
  job->counts.last_run = sqlite3_column_int64 (statement, 3);
  job->paused = sqlite3_column_int (statement, 4);
  job->counts.n_runs = (guint64) sqlite3_column_int64 (statement, 5);
  job->counts.n_missed = (guint64) sqlite3_column_int64 (statement, 6);
  job->counts.n_skipped = (guint64) sqlite3_column_int64 (statement, 7);
  return job;
}

AsyncLitStoredJob *
asynclit_schedule_database_load (AsyncLitScheduleDatabase *self, const char *job_id, GError **error)
{
  sqlite3_stmt *statement = self->statements[LOAD_JOB];
  g_autoptr (AsyncLitStoredJob) job = NULL;
  int result;

  bind_text (statement, 1, job_id);
  result = sqlite3_step (statement);
  if (result == SQLITE_ROW)
    job = read_job (statement);
  sqlite3_reset (statement);
  sqlite3_clear_bindings (statement);
  if (!check (self, result, error) || job == NULL || !load_runs (self, job, job_id, error))
    return NULL;
  return g_steal_pointer (&job);
}

gint64
asynclit_schedule_database_get_last_run (AsyncLitScheduleDatabase *self)
{
  sqlite3_stmt *statement = self->statements[LAST_RUN];
  gint64 last = 0;

  if (sqlite3_step (statement) == SQLITE_ROW)
    last = sqlite3_column_int64 (statement, 0);
  sqlite3_reset (statement);
  return last;
}

static int
save_job (sqlite3_stmt *statement, const AsyncLitStoreChange *change)
{
  const AsyncLitStoredJob *job = &change->job;

  bind_text (statement, 1, change->job_id);
  bind_text (statement, 2, job->trigger);
  sqlite3_bind_int64 (statement, 3, job->next);
  sqlite3_bind_int64 (statement, 4, job->previous);
  sqlite3_bind_int64 (statement, 5, job->counts.last_run);
  sqlite3_bind_int (statement, 6, job->paused);
  sqlite3_bind_int64 (statement, 7, (gint64) job->counts.n_runs);
  sqlite3_bind_int64 (statement, 8, (gint64) job->counts.n_missed);
  sqlite3_bind_int64 (statement, 9, (gint64) job->counts.n_skipped);
  return step_and_reset (statement);
}

static int
write_for_job (sqlite3_stmt *statement, const AsyncLitStoreChange *change)
{
  bind_text (statement, 1, change->job_id);
  return step_and_reset (statement);
}

static int
write_for_run (sqlite3_stmt *statement, const AsyncLitStoreChange *change)
{
  sqlite3_bind_int64 (statement, 1, change->run);
  if (sqlite3_bind_parameter_count (statement) > 1)
    sqlite3_bind_int64 (statement, 2, change->time);
  return step_and_reset (statement);
}

static int
insert_run (sqlite3_stmt *statement, const AsyncLitStoreChange *change)
{
  sqlite3_bind_int64 (statement, 1, change->run);
  bind_text (statement, 2, change->job_id);
  sqlite3_bind_int64 (statement, 3, change->time);
  return step_and_reset (statement);
}

static int
database_apply (AsyncLitScheduleDatabase *self, const AsyncLitStoreChange *change)
{
  int result;

  switch (change->kind)
    {
    case ASYNCLIT_STORE_SAVE:
      return save_job (self->statements[SAVE], change);
    case ASYNCLIT_STORE_DUE:
      return insert_run (self->statements[INSERT_RUN], change);
    case ASYNCLIT_STORE_START:
      result = write_for_run (self->statements[START_RUN], change);
      return result == SQLITE_DONE ? write_for_run (self->statements[COUNT_RUN], change) : result;
    case ASYNCLIT_STORE_END:
      return write_for_run (self->statements[END_RUN], change);
    case ASYNCLIT_STORE_REMOVE:
      result = write_for_job (self->statements[REMOVE_JOB], change);
      return result == SQLITE_DONE ? write_for_job (self->statements[CLEAR_RUNS], change) : result;
    case ASYNCLIT_STORE_CLEAR:
    default:
      return write_for_job (self->statements[CLEAR_RUNS], change);
    }
}

/* Whether it is about the file, which may be written another time, and not about what to write. */
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
asynclit_schedule_database_write (AsyncLitScheduleDatabase *self, GPtrArray *changes,
                                  gboolean *may_pass, GError **error)
{
  gboolean written = execute (self, "BEGIN IMMEDIATE", error);

  for (guint i = 0; written && i < changes->len; i++)
    written = check (self, database_apply (self, g_ptr_array_index (changes, i)), error);
  written = written && execute (self, "COMMIT", error);
  *may_pass = !written && result_may_pass (sqlite3_errcode (self->db));
  if (!written && !sqlite3_get_autocommit (self->db))
    execute (self, "ROLLBACK", NULL);
  return written;
}

#else /* !HAVE_SQLITE */

AsyncLitScheduleDatabase *
asynclit_schedule_database_open (const char *path, GError **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                       _ ("This build of asynclit-glib can't keep schedules in files: "
                          "build it with SQLite, with the option -Dsqlite=enabled"));
  return NULL;
}

void
asynclit_schedule_database_close (AsyncLitScheduleDatabase *self)
{
  g_assert_not_reached ();
}

AsyncLitStoredJob *
asynclit_schedule_database_load (AsyncLitScheduleDatabase *self, const char *job_id, GError **error)
{
  g_assert_not_reached ();
}

gint64
asynclit_schedule_database_get_last_run (AsyncLitScheduleDatabase *self)
{
  g_assert_not_reached ();
}

gboolean
asynclit_schedule_database_write (AsyncLitScheduleDatabase *self, GPtrArray *changes,
                                  gboolean *may_pass, GError **error)
{
  g_assert_not_reached ();
}

#endif
