/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Jobs with work: a burst of jobs that keep a processor busy. With N processors, the time per job
 * can't be less than 1/N of the job's duration. */

#include "bench.h"

static const BenchFigure figures[] = {
  { "wall", "wall, µs" },
  { "cpu", "CPU, µs" },
  { "sleeps", "sleeps" },
  { NULL },
};

static const BenchCase cases[] = {
  { "10us", "10 µs", 40000, 500, 10 },
  { "1ms", "1 ms", 500, 10, 1000 },
  { NULL },
};

static const BenchGoal goals[] = {
  { BENCH_GOAL_WITHIN, "10us", "libuv", "wall", 1.05 },
  { 0 },
};

static void
measure (const BenchPeer *peer, const BenchCase *asked, guint jobs)
{
  BenchUsage begun, ended;

  bench_set_busy_usec (asked->number);
  bench_start (peer, 0);
  bench_begin (peer, jobs, NULL);
  begun = bench_usage_now ();
  bench_submit_to (jobs, bench_work_busy);
  bench_iterate_to_end ();
  ended = bench_usage_now ();
  bench_yield ("wall", (ended.wall - begun.wall) / jobs / 1e3);
  bench_yield ("cpu", (ended.cpu - begun.cpu) / jobs / 1e3);
  bench_yield ("sleeps", (ended.sleeps - begun.sleeps) / jobs);
}

static const BenchQuestion question = {
  .name = "work",
  .title = "Jobs that do something",
  .case_title = "job",
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
