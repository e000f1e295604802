/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Pausing one task. A paused task that is about to start is *held* instead, and keeps the reference
 * of its executor. Whoever clears the flag that says so goes on with it: resume() has it started,
 * and the end of the task lets it go. A function that runs is stopped at a checkpoint only. */

#include "config.h"

#include "asynclit-blocking-private.h"
#include "asynclit-cancelled-private.h"
#include "asynclit-init-private.h"
#include "asynclit-task-private.h"

/* Functions that are stopped at a checkpoint; they are few. */
static AsyncLitLock checkpoint_lock;
static GCond checkpoint_cond; /* a task was resumed, or cancelled */

static void
forget_checkpoints (void)
{
  checkpoint_lock = (AsyncLitLock){ 0 };
  g_cond_init (&checkpoint_cond);
}

static void
watch_forks (void)
{
  static gsize registered = 0;

  if (asynclit_once_enter (&registered))
    {
      asynclit_on_fork (forget_checkpoints);
      asynclit_once_leave (&registered, 1);
    }
}

void
asynclit_checkpoints_wake (void)
{
  watch_forks ();
  asynclit_lock (&checkpoint_lock);
  g_cond_broadcast (&checkpoint_cond);
  asynclit_unlock (&checkpoint_lock);
}

/* Runs on: worker */
static void
do_nothing (gpointer data, gpointer user_data)
{
}

typedef struct {
  GClosure *closure;
  AsyncLitTask *task; /* with a reference */
} Resumed;

/* Runs on: the owner's context, or the worker */
static void
call_resumed (gpointer data)
{
  Resumed *self = data;
  GValue param = G_VALUE_INIT;

  g_value_init (&param, G_OBJECT_TYPE (self->task));
  g_value_set_object (&param, self->task);
  g_closure_invoke (self->closure, NULL, 1, &param, NULL);
  g_value_unset (&param);
  g_closure_unref (self->closure);
  asynclit_task_return_ref (self->task);
  g_free (self);
}

static void
task_call_later (AsyncLitTask *self, GClosure *closure)
{
  Resumed *resumed = g_new0 (Resumed, 1);

  resumed->closure = closure;
  resumed->task = g_object_ref (self);
  if (self->executor == ASYNCLIT_EXECUTOR_CONTEXT || asynclit_task_driver == NULL)
    asynclit_notifier_release_later (&self->notification, resumed, call_resumed, TRUE);
  else
    asynclit_task_driver->invoke_later (do_nothing, resumed, call_resumed);
}

void
asynclit_task_call_resumed (AsyncLitTask *self)
{
  GSList *closures = NULL;

  asynclit_bit_lock (&self->lock);
  if (self->cold != NULL)
    closures = g_steal_pointer (&self->cold->resumed);
  asynclit_bit_unlock (&self->lock);
  for (GSList *link = closures; link != NULL; link = link->next)
    task_call_later (self, link->data);
  g_slist_free (closures);
}

void
asynclit_task_unpause (AsyncLitTask *self)
{
  AsyncLitTaskState old = asynclit_task_state_resume (&self->state);

  if (!(old & ASYNCLIT_STATE_PAUSED))
    return;
  asynclit_checkpoints_wake ();
  asynclit_task_call_resumed (self);
  if (old & ASYNCLIT_STATE_HELD)
    asynclit_task_let_go (self);
}

gboolean
asynclit_task_hold (AsyncLitTask *self)
{
  if (!(asynclit_task_state_get (&self->state) & ASYNCLIT_STATE_GATED))
    return asynclit_task_state_hold (&self->state);
  /* First: once it is held, another thread may seek places for it again. */
  asynclit_task_driver->give_back (self, FALSE);
  if (!asynclit_task_state_hold (&self->state))
    asynclit_task_driver->release_held (self);
  return TRUE;
}

/* Runs on: the thread that cancels */
static void
wake_on_cancel (GCancellable *cancellable, gpointer data)
{
  asynclit_checkpoints_wake ();
}

static gboolean
task_has_to_wait (AsyncLitTask *self, GCancellable *cancellable)
{
  AsyncLitTaskState state = asynclit_task_state_get (&self->state);

  return asynclit_task_state_is_paused (state) && !(state & ASYNCLIT_STATE_STOPPING)
         && !g_cancellable_is_cancelled (cancellable);
}

void
asynclit_task_wait_until_resumed (AsyncLitTask *self, GCancellable *own, GCancellable *cancellable)
{
  gulong own_id = asynclit_cancelled_connect (own, wake_on_cancel, NULL, NULL);
  gulong id = 0;
  const gboolean is_gated = asynclit_task_state_get (&self->state) & ASYNCLIT_STATE_GATED;

  watch_forks ();
  if (cancellable != NULL && cancellable != own)
    id = asynclit_cancelled_connect (cancellable, wake_on_cancel, NULL, NULL);
  if (is_gated)
    asynclit_task_driver->lend (self, TRUE);
  asynclit_blocking_begin ();
  asynclit_lock (&checkpoint_lock);
  while (task_has_to_wait (self, cancellable))
    asynclit_cond_wait_until (&checkpoint_cond, &checkpoint_lock, G_MAXINT64);
  asynclit_unlock (&checkpoint_lock);
  asynclit_blocking_end ();
  if (is_gated)
    asynclit_task_driver->lend (self, FALSE);
  asynclit_cancelled_disconnect (own, own_id);
  if (id != 0)
    asynclit_cancelled_disconnect (cancellable, id);
}
