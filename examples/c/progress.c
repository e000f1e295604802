/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A program with a main loop, as in a graphical program. A task reports its progress and can be
 * cancelled; its progress and its end are signals in the thread of the main loop.
 *
 *   progress [STEPS [CANCEL-AFTER]]
 *
 * With CANCEL-AFTER, the task is cancelled when it has reported that many steps. */

#include <asynclit-glib.h>
#include <stdlib.h>

static gint64 steps = 20, cancel_after = -1;

/* Runs on: pool */
static void
work_in_steps (AsyncLitTask *task, GCancellable *cancellable, gpointer user_data)
{
  g_auto (GValue) step = G_VALUE_INIT;

  g_value_init (&step, G_TYPE_INT64);
  for (gint64 i = 1; i <= steps; i++)
    {
      /* After a cancellation, the result does not matter. This only ends the function soon. */
      if (g_cancellable_is_cancelled (cancellable))
        break;
      g_usleep (20 * 1000);
      g_value_set_int64 (&step, i);
      asynclit_task_report_progress (task, &step);
    }
  asynclit_task_return_string (task, "all steps taken");
}

/* Runs on: owner context */
static void
on_progressed (AsyncLitTask *task, const GValue *step, gpointer user_data)
{
  gint64 number = g_value_get_int64 (step);

  g_print ("step %" G_GINT64_FORMAT " of %" G_GINT64_FORMAT "\n", number, steps);
  if (number == cancel_after)
    asynclit_task_cancel (task);
}

/* Runs on: owner context */
static void
on_completed (AsyncLitTask *task, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  const GValue *result = asynclit_task_get_result (task, &error);

  if (result != NULL)
    g_print ("done: %s\n", g_value_get_string (result));
  else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_print ("cancelled\n");
  else
    g_print ("failed: %s\n", error->message);
  g_main_loop_quit (user_data);
}

int
main (int argc, char **argv)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (AsyncLitTask) task = NULL;

  if (argc > 1)
    steps = atoi (argv[1]);
  if (argc > 2)
    cancel_after = atoi (argv[2]);

  task = asynclit_run (work_in_steps, NULL, NULL);
  /* It is not too late to connect, because no signal is emitted before the main loop runs. */
  g_signal_connect (task, "progressed", G_CALLBACK (on_progressed), NULL);
  g_signal_connect (task, "completed", G_CALLBACK (on_completed), loop);
  g_main_loop_run (loop);
  return 0;
}
