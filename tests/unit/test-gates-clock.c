/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Delays, rates and ageing on a clock that the test moves. */

#include "asynclit-clock-private.h"
#include "asynclit-run.h"
#include "asynclit-task-gates.h"
#include "asynclit-task-manager.h"
#include "asynclit-worker-private.h"

static gint64 manual_now = G_USEC_PER_SEC; /* atomic: the worker reads it */

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

static int n_calls; /* atomic */

static void
count_call (AsyncLitTask *task, GCancellable *cancellable, gpointer user_data)
{
  asynclit_task_return_int (task, g_atomic_int_add (&n_calls, 1));
}

static AsyncLitTask *
new_task (void)
{
  AsyncLitTask *task = asynclit_task_new ();

  asynclit_task_set_func (task, count_call, NULL, NULL);
  return task;
}

static void
wait_for (AsyncLitTask *task)
{
  g_assert_true (asynclit_task_wait (task, 60, NULL, NULL));
}

static void
test_delay (void)
{
  g_autoptr (AsyncLitTask) task = new_task ();
  g_autoptr (AsyncLitTask) cancelled = new_task ();
  g_autofree char *text = NULL;

  asynclit_task_set_delay (task, 3600);
  asynclit_task_set_delay (cancelled, 1e300);
  g_assert_cmpfloat (asynclit_task_get_delay (task), ==, 3600);
  asynclit_task_manager_submit_task (asynclit_get_default_manager (), task);
  asynclit_task_manager_submit_task (asynclit_get_default_manager (), cancelled);
  g_assert_cmpint (asynclit_task_get_substate (task), ==, ASYNCLIT_TASK_SUBSTATE_WAITING_DELAY);
  g_assert_cmpint (asynclit_task_get_status (task), ==, ASYNCLIT_TASK_STATUS_PENDING);
  text = asynclit_task_explain (task);
  g_assert_cmpstr (text, ==, "waits for 3600.0 more seconds before it starts");
  advance (3599);
  g_assert_cmpint (asynclit_task_get_substate (task), ==, ASYNCLIT_TASK_SUBSTATE_WAITING_DELAY);
  g_assert_true (asynclit_task_cancel (cancelled));
  advance (1);
  wait_for (task);
  g_assert_cmpint (g_atomic_int_get (&n_calls), ==, 1);
  g_assert_cmpint (asynclit_task_get_status (cancelled), ==, ASYNCLIT_TASK_STATUS_CANCELLED);
}

/* Two at once, and then one in ten seconds. */
static void
test_rate (void)
{
  g_autoptr (AsyncLitLimiter) limiter = asynclit_limiter_new (0);
  AsyncLitTask *tasks[5];

  asynclit_limiter_set_rate (limiter, 0.1);
  asynclit_limiter_set_burst (limiter, 2);
  advance (20); /* the second one of the burst */
  g_atomic_int_set (&n_calls, 0);
  for (guint i = 0; i < G_N_ELEMENTS (tasks); i++)
    {
      tasks[i] = new_task ();
      asynclit_task_add_limiter (tasks[i], limiter);
      asynclit_task_manager_submit_task (asynclit_get_default_manager (), tasks[i]);
    }
  wait_for (tasks[0]);
  wait_for (tasks[1]);
  for (guint i = 2; i < 4; i++)
    {
      advance (9.9);
      g_assert_cmpint (asynclit_task_get_substate (tasks[i]), ==,
                       ASYNCLIT_TASK_SUBSTATE_WAITING_LIMITER);
      g_assert_cmpint (g_atomic_int_get (&n_calls), ==, (int) i);
      advance (0.1);
      wait_for (tasks[i]);
    }
  asynclit_limiter_set_rate (limiter, 0);
  wait_for (tasks[4]);
  for (guint i = 0; i < G_N_ELEMENTS (tasks); i++)
    g_object_unref (tasks[i]);
}

/* A task with G_PRIORITY_LOW comes before what is submitted half a minute later. */
static void
test_ageing (void)
{
  g_autoptr (AsyncLitTaskManager) manager
      = g_object_new (ASYNCLIT_TYPE_TASK_MANAGER, "max-running", 1, "paused", TRUE, NULL);
  g_autoptr (AsyncLitTask) low = new_task ();
  g_autoptr (AsyncLitTask) sooner = new_task ();
  g_autoptr (AsyncLitTask) later = new_task ();

  asynclit_task_set_priority (low, G_PRIORITY_LOW);
  asynclit_task_manager_submit_task (manager, low);
  advance (29);
  asynclit_task_manager_submit_task (manager, sooner);
  advance (2);
  asynclit_task_manager_submit_task (manager, later);
  g_atomic_int_set (&n_calls, 0);
  asynclit_task_manager_set_paused (manager, FALSE);
  wait_for (later);
  wait_for (low);
  wait_for (sooner);
  g_assert_cmpint (g_value_get_int64 (asynclit_task_get_result (sooner, NULL)), ==, 0);
  g_assert_cmpint (g_value_get_int64 (asynclit_task_get_result (low, NULL)), ==, 1);
  g_assert_cmpint (g_value_get_int64 (asynclit_task_get_result (later, NULL)), ==, 2);
}

/* Tasks that the test runs itself. */

static AsyncLitTask *
queue_task (AsyncLitLimiter *first, AsyncLitLimiter *second)
{
  AsyncLitTask *task = asynclit_task_new ();

  if (first != NULL)
    asynclit_task_add_limiter (task, first);
  if (second != NULL)
    asynclit_task_add_limiter (task, second);
  asynclit_task_manager_queue_task (asynclit_get_default_manager (), task);
  return task;
}

static gboolean
is_admitted (AsyncLitTask *task)
{
  return asynclit_task_get_substate (task) != ASYNCLIT_TASK_SUBSTATE_WAITING_LIMITER;
}

static void
run_and_drop (AsyncLitTask *task)
{
  g_assert_true (asynclit_task_begin (task));
  asynclit_task_return_boolean (task, TRUE);
  g_object_unref (task);
}

/* A task that needs two limiters, between tasks that keep each of them full. */
static void
test_reservation (void)
{
  g_autoptr (AsyncLitLimiter) a = asynclit_limiter_new (1);
  g_autoptr (AsyncLitLimiter) b = asynclit_limiter_new (1);
  AsyncLitTask *first_a = queue_task (a, NULL);
  AsyncLitTask *first_b = queue_task (NULL, b);
  AsyncLitTask *both = queue_task (a, b);
  AsyncLitTask *second_a = queue_task (a, NULL);
  AsyncLitTask *second_b = queue_task (NULL, b);
  AsyncLitTask *third_a, *third_b;

  run_and_drop (first_a);
  g_assert_true (is_admitted (second_a)); /* no place stays empty for a moment */
  run_and_drop (first_b);
  g_assert_true (is_admitted (second_b));
  g_assert_false (is_admitted (both));
  advance (1.5);
  third_a = queue_task (a, NULL);
  third_b = queue_task (NULL, b);
  run_and_drop (second_a);
  g_assert_false (is_admitted (third_a));
  run_and_drop (second_b);
  g_assert_true (is_admitted (both));
  g_assert_false (is_admitted (third_b));
  run_and_drop (both);
  g_assert_true (is_admitted (third_a));
  run_and_drop (third_a);
  run_and_drop (third_b);
}

/* What is reserved becomes free when the task has to wait for something else. */
static void
test_reservation_ends (void)
{
  g_autoptr (AsyncLitTaskManager) manager
      = g_object_new (ASYNCLIT_TYPE_TASK_MANAGER, "max-running", 10, NULL);
  g_autoptr (AsyncLitLimiter) a = asynclit_limiter_new (1);
  g_autoptr (AsyncLitLimiter) b = asynclit_limiter_new (1);
  g_autoptr (AsyncLitTask) both = asynclit_task_new ();
  AsyncLitTask *first_a = queue_task (a, NULL), *first_b = queue_task (NULL, b);
  AsyncLitTask *second_a, *third_a, *others;

  asynclit_task_add_limiter (both, a);
  asynclit_task_add_limiter (both, b);
  asynclit_task_manager_queue_task (manager, both);
  advance (1.5);
  second_a = queue_task (a, NULL);
  third_a = queue_task (a, NULL);
  run_and_drop (first_a);
  g_assert_false (is_admitted (second_a));
  asynclit_task_manager_set_paused (manager, TRUE);
  g_assert_true (is_admitted (second_a));
  asynclit_task_manager_set_paused (manager, FALSE);
  others = queue_task (NULL, b);
  run_and_drop (first_b); /* reserved again, since `second_a` has the other place */
  g_assert_false (is_admitted (others));
  run_and_drop (second_a);
  g_assert_true (is_admitted (both));
  asynclit_task_cancel (both);
  g_assert_true (is_admitted (third_a));
  g_assert_true (is_admitted (others));
  run_and_drop (third_a);
  run_and_drop (others);
}

static void
test_reservation_cancelled (void)
{
  g_autoptr (AsyncLitLimiter) a = asynclit_limiter_new (1);
  g_autoptr (AsyncLitLimiter) b = asynclit_limiter_new (1);
  AsyncLitTask *first_a = queue_task (a, NULL), *first_b = queue_task (NULL, b);
  g_autoptr (AsyncLitTask) both = queue_task (a, b);
  AsyncLitTask *second_a;

  advance (1.5);
  second_a = queue_task (a, NULL);
  run_and_drop (first_a);
  g_assert_false (is_admitted (second_a));
  asynclit_task_cancel (both);
  g_assert_true (is_admitted (second_a));
  run_and_drop (second_a);
  run_and_drop (first_b);
}

/* A token is reserved, too, and nobody asks for it again and again meanwhile. */
static void
test_reservation_of_rate (void)
{
  g_autoptr (AsyncLitLimiter) rate = asynclit_limiter_new (0);
  g_autoptr (AsyncLitLimiter) b = asynclit_limiter_new (1);
  AsyncLitTask *first_b, *both, *second;
  g_autofree char *text = NULL;

  asynclit_limiter_set_rate (rate, 1);
  run_and_drop (queue_task (rate, NULL));
  first_b = queue_task (NULL, b);
  both = queue_task (rate, b);
  text = asynclit_task_explain (both);
  g_assert_cmpstr (text, ==, "waits because only so many tasks may start in a second");
  second = queue_task (rate, NULL);
  advance (1.5);
  asynclit_limiter_set_max_running (rate, 100); /* looks now, not on the worker */
  g_assert_false (is_admitted (second));
  run_and_drop (first_b);
  g_assert_true (is_admitted (both));
  run_and_drop (both);
  g_assert_false (is_admitted (second));
  advance (1);
  while (!is_admitted (second))
    g_thread_yield (); /* the tick */
  run_and_drop (second);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  asynclit_clock_replace (get_manual_now);
  g_test_add_func ("/gates-clock/delay", test_delay);
  g_test_add_func ("/gates-clock/rate", test_rate);
  g_test_add_func ("/gates-clock/ageing", test_ageing);
  g_test_add_func ("/gates-clock/reservation", test_reservation);
  g_test_add_func ("/gates-clock/reservation-ends", test_reservation_ends);
  g_test_add_func ("/gates-clock/reservation-cancelled", test_reservation_cancelled);
  g_test_add_func ("/gates-clock/reservation-of-rate", test_reservation_of_rate);
  return g_test_run ();
}
