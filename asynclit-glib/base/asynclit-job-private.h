/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What an executor carries: something to run once. The executor does not know what it is. */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _AsyncLitJob AsyncLitJob;

/* Runs on: the executor that the job was pushed to. If @lost is not NULL the executor can't run
 * the job, for the reason it gives, and calls this in its place from whichever thread finds out. */
typedef void (*AsyncLitJobFunc) (AsyncLitJob *job, const GError *lost);

/* Embedded in what it stands for, so that queueing allocates nothing. */
struct _AsyncLitJob {
  AsyncLitJob *next; /* guarded by the lock of the queue that the job is in */
  AsyncLitJobFunc run;
};

/* First in, first out. All zero is an empty one. */
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
