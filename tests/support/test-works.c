/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-support.h"

void
test_work_return_int (AsyncLitTask *task, GCancellable *cancellable, gpointer number)
{
  asynclit_task_return_int (task, GPOINTER_TO_INT (number));
}

void
test_work_gate (AsyncLitTask *task, GCancellable *cancellable, gpointer gate)
{
  test_gate_pass (gate);
  asynclit_task_return_int (task, 1);
}

void
test_work_until_cancelled (AsyncLitTask *task, GCancellable *cancellable, gpointer gate)
{
  /* Created here, because connecting to "cancelled" would affect what is tested; the file
   * descriptor only reports it. */
  GPollFD pollfd = { -1, 0, 0 };
  GError *error = NULL;

  g_assert_true (g_cancellable_make_pollfd (cancellable, &pollfd));
  if (gate != NULL)
    test_gate_pass (gate);
  g_assert_cmpint (g_poll (&pollfd, 1, TEST_WATCHDOG_SECONDS * 1000), ==, 1);
  g_cancellable_release_fd (cancellable);

  g_assert_true (g_cancellable_set_error_if_cancelled (cancellable, &error));
  asynclit_task_return_error (task, error);
}

void
test_work_fail (AsyncLitTask *task, GCancellable *cancellable, gpointer unused)
{
  asynclit_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_FAILED, "went %s", "wrong");
}

void
test_work_nothing (AsyncLitTask *task, GCancellable *cancellable, gpointer unused)
{
}

void
test_work_fail_n_times (AsyncLitTask *task, GCancellable *cancellable, gpointer countdown)
{
  if (g_atomic_int_add ((gint *) countdown, -1) > 0)
    asynclit_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_BUSY, "attempt %u failed",
                                    asynclit_task_get_attempt (task));
  else
    asynclit_task_return_int (task, asynclit_task_get_attempt (task));
}

void
test_assert_int_result (AsyncLitTask *task, gint64 expected)
{
  g_autoptr (GError) error = NULL;
  const GValue *result = asynclit_task_get_result (task, &error);

  g_assert_no_error (error);
  g_assert_nonnull (result);
  g_assert_true (G_VALUE_HOLDS_INT64 (result));
  g_assert_cmpint (g_value_get_int64 (result), ==, expected);
  g_assert_cmpint (asynclit_task_get_status (task), ==, ASYNCLIT_TASK_STATUS_DONE);
  g_assert_null (asynclit_task_get_error (task));
}

void
test_assert_failed (AsyncLitTask *task, GQuark domain, int code)
{
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (asynclit_task_get_status (task), ==, ASYNCLIT_TASK_STATUS_ERROR);
  g_assert_error (asynclit_task_get_error (task), domain, code);
  g_assert_null (asynclit_task_get_result (task, &error));
  g_assert_error (error, domain, code);
}

void
test_assert_cancelled (AsyncLitTask *task)
{
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (asynclit_task_get_status (task), ==, ASYNCLIT_TASK_STATUS_CANCELLED);
  g_assert_true (asynclit_task_get_done (task));
  g_assert_null (asynclit_task_get_error (task));
  g_assert_null (asynclit_task_get_result (task, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

void
test_report_int (AsyncLitTask *task, int value)
{
  g_auto (GValue) boxed = G_VALUE_INIT;

  g_value_init (&boxed, G_TYPE_INT);
  g_value_set_int (&boxed, value);
  asynclit_task_report_progress (task, &boxed);
}

void
test_report_string (AsyncLitTask *task, const char *text)
{
  g_auto (GValue) boxed = G_VALUE_INIT;

  g_value_init (&boxed, G_TYPE_STRING);
  g_value_set_string (&boxed, text);
  asynclit_task_report_progress (task, &boxed);
}
