/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A steady flow: a constant number of jobs is in progress; each completion submits another one. */

#include "bench.h"

static const BenchFigure figures[] = {
  { "wall", "wall, ns" },
  { "cpu", "CPU, ns" },
  { "sleeps", "sleeps" },
  { "system-calls", "system calls" },
  { NULL },
};

static const BenchCase cases[] = {
  { "1", "1", 20000, 200, 1 },
  { "64", "64", 100000, 1000, 64 },
  { "1024", "1,024", 100000, 3000, 1024 },
  { NULL },
};

static const BenchGoal goals[] = {
  { BENCH_GOAL_LESS_THAN, "64", "asynclit", "system-calls", 0.01 },
  { BENCH_GOAL_TIMES, "64", "gtask", "wall", 6 },
  { BENCH_GOAL_SIGNAL_TIMES, "64", "gthreadpool", "wall", 1 },
  { BENCH_GOAL_TIMES, "64", "libuv", "wall", 1 },
  { 0 },
};

static void
measure (const BenchPeer *peer, const BenchCase *asked, guint jobs)
{
  BenchUsage begun;

  bench_start (peer, 0);
  bench_begin (peer, jobs, bench_submit_next);
  begun = bench_usage_now ();
  bench_submit_to (MIN (asked->number, jobs), bench_work_nothing);
  bench_iterate_to_end ();
  bench_yield_usage (&begun, jobs);
}

static const BenchQuestion question = {
  .name = "steady",
  .title = "A steady flow: a constant number of jobs in flight",
  .case_title = "in flight",
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
