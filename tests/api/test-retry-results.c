/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Results that are retried, and results that take the place of an error. */

#include "test-support.h"

static AsyncLitRetryPolicy *
policy (guint max_attempts)
{
  return asynclit_retry_policy_new (max_attempts);
}

static AsyncLitTask *
submit (AsyncLitRetryPolicy *retry, AsyncLitTaskFunc func, gpointer data)
{
  return asynclit_task_manager_submit (asynclit_get_default_manager (), retry, func, data, NULL);
}

/* Results that are retried */

static gboolean
is_less_than (const GValue *result, gpointer number)
{
  return g_value_get_int64 (result) < GPOINTER_TO_INT (number);
}

static void
marshal_is_less_than (GClosure *closure, GValue *result, guint n_params, const GValue *params,
                      gpointer hint, gpointer marshal_data)
{
  g_value_set_boolean (result, is_less_than (g_value_get_boxed (&params[0]), closure->data));
}

static AsyncLitRetryPolicy *
at_least (guint max_attempts, int number, gboolean with_closure)
{
  g_autoptr (AsyncLitRetryPolicy) plain = policy (max_attempts);
  GClosure *closure;

  if (!with_closure)
    return asynclit_retry_policy_with_retry_if_result (plain, is_less_than,
                                                       GINT_TO_POINTER (number), NULL);
  closure = g_closure_new_simple (sizeof (GClosure), GINT_TO_POINTER (number));
  g_closure_set_marshal (closure, marshal_is_less_than);
  return asynclit_retry_policy_with_retry_if_result_closure (plain, closure);
}

static void
return_attempt (AsyncLitTask *task, GCancellable *cancellable, gpointer data)
{
  asynclit_task_return_int (task, asynclit_task_get_attempt (task));
}

static void
on_retrying (AsyncLitTask *task, guint attempt, double delay, const GError *error, gpointer count)
{
  g_assert_error (error, ASYNCLIT_ERROR, ASYNCLIT_ERROR_UNWANTED_RESULT);
  g_assert_cmpuint (attempt, ==, ++*(guint *) count);
}

static void
test_until_accepted (gconstpointer with_closure)
{
  g_autoptr (AsyncLitRetryPolicy) retry = at_least (10, 3, with_closure != NULL);
  g_autoptr (AsyncLitTask) task = submit (retry, return_attempt, NULL);
  guint n_retries = 0;

  g_signal_connect (task, "retrying", G_CALLBACK (on_retrying), &n_retries);
  test_iterate_until_completed (task);
  test_assert_int_result (task, 3);
  g_assert_cmpuint (n_retries, ==, 2);
}

/* As with Polly and resilience4j, the last result counts. */
static void
test_gives_up (void)
{
  g_autoptr (AsyncLitRetryPolicy) retry = at_least (2, 3, FALSE);
  g_autoptr (AsyncLitTask) task = submit (retry, return_attempt, NULL);

  test_wait (task);
  test_assert_int_result (task, 2);
  g_assert_cmpuint (asynclit_task_get_attempt (task), ==, 2);
}

static void
test_errors_as_before (void)
{
  g_autoptr (AsyncLitRetryPolicy) retry = at_least (2, 3, FALSE);
  g_autoptr (AsyncLitTask) task = submit (retry, test_work_fail, NULL);

  test_wait (task);
  test_assert_failed (task, G_IO_ERROR, G_IO_ERROR_FAILED);
  g_assert_cmpuint (asynclit_task_get_attempt (task), ==, 2);
}

static gboolean
is_null_or_any (const GValue *result, gpointer seen)
{
  *(gboolean *) seen = result == NULL;
  return TRUE;
}

static void
test_decision (void)
{
  g_autoptr (AsyncLitRetryPolicy) plain = asynclit_retry_policy_new_full (3, 1, 60, 2, 0, 10, NULL);
  gboolean was_null = FALSE;
  g_autoptr (AsyncLitRetryPolicy) retry
      = asynclit_retry_policy_with_retry_if_result (plain, is_null_or_any, &was_null, NULL);
  const double now = asynclit_retry_policy_start_time ();

  g_assert_cmpfloat (asynclit_retry_policy_next_delay_for_result (plain, NULL, 1, now), <, 0);
  g_assert_cmpfloat (asynclit_retry_policy_next_delay_for_result (retry, NULL, 1, now), ==, 1);
  g_assert_true (was_null);
  g_assert_cmpfloat (asynclit_retry_policy_next_delay_for_result (retry, NULL, 2, now), ==, 2);
  g_assert_cmpfloat (asynclit_retry_policy_next_delay_for_result (retry, NULL, 3, now), <, 0);
  g_assert_cmpfloat (asynclit_retry_policy_next_delay_for_result (retry, NULL, 1, now - 9.5), <, 0);
}

/* What is not accepted is released in the owner's context. */

static gboolean
is_first (const GValue *result, gpointer countdown)
{
  return g_atomic_int_dec_and_test ((int *) countdown);
}

static void
return_token (AsyncLitTask *task, GCancellable *cancellable, gpointer token)
{
  asynclit_task_return_pointer (task, test_token_ref (token), test_token_destroy);
}

static void
test_unwanted_is_released (void)
{
  g_autoptr (TestToken) token = test_token_new ();
  int countdown = 1;
  g_autoptr (AsyncLitRetryPolicy) plain = policy (5);
  g_autoptr (AsyncLitRetryPolicy) retry
      = asynclit_retry_policy_with_retry_if_result (plain, is_first, &countdown, NULL);
  AsyncLitTask *task = submit (retry, return_token, token);

  test_iterate_until (NULL, test_condition_token_destroyed, token);
  g_assert_true (test_token_get_thread (token) == g_thread_self ());
  test_iterate_until_completed (task);
  g_assert_cmpuint (asynclit_task_get_attempt (task), ==, 2);
  g_assert_cmpuint (test_token_get_destroyed (token), ==, 1);
  g_object_unref (task);
}

static void
test_cancelled (void)
{
  g_autoptr (AsyncLitRetryPolicy) plain = asynclit_retry_policy_new_full (5, 60, 60, 1, 0, 0, NULL);
  g_autoptr (AsyncLitRetryPolicy) retry
      = asynclit_retry_policy_with_retry_if_result (plain, is_less_than, GINT_TO_POINTER (9), NULL);
  g_autoptr (AsyncLitTask) task = submit (retry, return_attempt, NULL);

  test_poll_until (test_condition_waiting_retry, task);
  asynclit_task_cancel (task);
  test_wait (task);
  test_assert_cancelled (task);
}

/* Results in place of an error */

static gboolean
fall_back (const GError *error, GValue *result, gpointer number)
{
  if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_FAILED))
    return FALSE;
  g_value_init (result, G_TYPE_INT64);
  g_value_set_int64 (result, GPOINTER_TO_INT (number));
  return TRUE;
}

static void
marshal_fall_back (GClosure *closure, GValue *result, guint n_params, const GValue *params,
                   gpointer hint, gpointer marshal_data)
{
  GValue value = G_VALUE_INIT;

  if (fall_back (g_value_get_boxed (&params[0]), &value, closure->data))
    g_value_set_boxed (result, &value);
}

static AsyncLitRetryPolicy *
or_seven (guint max_attempts, gboolean with_closure)
{
  g_autoptr (AsyncLitRetryPolicy) plain = policy (max_attempts);
  GClosure *closure;

  if (!with_closure)
    return asynclit_retry_policy_with_fallback (plain, fall_back, GINT_TO_POINTER (7), NULL);
  closure = g_closure_new_simple (sizeof (GClosure), GINT_TO_POINTER (7));
  g_closure_set_marshal (closure, marshal_fall_back);
  return asynclit_retry_policy_with_fallback_closure (plain, closure);
}

static void
test_fallback (gconstpointer with_closure)
{
  g_autoptr (AsyncLitRetryPolicy) retry = or_seven (3, with_closure != NULL);
  g_autoptr (AsyncLitTask) task = submit (retry, test_work_fail, NULL);

  test_wait (task);
  test_assert_int_result (task, 7);
  g_assert_null (asynclit_task_get_error (task));
  g_assert_cmpuint (asynclit_task_get_attempt (task), ==, 3);
}

static void
fail_busy (AsyncLitTask *task, GCancellable *cancellable, gpointer data)
{
  asynclit_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_BUSY, "busy");
}

static void
test_fallback_declines (gconstpointer with_closure)
{
  g_autoptr (AsyncLitRetryPolicy) retry = or_seven (1, with_closure != NULL);
  g_autoptr (AsyncLitTask) task = submit (retry, fail_busy, NULL);

  test_wait (task);
  test_assert_failed (task, G_IO_ERROR, G_IO_ERROR_BUSY);
}

static gboolean
never_fall_back (const GError *error, GValue *result, gpointer data)
{
  g_assert_not_reached ();
}

static void
fail_cancelled (AsyncLitTask *task, GCancellable *cancellable, gpointer data)
{
  asynclit_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CANCELLED, "no");
}

static void
test_no_fallback (void)
{
  g_autoptr (AsyncLitRetryPolicy) plain = policy (1);
  g_autoptr (AsyncLitRetryPolicy) retry
      = asynclit_retry_policy_with_fallback (plain, never_fall_back, NULL, NULL);
  g_autoptr (AsyncLitTask) works = submit (retry, return_attempt, NULL);
  g_autoptr (AsyncLitTask) foreign = submit (retry, fail_cancelled, NULL);
  g_autoptr (AsyncLitTask) cancelled = submit (retry, test_work_until_cancelled, NULL);

  test_poll_until (test_condition_started, cancelled);
  asynclit_task_cancel (cancelled);
  test_wait (works);
  test_wait (foreign);
  test_wait (cancelled);
  test_assert_int_result (works, 1);
  test_assert_failed (foreign, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  test_assert_cancelled (cancelled);
}

/* The copies share what they were given. */
static void
test_data_is_freed (void)
{
  g_autoptr (TestToken) token = test_token_new ();
  AsyncLitRetryPolicy *plain = policy (1);
  AsyncLitRetryPolicy *first = asynclit_retry_policy_with_fallback (
      plain, never_fall_back, test_token_ref (token), test_token_destroy);
  AsyncLitRetryPolicy *second
      = asynclit_retry_policy_with_retry_on (first, G_IO_ERROR, G_IO_ERROR_BUSY);

  g_object_unref (plain);
  g_object_unref (first);
  g_assert_cmpuint (test_token_get_destroyed (token), ==, 0);
  g_object_unref (second);
  g_assert_cmpuint (test_token_get_destroyed (token), ==, 1);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_data_func ("/retry-results/until-accepted", NULL, test_until_accepted);
  g_test_add_data_func ("/retry-results/until-accepted/closure", "", test_until_accepted);
  g_test_add_func ("/retry-results/gives-up", test_gives_up);
  g_test_add_func ("/retry-results/errors-as-before", test_errors_as_before);
  g_test_add_func ("/retry-results/decision", test_decision);
  g_test_add_func ("/retry-results/unwanted-is-released", test_unwanted_is_released);
  g_test_add_func ("/retry-results/cancelled", test_cancelled);
  g_test_add_data_func ("/retry-results/fallback", NULL, test_fallback);
  g_test_add_data_func ("/retry-results/fallback/closure", "", test_fallback);
  g_test_add_data_func ("/retry-results/fallback-declines", NULL, test_fallback_declines);
  g_test_add_data_func ("/retry-results/fallback-declines/closure", "", test_fallback_declines);
  g_test_add_func ("/retry-results/no-fallback", test_no_fallback);
  g_test_add_func ("/retry-results/data-is-freed", test_data_is_freed);

  return g_test_run ();
}
