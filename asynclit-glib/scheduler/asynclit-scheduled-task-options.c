/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The properties of a job that control when and how it runs, and may be changed at any time. */

#include "config.h"

#include "asynclit-schedule-core-private.h"
#include "asynclit-check-private.h"
#include "asynclit-scheduled-task-table-private.h"

/* Whether a property accepts a value. Its range is written down once, where the property is
 * created. */
#define ALLOWS(type, property, value)                                                              \
  asynclit_property_allows_##type (asynclit_scheduled_task_properties[property], value)

/* Changes a property that may change at any time, and applies the consequences. FALSE if the
 * property already has the value. Called with the lock held. A ChangeFunc swaps the new object with
 * the old one, which the setter drops after releasing the lock, because that may run user code. */
typedef gboolean (*ChangeFunc) (AsyncLitScheduledTask *self, const AsyncLitClockTime *now,
                                gpointer value);

static void
scheduled_task_change (AsyncLitScheduledTask *self, guint property_id, ChangeFunc change,
                       gpointer value)
{
  AsyncLitDeferredActions deferred = { 0 };
  AsyncLitClockTime now = { 0, 0 };
  AsyncLitScheduleCore *core;
  gboolean changed;

  asynclit_lock (&asynclit_schedule_lock);
  core = asynclit_scheduled_task_get_core_locked (self);
  if (core != NULL)
    asynclit_clock_get_time (core->clock, &now);
  changed = change (self, &now, value);
  if (changed && core != NULL)
    {
      asynclit_schedule_core_place_locked (core, self);
      asynclit_schedule_core_fire_waiting_locked (core, self, &now, &deferred);
      asynclit_deferred_actions_tell_locked (&deferred, self, ASYNCLIT_JOB_TIMES);
      asynclit_schedule_core_retire_locked (core, self, &deferred);
    }
  asynclit_unlock (&asynclit_schedule_lock);
  if (core != NULL)
    {
      asynclit_deferred_actions_run (&deferred, core);
      asynclit_schedule_core_unref (core);
    }
  if (changed)
    g_object_notify_by_pspec (G_OBJECT (self), asynclit_scheduled_task_properties[property_id]);
}

/* The limits of the times have changed: recomputes the next time, if there still is one. */
static void
scheduled_task_limit (AsyncLitScheduledTask *self, const AsyncLitClockTime *now)
{
  if (self->core == NULL)
    return;
  if (self->due == ASYNCLIT_NEVER)
    asynclit_job_proceed_locked (self, now);
  else
    asynclit_job_set_due_locked (self, self->due, now);
}

/* The value takes effect at the next run. */
static void
scheduled_task_go_on (AsyncLitScheduledTask *self, const AsyncLitClockTime *now)
{
}

/* A ChangeFunc for a property that is one value. */
#define DEFINE_CHANGE(field, Type, follow)                                                         \
  static gboolean change_##field (AsyncLitScheduledTask *self, const AsyncLitClockTime *now,       \
                                  gpointer value)                                                  \
  {                                                                                                \
    if (self->field == *(Type const *) value)                                                      \
      return FALSE;                                                                                \
    self->field = *(Type const *) value;                                                           \
    follow (self, now);                                                                            \
    return TRUE;                                                                                   \
  }

/**
 * asynclit_scheduled_task_get_trigger:
 * @self: a job
 *
 * Gets the trigger, which determines when the job is due.
 *
 * May be called from any thread.
 *
 * Returns: (transfer full) (nullable): the trigger; %NULL if none has been set
 * Since: 1.0
 */
AsyncLitTrigger *
asynclit_scheduled_task_get_trigger (AsyncLitScheduledTask *self)
{
  AsyncLitTrigger *value;

  g_return_val_if_fail (ASYNCLIT_IS_SCHEDULED_TASK (self), NULL);

  asynclit_lock (&asynclit_schedule_lock);
  value = self->trigger != NULL ? asynclit_ref_owned_locked (self->trigger) : NULL;
  asynclit_unlock (&asynclit_schedule_lock);
  return value;
}

static gboolean
change_trigger (AsyncLitScheduledTask *self, const AsyncLitClockTime *now, gpointer value)
{
  AsyncLitTrigger **trigger = value;
  AsyncLitTrigger *before = self->trigger;

  if (before == *trigger)
    return FALSE;
  self->trigger = *trigger;
  *trigger = before;
  if (self->core != NULL)
    asynclit_job_restart_locked (self, now);
  return TRUE;
}

/**
 * asynclit_scheduled_task_set_trigger:
 * @self: a job
 * @trigger: the trigger
 *
 * Sets the trigger, which determines when the job is due. `notify` is emitted on the calling
 * thread.
 *
 * The next time is computed from the current time. May be called from any thread.
 *
 * Since: 1.0
 */
void
asynclit_scheduled_task_set_trigger (AsyncLitScheduledTask *self, AsyncLitTrigger *trigger)
{
  g_autoptr (AsyncLitTrigger) exchanged = NULL;

  g_return_if_fail (ASYNCLIT_IS_SCHEDULED_TASK (self));
  g_return_if_fail (ASYNCLIT_IS_TRIGGER (trigger));

  exchanged = g_object_ref (trigger);
  scheduled_task_change (self, PROP_TRIGGER, change_trigger, &exchanged);
}

/**
 * asynclit_scheduled_task_get_retry_policy:
 * @self: a job
 *
 * Gets the policy that decides whether a failed run is retried.
 *
 * May be called from any thread.
 *
 * Returns: (transfer full) (nullable): the policy; %NULL if failed runs are not retried
 * Since: 1.0
 */
AsyncLitRetryPolicy *
asynclit_scheduled_task_get_retry_policy (AsyncLitScheduledTask *self)
{
  AsyncLitRetryPolicy *value;

  g_return_val_if_fail (ASYNCLIT_IS_SCHEDULED_TASK (self), NULL);

  asynclit_lock (&asynclit_schedule_lock);
  value = self->retry != NULL ? asynclit_ref_owned_locked (self->retry) : NULL;
  asynclit_unlock (&asynclit_schedule_lock);
  return value;
}

static gboolean
change_retry_policy (AsyncLitScheduledTask *self, const AsyncLitClockTime *now, gpointer value)
{
  AsyncLitRetryPolicy **retry = value;
  AsyncLitRetryPolicy *before = self->retry;

  self->retry = *retry;
  *retry = before;
  return self->retry != before;
}

/**
 * asynclit_scheduled_task_set_retry_policy:
 * @self: a job
 * @retry_policy: (nullable): the policy; %NULL to not retry failed runs
 *
 * Sets the policy that decides whether a failed run is retried. The default is %NULL. `notify` is
 * emitted on the calling thread.
 *
 * The policy applies to runs that become due after this call. May be called from any thread.
 *
 * Since: 1.0
 */
void
asynclit_scheduled_task_set_retry_policy (AsyncLitScheduledTask *self,
                                          AsyncLitRetryPolicy *retry_policy)
{
  g_autoptr (AsyncLitRetryPolicy) exchanged = NULL;

  g_return_if_fail (ASYNCLIT_IS_SCHEDULED_TASK (self));
  g_return_if_fail (retry_policy == NULL || ASYNCLIT_IS_RETRY_POLICY (retry_policy));

  g_set_object (&exchanged, retry_policy);
  scheduled_task_change (self, PROP_RETRY_POLICY, change_retry_policy, &exchanged);
}

/**
 * asynclit_scheduled_task_get_misfire_grace:
 * @self: a job
 *
 * Gets the maximum lateness of a run; see [property@ScheduledTask:misfire-grace].
 *
 * May be called from any thread.
 *
 * Returns: the maximum, in seconds; a negative value means that there is no limit
 * Since: 1.0
 */
double
asynclit_scheduled_task_get_misfire_grace (AsyncLitScheduledTask *self)
{
  double value;

  g_return_val_if_fail (ASYNCLIT_IS_SCHEDULED_TASK (self), 0);

  asynclit_lock (&asynclit_schedule_lock);
  value = self->misfire_grace;
  asynclit_unlock (&asynclit_schedule_lock);
  return value;
}

DEFINE_CHANGE (misfire_grace, double, scheduled_task_go_on)

/**
 * asynclit_scheduled_task_set_misfire_grace:
 * @self: a job
 * @misfire_grace: the maximum, in seconds; a negative value means that there is no limit
 *
 * Sets the maximum lateness of a run; see [property@ScheduledTask:misfire-grace]. The default is
 * -1. `notify` is emitted on the calling thread.
 *
 * May be called from any thread.
 *
 * Since: 1.0
 */
void
asynclit_scheduled_task_set_misfire_grace (AsyncLitScheduledTask *self, double misfire_grace)
{
  g_return_if_fail (ASYNCLIT_IS_SCHEDULED_TASK (self));
  g_return_if_fail (ALLOWS (double, PROP_MISFIRE_GRACE, misfire_grace));

  scheduled_task_change (self, PROP_MISFIRE_GRACE, change_misfire_grace, &misfire_grace);
}

/**
 * asynclit_scheduled_task_get_coalesce:
 * @self: a job
 *
 * Gets whether the job runs only once if several of its times have passed.
 *
 * May be called from any thread.
 *
 * Returns: %TRUE if it runs once; %FALSE if it runs for each time
 * Since: 1.0
 */
gboolean
asynclit_scheduled_task_get_coalesce (AsyncLitScheduledTask *self)
{
  gboolean value;

  g_return_val_if_fail (ASYNCLIT_IS_SCHEDULED_TASK (self), FALSE);

  asynclit_lock (&asynclit_schedule_lock);
  value = self->coalesce;
  asynclit_unlock (&asynclit_schedule_lock);
  return value;
}

DEFINE_CHANGE (coalesce, gboolean, scheduled_task_go_on)

/**
 * asynclit_scheduled_task_set_coalesce:
 * @self: a job
 * @coalesce: %TRUE to run once; %FALSE to run for each time
 *
 * Sets whether the job runs only once if several of its times have passed. The default is %TRUE.
 * `notify` is emitted on the calling thread.
 *
 * May be called from any thread.
 *
 * Since: 1.0
 */
void
asynclit_scheduled_task_set_coalesce (AsyncLitScheduledTask *self, gboolean coalesce)
{
  g_return_if_fail (ASYNCLIT_IS_SCHEDULED_TASK (self));

  coalesce = coalesce != FALSE;
  scheduled_task_change (self, PROP_COALESCE, change_coalesce, &coalesce);
}

/**
 * asynclit_scheduled_task_get_rerun_interrupted:
 * @self: a job
 *
 * Gets whether a run is repeated if the program exited before the run had ended.
 *
 * May be called from any thread.
 *
 * Returns: %TRUE if it is repeated
 * Since: 1.0
 */
gboolean
asynclit_scheduled_task_get_rerun_interrupted (AsyncLitScheduledTask *self)
{
  gboolean value;

  g_return_val_if_fail (ASYNCLIT_IS_SCHEDULED_TASK (self), FALSE);

  asynclit_lock (&asynclit_schedule_lock);
  value = self->rerun_interrupted;
  asynclit_unlock (&asynclit_schedule_lock);
  return value;
}

DEFINE_CHANGE (rerun_interrupted, gboolean, scheduled_task_go_on)

/**
 * asynclit_scheduled_task_set_rerun_interrupted:
 * @self: a job
 * @rerun_interrupted: whether to repeat it
 *
 * Sets whether a run is repeated if the program exited before the run had ended. The default is
 * %FALSE. `notify` is emitted on the calling thread.
 *
 * This only has an effect in a scheduler with a store. May be called from any thread.
 *
 * Since: 1.0
 */
void
asynclit_scheduled_task_set_rerun_interrupted (AsyncLitScheduledTask *self,
                                               gboolean rerun_interrupted)
{
  g_return_if_fail (ASYNCLIT_IS_SCHEDULED_TASK (self));

  rerun_interrupted = rerun_interrupted != FALSE;
  scheduled_task_change (self, PROP_RERUN_INTERRUPTED, change_rerun_interrupted,
                         &rerun_interrupted);
}

/**
 * asynclit_scheduled_task_get_max_instances:
 * @self: a job
 *
 * Gets the maximum number of runs that are in progress at the same time.
 *
 * May be called from any thread.
 *
 * Returns: the maximum; 0 means that there is no limit
 * Since: 1.0
 */
guint
asynclit_scheduled_task_get_max_instances (AsyncLitScheduledTask *self)
{
  guint value;

  g_return_val_if_fail (ASYNCLIT_IS_SCHEDULED_TASK (self), 0);

  asynclit_lock (&asynclit_schedule_lock);
  value = self->max_instances;
  asynclit_unlock (&asynclit_schedule_lock);
  return value;
}

DEFINE_CHANGE (max_instances, guint, scheduled_task_go_on)

/**
 * asynclit_scheduled_task_set_max_instances:
 * @self: a job
 * @max_instances: the maximum; 0 means that there is no limit
 *
 * Sets the maximum number of runs that are in progress at the same time. The default is 1. `notify`
 * is emitted on the calling thread.
 *
 * May be called from any thread.
 *
 * Since: 1.0
 */
void
asynclit_scheduled_task_set_max_instances (AsyncLitScheduledTask *self, guint max_instances)
{
  g_return_if_fail (ASYNCLIT_IS_SCHEDULED_TASK (self));
  g_return_if_fail (ALLOWS (uint, PROP_MAX_INSTANCES, max_instances));

  scheduled_task_change (self, PROP_MAX_INSTANCES, change_max_instances, &max_instances);
}

/**
 * asynclit_scheduled_task_get_overlap:
 * @self: a job
 *
 * Gets what happens to a run that is due while [property@ScheduledTask:max-instances] runs are in
 * progress.
 *
 * May be called from any thread.
 *
 * Returns: the policy
 * Since: 1.0
 */
AsyncLitOverlap
asynclit_scheduled_task_get_overlap (AsyncLitScheduledTask *self)
{
  AsyncLitOverlap value;

  g_return_val_if_fail (ASYNCLIT_IS_SCHEDULED_TASK (self), ASYNCLIT_OVERLAP_SKIP);

  asynclit_lock (&asynclit_schedule_lock);
  value = self->overlap;
  asynclit_unlock (&asynclit_schedule_lock);
  return value;
}

DEFINE_CHANGE (overlap, AsyncLitOverlap, scheduled_task_go_on)

/**
 * asynclit_scheduled_task_set_overlap:
 * @self: a job
 * @overlap: the policy
 *
 * Sets what happens to a run that is due while [property@ScheduledTask:max-instances] runs are in
 * progress. The default is %ASYNCLIT_OVERLAP_SKIP. `notify` is emitted on the calling thread.
 *
 * May be called from any thread.
 *
 * Since: 1.0
 */
void
asynclit_scheduled_task_set_overlap (AsyncLitScheduledTask *self, AsyncLitOverlap overlap)
{
  g_return_if_fail (ASYNCLIT_IS_SCHEDULED_TASK (self));
  g_return_if_fail (ALLOWS (enum, PROP_OVERLAP, overlap));

  scheduled_task_change (self, PROP_OVERLAP, change_overlap, &overlap);
}

/**
 * asynclit_scheduled_task_get_end_time:
 * @self: a job
 *
 * Gets the wall-clock time after which no run of the job begins.
 *
 * May be called from any thread.
 *
 * Returns: (transfer full) (nullable): the time; %NULL if there is none
 * Since: 1.0
 */
GDateTime *
asynclit_scheduled_task_get_end_time (AsyncLitScheduledTask *self)
{
  GDateTime *value;

  g_return_val_if_fail (ASYNCLIT_IS_SCHEDULED_TASK (self), NULL);

  asynclit_lock (&asynclit_schedule_lock);
  value = asynclit_schedule_time_to_date (self->end_time);
  asynclit_unlock (&asynclit_schedule_lock);
  return value;
}

static gboolean
change_end_time (AsyncLitScheduledTask *self, const AsyncLitClockTime *now, gpointer value)
{
  const gint64 end_time
      = value != NULL ? asynclit_date_time_to_usec ((GDateTime *) value) : ASYNCLIT_NO_TIME;

  if (self->end_time == end_time)
    return FALSE;
  self->end_time = end_time;
  scheduled_task_limit (self, now);
  return TRUE;
}

/**
 * asynclit_scheduled_task_set_end_time:
 * @self: a job
 * @end_time: (nullable): the time; %NULL for none
 *
 * Sets the wall-clock time after which no run of the job begins. The default is %NULL. `notify` is
 * emitted on the calling thread.
 *
 * If the trigger has no time left before @end_time, the job ends and is removed from its scheduler.
 * May be called from any thread.
 *
 * Since: 1.0
 */
void
asynclit_scheduled_task_set_end_time (AsyncLitScheduledTask *self, GDateTime *end_time)
{
  g_return_if_fail (ASYNCLIT_IS_SCHEDULED_TASK (self));

  scheduled_task_change (self, PROP_END_TIME, change_end_time, end_time);
}

/**
 * asynclit_scheduled_task_get_max_runs:
 * @self: a job
 *
 * Gets the number of runs after which the job ends.
 *
 * May be called from any thread.
 *
 * Returns: the number; 0 means that there is no limit
 * Since: 1.0
 */
guint
asynclit_scheduled_task_get_max_runs (AsyncLitScheduledTask *self)
{
  guint value;

  g_return_val_if_fail (ASYNCLIT_IS_SCHEDULED_TASK (self), 0);

  asynclit_lock (&asynclit_schedule_lock);
  value = self->max_runs;
  asynclit_unlock (&asynclit_schedule_lock);
  return value;
}

DEFINE_CHANGE (max_runs, guint, scheduled_task_limit)

/**
 * asynclit_scheduled_task_set_max_runs:
 * @self: a job
 * @max_runs: the number; 0 means that there is no limit
 *
 * Sets the number of runs after which the job ends. The default is 0. `notify` is emitted on the
 * calling thread.
 *
 * May be called from any thread.
 *
 * Since: 1.0
 */
void
asynclit_scheduled_task_set_max_runs (AsyncLitScheduledTask *self, guint max_runs)
{
  g_return_if_fail (ASYNCLIT_IS_SCHEDULED_TASK (self));
  g_return_if_fail (ALLOWS (uint, PROP_MAX_RUNS, max_runs));

  scheduled_task_change (self, PROP_MAX_RUNS, change_max_runs, &max_runs);
}

/**
 * asynclit_scheduled_task_get_jitter:
 * @self: a job
 *
 * Gets the maximum random delay of each run.
 *
 * May be called from any thread.
 *
 * Returns: the maximum, in seconds
 * Since: 1.0
 */
double
asynclit_scheduled_task_get_jitter (AsyncLitScheduledTask *self)
{
  double value;

  g_return_val_if_fail (ASYNCLIT_IS_SCHEDULED_TASK (self), 0);

  asynclit_lock (&asynclit_schedule_lock);
  value = self->jitter;
  asynclit_unlock (&asynclit_schedule_lock);
  return value;
}

DEFINE_CHANGE (jitter, double, scheduled_task_limit)

/**
 * asynclit_scheduled_task_set_jitter:
 * @self: a job
 * @jitter: the maximum, in seconds; from 0 to 31,622,400, which is a year
 *
 * Sets the maximum random delay of each run. The default is 0. `notify` is emitted on the calling
 * thread.
 *
 * May be called from any thread.
 *
 * Since: 1.0
 */
void
asynclit_scheduled_task_set_jitter (AsyncLitScheduledTask *self, double jitter)
{
  g_return_if_fail (ASYNCLIT_IS_SCHEDULED_TASK (self));
  g_return_if_fail (ALLOWS (double, PROP_JITTER, jitter));

  scheduled_task_change (self, PROP_JITTER, change_jitter, &jitter);
}
