/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Whether and when there is another attempt, and what servers say about it. */

#include "test-support.h"

#include <math.h>

static AsyncLitRetryPolicy *
policy (double max_elapsed)
{
  return asynclit_retry_policy_new_full (3, 1, 60, 2, 0, max_elapsed, NULL);
}

static double
next_delay (AsyncLitRetryPolicy *retry, int code, guint attempt, double age)
{
  g_autoptr (GError) error = g_error_new_literal (G_IO_ERROR, code, "As the test says");

  return asynclit_retry_policy_next_delay (retry, error, attempt,
                                           asynclit_retry_policy_start_time () - age);
}

static void
test_attempts (void)
{
  g_autoptr (AsyncLitRetryPolicy) retry = policy (0);

  g_assert_cmpfloat (next_delay (retry, G_IO_ERROR_BUSY, 1, 0), ==, 1);
  g_assert_cmpfloat (next_delay (retry, G_IO_ERROR_BUSY, 2, 1e9), ==, 2);
  g_assert_cmpfloat (next_delay (retry, G_IO_ERROR_BUSY, 3, 0), <, 0);
  g_assert_cmpfloat (next_delay (retry, G_IO_ERROR_BUSY, G_MAXUINT, 0), <, 0);
}

static void
test_errors (void)
{
  g_autoptr (AsyncLitRetryPolicy) every = policy (0);
  g_autoptr (AsyncLitRetryPolicy) retry
      = asynclit_retry_policy_with_retry_on (every, G_IO_ERROR, G_IO_ERROR_BUSY);

  g_assert_cmpfloat (next_delay (every, G_IO_ERROR_CANCELLED, 1, 0), <, 0);
  g_assert_cmpfloat (next_delay (retry, G_IO_ERROR_NOT_FOUND, 1, 0), <, 0);
  g_assert_cmpfloat (next_delay (retry, G_IO_ERROR_BUSY, 1, 0), ==, 1);
}

/* An attempt that would begin too late is not waited for. */
static void
test_elapsed (void)
{
  g_autoptr (AsyncLitRetryPolicy) retry = policy (1000);

  g_assert_cmpfloat (next_delay (retry, G_IO_ERROR_BUSY, 1, 900), ==, 1);
  g_assert_cmpfloat (next_delay (retry, G_IO_ERROR_BUSY, 1, 999.5), <, 0);
  g_assert_cmpfloat (next_delay (retry, G_IO_ERROR_BUSY, 1, 1001), <, 0);
}

static double
choose_delay (const GError *error, guint attempt_index, double computed, gpointer user_data)
{
  const double *delay = user_data;

  g_assert_cmpfloat (computed, ==, attempt_index + 1);
  return *delay;
}

static void
marshal_delay (GClosure *closure, GValue *result, guint n_params, const GValue *params,
               gpointer hint, gpointer marshal_data)
{
  g_value_set_double (result,
                      choose_delay (g_value_get_boxed (&params[0]), g_value_get_uint (&params[1]),
                                    g_value_get_double (&params[2]), closure->data));
}

/* The computed delay is used if the function does not return a valid one. */
static void
test_delay_func (gconstpointer with_closure)
{
  static const double delays[][2]
      = { { 7, 7 }, { 0, 0 }, { 1e300, 1e300 }, { -1, 2 }, { NAN, 2 }, { INFINITY, 2 } };
  g_autoptr (AsyncLitRetryPolicy) plain = policy (0);

  for (guint i = 0; i < G_N_ELEMENTS (delays); i++)
    {
      g_autoptr (AsyncLitRetryPolicy) retry = NULL;
      gpointer data = (gpointer) &delays[i][0];

      if (with_closure != NULL)
        {
          GClosure *closure = g_closure_new_simple (sizeof (GClosure), data);

          g_closure_set_marshal (closure, marshal_delay);
          retry = asynclit_retry_policy_with_delay_func_closure (plain, closure);
        }
      else
        retry = asynclit_retry_policy_with_delay_func (plain, choose_delay, data, NULL);
      g_assert_cmpfloat (next_delay (retry, G_IO_ERROR_BUSY, 2, 0), ==, delays[i][1]);
    }
}

static void
test_refused (void)
{
  g_autoptr (AsyncLitRetryPolicy) retry = policy (0);
  double seconds = 0;

  g_test_expect_message ("AsyncLit", G_LOG_LEVEL_CRITICAL, "*error != NULL*");
  g_assert_cmpfloat (asynclit_retry_policy_next_delay (retry, NULL, 1, 0), ==, -1);
  g_test_expect_message ("AsyncLit", G_LOG_LEVEL_CRITICAL, "*attempt > 0*");
  g_assert_cmpfloat (next_delay (retry, G_IO_ERROR_BUSY, 0, 0), ==, -1);
  g_test_expect_message ("AsyncLit", G_LOG_LEVEL_CRITICAL, "*value != NULL*");
  g_assert_false (asynclit_parse_retry_after (NULL, NULL, &seconds));
  g_test_assert_expected_messages ();
}

/* Retry-After */

static void
test_retry_after (void)
{
  static const struct {
    const char *value;
    double seconds;
  } values[] = {
    { "120", 120 },
    { " 0\t", 0 },
    { "999999999", 999999999 },
    { "Fri, 31 Dec 1999 23:59:59 GMT", 1 },
    { "Friday, 31-Dec-99 23:59:59 GMT", 1 },
    { "Fri Dec 31 23:59:59 1999", 1 },
    { "Sun, 06 Nov 1994 08:49:37 GMT", 0 },
    { "Sun Nov  6 08:49:37 1994", 0 },
    { "Saturday, 01-Jan-00 00:00:58 GMT", 60 },
    { "Sat, 01 Jan 2000 00:00:60 GMT", 61 },
  };
  g_autoptr (GDateTime) now = g_date_time_new_utc (1999, 12, 31, 23, 59, 58);

  for (guint i = 0; i < G_N_ELEMENTS (values); i++)
    {
      double seconds = -5;

      g_assert_true (asynclit_parse_retry_after (values[i].value, now, &seconds));
      g_assert_cmpfloat (seconds, ==, values[i].seconds);
    }
}

static void
test_retry_after_invalid (void)
{
  static const char *const values[] = { "",
                                        " ",
                                        "-1",
                                        "1.5",
                                        "1e3",
                                        "+5",
                                        "12 s",
                                        "0x10",
                                        "9999999999",
                                        "soon",
                                        "Fri, 31 Dec 1999",
                                        "Fri, 31 Dec 1999 23:59:59",
                                        "Fri, 31 Dec 1999 23:59:59 GMT x",
                                        "Fri, 31 Foo 1999 23:59:59 GMT",
                                        "Fri, 32 Dec 1999 23:59:59 GMT",
                                        "Fri, 31 Dec 1999 24:59:59 GMT",
                                        "Fri, 31 Dec 1999 23:59:61 GMT",
                                        "Fri, 31 Dec 1999 +3:59:59 GMT",
                                        "Fri, 31 Dec --99 23:59:59 GMT",
                                        "Friday, 31-Dec-99 23:-9:59 GMT",
                                        "Friday, 31-Dec-99 23:59:59 CET",
                                        "Fri Dec 31 23:59:59 99999",
                                        "1999-12-31T23:59:59Z" };

  for (guint i = 0; i < G_N_ELEMENTS (values); i++)
    {
      double seconds = 5;

      g_assert_false (asynclit_parse_retry_after (values[i], NULL, &seconds));
      g_assert_cmpfloat (seconds, ==, -1);
    }
}

/* Without a time, the present one. */
static void
test_retry_after_now (void)
{
  double seconds = 0;

  g_assert_true (asynclit_parse_retry_after ("Thu, 31 Dec 9998 23:59:59 GMT", NULL, &seconds));
  g_assert_cmpfloat (seconds, >, 1e11);
  g_assert_true (asynclit_parse_retry_after ("Sun, 06 Nov 1994 08:49:37 GMT", NULL, &seconds));
  g_assert_cmpfloat (seconds, ==, 0);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/retry-decision/attempts", test_attempts);
  g_test_add_func ("/retry-decision/errors", test_errors);
  g_test_add_func ("/retry-decision/elapsed", test_elapsed);
  g_test_add_data_func ("/retry-decision/delay-func", NULL, test_delay_func);
  g_test_add_data_func ("/retry-decision/delay-func-closure", "", test_delay_func);
  g_test_add_func ("/retry-decision/refused", test_refused);
  g_test_add_func ("/retry-after/valid", test_retry_after);
  g_test_add_func ("/retry-after/invalid", test_retry_after_invalid);
  g_test_add_func ("/retry-after/now", test_retry_after_now);

  return g_test_run ();
}
