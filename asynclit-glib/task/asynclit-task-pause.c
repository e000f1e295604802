/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Pausing one task: what programs call. */

#include "config.h"

#include "asynclit-blocking-private.h"
#include "asynclit-closure-private.h"
#include "asynclit-task-private.h"

#include <glib/gi18n-lib.h>

static gboolean
task_is_paused (AsyncLitTask *self)
{
  return asynclit_task_state_is_paused (asynclit_task_state_get (&self->state));
}

/**
 * asynclit_task_pause:
 * @self: a task
 *
 * Pauses one task.
 *
 * A task that has not started does not start until [method@Task.resume] is called: it occupies no
 * thread and has no place in limiters. This also holds for the next attempt of a task that waits
 * for a retry. A function that runs stops at its next [method@Task.checkpoint], and one without
 * checkpoints goes on to its end. The task's substate is %ASYNCLIT_TASK_SUBSTATE_PAUSED.
 *
 * A paused task can be cancelled. Its time limits go on.
 *
 * [property@TaskManager:paused] pauses a manager instead.
 *
 * May be called from any thread.
 *
 * Returns: %FALSE if the task is paused already, or has ended
 * Since: 1.0
 */
gboolean
asynclit_task_pause (AsyncLitTask *self)
{
  g_return_val_if_fail (ASYNCLIT_IS_TASK (self), FALSE);

  if (asynclit_task_check_forked (self, NULL) || !asynclit_task_state_pause (&self->state))
    return FALSE;
  asynclit_notification_post_changes (&self->notification);
  return TRUE;
}

/**
 * asynclit_task_resume:
 * @self: a task
 *
 * Lets a task go on that was paused with [method@Task.pause].
 *
 * May be called from any thread.
 *
 * Returns: %FALSE if the task was not paused
 * Since: 1.0
 */
gboolean
asynclit_task_resume (AsyncLitTask *self)
{
  AsyncLitTaskState old;

  g_return_val_if_fail (ASYNCLIT_IS_TASK (self), FALSE);

  if (asynclit_task_check_forked (self, NULL))
    return FALSE;
  old = asynclit_task_state_resume (&self->state);
  if (!(old & ASYNCLIT_STATE_PAUSED))
    return FALSE;
  asynclit_notification_post_changes (&self->notification);
  asynclit_checkpoints_wake ();
  asynclit_task_call_resumed (self);
  if (old & ASYNCLIT_STATE_HELD)
    asynclit_task_driver->release_held (self);
  return TRUE;
}

/**
 * asynclit_task_is_paused:
 * @self: a task
 *
 * Gets whether the task is paused: by [method@Task.pause], not by its manager.
 *
 * May be called from any thread.
 *
 * Returns: %TRUE if it is
 * Since: 1.0
 */
gboolean
asynclit_task_is_paused (AsyncLitTask *self)
{
  g_return_val_if_fail (ASYNCLIT_IS_TASK (self), FALSE);

  return task_is_paused (self);
}

/**
 * asynclit_task_when_resumed:
 * @self: a task
 * @resumed: called with the task when it is resumed, or has ended
 *
 * Finds out when a paused task can go on, without blocking.
 *
 * For asynchronous functions, and for language bindings. @resumed is called once: in the owner's
 * context if the executor of the task is %ASYNCLIT_EXECUTOR_CONTEXT, otherwise on the worker, where
 * it must not block. Then check whether the task was cancelled.
 *
 * May be called from any thread.
 *
 * Returns: %TRUE if the task is not paused; then @resumed is not called
 * Since: 1.0
 */
gboolean
asynclit_task_when_resumed (AsyncLitTask *self, GClosure *resumed)
{
  GClosure *closure;

  g_return_val_if_fail (ASYNCLIT_IS_TASK (self), TRUE);
  g_return_val_if_fail (resumed != NULL, TRUE);

  closure = asynclit_closure_take (resumed);
  if (asynclit_task_check_forked (self, NULL) || !task_is_paused (self))
    {
      g_closure_unref (closure);
      return TRUE;
    }
  asynclit_bit_lock (&self->lock);
  asynclit_task_get_cold_locked (self)->resumed
      = g_slist_append (asynclit_task_get_cold_locked (self)->resumed, closure);
  asynclit_bit_unlock (&self->lock);
  if (!task_is_paused (self)) /* in the meantime */
    asynclit_task_call_resumed (self);
  return FALSE;
}

/**
 * asynclit_task_checkpoint:
 * @self: the task whose function calls this
 * @cancellable: (nullable): the cancellable that the function received
 * @error: return location for an error
 *
 * Marks a point at which a function lets itself be paused or cancelled.
 *
 * If the task is paused, see [method@Task.pause], this blocks until the task is resumed or
 * cancelled. Meanwhile the task lends its places in limiters to others, as a function does that
 * waits for another task, and takes them back at once when it goes on. The thread pool starts
 * another thread meanwhile.
 *
 * This fails with %G_IO_ERROR_CANCELLED if the task is to be cancelled or has run out of time, or
 * if @cancellable is cancelled; and with %G_IO_ERROR_WOULD_BLOCK if the task is paused, but its
 * executor is not %ASYNCLIT_EXECUTOR_THREAD_POOL. Functions in other executors can use
 * [method@Task.when_resumed].
 *
 * ```c
 * for (guint i = 0; i < n_files; i++)
 *   {
 *     if (!asynclit_task_checkpoint (task, cancellable, &error))
 *       {
 *         asynclit_task_return_error (task, error);
 *         return;
 *       }
 *     convert (files[i]);
 *   }
 * ```
 *
 * Returns: %TRUE to go on
 * Since: 1.0
 */
gboolean
asynclit_task_checkpoint (AsyncLitTask *self, GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (ASYNCLIT_IS_TASK (self), FALSE);
  g_return_val_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  if (G_UNLIKELY (task_is_paused (self)))
    {
      if (self->executor != ASYNCLIT_EXECUTOR_THREAD_POOL || asynclit_blocking_is_forbidden ())
        {
          g_set_error_literal (
              error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK,
              _ ("A function outside of the thread pool can't be paused in this way"));
          return FALSE;
        }
      asynclit_task_wait_until_resumed (self, asynclit_task_get_cancellable (self), cancellable);
    }
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;
  if (!(asynclit_task_state_get (&self->state) & ASYNCLIT_STATE_STOPPING)
      && !asynclit_task_has_ended (self))
    return TRUE;
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, _ ("The task was cancelled"));
  return FALSE;
}
