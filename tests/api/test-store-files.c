/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The ownership and existence of a file: files of other programs, locks, forks, removed files, and
 * files with arbitrary content. */

#include "store-fixture.h"

#ifdef HAVE_SQLITE

#include <glib/gstdio.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define TABLES                                                                                     \
  "CREATE TABLE jobs (id TEXT PRIMARY KEY NOT NULL, trigger TEXT NOT NULL,"                        \
  " next INTEGER NOT NULL, previous INTEGER NOT NULL, last_run INTEGER NOT NULL,"                  \
  " paused INTEGER NOT NULL, n_runs INTEGER NOT NULL, n_missed INTEGER NOT NULL,"                  \
  " n_skipped INTEGER NOT NULL) WITHOUT ROWID;"                                                    \
  "CREATE TABLE runs (id INTEGER PRIMARY KEY, job TEXT NOT NULL,"                                  \
  " due INTEGER NOT NULL, started INTEGER);"                                                       \
  "CREATE INDEX runs_of_job ON runs (job);"

static const char *program; /* this one */

static void
execute (const char *path, const char *sql)
{
  sqlite3 *db;

  g_assert_cmpint (sqlite3_open (path, &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (db, sql, NULL, NULL, NULL), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_close (db), ==, SQLITE_OK);
}

static int
note_number (void *number, int n_columns, char **values, char **names)
{
  *(int *) number = atoi (values[0]);
  return 0;
}

static int
ask (const char *path, const char *sql)
{
  sqlite3 *db;
  int number = -1;

  g_assert_cmpint (sqlite3_open (path, &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (db, sql, note_number, &number, NULL), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_close (db), ==, SQLITE_OK);
  return number;
}

static AsyncLitScheduleStore *
open_store (const char *path)
{
  g_autoptr (GError) error = NULL;
  AsyncLitScheduleStore *store = asynclit_schedule_store_new (path, &error);

  g_assert_no_error (error);
  return store;
}

/* The message names the file. */
static void
assert_refused (const char *path, GIOErrorEnum code)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (asynclit_schedule_store_new (path, &error));
  g_assert_error (error, G_IO_ERROR, (int) code);
  g_assert_nonnull (strstr (error->message, path));
}

/* Files of other programs */

static int
compare_lines (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* All files of a folder, with their content. */
static char *
summarize (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      g_autofree char *bytes = NULL;
      g_autofree char *sum = NULL;
      gsize size;

      g_assert_true (g_file_get_contents (path, &bytes, &size, NULL));
      sum = g_compute_checksum_for_data (G_CHECKSUM_SHA256, (guchar *) bytes, size);
      g_ptr_array_add (lines, g_strdup_printf ("%s %s", name, sum));
    }
  g_ptr_array_sort (lines, compare_lines);
  g_ptr_array_add (lines, NULL);
  return g_strjoinv ("\n", (char **) lines->pdata);
}

static void
check_untouched (const char *sql)
{
  g_auto (Memory) memory = { 0 };
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;

  memory_make_folder (&memory);
  execute (memory.path, sql);
  before = summarize (memory.folder);
  assert_refused (memory.path, G_IO_ERROR_INVALID_DATA);
  after = summarize (memory.folder);
  g_assert_cmpstr (after, ==, before);
}

static void
test_foreign (void)
{
  static const char *const others[] = {
    "CREATE TABLE contacts (name TEXT)",
    "CREATE TABLE jobs (id INTEGER PRIMARY KEY, payload BLOB)",
    "CREATE TABLE contacts (name TEXT); PRAGMA user_version = 1",
    "CREATE TABLE contacts (name TEXT); PRAGMA journal_mode = WAL",
    "PRAGMA application_id = 12345",
    "PRAGMA application_id = 12345;" TABLES "PRAGMA user_version = 1",
    TABLES, /* without a version */
    TABLES "CREATE TABLE contacts (name TEXT); PRAGMA user_version = 1",
    TABLES "ALTER TABLE jobs ADD COLUMN more TEXT; PRAGMA user_version = 1",
    TABLES "PRAGMA user_version = 2",
    "CREATE VIEW jobs AS SELECT 1; PRAGMA user_version = 1",
  };

  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    check_untouched (others[i]);
}

/* A program that was killed has left a log, which still contains everything. */
static void
test_foreign_log (void)
{
  g_auto (Memory) memory = { 0 };
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  int status;
  pid_t pid;

  memory_make_folder (&memory);
  pid = fork ();
  if (pid == 0)
    {
      sqlite3 *db;

      sqlite3_open (memory.path, &db);
      sqlite3_exec (db, "PRAGMA journal_mode = WAL; CREATE TABLE contacts (name TEXT)", NULL, NULL,
                    NULL);
      _exit (0);
    }
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  before = summarize (memory.folder);
  g_assert_nonnull (strstr (before, "-wal"));
  assert_refused (memory.path, G_IO_ERROR_INVALID_DATA);
  after = summarize (memory.folder);
  g_assert_cmpstr (after, ==, before);
}

/* Files of early versions of the library have no application ID. */
static void
test_early (void)
{
  g_auto (Memory) memory = { 0 };

  memory_make_folder (&memory);
  execute (memory.path, TABLES "PRAGMA user_version = 1");
  g_object_unref (open_store (memory.path));
  g_assert_cmpint (ask (memory.path, "PRAGMA application_id"), ==, 0x414c7363);
  execute (memory.path, "CREATE INDEX of_mine ON jobs (next)"); /* it may contain additional objects
                                                                 * by then */
  g_object_unref (open_store (memory.path));
}

static void
test_places (void)
{
  g_auto (Memory) memory = { 0 };
  g_autofree char *link = NULL;

  memory_make_folder (&memory);
  assert_refused ("", G_IO_ERROR_INVALID_FILENAME);
  assert_refused (":memory:", G_IO_ERROR_INVALID_FILENAME);
  assert_refused ("/dev/null", G_IO_ERROR_NOT_REGULAR_FILE);
  assert_refused (memory.folder, G_IO_ERROR_NOT_FOUND);
  g_assert_true (g_file_set_contents (memory.path, "", 0, NULL));
  g_object_unref (open_store (memory.path));

  link = g_build_filename (memory.folder, "link", NULL);
  g_assert_cmpint (symlink ("schedule.db", link), ==, 0);
  g_object_unref (open_store (link));
  g_unlink (link);
  g_assert_cmpint (mkfifo (link, 0600), ==, 0);
  assert_refused (link, G_IO_ERROR_NOT_REGULAR_FILE);
  g_unlink (link);
}

static guint
get_mode (const char *path)
{
  struct stat info;

  g_assert_cmpint (stat (path, &info), ==, 0);
  return info.st_mode & 0777;
}

static void
test_mode (void)
{
  g_auto (Memory) memory = { 0 };
  g_autofree char *log = NULL;
  mode_t umask_before = umask (0);

  memory_set_up (&memory);
  log = g_strconcat (memory.path, "-wal", NULL);
  g_assert_cmphex (get_mode (memory.path), ==, 0600);
  g_assert_cmphex (get_mode (log), ==, 0600);
  memory_close (&memory);
  g_assert_cmpint (g_chmod (memory.path, 0640), ==, 0);
  memory_open (&memory);
  g_assert_cmphex (get_mode (memory.path), ==, 0640);
  g_assert_cmphex (get_mode (log), ==, 0640);
  umask (umask_before);
}

/* Locks */

/* The result of opening the file in another process: the code of the error, or -1. */
static int
try_elsewhere (const char *path)
{
  const char *arguments[] = { program, "--try", path, NULL };
  g_autoptr (GError) error = NULL;
  int status;

  g_spawn_sync (NULL, (char **) arguments, NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL, NULL, &status,
                &error);
  g_assert_no_error (error);
  g_assert_true (WIFEXITED (status));
  return WEXITSTATUS (status) - 1;
}

static int
try_here (const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AsyncLitScheduleStore) store = asynclit_schedule_store_new (path, &error);

  return store != NULL ? -1 : error->code;
}

/* The program itself opens and closes the file. */
static void
test_lock_survives (void)
{
  g_auto (Memory) memory = { 0 };
  g_autofree char *bytes = NULL;
  sqlite3 *db;

  memory_set_up (&memory);
  g_assert_cmpint (try_elsewhere (memory.path), ==, G_IO_ERROR_BUSY);
  g_assert_true (g_file_get_contents (memory.path, &bytes, NULL, NULL));
  g_assert_cmpint (try_elsewhere (memory.path), ==, G_IO_ERROR_BUSY);
  g_assert_cmpint (sqlite3_open (memory.path, &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (db, "SELECT * FROM jobs", NULL, NULL, NULL), ==, SQLITE_BUSY);
  sqlite3_close (db);
  assert_refused (memory.path, G_IO_ERROR_BUSY);
  g_assert_cmpint (try_elsewhere (memory.path), ==, G_IO_ERROR_BUSY);
  memory_close (&memory);
  g_assert_cmpint (try_elsewhere (memory.path), ==, -1);
}

/* Reports the result, and waits in between until it is told to continue. */
static void
be_child (const char *path, int fd)
{
  char byte = (char) try_here (path);

  if (write (fd, &byte, 1) != 1 || read (fd, &byte, 1) != 1)
    _exit (1);
  byte = (char) try_here (path);
  if (write (fd, &byte, 1) != 1)
    _exit (1);
  _exit (0);
}

/* The child has a copy of all descriptors of the parent, but the lock is still the parent's. */
static void
test_fork (void)
{
  g_auto (Memory) memory = { 0 };
  int fds[2], status;
  char byte = 0;
  pid_t pid;

#if defined(__SANITIZE_THREAD__)
  g_test_skip ("the child of a fork cannot start threads under ThreadSanitizer");
  return;
#endif
  memory_set_up (&memory);
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM, 0, fds), ==, 0);
  pid = fork ();
  if (pid == 0)
    be_child (memory.path, fds[1]);
  g_assert_cmpint (read (fds[0], &byte, 1), ==, 1);
  g_assert_cmpint (byte, ==, G_IO_ERROR_BUSY);
  memory_close (&memory);
  g_assert_cmpint (write (fds[0], &byte, 1), ==, 1);
  g_assert_cmpint (read (fds[0], &byte, 1), ==, 1);
  g_assert_cmpint (byte, ==, -1);
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  close (fds[0]);
  close (fds[1]);
}

/* Files that are removed while they are in use. A job ran at 00:01:40 before. */
static AsyncLitScheduledTask *
set_up_running (Memory *memory)
{
  AsyncLitScheduledTask *job;

  memory_set_up (memory);
  job = fixture_add_interval (&memory->fixture, "job", 100);
  asynclit_scheduler_start (memory->fixture.scheduler);
  fixture_advance (&memory->fixture, 110);
  return job;
}

/* Both earlier and later changes are there. */
static void
check_goes_on (Memory *memory)
{
  AsyncLitScheduledTask *job;

  fixture_advance (&memory->fixture, 100);
  g_assert_true (asynclit_schedule_store_flush (
      asynclit_scheduler_get_store (memory->fixture.scheduler), -1, NULL, NULL));
  memory_restart (memory, 220);
  job = fixture_add_interval (&memory->fixture, "job", 100);
  g_assert_cmpuint (asynclit_scheduled_task_get_n_runs (job), ==, 2);
  fixture_assert_next (job, "2026-01-01 00:05:00");
}

static void
remove_file (const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);

  g_assert_cmpint (g_unlink (path), ==, 0);
}

/* On the thread of the store. */
static TestRecorder *warnings;

static gboolean
is_fatal (const char *domain, GLogLevelFlags level, const char *message, gpointer unused)
{
  return (level & G_LOG_LEVEL_WARNING) == 0;
}

static void
note_warning (const char *domain, GLogLevelFlags level, const char *message, gpointer unused)
{
  static const char *const words[] = { "removed", "replaced", "saved", "sense", "can't be right" };

  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    if (strstr (message, words[i]) != NULL)
      test_recorder_add (warnings, "%s", words[i]);
}

static void
assert_warnings (const char *expected)
{
  test_recorder_assert (warnings, expected);
  test_recorder_free (warnings);
  warnings = test_recorder_new ();
}

static void
test_removed (void)
{
  g_auto (Memory) memory = { 0 };

  g_test_log_set_fatal_handler (is_fatal, NULL);
  set_up_running (&memory);
  g_assert_cmpint (g_unlink (memory.path), ==, 0);
  check_goes_on (&memory);
  assert_warnings ("removed");
}

/* SQLite writes to this file first, and everything would be lost with it. */
static void
test_log_removed (void)
{
  g_auto (Memory) memory = { 0 };
  g_autofree char *log = NULL;

  g_test_log_set_fatal_handler (is_fatal, NULL);
  set_up_running (&memory);
  log = g_strconcat (memory.path, "-wal", NULL);
  g_assert_cmpint (g_unlink (log), ==, 0);
  check_goes_on (&memory);
  assert_warnings ("removed");
}

/* A backup, for example: it is not overwritten. */
static void
test_replaced (void)
{
  g_auto (Memory) memory = { 0 };
  g_autofree char *other = NULL;
  g_autofree char *aside = NULL;

  g_test_log_set_fatal_handler (is_fatal, NULL);
  set_up_running (&memory);
  other = g_build_filename (memory.folder, "other", NULL);
  execute (other, "CREATE TABLE contacts (name TEXT); PRAGMA user_version = 7");
  g_assert_cmpint (g_rename (other, memory.path), ==, 0);
  check_goes_on (&memory);
  assert_warnings ("replaced removed");
  aside = g_strconcat (memory.path, ".replaced-1", NULL);
  g_assert_cmpint (ask (aside, "PRAGMA user_version"), ==, 7);
  g_unlink (aside);
}

/* The whole folder is removed, and created again later. */
static void
test_folder_removed (void)
{
  g_auto (Memory) memory = { 0 };
  g_autofree char *elsewhere = NULL;

  g_test_log_set_fatal_handler (is_fatal, NULL);
  set_up_running (&memory);
  elsewhere = g_strconcat (memory.folder, "-moved", NULL);
  g_assert_cmpint (g_rename (memory.folder, elsewhere), ==, 0);
  asynclit_scheduled_task_set_max_runs (memory.fixture.jobs->pdata[0], 9);
  g_assert_false (asynclit_schedule_store_flush (
      asynclit_scheduler_get_store (memory.fixture.scheduler), -1, NULL, NULL));
  g_assert_cmpint (g_mkdir (memory.folder, 0700), ==, 0);
  check_goes_on (&memory);
  assert_warnings ("saved removed");
  remove_file (elsewhere, "schedule.db");
  remove_file (elsewhere, "schedule.db-wal");
  g_assert_cmpint (g_rmdir (elsewhere), ==, 0);
}

/* Another process uses the file in this place: it stays, and so do the pending changes. */
static void
test_replaced_and_locked (void)
{
  g_auto (Memory) memory = { 0 };
  g_autoptr (AsyncLitScheduleStore) store = NULL;
  g_autofree char *aside = NULL;

  g_test_log_set_fatal_handler (is_fatal, NULL);
  set_up_running (&memory);
  g_assert_cmpint (g_unlink (memory.path), ==, 0);
  remove_file (memory.folder, "schedule.db-wal");
  store = open_store (memory.path);
  asynclit_scheduled_task_set_max_runs (memory.fixture.jobs->pdata[0], 9);
  g_assert_false (asynclit_schedule_store_flush (
      asynclit_scheduler_get_store (memory.fixture.scheduler), -1, NULL, NULL));
  assert_warnings ("saved");
  g_assert_true (asynclit_schedule_store_close (store, -1, NULL, NULL));
  check_goes_on (&memory);
  assert_warnings ("replaced removed");
  aside = g_strconcat (memory.path, ".replaced-1", NULL);
  g_assert_cmpint (g_unlink (aside), ==, 0);
}

/* Anything may be in a file */

/* A job that ran once, at 00:01:40, and the effects of changes to its entry. */
static void
check_values (const char *sql, guint n_runs, const char *next, const char *warning)
{
  g_auto (Memory) memory = { 0 };
  AsyncLitScheduledTask *job;

  set_up_running (&memory);
  memory_close (&memory);
  execute (memory.path, sql);
  memory_open (&memory);
  job = fixture_add_interval (&memory.fixture, "job", 100);
  g_test_message ("%s", sql);
  g_assert_cmpuint (asynclit_scheduled_task_get_n_runs (job), ==, n_runs);
  fixture_assert_next (job, next);
  asynclit_scheduler_start (memory.fixture.scheduler);
  fixture_advance (&memory.fixture, 500);
  assert_warnings (warning);
  memory_restart (&memory, 0); /* reported only once */
  assert_warnings ("");
}

#define BEGINS_ANEW "2026-01-01 00:01:40"
#define GOES_ON "2026-01-01 00:03:20"

static void
test_values (void)
{
  static const struct {
    const char *sql;
    guint n_runs;
    const char *next, *warning;
  } cases[] = {
    { "UPDATE jobs SET next = -4611686018427387904", 0, BEGINS_ANEW, "sense" },
    { "UPDATE jobs SET next = -9223372036854775807 - 1", 0, BEGINS_ANEW, "sense" },
    { "UPDATE jobs SET next = 9223372036854775806", 0, BEGINS_ANEW, "sense" },
    { "UPDATE jobs SET next = 0.5", 0, BEGINS_ANEW, "sense" },
    { "UPDATE jobs SET next = 'soon'", 0, BEGINS_ANEW, "sense" },
    { "UPDATE jobs SET previous = 9223372036854775807", 0, BEGINS_ANEW, "sense" },
    { "UPDATE jobs SET trigger = x'00'", 0, BEGINS_ANEW, "sense" },
    { "UPDATE jobs SET paused = 7", 0, BEGINS_ANEW, "sense" },
    { "UPDATE jobs SET n_runs = -1", 0, BEGINS_ANEW, "sense" },
    { "UPDATE jobs SET n_missed = -1", 0, BEGINS_ANEW, "sense" },
    { "UPDATE jobs SET last_run = -1 << 62", 0, BEGINS_ANEW, "sense" },
    /* Possible, but not now. */
    { "UPDATE jobs SET next = 95617584000000000", 1, BEGINS_ANEW, "can't be right" },
    { "UPDATE jobs SET previous = -62135596800000000", 1, BEGINS_ANEW, "can't be right" },
    { "INSERT INTO runs SELECT 5, id, -62135596800000000, NULL FROM jobs", 1, GOES_ON,
      "can't be right" },
    { "INSERT INTO runs SELECT 5, id, 1 << 62, NULL FROM jobs", 1, GOES_ON, "sense" },
    { "INSERT INTO runs SELECT 9223372036854775807, id, 0, NULL FROM jobs", 1, GOES_ON, "sense" },
    { "INSERT INTO runs SELECT -5, id, 0, NULL FROM jobs", 1, GOES_ON, "sense" },
    { "INSERT INTO runs VALUES (5, 'nobody', 0, NULL)", 1, GOES_ON, "sense" },
  };

  g_test_log_set_fatal_handler (is_fatal, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    check_values (cases[i].sql, cases[i].n_runs, cases[i].next, cases[i].warning);
}

int
main (int argc, char **argv)
{
  int result;

  if (argc == 3 && strcmp (argv[1], "--try") == 0)
    return try_here (argv[2]) + 1;
  program = argv[0];
  g_test_init (&argc, &argv, NULL);
  warnings = test_recorder_new ();
  g_log_set_handler ("AsyncLit", G_LOG_LEVEL_WARNING | G_LOG_FLAG_FATAL | G_LOG_FLAG_RECURSION,
                     note_warning, NULL);

  g_test_add_func ("/store-files/foreign", test_foreign);
  g_test_add_func ("/store-files/foreign/log", test_foreign_log);
  g_test_add_func ("/store-files/early", test_early);
  g_test_add_func ("/store-files/places", test_places);
  g_test_add_func ("/store-files/mode", test_mode);
  g_test_add_func ("/store-files/lock-survives", test_lock_survives);
  g_test_add_func ("/store-files/fork", test_fork);
  g_test_add_func ("/store-files/removed", test_removed);
  g_test_add_func ("/store-files/log-removed", test_log_removed);
  g_test_add_func ("/store-files/replaced", test_replaced);
  g_test_add_func ("/store-files/replaced-and-locked", test_replaced_and_locked);
  g_test_add_func ("/store-files/folder-removed", test_folder_removed);
  g_test_add_func ("/store-files/values", test_values);
  result = g_test_run ();
  test_recorder_free (warnings);
  return result;
}

#else /* !HAVE_SQLITE */

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  return g_test_run ();
}

#endif
