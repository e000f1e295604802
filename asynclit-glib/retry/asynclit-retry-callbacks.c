/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The functions that a program adds to a policy. */

#include "config.h"

#include "asynclit-closure-private.h"
#include "asynclit-retry-policy-private.h"

void
asynclit_retry_callback_replace (AsyncLitRetryCallback **self, GCallback func, gpointer user_data,
                                 GDestroyNotify destroy)
{
  asynclit_retry_callback_unref (*self);
  *self = g_atomic_rc_box_new (AsyncLitRetryCallback);
  **self = (AsyncLitRetryCallback){ func, user_data, destroy };
}

gboolean
asynclit_retry_ask_closure (GClosure *closure, const GValue *param)
{
  GValue result = G_VALUE_INIT;
  gboolean retry;

  g_value_init (&result, G_TYPE_BOOLEAN);
  g_closure_invoke (closure, &result, 1, param, NULL);
  retry = g_value_get_boolean (&result);
  g_value_unset (&result);
  return retry;
}

/**
 * asynclit_retry_policy_with_retry_if: (skip)
 * @self: a policy
 * @predicate: decides whether to retry after an error that the policy allows
 * @user_data: data for @predicate
 * @destroy: (nullable): frees @user_data when the last policy that uses it is finalized
 *
 * Returns a copy of the policy that asks @predicate before each retry.
 *
 * @predicate replaces the predicate of the original policy, if it had one.
 *
 * Returns: (transfer full): a new policy
 * Since: 1.0
 */
AsyncLitRetryPolicy *
asynclit_retry_policy_with_retry_if (AsyncLitRetryPolicy *self, AsyncLitRetryPredicate predicate,
                                     gpointer user_data, GDestroyNotify destroy)
{
  AsyncLitRetryPolicy *copy;

  g_return_val_if_fail (ASYNCLIT_IS_RETRY_POLICY (self), NULL);
  g_return_val_if_fail (predicate != NULL, NULL);

  copy = asynclit_retry_policy_copy (self);
  asynclit_retry_callback_replace (&copy->retry_if, G_CALLBACK (predicate), user_data, destroy);
  return copy;
}

static gboolean
invoke_predicate_closure (const GError *error, gpointer user_data)
{
  GValue param = G_VALUE_INIT;
  gboolean retry;

  g_value_init (&param, G_TYPE_ERROR);
  g_value_set_boxed (&param, error);
  retry = asynclit_retry_ask_closure (user_data, &param);
  g_value_unset (&param);
  return retry;
}

/**
 * asynclit_retry_policy_with_retry_if_closure: (rename-to asynclit_retry_policy_with_retry_if)
 * @self: a policy
 * @predicate: called with the error; returns whether to retry after it
 *
 * Returns a copy of the policy that asks @predicate before each retry.
 *
 * For language bindings.
 *
 * See [callback@RetryPredicate].
 *
 * Returns: (transfer full): a new policy
 * Since: 1.0
 */
AsyncLitRetryPolicy *
asynclit_retry_policy_with_retry_if_closure (AsyncLitRetryPolicy *self, GClosure *predicate)
{
  g_return_val_if_fail (predicate != NULL, NULL);

  return asynclit_retry_policy_with_retry_if (self, invoke_predicate_closure,
                                              asynclit_closure_take (predicate),
                                              (GDestroyNotify) g_closure_unref);
}

/**
 * asynclit_retry_policy_with_delay_func: (skip)
 * @self: a policy
 * @func: chooses the delay
 * @user_data: data for @func
 * @destroy: (nullable): frees @user_data when the last policy that uses it is finalized
 *
 * Returns a copy of the policy for which @func chooses the delay after each failure.
 *
 * [property@RetryPolicy:max-delay] does not limit the delay that @func returns, but
 * [property@RetryPolicy:max-elapsed] applies.
 *
 * Returns: (transfer full): a new policy
 * Since: 1.0
 */
AsyncLitRetryPolicy *
asynclit_retry_policy_with_delay_func (AsyncLitRetryPolicy *self, AsyncLitRetryDelayFunc func,
                                       gpointer user_data, GDestroyNotify destroy)
{
  AsyncLitRetryPolicy *copy;

  g_return_val_if_fail (ASYNCLIT_IS_RETRY_POLICY (self), NULL);
  g_return_val_if_fail (func != NULL, NULL);

  copy = asynclit_retry_policy_copy (self);
  asynclit_retry_callback_replace (&copy->get_delay, G_CALLBACK (func), user_data, destroy);
  return copy;
}

/* If the closure raises an exception, the result keeps its initial value. */
static double
invoke_delay_closure (const GError *error, guint attempt_index, double computed, gpointer user_data)
{
  GValue result = G_VALUE_INIT;
  GValue params[3] = { G_VALUE_INIT, G_VALUE_INIT, G_VALUE_INIT };
  double delay;

  g_value_init (&result, G_TYPE_DOUBLE);
  g_value_set_double (&result, -1);
  g_value_init (&params[0], G_TYPE_ERROR);
  g_value_set_boxed (&params[0], error);
  g_value_init (&params[1], G_TYPE_UINT);
  g_value_set_uint (&params[1], attempt_index);
  g_value_init (&params[2], G_TYPE_DOUBLE);
  g_value_set_double (&params[2], computed);
  g_closure_invoke (user_data, &result, G_N_ELEMENTS (params), params, NULL);
  delay = g_value_get_double (&result);
  for (guint i = 0; i < G_N_ELEMENTS (params); i++)
    g_value_unset (&params[i]);
  g_value_unset (&result);
  return delay;
}

/**
 * asynclit_retry_policy_with_delay_func_closure: (rename-to asynclit_retry_policy_with_delay_func)
 * @self: a policy
 * @func: called with the error, the index of the attempt and the computed delay; returns the delay
 *   in seconds, or a negative number to use the computed delay
 *
 * Returns a copy of the policy for which @func chooses the delay after each failure.
 *
 * For language bindings.
 *
 * See [callback@RetryDelayFunc].
 *
 * Returns: (transfer full): a new policy
 * Since: 1.0
 */
AsyncLitRetryPolicy *
asynclit_retry_policy_with_delay_func_closure (AsyncLitRetryPolicy *self, GClosure *func)
{
  g_return_val_if_fail (func != NULL, NULL);

  return asynclit_retry_policy_with_delay_func (
      self, invoke_delay_closure, asynclit_closure_take (func), (GDestroyNotify) g_closure_unref);
}
