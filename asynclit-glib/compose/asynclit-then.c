/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A task that follows another. */

#include "config.h"

#include "asynclit-run.h"
#include "asynclit-task-gates.h"
#include "asynclit-task-private.h"
#include "asynclit-task-registry-private.h"
#include "asynclit-then.h"

/**
 * asynclit_task_get_manager:
 * @self: a task
 *
 * Gets the manager to which the task was submitted.
 *
 * May be called from any thread.
 *
 * Returns: (transfer full) (nullable): the manager; %NULL if the task was not submitted, or if the
 *   manager has been finalized
 * Since: 1.0
 */
AsyncLitTaskManager *
asynclit_task_get_manager (AsyncLitTask *self)
{
  g_return_val_if_fail (ASYNCLIT_IS_TASK (self), NULL);

  if (!asynclit_task_is_submitted (self))
    return NULL;
  return asynclit_task_registry_dup_manager (self->registry);
}

/* Takes ownership of the task. */
static AsyncLitTask *
task_follow (AsyncLitTask *self, AsyncLitTask *former)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_get_manager (former);

  asynclit_task_add_dependency (self, former);
  asynclit_task_manager_submit_task (manager != NULL ? manager : asynclit_get_default_manager (),
                                     self);
  return self;
}

/**
 * asynclit_task_then: (skip)
 * @self: a task
 * @func: the function that does the work
 * @user_data: data for @func
 * @destroy: (nullable): frees @user_data, in the owner's context
 *
 * Runs a function in the thread pool after the task is done.
 *
 * This is short for [method@Task.add_dependency] and [method@TaskManager.submit_task]. The function
 * can read the result of the former task:
 *
 * ```c
 * static void
 * parse (AsyncLitTask *task, GCancellable *cancellable, gpointer user_data)
 * {
 *   g_autoptr (AsyncLitTask) former = asynclit_task_get_dependency (task, 0);
 *   const GValue *text = asynclit_task_get_result (former, NULL);
 *   …
 * }
 * ```
 *
 * If the former task fails or is cancelled, the new one fails with %ASYNCLIT_ERROR_DEPENDENCY, and
 * @func is not called. Cancelling the new task does not cancel the former one.
 *
 * The new task is submitted to the manager of @self; if @self has none, to the default manager. If
 * the manager is closed, the new task fails with %ASYNCLIT_ERROR_CLOSED. To run the function
 * elsewhere, or to set anything else, create the task with [ctor@Task.new].
 *
 * May be called from any thread.
 *
 * Returns: (transfer full): the new task
 * Since: 1.0
 */
AsyncLitTask *
asynclit_task_then (AsyncLitTask *self, AsyncLitTaskFunc func, gpointer user_data,
                    GDestroyNotify destroy)
{
  AsyncLitTask *task;

  g_return_val_if_fail (ASYNCLIT_IS_TASK (self), NULL);
  g_return_val_if_fail (func != NULL, NULL);

  task = asynclit_task_new ();
  asynclit_task_set_func (task, func, user_data, destroy);
  return task_follow (task, self);
}

/**
 * asynclit_task_then_closure:
 * @self: a task
 * @closure: the function that does the work, which receives the task and its
 *   [class@Gio.Cancellable]
 *
 * Runs a function in the thread pool after the task is done; see [method@Task.add_dependency].
 *
 * For language bindings. The closure must be able to run in any thread. The name differs from that
 * in C, because in JavaScript an object that has a method `then()` counts as a promise.
 *
 * Returns: (transfer full): the new task
 * Since: 1.0
 */
AsyncLitTask *
asynclit_task_then_closure (AsyncLitTask *self, GClosure *closure)
{
  AsyncLitTask *task;

  g_return_val_if_fail (ASYNCLIT_IS_TASK (self), NULL);
  g_return_val_if_fail (closure != NULL, NULL);

  task = asynclit_task_new ();
  asynclit_task_set_closure (task, closure);
  return task_follow (task, self);
}
