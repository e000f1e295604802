/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Several threads submit a burst each, at the same time, and each receives its completions in a
 * main context, or loop, of its own. */

#include "bench.h"

static const BenchFigure figures[] = {
  { "wall", "wall, ns" },
  { "cpu", "CPU, ns" },
  { "sleeps", "sleeps" },
  { NULL },
};

static const BenchCase cases[] = {
  { "1", "1", 100000, 1000, 1 },
  { "2", "2", 100000, 1000, 2 },
  { "4", "4", 100000, 1000, 4 },
  { NULL },
};

typedef struct {
  const BenchPeer *peer;
  guint jobs;
} Share;

static gboolean
applies (const BenchPeer *peer, const BenchCase *asked)
{
  return peer->start_producer != NULL;
}

static gpointer
produce (gpointer user_data)
{
  const Share *share = user_data;

  share->peer->start_producer ();
  bench_begin (share->peer, share->jobs, NULL);
  bench_submit_to (share->jobs, bench_work_nothing);
  bench_iterate_to_end ();
  share->peer->stop_producer ();
  return NULL;
}

static void
measure (const BenchPeer *peer, const BenchCase *asked, guint jobs)
{
  g_autoptr (GPtrArray) threads = g_ptr_array_new ();
  Share share = { peer, jobs / asked->number };
  BenchUsage begun;

  bench_start (peer, 0);
  begun = bench_usage_now ();
  for (guint i = 0; i < asked->number; i++)
    g_ptr_array_add (threads, g_thread_new ("producer", produce, &share));
  for (guint i = 0; i < asked->number; i++)
    g_thread_join (g_ptr_array_index (threads, i));
  bench_yield_usage (&begun, jobs);
}

static const BenchQuestion question = {
  .name = "producers",
  .title = "Several threads that submit at the same time",
  .case_title = "producers",
  .figures = figures,
  .cases = cases,
  .applies = applies,
  .measure = measure,
};

int
main (int argc, char *argv[])
{
  return bench_main (argc, argv, &question);
}
