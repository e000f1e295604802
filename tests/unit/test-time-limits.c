/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Time-outs of attempts on a clock that the test moves; and what the setters refuse. */

#include "time-limits.h"

static void
test_in_time (void)
{
  Work work = { .n_succeeds = 1 };
  g_autoptr (AsyncLitTask) task = new_task (&work, 10);

  submit (task);
  wait_for (task);
  advance (20);
  await_worker ();
  g_assert_cmpint (asynclit_task_get_status (task), ==, ASYNCLIT_TASK_STATUS_DONE);
  g_assert_cmpfloat (asynclit_task_get_timeout (task), ==, 10);
}

static void
test_obeyed (void)
{
  Work work = { .n_obeys = 1 };
  g_autoptr (AsyncLitTask) task = new_task (&work, 10);

  submit (task);
  wait_for_number (&work.n_begun, 1);
  advance (9.9);
  await_worker ();
  g_assert_cmpint (asynclit_task_get_substate (task), ==, ASYNCLIT_TASK_SUBSTATE_NONE);
  advance (0.1);
  assert_timed_out (task);
  g_assert_cmpstr (asynclit_task_get_error (task)->message, ==,
                   "It took longer than the time-out of 10 seconds");
  g_assert_cmpint (work.n_returned, ==, 1);
  asynclit_task_manager_remove (asynclit_get_default_manager (), asynclit_task_get_id (task));
  await_worker ();
  g_assert_cmpint (g_atomic_int_get (&work.n_freed), ==, 0);
  g_clear_object (&task);
  while (g_atomic_int_get (&work.n_freed) == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_true (work.freed_by == g_thread_self ());
}

/* Done means that nothing of it runs any more. */
static void
test_not_obeyed (void)
{
  Work work = { 0 };
  g_autoptr (AsyncLitTask) task = new_task (&work, 10);

  submit (task);
  wait_for_number (&work.n_begun, 1);
  advance (10);
  wait_for_substate (task, ASYNCLIT_TASK_SUBSTATE_CANCELLING);
  g_assert_false (asynclit_task_get_done (task));
  assert_explained (task, "has run out of time, and is being stopped");
  while (!g_cancellable_is_cancelled (asynclit_task_get_cancellable (task)))
    g_thread_yield ();
  g_atomic_int_set (&work.may_return, TRUE);
  assert_timed_out (task);
}

static void
test_abandoned (void)
{
  g_autoptr (AsyncLitRetryPolicy) policy = asynclit_retry_policy_new (3);
  g_autoptr (AsyncLitLimiter) limiter = asynclit_limiter_new (1);
  Work work = { 0 }, next = { .n_succeeds = 1 };
  g_autoptr (AsyncLitTask) task = new_task (&work, 10);
  g_autoptr (AsyncLitTask) other = new_task (&next, 0);

  asynclit_task_set_abandon_on_cancel (task, TRUE);
  asynclit_task_set_retry_policy (task, policy);
  asynclit_task_add_limiter (task, limiter);
  asynclit_task_add_limiter (other, limiter);
  submit (task);
  submit (other);
  wait_for_number (&work.n_begun, 1);
  advance (10);
  assert_timed_out (task);
  wait_for (other);
  g_assert_cmpint (work.n_returned, ==, 0);
  g_atomic_int_set (&work.may_return, TRUE);
  wait_for_number (&work.n_returned, 1);
  advance (3600);
  await_worker ();
  assert_timed_out (task);
  g_assert_cmpint (work.n_begun, ==, 1);
  g_assert_cmpuint (asynclit_limiter_get_n_running (limiter), ==, 0);
}

/* The function succeeds, but too late; then it is stopped in time, and then it succeeds. */
static void
test_retried (void)
{
  g_autoptr (AsyncLitRetryPolicy) policy = asynclit_retry_policy_new_full (3, 5, 5, 1, 0, 0, NULL);
  Work work = { .n_obeys = 1, .n_succeeds = 3 };
  g_autoptr (AsyncLitTask) task = new_task (&work, 10);
  g_autoptr (GCancellable) first = NULL;

  asynclit_task_set_retry_policy (task, policy);
  submit (task);
  wait_for_number (&work.n_begun, 1);
  first = g_object_ref (asynclit_task_get_cancellable (task));
  for (int i = 1; i < 3; i++)
    {
      wait_for_number (&work.n_begun, i);
      advance (10);
      wait_for_substate (task, ASYNCLIT_TASK_SUBSTATE_WAITING_RETRY);
      g_assert_true (asynclit_task_get_cancellable (task) != first);
      advance (5);
    }
  wait_for (task);
  g_assert_cmpint (asynclit_task_get_status (task), ==, ASYNCLIT_TASK_STATUS_DONE);
  g_assert_cmpint (work.n_fresh, ==, 3);
  g_assert_true (g_cancellable_is_cancelled (first));
  g_assert_cmpuint (asynclit_task_get_attempt (task), ==, 3);
  g_assert_cmpint (work.n_freed, ==, 0);
}

/* A task that is retried again and again keeps none of the errors of its attempts. */

typedef struct {
  int unused;
} CountedErrorPrivate;

static int n_errors; /* atomic: that were created and not freed */

static void
counted_error_private_init (CountedErrorPrivate *private)
{
  g_atomic_int_inc (&n_errors);
}

static void
counted_error_private_copy (const CountedErrorPrivate *from, CountedErrorPrivate *to)
{
}

static void
counted_error_private_clear (CountedErrorPrivate *private)
{
  g_atomic_int_add (&n_errors, -1);
}

#define COUNTED_ERROR (counted_error_quark ())
GQuark counted_error_quark (void);
G_DEFINE_EXTENDED_ERROR (CountedError, counted_error)

static void
fail (AsyncLitTask *task, GCancellable *cancellable, gpointer user_data)
{
  asynclit_task_return_new_error (task, COUNTED_ERROR, 0, "failed");
}

static void
test_errors_of_attempts (void)
{
  g_autoptr (AsyncLitRetryPolicy) policy
      = asynclit_retry_policy_new_full (100, 0, 0, 1, 0, 0, NULL);
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();

  asynclit_task_set_func (task, fail, NULL, NULL);
  asynclit_task_set_timeout (task, 10);
  asynclit_task_set_retry_policy (task, policy);
  submit (task);
  wait_for (task);
  g_assert_cmpuint (asynclit_task_get_attempt (task), ==, 100);
  /* The events of the retries, which have copies. */
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpint (g_atomic_int_get (&n_errors), ==, 1);
}

/* Each attempt has its own time. */
static void
test_each_attempt (void)
{
  g_autoptr (AsyncLitRetryPolicy) policy = asynclit_retry_policy_new_full (2, 0, 0, 1, 0, 0, NULL);
  Work work = { .n_obeys = 1 };
  g_autoptr (AsyncLitTask) task = new_task (&work, 10);

  asynclit_task_set_retry_policy (task, policy);
  submit (task);
  wait_for_number (&work.n_begun, 1);
  advance (10);
  wait_for_number (&work.n_begun, 2);
  while (asynclit_task_get_attempt (task) < 2)
    g_thread_yield ();
  advance (9);
  await_worker ();
  g_assert_false (asynclit_task_get_done (task));
  advance (1);
  assert_timed_out (task);
  g_assert_cmpint (work.n_begun, ==, 2);
}

static void
test_cancel_wins (void)
{
  Work work = { 0 };
  g_autoptr (AsyncLitTask) task = new_task (&work, 10);

  submit (task);
  wait_for_number (&work.n_begun, 1);
  advance (10);
  wait_for_substate (task, ASYNCLIT_TASK_SUBSTATE_CANCELLING);
  g_assert_true (asynclit_task_cancel (task));
  g_atomic_int_set (&work.may_return, TRUE);
  wait_for (task);
  g_assert_cmpint (asynclit_task_get_status (task), ==, ASYNCLIT_TASK_STATUS_CANCELLED);
}

/* The time begins when the attempt does. */
static void
test_not_while_waiting (void)
{
  Work work = { .n_succeeds = 1 };
  g_autoptr (AsyncLitTask) task = new_task (&work, 10);

  asynclit_task_set_delay (task, 100);
  submit (task);
  advance (99);
  await_worker ();
  g_assert_cmpint (asynclit_task_get_substate (task), ==, ASYNCLIT_TASK_SUBSTATE_WAITING_DELAY);
  advance (1);
  wait_for (task);
  g_assert_cmpint (asynclit_task_get_status (task), ==, ASYNCLIT_TASK_STATUS_DONE);
}

static void
do_nothing (AsyncLitTask *task, GCancellable *cancellable, gpointer user_data)
{
  g_atomic_int_inc ((int *) user_data);
}

/* On the worker, the function has returned; somebody settles the task. */
static void
test_on_worker (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();
  int n_begun = 0;

  asynclit_task_set_func (task, do_nothing, &n_begun, NULL);
  asynclit_task_set_executor (task, ASYNCLIT_EXECUTOR_WORKER);
  asynclit_task_set_timeout (task, 1);
  submit (task);
  wait_for_number (&n_begun, 1);
  advance (1);
  while (!g_cancellable_is_cancelled (asynclit_task_get_cancellable (task)))
    g_thread_yield ();
  g_assert_false (asynclit_task_get_done (task));
  asynclit_task_return_int (task, 1);
  assert_timed_out (task);
}

/* The cancellable of a task that runs in a main context is cancelled there. */
static void
test_in_context (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();

  asynclit_task_set_executor (task, ASYNCLIT_EXECUTOR_CONTEXT);
  asynclit_task_set_timeout (task, 1);
  asynclit_task_manager_queue_task (asynclit_get_default_manager (), task);
  g_assert_true (asynclit_task_begin (task));
  g_assert_false (g_cancellable_is_cancelled (asynclit_task_get_cancellable (task)));
  advance (1);
  while (!g_cancellable_is_cancelled (asynclit_task_get_cancellable (task)))
    g_main_context_iteration (NULL, TRUE);
  asynclit_task_return_int (task, 1);
  assert_timed_out (task);
}

static void
test_without_function (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();

  asynclit_task_set_timeout (task, 1);
  submit (task);
  advance (1);
  while (!g_cancellable_is_cancelled (asynclit_task_get_cancellable (task)))
    g_main_context_iteration (NULL, TRUE);
  asynclit_task_return_int (task, 1);
  assert_timed_out (task);
}

/* As a language binding does. */
static void
test_externally_run (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();
  g_autoptr (AsyncLitTask) quick = asynclit_task_new ();
  g_autoptr (GError) error = NULL;

  asynclit_task_set_timeout (task, 1);
  asynclit_task_set_timeout (quick, 1);
  g_assert_true (asynclit_task_manager_queue_task (asynclit_get_default_manager (), task));
  g_assert_true (asynclit_task_manager_queue_task (asynclit_get_default_manager (), quick));
  g_assert_true (asynclit_task_begin (task));
  g_assert_true (asynclit_task_begin (quick));
  g_assert_true (asynclit_task_finish_attempt (quick, &error));
  advance (1);
  wait_for_substate (task, ASYNCLIT_TASK_SUBSTATE_CANCELLING);
  g_assert_false (asynclit_task_finish_attempt (task, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_assert_true (asynclit_task_return_retry (task, error, 1));
  await_worker ();
  asynclit_task_return_int (quick, 1);
  g_assert_cmpint (asynclit_task_get_status (quick), ==, ASYNCLIT_TASK_STATUS_DONE);
  g_assert_true (asynclit_task_begin (task));
  g_assert_false (g_cancellable_is_cancelled (asynclit_task_get_cancellable (task)));
  advance (1);
  wait_for_substate (task, ASYNCLIT_TASK_SUBSTATE_CANCELLING);
  asynclit_task_return_int (task, 1);
  assert_timed_out (task);
}

typedef void (*Setter) (AsyncLitTask *task, double seconds);
typedef double (*Getter) (AsyncLitTask *task);

static gboolean
property_takes (AsyncLitTask *task, const char *property, double number)
{
  GValue value = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_DOUBLE);
  g_value_set_double (&value, number);
  return !g_param_value_validate (
      g_object_class_find_property (G_OBJECT_GET_CLASS (task), property), &value);
}

static void
check_refused (const char *property, Setter set, Getter get)
{
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();
  const double bad[] = { -1, NAN };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_test_expect_message ("AsyncLit", G_LOG_LEVEL_CRITICAL, "*seconds >= 0*");
      set (task, bad[i]);
      g_test_assert_expected_messages ();
      g_assert_false (property_takes (task, property, bad[i]));
    }
  g_assert_true (property_takes (task, property, 2.5));
  g_assert_cmpfloat (get (task), ==, 0);
  set (task, INFINITY);
  g_assert_cmpfloat (get (task), ==, G_MAXDOUBLE);
  submit (task);
  g_test_expect_message ("AsyncLit", G_LOG_LEVEL_CRITICAL, "*is_submitted*");
  set (task, 1);
  g_test_assert_expected_messages ();
  asynclit_task_return_int (task, 1);
}

static void
test_refused (void)
{
  check_refused ("timeout", asynclit_task_set_timeout, asynclit_task_get_timeout);
  check_refused ("deadline", asynclit_task_set_deadline, asynclit_task_get_deadline);
  check_refused ("stall-timeout", asynclit_task_set_stall_timeout, asynclit_task_get_stall_timeout);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  asynclit_clock_replace (get_manual_now);
  g_test_add_func ("/time-limits/timeout/in-time", test_in_time);
  g_test_add_func ("/time-limits/timeout/obeyed", test_obeyed);
  g_test_add_func ("/time-limits/timeout/not-obeyed", test_not_obeyed);
  g_test_add_func ("/time-limits/timeout/abandoned", test_abandoned);
  g_test_add_func ("/time-limits/timeout/retried", test_retried);
  g_test_add_func ("/time-limits/timeout/each-attempt", test_each_attempt);
  g_test_add_func ("/time-limits/timeout/errors-of-attempts", test_errors_of_attempts);
  g_test_add_func ("/time-limits/timeout/cancel-wins", test_cancel_wins);
  g_test_add_func ("/time-limits/timeout/not-while-waiting", test_not_while_waiting);
  g_test_add_func ("/time-limits/timeout/on-worker", test_on_worker);
  g_test_add_func ("/time-limits/timeout/in-context", test_in_context);
  g_test_add_func ("/time-limits/timeout/without-function", test_without_function);
  g_test_add_func ("/time-limits/timeout/externally-run", test_externally_run);
  g_test_add_func ("/time-limits/refused", test_refused);
  return g_test_run ();
}
