/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Starts and stops schedulers, and takes runs that are due from them. */

#include "config.h"

#include "asynclit-schedule-core-private.h"
#include "asynclit-scheduler-private.h"
#include "asynclit-thread-pool-private.h"

/**
 * asynclit_scheduler_start:
 * @self: a scheduler
 *
 * Starts the scheduler: its jobs run when they are due.
 *
 * If the scheduler was shut down before, it resumes. Runs that became due in the meantime are late,
 * and each job's [property@ScheduledTask:misfire-grace] and [property@ScheduledTask:coalesce]
 * apply.
 *
 * If the scheduler is already running, it only checks whether the time zone has changed. A program
 * that changes `TZ` in its own environment can call this on its main thread, so that the times of
 * its jobs are recomputed immediately.
 *
 * May be called from any thread.
 *
 * Since: 1.0
 */
void
asynclit_scheduler_start (AsyncLitScheduler *self)
{
  g_return_if_fail (ASYNCLIT_IS_SCHEDULER (self));

  asynclit_thread_pool_prepare ();
  asynclit_schedule_core_start (asynclit_scheduler_get_core (self));
}

/**
 * asynclit_scheduler_shutdown:
 * @self: a scheduler
 * @wait: whether to wait until the runs in progress have ended
 *
 * Stops the scheduler: no job runs until the scheduler is started again. The scheduler keeps its
 * jobs.
 *
 * Runs in progress continue. Tasks of jobs without a function are cancelled if they were not
 * taken yet.
 *
 * Some waits could never end: on the library's worker thread, in the function of a job, and on a
 * thread in whose main context a run has to run. There, this function does not wait for these runs,
 * even if @wait is %TRUE.
 *
 * May be called from any thread.
 *
 * Since: 1.0
 */
void
asynclit_scheduler_shutdown (AsyncLitScheduler *self, gboolean wait)
{
  g_return_if_fail (ASYNCLIT_IS_SCHEDULER (self));

  asynclit_schedule_core_stop (asynclit_scheduler_get_core (self));
  if (wait)
    asynclit_schedule_core_wait (asynclit_scheduler_get_core (self));
}

/**
 * asynclit_scheduler_get_running:
 * @self: a scheduler
 *
 * Gets whether the scheduler is running.
 *
 * May be called from any thread.
 *
 * Returns: %TRUE if it has been started, and not shut down since
 * Since: 1.0
 */
gboolean
asynclit_scheduler_get_running (AsyncLitScheduler *self)
{
  g_return_val_if_fail (ASYNCLIT_IS_SCHEDULER (self), FALSE);

  return asynclit_schedule_core_is_running (asynclit_scheduler_get_core (self));
}

/**
 * asynclit_scheduler_take_due:
 * @self: a scheduler
 * @job: (out) (transfer full) (optional): return location for the job
 * @cancellable: (nullable): a cancellable that ends the wait
 * @error: return location for an error
 *
 * Waits until a job without a function is due, and takes its task.
 *
 * For language bindings. Those that run functions in a place of their own call this in a loop, in a
 * thread of theirs. The returned task belongs to the job's owner, as if it had been passed to
 * [method@TaskManager.queue_task]: it is pending, and its name and its alias are those of the job.
 * The binding finds the function by @job. It calls [method@Task.begin] and, if that returns %TRUE,
 * runs the function and settles the task. Until then, the run counts as in progress. The binding
 * also has to apply the job's retry policy.
 *
 * If several threads call this, each takes different tasks. If the scheduler is not running, this
 * waits until it is.
 *
 * This fails with %G_IO_ERROR_CANCELLED if @cancellable is cancelled, and with
 * %G_IO_ERROR_WOULD_BLOCK on the library's worker thread.
 *
 * May be called from any thread. Blocks the calling thread.
 *
 * Returns: (transfer full): a task to run, or %NULL with an error
 * Since: 1.0
 */
AsyncLitTask *
asynclit_scheduler_take_due (AsyncLitScheduler *self, AsyncLitScheduledTask **job,
                             GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (ASYNCLIT_IS_SCHEDULER (self), NULL);
  g_return_val_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return asynclit_schedule_core_take (asynclit_scheduler_get_core (self), job, cancellable, error);
}

/**
 * asynclit_scheduler_take_due_async:
 * @self: a scheduler
 * @cancellable: (nullable): a cancellable that ends the wait
 * @callback: (scope async): called when a job without a function is due
 * @user_data: data for @callback
 *
 * Waits, without blocking, until a job without a function is due, and takes its task.
 *
 * For language bindings. This is the asynchronous version of [method@Scheduler.take_due], for
 * those that run functions in a main context. @callback is called in the caller's thread-default
 * main context, and calls [method@Scheduler.take_due_finish]. The scheduler stays alive until
 * then.
 *
 * May be called from any thread.
 *
 * Since: 1.0
 */
void
asynclit_scheduler_take_due_async (AsyncLitScheduler *self, GCancellable *cancellable,
                                   GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) result = NULL;

  g_return_if_fail (ASYNCLIT_IS_SCHEDULER (self));
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  result = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (result, asynclit_scheduler_take_due_async);
  asynclit_schedule_core_take_async (asynclit_scheduler_get_core (self), result);
}

/**
 * asynclit_scheduler_take_due_finish:
 * @self: a scheduler
 * @result: the result that was passed to the callback
 * @job: (out) (transfer full) (optional): return location for the job
 * @error: return location for an error
 *
 * Finishes an operation started with [method@Scheduler.take_due_async].
 *
 * For language bindings.
 *
 * This fails with %G_IO_ERROR_CANCELLED if the operation was cancelled.
 *
 * Returns: (transfer full): a task to run, or %NULL with an error
 * Since: 1.0
 */
AsyncLitTask *
asynclit_scheduler_take_due_finish (AsyncLitScheduler *self, GAsyncResult *result,
                                    AsyncLitScheduledTask **job, GError **error)
{
  AsyncLitDueItem *item;

  g_return_val_if_fail (ASYNCLIT_IS_SCHEDULER (self), NULL);
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  item = g_task_propagate_pointer (G_TASK (result), error);
  return item != NULL ? asynclit_due_item_take (item, job) : NULL;
}
