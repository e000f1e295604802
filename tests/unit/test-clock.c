/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "asynclit-clock-private.h"

static gint64 manual_now;

static gint64
get_manual_now (void)
{
  return manual_now;
}

static void
test_real (void)
{
  gint64 before = g_get_monotonic_time ();
  gint64 now = asynclit_clock_now ();

  g_assert_true (asynclit_clock_is_real ());
  g_assert_cmpint (before, <=, now);
  g_assert_cmpint (now, <=, g_get_monotonic_time ());
}

static void
test_replaced (void)
{
  asynclit_clock_replace (get_manual_now);
  manual_now = 5;
  g_assert_false (asynclit_clock_is_real ());
  g_assert_cmpint (asynclit_clock_now (), ==, 5);
  manual_now = G_GINT64_CONSTANT (31536000000000);
  g_assert_cmpint (asynclit_clock_now (), ==, G_GINT64_CONSTANT (31536000000000));
  asynclit_clock_set_slept (3);
  g_assert_cmpint (asynclit_clock_boot_now (), ==, manual_now + 3);
  asynclit_clock_set_slept (0);
  asynclit_clock_replace (NULL);
  g_assert_true (asynclit_clock_is_real ());
  g_assert_cmpint (asynclit_clock_boot_now (), >=, g_get_monotonic_time () - G_USEC_PER_SEC);
}

static void
test_unix (void)
{
  gint64 before = g_get_real_time ();

  g_assert_cmpint (before, <=, asynclit_clock_unix_now ());
  asynclit_clock_replace (get_manual_now);
  manual_now = 7;
  g_assert_cmpint (asynclit_clock_unix_now (), ==, 7);
  asynclit_clock_replace (NULL);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/clock/real", test_real);
  g_test_add_func ("/clock/replaced", test_replaced);
  g_test_add_func ("/clock/unix", test_unix);
  return g_test_run ();
}
