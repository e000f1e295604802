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

  asynclit_task_registry_lock (self);
  task = g_hash_table_lookup (self->aliases, name);
  self->n_borrowers++;
  asynclit_task_registry_unlock (self);
  if (task != NULL)
    g_object_ref (task);
  asynclit_task_registry_end_borrow (self);
  return task;
}

void
asynclit_task_registry_set_alias (AsyncLitTaskRegistry *self, AsyncLitTask *task, const char *name)
{
  AsyncLitTask *before;

  g_object_ref (task);
  asynclit_task_registry_lock (self);
  before = g_hash_table_lookup (self->aliases, name);
  g_hash_table_insert (self->aliases, g_strdup (name), task);
  if (before != NULL)
    self->replaced = g_slist_prepend (self->replaced, before);
  self->n_borrowers++;
  asynclit_task_registry_unlock (self);
  asynclit_task_registry_end_borrow (self);
}
