/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Runs another program as a task: the lines that it prints are progress values, and its exit status
 * determines the task's outcome.
 *
 *   subprocess COMMAND [ARGUMENT...]
 *
 * Exit status: that of the command; 2 if it could not be run. */

#include <asynclit-glib.h>

/* Runs on: owner context */
static void
on_progressed (AsyncLitTask *task, const GValue *line, gpointer user_data)
{
  g_print ("> %s\n", g_value_get_string (line));
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
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GError) error = NULL;
  g_autoptr (AsyncLitTask) task = asynclit_task_manager_submit_subprocess (
      asynclit_get_default_manager (), NULL, (const char *const *) argv + 1);

  g_signal_connect (task, "progressed", G_CALLBACK (on_progressed), NULL);
  g_signal_connect (task, "completed", G_CALLBACK (on_completed), loop);
  g_main_loop_run (loop);

  if (asynclit_task_get_result (task, &error) != NULL)
    return 0;
  g_printerr ("%s\n", error->message);
  return error->domain == G_SPAWN_EXIT_ERROR ? error->code : 2;
}
