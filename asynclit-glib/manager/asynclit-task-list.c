/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "asynclit-task-list-private.h"

struct _AsyncLitTaskList {
  AsyncLitTaskRegistry *registry; /* not owned: it outlives the list */
  GSequence *tasks;               /* of AsyncLitTask, with a reference */
  GHashTable *places;             /* address of a task's serial → GSequenceIter */
  gboolean updating;              /* a handler of the signal may run a nested main loop */
};

static void
task_list_append (AsyncLitTaskList *self, AsyncLitTask *task)
{
  GSequenceIter *place = g_sequence_append (self->tasks, task);

  g_hash_table_insert (self->places, &task->serial, place);
}

static void
task_list_fill (AsyncLitTaskList *self, GPtrArray *tasks)
{
  for (guint i = 0; i < tasks->len; i++)
    task_list_append (self, g_object_ref (g_ptr_array_index (tasks, i)));
}

AsyncLitTaskList *
asynclit_task_list_new (AsyncLitTaskRegistry *registry, GPtrArray *initial)
{
  AsyncLitTaskList *self = g_new0 (AsyncLitTaskList, 1);
  g_autoptr (GPtrArray) tasks = initial != NULL ? initial : asynclit_task_registry_watch (registry);

  g_assert (registry != NULL);
  self->registry = registry;
  self->tasks = g_sequence_new ((GDestroyNotify) asynclit_task_return_ref);
  self->places = g_hash_table_new (g_int64_hash, g_int64_equal);
  task_list_fill (self, tasks);
  return self;
}

void
asynclit_task_list_free (AsyncLitTaskList *self)
{
  g_hash_table_unref (self->places);
  g_sequence_free (self->tasks);
  g_free (self);
}

guint
asynclit_task_list_get_length (AsyncLitTaskList *self)
{
  return (guint) g_sequence_get_length (self->tasks);
}

AsyncLitTask *
asynclit_task_list_get (AsyncLitTaskList *self, guint position)
{
  GSequenceIter *iter;

  if (position >= asynclit_task_list_get_length (self))
    return NULL;
  iter = g_sequence_get_iter_at_pos (self->tasks, (int) position);
  return g_sequence_get (iter);
}

/* The positions of removed tasks, highest first, so that each remains valid while the others are
 * removed. */
static int
compare_positions (gconstpointer a, gconstpointer b)
{
  guint left = *(const guint *) a;
  guint right = *(const guint *) b;

  return left > right ? -1 : left < right;
}

static GArray *
find_removed_positions (AsyncLitTaskList *self, GArray *changes)
{
  GArray *positions = g_array_new (FALSE, FALSE, sizeof (guint));

  for (guint i = 0; i < changes->len; i++)
    {
      AsyncLitTaskChange *change = &g_array_index (changes, AsyncLitTaskChange, i);
      GSequenceIter *place = g_hash_table_lookup (self->places, &change->serial);
      guint position;

      if (change->kind != ASYNCLIT_TASK_REMOVED || place == NULL)
        continue;
      position = (guint) g_sequence_iter_get_position (place);
      g_array_append_val (positions, position);
    }
  g_array_sort (positions, compare_positions);
  return positions;
}

static void
remove_range (AsyncLitTaskList *self, guint first, guint n)
{
  GSequenceIter *iter = g_sequence_get_iter_at_pos (self->tasks, (int) first);

  for (guint i = 0; i < n; i++)
    {
      GSequenceIter *next = g_sequence_iter_next (iter);
      AsyncLitTask *task = g_sequence_get (iter);

      g_hash_table_remove (self->places, &task->serial);
      g_sequence_remove (iter);
      iter = next;
    }
}

/* Emits one signal for each range of neighbours. */
static void
publish_removed (AsyncLitTaskList *self, GListModel *model, GArray *changes)
{
  g_autoptr (GArray) positions = find_removed_positions (self, changes);

  for (guint i = 0; i < positions->len;)
    {
      guint first = g_array_index (positions, guint, i);
      guint n = 1;

      while (i + n < positions->len && g_array_index (positions, guint, i + n) == first - 1)
        {
          first--;
          n++;
        }
      remove_range (self, first, n);
      g_list_model_items_changed (model, first, n, 0);
      i += n;
    }
}

/* A task that was removed before it was published is no longer in the registry. */
static void
publish_added (AsyncLitTaskList *self, GListModel *model, GArray *changes)
{
  guint before = asynclit_task_list_get_length (self);

  for (guint i = 0; i < changes->len; i++)
    {
      AsyncLitTaskChange *change = &g_array_index (changes, AsyncLitTaskChange, i);
      AsyncLitTask *task = NULL;

      if (change->kind == ASYNCLIT_TASK_ADDED
          && !g_hash_table_contains (self->places, &change->serial))
        task = asynclit_task_registry_get (self->registry, change->serial);
      if (task != NULL)
        task_list_append (self, task);
    }
  if (asynclit_task_list_get_length (self) > before)
    g_list_model_items_changed (model, before, 0, asynclit_task_list_get_length (self) - before);
}

static void
publish_all (AsyncLitTaskList *self, GListModel *model)
{
  g_autoptr (GPtrArray) tasks = asynclit_task_registry_watch (self->registry);
  guint before = asynclit_task_list_get_length (self);

  g_hash_table_remove_all (self->places);
  g_sequence_remove_range (g_sequence_get_begin_iter (self->tasks),
                           g_sequence_get_end_iter (self->tasks));
  task_list_fill (self, tasks);
  g_list_model_items_changed (model, 0, before, asynclit_task_list_get_length (self));
}

static gboolean
has_changed_all (GArray *changes)
{
  return changes->len > 0
         && g_array_index (changes, AsyncLitTaskChange, 0).kind == ASYNCLIT_TASK_CHANGED_ALL;
}

/* FALSE if there were no changes. */
static gboolean
publish_changes (AsyncLitTaskList *self, GListModel *model)
{
  g_autoptr (GArray) changes = asynclit_task_registry_take_changes (self->registry);

  if (has_changed_all (changes))
    {
      publish_all (self, model);
      return TRUE;
    }
  publish_removed (self, model, changes);
  publish_added (self, model, changes);
  return changes->len > 0;
}

void
asynclit_task_list_update (AsyncLitTaskList *self, GListModel *model)
{
  g_assert (G_IS_LIST_MODEL (model));
  /* Called from a handler's nested main loop: the outer call continues when the handler returns. */
  if (self->updating)
    return;
  self->updating = TRUE;
  while (publish_changes (self, model))
    ;
  self->updating = FALSE;
}
