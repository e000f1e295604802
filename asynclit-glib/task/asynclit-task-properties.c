/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Sets up a task before it is submitted, and reads its properties. */

#include "config.h"

#include "asynclit-closure-private.h"
#include "asynclit-check-private.h"
#include "asynclit-enum-types.h"
#include "asynclit-error.h"
#include "asynclit-resident-private.h"
#include "asynclit-task-id-private.h"
#include "asynclit-retry-policy-private.h"
#include "asynclit-task-private.h"

#include <glib/gi18n-lib.h>

static double
to_seconds (gint64 microseconds)
{
  return (double) microseconds / G_USEC_PER_SEC;
}

/**
 * asynclit_task_set_func: (skip)
 * @self: a task that has not been submitted
 * @func: the function that does the work
 * @user_data: data for @func
 * @destroy: (nullable): frees @user_data, in the owner's context
 *
 * Sets the function of the task.
 *
 * @destroy is called in the owner's context once @func can't be called any more.
 *
 * Since: 1.0
 */
void
asynclit_task_set_func (AsyncLitTask *self, AsyncLitTaskFunc func, gpointer user_data,
                        GDestroyNotify destroy)
{
  g_return_if_fail (ASYNCLIT_IS_TASK (self));
  g_return_if_fail (func != NULL);
  g_return_if_fail (!asynclit_task_is_submitted (self));

  asynclit_task_release_work (self);
  asynclit_keep_loaded ((gpointer) (gsize) func);
  self->func = func;
  self->user_data = user_data;
  self->destroy = destroy;
}

void
asynclit_task_invoke_closure (AsyncLitTask *self, GCancellable *cancellable, gpointer user_data)
{
  GValue params[2] = { G_VALUE_INIT, G_VALUE_INIT };

  g_value_init (&params[0], G_OBJECT_TYPE (self));
  g_value_set_object (&params[0], self);
  g_value_init (&params[1], G_TYPE_CANCELLABLE);
  g_value_set_object (&params[1], cancellable);
  g_closure_invoke (user_data, NULL, G_N_ELEMENTS (params), params, NULL);
  g_value_unset (&params[1]);
  g_value_unset (&params[0]);
}

/**
 * asynclit_task_set_closure: (rename-to asynclit_task_set_func)
 * @self: a task that has not been submitted
 * @closure: the function that does the work, which is called with the task and its
 *   [class@Gio.Cancellable]
 *
 * Sets the function of the task; see [callback@TaskFunc].
 *
 * For language bindings.
 *
 * Since: 1.0
 */
void
asynclit_task_set_closure (AsyncLitTask *self, GClosure *closure)
{
  g_return_if_fail (closure != NULL);

  asynclit_task_set_func (self, asynclit_task_invoke_closure, asynclit_closure_take (closure),
                          (GDestroyNotify) g_closure_unref);
}

/**
 * asynclit_task_get_executor:
 * @self: a task
 *
 * Gets the executor on which the function runs.
 *
 * Returns: the executor
 * Since: 1.0
 */
AsyncLitExecutor
asynclit_task_get_executor (AsyncLitTask *self)
{
  g_return_val_if_fail (ASYNCLIT_IS_TASK (self), ASYNCLIT_EXECUTOR_THREAD_POOL);

  return self->executor;
}

/**
 * asynclit_task_set_executor:
 * @self: a task that has not been submitted
 * @executor: the executor
 *
 * Sets the executor on which the function runs. The default is %ASYNCLIT_EXECUTOR_THREAD_POOL.
 * `notify` is emitted in the owner's context.
 *
 * Since: 1.0
 */
void
asynclit_task_set_executor (AsyncLitTask *self, AsyncLitExecutor executor)
{
  g_return_if_fail (ASYNCLIT_IS_TASK (self));
  g_return_if_fail (asynclit_enum_has_value (ASYNCLIT_TYPE_EXECUTOR, (int) executor));
  g_return_if_fail (!asynclit_task_is_submitted (self));

  if (self->executor == executor)
    return;
  self->executor = executor;
  asynclit_task_notify_property (self, ASYNCLIT_TASK_PROP_EXECUTOR);
}

/**
 * asynclit_task_get_retry_policy:
 * @self: a task
 *
 * Gets the policy that decides whether and when the task is retried.
 *
 * Returns: (transfer none) (nullable): the policy, or %NULL if the task is not retried
 * Since: 1.0
 */
AsyncLitRetryPolicy *
asynclit_task_get_retry_policy (AsyncLitTask *self)
{
  g_return_val_if_fail (ASYNCLIT_IS_TASK (self), NULL);

  return asynclit_task_peek_retry_policy (self);
}

/**
 * asynclit_task_set_retry_policy:
 * @self: a task that has not been submitted
 * @retry: (nullable): the policy, or %NULL for no retries
 *
 * Sets the policy that decides whether and when the task is retried. The default is %NULL. `notify`
 * is emitted in the owner's context.
 *
 * Since: 1.0
 */
void
asynclit_task_set_retry_policy (AsyncLitTask *self, AsyncLitRetryPolicy *retry)
{
  g_autoptr (AsyncLitRetryPolicy) old = NULL;

  g_return_if_fail (ASYNCLIT_IS_TASK (self));
  g_return_if_fail (retry == NULL || ASYNCLIT_IS_RETRY_POLICY (retry));
  g_return_if_fail (!asynclit_task_is_submitted (self));

  if (retry == asynclit_task_get_retry_policy (self))
    return;
  if (retry != NULL)
    g_object_ref (retry);
  asynclit_bit_lock (&self->lock);
  old = asynclit_task_get_cold_locked (self)->retry;
  self->cold->retry = retry;
  asynclit_bit_unlock (&self->lock);
  if (retry != NULL && asynclit_retry_policy_judges_results (retry))
    asynclit_task_state_set_flags (&self->state, ASYNCLIT_STATE_RESULT_JUDGED);
  else
    asynclit_task_state_clear_flags (&self->state, ASYNCLIT_STATE_RESULT_JUDGED);
  asynclit_task_notify_property (self, ASYNCLIT_TASK_PROP_RETRY_POLICY);
}

/**
 * asynclit_task_get_name:
 * @self: a task
 *
 * Gets the descriptive name of the task.
 *
 * May be called from any thread.
 *
 * Returns: (nullable): the name, or %NULL if it has none
 * Since: 1.0
 */
const char *
asynclit_task_get_name (AsyncLitTask *self)
{
  const char *name = NULL;

  g_return_val_if_fail (ASYNCLIT_IS_TASK (self), NULL);

  asynclit_bit_lock (&self->lock);
  if (self->cold != NULL)
    name = self->cold->name;
  asynclit_bit_unlock (&self->lock);
  return name;
}

/**
 * asynclit_task_set_name:
 * @self: a task
 * @name: (nullable): a descriptive name
 *
 * Sets the descriptive name of the task. The default is %NULL. `notify` is emitted in the owner's
 * context.
 *
 * After the task has been submitted, other threads may be reading its name. A task without a name
 * can then still get one, but a name can't be changed any more.
 *
 * Since: 1.0
 */
void
asynclit_task_set_name (AsyncLitTask *self, const char *name)
{
  g_autofree char *old = NULL;
  const char *before;

  g_return_if_fail (ASYNCLIT_IS_TASK (self));

  before = asynclit_task_get_name (self);
  if (g_strcmp0 (name, before) == 0)
    return;
  g_return_if_fail (before == NULL || !asynclit_task_is_submitted (self));

  asynclit_bit_lock (&self->lock);
  old = asynclit_task_get_cold_locked (self)->name;
  self->cold->name = g_strdup (name);
  asynclit_bit_unlock (&self->lock);
  asynclit_task_notify_property (self, ASYNCLIT_TASK_PROP_NAME);
}

/**
 * asynclit_task_get_abandon_on_cancel:
 * @self: a task
 *
 * Gets whether cancellation ends the task immediately, even if its function is running.
 *
 * Returns: %TRUE if it does
 * Since: 1.0
 */
gboolean
asynclit_task_get_abandon_on_cancel (AsyncLitTask *self)
{
  g_return_val_if_fail (ASYNCLIT_IS_TASK (self), FALSE);

  return (asynclit_task_state_get (&self->state) & ASYNCLIT_STATE_ABANDON) != 0;
}

/**
 * asynclit_task_set_abandon_on_cancel:
 * @self: a task that has not been submitted
 * @abandon_on_cancel: whether cancellation ends the task immediately
 *
 * Sets whether cancellation ends the task immediately, even if its function is running. The default
 * is %FALSE. `notify` is emitted in the owner's context.
 *
 * The function continues until it checks its cancellable; its result and progress are ignored. Use
 * this for functions that can't be interrupted and do no harm.
 *
 * Since: 1.0
 */
void
asynclit_task_set_abandon_on_cancel (AsyncLitTask *self, gboolean abandon_on_cancel)
{
  g_return_if_fail (ASYNCLIT_IS_TASK (self));
  g_return_if_fail (!asynclit_task_is_submitted (self));

  if (asynclit_task_get_abandon_on_cancel (self) == !!abandon_on_cancel)
    return;
  if (abandon_on_cancel)
    asynclit_task_state_set_flags (&self->state, ASYNCLIT_STATE_ABANDON);
  else
    asynclit_task_state_clear_flags (&self->state, ASYNCLIT_STATE_ABANDON);
  asynclit_task_notify_property (self, ASYNCLIT_TASK_PROP_ABANDON_ON_CANCEL);
}

/**
 * asynclit_task_get_max_progress:
 * @self: a task
 *
 * Gets the maximum number of progress values that are kept.
 *
 * Returns: the maximum; 0 means that there is no limit
 * Since: 1.0
 */
guint
asynclit_task_get_max_progress (AsyncLitTask *self)
{
  guint max_progress;

  g_return_val_if_fail (ASYNCLIT_IS_TASK (self), 0);

  asynclit_bit_lock (&self->lock);
  max_progress = asynclit_task_get_cold_locked (self)->max_progress;
  asynclit_bit_unlock (&self->lock);
  return max_progress;
}

/**
 * asynclit_task_set_max_progress:
 * @self: a task that has not been submitted
 * @max_progress: the maximum; 0 means that there is no limit
 *
 * Sets the maximum number of progress values that are kept. The default is 65536. `notify` is
 * emitted in the owner's context.
 *
 * Since: 1.0
 */
void
asynclit_task_set_max_progress (AsyncLitTask *self, guint max_progress)
{
  g_return_if_fail (ASYNCLIT_IS_TASK (self));
  g_return_if_fail (!asynclit_task_is_submitted (self));

  if (asynclit_task_get_max_progress (self) == max_progress)
    return;
  asynclit_bit_lock (&self->lock);
  self->cold->max_progress = max_progress;
  asynclit_bit_unlock (&self->lock);
  asynclit_task_notify_property (self, ASYNCLIT_TASK_PROP_MAX_PROGRESS);
}

/**
 * asynclit_task_get_id:
 * @self: a task
 *
 * Gets the ID of the task: a UUID, version 4, in lower case. [method@TaskManager.get] finds the
 * task by it.
 *
 * May be called from any thread.
 *
 * Returns: the ID
 * Since: 1.0
 */
const char *
asynclit_task_get_id (AsyncLitTask *self)
{
  g_autofree char *fresh = NULL;
  const char *id;

  g_return_val_if_fail (ASYNCLIT_IS_TASK (self), NULL);

  asynclit_bit_lock (&self->lock);
  id = asynclit_task_get_cold_locked (self)->id;
  asynclit_bit_unlock (&self->lock);
  if (id != NULL)
    return id;

  fresh = asynclit_task_serial_to_id (self->serial);
  asynclit_bit_lock (&self->lock);
  if (self->cold->id == NULL)
    self->cold->id = g_steal_pointer (&fresh);
  id = self->cold->id;
  asynclit_bit_unlock (&self->lock);
  return id;
}

/**
 * asynclit_task_get_status:
 * @self: a task
 *
 * Gets the status of the task.
 *
 * May be called from any thread.
 *
 * Returns: the status
 * Since: 1.0
 */
AsyncLitTaskStatus
asynclit_task_get_status (AsyncLitTask *self)
{
  g_return_val_if_fail (ASYNCLIT_IS_TASK (self), ASYNCLIT_TASK_STATUS_PENDING);

  return asynclit_task_state_get_status (asynclit_task_state_get (&self->state));
}

/**
 * asynclit_task_get_substate:
 * @self: a task
 *
 * Gets details about what the task is doing, in addition to its status.
 *
 * May be called from any thread.
 *
 * Returns: the substate
 * Since: 1.0
 */
AsyncLitTaskSubstate
asynclit_task_get_substate (AsyncLitTask *self)
{
  g_return_val_if_fail (ASYNCLIT_IS_TASK (self), ASYNCLIT_TASK_SUBSTATE_NONE);

  return asynclit_task_state_get_substate (asynclit_task_state_get (&self->state));
}

/**
 * asynclit_task_get_done:
 * @self: a task
 *
 * Gets whether the task has ended, with any outcome. If it has, its status, result and error are
 * final.
 *
 * May be called from any thread.
 *
 * Returns: %TRUE if the task has ended
 * Since: 1.0
 */
gboolean
asynclit_task_get_done (AsyncLitTask *self)
{
  g_return_val_if_fail (ASYNCLIT_IS_TASK (self), FALSE);

  return asynclit_task_has_ended (self);
}

/**
 * asynclit_task_get_result:
 * @self: a task
 * @error: return location for an error
 *
 * Gets the result of the task.
 *
 * This fails with %ASYNCLIT_ERROR_NOT_DONE if the task has not ended; with %G_IO_ERROR_CANCELLED if
 * it was cancelled; with the task's own error if it failed; and with %ASYNCLIT_ERROR_FORKED if the
 * task belongs to the parent of a fork.
 *
 * May be called from any thread.
 *
 * Returns: (transfer none): the result, which is valid as long as the task; %NULL with an error
 * Since: 1.0
 */
const GValue *
asynclit_task_get_result (AsyncLitTask *self, GError **error)
{
  g_return_val_if_fail (ASYNCLIT_IS_TASK (self), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  if (asynclit_task_check_forked (self, error))
    return NULL;
  switch (asynclit_task_get_status (self))
    {
    case ASYNCLIT_TASK_STATUS_DONE:
      return &self->result;
    case ASYNCLIT_TASK_STATUS_ERROR:
      if (error != NULL)
        *error = g_error_copy (asynclit_task_peek_error (self));
      return NULL;
    case ASYNCLIT_TASK_STATUS_CANCELLED:
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, _ ("Task was cancelled"));
      return NULL;
    case ASYNCLIT_TASK_STATUS_PENDING:
    case ASYNCLIT_TASK_STATUS_RUNNING:
    default:
      g_set_error_literal (error, ASYNCLIT_ERROR, ASYNCLIT_ERROR_NOT_DONE,
                           _ ("Task is not complete"));
      return NULL;
    }
}

/**
 * asynclit_task_get_error:
 * @self: a task
 *
 * Gets the error with which the task failed.
 *
 * May be called from any thread.
 *
 * Returns: (transfer none) (nullable): the error, which is valid as long as the task; %NULL unless
 *   the status is %ASYNCLIT_TASK_STATUS_ERROR
 * Since: 1.0
 */
const GError *
asynclit_task_get_error (AsyncLitTask *self)
{
  g_return_val_if_fail (ASYNCLIT_IS_TASK (self), NULL);

  if (asynclit_task_get_status (self) != ASYNCLIT_TASK_STATUS_ERROR)
    return NULL;
  return asynclit_task_peek_error (self);
}

/**
 * asynclit_task_get_attempt:
 * @self: a task
 *
 * Gets the number of attempts that have started.
 *
 * May be called from any thread.
 *
 * Returns: 0 before the first attempt, 1 during the first, and so on
 * Since: 1.0
 */
guint
asynclit_task_get_attempt (AsyncLitTask *self)
{
  g_return_val_if_fail (ASYNCLIT_IS_TASK (self), 0);

  return __atomic_load_n (&self->attempt, __ATOMIC_RELAXED);
}

/**
 * asynclit_task_get_created:
 * @self: a task
 *
 * Gets the time at which the task was created.
 *
 * May be called from any thread.
 *
 * Returns: the time, in seconds since the Unix epoch
 * Since: 1.0
 */
double
asynclit_task_get_created (AsyncLitTask *self)
{
  g_return_val_if_fail (ASYNCLIT_IS_TASK (self), 0);

  return to_seconds (self->created);
}

/**
 * asynclit_task_get_started:
 * @self: a task
 *
 * Gets the time at which the first attempt started.
 *
 * May be called from any thread.
 *
 * Returns: the time, in seconds since the Unix epoch; 0 if no attempt has started
 * Since: 1.0
 */
double
asynclit_task_get_started (AsyncLitTask *self)
{
  g_return_val_if_fail (ASYNCLIT_IS_TASK (self), 0);

  return to_seconds (__atomic_load_n (&self->started, __ATOMIC_RELAXED));
}

/**
 * asynclit_task_get_finished:
 * @self: a task
 *
 * Gets the time at which the task ended.
 *
 * May be called from any thread.
 *
 * Returns: the time, in seconds since the Unix epoch; 0 if the task has not ended
 * Since: 1.0
 */
double
asynclit_task_get_finished (AsyncLitTask *self)
{
  g_return_val_if_fail (ASYNCLIT_IS_TASK (self), 0);

  if (!asynclit_task_get_done (self))
    return 0;
  return to_seconds (__atomic_load_n (&self->finished, __ATOMIC_RELAXED));
}

/**
 * asynclit_task_get_next_retry:
 * @self: a task
 *
 * Gets the time of the next attempt, if the task waits for one.
 *
 * May be called from any thread.
 *
 * Returns: the time, in seconds since the Unix epoch; 0 if the task does not wait
 * Since: 1.0
 */
double
asynclit_task_get_next_retry (AsyncLitTask *self)
{
  gint64 due = 0;

  g_return_val_if_fail (ASYNCLIT_IS_TASK (self), 0);

  if (asynclit_task_get_substate (self) != ASYNCLIT_TASK_SUBSTATE_WAITING_RETRY)
    return 0;
  asynclit_bit_lock (&self->lock);
  if (self->cold != NULL)
    due = self->cold->next_retry;
  asynclit_bit_unlock (&self->lock);
  return to_seconds (due);
}
