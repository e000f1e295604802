/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The retry policy alone: values, delays, eligible errors. */

#include "test-support.h"

#include <math.h>
#include <string.h>

#define N_DRAWS 2000

static AsyncLitRetryPolicy *
policy (double base_delay, double max_delay, double multiplier, double jitter)
{
  g_autoptr (GError) error = NULL;
  AsyncLitRetryPolicy *made
      = asynclit_retry_policy_new_full (9, base_delay, max_delay, multiplier, jitter, 0, &error);

  g_assert_no_error (error);
  g_assert_nonnull (made);
  return made;
}

static AsyncLitRetryPolicy *
policy_with_jitter_kind (AsyncLitJitterKind kind, double max_delay, double jitter)
{
  return g_object_new (ASYNCLIT_TYPE_RETRY_POLICY, "max-attempts", 9u, "base-delay", 1.0,
                       "max-delay", max_delay, "multiplier", 2.0, "jitter", jitter, "jitter-kind",
                       kind, NULL);
}

/* Values */

static void
test_values_defaults (void)
{
  g_autoptr (AsyncLitRetryPolicy) retry = asynclit_retry_policy_new (4);
  g_autoptr (AsyncLitRetryPolicy) bare = g_object_new (ASYNCLIT_TYPE_RETRY_POLICY, NULL);

  g_assert_cmpuint (asynclit_retry_policy_get_max_attempts (retry), ==, 4);
  g_assert_cmpuint (asynclit_retry_policy_get_max_attempts (bare), ==, 1);
  g_assert_cmpfloat (asynclit_retry_policy_get_base_delay (retry), ==, 0);
  g_assert_cmpfloat (asynclit_retry_policy_get_max_delay (retry), ==, 60);
  g_assert_cmpfloat (asynclit_retry_policy_get_multiplier (retry), ==, 2);
  g_assert_cmpfloat (asynclit_retry_policy_get_jitter (retry), ==, 0);
  g_assert_cmpint (asynclit_retry_policy_get_jitter_kind (retry), ==,
                   ASYNCLIT_JITTER_KIND_SYMMETRIC);
  g_assert_cmpfloat (asynclit_retry_policy_get_max_elapsed (retry), ==, 0);
}

static void
test_values_full (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AsyncLitRetryPolicy) retry
      = asynclit_retry_policy_new_full (3, 0.5, 10, 3, 0.25, 100, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (asynclit_retry_policy_get_max_attempts (retry), ==, 3);
  g_assert_cmpfloat (asynclit_retry_policy_get_base_delay (retry), ==, 0.5);
  g_assert_cmpfloat (asynclit_retry_policy_get_max_delay (retry), ==, 10);
  g_assert_cmpfloat (asynclit_retry_policy_get_multiplier (retry), ==, 3);
  g_assert_cmpfloat (asynclit_retry_policy_get_jitter (retry), ==, 0.25);
  g_assert_cmpfloat (asynclit_retry_policy_get_max_elapsed (retry), ==, 100);
}

static void
test_values_are_construct_only (void)
{
  static const char *const names[] = { "max-attempts", "base-delay",  "max-delay",  "multiplier",
                                       "jitter",       "jitter-kind", "max-elapsed" };
  g_autoptr (GTypeClass) klass = g_type_class_ref (ASYNCLIT_TYPE_RETRY_POLICY);

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      GParamSpec *pspec = g_object_class_find_property (G_OBJECT_CLASS (klass), names[i]);

      g_assert_nonnull (pspec);
      g_assert_true (pspec->flags & G_PARAM_CONSTRUCT_ONLY);
      g_assert_true (pspec->flags & G_PARAM_READABLE);
    }
}

static void
test_values_out_of_range (void)
{
  const struct
  {
    guint max_attempts;
    double base_delay, max_delay, multiplier, jitter, max_elapsed;
  } bad[] = {
    { 0, 0, 60, 2, 0, 0 },          { 1, -1, 60, 2, 0, 0 },        { 1, 0, -1, 2, 0, 0 },
    { 1, 0, 60, 0.5, 0, 0 },        { 1, 0, 60, 2, -0.1, 0 },      { 1, 0, 60, 2, 1.1, 0 },
    { 1, 0, 60, 2, 0, -1 },         { 1, NAN, 60, 2, 0, 0 },       { 1, 0, NAN, 2, 0, 0 },
    { 1, 0, 60, NAN, 0, 0 },        { 1, 0, 60, 2, NAN, 0 },       { 1, 0, 60, 2, 0, NAN },
    { 1, INFINITY, 60, 2, 0, 0 },   { 1, 0, INFINITY, 2, 0, 0 },   { 1, 0, 60, INFINITY, 0, 0 },
    { 1, 0, 60, 2, 0, INFINITY },
  };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (asynclit_retry_policy_new_full (
          bad[i].max_attempts, bad[i].base_delay, bad[i].max_delay, bad[i].multiplier,
          bad[i].jitter, bad[i].max_elapsed, &error));
      g_assert_error (error, ASYNCLIT_ERROR, ASYNCLIT_ERROR_INVALID_ARGUMENT);
      g_assert_cmpuint (strlen (error->message), >, 0);
    }
  g_assert_null (asynclit_retry_policy_new_full (0, 0, 60, 2, 0, 0, NULL));
}

/* Delays */

static void
test_delay_formula (void)
{
  g_autoptr (AsyncLitRetryPolicy) doubling = policy (1, 1000, 2, 0);
  g_autoptr (AsyncLitRetryPolicy) tripling = policy (0.5, 1000, 3, 0);
  g_autoptr (AsyncLitRetryPolicy) steady = policy (2, 60, 1, 0);
  g_autoptr (AsyncLitRetryPolicy) none = policy (0, 60, 2, 0);
  double power_of_two = 1;
  double power_of_three = 0.5;

  for (guint i = 0; i < 7; i++)
    {
      g_assert_cmpfloat (asynclit_retry_policy_delay_for_attempt (doubling, i), ==, power_of_two);
      g_assert_cmpfloat_with_epsilon (asynclit_retry_policy_delay_for_attempt (tripling, i),
                                      power_of_three, 1e-9);
      g_assert_cmpfloat (asynclit_retry_policy_delay_for_attempt (steady, i), ==, 2);
      g_assert_cmpfloat (asynclit_retry_policy_delay_for_attempt (none, i), ==, 0);
      power_of_two *= 2;
      power_of_three *= 3;
    }
}

static void
test_delay_is_capped (void)
{
  g_autoptr (AsyncLitRetryPolicy) capped = policy (1, 5, 2, 0);
  g_autoptr (AsyncLitRetryPolicy) below_base = policy (10, 5, 2, 0);

  g_assert_cmpfloat (asynclit_retry_policy_delay_for_attempt (capped, 2), ==, 4);
  g_assert_cmpfloat (asynclit_retry_policy_delay_for_attempt (capped, 3), ==, 5);
  g_assert_cmpfloat (asynclit_retry_policy_delay_for_attempt (below_base, 0), ==, 5);
}

static void
test_delay_saturates (void)
{
  const guint indices[] = { 1023, 1024, 5000, G_MAXINT, G_MAXUINT };
  g_autoptr (AsyncLitRetryPolicy) growing = policy (1, 60, 2, 0);
  g_autoptr (AsyncLitRetryPolicy) huge = policy (1e300, 1e308, 1e300, 0);
  g_autoptr (AsyncLitRetryPolicy) steady = policy (3, 60, 1, 0);
  g_autoptr (AsyncLitRetryPolicy) none = policy (0, 60, 2, 0);

  for (guint i = 0; i < G_N_ELEMENTS (indices); i++)
    {
      g_assert_cmpfloat (asynclit_retry_policy_delay_for_attempt (growing, indices[i]), ==, 60);
      g_assert_cmpfloat (asynclit_retry_policy_delay_for_attempt (huge, indices[i]), ==, 1e308);
      g_assert_cmpfloat (asynclit_retry_policy_delay_for_attempt (steady, indices[i]), ==, 3);
      g_assert_cmpfloat (asynclit_retry_policy_delay_for_attempt (none, indices[i]), ==, 0);
    }
}

/* Every random delay is in the range, and the delays are spread over it. */
static void
check_draws (AsyncLitRetryPolicy *retry, guint index, double low, double high)
{
  double smallest = G_MAXDOUBLE;
  double largest = 0;

  for (guint i = 0; i < N_DRAWS; i++)
    {
      double delay = asynclit_retry_policy_delay_for_attempt (retry, index);

      g_assert_cmpfloat (delay, >=, low);
      g_assert_cmpfloat (delay, <=, high);
      smallest = MIN (smallest, delay);
      largest = MAX (largest, delay);
    }
  g_assert_cmpfloat (smallest, <, low + 0.1 * (high - low));
  g_assert_cmpfloat (largest, >, high - 0.1 * (high - low));
}

static void
test_jitter_symmetric (void)
{
  g_autoptr (AsyncLitRetryPolicy) half
      = policy_with_jitter_kind (ASYNCLIT_JITTER_KIND_SYMMETRIC, 60, 0.5);
  g_autoptr (AsyncLitRetryPolicy) whole
      = policy_with_jitter_kind (ASYNCLIT_JITTER_KIND_SYMMETRIC, 60, 1);

  check_draws (half, 0, 0.5, 1.5);
  check_draws (half, 2, 2, 6);
  check_draws (whole, 0, 0, 2);
}

static void
test_jitter_equal (void)
{
  g_autoptr (AsyncLitRetryPolicy) whole
      = policy_with_jitter_kind (ASYNCLIT_JITTER_KIND_EQUAL, 60, 1);
  g_autoptr (AsyncLitRetryPolicy) half
      = policy_with_jitter_kind (ASYNCLIT_JITTER_KIND_EQUAL, 60, 0.5);

  check_draws (whole, 2, 2, 4);
  check_draws (half, 2, 3, 4);
}

static void
test_jitter_full (void)
{
  g_autoptr (AsyncLitRetryPolicy) whole
      = policy_with_jitter_kind (ASYNCLIT_JITTER_KIND_FULL, 60, 1);
  g_autoptr (AsyncLitRetryPolicy) half
      = policy_with_jitter_kind (ASYNCLIT_JITTER_KIND_FULL, 60, 0.5);

  check_draws (whole, 2, 0, 4);
  check_draws (half, 2, 2, 4);
}

static void
test_jitter_decorrelated (void)
{
  g_autoptr (AsyncLitRetryPolicy) retry
      = policy_with_jitter_kind (ASYNCLIT_JITTER_KIND_DECORRELATED, 60, 1);

  check_draws (retry, 0, 1, 3);
  for (guint i = 0; i < N_DRAWS; i++)
    {
      double delay = asynclit_retry_policy_delay_for_attempt (retry, i);

      g_assert_cmpfloat (delay, >=, 1);
      g_assert_cmpfloat (delay, <=, 60);
    }
}

/* The maximum also applies after jitter, unlike in the reference. */
static void
test_jitter_is_capped (void)
{
  for (int kind = ASYNCLIT_JITTER_KIND_SYMMETRIC; kind <= ASYNCLIT_JITTER_KIND_DECORRELATED; kind++)
    {
      g_autoptr (AsyncLitRetryPolicy) retry
          = policy_with_jitter_kind ((AsyncLitJitterKind) kind, 2, 1);

      for (guint i = 0; i < N_DRAWS; i++)
        {
          double delay = asynclit_retry_policy_delay_for_attempt (retry, i);

          g_assert_cmpfloat (delay, >=, 0);
          g_assert_cmpfloat (delay, <=, 2);
        }
      g_assert_cmpfloat (asynclit_retry_policy_delay_for_attempt (retry, G_MAXUINT), <=, 2);
    }
}

/* Eligibility */

static gboolean
should_retry (AsyncLitRetryPolicy *retry, GQuark domain, int code)
{
  g_autoptr (GError) error = g_error_new_literal (domain, code, "text");

  return asynclit_retry_policy_should_retry (retry, error);
}

static void
test_retry_on_everything (void)
{
  g_autoptr (AsyncLitRetryPolicy) retry = asynclit_retry_policy_new (2);

  g_assert_true (should_retry (retry, G_IO_ERROR, G_IO_ERROR_FAILED));
  g_assert_true (should_retry (retry, G_FILE_ERROR, G_FILE_ERROR_NOENT));
  g_assert_true (should_retry (retry, ASYNCLIT_ERROR, ASYNCLIT_ERROR_NO_RESULT));
}

static void
test_retry_on_some (void)
{
  g_autoptr (AsyncLitRetryPolicy) all = asynclit_retry_policy_new (2);
  g_autoptr (AsyncLitRetryPolicy) busy
      = asynclit_retry_policy_with_retry_on (all, G_IO_ERROR, G_IO_ERROR_BUSY);
  g_autoptr (AsyncLitRetryPolicy) both
      = asynclit_retry_policy_with_retry_on (busy, G_FILE_ERROR, ASYNCLIT_RETRY_ANY_CODE);

  g_assert_true (should_retry (busy, G_IO_ERROR, G_IO_ERROR_BUSY));
  g_assert_false (should_retry (busy, G_IO_ERROR, G_IO_ERROR_FAILED));
  g_assert_false (should_retry (busy, G_FILE_ERROR, G_IO_ERROR_BUSY));
  g_assert_true (should_retry (both, G_IO_ERROR, G_IO_ERROR_BUSY));
  g_assert_false (should_retry (both, G_IO_ERROR, G_IO_ERROR_FAILED));
  g_assert_true (should_retry (both, G_FILE_ERROR, G_FILE_ERROR_NOENT));
  g_assert_true (should_retry (both, G_FILE_ERROR, G_FILE_ERROR_EXIST));
}

/* A policy is immutable: methods that modify it return another one. */
static void
test_retry_on_makes_another (void)
{
  g_autoptr (AsyncLitRetryPolicy) all
      = asynclit_retry_policy_new_full (3, 0.5, 10, 3, 0.25, 100, NULL);
  g_autoptr (AsyncLitRetryPolicy) busy
      = asynclit_retry_policy_with_retry_on (all, G_IO_ERROR, G_IO_ERROR_BUSY);

  g_assert_true (busy != all);
  g_assert_true (should_retry (all, G_IO_ERROR, G_IO_ERROR_FAILED));
  g_assert_cmpuint (asynclit_retry_policy_get_max_attempts (busy), ==, 3);
  g_assert_cmpfloat (asynclit_retry_policy_get_base_delay (busy), ==, 0.5);
  g_assert_cmpfloat (asynclit_retry_policy_get_max_delay (busy), ==, 10);
  g_assert_cmpfloat (asynclit_retry_policy_get_multiplier (busy), ==, 3);
  g_assert_cmpfloat (asynclit_retry_policy_get_jitter (busy), ==, 0.25);
  g_assert_cmpfloat (asynclit_retry_policy_get_max_elapsed (busy), ==, 100);
}

static gboolean
message_is_text (const GError *error, gpointer unused)
{
  return g_str_equal (error->message, "text");
}

static gboolean
never (const GError *error, gpointer token)
{
  return FALSE;
}

static void
test_retry_if (void)
{
  g_autoptr (AsyncLitRetryPolicy) all = asynclit_retry_policy_new (2);
  g_autoptr (AsyncLitRetryPolicy) text
      = asynclit_retry_policy_with_retry_if (all, message_is_text, NULL, NULL);
  g_autoptr (AsyncLitRetryPolicy) none
      = asynclit_retry_policy_with_retry_if (all, never, NULL, NULL);
  g_autoptr (AsyncLitRetryPolicy) both
      = asynclit_retry_policy_with_retry_on (text, G_IO_ERROR, G_IO_ERROR_BUSY);
  g_autoptr (GError) other = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_BUSY, "other");

  g_assert_true (should_retry (text, G_IO_ERROR, G_IO_ERROR_BUSY));
  g_assert_false (asynclit_retry_policy_should_retry (text, other));
  g_assert_false (should_retry (none, G_IO_ERROR, G_IO_ERROR_BUSY));
  g_assert_true (should_retry (both, G_IO_ERROR, G_IO_ERROR_BUSY));
  g_assert_false (should_retry (both, G_IO_ERROR, G_IO_ERROR_FAILED));
  g_assert_false (asynclit_retry_policy_should_retry (both, other));
}

static gboolean
closure_message_is_text (const GError *error, gpointer unused)
{
  return message_is_text (error, NULL);
}

/* Closures of bindings have a marshaller; those of C may not. */
static void
test_retry_if_closure (gconstpointer with_marshal)
{
  g_autoptr (AsyncLitRetryPolicy) all = asynclit_retry_policy_new (2);
  GClosure *closure = g_cclosure_new (G_CALLBACK (closure_message_is_text), NULL, NULL);
  g_autoptr (AsyncLitRetryPolicy) text = NULL;
  g_autoptr (GError) other = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_BUSY, "other");

  if (with_marshal != NULL)
    g_closure_set_marshal (closure, g_cclosure_marshal_generic);
  text = asynclit_retry_policy_with_retry_if_closure (all, closure);
  g_assert_true (should_retry (text, G_IO_ERROR, G_IO_ERROR_BUSY));
  g_assert_false (asynclit_retry_policy_should_retry (text, other));
}

static void
test_retry_if_data_destroyed (void)
{
  g_autoptr (AsyncLitRetryPolicy) all = asynclit_retry_policy_new (2);
  g_autoptr (TestToken) token = test_token_new ();
  g_autoptr (AsyncLitRetryPolicy) none = asynclit_retry_policy_with_retry_if (
      all, never, test_token_ref (token), test_token_destroy);
  g_autoptr (AsyncLitRetryPolicy) derived
      = asynclit_retry_policy_with_retry_on (none, G_IO_ERROR, G_IO_ERROR_BUSY);

  g_clear_object (&none);
  g_assert_cmpuint (test_token_get_destroyed (token), ==, 0);
  g_assert_false (should_retry (derived, G_IO_ERROR, G_IO_ERROR_BUSY));
  g_clear_object (&derived);
  g_assert_cmpuint (test_token_get_destroyed (token), ==, 1);
}

/* The delay hook */

static double
retry_after (const GError *error, guint attempt_index, double computed, gpointer unused)
{
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_BUSY))
    return 7 + attempt_index;
  g_assert_cmpfloat (computed, ==, 2);
  return -1;
}

static void
test_delay_hook (void)
{
  g_autoptr (AsyncLitRetryPolicy) plain = policy (2, 60, 1, 0);
  g_autoptr (AsyncLitRetryPolicy) hooked
      = asynclit_retry_policy_with_delay_func (plain, retry_after, NULL, NULL);
  g_autoptr (GError) busy = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_BUSY, "text");
  g_autoptr (GError) failed = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, "text");

  g_assert_cmpfloat (asynclit_retry_policy_delay_for_error (hooked, busy, 0), ==, 7);
  g_assert_cmpfloat (asynclit_retry_policy_delay_for_error (hooked, busy, 2), ==, 9);
  g_assert_cmpfloat (asynclit_retry_policy_delay_for_error (hooked, failed, 0), ==, 2);
  g_assert_cmpfloat (asynclit_retry_policy_delay_for_error (plain, busy, 0), ==, 2);
  g_assert_cmpfloat (asynclit_retry_policy_delay_for_attempt (hooked, 0), ==, 2);
}

/* Elapsed time */

static void
test_elapsed (void)
{
  g_autoptr (AsyncLitRetryPolicy) unlimited = asynclit_retry_policy_new (2);
  g_autoptr (AsyncLitRetryPolicy) limited
      = asynclit_retry_policy_new_full (2, 0, 60, 2, 0, 1000, NULL);
  double start = asynclit_retry_policy_start_time ();

  g_assert_false (asynclit_retry_policy_exceeded_elapsed (unlimited, start - 1e9));
  g_assert_false (asynclit_retry_policy_exceeded_elapsed (limited, start));
  g_assert_false (asynclit_retry_policy_exceeded_elapsed (limited, start - 500));
  g_assert_true (asynclit_retry_policy_exceeded_elapsed (limited, start - 1001));
  g_assert_cmpfloat (asynclit_retry_policy_start_time (), >=, start);
}

static void
test_null_is_refused (void)
{
  g_autoptr (AsyncLitRetryPolicy) retry = asynclit_retry_policy_new (2);

  g_test_expect_message ("AsyncLit", G_LOG_LEVEL_CRITICAL, "*assertion*failed*");
  g_assert_cmpfloat (asynclit_retry_policy_delay_for_attempt (NULL, 0), ==, 0);
  g_test_assert_expected_messages ();
  g_test_expect_message ("AsyncLit", G_LOG_LEVEL_CRITICAL, "*assertion*failed*");
  g_assert_false (asynclit_retry_policy_should_retry (retry, NULL));
  g_test_assert_expected_messages ();
  g_test_expect_message ("AsyncLit", G_LOG_LEVEL_CRITICAL, "*assertion*failed*");
  g_assert_null (asynclit_retry_policy_new (0));
  g_test_assert_expected_messages ();
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/retry/values/defaults", test_values_defaults);
  g_test_add_func ("/retry/values/full", test_values_full);
  g_test_add_func ("/retry/values/are-construct-only", test_values_are_construct_only);
  g_test_add_func ("/retry/values/out-of-range", test_values_out_of_range);
  g_test_add_func ("/retry/delay/formula", test_delay_formula);
  g_test_add_func ("/retry/delay/is-capped", test_delay_is_capped);
  g_test_add_func ("/retry/delay/saturates", test_delay_saturates);
  g_test_add_func ("/retry/jitter/symmetric", test_jitter_symmetric);
  g_test_add_func ("/retry/jitter/equal", test_jitter_equal);
  g_test_add_func ("/retry/jitter/full", test_jitter_full);
  g_test_add_func ("/retry/jitter/decorrelated", test_jitter_decorrelated);
  g_test_add_func ("/retry/jitter/is-capped", test_jitter_is_capped);
  g_test_add_func ("/retry/retry-on/everything", test_retry_on_everything);
  g_test_add_func ("/retry/retry-on/some", test_retry_on_some);
  g_test_add_func ("/retry/retry-on/makes-another", test_retry_on_makes_another);
  g_test_add_func ("/retry/retry-if/function", test_retry_if);
  g_test_add_data_func ("/retry/retry-if/closure", NULL, test_retry_if_closure);
  g_test_add_data_func ("/retry/retry-if/closure-with-marshal", "", test_retry_if_closure);
  g_test_add_func ("/retry/retry-if/data-destroyed", test_retry_if_data_destroyed);
  g_test_add_func ("/retry/delay-hook", test_delay_hook);
  g_test_add_func ("/retry/elapsed", test_elapsed);
  g_test_add_func ("/retry/null/is-refused", test_null_is_refused);
  return g_test_run ();
}
