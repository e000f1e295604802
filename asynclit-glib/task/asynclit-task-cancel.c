/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* How a task is asked to cancel, and how its function hears of it.
 *
 * To make and free a GCancellable costs as much as all the rest of a short task, and hardly any
 * task needs its own. So a thread that calls functions *lends* them one of its own, and takes it
 * back afterwards, unless anything is left by which somebody could tell it from a new one: it was
 * asked of the task, cancelled, or connected to; somebody has a reference to it, or a weak one; or
 * data is attached to it. The function itself has only seen an address, which it may not use any
 * more when it has returned, and which a new cancellable might have, too.
 */

#include "config.h"

#include "asynclit-object-data-private.h"
#include "asynclit-task-private.h"

/* The cached cancellable of a thread. */
typedef struct {
  GCancellable *cancellable;
  gboolean in_use; /* by a function right now */
} CachedCancellable;

static void cached_cancellable_free (gpointer data);
static GPrivate own_cached = G_PRIVATE_INIT (cached_cancellable_free);

/* It stays for as long as the task does. A reference is not taken under the lock: that may call
 * out to a language binding. */
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
  AsyncLitTaskState state = asynclit_task_state_get (&self->state);
  GCancellable *cancellable;

  if (!(state & ASYNCLIT_STATE_CANCEL_REQUESTED) || !task_trips_here (self))
    return;
  cancellable = task_peek_cancellable (self);
  if (cancellable != NULL)
    g_cancellable_cancel (cancellable);
}

/* The cancellable exists by now, or comes into being cancelled. */
static void
task_trip_later (AsyncLitTask *self)
{
  GCancellable *cancellable;

  asynclit_notification_post_changes (&self->notification);
  if (task_trips_here (self))
    return;
  cancellable = task_peek_cancellable (self);
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
  /* Before anybody can connect to it, so that this calls nobody. */
  if (asynclit_task_state_get (&self->state) & ASYNCLIT_STATE_CANCEL_REQUESTED)
    g_cancellable_cancel (fresh);
  asynclit_bit_lock (&self->lock);
  if (self->cancellable == NULL)
    self->cancellable = g_steal_pointer (&fresh);
  cancellable = self->cancellable;
  asynclit_bit_unlock (&self->lock);

  /* Whoever cancelled in between has found nothing to trip. */
  if ((asynclit_task_state_get (&self->state) & ASYNCLIT_STATE_CANCEL_REQUESTED)
      && !g_cancellable_is_cancelled (cancellable))
    task_trip_later (self);
  return cancellable;
}

static CachedCancellable *
cached_cancellable_new (void)
{
  CachedCancellable *self = g_new0 (CachedCancellable, 1);

  self->cancellable = g_cancellable_new ();
  return self;
}

static void
cached_cancellable_free (gpointer data)
{
  CachedCancellable *self = data;

  g_clear_object (&self->cancellable);
  g_free (self);
}

/* Of any signal, at the price of one look-up. One that is blocked is not found, and is never called
 * either: nobody has a reference any more, to unblock it with. */
static gboolean
cached_cancellable_has_handler (CachedCancellable *self)
{
  return g_signal_handler_find (self->cancellable, G_SIGNAL_MATCH_UNBLOCKED, 0, 0, NULL, NULL, NULL)
         != 0;
}

/* That nobody else has a reference only the count can say: a toggle reference is told after the
 * fact, when the object may be gone. */
static gboolean
cached_cancellable_is_sole (CachedCancellable *self)
{
  return g_atomic_int_get (&G_OBJECT (self->cancellable)->ref_count) == 1;
}

/* Whether it is as good as new. The count is looked at last: who has only a weak reference may be
 * about to take another, and that one is seen. */
static gboolean
cached_cancellable_is_clean (CachedCancellable *self)
{
  return !g_cancellable_is_cancelled (self->cancellable) && !cached_cancellable_has_handler (self)
         && !asynclit_object_has_data (self->cancellable) && cached_cancellable_is_sole (self);
}

/* What the calling thread has to lend; NULL if it does already, further out in a nested main
 * loop. */
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

/* FALSE if the task has a cancellable already. */
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

/* What the thread can't lend again the task keeps, if somebody has it, or its handlers are still to
 * hear that it was cancelled; else it goes. */
static void
task_return_cached (AsyncLitTask *self, CachedCancellable *cached)
{
  gboolean is_clean = cached_cancellable_is_clean (cached);
  gboolean is_cancelled
      = (asynclit_task_state_get (&self->state) & ASYNCLIT_STATE_CANCEL_REQUESTED) != 0;
  gboolean is_free = is_clean || (cached_cancellable_is_sole (cached) && !is_cancelled);
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
    cached->cancellable = NULL; /* the task's from now on */
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
  /* Whoever has cancelled in between has found nothing to trip. */
  if (asynclit_task_state_get (&self->state) & ASYNCLIT_STATE_CANCEL_REQUESTED)
    task_trip_later (self);
  self->func (self, cached->cancellable, self->user_data);
  task_return_cached (self, cached);
}

void
asynclit_task_call_func (AsyncLitTask *self)
{
  CachedCancellable *cached = NULL;

  /* On the worker the work goes on after the call, and its cancellable with it. */
  if (self->executor != ASYNCLIT_EXECUTOR_WORKER
      && !(asynclit_task_state_get (&self->state) & ASYNCLIT_STATE_CANCEL_REQUESTED))
    cached = cached_cancellable_get_own ();
  if (cached != NULL && task_use_cached (self, cached))
    task_call_with_cached (self, cached);
  else
    task_call_with_own (self);
}

static void
task_after_cancel (AsyncLitTask *self)
{
  gboolean was_waiting = (asynclit_task_state_get (&self->state) & ASYNCLIT_STATE_WAITING) != 0;

  asynclit_task_wake_waiters (self);
  task_trip_later (self); /* an abandoned function may still run */
  if (was_waiting && asynclit_task_driver->stop_retry (self))
    asynclit_task_let_go (self);
}

/**
 * asynclit_task_cancel:
 * @self: a task
 *
 * Asks the task to cancel.
 *
 * A task whose function has not begun, or that waits for a retry, is cancelled at once; its
 * function is not called any more. If its function runs, the task's cancellable trips and the
 * task becomes cancelled when the function has returned, whatever it returned: a task that has
 * ended does not run any more. With [property@Task:abandon-on-cancel] it is cancelled at once,
 * and what the function does from then on is ignored.
 *
 * The cancellable trips on the worker's thread, or in the owner's context if the function runs
 * there; never in the caller of this function, which calls no code of the user's: what the task
 * was given is freed later, in the owner's context.
 *
 * May be called from any thread.
 *
 * Returns: %FALSE if the task had ended already, else %TRUE
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
    task_after_cancel (self);
  else if (cancel == ASYNCLIT_CANCEL_REQUESTED)
    task_trip_later (self);
  return cancel != ASYNCLIT_CANCEL_REFUSED;
}

/**
 * asynclit_task_get_cancellable:
 * @self: a task
 *
 * Gets the cancellable that trips when the task is cancelled.
 *
 * A task's function is given it; this is for creators of tasks without one, and for code that has
 * only the task. It trips in another thread than that of [method@Task.cancel].
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
