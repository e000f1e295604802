/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What the owner of a group hears: the list, the properties, and the end. */

#include "config.h"

#include "asynclit-deferred-unref-private.h"
#include "asynclit-task-group-private.h"

AsyncLitClassType asynclit_task_group_type;
GParamSpec *asynclit_task_group_properties[ASYNCLIT_TASK_GROUP_N_PROPS];
guint asynclit_task_group_completed;

static void
list_append (AsyncLitTaskGroup *self, GPtrArray *added)
{
  guint before = self->list->len;

  for (guint i = 0; i < added->len; i++)
    g_ptr_array_add (self->list, g_object_ref (g_ptr_array_index (added, i)));
  if (added->len > 0)
    g_list_model_items_changed (G_LIST_MODEL (self), before, 0, added->len);
}

static GHashTable *
make_set (GPtrArray *tasks)
{
  GHashTable *set = g_hash_table_new (NULL, NULL);

  for (guint i = 0; i < tasks->len; i++)
    g_hash_table_add (set, g_ptr_array_index (tasks, i));
  return set;
}

/* Emits one signal for each range of neighbours, from the end, in one pass. */
static void
list_remove (AsyncLitTaskGroup *self, GPtrArray *removed)
{
  g_autoptr (GHashTable) set = make_set (removed);

  for (guint end = self->list->len; end > 0;)
    {
      guint first = end;

      while (first > 0 && g_hash_table_contains (set, g_ptr_array_index (self->list, first - 1)))
        first--;
      if (first == end)
        {
          end--;
          continue;
        }
      g_ptr_array_remove_range (self->list, first, end - first);
      g_list_model_items_changed (G_LIST_MODEL (self), first, end - first, 0);
      end = first;
    }
}

static void
list_replace (AsyncLitTaskGroup *self, GPtrArray *all)
{
  guint before = self->list->len;

  g_ptr_array_set_size (self->list, 0);
  for (guint i = 0; i < all->len; i++)
    g_ptr_array_add (self->list, g_object_ref (g_ptr_array_index (all, i)));
  if (before > 0 || all->len > 0)
    g_list_model_items_changed (G_LIST_MODEL (self), 0, before, all->len);
}

/* FALSE if nothing has changed. */
static gboolean
list_update (AsyncLitTaskGroup *self)
{
  AsyncLitGroupChanges changes = asynclit_group_core_take_changes (self->core);
  gboolean has_changed = changes.is_new || changes.added != NULL || changes.removed != NULL;

  if (changes.is_new)
    list_replace (self, changes.added);
  else if (changes.added != NULL)
    list_append (self, changes.added);
  if (changes.removed != NULL)
    list_remove (self, changes.removed);
  g_clear_pointer (&changes.added, g_ptr_array_unref);
  g_clear_pointer (&changes.removed, g_ptr_array_unref);
  return has_changed;
}

static void
group_notify (AsyncLitTaskGroup *self, AsyncLitTaskGroupProperty property)
{
  asynclit_notify_resurrected (G_OBJECT (self), asynclit_task_group_properties[property]);
}

/* Called from the nested main loop of a handler, this does nothing: the outer call continues when
 * the handler returns. */
static void
group_update_list (AsyncLitTaskGroup *self)
{
  guint before = self->list->len;

  if (self->is_updating)
    return;
  self->is_updating = TRUE;
  while (list_update (self))
    ;
  self->is_updating = FALSE;
  if (self->list->len != before)
    group_notify (self, ASYNCLIT_TASK_GROUP_N_ITEMS);
}

GPtrArray *
asynclit_task_group_ensure_list (AsyncLitTaskGroup *self)
{
  if (self->list == NULL)
    {
      self->list = asynclit_group_tasks_new ();
      group_update_list (self);
    }
  return self->list;
}

/* Runs on: the owner's context */
static gboolean
group_deliver (AsyncLitNotification *notification, gint64 end)
{
  AsyncLitTaskGroup *self = asynclit_object_notification_get_object (notification);

  asynclit_task_group_ensure_list (self);
  group_update_list (self);
  if (!self->notified_closed && asynclit_group_core_get_closed (self->core))
    {
      self->notified_closed = TRUE;
      group_notify (self, ASYNCLIT_TASK_GROUP_CLOSED);
    }
  if (asynclit_group_core_take_completed (self->core))
    g_signal_emit (self, asynclit_task_group_completed, 0);
  return FALSE;
}

const AsyncLitNotificationFuncs asynclit_task_group_notification_funcs = {
  ASYNCLIT_OBJECT_NOTIFICATION_FUNCS,
  .deliver = group_deliver,
};
