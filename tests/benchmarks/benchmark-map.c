/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Many items, one task: a function that does nothing for each of many items. Peers without this
 * feature run a job for each item. */

#include "bench.h"

static const BenchFigure figures[] = {
  { "wall", "wall, ns" },
  { "processor", "an item and processor, ns" },
  { "cpu", "CPU, ns" },
  { "sleeps", "sleeps" },
  { NULL },
};

static const BenchCase cases[] = {
  { "1000", "1,000", 1000, 100 },
  { "1000000", "1,000,000", 1000000, 3000 },
  { NULL },
};

static const BenchGoal goals[] = {
  { BENCH_GOAL_AT_MOST, "1000000", "asynclit", "processor", 60 },
  { BENCH_GOAL_TIMES, "1000000", "libuv", "wall", 5 },
  { 0 },
};

static gboolean
applies (const BenchPeer *peer, const BenchCase *asked)
{
  return !g_str_equal (peer->name, "asynclit-signal");
}

static void
measure (const BenchPeer *peer, const BenchCase *asked, guint items)
{
  BenchUsage begun, ended;

  bench_start (peer, 0);
  bench_begin (peer, peer->submit_map != NULL ? 1 : items, NULL);
  begun = bench_usage_now ();
  if (peer->submit_map != NULL)
    peer->submit_map (items, bench_work_nothing);
  else
    bench_submit_to (items, bench_work_nothing);
  bench_iterate_to_end ();
  ended = bench_usage_now ();
  bench_yield ("wall", (ended.wall - begun.wall) / items);
  bench_yield ("processor", (ended.wall - begun.wall) * g_get_num_processors () / items);
  bench_yield ("cpu", (ended.cpu - begun.cpu) / items);
  bench_yield ("sleeps", (ended.sleeps - begun.sleeps) / items);
}

static const BenchQuestion question = {
  .name = "map",
  .title = "Many items, one task",
  .case_title = "items",
  .figures = figures,
  .cases = cases,
  .goals = goals,
  .applies = applies,
  .measure = measure,
};

int
main (int argc, char *argv[])
{
  return bench_main (argc, argv, &question);
}
