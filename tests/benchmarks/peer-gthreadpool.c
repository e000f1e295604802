/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* GThreadPool with an idle source for each completion: no cancelling, no status, no result. As many
 * threads as there are processors, which suits jobs that do nothing best.
 */

#include "bench.h"

static GThreadPool *pool;

/* A job that takes nothing and gives nothing back still has to be something; what it would carry
 * is the least that such a program needs. */
typedef struct {
  void (*work) (void);
  void (*completed) (void);
} Job;

static gboolean
on_idle (gpointer user_data)
{
  Job *job = user_data;

  job->completed ();
  g_free (job);
  return G_SOURCE_REMOVE;
}

static void
run (gpointer data, gpointer user_data)
{
  Job *job = data;
  g_autoptr (GSource) source = NULL;

  job->work ();
  source = g_idle_source_new ();
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, on_idle, job, NULL);
  g_source_attach (source, NULL);
}

static void
start (void)
{
  pool = g_thread_pool_new (run, NULL, (gint) g_get_num_processors (), FALSE, NULL);
}

static void
push (void (*work) (void))
{
  Job *job = g_new (Job, 1);

  job->work = work;
  job->completed = bench_completed;
  g_thread_pool_push (pool, job, NULL);
}

static void
work_nothing (void)
{
}

static void
submit (void)
{
  push (work_nothing);
}

static void
submit_blocker (void)
{
  push (bench_block);
}

const BenchPeer bench_peer_gthreadpool = {
  .name = "gthreadpool",
  .title = "GThreadPool + idle",
  .start = start,
  .submit = submit,
  .submit_blocker = submit_blocker,
  .iterate = bench_iterate_default_context,
  .count_blockers = g_get_num_processors,
  .count_threads = g_get_num_processors,
};
