/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Refuses new tasks, and waits for live ones. */

#include "config.h"

#include "asynclit-blocking-private.h"
#include "asynclit-cancelled-private.h"
#include "asynclit-task-registry-types-private.h"

static void
registry_unref_closure (gpointer data, GClosure *closure)
{
  asynclit_task_registry_unref (data);
}

gboolean
asynclit_task_registry_set_closed (AsyncLitTaskRegistry *self, gboolean closed)
{
  gboolean changed;

  asynclit_task_registry_lock (self);
  changed = self->closed != closed;
  self->closed = closed;
  asynclit_task_registry_unlock (self);
  return changed;
}

void
asynclit_task_registry_suspend (AsyncLitTaskRegistry *self, int change)
{
  g_assert (change == 1 || change == -1);
  asynclit_task_registry_lock (self);
  self->n_suspended += change;
  asynclit_task_registry_unlock (self);
}

gboolean
asynclit_task_registry_get_closed (AsyncLitTaskRegistry *self)
{
  gboolean closed;

  asynclit_task_registry_lock (self);
  closed = self->closed;
  asynclit_task_registry_unlock (self);
  return closed;
}

/* Runs on: the thread that cancels the wait */
static void
wake_waiting_threads (GCancellable *cancellable, gpointer data)
{
  AsyncLitTaskRegistry *self = data;

  asynclit_task_registry_lock (self);
  g_cond_broadcast (&self->idle);
  asynclit_task_registry_unlock (self);
}

gboolean
asynclit_task_registry_is_idle (AsyncLitTaskRegistry *self)
{
  gboolean is_idle;

  asynclit_task_registry_lock (self);
  is_idle = self->shares.n_live == 0;
  asynclit_task_registry_unlock (self);
  return is_idle;
}

gboolean
asynclit_task_registry_wait (AsyncLitTaskRegistry *self, gint64 end_time, GCancellable *cancellable)
{
  gulong cancelled_id = 0;
  gboolean is_idle;

  if (cancellable != NULL)
    cancelled_id
        = asynclit_cancelled_connect (cancellable, wake_waiting_threads,
                                      asynclit_task_registry_ref (self), registry_unref_closure);
  asynclit_blocking_begin ();
  asynclit_task_registry_lock (self);
  self->n_waiting++;
  while (self->shares.n_live > 0 && !g_cancellable_is_cancelled (cancellable)
         && asynclit_cond_wait_until (&self->idle, &self->lock, end_time))
    ;
  self->n_waiting--;
  is_idle = self->shares.n_live == 0;
  asynclit_task_registry_unlock (self);
  asynclit_blocking_end ();
  asynclit_cancelled_disconnect (cancellable, cancelled_id);
  return is_idle;
}

gboolean
asynclit_task_registry_add_idle_waiter (AsyncLitTaskRegistry *self, AsyncLitIdleWaiter *waiter)
{
  gboolean waits;

  asynclit_task_registry_lock (self);
  waits = self->shares.n_live > 0;
  if (waits)
    {
      waiter->previous = NULL;
      waiter->next = self->idle_waiters;
      if (waiter->next != NULL)
        waiter->next->previous = waiter;
      self->idle_waiters = waiter;
      waiter->is_listed = TRUE;
    }
  asynclit_task_registry_unlock (self);
  return waits;
}

static void
registry_unlink_idle_waiter_locked (AsyncLitTaskRegistry *self, AsyncLitIdleWaiter *waiter)
{
  asynclit_assert_locked (&self->lock);
  if (waiter->previous != NULL)
    waiter->previous->next = waiter->next;
  else
    self->idle_waiters = waiter->next;
  if (waiter->next != NULL)
    waiter->next->previous = waiter->previous;
  waiter->is_listed = FALSE;
}

gboolean
asynclit_task_registry_remove_idle_waiter (AsyncLitTaskRegistry *self, AsyncLitIdleWaiter *waiter)
{
  gboolean was_listed;

  asynclit_task_registry_lock (self);
  was_listed = waiter->is_listed;
  if (was_listed)
    registry_unlink_idle_waiter_locked (self, waiter);
  asynclit_task_registry_unlock (self);
  return was_listed;
}

AsyncLitIdleWaiter *
asynclit_task_registry_take_idle_waiters_locked (AsyncLitTaskRegistry *self)
{
  AsyncLitIdleWaiter *first = g_steal_pointer (&self->idle_waiters);

  asynclit_assert_locked (&self->lock);
  for (AsyncLitIdleWaiter *waiter = first; waiter != NULL; waiter = waiter->next)
    waiter->is_listed = FALSE;
  return first;
}

void
asynclit_idle_waiters_wake (AsyncLitIdleWaiter *first)
{
  for (AsyncLitIdleWaiter *next, *waiter = first; waiter != NULL; waiter = next)
    {
      next = waiter->next; /* it may be gone afterwards */
      waiter->wake (waiter);
    }
}
