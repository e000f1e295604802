/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Signs of life of a running task, which show that it is not stuck.
 *
 * The driver checks the time of the last sign periodically. A sign therefore only records the time,
 * unless the task counts as stalled. */

#include "config.h"

#include "asynclit-clock-private.h"
#include "asynclit-task-private.h"
#include "asynclit-task-times-private.h"
#include "asynclit-time-private.h"

/* Notifies in the owner's context. */
static void
task_tell_stalled (AsyncLitTask *self)
{
  if (!asynclit_task_has_notify_handlers (self))
    return;
  asynclit_bit_lock (&self->lock);
  self->cold->pending_notifies |= 1u << ASYNCLIT_TASK_PROP_STALLED;
  asynclit_bit_unlock (&self->lock);
  asynclit_task_state_set_flags (&self->state, ASYNCLIT_STATE_NOTIFY_PENDING);
  asynclit_notification_post_changes (&self->notification);
}

void
asynclit_task_give_sign (AsyncLitTask *self)
{
  AsyncLitTaskTimes *times;
  gint64 now = asynclit_clock_now ();
  gboolean was_stalled = FALSE;
  guint attempt = 0;

  asynclit_bit_lock (&self->lock);
  times = self->cold->times;
  if (times != NULL)
    {
      times->last_sign = now;
      was_stalled = times->is_stalled;
      times->is_stalled = FALSE;
      attempt = times->attempt;
    }
  asynclit_bit_unlock (&self->lock);
  if (!was_stalled)
    return;
  task_tell_stalled (self);
  if (attempt != 0)
    asynclit_task_driver->watch_signs (self, attempt);
}

gboolean
asynclit_task_look_for_signs (AsyncLitTask *self, guint attempt)
{
  AsyncLitTaskTimes *times = self->cold->times;
  gint64 now = asynclit_clock_now ();
  gboolean is_current, is_stalled;

  asynclit_bit_lock (&self->lock);
  is_current = times->attempt == attempt;
  is_stalled = is_current && asynclit_task_times_get_stall_due (times) <= now;
  times->is_stalled |= is_stalled;
  asynclit_bit_unlock (&self->lock);
  if (is_stalled)
    task_tell_stalled (self);
  return is_current && !is_stalled;
}

void
asynclit_task_end_signs (AsyncLitTask *self)
{
  gboolean was_stalled;

  asynclit_bit_lock (&self->lock);
  was_stalled = self->cold->times->is_stalled;
  self->cold->times->is_stalled = FALSE;
  asynclit_bit_unlock (&self->lock);
  if (was_stalled)
    task_tell_stalled (self);
}

/**
 * asynclit_task_heartbeat:
 * @self: a task
 *
 * Reports that the function of the task is not stuck, although it reports no progress.
 *
 * See [method@Task.set_stall_timeout]. Without it, this has no effect.
 *
 * May be called from any thread.
 *
 * Since: 1.0
 */
void
asynclit_task_heartbeat (AsyncLitTask *self)
{
  g_return_if_fail (ASYNCLIT_IS_TASK (self));

  if ((asynclit_task_state_get (&self->state) & ASYNCLIT_STATE_TIMED)
      && !asynclit_task_check_forked (self, NULL))
    asynclit_task_give_sign (self);
}

/**
 * asynclit_task_get_stalled:
 * @self: a task
 *
 * Gets whether the task has been running without a sign of life for longer than
 * [property@Task:stall-timeout].
 *
 * May be called from any thread.
 *
 * Returns: %TRUE if the task is stalled
 * Since: 1.0
 */
gboolean
asynclit_task_get_stalled (AsyncLitTask *self)
{
  gboolean is_stalled = FALSE;

  g_return_val_if_fail (ASYNCLIT_IS_TASK (self), FALSE);

  asynclit_bit_lock (&self->lock);
  if (self->cold != NULL && self->cold->times != NULL)
    is_stalled = self->cold->times->is_stalled;
  asynclit_bit_unlock (&self->lock);
  return is_stalled;
}
