/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Whether a user interface stutters: frames are due every 16 ms in the main context, at the
 * priority at which GTK draws, while many jobs complete and many values arrive there. For
 * comparison, also without any job, which shows other load on the machine; and while all threads
 * compute, which shows how the kernel schedules more threads than processors.
 *
 * A frame is late because the loop was busy, or because the thread had to wait for a processor. The
 * kernel reports the latter, so the two can be distinguished.
 *
 * The lateness counts for each frame that was due, including those that were skipped because the
 * loop was busy; otherwise a loop that blocks for a second would have one late frame. */

#include "bench.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define FRAME_USEC 16000
/* Larger than necessary: growing an array can take the C library many milliseconds if it has to
 * clean up a heap of small blocks. */
#define MAX_FRAMES 16384
/* The duration of a job that computes: longer than the kernel lets a thread run while others
 * wait. */
#define BUSY_USEC 10000
/* GDK_PRIORITY_REDRAW. */
#define FRAME_PRIORITY (G_PRIORITY_HIGH_IDLE + 20)

static const BenchFigure figures[] = {
  { "p99", "p99, ms" },
  { "p50", "p50, ms" },
  { "max", "maximum, ms" },
  { "loop-p99", "p99, loop, ms" },
  { "loop-max", "maximum, loop, ms" },
  { "time", "time, s" },
  { NULL },
};

typedef enum {
  NOTHING,
  COMPUTING,
  FLOOD,
} Load;

static const BenchCase cases[] = {
  { "nothing", "nothing", 60, 2, NOTHING },
  { "computing", "jobs of 10 ms", 200, 2, COMPUTING },
  { "flood", "10^6 jobs and 10^6 values", 1000000, 3000, FLOOD },
  { NULL },
};

static const BenchGoal goals[] = {
  { BENCH_GOAL_LESS_THAN, "flood", "asynclit", "p99", 4 },
  { BENCH_GOAL_LESS_THAN, "flood", "asynclit", "max", 16 },
  { BENCH_GOAL_LESS_THAN, "flood", "asynclit-signal", "p99", 4 },
  { BENCH_GOAL_LESS_THAN, "flood", "asynclit-signal", "max", 16 },
  { 0 },
};

/* The main context only. */
static GArray *lateness;      /* of double, ms */
static GArray *loop_lateness; /* the same without the time spent waiting for a processor */
static gint64 due;
static gint64 delay_before_due; /* the last one read before a frame was due, µs */

/* The total time for which the thread has waited for a processor, µs; 0 if the kernel does not
 * count it. */
static gint64
get_delay (void)
{
  static int fd = -1;
  char text[128] = "";
  long long cpu = 0, delay = 0;

  if (fd < 0)
    fd = open ("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC);
  if (pread (fd, text, sizeof text - 1, 0) > 0)
    sscanf (text, "%lld %lld", &cpu, &delay);
  return delay / 1000;
}

static gboolean
frame_source_dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  gint64 now = g_get_monotonic_time ();
  gint64 delay = get_delay ();

  while (due <= now)
    {
      double late = (now - due) / 1e3;
      double loop = MAX (late - (delay - delay_before_due) / 1e3, 0);

      g_array_append_val (lateness, late);
      g_array_append_val (loop_lateness, loop);
      due += FRAME_USEC;
    }
  delay_before_due = delay;
  g_source_set_ready_time (source, due);
  return G_SOURCE_CONTINUE;
}

static GSourceFuncs frame_source_funcs = { .dispatch = frame_source_dispatch };

static GSource *
start_frames (void)
{
  GSource *source = g_source_new (&frame_source_funcs, sizeof (GSource));

  lateness = g_array_sized_new (FALSE, FALSE, sizeof (double), MAX_FRAMES);
  loop_lateness = g_array_sized_new (FALSE, FALSE, sizeof (double), MAX_FRAMES);
  delay_before_due = get_delay ();
  due = g_get_monotonic_time () + FRAME_USEC;
  g_source_set_priority (source, FRAME_PRIORITY);
  g_source_set_ready_time (source, due);
  g_source_attach (source, NULL);
  return source;
}

static void
iterate (const BenchPeer *peer)
{
  peer->iterate ();
  if (g_get_monotonic_time () < due)
    delay_before_due = get_delay ();
}

/* A frame that has been due since before the end was delayed by the load. */
static void
await_last_frame (const BenchPeer *peer)
{
  gint64 end = g_get_monotonic_time ();

  while (due <= end || lateness->len == 0)
    iterate (peer);
}

static gboolean
applies (const BenchPeer *peer, const BenchCase *asked)
{
  return peer->uses_main_context && peer->submit_reporter != NULL;
}

/* All jobs wait at a gate, so that submitting them does not delay frames. */
static void
prepare_load (const BenchPeer *peer, Load load, guint jobs)
{
  guint n_blockers;

  if (load == NOTHING)
    return;
  n_blockers = bench_block_threads (peer);
  bench_begin (peer, jobs + n_blockers + (load == FLOOD), NULL);
  if (load == FLOOD)
    {
      bench_expect_values (jobs);
      peer->submit_reporter (jobs);
    }
  bench_submit_to (jobs, load == FLOOD ? bench_work_nothing : bench_work_busy);
}

static void
measure (const BenchPeer *peer, const BenchCase *asked, guint jobs)
{
  Load load = asked->number;
  double begun, ended;

  bench_set_busy_usec (BUSY_USEC);
  bench_start (peer, 0);
  prepare_load (peer, load, jobs);

  begun = bench_now ();
  start_frames ();
  bench_open_gate ();
  while (!bench_is_at_end () || (load == NOTHING && lateness->len < jobs))
    iterate (peer);
  ended = bench_now ();
  await_last_frame (peer);
  bench_yield ("time", (ended - begun) / 1e9);
  bench_yield ("p50", bench_quantile (lateness, 0.5));
  bench_yield ("p99", bench_quantile (lateness, 0.99));
  bench_yield ("max", bench_quantile (lateness, 1));
  bench_yield ("loop-p99", bench_quantile (loop_lateness, 0.99));
  bench_yield ("loop-max", bench_quantile (loop_lateness, 1));
}

static const BenchQuestion question = {
  .name = "frames",
  .title = "How late frames come in a flood of completions and values",
  .case_title = "meanwhile",
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
