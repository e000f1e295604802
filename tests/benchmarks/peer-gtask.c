/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* GTask: g_task_run_in_thread() with a callback. */

#include "bench.h"

#include <gio/gio.h>

static void
start (void)
{
}

static void
work (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  g_task_return_boolean (task, TRUE);
}

static void
work_block (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  bench_block ();
}

static void
on_ready (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_task_propagate_boolean (G_TASK (result), NULL);
  bench_completed ();
}

static void
submit (void)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, on_ready, NULL);

  g_task_run_in_thread (task, work);
}

static void
submit_blocker (void)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, on_ready, NULL);

  g_task_run_in_thread (task, work_block);
}

/* GLib adds threads while the pool is full, more and more slowly: enough for some seconds. */
static guint
count_blockers (void)
{
  return 100;
}

/* GLib's constant. */
static guint
count_threads (void)
{
  return 10;
}

const BenchPeer bench_peer_gtask = {
  .name = "gtask",
  .title = "GTask",
  .start = start,
  .submit = submit,
  .submit_blocker = submit_blocker,
  .iterate = bench_iterate_default_context,
  .count_blockers = count_blockers,
  .count_threads = count_threads,
};
