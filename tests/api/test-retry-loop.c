/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Retries: how a task manager applies a policy. Delays that must not take place are so long that
 * the watchdog would end the test. */

#include "test-support.h"

#define LONG_DELAY 1000.0

static AsyncLitTaskManager *
manager (void)
{
  return asynclit_get_default_manager ();
}

static AsyncLitRetryPolicy *
policy (guint max_attempts, double base_delay, double max_elapsed)
{
  g_autoptr (GError) error = NULL;
  AsyncLitRetryPolicy *made = asynclit_retry_policy_new_full (
      max_attempts, base_delay, LONG_DELAY, 1, 0, max_elapsed, &error);

  g_assert_no_error (error);
  return made;
}

static void
work_fail_counted (AsyncLitTask *task, GCancellable *cancellable, gpointer count)
{
  g_atomic_int_inc ((gint *) count);
  asynclit_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_BUSY, "attempt %u",
                                  asynclit_task_get_attempt (task));
}

/* Attempts */

static void
test_attempts_all_fail (void)
{
  g_autoptr (AsyncLitRetryPolicy) retry = policy (4, 0, 0);
  gint count = 0;
  g_autoptr (AsyncLitTask) task
      = asynclit_task_manager_submit (manager (), retry, work_fail_counted, &count, NULL);

  test_wait (task);
  test_assert_failed (task, G_IO_ERROR, G_IO_ERROR_BUSY);
  g_assert_cmpstr (asynclit_task_get_error (task)->message, ==, "attempt 4");
  g_assert_cmpint (g_atomic_int_get (&count), ==, 4);
  g_assert_cmpuint (asynclit_task_get_attempt (task), ==, 4);
}

static void
test_attempts_third_succeeds (void)
{
  g_autoptr (AsyncLitRetryPolicy) retry = policy (5, 0, 0);
  gint countdown = 2;
  g_autoptr (AsyncLitTask) task = asynclit_task_manager_submit (
      manager (), retry, test_work_fail_n_times, &countdown, NULL);

  test_wait (task);
  test_assert_int_result (task, 3);
  g_assert_null (asynclit_task_get_error (task));
  g_assert_cmpuint (asynclit_task_get_attempt (task), ==, 3);
}

static void
test_attempts_one_without_policy (void)
{
  gint count = 0;
  g_autoptr (AsyncLitTask) task = asynclit_run (work_fail_counted, &count, NULL);

  test_wait (task);
  g_assert_cmpint (g_atomic_int_get (&count), ==, 1);
}

static void
test_attempts_of_set_policy (void)
{
  g_autoptr (AsyncLitRetryPolicy) retry = policy (3, 0, 0);
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();
  gint count = 0;

  asynclit_task_set_func (task, work_fail_counted, &count, NULL);
  asynclit_task_set_retry_policy (task, retry);
  asynclit_task_manager_submit_task (manager (), task);
  test_wait (task);
  g_assert_cmpint (g_atomic_int_get (&count), ==, 3);
}

static void
test_attempts_on_worker (void)
{
  g_autoptr (AsyncLitRetryPolicy) retry = policy (5, 0, 0);
  gint countdown = 2;
  g_autoptr (AsyncLitTask) task = asynclit_task_manager_submit_async (
      manager (), retry, test_work_fail_n_times, &countdown, NULL);

  test_wait (task);
  test_assert_int_result (task, 3);
}

/* One function's data is used for all attempts, and destroyed once. */
static void
test_attempts_share_data (void)
{
  g_autoptr (AsyncLitRetryPolicy) retry = policy (3, 0, 0);
  g_autoptr (TestToken) token = test_token_new ();
  g_autoptr (AsyncLitTask) task = asynclit_task_manager_submit (
      manager (), retry, test_work_fail, test_token_ref (token), test_token_destroy);

  test_iterate_until_completed (task);
  g_assert_cmpuint (asynclit_task_get_attempt (task), ==, 3);
  test_iterate_until (NULL, test_condition_token_destroyed, token);
  test_iterate_pending (NULL);
  g_assert_cmpuint (test_token_get_destroyed (token), ==, 1);
}

static void
work_report_attempt (AsyncLitTask *task, GCancellable *cancellable, gpointer unused)
{
  test_report_int (task, (int) asynclit_task_get_attempt (task));
  asynclit_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_BUSY, "again");
}

static void
test_attempts_share_progress (void)
{
  g_autoptr (AsyncLitRetryPolicy) retry = policy (3, 0, 0);
  g_autoptr (AsyncLitTask) task
      = asynclit_task_manager_submit (manager (), retry, work_report_attempt, NULL, NULL);
  g_autoptr (GPtrArray) values = NULL;
  g_autofree char *joined = NULL;

  test_wait (task);
  values = asynclit_task_drain_progress (task);
  joined = test_values_join (values);
  g_assert_cmpstr (joined, ==, "1 2 3");
}

/* Eligibility */

static void
test_eligible_by_code (void)
{
  g_autoptr (AsyncLitRetryPolicy) all = policy (5, 0, 0);
  g_autoptr (AsyncLitRetryPolicy) retry
      = asynclit_retry_policy_with_retry_on (all, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  gint count = 0;
  g_autoptr (AsyncLitTask) task
      = asynclit_task_manager_submit (manager (), retry, work_fail_counted, &count, NULL);

  test_wait (task);
  test_assert_failed (task, G_IO_ERROR, G_IO_ERROR_BUSY);
  g_assert_cmpint (g_atomic_int_get (&count), ==, 1);
}

static gboolean
allow_until_zero (const GError *error, gpointer countdown)
{
  return g_atomic_int_add ((gint *) countdown, -1) > 0;
}

static void
test_eligible_by_predicate (void)
{
  g_autoptr (AsyncLitRetryPolicy) all = policy (10, 0, 0);
  gint countdown = 2;
  gint count = 0;
  g_autoptr (AsyncLitRetryPolicy) retry
      = asynclit_retry_policy_with_retry_if (all, allow_until_zero, &countdown, NULL);
  g_autoptr (AsyncLitTask) task
      = asynclit_task_manager_submit (manager (), retry, work_fail_counted, &count, NULL);

  test_wait (task);
  g_assert_cmpint (g_atomic_int_get (&count), ==, 3);
}

static void
work_cancelled_elsewhere (AsyncLitTask *task, GCancellable *cancellable, gpointer count)
{
  g_atomic_int_inc ((gint *) count);
  asynclit_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CANCELLED, "not by this task");
}

static void
test_eligible_never_cancelled (void)
{
  g_autoptr (AsyncLitRetryPolicy) all = policy (5, 0, 0);
  g_autoptr (AsyncLitRetryPolicy) retry
      = asynclit_retry_policy_with_retry_on (all, G_IO_ERROR, ASYNCLIT_RETRY_ANY_CODE);
  gint count = 0;
  g_autoptr (AsyncLitTask) task
      = asynclit_task_manager_submit (manager (), retry, work_cancelled_elsewhere, &count, NULL);

  test_wait (task);
  test_assert_failed (task, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpint (g_atomic_int_get (&count), ==, 1);
}

/* Delays */

static void
test_delay_is_waited (void)
{
  g_autoptr (AsyncLitRetryPolicy) retry = policy (3, 0.05, 0);
  gint64 begin = g_get_monotonic_time ();
  gint countdown = 2;
  g_autoptr (AsyncLitTask) task = asynclit_task_manager_submit (
      manager (), retry, test_work_fail_n_times, &countdown, NULL);

  test_wait (task);
  test_assert_int_result (task, 3);
  g_assert_cmpint (g_get_monotonic_time () - begin, >=, 2 * 0.05 * G_USEC_PER_SEC);
}

/* A waiting task needs no thread, so many can wait at the same time. */
static void
test_delay_costs_no_thread (void)
{
  g_autoptr (AsyncLitRetryPolicy) retry = policy (2, LONG_DELAY, 0);
  g_autoptr (GPtrArray) tasks = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (AsyncLitTask) other = NULL;

  for (guint i = 0; i < 100; i++)
    g_ptr_array_add (tasks, asynclit_task_manager_submit (manager (), retry, test_work_fail, NULL,
                                                          NULL));
  for (guint i = 0; i < tasks->len; i++)
    test_poll_until (test_condition_waiting_retry, g_ptr_array_index (tasks, i));
  other = asynclit_run (test_work_return_int, GINT_TO_POINTER (1), NULL);
  test_wait (other);
  for (guint i = 0; i < tasks->len; i++)
    g_assert_true (asynclit_task_cancel (g_ptr_array_index (tasks, i)));
  for (guint i = 0; i < tasks->len; i++)
    test_assert_cancelled (g_ptr_array_index (tasks, i));
}

static void
test_delay_shows (void)
{
  g_autoptr (AsyncLitRetryPolicy) retry = policy (2, LONG_DELAY, 0);
  g_autoptr (AsyncLitTask) task
      = asynclit_task_manager_submit (manager (), retry, test_work_fail, NULL, NULL);
  double now;

  test_poll_until (test_condition_waiting_retry, task);
  now = g_get_real_time () / (double) G_USEC_PER_SEC;
  g_assert_cmpint (asynclit_task_get_status (task), ==, ASYNCLIT_TASK_STATUS_RUNNING);
  g_assert_cmpuint (asynclit_task_get_attempt (task), ==, 1);
  g_assert_cmpfloat (asynclit_task_get_finished (task), ==, 0);
  g_assert_cmpfloat_with_epsilon (asynclit_task_get_next_retry (task), now + LONG_DELAY,
                                  TEST_WATCHDOG_SECONDS);
  g_assert_null (asynclit_task_get_error (task));
  g_assert_true (asynclit_task_cancel (task));
  test_assert_cancelled (task);
}

static double
at_once (const GError *error, guint attempt_index, double computed, gpointer indices)
{
  test_recorder_add (indices, "%u:%g", attempt_index, computed);
  return 0;
}

static void
test_delay_by_hook (void)
{
  g_autoptr (TestRecorder) indices = test_recorder_new ();
  g_autoptr (AsyncLitRetryPolicy) slow = policy (3, LONG_DELAY, 0);
  g_autoptr (AsyncLitRetryPolicy) retry
      = asynclit_retry_policy_with_delay_func (slow, at_once, indices, NULL);
  gint countdown = 2;
  g_autoptr (AsyncLitTask) task = asynclit_task_manager_submit (
      manager (), retry, test_work_fail_n_times, &countdown, NULL);

  test_wait (task);
  test_assert_int_result (task, 3);
  test_recorder_assert (indices, "0:1000 1:1000");
}

/* It gives up if the delay would exceed the limit. */
static void
test_elapsed_gives_up (void)
{
  g_autoptr (AsyncLitRetryPolicy) retry = policy (5, LONG_DELAY, LONG_DELAY / 2);
  gint count = 0;
  g_autoptr (AsyncLitTask) task
      = asynclit_task_manager_submit (manager (), retry, work_fail_counted, &count, NULL);

  test_wait (task);
  test_assert_failed (task, G_IO_ERROR, G_IO_ERROR_BUSY);
  g_assert_cmpint (g_atomic_int_get (&count), ==, 1);
  g_assert_cmpfloat (asynclit_task_get_next_retry (task), ==, 0);
}

static void
test_elapsed_allows (void)
{
  g_autoptr (AsyncLitRetryPolicy) retry = policy (3, 0, LONG_DELAY);
  gint count = 0;
  g_autoptr (AsyncLitTask) task
      = asynclit_task_manager_submit (manager (), retry, work_fail_counted, &count, NULL);

  test_wait (task);
  g_assert_cmpint (g_atomic_int_get (&count), ==, 3);
}

/* Settling twice in one attempt must not affect the next. */
static void
work_fail_twice_then_return (AsyncLitTask *task, GCancellable *cancellable, gpointer unused)
{
  if (asynclit_task_get_attempt (task) == 2)
    {
      asynclit_task_return_int (task, 2);
      return;
    }
  asynclit_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_BUSY, "first");
  asynclit_task_return_int (task, 1);
}

static void
test_attempts_settle_anew (void)
{
  g_autoptr (AsyncLitRetryPolicy) retry = policy (2, 0, 0);
  g_autoptr (AsyncLitTask) task
      = asynclit_task_manager_submit (manager (), retry, work_fail_twice_then_return, NULL, NULL);

  test_wait (task);
  test_assert_int_result (task, 2);
}

/* The task is cancelled, with immediate effect, just before it would retry. */

typedef struct {
  AsyncLitTask *task;
  TestGate *cancelled;
} Abandoned;

static gboolean
cancel_then_retry (const GError *error, gpointer user_data)
{
  Abandoned *abandoned = user_data;

  g_assert_true (asynclit_task_cancel (abandoned->task));
  test_gate_pass (abandoned->cancelled);
  return TRUE;
}

static void
test_cancel_abandoned_when_deciding (void)
{
  g_autoptr (TestRecorder) recorder = test_recorder_new ();
  g_autoptr (TestGate) gate = test_gate_new ();
  g_autoptr (TestToken) token = test_token_new ();
  g_autoptr (AsyncLitRetryPolicy) plain = policy (3, 0, 0);
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();
  Abandoned abandoned = { task, gate };
  g_autoptr (AsyncLitRetryPolicy) retry
      = asynclit_retry_policy_with_retry_if (plain, cancel_then_retry, &abandoned, NULL);

  asynclit_task_set_func (task, test_work_fail, test_token_ref (token), test_token_destroy);
  asynclit_task_set_abandon_on_cancel (task, TRUE);
  asynclit_task_set_retry_policy (task, retry);
  test_recorder_watch (recorder, task);
  asynclit_task_manager_submit_task (manager (), task);
  test_gate_await_arrivals (gate, 1);
  test_iterate_until_completed (task);
  test_gate_open (gate);
  /* The function's data is released in the last delivery. */
  test_iterate_until (NULL, test_condition_token_destroyed, token);
  test_iterate_pending (NULL);
  g_assert_cmpuint (test_recorder_count (recorder, "completed"), ==, 1);
  g_assert_cmpuint (test_recorder_count (recorder, "retrying:1"), ==, 0);
  test_assert_cancelled (task);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/retry-loop/attempts/all-fail", test_attempts_all_fail);
  g_test_add_func ("/retry-loop/attempts/third-succeeds", test_attempts_third_succeeds);
  g_test_add_func ("/retry-loop/attempts/one-without-policy", test_attempts_one_without_policy);
  g_test_add_func ("/retry-loop/attempts/of-set-policy", test_attempts_of_set_policy);
  g_test_add_func ("/retry-loop/attempts/on-worker", test_attempts_on_worker);
  g_test_add_func ("/retry-loop/attempts/share-data", test_attempts_share_data);
  g_test_add_func ("/retry-loop/attempts/share-progress", test_attempts_share_progress);
  g_test_add_func ("/retry-loop/attempts/settle-anew", test_attempts_settle_anew);
  g_test_add_func ("/retry-loop/eligible/by-code", test_eligible_by_code);
  g_test_add_func ("/retry-loop/eligible/by-predicate", test_eligible_by_predicate);
  g_test_add_func ("/retry-loop/eligible/never-cancelled", test_eligible_never_cancelled);
  g_test_add_func ("/retry-loop/cancel/abandoned-when-deciding",
                   test_cancel_abandoned_when_deciding);
  g_test_add_func ("/retry-loop/delay/is-waited", test_delay_is_waited);
  g_test_add_func ("/retry-loop/delay/costs-no-thread", test_delay_costs_no_thread);
  g_test_add_func ("/retry-loop/delay/shows", test_delay_shows);
  g_test_add_func ("/retry-loop/delay/by-hook", test_delay_by_hook);
  g_test_add_func ("/retry-loop/elapsed/gives-up", test_elapsed_gives_up);
  g_test_add_func ("/retry-loop/elapsed/allows", test_elapsed_allows);
  return g_test_run ();
}
