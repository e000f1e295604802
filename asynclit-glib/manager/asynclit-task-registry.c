/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Lock order: the registry's lock, then a notification queue's. The latter is needed only to notify
 * the watcher of a change, because the watcher must not be freed in the meantime. No thread takes
 * the registry's lock while it holds a notification queue's. And the
 * registry's lock, then a task's: see asynclit-task-shares.c. */

#include "config.h"

#include "asynclit-task-driver-private.h"
#include "asynclit-task-id-private.h"
#include "asynclit-task-registry-types-private.h"
#include "asynclit-task-select-private.h"
#include "asynclit-task-times-private.h"

/* The maximum number of ended tasks that a submission removes: more than it adds, but few enough
 * that no submission takes long. */
#define MAX_TRIM 2
/* If a language binding runs the tasks, this many are removed together, because each removal may
 * release the binding's lock; but never more than a quarter of those that are kept. */
#define MAX_REMOVED 64
/* While more tasks than this are live, the threads that end them drop the removed ones: they have
 * more time than a thread that submits so many. */
#define MANY_LIVE 4096

/* Drops the ended tasks, and their references to the registry: the manager is gone, and no task is
 * live. */
static void
registry_dissolve (AsyncLitTaskRegistry *self)
{
  AsyncLitEndedTasks removed;

  asynclit_task_registry_lock (self);
  self->max_completed = 0;
  asynclit_task_registry_trim_locked (self, G_MAXUINT);
  removed = asynclit_task_registry_take_removed_locked (self, 0);
  asynclit_task_registry_drop_all_names_locked (self);
  self->n_borrowers++;
  asynclit_task_registry_unlock (self);

  asynclit_ended_tasks_unregister (&removed);
  asynclit_task_registry_end_borrow (self);
}

/* What the end of a task leads to, for the caller to do without the lock. */
typedef struct {
  gboolean dissolves;
  gboolean ages;
  AsyncLitIdleWaiter *woken;
} RegistryEnd;

static void
registry_note_end_locked (AsyncLitTaskRegistry *self, AsyncLitTask *task, RegistryEnd *end)
{
  asynclit_assert_locked (&self->lock);
  asynclit_ended_tasks_push (&self->ended, task);
  asynclit_task_registry_note_locked (self, task, ASYNCLIT_TASK_EVENT_COMPLETED);
  asynclit_task_shares_leave (&self->shares, task);
  self->n_in_context -= task->executor == ASYNCLIT_EXECUTOR_CONTEXT;
  end->ages = asynclit_task_registry_begin_aging_locked (self);
  if (self->shares.n_live > 0)
    return;
  if (self->n_waiting > 0)
    g_cond_broadcast (&self->idle);
  end->woken = asynclit_task_registry_take_idle_waiters_locked (self);
  end->dissolves = self->abandoned;
}

static void
registry_follow_end (AsyncLitTaskRegistry *self, RegistryEnd *end)
{
  if (G_UNLIKELY (end->ages))
    asynclit_task_registry_age_later (self);
  if (G_UNLIKELY (end->woken != NULL))
    asynclit_idle_waiters_wake (end->woken);
  if (end->dissolves)
    registry_dissolve (self);
}

/* How many removed tasks are worth being dropped when @task is submitted or ends. */
static guint
registry_count_least (AsyncLitTaskRegistry *self, AsyncLitTask *task)
{
  if (!(asynclit_task_state_get (&task->state) & ASYNCLIT_STATE_EXTERNALLY_RUN))
    return 0;
  return MIN (MAX_REMOVED, self->max_completed / 4);
}

/* The state changes under the registry's lock, so that a task that is seen as done is also found
 * among the ended tasks. */
static gboolean
registry_conclude (gpointer registry, AsyncLitTask *task, AsyncLitTaskStatus status)
{
  AsyncLitTaskRegistry *self = registry;
  AsyncLitEndedTasks removed;
  RegistryEnd end = { 0 };
  gboolean ended;

  asynclit_task_registry_lock (self);
  ended = asynclit_task_state_conclude (&task->state, status, TRUE);
  if (ended)
    registry_note_end_locked (self, task, &end);
  removed = asynclit_task_registry_take_removed_locked (self, registry_count_least (self, task));
  asynclit_task_registry_unlock (self);
  asynclit_ended_tasks_unregister (&removed);
  registry_follow_end (self, &end);
  return ended;
}

static AsyncLitCancel
registry_cancel (gpointer registry, AsyncLitTask *task)
{
  AsyncLitTaskRegistry *self = registry;
  AsyncLitCancel cancel;
  RegistryEnd end = { 0 };

  asynclit_task_registry_lock (self);
  cancel = asynclit_task_state_cancel (&task->state, TRUE);
  if (cancel == ASYNCLIT_CANCEL_ENDED)
    registry_note_end_locked (self, task, &end);
  asynclit_task_registry_unlock (self);
  registry_follow_end (self, &end);
  return cancel;
}

static AsyncLitCancel
registry_time_out (gpointer registry, AsyncLitTask *task, guint attempt)
{
  AsyncLitTaskRegistry *self = registry;
  AsyncLitCancel cancel;
  RegistryEnd end = { 0 };

  asynclit_task_registry_lock (self);
  cancel = asynclit_task_times_mark (task, attempt);
  if (cancel == ASYNCLIT_CANCEL_ENDED)
    registry_note_end_locked (self, task, &end);
  asynclit_task_registry_unlock (self);
  registry_follow_end (self, &end);
  return cancel;
}

static void
registry_add_share (gpointer registry, double change)
{
  AsyncLitTaskRegistry *self = registry;

  asynclit_task_registry_lock (self);
  self->shares.shares += change;
  asynclit_task_registry_unlock (self);
}

static gboolean
registry_needs_this_context (gpointer registry, AsyncLitTask *task)
{
  AsyncLitTaskRegistry *self = registry;
  g_autoptr (GPtrArray) live = NULL;
  guint n_in_context;

  if (task != NULL)
    return asynclit_task_driver_runs_here (task);
  asynclit_task_registry_lock (self);
  n_in_context = self->n_in_context;
  asynclit_task_registry_unlock (self);
  if (n_in_context == 0)
    return FALSE;
  live = asynclit_task_registry_list (self, ASYNCLIT_TASK_FILTER_LIVE, NULL);
  for (guint i = 0; i < live->len; i++)
    if (asynclit_task_driver_runs_here (g_ptr_array_index (live, i)))
      return TRUE;
  return FALSE;
}

/* Other locks may be held, see asynclit-wait.c. */
static void
registry_each_gated (gpointer registry, void (*func) (AsyncLitTask *task, gpointer data),
                     gpointer data)
{
  AsyncLitTaskRegistry *self = registry;
  AsyncLitTask *task;
  gsize position = 0;

  asynclit_task_registry_lock (self);
  while ((task = asynclit_task_table_next (&self->tasks, &position)) != NULL)
    if (asynclit_task_is_in_gate (task))
      func (task, data);
  asynclit_task_registry_unlock (self);
}

AsyncLitTaskRegistry *
asynclit_task_registry_new (AsyncLitNotification *watcher, guint max_completed)
{
  static AsyncLitTaskDriver driver;
  static gsize registered = 0;

  g_assert (watcher != NULL);
  if (asynclit_once_enter (&registered))
    {
      driver.conclude = registry_conclude;
      driver.cancel = registry_cancel;
      driver.time_out = registry_time_out;
      driver.add_share = registry_add_share;
      driver.note_begun = asynclit_task_registry_note_begun;
      driver.note_retry = asynclit_task_registry_note_retry;
      driver.unref_registry = asynclit_task_registry_unref;
      driver.needs_this_context = registry_needs_this_context;
      driver.each_gated = registry_each_gated;
      asynclit_task_driver_init (&driver);
      asynclit_task_driver = &driver;
      asynclit_once_leave (&registered, 1);
    }
  return asynclit_task_registry_create (watcher, max_completed);
}

void
asynclit_task_registry_abandon (AsyncLitTaskRegistry *self)
{
  gboolean last;

  asynclit_task_registry_lock (self);
  self->abandoned = TRUE;
  self->watcher = NULL;
  last = self->shares.n_live == 0;
  asynclit_task_registry_unlock (self);
  asynclit_task_registry_drop_events (self);
  if (last)
    registry_dissolve (self);
  asynclit_task_registry_unref (self);
}

/* FALSE if the task has already ended, because it was cancelled or its creator has completed it. */
static gboolean
registry_add_locked (AsyncLitTaskRegistry *self, AsyncLitTask *task)
{
  gboolean live;

  asynclit_assert_locked (&self->lock);
  live = asynclit_task_submit (task, asynclit_task_registry_ref (self));
  asynclit_task_table_add (&self->tasks, task);
  asynclit_task_registry_record_locked (self, task, TRUE);
  asynclit_task_registry_note_added_locked (self, task);
  if (live)
    {
      asynclit_task_shares_enter (&self->shares, task);
      self->n_in_context += task->executor == ASYNCLIT_EXECUTOR_CONTEXT;
    }
  else
    {
      asynclit_ended_tasks_push (&self->ended, task);
      asynclit_task_registry_note_locked (self, task, ASYNCLIT_TASK_EVENT_COMPLETED);
    }
  return live;
}

gboolean
asynclit_task_registry_submit (AsyncLitTaskRegistry *self, AsyncLitTask *task)
{
  AsyncLitEndedTasks removed;
  gboolean closed, live = FALSE, ages = FALSE;
  guint least;

  g_object_ref (task);
  asynclit_task_registry_lock (self);
  closed = self->closed || self->n_suspended > 0;
  if (!closed)
    {
      live = registry_add_locked (self, task);
      asynclit_task_registry_trim_locked (self, MAX_TRIM);
      ages = !live && asynclit_task_registry_begin_aging_locked (self);
    }
  least = self->shares.n_live > MANY_LIVE ? MAX_REMOVED : registry_count_least (self, task);
  removed = asynclit_task_registry_take_removed_locked (self, least);
  asynclit_task_registry_unlock (self);

  if (G_UNLIKELY (ages))
    asynclit_task_registry_age_later (self);
  if (closed)
    g_object_unref (task);
  else if (live)
    asynclit_task_driver_start (task);
  else
    asynclit_task_let_go (task); /* its function is never called */
  asynclit_ended_tasks_unregister (&removed);
  return !closed;
}

AsyncLitTask *
asynclit_task_registry_get (AsyncLitTaskRegistry *self, guint64 serial)
{
  AsyncLitTask *task;

  asynclit_task_registry_lock (self);
  task = asynclit_task_table_lookup (&self->tasks, serial);
  self->n_borrowers++;
  asynclit_task_registry_unlock (self);
  if (task != NULL)
    g_object_ref (task);
  asynclit_task_registry_end_borrow (self);
  return task;
}

/* All tasks, in no particular order. The caller must borrow. */
static GPtrArray *
registry_collect_locked (AsyncLitTaskRegistry *self)
{
  GPtrArray *tasks = g_ptr_array_new_full (self->tasks.n_tasks, NULL);
  AsyncLitTask *task;
  gsize position = 0;

  asynclit_assert_locked (&self->lock);
  while ((task = asynclit_task_table_next (&self->tasks, &position)) != NULL)
    g_ptr_array_add (tasks, task);
  return tasks;
}

GPtrArray *
asynclit_task_registry_list (AsyncLitTaskRegistry *self, AsyncLitTaskFilter filter,
                             const char *name)
{
  g_autoptr (GPtrArray) all = NULL;
  GPtrArray *tasks;

  asynclit_task_registry_lock (self);
  all = registry_collect_locked (self);
  self->n_borrowers++;
  asynclit_task_registry_unlock (self);
  tasks = asynclit_task_select (all, filter, name);
  asynclit_task_registry_end_borrow (self);
  return tasks;
}

guint
asynclit_task_registry_cleanup (AsyncLitTaskRegistry *self)
{
  AsyncLitEndedTasks removed;
  guint n;

  asynclit_task_registry_lock (self);
  n = asynclit_task_registry_trim_locked (self, G_MAXUINT);
  removed = asynclit_task_registry_take_removed_locked (self, 0);
  asynclit_task_registry_unlock (self);
  asynclit_ended_tasks_unregister (&removed);
  return n;
}

static gboolean
registry_remove_locked (AsyncLitTaskRegistry *self, guint64 serial)
{
  AsyncLitTask *known = asynclit_task_table_lookup (&self->tasks, serial);
  AsyncLitTask *task = known;
  gpointer name;

  asynclit_assert_locked (&self->lock);
  /* A task with a name may have been removed from the table. */
  if (known == NULL)
    {
      if (!g_hash_table_lookup_extended (self->named, &serial, &name, NULL))
        return FALSE;
      task = asynclit_task_from_serial (name);
    }
  if (!asynclit_task_get_done (task)
      || (known != NULL && !asynclit_ended_tasks_remove (&self->ended, task)))
    return FALSE;
  asynclit_task_registry_drop_names_locked (self, task);
  if (known != NULL)
    asynclit_task_registry_forget_locked (self, task);
  return TRUE;
}

gboolean
asynclit_task_registry_remove (AsyncLitTaskRegistry *self, guint64 serial)
{
  gboolean removed;

  asynclit_task_registry_lock (self);
  removed = registry_remove_locked (self, serial);
  self->n_borrowers++;
  asynclit_task_registry_unlock (self);
  asynclit_task_registry_end_borrow (self);
  return removed;
}

guint
asynclit_task_registry_get_max_completed (AsyncLitTaskRegistry *self)
{
  guint max_completed;

  asynclit_task_registry_lock (self);
  max_completed = self->max_completed;
  asynclit_task_registry_unlock (self);
  return max_completed;
}

void
asynclit_task_registry_set_max_completed (AsyncLitTaskRegistry *self, guint max_completed)
{
  asynclit_task_registry_lock (self);
  self->max_completed = max_completed;
  asynclit_task_registry_unlock (self);
}

/* Removes those that are recorded as new, because they have yet to be published. */
static void
registry_leave_out_new_locked (AsyncLitTaskRegistry *self, GPtrArray *tasks)
{
  g_autoptr (GHashTable) new = g_hash_table_new (g_int64_hash, g_int64_equal);

  asynclit_assert_locked (&self->lock);
  for (guint i = 0; i < self->changes->len; i++)
    {
      AsyncLitTaskChange *change = &g_array_index (self->changes, AsyncLitTaskChange, i);

      if (change->kind == ASYNCLIT_TASK_ADDED)
        g_hash_table_add (new, &change->serial);
    }
  for (guint i = tasks->len; i > 0; i--)
    if (g_hash_table_contains (new, &((AsyncLitTask *) tasks->pdata[i - 1])->serial))
      g_ptr_array_remove_index_fast (tasks, i - 1);
}

static GPtrArray *
registry_watch (AsyncLitTaskRegistry *self, gboolean only_first)
{
  g_autoptr (GPtrArray) all = NULL;
  GPtrArray *tasks;

  asynclit_task_registry_lock (self);
  if (self->changes != NULL && only_first)
    {
      asynclit_task_registry_unlock (self);
      return NULL;
    }
  if (self->changes == NULL)
    self->changes = g_array_new (FALSE, FALSE, sizeof (AsyncLitTaskChange));
  g_atomic_int_set (&self->is_watched, TRUE);
  all = registry_collect_locked (self);
  registry_leave_out_new_locked (self, all);
  self->n_borrowers++;
  asynclit_task_registry_unlock (self);
  tasks = asynclit_task_select (all, ASYNCLIT_TASK_FILTER_ALL, NULL);
  asynclit_task_registry_end_borrow (self);
  return tasks;
}

GPtrArray *
asynclit_task_registry_watch (AsyncLitTaskRegistry *self)
{
  return registry_watch (self, FALSE);
}

GPtrArray *
asynclit_task_registry_begin_watch (AsyncLitTaskRegistry *self)
{
  return registry_watch (self, TRUE);
}

gboolean
asynclit_task_registry_is_watched (AsyncLitTaskRegistry *self)
{
  return g_atomic_int_get (&self->is_watched);
}

GArray *
asynclit_task_registry_take_changes (AsyncLitTaskRegistry *self)
{
  GArray *changes = g_array_new (FALSE, FALSE, sizeof (AsyncLitTaskChange));
  GArray *taken;

  asynclit_task_registry_lock (self);
  taken = self->changes;
  self->changes = changes;
  asynclit_task_registry_unlock (self);
  return taken;
}
