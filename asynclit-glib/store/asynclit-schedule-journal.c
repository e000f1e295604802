/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "asynclit-schedule-journal-private.h"
#include "asynclit-time-private.h"

/* A file may contain any value. A clock may be wrong by decades, and triggers look 40 years
 * ahead. */
#define MIN_TIME (G_GINT64_CONSTANT (-62135596800) * G_USEC_PER_SEC) /* the year 1 */
#define MAX_TIME (G_GINT64_CONSTANT (253402300799) * G_USEC_PER_SEC) /* the year 9999 */
#define CENTURY (G_GINT64_CONSTANT (3155760000) * G_USEC_PER_SEC)
#define MAX_COUNT ((guint64) 1 << 62)
#define MAX_RUN ((gint64) 1 << 62)
/* The maximum number of runs of one job. No program has this many in progress, and restoring them
 * takes time. */
#define MAX_RUNS 100000

typedef struct {
  char *id;
  AsyncLitStoredJob state; /* without runs */
  GQueue runs;             /* of Run */
  gboolean in_file;        /* possibly in an older form */
} Job;

typedef struct {
  gint64 number;
  Job *job;
  GList job_link; /* in job->runs */
  gint64 due;
  gint64 started; /* ASYNCLIT_NO_TIME: it has not started */
  gboolean in_file;
} Run;

struct _AsyncLitJournal {
  GHashTable *jobs; /* id → Job */
  GHashTable *runs; /* &number → Run */
  /* Entries that the file lacks. An entry that is here, but not above, has been removed. */
  GHashTable *pending_jobs; /* ids */
  GHashTable *pending_runs; /* numbers */
  gint64 last_run;
};

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

static void
row_free (AsyncLitJournalRow *self)
{
  g_free (self->job_id);
  g_free (self->job.trigger);
  g_free (self);
}

static void
job_free (Job *self)
{
  g_free (self->id);
  g_free (self->state.trigger);
  g_free (self);
}

AsyncLitJournal *
asynclit_journal_new (void)
{
  AsyncLitJournal *self = g_new0 (AsyncLitJournal, 1);

  self->jobs = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) job_free);
  self->runs = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, g_free);
  self->pending_jobs = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->pending_runs = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  return self;
}

void
asynclit_journal_free (AsyncLitJournal *self)
{
  g_hash_table_unref (self->runs);
  g_hash_table_unref (self->jobs);
  g_hash_table_unref (self->pending_jobs);
  g_hash_table_unref (self->pending_runs);
  g_free (self);
}

/* Entries */

static void
journal_note_job (AsyncLitJournal *self, const char *id)
{
  if (!g_hash_table_contains (self->pending_jobs, id))
    g_hash_table_add (self->pending_jobs, g_strdup (id));
}

static void
journal_note_run (AsyncLitJournal *self, gint64 number)
{
  if (!g_hash_table_contains (self->pending_runs, &number))
    g_hash_table_add (self->pending_runs, g_memdup2 (&number, sizeof number));
}

static Job *
journal_add_job (AsyncLitJournal *self, const char *id, const AsyncLitStoredJob *state)
{
  Job *job = g_new0 (Job, 1);

  job->id = g_strdup (id);
  job->state = *state;
  job->state.trigger = g_strdup (state->trigger);
  job->state.runs = NULL;
  g_hash_table_insert (self->jobs, job->id, job);
  return job;
}

static Run *
journal_add_run (AsyncLitJournal *self, gint64 number, Job *job, gint64 due)
{
  Run *run = g_new0 (Run, 1);

  run->number = number;
  run->job = job;
  run->job_link.data = run;
  run->due = due;
  run->started = ASYNCLIT_NO_TIME;
  g_queue_push_tail_link (&job->runs, &run->job_link);
  g_hash_table_insert (self->runs, &run->number, run);
  return run;
}

/* The removal of a run that was never written to the file is no change for the file. */
static void
journal_drop_run (AsyncLitJournal *self, Run *run)
{
  gint64 number = run->number;

  if (run->in_file)
    journal_note_run (self, number);
  else
    g_hash_table_remove (self->pending_runs, &number);
  g_queue_unlink (&run->job->runs, &run->job_link);
  g_hash_table_remove (self->runs, &number);
}

static void
journal_drop_runs (AsyncLitJournal *self, Job *job)
{
  while (job->runs.head != NULL)
    journal_drop_run (self, job->runs.head->data);
}

/* Reading */

static gboolean
is_time (gint64 time)
{
  return time >= MIN_TIME && time <= MAX_TIME;
}

static gboolean
is_time_or (gint64 time, gint64 none)
{
  return time == none || is_time (time);
}

gboolean
asynclit_journal_read_job (AsyncLitJournal *self, const char *id, const AsyncLitStoredJob *job)
{
  g_assert (id != NULL && job != NULL);
  if (id == NULL || !g_utf8_validate (id, -1, NULL) || g_hash_table_contains (self->jobs, id)
      || job->trigger == NULL || !is_time_or (job->next, ASYNCLIT_NEVER)
      || !is_time_or (job->previous, ASYNCLIT_NO_TIME)
      || !is_time_or (job->counts.last_run, ASYNCLIT_NO_TIME) || job->counts.n_runs > MAX_COUNT
      || job->counts.n_missed > MAX_COUNT || job->counts.n_skipped > MAX_COUNT)
    return FALSE;
  journal_add_job (self, id, job)->in_file = TRUE;
  return TRUE;
}

gboolean
asynclit_journal_read_run (AsyncLitJournal *self, gint64 number, const char *job_id, gint64 due,
                           gint64 started)
{
  Job *job = job_id != NULL ? g_hash_table_lookup (self->jobs, job_id) : NULL;
  Run *run;

  g_assert (job_id != NULL);
  if (job == NULL || job->runs.length >= MAX_RUNS || number < 1 || number > MAX_RUN
      || !is_time (due) || g_hash_table_contains (self->runs, &number))
    return FALSE;
  run = journal_add_run (self, number, job, due);
  run->started = started;
  run->in_file = TRUE;
  self->last_run = MAX (self->last_run, number);
  return TRUE;
}

/* Changes */

static void
journal_save (AsyncLitJournal *self, const AsyncLitStoreChange *change)
{
  Job *job = g_hash_table_lookup (self->jobs, change->job_id);
  AsyncLitJobCounts counts;

  if (job == NULL)
    {
      /* An entry that is yet to be deleted from the file is still in it. */
      journal_add_job (self, change->job_id, &change->job)->in_file
          = g_hash_table_contains (self->pending_jobs, change->job_id);
      journal_note_job (self, change->job_id);
      return;
    }
  journal_note_job (self, change->job_id);
  counts = job->state.counts;
  g_free (job->state.trigger);
  job->state = change->job;
  job->state.trigger = g_strdup (change->job.trigger);
  job->state.counts.n_runs = counts.n_runs;
  job->state.counts.last_run = counts.last_run;
}

static void
journal_start (AsyncLitJournal *self, const AsyncLitStoreChange *change)
{
  Run *run = g_hash_table_lookup (self->runs, &change->run);

  if (run == NULL)
    return;
  run->started = change->time;
  run->job->state.counts.n_runs++;
  run->job->state.counts.last_run = change->time;
  journal_note_run (self, run->number);
  journal_note_job (self, run->job->id);
}

static void
journal_remove (AsyncLitJournal *self, const char *job_id)
{
  Job *job = g_hash_table_lookup (self->jobs, job_id);

  if (job == NULL)
    return;
  if (job->in_file)
    journal_note_job (self, job_id);
  else
    g_hash_table_remove (self->pending_jobs, job_id);
  journal_drop_runs (self, job);
  g_hash_table_remove (self->jobs, job_id);
}

void
asynclit_journal_apply (AsyncLitJournal *self, const AsyncLitStoreChange *change)
{
  Job *job;
  Run *run;

  switch (change->kind)
    {
    case ASYNCLIT_STORE_SAVE:
      journal_save (self, change);
      break;
    case ASYNCLIT_STORE_REMOVE:
      journal_remove (self, change->job_id);
      break;
    case ASYNCLIT_STORE_DUE:
      job = g_hash_table_lookup (self->jobs, change->job_id);
      if (job == NULL)
        break;
      journal_add_run (self, change->run, job, change->time);
      journal_note_run (self, change->run);
      break;
    case ASYNCLIT_STORE_START:
      journal_start (self, change);
      break;
    case ASYNCLIT_STORE_END:
      run = g_hash_table_lookup (self->runs, &change->run);
      if (run != NULL)
        journal_drop_run (self, run);
      break;
    case ASYNCLIT_STORE_CLEAR:
    default:
      job = g_hash_table_lookup (self->jobs, change->job_id);
      if (job != NULL)
        journal_drop_runs (self, job);
      break;
    }
}

/* Looking up */

static int
compare_runs (gconstpointer a, gconstpointer b)
{
  const AsyncLitStoredRun *run_a = a, *run_b = b;

  return run_a->due < run_b->due ? -1 : run_a->due > run_b->due;
}

static gboolean
is_near (gint64 time, gint64 now)
{
  return time >= now - CENTURY && time <= now + CENTURY;
}

static gboolean
job_is_near (const Job *job, gint64 now)
{
  return (job->state.next == ASYNCLIT_NEVER || is_near (job->state.next, now))
         && (job->state.previous == ASYNCLIT_NO_TIME || is_near (job->state.previous, now));
}

static GArray *
journal_list_runs (AsyncLitJournal *self, Job *job, gint64 now, guint *n_dropped)
{
  GArray *runs = g_array_sized_new (FALSE, FALSE, sizeof (AsyncLitStoredRun), job->runs.length);

  for (GList *l = job->runs.head, *next; l != NULL; l = next)
    {
      Run *run = l->data;
      AsyncLitStoredRun stored = { run->due, run->started != ASYNCLIT_NO_TIME };

      next = l->next;
      if (is_near (run->due, now))
        g_array_append_val (runs, stored);
      else
        {
          journal_drop_run (self, run);
          (*n_dropped)++;
        }
    }
  g_array_sort (runs, compare_runs);
  return runs;
}

AsyncLitStoredJob *
asynclit_journal_look_up (AsyncLitJournal *self, const char *job_id, gint64 now, guint *n_dropped)
{
  Job *job = g_hash_table_lookup (self->jobs, job_id);
  AsyncLitStoredJob *found;

  g_assert (job_id != NULL);
  *n_dropped = 0;
  if (job == NULL)
    return NULL;
  *n_dropped = job_is_near (job, now) ? 0 : 1;
  found = g_memdup2 (&job->state, sizeof job->state);
  found->trigger = g_strdup (*n_dropped == 0 ? job->state.trigger : "");
  found->runs = journal_list_runs (self, job, now, n_dropped);
  return found;
}

gint64
asynclit_journal_new_run (AsyncLitJournal *self)
{
  return ++self->last_run;
}

/* Pending changes */

gboolean
asynclit_journal_has_pending (AsyncLitJournal *self)
{
  return g_hash_table_size (self->pending_jobs) + g_hash_table_size (self->pending_runs) > 0;
}

static AsyncLitJournalRow *
row_of_job (const char *id, Job *job)
{
  AsyncLitJournalRow *row = g_new0 (AsyncLitJournalRow, 1);

  row->kind = job != NULL ? ASYNCLIT_JOURNAL_PUT_JOB : ASYNCLIT_JOURNAL_DELETE_JOB;
  row->job_id = g_strdup (id);
  row->was_in_file = TRUE;
  if (job == NULL)
    return row;
  row->job = job->state;
  row->job.trigger = g_strdup (job->state.trigger);
  row->was_in_file = job->in_file;
  job->in_file = TRUE;
  return row;
}

static AsyncLitJournalRow *
row_of_run (gint64 number, Run *run)
{
  AsyncLitJournalRow *row = g_new0 (AsyncLitJournalRow, 1);

  row->kind = run != NULL ? ASYNCLIT_JOURNAL_PUT_RUN : ASYNCLIT_JOURNAL_DELETE_RUN;
  row->run = number;
  row->was_in_file = TRUE;
  if (run == NULL)
    return row;
  row->job_id = g_strdup (run->job->id);
  row->due = run->due;
  row->started = run->started;
  row->was_in_file = run->in_file;
  run->in_file = TRUE;
  return row;
}

GPtrArray *
asynclit_journal_take_pending (AsyncLitJournal *self)
{
  GPtrArray *rows = g_ptr_array_new_with_free_func ((GDestroyNotify) row_free);
  GHashTableIter iter;
  gpointer key;

  g_hash_table_iter_init (&iter, self->pending_jobs);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    g_ptr_array_add (rows, row_of_job (key, g_hash_table_lookup (self->jobs, key)));
  g_hash_table_iter_init (&iter, self->pending_runs);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    g_ptr_array_add (rows, row_of_run (*(gint64 *) key, g_hash_table_lookup (self->runs, key)));
  g_hash_table_remove_all (self->pending_jobs);
  g_hash_table_remove_all (self->pending_runs);
  return rows;
}

static void
journal_put_job_back (AsyncLitJournal *self, const AsyncLitJournalRow *row)
{
  Job *job = g_hash_table_lookup (self->jobs, row->job_id);

  if (job != NULL)
    job->in_file = row->was_in_file;
  if (job != NULL || row->was_in_file)
    journal_note_job (self, row->job_id);
  else
    g_hash_table_remove (self->pending_jobs, row->job_id);
}

static void
journal_put_run_back (AsyncLitJournal *self, const AsyncLitJournalRow *row)
{
  Run *run = g_hash_table_lookup (self->runs, &row->run);

  if (run != NULL)
    run->in_file = row->was_in_file;
  if (run != NULL || row->was_in_file)
    journal_note_run (self, row->run);
  else
    g_hash_table_remove (self->pending_runs, &row->run);
}

void
asynclit_journal_put_back (AsyncLitJournal *self, GPtrArray *rows)
{
  g_assert (rows != NULL);
  for (guint i = 0; i < rows->len; i++)
    {
      const AsyncLitJournalRow *row = g_ptr_array_index (rows, i);

      switch (row->kind)
        {
        case ASYNCLIT_JOURNAL_PUT_JOB:
        case ASYNCLIT_JOURNAL_DELETE_JOB:
          journal_put_job_back (self, row);
          break;
        case ASYNCLIT_JOURNAL_PUT_RUN:
        case ASYNCLIT_JOURNAL_DELETE_RUN:
        default:
          journal_put_run_back (self, row);
          break;
        }
    }
}

void
asynclit_journal_renew (AsyncLitJournal *self)
{
  GHashTableIter iter;
  gpointer key, value;

  g_hash_table_remove_all (self->pending_jobs);
  g_hash_table_remove_all (self->pending_runs);
  g_hash_table_iter_init (&iter, self->jobs);
  while (g_hash_table_iter_next (&iter, &key, &value))
    {
      ((Job *) value)->in_file = FALSE;
      journal_note_job (self, key);
    }
  g_hash_table_iter_init (&iter, self->runs);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      ((Run *) value)->in_file = FALSE;
      journal_note_run (self, ((Run *) value)->number);
    }
}
