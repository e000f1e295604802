/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "asynclit-enums.h"
#include "asynclit-version-macros.h"

#include <glib-object.h>

G_BEGIN_DECLS

#define ASYNCLIT_TYPE_RETRY_POLICY (asynclit_retry_policy_get_type ())

ASYNCLIT_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (AsyncLitRetryPolicy, asynclit_retry_policy, ASYNCLIT, RETRY_POLICY, GObject)

/**
 * ASYNCLIT_RETRY_ANY_CODE:
 *
 * Stands for every code of an error domain in [method@RetryPolicy.with_retry_on].
 *
 * Since: 1.0
 */
#define ASYNCLIT_RETRY_ANY_CODE (-1)

/**
 * AsyncLitRetryPredicate:
 * @error: the error of the attempt
 * @user_data: the data that was passed along with the function
 *
 * Decides whether to retry after a failed attempt.
 *
 * This is called on the thread on which the attempt ended, and must not block.
 *
 * Returns: %TRUE to retry
 * Since: 1.0
 */
typedef gboolean (*AsyncLitRetryPredicate) (const GError *error, gpointer user_data);

/**
 * AsyncLitRetryDelayFunc:
 * @error: the error of the attempt
 * @attempt_index: 0 for the delay after the first failure, 1 after the second, and so on
 * @computed: the delay that the policy has computed, in seconds
 * @user_data: the data that was passed along with the function
 *
 * Chooses the delay before the next attempt, for example to follow a server's `Retry-After` header.
 *
 * This is called on the thread on which the attempt ended, and must not block.
 *
 * Returns: the delay in seconds; a negative number, infinity or NaN to use @computed
 * Since: 1.0
 */
typedef double (*AsyncLitRetryDelayFunc) (const GError *error, guint attempt_index, double computed,
                                          gpointer user_data);

/**
 * AsyncLitRetryResultPredicate:
 * @result: (nullable): the result of the attempt; %NULL if it has none
 * @user_data: the data that was passed along with the function
 *
 * Decides whether to retry although an attempt has returned a result.
 *
 * This is called on the thread on which the attempt ended, and must not block.
 *
 * Returns: %TRUE to retry
 * Since: 1.0
 */
typedef gboolean (*AsyncLitRetryResultPredicate) (const GValue *result, gpointer user_data);

/**
 * AsyncLitRetryFallback:
 * @error: the error of the last attempt
 * @result: (out caller-allocates): an empty value, to be initialized if there is a result
 * @user_data: the data that was passed along with the function
 *
 * Provides a result in place of an error that is not retried.
 *
 * This is called on the thread on which the attempt ended, and must not block.
 *
 * Returns: %TRUE if the task ends with @result, %FALSE if it fails with @error
 * Since: 1.0
 */
typedef gboolean (*AsyncLitRetryFallback) (const GError *error, GValue *result, gpointer user_data);

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitRetryPolicy *asynclit_retry_policy_new (guint max_attempts);

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitRetryPolicy *asynclit_retry_policy_new_full (guint max_attempts, double base_delay,
                                                     double max_delay, double multiplier,
                                                     double jitter, double max_elapsed,
                                                     GError **error);

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitRetryPolicy *asynclit_retry_policy_with_retry_on (AsyncLitRetryPolicy *self, GQuark domain,
                                                          int code);

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitRetryPolicy *asynclit_retry_policy_with_retry_if (AsyncLitRetryPolicy *self,
                                                          AsyncLitRetryPredicate predicate,
                                                          gpointer user_data,
                                                          GDestroyNotify destroy);

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitRetryPolicy *asynclit_retry_policy_with_retry_if_closure (AsyncLitRetryPolicy *self,
                                                                  GClosure *predicate);

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitRetryPolicy *asynclit_retry_policy_with_delay_func (AsyncLitRetryPolicy *self,
                                                            AsyncLitRetryDelayFunc func,
                                                            gpointer user_data,
                                                            GDestroyNotify destroy);

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitRetryPolicy *asynclit_retry_policy_with_delay_func_closure (AsyncLitRetryPolicy *self,
                                                                    GClosure *func);

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitRetryPolicy *asynclit_retry_policy_with_retry_if_result (
    AsyncLitRetryPolicy *self, AsyncLitRetryResultPredicate predicate, gpointer user_data,
    GDestroyNotify destroy);

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitRetryPolicy *asynclit_retry_policy_with_retry_if_result_closure (AsyncLitRetryPolicy *self,
                                                                         GClosure *predicate);

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitRetryPolicy *asynclit_retry_policy_with_fallback (AsyncLitRetryPolicy *self,
                                                          AsyncLitRetryFallback func,
                                                          gpointer user_data,
                                                          GDestroyNotify destroy);

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitRetryPolicy *asynclit_retry_policy_with_fallback_closure (AsyncLitRetryPolicy *self,
                                                                  GClosure *func);

ASYNCLIT_AVAILABLE_IN_1_0
guint asynclit_retry_policy_get_max_attempts (AsyncLitRetryPolicy *self);

ASYNCLIT_AVAILABLE_IN_1_0
double asynclit_retry_policy_get_base_delay (AsyncLitRetryPolicy *self);

ASYNCLIT_AVAILABLE_IN_1_0
double asynclit_retry_policy_get_max_delay (AsyncLitRetryPolicy *self);

ASYNCLIT_AVAILABLE_IN_1_0
double asynclit_retry_policy_get_multiplier (AsyncLitRetryPolicy *self);

ASYNCLIT_AVAILABLE_IN_1_0
double asynclit_retry_policy_get_jitter (AsyncLitRetryPolicy *self);

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitJitterKind asynclit_retry_policy_get_jitter_kind (AsyncLitRetryPolicy *self);

ASYNCLIT_AVAILABLE_IN_1_0
double asynclit_retry_policy_get_max_elapsed (AsyncLitRetryPolicy *self);

ASYNCLIT_AVAILABLE_IN_1_0
double asynclit_retry_policy_delay_for_attempt (AsyncLitRetryPolicy *self, guint attempt_index);

ASYNCLIT_AVAILABLE_IN_1_0
double asynclit_retry_policy_delay_for_error (AsyncLitRetryPolicy *self, const GError *error,
                                              guint attempt_index);

ASYNCLIT_AVAILABLE_IN_1_0
gboolean asynclit_retry_policy_should_retry (AsyncLitRetryPolicy *self, const GError *error);

ASYNCLIT_AVAILABLE_IN_1_0
gboolean asynclit_retry_policy_exceeded_elapsed (AsyncLitRetryPolicy *self, double started_at);

ASYNCLIT_AVAILABLE_IN_1_0
double asynclit_retry_policy_next_delay (AsyncLitRetryPolicy *self, const GError *error,
                                         guint attempt, double started_at);

ASYNCLIT_AVAILABLE_IN_1_0
double asynclit_retry_policy_next_delay_for_result (AsyncLitRetryPolicy *self, const GValue *result,
                                                    guint attempt, double started_at);

ASYNCLIT_AVAILABLE_IN_1_0
double asynclit_retry_policy_start_time (void);

ASYNCLIT_AVAILABLE_IN_1_0
gboolean asynclit_parse_retry_after (const char *value, GDateTime *now, double *seconds);

G_END_DECLS
