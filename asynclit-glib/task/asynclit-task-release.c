/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The library's reference to a task: what holds it, and where the last one is dropped.
 *
 * The last reference to a task is dropped in its owner's context, because the task may hold user
 * data such as a widget. A thread that submits tasks usually comes back to release them: it
 * iterates a main context, waits or cleans up. The owner of a job may do none of this, although
 * runs continue for years. A run without user data therefore does not wait for its owner. Of the
 * others, a limited number waits; beyond that, the worker drops them. */

#include "config.h"

#include "asynclit-object-data-private.h"
#include "asynclit-task-private.h"

/* The maximum number of tasks that wait for an owner, per thread and context. A busy user interface
 * comes back before there are this many. */
#define MAX_WAITING 1024

static gboolean
value_is_plain (const GValue *value)
{
  if (!G_IS_VALUE (value) || G_VALUE_HOLDS (value, G_TYPE_ERROR))
    return TRUE;
  switch (G_TYPE_FUNDAMENTAL (G_VALUE_TYPE (value)))
    {
    case G_TYPE_BOXED:
    case G_TYPE_INTERFACE:
    case G_TYPE_OBJECT:
    case G_TYPE_PARAM:
    case G_TYPE_POINTER:
      return FALSE;
    default:
      return G_TYPE_FUNDAMENTAL (G_VALUE_TYPE (value)) <= G_TYPE_RESERVED_USER_FIRST;
    }
}

static gboolean
task_has_something (AsyncLitTask *self)
{
  gboolean has;

  if (asynclit_object_has_data (self))
    return TRUE;
  asynclit_bit_lock (&self->lock);
  has = self->handlers != NULL || self->cancellable != NULL
        || (self->cold != NULL && (self->cold->progress.length > 0 || self->cold->times != NULL));
  asynclit_bit_unlock (&self->lock);
  return has || !value_is_plain (&self->result);
}

/* Chooses where the library's last reference may be dropped. No lock is held. */
static void
task_choose_release (AsyncLitTask *self)
{
  gboolean has_ended = asynclit_task_has_ended (self);

  if (self->is_run)
    __atomic_store_n (&self->release,
                      has_ended && !task_has_something (self) ? ASYNCLIT_RELEASE_ANYWHERE
                                                              : ASYNCLIT_RELEASE_IN_CONTEXT,
                      __ATOMIC_RELAXED);
}

/* Decides where to drop the last reference; the keep-alive flag of the notification is set. Runs
 * under the notification queue's lock. */
static AsyncLitPost
task_decide_release_locked (AsyncLitTask *self)
{
  asynclit_notification_assert_locked (&self->notification);
  if (!self->is_run || __atomic_load_n (&self->is_counted, __ATOMIC_RELAXED))
    return ASYNCLIT_POST_RELEASE;
  if (__atomic_load_n (&self->release, __ATOMIC_RELAXED) == ASYNCLIT_RELEASE_ANYWHERE)
    return ASYNCLIT_POST_DROP;
  /* Another thread is notifying the owner. */
  if (self->notification.n_taken > 0)
    return ASYNCLIT_POST_RELEASE;
  if (asynclit_notification_count_waiting (&self->notification, 1) <= MAX_WAITING)
    {
      __atomic_store_n (&self->is_counted, TRUE, __ATOMIC_RELAXED);
      return ASYNCLIT_POST_RELEASE;
    }
  asynclit_notification_count_waiting (&self->notification, -1);
  __atomic_store_n (&self->release, ASYNCLIT_RELEASE_ON_WORKER, __ATOMIC_RELAXED);
  return ASYNCLIT_POST_DROP;
}

/* Frees the data of the function, once it can't be called any more. */
void
asynclit_task_release_work (AsyncLitTask *self)
{
  /* Atomic: once the context is gone, several threads may release at the same time. */
  GDestroyNotify destroy = __atomic_exchange_n (&self->destroy, NULL, __ATOMIC_ACQ_REL);

  if (destroy != NULL)
    destroy (g_steal_pointer (&self->user_data));
}

static AsyncLitPost
decide_let_go_locked (AsyncLitNotification *notification)
{
  AsyncLitTask *self = asynclit_task_from_notification (notification);
  /* Read first: once the task has been let go, the owner may release its data at any moment. */
  gboolean has_data = __atomic_load_n (&self->destroy, __ATOMIC_RELAXED) != NULL;
  AsyncLitTaskState old = asynclit_task_state_set_flags (&self->state, ASYNCLIT_STATE_LET_GO);

  asynclit_notification_assert_locked (notification);
  if (!(old & ASYNCLIT_STATE_KEEP_ALIVE_EXECUTOR))
    return ASYNCLIT_POST_CHANGES;
  if (!has_data && (old & ASYNCLIT_STATE_KEEP_ALIVE_REGISTRY))
    {
      asynclit_task_state_clear_flags (&self->state, ASYNCLIT_STATE_KEEP_ALIVE_EXECUTOR);
      return ASYNCLIT_POST_CHANGES;
    }
  asynclit_task_state_set_flags (&self->state, ASYNCLIT_STATE_KEEP_ALIVE_NOTIFICATION);
  asynclit_task_state_clear_flags (&self->state, ASYNCLIT_STATE_KEEP_ALIVE_EXECUTOR);
  return task_decide_release_locked (self);
}

/* The data of a run belongs to its scheduler. */
static void
task_let_go_run (AsyncLitTask *self)
{
  asynclit_task_release_work (self);
  task_choose_release (self);
  asynclit_notification_post_changes (&self->notification);
}

void
asynclit_task_let_go (AsyncLitTask *self)
{
  if (self->is_run)
    task_let_go_run (self);
  asynclit_notification_post (&self->notification, decide_let_go_locked);
}

/* The library's reference belongs to the thread that ends the task until that thread lets the task
 * go. Whoever waited expects that a reference of its own is then the last one but for those in its
 * context. This takes less than a microsecond, unless the other thread is interrupted. */
void
asynclit_task_wait_until_let_go (AsyncLitTask *self)
{
  const guint n_yields = 100; /* a yield does not help threads of a lower priority */

  for (guint i = 0; asynclit_task_state_is_letting_go (asynclit_task_state_get (&self->state)); i++)
    if (i < n_yields)
      g_thread_yield ();
    else
      g_usleep (50);
}

static AsyncLitPost
decide_unregister_locked (AsyncLitNotification *notification)
{
  AsyncLitTask *self = asynclit_task_from_notification (notification);
  AsyncLitTaskState state = asynclit_task_state_get (&self->state);
  gboolean is_last = !(state & ASYNCLIT_STATE_KEEP_ALIVE_EXECUTOR);

  asynclit_notification_assert_locked (notification);
  if (is_last)
    asynclit_task_state_set_flags (&self->state, ASYNCLIT_STATE_KEEP_ALIVE_NOTIFICATION);
  asynclit_task_state_clear_flags (&self->state, ASYNCLIT_STATE_KEEP_ALIVE_REGISTRY);
  return is_last ? task_decide_release_locked (self) : ASYNCLIT_POST_NOTHING;
}

void
asynclit_task_unregister (AsyncLitTask *self)
{
  task_choose_release (self);
  asynclit_notification_post (&self->notification, decide_unregister_locked);
}

void
asynclit_task_count_ref (AsyncLitTask *self, AsyncLitTaskState before)
{
  if (before & ASYNCLIT_STATE_KEEP_ALIVE_MASK)
    __atomic_add_fetch (&self->n_returned_refs, 1, __ATOMIC_RELAXED);
}

static AsyncLitPost
decide_return_ref_locked (AsyncLitNotification *notification)
{
  AsyncLitTask *self = asynclit_task_from_notification (notification);
  AsyncLitTaskState state = asynclit_task_state_get (&self->state);

  asynclit_notification_assert_locked (notification);
  if (state & ASYNCLIT_STATE_KEEP_ALIVE_MASK)
    {
      asynclit_task_count_ref (self, state);
      return ASYNCLIT_POST_NOTHING;
    }
  asynclit_task_count_ref (
      self, asynclit_task_state_set_flags (&self->state, ASYNCLIT_STATE_KEEP_ALIVE_NOTIFICATION));
  return task_decide_release_locked (self);
}

void
asynclit_task_return_ref (AsyncLitTask *self)
{
  task_choose_release (self);
  asynclit_notification_post (&self->notification, decide_return_ref_locked);
}

void
asynclit_task_drop_refs (AsyncLitTask *self, guint n)
{
  gboolean here = TRUE;

  g_assert (n > 0);
  if (self->is_run)
    {
      if (__atomic_exchange_n (&self->is_counted, FALSE, __ATOMIC_RELAXED))
        asynclit_notification_count_waiting (&self->notification, -1);
      here = __atomic_load_n (&self->release, __ATOMIC_RELAXED) != ASYNCLIT_RELEASE_ON_WORKER;
    }
  asynclit_tsan_release (self);
  while (n-- > 1)
    g_object_unref (self);
  if (here)
    g_object_unref (self);
  else
    asynclit_task_driver->drop_later (self);
}
