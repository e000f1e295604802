/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* How many threads the thread pool's jobs are worth, going by how long they took of late. */

#pragma once

#include "asynclit-environment-private.h"

G_BEGIN_DECLS

/* Enough for jobs that wait for disks and networks; and as many for each processor, so that a large
 * machine has room for jobs that wait beside those that compute. */
#define DEFAULT_THREADS 64
#define DEFAULT_THREADS_PER_PROCESSOR 2

/* What it costs to wake a thread: not worth it for what is done in that time anyway. */
#define WAKE_USEC 100
/* Jobs that take less than this don't wait for anything, but keep a processor busy. */
#define SHORT_JOB_USEC 50
/* Jobs that take less than this keep another one busy: that of whoever submits them and hears of
 * their end. */
#define TINY_JOB_USEC 5
/* The longest time of a job that counts for the mean; and how many jobs the mean is taken over. */
#define MAX_JOB_USEC 10000
#define N_MEAN 8

typedef struct {
  /* Set at construction, then read-only. */
  guint n_processors;
  /* Guarded by the pool's lock. */
  gint64 mean_usec; /* how long a job took of late, times N_MEAN (an exponential mean) */
} AsyncLitPoolLoad;

/* At most how many threads run jobs, unless the program says so. */
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
  self->mean_usec = N_MEAN * SHORT_JOB_USEC; /* not short, until seen to be */
}

static inline void
asynclit_pool_load_note_job (AsyncLitPoolLoad *self, gint64 usec)
{
  self->mean_usec += MIN (usec, MAX_JOB_USEC) - self->mean_usec / N_MEAN;
}

/* Whether jobs of late were too short to have waited for anything. */
static inline gboolean
asynclit_pool_load_is_short (const AsyncLitPoolLoad *self)
{
  return self->mean_usec < N_MEAN * SHORT_JOB_USEC;
}

/* How many workers that don't block are of use to jobs such as those of late. */
static inline guint
asynclit_pool_load_get_useful (const AsyncLitPoolLoad *self)
{
  if (self->mean_usec < N_MEAN * TINY_JOB_USEC)
    return MAX (1, self->n_processors - 1);
  return self->n_processors;
}

/* Whether @n_jobs keep @n_workers busy for so long that another is worth being woken. */
static inline gboolean
asynclit_pool_load_needs_another (const AsyncLitPoolLoad *self, guint n_jobs, guint n_workers)
{
  return n_workers < asynclit_pool_load_get_useful (self)
         && n_jobs * self->mean_usec >= (gint64) n_workers * N_MEAN * WAKE_USEC;
}

G_END_DECLS
