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

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  asynclit_clock_replace (get_manual_now);
  g_test_add_func ("/gates-clock/delay", test_delay);
  g_test_add_func ("/gates-clock/rate", test_rate);
  g_test_add_func ("/gates-clock/ageing", test_ageing);
  return g_test_run ();
}
