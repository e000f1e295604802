/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The ways to submit: they differ in where the work runs, and in what it is. */

#include "config.h"

#include "asynclit-error.h"
#include "asynclit-program-private.h"
#include "asynclit-resident-private.h"
#include "asynclit-retry-policy-private.h"
#include "asynclit-subprocess-private.h"
#include "asynclit-task-driver-private.h"
#include "asynclit-task-id-private.h"
#include "asynclit-task-manager-private.h"
#include "asynclit-thread-bound-private.h"

#include <glib/gi18n-lib.h>

static void
task_fail (AsyncLitTask *task, int code, const char *message)
{
  asynclit_task_return_error (task, g_error_new_literal (ASYNCLIT_ERROR, code, message));
}

/* Whether what the task would call can't be called in another thread. */
static gboolean
task_is_thread_bound (AsyncLitTask *task)
{
  AsyncLitRetryPolicy *retry = asynclit_task_get_retry_policy (task);

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
                 _("A function written in JavaScript can only run in the main context; "
                   "it was submitted to run in another thread"));
      return FALSE;
    }
  asynclit_task_manager_look_for_listeners (self);
  if (asynclit_task_registry_submit (self->registry, task))
    return TRUE;
  task_fail (task, ASYNCLIT_ERROR_CLOSED,
             _("The task manager was closed; it takes no more tasks"));
  return FALSE;
}

static gboolean
task_manager_submit (AsyncLitTaskManager *self, AsyncLitTask *task)
{
  if (task->executor == ASYNCLIT_EXECUTOR_CONTEXT)
    asynclit_task_driver_set_own_context (task);
  return task_manager_submit_bound (self, task);
}

/* For a task that was made some time ago. */
static void
task_note_order (AsyncLitTask *task)
{
  asynclit_bit_lock (&task->lock);
  asynclit_task_get_rare_locked (task)->order = asynclit_task_serial_new ();
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
    asynclit_task_state_set_flags (&task->state, ASYNCLIT_STATE_CREATOR_RUNS);
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

/* Takes the settings over. */
static AsyncLitTask *
task_manager_submit_settings (AsyncLitTaskManager *self, AsyncLitRetryPolicy *retry,
                              AsyncLitProgramSettings *settings)
{
  GError *error = NULL;
  AsyncLitTask *task;

  if (asynclit_program_settings_check (settings, &error))
    return task_manager_submit_func (self, ASYNCLIT_EXECUTOR_WORKER, retry,
                                     asynclit_subprocess_run, settings,
                                     (GDestroyNotify) asynclit_program_settings_free);
  asynclit_program_settings_free (settings);
  task = asynclit_task_new ();
  asynclit_task_return_error (task, error);
  return task;
}

#define CHECK_SUBMIT(self, retry, func)                                                           \
  g_return_val_if_fail (ASYNCLIT_IS_TASK_MANAGER (self), NULL);                                   \
  g_return_val_if_fail ((retry) == NULL || ASYNCLIT_IS_RETRY_POLICY (retry), NULL);               \
  g_return_val_if_fail ((func) != NULL, NULL)

/**
 * asynclit_task_manager_submit: (skip)
 * @self: a manager
 * @retry: (nullable): when to try again; %NULL never
 * @func: the work
 * @user_data: data for @func
 * @destroy: (nullable): frees @user_data, in the owner's context
 *
 * Has @func called in a thread of the library's pool.
 *
 * @func may block. If it waits for other tasks of the pool, the pool makes up for the thread. If
 * the manager is closed, the task that is returned has failed with %ASYNCLIT_ERROR_CLOSED.
 *
 * None of the functions that submit calls any code of the caller's before it returns, also no
 * [callback@GLib.DestroyNotify] of another task. So the caller may hold a lock that such code
 * takes.
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
 * @retry: (nullable): when to try again; %NULL never
 * @closure: the work: called with the task and its [class@Gio.Cancellable]
 *
 * Has @closure called in a thread of the library's pool, for language bindings whose functions
 * may run in any thread; see [callback@TaskFunc].
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
 * @retry: (nullable): when to try again; %NULL never
 * @func: the work
 * @user_data: data for @func
 * @destroy: (nullable): frees @user_data, in the owner's context
 *
 * Has @func called on the library's worker thread.
 *
 * The worker iterates a main context, which is the thread-default one there: asynchronous
 * operations that @func starts call back on the worker, and one of those callbacks settles the
 * task. Nothing of it may block. If the manager is closed, the task that is returned has failed
 * with %ASYNCLIT_ERROR_CLOSED.
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
 * @retry: (nullable): when to try again; %NULL never
 * @closure: the work: called with the task and its [class@Gio.Cancellable]
 *
 * Has @closure called on the library's worker thread, for language bindings whose functions may
 * run in any thread; see [callback@TaskFunc].
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
 * @retry: (nullable): when to try again; %NULL never
 * @func: the work
 * @user_data: data for @func
 * @destroy: (nullable): frees @user_data, in the owner's context
 *
 * Has @func called in the thread-default main context of the caller, when it is idle.
 *
 * For short work on what belongs to that thread, and for languages whose functions can't run in
 * another. If the context is destroyed first, the task fails with %ASYNCLIT_ERROR_CONTEXT_GONE;
 * if the manager is closed, the task that is returned has failed with %ASYNCLIT_ERROR_CLOSED.
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
 * @retry: (nullable): when to try again; %NULL never
 * @closure: the work: called with the task and its [class@Gio.Cancellable]
 *
 * Has @closure called in the thread-default main context of the caller, when it is idle; for
 * language bindings; see [callback@TaskFunc].
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
 * @retry: (nullable): when to try again; %NULL never
 * @argv: (array zero-terminated=1) (element-type filename): the program, looked up in `PATH`, and
 *   its arguments
 *
 * Runs a program as a task.
 *
 * Each line that the program writes to its standard output is a progress value, of type
 * %G_TYPE_STRING and without the end of the line; what is not UTF-8 is replaced, and a line of
 * 64 KiB or more comes in pieces. A line ends with a newline, a return and a newline, or a return
 * alone, as of a program that draws its progress over and over. The result is the exit status 0, of
 * type %G_TYPE_INT64. When the task is cancelled the program gets SIGTERM, and five seconds later
 * SIGKILL; if it is a shell, so do the programs that it has started, see [enum@ProcessGroup].
 *
 * The program gets the environment as it is now, reads nothing, and begins without blocked signals.
 * [method@TaskManager.submit_program] runs one with other settings; the page on
 * [programs](programs.html) tells more.
 *
 * Errors: one in the domain %G_SPAWN_ERROR if the program can't be started; one in the domain
 * %G_SPAWN_EXIT_ERROR, with the exit status as its code, if that is not 0, and
 * %G_SPAWN_ERROR_FAILED if the program was killed by a signal, both with the end of what it wrote
 * to its standard error in the message; %ASYNCLIT_ERROR_INVALID_ARGUMENT if @argv or the first
 * element of it is empty; %ASYNCLIT_ERROR_CLOSED if the manager is closed.
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
 * @retry: (nullable): when to try again; %NULL never
 * @program: the program
 *
 * Runs a program as a task, as [method@TaskManager.submit_subprocess] does, but as @program says:
 * with an environment and a folder of its own, with input, with its output as the result.
 *
 * The task has a copy of what was set; later changes to @program are for later tasks.
 *
 * May be called from any thread, but from one at a time with the same @program.
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
 * @task: a task that was made with [ctor@Task.new] and not submitted yet
 *
 * Submits a task that was set up before.
 *
 * Its owner is whoever made it; only if its executor is the owner's context, that is the
 * thread-default main context of the caller of this. A task without a function is registered, and
 * is running then; its creator completes it. If the manager is closed, the task fails with
 * %ASYNCLIT_ERROR_CLOSED.
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
 * @task: a task that was made with [ctor@Task.new], has no function, and was not submitted yet
 *
 * Submits a task that its creator runs, in an executor of its own: a language binding's threads,
 * another library's event loop.
 *
 * The task stays pending until the creator calls [method@Task.begin]; then it is running until the
 * creator settles it. If it is cancelled before it was begun, [method@Task.begin] says so; if
 * afterwards, its cancellable trips: in the owner's context if the task's executor is
 * %ASYNCLIT_EXECUTOR_CONTEXT, otherwise on the worker. With that executor [method@Task.wait]
 * refuses to block the owner's thread, too.
 *
 * If the manager is closed, the task fails with %ASYNCLIT_ERROR_CLOSED.
 *
 * Unlike the other functions that submit, this one releases what waits in the caller's main
 * context to be released, if nobody iterates that: a script that submits and looks never comes for
 * it. So it may call the [callback@GLib.DestroyNotify] of tasks that have ended.
 *
 * May be called from any thread.
 *
 * Returns: %FALSE if the task has ended already, since the manager is closed or the task was
 *   cancelled
 * Since: 1.0
 */
gboolean
asynclit_task_manager_queue_task (AsyncLitTaskManager *self, AsyncLitTask *task)
{
  g_return_val_if_fail (ASYNCLIT_IS_TASK_MANAGER (self), FALSE);
  g_return_val_if_fail (ASYNCLIT_IS_TASK (task), FALSE);
  g_return_val_if_fail (!asynclit_task_is_submitted (task), FALSE);
  g_return_val_if_fail (task->func == NULL, FALSE);

  asynclit_task_state_set_flags (&task->state, ASYNCLIT_STATE_CREATOR_RUNS);
  asynclit_notifier_release_own ();
  return task_manager_submit_made (self, task) && !asynclit_task_get_done (task);
}
