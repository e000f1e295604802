/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* How long a manager remembers ended tasks, on a clock that the test moves. */

#include "asynclit-clock-private.h"
#include "asynclit-run.h"
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

static void
return_one (AsyncLitTask *task, GCancellable *cancellable, gpointer user_data)
{
  asynclit_task_return_int (task, 1);
}

static AsyncLitTask *
submit_and_wait (AsyncLitTaskManager *manager)
{
  AsyncLitTask *task = asynclit_task_manager_submit (manager, NULL, return_one, NULL, NULL);

  g_assert_true (asynclit_task_wait (task, 60, NULL, NULL));
  return task;
}

static gboolean
knows (AsyncLitTaskManager *manager, AsyncLitTask *task)
{
  g_autoptr (AsyncLitTask) found = asynclit_task_manager_get (manager, asynclit_task_get_id (task));

  return found != NULL;
}

/* The worker forgets it; nothing tells when. */
static void
wait_until_forgotten (AsyncLitTaskManager *manager, AsyncLitTask *task)
{
  const gint64 end = g_get_monotonic_time () + 60 * G_USEC_PER_SEC;

  while (knows (manager, task))
    {
      g_assert_cmpint (g_get_monotonic_time (), <, end);
      g_thread_yield ();
    }
}

/* Waits until the worker has done what it was asked for before. */

static void
set_flag (gpointer data, gpointer unused)
{
  g_atomic_int_set ((int *) data, TRUE);
}

static void
let_worker_catch_up (void)
{
  int is_done = FALSE;

  asynclit_worker_invoke (set_flag, &is_done, NULL);
  while (!g_atomic_int_get (&is_done))
    g_thread_yield ();
}

static void
test_forgets (void)
{
  g_autoptr (AsyncLitTaskManager) manager
      = g_object_new (ASYNCLIT_TYPE_TASK_MANAGER, "max-age", 10.0, NULL);
  g_autoptr (AsyncLitTask) first = submit_and_wait (manager);
  g_autoptr (AsyncLitTask) second = NULL;

  g_assert_cmpfloat (asynclit_task_manager_get_max_age (manager), ==, 10);
  advance (6);
  second = submit_and_wait (manager);
  let_worker_catch_up ();
  g_assert_true (knows (manager, first));
  advance (5);
  wait_until_forgotten (manager, first);
  g_assert_true (knows (manager, second));
  advance (6);
  wait_until_forgotten (manager, second);
}

static void
test_live_tasks_stay (void)
{
  g_autoptr (AsyncLitTaskManager) manager
      = g_object_new (ASYNCLIT_TYPE_TASK_MANAGER, "max-age", 1.0, "paused", TRUE, NULL);
  g_autoptr (AsyncLitTask) task
      = asynclit_task_manager_submit (manager, NULL, return_one, NULL, NULL);

  advance (100);
  asynclit_task_manager_cleanup (manager);
  g_assert_true (knows (manager, task));
  asynclit_task_cancel (task);
  let_worker_catch_up ();
  g_assert_true (knows (manager, task)); /* its age counts from its end */
  advance (2);
  wait_until_forgotten (manager, task);
}

static void
test_changed (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (AsyncLitTask) task = submit_and_wait (manager);
  g_autoptr (AsyncLitTask) other = NULL;

  advance (1e6);
  let_worker_catch_up ();
  g_assert_true (knows (manager, task)); /* no limit */
  asynclit_task_manager_set_max_age (manager, 2e6);
  let_worker_catch_up ();
  g_assert_true (knows (manager, task));
  asynclit_task_manager_set_max_age (manager, 5); /* sooner than the timer was to come */
  wait_until_forgotten (manager, task);

  other = submit_and_wait (manager);
  let_worker_catch_up ();
  asynclit_task_manager_set_max_age (manager, 0);
  advance (1e6);
  let_worker_catch_up ();
  g_assert_true (knows (manager, other));
}

static void
test_cleanup (void)
{
  g_autoptr (AsyncLitTaskManager) manager
      = g_object_new (ASYNCLIT_TYPE_TASK_MANAGER, "max-age", 1e300, NULL);
  g_autoptr (AsyncLitTask) task = submit_and_wait (manager);

  asynclit_task_manager_register_global (manager, task, "kept");
  advance (1e6);
  g_assert_cmpuint (asynclit_task_manager_cleanup (manager), ==, 0);
  asynclit_task_manager_set_max_age (manager, 1);
  wait_until_forgotten (manager, task);
  g_object_unref (asynclit_task_manager_get (manager, "global:kept"));
}

/* The timer must not keep the tasks of a manager that is gone. */
static void
test_manager_goes (void)
{
  AsyncLitTaskManager *manager = g_object_new (ASYNCLIT_TYPE_TASK_MANAGER, "max-age", 1e6, NULL);
  AsyncLitTask *task = submit_and_wait (manager);

  let_worker_catch_up ();
  g_object_add_weak_pointer (G_OBJECT (task), (gpointer *) &task);
  g_object_unref (manager);
  g_object_unref (task);
  while (task != NULL)
    g_main_context_iteration (NULL, TRUE);
  advance (2e6);
  let_worker_catch_up ();
}

static void
test_refused (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();

  g_test_expect_message ("AsyncLit", G_LOG_LEVEL_CRITICAL, "*max_age*failed*");
  asynclit_task_manager_set_max_age (manager, -1);
  g_test_assert_expected_messages ();
  g_assert_cmpfloat (asynclit_task_manager_get_max_age (manager), ==, 0);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  asynclit_clock_replace (get_manual_now);

  g_test_add_func ("/max-age/forgets", test_forgets);
  g_test_add_func ("/max-age/live-tasks-stay", test_live_tasks_stay);
  g_test_add_func ("/max-age/changed", test_changed);
  g_test_add_func ("/max-age/cleanup", test_cleanup);
  g_test_add_func ("/max-age/manager-goes", test_manager_goes);
  g_test_add_func ("/max-age/refused", test_refused);

  return g_test_run ();
}
