/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Each question is asked once in a process of its own, after a short warm-up. */

#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define WARM_UP_JOBS 1000
#define IN_FLIGHT 64

/* What a completion does; the loop's thread only. */
static void (*on_completed) (void);
static const BenchPeer *current;
static guint n_submitted;
static guint n_completed;
static guint n_wanted;

/* How many jobs have come to the blockage. */
static gint n_blocked; /* atomic */

void
bench_completed (void)
{
  n_completed++;
  if (on_completed != NULL)
    on_completed ();
}

void
bench_block (void)
{
  g_atomic_int_inc (&n_blocked);
  for (;;)
    pause ();
}

void
bench_iterate_default_context (void)
{
  g_main_context_iteration (NULL, TRUE);
}

static double
now_ns (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1e9 + now.tv_nsec;
}

static void
submit_one (void)
{
  n_submitted++;
  current->submit ();
}

static void
submit_next (void)
{
  if (n_submitted < n_wanted)
    submit_one ();
}

static void
begin (const BenchPeer *peer, guint jobs, void (*completed) (void))
{
  current = peer;
  on_completed = completed;
  n_submitted = 0;
  n_completed = 0;
  n_wanted = jobs;
}

static void
submit_to (guint wanted)
{
  while (n_submitted < wanted)
    submit_one ();
}

static void
iterate_to_end (void)
{
  while (n_completed < n_wanted)
    current->iterate ();
}

static void
warm_up (const BenchPeer *peer)
{
  begin (peer, WARM_UP_JOBS, NULL);
  submit_to (WARM_UP_JOBS);
  iterate_to_end ();
}

/* All at once, then the loop. */
double
bench_measure_burst (const BenchPeer *peer, guint jobs)
{
  double begun;

  warm_up (peer);
  begin (peer, jobs, NULL);
  begun = now_ns ();
  submit_to (jobs);
  iterate_to_end ();
  return (now_ns () - begun) / jobs;
}

/* Each completion submits another, with a constant number under way. */
static double
measure_in_flight (const BenchPeer *peer, guint jobs, guint in_flight)
{
  double begun;

  warm_up (peer);
  begin (peer, jobs, submit_next);
  begun = now_ns ();
  submit_to (MIN (in_flight, jobs));
  iterate_to_end ();
  return (now_ns () - begun) / jobs;
}

double
bench_measure_steady (const BenchPeer *peer, guint jobs)
{
  return measure_in_flight (peer, jobs, IN_FLIGHT);
}

double
bench_measure_chain (const BenchPeer *peer, guint jobs)
{
  return measure_in_flight (peer, jobs, 1);
}

static int
compare_doubles (gconstpointer a, gconstpointer b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return (x > y) - (x < y);
}

static double
measure_round_trip (const BenchPeer *peer)
{
  double begun;

  begin (peer, 1, NULL);
  begun = now_ns ();
  submit_to (1);
  iterate_to_end ();
  return now_ns () - begun;
}

/* From submitting a job to its completion, one after the other, outside the loop's callbacks. */
double
bench_measure_latency (const BenchPeer *peer, guint jobs)
{
  g_autofree double *samples = g_new (double, jobs);

  warm_up (peer);
  for (guint i = 0; i < jobs; i++)
    samples[i] = measure_round_trip (peer);
  qsort (samples, jobs, sizeof (double), compare_doubles);
  return samples[jobs / 2];
}

static double
get_resident (void)
{
  g_autofree char *text = NULL;
  unsigned long size = 0, resident = 0;

  g_file_get_contents ("/proc/self/statm", &text, NULL, NULL);
  if (text == NULL || sscanf (text, "%lu %lu", &size, &resident) != 2)
    g_error ("cannot read /proc/self/statm");
  return (double) resident * (double) sysconf (_SC_PAGESIZE);
}

/* What a job takes while it waits behind jobs that do not end. */
double
bench_measure_memory (const BenchPeer *peer, guint jobs)
{
  double before;

  warm_up (peer);
  begin (peer, jobs, NULL);
  for (guint i = 0; i < peer->count_blockers (); i++)
    peer->submit_blocker ();
  while ((guint) g_atomic_int_get (&n_blocked) < peer->count_threads ())
    g_usleep (1000);

  before = get_resident ();
  submit_to (jobs);
  if (n_completed > 0)
    g_error ("%s completed jobs although it is blocked", peer->name);
  return (get_resident () - before) / jobs;
}
