/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A flood of progress: jobs report values as fast as they can, and each value has to arrive. */

#include "bench.h"

static const BenchFigure figures[] = {
  { "wall", "wall, ns" },
  { "cpu", "CPU, ns" },
  { "sleeps", "sleeps" },
  { NULL },
};

static const BenchCase cases[] = {
  { "1", "1", 1000000, 1000, 1 },
  { "4", "4", 1000000, 1000, 4 },
  { NULL },
};

/* How this library reports completions makes no difference here: one of its variants is enough. */
static gboolean
applies (const BenchPeer *peer, const BenchCase *asked)
{
  return peer->submit_reporter != NULL && !g_str_equal (peer->name, "asynclit-signal");
}

static void
measure (const BenchPeer *peer, const BenchCase *asked, guint jobs)
{
  BenchUsage begun;
  guint share = jobs / asked->number;

  bench_start (peer, 0);
  bench_begin (peer, asked->number, NULL);
  bench_expect_values (share * asked->number);
  begun = bench_usage_now ();
  for (guint i = 0; i < asked->number; i++)
    peer->submit_reporter (share);
  bench_iterate_to_end ();
  bench_yield_usage (&begun, jobs);
}

static const BenchQuestion question = {
  .name = "progress",
  .title = "A flood of progress values",
  .case_title = "jobs that report",
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
