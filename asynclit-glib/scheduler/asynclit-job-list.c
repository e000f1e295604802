/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "asynclit-job-list-private.h"

struct _AsyncLitJobList {
  AsyncLitScheduleCore *core; /* with a reference */
  GSequence *jobs;            /* of AsyncLitScheduledTask, with a hold */
  GHashTable *places;         /* AsyncLitScheduledTask → GSequenceIter */
  gboolean updating;          /* a handler of the signal may run a nested main loop */
};

static void
job_list_append (AsyncLitJobList *self, AsyncLitScheduledTask *job)
{
  g_hash_table_insert (self->places, job, g_sequence_append (self->jobs, job));
}

/* The initial content of the list: all jobs, except for those whose addition has yet to be
 * reported. */
static GPtrArray *
core_list_told_locked (AsyncLitScheduleCore *core)
{
  GPtrArray *jobs = asynclit_schedule_core_list_locked (core);
  GHashTableIter iter;
  gpointer value;

  asynclit_assert_locked (&asynclit_schedule_lock);
  g_hash_table_iter_init (&iter, core->changes);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      AsyncLitJobChange *change = value;

      if (change->is_there)
        g_ptr_array_remove_fast (jobs, change->job);
      else
        g_ptr_array_add (jobs, change->job);
    }
  return jobs;
}

/* Returns the jobs, with a hold on each. From now on changes are recorded, if they weren't
 * before. */
static GPtrArray *
core_watch (AsyncLitScheduleCore *core)
{
  GPtrArray *jobs;

  asynclit_lock (&asynclit_schedule_lock);
  if (core->changes == NULL)
    core->changes = g_hash_table_new (NULL, NULL);
  jobs = core_list_told_locked (core);
  for (guint i = 0; i < jobs->len; i++)
    asynclit_scheduled_task_hold_locked (g_ptr_array_index (jobs, i));
  asynclit_unlock (&asynclit_schedule_lock);
  return jobs;
}

static int
compare_changes (gconstpointer a, gconstpointer b)
{
  const AsyncLitJobChange *left = *(AsyncLitJobChange *const *) a;
  const AsyncLitJobChange *right = *(AsyncLitJobChange *const *) b;

  return left->order < right->order ? -1 : left->order > right->order;
}

/* Returns all changes, in the order in which the jobs were added. From now on, new changes are
 * recorded, or none if the list is being freed. */
static GPtrArray *
core_take_changes (AsyncLitScheduleCore *core, gboolean go_on)
{
  GPtrArray *changes = g_ptr_array_new_with_free_func ((GDestroyNotify) asynclit_job_change_free);
  g_autoptr (GHashTable) taken = NULL;
  GHashTableIter iter;
  gpointer change;

  asynclit_lock (&asynclit_schedule_lock);
  taken = core->changes;
  core->changes = go_on ? g_hash_table_new (NULL, NULL) : NULL;
  asynclit_unlock (&asynclit_schedule_lock);
  if (taken == NULL)
    return changes;
  g_hash_table_iter_init (&iter, taken);
  while (g_hash_table_iter_next (&iter, NULL, &change))
    g_ptr_array_add (changes, change);
  g_ptr_array_sort (changes, compare_changes);
  return changes;
}

static int
compare_jobs (gconstpointer a, gconstpointer b)
{
  const AsyncLitScheduledTask *left = *(AsyncLitScheduledTask *const *) a;
  const AsyncLitScheduledTask *right = *(AsyncLitScheduledTask *const *) b;

  return left->order < right->order ? -1 : left->order > right->order;
}

AsyncLitJobList *
asynclit_job_list_new (AsyncLitScheduleCore *core)
{
  AsyncLitJobList *self = g_new0 (AsyncLitJobList, 1);
  g_autoptr (GPtrArray) jobs = core_watch (core);

  g_assert (core != NULL);
  self->core = asynclit_schedule_core_ref (core);
  self->jobs = g_sequence_new ((GDestroyNotify) asynclit_scheduled_task_release);
  self->places = g_hash_table_new (NULL, NULL);
  g_ptr_array_sort (jobs, compare_jobs);
  for (guint i = 0; i < jobs->len; i++)
    job_list_append (self, g_ptr_array_index (jobs, i));
  return self;
}

void
asynclit_job_list_unwatch (AsyncLitScheduleCore *core)
{
  g_ptr_array_unref (core_take_changes (core, FALSE));
}

void
asynclit_job_list_free (AsyncLitJobList *self)
{
  g_hash_table_unref (self->places);
  g_sequence_free (self->jobs);
  asynclit_schedule_core_unref (self->core);
  g_free (self);
}

guint
asynclit_job_list_get_length (AsyncLitJobList *self)
{
  return (guint) g_sequence_get_length (self->jobs);
}

AsyncLitScheduledTask *
asynclit_job_list_get (AsyncLitJobList *self, guint position)
{
  if (position >= asynclit_job_list_get_length (self))
    return NULL;
  return g_sequence_get (g_sequence_get_iter_at_pos (self->jobs, (int) position));
}

static void
publish_removed (AsyncLitJobList *self, GListModel *model, GPtrArray *changes)
{
  for (guint i = 0; i < changes->len; i++)
    {
      AsyncLitJobChange *change = g_ptr_array_index (changes, i);
      GSequenceIter *place;
      guint position;

      if (change->is_there)
        continue;
      place = g_hash_table_lookup (self->places, change->job);
      position = (guint) g_sequence_iter_get_position (place);
      g_hash_table_remove (self->places, change->job);
      g_sequence_remove (place);
      g_list_model_items_changed (model, position, 1, 0);
    }
}

/* Emits one signal for all of them. The list takes over the hold of each change. */
static void
publish_added (AsyncLitJobList *self, GListModel *model, GPtrArray *changes)
{
  guint before = asynclit_job_list_get_length (self);

  for (guint i = 0; i < changes->len; i++)
    {
      AsyncLitJobChange *change = g_ptr_array_index (changes, i);

      if (!change->is_there)
        continue;
      job_list_append (self, g_steal_pointer (&change->job));
    }
  if (asynclit_job_list_get_length (self) > before)
    g_list_model_items_changed (model, before, 0, asynclit_job_list_get_length (self) - before);
}

gboolean
asynclit_job_list_update (AsyncLitJobList *self, GListModel *model)
{
  gboolean changed = FALSE;

  g_assert (G_IS_LIST_MODEL (model));
  /* Called from a handler's nested main loop: the outer call continues when the handler returns. */
  if (self->updating)
    return FALSE;
  self->updating = TRUE;
  for (;;)
    {
      g_autoptr (GPtrArray) changes = core_take_changes (self->core, TRUE);

      if (changes->len == 0)
        break;
      publish_removed (self, model, changes);
      publish_added (self, model, changes);
      changed = TRUE;
    }
  self->updating = FALSE;
  return changed;
}
