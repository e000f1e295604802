/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What a program adds to a policy about results: those that are retried, and those that take the
 * place of an error. */

#include "config.h"

#include "asynclit-closure-private.h"
#include "asynclit-retry-policy-private.h"

#include <gio/gio.h>

/**
 * asynclit_retry_policy_with_retry_if_result: (skip)
 * @self: a policy
 * @predicate: decides whether to retry after a result
 * @user_data: data for @predicate
 * @destroy: (nullable): frees @user_data when the last policy that uses it is finalized
 *
 * Returns a copy of the policy that also retries after results for which @predicate returns %TRUE.
 *
 * The delays, [property@RetryPolicy:max-attempts] and [property@RetryPolicy:max-elapsed] apply to
 * them as to errors. [signal@Task::retrying] and the function of
 * [method@RetryPolicy.with_delay_func] receive %ASYNCLIT_ERROR_UNWANTED_RESULT as the error. If
 * there is no attempt left, the task ends with its last result, whether @predicate wants it or not.
 * Errors are retried as before.
 *
 * @predicate replaces that of the original policy, if it had one.
 *
 * Returns: (transfer full): a new policy
 * Since: 1.0
 */
AsyncLitRetryPolicy *
asynclit_retry_policy_with_retry_if_result (AsyncLitRetryPolicy *self,
                                            AsyncLitRetryResultPredicate predicate,
                                            gpointer user_data, GDestroyNotify destroy)
{
  AsyncLitRetryPolicy *copy;

  g_return_val_if_fail (ASYNCLIT_IS_RETRY_POLICY (self), NULL);
  g_return_val_if_fail (predicate != NULL, NULL);

  copy = asynclit_retry_policy_copy (self);
  asynclit_retry_callback_replace (&copy->retry_if_result, G_CALLBACK (predicate), user_data,
                                   destroy);
  return copy;
}

static gboolean
invoke_result_closure (const GValue *value, gpointer user_data)
{
  GValue param = G_VALUE_INIT;
  gboolean retry;

  /* Not an empty box, which PyGObject would try to open. */
  g_value_init (&param, value != NULL ? G_TYPE_VALUE : G_TYPE_OBJECT);
  if (value != NULL)
    g_value_set_boxed (&param, value);
  retry = asynclit_retry_ask_closure (user_data, &param);
  g_value_unset (&param);
  return retry;
}

/**
 * asynclit_retry_policy_with_retry_if_result_closure: (rename-to asynclit_retry_policy_with_retry_if_result)
 * @self: a policy
 * @predicate: called with the result; returns whether to retry after it
 *
 * Returns a copy of the policy that also retries after results for which @predicate returns %TRUE.
 *
 * For language bindings.
 *
 * See [callback@RetryResultPredicate].
 *
 * Returns: (transfer full): a new policy
 * Since: 1.0
 */
AsyncLitRetryPolicy *
asynclit_retry_policy_with_retry_if_result_closure (AsyncLitRetryPolicy *self, GClosure *predicate)
{
  g_return_val_if_fail (predicate != NULL, NULL);

  return asynclit_retry_policy_with_retry_if_result (self, invoke_result_closure,
                                                     asynclit_closure_take (predicate),
                                                     (GDestroyNotify) g_closure_unref);
}

/**
 * asynclit_retry_policy_with_fallback: (skip)
 * @self: a policy
 * @func: provides the result
 * @user_data: data for @func
 * @destroy: (nullable): frees @user_data when the last policy that uses it is finalized
 *
 * Returns a copy of the policy for which @func can provide a result in place of an error, once the
 * error is not retried any more.
 *
 * A task that uses the result of @func ends as done. @func is not called for a cancellation, nor if
 * the task has failed before its function was called, for example because a dependency has failed.
 *
 * @func replaces that of the original policy, if it had one.
 *
 * Returns: (transfer full): a new policy
 * Since: 1.0
 */
AsyncLitRetryPolicy *
asynclit_retry_policy_with_fallback (AsyncLitRetryPolicy *self, AsyncLitRetryFallback func,
                                     gpointer user_data, GDestroyNotify destroy)
{
  AsyncLitRetryPolicy *copy;

  g_return_val_if_fail (ASYNCLIT_IS_RETRY_POLICY (self), NULL);
  g_return_val_if_fail (func != NULL, NULL);

  copy = asynclit_retry_policy_copy (self);
  asynclit_retry_callback_replace (&copy->fallback, G_CALLBACK (func), user_data, destroy);
  return copy;
}

/* The closure returns a value of any type, in a box. */
static gboolean
invoke_fallback_closure (const GError *error, GValue *result, gpointer user_data)
{
  GValue boxed = G_VALUE_INIT;
  GValue param = G_VALUE_INIT;
  const GValue *value;

  g_value_init (&boxed, G_TYPE_VALUE);
  g_value_init (&param, G_TYPE_ERROR);
  g_value_set_boxed (&param, error);
  g_closure_invoke (user_data, &boxed, 1, &param, NULL);
  value = g_value_get_boxed (&boxed);
  if (value != NULL && G_IS_VALUE (value))
    {
      g_value_init (result, G_VALUE_TYPE (value));
      g_value_copy (value, result);
    }
  g_value_unset (&param);
  g_value_unset (&boxed);
  return G_IS_VALUE (result);
}

/**
 * asynclit_retry_policy_with_fallback_closure: (rename-to asynclit_retry_policy_with_fallback)
 * @self: a policy
 * @func: called with the error; returns a [struct@GObject.Value] with the result, or %NULL to keep
 *   the error
 *
 * Returns a copy of the policy for which @func can provide a result in place of an error, once the
 * error is not retried any more.
 *
 * For language bindings.
 *
 * See [callback@RetryFallback].
 *
 * Returns: (transfer full): a new policy
 * Since: 1.0
 */
AsyncLitRetryPolicy *
asynclit_retry_policy_with_fallback_closure (AsyncLitRetryPolicy *self, GClosure *func)
{
  g_return_val_if_fail (func != NULL, NULL);

  return asynclit_retry_policy_with_fallback (self, invoke_fallback_closure,
                                              asynclit_closure_take (func),
                                              (GDestroyNotify) g_closure_unref);
}

gboolean
asynclit_retry_policy_judges_results (AsyncLitRetryPolicy *self)
{
  return self->retry_if_result != NULL;
}

gboolean
asynclit_retry_policy_fall_back (AsyncLitRetryPolicy *self, const GError *error, GValue *result)
{
  if (self->fallback == NULL || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return FALSE;
  if (((AsyncLitRetryFallback) self->fallback->func) (error, result, self->fallback->user_data)
      && G_IS_VALUE (result))
    return TRUE;
  if (G_IS_VALUE (result))
    g_value_unset (result);
  return FALSE;
}
