/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The public functions that count the tasks of a manager, and their progress. */

#include "config.h"

#include "asynclit-task-manager-private.h"

/**
 * asynclit_task_manager_get_fraction:
 * @self: a manager
 *
 * Gets the share of the manager's tasks that is done.
 *
 * May be called from any thread.
 *
 * Returns: the fraction, from 0 to 1; -1 before the first task
 * Since: 1.0
 */
double
asynclit_task_manager_get_fraction (AsyncLitTaskManager *self)
{
  g_return_val_if_fail (ASYNCLIT_IS_TASK_MANAGER (self), -1);

  return asynclit_task_registry_get_fraction (self->registry);
}

/**
 * asynclit_task_manager_get_remaining:
 * @self: a manager
 *
 * Gets an estimate of the time until all tasks of the manager end.
 *
 * May be called from any thread.
 *
 * Returns: the time in seconds; -1 if it is unknown; 0 if no task is live
 * Since: 1.0
 */
double
asynclit_task_manager_get_remaining (AsyncLitTaskManager *self)
{
  g_return_val_if_fail (ASYNCLIT_IS_TASK_MANAGER (self), -1);

  return asynclit_task_registry_get_remaining (self->registry);
}

/**
 * asynclit_task_manager_get_n_live:
 * @self: a manager
 *
 * Gets how many tasks of the manager are live: submitted, and not ended.
 *
 * May be called from any thread.
 *
 * Returns: the number
 * Since: 1.0
 */
guint
asynclit_task_manager_get_n_live (AsyncLitTaskManager *self)
{
  AsyncLitTaskCounts counts;

  g_return_val_if_fail (ASYNCLIT_IS_TASK_MANAGER (self), 0);

  asynclit_task_registry_count (self->registry, &counts);
  return counts.n_live;
}

/**
 * asynclit_task_manager_get_n_running:
 * @self: a manager
 *
 * Gets how many tasks of the manager are running.
 *
 * This function examines each live task.
 *
 * May be called from any thread.
 *
 * Returns: the number
 * Since: 1.0
 */
guint
asynclit_task_manager_get_n_running (AsyncLitTaskManager *self)
{
  g_return_val_if_fail (ASYNCLIT_IS_TASK_MANAGER (self), 0);

  return asynclit_task_registry_count_running (self->registry);
}

/**
 * asynclit_task_manager_get_n_waiting:
 * @self: a manager
 *
 * Gets how many live tasks of the manager are not running: they wait for a gate, an executor or a
 * retry.
 *
 * This function examines each live task.
 *
 * May be called from any thread.
 *
 * Returns: the number
 * Since: 1.0
 */
guint
asynclit_task_manager_get_n_waiting (AsyncLitTaskManager *self)
{
  AsyncLitTaskCounts counts;
  guint running;

  g_return_val_if_fail (ASYNCLIT_IS_TASK_MANAGER (self), 0);

  running = asynclit_task_registry_count_running (self->registry);
  asynclit_task_registry_count (self->registry, &counts);
  return counts.n_live > running ? counts.n_live - running : 0;
}

/**
 * asynclit_task_manager_get_n_done:
 * @self: a manager
 *
 * Gets how many tasks of the manager have ended with a result, since the manager was
 * created.
 *
 * May be called from any thread.
 *
 * Returns: the number
 * Since: 1.0
 */
guint64
asynclit_task_manager_get_n_done (AsyncLitTaskManager *self)
{
  AsyncLitTaskCounts counts;

  g_return_val_if_fail (ASYNCLIT_IS_TASK_MANAGER (self), 0);

  asynclit_task_registry_count (self->registry, &counts);
  return counts.n_done;
}

/**
 * asynclit_task_manager_get_n_failed:
 * @self: a manager
 *
 * Gets how many tasks of the manager have failed, since the manager was created.
 *
 * May be called from any thread.
 *
 * Returns: the number
 * Since: 1.0
 */
guint64
asynclit_task_manager_get_n_failed (AsyncLitTaskManager *self)
{
  AsyncLitTaskCounts counts;

  g_return_val_if_fail (ASYNCLIT_IS_TASK_MANAGER (self), 0);

  asynclit_task_registry_count (self->registry, &counts);
  return counts.n_failed;
}

/**
 * asynclit_task_manager_get_n_cancelled:
 * @self: a manager
 *
 * Gets how many tasks of the manager were cancelled, since the manager was created.
 *
 * May be called from any thread.
 *
 * Returns: the number
 * Since: 1.0
 */
guint64
asynclit_task_manager_get_n_cancelled (AsyncLitTaskManager *self)
{
  AsyncLitTaskCounts counts;

  g_return_val_if_fail (ASYNCLIT_IS_TASK_MANAGER (self), 0);

  asynclit_task_registry_count (self->registry, &counts);
  return counts.n_cancelled;
}

/**
 * asynclit_task_manager_get_n_retried:
 * @self: a manager
 *
 * Gets how many attempts have failed and led to another attempt, since the manager was created.
 *
 * May be called from any thread.
 *
 * Returns: the number
 * Since: 1.0
 */
guint64
asynclit_task_manager_get_n_retried (AsyncLitTaskManager *self)
{
  AsyncLitTaskCounts counts;

  g_return_val_if_fail (ASYNCLIT_IS_TASK_MANAGER (self), 0);

  asynclit_task_registry_count (self->registry, &counts);
  return counts.n_retried;
}
