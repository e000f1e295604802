/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "asynclit-task-private.h"

G_BEGIN_DECLS

/* A first-in, first-out queue of ended tasks. They are linked through `next_ended`, so the queue
 * allocates no memory. All zero is an empty queue. */
typedef struct {
  AsyncLitTask *head;
  AsyncLitTask *tail;
  guint length;
} AsyncLitEndedTasks;

static inline void
asynclit_ended_tasks_push (AsyncLitEndedTasks *self, AsyncLitTask *task)
{
  task->next_ended = NULL;
  if (self->tail != NULL)
    self->tail->next_ended = task;
  else
    self->head = task;
  self->tail = task;
  self->length++;
}

static inline AsyncLitTask *
asynclit_ended_tasks_pop (AsyncLitEndedTasks *self)
{
  AsyncLitTask *task = self->head;

  if (task == NULL)
    return NULL;
  self->head = task->next_ended;
  if (self->head == NULL)
    self->tail = NULL;
  self->length--;
  return task;
}

/* FALSE if the task is not in the queue. Takes time proportional to the number of tasks before
 * it. */
static inline gboolean
asynclit_ended_tasks_remove (AsyncLitEndedTasks *self, AsyncLitTask *task)
{
  AsyncLitTask *before = NULL;
  AsyncLitTask *found = self->head;

  for (; found != NULL && found != task; found = found->next_ended)
    before = found;
  if (found == NULL)
    return FALSE;
  if (before != NULL)
    before->next_ended = task->next_ended;
  else
    self->head = task->next_ended;
  if (self->tail == task)
    self->tail = before;
  self->length--;
  return TRUE;
}

/* Removes all tasks, and drops the registry's references to them. */
static inline void
asynclit_ended_tasks_unregister (AsyncLitEndedTasks *self)
{
  AsyncLitTask *task;

  while ((task = asynclit_ended_tasks_pop (self)) != NULL)
    asynclit_task_unregister (task);
}

G_END_DECLS
