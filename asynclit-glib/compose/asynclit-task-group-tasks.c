/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Adding tasks to a group, waiting for them, and ending them. */

#include "config.h"

#include "asynclit-blocking-private.h"
#include "asynclit-task-group-private.h"

#include <math.h>

/**
 * asynclit_task_group_add:
 * @self: a group
 * @task: a task, which may have been submitted or not
 * @error: return location for an error
 *
 * Adds a task to the group. A task can be in one group. To add it again has no effect.
 *
 * This does not submit the task: use [method@TaskGroup.submit] or
 * [method@TaskGroup.submit_task] for that.
 *
 * It fails with %ASYNCLIT_ERROR_CLOSED if the group is closed; with
 * %ASYNCLIT_ERROR_INVALID_ARGUMENT if the task is in another group; and with
 * %ASYNCLIT_ERROR_FORKED if the task belongs to the process from which this one was forked. The
 * task is not changed then.
 *
 * May be called from any thread.
 *
 * Returns: %TRUE if the task is in the group now; %FALSE with an error
 * Since: 1.0
 */
gboolean
asynclit_task_group_add (AsyncLitTaskGroup *self, AsyncLitTask *task, GError **error)
{
  g_return_val_if_fail (ASYNCLIT_IS_TASK_GROUP (self), FALSE);
  g_return_val_if_fail (ASYNCLIT_IS_TASK (task), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return asynclit_group_core_add (self->core, task, error);
}

/**
 * asynclit_task_group_submit_task:
 * @self: a group
 * @task: a task that was created with [ctor@Task.new] and has not been submitted
 *
 * Adds a task to the group, and submits it to the group's manager as
 * [method@TaskManager.submit_task] does.
 *
 * If the group or its manager is closed, the task fails with %ASYNCLIT_ERROR_CLOSED.
 *
 * May be called from any thread.
 *
 * Since: 1.0
 */
void
asynclit_task_group_submit_task (AsyncLitTaskGroup *self, AsyncLitTask *task)
{
  GError *error = NULL;

  g_return_if_fail (ASYNCLIT_IS_TASK_GROUP (self));
  g_return_if_fail (ASYNCLIT_IS_TASK (task));
  g_return_if_fail (!asynclit_task_is_submitted (task));

  if (asynclit_group_core_add (self->core, task, &error))
    asynclit_task_manager_submit_task (self->manager, task);
  else
    asynclit_task_return_error (task, error);
}

/* Takes nothing; returns the task. */
static AsyncLitTask *
group_submit (AsyncLitTaskGroup *self, AsyncLitRetryPolicy *retry, AsyncLitTask *task)
{
  if (retry != NULL)
    asynclit_task_set_retry_policy (task, retry);
  asynclit_task_group_submit_task (self, task);
  return task;
}

/**
 * asynclit_task_group_submit: (skip)
 * @self: a group
 * @retry: (nullable): the retry policy; %NULL for no retries
 * @func: the function that does the work
 * @user_data: data for @func
 * @destroy: (nullable): frees @user_data, in the owner's context
 *
 * Submits a function to the thread pool, as [method@TaskManager.submit] does, as a task of the
 * group.
 *
 * If the group or its manager is closed, the returned task has failed with
 * %ASYNCLIT_ERROR_CLOSED.
 *
 * May be called from any thread.
 *
 * Returns: (transfer full): the new task
 * Since: 1.0
 */
AsyncLitTask *
asynclit_task_group_submit (AsyncLitTaskGroup *self, AsyncLitRetryPolicy *retry,
                            AsyncLitTaskFunc func, gpointer user_data, GDestroyNotify destroy)
{
  AsyncLitTask *task;

  g_return_val_if_fail (ASYNCLIT_IS_TASK_GROUP (self), NULL);
  g_return_val_if_fail (retry == NULL || ASYNCLIT_IS_RETRY_POLICY (retry), NULL);
  g_return_val_if_fail (func != NULL, NULL);

  task = asynclit_task_new ();
  asynclit_task_set_func (task, func, user_data, destroy);
  return group_submit (self, retry, task);
}

/**
 * asynclit_task_group_submit_closure: (rename-to asynclit_task_group_submit)
 * @self: a group
 * @retry: (nullable): the retry policy; %NULL for no retries
 * @closure: the function that does the work, which receives the task and its
 *   [class@Gio.Cancellable]
 *
 * Submits a function to the thread pool as a task of the group.
 *
 * For language bindings. The closure must be able to run in any thread.
 *
 * Returns: (transfer full): the new task
 * Since: 1.0
 */
AsyncLitTask *
asynclit_task_group_submit_closure (AsyncLitTaskGroup *self, AsyncLitRetryPolicy *retry,
                                    GClosure *closure)
{
  AsyncLitTask *task;

  g_return_val_if_fail (ASYNCLIT_IS_TASK_GROUP (self), NULL);
  g_return_val_if_fail (retry == NULL || ASYNCLIT_IS_RETRY_POLICY (retry), NULL);
  g_return_val_if_fail (closure != NULL, NULL);

  task = asynclit_task_new ();
  asynclit_task_set_closure (task, closure);
  return group_submit (self, retry, task);
}

/**
 * asynclit_task_group_list_tasks:
 * @self: a group
 * @filter: which tasks to list
 *
 * Lists tasks of the group: those that have ended, in the order in which they did, and then those
 * that are live, in the order in which they were added. Of those that have ended, there are the
 * newest [property@TaskGroup:max-completed].
 *
 * May be called from any thread.
 *
 * Returns: (transfer container) (element-type AsyncLit.Task): the tasks
 * Since: 1.0
 */
GPtrArray *
asynclit_task_group_list_tasks (AsyncLitTaskGroup *self, AsyncLitTaskFilter filter)
{
  g_autoptr (GPtrArray) all = NULL;
  GPtrArray *found;

  g_return_val_if_fail (ASYNCLIT_IS_TASK_GROUP (self), NULL);
  g_return_val_if_fail ((filter & ~(guint) ASYNCLIT_TASK_FILTER_ALL) == 0, NULL);

  all = asynclit_group_core_list (self->core);
  found = asynclit_group_tasks_new ();
  for (guint i = 0; i < all->len; i++)
    {
      AsyncLitTask *task = g_ptr_array_index (all, i);

      if (filter & (1u << asynclit_task_get_status (task)))
        g_ptr_array_add (found, g_object_ref (task));
    }
  return found;
}

/**
 * asynclit_task_get_group:
 * @self: a task
 *
 * Gets the group of the task. A function can call this to submit further tasks to the group of its
 * own task.
 *
 * May be called from any thread.
 *
 * Returns: (transfer full) (nullable): the group; %NULL if the task is in none, or if the group has
 *   been finalized
 * Since: 1.0
 */
AsyncLitTaskGroup *
asynclit_task_get_group (AsyncLitTask *self)
{
  AsyncLitGroupCore *core;
  AsyncLitTaskGroup *group;

  g_return_val_if_fail (ASYNCLIT_IS_TASK (self), NULL);

  core = asynclit_group_core_of_task (self);
  if (core == NULL)
    return NULL;
  group = asynclit_group_core_dup_group (core);
  asynclit_group_core_unref (core);
  return group;
}

/**
 * asynclit_task_group_close:
 * @self: a group
 *
 * Closes the group: it accepts no tasks any more. Those that it has continue.
 *
 * [signal@TaskGroup::completed] is emitted when no task of the group is live any more.
 *
 * May be called from any thread.
 *
 * Since: 1.0
 */
void
asynclit_task_group_close (AsyncLitTaskGroup *self)
{
  g_return_if_fail (ASYNCLIT_IS_TASK_GROUP (self));

  asynclit_group_core_close (self->core);
}

/**
 * asynclit_task_group_close_when_idle:
 * @self: a group
 *
 * Closes the group at the moment when none of its tasks is live any more; immediately if none is
 * now. Until then, tasks of the group can add more.
 *
 * May be called from any thread.
 *
 * Since: 1.0
 */
void
asynclit_task_group_close_when_idle (AsyncLitTaskGroup *self)
{
  g_return_if_fail (ASYNCLIT_IS_TASK_GROUP (self));

  asynclit_group_core_close_when_idle (self->core);
}

/**
 * asynclit_task_group_cancel:
 * @self: a group
 *
 * Cancels all tasks of the group that are live. The group stays open, unless it is closed.
 *
 * May be called from any thread.
 *
 * Since: 1.0
 */
void
asynclit_task_group_cancel (AsyncLitTaskGroup *self)
{
  g_return_if_fail (ASYNCLIT_IS_TASK_GROUP (self));

  asynclit_group_core_cancel (self->core);
}

/* Waiting */

/* A negative end means no limit. */
static double
get_seconds_until (gint64 end_time)
{
  if (end_time == G_MAXINT64)
    return -1;
  return (double) MAX (end_time - g_get_monotonic_time (), 0) / G_USEC_PER_SEC;
}

/* The task that keeps the group busy: one that is live, or, while those that have ended are being
 * counted, one that ends with them. NULL: there is none. */
static AsyncLitTask *
group_find_busy (AsyncLitTaskGroup *self)
{
  AsyncLitTask *task = asynclit_group_core_find_live (self->core);

  return task != NULL ? task : asynclit_group_core_get_idle (self->core);
}

/**
 * asynclit_task_group_wait:
 * @self: a group
 * @timeout_seconds: the maximum time to wait, in seconds; 0 only checks, a negative number waits
 *   forever
 * @cancellable: (nullable): a cancellable that ends the wait, but not the tasks
 * @error: return location for an error
 *
 * Blocks the calling thread until no task of the group is live.
 *
 * A task that has failed is not an error here. If the group is open, further tasks can be added
 * afterwards.
 *
 * This fails with the errors of [method@Task.wait]: in particular, with %G_IO_ERROR_TIMED_OUT after
 * the timeout, and with %G_IO_ERROR_WOULD_BLOCK in a function of one of the tasks.
 *
 * May be called from any thread.
 *
 * Returns: %TRUE if no task is live; %FALSE with an error
 * Since: 1.0
 */
gboolean
asynclit_task_group_wait (AsyncLitTaskGroup *self, double timeout_seconds,
                          GCancellable *cancellable, GError **error)
{
  gint64 end_time;
  AsyncLitTask *task;
  gboolean ended = TRUE;

  g_return_val_if_fail (ASYNCLIT_IS_TASK_GROUP (self), FALSE);
  g_return_val_if_fail (!isnan (timeout_seconds), FALSE);
  g_return_val_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  end_time = asynclit_blocking_get_end_time (timeout_seconds);
  while (ended && (task = group_find_busy (self)) != NULL)
    {
      ended = asynclit_task_wait (task, get_seconds_until (end_time), cancellable, error);
      asynclit_task_return_ref (task);
    }
  return ended;
}

/* Runs on: the context of the wait */
static void
idle_ended (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) wait = data;
  GError *error = NULL;

  if (asynclit_task_wait_finish (ASYNCLIT_TASK (source), result, &error))
    g_task_return_boolean (wait, TRUE);
  else
    g_task_return_error (wait, error);
}

/**
 * asynclit_task_group_wait_async:
 * @self: a group
 * @cancellable: (nullable): a cancellable that ends the wait, but not the tasks
 * @callback: (scope async): called when no task of the group is live, or the wait was cancelled
 * @user_data: data for @callback
 *
 * Waits, without blocking, until no task of the group is live.
 *
 * @callback is called in the caller's thread-default main context, never before this function
 *   returns. It calls [method@TaskGroup.wait_finish]. The wait keeps the group alive.
 *
 * May be called from any thread.
 *
 * Since: 1.0
 */
void
asynclit_task_group_wait_async (AsyncLitTaskGroup *self, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer user_data)
{
  AsyncLitTask *idle;
  GTask *wait;

  g_return_if_fail (ASYNCLIT_IS_TASK_GROUP (self));
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  wait = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (wait, asynclit_task_group_wait_async);
  g_task_set_check_cancellable (wait, FALSE); /* the tasks have ended nevertheless */
  idle = asynclit_group_core_get_idle (self->core);
  if (idle == NULL)
    {
      idle = asynclit_task_new ();
      asynclit_task_return_boolean (idle, TRUE);
    }
  asynclit_task_wait_async (idle, cancellable, idle_ended, wait);
  asynclit_task_return_ref (idle);
}

/**
 * asynclit_task_group_wait_finish:
 * @self: a group
 * @result: the result that was passed to the callback
 * @error: return location for an error
 *
 * Finishes a wait that was started with [method@TaskGroup.wait_async].
 *
 * This fails with %G_IO_ERROR_CANCELLED if the wait was cancelled. A failed task is not an error
 * here.
 *
 * Returns: %TRUE if no task was live; %FALSE with an error
 * Since: 1.0
 */
gboolean
asynclit_task_group_wait_finish (AsyncLitTaskGroup *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (ASYNCLIT_IS_TASK_GROUP (self), FALSE);
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
