/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The functions that submit tasks. They differ in the kind of work, and in where it runs. */

#include "config.h"

#include "asynclit-error.h"
#include "asynclit-program-private.h"
#include "asynclit-resident-private.h"
#include "asynclit-retry-policy-private.h"
#include "asynclit-subprocess-private.h"
#include "asynclit-task-driver-private.h"
#include "asynclit-task-id-private.h"
#include "asynclit-task-manager-private.h"
#include "asynclit-task-times-private.h"
#include "asynclit-thread-bound-private.h"

#include <glib/gi18n-lib.h>

static void
task_fail (AsyncLitTask *task, int code, const char *message)
{
  asynclit_task_return_error (task, g_error_new_literal (ASYNCLIT_ERROR, code, message));
}

/* Whether the task would call a function that can't be called on another thread. */
static gboolean
task_is_thread_bound (AsyncLitTask *task)
{
  AsyncLitRetryPolicy *retry = asynclit_task_peek_retry_policy (task);

  return asynclit_is_thread_bound (task->user_data, task->destroy)
         || (retry != NULL && asynclit_retry_policy_is_thread_bound (retry));
}

/* FALSE if the manager is closed, or the task can't run. */
static gboolean
task_manager_submit_bound (AsyncLitTaskManager *self, AsyncLitTask *task)
{
  if (task->executor != ASYNCLIT_EXECUTOR_CONTEXT && task_is_thread_bound (task))
    {
      task_fail (task, ASYNCLIT_ERROR_WRONG_THREAD,
                 _ ("A function written in JavaScript can only run in the main context; "
                    "it was submitted to run in another thread"));
      return FALSE;
    }
  asynclit_task_manager_look_for_listeners (self);
  if (G_UNLIKELY (g_atomic_int_get (&self->has_limits)))
    asynclit_task_manager_limit_task (self, task);
  if (G_UNLIKELY (g_atomic_int_get (&asynclit_task_deadlines_are_used)))
    asynclit_task_inherit_from_caller (task);
  if (asynclit_task_registry_submit (self->registry, task))
    return TRUE;
  task_fail (task, ASYNCLIT_ERROR_CLOSED, _ ("The task manager is closed and accepts no tasks"));
  return FALSE;
}

static gboolean
task_manager_submit (AsyncLitTaskManager *self, AsyncLitTask *task)
{
  if (task->executor == ASYNCLIT_EXECUTOR_CONTEXT)
    asynclit_task_driver_set_own_context (task);
  return task_manager_submit_bound (self, task);
}

/* For a task that was created some time ago. */
static void
task_note_order (AsyncLitTask *task)
{
  asynclit_bit_lock (&task->lock);
  asynclit_task_get_cold_locked (task)->order = asynclit_task_serial_new ();
  asynclit_bit_unlock (&task->lock);
}

static gboolean
task_manager_submit_made (AsyncLitTaskManager *self, AsyncLitTask *task)
{
  task_note_order (task);
  return task_manager_submit (self, task);
}

gboolean
asynclit_task_manager_submit_for (AsyncLitTaskManager *self, AsyncLitTask *task,
                                  AsyncLitContextExecutor *context)
{
  if (task->func == NULL)
    asynclit_task_state_set_flags (&task->state, ASYNCLIT_STATE_EXTERNALLY_RUN);
  if (task->executor == ASYNCLIT_EXECUTOR_CONTEXT)
    asynclit_task_driver_set_context (task, context);
  return task_manager_submit_bound (self, task) && !asynclit_task_get_done (task);
}

static AsyncLitTask *
task_manager_submit_func (AsyncLitTaskManager *self, AsyncLitExecutor executor,
                          AsyncLitRetryPolicy *retry, AsyncLitTaskFunc func, gpointer user_data,
                          GDestroyNotify destroy)
{
  AsyncLitTask *task;

  asynclit_keep_loaded ((gpointer) (gsize) func);
  task = asynclit_task_new ();
  task->executor = executor;
  task->func = func;
  task->user_data = user_data;
  task->destroy = destroy;
  if (retry != NULL)
    asynclit_task_set_retry_policy (task, retry);
  task_manager_submit (self, task);
  return task;
}

static AsyncLitTask *
task_manager_submit_closure (AsyncLitTaskManager *self, AsyncLitExecutor executor,
                             AsyncLitRetryPolicy *retry, GClosure *closure)
{
  AsyncLitTask *task;

  task = asynclit_task_new ();
  task->executor = executor;
  asynclit_task_set_closure (task, closure);
  if (retry != NULL)
    asynclit_task_set_retry_policy (task, retry);
  task_manager_submit (self, task);
  return task;
}

/* Takes ownership of the settings. */
static AsyncLitTask *
task_manager_submit_settings (AsyncLitTaskManager *self, AsyncLitRetryPolicy *retry,
                              AsyncLitProgramSettings *settings)
{
  GError *error = NULL;
  AsyncLitTask *task;

  if (asynclit_program_settings_check (settings, &error))
    return task_manager_submit_func (self, ASYNCLIT_EXECUTOR_WORKER, retry, asynclit_subprocess_run,
                                     settings, (GDestroyNotify) asynclit_program_settings_free);
  asynclit_program_settings_free (settings);
  task = asynclit_task_new ();
  asynclit_task_return_error (task, error);
  return task;
}

#define CHECK_SUBMIT(self, retry, func)                                                            \
  g_return_val_if_fail (ASYNCLIT_IS_TASK_MANAGER (self), NULL);                                    \
  g_return_val_if_fail ((retry) == NULL || ASYNCLIT_IS_RETRY_POLICY (retry), NULL);                \
  g_return_val_if_fail ((func) != NULL, NULL)

/**
 * asynclit_task_manager_submit: (skip)
 * @self: a manager
 * @retry: (nullable): the retry policy; %NULL for no retries
 * @func: the function that does the work
 * @user_data: data for @func
 * @destroy: (nullable): frees @user_data, in the owner's context
 *
 * Submits a function to the thread pool.
 *
 * @func may block. If it waits for other tasks of the pool, the pool starts another thread for the
 * duration of the wait. If the manager is closed, the returned task has failed with
 * %ASYNCLIT_ERROR_CLOSED.
 *
 * None of the functions that submit a task calls any code of the caller before it returns, not even
 * the [callback@GLib.DestroyNotify] of another task. The caller may therefore hold a lock that such
 * code takes.
 *
 * May be called from any thread.
 *
 * Returns: (transfer full): the new task
 * Since: 1.0
 */
AsyncLitTask *
asynclit_task_manager_submit (AsyncLitTaskManager *self, AsyncLitRetryPolicy *retry,
                              AsyncLitTaskFunc func, gpointer user_data, GDestroyNotify destroy)
{
  CHECK_SUBMIT (self, retry, func);

  return task_manager_submit_func (self, ASYNCLIT_EXECUTOR_THREAD_POOL, retry, func, user_data,
                                   destroy);
}

/**
 * asynclit_task_manager_submit_closure: (rename-to asynclit_task_manager_submit)
 * @self: a manager
 * @retry: (nullable): the retry policy; %NULL for no retries
 * @closure: the function that does the work, which receives the task and its
 *   [class@Gio.Cancellable]
 *
 * Submits a function to the thread pool.
 *
 * For language bindings. The closure must be able to run in any thread.
 *
 * See [callback@TaskFunc].
 *
 * Returns: (transfer full): the new task
 * Since: 1.0
 */
AsyncLitTask *
asynclit_task_manager_submit_closure (AsyncLitTaskManager *self, AsyncLitRetryPolicy *retry,
                                      GClosure *closure)
{
  CHECK_SUBMIT (self, retry, closure);

  return task_manager_submit_closure (self, ASYNCLIT_EXECUTOR_THREAD_POOL, retry, closure);
}

/**
 * asynclit_task_manager_submit_async: (skip)
 * @self: a manager
 * @retry: (nullable): the retry policy; %NULL for no retries
 * @func: the function that starts the work
 * @user_data: data for @func
 * @destroy: (nullable): frees @user_data, in the owner's context
 *
 * Submits a function to the library's worker thread.
 *
 * The worker iterates a main context, which is its thread-default context. Asynchronous operations
 * that @func starts call back on the worker, and one of these callbacks settles the task. Neither
 * @func nor the callbacks may block. If the manager is closed, the returned task has failed with
 * %ASYNCLIT_ERROR_CLOSED.
 *
 * May be called from any thread.
 *
 * Returns: (transfer full): the new task
 * Since: 1.0
 */
AsyncLitTask *
asynclit_task_manager_submit_async (AsyncLitTaskManager *self, AsyncLitRetryPolicy *retry,
                                    AsyncLitTaskFunc func, gpointer user_data,
                                    GDestroyNotify destroy)
{
  CHECK_SUBMIT (self, retry, func);

  return task_manager_submit_func (self, ASYNCLIT_EXECUTOR_WORKER, retry, func, user_data, destroy);
}

/**
 * asynclit_task_manager_submit_async_closure: (rename-to asynclit_task_manager_submit_async)
 * @self: a manager
 * @retry: (nullable): the retry policy; %NULL for no retries
 * @closure: the function that starts the work, which receives the task and its
 *   [class@Gio.Cancellable]
 *
 * Submits a function to the library's worker thread.
 *
 * For language bindings. The closure must be able to run in any thread.
 *
 * See [callback@TaskFunc].
 *
 * Returns: (transfer full): the new task
 * Since: 1.0
 */
AsyncLitTask *
asynclit_task_manager_submit_async_closure (AsyncLitTaskManager *self, AsyncLitRetryPolicy *retry,
                                            GClosure *closure)
{
  CHECK_SUBMIT (self, retry, closure);

  return task_manager_submit_closure (self, ASYNCLIT_EXECUTOR_WORKER, retry, closure);
}

/**
 * asynclit_task_manager_submit_in_context: (skip)
 * @self: a manager
 * @retry: (nullable): the retry policy; %NULL for no retries
 * @func: the function that does the work
 * @user_data: data for @func
 * @destroy: (nullable): frees @user_data, in the owner's context
 *
 * Submits a function to the thread-default main context of the caller, which calls it when it is
 * idle.
 *
 * Use this for short work on data that belongs to that thread, and for languages whose functions
 * can't run on another thread. If the context is destroyed first, the task fails with
 * %ASYNCLIT_ERROR_CONTEXT_GONE. If the manager is closed, the returned task has failed with
 * %ASYNCLIT_ERROR_CLOSED.
 *
 * May be called from any thread.
 *
 * Returns: (transfer full): the new task
 * Since: 1.0
 */
AsyncLitTask *
asynclit_task_manager_submit_in_context (AsyncLitTaskManager *self, AsyncLitRetryPolicy *retry,
                                         AsyncLitTaskFunc func, gpointer user_data,
                                         GDestroyNotify destroy)
{
  CHECK_SUBMIT (self, retry, func);

  return task_manager_submit_func (self, ASYNCLIT_EXECUTOR_CONTEXT, retry, func, user_data,
                                   destroy);
}

/**
 * asynclit_task_manager_submit_in_context_closure: (rename-to asynclit_task_manager_submit_in_context)
 * @self: a manager
 * @retry: (nullable): the retry policy; %NULL for no retries
 * @closure: the function that does the work, which receives the task and its
 *   [class@Gio.Cancellable]
 *
 * Submits a function to the thread-default main context of the caller.
 *
 * For language bindings.
 *
 * See [callback@TaskFunc].
 *
 * Returns: (transfer full): the new task
 * Since: 1.0
 */
AsyncLitTask *
asynclit_task_manager_submit_in_context_closure (AsyncLitTaskManager *self,
                                                 AsyncLitRetryPolicy *retry, GClosure *closure)
{
  CHECK_SUBMIT (self, retry, closure);

  return task_manager_submit_closure (self, ASYNCLIT_EXECUTOR_CONTEXT, retry, closure);
}

/**
 * asynclit_task_manager_submit_subprocess:
 * @self: a manager
 * @retry: (nullable): the retry policy; %NULL for no retries
 * @argv: (array zero-terminated=1) (element-type filename): the program, which is searched for in
 *   `PATH`, and its arguments
 *
 * Runs a program as a task.
 *
 * Each line that the program writes to its standard output is a progress value of type
 * %G_TYPE_STRING, without the end of the line. Invalid UTF-8 is replaced, and a line of 64 KiB or
 * more is split. A line ends with a newline, with a carriage return and a newline, or with a
 * carriage return alone. The result is the exit status 0, of type %G_TYPE_INT64. If the task is
 * cancelled, the program receives SIGTERM, and SIGKILL five seconds later. If it is a shell, so do
 * the programs that it has started; see [enum@ProcessGroup].
 *
 * The program gets the current environment and an empty standard input, and starts with no signals
 * blocked. [method@TaskManager.submit_program] runs a program with other settings.
 * [Programs](programs.html) has more details.
 *
 * If the program can't be started, the task fails with an error in the domain %G_SPAWN_ERROR. If
 * its exit status is not 0, the task fails with an error in the domain %G_SPAWN_EXIT_ERROR whose
 * code is the status. If it is killed by a signal, the task fails with %G_SPAWN_ERROR_FAILED. The
 * messages of the latter two errors contain the last part of the standard error. If @argv or its
 * first element is empty, the task fails with %ASYNCLIT_ERROR_INVALID_ARGUMENT. If the manager is
 * closed, it fails with %ASYNCLIT_ERROR_CLOSED.
 *
 * May be called from any thread.
 *
 * Returns: (transfer full): the new task
 * Since: 1.0
 */
AsyncLitTask *
asynclit_task_manager_submit_subprocess (AsyncLitTaskManager *self, AsyncLitRetryPolicy *retry,
                                         const char *const *argv)
{
  CHECK_SUBMIT (self, retry, argv);

  return task_manager_submit_settings (self, retry, asynclit_program_settings_new (argv));
}

/**
 * asynclit_task_manager_submit_program:
 * @self: a manager
 * @retry: (nullable): the retry policy; %NULL for no retries
 * @program: the program
 *
 * Runs a program as a task, with the settings of @program.
 *
 * This is like [method@TaskManager.submit_subprocess], but the program can have, for example, its
 * own environment, working directory and input, and its output can be the result.
 *
 * The task uses a copy of the settings, so later changes to @program only affect later tasks.
 *
 * May be called from any thread, but by one thread at a time for the same @program.
 *
 * Returns: (transfer full): the new task
 * Since: 1.0
 */
AsyncLitTask *
asynclit_task_manager_submit_program (AsyncLitTaskManager *self, AsyncLitRetryPolicy *retry,
                                      AsyncLitProgram *program)
{
  CHECK_SUBMIT (self, retry, program);
  g_return_val_if_fail (ASYNCLIT_IS_PROGRAM (program), NULL);

  return task_manager_submit_settings (self, retry, asynclit_program_copy_settings (program));
}

/**
 * asynclit_task_manager_submit_task:
 * @self: a manager
 * @task: a task that was created with [ctor@Task.new] and has not been submitted
 *
 * Submits a task that was configured before.
 *
 * The owner of the task is the thread that created it. However, if its executor is
 * %ASYNCLIT_EXECUTOR_CONTEXT, its function runs in the thread-default main context of the caller. A
 * task without a function is running from now on, and the caller completes it; it waits for no
 * dependency, delay or limiter, unlike one that is submitted with [method@TaskManager.queue_task].
 * If the manager is closed, the task fails with %ASYNCLIT_ERROR_CLOSED.
 *
 * May be called from any thread.
 *
 * Since: 1.0
 */
void
asynclit_task_manager_submit_task (AsyncLitTaskManager *self, AsyncLitTask *task)
{
  g_return_if_fail (ASYNCLIT_IS_TASK_MANAGER (self));
  g_return_if_fail (ASYNCLIT_IS_TASK (task));
  g_return_if_fail (!asynclit_task_is_submitted (task));

  task_manager_submit_made (self, task);
}

/**
 * asynclit_task_manager_queue_task:
 * @self: a manager
 * @task: a task that was created with [ctor@Task.new], has no function, and has not been submitted
 *
 * Submits an externally run task: one that is run by the threads of a language binding, for
 * example, or by another event loop.
 *
 * For language bindings.
 *
 * The task is pending until [method@Task.begin] is called, and then running until it is settled. If
 * it is cancelled while it is pending, it ends at once and [method@Task.begin] returns %FALSE. If
 * it is cancelled later, its cancellable is triggered: in the owner's context if the executor of
 * the task is %ASYNCLIT_EXECUTOR_CONTEXT, and otherwise on the worker. With that executor,
 * [method@Task.wait] also refuses to block the owner's thread.
 *
 * If the manager is closed, the task fails with %ASYNCLIT_ERROR_CLOSED.
 *
 * Unlike the other functions that submit a task, this one first releases the data that waits in the
 * caller's main context, if no thread iterates that context. It may therefore call the
 * [callback@GLib.DestroyNotify] of ended tasks. A script that only submits and polls tasks depends
 * on this.
 *
 * May be called from any thread.
 *
 * If the task has to wait, for a place in a limiter for example, this returns %FALSE, and
 * [method@Task.when_ready] says when the task can begin.
 *
 * Returns: %FALSE if the task has already ended, because the manager is closed or the task was
 *   cancelled; or if it must not begin yet
 * Since: 1.0
 */
gboolean
asynclit_task_manager_queue_task (AsyncLitTaskManager *self, AsyncLitTask *task)
{
  g_return_val_if_fail (ASYNCLIT_IS_TASK_MANAGER (self), FALSE);
  g_return_val_if_fail (ASYNCLIT_IS_TASK (task), FALSE);
  g_return_val_if_fail (!asynclit_task_is_submitted (task), FALSE);
  g_return_val_if_fail (task->func == NULL, FALSE);

  asynclit_task_state_set_flags (&task->state, ASYNCLIT_STATE_EXTERNALLY_RUN);
  asynclit_notifier_release_own ();
  return task_manager_submit_made (self, task) && !asynclit_task_get_done (task)
         && !asynclit_task_is_in_gate (task);
}
