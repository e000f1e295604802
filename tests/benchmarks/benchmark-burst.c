/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A burst: all jobs are submitted at once, and then the loop runs until all have completed. */

#include "bench.h"

static const BenchFigure figures[] = {
  { "wall", "wall, ns" },
  { "cpu", "CPU, ns" },
  { "sleeps", "sleeps" },
  { "system-calls", "system calls" },
  { NULL },
};

static const BenchCase cases[] = {
  { "10000", "10,000", 10000, 1000 },
  { "100000", "100,000", 100000, 2000 },
  { "1000000", "1,000,000", 1000000, 3000 },
  { NULL },
};

static const BenchGoal goals[] = {
  { BENCH_GOAL_TIMES, "100000", "gtask", "wall", 2 },
  { BENCH_GOAL_SIGNAL_TIMES, "100000", "gtask", "wall", 1.3 },
  { BENCH_GOAL_TIMES, "100000", "gthreadpool", "wall", 1.3 },
  { 0 },
};

static void
measure (const BenchPeer *peer, const BenchCase *asked, guint jobs)
{
  BenchUsage begun;

  bench_start (peer, 0);
  bench_begin (peer, jobs, NULL);
  begun = bench_usage_now ();
  bench_submit_to (jobs, bench_work_nothing);
  bench_iterate_to_end ();
  bench_yield_usage (&begun, jobs);
}

static const BenchQuestion question = {
  .name = "burst",
  .title = "A burst: many jobs submitted at once",
  .case_title = "jobs",
  .figures = figures,
  .cases = cases,
  .goals = goals,
  .counts_system_calls = TRUE,
  .measure = measure,
};

int
main (int argc, char *argv[])
{
  return bench_main (argc, argv, &question);
}
