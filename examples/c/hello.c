/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A minimal program: runs a function in the background, polls until it is done, and uses its
 * result. It needs no main loop.
 *
 * The examples print plain text; a real program would translate its messages. */

#include <asynclit-glib.h>

/* Runs on: pool */
static void
count_primes (AsyncLitTask *task, GCancellable *cancellable, gpointer user_data)
{
  guint limit = GPOINTER_TO_UINT (user_data), count = 0;

  for (guint n = 2, d; n < limit; n++)
    {
      for (d = 2; d * d <= n && n % d != 0; d++)
        ;
      count += d * d > n;
    }
  asynclit_task_return_int (task, count);
}

int
main (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_run (count_primes, GUINT_TO_POINTER (1000000), NULL);

  while (!asynclit_task_get_done (task))
    {
      g_print (".");
      g_usleep (50 * 1000);
    }
  g_print (" %" G_GINT64_FORMAT " primes\n",
           g_value_get_int64 (asynclit_task_get_result (task, NULL)));
  return 0;
}
