/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Retries on a clock that the test moves, so that hours pass immediately. */

#include "asynclit-clock-private.h"
#include "asynclit-retry-policy.h"
#include "asynclit-run.h"
#include "asynclit-task-manager.h"
#include "asynclit-worker-private.h"

static gint64 manual_now; /* atomic: the worker reads it */

static gint64
get_manual_now (void)
{
  return __atomic_load_n (&manual_now, __ATOMIC_SEQ_CST);
}

static void
advance (double seconds)
{
  __atomic_add_fetch (&manual_now, (gint64) (seconds * G_USEC_PER_SEC), __ATOMIC_SEQ_CST);
  g_main_context_wakeup (asynclit_get_worker_context ());
}

static void
fail (AsyncLitTask *task, GCancellable *cancellable, gpointer user_data)
{
  g_atomic_int_inc ((int *) user_data);
  asynclit_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_BUSY, "busy");
}

static void
wait_for_substate (AsyncLitTask *task, AsyncLitTaskSubstate substate)
{
  while (asynclit_task_get_substate (task) != substate)
    g_thread_yield ();
}

static AsyncLitTask *
submit (guint max_attempts, double base_delay, double max_delay, double max_elapsed, int *n_calls)
{
  g_autoptr (AsyncLitRetryPolicy) policy = asynclit_retry_policy_new_full (
      max_attempts, base_delay, max_delay, 2.0, 0.0, max_elapsed, NULL);

  return asynclit_task_manager_submit (asynclit_get_default_manager (), policy, fail, n_calls,
                                       NULL);
}

/* One hour, two hours, four hours. */
static void
test_delays (void)
{
  int n_calls = 0;
  g_autoptr (AsyncLitTask) task = submit (4, 3600, 1e6, 0, &n_calls);

  for (int i = 1; i <= 3; i++)
    {
      wait_for_substate (task, ASYNCLIT_TASK_SUBSTATE_WAITING_RETRY);
      g_assert_cmpint (g_atomic_int_get (&n_calls), ==, i);
      g_assert_cmpuint (asynclit_task_get_attempt (task), ==, i);
      advance (3600 * (1 << (i - 1)) - 1);
      g_assert_cmpint (asynclit_task_get_substate (task), ==, ASYNCLIT_TASK_SUBSTATE_WAITING_RETRY);
      advance (1);
      while (asynclit_task_get_attempt (task) == (guint) i)
        g_thread_yield ();
    }
  g_assert_true (asynclit_task_wait (task, -1, NULL, NULL));
  g_assert_cmpint (g_atomic_int_get (&n_calls), ==, 4);
  g_assert_cmpint (asynclit_task_get_status (task), ==, ASYNCLIT_TASK_STATUS_ERROR);
}

/* A delay that would end after max-elapsed does not begin. */
static void
test_max_elapsed (void)
{
  int n_calls = 0;
  g_autoptr (AsyncLitTask) task = submit (100, 60, 1e6, 100, &n_calls);

  wait_for_substate (task, ASYNCLIT_TASK_SUBSTATE_WAITING_RETRY);
  advance (60);
  /* The next delay would be two minutes. */
  g_assert_true (asynclit_task_wait (task, -1, NULL, NULL));
  g_assert_cmpint (g_atomic_int_get (&n_calls), ==, 2);
}

static void
test_cancel_while_waiting (void)
{
  int n_calls = 0;
  g_autoptr (AsyncLitTask) task = submit (100, 3600, 1e6, 0, &n_calls);

  wait_for_substate (task, ASYNCLIT_TASK_SUBSTATE_WAITING_RETRY);
  g_assert_cmpfloat (asynclit_task_get_next_retry (task), >, 0);
  g_assert_true (asynclit_task_cancel (task));
  g_assert_cmpint (asynclit_task_get_status (task), ==, ASYNCLIT_TASK_STATUS_CANCELLED);
  advance (10000);
  g_assert_cmpint (g_atomic_int_get (&n_calls), ==, 1);
}

static void
test_exceeded_elapsed (void)
{
  g_autoptr (AsyncLitRetryPolicy) policy
      = asynclit_retry_policy_new_full (2, 0, 60, 2, 0, 10, NULL);
  g_autoptr (AsyncLitRetryPolicy) endless = asynclit_retry_policy_new (2);
  double started_at = asynclit_retry_policy_start_time ();

  g_assert_false (asynclit_retry_policy_exceeded_elapsed (policy, started_at));
  advance (9.5);
  g_assert_false (asynclit_retry_policy_exceeded_elapsed (policy, started_at));
  advance (1);
  g_assert_true (asynclit_retry_policy_exceeded_elapsed (policy, started_at));
  advance (1e9);
  g_assert_false (asynclit_retry_policy_exceeded_elapsed (endless, started_at));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  manual_now = G_USEC_PER_SEC;
  asynclit_clock_replace (get_manual_now);
  g_test_add_func ("/retry-clock/delays", test_delays);
  g_test_add_func ("/retry-clock/max-elapsed", test_max_elapsed);
  g_test_add_func ("/retry-clock/cancel-while-waiting", test_cancel_while_waiting);
  g_test_add_func ("/retry-clock/exceeded-elapsed", test_exceeded_elapsed);
  return g_test_run ();
}
