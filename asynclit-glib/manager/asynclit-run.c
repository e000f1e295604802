/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Convenience functions for a process-wide manager. */

#include "config.h"

#include "asynclit-blocking-private.h"
#include "asynclit-environment-private.h"
#include "asynclit-init-private.h"
#include "asynclit-run.h"
#include "asynclit-task-manager-private.h"
#include "asynclit-thread-pool-private.h"
#include "asynclit-worker-private.h"

#include <math.h>

/* For use by the library itself. Until the program asks for the default manager, it has no
 * listeners. */
AsyncLitTaskManager *
asynclit_peek_default_manager (void)
{
  static AsyncLitTaskManager *manager;
  static gsize initialized = 0;

  if (asynclit_once_enter (&initialized))
    {
      manager = asynclit_task_manager_new_in_default_context ();
      asynclit_once_leave (&initialized, 1);
    }
  return manager;
}

/**
 * asynclit_get_default_manager:
 *
 * Gets the default manager of the process, which is created on first use.
 *
 * Its list of tasks changes in the global default main context.
 *
 * May be called from any thread.
 *
 * Returns: (transfer none): the default manager
 * Since: 1.0
 */
AsyncLitTaskManager *
asynclit_get_default_manager (void)
{
  AsyncLitTaskManager *manager = asynclit_peek_default_manager ();

  if (!g_atomic_int_get (&manager->is_known))
    g_atomic_int_set (&manager->is_known, TRUE);
  return manager;
}

/**
 * asynclit_run: (skip)
 * @func: the function that does the work
 * @user_data: data for @func
 * @destroy: (nullable): frees @user_data, in the caller's main context
 *
 * Submits a function to the thread pool, as a task of the default manager.
 *
 * See [method@TaskManager.submit].
 *
 * May be called from any thread.
 *
 * Returns: (transfer full): the new task
 * Since: 1.0
 */
AsyncLitTask *
asynclit_run (AsyncLitTaskFunc func, gpointer user_data, GDestroyNotify destroy)
{
  return asynclit_task_manager_submit (asynclit_peek_default_manager (), NULL, func, user_data,
                                       destroy);
}

/**
 * asynclit_run_closure: (rename-to asynclit_run)
 * @closure: the function that does the work, which is called with the task and its
 *   [class@Gio.Cancellable]
 *
 * Submits a function to the thread pool, as a task of the default manager.
 *
 * For language bindings. The closure must be able to run in any thread; see [callback@TaskFunc].
 *
 * Returns: (transfer full): the new task
 * Since: 1.0
 */
AsyncLitTask *
asynclit_run_closure (GClosure *closure)
{
  return asynclit_task_manager_submit_closure (asynclit_peek_default_manager (), NULL, closure);
}

/**
 * asynclit_run_async: (skip)
 * @func: the function that starts the work
 * @user_data: data for @func
 * @destroy: (nullable): frees @user_data, in the caller's main context
 *
 * Submits a function to the library's worker thread, as a task of the default manager.
 *
 * See [method@TaskManager.submit_async].
 *
 * May be called from any thread.
 *
 * Returns: (transfer full): the new task
 * Since: 1.0
 */
AsyncLitTask *
asynclit_run_async (AsyncLitTaskFunc func, gpointer user_data, GDestroyNotify destroy)
{
  return asynclit_task_manager_submit_async (asynclit_peek_default_manager (), NULL, func,
                                             user_data, destroy);
}

/**
 * asynclit_run_async_closure: (rename-to asynclit_run_async)
 * @closure: the function that starts the work, which is called with the task and its
 *   [class@Gio.Cancellable]
 *
 * Submits a function to the library's worker thread, as a task of the default manager.
 *
 * For language bindings. The closure must be able to run in any thread; see [callback@TaskFunc].
 *
 * Returns: (transfer full): the new task
 * Since: 1.0
 */
AsyncLitTask *
asynclit_run_async_closure (GClosure *closure)
{
  return asynclit_task_manager_submit_async_closure (asynclit_peek_default_manager (), NULL,
                                                     closure);
}

/* The end of a task may cause work that asks the worker to stay just when it is about to leave. */
static gboolean
stop_worker_once (gint64 end_time)
{
  while (!asynclit_worker_stop (end_time))
    {
      if (g_get_monotonic_time () >= end_time)
        return FALSE;
      g_thread_yield ();
    }
  return TRUE;
}

/* Tasks that were submitted on the worker are delivered and released there. */
static gboolean
stop_worker (gint64 end_time)
{
  gboolean stopped = stop_worker_once (end_time);
  GMainContext *context = asynclit_worker_peek_context ();

  while (stopped && context != NULL && asynclit_notifier_is_pending (context)
         && g_get_monotonic_time () < end_time)
    {
      asynclit_get_worker_context (); /* starts it */
      stopped = stop_worker_once (end_time);
    }
  return stopped;
}

/* Waits for each on its own, except for those that can't end in the meantime. */
static void
await_live (AsyncLitTaskManager *manager, gint64 end_time)
{
  g_autoptr (GPtrArray) live
      = asynclit_task_registry_list (manager->registry, ASYNCLIT_TASK_FILTER_LIVE, NULL);

  for (guint i = 0; i < live->len; i++)
    {
      gint64 left = end_time == G_MAXINT64 ? -1 : MAX (end_time - g_get_monotonic_time (), 0);

      asynclit_task_wait (g_ptr_array_index (live, i), (double) left / G_USEC_PER_SEC, NULL, NULL);
    }
}

/**
 * asynclit_shutdown:
 * @timeout_seconds: the maximum time to wait, in seconds; 0 does not wait, a negative number waits
 *   forever
 *
 * Stops all schedulers, cancels the live tasks of the default manager, waits for everything that
 * the library runs, and ends its threads.
 *
 * A program does not have to call this, because it may exit while tasks are running. It is for
 * programs whose code must not run while they clean up. Later submissions start the threads again.
 *
 * Tasks of other managers are waited for but not cancelled; see [method@TaskManager.close]. A task
 * that other code completes ends only when that code settles it. Schedulers keep their jobs and can
 * be started again, but their stores are closed, as by [method@ScheduleStore.close].
 *
 * May be called from any thread. A thread of the library can't wait for its own end, so on such a
 * thread this stops and cancels, but does not wait.
 *
 * Returns: %TRUE if all threads have ended; %FALSE if functions were still running after the
 *   timeout, or if this was called on a thread of the library
 * Since: 1.0
 */
gboolean
asynclit_shutdown (double timeout_seconds)
{
  AsyncLitTaskManager *manager = asynclit_peek_default_manager ();
  gboolean has_ended;
  gint64 end_time;

  g_return_val_if_fail (!isnan (timeout_seconds), FALSE);

  end_time = asynclit_blocking_get_end_time (timeout_seconds);
  asynclit_announce_shutdown ();
  asynclit_task_registry_suspend (manager->registry, 1);
  asynclit_task_manager_cancel_live (manager);
  await_live (manager, end_time);
  asynclit_task_registry_suspend (manager->registry, -1);
  has_ended = !asynclit_blocking_is_executor () && asynclit_thread_pool_stop (end_time)
              && stop_worker (end_time);
  return asynclit_finish_shutdown (end_time) && has_ended;
}

/**
 * asynclit_get_requested_pool_threads:
 *
 * Gets the number of threads in the environment variable `ASYNCLIT_POOL_THREADS`.
 *
 * This is the maximum number of threads in the library's thread pool, unless the program sets
 * another one with [func@set_max_threads]. A language binding that runs functions in threads of its
 * own should use the same limit. The variable contains a whole number from 1 to 1024, in ASCII
 * digits. Any other value is ignored, and a message is logged once.
 *
 * May be called from any thread.
 *
 * Returns: the number of threads; 0 if the variable is not set or invalid
 * Since: 1.0
 */
guint
asynclit_get_requested_pool_threads (void)
{
  return asynclit_environment_get_count (ASYNCLIT_POOL_THREADS, MAX_POOL_THREADS_SET);
}

/**
 * asynclit_set_max_threads:
 * @n_threads: a number from 1 to 1024
 *
 * Sets the maximum number of threads of the thread pool that run functions at the same time.
 *
 * The default is 64, or twice the number of processors if that is more, or the value of the
 * environment variable `ASYNCLIT_POOL_THREADS`. Most of the time there are fewer threads: functions
 * that compute get one thread per processor. Only while functions block, further threads run other
 * functions. A function does not count while it waits for another task with [method@Task.wait]. If
 * more than @n_threads threads run now, each thread beyond the limit stops after its function
 * returns.
 *
 * Any other number changes nothing, and a warning that names it is logged.
 *
 * The limit applies to the whole process, and to child processes that it forks. Functions on the
 * worker or in a main context don't use the thread pool. Bindings that run functions in threads of
 * their own, such as that of Python, use the same limit.
 *
 * May be called from any thread.
 *
 * Since: 1.0
 */
void
asynclit_set_max_threads (guint n_threads)
{
  if (n_threads < 1 || n_threads > MAX_POOL_THREADS_SET)
    {
      g_warning ("%u is not a number of threads from 1 to %u: going on with %u", n_threads,
                 MAX_POOL_THREADS_SET, asynclit_thread_pool_get_max_threads ());
      return;
    }
  asynclit_thread_pool_set_max_threads (n_threads);
}

/**
 * asynclit_get_max_threads:
 *
 * Gets the maximum number of threads of the thread pool that run functions at the same time.
 *
 * See [func@set_max_threads]. May be called from any thread.
 *
 * Returns: the number of threads
 * Since: 1.0
 */
guint
asynclit_get_max_threads (void)
{
  return asynclit_thread_pool_get_max_threads ();
}
