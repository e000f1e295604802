/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* How many threads the thread pool needs, judging by how long recent jobs took. */

#pragma once

#include "asynclit-environment-private.h"

G_BEGIN_DECLS

/* Enough for jobs that wait for disks and networks. The number per processor is for large machines,
 * which need threads for jobs that wait in addition to those that compute. */
#define DEFAULT_THREADS 64
#define DEFAULT_THREADS_PER_PROCESSOR 2

/* The cost of waking a thread. A thread is not woken for jobs that will be done in that time
 * anyway. */
#define WAKE_USEC 100
/* Jobs that take less than this don't block, but keep a processor busy. */
#define SHORT_JOB_USEC 50
/* Jobs that take less than this keep a second processor busy: that of the thread that submits them
 * and receives their outcome. */
#define TINY_JOB_USEC 5
/* The longest time that a job contributes to the mean, and the number of jobs in the mean. */
#define MAX_JOB_USEC 10000
#define N_MEAN 8

typedef struct {
  /* Set at construction, then read-only. */
  guint n_processors;
  /* Guarded by the pool's lock. */
  gint64 mean_usec; /* of recent jobs, times N_MEAN; an exponential moving average */
} AsyncLitPoolLoad;

/* The maximum number of threads, unless the program sets it. */
static inline guint
asynclit_pool_load_choose_max (void)
{
  guint n = asynclit_environment_get_count (ASYNCLIT_POOL_THREADS, MAX_POOL_THREADS_SET);

  if (n > 0)
    return n;
  n = MAX (DEFAULT_THREADS, DEFAULT_THREADS_PER_PROCESSOR * g_get_num_processors ());
  return MIN (n, MAX_POOL_THREADS_SET);
}

static inline void
asynclit_pool_load_init (AsyncLitPoolLoad *self)
{
  self->n_processors = g_get_num_processors ();
  self->mean_usec = N_MEAN * SHORT_JOB_USEC; /* not short, until the first jobs are */
}

static inline void
asynclit_pool_load_note_job (AsyncLitPoolLoad *self, gint64 usec)
{
  self->mean_usec += MIN (usec, MAX_JOB_USEC) - self->mean_usec / N_MEAN;
}

/* Whether recent jobs were too short to have blocked. */
static inline gboolean
asynclit_pool_load_is_short (const AsyncLitPoolLoad *self)
{
  return self->mean_usec < N_MEAN * SHORT_JOB_USEC;
}

/* The number of workers, not counting those that block, that are useful for jobs like the recent
 * ones. */
static inline guint
asynclit_pool_load_get_useful (const AsyncLitPoolLoad *self)
{
  if (self->mean_usec < N_MEAN * TINY_JOB_USEC)
    return MAX (1, self->n_processors - 1);
  return self->n_processors;
}

/* Whether @n_jobs will keep @n_workers busy for so long that it pays to wake another one. */
static inline gboolean
asynclit_pool_load_needs_another (const AsyncLitPoolLoad *self, guint n_jobs, guint n_workers)
{
  return n_workers < asynclit_pool_load_get_useful (self)
         && n_jobs * self->mean_usec >= (gint64) n_workers * N_MEAN * WAKE_USEC;
}

G_END_DECLS
