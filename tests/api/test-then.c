/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A function that follows a task. */

#include "test-support.h"

static void
double_former (AsyncLitTask *task, GCancellable *cancellable, gpointer user_data)
{
  g_autoptr (AsyncLitTask) former = asynclit_task_get_dependency (task, 0);

  asynclit_task_return_int (task, 2 * g_value_get_int64 (asynclit_task_get_result (former, NULL)));
}

static void
test_then (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (AsyncLitTaskManager) same = NULL;
  g_autoptr (AsyncLitTask) first = asynclit_task_manager_submit (
      manager, NULL, test_work_return_int, GINT_TO_POINTER (5), NULL);
  g_autoptr (AsyncLitTask) second = asynclit_task_then (first, double_former, NULL, NULL);
  g_autoptr (AsyncLitTask) third = asynclit_task_then (second, double_former, NULL, NULL);

  same = asynclit_task_get_manager (third);
  g_assert_true (same == manager);
  test_wait (third);
  test_assert_int_result (third, 20);
}

/* A task that was not submitted has no manager, and neither has one whose manager is gone. */
static void
test_without_manager (void)
{
  AsyncLitTaskManager *manager = asynclit_task_manager_new ();
  g_autoptr (AsyncLitTaskManager) first = NULL, second = NULL;
  g_autoptr (AsyncLitTask) never = asynclit_task_new ();
  g_autoptr (AsyncLitTask) task = asynclit_task_manager_submit (manager, NULL, test_work_return_int,
                                                                GINT_TO_POINTER (1), NULL);
  g_autoptr (AsyncLitTask) after_never = asynclit_task_then (never, double_former, NULL, NULL);
  g_autoptr (AsyncLitTask) after_task = NULL;

  g_assert_null (asynclit_task_get_manager (never));
  first = asynclit_task_get_manager (after_never);
  g_assert_true (first == asynclit_get_default_manager ());
  asynclit_task_return_int (never, 3);
  test_wait (after_never);
  test_assert_int_result (after_never, 6);

  test_wait (task);
  g_object_unref (manager);
  g_assert_null (asynclit_task_get_manager (task));
  after_task = asynclit_task_then (task, double_former, NULL, NULL);
  second = asynclit_task_get_manager (after_task);
  g_assert_true (second == asynclit_get_default_manager ());
  test_wait (after_task);
  test_assert_int_result (after_task, 2);
}

static void
test_former_fails (void)
{
  g_autoptr (TestToken) token = test_token_new ();
  g_autoptr (AsyncLitTask) first = asynclit_run (test_work_fail, NULL, NULL);
  g_autoptr (AsyncLitTask) second
      = asynclit_task_then (first, double_former, test_token_ref (token), test_token_destroy);

  test_wait (second);
  test_assert_failed (second, ASYNCLIT_ERROR, ASYNCLIT_ERROR_DEPENDENCY);
  test_iterate_until (NULL, test_condition_token_destroyed, token);
}

static void
test_cancelled (void)
{
  g_autoptr (AsyncLitTask) first = asynclit_task_new ();
  g_autoptr (AsyncLitTask) second = asynclit_task_then (first, double_former, NULL, NULL);

  g_assert_true (asynclit_task_cancel (second));
  test_assert_cancelled (second);
  g_assert_false (asynclit_task_get_done (first));
}

static void
test_closed (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (AsyncLitTask) first
      = asynclit_task_manager_submit (manager, NULL, test_work_return_int, NULL, NULL);
  g_autoptr (AsyncLitTask) second = NULL;

  asynclit_task_manager_close (manager, ASYNCLIT_CLOSE_MODE_DRAIN);
  second = asynclit_task_then (first, double_former, NULL, NULL);
  test_assert_failed (second, ASYNCLIT_ERROR, ASYNCLIT_ERROR_CLOSED);
}

/* What follows all of several tasks. */
static void
count_results (AsyncLitTask *task, GCancellable *cancellable, gpointer user_data)
{
  g_autoptr (AsyncLitTask) former = asynclit_task_get_dependency (task, 0);
  GPtrArray *results = g_value_get_boxed (asynclit_task_get_result (former, NULL));

  asynclit_task_return_int (task, results->len);
}

static void
test_after_all (void)
{
  AsyncLitTask *tasks[3];
  g_autoptr (AsyncLitTask) all = NULL, last = NULL;

  for (guint i = 0; i < 3; i++)
    tasks[i] = asynclit_run (test_work_return_int, NULL, NULL);
  all = asynclit_task_all (tasks, 3);
  last = asynclit_task_then (all, count_results, NULL, NULL);
  test_wait (last);
  test_assert_int_result (last, 3);
  for (guint i = 0; i < 3; i++)
    g_object_unref (tasks[i]);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/then", test_then);
  g_test_add_func ("/then/without-manager", test_without_manager);
  g_test_add_func ("/then/former-fails", test_former_fails);
  g_test_add_func ("/then/cancelled", test_cancelled);
  g_test_add_func ("/then/closed", test_closed);
  g_test_add_func ("/then/after-all", test_after_all);
  return g_test_run ();
}
