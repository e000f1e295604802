/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Numbers and enumerations of tasks and managers: invalid values are rejected, and change
 * nothing. */

#include "test-support.h"

#include <math.h>

#define assert_critical(call)                                                                      \
  G_STMT_START                                                                                     \
  {                                                                                                \
    g_test_expect_message ("AsyncLit", G_LOG_LEVEL_CRITICAL, "*assertion*failed*");                \
    call;                                                                                          \
    g_test_assert_expected_messages ();                                                            \
  }                                                                                                \
  G_STMT_END

static void
test_close_mode (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();

  assert_critical (asynclit_task_manager_close (manager, (AsyncLitCloseMode) 99));
  assert_critical (asynclit_task_manager_close (manager, (AsyncLitCloseMode) -1));
  g_assert_false (asynclit_task_manager_get_closed (manager));
}

static void
test_filter (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  GPtrArray *tasks = NULL;

  assert_critical (tasks
                   = asynclit_task_manager_list_tasks (manager, (AsyncLitTaskFilter) 0x20, NULL));
  g_assert_null (tasks);
}

static void
test_executor (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();

  asynclit_task_set_executor (task, ASYNCLIT_EXECUTOR_WORKER);
  assert_critical (asynclit_task_set_executor (task, (AsyncLitExecutor) 99));
  assert_critical (asynclit_task_set_executor (task, (AsyncLitExecutor) -1));
  g_assert_cmpint (asynclit_task_get_executor (task), ==, ASYNCLIT_EXECUTOR_WORKER);
}

static void
test_time_outs (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();

  assert_critical (asynclit_task_wait (task, NAN, NULL, NULL));
  assert_critical (asynclit_task_manager_wait (manager, NAN, NULL, NULL));
  assert_critical (asynclit_shutdown (NAN));
}

static void
test_retry_delay (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();
  g_autoptr (GError) error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, "went wrong");

  asynclit_task_manager_queue_task (manager, task);
  g_assert_true (asynclit_task_begin (task));
  assert_critical (asynclit_task_return_retry (task, error, NAN));
  assert_critical (asynclit_task_return_retry (task, error, INFINITY));
  assert_critical (asynclit_task_return_retry (task, error, -1));
  g_assert_true (asynclit_task_return_retry (task, error, G_MAXDOUBLE));
  g_assert_cmpfloat (asynclit_task_get_next_retry (task), >, asynclit_task_get_created (task));
  asynclit_task_cancel (task);
}

/* A cursor that was never returned. */
static void
test_cursor (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();
  g_autoptr (GPtrArray) values = NULL;
  guint64 cursor = G_MAXUINT64;

  test_report_int (task, 1);
  values = asynclit_task_read_progress (task, &cursor);
  g_assert_cmpuint (values->len, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/task-numbers/close-mode", test_close_mode);
  g_test_add_func ("/task-numbers/filter", test_filter);
  g_test_add_func ("/task-numbers/executor", test_executor);
  g_test_add_func ("/task-numbers/time-outs", test_time_outs);
  g_test_add_func ("/task-numbers/retry-delay", test_retry_delay);
  g_test_add_func ("/task-numbers/cursor", test_cursor);
  return g_test_run ();
}
