/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Jobs that block, as those do that read from a disk or a socket: they sleep, which costs no
 * processor. All are submitted at once. The figures are about the time until the last of them has
 * completed. In the mixed case, every tenth job computes for as long instead, and should not hold
 * up the others.
 */

#include "bench.h"

#define COMPUTING_OF 10

static const BenchFigure figures[] = {
  { "wall", "wall, s" },
  { "cpu", "CPU, s" },
  { NULL },
};

#define MIXED 1000000 /* added to the time */

static const BenchCase cases[] = {
  { "10x10ms", "10 jobs of 10 ms", 10, 10, 10000 },
  { "200x10ms", "200 jobs of 10 ms", 200, 10, 10000 },
  { "1000x10ms", "1,000 jobs of 10 ms", 1000, 10, 10000 },
  { "10x100ms", "10 jobs of 100 ms", 10, 2, 100000 },
  { "200x100ms", "200 jobs of 100 ms", 200, 2, 100000 },
  { "1000x100ms", "1,000 jobs of 100 ms", 1000, 2, 100000 },
  { "mixed", "200 of 10 ms, a tenth of them compute", 200, 10, MIXED + 10000 },
  { NULL },
};

static const BenchGoal goals[] = {
  { BENCH_GOAL_AT_MOST, "200x100ms", "asynclit", "wall", 0.6 },
  { 0 },
};

static gulong block_usec; /* set before there are threads */

static void
block (void)
{
  g_usleep (block_usec);
}

static void
measure (const BenchPeer *peer, const BenchCase *asked, guint jobs)
{
  gboolean mixed = asked->number >= MIXED;
  BenchUsage begun, ended;

  block_usec = asked->number % MIXED;
  bench_set_busy_usec (block_usec);
  bench_start (peer, 0);
  bench_begin (peer, jobs, NULL);
  begun = bench_usage_now ();
  for (guint i = 1; i <= jobs; i++)
    bench_submit_to (i, mixed && i % COMPUTING_OF == 0 ? bench_work_busy : block);
  bench_iterate_to_end ();
  ended = bench_usage_now ();
  bench_yield ("wall", (ended.wall - begun.wall) / 1e9);
  bench_yield ("cpu", (ended.cpu - begun.cpu) / 1e9);
}

static const BenchQuestion question = {
  .name = "blocking",
  .title = "Jobs that block",
  .case_title = "all at once",
  .figures = figures,
  .cases = cases,
  .goals = goals,
  .measure = measure,
};

int
main (int argc, char *argv[])
{
  return bench_main (argc, argv, &question);
}
