/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The properties that identify a job, and can't be changed after it has been added to a
 * scheduler. */

#include "config.h"

#include "asynclit-schedule-core-private.h"
#include "asynclit-check-private.h"
#include "asynclit-context-private.h"
#include "asynclit-scheduled-task-table-private.h"

/* Whether a property accepts a value. Its range is written down once, where the property is
 * created. */
#define ALLOWS(type, property, value)                                                              \
  asynclit_property_allows_##type (asynclit_scheduled_task_properties[property], value)

GParamSpec *asynclit_scheduled_task_properties[N_PROPS];

/* The core that the job is in, with a reference. In the child of a fork it is NULL, because the
 * parent may have been in the middle of a change to its core. */
AsyncLitScheduleCore *
asynclit_scheduled_task_get_core_locked (AsyncLitScheduledTask *self)
{
  asynclit_assert_locked (&asynclit_schedule_lock);
  if (self->core != NULL && !asynclit_schedule_core_is_own (self->core))
    {
      self->core = NULL;
      self->entry.place = 0;
      self->runs = self->waiting = (GQueue) G_QUEUE_INIT;
    }
  return self->core != NULL ? asynclit_schedule_core_ref (self->core) : NULL;
}

static gboolean
scheduled_task_is_added (AsyncLitScheduledTask *self)
{
  gboolean is_added;

  asynclit_lock (&asynclit_schedule_lock);
  is_added = self->core != NULL && asynclit_schedule_core_is_own (self->core);
  asynclit_unlock (&asynclit_schedule_lock);
  return is_added;
}

static void
scheduled_task_notify (AsyncLitScheduledTask *self, guint property_id)
{
  g_object_notify_by_pspec (G_OBJECT (self), asynclit_scheduled_task_properties[property_id]);
}

/**
 * asynclit_scheduled_task_get_job_id:
 * @self: a job
 *
 * Gets the ID of the job in its scheduler.
 *
 * May be called from any thread.
 *
 * Returns: (nullable): the ID; %NULL if none was set and the job has not been added yet
 * Since: 1.0
 */
const char *
asynclit_scheduled_task_get_job_id (AsyncLitScheduledTask *self)
{
  g_return_val_if_fail (ASYNCLIT_IS_SCHEDULED_TASK (self), NULL);

  return self->id;
}

/**
 * asynclit_scheduled_task_set_job_id:
 * @self: a job
 * @job_id: (nullable): the ID; %NULL to generate one when the job is added
 *
 * Sets the ID of the job in its scheduler. The default is %NULL. `notify` is emitted on the calling
 * thread.
 *
 * Must not be called after the job has been added to a scheduler.
 *
 * Since: 1.0
 */
void
asynclit_scheduled_task_set_job_id (AsyncLitScheduledTask *self, const char *job_id)
{
  g_return_if_fail (ASYNCLIT_IS_SCHEDULED_TASK (self));
  g_return_if_fail (!scheduled_task_is_added (self));

  if (g_strcmp0 (self->id, job_id) == 0)
    return;
  g_free (self->id);
  self->id = g_strdup (job_id);
  scheduled_task_notify (self, PROP_JOB_ID);
}

/**
 * asynclit_scheduled_task_get_name:
 * @self: a job
 *
 * Gets the name of the job and of its tasks.
 *
 * May be called from any thread.
 *
 * Returns: (nullable): the name; %NULL if it has none
 * Since: 1.0
 */
const char *
asynclit_scheduled_task_get_name (AsyncLitScheduledTask *self)
{
  g_return_val_if_fail (ASYNCLIT_IS_SCHEDULED_TASK (self), NULL);

  return self->name;
}

/**
 * asynclit_scheduled_task_set_name:
 * @self: a job
 * @name: (nullable): the name; %NULL for none
 *
 * Sets the name of the job and of its tasks. The default is %NULL. `notify` is emitted on the
 * calling thread.
 *
 * Must not be called after the job has been added to a scheduler.
 *
 * Since: 1.0
 */
void
asynclit_scheduled_task_set_name (AsyncLitScheduledTask *self, const char *name)
{
  g_return_if_fail (ASYNCLIT_IS_SCHEDULED_TASK (self));
  g_return_if_fail (!scheduled_task_is_added (self));

  if (g_strcmp0 (self->name, name) == 0)
    return;
  g_free (self->name);
  self->name = g_strdup (name);
  scheduled_task_notify (self, PROP_NAME);
}

/**
 * asynclit_scheduled_task_get_latest_task_name:
 * @self: a job
 *
 * Gets the name under which the task manager finds the job's latest task.
 *
 * May be called from any thread.
 *
 * Returns: (nullable): the name; %NULL if none was set
 * Since: 1.0
 */
const char *
asynclit_scheduled_task_get_latest_task_name (AsyncLitScheduledTask *self)
{
  g_return_val_if_fail (ASYNCLIT_IS_SCHEDULED_TASK (self), NULL);

  return asynclit_scheduled_task_get_alias (self);
}

/**
 * asynclit_scheduled_task_set_latest_task_name:
 * @self: a job
 * @name: (nullable): the name; %NULL for none
 *
 * Sets the name under which the task manager finds the job's latest task. The default is %NULL.
 * `notify` is emitted on the calling thread.
 *
 * ```c
 * asynclit_scheduled_task_set_latest_task_name (job, "weather");
 * // later
 * task = asynclit_task_manager_get (manager, "global:weather");
 * ```
 *
 * Must not be called after the job has been added to a scheduler.
 *
 * Since: 1.0
 */
void
asynclit_scheduled_task_set_latest_task_name (AsyncLitScheduledTask *self, const char *name)
{
  g_return_if_fail (ASYNCLIT_IS_SCHEDULED_TASK (self));
  g_return_if_fail (!scheduled_task_is_added (self));

  if (g_strcmp0 (asynclit_scheduled_task_get_alias (self), name) == 0)
    return;
  g_free (self->latest_task_key);
  self->latest_task_key = name != NULL ? g_strconcat (ASYNCLIT_ALIAS_PREFIX, name, NULL) : NULL;
  scheduled_task_notify (self, PROP_LATEST_TASK_KEY);
  scheduled_task_notify (self, PROP_LATEST_TASK_NAME);
}

/**
 * asynclit_scheduled_task_get_latest_task_key:
 * @self: a job
 *
 * Gets the key under which [method@TaskManager.get] finds the job's latest task.
 *
 * May be called from any thread.
 *
 * Returns: (nullable): `global:` followed by the name; %NULL if no name was set
 * Since: 1.0
 */
const char *
asynclit_scheduled_task_get_latest_task_key (AsyncLitScheduledTask *self)
{
  g_return_val_if_fail (ASYNCLIT_IS_SCHEDULED_TASK (self), NULL);

  return self->latest_task_key;
}

/**
 * asynclit_scheduled_task_get_manager:
 * @self: a job
 *
 * Gets the task manager to which the job's tasks are submitted.
 *
 * May be called from any thread.
 *
 * Returns: (transfer none) (nullable): the manager; %NULL for the default manager
 * Since: 1.0
 */
AsyncLitTaskManager *
asynclit_scheduled_task_get_manager (AsyncLitScheduledTask *self)
{
  g_return_val_if_fail (ASYNCLIT_IS_SCHEDULED_TASK (self), NULL);

  return self->manager;
}

/**
 * asynclit_scheduled_task_set_manager:
 * @self: a job
 * @manager: (nullable): the manager; %NULL for the default manager
 *
 * Sets the task manager to which the job's tasks are submitted. `notify` is emitted on the calling
 * thread.
 *
 * Must not be called after the job has been added to a scheduler.
 *
 * Since: 1.0
 */
void
asynclit_scheduled_task_set_manager (AsyncLitScheduledTask *self, AsyncLitTaskManager *manager)
{
  g_return_if_fail (ASYNCLIT_IS_SCHEDULED_TASK (self));
  g_return_if_fail (!scheduled_task_is_added (self));
  g_return_if_fail (manager == NULL || ASYNCLIT_IS_TASK_MANAGER (manager));

  if (g_set_object (&self->manager, manager))
    scheduled_task_notify (self, PROP_MANAGER);
}

/**
 * asynclit_scheduled_task_get_executor:
 * @self: a job
 *
 * Gets the executor on which the function runs.
 *
 * May be called from any thread.
 *
 * Returns: the executor
 * Since: 1.0
 */
AsyncLitExecutor
asynclit_scheduled_task_get_executor (AsyncLitScheduledTask *self)
{
  g_return_val_if_fail (ASYNCLIT_IS_SCHEDULED_TASK (self), ASYNCLIT_EXECUTOR_THREAD_POOL);

  return self->executor;
}

/**
 * asynclit_scheduled_task_set_executor:
 * @self: a job
 * @executor: the executor; %ASYNCLIT_EXECUTOR_CONTEXT means the caller's thread-default main
 *   context
 *
 * Sets the executor on which the function runs. The default is %ASYNCLIT_EXECUTOR_THREAD_POOL.
 * `notify` is emitted on the calling thread.
 *
 * Must not be called after the job has been added to a scheduler.
 *
 * Since: 1.0
 */
void
asynclit_scheduled_task_set_executor (AsyncLitScheduledTask *self, AsyncLitExecutor executor)
{
  gboolean changed;

  g_return_if_fail (ASYNCLIT_IS_SCHEDULED_TASK (self));
  g_return_if_fail (!scheduled_task_is_added (self));
  g_return_if_fail (ALLOWS (enum, PROP_EXECUTOR, executor));

  changed = self->executor != executor;
  self->executor = executor;
  g_clear_pointer (&self->context, asynclit_context_executor_unref);
  if (executor == ASYNCLIT_EXECUTOR_CONTEXT)
    self->context
        = asynclit_context_executor_get (asynclit_context_peek_own (), G_PRIORITY_DEFAULT_IDLE);
  if (changed)
    scheduled_task_notify (self, PROP_EXECUTOR);
}

/**
 * asynclit_scheduled_task_get_first_run:
 * @self: a job
 *
 * Gets when the job runs for the first time.
 *
 * May be called from any thread.
 *
 * Returns: the choice that was set
 * Since: 1.0
 */
AsyncLitFirstRun
asynclit_scheduled_task_get_first_run (AsyncLitScheduledTask *self)
{
  g_return_val_if_fail (ASYNCLIT_IS_SCHEDULED_TASK (self), ASYNCLIT_FIRST_RUN_AFTER_INTERVAL);

  return self->first_run;
}

/**
 * asynclit_scheduled_task_set_first_run:
 * @self: a job
 * @first_run: when the job runs for the first time
 *
 * Sets when the job runs for the first time. The default is %ASYNCLIT_FIRST_RUN_AFTER_INTERVAL.
 * `notify` is emitted on the calling thread.
 *
 * Must not be called after the job has been added to a scheduler.
 *
 * Since: 1.0
 */
void
asynclit_scheduled_task_set_first_run (AsyncLitScheduledTask *self, AsyncLitFirstRun first_run)
{
  g_return_if_fail (ASYNCLIT_IS_SCHEDULED_TASK (self));
  g_return_if_fail (!scheduled_task_is_added (self));
  g_return_if_fail (ALLOWS (enum, PROP_FIRST_RUN, first_run));

  if (self->first_run == first_run)
    return;
  self->first_run = first_run;
  scheduled_task_notify (self, PROP_FIRST_RUN);
}

/**
 * asynclit_scheduled_task_get_start_time:
 * @self: a job
 *
 * Gets the wall-clock time before which the job does not run.
 *
 * May be called from any thread.
 *
 * Returns: (transfer full) (nullable): the time; %NULL if there is none
 * Since: 1.0
 */
GDateTime *
asynclit_scheduled_task_get_start_time (AsyncLitScheduledTask *self)
{
  g_return_val_if_fail (ASYNCLIT_IS_SCHEDULED_TASK (self), NULL);

  return asynclit_schedule_time_to_date (self->start_time);
}

/**
 * asynclit_scheduled_task_set_start_time:
 * @self: a job
 * @start_time: (nullable): the time; %NULL for none
 *
 * Sets the wall-clock time before which the job does not run. The default is %NULL. `notify` is
 * emitted on the calling thread.
 *
 * Must not be called after the job has been added to a scheduler.
 *
 * Since: 1.0
 */
void
asynclit_scheduled_task_set_start_time (AsyncLitScheduledTask *self, GDateTime *start_time)
{
  gint64 time;

  g_return_if_fail (ASYNCLIT_IS_SCHEDULED_TASK (self));
  g_return_if_fail (!scheduled_task_is_added (self));

  time = start_time != NULL ? asynclit_date_time_to_usec (start_time) : ASYNCLIT_NO_TIME;
  if (self->start_time == time)
    return;
  self->start_time = time;
  scheduled_task_notify (self, PROP_START_TIME);
}
