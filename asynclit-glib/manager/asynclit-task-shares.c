/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Lock order: the lock of the registry, with which these functions are called, then that of a task.
 * A report of a task takes one after the other. The change of its share may therefore arrive after
 * the task has left. It then corrects the sum, from which the new share was already subtracted. */

#include "config.h"

#include "asynclit-amounts-private.h"
#include "asynclit-clock-private.h"
#include "asynclit-task-amounts-private.h"
#include "asynclit-task-shares-private.h"
#include "asynclit-time-private.h"

static gboolean
task_has_amounts (AsyncLitTask *task)
{
  return (asynclit_task_state_get (&task->state) & ASYNCLIT_STATE_HAS_AMOUNTS) != 0;
}

static void
shares_begin (AsyncLitTaskShares *self)
{
  self->n_tasks = 0;
  self->begun = asynclit_clock_now ();
  self->extra = self->extra_ended = 0;
}

void
asynclit_task_shares_enter (AsyncLitTaskShares *self, AsyncLitTask *task)
{
  double share;

  if (self->n_live == 0)
    shares_begin (self);
  self->n_live++;
  self->n_tasks++;
  if (G_LIKELY (!task_has_amounts (task)))
    return;
  self->extra += asynclit_task_amounts_enter (task, &share) - 1;
  self->shares += share;
}

void
asynclit_task_shares_leave (AsyncLitTaskShares *self, AsyncLitTask *task)
{
  AsyncLitTaskState state = asynclit_task_state_get (&task->state);
  double share;

  self->n_live--;
  self->n_ended[asynclit_task_state_get_status (state) - ASYNCLIT_TASK_STATUS_DONE]++;
  if (G_LIKELY (!(state & ASYNCLIT_STATE_HAS_AMOUNTS)))
    return;
  self->extra_ended += asynclit_task_amounts_leave (task, &share) - 1;
  self->shares -= share;
}

double
asynclit_task_shares_get_fraction (const AsyncLitTaskShares *self)
{
  double n_tasks = (double) self->n_tasks;
  double n_ended = (double) (self->n_tasks - self->n_live);
  double whole = n_tasks + self->extra;
  double fraction;

  if (self->begun == 0)
    return -1;
  if (self->n_live == 0)
    return 1;
  /* All weights may be 0. */
  if (whole > 0 && isfinite (whole))
    fraction = (n_ended + self->extra_ended + self->shares) / whole;
  else
    fraction = n_ended / n_tasks;
  return CLAMP (fraction, 0, 1);
}

double
asynclit_task_shares_get_remaining (const AsyncLitTaskShares *self, gint64 now)
{
  double seconds = (double) asynclit_time_between (self->begun, now) / G_USEC_PER_SEC;

  if (self->n_live == 0)
    return self->begun == 0 ? -1 : 0;
  return asynclit_amounts_extrapolate (asynclit_task_shares_get_fraction (self), seconds);
}
