/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Idle: the resources used by a process that has run some jobs and has none any more. The main
 * thread waits in its loop; a thread of the benchmark examines the process after a while. */

#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* After the last job: clean-up work is not measured. */
#define SETTLING_USEC (G_USEC_PER_SEC / 2)

static const BenchFigure figures[] = {
  { "wakeups", "wakeups a second" },
  { "cpu", "CPU, µs a second" },
  { "threads", "threads" },
  { NULL },
};

/* The number of jobs is in milliseconds here. */
static const BenchCase cases[] = {
  { "idle", "none", 3000, 100 },
  { NULL },
};

static const BenchGoal goals[] = {
  { BENCH_GOAL_AT_MOST, "idle", "asynclit", "wakeups", 0 },
  { 0 },
};

static guint
count_threads (void)
{
  g_autoptr (GDir) folder = g_dir_open ("/proc/self/task", 0, NULL);
  guint n = 0;

  while (g_dir_read_name (folder) != NULL)
    n++;
  return n;
}

static double
get_own_cpu (void)
{
  struct timespec cpu;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &cpu);
  return cpu.tv_sec * 1e9 + cpu.tv_nsec;
}

/* Runs on: a thread of its own. */
static gpointer
watch (gpointer user_data)
{
  guint msec = GPOINTER_TO_UINT (user_data);
  double seconds = msec / 1e3;
  double own;
  BenchUsage begun, ended;

  g_usleep (SETTLING_USEC);
  own = get_own_cpu ();
  begun = bench_usage_now ();
  g_usleep (msec * 1000);
  ended = bench_usage_now ();
  own = get_own_cpu () - own;
  /* One of them is this thread's own. */
  bench_yield ("wakeups", (ended.sleeps - begun.sleeps - 1) / seconds);
  bench_yield ("cpu", MAX (ended.cpu - begun.cpu - own, 0) / 1e3 / seconds);
  bench_yield ("threads", count_threads () - 1);
  fflush (stdout);
  _exit (EXIT_SUCCESS);
}

static void
measure (const BenchPeer *peer, const BenchCase *asked, guint msec)
{
  bench_start (peer, 0);
  g_thread_new ("watch", watch, GUINT_TO_POINTER (msec));
  for (;;)
    peer->iterate ();
}

static const BenchQuestion question = {
  .name = "idle",
  .title = "A process that has nothing to do",
  .case_title = "jobs",
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
