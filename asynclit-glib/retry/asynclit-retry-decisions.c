/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What a policy decides: pure functions of the policy, the error, the time and chance. */

#include "config.h"

#include "asynclit-clock-private.h"
#include "asynclit-error.h"
#include "asynclit-retry-policy-private.h"
#include "asynclit-thread-bound-private.h"

#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <math.h>

/* After as many draws the chain of decorrelated delays has long forgotten where it began. */
#define MAX_DRAWS 64

/* base × multiplierⁿ, capped; pow() answers infinity where it would overflow, not an error. MIN()
 * answers the cap for what is no number. */
static double
compute_plain_delay (AsyncLitRetryPolicy *self, guint attempt_index)
{
  if (self->base_delay == 0)
    return 0;
  return MIN (self->base_delay * pow (self->multiplier, attempt_index), self->max_delay);
}

/* The kinds but symmetric: Brooker, "Exponential Backoff And Jitter", 2015. There each delay of
 * the last kind depends on the one before; here the chain is computed again each time, so that the
 * policy stays without state. */
static double
compute_decorrelated_delay (AsyncLitRetryPolicy *self, guint attempt_index)
{
  double delay = self->base_delay;

  for (guint i = 0; i <= MIN (attempt_index, MAX_DRAWS); i++)
    delay = MIN (self->base_delay + g_random_double () * (delay * 3 - self->base_delay),
                 self->max_delay);
  return delay;
}

/**
 * asynclit_retry_policy_delay_for_attempt:
 * @self: a policy
 * @attempt_index: 0 for the delay after the first failure, 1 after the second, and so on
 *
 * Computes the delay before the next attempt, including jitter.
 *
 * Returns: the delay in seconds, from 0 to [property@RetryPolicy:max-delay]
 * Since: 1.0
 */
double
asynclit_retry_policy_delay_for_attempt (AsyncLitRetryPolicy *self, guint attempt_index)
{
  double delay;

  g_return_val_if_fail (ASYNCLIT_IS_RETRY_POLICY (self), 0);

  delay = compute_plain_delay (self, attempt_index);
  if (self->jitter == 0)
    return delay;
  switch (self->jitter_kind)
    {
    case ASYNCLIT_JITTER_KIND_EQUAL:
      delay -= g_random_double () * self->jitter * delay / 2;
      break;
    case ASYNCLIT_JITTER_KIND_FULL:
      delay -= g_random_double () * self->jitter * delay;
      break;
    case ASYNCLIT_JITTER_KIND_DECORRELATED:
      delay = compute_decorrelated_delay (self, attempt_index);
      break;
    case ASYNCLIT_JITTER_KIND_SYMMETRIC:
    default:
      delay += (g_random_double () * 2 - 1) * self->jitter * delay;
      break;
    }
  return CLAMP (delay, 0, self->max_delay);
}

/**
 * asynclit_retry_policy_delay_for_error:
 * @self: a policy
 * @error: the error of the attempt
 * @attempt_index: 0 for the delay after the first failure, 1 after the second, and so on
 *
 * Gets the delay before the next attempt after an error.
 *
 * This is the delay that the function of [method@RetryPolicy.with_delay_func] returns, or the
 * computed one.
 *
 * Returns: the delay in seconds, at least 0
 * Since: 1.0
 */
double
asynclit_retry_policy_delay_for_error (AsyncLitRetryPolicy *self, const GError *error,
                                       guint attempt_index)
{
  double computed;
  double chosen = -1;

  g_return_val_if_fail (ASYNCLIT_IS_RETRY_POLICY (self), 0);
  g_return_val_if_fail (error != NULL, 0);

  computed = asynclit_retry_policy_delay_for_attempt (self, attempt_index);
  if (self->get_delay != NULL)
    chosen = ((AsyncLitRetryDelayFunc) self->get_delay->func) (error, attempt_index, computed,
                                                               self->get_delay->user_data);
  return isfinite (chosen) && chosen >= 0 ? chosen : computed;
}

static gboolean
matches_any_rule (AsyncLitRetryPolicy *self, const GError *error)
{
  for (guint i = 0; i < self->retry_on->len; i++)
    {
      const AsyncLitRetryRule *rule = &g_array_index (self->retry_on, AsyncLitRetryRule, i);

      if (rule->domain == error->domain
          && (rule->code == ASYNCLIT_RETRY_ANY_CODE || rule->code == error->code))
        return TRUE;
    }
  return self->retry_on->len == 0;
}

/**
 * asynclit_retry_policy_should_retry:
 * @self: a policy
 * @error: the error of an attempt
 *
 * Returns whether the policy retries after an error.
 *
 * The number of attempts and the elapsed time are not taken into account.
 *
 * Returns: %TRUE if the error was added with [method@RetryPolicy.with_retry_on], or no errors were
 *   added, and the predicate agrees; always %FALSE for a cancellation
 * Since: 1.0
 */
gboolean
asynclit_retry_policy_should_retry (AsyncLitRetryPolicy *self, const GError *error)
{
  g_return_val_if_fail (ASYNCLIT_IS_RETRY_POLICY (self), FALSE);
  g_return_val_if_fail (error != NULL, FALSE);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || !matches_any_rule (self, error))
    return FALSE;
  return self->retry_if == NULL
         || ((AsyncLitRetryPredicate) self->retry_if->func) (error, self->retry_if->user_data);
}

/**
 * asynclit_retry_policy_exceeded_elapsed:
 * @self: a policy
 * @started_at: the value that [func@RetryPolicy.start_time] returned when the first attempt began
 *
 * Returns whether the time limit of the policy has passed.
 *
 * Returns: %TRUE if at least [property@RetryPolicy:max-elapsed] seconds have passed; always %FALSE
 *   if there is no limit
 * Since: 1.0
 */
gboolean
asynclit_retry_policy_exceeded_elapsed (AsyncLitRetryPolicy *self, double started_at)
{
  g_return_val_if_fail (ASYNCLIT_IS_RETRY_POLICY (self), TRUE);

  return self->max_elapsed > 0
         && asynclit_retry_policy_start_time () - started_at >= self->max_elapsed;
}

GError *
asynclit_retry_policy_new_unwanted (void)
{
  return g_error_new_literal (ASYNCLIT_ERROR, ASYNCLIT_ERROR_UNWANTED_RESULT,
                              _ ("The retry policy does not accept the result"));
}

static gboolean
is_attempt_left (AsyncLitRetryPolicy *self, guint attempt, double started_at)
{
  return attempt < self->max_attempts && !asynclit_retry_policy_exceeded_elapsed (self, started_at);
}

static double
choose_delay (AsyncLitRetryPolicy *self, const GError *error, guint attempt, double started_at)
{
  double delay = asynclit_retry_policy_delay_for_error (self, error, attempt - 1);
  /* An attempt that would come too late is not worth waiting for. */
  double elapsed = asynclit_retry_policy_start_time () - started_at;

  return self->max_elapsed == 0 || elapsed + delay <= self->max_elapsed ? delay : -1;
}

/**
 * asynclit_retry_policy_next_delay:
 * @self: a policy
 * @error: the error of the attempt that has just failed
 * @attempt: the number of that attempt; the first is 1
 * @started_at: the value that [func@RetryPolicy.start_time] returned when the first attempt began
 *
 * Decides whether there is another attempt after an error, and when.
 *
 * The decision considers the number of attempts, the error, the elapsed time, and whether the
 * delay would end within [property@RetryPolicy:max-elapsed]. All tasks are retried according to
 * this function, in every language. The functions that were added to the policy are called.
 *
 * Returns: the delay in seconds; a negative number if there is no other attempt
 * Since: 1.0
 */
double
asynclit_retry_policy_next_delay (AsyncLitRetryPolicy *self, const GError *error, guint attempt,
                                  double started_at)
{
  g_return_val_if_fail (ASYNCLIT_IS_RETRY_POLICY (self), -1);
  g_return_val_if_fail (error != NULL, -1);
  g_return_val_if_fail (attempt > 0, -1);

  if (!is_attempt_left (self, attempt, started_at)
      || !asynclit_retry_policy_should_retry (self, error))
    return -1;
  return choose_delay (self, error, attempt, started_at);
}

static gboolean
is_unwanted (AsyncLitRetryPolicy *self, const GValue *result)
{
  AsyncLitRetryCallback *predicate = self->retry_if_result;

  return predicate != NULL
         && ((AsyncLitRetryResultPredicate) predicate->func) (result, predicate->user_data);
}

/**
 * asynclit_retry_policy_next_delay_for_result:
 * @self: a policy
 * @result: (nullable): the result of the attempt that has just ended
 * @attempt: the number of that attempt; the first is 1
 * @started_at: the value that [func@RetryPolicy.start_time] returned when the first attempt began
 *
 * Decides whether there is another attempt although one has returned a result, and when.
 *
 * It is the counterpart of [method@RetryPolicy.next_delay] for policies with
 * [method@RetryPolicy.with_retry_if_result].
 *
 * Returns: the delay in seconds; a negative number if there is no other attempt
 * Since: 1.0
 */
double
asynclit_retry_policy_next_delay_for_result (AsyncLitRetryPolicy *self, const GValue *result,
                                             guint attempt, double started_at)
{
  g_autoptr (GError) error = NULL;

  g_return_val_if_fail (ASYNCLIT_IS_RETRY_POLICY (self), -1);
  g_return_val_if_fail (attempt > 0, -1);

  if (!is_attempt_left (self, attempt, started_at) || !is_unwanted (self, result))
    return -1;
  error = asynclit_retry_policy_new_unwanted ();
  return choose_delay (self, error, attempt, started_at);
}

/**
 * asynclit_retry_policy_start_time:
 *
 * Gets the current time, to be passed to [method@RetryPolicy.exceeded_elapsed].
 *
 * Returns: seconds of the monotonic clock, which are only meaningful in comparison with each other
 * Since: 1.0
 */
double
asynclit_retry_policy_start_time (void)
{
  return (double) asynclit_clock_now () / G_USEC_PER_SEC;
}

static gboolean
callback_is_thread_bound (const AsyncLitRetryCallback *self)
{
  return self != NULL && asynclit_is_thread_bound (self->user_data, self->destroy);
}

gboolean
asynclit_retry_policy_is_thread_bound (AsyncLitRetryPolicy *self)
{
  return callback_is_thread_bound (self->retry_if) || callback_is_thread_bound (self->get_delay)
         || callback_is_thread_bound (self->retry_if_result)
         || callback_is_thread_bound (self->fallback);
}
