/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The file of a schedule. The first byte determines what the rest is: entries of a well-formed
 * file; or, rarely because this takes longer, damage to a whole file: triples of a position (two
 * bytes) and a value. */

#include "fuzz.h"

#include "asynclit-schedule-connection-private.h"
#include "asynclit-trigger-private.h"

#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>

/* One in this many first bytes. */
#define DAMAGES 64

#define NOW G_GINT64_CONSTANT (1800000000000000)
#define TOO_FAR (G_GINT64_CONSTANT (3200000000) * G_USEC_PER_SEC)

static char *folder, *path, *log_path;
static char *good;
static gsize good_size;

/* Entries */

static gint64
take_number (const uint8_t **data, size_t *size)
{
  static const gint64 odd[] = { 0, -1, G_MAXINT64, G_MININT64, NOW, NOW - 1, 1 };
  gint64 number = 0;
  size_t length = MIN (*size, sizeof number);

  if (length > 0 && (*data)[0] < G_N_ELEMENTS (odd))
    {
      number = odd[(*data)[0]];
      length = 1;
    }
  else
    memcpy (&number, *data, length);
  *data += length;
  *size -= length;
  return number;
}

static void
check_found (AsyncLitJournal *journal, const char *id)
{
  guint n_dropped;
  AsyncLitStoredJob *job = asynclit_journal_look_up (journal, id, NOW, &n_dropped);

  if (job == NULL)
    return;
  if (job->trigger[0] != '\0')
    g_assert_true (job->next == ASYNCLIT_NEVER || ABS (job->next - NOW) < TOO_FAR);
  for (guint i = 0; i < job->runs->len; i++)
    g_assert_true (ABS (g_array_index (job->runs, AsyncLitStoredRun, i).due - NOW) < TOO_FAR);
  asynclit_stored_job_free (job);
}

static void
try_entries (const uint8_t *data, size_t size)
{
  AsyncLitJournal *journal = asynclit_journal_new ();

  while (size > 0)
    {
      const char id[] = { (char) ('a' + data[0] % 4), '\0' };
      AsyncLitStoredJob job = { .trigger = (char *) "x" };
      gint64 number;

      data++;
      size--;
      job.next = take_number (&data, &size);
      job.previous = take_number (&data, &size);
      job.counts.last_run = take_number (&data, &size);
      job.counts.n_runs = (guint64) take_number (&data, &size);
      asynclit_journal_read_job (journal, id, &job);
      number = take_number (&data, &size);
      asynclit_journal_read_run (journal, number, id, job.next, job.previous);
      check_found (journal, id);
    }
  g_assert_cmpint (asynclit_journal_new_run (journal), >, 0);
  g_ptr_array_unref (asynclit_journal_take_pending (journal));
  asynclit_journal_free (journal);
}

/* Files */

static void
fill (AsyncLitScheduleConnection *connection)
{
  AsyncLitJournal *journal = asynclit_journal_new ();
  g_autoptr (GPtrArray) rows = NULL;
  gboolean may_pass;

  for (int i = 0; i < 60; i++)
    {
      g_autofree char *id = g_strdup_printf ("job-%d", i % 20);
      const AsyncLitStoreChange change = {
        .kind = i < 20 ? ASYNCLIT_STORE_SAVE : ASYNCLIT_STORE_DUE,
        .job_id = id,
        .job = { .trigger = (char *) "interval:1.000000s", .next = NOW, .previous = NOW },
        .run = i,
        .time = NOW,
      };

      asynclit_journal_apply (journal, &change);
    }
  rows = asynclit_journal_take_pending (journal);
  g_assert_true (asynclit_schedule_connection_write (connection, rows, &may_pass, NULL));
  asynclit_journal_free (journal);
}

static GLogWriterOutput
drop_log (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer user_data)
{
  return (level & G_LOG_LEVEL_WARNING) != 0
             ? G_LOG_WRITER_HANDLED
             : g_log_writer_default (level, fields, n_fields, user_data);
}

static void
tear_down (void)
{
  g_unlink (path);
  g_unlink (log_path);
  g_rmdir (folder);
}

static void
set_up (void)
{
  AsyncLitScheduleConnection *connection;

  /* Very many inputs log that something was omitted. */
  g_log_set_writer_func (drop_log, NULL, NULL);
  g_log_set_always_fatal (G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL);
  /* On a file system without disk access, if there is one. */
  folder = g_mkdtemp (g_strdup ("/dev/shm/asynclit-fuzz-XXXXXX"));
  if (folder == NULL)
    folder = g_dir_make_tmp ("asynclit-fuzz-XXXXXX", NULL);
  path = g_build_filename (folder, "schedule.db", NULL);
  log_path = g_strconcat (path, "-wal", NULL);
  connection = asynclit_schedule_connection_open (path, NULL);
  g_assert_nonnull (connection);
  fill (connection);
  asynclit_schedule_connection_close (connection);
  g_assert_true (g_file_get_contents (path, &good, &good_size, NULL));
  atexit (tear_down);
}

static void
use (AsyncLitScheduleConnection *connection)
{
  AsyncLitJournal *journal = asynclit_journal_new ();
  g_autoptr (GPtrArray) rows = NULL;
  gboolean may_pass;

  asynclit_schedule_connection_read (connection, journal);
  rows = asynclit_journal_take_pending (journal);
  asynclit_schedule_connection_write (connection, rows, &may_pass, NULL);
  asynclit_journal_free (journal);
  asynclit_schedule_connection_close (connection);
}

/* The file is rejected, or what can be read is read; nothing else happens to the process. */
static void
try_file (const uint8_t *data, size_t size)
{
  g_autofree char *bad = g_memdup2 (good, good_size);
  g_autoptr (GError) error = NULL;
  AsyncLitScheduleConnection *connection;

  for (size_t i = 0; i + 2 < size; i += 3)
    bad[(data[i] << 8 | data[i + 1]) % good_size] = (char) data[i + 2];
  g_assert_true (g_file_set_contents_full (path, bad, (gssize) good_size, G_FILE_SET_CONTENTS_NONE,
                                           0600, NULL));
  connection = asynclit_schedule_connection_open (path, &error);
  if (connection != NULL)
    use (connection);
  else
    g_assert_true (g_utf8_validate (error->message, -1, NULL));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  if (folder == NULL)
    set_up ();
  if (size == 0)
    return 0;
  if (data[0] % DAMAGES == 0)
    try_file (data + 1, size - 1);
  else
    try_entries (data + 1, size - 1);
  return 0;
}
