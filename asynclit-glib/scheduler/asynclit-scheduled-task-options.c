/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* How a job runs, and for how long: what may be changed at any time. */

#include "config.h"

#include "asynclit-schedule-core-private.h"
#include "asynclit-check-private.h"
#include "asynclit-scheduled-task-table-private.h"

/* What a property takes, and nothing else: its range is written down where the property is made. */
#define ALLOWS(type, property, value)                                                              \
  asynclit_property_allows_##type (asynclit_scheduled_task_properties[property], value)

/* A setter of what may change at any time changes it, and does what follows from it. FALSE if it is
 * so already. Called with the lock held: an object is exchanged for the one before, which the
 * setter drops when the lock is free, for that may run code of the user. */
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

/* What limits the times has changed: the next one, if there is one still. */
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

/* It counts from the next run on. */
static void
scheduled_task_go_on (AsyncLitScheduledTask *self, const AsyncLitClockTime *now)
{
}

/* A ChangeFunc for what is one value. */
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
 * Gets when the job is due.
 *
 * May be called from any thread.
 *
 * Returns: (transfer full) (nullable): the trigger; %NULL if none was given yet
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
 * Sets when the job is due.
 *
 * The times are counted anew, from now.
 *
 * May be called from any thread.
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
 * Gets what happens when a run fails.
 *
 * May be called from any thread.
 *
 * Returns: (transfer full) (nullable): the policy; %NULL if there is none
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
 * @retry_policy: (nullable): the policy; %NULL for none
 *
 * Sets what happens when a run fails.
 *
 * It is for the runs that become due from now on.
 *
 * May be called from any thread.
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
 * Gets for how long a run that is late is made up for.
 *
 * May be called from any thread.
 *
 * Returns: seconds; negative: however late it is
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
 * @misfire_grace: seconds, up to %G_MAXDOUBLE; negative: however late it is
 *
 * Sets for how long a run that is late is made up for.
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
 * Gets whether there is one run for several times that have come.
 *
 * May be called from any thread.
 *
 * Returns: %TRUE if there is one, %FALSE if there is a run for each
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
 * @coalesce: %TRUE for one, %FALSE for a run for each
 *
 * Sets whether there is one run for several times that have come.
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
 * Gets whether a run that had begun when the program was ended is made up for.
 *
 * May be called from any thread.
 *
 * Returns: %TRUE if it is
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
 * @rerun_interrupted: %TRUE if it is to be
 *
 * Sets whether a run that had begun when the program was ended is made up for.
 *
 * May be called from any thread.
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
 * Gets how many runs of the job there may be at a time.
 *
 * May be called from any thread.
 *
 * Returns: the number; 0 for any
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
 * @max_instances: the number; 0 for any
 *
 * Sets how many runs of the job there may be at a time.
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
 * Gets what happens to a run that is due when there are as many as there may be.
 *
 * May be called from any thread.
 *
 * Returns: what happens
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
 * @overlap: what happens
 *
 * Sets what happens to a run that is due when there are as many as there may be.
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
 * Gets after when the job does not run any more.
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
 * Sets after when the job does not run any more.
 *
 * If no time is left before it, the job is over.
 *
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
 * Gets after how many runs the job is over.
 *
 * May be called from any thread.
 *
 * Returns: the number; 0: never
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
 * @max_runs: the number; 0: never
 *
 * Sets after how many runs the job is over.
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
 * Gets by how much at most a run is put off by chance.
 *
 * May be called from any thread.
 *
 * Returns: seconds
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
 * @jitter: seconds; from 0 to 31,622,400, which is a year
 *
 * Sets by how much at most a run is put off by chance.
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
