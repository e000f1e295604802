/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The cost of submitting a job, for the submitting thread, while other jobs wait: it should not
 * depend on their number. */

#include "bench.h"

static const BenchFigure figures[] = {
  { "wall", "wall, ns" },
  { "cpu", "CPU, ns" },
  { NULL },
};

static const BenchCase cases[] = {
  { "0", "0", 20000, 1000, 0 },
  { "10000", "10,000", 20000, 1000, 10000 },
  { "1000000", "1,000,000", 20000, 1000, 1000000 },
  { NULL },
};

/* "Flat", with a tolerance for effects of caches. */
static const BenchGoal goals[] = {
  { BENCH_GOAL_FLAT, "10000", "asynclit", "wall", 1.5 },
  { BENCH_GOAL_FLAT, "1000000", "asynclit", "wall", 1.5 },
  { 0 },
};

static void
measure (const BenchPeer *peer, const BenchCase *asked, guint jobs)
{
  guint n_waiting = (guint) ((guint64) asked->number * jobs / asked->jobs); /* fewer in a trial */
  BenchUsage begun;

  bench_start (peer, 0);
  bench_begin (peer, n_waiting + jobs, NULL);
  bench_block_threads (peer);
  bench_submit_to (n_waiting, bench_work_nothing);
  begun = bench_usage_now ();
  bench_submit_to (n_waiting + jobs, bench_work_nothing);
  bench_yield_usage (&begun, jobs);
  if (bench_get_n_completed () > 0)
    g_error ("%s completed jobs although it is blocked", peer->name);
}

static const BenchQuestion question = {
  .name = "submit",
  .title = "Submitting while other jobs wait",
  .case_title = "jobs that wait",
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
