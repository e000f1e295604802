/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Starting and stopping schedulers, and taking what is due from them. */

#include "config.h"

#include "asynclit-schedule-core-private.h"
#include "asynclit-scheduler-private.h"
#include "asynclit-thread-pool-private.h"

/**
 * asynclit_scheduler_start:
 * @self: a scheduler
 *
 * Starts the scheduler: from now on its jobs run when they are due.
 *
 * If it was shut down before, it goes on, and makes up for what was due meanwhile, as each job
 * says. If it is running, it looks at the time zone again, at most: a program that has changed `TZ`
 * for itself calls this, on its main thread, to have the times of its jobs computed anew at once.
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
 * @wait: whether to wait until the runs that are under way have ended
 *
 * Stops the scheduler: no job runs any more, until it is started again. It keeps its jobs.
 *
 * Runs that are under way go on; but tasks of jobs without a function that nobody has taken yet are
 * cancelled. Waiting would have no end on the library's worker thread, in a function of a job, and
 * on a thread in whose main context a run has to run: there such runs are not waited for.
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
 * Gets whether the scheduler was started, and not shut down since.
 *
 * May be called from any thread.
 *
 * Returns: %TRUE if it was
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
 * @cancellable: (nullable): ends the wait
 * @error: return location for an error
 *
 * Waits until a job without a function is due, and takes its task.
 *
 * For language bindings, which run functions in a place of their own: a thread of theirs calls this
 * again and again. What is returned is a task of the job's owner, as if it had been given to
 * [method@TaskManager.queue_task]: it is pending, with the job's name and the alias set. The
 * binding finds the function by @job, and then does with the task what it does with those that it
 * queues itself: it calls [method@Task.begin], runs the function if the answer is %TRUE, and
 * settles the task. The run counts as under way until then. A retry policy of the job is for the
 * binding to carry out, too.
 *
 * If several threads call this, each gets tasks of its own. While the scheduler is not running this
 * waits until it is. Errors: %G_IO_ERROR_CANCELLED; %G_IO_ERROR_WOULD_BLOCK on the worker's thread.
 *
 * May be called from any thread, and blocks it.
 *
 * Returns: (transfer full): a task to run
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
 * @cancellable: (nullable): ends the wait
 * @callback: (scope async): called when a job without a function is due
 * @user_data: data for @callback
 *
 * The same as [method@Scheduler.take_due] without blocking, for bindings that run functions in a
 * main context.
 *
 * @callback is called in the thread-default main context of the caller. While it waits the
 * scheduler is kept alive.
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
 * @result: what the callback was given
 * @job: (out) (transfer full) (optional): return location for the job
 * @error: return location for an error
 *
 * Finishes what was begun with [method@Scheduler.take_due_async]. Errors: %G_IO_ERROR_CANCELLED.
 *
 * Returns: (transfer full): a task to run
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
