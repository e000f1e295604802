/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A plug-in that uses the library; test-unload.c loads and unloads it. */

#include <asynclit-glib.h>

gboolean plugin_use (void);
void plugin_leave_running (gint *n_ended);

static void
work (AsyncLitTask *task, GCancellable *cancellable, gpointer data)
{
  asynclit_task_return_boolean (task, TRUE);
}

/* Uses all threads, ends them, and returns whether that succeeded. */
gboolean
plugin_use (void)
{
  for (guint i = 0; i < 50; i++)
    {
      g_autoptr (AsyncLitTask) task
          = i % 2 != 0 ? asynclit_run (work, NULL, NULL) : asynclit_run_async (work, NULL, NULL);

      if (!asynclit_task_wait (task, 60, NULL, NULL))
        return FALSE;
    }
  return asynclit_shutdown (60);
}

/* Continues for a while after the plug-in is unloaded. */
static void
work_long (AsyncLitTask *task, GCancellable *cancellable, gpointer data)
{
  gint *n_ended = data;
  gint64 end = g_get_monotonic_time () + 50 * G_TIME_SPAN_MILLISECOND;

  while (g_get_monotonic_time () < end)
    g_thread_yield ();
  asynclit_task_return_boolean (task, TRUE);
  g_atomic_int_inc (n_ended);
}

void
plugin_leave_running (gint *n_ended)
{
  g_object_unref (asynclit_run (work_long, n_ended, NULL));
}
