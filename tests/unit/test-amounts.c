/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The arithmetic of progress, with a time that the test moves, and its text. */

#include "asynclit-amounts-private.h"
#include "asynclit-amounts-text-private.h"

#include <locale.h>
#include <math.h>

#define SECOND G_USEC_PER_SEC
#define TOLERANCE 1e-9

static gint64 now = 1;

static void
move (double seconds)
{
  now += (gint64) (seconds * SECOND);
}

/* Reports at a constant speed. */
static void
work (AsyncLitAmounts *amounts, double seconds, double step, double speed, double total)
{
  for (double t = 0; t + step / 2 < seconds; t += step)
    {
      move (step);
      asynclit_amounts_set (amounts, amounts->done + step * speed, total, now);
    }
}

#define assert_near(actual, expected, tolerance)                                                   \
  g_assert_cmpfloat_with_epsilon (actual, expected, tolerance)

static void
test_nothing (void)
{
  AsyncLitAmounts amounts = { 0 };

  assert_near (asynclit_amounts_get_fraction (&amounts), -1, 0.1);
  assert_near (asynclit_amounts_get_rate (&amounts, now), 0, TOLERANCE);
  assert_near (asynclit_amounts_get_remaining (&amounts, now), -1, TOLERANCE);
}

static void
test_fraction (void)
{
  AsyncLitAmounts amounts = { 0 };

  g_assert_true (asynclit_amounts_set (&amounts, 10, 40, now));
  assert_near (asynclit_amounts_get_fraction (&amounts), 0.25, TOLERANCE);
  g_assert_false (asynclit_amounts_set (&amounts, 10, 40, now));
  g_assert_true (asynclit_amounts_set (&amounts, 10, 20, now));
  assert_near (asynclit_amounts_get_fraction (&amounts), 0.5, TOLERANCE);
  asynclit_amounts_set (&amounts, 50, 40, now);
  assert_near (asynclit_amounts_get_fraction (&amounts), 1, TOLERANCE);
  asynclit_amounts_set (&amounts, 50, 0, now);
  assert_near (asynclit_amounts_get_fraction (&amounts), -1, TOLERANCE);
}

/* From the first samples on, however large the steps. */
static void
test_constant_rate (void)
{
  const double steps[] = { 0.001, 0.1, 1, 7 };

  for (gsize i = 0; i < G_N_ELEMENTS (steps); i++)
    {
      AsyncLitAmounts amounts = { 0 };

      asynclit_amounts_set (&amounts, 0, 1000, now);
      for (int n = 0; n < 3; n++)
        {
          work (&amounts, MAX (2, steps[i]), steps[i], 10, 1000);
          assert_near (asynclit_amounts_get_rate (&amounts, now), 10, 0.02);
          assert_near (asynclit_amounts_get_remaining (&amounts, now), (1000 - amounts.done) / 10,
                       0.3);
        }
    }
}

/* Five seconds at another speed count for 1 - 1/e of it, but for the weights that are missing. */
static void
test_rate_follows (void)
{
  AsyncLitAmounts amounts = { 0 };

  asynclit_amounts_set (&amounts, 0, 10000, now);
  work (&amounts, 100, 0.1, 10, 10000);
  work (&amounts, 5, 0.1, 20, 10000);
  assert_near (asynclit_amounts_get_rate (&amounts, now), 20 - 10 * exp (-1), 0.01);
  work (&amounts, 100, 0.1, 20, 10000);
  assert_near (asynclit_amounts_get_rate (&amounts, now), 20, 0.01);
}

/* Reports every two seconds don't make the rate swing; when they cease it falls. */
static void
test_rate_falls (void)
{
  AsyncLitAmounts amounts = { 0 };

  asynclit_amounts_set (&amounts, 0, 1000, now);
  work (&amounts, 60, 0.5, 10, 1000);
  move (1.9);
  assert_near (asynclit_amounts_get_rate (&amounts, now), 10, 0.01);
  move (5.1);
  assert_near (asynclit_amounts_get_rate (&amounts, now), 10 * exp (-1), 0.01);
  move (1e9);
  assert_near (asynclit_amounts_get_rate (&amounts, now), 0, 0.01);
  assert_near (asynclit_amounts_get_remaining (&amounts, now), -1, TOLERANCE);
}

static void
test_too_early (void)
{
  AsyncLitAmounts amounts = { 0 };

  asynclit_amounts_set (&amounts, 0, 100, now);
  work (&amounts, 0.5, 0.1, 10, 100);
  assert_near (asynclit_amounts_get_remaining (&amounts, now), -1, TOLERANCE);
  work (&amounts, 0.6, 0.1, 10, 100);
  assert_near (asynclit_amounts_get_remaining (&amounts, now), 8.9, 0.01);
  asynclit_amounts_set (&amounts, 100, 100, now);
  assert_near (asynclit_amounts_get_remaining (&amounts, now), 0, TOLERANCE);
}

/* The amounts before a decrease do not affect the rate. */
static void
test_goes_back (void)
{
  AsyncLitAmounts amounts = { 0 };

  asynclit_amounts_set (&amounts, 0, 100, now);
  work (&amounts, 10, 0.1, 5, 100);
  asynclit_amounts_set (&amounts, 0, 100, now);
  assert_near (asynclit_amounts_get_rate (&amounts, now), 0, TOLERANCE);
  work (&amounts, 3, 0.1, 2, 100);
  assert_near (asynclit_amounts_get_rate (&amounts, now), 2, 0.01);
}

static void
test_parts (void)
{
  AsyncLitAmounts amounts = { 0 };

  asynclit_amounts_begin_part (&amounts, 0.2, now);
  assert_near (asynclit_amounts_get_fraction (&amounts), 0, TOLERANCE);
  asynclit_amounts_set (&amounts, 5, 10, now);
  assert_near (asynclit_amounts_get_fraction (&amounts), 0.1, TOLERANCE);
  move (2);
  asynclit_amounts_begin_part (&amounts, 0.5, now);
  /* The amounts of the part before stay until there are others. */
  assert_near (amounts.done, 5, TOLERANCE);
  assert_near (asynclit_amounts_get_fraction (&amounts), 0.2, TOLERANCE);
  assert_near (asynclit_amounts_get_remaining (&amounts, now), 8, TOLERANCE);
  g_assert_true (asynclit_amounts_set (&amounts, 5, 10, now));
  assert_near (asynclit_amounts_get_fraction (&amounts), 0.45, TOLERANCE);
  asynclit_amounts_begin_part (&amounts, 0.9, now);
  asynclit_amounts_set (&amounts, 10, 10, now);
  assert_near (asynclit_amounts_get_fraction (&amounts), 1, TOLERANCE);
  asynclit_amounts_begin_part (&amounts, 0.9, now);
  assert_near (asynclit_amounts_get_fraction (&amounts), 1, TOLERANCE);
}

static void
test_again (void)
{
  AsyncLitAmounts amounts = { .unit = ASYNCLIT_UNIT_BYTES };

  asynclit_amounts_begin_part (&amounts, 0.5, now);
  asynclit_amounts_set (&amounts, 10, 10, now);
  asynclit_amounts_begin_again (&amounts);
  assert_near (amounts.done, 10, TOLERANCE);
  g_assert_cmpint ((int) amounts.unit, ==, ASYNCLIT_UNIT_BYTES);
  asynclit_amounts_begin_part (&amounts, 0.5, now);
  assert_near (asynclit_amounts_get_fraction (&amounts), 0, TOLERANCE);
}

static void
test_large (void)
{
  AsyncLitAmounts amounts = { 0 };

  asynclit_amounts_set (&amounts, 0, G_MAXDOUBLE, now);
  move (2);
  asynclit_amounts_set (&amounts, G_MAXDOUBLE, G_MAXDOUBLE, now);
  assert_near (asynclit_amounts_get_fraction (&amounts), 1, TOLERANCE);
  g_assert_true (isfinite (asynclit_amounts_get_rate (&amounts, now)));
  g_assert_true (isfinite (asynclit_amounts_get_remaining (&amounts, now)));
}

/* Text */

static void
assert_text (AsyncLitUnit unit, double done, double total, double rate, double remaining,
             const char *expected)
{
  AsyncLitAmountsText text = { NULL, done, total, unit, rate, remaining };
  g_autofree char *formatted = asynclit_amounts_text_format (&text);

  g_assert_cmpstr (formatted, ==, expected);
}

#define MB 1e6

static void
test_text (void)
{
  AsyncLitAmountsText text = { "Copying", 12, 40, ASYNCLIT_UNIT_FILES, 3.14, 120 };
  g_autofree char *all = asynclit_amounts_text_format (&text);

  g_assert_cmpstr (all, ==, "Copying · 12 of 40 files · 3.1/s · 2 minutes left");
  assert_text (ASYNCLIT_UNIT_BYTES, 12 * MB, 40 * MB, 3.1 * MB, 9,
               "12.0\u00a0MB of 40.0\u00a0MB · 3.1\u00a0MB/s · 9 seconds left");
  assert_text (ASYNCLIT_UNIT_BYTES, 12 * MB, 0, 0, -1, "12.0\u00a0MB");
  assert_text (ASYNCLIT_UNIT_FILES, 0, 1, 0, -1, "0 of 1 file");
  assert_text (ASYNCLIT_UNIT_FILES, 1, 0, 12.3, -1, "1 file · 12/s");
  assert_text (ASYNCLIT_UNIT_FOLDERS, 2, 3, 0.01, -1, "2 of 3 folders");
  assert_text (ASYNCLIT_UNIT_FOLDERS, 2, 0, 0, -1, "2 folders");
  assert_text (ASYNCLIT_UNIT_ITEMS, 12, 40, 0, -1, "12 of 40");
  assert_text (ASYNCLIT_UNIT_ITEMS, 1, 0, 0, -1, "1 item");
  assert_text (ASYNCLIT_UNIT_ITEMS, 0.305, 1, 0, -1, "30 %");
  assert_text (ASYNCLIT_UNIT_ITEMS, 0, 0, 0, -1, "");
  assert_text (ASYNCLIT_UNIT_ITEMS, G_MAXDOUBLE, 0, 0, -1, "9007199254740992 items");
}

static void
assert_remaining (double seconds, const char *expected)
{
  g_autofree char *formatted = asynclit_amounts_text_format_remaining (seconds);

  g_assert_cmpstr (formatted, ==, expected);
}

static void
test_remaining (void)
{
  assert_remaining (-1, NULL);
  assert_remaining (NAN, NULL);
  assert_remaining (0, "0 seconds left");
  assert_remaining (0.1, "1 second left");
  assert_remaining (59, "59 seconds left");
  assert_remaining (59.5, "1 minute left");
  assert_remaining (61, "2 minutes left");
  assert_remaining (3600, "1 hour left");
  assert_remaining (48 * 3600, "48 hours left");
  assert_remaining (49 * 3600, "3 days left");
  assert_remaining (G_MAXDOUBLE, NULL);
}

int
main (int argc, char **argv)
{
  setlocale (LC_ALL, "C.UTF-8");
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/amounts/nothing", test_nothing);
  g_test_add_func ("/amounts/fraction", test_fraction);
  g_test_add_func ("/amounts/constant-rate", test_constant_rate);
  g_test_add_func ("/amounts/rate-follows", test_rate_follows);
  g_test_add_func ("/amounts/rate-falls", test_rate_falls);
  g_test_add_func ("/amounts/too-early", test_too_early);
  g_test_add_func ("/amounts/goes-back", test_goes_back);
  g_test_add_func ("/amounts/parts", test_parts);
  g_test_add_func ("/amounts/again", test_again);
  g_test_add_func ("/amounts/large", test_large);
  g_test_add_func ("/amounts/text", test_text);
  g_test_add_func ("/amounts/remaining", test_remaining);
  return g_test_run ();
}
