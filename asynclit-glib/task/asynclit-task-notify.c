/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Notifies the owner of a task, and releases the parts of the task that have to be released in the
 * owner's context. */

#include "config.h"

#include "asynclit-object-data-private.h"
#include "asynclit-retry-policy-private.h"
#include "asynclit-task-amounts-private.h"
#include "asynclit-task-private.h"
#include "asynclit-thread-bound-private.h"

static gboolean
task_notification_keep_alive_locked (AsyncLitNotification *notification)
{
  AsyncLitTask *self = asynclit_task_from_notification (notification);

  asynclit_notification_assert_locked (notification);
  /* The other keep-alive flags are cleared under the same lock, so that none can be cleared in
   * between. */
  if (!(asynclit_task_state_get (&self->state) & ASYNCLIT_STATE_KEEP_ALIVE_MASK))
    return FALSE;
  asynclit_task_state_set_flags (&self->state, ASYNCLIT_STATE_KEEP_ALIVE_NOTIFICATION);
  return TRUE;
}

static void
task_notification_resurrect (AsyncLitNotification *notification)
{
  AsyncLitTask *self = asynclit_task_from_notification (notification);

  self->resurrected = TRUE;
  g_object_ref (self);
  /* Another thread may be submitting the task. */
  asynclit_task_count_ref (
      self, asynclit_task_state_set_flags (&self->state, ASYNCLIT_STATE_KEEP_ALIVE_NOTIFICATION));
}

static gboolean
task_notification_drop_locked (AsyncLitNotification *notification)
{
  AsyncLitTask *self = asynclit_task_from_notification (notification);
  AsyncLitTaskState old
      = asynclit_task_state_clear_flags (&self->state, ASYNCLIT_STATE_KEEP_ALIVE_NOTIFICATION);

  asynclit_notification_assert_locked (notification);
  return (old & ASYNCLIT_STATE_KEEP_ALIVE_MASK) == ASYNCLIT_STATE_KEEP_ALIVE_NOTIFICATION;
}

static void
task_notification_unref (AsyncLitNotification *notification)
{
  AsyncLitTask *self = asynclit_task_from_notification (notification);

  asynclit_task_drop_refs (self,
                           __atomic_exchange_n (&self->n_returned_refs, 0, __ATOMIC_RELAXED) + 1);
}

static void
task_notify (AsyncLitTask *self, guint property_id)
{
  if (asynclit_object_may_have_notify_handlers (self))
    asynclit_task_notify_pspec (self, asynclit_task_properties[property_id]);
}

void
asynclit_task_notify_property (AsyncLitTask *self, guint property_id)
{
  g_assert (property_id > 0 && property_id < ASYNCLIT_TASK_N_PROPS);
  if (!asynclit_task_has_notify_handlers (self))
    return;
  if (asynclit_notification_is_here (&self->notification))
    {
      task_notify (self, property_id);
      return;
    }
  asynclit_bit_lock (&self->lock);
  asynclit_task_get_cold_locked (self)->pending_notifies |= 1u << property_id;
  asynclit_bit_unlock (&self->lock);
  asynclit_task_state_set_flags (&self->state, ASYNCLIT_STATE_NOTIFY_PENDING);
  asynclit_notification_post_changes (&self->notification);
}

static void
task_notify_pending (AsyncLitTask *self)
{
  guint pending;

  if (!(asynclit_task_state_get (&self->state) & ASYNCLIT_STATE_NOTIFY_PENDING))
    return;
  asynclit_task_state_clear_flags (&self->state, ASYNCLIT_STATE_NOTIFY_PENDING);
  asynclit_bit_lock (&self->lock);
  pending = self->cold->pending_notifies;
  self->cold->pending_notifies = 0;
  asynclit_bit_unlock (&self->lock);
  for (guint i = 1; pending != 0 && i < ASYNCLIT_TASK_N_PROPS; i++)
    if (pending & (1u << i))
      task_notify (self, i);
}

static void
task_notify_status (AsyncLitTask *self)
{
  AsyncLitTaskState state = asynclit_task_state_get (&self->state);
  AsyncLitTaskStatus status = asynclit_task_state_get_status (state);
  AsyncLitTaskStatus before = self->notified_status;

  task_notify (self, ASYNCLIT_TASK_PROP_SUBSTATE);
  if (status == before)
    return;
  self->notified_status = status;
  task_notify (self, ASYNCLIT_TASK_PROP_STATUS);
  if (asynclit_task_state_is_terminal (state))
    task_notify (self, ASYNCLIT_TASK_PROP_DONE);
}

static void
task_release_if_let_go (AsyncLitTask *self)
{
  if (asynclit_task_state_get (&self->state) & ASYNCLIT_STATE_LET_GO)
    asynclit_task_release_work (self);
}

static AsyncLitRetryEvent *
task_take_retry_event (AsyncLitTask *self)
{
  AsyncLitRetryEvent *event = NULL;

  asynclit_bit_lock (&self->lock);
  if (self->cold != NULL)
    event = g_queue_pop_head (&self->cold->retries);
  asynclit_bit_unlock (&self->lock);
  return event;
}

static void
task_emit_retries (AsyncLitTask *self)
{
  AsyncLitRetryEvent *event;

  while ((event = task_take_retry_event (self)) != NULL)
    {
      g_signal_emit (self, asynclit_task_signals[ASYNCLIT_TASK_SIGNAL_RETRYING], 0, event->attempt,
                     event->delay, event->error);
      asynclit_task_retry_event_free (event);
    }
}

/* Runs on: the owner's context. */
static gboolean
task_notification_deliver (AsyncLitNotification *notification, gint64 end)
{
  AsyncLitTask *self = asynclit_task_from_notification (notification);
  /* Read first: everything that was reported before the end is in the log by now. */
  gboolean has_ended = asynclit_task_has_ended (self);

  asynclit_task_trip_here (self);
  task_release_if_let_go (self);
  task_notify_pending (self);
  if (!has_ended)
    {
      task_notify_status (self);
      asynclit_task_notify_amounts (self, FALSE);
    }
  if (!self->completed_emitted && !asynclit_task_emit_progress (self, end))
    return TRUE;
  /* An abandoned task may have been about to retry when it was cancelled. */
  if (!self->completed_emitted)
    task_emit_retries (self);
  if (!has_ended)
    return FALSE;

  if (!self->completed_emitted)
    asynclit_task_notify_amounts (self, TRUE);
  task_notify_status (self);
  if (!self->completed_emitted)
    {
      __atomic_store_n (&self->completed_emitted, TRUE, __ATOMIC_RELAXED);
      g_signal_emit (self, asynclit_task_signals[ASYNCLIT_TASK_SIGNAL_COMPLETED], 0);
    }
  asynclit_task_call_handlers (self);
  return FALSE;
}

static gboolean
task_has_signal_handler (AsyncLitTask *self, guint signal_id)
{
  return asynclit_object_may_have_handlers (self)
         && g_signal_handler_find (self, G_SIGNAL_MATCH_ID, signal_id, 0, NULL, NULL, NULL) != 0;
}

/* Whether any handler would be called for what has not been delivered yet. */
static gboolean
task_is_heard (AsyncLitTask *self)
{
  gboolean has_handlers;

  asynclit_bit_lock (&self->lock);
  has_handlers = self->handlers != NULL;
  asynclit_bit_unlock (&self->lock);
  if (__atomic_load_n (&self->completed_emitted, __ATOMIC_RELAXED))
    return has_handlers;
  for (guint i = 0; i < ASYNCLIT_TASK_N_SIGNALS && !has_handlers; i++)
    has_handlers = task_has_signal_handler (self, asynclit_task_signals[i]);
  return has_handlers || asynclit_task_has_notify_handlers (self);
}

/* A task that runs in its owner's context does so because it, or its data, can't be used
 * elsewhere. */
static gboolean
task_notification_is_bound (AsyncLitNotification *notification)
{
  AsyncLitTask *self = asynclit_task_from_notification (notification);
  AsyncLitRetryPolicy *retry = asynclit_task_peek_retry_policy (self);

  return self->executor == ASYNCLIT_EXECUTOR_CONTEXT
         || asynclit_is_thread_bound (self->user_data, self->destroy)
         || (retry != NULL && asynclit_retry_policy_is_thread_bound (retry));
}

/* Runs on: the thread that submitted; or the worker, if the owner does not come */
static AsyncLitPending
task_notification_release (AsyncLitNotification *notification)
{
  AsyncLitTask *self = asynclit_task_from_notification (notification);

  task_release_if_let_go (self);
  if (task_is_heard (self))
    return ASYNCLIT_PENDING_AWAITED;
  return __atomic_load_n (&self->completed_emitted, __ATOMIC_RELAXED) ? ASYNCLIT_PENDING_NONE
                                                                      : ASYNCLIT_PENDING_UNOBSERVED;
}

const AsyncLitNotificationFuncs asynclit_task_notification_funcs = {
  .keep_alive_locked = task_notification_keep_alive_locked,
  .resurrect = task_notification_resurrect,
  .drop_locked = task_notification_drop_locked,
  .unref = task_notification_unref,
  .deliver = task_notification_deliver,
  .release = task_notification_release,
  .is_bound = task_notification_is_bound,
};
