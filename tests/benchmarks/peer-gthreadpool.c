/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* GThreadPool with an idle source for each completion and each value: no cancellation, no status,
 * no result. It has as many threads as there are processors, which is best for jobs that do
 * nothing.
 *
 * The sources have the default priority, as important completions should; or that of g_idle_add(),
 * which is below drawing. */

#include "bench.h"

/* A job without arguments and results still needs an object; this contains the minimum that such a
 * program needs. */
typedef struct {
  BenchWork work; /* NULL for a reporter */
  guint n_values;
  GMainContext *context;
} Job;

static GThreadPool *pool;
static guint max_threads;
static int priority;

static void
attach (GMainContext *context, GSourceFunc callback, gpointer data)
{
  g_autoptr (GSource) source = g_idle_source_new ();

  g_source_set_priority (source, priority);
  g_source_set_callback (source, callback, data, NULL);
  g_source_attach (source, context);
}

static gboolean
on_completed (gpointer job)
{
  g_free (job);
  bench_completed ();
  return G_SOURCE_REMOVE;
}

static gboolean
on_value (gpointer value)
{
  bench_arrived ();
  return G_SOURCE_REMOVE;
}

static void
run (gpointer data, gpointer user_data)
{
  Job *job = data;

  if (job->work != NULL)
    job->work ();
  for (guint i = 0; i < job->n_values; i++)
    attach (job->context, on_value, GUINT_TO_POINTER (i));
  attach (job->context, on_completed, job);
}

static void
start (guint n_threads)
{
  max_threads = n_threads > 0 ? n_threads : g_get_num_processors ();
  priority = G_PRIORITY_DEFAULT;
  pool = g_thread_pool_new (run, NULL, (gint) max_threads, FALSE, NULL);
}

static void
start_low (guint n_threads)
{
  start (n_threads);
  priority = G_PRIORITY_DEFAULT_IDLE;
}

static void
push (BenchWork work, guint n_values)
{
  Job *job = g_new (Job, 1);

  *job = (Job){ work, n_values, bench_get_context () };
  g_thread_pool_push (pool, job, NULL);
}

static void
submit (BenchWork work)
{
  push (work, 0);
}

static void
submit_reporter (guint n_values)
{
  push (NULL, n_values);
}

static guint
count_threads (void)
{
  return max_threads;
}

#define COMMON                                                                                     \
  .uses_main_context = TRUE, .can_set_threads = TRUE,                                              \
  .start_producer = bench_start_context_producer, .stop_producer = bench_stop_context_producer,    \
  .submit = submit, .submit_reporter = submit_reporter, .iterate = bench_iterate_context,          \
  .count_threads = count_threads, .count_blockers = count_threads

const BenchPeer bench_peer_gthreadpool = {
  .name = "gthreadpool",
  .title = "GThreadPool + source",
  .start = start,
  COMMON,
};

const BenchPeer bench_peer_gthreadpool_low = {
  .name = "gthreadpool-low",
  .title = "GThreadPool + g_idle_add",
  .only_for = "frames",
  .start = start_low,
  COMMON,
};
