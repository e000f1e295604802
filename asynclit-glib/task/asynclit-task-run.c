/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "asynclit-clock-private.h"
#include "asynclit-error.h"
#include "asynclit-retry-policy-private.h"
#include "asynclit-task-id-private.h"
#include "asynclit-task-private.h"
#include "asynclit-task-times-private.h"
#include "asynclit-time-private.h"
#include "asynclit-wait-private.h"

#include <glib/gi18n-lib.h>
#include <stdlib.h>

/* The maximum number of pending retry events, for a context that is not iterated. */
#define MAX_RETRY_EVENTS 256

gboolean
asynclit_task_submit (AsyncLitTask *self, gpointer registry)
{
  AsyncLitTaskState before;

  self->registry = registry;
  before = asynclit_task_state_submit (&self->state, self->func != NULL);
  /* The owner may be receiving a notification, from before the submission or at this moment. */
  asynclit_task_count_ref (self, before);
  return !asynclit_task_state_is_terminal (before);
}

/* The end of an attempt, and of the task */

static void
task_note_begun (AsyncLitTask *self)
{
  gint64 now = asynclit_clock_unix_now ();

  __atomic_store_n (&self->attempt, self->attempt + 1, __ATOMIC_RELAXED);
  if (self->attempt > 1)
    return;
  __atomic_store_n (&self->started, MAX (self->created, now), __ATOMIC_RELAXED);
  asynclit_bit_lock (&self->lock);
  if (self->cold != NULL && self->cold->retry != NULL)
    self->cold->first_begun = asynclit_clock_now ();
  asynclit_bit_unlock (&self->lock);
}

static void
task_end (AsyncLitTask *self, AsyncLitTaskStatus status)
{
  gboolean ended;

  asynclit_task_note_finished (self);
  ended = asynclit_task_state_conclude (&self->state, status, FALSE)
          || (asynclit_task_is_submitted (self)
              && asynclit_task_driver->conclude (self->registry, self, status));
  if (ended)
    asynclit_task_wake_waiters (self);
  asynclit_task_let_go (self);
}

static void
task_note_retry (AsyncLitTask *self, const GError *error, double delay)
{
  AsyncLitRetryEvent *event = g_new0 (AsyncLitRetryEvent, 1);
  AsyncLitTaskColdData *cold;

  event->attempt = self->attempt;
  event->delay = delay;
  event->error = g_error_copy (error);
  asynclit_bit_lock (&self->lock);
  cold = asynclit_task_get_cold_locked (self);
  g_queue_push_tail (&cold->retries, event);
  event = cold->retries.length > MAX_RETRY_EVENTS ? g_queue_pop_head (&cold->retries) : NULL;
  cold->next_retry = asynclit_time_add_seconds (asynclit_clock_unix_now (), delay);
  asynclit_bit_unlock (&self->lock);
  g_clear_pointer (&event, asynclit_task_retry_event_free);
}

/* A result that is not the task's: the owner has to release it. */
typedef struct {
  GValue value;
  GDestroyNotify pointer_destroy;
} DiscardedResult;

static void
discarded_result_free (gpointer data)
{
  DiscardedResult *self = data;

  if (self->pointer_destroy != NULL)
    self->pointer_destroy (g_value_get_pointer (&self->value));
  g_value_unset (&self->value);
  g_free (self);
}

static void
task_discard_result (AsyncLitTask *self)
{
  DiscardedResult *discarded;

  if (!G_IS_VALUE (&self->result))
    return;
  if (G_VALUE_HOLDS (&self->result, G_TYPE_ERROR))
    {
      g_value_unset (&self->result);
      return;
    }
  discarded = g_new0 (DiscardedResult, 1);
  discarded->value = self->result;
  self->result = (GValue) G_VALUE_INIT;
  asynclit_bit_lock (&self->lock);
  discarded->pointer_destroy = g_steal_pointer (&self->cold->result_destroy);
  asynclit_bit_unlock (&self->lock);
  asynclit_notifier_release_later (&self->notification, discarded, discarded_result_free,
                                   self->executor == ASYNCLIT_EXECUTOR_CONTEXT);
}

static gboolean
task_begin_wait_for_retry (AsyncLitTask *self)
{
  if (G_UNLIKELY (asynclit_task_state_get (&self->state) & ASYNCLIT_STATE_TIMED))
    return asynclit_task_times_wait_for_retry (self);
  task_discard_result (self);
  return asynclit_task_state_wait_for_retry (&self->state);
}

/* FALSE if cancellation was requested, or the time of the task is up; the task has then ended. */
static gboolean
task_wait_for_retry (AsyncLitTask *self, const GError *error, double delay)
{
  task_note_retry (self, error, delay);
  if (asynclit_task_is_submitted (self))
    asynclit_task_driver->note_retry (self->registry, self, error, delay);
  if (!task_begin_wait_for_retry (self))
    {
      task_end (self, ASYNCLIT_TASK_STATUS_CANCELLED);
      return FALSE;
    }
  if (asynclit_task_state_get (&self->state) & ASYNCLIT_STATE_GATED)
    asynclit_task_driver->give_back (self, TRUE);
  asynclit_notification_post_changes (&self->notification);
  return TRUE;
}

/* The decision may run user code, which may block. */
static gboolean
task_decide_retry (AsyncLitTask *self, const GError *error, double *delay)
{
  AsyncLitCall call;
  gboolean again;

  asynclit_call_begin (&call, self);
  again = asynclit_task_driver->decide_retry (self, error, delay);
  asynclit_call_end (&call);
  return again;
}

/* Whether a failed attempt may be followed by another. */
static gboolean
task_can_go_on (AsyncLitTask *self)
{
  AsyncLitTaskState state = asynclit_task_state_get (&self->state);

  return (state & ASYNCLIT_STATE_SUBMITTED)
         && !(state & (ASYNCLIT_STATE_CANCEL_REQUESTED | ASYNCLIT_STATE_EXPIRED))
         && !asynclit_task_state_is_terminal (state);
}

/* TRUE if a result takes the place of the error, which is the task's. */
static gboolean
task_fall_back (AsyncLitTask *self, const GError *error)
{
  AsyncLitRetryPolicy *policy = asynclit_task_peek_retry_policy (self);
  GValue result = G_VALUE_INIT;
  AsyncLitCall call;
  gboolean has_result;

  if (policy == NULL || self->func == NULL)
    return FALSE;
  asynclit_call_begin (&call, self);
  has_result = asynclit_retry_policy_fall_back (policy, error, &result);
  asynclit_call_end (&call);
  if (!has_result)
    return FALSE;
  if (asynclit_task_state_get (&self->state) & ASYNCLIT_STATE_GATED)
    asynclit_task_driver->give_back (self, TRUE); /* the attempt has failed nevertheless */
  task_discard_result (self);
  self->result = result;
  asynclit_task_state_clear_flags (&self->state, ASYNCLIT_STATE_TIME_OUT);
  return TRUE;
}

/* An outcome about which the retry policy has a say. TRUE if there is another attempt. */
static gboolean
task_ask_policy (AsyncLitTask *self, const GError *error, AsyncLitTaskStatus *status)
{
  g_autoptr (GError) unwanted = NULL;
  double delay;

  if (task_decide_retry (self, error, &delay))
    {
      if (error == NULL)
        error = unwanted = asynclit_retry_policy_new_unwanted ();
      if (task_wait_for_retry (self, error, delay))
        asynclit_task_driver->start_retry (self);
      return TRUE;
    }
  if (error != NULL && task_fall_back (self, error))
    *status = ASYNCLIT_TASK_STATUS_DONE;
  return FALSE;
}

/* The outcome is staged, and the function is not being called. */
static void
task_conclude (AsyncLitTask *self)
{
  AsyncLitTaskState state = asynclit_task_state_get (&self->state);
  AsyncLitTaskStatus status;
  const GError *error;

  if (G_UNLIKELY (state & ASYNCLIT_STATE_TIMED))
    asynclit_task_times_end_attempt (self);
  error = asynclit_task_peek_error (self);
  status = error != NULL ? ASYNCLIT_TASK_STATUS_ERROR : ASYNCLIT_TASK_STATUS_DONE;
  if ((error != NULL || G_UNLIKELY (state & ASYNCLIT_STATE_RESULT_JUDGED)) && task_can_go_on (self)
      && task_ask_policy (self, error, &status))
    return;
  task_end (self, status);
}

static void
task_stage (AsyncLitTask *self, GValue *value, GDestroyNotify pointer_destroy)
{
  self->result = *value;
  *value = (GValue) G_VALUE_INIT;
  if (pointer_destroy != NULL)
    {
      asynclit_bit_lock (&self->lock);
      asynclit_task_get_cold_locked (self)->result_destroy = pointer_destroy;
      asynclit_bit_unlock (&self->lock);
    }
  if (asynclit_task_state_stage (&self->state))
    task_conclude (self);
}

gboolean
asynclit_task_settle (AsyncLitTask *self, GValue *value, GDestroyNotify pointer_destroy)
{
  if (!asynclit_task_state_claim (&self->state))
    return FALSE;
  task_stage (self, value, pointer_destroy);
  return TRUE;
}

static void
task_stage_error (AsyncLitTask *self, GError *error)
{
  GValue value = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_ERROR);
  g_value_take_boxed (&value, error);
  task_stage (self, &value, NULL);
}

/* The function has returned. */
static void
task_leave (AsyncLitTask *self)
{
  gboolean must_settle = self->executor != ASYNCLIT_EXECUTOR_WORKER;

  switch (asynclit_task_state_leave (&self->state, must_settle))
    {
    case ASYNCLIT_LEAVE_CONCLUDE:
      task_conclude (self);
      break;
    case ASYNCLIT_LEAVE_UNSETTLED:
      task_stage_error (self,
                        g_error_new_literal (ASYNCLIT_ERROR, ASYNCLIT_ERROR_NO_RESULT,
                                             _ ("The task's function returned without a result; "
                                                "it must call one of the return functions")));
      break;
    case ASYNCLIT_LEAVE_LATER:
    default:
      break;
    }
}

/* The function has forked, and returns in the child. The task is the parent's to end. A thread of
 * the library has nothing to return to, and can't clean up: a lock of GLib may belong to a thread
 * that does not exist here. */
static void
task_leave_in_child (AsyncLitTask *self)
{
  if (self->executor != ASYNCLIT_EXECUTOR_CONTEXT)
    exit (EXIT_SUCCESS);
}

static void
task_call (AsyncLitTask *self)
{
  AsyncLitCall call;

  asynclit_call_begin (&call, self);
  asynclit_task_call_func (self);
  asynclit_call_end (&call);
}

/* Most tasks end soon, so there is no need to notify that they have started. Waking a thread for
 * that would take longer than the task. */
static void
task_notify_begun (AsyncLitTask *self)
{
  task_note_begun (self);
  if (G_UNLIKELY (asynclit_task_state_get (&self->state) & ASYNCLIT_STATE_START_AWAITED)
      && self->attempt == 1)
    asynclit_task_driver->note_begun (self->registry, self);
  if (G_UNLIKELY (asynclit_task_state_get (&self->state) & ASYNCLIT_STATE_TIMED)
      && asynclit_task_is_submitted (self))
    asynclit_task_driver->start_clock (self);
  if (asynclit_notification_post_changes_lazily (&self->notification)
      && asynclit_task_has_notify_handlers (self)
      && asynclit_notification_want_flush (&self->notification))
    asynclit_task_driver->flush_later ();
}

void
asynclit_task_run (AsyncLitTask *self)
{
  if (!asynclit_task_state_begin (&self->state, self->func != NULL))
    {
      asynclit_task_let_go (self);
      return;
    }
  task_notify_begun (self);
  if (self->func == NULL)
    return;

  task_call (self);
  if (G_LIKELY (asynclit_task_serial_is_own (self->serial)))
    task_leave (self);
  else
    task_leave_in_child (self);
}

void
asynclit_task_lose (AsyncLitTask *self, const GError *reason)
{
  g_assert (reason != NULL);
  if (!asynclit_task_state_begin (&self->state, FALSE))
    {
      asynclit_task_let_go (self);
      return;
    }
  /* This attempt counts; otherwise, the task might be retried forever. */
  task_note_begun (self);
  if (asynclit_task_state_claim (&self->state))
    task_stage_error (self, g_error_copy (reason));
}

/**
 * asynclit_task_begin:
 * @self: a task that was passed to [method@TaskManager.queue_task]
 *
 * Begins an attempt of an externally run task. The task is then running until one of the functions
 * that settle it is called.
 *
 * For language bindings.
 *
 * Call this before the first attempt, and before each further one after [method@Task.return_retry].
 * If several threads call it for the same attempt, it succeeds for one of them.
 *
 * May be called from any thread.
 *
 * Returns: %TRUE if the caller has to run the attempt; %FALSE if there is none to begin: the task
 *   was cancelled, another thread has begun it, the library runs it, or it belongs to the process
 *   from which this one was forked
 * Since: 1.0
 */
gboolean
asynclit_task_begin (AsyncLitTask *self)
{
  g_return_val_if_fail (ASYNCLIT_IS_TASK (self), FALSE);

  if (asynclit_task_check_forked (self, NULL)
      || !asynclit_task_state_begin_externally (&self->state))
    return FALSE;
  task_notify_begun (self);
  return TRUE;
}

/**
 * asynclit_task_return_retry:
 * @self: a task that was begun with [method@Task.begin]
 * @error: the error with which the attempt failed
 * @delay_seconds: the delay before the next attempt, in seconds; from 0 to %G_MAXDOUBLE
 *
 * Settles a failed attempt of an externally run task that is going to be retried.
 *
 * For language bindings.
 *
 * The task waits, and [signal@Task::retrying] is emitted. When the delay has passed, the creator
 * calls [method@Task.begin]. The creator decides whether and when to retry:
 * [property@Task:retry-policy] is not used.
 *
 * May be called from any thread.
 *
 * Returns: %TRUE if the task waits for the next attempt; %FALSE if there will be none, because
 *   cancellation was requested, and the task is now cancelled, or because the attempt has already
 *   been settled
 * Since: 1.0
 */
gboolean
asynclit_task_return_retry (AsyncLitTask *self, const GError *error, double delay_seconds)
{
  g_return_val_if_fail (ASYNCLIT_IS_TASK (self), FALSE);
  g_return_val_if_fail (error != NULL, FALSE);
  g_return_val_if_fail (delay_seconds >= 0 && delay_seconds <= G_MAXDOUBLE, FALSE);
  g_return_val_if_fail (asynclit_task_state_get (&self->state) & ASYNCLIT_STATE_EXTERNALLY_RUN,
                        FALSE);

  return !asynclit_task_check_forked (self, NULL) && asynclit_task_state_claim (&self->state)
         && task_wait_for_retry (self, error, delay_seconds);
}

void
asynclit_task_set_scheduled (AsyncLitTask *self, AsyncLitNotification *owner, gint64 due)
{
  g_assert (!asynclit_task_is_submitted (self));

  asynclit_notification_follow (&self->notification, owner);
  self->is_run = TRUE;
  asynclit_bit_lock (&self->lock);
  asynclit_task_get_cold_locked (self)->due = due;
  asynclit_bit_unlock (&self->lock);
}

/**
 * asynclit_task_get_due:
 * @self: a task
 *
 * Gets the time for which a scheduler submitted the task: the time at which its job was due, which
 * may be before the submission. No two runs of a job have the same time.
 *
 * May be called from any thread.
 *
 * Returns: the time, in microseconds since the Unix epoch; 0 if no scheduler submitted the task
 * Since: 1.0
 */
gint64
asynclit_task_get_due (AsyncLitTask *self)
{
  gint64 due = 0;

  g_return_val_if_fail (ASYNCLIT_IS_TASK (self), 0);

  asynclit_bit_lock (&self->lock);
  if (self->cold != NULL)
    due = self->cold->due;
  asynclit_bit_unlock (&self->lock);
  return due;
}
