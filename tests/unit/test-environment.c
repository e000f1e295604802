/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "asynclit-environment-private.h"

#define NAME ASYNCLIT_POOL_THREADS

static guint
get_count (const char *value)
{
  if (value != NULL)
    g_setenv (NAME, value, TRUE);
  else
    g_unsetenv (NAME);
  return asynclit_environment_get_count (NAME, MAX_POOL_THREADS_SET);
}

/* Only the first invalid value is logged, and a long one is shortened. */
static void
test_told_once (void)
{
  g_autofree char *endless = g_strnfill (5000, '9');

  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_MESSAGE,
                         "ASYNCLIT_POOL_THREADS=\"99999999999999999999999999999999…\" is not a "
                         "whole number from 1 to 1024: going on without it");
  g_assert_cmpuint (get_count (endless), ==, 0);
  g_test_assert_expected_messages ();
  g_assert_cmpuint (get_count (endless), ==, 0);
}

static void
test_odd (void)
{
  static const char *const odd[] = { "0",   "abc", "-3",   "+4",   " 3", "3 ", "3\n", "1e2",
                                     "0x10", "3.0", "1025", "99999999999", "٣", "²", "\xff" };

  for (gsize i = 0; i < G_N_ELEMENTS (odd); i++)
    g_assert_cmpuint (get_count (odd[i]), ==, 0);
}

static void
test_counts (void)
{
  g_assert_cmpuint (get_count (NULL), ==, 0);
  g_assert_cmpuint (get_count (""), ==, 0);
  g_assert_cmpuint (get_count ("1"), ==, 1);
  g_assert_cmpuint (get_count ("007"), ==, 7);
  g_assert_cmpuint (get_count ("1024"), ==, MAX_POOL_THREADS_SET);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/environment/told-once", test_told_once);
  g_test_add_func ("/environment/odd", test_odd);
  g_test_add_func ("/environment/counts", test_counts);
  return g_test_run ();
}
