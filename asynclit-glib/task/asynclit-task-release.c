/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What the runs of a schedule leave behind.
 *
 * The last reference to a task goes where its owner lives, since what the task has of the user's
 * may be a widget. Whoever submits tasks comes to fetch them: he iterates a main context, waits, or
 * tidies up. But the owner of a job need never do either, while runs go on for
 * years. So a run that has nothing of the user's waits for nobody; of the others a bounded
 * number waits, and what is too much goes on the worker. */

#include "config.h"

#include "asynclit-object-data-private.h"
#include "asynclit-task-private.h"

/* How many tasks wait for an owner, for each thread and context: an interface that is busy comes
 * back before there are so many. */
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
        || (self->cold != NULL && self->cold->progress.length > 0);
  asynclit_bit_unlock (&self->lock);
  return has || !value_is_plain (&self->result);
}

void
asynclit_task_choose_release (AsyncLitTask *self)
{
  gboolean has_ended = asynclit_task_state_is_terminal (asynclit_task_state_get (&self->state));

  if (self->is_run)
    __atomic_store_n (&self->release,
                      has_ended && !task_has_something (self) ? ASYNCLIT_RELEASE_ANYWHERE
                                                              : ASYNCLIT_RELEASE_IN_CONTEXT,
                      __ATOMIC_RELAXED);
}

AsyncLitPost
asynclit_task_decide_release_locked (AsyncLitTask *self)
{
  if (!self->is_run || __atomic_load_n (&self->is_counted, __ATOMIC_RELAXED))
    return ASYNCLIT_POST_RELEASE;
  if (__atomic_load_n (&self->release, __ATOMIC_RELAXED) == ASYNCLIT_RELEASE_ANYWHERE)
    return ASYNCLIT_POST_DROP;
  /* Somebody is just telling the owner. */
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

void
asynclit_task_drop_refs (AsyncLitTask *self, guint n)
{
  gboolean here = TRUE;

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
