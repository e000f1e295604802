/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Stores whose files can't be opened, read or written. A file that can't be opened is rejected with
 * a reason. If a schedule can't be read or saved, the scheduler continues, and this is reported. */

#include "store-fixture.h"

#ifdef HAVE_SQLITE

#include <glib/gstdio.h>
#include <signal.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define NOBODY 65534

/* Warnings of the library about schedules, which would otherwise end a test. */
static TestRecorder *warnings;

static gboolean
is_fatal (const char *domain, GLogLevelFlags level, const char *message, gpointer unused)
{
  return !g_str_has_prefix (message, "A schedule could not be");
}

static void
note_warning (const char *domain, GLogLevelFlags level, const char *message, gpointer unused)
{
  if (is_fatal (domain, level, message, NULL))
    g_log_default_handler (domain, level, message, NULL);
  else
    test_recorder_add (warnings, "%s", strstr (message, "read") != NULL ? "read" : "saved");
}

static void
assert_warnings (const char *expected)
{
  test_recorder_assert (warnings, expected);
  test_recorder_free (warnings);
  warnings = test_recorder_new ();
}

/* Changes the file while no program uses it. */

static void
change_file (Memory *memory, const char *sql)
{
  sqlite3 *db;
  g_autofree char *message = NULL;

  memory_close (memory);
  g_object_unref (memory_open_store (memory)); /* by then it is free */
  g_assert_cmpint (sqlite3_open (memory->path, &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (db, sql, NULL, NULL, NULL), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_close (db), ==, SQLITE_OK);
}

/* Overwrites the first page of a table or an index with invalid data. */
static void
spoil_page_of (Memory *memory, const char *name)
{
  g_autofree char *query
      = g_strdup_printf ("SELECT rootpage FROM sqlite_master WHERE name = '%s'", name);
  sqlite3 *db;
  sqlite3_stmt *statement;
  char nonsense[4096];
  FILE *file;
  long page;

  g_assert_cmpint (sqlite3_open (memory->path, &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_prepare_v2 (db, query, -1, &statement, NULL), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_step (statement), ==, SQLITE_ROW);
  page = sqlite3_column_int (statement, 0);
  sqlite3_finalize (statement);
  g_assert_cmpint (sqlite3_close (db), ==, SQLITE_OK);

  memset (nonsense, 0x55, sizeof nonsense);
  file = fopen (memory->path, "r+");
  g_assert_cmpint (fseek (file, (page - 1) * (long) sizeof nonsense, SEEK_SET), ==, 0);
  g_assert_cmpuint (fwrite (nonsense, sizeof nonsense, 1, file), ==, 1);
  g_assert_cmpint (fclose (file), ==, 0);
}

/* A file with one job that has run once, which no program uses. From here on, warnings are
 * recorded. */
static void
make_file (Memory *memory)
{
  g_test_log_set_fatal_handler (is_fatal, NULL); /* for this test */
  memory_set_up (memory);
  fixture_add_interval (&memory->fixture, "job", 100);
  asynclit_scheduler_start (memory->fixture.scheduler);
  fixture_advance (&memory->fixture, 110);
  change_file (memory, "PRAGMA page_size = 4096");
}

static void
assert_refused (const char *path, GIOErrorEnum code)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (asynclit_schedule_store_new (path, &error));
  g_assert_error (error, G_IO_ERROR, (int) code);
}

/* Files that can't be opened */

static void
test_newer (void)
{
  g_auto (Memory) memory = { 0 };

  make_file (&memory);
  change_file (&memory, "PRAGMA user_version = 2");
  assert_refused (memory.path, G_IO_ERROR_INVALID_DATA);
}

static void
test_folder (void)
{
  g_auto (Memory) memory = { 0 };

  memory_make_folder (&memory);
  assert_refused (memory.folder, G_IO_ERROR_NOT_FOUND);
}

/* Another program, which does not know the library, uses the file. */
static void
test_locked (void)
{
  g_auto (Memory) memory = { 0 };
  sqlite3 *db;

  make_file (&memory);
  g_assert_cmpint (sqlite3_open (memory.path, &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (db, "BEGIN EXCLUSIVE", NULL, NULL, NULL), ==, SQLITE_OK);
  assert_refused (memory.path, G_IO_ERROR_BUSY);
  g_assert_cmpint (sqlite3_close (db), ==, SQLITE_OK);
  g_object_unref (memory_open_store (&memory));
}

/* Permissions don't apply to root, so this process changes its user. */
static gboolean
give_up_rights (void)
{
  return geteuid () != 0 || seteuid (NOBODY) == 0;
}

static void
take_back_rights (void)
{
  if (getuid () == 0)
    g_assert_cmpint (seteuid (0), ==, 0);
}

static void
test_read_only (void)
{
  g_auto (Memory) memory = { 0 };

  make_file (&memory);
  g_assert_cmpint (g_chmod (memory.path, 0444), ==, 0);
  g_assert_cmpint (g_chmod (memory.folder, 0555), ==, 0);
  if (give_up_rights ())
    assert_refused (memory.path, G_IO_ERROR_PERMISSION_DENIED);
  else
    g_test_skip ("can't become a user without rights");
  take_back_rights ();
  g_assert_cmpint (g_chmod (memory.folder, 0755), ==, 0);
}

/* The header of the file is valid, but not the rest. */
static void
test_spoilt_tables (void)
{
  g_auto (Memory) memory = { 0 };

  make_file (&memory);
  change_file (&memory, "PRAGMA writable_schema = ON;"
                        "UPDATE sqlite_master SET sql = 'CREATE nonsense' WHERE name = 'jobs'");
  assert_refused (memory.path, G_IO_ERROR_INVALID_DATA);
}

static void
test_other_tables (void)
{
  g_auto (Memory) memory = { 0 };

  make_file (&memory);
  change_file (&memory, "ALTER TABLE jobs RENAME COLUMN trigger TO something_else");
  assert_refused (memory.path, G_IO_ERROR_INVALID_DATA);
}

/* Files that can't be read */

/* The stored state of the job is lost, so it starts again, and runs on time. */
static void
check_begins_anew (const char *spoilt)
{
  g_auto (Memory) memory = { 0 };
  AsyncLitScheduledTask *job;

  make_file (&memory);
  spoil_page_of (&memory, spoilt);
  memory_open (&memory);
  asynclit_manual_clock_advance (memory.fixture.clock, 250);
  job = fixture_add_interval (&memory.fixture, "job", 100);
  g_assert_cmpuint (asynclit_scheduled_task_get_n_runs (job), ==, 0);
  fixture_assert_next (job, "2026-01-01 00:05:50");
  asynclit_scheduler_start (memory.fixture.scheduler);
  fixture_advance (&memory.fixture, 200);
  fixture_assert_runs (&memory.fixture, "00:05:50 00:07:30");
  g_assert_cmpuint (asynclit_scheduled_task_get_n_runs (job), ==, 2);
  memory_close (&memory);
  assert_warnings ("read saved"); /* each of them once, whatever is lost later */
}

static void
test_spoilt_jobs (void)
{
  check_begins_anew ("jobs");
}

/* What can be read continues. */
static void
test_spoilt_runs (void)
{
  g_auto (Memory) memory = { 0 };
  AsyncLitScheduledTask *job;

  make_file (&memory);
  spoil_page_of (&memory, "runs");
  memory_open (&memory);
  job = fixture_add_interval (&memory.fixture, "job", 100);
  g_assert_cmpuint (asynclit_scheduled_task_get_n_runs (job), ==, 1);
  fixture_assert_next (job, "2026-01-01 00:03:20");
  memory_close (&memory);
  assert_warnings ("read");
}

/* Files that can't be written */

/* Changes that can't be written are dropped, and do not block later ones. */
static void
test_refusing (void)
{
  g_auto (Memory) memory = { 0 };
  AsyncLitScheduledTask *job;

  make_file (&memory);
  change_file (&memory, "CREATE TRIGGER refuse BEFORE INSERT ON runs "
                        "BEGIN SELECT RAISE (FAIL, 'no run'); END");
  memory_open (&memory);
  asynclit_manual_clock_advance (memory.fixture.clock, 190);
  job = fixture_add_interval (&memory.fixture, "job", 100);
  asynclit_scheduler_start (memory.fixture.scheduler);
  fixture_advance (&memory.fixture, 120);
  fixture_assert_runs (&memory.fixture, "00:03:20 00:05:00");
  g_assert_cmpuint (asynclit_scheduled_task_get_n_runs (job), ==, 3);
  assert_warnings ("saved");

  change_file (&memory, "DROP TRIGGER refuse");
  memory_open (&memory);
  asynclit_manual_clock_advance (memory.fixture.clock, 320);
  job = fixture_add_interval (&memory.fixture, "job", 100);
  g_assert_cmpuint (asynclit_scheduled_task_get_n_runs (job), ==, 3);
  fixture_assert_next (job, "2026-01-01 00:06:40");
}

/* A file that lacks something is not reported as complete because it has later changes. */
static void
test_refused_for_good (void)
{
  g_auto (Memory) memory = { 0 };
  AsyncLitScheduledTask *job;
  AsyncLitScheduleStore *store;

  make_file (&memory);
  change_file (&memory, "CREATE TRIGGER refuse BEFORE INSERT ON jobs "
                        "BEGIN SELECT RAISE (ABORT, 'no job'); END");
  memory_open (&memory);
  store = asynclit_scheduler_get_store (memory.fixture.scheduler);
  job = fixture_add_interval (&memory.fixture, "job", 50);
  g_assert_false (asynclit_schedule_store_flush (store, -1, NULL, NULL));
  g_assert_true (asynclit_scheduled_task_remove (job));
  g_assert_false (asynclit_schedule_store_flush (store, -1, NULL, NULL));
  g_assert_false (asynclit_schedule_store_close (store, -1, NULL, NULL));
  assert_warnings ("saved");
}

/* SQLite has rolled the transaction back itself. */
static void
test_rolled_back (void)
{
  g_auto (Memory) memory = { 0 };

  make_file (&memory);
  change_file (&memory, "CREATE TRIGGER refuse BEFORE INSERT ON runs "
                        "BEGIN SELECT RAISE (ROLLBACK, 'no run'); END");
  memory_open (&memory);
  fixture_add_interval (&memory.fixture, "job", 100);
  asynclit_scheduler_start (memory.fixture.scheduler);
  fixture_advance (&memory.fixture, 310);
  fixture_assert_runs (&memory.fixture, "00:03:20 00:05:00");
  assert_warnings ("saved");
}

/* The removal of a job can't be written, either: neither of the job, nor of its runs. */
static void
test_not_forgotten (void)
{
  g_auto (Memory) memory = { 0 };
  AsyncLitScheduledTask *job;

  make_file (&memory);
  change_file (&memory, "CREATE TRIGGER refuse BEFORE DELETE ON jobs "
                        "BEGIN SELECT RAISE (ABORT, 'no end'); END");
  memory_open (&memory);
  asynclit_manual_clock_advance (memory.fixture.clock, 190);
  job = fixture_add_interval (&memory.fixture, "job", 100);
  g_assert_true (asynclit_scheduled_task_remove (job));
  memory_close (&memory);
  assert_warnings ("saved");

  memory_restart (&memory, 195);
  job = fixture_add_interval (&memory.fixture, "job", 100);
  fixture_assert_next (job, "2026-01-01 00:03:20");
  g_assert_cmpuint (asynclit_scheduled_task_get_n_runs (job), ==, 1);
}

static void
limit_file_size (rlim_t size)
{
  struct rlimit limit;

  g_assert_cmpint (getrlimit (RLIMIT_FSIZE, &limit), ==, 0);
  limit.rlim_cur = MIN (size, limit.rlim_max);
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &limit), ==, 0);
}

/* No file may grow, as on a full disk. Then there is space again: the next change saves everything
 * that happened in the meantime. */
static void
test_full (void)
{
  g_auto (Memory) memory = { 0 };
  AsyncLitScheduledTask *job;

  signal (SIGXFSZ, SIG_IGN);
  make_file (&memory);
  memory_open (&memory);
  asynclit_manual_clock_advance (memory.fixture.clock, 190);
  job = fixture_add_interval (&memory.fixture, "job", 100);
  asynclit_scheduler_start (memory.fixture.scheduler);
  limit_file_size (1);
  fixture_advance (&memory.fixture, 220);
  fixture_assert_runs (&memory.fixture, "00:03:20 00:05:00 00:06:40");
  limit_file_size (RLIM_INFINITY);
  assert_warnings ("saved");
  fixture_advance (&memory.fixture, 100);
  fixture_assert_runs (&memory.fixture, "00:08:20");
  fixture_assert_next (job, "2026-01-01 00:10:00");
  limit_file_size (1);
  fixture_advance (&memory.fixture, 100);
  limit_file_size (RLIM_INFINITY);
  assert_warnings ("saved"); /* another time */

  memory_restart (&memory, 620);
  job = fixture_add_interval (&memory.fixture, "job", 100);
  fixture_assert_next (job, "2026-01-01 00:11:40");
  g_assert_cmpuint (asynclit_scheduled_task_get_n_runs (job), ==, 6);
  assert_warnings ("");
}

/* However long that takes, no change is lost, and only those are kept that have to be written. */
static void
test_full_for_long (void)
{
  g_auto (Memory) memory = { 0 };
  AsyncLitScheduledTask *job;

  signal (SIGXFSZ, SIG_IGN);
  make_file (&memory);
  memory_open (&memory);
  fixture_add_interval (&memory.fixture, "often", 1);
  asynclit_scheduler_start (memory.fixture.scheduler);
  limit_file_size (1);
  fixture_advance (&memory.fixture, 4000);
  limit_file_size (RLIM_INFINITY);
  assert_warnings ("saved");
  fixture_advance (&memory.fixture, 1);

  memory_restart (&memory, 4001);
  job = fixture_add_interval (&memory.fixture, "often", 1);
  fixture_assert_next (job, "2026-01-01 01:06:42");
  g_assert_cmpuint (asynclit_scheduled_task_get_n_runs (job), ==, 4001);
  assert_warnings ("");
}

/* Stores and schedulers */

#define assert_not_set(call)                                                                       \
  G_STMT_START                                                                                     \
  {                                                                                                \
    g_test_expect_message ("AsyncLit", G_LOG_LEVEL_CRITICAL, "*assertion*failed*");                \
    call;                                                                                          \
    g_test_assert_expected_messages ();                                                            \
  }                                                                                                \
  G_STMT_END

/* A store belongs to one scheduler, which has one store, and gets it before its jobs. */
static void
test_one_each (void)
{
  g_auto (Memory) memory = { 0 };
  g_auto (Memory) other_memory = { 0 };
  g_autoptr (AsyncLitScheduleStore) store = NULL;
  g_autoptr (AsyncLitScheduleStore) other = NULL;
  g_autoptr (AsyncLitScheduleStore) got = NULL;
  g_autoptr (AsyncLitScheduler) scheduler = NULL;
  g_auto (Fixture) fixture = fixture_new ();

  memory_make_folder (&memory);
  memory_make_folder (&other_memory);
  store = memory_open_store (&memory);
  other = memory_open_store (&other_memory);
  scheduler = g_object_new (ASYNCLIT_TYPE_SCHEDULER, "store", store, NULL);
  g_object_get (scheduler, "store", &got, NULL);
  g_assert_true (got == store);
  assert_not_set (asynclit_scheduler_set_store (scheduler, other));
  assert_not_set (asynclit_scheduler_set_store (fixture.scheduler, store));
  g_assert_null (asynclit_scheduler_get_store (fixture.scheduler));
  fixture_add_interval (&fixture, "job", 10);
  assert_not_set (asynclit_scheduler_set_store (fixture.scheduler, other));
  g_assert_null (asynclit_scheduler_get_store (fixture.scheduler));
}

int
main (int argc, char *argv[])
{
  int result;

  g_test_init (&argc, &argv, NULL);
  warnings = test_recorder_new ();
  g_log_set_handler ("AsyncLit", G_LOG_LEVEL_WARNING | G_LOG_FLAG_FATAL | G_LOG_FLAG_RECURSION,
                     note_warning, NULL);

  g_test_add_func ("/store-faults/newer", test_newer);
  g_test_add_func ("/store-faults/folder", test_folder);
  g_test_add_func ("/store-faults/locked", test_locked);
  g_test_add_func ("/store-faults/read-only", test_read_only);
  g_test_add_func ("/store-faults/spoilt/tables", test_spoilt_tables);
  g_test_add_func ("/store-faults/other-tables", test_other_tables);
  g_test_add_func ("/store-faults/spoilt/jobs", test_spoilt_jobs);
  g_test_add_func ("/store-faults/spoilt/runs", test_spoilt_runs);
  g_test_add_func ("/store-faults/refusing", test_refusing);
  g_test_add_func ("/store-faults/refused-for-good", test_refused_for_good);
  g_test_add_func ("/store-faults/rolled-back", test_rolled_back);
  g_test_add_func ("/store-faults/not-forgotten", test_not_forgotten);
  g_test_add_func ("/store-faults/full", test_full);
  g_test_add_func ("/store-faults/full/for-long", test_full_for_long);
  g_test_add_func ("/store-faults/one-each", test_one_each);
  result = g_test_run ();
  test_recorder_free (warnings);
  return result;
}

#else /* !HAVE_SQLITE */

static void
test_not_supported (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (asynclit_schedule_store_new ("schedule.db", &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/store-faults/not-supported", test_not_supported);
  return g_test_run ();
}

#endif
