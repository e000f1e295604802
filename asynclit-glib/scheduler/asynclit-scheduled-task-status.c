/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The status of a job, and the operations on it. */

#include "config.h"

#include "asynclit-schedule-core-private.h"
#include "asynclit-scheduled-task-table-private.h"

/**
 * asynclit_scheduled_task_get_last_run_time:
 * @self: a job
 *
 * Gets the time of the last run.
 *
 * May be called from any thread.
 *
 * Returns: (transfer full) (nullable): the time, in the local time zone; %NULL if the job has never
 *   run
 * Since: 1.0
 */
GDateTime *
asynclit_scheduled_task_get_last_run_time (AsyncLitScheduledTask *self)
{
  GDateTime *value;

  g_return_val_if_fail (ASYNCLIT_IS_SCHEDULED_TASK (self), NULL);

  asynclit_lock (&asynclit_schedule_lock);
  value = asynclit_schedule_time_to_date (self->counts.last_run);
  asynclit_unlock (&asynclit_schedule_lock);
  return value;
}

/**
 * asynclit_scheduled_task_get_n_runs:
 * @self: a job
 *
 * Gets the number of runs, including those in progress.
 *
 * May be called from any thread.
 *
 * Returns: the number of runs
 * Since: 1.0
 */
guint64
asynclit_scheduled_task_get_n_runs (AsyncLitScheduledTask *self)
{
  guint64 value;

  g_return_val_if_fail (ASYNCLIT_IS_SCHEDULED_TASK (self), 0);

  asynclit_lock (&asynclit_schedule_lock);
  value = self->counts.n_runs;
  asynclit_unlock (&asynclit_schedule_lock);
  return value;
}

/**
 * asynclit_scheduled_task_get_n_missed:
 * @self: a job
 *
 * Gets the number of times that have passed without a run.
 *
 * May be called from any thread.
 *
 * Returns: the number of missed times
 * Since: 1.0
 */
guint64
asynclit_scheduled_task_get_n_missed (AsyncLitScheduledTask *self)
{
  guint64 value;

  g_return_val_if_fail (ASYNCLIT_IS_SCHEDULED_TASK (self), 0);

  asynclit_lock (&asynclit_schedule_lock);
  value = self->counts.n_missed;
  asynclit_unlock (&asynclit_schedule_lock);
  return value;
}

/**
 * asynclit_scheduled_task_get_n_skipped:
 * @self: a job
 *
 * Gets the number of runs that were skipped because too many runs were in progress.
 *
 * May be called from any thread.
 *
 * Returns: the number of skipped runs
 * Since: 1.0
 */
guint64
asynclit_scheduled_task_get_n_skipped (AsyncLitScheduledTask *self)
{
  guint64 value;

  g_return_val_if_fail (ASYNCLIT_IS_SCHEDULED_TASK (self), 0);

  asynclit_lock (&asynclit_schedule_lock);
  value = self->counts.n_skipped;
  asynclit_unlock (&asynclit_schedule_lock);
  return value;
}

/**
 * asynclit_scheduled_task_get_n_running:
 * @self: a job
 *
 * Gets the number of runs in progress.
 *
 * May be called from any thread.
 *
 * Returns: the number of runs
 * Since: 1.0
 */
guint
asynclit_scheduled_task_get_n_running (AsyncLitScheduledTask *self)
{
  guint value;

  g_return_val_if_fail (ASYNCLIT_IS_SCHEDULED_TASK (self), 0);

  asynclit_lock (&asynclit_schedule_lock);
  value = self->runs.length;
  asynclit_unlock (&asynclit_schedule_lock);
  return value;
}

/**
 * asynclit_scheduled_task_get_paused:
 * @self: a job
 *
 * Gets whether the job is paused.
 *
 * May be called from any thread.
 *
 * Returns: %TRUE if it is paused
 * Since: 1.0
 */
gboolean
asynclit_scheduled_task_get_paused (AsyncLitScheduledTask *self)
{
  gboolean value;

  g_return_val_if_fail (ASYNCLIT_IS_SCHEDULED_TASK (self), FALSE);

  asynclit_lock (&asynclit_schedule_lock);
  value = self->paused;
  asynclit_unlock (&asynclit_schedule_lock);
  return value;
}

/**
 * asynclit_scheduled_task_get_next_run_time:
 * @self: a job
 *
 * Gets the time of the next run; see [property@ScheduledTask:next-run-time].
 *
 * May be called from any thread.
 *
 * Returns: (transfer full) (nullable): the time, in the local time zone; %NULL if it is not known
 *   or there is none
 * Since: 1.0
 */
GDateTime *
asynclit_scheduled_task_get_next_run_time (AsyncLitScheduledTask *self)
{
  AsyncLitScheduleCore *core;
  AsyncLitClockTime now;
  gint64 time = ASYNCLIT_NEVER;

  g_return_val_if_fail (ASYNCLIT_IS_SCHEDULED_TASK (self), NULL);

  asynclit_lock (&asynclit_schedule_lock);
  core = asynclit_scheduled_task_get_core_locked (self);
  if (core != NULL && !self->paused)
    {
      asynclit_clock_get_time (core->clock, &now);
      time = asynclit_job_to_wall_locked (
          self, self->due != ASYNCLIT_NEVER ? self->fire_at : ASYNCLIT_NEVER, &now);
    }
  asynclit_unlock (&asynclit_schedule_lock);
  if (core != NULL)
    asynclit_schedule_core_unref (core);
  return asynclit_schedule_time_to_date (time);
}

/**
 * asynclit_scheduled_task_set_paused:
 * @self: a job
 * @paused: %TRUE to pause the job; %FALSE to resume it
 *
 * Pauses or resumes the job; see [method@ScheduledTask.pause] and [method@ScheduledTask.resume].
 *
 * May be called from any thread.
 *
 * Since: 1.0
 */
void
asynclit_scheduled_task_set_paused (AsyncLitScheduledTask *self, gboolean paused)
{
  AsyncLitDeferredActions deferred = { 0 };
  AsyncLitClockTime now;
  AsyncLitScheduleCore *core;
  gboolean changed;

  g_return_if_fail (ASYNCLIT_IS_SCHEDULED_TASK (self));

  asynclit_lock (&asynclit_schedule_lock);
  core = asynclit_scheduled_task_get_core_locked (self);
  changed = self->paused != !!paused;
  self->paused = !!paused;
  if (changed && core != NULL)
    {
      asynclit_clock_get_time (core->clock, &now);
      if (!paused)
        asynclit_job_pass_over_locked (self, &now);
      asynclit_schedule_core_place_locked (core, self);
      asynclit_deferred_actions_tell_locked (&deferred, self,
                                             ASYNCLIT_JOB_PAUSED | ASYNCLIT_JOB_TIMES);
      asynclit_schedule_core_retire_locked (core, self, &deferred);
    }
  else if (changed)
    {
      self->changes |= ASYNCLIT_JOB_PAUSED;
      asynclit_scheduled_task_tell_locked (self);
    }
  asynclit_unlock (&asynclit_schedule_lock);
  if (core != NULL)
    {
      asynclit_deferred_actions_run (&deferred, core);
      asynclit_schedule_core_unref (core);
    }
}

/**
 * asynclit_scheduled_task_pause:
 * @self: a job
 *
 * Pauses the job. It stays in its scheduler, but skips its times until it is resumed.
 *
 * Runs in progress continue. May be called from any thread.
 *
 * Since: 1.0
 */
void
asynclit_scheduled_task_pause (AsyncLitScheduledTask *self)
{
  asynclit_scheduled_task_set_paused (self, TRUE);
}

/**
 * asynclit_scheduled_task_resume:
 * @self: a job
 *
 * Resumes a paused job.
 *
 * Times that passed while the job was paused are skipped: the job neither runs for them nor counts
 * them as missed. May be called from any thread.
 *
 * Since: 1.0
 */
void
asynclit_scheduled_task_resume (AsyncLitScheduledTask *self)
{
  asynclit_scheduled_task_set_paused (self, FALSE);
}

/**
 * asynclit_scheduled_task_run_now:
 * @self: a job
 *
 * Runs the job now, in addition to its scheduled times, even if it is paused or its scheduler is
 * not running.
 *
 * [property@ScheduledTask:max-instances] and [property@ScheduledTask:overlap] apply, so the run may
 * have to wait for another one, or be skipped. May be called from any thread.
 *
 * Returns: %TRUE if the job is in a scheduler; %FALSE if it is not, and does not run
 * Since: 1.0
 */
gboolean
asynclit_scheduled_task_run_now (AsyncLitScheduledTask *self)
{
  AsyncLitDeferredActions deferred = { 0 };
  AsyncLitClockTime now;
  AsyncLitScheduleCore *core;

  g_return_val_if_fail (ASYNCLIT_IS_SCHEDULED_TASK (self), FALSE);

  asynclit_lock (&asynclit_schedule_lock);
  core = asynclit_scheduled_task_get_core_locked (self);
  if (core != NULL)
    {
      asynclit_clock_get_time (core->clock, &now);
      asynclit_schedule_core_fire_locked (core, self, now.wall, &now, &deferred);
    }
  asynclit_unlock (&asynclit_schedule_lock);
  if (core == NULL)
    return FALSE;
  asynclit_deferred_actions_run (&deferred, core);
  asynclit_schedule_core_unref (core);
  return TRUE;
}

/**
 * asynclit_scheduled_task_remove:
 * @self: a job
 *
 * Removes the job from its scheduler. Runs in progress continue.
 *
 * May be called from any thread.
 *
 * Returns: %TRUE if the job was in a scheduler; %FALSE if it was not
 * Since: 1.0
 */
gboolean
asynclit_scheduled_task_remove (AsyncLitScheduledTask *self)
{
  AsyncLitScheduleCore *core;
  gboolean removed;

  g_return_val_if_fail (ASYNCLIT_IS_SCHEDULED_TASK (self), FALSE);

  asynclit_lock (&asynclit_schedule_lock);
  core = asynclit_scheduled_task_get_core_locked (self);
  asynclit_unlock (&asynclit_schedule_lock);
  if (core == NULL)
    return FALSE;
  removed = asynclit_schedule_core_remove (core, self);
  asynclit_schedule_core_unref (core);
  return removed;
}
