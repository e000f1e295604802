/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Requests cancellation of a task, and notifies its function.
 *
 * Creating and freeing a GCancellable takes as long as everything else in a short task, and few
 * tasks need one of their own. A thread that calls functions therefore *lends* them a cached
 * cancellable, and reuses it afterwards, unless anybody could tell it from a new one: because it
 * was requested from the task, cancelled or connected to; because somebody has a strong or a weak
 * reference to it; or because data is attached to it. The function itself has only seen an address,
 * which it must not use after it has returned, and which a new cancellable might also have. */

#include "config.h"

#include "asynclit-init-private.h"
#include "asynclit-object-data-private.h"
#include "asynclit-task-private.h"

/* The cached cancellable of a thread. */
typedef struct {
  GCancellable *cancellable;
  guint generation; /* of the process that created it */
  gboolean in_use;  /* a function is using it */
} CachedCancellable;

static void cached_cancellable_free (gpointer data);
static GPrivate own_cached = G_PRIVATE_INIT (cached_cancellable_free);

static gboolean
task_is_stopping (AsyncLitTask *self)
{
  return (asynclit_task_state_get (&self->state) & ASYNCLIT_STATE_STOPPING) != 0;
}

/* The cancellable exists as long as the task. No reference is taken under the lock, because that
 * may call a language binding. */
static GCancellable *
task_peek_cancellable (AsyncLitTask *self)
{
  GCancellable *cancellable;

  asynclit_bit_lock (&self->lock);
  cancellable = self->cancellable;
  self->cancellable_is_cached = FALSE;
  asynclit_bit_unlock (&self->lock);
  return cancellable;
}

/* The same, if it is to be cancelled. An attempt whose time was up may be over, and the next one
 * has another cancellable: both change under the lock. */
static GCancellable *
task_peek_stopped_cancellable (AsyncLitTask *self)
{
  GCancellable *cancellable = NULL;

  asynclit_bit_lock (&self->lock);
  if (task_is_stopping (self))
    {
      cancellable = self->cancellable;
      self->cancellable_is_cached = FALSE;
    }
  asynclit_bit_unlock (&self->lock);
  return cancellable;
}

/* Whether handlers of the cancellable are called in the owner's context. */
static gboolean
task_trips_here (AsyncLitTask *self)
{
  AsyncLitTaskState state = asynclit_task_state_get (&self->state);

  if (!(state & ASYNCLIT_STATE_SUBMITTED) || self->executor == ASYNCLIT_EXECUTOR_CONTEXT)
    return TRUE;
  return self->func == NULL && !(state & ASYNCLIT_STATE_EXTERNALLY_RUN);
}

void
asynclit_task_trip_here (AsyncLitTask *self)
{
  GCancellable *cancellable;

  if (!task_is_stopping (self) || !task_trips_here (self))
    return;
  cancellable = task_peek_stopped_cancellable (self);
  if (cancellable != NULL)
    g_cancellable_cancel (cancellable);
}

/* The cancellable either exists by now, or will be created in the cancelled state. */
void
asynclit_task_trip_later (AsyncLitTask *self)
{
  GCancellable *cancellable;

  asynclit_notification_post_changes (&self->notification);
  if (task_trips_here (self))
    return;
  cancellable = task_peek_stopped_cancellable (self);
  if (cancellable != NULL)
    asynclit_task_driver->trip_later (g_object_ref (cancellable));
}

static GCancellable *
task_ensure_cancellable (AsyncLitTask *self)
{
  g_autoptr (GCancellable) fresh = NULL;
  GCancellable *cancellable = task_peek_cancellable (self);

  if (cancellable != NULL)
    return cancellable;

  fresh = g_cancellable_new ();
  /* No handler can be connected yet, so this calls no other code. */
  if (task_is_stopping (self))
    g_cancellable_cancel (fresh);
  asynclit_bit_lock (&self->lock);
  if (self->cancellable == NULL)
    self->cancellable = g_steal_pointer (&fresh);
  cancellable = self->cancellable;
  asynclit_bit_unlock (&self->lock);

  /* A thread that cancelled in between has found no cancellable to cancel. */
  if (task_is_stopping (self) && !g_cancellable_is_cancelled (cancellable))
    asynclit_task_trip_later (self);
  return cancellable;
}

static CachedCancellable *
cached_cancellable_new (void)
{
  CachedCancellable *self = g_new0 (CachedCancellable, 1);

  self->cancellable = g_cancellable_new ();
  self->generation = asynclit_get_generation ();
  return self;
}

static void
cached_cancellable_free (gpointer data)
{
  CachedCancellable *self = data;

  /* If the thread has forked, this may be the child, where GLib's lock of all signals, which it
   * takes to free an object, may have been held by another thread of the parent. */
  if (self->generation == asynclit_get_generation ())
    g_clear_object (&self->cancellable);
  g_free (self);
}

/* Only the count tells that there is no other reference: a toggle reference is notified afterwards,
 * when the object may be gone. */
static gboolean
cached_cancellable_is_sole (CachedCancellable *self)
{
  return g_atomic_int_get (&G_OBJECT (self->cancellable)->ref_count) == 1;
}

/* Whether the cancellable is as good as new. The count is checked first: what a thread has done to
 * the cancellable before it dropped its reference is seen afterwards. It is checked again last: a
 * thread with only a weak reference may be about to take a strong one, which the count shows. */
static gboolean
cached_cancellable_is_clean (CachedCancellable *self)
{
  return cached_cancellable_is_sole (self) && !g_cancellable_is_cancelled (self->cancellable)
         && !asynclit_object_may_have_handlers (self->cancellable)
         && !asynclit_object_has_data (self->cancellable) && cached_cancellable_is_sole (self);
}

/* The cached cancellable of the calling thread; NULL if it is in use further up on the stack,
 * around a nested main loop. */
static CachedCancellable *
cached_cancellable_get_own (void)
{
  CachedCancellable *self = g_private_get (&own_cached);

  if (self == NULL)
    {
      self = cached_cancellable_new ();
      g_private_set (&own_cached, self);
    }
  return self->in_use ? NULL : self;
}

/* FALSE if the task already has a cancellable. */
static gboolean
task_use_cached (AsyncLitTask *self, CachedCancellable *cached)
{
  gboolean used;

  asynclit_bit_lock (&self->lock);
  used = self->cancellable == NULL;
  if (used)
    {
      self->cancellable = cached->cancellable;
      self->cancellable_is_cached = TRUE;
    }
  asynclit_bit_unlock (&self->lock);
  return used;
}

/* If the thread can't reuse the cancellable, the task keeps it, if there is another reference
 * or handlers have yet to be called; otherwise it is dropped. */
static void
task_return_cached (AsyncLitTask *self, CachedCancellable *cached)
{
  gboolean is_clean = cached_cancellable_is_clean (cached);
  gboolean is_free = is_clean || (cached_cancellable_is_sole (cached) && !task_is_stopping (self));
  gboolean is_back;

  asynclit_bit_lock (&self->lock);
  is_back = self->cancellable_is_cached && is_free;
  if (is_back)
    self->cancellable = NULL;
  self->cancellable_is_cached = FALSE;
  asynclit_bit_unlock (&self->lock);

  cached->in_use = FALSE;
  if (is_back && is_clean)
    return;
  if (!is_back)
    cached->cancellable = NULL; /* owned by the task from now on */
  g_private_set (&own_cached, NULL);
  cached_cancellable_free (cached);
}

/* Calls the function with a cancellable that it may keep. */
static void
task_call_with_own (AsyncLitTask *self)
{
  self->func (self, task_ensure_cancellable (self), self->user_data);
}

static void
task_call_with_cached (AsyncLitTask *self, CachedCancellable *cached)
{
  cached->in_use = TRUE;
  /* A thread that cancelled in between has found no cancellable to cancel. */
  if (task_is_stopping (self))
    asynclit_task_trip_later (self);
  self->func (self, cached->cancellable, self->user_data);
  task_return_cached (self, cached);
}

void
asynclit_task_call_func (AsyncLitTask *self)
{
  CachedCancellable *cached = NULL;

  /* On the worker, the work continues after the call, and so does its cancellable. */
  if (self->executor != ASYNCLIT_EXECUTOR_WORKER && !task_is_stopping (self))
    cached = cached_cancellable_get_own ();
  if (cached != NULL && task_use_cached (self, cached))
    task_call_with_cached (self, cached);
  else
    task_call_with_own (self);
}

void
asynclit_task_after_stop (AsyncLitTask *self)
{
  gboolean was_waiting = (asynclit_task_state_get (&self->state) & ASYNCLIT_STATE_WAITING) != 0;

  asynclit_task_wake_waiters (self);
  asynclit_task_trip_later (self); /* the function of an abandoned task may still be running */
  if (was_waiting && asynclit_task_driver->stop_retry (self))
    asynclit_task_let_go (self);
}

/**
 * asynclit_task_cancel:
 * @self: a task
 *
 * Requests cancellation of the task.
 *
 * If the function has not started, or the task waits for a retry, the task becomes cancelled
 * immediately, and its function is not called any more. If the function is running, the task's
 * cancellable is cancelled, and the task becomes cancelled when the function has returned, whatever
 * its result: a task that has ended never runs. If [property@Task:abandon-on-cancel] is set, the
 * task becomes cancelled immediately, and the function's result and progress are ignored.
 *
 * The cancellable is cancelled on the worker thread or, if the function runs there, in the owner's
 * context, but never in the caller. This function calls no code of the program; the task's data is
 * freed later, in the owner's context.
 *
 * May be called from any thread.
 *
 * Returns: %TRUE if cancellation was requested; %FALSE if the task had already ended
 * Since: 1.0
 */
gboolean
asynclit_task_cancel (AsyncLitTask *self)
{
  AsyncLitCancel cancel;

  g_return_val_if_fail (ASYNCLIT_IS_TASK (self), FALSE);

  if (asynclit_task_check_forked (self, NULL))
    return FALSE;
  if (asynclit_task_has_ended (self))
    return FALSE;

  asynclit_task_note_finished (self);
  cancel = asynclit_task_state_cancel (&self->state, FALSE);
  if (cancel == ASYNCLIT_CANCEL_ELSEWHERE)
    cancel = asynclit_task_driver->cancel (self->registry, self);
  if (cancel == ASYNCLIT_CANCEL_ENDED)
    asynclit_task_after_stop (self);
  else if (cancel == ASYNCLIT_CANCEL_REQUESTED)
    asynclit_task_trip_later (self);
  return cancel != ASYNCLIT_CANCEL_REFUSED;
}

/**
 * asynclit_task_get_cancellable:
 * @self: a task
 *
 * Gets the cancellable that is cancelled when the task is.
 *
 * The task's function receives it as an argument. This method is for creators of tasks without a
 * function, and for code that only has the task. The cancellable is cancelled on another thread
 * than the one that calls [method@Task.cancel].
 *
 * May be called from any thread.
 *
 * Returns: (transfer none): the cancellable
 * Since: 1.0
 */
GCancellable *
asynclit_task_get_cancellable (AsyncLitTask *self)
{
  g_return_val_if_fail (ASYNCLIT_IS_TASK (self), NULL);

  return task_ensure_cancellable (self);
}
