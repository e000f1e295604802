/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Language bindings have a lock of their own. To prevent deadlocks with it, no reference to a task
 * is taken or dropped under the registry's lock. A thread that needs a reference *borrows* under
 * the lock: as long as any thread borrows, removed tasks are kept aside. */

#include "config.h"

#include "asynclit-init-private.h"
#include "asynclit-task-registry-types-private.h"

static AsyncLitLock fork_lock; /* guards the reset of registries in the child of a fork */

static GHashTable *
new_aliases (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

static GHashTable *
new_named (void)
{
  return g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL,
                                (GDestroyNotify) g_hash_table_unref);
}

static void
forget_fork_lock (void)
{
  fork_lock = (AsyncLitLock){ 0 };
}

void
asynclit_task_registry_reset (AsyncLitTaskRegistry *self)
{
  asynclit_lock (&fork_lock);
  if (self->generation != asynclit_get_generation ())
    {
      self->lock = (AsyncLitLock){ 0 };
      self->tasks = (AsyncLitTaskTable){ 0 };
      self->aliases = new_aliases ();
      self->named = new_named ();
      self->ended = self->removed = (AsyncLitEndedTasks){ 0 };
      self->shares = (AsyncLitTaskShares){ 0 };
      self->n_in_context = self->n_borrowers = 0;
      self->n_waiting = self->n_suspended = 0;
      self->replaced = NULL;
      self->changes = NULL;
      g_queue_init (&self->events);
      self->idle_waiters = NULL;
      self->is_aging = self->ageing_is_set = FALSE;
      self->is_watched = FALSE;
      self->watcher = NULL;
      g_cond_init (&self->idle);
      __atomic_store_n (&self->generation, asynclit_get_generation (), __ATOMIC_RELEASE);
    }
  asynclit_unlock (&fork_lock);
}

void
asynclit_task_registry_end_borrow (AsyncLitTaskRegistry *self)
{
  AsyncLitEndedTasks removed;
  GSList *replaced = NULL;

  asynclit_task_registry_lock (self);
  g_assert (self->n_borrowers > 0);
  self->n_borrowers--;
  removed = asynclit_task_registry_take_removed_locked (self, 0);
  if (self->n_borrowers == 0)
    replaced = g_steal_pointer (&self->replaced);
  asynclit_task_registry_unlock (self);
  asynclit_ended_tasks_unregister (&removed);
  g_slist_free_full (replaced, (GDestroyNotify) asynclit_task_return_ref);
}

void
asynclit_task_registry_unref (gpointer data)
{
  AsyncLitTaskRegistry *self = data;

  asynclit_tsan_release (self);
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  asynclit_tsan_acquire (self);
  g_weak_ref_clear (&self->manager);
  g_hash_table_unref (self->named);
  g_hash_table_unref (self->aliases);
  asynclit_task_table_clear (&self->tasks);
  g_clear_pointer (&self->changes, g_array_unref);
  g_cond_clear (&self->idle);
  asynclit_lock_clear (&self->lock);
  g_free (self);
}

void
asynclit_task_registry_set_manager (AsyncLitTaskRegistry *self, gpointer manager)
{
  g_weak_ref_init (&self->manager, manager);
}

gpointer
asynclit_task_registry_dup_manager (AsyncLitTaskRegistry *self)
{
  return g_weak_ref_get (&self->manager);
}

AsyncLitTaskRegistry *
asynclit_task_registry_create (AsyncLitNotification *watcher, guint max_completed)
{
  static gsize registered = 0;
  AsyncLitTaskRegistry *self = g_new0 (AsyncLitTaskRegistry, 1);

  g_assert (watcher != NULL);
  if (asynclit_once_enter (&registered))
    {
      asynclit_on_fork (forget_fork_lock);
      asynclit_once_leave (&registered, 1);
    }
  g_atomic_ref_count_init (&self->ref_count);
  self->generation = asynclit_get_generation ();
  self->max_completed = max_completed;
  self->aliases = new_aliases ();
  self->named = new_named ();
  self->watcher = watcher;
  g_cond_init (&self->idle);
  return self;
}
