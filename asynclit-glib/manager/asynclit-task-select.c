/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "asynclit-task-select-private.h"

static int
compare_order (gconstpointer a, gconstpointer b)
{
  guint64 left = asynclit_task_get_order (*(AsyncLitTask *const *) a);
  guint64 right = asynclit_task_get_order (*(AsyncLitTask *const *) b);

  return left < right ? -1 : left > right;
}

static gboolean
filter_matches (AsyncLitTask *task, AsyncLitTaskFilter filter, const char *name)
{
  return (filter & (1u << asynclit_task_get_status (task))) != 0
         && (name == NULL || g_strcmp0 (name, asynclit_task_get_name (task)) == 0);
}

GPtrArray *
asynclit_task_select (GPtrArray *all, AsyncLitTaskFilter filter, const char *name)
{
  GPtrArray *tasks = g_ptr_array_new_with_free_func ((GDestroyNotify) asynclit_task_return_ref);

  g_assert (all != NULL);
  g_ptr_array_sort (all, compare_order);
  for (guint i = 0; i < all->len; i++)
    {
      AsyncLitTask *task = g_ptr_array_index (all, i);

      if (filter_matches (task, filter, name))
        g_ptr_array_add (tasks, g_object_ref (task));
    }
  return tasks;
}
