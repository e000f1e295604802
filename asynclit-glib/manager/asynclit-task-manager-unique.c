/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Submits tasks of which there is to be only one with a key. */

#include "config.h"

#include "asynclit-check-private.h"
#include "asynclit-enum-types.h"
#include "asynclit-task-manager-private.h"

static AsyncLitUniqueKeys *
task_manager_ensure_unique_keys (AsyncLitTaskManager *self)
{
  AsyncLitUniqueKeys *fresh = asynclit_unique_keys_new ();
  AsyncLitUniqueKeys *keys;

  asynclit_lock (&self->limits_lock);
  if (self->unique_keys == NULL)
    self->unique_keys = g_steal_pointer (&fresh);
  keys = self->unique_keys;
  asynclit_unlock (&self->limits_lock);
  g_clear_pointer (&fresh, asynclit_unique_keys_unref);
  return keys;
}

/* They stay until the manager goes. */
static AsyncLitUniqueKeys *
task_manager_get_unique_keys (AsyncLitTaskManager *self)
{
  AsyncLitUniqueKeys *keys;

  asynclit_lock (&self->limits_lock);
  keys = self->unique_keys;
  asynclit_unlock (&self->limits_lock);
  return keys != NULL ? keys : task_manager_ensure_unique_keys (self);
}

#define CHECK_UNIQUE(self, task, key, unique)                                                      \
  g_return_val_if_fail (ASYNCLIT_IS_TASK_MANAGER (self), NULL);                                    \
  g_return_val_if_fail (ASYNCLIT_IS_TASK (task), NULL);                                            \
  g_return_val_if_fail (!asynclit_task_is_submitted (task), NULL);                                 \
  g_return_val_if_fail ((key) != NULL && *(key) != '\0', NULL);                                    \
  g_return_val_if_fail (asynclit_enum_has_value (ASYNCLIT_TYPE_UNIQUE, (int) (unique)), NULL)

/**
 * asynclit_task_manager_submit_unique:
 * @self: a manager
 * @task: a task that was created with [ctor@Task.new] and has not been submitted
 * @key: a key, which must not be empty
 * @unique: what to do if a live task of the manager has the key
 *
 * Submits a task, unless there is one with the same key already.
 *
 * A task has its key until it ends. If no live task of the manager has the key, this is the same as
 * [method@TaskManager.submit_task]. Otherwise:
 *
 * - With %ASYNCLIT_UNIQUE_KEEP, the live task is returned, and @task is cancelled without having
 *   been submitted.
 * - With %ASYNCLIT_UNIQUE_REPLACE, the live task is cancelled. @task waits until it has ended, so
 *   that at most one of them runs at a time. That takes until the function returns, unless the task
 *   has [property@Task:abandon-on-cancel].
 * - With %ASYNCLIT_UNIQUE_APPEND, @task depends on the live task as with
 *   [method@Task.add_dependency]. If several have the key, it depends on the one that was
 *   submitted last.
 *
 * If several threads do this at the same time, they have an effect as if they did it one after
 * another. Keys of different managers have nothing to do with each other. A task without a function
 * does not wait, see [method@TaskManager.submit_task].
 *
 * May be called from any thread.
 *
 * Returns: (transfer full): the task that has the key now: @task, or the one that is kept
 * Since: 1.0
 */
AsyncLitTask *
asynclit_task_manager_submit_unique (AsyncLitTaskManager *self, AsyncLitTask *task, const char *key,
                                     AsyncLitUnique unique)
{
  AsyncLitTask *kept;

  CHECK_UNIQUE (self, task, key, unique);

  kept = asynclit_task_manager_claim_key (self, task, key, unique);
  if (kept != NULL)
    return kept;
  asynclit_task_manager_submit_task (self, task);
  return g_object_ref (task);
}

/**
 * asynclit_task_manager_claim_key:
 * @self: a manager
 * @task: a task that was created with [ctor@Task.new] and has not been submitted
 * @key: a key, which must not be empty
 * @unique: what to do if a live task of the manager has the key
 *
 * Does what [method@TaskManager.submit_unique] does before it submits the task.
 *
 * For language bindings, which submit the task with [method@TaskManager.queue_task] if this returns
 * %NULL. It has the key from now on.
 *
 * May be called from any thread.
 *
 * Returns: (transfer full) (nullable): the live task that keeps the key, and @task is cancelled;
 *   or %NULL
 * Since: 1.0
 */
AsyncLitTask *
asynclit_task_manager_claim_key (AsyncLitTaskManager *self, AsyncLitTask *task, const char *key,
                                 AsyncLitUnique unique)
{
  CHECK_UNIQUE (self, task, key, unique);

  return asynclit_unique_keys_claim (task_manager_get_unique_keys (self), task, key, unique);
}
