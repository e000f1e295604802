/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Stopping the library's threads versus submitting: the threads start again, and no task is
 * lost. */

#include "stress-support.h"

#define SUBMITTERS 2
#define BATCH 20

typedef struct {
  StressProbes *probes;
  guint batches;
  gint submitting; /* atomic: threads that have not finished */
} Shutdown;

static void
work_busy_twice (AsyncLitTask *task, GCancellable *cancellable, gpointer user_data)
{
  if (asynclit_task_get_attempt (task) < 3)
    stress_probe_work_busy (task, cancellable, user_data);
  else
    stress_probe_work (task, cancellable, user_data);
}

static AsyncLitTask *
submit_one (AsyncLitTaskManager *manager, AsyncLitRetryPolicy *retry, StressProbe *probe, guint i)
{
  AsyncLitExecutor executor = i % 2 == 0 ? ASYNCLIT_EXECUTOR_THREAD_POOL : ASYNCLIT_EXECUTOR_WORKER;

  if (i % 4 < 2)
    return stress_submit (manager, executor, retry, work_busy_twice, probe);
  return stress_submit (manager, executor, NULL, stress_probe_work, probe);
}

/* Shutting down cancels the default manager's tasks, and refuses those that arrive at that moment;
 * tasks of other managers are not affected. */
static void
assert_ended (AsyncLitTask *task, gboolean of_default_manager)
{
  test_wait (task);
  if (!of_default_manager)
    g_assert_cmpint (asynclit_task_get_status (task), ==, ASYNCLIT_TASK_STATUS_DONE);
  else if (asynclit_task_get_status (task) == ASYNCLIT_TASK_STATUS_ERROR)
    test_assert_failed (task, ASYNCLIT_ERROR, ASYNCLIT_ERROR_CLOSED);
}

static void
submit_batch (Shutdown *shut, AsyncLitTaskManager *manager, AsyncLitRetryPolicy *retry)
{
  AsyncLitTask *tasks[BATCH];

  for (guint i = 0; i < BATCH; i++)
    tasks[i] = submit_one (manager, retry, stress_probes_take (shut->probes), i);
  for (guint i = 0; i < BATCH; i++)
    {
      assert_ended (tasks[i], manager == asynclit_get_default_manager ());
      g_object_unref (tasks[i]);
    }
}

static void
submit_in_batches (guint index, gpointer user_data)
{
  Shutdown *shut = user_data;
  GMainContext *context = stress_context_push ();
  g_autoptr (AsyncLitTaskManager) own = asynclit_task_manager_new ();
  g_autoptr (AsyncLitRetryPolicy) retry
      = asynclit_retry_policy_new_full (5, 0.0005, 0.001, 1.0, 0.5, 0.0, NULL);

  for (guint i = 0; i < shut->batches; i++)
    {
      submit_batch (shut, own, retry);
      submit_batch (shut, asynclit_get_default_manager (), retry);
    }
  g_atomic_int_add (&shut->submitting, -1);
  stress_context_pop (context);
}

static void
shut_down_again_and_again (guint index, gpointer user_data)
{
  Shutdown *shut = user_data;

  for (guint i = index; g_atomic_int_get (&shut->submitting) > 0; i++)
    {
      asynclit_shutdown (i % 3 * 0.002);
      stress_spin (i % 5 * 20000);
    }
}

static void
run_shutdown (guint n_shutting)
{
  guint batches = stress_scale (600);
  g_autoptr (StressProbes) probes = stress_probes_new (SUBMITTERS * batches * 2 * BATCH);
  Shutdown shut = { probes, batches, SUBMITTERS };
  StressThreads *submitters = stress_threads_start (SUBMITTERS, submit_in_batches, &shut);
  StressThreads *shutting = stress_threads_start (n_shutting, shut_down_again_and_again, &shut);

  stress_threads_join (submitters);
  stress_threads_join (shutting);
  test_poll_until (stress_condition_released, probes);
  stress_probes_assert_released_once (probes);
}

static void
test_against_submit (void)
{
  run_shutdown (1);
}

static void
test_against_shutdown (void)
{
  run_shutdown (2);
}

static gboolean
no_threads_left (gpointer unused)
{
  return test_count_threads_named ("asynclit-worker") == 0
         && test_count_threads_named ("asynclit-pool") == 0;
}

/* Start, work, stop; nothing accumulates. */
static void
test_restart (void)
{
  for (guint i = 0; i < stress_scale (500); i++)
    {
      g_autoptr (AsyncLitTask) pool = asynclit_run (test_work_return_int, NULL, NULL);
      g_autoptr (AsyncLitTask) async = asynclit_run_async (test_work_return_int, NULL, NULL);

      test_wait (pool);
      test_wait (async);
      g_assert_true (asynclit_shutdown (TEST_WATCHDOG_SECONDS));
      test_poll_until (no_threads_left, NULL);
    }
}

static void
work_submit_another (AsyncLitTask *task, GCancellable *cancellable, gpointer token)
{
  g_object_unref (asynclit_run (test_work_return_int, test_token_ref (token),
                                test_token_destroy));
  asynclit_task_return_int (task, 1);
}

/* Tasks that were submitted on the worker belong to its context, and are released there, even if
 * the worker was about to end. */
static void
test_releases_on_worker (void)
{
  for (guint i = 0; i < stress_scale (500); i++)
    {
      g_autoptr (TestToken) token = test_token_new ();
      g_autoptr (AsyncLitTask) task = asynclit_run_async (work_submit_another, token, NULL);

      test_wait (task);
      test_assert_int_result (task, 1);
      g_assert_true (asynclit_shutdown (TEST_WATCHDOG_SECONDS));
      test_poll_until (test_condition_token_destroyed, token);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/shutdown/restart", test_restart);
  g_test_add_func ("/shutdown/against-submit", test_against_submit);
  g_test_add_func ("/shutdown/against-shutdown", test_against_shutdown);
  g_test_add_func ("/shutdown/releases-on-worker", test_releases_on_worker);
  return g_test_run ();
}
