/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What a group says about itself. */

#include "config.h"

#include "asynclit-amounts-private.h"
#include "asynclit-clock-private.h"
#include "asynclit-group-core-types-private.h"
#include "asynclit-time-private.h"

#include <math.h>

/* Settings and numbers */

gboolean
asynclit_group_core_get_closed (AsyncLitGroupCore *self)
{
  gboolean is_closed;

  asynclit_group_core_lock (self);
  is_closed = self->is_closed;
  asynclit_group_core_unlock (self);
  return is_closed;
}

gboolean
asynclit_group_core_get_cancel_on_error (AsyncLitGroupCore *self)
{
  gboolean cancel_on_error;

  asynclit_group_core_lock (self);
  cancel_on_error = self->cancel_on_error;
  asynclit_group_core_unlock (self);
  return cancel_on_error;
}

gboolean
asynclit_group_core_set_cancel_on_error (AsyncLitGroupCore *self, gboolean cancel_on_error)
{
  gboolean changes;

  asynclit_group_core_lock (self);
  changes = self->cancel_on_error != cancel_on_error;
  self->cancel_on_error = cancel_on_error;
  asynclit_group_core_unlock (self);
  return changes;
}

guint
asynclit_group_core_get_max_completed (AsyncLitGroupCore *self)
{
  guint max_completed;

  asynclit_group_core_lock (self);
  max_completed = self->max_completed;
  asynclit_group_core_unlock (self);
  return max_completed;
}

guint
asynclit_group_core_get_n_live (AsyncLitGroupCore *self)
{
  guint n_live;

  asynclit_group_core_lock (self);
  n_live = self->live.length;
  asynclit_group_core_unlock (self);
  return n_live;
}

/* Takes the tasks and their weights under the lock; asks the tasks without it. */
static double
core_measure (AsyncLitGroupCore *self, guint *n_live, guint *n_tasks, gint64 *begun)
{
  g_autoptr (GPtrArray) tasks = asynclit_group_tasks_new ();
  double weight, done;

  asynclit_group_core_lock (self);
  asynclit_group_add_tasks_locked (self, &self->live, tasks);
  weight = self->weight;
  done = self->weight_ended;
  *n_tasks = self->n_tasks;
  *n_live = self->live.length;
  *begun = self->begun;
  asynclit_group_core_unlock (self);
  if (*n_live == 0)
    return *n_tasks > 0 ? 1 : -1;
  /* All weights may be 0. */
  if (!(weight > 0 && isfinite (weight)))
    return (double) (*n_tasks - *n_live) / *n_tasks;
  for (guint i = 0; i < tasks->len; i++)
    {
      AsyncLitTask *task = g_ptr_array_index (tasks, i);

      done += MAX (asynclit_task_get_fraction (task), 0) * asynclit_task_get_progress_weight (task);
    }
  return CLAMP (done / weight, 0, 1);
}

double
asynclit_group_core_get_fraction (AsyncLitGroupCore *self)
{
  guint n_live, n_tasks;
  gint64 begun;

  return core_measure (self, &n_live, &n_tasks, &begun);
}

double
asynclit_group_core_get_remaining (AsyncLitGroupCore *self)
{
  guint n_live, n_tasks;
  gint64 begun;
  double fraction = core_measure (self, &n_live, &n_tasks, &begun);

  if (n_live == 0)
    return n_tasks > 0 ? 0 : -1;
  return asynclit_amounts_extrapolate (
      fraction, (double) asynclit_time_between (begun, asynclit_clock_now ()) / G_USEC_PER_SEC);
}

/* Tasks */

GPtrArray *
asynclit_group_core_list (AsyncLitGroupCore *self)
{
  GPtrArray *tasks = asynclit_group_tasks_new ();

  asynclit_group_core_lock (self);
  asynclit_group_add_tasks_locked (self, &self->ended, tasks);
  asynclit_group_add_tasks_locked (self, &self->live, tasks);
  asynclit_group_core_unlock (self);
  return tasks;
}

AsyncLitTask *
asynclit_group_core_find_live (AsyncLitGroupCore *self)
{
  AsyncLitTask *task = NULL;

  asynclit_group_core_lock (self);
  for (GList *link = self->live.head; task == NULL && link != NULL; link = link->next)
    if (!asynclit_task_has_ended (((AsyncLitGroupMember *) link->data)->task))
      task = asynclit_ref_owned_locked (((AsyncLitGroupMember *) link->data)->task);
  asynclit_group_core_unlock (self);
  return task;
}

AsyncLitTask *
asynclit_group_core_get_idle (AsyncLitGroupCore *self)
{
  AsyncLitTask *fresh = asynclit_task_new ();
  AsyncLitTask *idle = NULL;

  asynclit_group_core_lock (self);
  if (self->live.length > 0)
    {
      if (self->idle == NULL)
        self->idle = g_steal_pointer (&fresh);
      idle = asynclit_ref_owned_locked (self->idle);
    }
  asynclit_group_core_unlock (self);
  g_clear_object (&fresh);
  return idle;
}
