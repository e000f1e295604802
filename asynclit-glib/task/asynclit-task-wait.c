/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "asynclit-blocking-private.h"
#include "asynclit-error.h"
#include "asynclit-source-private.h"
#include "asynclit-task-private.h"

#include <glib/gi18n-lib.h>

/* Longer than this is for ever: in microseconds it would not fit. */
#define MAX_TIMEOUT_SECONDS 1e9

/* A thread that blocks; lives on its stack. */
typedef struct {
  AsyncLitWaiter waiter;
  AsyncLitLock lock; /* guards what follows */
  GCond cond;
  gboolean ended;     /* the task has, and whoever ended it is done with this */
  gboolean cancelled; /* the wait was */
} BlockedThread;

/* A GTask of wait_async(). Two may come to complete it, the task's end and the cancellable, and
 * the one that takes it out of the list of waiters does. */
typedef struct {
  AsyncLitWaiter waiter;
  GTask *result; /* has the task as its source object */
  gulong cancelled_id;
} AsyncWait;

void
asynclit_task_wake_waiters (AsyncLitTask *self)
{
  GSList *waiters = NULL;

  asynclit_bit_lock (&self->lock);
  if (self->rare != NULL)
    waiters = g_slist_reverse (g_steal_pointer (&self->rare->waiters));
  asynclit_bit_unlock (&self->lock);
  while (waiters != NULL)
    {
      AsyncLitWaiter *waiter = waiters->data;

      waiters = g_slist_delete_link (waiters, waiters);
      waiter->wake (waiter);
    }
}

gboolean
asynclit_task_add_waiter (AsyncLitTask *self, AsyncLitWaiter *waiter)
{
  gboolean has_ended;

  asynclit_bit_lock (&self->lock);
  has_ended = asynclit_task_get_done (self);
  if (!has_ended)
    {
      AsyncLitTaskRare *rare = asynclit_task_get_rare_locked (self);

      rare->waiters = g_slist_prepend (rare->waiters, waiter);
    }
  asynclit_bit_unlock (&self->lock);
  return !has_ended;
}

/* FALSE if it is being woken, or was. */
static gboolean
task_remove_waiter (AsyncLitTask *self, AsyncLitWaiter *waiter)
{
  GSList *link = NULL;

  asynclit_bit_lock (&self->lock);
  if (self->rare != NULL)
    link = g_slist_find (self->rare->waiters, waiter);
  if (link != NULL)
    self->rare->waiters = g_slist_delete_link (self->rare->waiters, link);
  asynclit_bit_unlock (&self->lock);
  return link != NULL;
}

/* Runs on: the thread that ended the task */
static void
blocked_thread_wake (AsyncLitWaiter *waiter)
{
  BlockedThread *self = (BlockedThread *) waiter;

  asynclit_lock (&self->lock);
  self->ended = TRUE;
  g_cond_signal (&self->cond);
  asynclit_unlock (&self->lock);
}

/* Runs on: the thread that cancels the wait */
static void
blocked_thread_cancel (GCancellable *cancellable, gpointer data)
{
  BlockedThread *self = data;

  asynclit_tsan_acquire (self);
  asynclit_lock (&self->lock);
  self->cancelled = TRUE;
  g_cond_signal (&self->cond);
  asynclit_unlock (&self->lock);
}

/* Until the task has ended, the wait was cancelled, or @end_time of g_get_monotonic_time(). */
static void
blocked_thread_sleep (BlockedThread *self, gint64 end_time)
{
  gboolean in_time = TRUE;

  asynclit_lock (&self->lock);
  while (!self->ended && !self->cancelled && in_time)
    if (end_time == G_MAXINT64)
      asynclit_cond_wait (&self->cond, &self->lock);
    else
      in_time = asynclit_cond_wait_until (&self->cond, &self->lock, end_time);
  asynclit_unlock (&self->lock);
}

/* Whoever took this out of the list of waiters is about to wake it, and needs it for that. */
static void
blocked_thread_await_wake (BlockedThread *self)
{
  asynclit_lock (&self->lock);
  while (!self->ended)
    asynclit_cond_wait (&self->cond, &self->lock);
  asynclit_unlock (&self->lock);
}

static void
task_block (AsyncLitTask *self, gint64 end_time, GCancellable *cancellable)
{
  BlockedThread thread = { .waiter.wake = blocked_thread_wake };
  gulong cancelled_id = 0;

  g_cond_init (&thread.cond);
  asynclit_tsan_release (&thread);
  if (cancellable != NULL)
    cancelled_id = g_cancellable_connect (cancellable, G_CALLBACK (blocked_thread_cancel),
                                          &thread, NULL);
  if (asynclit_task_add_waiter (self, &thread.waiter))
    {
      asynclit_blocking_begin ();
      blocked_thread_sleep (&thread, end_time);
      asynclit_blocking_end ();
      if (!task_remove_waiter (self, &thread.waiter))
        blocked_thread_await_wake (&thread);
    }
  g_cancellable_disconnect (cancellable, cancelled_id);
  asynclit_lock_clear (&thread.lock);
  g_cond_clear (&thread.cond);
}

static gboolean
task_check_may_block (AsyncLitTask *self, GError **error)
{
  if (!asynclit_task_is_in_own_call (self)
      && (!asynclit_task_is_submitted (self) || !asynclit_task_driver->would_deadlock (self)))
    return TRUE;
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK,
                       _("Waiting on this thread would block what the task needs to run; "
                         "use asynclit_task_wait_async() here"));
  return FALSE;
}

/**
 * asynclit_task_wait:
 * @self: a task
 * @timeout_seconds: for how long to wait, in seconds; 0 only looks, a negative number waits for
 *   as long as it takes
 * @cancellable: (nullable): ends the wait (not the task)
 * @error: return location for an error
 *
 * Blocks the calling thread until the task has ended, in whichever way.
 *
 * Not for the thread of a user interface, which should poll, connect to
 * [signal@Task::completed], or use [method@Task.wait_async]. A function that runs in the thread
 * pool may wait for other tasks, at any depth: the pool makes up for the thread.
 *
 * Errors: %G_IO_ERROR_TIMED_OUT; %G_IO_ERROR_CANCELLED if @cancellable was cancelled;
 * %G_IO_ERROR_WOULD_BLOCK on the worker's thread, in the owner's context for a task that has to
 * run there, and in the task's own function, since all of these would wait for themselves;
 * %ASYNCLIT_ERROR_FORKED if the task was left behind in the parent of a fork.
 *
 * Returns: %TRUE if the task has ended
 * Since: 1.0
 */
gboolean
asynclit_task_wait (AsyncLitTask *self, double timeout_seconds, GCancellable *cancellable,
                    GError **error)
{
  gint64 end_time = G_MAXINT64;

  g_return_val_if_fail (ASYNCLIT_IS_TASK (self), FALSE);
  g_return_val_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  if (asynclit_task_check_forked (self, error))
    return FALSE;
  asynclit_notifier_release_some ();
  if (asynclit_task_get_done (self))
    return TRUE;
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;
  if (timeout_seconds != 0 && !task_check_may_block (self, error))
    return FALSE;

  if (timeout_seconds >= 0 && timeout_seconds < MAX_TIMEOUT_SECONDS)
    end_time = g_get_monotonic_time () + (gint64) (timeout_seconds * G_USEC_PER_SEC);
  if (timeout_seconds != 0)
    task_block (self, end_time, cancellable);

  if (asynclit_task_get_done (self))
    return TRUE;
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
               _("The task had not ended after %.3g seconds"), timeout_seconds);
  return FALSE;
}

static void
async_wait_free (gpointer data)
{
  AsyncWait *self = data;

  asynclit_tsan_acquire (self);
  g_object_unref (self->result);
  g_free (self);
}

/* Runs on: the context of the GTask */
static gboolean
async_wait_return (gpointer data)
{
  AsyncWait *self = data;

  asynclit_tsan_acquire (self);
  g_cancellable_disconnect (g_task_get_cancellable (self->result), self->cancelled_id);
  if (asynclit_task_get_done (g_task_get_source_object (self->result)))
    g_task_return_boolean (self->result, TRUE);
  else
    g_task_return_error_if_cancelled (self->result);
  return G_SOURCE_REMOVE;
}

/* Runs on: any thread, for whoever has taken the waiter out of the list. What the GTask refers to
 * is released in its context, with the source. */
static void
async_wait_return_later (AsyncLitWaiter *waiter)
{
  AsyncWait *self = (AsyncWait *) waiter;
  GSource *source = g_idle_source_new ();

  g_source_set_priority (source, g_task_get_priority (self->result));
  g_source_set_static_name (source, "[asynclit] end of a wait");
  g_source_set_callback (source, async_wait_return, self, async_wait_free);
  asynclit_tsan_release (self);
  asynclit_source_hand_over (source, g_task_get_context (self->result));
}

/* Runs on: the thread that cancels the wait */
static void
async_wait_cancel (GCancellable *cancellable, gpointer data)
{
  AsyncWait *self = data;

  asynclit_tsan_acquire (self);
  if (task_remove_waiter (g_task_get_source_object (self->result), &self->waiter))
    async_wait_return_later (&self->waiter);
}

/**
 * asynclit_task_wait_async:
 * @self: a task
 * @cancellable: (nullable): ends the wait (not the task)
 * @callback: (scope async): called when the task has ended, or the wait was cancelled
 * @user_data: data for @callback
 *
 * Waits without blocking until the task has ended, in whichever way.
 *
 * @callback is called in the thread-default main context of the caller, never before this
 * returns, also if the task has ended already. Any number of waits can be under way.
 *
 * May be called from any thread.
 *
 * Since: 1.0
 */
void
asynclit_task_wait_async (AsyncLitTask *self, GCancellable *cancellable,
                          GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) result = NULL;
  GError *error = NULL;
  AsyncWait *wait;

  g_return_if_fail (ASYNCLIT_IS_TASK (self));
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  result = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (result, asynclit_task_wait_async);
  /* That the task has ended is true all the same. */
  g_task_set_check_cancellable (result, FALSE);
  if (asynclit_task_check_forked (self, &error))
    {
      g_task_return_error (result, error);
      return;
    }

  wait = g_new0 (AsyncWait, 1);
  wait->waiter.wake = async_wait_return_later;
  wait->result = g_object_ref (result);
  asynclit_tsan_release (wait);
  /* While it is not in the list of waiters the handler leaves it alone. */
  if (cancellable != NULL)
    wait->cancelled_id
        = g_cancellable_connect (cancellable, G_CALLBACK (async_wait_cancel), wait, NULL);
  if (!asynclit_task_add_waiter (self, &wait->waiter)
      || (g_cancellable_is_cancelled (cancellable) && task_remove_waiter (self, &wait->waiter)))
    async_wait_return_later (&wait->waiter);
}

/**
 * asynclit_task_wait_finish:
 * @self: a task
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Finishes a wait that was begun with [method@Task.wait_async].
 *
 * Errors: %G_IO_ERROR_CANCELLED if the wait was cancelled; %ASYNCLIT_ERROR_FORKED if the task was
 * left behind in the parent of a fork. That the task failed or was cancelled is no error here:
 * see [method@Task.get_result].
 *
 * Returns: %TRUE if the task has ended
 * Since: 1.0
 */
gboolean
asynclit_task_wait_finish (AsyncLitTask *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (ASYNCLIT_IS_TASK (self), FALSE);
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
handler_free (AsyncLitTaskHandler *handler)
{
  if (handler->destroy != NULL)
    handler->destroy (handler->user_data);
  g_slice_free (AsyncLitTaskHandler, handler);
}

static AsyncLitTaskHandler *
task_take_handler (AsyncLitTask *self)
{
  AsyncLitTaskHandler *handler;

  asynclit_bit_lock (&self->lock);
  handler = self->handlers;
  if (handler != NULL)
    self->handlers = handler->next;
  asynclit_bit_unlock (&self->lock);
  return handler;
}

void
asynclit_task_free_handlers (AsyncLitTask *self)
{
  AsyncLitTaskHandler *handler;

  while ((handler = task_take_handler (self)) != NULL)
    handler_free (handler);
}

void
asynclit_task_call_handlers (AsyncLitTask *self)
{
  AsyncLitTaskHandler *handler;

  while ((handler = task_take_handler (self)) != NULL)
    {
      handler->func (self, handler->user_data);
      handler_free (handler);
    }
}

/**
 * asynclit_task_add_callback: (skip)
 * @self: a task
 * @callback: called when the task has ended
 * @user_data: data for @callback
 * @destroy: (nullable): frees @user_data
 *
 * Has @callback called once, in the owner's context, when the task has ended.
 *
 * The cheap form of a handler of [signal@Task::completed], after which it is called. It is never
 * called before this returns, also if the task has ended already; @destroy is called right after
 * it, or when the task goes without having been heard of. To drop the handle in @callback is
 * fine.
 *
 * May be called from any thread.
 *
 * Since: 1.0
 */
void
asynclit_task_add_callback (AsyncLitTask *self, AsyncLitTaskCallback callback, gpointer user_data,
                            GDestroyNotify destroy)
{
  AsyncLitTaskHandler *handler;
  AsyncLitTaskHandler **last;
  gboolean has_ended;

  g_return_if_fail (ASYNCLIT_IS_TASK (self));
  g_return_if_fail (callback != NULL);

  handler = g_slice_new (AsyncLitTaskHandler);
  *handler = (AsyncLitTaskHandler){ NULL, callback, user_data, destroy };
  asynclit_bit_lock (&self->lock);
  for (last = &self->handlers; *last != NULL; last = &(*last)->next)
    ;
  *last = handler;
  has_ended = asynclit_task_get_done (self);
  asynclit_bit_unlock (&self->lock);
  /* If it has not, its end is still to be posted. */
  if (has_ended)
    asynclit_notice_post_news (&self->notice);
}
