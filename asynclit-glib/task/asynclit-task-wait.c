/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "asynclit-blocking-private.h"
#include "asynclit-cancelled-private.h"
#include "asynclit-error.h"
#include "asynclit-init-private.h"
#include "asynclit-source-private.h"
#include "asynclit-task-private.h"
#include "asynclit-wait-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>

typedef struct {
  AsyncLitWaiter waiter;
  gatomicrefcount ref_count; /* one for the thread, one for the list, and one for the cancellable */
  AsyncLitLock lock;         /* guards the fields below */
  GCond cond;
  gboolean ended;     /* the task has ended */
  gboolean cancelled; /* the wait was cancelled */
} BlockedThread;

/* A GTask of wait_async(). Both the end of the task and the cancellable may complete it; the one
 * that removes it from the list of waiters does. */
typedef struct {
  AsyncLitWaiter waiter;
  gatomicrefcount ref_count; /* one for the wait, and one for the cancellable */
  guint generation;          /* of the process */
  AsyncLitTask *task;        /* with a reference */
  GTask *result;             /* owned by the thread that has removed it from the list */
  gulong cancelled_id;
} AsyncWait;

static void
task_unlink_waiter_locked (AsyncLitTask *self, AsyncLitWaiter *waiter)
{
  asynclit_assert_locked (&self->lock);
  if (waiter->previous != NULL)
    waiter->previous->next = waiter->next;
  else
    self->cold->first_waiter = waiter->next;
  if (waiter->next != NULL)
    waiter->next->previous = waiter->previous;
  else
    self->cold->last_waiter = waiter->previous;
  waiter->is_listed = FALSE;
}

static AsyncLitWaiter *
task_take_waiter (AsyncLitTask *self)
{
  AsyncLitWaiter *waiter = NULL;

  asynclit_bit_lock (&self->lock);
  if (self->cold != NULL)
    waiter = self->cold->first_waiter;
  if (waiter != NULL)
    task_unlink_waiter_locked (self, waiter);
  asynclit_bit_unlock (&self->lock);
  return waiter;
}

void
asynclit_task_wake_waiters (AsyncLitTask *self)
{
  AsyncLitWaiter *waiter;

  while ((waiter = task_take_waiter (self)) != NULL)
    waiter->wake (waiter);
  if (G_UNLIKELY (asynclit_task_state_get (&self->state) & ASYNCLIT_STATE_PAUSED))
    asynclit_task_unpause (self);
}

gboolean
asynclit_task_add_waiter (AsyncLitTask *self, AsyncLitWaiter *waiter)
{
  gboolean has_ended;

  g_assert (waiter->wake != NULL && !waiter->is_listed);
  asynclit_bit_lock (&self->lock);
  has_ended = asynclit_task_has_ended (self);
  if (!has_ended)
    {
      AsyncLitTaskColdData *cold = asynclit_task_get_cold_locked (self);

      waiter->previous = cold->last_waiter;
      if (cold->last_waiter != NULL)
        cold->last_waiter->next = waiter;
      else
        cold->first_waiter = waiter;
      cold->last_waiter = waiter;
      waiter->is_listed = TRUE;
    }
  asynclit_bit_unlock (&self->lock);
  return !has_ended;
}

gboolean
asynclit_task_remove_waiter (AsyncLitTask *self, AsyncLitWaiter *waiter)
{
  gboolean was_listed;

  g_assert (waiter->wake != NULL);
  asynclit_bit_lock (&self->lock);
  was_listed = waiter->is_listed;
  if (was_listed)
    task_unlink_waiter_locked (self, waiter);
  asynclit_bit_unlock (&self->lock);
  return was_listed;
}

static void
blocked_thread_unref (gpointer data, GClosure *closure)
{
  BlockedThread *self = data;

  asynclit_tsan_release (self);
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  asynclit_tsan_acquire (self);
  asynclit_lock_clear (&self->lock);
  g_cond_clear (&self->cond);
  g_free (self);
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
  blocked_thread_unref (self, NULL);
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

/* Blocks until the task has ended, the wait was cancelled, or @end_time on g_get_monotonic_time()
 * has passed. */
static void
blocked_thread_sleep (BlockedThread *self, gint64 end_time)
{
  gboolean in_time = TRUE;

  asynclit_lock (&self->lock);
  while (!self->ended && !self->cancelled && in_time)
    in_time = asynclit_cond_wait_until (&self->cond, &self->lock, end_time);
  asynclit_unlock (&self->lock);
}

static BlockedThread *
blocked_thread_new (void)
{
  BlockedThread *self = g_new0 (BlockedThread, 1);

  self->waiter.wake = blocked_thread_wake;
  g_atomic_ref_count_init (&self->ref_count);
  g_cond_init (&self->cond);
  return self;
}

static gulong
blocked_thread_connect (BlockedThread *self, GCancellable *cancellable)
{
  gulong id;

  if (cancellable == NULL)
    return 0;
  g_atomic_ref_count_inc (&self->ref_count);
  asynclit_tsan_release (self);
  id = asynclit_cancelled_connect (cancellable, blocked_thread_cancel, self, blocked_thread_unref);
  if (g_cancellable_is_cancelled (cancellable))
    blocked_thread_cancel (cancellable, self);
  return id;
}

static gboolean
blocked_thread_is_cancelled (BlockedThread *self)
{
  gboolean cancelled;

  asynclit_lock (&self->lock);
  cancelled = self->cancelled;
  asynclit_unlock (&self->lock);
  return cancelled;
}

/* FALSE if the task ended first. */
static gboolean
blocked_thread_await (BlockedThread *self, AsyncLitTask *task, gint64 end_time)
{
  g_atomic_ref_count_inc (&self->ref_count);
  if (!asynclit_task_add_waiter (task, &self->waiter))
    {
      blocked_thread_unref (self, NULL);
      return FALSE;
    }
  asynclit_blocking_begin ();
  blocked_thread_sleep (self, end_time);
  asynclit_blocking_end ();
  if (!asynclit_task_remove_waiter (task, &self->waiter))
    return FALSE;
  blocked_thread_unref (self, NULL);
  return TRUE;
}

/* TRUE if the wait was cancelled before the task ended. */
static gboolean
task_block (AsyncLitTask *self, gint64 end_time, GCancellable *cancellable)
{
  BlockedThread *thread = blocked_thread_new ();
  gulong cancelled_id = blocked_thread_connect (thread, cancellable);
  gboolean cancelled
      = blocked_thread_await (thread, self, end_time) && blocked_thread_is_cancelled (thread);

  asynclit_cancelled_disconnect (cancellable, cancelled_id);
  blocked_thread_unref (thread, NULL);
  return cancelled;
}

/* FALSE if the wait was refused or cancelled. */
static gboolean
task_wait (AsyncLitTask *self, double timeout_seconds, GCancellable *cancellable, GError **error)
{
  gint64 end_time = asynclit_blocking_get_end_time (timeout_seconds);
  AsyncLitWait wait = { .task = self };
  gboolean cancelled;

  if (!asynclit_wait_begin (&wait, end_time == G_MAXINT64 && cancellable == NULL, error))
    return FALSE;
  cancelled = task_block (self, end_time, cancellable);
  asynclit_wait_end (&wait);
  if (cancelled)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, _ ("The wait was cancelled"));
  return !cancelled;
}

/**
 * asynclit_task_wait:
 * @self: a task
 * @timeout_seconds: the maximum time to wait, in seconds; 0 only checks, a negative number waits
 *   forever
 * @cancellable: (nullable): a cancellable that ends the wait, but not the task
 * @error: return location for an error
 *
 * Blocks the calling thread until the task has ended, with any outcome.
 *
 * The thread of a user interface should not block: there, poll the task, connect to
 * [signal@Task::completed], or use [method@Task.wait_async]. A function in the thread pool may wait
 * for other tasks, to any depth, because the pool starts another thread for the duration of the
 * wait.
 *
 * If no thread iterates the caller's main context, this first releases the data that waits there,
 * and may therefore call the [callback@GLib.DestroyNotify] of ended tasks. The caller must not hold
 * a lock that these functions take.
 *
 * This fails with %G_IO_ERROR_TIMED_OUT after the timeout; with %G_IO_ERROR_CANCELLED if
 * @cancellable is cancelled; and with %ASYNCLIT_ERROR_FORKED if the task belongs to the parent of a
 * fork. It fails with %G_IO_ERROR_WOULD_BLOCK where the wait could never end: on the worker thread;
 * on the owner's thread, for a task that has to run there; in the task's own function; in a
 * function for which the task waits, directly or indirectly, with neither a timeout nor a
 * cancellable; and in the function of a task on which it depends.
 *
 * May be called from any thread.
 *
 * Returns: %TRUE if the task has ended; %FALSE with an error
 * Since: 1.0
 */
gboolean
asynclit_task_wait (AsyncLitTask *self, double timeout_seconds, GCancellable *cancellable,
                    GError **error)
{
  g_return_val_if_fail (ASYNCLIT_IS_TASK (self), FALSE);
  g_return_val_if_fail (!isnan (timeout_seconds), FALSE);
  g_return_val_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  if (asynclit_task_check_forked (self, error))
    return FALSE;
  asynclit_notifier_release_own ();
  if (asynclit_task_has_ended (self))
    {
      if (timeout_seconds != 0)
        asynclit_task_wait_until_let_go (self);
      return TRUE;
    }
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;
  if (timeout_seconds != 0 && !task_wait (self, timeout_seconds, cancellable, error))
    return FALSE;
  if (asynclit_task_has_ended (self))
    {
      asynclit_task_wait_until_let_go (self);
      return TRUE;
    }
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
               _ ("The task had not ended after %.3g seconds"), timeout_seconds);
  return FALSE;
}

static void
async_wait_unref (gpointer data, GClosure *closure)
{
  AsyncWait *self = data;

  asynclit_tsan_release (self);
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  asynclit_tsan_acquire (self);
  asynclit_task_return_ref (self->task);
  g_free (self);
}

/* In the child of a fork, it is the parent's to return and to free. */
static gboolean
async_wait_is_foreign (AsyncWait *self)
{
  return self->generation != asynclit_get_generation ();
}

static void
async_wait_end (gpointer data)
{
  AsyncWait *self = data;

  asynclit_tsan_acquire (self);
  if (async_wait_is_foreign (self))
    return;
  asynclit_cancelled_disconnect (g_task_get_cancellable (self->result), self->cancelled_id);
  g_clear_object (&self->result);
  async_wait_unref (self, NULL);
}

/* Runs on: the context of the GTask */
static gboolean
async_wait_return (gpointer data)
{
  AsyncWait *self = data;

  asynclit_tsan_acquire (self);
  if (async_wait_is_foreign (self))
    return G_SOURCE_REMOVE;
  if (asynclit_task_has_ended (self->task))
    g_task_return_boolean (self->result, TRUE);
  else
    g_task_return_new_error (self->result, G_IO_ERROR, G_IO_ERROR_CANCELLED, "%s",
                             _ ("The wait was cancelled"));
  return G_SOURCE_REMOVE;
}

/* Runs on: any thread that has removed the waiter from the list. What the GTask refers to is
 * released in its context, together with the source. */
static void
async_wait_return_later (AsyncLitWaiter *waiter)
{
  AsyncWait *self = (AsyncWait *) waiter;
  GMainContext *context = g_task_get_context (self->result);
  GSource *source = g_idle_source_new ();

  g_source_set_priority (source, g_task_get_priority (self->result));
  g_source_set_static_name (source, "[asynclit] end of a wait");
  g_source_set_callback (source, async_wait_return, self, async_wait_end);
  asynclit_tsan_release (self);
  asynclit_source_attach (source, context);
}

/* Runs on: the thread that cancels the wait */
static void
async_wait_cancel (GCancellable *cancellable, gpointer data)
{
  AsyncWait *self = data;

  asynclit_tsan_acquire (self);
  if (!async_wait_is_foreign (self) && asynclit_task_remove_waiter (self->task, &self->waiter))
    async_wait_return_later (&self->waiter);
}

static AsyncWait *
async_wait_new (GTask *result)
{
  AsyncWait *self = g_new0 (AsyncWait, 1);
  GCancellable *cancellable = g_task_get_cancellable (result);

  self->waiter.wake = async_wait_return_later;
  self->generation = asynclit_get_generation ();
  g_atomic_ref_count_init (&self->ref_count);
  self->task = g_object_ref (g_task_get_source_object (result));
  self->result = g_object_ref (result);
  if (cancellable == NULL)
    return self;
  g_atomic_ref_count_inc (&self->ref_count);
  asynclit_tsan_release (self);
  /* While it is not in the list of waiters, the handler leaves it alone. */
  self->cancelled_id
      = asynclit_cancelled_connect (cancellable, async_wait_cancel, self, async_wait_unref);
  return self;
}

/**
 * asynclit_task_wait_async:
 * @self: a task
 * @cancellable: (nullable): a cancellable that ends the wait, but not the task
 * @callback: (scope async): called when the task has ended, or the wait was cancelled
 * @user_data: data for @callback
 *
 * Waits, without blocking, until the task has ended, with any outcome.
 *
 * @callback is called in the caller's thread-default main context, never before this function
 *   returns, even if the task has already ended. It calls [method@Task.wait_finish]. Any number of
 *   waits can be in progress.
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
  /* The task has ended nevertheless. */
  g_task_set_check_cancellable (result, FALSE);
  if (asynclit_task_check_forked (self, &error))
    {
      g_task_return_error (result, error);
      return;
    }

  wait = async_wait_new (result);
  g_atomic_ref_count_inc (&wait->ref_count);
  if (!asynclit_task_add_waiter (self, &wait->waiter)
      || (g_cancellable_is_cancelled (cancellable)
          && asynclit_task_remove_waiter (self, &wait->waiter)))
    async_wait_return_later (&wait->waiter);
  async_wait_unref (wait, NULL);
}

/**
 * asynclit_task_wait_finish:
 * @self: a task
 * @result: the result that was passed to the callback
 * @error: return location for an error
 *
 * Finishes a wait that was started with [method@Task.wait_async].
 *
 * This fails with %G_IO_ERROR_CANCELLED if the wait was cancelled, and with %ASYNCLIT_ERROR_FORKED
 * if the task belongs to the parent of a fork. A failed or cancelled task is not an error here; see
 * [method@Task.get_result].
 *
 * Returns: %TRUE if the task has ended; %FALSE with an error
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
  handler = self->handlers != NULL ? self->handlers->next : NULL;
  if (handler == self->handlers)
    self->handlers = NULL;
  else
    self->handlers->next = handler->next;
  asynclit_bit_unlock (&self->lock);
  return handler;
}

void
asynclit_task_free_handlers (AsyncLitTask *self)
{
  AsyncLitTaskHandler *last, *handler;

  asynclit_bit_lock (&self->lock);
  last = g_steal_pointer (&self->handlers);
  asynclit_bit_unlock (&self->lock);
  if (last == NULL)
    return;
  handler = last->next;
  last->next = NULL; /* no longer a ring */
  while (handler != NULL)
    {
      AsyncLitTaskHandler *next = handler->next;

      handler_free (handler);
      handler = next;
    }
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
 * Calls @callback once, in the owner's context, when the task has ended.
 *
 * This is a fast alternative to a handler of [signal@Task::completed], and is called after these
 * handlers. @callback is never called before this function returns, even if the task has already
 * ended. @destroy is called right after @callback, or when the task is finalized without having
 * called it. @callback may drop the last reference to the task.
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
  gboolean has_ended;

  g_return_if_fail (ASYNCLIT_IS_TASK (self));
  g_return_if_fail (callback != NULL);

  handler = g_slice_new (AsyncLitTaskHandler);
  *handler = (AsyncLitTaskHandler){ NULL, callback, user_data, destroy };
  asynclit_bit_lock (&self->lock);
  handler->next = self->handlers != NULL ? self->handlers->next : handler;
  if (self->handlers != NULL)
    self->handlers->next = handler;
  self->handlers = handler;
  has_ended = asynclit_task_has_ended (self);
  asynclit_bit_unlock (&self->lock);
  /* Otherwise, the end has yet to be posted. */
  if (has_ended)
    asynclit_notification_post_changes (&self->notification);
}
