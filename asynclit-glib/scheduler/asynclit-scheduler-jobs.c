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
 * @replace_existing: whether it may take the place of a job with the same id
 * @error: return location for an error
 *
 * Adds a job.
 *
 * If there is a job with the same id, which is what happens when a script runs again, the new one
 * takes its place, with its counters. If their triggers are the same, too, it goes on where the
 * other one was: its next time, whether it is paused, and the runs that are under way.
 *
 * What belongs to a job that was replaced is released where that was made: in this call, too, if
 * that is here and nobody iterates the caller's main context.
 *
 * Times are counted from when the job is added, or from when the scheduler is started if that is
 * later.
 *
 * Errors: %G_IO_ERROR_EXISTS if the id is taken and may not be replaced;
 * %ASYNCLIT_ERROR_INVALID_ARGUMENT if the job would never run, or is in a scheduler already;
 * %ASYNCLIT_ERROR_WRONG_THREAD if its function is of a language that can't run it where it would
 * have to.
 *
 * May be called from any thread.
 *
 * Returns: %TRUE if the job was added
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
 * @job_id: the id of a job
 *
 * Finds a job.
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
 * Lists all jobs, in no order.
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
 * @job_id: the id of a job
 *
 * Removes a job. Runs of it that are under way go on.
 *
 * May be called from any thread.
 *
 * Returns: %FALSE if there is no such job
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
 * Gets how many jobs the scheduler has.
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
