/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Forgets ended tasks: those that are too many, and those that are too old. If there is a maximum
 * age, a timer of the worker looks for the latter. Only the worker touches the timer; the flag
 * `is_aging` says that the timer runs or that the worker is about to look. */

#include "config.h"

#include "asynclit-clock-private.h"
#include "asynclit-task-registry-types-private.h"
#include "asynclit-time-private.h"

/* The maximum number of pending changes for the watcher, in addition to one for each task. */
#define MAX_CHANGES 4096

void
asynclit_task_registry_record_locked (AsyncLitTaskRegistry *self, AsyncLitTask *task,
                                      gboolean added)
{
  AsyncLitTaskChange change = { task->serial, added ? ASYNCLIT_TASK_ADDED : ASYNCLIT_TASK_REMOVED };

  asynclit_assert_locked (&self->lock);
  if (self->changes == NULL)
    return;
  /* The watcher's context is not iterated. Reading all tasks again is faster by now. */
  if (self->changes->len > MAX_CHANGES + self->tasks.n_tasks)
    {
      g_array_set_size (self->changes, 0);
      change = (AsyncLitTaskChange){ 0, ASYNCLIT_TASK_CHANGED_ALL };
    }
  g_array_append_val (self->changes, change);
  if (self->changes->len == 1 && self->watcher != NULL)
    asynclit_notification_post_changes (self->watcher);
}

void
asynclit_task_registry_forget_locked (AsyncLitTaskRegistry *self, AsyncLitTask *task)
{
  asynclit_assert_locked (&self->lock);
  asynclit_task_table_remove (&self->tasks, task);
  asynclit_task_registry_record_locked (self, task, FALSE);
  asynclit_ended_tasks_push (&self->removed, task);
}

/* How long the oldest ended task may stay, in microseconds; G_MAXINT64 if there is no limit. */
static gint64
registry_get_time_left_locked (AsyncLitTaskRegistry *self)
{
  gint64 finished;

  asynclit_assert_locked (&self->lock);
  if (G_LIKELY (self->max_age == 0) || self->ended.head == NULL)
    return G_MAXINT64;
  finished = __atomic_load_n (&self->ended.head->finished, __ATOMIC_RELAXED);
  return asynclit_time_between (asynclit_clock_unix_now (),
                                asynclit_time_add_seconds (finished, self->max_age));
}

guint
asynclit_task_registry_trim_locked (AsyncLitTaskRegistry *self, guint max)
{
  guint n = 0;

  asynclit_assert_locked (&self->lock);
  for (; n < max
         && (self->ended.length > self->max_completed || registry_get_time_left_locked (self) <= 0);
       n++)
    asynclit_task_registry_forget_locked (self, asynclit_ended_tasks_pop (&self->ended));
  return n;
}

static void registry_look_for_old (gpointer data, gpointer user_data);

/* Runs on: worker */
static void
registry_age (AsyncLitTimer *timer)
{
  AsyncLitTaskRegistry *self
      = (AsyncLitTaskRegistry *) ((char *) timer - G_STRUCT_OFFSET (AsyncLitTaskRegistry, ageing));

  self->ageing_is_set = FALSE;
  registry_look_for_old (self, NULL);
  asynclit_task_registry_unref (self);
}

/* Runs on: worker */
static void
registry_set_timer (AsyncLitTaskRegistry *self, gint64 time_left)
{
  if (self->ageing_is_set && asynclit_worker_stop_timer (&self->ageing))
    asynclit_task_registry_unref (self);
  self->ageing_is_set = time_left != G_MAXINT64;
  if (!self->ageing_is_set)
    return;
  asynclit_timer_init (&self->ageing, registry_age);
  asynclit_task_registry_ref (self);
  asynclit_worker_start_timer (&self->ageing, asynclit_time_add (asynclit_clock_now (), time_left));
}

/* Runs on: worker */
static void
registry_look_for_old (gpointer data, gpointer user_data)
{
  AsyncLitTaskRegistry *self = data;
  AsyncLitEndedTasks removed;
  gint64 time_left;

  asynclit_task_registry_lock (self);
  asynclit_task_registry_trim_locked (self, G_MAXUINT);
  removed = asynclit_task_registry_take_removed_locked (self, 0);
  time_left = registry_get_time_left_locked (self);
  self->is_aging = time_left != G_MAXINT64;
  asynclit_task_registry_unlock (self);
  registry_set_timer (self, time_left);
  asynclit_ended_tasks_unregister (&removed);
}

gboolean
asynclit_task_registry_begin_aging_locked (AsyncLitTaskRegistry *self)
{
  asynclit_assert_locked (&self->lock);
  if (G_LIKELY (self->max_age == 0) || self->is_aging)
    return FALSE;
  self->is_aging = TRUE;
  return TRUE;
}

void
asynclit_task_registry_age_later (AsyncLitTaskRegistry *self)
{
  asynclit_worker_invoke (registry_look_for_old, asynclit_task_registry_ref (self),
                          asynclit_task_registry_unref);
}

double
asynclit_task_registry_get_max_age (AsyncLitTaskRegistry *self)
{
  double max_age;

  asynclit_task_registry_lock (self);
  max_age = self->max_age;
  asynclit_task_registry_unlock (self);
  return max_age;
}

gboolean
asynclit_task_registry_set_max_age (AsyncLitTaskRegistry *self, double max_age)
{
  gboolean changed, ages;

  asynclit_task_registry_lock (self);
  changed = self->max_age != max_age;
  self->max_age = max_age;
  ages = self->is_aging = self->is_aging || (max_age > 0 && self->ended.head != NULL);
  asynclit_task_registry_unlock (self);
  if (changed && ages)
    asynclit_task_registry_age_later (self);
  return changed;
}
