/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Races between operations that settle a task: cancelling and starting or ending, several threads
 * that settle at the same time, closing and submitting, a retry's timer and cancelling. */

#include "stress-support.h"

#include <pthread.h>

#define BATCH 64

/* Cancelling versus starting and ending */

typedef struct {
  AsyncLitTaskManager *manager;
  StressProbes *probes;
  AsyncLitTask *tasks[BATCH];
  gboolean cancelled[BATCH]; /* the result of asynclit_task_cancel() */
} CancelRound;

static void
cancel_round_submit (CancelRound *cancel_round, AsyncLitExecutor executor)
{
  cancel_round->probes = stress_probes_new (BATCH);
  for (guint i = 0; i < BATCH; i++)
    {
      StressProbe *probe = stress_probes_take (cancel_round->probes);

      cancel_round->tasks[i]
          = stress_submit (cancel_round->manager, executor, NULL, stress_probe_work, probe);
      asynclit_task_add_callback (cancel_round->tasks[i], stress_probe_completed, probe, NULL);
    }
}

static void
cancel_round_cancel (guint index, gpointer user_data)
{
  CancelRound *cancel_round = user_data;

  for (guint i = 0; i < BATCH; i++)
    cancel_round->cancelled[i] = asynclit_task_cancel (cancel_round->tasks[i]);
}

static void
cancel_round_end (CancelRound *cancel_round)
{
  for (guint i = 0; i < BATCH; i++)
    {
      g_autoptr (AsyncLitTask) task = g_steal_pointer (&cancel_round->tasks[i]);

      /* The outcome agrees with the result of cancel(), because there was no other cancellation. */
      if (cancel_round->cancelled[i])
        test_assert_cancelled (task);
      else
        test_assert_int_result (task, 1);
    }

  test_iterate_until (NULL, stress_condition_released, cancel_round->probes);
  stress_probes_assert_completed_once (cancel_round->probes);
  stress_probes_assert_released_once (cancel_round->probes);
  g_clear_pointer (&cancel_round->probes, stress_probes_free);
}

static void
test_cancel_against_settle (gconstpointer executor)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  CancelRound cancel_round = { manager };

  for (guint i = 0; i < stress_scale (300); i++)
    {
      StressThreads *threads;

      cancel_round_submit (&cancel_round, (AsyncLitExecutor) GPOINTER_TO_INT (executor));
      threads = stress_threads_start (1, cancel_round_cancel, &cancel_round);
      test_iterate_until (NULL, stress_condition_completed, cancel_round.probes);
      stress_threads_join (threads);
      cancel_round_end (&cancel_round);
    }
}

static void
test_cancel_against_start (gconstpointer executor)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  CancelRound cancel_round = { manager };

  for (guint i = 0; i < stress_scale (1000); i++)
    {
      cancel_round_submit (&cancel_round, (AsyncLitExecutor) GPOINTER_TO_INT (executor));
      cancel_round_cancel (0, &cancel_round);
      test_iterate_until (NULL, stress_condition_completed, cancel_round.probes);
      cancel_round_end (&cancel_round);
    }
}

/* Several threads settle one task at the same time */

#define SETTLERS 3

typedef struct {
  pthread_barrier_t begin, end;
  AsyncLitTask *task; /* guarded by the barriers */
  gboolean cancelled; /* the result of asynclit_task_cancel() in this round */
  gint released;      /* atomic: results that were destroyed */
  gint returned;      /* results that were returned; main thread only */
  guint rounds;
} SettleRace;

static void
count_release (gpointer data)
{
  g_atomic_int_inc (&((SettleRace *) data)->released);
}

static void
settle_in_rounds (guint index, gpointer user_data)
{
  SettleRace *race = user_data;

  for (guint i = 0; i < race->rounds; i++)
    {
      pthread_barrier_wait (&race->begin);
      if (index == 2 && i % 2 == 0)
        race->cancelled = asynclit_task_cancel (race->task);
      else if (index == 1 && i % 3 == 0)
        asynclit_task_return_new_error (race->task, G_IO_ERROR, G_IO_ERROR_BUSY, "busy");
      else
        asynclit_task_return_pointer (race->task, race, count_release);
      pthread_barrier_wait (&race->end);
    }
}

/* The number of settlers that returned a pointer in this round. */
static gint
count_pointers (guint i)
{
  return SETTLERS - (i % 2 == 0 ? 1 : 0) - (i % 3 == 0 ? 1 : 0);
}

static gboolean
all_results_released (gpointer user_data)
{
  SettleRace *race = user_data;

  return g_atomic_int_get (&race->released) >= race->returned;
}

static void
assert_outcome_is_whole (AsyncLitTask *task, gboolean cancelled)
{
  g_autoptr (GError) error = NULL;
  const GValue *result = asynclit_task_get_result (task, &error);

  if (cancelled)
    test_assert_cancelled (task);
  else if (result != NULL)
    g_assert_cmpint (asynclit_task_get_status (task), ==, ASYNCLIT_TASK_STATUS_DONE);
  else
    test_assert_failed (task, G_IO_ERROR, G_IO_ERROR_BUSY);
}

static void
count_completed (AsyncLitTask *task, gpointer count)
{
  ++*(guint *) count;
}

static void
settle_once (SettleRace *race, AsyncLitTaskManager *manager, guint i)
{
  guint completed = 0;

  race->task = asynclit_task_new ();
  race->cancelled = FALSE;
  asynclit_task_add_callback (race->task, count_completed, &completed, NULL);
  asynclit_task_manager_submit_task (manager, race->task);

  pthread_barrier_wait (&race->begin);
  pthread_barrier_wait (&race->end);
  test_iterate_until_completed (race->task);
  g_assert_cmpuint (completed, ==, 1);
  assert_outcome_is_whole (race->task, race->cancelled);

  /* The values of the losers were freed immediately; the winner's is freed with the task. */
  g_clear_object (&race->task);
  asynclit_task_manager_cleanup (manager);
  race->returned += count_pointers (i);
  test_iterate_until (NULL, all_results_released, race);
  g_assert_cmpint (g_atomic_int_get (&race->released), ==, race->returned);
}

static void
test_settle_from_several_threads (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  SettleRace race = { .rounds = stress_scale (4000) };
  StressThreads *threads;

  asynclit_task_manager_set_max_completed (manager, 0);
  pthread_barrier_init (&race.begin, NULL, SETTLERS + 1);
  pthread_barrier_init (&race.end, NULL, SETTLERS + 1);

  threads = stress_threads_start (SETTLERS, settle_in_rounds, &race);
  for (guint i = 0; i < race.rounds; i++)
    settle_once (&race, manager, i);

  stress_threads_join (threads);
  pthread_barrier_destroy (&race.begin);
  pthread_barrier_destroy (&race.end);
}

/* Closing versus submitting */

#define SUBMITTERS 3

typedef struct {
  AsyncLitTaskManager *manager;
  StressProbes *probes;
  guint per_thread;
  gint submitting; /* atomic: threads that have not finished */
} CloseRace;

static void
assert_ended_or_refused (AsyncLitTask *task)
{
  test_wait (task);
  if (asynclit_task_get_status (task) == ASYNCLIT_TASK_STATUS_ERROR)
    test_assert_failed (task, ASYNCLIT_ERROR, ASYNCLIT_ERROR_CLOSED);
}

static void
submit_against_close (guint index, gpointer user_data)
{
  CloseRace *race = user_data;
  GMainContext *context = stress_context_push ();
  g_autoptr (GPtrArray) tasks = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < race->per_thread; i++)
    g_ptr_array_add (tasks, stress_submit (race->manager, ASYNCLIT_EXECUTOR_THREAD_POOL, NULL,
                                           stress_probe_work, stress_probes_take (race->probes)));
  g_atomic_int_add (&race->submitting, -1);

  for (guint i = 0; i < tasks->len; i++)
    assert_ended_or_refused (g_ptr_array_index (tasks, i));
  test_iterate_pending (context);
  stress_context_pop (context);
}

static void
test_close_against_submit (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  CloseRace race = { manager, NULL, stress_scale (20000), SUBMITTERS };
  StressThreads *threads;

  race.probes = stress_probes_new (SUBMITTERS * race.per_thread);
  threads = stress_threads_start (SUBMITTERS, submit_against_close, &race);

  for (guint i = 0; g_atomic_int_get (&race.submitting) > 0; i++)
    {
      stress_spin (i % 7 * 1000);
      asynclit_task_manager_close (manager, i % 2 == 0 ? ASYNCLIT_CLOSE_MODE_CANCEL
                                                       : ASYNCLIT_CLOSE_MODE_DRAIN);
      /* An idle closed manager stays idle, whoever continues to submit. */
      stress_wait_for_manager (manager);
      asynclit_task_manager_reopen (manager);
    }

  stress_threads_join (threads);
  test_poll_until (stress_condition_released, race.probes);
  stress_probes_assert_released_once (race.probes);
  stress_probes_free (race.probes);
}

/* A retry's timer versus cancelling */

typedef struct {
  GPtrArray *tasks;
  gint cancelled; /* atomic: how many */
} RetryRace;

static AsyncLitRetryPolicy *
new_hasty_policy (void)
{
  g_autoptr (GError) error = NULL;
  AsyncLitRetryPolicy *retry
      = asynclit_retry_policy_new_full (G_MAXUINT, 0.0003, 0.001, 1.0, 0.5, 0.0, &error);

  g_assert_no_error (error);
  return retry;
}

static void
cancel_while_retrying (guint index, gpointer user_data)
{
  RetryRace *race = user_data;

  for (guint i = 0; i < race->tasks->len; i++)
    {
      stress_spin (i % 11 * 500);
      g_assert_true (asynclit_task_cancel (g_ptr_array_index (race->tasks, i)));
    }
}

static void
on_retrying (AsyncLitTask *task, guint attempt, double delay, const GError *error, gpointer probe)
{
  g_assert_true (((StressProbe *) probe)->owner == g_thread_self ());
  g_assert_cmpuint (((StressProbe *) probe)->completed, ==, 0);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_BUSY);
}

static void
submit_retrying (RetryRace *race, AsyncLitTaskManager *manager, AsyncLitExecutor executor,
                 StressProbe *probe)
{
  g_autoptr (AsyncLitRetryPolicy) retry = new_hasty_policy ();
  AsyncLitTask *task = stress_submit (manager, executor, retry, stress_probe_work_busy, probe);

  g_signal_connect (task, "retrying", G_CALLBACK (on_retrying), probe);
  asynclit_task_add_callback (task, stress_probe_completed, probe, NULL);
  g_ptr_array_add (race->tasks, task);
}

static void
test_retry_timer_against_cancel (gconstpointer executor)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (GPtrArray) tasks = g_ptr_array_new_with_free_func (g_object_unref);
  guint n = stress_scale (3000);
  g_autoptr (StressProbes) probes = stress_probes_new (n);
  RetryRace race = { tasks };
  StressThreads *threads;

  for (guint i = 0; i < n; i++)
    submit_retrying (&race, manager, (AsyncLitExecutor) GPOINTER_TO_INT (executor),
                     stress_probes_take (probes));

  threads = stress_threads_start (1, cancel_while_retrying, &race);
  test_iterate_until (NULL, stress_condition_completed, probes);
  stress_threads_join (threads);
  for (guint i = 0; i < n; i++)
    test_assert_cancelled (g_ptr_array_index (tasks, i));

  test_iterate_until (NULL, stress_condition_released, probes);
  stress_probes_assert_completed_once (probes);
  stress_probes_assert_released_once (probes);
}

/* The delay is long: if the timer were missed between the attempt's end and its start, the user
 * data would stay until it fires. */

#define PATIENT_DELAY 500.0

static void
test_patient_retry_against_cancel (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (AsyncLitRetryPolicy) retry = asynclit_retry_policy_new_full (
      G_MAXUINT, PATIENT_DELAY, PATIENT_DELAY, 1.0, 0.0, 0.0, NULL);
  guint n = stress_scale (20000);
  g_autoptr (StressProbes) probes = stress_probes_new (n);

  for (guint i = 0; i < n; i++)
    {
      StressProbe *probe = stress_probes_take (probes);
      g_autoptr (AsyncLitTask) task = stress_submit (manager, ASYNCLIT_EXECUTOR_THREAD_POOL, retry,
                                                     stress_probe_work_busy, probe);

      while (asynclit_task_get_substate (task) != ASYNCLIT_TASK_SUBSTATE_WAITING_RETRY)
        g_thread_yield ();
      g_assert_true (asynclit_task_cancel (task));
      test_assert_cancelled (task);
    }
  test_iterate_until (NULL, stress_condition_released, probes);
  stress_probes_assert_released_once (probes);
}

/* Dropping a manager with live tasks versus cancelling them */

#define FEW 4

static void
test_manager_dropped_against_cancel (gconstpointer executor)
{
  guint n = stress_scale (20000);
  g_autoptr (StressProbes) probes = stress_probes_new (n * FEW);

  for (guint i = 0; i < n; i++)
    {
      AsyncLitTaskManager *manager = asynclit_task_manager_new ();
      AsyncLitTask *tasks[FEW];

      for (guint j = 0; j < FEW; j++)
        tasks[j] = stress_submit (manager, (AsyncLitExecutor) GPOINTER_TO_INT (executor), NULL,
                                  stress_probe_work, stress_probes_take (probes));
      g_object_unref (manager);
      stress_spin (i % 40 * 25);
      for (guint j = FEW; j > 0; j--)
        {
          asynclit_task_cancel (tasks[j - 1]);
          g_object_unref (tasks[j - 1]);
        }
    }
  test_iterate_until (NULL, stress_condition_released, probes);
  stress_probes_assert_released_once (probes);
}

static void
add_for_executors (const char *path, GTestDataFunc func)
{
  const struct {
    AsyncLitExecutor executor;
    const char *name;
  } executors[] = {
    { ASYNCLIT_EXECUTOR_THREAD_POOL, "pool" },
    { ASYNCLIT_EXECUTOR_WORKER, "worker" },
    { ASYNCLIT_EXECUTOR_CONTEXT, "context" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (executors); i++)
    {
      g_autofree char *whole = g_strdup_printf ("%s/%s", path, executors[i].name);

      g_test_add_data_func (whole, GINT_TO_POINTER ((gint) executors[i].executor), func);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  add_for_executors ("/races/cancel/against-settle", test_cancel_against_settle);
  add_for_executors ("/races/cancel/against-start", test_cancel_against_start);
  add_for_executors ("/races/retry/timer-against-cancel", test_retry_timer_against_cancel);
  add_for_executors ("/races/manager/dropped-against-cancel", test_manager_dropped_against_cancel);
  g_test_add_func ("/races/retry/patient-against-cancel", test_patient_retry_against_cancel);
  g_test_add_func ("/races/settle/from-several-threads", test_settle_from_several_threads);
  g_test_add_func ("/races/close/against-submit", test_close_against_submit);
  return g_test_run ();
}
