/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Submits jobs and waits for them; and the functions of the jobs. */

#include "bench.h"

#include <stdlib.h>
#include <time.h>

#define WARM_UP_JOBS 1000

/* Each thread that submits has its own run; completions arrive in that thread. */
static __thread struct {
  const BenchPeer *peer;
  void (*on_completed) (void);
  guint n_submitted;
  guint n_completed;
  guint n_wanted;
  guint n_arrived;
  guint n_values_wanted;
} run;

gboolean bench_keeps_handles = FALSE;

void
bench_completed (void)
{
  run.n_completed++;
  if (run.on_completed != NULL)
    run.on_completed ();
}

void
bench_arrived (void)
{
  run.n_arrived++;
}

double
bench_now (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1e9 + now.tv_nsec;
}

void
bench_begin (const BenchPeer *peer, guint jobs, void (*on_completed) (void))
{
  run.peer = peer;
  run.on_completed = on_completed;
  run.n_submitted = run.n_completed = run.n_arrived = run.n_values_wanted = 0;
  run.n_wanted = jobs;
}

void
bench_expect_values (guint n_values)
{
  run.n_values_wanted = n_values;
}

void
bench_submit_one (BenchWork work)
{
  run.n_submitted++;
  run.peer->submit (work);
}

void
bench_submit_to (guint jobs, BenchWork work)
{
  while (run.n_submitted < jobs)
    bench_submit_one (work);
}

void
bench_submit_next (void)
{
  if (run.n_submitted < run.n_wanted)
    bench_submit_one (bench_work_nothing);
}

gboolean
bench_is_at_end (void)
{
  return run.n_completed >= run.n_wanted && run.n_arrived >= run.n_values_wanted;
}

void
bench_iterate_to_end (void)
{
  while (!bench_is_at_end ())
    run.peer->iterate ();
}

void
bench_warm_up (const BenchPeer *peer)
{
  bench_begin (peer, WARM_UP_JOBS, NULL);
  bench_submit_to (WARM_UP_JOBS, bench_work_nothing);
  bench_iterate_to_end ();
}

void
bench_start (const BenchPeer *peer, guint n_threads)
{
  peer->start (n_threads);
  bench_warm_up (peer);
}

guint
bench_get_n_completed (void)
{
  return run.n_completed;
}

/* Contexts */

GMainContext *
bench_get_context (void)
{
  return g_main_context_get_thread_default ();
}

void
bench_iterate_context (void)
{
  g_main_context_iteration (bench_get_context (), TRUE);
}

void
bench_start_context_producer (void)
{
  g_main_context_push_thread_default (g_main_context_new ());
}

void
bench_stop_context_producer (void)
{
  GMainContext *context = bench_get_context ();

  g_main_context_pop_thread_default (context);
  g_main_context_unref (context);
}

/* Functions of jobs */

void
bench_work_nothing (void)
{
}

static struct {
  GMutex lock;
  GCond changed;
  gboolean open;
  guint n_waiting;
} gate;

void
bench_work_gate (void)
{
  g_mutex_lock (&gate.lock);
  gate.n_waiting++;
  g_cond_broadcast (&gate.changed);
  while (!gate.open)
    g_cond_wait (&gate.changed, &gate.lock);
  g_mutex_unlock (&gate.lock);
}

void
bench_open_gate (void)
{
  g_mutex_lock (&gate.lock);
  gate.open = TRUE;
  g_cond_broadcast (&gate.changed);
  g_mutex_unlock (&gate.lock);
}

void
bench_await_at_gate (guint n_jobs)
{
  g_mutex_lock (&gate.lock);
  while (gate.n_waiting < n_jobs)
    g_cond_wait (&gate.changed, &gate.lock);
  g_mutex_unlock (&gate.lock);
}

guint
bench_block_threads (const BenchPeer *peer)
{
  guint n_blockers = peer->count_blockers ();

  for (guint i = 0; i < n_blockers; i++)
    peer->submit (bench_work_gate);
  bench_await_at_gate (peer->count_threads ());
  return n_blockers;
}

/* A job that watched the clock would end on time even if another thread has its processor: with
 * more threads, more work would seem to be done. It therefore counts steps. */

#define STEPS_VARIABLE "BENCH_STEPS_PER_USEC"
#define CALIBRATION_STEPS 1000000
#define CALIBRATIONS 10

static guint64 busy_steps;

static void
be_busy (guint64 steps)
{
  volatile guint32 number = 1;

  for (guint64 i = 0; i < steps; i++)
    number = number * 1664525u + 1013904223u;
}

void
bench_work_busy (void)
{
  be_busy (busy_steps);
}

/* The fastest of several, because other load can only slow it down. */
void
bench_calibrate (void)
{
  double fastest = G_MAXDOUBLE;
  g_autofree char *text = NULL;

  for (guint i = 0; i < CALIBRATIONS; i++)
    {
      double begun = bench_now ();

      be_busy (CALIBRATION_STEPS);
      fastest = MIN (fastest, bench_now () - begun);
    }
  text = g_strdup_printf ("%u", (guint) (CALIBRATION_STEPS * 1e3 / fastest));
  g_setenv (STEPS_VARIABLE, text, TRUE);
}

void
bench_set_busy_usec (guint usec)
{
  /* For measurements by hand. */
  if (g_getenv (STEPS_VARIABLE) == NULL)
    bench_calibrate ();
  busy_steps = g_ascii_strtoull (g_getenv (STEPS_VARIABLE), NULL, 10) * usec;
}

/* Numbers */

static int
compare_doubles (gconstpointer a, gconstpointer b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return (x > y) - (x < y);
}

double
bench_quantile (GArray *samples, double part)
{
  g_array_sort (samples, compare_doubles);
  return g_array_index (samples, double, (guint) (part * (samples->len - 1) + 0.5));
}
