/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What the owner of a manager hears: the properties that change, and the list. */

#include "config.h"

#include "asynclit-deferred-unref-private.h"
#include "asynclit-task-manager-private.h"

AsyncLitClassType asynclit_task_manager_type;
GParamSpec *asynclit_task_manager_properties[ASYNCLIT_TASK_MANAGER_N_PROPS];
guint asynclit_task_manager_items_changed;

AsyncLitTaskList *
asynclit_task_manager_ensure_list (AsyncLitTaskManager *self)
{
  if (self->list == NULL)
    self->list = asynclit_task_list_new (
        self->registry, __atomic_exchange_n (&self->initial, NULL, __ATOMIC_ACQ_REL));
  return self->list;
}

/* Runs on: the owner's context */
static void
task_manager_update_list (AsyncLitTaskManager *self)
{
  AsyncLitTaskList *list = asynclit_task_manager_ensure_list (self);
  const guint before = asynclit_task_list_get_length (list);

  asynclit_task_list_update (list, G_LIST_MODEL (self));
  if (asynclit_task_list_get_length (list) != before)
    asynclit_notify_resurrected (G_OBJECT (self),
                                 asynclit_task_manager_properties[ASYNCLIT_TASK_MANAGER_N_ITEMS]);
}

/* Runs on: the owner's context */
static gboolean
task_manager_notification_deliver (AsyncLitNotification *notification, gint64 end)
{
  AsyncLitTaskManager *self = asynclit_object_notification_get_object (notification);
  guint pending = __atomic_exchange_n (&self->pending_notifies, 0, __ATOMIC_ACQ_REL);

  for (guint i = 1; i < ASYNCLIT_TASK_MANAGER_N_PROPS; i++)
    if (pending & (1u << i))
      asynclit_notify_resurrected (G_OBJECT (self), asynclit_task_manager_properties[i]);
  if (self->list != NULL || asynclit_task_registry_is_watched (self->registry))
    task_manager_update_list (self);
  return asynclit_task_manager_emit_events (self, end);
}

const AsyncLitNotificationFuncs asynclit_task_manager_notification_funcs = {
  ASYNCLIT_OBJECT_NOTIFICATION_FUNCS,
  .deliver = task_manager_notification_deliver,
};

void
asynclit_task_manager_tell (AsyncLitTaskManager *self, AsyncLitTaskManagerProperty property)
{
  g_assert (property > 0 && property < ASYNCLIT_TASK_MANAGER_N_PROPS);
  if (asynclit_notification_is_here (&self->notification.base))
    {
      g_object_notify_by_pspec (G_OBJECT (self), asynclit_task_manager_properties[property]);
      return;
    }
  __atomic_fetch_or (&self->pending_notifies, 1u << property, __ATOMIC_ACQ_REL);
  asynclit_notification_post_changes (&self->notification.base);
}

void
asynclit_task_manager_look_for_listeners (AsyncLitTaskManager *self)
{
  GPtrArray *tasks;

  if (!g_atomic_int_get (&self->is_known) || asynclit_task_registry_is_watched (self->registry)
      || g_signal_handler_find (self, G_SIGNAL_MATCH_ID, asynclit_task_manager_items_changed, 0,
                                NULL, NULL, NULL)
             == 0)
    return;
  tasks = asynclit_task_registry_begin_watch (self->registry);
  if (tasks != NULL)
    __atomic_store_n (&self->initial, tasks, __ATOMIC_RELEASE);
}
