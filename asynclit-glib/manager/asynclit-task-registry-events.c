/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What happens to the tasks of a registry, for the signals of its manager. An event is recorded
 * only if its signal has a handler at that moment. It keeps its task, so that none is lost when the
 * registry forgets the task before the owner's context is iterated. */

#include "config.h"

#include "asynclit-object-data-private.h"
#include "asynclit-task-registry-types-private.h"

guint asynclit_task_manager_signals[ASYNCLIT_TASK_N_EVENTS];

void
asynclit_task_event_free (AsyncLitTaskEvent *self)
{
  g_clear_error (&self->error);
  asynclit_task_return_ref (self->task);
  g_free (self);
}

gboolean
asynclit_task_registry_is_heard_locked (AsyncLitTaskRegistry *self, AsyncLitTaskEventKind kind)
{
  gpointer manager;

  asynclit_assert_locked (&self->lock);
  if (self->watcher == NULL)
    return FALSE;
  manager = asynclit_object_notification_get_object (self->watcher);
  return G_UNLIKELY (asynclit_object_may_have_handlers (manager))
         && asynclit_has_handler_locked (manager, asynclit_task_manager_signals[kind]);
}

/* The registry has a reference to the task that stays, because it knows the task. */
static AsyncLitTaskEvent *
registry_push_event_locked (AsyncLitTaskRegistry *self, AsyncLitTask *task,
                            AsyncLitTaskEventKind kind)
{
  AsyncLitTaskEvent *event = g_new0 (AsyncLitTaskEvent, 1);

  asynclit_assert_locked (&self->lock);
  event->kind = kind;
  event->task = asynclit_ref_owned_locked (task);
  event->link.data = event;
  g_queue_push_tail_link (&self->events, &event->link);
  asynclit_notification_post_changes (self->watcher);
  return event;
}

void
asynclit_task_registry_note_locked (AsyncLitTaskRegistry *self, AsyncLitTask *task,
                                    AsyncLitTaskEventKind kind)
{
  asynclit_assert_locked (&self->lock);
  if (asynclit_task_registry_is_heard_locked (self, kind))
    registry_push_event_locked (self, task, kind);
}

void
asynclit_task_registry_note_added_locked (AsyncLitTaskRegistry *self, AsyncLitTask *task)
{
  asynclit_assert_locked (&self->lock);
  asynclit_assert_locked (&self->lock);
  if (self->watcher == NULL
      || G_LIKELY (!asynclit_object_may_have_handlers (
          asynclit_object_notification_get_object (self->watcher))))
    return;
  asynclit_task_registry_note_locked (self, task, ASYNCLIT_TASK_EVENT_ADDED);
  if (asynclit_task_registry_is_heard_locked (self, ASYNCLIT_TASK_EVENT_STARTED))
    asynclit_task_state_set_flags (&task->state, ASYNCLIT_STATE_START_AWAITED);
}

void
asynclit_task_registry_note_begun (gpointer registry, AsyncLitTask *task)
{
  AsyncLitTaskRegistry *self = registry;

  asynclit_task_registry_lock (self);
  /* An abandoned task may have ended, and be forgotten. */
  if (!asynclit_task_has_ended (task))
    asynclit_task_registry_note_locked (self, task, ASYNCLIT_TASK_EVENT_STARTED);
  asynclit_task_registry_unlock (self);
}

static gboolean
registry_count_retry (AsyncLitTaskRegistry *self)
{
  gboolean is_heard;

  asynclit_task_registry_lock (self);
  self->shares.n_retried++;
  is_heard = asynclit_task_registry_is_heard_locked (self, ASYNCLIT_TASK_EVENT_RETRYING);
  asynclit_task_registry_unlock (self);
  return is_heard;
}

void
asynclit_task_registry_note_retry (gpointer registry, AsyncLitTask *task, const GError *error,
                                   double delay)
{
  AsyncLitTaskRegistry *self = registry;
  g_autoptr (GError) copy = NULL;
  AsyncLitTaskEvent *event;

  if (!registry_count_retry (self))
    return;
  copy = g_error_copy (error); /* not under the lock: a domain can have a function for it */
  asynclit_task_registry_lock (self);
  if (self->watcher != NULL && !asynclit_task_has_ended (task))
    {
      event = registry_push_event_locked (self, task, ASYNCLIT_TASK_EVENT_RETRYING);
      event->attempt = task->attempt;
      event->delay = delay;
      event->error = g_steal_pointer (&copy);
    }
  asynclit_task_registry_unlock (self);
}

AsyncLitTaskEvent *
asynclit_task_registry_take_event (AsyncLitTaskRegistry *self)
{
  GList *link;

  asynclit_task_registry_lock (self);
  link = g_queue_pop_head_link (&self->events);
  /* For a nested main loop in a handler of this one, which continues with the next. */
  if (self->events.length > 0 && self->watcher != NULL)
    asynclit_notification_post_changes (self->watcher);
  asynclit_task_registry_unlock (self);
  return link != NULL ? link->data : NULL;
}

void
asynclit_task_registry_drop_events (AsyncLitTaskRegistry *self)
{
  AsyncLitTaskEvent *event;

  while ((event = asynclit_task_registry_take_event (self)) != NULL)
    asynclit_task_event_free (event);
}
