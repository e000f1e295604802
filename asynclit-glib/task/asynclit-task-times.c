/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The time limits of a task: the public functions, and the time-out itself.
 *
 * Lock order: the lock of the registry, then that of a task; see asynclit-task-registry.c. */

#include "config.h"

#include "asynclit-task-private.h"
#include "asynclit-task-times-private.h"
#include "asynclit-time-private.h"
#include "asynclit-wait-private.h"

#include <glib/gi18n-lib.h>

int asynclit_task_deadlines_are_used;

/* A result that arrived too late. */
typedef struct {
  GValue value;
  GDestroyNotify destroy;
} LateResult;

static void
late_result_free (gpointer data)
{
  LateResult *self = data;

  if (self->destroy != NULL)
    self->destroy (g_value_get_pointer (&self->value));
  g_value_unset (&self->value);
  g_free (self);
}

static void
times_free (AsyncLitTaskTimes *self)
{
  g_slist_free_full (self->cancellables, g_object_unref);
  g_slist_free_full (self->results, late_result_free);
  g_clear_object (&self->parent);
  g_clear_error (&self->time_out);
  g_clear_error (&self->expired);
  g_free (self);
}

AsyncLitTaskTimes *
asynclit_task_times_peek (AsyncLitTask *self)
{
  AsyncLitTaskTimes *times = NULL;

  asynclit_bit_lock (&self->lock);
  if (self->cold != NULL)
    times = self->cold->times;
  asynclit_bit_unlock (&self->lock);
  return times;
}

AsyncLitTaskTimes *
asynclit_task_times_ensure (AsyncLitTask *self)
{
  AsyncLitTaskTimes *times = asynclit_task_times_peek (self);

  if (times != NULL)
    return times;
  times = g_new0 (AsyncLitTaskTimes, 1);
  times->task = self;
  times->inherited = times->due = ASYNCLIT_NEVER;
  asynclit_bit_lock (&self->lock);
  asynclit_task_get_cold_locked (self)->times = times;
  self->cold->times_free = times_free;
  asynclit_bit_unlock (&self->lock);
  asynclit_task_state_set_flags (&self->state, ASYNCLIT_STATE_TIMED);
  return times;
}

/* The time is up */

static GError *
times_new_error (AsyncLitTaskTimes *self, gboolean is_expired)
{
  if (!is_expired)
    return g_error_new (G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
                        _ ("It took longer than the time-out of %g seconds"), self->timeout);
  if (self->due == self->inherited)
    return g_error_new_literal (
        G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
        _ ("It had not ended by the deadline of the task that submitted it"));
  return g_error_new (G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
                      _ ("It had not ended by its deadline of %g seconds"), self->deadline);
}

static void
times_ensure_error (AsyncLitTaskTimes *self, gboolean is_expired)
{
  GError *error = times_new_error (self, is_expired);
  GError **own = is_expired ? &self->expired : &self->time_out;

  asynclit_bit_lock (&self->task->lock);
  if (*own == NULL)
    *own = g_steal_pointer (&error);
  asynclit_bit_unlock (&self->task->lock);
  g_clear_error (&error);
}

AsyncLitCancel
asynclit_task_times_mark (AsyncLitTask *self, guint attempt)
{
  AsyncLitCancel cancel = ASYNCLIT_CANCEL_REFUSED;

  asynclit_bit_lock (&self->lock);
  if (attempt == 0)
    cancel = asynclit_task_state_time_out (&self->state, ASYNCLIT_STATE_EXPIRED);
  else if (self->cold->times->attempt == attempt)
    cancel = asynclit_task_state_time_out (&self->state, ASYNCLIT_STATE_TIME_OUT);
  asynclit_bit_unlock (&self->lock);
  return cancel;
}

void
asynclit_task_time_out (AsyncLitTask *self, guint attempt)
{
  AsyncLitCancel cancel;

  if (asynclit_task_has_ended (self))
    return;
  times_ensure_error (asynclit_task_times_peek (self), attempt == 0);
  asynclit_task_note_finished (self);
  cancel = asynclit_task_driver->time_out (self->registry, self, attempt);
  if (cancel == ASYNCLIT_CANCEL_ENDED)
    asynclit_task_after_stop (self);
  else if (cancel == ASYNCLIT_CANCEL_REQUESTED)
    asynclit_task_trip_later (self);
}

/* The end of an attempt */

void
asynclit_task_times_end_attempt (AsyncLitTask *self)
{
  if (asynclit_task_is_submitted (self))
    asynclit_task_driver->stop_clock (self);
}

/* The result of an attempt that timed out belongs to the user. It is freed with the task, in the
 * owner's context. An error does not, and a task that is retried forever must not collect them. */
static void
task_keep_result (AsyncLitTask *self)
{
  LateResult *late;

  if (!G_IS_VALUE (&self->result))
    return;
  if (G_VALUE_HOLDS (&self->result, G_TYPE_ERROR))
    {
      g_value_unset (&self->result);
      return;
    }
  late = g_new0 (LateResult, 1);
  late->value = self->result;
  self->result = (GValue) G_VALUE_INIT;
  asynclit_bit_lock (&self->lock);
  late->destroy = g_steal_pointer (&self->cold->result_destroy);
  self->cold->times->results = g_slist_prepend (self->cold->times->results, late);
  asynclit_bit_unlock (&self->lock);
}

/* The next attempt gets another one. */
static void
task_put_cancellable_aside_locked (AsyncLitTask *self)
{
  asynclit_assert_locked (&self->lock);
  if (self->cancellable == NULL)
    return;
  self->cold->times->cancellables
      = g_slist_prepend (self->cold->times->cancellables, g_steal_pointer (&self->cancellable));
  self->cancellable_is_cached = FALSE;
}

gboolean
asynclit_task_times_wait_for_retry (AsyncLitTask *self)
{
  gboolean is_up, waits;

  task_keep_result (self);
  asynclit_bit_lock (&self->lock);
  is_up = (asynclit_task_state_get (&self->state) & ASYNCLIT_STATE_TIME_OUT) != 0;
  waits = asynclit_task_state_wait_for_retry (&self->state);
  if (waits && is_up)
    task_put_cancellable_aside_locked (self);
  asynclit_bit_unlock (&self->lock);
  return waits;
}

/* Deadlines of others */

/* FALSE if the other task has none. */
static gboolean
task_inherit (AsyncLitTask *self, AsyncLitTask *from)
{
  AsyncLitTaskTimes *other = asynclit_task_times_peek (from);
  AsyncLitTaskTimes *times;
  gint64 due = ASYNCLIT_NEVER;

  if (other != NULL)
    {
      asynclit_bit_lock (&from->lock);
      due = other->due;
      asynclit_bit_unlock (&from->lock);
    }
  if (due == ASYNCLIT_NEVER)
    return FALSE;
  times = asynclit_task_times_ensure (self);
  times->inherited = MIN (times->inherited, due);
  return TRUE;
}

void
asynclit_task_inherit_from_caller (AsyncLitTask *self)
{
  AsyncLitTask *caller = asynclit_call_get_task ();

  if (caller != NULL)
    task_inherit (self, caller);
}

/**
 * asynclit_task_finish_attempt:
 * @self: a task that was begun with [method@Task.begin]
 * @error: return location for an error
 *
 * Reports that the code of an externally run attempt has returned, so that the attempt can't time
 * out any more.
 *
 * For language bindings.
 *
 * Call this before the attempt is settled. If it fails, the attempt has timed out, and @error is
 * its outcome, whatever the code returned.
 *
 * May be called from any thread.
 *
 * Returns: %FALSE with %G_IO_ERROR_TIMED_OUT if the time of the attempt is up
 * Since: 1.0
 */
gboolean
asynclit_task_finish_attempt (AsyncLitTask *self, GError **error)
{
  AsyncLitTaskState state;

  g_return_val_if_fail (ASYNCLIT_IS_TASK (self), TRUE);
  g_return_val_if_fail (error == NULL || *error == NULL, TRUE);

  if (!(asynclit_task_state_get (&self->state) & ASYNCLIT_STATE_TIMED)
      || asynclit_task_check_forked (self, NULL))
    return TRUE;
  asynclit_task_times_end_attempt (self);
  state = asynclit_task_state_get (&self->state);
  if (!(state & ASYNCLIT_STATE_TIME_IS_UP) || (state & ASYNCLIT_STATE_CANCEL_REQUESTED))
    return TRUE;
  if (error != NULL)
    *error = g_error_copy (asynclit_task_get_time_error (self, state));
  return FALSE;
}

/* Setting up */

gboolean
asynclit_task_get_time_property (AsyncLitTask *self, guint property_id, GValue *value)
{
  if (property_id == ASYNCLIT_TASK_PROP_TIMEOUT)
    g_value_set_double (value, asynclit_task_get_timeout (self));
  else if (property_id == ASYNCLIT_TASK_PROP_DEADLINE)
    g_value_set_double (value, asynclit_task_get_deadline (self));
  else if (property_id == ASYNCLIT_TASK_PROP_STALL_TIMEOUT)
    g_value_set_double (value, asynclit_task_get_stall_timeout (self));
  else if (property_id == ASYNCLIT_TASK_PROP_STALLED)
    g_value_set_boolean (value, asynclit_task_get_stalled (self));
  else if (property_id == ASYNCLIT_TASK_PROP_PARENT_CANCELLABLE)
    g_value_set_object (value, asynclit_task_get_parent_cancellable (self));
  else
    return FALSE;
  return TRUE;
}

gboolean
asynclit_task_set_time_property (AsyncLitTask *self, guint property_id, const GValue *value)
{
  if (property_id == ASYNCLIT_TASK_PROP_TIMEOUT)
    asynclit_task_set_timeout (self, g_value_get_double (value));
  else if (property_id == ASYNCLIT_TASK_PROP_DEADLINE)
    asynclit_task_set_deadline (self, g_value_get_double (value));
  else if (property_id == ASYNCLIT_TASK_PROP_STALL_TIMEOUT)
    asynclit_task_set_stall_timeout (self, g_value_get_double (value));
  else if (property_id == ASYNCLIT_TASK_PROP_PARENT_CANCELLABLE)
    asynclit_task_set_parent_cancellable (self, g_value_get_object (value));
  else
    return FALSE;
  return TRUE;
}

static gboolean
is_different (double a, double b)
{
  return a < b || a > b;
}

/**
 * asynclit_task_get_timeout:
 * @self: a task
 *
 * Gets how long an attempt may take.
 *
 * May be called from any thread.
 *
 * Returns: the time in seconds; 0 means that there is no limit
 * Since: 1.0
 */
double
asynclit_task_get_timeout (AsyncLitTask *self)
{
  AsyncLitTaskTimes *times;

  g_return_val_if_fail (ASYNCLIT_IS_TASK (self), 0);

  times = asynclit_task_times_peek (self);
  return times != NULL ? times->timeout : 0;
}

/**
 * asynclit_task_set_timeout:
 * @self: a task that has not been submitted
 * @seconds: the time in seconds: 0 or more; 0 means that there is no limit
 *
 * Sets how long an attempt may take, from its start.
 *
 * When the time is up, the cancellable of the attempt is cancelled, as if the task were cancelled.
 * When the function has returned, the attempt fails with %G_IO_ERROR_TIMED_OUT, whatever the
 * function returned. The retry policy can then decide to retry, and the next attempt gets a new
 * cancellable.
 *
 * If [property@Task:abandon-on-cancel] is set, the task fails immediately, and is not retried,
 * because its function may still be running.
 *
 * If the task is cancelled before its function has returned, it is cancelled, even after the
 * time-out.
 *
 * The time does not advance while the computer sleeps, or while the task waits to run. The default
 * is 0.
 *
 * Since: 1.0
 */
void
asynclit_task_set_timeout (AsyncLitTask *self, double seconds)
{
  g_return_if_fail (ASYNCLIT_IS_TASK (self));
  g_return_if_fail (seconds >= 0);
  g_return_if_fail (!asynclit_task_is_submitted (self));

  seconds = MIN (seconds, G_MAXDOUBLE);
  if (!is_different (seconds, asynclit_task_get_timeout (self)))
    return;
  asynclit_task_times_ensure (self)->timeout = seconds;
  asynclit_task_notify_property (self, ASYNCLIT_TASK_PROP_TIMEOUT);
}

/**
 * asynclit_task_get_deadline:
 * @self: a task
 *
 * Gets how long the task may take in total.
 *
 * May be called from any thread.
 *
 * Returns: the time in seconds; 0 means that the task has no deadline of its own
 * Since: 1.0
 */
double
asynclit_task_get_deadline (AsyncLitTask *self)
{
  AsyncLitTaskTimes *times;

  g_return_val_if_fail (ASYNCLIT_IS_TASK (self), 0);

  times = asynclit_task_times_peek (self);
  return times != NULL ? times->deadline : 0;
}

/**
 * asynclit_task_set_deadline:
 * @self: a task that has not been submitted
 * @seconds: the time in seconds: 0 or more; 0 means that there is no deadline
 *
 * Sets how long the task may take in total, from its submission. This includes waiting to run, all
 * attempts, and the delays between them. The default is 0.
 *
 * When the time is up, a task that is not running fails with %G_IO_ERROR_TIMED_OUT at once. If its
 * function is running, this happens as for [method@Task.set_timeout], but the task is never
 * retried.
 *
 * A task that is submitted from within the function of a task with a deadline has to end by that
 * deadline, too, or by its own if that is sooner.
 *
 * The time also advances while the computer sleeps.
 *
 * Since: 1.0
 */
void
asynclit_task_set_deadline (AsyncLitTask *self, double seconds)
{
  g_return_if_fail (ASYNCLIT_IS_TASK (self));
  g_return_if_fail (seconds >= 0);
  g_return_if_fail (!asynclit_task_is_submitted (self));

  seconds = MIN (seconds, G_MAXDOUBLE);
  if (!is_different (seconds, asynclit_task_get_deadline (self)))
    return;
  g_atomic_int_set (&asynclit_task_deadlines_are_used, TRUE);
  asynclit_task_times_ensure (self)->deadline = seconds;
  asynclit_task_notify_property (self, ASYNCLIT_TASK_PROP_DEADLINE);
}

/**
 * asynclit_task_inherit_deadline:
 * @self: a task that has not been submitted
 * @from: a task that was submitted
 *
 * Makes the task end by the deadline of another task, if that task has one, and it is earlier than
 * the task's own.
 *
 * A task that is submitted from within the function of another one inherits its deadline in this
 * way, if the library calls that function. Language bindings call this function for the functions
 * that they run. It is also useful for work that a function passes to other threads.
 *
 * Returns: %TRUE if @from has a deadline
 * Since: 1.0
 */
gboolean
asynclit_task_inherit_deadline (AsyncLitTask *self, AsyncLitTask *from)
{
  g_return_val_if_fail (ASYNCLIT_IS_TASK (self), FALSE);
  g_return_val_if_fail (ASYNCLIT_IS_TASK (from), FALSE);
  g_return_val_if_fail (!asynclit_task_is_submitted (self), FALSE);

  return task_inherit (self, from);
}

/**
 * asynclit_task_get_parent_cancellable:
 * @self: a task
 *
 * Gets the cancellable that also cancels the task.
 *
 * May be called from any thread.
 *
 * Returns: (transfer none) (nullable): the cancellable, or %NULL if there is none
 * Since: 1.0
 */
GCancellable *
asynclit_task_get_parent_cancellable (AsyncLitTask *self)
{
  AsyncLitTaskTimes *times;

  g_return_val_if_fail (ASYNCLIT_IS_TASK (self), NULL);

  times = asynclit_task_times_peek (self);
  return times != NULL ? times->parent : NULL;
}

/**
 * asynclit_task_set_parent_cancellable:
 * @self: a task that has not been submitted
 * @parent: (nullable): a cancellable, or %NULL for none
 *
 * Cancels the task when @parent is cancelled, for example that of a window.
 *
 * The effect is that of [method@Task.cancel], called on the thread that cancels @parent. The
 * default is %NULL. If @parent is cancelled when the task is submitted, the task is cancelled and
 * never runs.
 *
 * The function of the task gets a cancellable of its own, which is also cancelled for other
 * reasons; see [method@Task.get_cancellable].
 *
 * Since: 1.0
 */
void
asynclit_task_set_parent_cancellable (AsyncLitTask *self, GCancellable *parent)
{
  AsyncLitTaskTimes *times;

  g_return_if_fail (ASYNCLIT_IS_TASK (self));
  g_return_if_fail (parent == NULL || G_IS_CANCELLABLE (parent));
  g_return_if_fail (!asynclit_task_is_submitted (self));

  if (parent == asynclit_task_get_parent_cancellable (self))
    return;
  times = asynclit_task_times_ensure (self);
  g_set_object (&times->parent, parent);
  asynclit_task_notify_property (self, ASYNCLIT_TASK_PROP_PARENT_CANCELLABLE);
}

/**
 * asynclit_task_get_stall_timeout:
 * @self: a task
 *
 * Gets how long the task may run without a sign of life before it counts as stalled.
 *
 * May be called from any thread.
 *
 * Returns: the time in seconds; 0 if the check is disabled
 * Since: 1.0
 */
double
asynclit_task_get_stall_timeout (AsyncLitTask *self)
{
  AsyncLitTaskTimes *times;

  g_return_val_if_fail (ASYNCLIT_IS_TASK (self), 0);

  times = asynclit_task_times_peek (self);
  return times != NULL ? times->stall_timeout : 0;
}

/**
 * asynclit_task_set_stall_timeout:
 * @self: a task that has not been submitted
 * @seconds: the time in seconds: 0 or more; 0 disables the check
 *
 * Sets how long the task may run without a sign of life before it counts as stalled.
 *
 * A sign of life is a progress value, a report of amounts or their text, or a call of
 * [method@Task.heartbeat]. If there is none for this long, [property@Task:stalled] becomes
 * %TRUE, until the next sign or the end of the attempt. Nothing else happens: a program can, for
 * example, tell the user, or cancel the task.
 *
 * The time does not advance while the computer sleeps, or while the task is not running. The
 * default is 0.
 *
 * Since: 1.0
 */
void
asynclit_task_set_stall_timeout (AsyncLitTask *self, double seconds)
{
  g_return_if_fail (ASYNCLIT_IS_TASK (self));
  g_return_if_fail (seconds >= 0);
  g_return_if_fail (!asynclit_task_is_submitted (self));

  seconds = MIN (seconds, G_MAXDOUBLE);
  if (!is_different (seconds, asynclit_task_get_stall_timeout (self)))
    return;
  asynclit_task_times_ensure (self)->stall_timeout = seconds;
  asynclit_task_notify_property (self, ASYNCLIT_TASK_PROP_STALL_TIMEOUT);
}
