/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Convenience functions for a process-wide scheduler. */

#include "config.h"

#include "asynclit-cron-trigger.h"
#include "asynclit-interval-trigger.h"
#include "asynclit-lock-private.h"
#include "asynclit-schedule.h"
#include "asynclit-scheduler-private.h"

/**
 * asynclit_get_default_scheduler:
 *
 * Gets the process-wide scheduler, which is created on first use.
 *
 * It uses the system clock. To run its jobs, call [func@start_scheduler]. It emits its signals, and
 * changes its list, in the global default main context.
 *
 * May be called from any thread.
 *
 * Returns: (transfer none): the default scheduler
 * Since: 1.0
 */
AsyncLitScheduler *
asynclit_get_default_scheduler (void)
{
  static AsyncLitScheduler *scheduler;
  static gsize initialized = 0;

  if (asynclit_once_enter (&initialized))
    {
      scheduler = asynclit_scheduler_new_in_default_context ();
      asynclit_once_leave (&initialized, 1);
    }
  return scheduler;
}

/**
 * asynclit_start_scheduler:
 * @scheduler: (nullable): a scheduler; %NULL for the default one
 *
 * Starts a scheduler; see [method@Scheduler.start].
 *
 * May be called from any thread.
 *
 * Returns: (transfer none): the scheduler
 * Since: 1.0
 */
AsyncLitScheduler *
asynclit_start_scheduler (AsyncLitScheduler *scheduler)
{
  g_return_val_if_fail (scheduler == NULL || ASYNCLIT_IS_SCHEDULER (scheduler), NULL);

  if (scheduler == NULL)
    scheduler = asynclit_get_default_scheduler ();
  asynclit_scheduler_start (scheduler);
  return scheduler;
}

/**
 * asynclit_shutdown_scheduler:
 * @scheduler: (nullable): a scheduler; %NULL for the default one
 * @wait: whether to wait until the runs in progress have ended
 *
 * Stops a scheduler; see [method@Scheduler.shutdown].
 *
 * May be called from any thread. On the library's own threads it never waits.
 *
 * Since: 1.0
 */
void
asynclit_shutdown_scheduler (AsyncLitScheduler *scheduler, gboolean wait)
{
  g_return_if_fail (scheduler == NULL || ASYNCLIT_IS_SCHEDULER (scheduler));

  if (scheduler == NULL)
    scheduler = asynclit_get_default_scheduler ();
  asynclit_scheduler_shutdown (scheduler, wait);
}

/* Consumes @job, and returns it if it could be added. */
static AsyncLitScheduledTask *
add_to_default (AsyncLitScheduledTask *job, GError **error)
{
  if (asynclit_scheduler_add (asynclit_get_default_scheduler (), job, TRUE, error))
    return job;
  g_object_unref (job);
  return NULL;
}

/* Adding an interval fails only after a programming error. */
static AsyncLitScheduledTask *
add_interval_to_default (AsyncLitScheduledTask *job)
{
  g_autoptr (GError) error = NULL;

  job = add_to_default (job, &error);
  if (job == NULL)
    g_critical ("%s", error->message);
  return job;
}

/**
 * asynclit_schedule_interval: (skip)
 * @seconds: the interval, in seconds; at least a microsecond (1e-6)
 * @func: the function to run
 * @user_data: data for @func
 * @destroy: (nullable): frees @user_data, in the caller's thread-default main context
 *
 * Calls a function at regular intervals, in a thread of the library's pool, as a task of the
 * default manager.
 *
 * The job is added to the default scheduler, which has to be started with [func@start_scheduler].
 * To set other options of a job, create it with [ctor@ScheduledTask.new].
 *
 * May be called from any thread.
 *
 * Returns: (transfer full): the new job
 * Since: 1.0
 */
AsyncLitScheduledTask *
asynclit_schedule_interval (double seconds, AsyncLitTaskFunc func, gpointer user_data,
                            GDestroyNotify destroy)
{
  g_autoptr (AsyncLitTrigger) trigger = asynclit_interval_trigger_new (seconds);

  g_return_val_if_fail (trigger != NULL, NULL);
  g_return_val_if_fail (func != NULL, NULL);

  return add_interval_to_default (asynclit_scheduled_task_new (trigger, func, user_data, destroy));
}

/**
 * asynclit_schedule_interval_closure: (rename-to asynclit_schedule_interval)
 * @seconds: the interval, in seconds; at least a microsecond (1e-6)
 * @closure: the function to run, which is called with the task and its [class@Gio.Cancellable]
 *
 * Calls a function at regular intervals, in a thread of the library's pool, as a task of the
 * default manager.
 *
 * For language bindings. The closure must be able to run in any thread; see [callback@TaskFunc].
 *
 * Returns: (transfer full): the new job
 * Since: 1.0
 */
AsyncLitScheduledTask *
asynclit_schedule_interval_closure (double seconds, GClosure *closure)
{
  g_autoptr (AsyncLitTrigger) trigger = asynclit_interval_trigger_new (seconds);

  g_return_val_if_fail (trigger != NULL, NULL);
  g_return_val_if_fail (closure != NULL, NULL);

  return add_interval_to_default (asynclit_scheduled_task_new_closure (trigger, closure));
}

/**
 * asynclit_schedule_cron: (skip)
 * @cron: a cron expression in the dialect %ASYNCLIT_CRON_DIALECT_APSCHEDULER, in local time
 * @func: the function to run
 * @user_data: data for @func
 * @destroy: (nullable): frees @user_data, in the caller's thread-default main context
 * @error: return location for an error
 *
 * Calls a function at the times that match a cron expression, in a thread of the library's pool, as
 * a task of the default manager.
 *
 * The job is added to the default scheduler, which has to be started with [func@start_scheduler].
 * To set other options of a job, create it with [ctor@ScheduledTask.new].
 *
 * This fails with %ASYNCLIT_ERROR_INVALID_CRON if the expression is malformed, and with
 * %ASYNCLIT_ERROR_INVALID_ARGUMENT if no time matches it.
 *
 * May be called from any thread.
 *
 * Returns: (transfer full): the new job, or %NULL with an error
 * Since: 1.0
 */
AsyncLitScheduledTask *
asynclit_schedule_cron (const char *cron, AsyncLitTaskFunc func, gpointer user_data,
                        GDestroyNotify destroy, GError **error)
{
  g_autoptr (AsyncLitTrigger) trigger = NULL;

  g_return_val_if_fail (cron != NULL, NULL);
  g_return_val_if_fail (func != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  trigger = asynclit_cron_trigger_new (cron, ASYNCLIT_CRON_DIALECT_APSCHEDULER, NULL, error);
  if (trigger == NULL)
    {
      if (destroy != NULL)
        destroy (user_data);
      return NULL;
    }
  return add_to_default (asynclit_scheduled_task_new (trigger, func, user_data, destroy), error);
}

/**
 * asynclit_schedule_cron_closure: (rename-to asynclit_schedule_cron)
 * @cron: a cron expression in the dialect %ASYNCLIT_CRON_DIALECT_APSCHEDULER, in local time
 * @closure: the function to run, which is called with the task and its [class@Gio.Cancellable]
 * @error: return location for an error
 *
 * Calls a function at the times that match a cron expression, in a thread of the library's pool, as
 * a task of the default manager.
 *
 * For language bindings. The closure must be able to run in any thread; see [callback@TaskFunc].
 *
 * This fails with %ASYNCLIT_ERROR_INVALID_CRON if the expression is malformed, and with
 * %ASYNCLIT_ERROR_INVALID_ARGUMENT if no time matches it.
 *
 * Returns: (transfer full): the new job, or %NULL with an error
 * Since: 1.0
 */
AsyncLitScheduledTask *
asynclit_schedule_cron_closure (const char *cron, GClosure *closure, GError **error)
{
  g_autoptr (AsyncLitTrigger) trigger = NULL;

  g_return_val_if_fail (cron != NULL, NULL);
  g_return_val_if_fail (closure != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  trigger = asynclit_cron_trigger_new (cron, ASYNCLIT_CRON_DIALECT_APSCHEDULER, NULL, error);
  if (trigger == NULL)
    return NULL;
  return add_to_default (asynclit_scheduled_task_new_closure (trigger, closure), error);
}
