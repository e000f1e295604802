/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The pending changes of the journal: whatever happens, and in whatever order it is written, a file
 * that receives all of it has the same content as the journal. */

#include "asynclit-schedule-journal-private.h"
#include "asynclit-trigger-private.h"

#include <string.h>

#define NOW G_GINT64_CONSTANT (1800000000000000)

static const AsyncLitStoredJob stored_job = { .trigger = "every day",
                                              .next = NOW + 1,
                                              .previous = ASYNCLIT_NO_TIME,
                                              .counts.last_run = ASYNCLIT_NO_TIME };

static void
note (AsyncLitJournal *journal, AsyncLitStoreChangeKind kind, const char *id, gint64 run)
{
  const AsyncLitStoreChange change
      = { .kind = kind, .job_id = (char *) id, .job = stored_job, .run = run, .time = NOW };

  asynclit_journal_apply (journal, &change);
}

static int
compare (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* "+job" and "-job", and the same for runs; "!" marks a run that has started. */
static char *
describe (GPtrArray *rows)
{
  g_autoptr (GPtrArray) words = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < rows->len; i++)
    {
      const AsyncLitJournalRow *row = g_ptr_array_index (rows, i);

      switch (row->kind)
        {
        case ASYNCLIT_JOURNAL_PUT_JOB:
          g_ptr_array_add (words, g_strdup_printf ("+%s", row->job_id));
          break;
        case ASYNCLIT_JOURNAL_DELETE_JOB:
          g_ptr_array_add (words, g_strdup_printf ("-%s", row->job_id));
          break;
        case ASYNCLIT_JOURNAL_PUT_RUN:
          g_ptr_array_add (words, g_strdup_printf ("+%d%s", (int) row->run,
                                                   row->started != ASYNCLIT_NO_TIME ? "!" : ""));
          break;
        case ASYNCLIT_JOURNAL_DELETE_RUN:
        default:
          g_ptr_array_add (words, g_strdup_printf ("-%d", (int) row->run));
          break;
        }
    }
  g_ptr_array_sort (words, compare);
  g_ptr_array_add (words, NULL);
  return g_strjoinv (" ", (char **) words->pdata);
}

/* Takes the pending rows; puts them back if they can't be written. */
static void
check_pending (AsyncLitJournal *journal, const char *expected, gboolean is_written)
{
  g_autoptr (GPtrArray) rows = asynclit_journal_take_pending (journal);
  g_autofree char *text = describe (rows);

  g_assert_cmpstr (text, ==, expected);
  g_assert_false (asynclit_journal_has_pending (journal));
  if (!is_written)
    asynclit_journal_put_back (journal, rows);
}

static void
test_written (void)
{
  AsyncLitJournal *journal = asynclit_journal_new ();

  note (journal, ASYNCLIT_STORE_SAVE, "a", 0);
  note (journal, ASYNCLIT_STORE_DUE, "a", 1);
  check_pending (journal, "+1 +a", TRUE);
  note (journal, ASYNCLIT_STORE_START, NULL, 1);
  check_pending (journal, "+1! +a", TRUE);
  note (journal, ASYNCLIT_STORE_END, NULL, 1);
  check_pending (journal, "-1", TRUE);
  note (journal, ASYNCLIT_STORE_DUE, "a", 2);
  note (journal, ASYNCLIT_STORE_END, NULL, 2);
  check_pending (journal, "", TRUE);
  note (journal, ASYNCLIT_STORE_REMOVE, "a", 0);
  check_pending (journal, "-a", TRUE);
  note (journal, ASYNCLIT_STORE_REMOVE, "a", 0);
  check_pending (journal, "", TRUE);
  asynclit_journal_free (journal);
}

/* Entries that come and go while nothing can be written leave no trace. */
static void
test_not_written (void)
{
  AsyncLitJournal *journal = asynclit_journal_new ();

  note (journal, ASYNCLIT_STORE_SAVE, "a", 0);
  note (journal, ASYNCLIT_STORE_DUE, "a", 1);
  check_pending (journal, "+1 +a", TRUE);
  for (int i = 2; i < 100; i++)
    {
      g_autofree char *id = g_strdup_printf ("job-%d", i);
      g_autoptr (GPtrArray) rows = NULL;

      note (journal, ASYNCLIT_STORE_SAVE, id, 0);
      note (journal, ASYNCLIT_STORE_DUE, id, i);
      rows = asynclit_journal_take_pending (journal);
      asynclit_journal_put_back (journal, rows);
      note (journal, ASYNCLIT_STORE_REMOVE, id, 0);
    }
  note (journal, ASYNCLIT_STORE_END, NULL, 1);
  check_pending (journal, "-1", FALSE);
  check_pending (journal, "-1", TRUE);
  asynclit_journal_free (journal);
}

/* More changes happen during a write. */
static void
test_meanwhile (void)
{
  AsyncLitJournal *journal = asynclit_journal_new ();
  GPtrArray *rows;

  note (journal, ASYNCLIT_STORE_SAVE, "a", 0);
  note (journal, ASYNCLIT_STORE_DUE, "a", 1);
  rows = asynclit_journal_take_pending (journal);
  note (journal, ASYNCLIT_STORE_END, NULL, 1);
  note (journal, ASYNCLIT_STORE_REMOVE, "a", 0);
  asynclit_journal_put_back (journal, rows);
  g_ptr_array_unref (rows);
  check_pending (journal, "", TRUE);

  note (journal, ASYNCLIT_STORE_SAVE, "a", 0);
  rows = asynclit_journal_take_pending (journal);
  note (journal, ASYNCLIT_STORE_REMOVE, "a", 0);
  note (journal, ASYNCLIT_STORE_SAVE, "a", 0);
  note (journal, ASYNCLIT_STORE_REMOVE, "a", 0);
  g_ptr_array_unref (rows); /* written */
  check_pending (journal, "-a", TRUE);
  asynclit_journal_free (journal);
}

static void
test_renew (void)
{
  AsyncLitJournal *journal = asynclit_journal_new ();

  note (journal, ASYNCLIT_STORE_SAVE, "a", 0);
  note (journal, ASYNCLIT_STORE_SAVE, "b", 0);
  note (journal, ASYNCLIT_STORE_DUE, "a", 1);
  note (journal, ASYNCLIT_STORE_START, NULL, 1);
  check_pending (journal, "+1! +a +b", TRUE);
  note (journal, ASYNCLIT_STORE_REMOVE, "b", 0);
  asynclit_journal_renew (journal);
  check_pending (journal, "+1! +a", TRUE);
  asynclit_journal_free (journal);
}

/* Saving a job does not overwrite the counters that the start of a run changes. */
static void
test_counts (void)
{
  AsyncLitJournal *journal = asynclit_journal_new ();
  g_autoptr (AsyncLitStoredJob) job = NULL;
  guint n_dropped;

  note (journal, ASYNCLIT_STORE_SAVE, "a", 0);
  note (journal, ASYNCLIT_STORE_DUE, "a", 1);
  note (journal, ASYNCLIT_STORE_START, NULL, 1);
  note (journal, ASYNCLIT_STORE_SAVE, "a", 0);
  job = asynclit_journal_look_up (journal, "a", NOW, &n_dropped);
  g_assert_cmpuint (n_dropped, ==, 0);
  g_assert_cmpuint (job->counts.n_runs, ==, 1);
  g_assert_cmpint (job->counts.last_run, ==, NOW);
  g_assert_cmpuint (job->runs->len, ==, 1);
  g_assert_true (g_array_index (job->runs, AsyncLitStoredRun, 0).was_started);
  g_assert_null (asynclit_journal_look_up (journal, "b", NOW, &n_dropped));
  asynclit_journal_free (journal);
}

static void
test_read (void)
{
  AsyncLitJournal *journal = asynclit_journal_new ();
  AsyncLitStoredJob job = stored_job;
  guint n_dropped;

  g_assert_true (asynclit_journal_read_job (journal, "a", &job));
  g_assert_false (asynclit_journal_read_job (journal, "a", &job));
  g_assert_false (asynclit_journal_read_job (journal, "\xff", &job));
  job.next = G_MININT64;
  g_assert_false (asynclit_journal_read_job (journal, "b", &job));
  g_assert_true (asynclit_journal_read_run (journal, 7, "a", NOW, ASYNCLIT_NO_TIME));
  g_assert_false (asynclit_journal_read_run (journal, 7, "a", NOW, ASYNCLIT_NO_TIME));
  g_assert_false (asynclit_journal_read_run (journal, 8, "b", NOW, ASYNCLIT_NO_TIME));
  g_assert_false (asynclit_journal_read_run (journal, 0, "a", NOW, ASYNCLIT_NO_TIME));
  g_assert_false (asynclit_journal_read_run (journal, G_MAXINT64, "a", NOW, ASYNCLIT_NO_TIME));
  g_assert_true (asynclit_journal_read_run (journal, 9, "a", 0, ASYNCLIT_NO_TIME));
  g_assert_cmpint (asynclit_journal_new_run (journal), ==, 10);
  g_assert_false (asynclit_journal_has_pending (journal));

  /* In a thousand years. */
  asynclit_stored_job_free (asynclit_journal_look_up (journal, "a", NOW + NOW * 17, &n_dropped));
  g_assert_cmpuint (n_dropped, ==, 3); /* includes the job's times */
  check_pending (journal, "-7 -9", TRUE);
  asynclit_journal_free (journal);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/schedule-journal/written", test_written);
  g_test_add_func ("/schedule-journal/not-written", test_not_written);
  g_test_add_func ("/schedule-journal/meanwhile", test_meanwhile);
  g_test_add_func ("/schedule-journal/renew", test_renew);
  g_test_add_func ("/schedule-journal/counts", test_counts);
  g_test_add_func ("/schedule-journal/read", test_read);
  return g_test_run ();
}
