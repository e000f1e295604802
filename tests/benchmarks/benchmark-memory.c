/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Resident memory: of a waiting job; of a running job, including its thread; and of an ended job
 * that is kept for its outcome. */

#include "bench.h"

typedef enum {
  QUEUED,
  RUNNING,
  ENDED,
} State;

static const BenchFigure figures[] = {
  { "bytes", "bytes" },
  { NULL },
};

static const BenchCase cases[] = {
  { "queued", "queued", 300000, 10000, QUEUED },
  { "running", "running", 500, 20, RUNNING },
  { "ended", "ended and kept", 300000, 10000, ENDED },
  { NULL },
};

static const BenchGoal goals[] = {
  { BENCH_GOAL_AT_MOST, "queued", "asynclit", "bytes", 256 },
  { 0 },
};

static gboolean
applies (const BenchPeer *peer, const BenchCase *asked)
{
  switch ((State) asked->number)
    {
    case QUEUED:
      return TRUE;
    case RUNNING:
      return peer->can_set_threads;
    case ENDED:
      return peer->has_handles;
    }
  g_assert_not_reached ();
}

static void
bring_to (State state, guint jobs)
{
  switch (state)
    {
    case QUEUED:
      bench_submit_to (jobs, bench_work_nothing);
      break;
    case RUNNING:
      bench_submit_to (jobs, bench_work_gate);
      bench_await_at_gate (jobs);
      break;
    case ENDED:
      bench_submit_to (jobs, bench_work_nothing);
      bench_iterate_to_end ();
      break;
    }
}

static void
measure (const BenchPeer *peer, const BenchCase *asked, guint jobs)
{
  State state = asked->number;
  double before;

  peer->start (state == RUNNING ? jobs : 0);
  /* Some peers start all of their threads with the first job. */
  if (state != RUNNING)
    bench_warm_up (peer);
  bench_begin (peer, jobs, NULL);
  bench_keeps_handles = state == ENDED;
  if (state == QUEUED)
    bench_block_threads (peer);
  before = bench_get_resident ();
  bring_to (state, jobs);
  bench_yield ("bytes", (bench_get_resident () - before) / jobs);
  if (state != ENDED && bench_get_n_completed () > 0)
    g_error ("%s completed jobs although it is blocked", peer->name);
}

static const BenchQuestion question = {
  .name = "memory",
  .title = "Resident memory of a job",
  .case_title = "job",
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
