/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* This library, with all features: the registry keeps its 256 tasks, with their status and outcome.
 * Completions arrive through a callback, or through the signal. */

#include "bench.h"

#include <asynclit-glib.h>

#define THREADS_VARIABLE "ASYNCLIT_POOL_THREADS"

static AsyncLitTaskManager *manager;

static void
start (guint n_threads)
{
  g_autofree char *text = g_strdup_printf ("%u", n_threads);

  if (n_threads > 0)
    g_setenv (THREADS_VARIABLE, text, TRUE);
  manager = asynclit_task_manager_new ();
}

static void
run (AsyncLitTask *task, GCancellable *cancellable, gpointer user_data)
{
  ((BenchWork) user_data) ();
  asynclit_task_return_boolean (task, TRUE);
}

static void
on_completed (AsyncLitTask *task, gpointer user_data)
{
  if (!bench_keeps_handles)
    g_object_unref (task);
  bench_completed ();
}

static void
submit (BenchWork work)
{
  AsyncLitTask *task = asynclit_task_manager_submit (manager, NULL, run, work, NULL);

  asynclit_task_add_callback (task, on_completed, NULL, NULL);
}

static void
submit_with_signal (BenchWork work)
{
  AsyncLitTask *task = asynclit_task_manager_submit (manager, NULL, run, work, NULL);

  g_signal_connect (task, "completed", G_CALLBACK (on_completed), NULL);
}

static gboolean
run_item (AsyncLitTask *task, gsize index, GCancellable *cancellable, gpointer user_data,
          GError **error)
{
  ((BenchWork) user_data) ();
  return TRUE;
}

static void
submit_map (guint n_items, BenchWork work)
{
  AsyncLitTask *task = asynclit_task_manager_map (manager, n_items, run_item, work, NULL);

  asynclit_task_add_callback (task, on_completed, NULL, NULL);
}

static void
run_reporter (AsyncLitTask *task, GCancellable *cancellable, gpointer user_data)
{
  g_auto (GValue) value = G_VALUE_INIT;
  guint n_values = GPOINTER_TO_UINT (user_data);

  g_value_init (&value, G_TYPE_UINT);
  for (guint i = 0; i < n_values; i++)
    {
      g_value_set_uint (&value, i);
      asynclit_task_report_progress (task, &value);
    }
  asynclit_task_return_boolean (task, TRUE);
}

static void
on_progressed (AsyncLitTask *task, const GValue *value, gpointer user_data)
{
  bench_arrived ();
}

/* Without a limit on pending values, like the others: all of them have to arrive. */
static void
submit_reporter (guint n_values)
{
  AsyncLitTask *task = asynclit_task_new ();

  asynclit_task_set_func (task, run_reporter, GUINT_TO_POINTER (n_values), NULL);
  asynclit_task_set_max_progress (task, 0);
  g_signal_connect (task, "progressed", G_CALLBACK (on_progressed), NULL);
  asynclit_task_add_callback (task, on_completed, NULL, NULL);
  asynclit_task_manager_submit_task (manager, task);
}

static guint
count_threads (void)
{
  return asynclit_get_max_threads ();
}

#define COMMON                                                                                     \
  .uses_main_context = TRUE, .has_handles = TRUE, .can_set_threads = TRUE, .start = start,         \
  .start_producer = bench_start_context_producer, .stop_producer = bench_stop_context_producer,    \
  .submit_reporter = submit_reporter, .iterate = bench_iterate_context,                            \
  .count_threads = count_threads, .count_blockers = count_threads

const BenchPeer bench_peer_asynclit = {
  .name = "asynclit",
  .title = "asynclit, callback",
  .submit = submit,
  .submit_map = submit_map,
  COMMON,
};

const BenchPeer bench_peer_asynclit_signal = {
  .name = "asynclit-signal",
  .title = "asynclit, signal",
  .submit = submit_with_signal,
  COMMON,
};
