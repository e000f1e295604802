/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The unit of work of an executor: something to run once. The executor does not know what it is. */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _AsyncLitJob AsyncLitJob;

/* Runs on: the executor to which the job was pushed. If the executor can't run the job, it calls
 * this from the thread that finds out, with the reason in @lost. */
typedef void (*AsyncLitJobFunc) (AsyncLitJob *job, const GError *lost);

/* Embedded in a larger structure, so that queueing allocates nothing. */
struct _AsyncLitJob {
  AsyncLitJob *next; /* guarded by the lock of the queue that holds the job */
  AsyncLitJobFunc run;
};

/* A first-in, first-out queue. All zero is an empty queue. */
typedef struct {
  AsyncLitJob *head;
  AsyncLitJob *tail;
  guint length;
} AsyncLitJobQueue;

static inline void
asynclit_job_queue_push (AsyncLitJobQueue *self, AsyncLitJob *job)
{
  job->next = NULL;
  if (self->tail != NULL)
    self->tail->next = job;
  else
    self->head = job;
  self->tail = job;
  self->length++;
}

static inline AsyncLitJob *
asynclit_job_queue_pop (AsyncLitJobQueue *self)
{
  AsyncLitJob *job = self->head;

  if (job == NULL)
    return NULL;
  self->head = job->next;
  if (self->head == NULL)
    self->tail = NULL;
  self->length--;
  job->next = NULL;
  return job;
}

G_END_DECLS
