/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A task that sometimes fails, and a policy that retries it, but only after transient errors.
 *
 *   retry [FAILURES]
 *
 * In the first FAILURES attempts, the service is busy. */

#include <asynclit-glib.h>
#include <stdlib.h>

static int failures = 2;

/* Called once for each attempt.
 *
 * Runs on: pool */
static void
ask_service (AsyncLitTask *task, GCancellable *cancellable, gpointer user_data)
{
  guint attempt = asynclit_task_get_attempt (task);

  if ((int) attempt <= failures)
    asynclit_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_BUSY,
                                    "attempt %u: the service is busy", attempt);
  else
    asynclit_task_return_string (task, "the service has answered");
}

/* Runs on: owner context */
static void
on_retrying (AsyncLitTask *task, guint attempt, double delay, const GError *error,
             gpointer user_data)
{
  g_print ("%s; again in %.2f s\n", error->message, delay);
}

/* Runs on: owner context */
static void
on_completed (AsyncLitTask *task, gpointer user_data)
{
  g_main_loop_quit (user_data);
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AsyncLitRetryPolicy) policy = NULL;
  g_autoptr (AsyncLitRetryPolicy) policy_if_busy = NULL;
  g_autoptr (AsyncLitTask) task = NULL;
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  const GValue *result;

  if (argc > 1)
    failures = atoi (argv[1]);

  /* Five attempts, with delays of 50, 100, 200 and 400 ms: at most a second each, without jitter,
   * and without a limit on the total time. */
  policy = asynclit_retry_policy_new_full (5, 0.05, 1.0, 2.0, 0.0, 0.0, &error);
  policy_if_busy = asynclit_retry_policy_with_retry_on (policy, G_IO_ERROR, G_IO_ERROR_BUSY);

  task = asynclit_task_manager_submit (asynclit_get_default_manager (), policy_if_busy, ask_service,
                                       NULL, NULL);
  g_signal_connect (task, "retrying", G_CALLBACK (on_retrying), NULL);
  g_signal_connect (task, "completed", G_CALLBACK (on_completed), loop);
  g_main_loop_run (loop);

  result = asynclit_task_get_result (task, &error);
  if (result == NULL)
    {
      g_printerr ("%s; giving up\n", error->message);
      return 1;
    }
  g_print ("%s\n", g_value_get_string (result));
  return 0;
}
