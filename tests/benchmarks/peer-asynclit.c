/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* This library, everything switched on: the registry keeps its 256 tasks, status and outcome are
 * there. Heard through a callback, and through the signal.
 */

#include "bench.h"

#include <asynclit-glib.h>
#include <stdlib.h>

static AsyncLitTaskManager *manager;

static void
start (void)
{
  manager = asynclit_task_manager_new ();
}

static void
work (AsyncLitTask *task, GCancellable *cancellable, gpointer user_data)
{
  asynclit_task_return_boolean (task, TRUE);
}

static void
work_block (AsyncLitTask *task, GCancellable *cancellable, gpointer user_data)
{
  bench_block ();
}

static void
on_completed (AsyncLitTask *task, gpointer user_data)
{
  g_object_unref (task);
  bench_completed ();
}

static void
submit (void)
{
  AsyncLitTask *task = asynclit_task_manager_submit (manager, NULL, work, NULL, NULL);

  asynclit_task_add_callback (task, on_completed, NULL, NULL);
}

static void
submit_with_signal (void)
{
  AsyncLitTask *task = asynclit_task_manager_submit (manager, NULL, work, NULL, NULL);

  g_signal_connect (task, "completed", G_CALLBACK (on_completed), NULL);
}

static void
submit_blocker (void)
{
  g_object_unref (asynclit_task_manager_submit (manager, NULL, work_block, NULL, NULL));
}

/* As documented; the variable sets another number. */
static guint
count_threads (void)
{
  const char *chosen = g_getenv ("ASYNCLIT_POOL_THREADS");

  return chosen != NULL ? (guint) atoi (chosen) : MIN (32, g_get_num_processors () + 4);
}

const BenchPeer bench_peer_asynclit = {
  .name = "asynclit",
  .title = "asynclit, callback",
  .start = start,
  .submit = submit,
  .submit_blocker = submit_blocker,
  .iterate = bench_iterate_default_context,
  .count_blockers = count_threads,
  .count_threads = count_threads,
};

const BenchPeer bench_peer_asynclit_signal = {
  .name = "asynclit-signal",
  .title = "asynclit, signal",
  .start = start,
  .submit = submit_with_signal,
  .submit_blocker = submit_blocker,
  .iterate = bench_iterate_default_context,
  .count_blockers = count_threads,
  .count_threads = count_threads,
};
