/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The jobs of a scheduler. */

#include "config.h"

#include "asynclit-schedule-core-private.h"
#include "asynclit-scheduler-private.h"

/**
 * asynclit_scheduler_add:
 * @self: a scheduler
 * @job: a job that is in no scheduler
 * @replace_existing: whether the job may replace a job with the same ID
 * @error: return location for an error
 *
 * Adds a job to the scheduler.
 *
 * If there is a job with the same ID, for example because a script runs again, the new job replaces
 * it and inherits its counters. If both have the same trigger, the new job also continues where the
 * old one was: it inherits the next time, the paused state and the runs in progress.
 *
 * The data of a replaced job is released in its owner's context. If that is the caller's context,
 * and no thread iterates it, this call may release the data.
 *
 * Times are computed from the moment at which the job is added, or at which the scheduler is
 * started if that is later.
 *
 * This fails with %G_IO_ERROR_EXISTS if the ID is taken and @replace_existing is %FALSE; with
 * %ASYNCLIT_ERROR_INVALID_ARGUMENT if the job would never run, or is already in a scheduler; with
 * %ASYNCLIT_ERROR_WRONG_THREAD if the job's function is in a language that can't run it on the
 * job's executor; and with %ASYNCLIT_ERROR_SCHEDULER_UNAVAILABLE if the scheduler's store is
 * closed.
 *
 * May be called from any thread.
 *
 * Returns: %TRUE if the job was added; %FALSE with an error
 * Since: 1.0
 */
gboolean
asynclit_scheduler_add (AsyncLitScheduler *self, AsyncLitScheduledTask *job,
                        gboolean replace_existing, GError **error)
{
  g_return_val_if_fail (ASYNCLIT_IS_SCHEDULER (self), FALSE);
  g_return_val_if_fail (ASYNCLIT_IS_SCHEDULED_TASK (job), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return asynclit_schedule_core_add (asynclit_scheduler_get_core (self), job, replace_existing,
                                     error);
}

/**
 * asynclit_scheduler_get:
 * @self: a scheduler
 * @job_id: the ID of a job
 *
 * Finds a job by its ID.
 *
 * May be called from any thread.
 *
 * Returns: (transfer full) (nullable): the job, or %NULL if there is none
 * Since: 1.0
 */
AsyncLitScheduledTask *
asynclit_scheduler_get (AsyncLitScheduler *self, const char *job_id)
{
  AsyncLitScheduleCore *core;
  AsyncLitScheduledTask *job;

  g_return_val_if_fail (ASYNCLIT_IS_SCHEDULER (self), NULL);
  g_return_val_if_fail (job_id != NULL, NULL);

  core = asynclit_scheduler_get_core (self);
  asynclit_lock (&asynclit_schedule_lock);
  job = g_hash_table_lookup (core->jobs, job_id);
  if (job != NULL)
    asynclit_ref_owned_locked (job);
  asynclit_unlock (&asynclit_schedule_lock);
  return job;
}

/**
 * asynclit_scheduler_list_jobs:
 * @self: a scheduler
 *
 * Lists all jobs, in no particular order.
 *
 * May be called from any thread.
 *
 * Returns: (transfer container) (element-type AsyncLit.ScheduledTask): the jobs
 * Since: 1.0
 */
GPtrArray *
asynclit_scheduler_list_jobs (AsyncLitScheduler *self)
{
  AsyncLitScheduleCore *core;
  GPtrArray *jobs;

  g_return_val_if_fail (ASYNCLIT_IS_SCHEDULER (self), NULL);

  core = asynclit_scheduler_get_core (self);
  asynclit_lock (&asynclit_schedule_lock);
  jobs = asynclit_schedule_core_list_locked (core);
  for (guint i = 0; i < jobs->len; i++)
    asynclit_ref_owned_locked (g_ptr_array_index (jobs, i));
  asynclit_unlock (&asynclit_schedule_lock);
  g_ptr_array_set_free_func (jobs, g_object_unref);
  return jobs;
}

/**
 * asynclit_scheduler_remove:
 * @self: a scheduler
 * @job_id: the ID of a job
 *
 * Removes a job from the scheduler. Its runs in progress continue.
 *
 * May be called from any thread.
 *
 * Returns: %TRUE if the job was removed; %FALSE if there is no such job
 * Since: 1.0
 */
gboolean
asynclit_scheduler_remove (AsyncLitScheduler *self, const char *job_id)
{
  g_autoptr (AsyncLitScheduledTask) job = asynclit_scheduler_get (self, job_id);

  return job != NULL && asynclit_schedule_core_remove (asynclit_scheduler_get_core (self), job);
}

/**
 * asynclit_scheduler_get_n_jobs:
 * @self: a scheduler
 *
 * Gets the number of jobs in the scheduler.
 *
 * May be called from any thread.
 *
 * Returns: the number of jobs
 * Since: 1.0
 */
guint
asynclit_scheduler_get_n_jobs (AsyncLitScheduler *self)
{
  g_return_val_if_fail (ASYNCLIT_IS_SCHEDULER (self), 0);

  return asynclit_schedule_core_count_jobs (asynclit_scheduler_get_core (self));
}
