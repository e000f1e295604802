/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The names of tasks. */

#include "config.h"

#include "asynclit-task-registry-types-private.h"

AsyncLitTask *
asynclit_task_registry_get_alias (AsyncLitTaskRegistry *self, const char *name)
{
  AsyncLitTask *task;

  g_assert (name != NULL);
  asynclit_task_registry_lock (self);
  task = g_hash_table_lookup (self->aliases, name);
  self->n_borrowers++;
  asynclit_task_registry_unlock (self);
  if (task != NULL)
    g_object_ref (task);
  asynclit_task_registry_end_borrow (self);
  return task;
}

/* The name's reference is dropped when no thread borrows. */
static void
registry_drop_name_locked (AsyncLitTaskRegistry *self, const char *name)
{
  AsyncLitTask *task = g_hash_table_lookup (self->aliases, name);
  GHashTable *names = task != NULL ? g_hash_table_lookup (self->named, &task->serial) : NULL;

  asynclit_assert_locked (&self->lock);
  if (task == NULL)
    return;
  self->replaced = g_slist_prepend (self->replaced, task);
  g_hash_table_remove (self->aliases, name);
  g_hash_table_remove (names, name);
  if (g_hash_table_size (names) == 0)
    g_hash_table_remove (self->named, &task->serial);
}

static void
registry_add_name_locked (AsyncLitTaskRegistry *self, AsyncLitTask *task, const char *name)
{
  GHashTable *names = g_hash_table_lookup (self->named, &task->serial);

  asynclit_assert_locked (&self->lock);
  if (names == NULL)
    {
      names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
      g_hash_table_insert (self->named, &task->serial, names);
    }
  g_hash_table_add (names, g_strdup (name));
  g_hash_table_insert (self->aliases, g_strdup (name), task);
}

void
asynclit_task_registry_drop_names_locked (AsyncLitTaskRegistry *self, AsyncLitTask *task)
{
  GHashTable *names = g_hash_table_lookup (self->named, &task->serial);
  GHashTableIter iter;
  gpointer name;

  asynclit_assert_locked (&self->lock);
  if (names == NULL)
    return;
  g_hash_table_iter_init (&iter, names);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    {
      self->replaced = g_slist_prepend (self->replaced, task);
      g_hash_table_remove (self->aliases, name);
    }
  g_hash_table_remove (self->named, &task->serial);
}

void
asynclit_task_registry_drop_all_names_locked (AsyncLitTaskRegistry *self)
{
  GHashTableIter iter;
  gpointer task;

  asynclit_assert_locked (&self->lock);
  g_hash_table_iter_init (&iter, self->aliases);
  while (g_hash_table_iter_next (&iter, NULL, &task))
    self->replaced = g_slist_prepend (self->replaced, task);
  g_hash_table_remove_all (self->aliases);
  g_hash_table_remove_all (self->named);
}

void
asynclit_task_registry_drop_all_names (AsyncLitTaskRegistry *self)
{
  asynclit_task_registry_lock (self);
  asynclit_task_registry_drop_all_names_locked (self);
  self->n_borrowers++;
  asynclit_task_registry_unlock (self);
  asynclit_task_registry_end_borrow (self);
}

void
asynclit_task_registry_set_alias (AsyncLitTaskRegistry *self, AsyncLitTask *task, const char *name)
{
  g_assert (task != NULL && name != NULL);
  g_object_ref (task);
  asynclit_task_registry_lock (self);
  registry_drop_name_locked (self, name);
  registry_add_name_locked (self, task, name);
  self->n_borrowers++;
  asynclit_task_registry_unlock (self);
  asynclit_task_registry_end_borrow (self);
}

gboolean
asynclit_task_registry_drop_alias (AsyncLitTaskRegistry *self, const char *name)
{
  gboolean found;

  g_assert (name != NULL);
  asynclit_task_registry_lock (self);
  found = g_hash_table_contains (self->aliases, name);
  registry_drop_name_locked (self, name);
  self->n_borrowers++;
  asynclit_task_registry_unlock (self);
  asynclit_task_registry_end_borrow (self);
  return found;
}
