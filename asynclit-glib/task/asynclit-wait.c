/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A thread that is in no call blocks no task, so only waits in calls are examined, and only endless
 * ones are listed: the others end by themselves.
 *
 * Locks: `waits_lock` guards the list of waits. No other lock is taken while it is held. */

#include "config.h"

#include "asynclit-blocking-private.h"
#include "asynclit-init-private.h"
#include "asynclit-task-private.h"
#include "asynclit-wait-private.h"

#include <glib/gi18n-lib.h>

static AsyncLitLock waits_lock;
static AsyncLitWait *endless_waits; /* of threads that are in calls; on their stacks */

static GPrivate own_calls; /* AsyncLitCall: the innermost call of the thread */

/* In the child of a fork: the waiting threads are the parent's. */
static void
forget_waits (void)
{
  waits_lock = (AsyncLitLock){ 0 };
  endless_waits = NULL;
}

void
asynclit_call_begin (AsyncLitCall *self, AsyncLitTask *task)
{
  self->task = task;
  self->outer = g_private_get (&own_calls);
  g_private_set (&own_calls, self);
}

void
asynclit_call_end (AsyncLitCall *self)
{
  g_private_set (&own_calls, self->outer);
}

AsyncLitTask *
asynclit_call_get_task (void)
{
  const AsyncLitCall *call = g_private_get (&own_calls);

  return call != NULL ? call->task : NULL;
}

/* Whether the wait is for one of the calls. An abandoned task does not wait for its call. */
static gboolean
wait_is_for_any (const AsyncLitWait *self, const AsyncLitCall *calls)
{
  for (; calls != NULL; calls = calls->outer)
    if (!asynclit_task_has_ended (calls->task)
        && (self->task != NULL ? calls->task == self->task
                               : calls->task->registry == self->registry))
      return TRUE;
  return FALSE;
}

/* Whether the wait is for one of the calls, directly or through other waits. */
static gboolean
wait_comes_to_locked (const AsyncLitWait *self, const AsyncLitCall *calls)
{
  asynclit_assert_locked (&waits_lock);
  if (wait_is_for_any (self, calls))
    return TRUE;
  for (AsyncLitWait *other = endless_waits; other != NULL; other = other->next)
    {
      if (other->is_visited || !wait_is_for_any (self, other->calls))
        continue;
      other->is_visited = TRUE;
      if (wait_comes_to_locked (other, calls))
        return TRUE;
    }
  return FALSE;
}

static void
wait_list_locked (AsyncLitWait *self)
{
  asynclit_assert_locked (&waits_lock);
  self->previous = NULL;
  self->next = endless_waits;
  if (endless_waits != NULL)
    endless_waits->previous = self;
  endless_waits = self;
  self->is_listed = TRUE;
}

static void
wait_unlist_locked (AsyncLitWait *self)
{
  asynclit_assert_locked (&waits_lock);
  if (self->previous != NULL)
    self->previous->next = self->next;
  else
    endless_waits = self->next;
  if (self->next != NULL)
    self->next->previous = self->previous;
  self->is_listed = FALSE;
}

/* Checking and listing is one step, so that one of two threads that wait for each other is the
 * first. */
static gboolean
wait_note (AsyncLitWait *self, gboolean is_endless)
{
  static gsize registered = 0;
  gboolean is_circular;

  if (asynclit_once_enter (&registered))
    {
      asynclit_on_fork (forget_waits);
      asynclit_once_leave (&registered, 1);
    }
  asynclit_lock (&waits_lock);
  for (AsyncLitWait *other = endless_waits; other != NULL; other = other->next)
    other->is_visited = FALSE;
  is_circular = wait_comes_to_locked (self, self->calls);
  if (is_endless && !is_circular)
    wait_list_locked (self);
  asynclit_unlock (&waits_lock);
  return !is_circular;
}

static gboolean
wait_needs_this_context (AsyncLitWait *self)
{
  gpointer registry = self->registry;

  if (self->task != NULL)
    registry = asynclit_task_is_submitted (self->task) ? self->task->registry : NULL;
  return registry != NULL && asynclit_task_driver->needs_this_context (registry, self->task);
}

/* The functions that wait lend their places: what they wait for may need them. */
static void
wait_lend (const AsyncLitWait *self, gboolean lend)
{
  for (const AsyncLitCall *call = self->calls; call != NULL; call = call->outer)
    if (asynclit_task_state_get (&call->task->state) & ASYNCLIT_STATE_GATED)
      asynclit_task_driver->lend (call->task, lend);
}

gboolean
asynclit_wait_begin (AsyncLitWait *self, gboolean is_endless, GError **error)
{
  gboolean is_for_something = self->task != NULL || self->registry != NULL;

  self->is_listed = self->is_visited = FALSE;
  self->calls = g_private_get (&own_calls);
  if (!asynclit_blocking_is_forbidden () && !wait_needs_this_context (self)
      && (self->calls == NULL || !is_for_something || wait_note (self, is_endless)))
    {
      wait_lend (self, TRUE);
      return TRUE;
    }
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK,
                       _("Waiting here would never end, because the work needs this thread; "
                         "wait asynchronously instead"));
  return FALSE;
}

void
asynclit_wait_end (AsyncLitWait *self)
{
  wait_lend (self, FALSE);
  if (!self->is_listed)
    return;
  asynclit_lock (&waits_lock);
  wait_unlist_locked (self);
  asynclit_unlock (&waits_lock);
}
