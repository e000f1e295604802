/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Counts the tasks of a registry. */

#include "config.h"

#include "asynclit-clock-private.h"
#include "asynclit-task-registry-types-private.h"

double
asynclit_task_registry_get_fraction (AsyncLitTaskRegistry *self)
{
  double fraction;

  asynclit_task_registry_lock (self);
  fraction = asynclit_task_shares_get_fraction (&self->shares);
  asynclit_task_registry_unlock (self);
  return fraction;
}

double
asynclit_task_registry_get_remaining (AsyncLitTaskRegistry *self)
{
  gint64 now = asynclit_clock_now ();
  double remaining;

  asynclit_task_registry_lock (self);
  remaining = asynclit_task_shares_get_remaining (&self->shares, now);
  asynclit_task_registry_unlock (self);
  return remaining;
}

void
asynclit_task_registry_count (AsyncLitTaskRegistry *self, AsyncLitTaskCounts *counts)
{
  const AsyncLitTaskShares *shares = &self->shares;

  g_assert (counts != NULL);
  asynclit_task_registry_lock (self);
  counts->n_live = shares->n_live;
  counts->n_done = shares->n_ended[0];
  counts->n_failed = shares->n_ended[ASYNCLIT_TASK_STATUS_ERROR - ASYNCLIT_TASK_STATUS_DONE];
  counts->n_cancelled = shares->n_ended[ASYNCLIT_TASK_STATUS_CANCELLED - ASYNCLIT_TASK_STATUS_DONE];
  counts->n_retried = shares->n_retried;
  asynclit_task_registry_unlock (self);
}

static gboolean
is_running (AsyncLitTask *task)
{
  AsyncLitTaskState state = asynclit_task_state_get (&task->state);

  return asynclit_task_state_get_status (state) == ASYNCLIT_TASK_STATUS_RUNNING
         && !(state & (ASYNCLIT_STATE_WAITING | ASYNCLIT_STATE_QUEUED));
}

guint
asynclit_task_registry_count_running (AsyncLitTaskRegistry *self)
{
  AsyncLitTask *task;
  gsize position = 0;
  guint n = 0;

  asynclit_task_registry_lock (self);
  while ((task = asynclit_task_table_next (&self->tasks, &position)) != NULL)
    n += is_running (task);
  asynclit_task_registry_unlock (self);
  return n;
}
