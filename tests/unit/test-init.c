/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "asynclit-init-private.h"

#include <sys/wait.h>
#include <unistd.h>

static guint n_resets;

static void
count_reset (void)
{
  n_resets++;
}

static int
check_in_child (guint generation)
{
  return asynclit_get_generation () == generation + 1 && n_resets == 1 ? 0 : 1;
}

static void
test_fork (void)
{
  guint generation = asynclit_get_generation ();
  int status;
  pid_t child;

  asynclit_on_fork (count_reset);
  child = fork ();
  g_assert_cmpint (child, >=, 0);
  if (child == 0)
    _exit (check_in_child (generation));
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_true (WIFEXITED (status));
  g_assert_cmpint (WEXITSTATUS (status), ==, 0);
  g_assert_cmpuint (asynclit_get_generation (), ==, generation);
  g_assert_cmpuint (n_resets, ==, 0);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/init/fork", test_fork);
  return g_test_run ();
}
