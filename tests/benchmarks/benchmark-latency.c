/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Latency: the time from submitting a job to its completion, one job after the other, immediately
 * or with pauses in between, in which threads may fall asleep. */

#include "bench.h"

static const BenchFigure figures[] = {
  { "p50", "p50, µs" },
  { "p99", "p99, µs" },
  { "cpu", "CPU, µs" },
  { "sleeps", "sleeps" },
  { NULL },
};

static const BenchCase cases[] = {
  { "back-to-back", "none", 5000, 100, 0 },
  { "200us", "200 µs", 1000, 20, 200 },
  { "10ms", "10 ms", 50, 5, 10000 },
  { NULL },
};

static const BenchGoal goals[] = {
  { BENCH_GOAL_TIMES, "back-to-back", "gtask", "p50", 8 },
  { BENCH_GOAL_TIMES, "10ms", "gtask", "p50", 1 },
  { BENCH_GOAL_TIMES, "10ms", "gthreadpool", "p50", 1 },
  { BENCH_GOAL_TIMES, "10ms", "libuv", "p50", 1 },
  { 0 },
};

static double
measure_round_trip (const BenchPeer *peer)
{
  double begun;

  bench_begin (peer, 1, NULL);
  begun = bench_now ();
  bench_submit_one (bench_work_nothing);
  bench_iterate_to_end ();
  return (bench_now () - begun) / 1e3;
}

static void
measure (const BenchPeer *peer, const BenchCase *asked, guint jobs)
{
  g_autoptr (GArray) samples = g_array_sized_new (FALSE, FALSE, sizeof (double), jobs);
  BenchUsage begun, ended;

  bench_start (peer, 0);
  begun = bench_usage_now ();
  for (guint i = 0; i < jobs; i++)
    {
      double sample;

      if (asked->number > 0)
        g_usleep (asked->number);
      sample = measure_round_trip (peer);
      g_array_append_val (samples, sample);
    }
  ended = bench_usage_now ();

  bench_yield ("p50", bench_quantile (samples, 0.5));
  bench_yield ("p99", bench_quantile (samples, 0.99));
  bench_yield ("cpu", (ended.cpu - begun.cpu) / jobs / 1e3);
  /* The pauses themselves do not count. */
  bench_yield ("sleeps", (ended.sleeps - begun.sleeps) / jobs - (asked->number > 0));
}

static const BenchQuestion question = {
  .name = "latency",
  .title = "Latency: from submitting a job to its completion",
  .case_title = "pause",
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
