/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The thread pool's queue: ordered by priority, and first in, first out within a priority.
 *
 * Waiting jobs age, so that no job starves. The next job is the one with the smallest
 *
 *   effective priority = priority - jobs taken while it waited / ASYNCLIT_POOL_AGEING
 *
 * A job of G_PRIORITY_LOW (300) therefore runs before all jobs of the default priority that are
 * queued after 3,000 others have been taken. All waiting jobs age at the same rate, so their order
 * never changes, and follows from a constant key: priority * ASYNCLIT_POOL_AGEING + jobs taken
 * before the job was queued.
 *
 * Nearly all jobs have the default priority. They are in a list, so that pushing and popping is
 * O(1) and allocates nothing. The first job of another priority adds what is needed for mixed
 * priorities, until the queue is empty: a binary heap of these jobs (Williams 1964), and the keys
 * of the jobs in the list, each with the number of jobs that have it. */

#pragma once

#include "asynclit-job-private.h"

G_BEGIN_DECLS

/* As in GLib, a smaller number is more urgent. */
#define ASYNCLIT_POOL_PRIORITY_DEFAULT 0
/* The number of jobs after which the priority of a waiting job improves by one. */
#define ASYNCLIT_POOL_AGEING 10

typedef struct _AsyncLitMixedJobs AsyncLitMixedJobs;

/* Guarded by its owner. All zero is an empty queue. */
typedef struct {
  AsyncLitJobQueue usual; /* of the default priority */
  guint n_others;         /* jobs of other priorities */
  AsyncLitMixedJobs
      *mixed; /* NULL if all jobs since the queue was last empty had the default priority */
} AsyncLitPoolQueue;

/* For jobs of mixed priorities. O(1) for the default priority, else O(log n). */
void asynclit_pool_queue_push_mixed (AsyncLitPoolQueue *self, AsyncLitJob *job, int priority);
AsyncLitJob *asynclit_pool_queue_pop_mixed (AsyncLitPoolQueue *self);

static inline void
asynclit_pool_queue_push (AsyncLitPoolQueue *self, AsyncLitJob *job, int priority)
{
  if (G_LIKELY (priority == ASYNCLIT_POOL_PRIORITY_DEFAULT && self->mixed == NULL))
    asynclit_job_queue_push (&self->usual, job);
  else
    asynclit_pool_queue_push_mixed (self, job, priority);
}

/* NULL if the queue is empty. */
static inline AsyncLitJob *
asynclit_pool_queue_pop (AsyncLitPoolQueue *self)
{
  if (G_LIKELY (self->mixed == NULL))
    return asynclit_job_queue_pop (&self->usual);
  return asynclit_pool_queue_pop_mixed (self);
}

static inline guint
asynclit_pool_queue_get_length (const AsyncLitPoolQueue *self)
{
  return self->usual.length + self->n_others;
}

G_END_DECLS
