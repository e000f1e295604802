/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A chain: each completion submits the next job. With jobs that do nothing, and with jobs that take
 * longer than any thread should spin.
 */

#include "bench.h"

static const BenchFigure figures[] = {
  { "wall", "wall, ns" },
  { "cpu", "CPU, ns" },
  { "sleeps", "sleeps" },
  { NULL },
};

static const BenchCase cases[] = {
  { "nothing", "nothing", 20000, 200, 0 },
  { "100us", "100 µs", 2000, 20, 100 },
  { NULL },
};

static const BenchGoal goals[] = {
  { BENCH_GOAL_TIMES, "nothing", "gtask", "wall", 30 },
  { 0 },
};

static guint n_left;

static void
submit_next (void)
{
  if (n_left == 0)
    return;
  n_left--;
  bench_submit_one (bench_work_busy);
}

static void
measure (const BenchPeer *peer, const BenchCase *asked, guint jobs)
{
  BenchUsage begun;

  bench_set_busy_usec (asked->number);
  bench_start (peer, 0);
  n_left = jobs;
  bench_begin (peer, jobs, submit_next);
  begun = bench_usage_now ();
  submit_next ();
  bench_iterate_to_end ();
  bench_yield_usage (&begun, jobs);
}

static const BenchQuestion question = {
  .name = "chain",
  .title = "A chain: each completion submits the next job",
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
