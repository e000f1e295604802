/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* GTask: g_task_run_in_thread() with a callback. It has no progress: each value is a source. */

#include "bench.h"

#include <gio/gio.h>

static void
start (guint n_threads)
{
}

static void
run (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  ((BenchWork) task_data) ();
  g_task_return_boolean (task, TRUE);
}

static void
on_ready (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_task_propagate_boolean (G_TASK (result), NULL);
  if (bench_keeps_handles)
    g_object_ref (result);
  bench_completed ();
}

static void
submit (BenchWork work)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, on_ready, NULL);

  g_task_set_task_data (task, work, NULL);
  g_task_run_in_thread (task, run);
}

static gboolean
on_value (gpointer value)
{
  bench_arrived ();
  return G_SOURCE_REMOVE;
}

static void
run_reporter (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  guint n_values = GPOINTER_TO_UINT (task_data);

  for (guint i = 0; i < n_values; i++)
    {
      g_autoptr (GSource) idle = g_idle_source_new ();

      g_source_set_priority (idle, g_task_get_priority (task));
      g_source_set_callback (idle, on_value, GUINT_TO_POINTER (i), NULL);
      g_source_attach (idle, g_task_get_context (task));
    }
  g_task_return_boolean (task, TRUE);
}

static void
submit_reporter (guint n_values)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, on_ready, NULL);

  g_task_set_task_data (task, GUINT_TO_POINTER (n_values), NULL);
  g_task_run_in_thread (task, run_reporter);
}

/* GLib's constant. */
static guint
count_threads (void)
{
  return 10;
}

/* GLib adds threads while the pool is full, at increasing intervals. */
static guint
count_blockers (void)
{
  return 100;
}

const BenchPeer bench_peer_gtask = {
  .name = "gtask",
  .title = "GTask",
  .uses_main_context = TRUE,
  .has_handles = TRUE,
  .start = start,
  .start_producer = bench_start_context_producer,
  .stop_producer = bench_stop_context_producer,
  .submit = submit,
  .submit_reporter = submit_reporter,
  .iterate = bench_iterate_context,
  .count_threads = count_threads,
  .count_blockers = count_blockers,
};
