/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/**
 * AsyncLitRetryPolicy:
 *
 * Decides whether and when a failed task is retried.
 *
 * A policy is immutable, so any number of tasks may share it. The methods whose names begin with
 * `with_` return a modified copy.
 *
 * ```c
 * g_autoptr (AsyncLitRetryPolicy) plain
 *     = asynclit_retry_policy_new_full (5, 0.5, 30.0, 2.0, 0.1, 0.0, NULL);
 * g_autoptr (AsyncLitRetryPolicy) policy
 *     = asynclit_retry_policy_with_retry_on (plain, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
 * ```
 *
 * The delay before attempt number *n* + 2 is `base-delay` × `multiplier`ⁿ, up to `max-delay`.
 * [property@RetryPolicy:jitter] randomizes it; the result never exceeds `max-delay`.
 *
 * Cancellation is never retried. A task is not retried if the next attempt would begin later than
 * `max-elapsed` seconds after the start of the first.
 *
 * All methods may be called from any thread. All properties are construct-only, so they emit no
 * notifications.
 *
 * Since: 1.0
 */

#include "config.h"

#include "asynclit-check-private.h"
#include "asynclit-enum-types.h"
#include "asynclit-retry-policy-private.h"

#include <gio/gio.h>

#define DEFAULT_MAX_ATTEMPTS 1
#define DEFAULT_BASE_DELAY 0.0
#define DEFAULT_MAX_DELAY 60.0
#define DEFAULT_MULTIPLIER 2.0
#define DEFAULT_JITTER 0.0

enum {
  PROP_0,
  PROP_MAX_ATTEMPTS,
  PROP_BASE_DELAY,
  PROP_MAX_DELAY,
  PROP_MULTIPLIER,
  PROP_JITTER,
  PROP_JITTER_KIND,
  PROP_MAX_ELAPSED,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (AsyncLitRetryPolicy, asynclit_retry_policy, G_TYPE_OBJECT)

static void
callback_clear (gpointer data)
{
  AsyncLitRetryCallback *self = data;

  if (self->destroy != NULL)
    self->destroy (self->user_data);
}

void
asynclit_retry_callback_unref (AsyncLitRetryCallback *self)
{
  if (self != NULL)
    g_atomic_rc_box_release_full (self, callback_clear);
}

static AsyncLitRetryCallback *
callback_ref (AsyncLitRetryCallback *self)
{
  return self != NULL ? g_atomic_rc_box_acquire (self) : NULL;
}

AsyncLitRetryPolicy *
asynclit_retry_policy_copy (AsyncLitRetryPolicy *self)
{
  AsyncLitRetryPolicy *copy = g_object_new (
      ASYNCLIT_TYPE_RETRY_POLICY, "max-attempts", self->max_attempts, "base-delay",
      self->base_delay, "max-delay", self->max_delay, "multiplier", self->multiplier, "jitter",
      self->jitter, "jitter-kind", self->jitter_kind, "max-elapsed", self->max_elapsed, NULL);

  g_array_append_vals (copy->retry_on, self->retry_on->data, self->retry_on->len);
  copy->retry_if = callback_ref (self->retry_if);
  copy->get_delay = callback_ref (self->get_delay);
  copy->retry_if_result = callback_ref (self->retry_if_result);
  copy->fallback = callback_ref (self->fallback);
  return copy;
}

static void
asynclit_retry_policy_get_property (GObject *object, guint property_id, GValue *value,
                                    GParamSpec *pspec)
{
  AsyncLitRetryPolicy *self = ASYNCLIT_RETRY_POLICY (object);

  switch (property_id)
    {
    case PROP_MAX_ATTEMPTS:
      g_value_set_uint (value, self->max_attempts);
      break;
    case PROP_BASE_DELAY:
      g_value_set_double (value, self->base_delay);
      break;
    case PROP_MAX_DELAY:
      g_value_set_double (value, self->max_delay);
      break;
    case PROP_MULTIPLIER:
      g_value_set_double (value, self->multiplier);
      break;
    case PROP_JITTER:
      g_value_set_double (value, self->jitter);
      break;
    case PROP_JITTER_KIND:
      g_value_set_enum (value, (int) self->jitter_kind);
      break;
    case PROP_MAX_ELAPSED:
      g_value_set_double (value, self->max_elapsed);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
      break;
    }
}

static void
asynclit_retry_policy_set_property (GObject *object, guint property_id, const GValue *value,
                                    GParamSpec *pspec)
{
  AsyncLitRetryPolicy *self = ASYNCLIT_RETRY_POLICY (object);

  switch (property_id)
    {
    case PROP_MAX_ATTEMPTS:
      self->max_attempts = g_value_get_uint (value);
      break;
    case PROP_BASE_DELAY:
      asynclit_property_set_double (pspec, value, &self->base_delay);
      break;
    case PROP_MAX_DELAY:
      asynclit_property_set_double (pspec, value, &self->max_delay);
      break;
    case PROP_MULTIPLIER:
      asynclit_property_set_double (pspec, value, &self->multiplier);
      break;
    case PROP_JITTER:
      asynclit_property_set_double (pspec, value, &self->jitter);
      break;
    case PROP_JITTER_KIND:
      self->jitter_kind = (AsyncLitJitterKind) g_value_get_enum (value);
      break;
    case PROP_MAX_ELAPSED:
      asynclit_property_set_double (pspec, value, &self->max_elapsed);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
      break;
    }
}

static void
asynclit_retry_policy_finalize (GObject *object)
{
  AsyncLitRetryPolicy *self = ASYNCLIT_RETRY_POLICY (object);

  g_array_unref (self->retry_on);
  asynclit_retry_callback_unref (self->retry_if);
  asynclit_retry_callback_unref (self->get_delay);
  asynclit_retry_callback_unref (self->retry_if_result);
  asynclit_retry_callback_unref (self->fallback);
  G_OBJECT_CLASS (asynclit_retry_policy_parent_class)->finalize (object);
}

static void
asynclit_retry_policy_class_init (AsyncLitRetryPolicyClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS;

  object_class->get_property = asynclit_retry_policy_get_property;
  object_class->set_property = asynclit_retry_policy_set_property;
  object_class->finalize = asynclit_retry_policy_finalize;

  /**
   * AsyncLitRetryPolicy:max-attempts: (getter get_max_attempts)
   *
   * The total number of attempts, including the first: at least 1. The default is 1, which means
   * that the task is not retried.
   *
   * Since: 1.0
   */
  properties[PROP_MAX_ATTEMPTS]
      = g_param_spec_uint ("max-attempts", NULL, NULL, 1, G_MAXUINT, DEFAULT_MAX_ATTEMPTS, flags);

  /**
   * AsyncLitRetryPolicy:base-delay: (getter get_base_delay)
   *
   * The delay after the first failure, in seconds: at least 0. The default is 0.
   *
   * Since: 1.0
   */
  properties[PROP_BASE_DELAY]
      = g_param_spec_double ("base-delay", NULL, NULL, 0, G_MAXDOUBLE, DEFAULT_BASE_DELAY, flags);

  /**
   * AsyncLitRetryPolicy:max-delay: (getter get_max_delay)
   *
   * The longest delay, including jitter, in seconds: at least 0. The default is 60.
   *
   * Since: 1.0
   */
  properties[PROP_MAX_DELAY]
      = g_param_spec_double ("max-delay", NULL, NULL, 0, G_MAXDOUBLE, DEFAULT_MAX_DELAY, flags);

  /**
   * AsyncLitRetryPolicy:multiplier: (getter get_multiplier)
   *
   * The factor by which the delay grows after each failure: at least 1. The default is 2, which
   * doubles it.
   *
   * Since: 1.0
   */
  properties[PROP_MULTIPLIER]
      = g_param_spec_double ("multiplier", NULL, NULL, 1, G_MAXDOUBLE, DEFAULT_MULTIPLIER, flags);

  /**
   * AsyncLitRetryPolicy:jitter: (getter get_jitter)
   *
   * The amount of randomness in the delays, from 0 (none) to 1. The default is 0.
   *
   * [property@RetryPolicy:jitter-kind] decides how it is applied.
   *
   * Since: 1.0
   */
  properties[PROP_JITTER] = g_param_spec_double ("jitter", NULL, NULL, 0, 1, DEFAULT_JITTER, flags);

  /**
   * AsyncLitRetryPolicy:jitter-kind: (getter get_jitter_kind)
   *
   * The way in which the delays are randomized, if [property@RetryPolicy:jitter] is not 0. The
   * default is %ASYNCLIT_JITTER_KIND_SYMMETRIC.
   *
   * Since: 1.0
   */
  properties[PROP_JITTER_KIND] = g_param_spec_enum (
      "jitter-kind", NULL, NULL, ASYNCLIT_TYPE_JITTER_KIND, ASYNCLIT_JITTER_KIND_SYMMETRIC, flags);

  /**
   * AsyncLitRetryPolicy:max-elapsed: (getter get_max_elapsed)
   *
   * The time limit for all attempts and delays together, in seconds from the start of the first
   * attempt. The default is 0, which means no limit.
   *
   * Since: 1.0
   */
  properties[PROP_MAX_ELAPSED]
      = g_param_spec_double ("max-elapsed", NULL, NULL, 0, G_MAXDOUBLE, 0, flags);

  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
asynclit_retry_policy_init (AsyncLitRetryPolicy *self)
{
  /* They stay so if GObject refuses what is given instead. */
  self->max_attempts = DEFAULT_MAX_ATTEMPTS;
  self->base_delay = DEFAULT_BASE_DELAY;
  self->max_delay = DEFAULT_MAX_DELAY;
  self->multiplier = DEFAULT_MULTIPLIER;
  self->jitter = DEFAULT_JITTER;
  self->retry_on = g_array_new (FALSE, FALSE, sizeof (AsyncLitRetryRule));
}

/**
 * asynclit_retry_policy_new:
 * @max_attempts: the total number of attempts, including the first; at least 1
 *
 * Creates a policy that retries after every error, without a delay.
 *
 * All other properties have their default values. To set them, use [ctor@RetryPolicy.new_full].
 *
 * Returns: (transfer full): a new policy
 * Since: 1.0
 */
AsyncLitRetryPolicy *
asynclit_retry_policy_new (guint max_attempts)
{
  g_return_val_if_fail (
      asynclit_property_allows_uint (
          asynclit_find_property (ASYNCLIT_TYPE_RETRY_POLICY, "max-attempts"), max_attempts),
      NULL);

  return g_object_new (ASYNCLIT_TYPE_RETRY_POLICY, "max-attempts", max_attempts, NULL);
}

/**
 * asynclit_retry_policy_new_full:
 * @max_attempts: the total number of attempts, including the first; at least 1
 * @base_delay: the delay after the first failure, in seconds; at least 0
 * @max_delay: the longest delay, in seconds; at least 0
 * @multiplier: the factor by which the delay grows after each failure; at least 1
 * @jitter: the amount of randomness in the delays, from 0 to 1
 * @max_elapsed: the time limit for all attempts and delays, in seconds; 0 means no limit
 * @error: return location for an error
 *
 * Creates a policy, and checks its values first.
 *
 * If a value is out of range, this fails with %ASYNCLIT_ERROR_INVALID_ARGUMENT, and the message
 * names the value and its range.
 *
 * Returns: (transfer full): a new policy, or %NULL with an error
 * Since: 1.0
 */
AsyncLitRetryPolicy *
asynclit_retry_policy_new_full (guint max_attempts, double base_delay, double max_delay,
                                double multiplier, double jitter, double max_elapsed,
                                GError **error)
{
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  if (!asynclit_check_uint (ASYNCLIT_TYPE_RETRY_POLICY, "max-attempts", max_attempts, error)
      || !asynclit_check_double (ASYNCLIT_TYPE_RETRY_POLICY, "base-delay", base_delay, error)
      || !asynclit_check_double (ASYNCLIT_TYPE_RETRY_POLICY, "max-delay", max_delay, error)
      || !asynclit_check_double (ASYNCLIT_TYPE_RETRY_POLICY, "multiplier", multiplier, error)
      || !asynclit_check_double (ASYNCLIT_TYPE_RETRY_POLICY, "jitter", jitter, error)
      || !asynclit_check_double (ASYNCLIT_TYPE_RETRY_POLICY, "max-elapsed", max_elapsed, error))
    return NULL;
  return g_object_new (ASYNCLIT_TYPE_RETRY_POLICY, "max-attempts", max_attempts, "base-delay",
                       base_delay, "max-delay", max_delay, "multiplier", multiplier, "jitter",
                       jitter, "max-elapsed", max_elapsed, NULL);
}

/**
 * asynclit_retry_policy_with_retry_on:
 * @self: a policy
 * @domain: an error domain
 * @code: an error code of the domain, or %ASYNCLIT_RETRY_ANY_CODE for all of them
 *
 * Returns a copy of the policy that retries after errors of this kind.
 *
 * Call this repeatedly to add more kinds. A policy to which none was added retries after every
 * error.
 *
 * Returns: (transfer full): a new policy
 * Since: 1.0
 */
AsyncLitRetryPolicy *
asynclit_retry_policy_with_retry_on (AsyncLitRetryPolicy *self, GQuark domain, int code)
{
  AsyncLitRetryPolicy *copy;
  AsyncLitRetryRule rule = { domain, code };

  g_return_val_if_fail (ASYNCLIT_IS_RETRY_POLICY (self), NULL);
  g_return_val_if_fail (domain != 0, NULL);

  copy = asynclit_retry_policy_copy (self);
  g_array_append_val (copy->retry_on, rule);
  return copy;
}

/**
 * asynclit_retry_policy_get_max_attempts:
 * @self: a policy
 *
 * Gets the total number of attempts.
 *
 * Returns: the number of attempts, at least 1
 * Since: 1.0
 */
guint
asynclit_retry_policy_get_max_attempts (AsyncLitRetryPolicy *self)
{
  g_return_val_if_fail (ASYNCLIT_IS_RETRY_POLICY (self), 0);

  return self->max_attempts;
}

/**
 * asynclit_retry_policy_get_base_delay:
 * @self: a policy
 *
 * Gets the delay after the first failure.
 *
 * Returns: the delay in seconds, at least 0
 * Since: 1.0
 */
double
asynclit_retry_policy_get_base_delay (AsyncLitRetryPolicy *self)
{
  g_return_val_if_fail (ASYNCLIT_IS_RETRY_POLICY (self), 0);

  return self->base_delay;
}

/**
 * asynclit_retry_policy_get_max_delay:
 * @self: a policy
 *
 * Gets the longest delay.
 *
 * Returns: the delay in seconds, at least 0
 * Since: 1.0
 */
double
asynclit_retry_policy_get_max_delay (AsyncLitRetryPolicy *self)
{
  g_return_val_if_fail (ASYNCLIT_IS_RETRY_POLICY (self), 0);

  return self->max_delay;
}

/**
 * asynclit_retry_policy_get_multiplier:
 * @self: a policy
 *
 * Gets the factor by which the delay grows after each failure.
 *
 * Returns: the factor, at least 1
 * Since: 1.0
 */
double
asynclit_retry_policy_get_multiplier (AsyncLitRetryPolicy *self)
{
  g_return_val_if_fail (ASYNCLIT_IS_RETRY_POLICY (self), 0);

  return self->multiplier;
}

/**
 * asynclit_retry_policy_get_jitter:
 * @self: a policy
 *
 * Gets the amount of randomness in the delays.
 *
 * Returns: a fraction, from 0 to 1
 * Since: 1.0
 */
double
asynclit_retry_policy_get_jitter (AsyncLitRetryPolicy *self)
{
  g_return_val_if_fail (ASYNCLIT_IS_RETRY_POLICY (self), 0);

  return self->jitter;
}

/**
 * asynclit_retry_policy_get_jitter_kind:
 * @self: a policy
 *
 * Gets the way in which the delays are randomized.
 *
 * Returns: the kind of jitter
 * Since: 1.0
 */
AsyncLitJitterKind
asynclit_retry_policy_get_jitter_kind (AsyncLitRetryPolicy *self)
{
  g_return_val_if_fail (ASYNCLIT_IS_RETRY_POLICY (self), ASYNCLIT_JITTER_KIND_SYMMETRIC);

  return self->jitter_kind;
}

/**
 * asynclit_retry_policy_get_max_elapsed:
 * @self: a policy
 *
 * Gets the time limit for all attempts and delays together.
 *
 * Returns: the limit in seconds, or 0 if there is none
 * Since: 1.0
 */
double
asynclit_retry_policy_get_max_elapsed (AsyncLitRetryPolicy *self)
{
  g_return_val_if_fail (ASYNCLIT_IS_RETRY_POLICY (self), 0);

  return self->max_elapsed;
}
