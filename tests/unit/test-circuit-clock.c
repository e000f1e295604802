/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The circuit breaker of a limiter, on a clock that the test moves. */

#include "asynclit-clock-private.h"
#include "asynclit-error.h"
#include "asynclit-limiter.h"
#include "asynclit-run.h"
#include "asynclit-task-gates.h"
#include "asynclit-task-manager.h"
#include "asynclit-worker-private.h"

static gint64 manual_now = G_USEC_PER_SEC; /* atomic: pool threads read it */

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
fail (AsyncLitTask *task, GCancellable *cancellable, gpointer data)
{
  asynclit_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_BUSY, "busy");
}

static void
succeed (AsyncLitTask *task, GCancellable *cancellable, gpointer data)
{
  asynclit_task_return_int (task, 1);
}

/* Ends when the test settles it. */
static void
hang (AsyncLitTask *task, GCancellable *cancellable, gpointer data)
{
}

static AsyncLitTask *
submit (AsyncLitLimiter *limiter, AsyncLitTaskFunc func)
{
  AsyncLitTask *task = asynclit_task_new ();

  asynclit_task_set_func (task, func, NULL, NULL);
  asynclit_task_set_executor (task, ASYNCLIT_EXECUTOR_WORKER);
  asynclit_task_add_limiter (task, limiter);
  asynclit_task_manager_submit_task (asynclit_get_default_manager (), task);
  return task;
}

static void
wait_for (AsyncLitTask *task)
{
  g_assert_true (asynclit_task_wait (task, 60, NULL, NULL));
}

static void
run (AsyncLitLimiter *limiter, AsyncLitTaskFunc func, AsyncLitTaskStatus expected)
{
  g_autoptr (AsyncLitTask) task = submit (limiter, func);

  wait_for (task);
  g_assert_cmpint (asynclit_task_get_status (task), ==, expected);
  g_assert_cmpuint (asynclit_task_get_attempt (task), ==, 1);
}

static void
expect_refused (AsyncLitTask *task)
{
  wait_for (task);
  g_assert_error (asynclit_task_get_error (task), ASYNCLIT_ERROR, ASYNCLIT_ERROR_CIRCUIT_OPEN);
}

/* At once: the task has ended when it was submitted. */
static void
run_refused (AsyncLitLimiter *limiter)
{
  g_autoptr (AsyncLitTask) task = submit (limiter, succeed);

  g_assert_true (asynclit_task_get_done (task));
  expect_refused (task);
  g_assert_cmpuint (asynclit_task_get_attempt (task), ==, 0);
}

static AsyncLitLimiter *
new_breaker (guint max_failures)
{
  return g_object_new (ASYNCLIT_TYPE_LIMITER, "name", "server", "max-failures", max_failures,
                       "break-duration", 30.0, NULL);
}

static AsyncLitLimiter *
new_open_breaker (void)
{
  AsyncLitLimiter *limiter = new_breaker (2);

  run (limiter, fail, ASYNCLIT_TASK_STATUS_ERROR);
  g_assert_cmpint (asynclit_limiter_get_circuit (limiter), ==, ASYNCLIT_CIRCUIT_CLOSED);
  run (limiter, fail, ASYNCLIT_TASK_STATUS_ERROR);
  g_assert_cmpint (asynclit_limiter_get_circuit (limiter), ==, ASYNCLIT_CIRCUIT_OPEN);
  return limiter;
}

static void
test_properties (void)
{
  g_autoptr (AsyncLitLimiter) plain = asynclit_limiter_new (0);
  g_autoptr (AsyncLitLimiter) limiter = new_breaker (2);

  g_assert_cmpuint (asynclit_limiter_get_max_failures (plain), ==, 0);
  g_assert_cmpfloat (asynclit_limiter_get_break_duration (plain), ==, 60);
  g_assert_cmpuint (asynclit_limiter_get_max_failures (limiter), ==, 2);
  g_assert_cmpfloat (asynclit_limiter_get_break_duration (limiter), ==, 30);
  for (guint i = 0; i < 10; i++)
    run (plain, fail, ASYNCLIT_TASK_STATUS_ERROR);
  g_assert_cmpint (asynclit_limiter_get_circuit (plain), ==, ASYNCLIT_CIRCUIT_CLOSED);
}

static void
test_opens_and_closes (void)
{
  g_autoptr (AsyncLitLimiter) limiter = new_open_breaker ();

  run_refused (limiter);
  advance (29);
  run_refused (limiter);
  advance (1);
  g_assert_cmpint (asynclit_limiter_get_circuit (limiter), ==, ASYNCLIT_CIRCUIT_HALF_OPEN);
  run (limiter, succeed, ASYNCLIT_TASK_STATUS_DONE);
  g_assert_cmpint (asynclit_limiter_get_circuit (limiter), ==, ASYNCLIT_CIRCUIT_CLOSED);
  run (limiter, fail, ASYNCLIT_TASK_STATUS_ERROR); /* it counts from 0 again */
  run (limiter, succeed, ASYNCLIT_TASK_STATUS_DONE);
}

static void
test_in_a_row (void)
{
  g_autoptr (AsyncLitLimiter) limiter = new_breaker (2);

  for (guint i = 0; i < 5; i++)
    {
      run (limiter, fail, ASYNCLIT_TASK_STATUS_ERROR);
      run (limiter, succeed, ASYNCLIT_TASK_STATUS_DONE);
    }
  g_assert_cmpint (asynclit_limiter_get_circuit (limiter), ==, ASYNCLIT_CIRCUIT_CLOSED);
}

static void
test_opens_again (void)
{
  g_autoptr (AsyncLitLimiter) limiter = new_open_breaker ();

  advance (30);
  run (limiter, fail, ASYNCLIT_TASK_STATUS_ERROR);
  g_assert_cmpint (asynclit_limiter_get_circuit (limiter), ==, ASYNCLIT_CIRCUIT_OPEN);
  advance (29);
  run_refused (limiter);
}

static void
test_one_trial (void)
{
  g_autoptr (AsyncLitLimiter) limiter = new_open_breaker ();
  g_autoptr (AsyncLitTask) trial = NULL;
  g_autoptr (AsyncLitTask) second = NULL;

  advance (30);
  trial = submit (limiter, hang);
  run_refused (limiter);
  g_assert_cmpint (asynclit_limiter_get_circuit (limiter), ==, ASYNCLIT_CIRCUIT_HALF_OPEN);
  asynclit_task_cancel (trial); /* says nothing about the server */
  asynclit_task_return_int (trial, 1);
  wait_for (trial);
  g_assert_cmpint (asynclit_limiter_get_circuit (limiter), ==, ASYNCLIT_CIRCUIT_HALF_OPEN);
  second = submit (limiter, succeed);
  wait_for (second);
  g_assert_cmpint (asynclit_task_get_status (second), ==, ASYNCLIT_TASK_STATUS_DONE);
  g_assert_cmpint (asynclit_limiter_get_circuit (limiter), ==, ASYNCLIT_CIRCUIT_CLOSED);
}

/* Those that wait for a place are refused as soon as the circuit opens. */
static void
test_waiting_tasks (void)
{
  g_autoptr (AsyncLitLimiter) limiter = new_breaker (1);
  g_autoptr (AsyncLitTask) first = NULL;
  g_autoptr (AsyncLitTask) late = NULL;
  AsyncLitTask *waiting[5];

  asynclit_limiter_set_max_running (limiter, 2);
  late = submit (limiter, hang);
  first = submit (limiter, hang);
  for (guint i = 0; i < G_N_ELEMENTS (waiting); i++)
    waiting[i] = submit (limiter, succeed);
  g_assert_cmpuint (asynclit_limiter_get_n_waiting (limiter), ==, G_N_ELEMENTS (waiting));
  while (asynclit_task_get_attempt (first) == 0)
    g_thread_yield ();
  fail (first, NULL, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (waiting); i++)
    {
      expect_refused (waiting[i]);
      g_object_unref (waiting[i]);
    }
  g_assert_cmpuint (asynclit_limiter_get_n_waiting (limiter), ==, 0);

  /* One that began before has no say any more. */
  asynclit_task_return_int (late, 1);
  wait_for (late);
  g_assert_cmpint (asynclit_task_get_status (late), ==, ASYNCLIT_TASK_STATUS_DONE);
  g_assert_cmpint (asynclit_limiter_get_circuit (limiter), ==, ASYNCLIT_CIRCUIT_OPEN);
  g_assert_cmpuint (asynclit_limiter_get_n_running (limiter), ==, 0);
}

/* Each attempt counts, and a retry is refused like any other. */
static void
test_retries (void)
{
  g_autoptr (AsyncLitLimiter) limiter = new_breaker (3);
  g_autoptr (AsyncLitRetryPolicy) retry = asynclit_retry_policy_new (10);
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();

  asynclit_task_set_func (task, fail, NULL, NULL);
  asynclit_task_set_retry_policy (task, retry);
  asynclit_task_add_limiter (task, limiter);
  asynclit_task_manager_submit_task (asynclit_get_default_manager (), task);
  expect_refused (task);
  g_assert_cmpuint (asynclit_task_get_attempt (task), ==, 3);
  g_assert_cmpuint (asynclit_limiter_get_n_running (limiter), ==, 0);
}

static gboolean
return_two (const GError *error, GValue *result, gpointer data)
{
  g_value_init (result, G_TYPE_INT64);
  g_value_set_int64 (result, 2);
  return TRUE;
}

/* The attempt has failed, although the task has a result. */
static void
test_fallback (void)
{
  g_autoptr (AsyncLitLimiter) limiter = new_breaker (1);
  g_autoptr (AsyncLitRetryPolicy) plain = asynclit_retry_policy_new (1);
  g_autoptr (AsyncLitRetryPolicy) retry
      = asynclit_retry_policy_with_fallback (plain, return_two, NULL, NULL);
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();

  asynclit_task_set_func (task, fail, NULL, NULL);
  asynclit_task_set_retry_policy (task, retry);
  asynclit_task_add_limiter (task, limiter);
  asynclit_task_manager_submit_task (asynclit_get_default_manager (), task);
  wait_for (task);
  g_assert_cmpint (asynclit_task_get_status (task), ==, ASYNCLIT_TASK_STATUS_DONE);
  g_assert_cmpint (asynclit_limiter_get_circuit (limiter), ==, ASYNCLIT_CIRCUIT_OPEN);
}

static void
test_explained (void)
{
  g_autoptr (AsyncLitLimiter) limiter = new_open_breaker ();
  g_autoptr (AsyncLitTask) task = NULL;
  g_autofree char *text = NULL;

  advance (17.5);
  task = submit (limiter, succeed);
  text = asynclit_task_explain (task);
  g_assert_cmpstr (
      text, ==,
      "failed: “server” refuses tasks for 12.5 more seconds, because 2 have failed in a row");
}

static void
test_closed_by_the_program (void)
{
  g_autoptr (AsyncLitLimiter) limiter = new_open_breaker ();

  asynclit_limiter_close_circuit (limiter);
  g_assert_cmpint (asynclit_limiter_get_circuit (limiter), ==, ASYNCLIT_CIRCUIT_CLOSED);
  run (limiter, succeed, ASYNCLIT_TASK_STATUS_DONE);

  run (limiter, fail, ASYNCLIT_TASK_STATUS_ERROR);
  run (limiter, fail, ASYNCLIT_TASK_STATUS_ERROR);
  run_refused (limiter);
  asynclit_limiter_set_max_failures (limiter, 0);
  run (limiter, succeed, ASYNCLIT_TASK_STATUS_DONE);
}

/* A task of two limiters: the one that refuses takes no place of the other. */
static void
test_two_limiters (void)
{
  g_autoptr (AsyncLitLimiter) open = new_open_breaker ();
  g_autoptr (AsyncLitLimiter) other = asynclit_limiter_new (1);
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();

  asynclit_task_set_func (task, succeed, NULL, NULL);
  asynclit_task_add_limiter (task, other);
  asynclit_task_add_limiter (task, open);
  asynclit_task_manager_submit_task (asynclit_get_default_manager (), task);
  expect_refused (task);
  g_assert_cmpuint (asynclit_limiter_get_n_running (other), ==, 0);
  g_assert_cmpuint (asynclit_limiter_get_n_waiting (other), ==, 0);
  run (other, succeed, ASYNCLIT_TASK_STATUS_DONE);
}

static void
test_endless (void)
{
  g_autoptr (AsyncLitLimiter) limiter = new_breaker (1);

  asynclit_limiter_set_break_duration (limiter, 1e300);
  run (limiter, fail, ASYNCLIT_TASK_STATUS_ERROR);
  advance (1e9);
  run_refused (limiter);
  asynclit_limiter_close_circuit (limiter);
  asynclit_limiter_set_break_duration (limiter, 0);
  run (limiter, fail, ASYNCLIT_TASK_STATUS_ERROR);
  g_assert_cmpint (asynclit_limiter_get_circuit (limiter), ==, ASYNCLIT_CIRCUIT_HALF_OPEN);
  run (limiter, succeed, ASYNCLIT_TASK_STATUS_DONE);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  asynclit_clock_replace (get_manual_now);

  g_test_add_func ("/circuit/properties", test_properties);
  g_test_add_func ("/circuit/opens-and-closes", test_opens_and_closes);
  g_test_add_func ("/circuit/in-a-row", test_in_a_row);
  g_test_add_func ("/circuit/opens-again", test_opens_again);
  g_test_add_func ("/circuit/one-trial", test_one_trial);
  g_test_add_func ("/circuit/waiting-tasks", test_waiting_tasks);
  g_test_add_func ("/circuit/retries", test_retries);
  g_test_add_func ("/circuit/fallback", test_fallback);
  g_test_add_func ("/circuit/explained", test_explained);
  g_test_add_func ("/circuit/closed-by-the-program", test_closed_by_the_program);
  g_test_add_func ("/circuit/two-limiters", test_two_limiters);
  g_test_add_func ("/circuit/endless", test_endless);

  return g_test_run ();
}
