/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The checks for numbers, enumerations and texts from outside. */

#include "config.h"

#include "asynclit-blocking-private.h"
#include "asynclit-check-private.h"
#include "asynclit-enum-types.h"
#include "asynclit-enums.h"
#include "asynclit-quote-private.h"
#include "asynclit-time-private.h"

#include <string.h>

static const gint64 extremes[] = {
  G_MININT64, G_MININT64 + 1, G_MININT64 + 2,     G_MININT64 / 2, -62135596800000001, -1,         0,
  1,          86400000000,    253402300800000000, G_MAXINT64 / 2, G_MAXINT64 - 1,     G_MAXINT64,
};

static void
test_add (void)
{
  g_assert_cmpint (asynclit_time_add (100, -30), ==, 70);
  g_assert_cmpint (asynclit_time_add (ASYNCLIT_NO_TIME, -1), ==, ASYNCLIT_NO_TIME);
  g_assert_cmpint (asynclit_time_add (ASYNCLIT_NO_TIME, G_MAXINT64), ==, ASYNCLIT_NO_TIME);
  g_assert_cmpint (asynclit_time_add (ASYNCLIT_NEVER, -1), ==, ASYNCLIT_NEVER);
  g_assert_cmpint (asynclit_time_add (ASYNCLIT_LAST_TIME, 1), ==, ASYNCLIT_NEVER);
  g_assert_cmpint (asynclit_time_add (G_MAXINT64 / 2, G_MAXINT64), ==, ASYNCLIT_NEVER);
  /* A time never becomes "no time". */
  g_assert_cmpint (asynclit_time_add (ASYNCLIT_FIRST_TIME, -1), ==, ASYNCLIT_FIRST_TIME);
  g_assert_cmpint (asynclit_time_add (-100, G_MININT64), ==, ASYNCLIT_FIRST_TIME);
  g_assert_cmpint (asynclit_time_add (0, G_MININT64), ==, ASYNCLIT_FIRST_TIME);
}

static void
test_between (void)
{
  g_assert_cmpint (asynclit_time_between (30, 100), ==, 70);
  g_assert_cmpint (asynclit_time_between (100, 30), ==, -70);
  g_assert_cmpint (asynclit_time_between (G_MININT64, G_MAXINT64), ==, G_MAXINT64);
  g_assert_cmpint (asynclit_time_between (G_MAXINT64, G_MININT64), ==, -G_MAXINT64);
  g_assert_cmpint (asynclit_time_between (0, G_MININT64), ==, -G_MAXINT64);
}

/* Whatever the times are, their order is kept, and no two are swapped. */
static void
test_extremes (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (extremes); i++)
    for (guint j = i; j < G_N_ELEMENTS (extremes); j++)
      {
        const gint64 from = extremes[i], to = extremes[j];
        const gint64 middle = asynclit_time_middle (from, to);

        g_assert_cmpint (middle, >=, from);
        g_assert_cmpint (middle, <=, to);
        g_assert_true (from == to || middle < to);
        g_assert_cmpint (asynclit_time_between (from, to), >=, 0);
        g_assert_cmpint (asynclit_time_between (to, from), ==, -asynclit_time_between (from, to));
        g_assert_cmpint (asynclit_time_add (from, MAX (to, 0)), >=, from);
      }
}

static void
test_seconds (void)
{
  g_assert_cmpint (asynclit_seconds_to_usec (1.5), ==, 1500000);
  g_assert_cmpint (asynclit_seconds_to_usec (-1e-6), ==, -1);
  g_assert_cmpint (asynclit_seconds_to_usec (0.3), ==, 300000);
  g_assert_cmpint (asynclit_seconds_to_usec (1e13), ==, G_MAXINT64);
  g_assert_cmpint (asynclit_seconds_to_usec (1e300), ==, G_MAXINT64);
  g_assert_cmpint (asynclit_seconds_to_usec (G_MAXDOUBLE), ==, G_MAXINT64);
  g_assert_cmpint (asynclit_seconds_to_usec (INFINITY), ==, G_MAXINT64);
  g_assert_cmpint (asynclit_seconds_to_usec (-INFINITY), ==, -G_MAXINT64);
  g_assert_cmpint (asynclit_seconds_to_usec (NAN), ==, 0);
}

static void
test_limit (void)
{
  const gint64 now = g_get_monotonic_time ();

  g_assert_cmpint (asynclit_blocking_get_end_time (2), >=, now + 2 * G_USEC_PER_SEC);
  g_assert_cmpint (asynclit_blocking_get_end_time (2), <, now + 90 * G_USEC_PER_SEC);
  g_assert_cmpint (asynclit_blocking_get_end_time (-1), ==, ASYNCLIT_NEVER);
  g_assert_cmpint (asynclit_blocking_get_end_time (-INFINITY), ==, ASYNCLIT_NEVER);
  g_assert_cmpint (asynclit_blocking_get_end_time (INFINITY), ==, ASYNCLIT_NEVER);
  g_assert_cmpint (asynclit_blocking_get_end_time (1e300), ==, ASYNCLIT_NEVER);
}

static void
test_property (void)
{
  g_autoptr (GParamSpec) number
      = g_param_spec_ref_sink (g_param_spec_double ("number", NULL, NULL, 0, 10, 1, 0));
  g_autoptr (GParamSpec) count
      = g_param_spec_ref_sink (g_param_spec_uint ("count", NULL, NULL, 1, 9, 1, 0));
  g_autoptr (GParamSpec) level
      = g_param_spec_ref_sink (g_param_spec_int ("level", NULL, NULL, -5, 5, 1, 0));
  g_autoptr (GParamSpec) choice = g_param_spec_ref_sink (
      g_param_spec_enum ("choice", NULL, NULL, ASYNCLIT_TYPE_OVERLAP, ASYNCLIT_OVERLAP_SKIP, 0));

  g_assert_true (asynclit_property_allows_double (number, 0));
  g_assert_true (asynclit_property_allows_double (number, 10));
  g_assert_false (asynclit_property_allows_double (number, -1e-9));
  g_assert_false (asynclit_property_allows_double (number, INFINITY));
  g_assert_false (asynclit_property_allows_double (number, NAN));
  g_assert_true (asynclit_property_allows_uint (count, 9));
  g_assert_false (asynclit_property_allows_uint (count, 0));
  g_assert_false (asynclit_property_allows_uint (count, G_MAXUINT));
  g_assert_true (asynclit_property_allows_int (level, -5));
  g_assert_false (asynclit_property_allows_int (level, G_MININT));
  g_assert_true (asynclit_property_allows_enum (choice, ASYNCLIT_OVERLAP_QUEUE));
  g_assert_false (asynclit_property_allows_enum (choice, 99));
  g_assert_false (asynclit_property_allows_enum (choice, -1));
  g_assert_true (asynclit_enum_has_value (ASYNCLIT_TYPE_OVERLAP, ASYNCLIT_OVERLAP_QUEUE));
  g_assert_false (asynclit_enum_has_value (ASYNCLIT_TYPE_OVERLAP, 99));
}

static void
test_quote_short (void)
{
  g_autofree char *whole = asynclit_quote ("Europe/Helsinki");
  g_autofree char *none = asynclit_quote (NULL);
  g_autofree char *invalid = asynclit_quote ("\xff/b");
  g_autofree char *around = asynclit_quote_around (invalid, invalid);

  g_assert_cmpstr (whole, ==, "Europe/Helsinki");
  g_assert_cmpstr (none, ==, "");
  g_assert_cmpstr (invalid, ==, "\xEF\xBF\xBD/b");
  g_assert_cmpstr (around, ==, invalid);
}

/* An extract of two megabytes, which begins and ends with whole characters. */
static void
test_quote_long (void)
{
  g_autofree char *text = g_malloc (2000002);
  g_autofree char *begin = NULL;
  g_autofree char *around = NULL;
  g_autofree char *end = NULL;

  for (guint i = 0; i < 1000000; i++)
    memcpy (text + 2 * i, "ä", 2);
  memcpy (text + 1000000, "!", 1);
  memcpy (text + 1000001, "!", 1);
  text[2000000] = '\0';
  begin = asynclit_quote (text);
  around = asynclit_quote_around (text, text + 1000001);
  end = asynclit_quote_around (text, text + 2000000);
  g_assert_cmpuint (strlen (begin), <, 80);
  g_assert_true (g_str_has_suffix (begin, "…"));
  g_assert_cmpuint (strlen (around), <, 140);
  g_assert_nonnull (strstr (around, "ä!!ä"));
  g_assert_true (g_str_has_prefix (around, "…ä"));
  g_assert_true (g_str_has_suffix (around, "ä…"));
  g_assert_cmpuint (strlen (end), <, 80);
  g_assert_true (g_str_has_suffix (end, "ä"));
  g_assert_true (g_utf8_validate (around, -1, NULL));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/numbers/add", test_add);
  g_test_add_func ("/numbers/between", test_between);
  g_test_add_func ("/numbers/extremes", test_extremes);
  g_test_add_func ("/numbers/seconds", test_seconds);
  g_test_add_func ("/numbers/limit", test_limit);
  g_test_add_func ("/numbers/property", test_property);
  g_test_add_func ("/numbers/quote/short", test_quote_short);
  g_test_add_func ("/numbers/quote/long", test_quote_long);
  return g_test_run ();
}
