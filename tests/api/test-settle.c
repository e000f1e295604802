/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* How a task ends: every type of result, errors, settled twice, never, or by its creator. */

#include "test-support.h"

#include <string.h>

static gint n_infos; /* atomic: what the library has logged at level info */

static void
on_info (const char *domain, GLogLevelFlags level, const char *message, gpointer unused)
{
  g_atomic_int_inc (&n_infos);
}

static const GValue *
result_of (AsyncLitTask *task, GType type)
{
  g_autoptr (GError) error = NULL;
  const GValue *result = asynclit_task_get_result (task, &error);

  g_assert_no_error (error);
  g_assert_nonnull (result);
  g_assert_cmpstr (G_VALUE_TYPE_NAME (result), ==, g_type_name (type));
  return result;
}

static void
test_result_int (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();

  asynclit_task_return_int (task, G_MININT64);
  g_assert_cmpint (g_value_get_int64 (result_of (task, G_TYPE_INT64)), ==, G_MININT64);
}

static void
test_result_boolean (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();

  asynclit_task_return_boolean (task, TRUE);
  g_assert_true (g_value_get_boolean (result_of (task, G_TYPE_BOOLEAN)));
}

static void
test_result_string (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();
  g_autoptr (AsyncLitTask) none = asynclit_task_new ();
  char text[] = "text";

  asynclit_task_return_string (task, text);
  text[0] = 'X';
  g_assert_cmpstr (g_value_get_string (result_of (task, G_TYPE_STRING)), ==, "text");
  asynclit_task_return_string (none, NULL);
  g_assert_null (g_value_get_string (result_of (none, G_TYPE_STRING)));
}

static void
test_result_variant (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();
  GVariant *variant;

  asynclit_task_return_variant (task, g_variant_new_uint16 (7));
  variant = g_value_get_variant (result_of (task, G_TYPE_VARIANT));
  g_assert_false (g_variant_is_floating (variant));
  g_assert_cmpuint (g_variant_get_uint16 (variant), ==, 7);
}

static void
test_result_object (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();
  GObject *object = g_object_new (G_TYPE_OBJECT, NULL);
  gpointer weak = object;

  g_object_add_weak_pointer (object, &weak);
  asynclit_task_return_object (task, object);
  g_assert_true (g_value_get_object (result_of (task, G_TYPE_OBJECT)) == object);
  g_object_unref (object);
  g_assert_nonnull (weak);
  g_clear_object (&task);
  test_iterate_pending (NULL);
  g_assert_null (weak);
}

static void
test_result_pointer (void)
{
  g_autoptr (TestToken) token = test_token_new ();
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();

  asynclit_task_return_pointer (task, test_token_ref (token), test_token_destroy);
  g_assert_true (g_value_get_pointer (result_of (task, G_TYPE_POINTER)) == token);
  g_assert_cmpuint (test_token_get_destroyed (token), ==, 0);
  g_clear_object (&task);
  test_iterate_pending (NULL);
  g_assert_cmpuint (test_token_get_destroyed (token), ==, 1);
}

static void
test_result_value (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();
  g_auto (GValue) value = G_VALUE_INIT;
  g_auto (GStrv) names = g_strsplit ("a b", " ", -1);

  g_value_init (&value, G_TYPE_STRV);
  g_value_set_boxed (&value, names);
  asynclit_task_return_value (task, &value);
  names[0][0] = 'X';
  g_value_reset (&value);
  g_assert_cmpstr (((char **) g_value_get_boxed (result_of (task, G_TYPE_STRV)))[0], ==, "a");
}

/* "It returned nothing" is a result, too. */
static void
test_result_none (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();

  asynclit_task_return_value (task, NULL);
  g_assert_null (g_value_get_pointer (result_of (task, G_TYPE_POINTER)));
  g_assert_cmpint (asynclit_task_get_status (task), ==, ASYNCLIT_TASK_STATUS_DONE);
}

static void
test_result_not_done (void)
{
  g_autoptr (TestGate) gate = test_gate_new ();
  g_autoptr (AsyncLitTask) task = asynclit_run (test_work_gate, gate, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_null (asynclit_task_get_result (task, &error));
  g_assert_error (error, ASYNCLIT_ERROR, ASYNCLIT_ERROR_NOT_DONE);
  g_assert_cmpstr (error->message, ==, "Task is not complete");
  g_assert_null (asynclit_task_get_error (task));
  g_assert_null (asynclit_task_get_result (task, NULL));
  test_gate_open (gate);
  test_wait (task);
}

static void
test_error_is_copied (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_run (test_work_fail, NULL, NULL);
  g_autoptr (GError) first = NULL;
  g_autoptr (GError) second = NULL;

  test_wait (task);
  test_assert_failed (task, G_IO_ERROR, G_IO_ERROR_FAILED);
  asynclit_task_get_result (task, &first);
  asynclit_task_get_result (task, &second);
  g_assert_true (first != second);
  g_assert_true (first != asynclit_task_get_error (task));
  g_clear_error (&first);
  g_assert_cmpstr (second->message, ==, "went wrong");
  g_assert_cmpstr (asynclit_task_get_error (task)->message, ==, "went wrong");
  g_assert_true (asynclit_task_get_error (task) == asynclit_task_get_error (task));
}

static void
test_error_of_new_error (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();

  asynclit_task_return_new_error (task, G_FILE_ERROR, G_FILE_ERROR_NOENT, "no %s at %d", "x", 3);
  test_assert_failed (task, G_FILE_ERROR, G_FILE_ERROR_NOENT);
  g_assert_cmpstr (asynclit_task_get_error (task)->message, ==, "no x at 3");
}

static void
test_error_null_is_refused (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();

  g_test_expect_message ("AsyncLit", G_LOG_LEVEL_CRITICAL, "*assertion*failed*");
  asynclit_task_return_error (task, NULL);
  g_test_assert_expected_messages ();
  g_assert_false (asynclit_task_get_done (task));
}

/* Twice */

static void
work_settles_twice (AsyncLitTask *task, GCancellable *cancellable, gpointer token)
{
  asynclit_task_return_int (task, 1);
  asynclit_task_return_pointer (task, test_token_ref (token), test_token_destroy);
  asynclit_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_FAILED, "too late");
}

static void
test_twice_in_function (void)
{
  g_autoptr (TestToken) token = test_token_new ();
  g_autoptr (AsyncLitTask) task = NULL;

  g_atomic_int_set (&n_infos, 0);
  task = asynclit_run (work_settles_twice, token, NULL);
  test_wait (task);
  test_assert_int_result (task, 1);
  g_assert_cmpint (g_atomic_int_get (&n_infos), ==, 2);
  test_poll_until (test_condition_token_destroyed, token);
  g_assert_cmpuint (test_token_get_destroyed (token), ==, 1);
}

static void
test_twice_after_end (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();

  asynclit_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_FAILED, "first");
  g_atomic_int_set (&n_infos, 0);
  asynclit_task_return_int (task, 2);
  g_assert_cmpint (g_atomic_int_get (&n_infos), ==, 1);
  test_assert_failed (task, G_IO_ERROR, G_IO_ERROR_FAILED);
}

static void
test_twice_after_pool_end (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_run (test_work_return_int, GINT_TO_POINTER (3), NULL);

  test_wait (task);
  g_atomic_int_set (&n_infos, 0);
  asynclit_task_return_int (task, 4);
  g_assert_cmpint (g_atomic_int_get (&n_infos), ==, 1);
  test_assert_int_result (task, 3);
}

/* A task of the pool has not ended while its function is running. */
static void
work_settles_then_waits (AsyncLitTask *task, GCancellable *cancellable, gpointer gate)
{
  asynclit_task_return_int (task, 8);
  test_gate_pass (gate);
}

static void
test_early_in_function (void)
{
  g_autoptr (TestGate) gate = test_gate_new ();
  g_autoptr (AsyncLitTask) task = asynclit_run (work_settles_then_waits, gate, NULL);
  g_autoptr (GError) error = NULL;

  test_gate_await_arrivals (gate, 1);
  g_assert_cmpint (asynclit_task_get_status (task), ==, ASYNCLIT_TASK_STATUS_RUNNING);
  g_assert_null (asynclit_task_get_result (task, &error));
  g_assert_error (error, ASYNCLIT_ERROR, ASYNCLIT_ERROR_NOT_DONE);
  test_gate_open (gate);
  test_wait (task);
  test_assert_int_result (task, 8);
}

/* Never */

static void
test_never_in_pool (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_run (test_work_nothing, NULL, NULL);

  test_wait (task);
  test_assert_failed (task, ASYNCLIT_ERROR, ASYNCLIT_ERROR_NO_RESULT);
  g_assert_cmpuint (strlen (asynclit_task_get_error (task)->message), >, 0);
}

static void
test_never_in_context (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_task_manager_submit_in_context (
      asynclit_get_default_manager (), NULL, test_work_nothing, NULL, NULL);

  test_iterate_until_completed (task);
  test_assert_failed (task, ASYNCLIT_ERROR, ASYNCLIT_ERROR_NO_RESULT);
}

/* A failure reported by the library is an error like any other: the policy decides. */
static void
test_never_is_retried (void)
{
  g_autoptr (AsyncLitRetryPolicy) retry = asynclit_retry_policy_new (2);
  g_autoptr (AsyncLitTask) task = asynclit_task_manager_submit (
      asynclit_get_default_manager (), retry, test_work_nothing, NULL, NULL);

  test_wait (task);
  test_assert_failed (task, ASYNCLIT_ERROR, ASYNCLIT_ERROR_NO_RESULT);
  g_assert_cmpuint (asynclit_task_get_attempt (task), ==, 2);
}

/* By its creator */

static void
test_creator_without_manager (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();
  g_autoptr (GPtrArray) values = NULL;
  g_autofree char *joined = NULL;

  test_report_int (task, 1);
  test_report_int (task, 2);
  asynclit_task_return_int (task, 3);
  values = asynclit_task_drain_progress (task);
  joined = test_values_join (values);
  g_assert_cmpstr (joined, ==, "1 2");
  test_assert_int_result (task, 3);
  g_assert_cmpfloat (asynclit_task_get_finished (task), >, 0);
}

static void
test_creator_after_submission (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();
  g_autoptr (AsyncLitTask) found = NULL;

  asynclit_task_manager_submit_task (manager, task);
  g_assert_cmpint (asynclit_task_get_status (task), ==, ASYNCLIT_TASK_STATUS_RUNNING);
  found = asynclit_task_manager_get (manager, asynclit_task_get_id (task));
  g_assert_true (found == task);
  asynclit_task_return_int (task, 4);
  test_assert_int_result (task, 4);
  g_assert_cmpfloat (asynclit_task_get_started (task), >, 0);
  g_assert_cmpfloat (asynclit_task_get_started (task), <=, asynclit_task_get_finished (task));
}

static void
test_creator_before_submission (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();
  g_autoptr (AsyncLitTask) found = NULL;

  asynclit_task_return_int (task, 4);
  asynclit_task_manager_submit_task (manager, task);
  test_assert_int_result (task, 4);
  found = asynclit_task_manager_get (manager, asynclit_task_get_id (task));
  g_assert_true (found == task);

  /* It is not one of the manager's live tasks. */
  g_assert_true (asynclit_task_manager_wait (manager, 0, NULL, NULL));
  asynclit_task_manager_set_max_completed (manager, 0);
  g_assert_cmpuint (asynclit_task_manager_cleanup (manager), ==, 1);
}

static gpointer
settle_elsewhere (gpointer task)
{
  asynclit_task_return_int (task, 5);
  return NULL;
}

static void
test_creator_from_another_thread (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();
  g_autoptr (TestRecorder) recorder = test_recorder_new ();
  g_autoptr (GThread) thread = NULL;

  test_recorder_watch (recorder, task);
  thread = g_thread_new ("settler", settle_elsewhere, task);
  test_iterate_until_completed (task);
  g_thread_join (g_steal_pointer (&thread));
  test_assert_int_result (task, 5);
  g_assert_cmpuint (test_recorder_count (recorder, "completed"), ==, 1);
  g_assert_true (test_recorder_all_on_thread (recorder, g_thread_self ()));
}

static void
submit_in_handler (AsyncLitTask *task, const GValue *value, gpointer manager)
{
  asynclit_task_manager_submit_task (manager, task);
  asynclit_task_return_int (task, 5);
}

/* The library has a reference while it emits, and takes another one when the task is submitted:
 * both are dropped. */
static void
test_creator_submits_in_handler (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  AsyncLitTask *task = asynclit_task_new ();

  g_object_add_weak_pointer (G_OBJECT (task), (gpointer *) &task);
  g_signal_connect (task, "progressed", G_CALLBACK (submit_in_handler), manager);
  test_report_int (task, 1);
  test_iterate_until_completed (task);
  test_assert_int_result (task, 5);
  g_object_unref (task);
  asynclit_task_manager_set_max_completed (manager, 0);
  g_assert_cmpuint (asynclit_task_manager_cleanup (manager), ==, 1);
  test_iterate_pending (NULL);
  g_assert_null (task);
}

/* The data of a function that is never called is freed nevertheless. */
static void
test_creator_replaces_function (void)
{
  g_autoptr (TestToken) token = test_token_new ();
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();

  asynclit_task_set_func (task, test_work_nothing, test_token_ref (token), test_token_destroy);
  asynclit_task_set_func (task, test_work_nothing, test_token_ref (token), test_token_destroy);
  g_assert_cmpuint (test_token_get_destroyed (token), ==, 1);
  g_clear_object (&task);
  test_iterate_pending (NULL);
  g_assert_cmpuint (test_token_get_destroyed (token), ==, 2);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_log_set_handler ("AsyncLit", G_LOG_LEVEL_INFO, on_info, NULL);
  g_test_add_func ("/settle/result/int", test_result_int);
  g_test_add_func ("/settle/result/boolean", test_result_boolean);
  g_test_add_func ("/settle/result/string", test_result_string);
  g_test_add_func ("/settle/result/variant", test_result_variant);
  g_test_add_func ("/settle/result/object", test_result_object);
  g_test_add_func ("/settle/result/pointer", test_result_pointer);
  g_test_add_func ("/settle/result/value", test_result_value);
  g_test_add_func ("/settle/result/none", test_result_none);
  g_test_add_func ("/settle/result/not-done", test_result_not_done);
  g_test_add_func ("/settle/error/is-copied", test_error_is_copied);
  g_test_add_func ("/settle/error/of-new-error", test_error_of_new_error);
  g_test_add_func ("/settle/error/null-is-refused", test_error_null_is_refused);
  g_test_add_func ("/settle/twice/in-function", test_twice_in_function);
  g_test_add_func ("/settle/twice/after-end", test_twice_after_end);
  g_test_add_func ("/settle/twice/after-pool-end", test_twice_after_pool_end);
  g_test_add_func ("/settle/early/in-function", test_early_in_function);
  g_test_add_func ("/settle/never/in-pool", test_never_in_pool);
  g_test_add_func ("/settle/never/in-context", test_never_in_context);
  g_test_add_func ("/settle/never/is-retried", test_never_is_retried);
  g_test_add_func ("/settle/creator/without-manager", test_creator_without_manager);
  g_test_add_func ("/settle/creator/after-submission", test_creator_after_submission);
  g_test_add_func ("/settle/creator/before-submission", test_creator_before_submission);
  g_test_add_func ("/settle/creator/from-another-thread", test_creator_from_another_thread);
  g_test_add_func ("/settle/creator/submits-in-handler", test_creator_submits_in_handler);
  g_test_add_func ("/settle/creator/replaces-function", test_creator_replaces_function);
  return g_test_run ();
}
