/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "asynclit-nap-private.h"

static gint64 now = G_USEC_PER_SEC;

static void
sleep_every (AsyncLitNap *nap, gint64 interval, gint64 usec, guint n_times)
{
  for (guint i = 0; i < n_times; i++)
    asynclit_nap_note_sleep (nap, usec, now += interval);
}

static void
sleep_for (AsyncLitNap *nap, gint64 usec, guint n_times)
{
  sleep_every (nap, MAX_SLEEP_INTERVAL_USEC, usec, n_times);
}

static void
finish (AsyncLitNap *nap, guint n_wakeups, gint64 pause)
{
  for (guint i = 0; i < n_wakeups; i++)
    asynclit_nap_note_wakeup (nap, 1000);
  asynclit_nap_end (nap, 1000 + pause);
  g_assert_false (nap->is_napping);
}

/* Only several short sleeps in a row are a reason to nap. */
static void
test_begins (void)
{
  AsyncLitNap nap = { 0 };

  sleep_for (&nap, SHORT_SLEEP_USEC, MIN_SHORT_SLEEPS - 1);
  g_assert_false (asynclit_nap_begin (&nap));
  sleep_for (&nap, SHORT_SLEEP_USEC, 1);
  g_assert_true (asynclit_nap_begin (&nap));
  finish (&nap, MIN_NAP_WAKEUPS, 0);
  g_assert_true (asynclit_nap_begin (&nap));
  finish (&nap, MIN_NAP_WAKEUPS, 0);
  sleep_for (&nap, SHORT_SLEEP_USEC + 1, 1);
  g_assert_false (asynclit_nap_begin (&nap));
  sleep_for (&nap, 0, MIN_SHORT_SLEEPS - 1);
  g_assert_false (asynclit_nap_begin (&nap));
}

/* Jobs that come one at a time, with pauses in between, are no reason to nap. */
static void
test_needs_rush (void)
{
  AsyncLitNap nap = { 0 };

  sleep_every (&nap, MAX_SLEEP_INTERVAL_USEC + 1, 0, 10 * MIN_SHORT_SLEEPS);
  g_assert_false (asynclit_nap_begin (&nap));
  sleep_for (&nap, 0, MIN_SHORT_SLEEPS - 1);
  g_assert_true (asynclit_nap_begin (&nap));
  finish (&nap, MIN_NAP_WAKEUPS, 0);
  sleep_every (&nap, MAX_SLEEP_INTERVAL_USEC + 1, 0, 1);
  g_assert_false (asynclit_nap_begin (&nap));
}

/* After a nap, the number of chances that go by before the next one. */
static guint
count_skipped (AsyncLitNap *nap, guint n_wakeups, gint64 pause)
{
  guint n = 0;

  finish (nap, n_wakeups, pause);
  sleep_for (nap, 0, MIN_SHORT_SLEEPS);
  while (!asynclit_nap_begin (nap))
    n++;
  return n;
}

/* Naps that don't pay become fewer, up to a point; one that pays makes up for all. */
static void
test_backs_off (void)
{
  static const guint skipped[] = { 1, 3, 7, 15, 31, 63, 127, 255, 511, 1023, 1023 };
  AsyncLitNap nap = { 0 };

  sleep_for (&nap, 0, MIN_SHORT_SLEEPS);
  g_assert_true (asynclit_nap_begin (&nap));
  for (guint i = 0; i < G_N_ELEMENTS (skipped); i++)
    g_assert_cmpuint (count_skipped (&nap, MIN_NAP_WAKEUPS - 1, 0), ==, skipped[i]);
  g_assert_cmpuint (count_skipped (&nap, MIN_NAP_WAKEUPS, 0), ==, 0);
  /* Those that came wait for the context now. */
  g_assert_cmpuint (count_skipped (&nap, 100, MAX_NAP_PAUSE_USEC + 1), ==, 1);
  g_assert_cmpuint (count_skipped (&nap, 0, 0), ==, 3);
  g_assert_cmpuint (count_skipped (&nap, MIN_NAP_WAKEUPS, MAX_NAP_PAUSE_USEC), ==, 0);
}

/* A nap that did not pay has to be earned again. */
static void
test_starts_over (void)
{
  AsyncLitNap nap = { 0 };

  sleep_for (&nap, 0, MIN_SHORT_SLEEPS);
  g_assert_true (asynclit_nap_begin (&nap));
  finish (&nap, 0, 0);
  for (guint i = 0; i < 10; i++)
    g_assert_false (asynclit_nap_begin (&nap));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/nap/begins", test_begins);
  g_test_add_func ("/nap/needs-rush", test_needs_rush);
  g_test_add_func ("/nap/backs-off", test_backs_off);
  g_test_add_func ("/nap/starts-over", test_starts_over);
  return g_test_run ();
}
