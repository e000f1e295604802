/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Tasks and GIO: an asynchronous operation as a task, a task as an asynchronous operation, and
 * thread functions of GTask. */

#include "config.h"

#include "asynclit-error.h"
#include "asynclit-gio.h"
#include "asynclit-resident-private.h"
#include "asynclit-task-private.h"

#include <glib/gi18n-lib.h>

/* The user data of the callback of an operation that a task waits for. */
typedef struct {
  AsyncLitTask *task; /* holds a reference */
  AsyncLitReadyFunc func;
} Awaited;

/* The data of a task that runs a thread function of GTask. */
typedef struct {
  GTaskThreadFunc func;
  GObject *source_object;
  gpointer task_data;
  GDestroyNotify destroy;
} GTaskCall;

/**
 * asynclit_task_await: (skip)
 * @self: a task that has not been settled
 * @func: completes the operation
 *
 * Prepares the task to wait for an asynchronous operation of GIO, or of any library that follows
 * the same conventions.
 *
 * Pass the returned value to the operation as its user data, with [func@Task.ready] as its
 * callback:
 *
 * ```c
 * g_file_load_contents_async (file, asynclit_task_get_cancellable (task), asynclit_task_ready,
 *                             asynclit_task_await (task, on_loaded));
 * ```
 *
 * The library keeps the task alive until the operation is complete. The callback runs in the
 * thread-default main context of the thread that starts the operation. In a function that was
 * passed to [func@run_async], this is the context of the library's worker thread.
 *
 * A task can wait for several operations, one after the other or at the same time. Call this
 * function once for each of them.
 *
 * May be called from any thread.
 *
 * Returns: (not nullable): the user data for [func@Task.ready], which frees it
 * Since: 1.0
 */
gpointer
asynclit_task_await (AsyncLitTask *self, AsyncLitReadyFunc func)
{
  Awaited *awaited;

  g_return_val_if_fail (ASYNCLIT_IS_TASK (self), NULL);
  g_return_val_if_fail (func != NULL, NULL);

  asynclit_keep_loaded ((gpointer) (gsize) func);
  awaited = g_new0 (Awaited, 1);
  awaited->task = g_object_ref (self);
  awaited->func = func;
  return awaited;
}

/* Releases the task and its data when it has been settled, even if it was abandoned before. */
static void
task_settle_ended (AsyncLitTask *self)
{
  GValue value = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_POINTER);
  if (!asynclit_task_check_forked (self, NULL))
    asynclit_task_settle (self, &value, NULL);
}

/**
 * asynclit_task_ready: (skip)
 * @source: (nullable): the object on which the operation was started
 * @result: the result of the operation
 * @awaited: (not nullable): the value that [method@Task.await] returned
 *
 * The [callback@Gio.AsyncReadyCallback] to use for an operation that a task waits for.
 *
 * It calls the function that was passed to [method@Task.await], unless the task has already ended
 * because it was cancelled and [property@Task:abandon-on-cancel] is set. In that case the result
 * of the operation is dropped.
 *
 * Since: 1.0
 */
void
asynclit_task_ready (GObject *source, GAsyncResult *result, gpointer awaited)
{
  Awaited *self = awaited;

  g_return_if_fail (source == NULL || G_IS_OBJECT (source));
  g_return_if_fail (G_IS_ASYNC_RESULT (result));
  g_return_if_fail (awaited != NULL);

  if (asynclit_task_get_done (self->task))
    task_settle_ended (self->task);
  else
    self->func (self->task, source, result, self->task->user_data);
  asynclit_task_return_ref (self->task);
  g_free (self);
}

/* A task as an asynchronous operation */

static void
forward_value (const GValue *value, GTask *to)
{
  if (G_VALUE_HOLDS_BOOLEAN (value))
    g_task_return_boolean (to, g_value_get_boolean (value));
  else if (G_VALUE_HOLDS_INT64 (value))
    g_task_return_int (to, (gssize) g_value_get_int64 (value));
  else if (G_VALUE_HOLDS_STRING (value))
    g_task_return_pointer (to, g_value_dup_string (value), g_free);
  else if (G_VALUE_HOLDS_OBJECT (value))
    g_task_return_pointer (to, g_value_dup_object (value), g_object_unref);
  else if (G_VALUE_HOLDS_VARIANT (value))
    g_task_return_pointer (to, g_value_dup_variant (value), (GDestroyNotify) g_variant_unref);
  else if (G_VALUE_HOLDS_POINTER (value))
    g_task_return_pointer (to, g_value_get_pointer (value), NULL);
  else
    g_task_return_value (to, (GValue *) value);
}

/* Runs on: the context of the caller of asynclit_task_forward() */
static void
forward_ended (GObject *source, GAsyncResult *result, gpointer data)
{
  AsyncLitTask *self = ASYNCLIT_TASK (source);
  g_autoptr (GTask) to = data;
  g_autoptr (GError) error = NULL;
  const GValue *value = NULL;

  if (asynclit_task_wait_finish (self, result, &error))
    value = asynclit_task_get_result (self, &error);
  else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      /* The operation ends only when the function of the task has returned. */
      asynclit_task_cancel (self);
      asynclit_task_wait_async (self, NULL, forward_ended, g_steal_pointer (&to));
      return;
    }
  if (value != NULL)
    forward_value (value, to);
  else
    g_task_return_error (to, g_steal_pointer (&error));
}

/**
 * asynclit_task_forward: (skip)
 * @self: a task
 * @to: a [class@Gio.Task] that has not returned yet
 *
 * Makes a [class@Gio.Task] return the outcome of the task, so that a library can offer the task as
 * a pair of functions, `foo_async()` and `foo_finish()`.
 *
 * In `foo_finish()`, get the result with the function for its type:
 *
 * | Result           | Function                            | Owner      |
 * | ---------------- | ----------------------------------- | ---------- |
 * | %G_TYPE_BOOLEAN  | [method@Gio.Task.propagate_boolean] | –          |
 * | %G_TYPE_INT64    | [method@Gio.Task.propagate_int]     | –          |
 * | %G_TYPE_STRING   | [method@Gio.Task.propagate_pointer] | the caller |
 * | %G_TYPE_OBJECT   | [method@Gio.Task.propagate_pointer] | the caller |
 * | %G_TYPE_VARIANT  | [method@Gio.Task.propagate_pointer] | the caller |
 * | %G_TYPE_POINTER  | [method@Gio.Task.propagate_pointer] | the task   |
 * | any other type   | [method@Gio.Task.propagate_value]   | the caller |
 *
 * If the task fails, @to returns a copy of its error; if the task is cancelled, @to returns
 * %G_IO_ERROR_CANCELLED. If the cancellable of @to is triggered, the task is cancelled, and @to
 * returns when the task has ended.
 *
 * Call this function in the main context in which @to was created, which must be iterated. The
 * library keeps both objects alive until @to has returned.
 *
 * Since: 1.0
 */
void
asynclit_task_forward (AsyncLitTask *self, GTask *to)
{
  g_return_if_fail (ASYNCLIT_IS_TASK (self));
  g_return_if_fail (G_IS_TASK (to));

  asynclit_task_wait_async (self, g_task_get_cancellable (to), forward_ended, g_object_ref (to));
}

/* Thread functions of GTask */

static void
gtask_call_free (gpointer data)
{
  GTaskCall *self = data;

  if (self->destroy != NULL)
    self->destroy (self->task_data);
  g_clear_object (&self->source_object);
  g_free (self);
}

/* A GTask completes in the main context that was the thread-default one when it was created. Here
 * this is a context of the calling thread, so that no other context has to be iterated. */
static GMainContext *
get_thread_context (void)
{
  static GPrivate context_key = G_PRIVATE_INIT ((GDestroyNotify) g_main_context_unref);
  GMainContext *context = g_private_get (&context_key);

  if (context == NULL)
    {
      context = g_main_context_new ();
      g_private_set (&context_key, context);
    }
  return context;
}

static GTask *
gtask_call_run (GTaskCall *self, GCancellable *cancellable)
{
  GMainContext *context = get_thread_context ();
  GTask *gtask;

  g_main_context_push_thread_default (context);
  gtask = g_task_new (self->source_object, cancellable, NULL, NULL);
  g_main_context_pop_thread_default (context);
  g_task_set_name (gtask, "[asynclit] thread function");
  g_task_set_task_data (gtask, self->task_data, NULL);
  self->func (gtask, self->source_object, self->task_data, cancellable);
  while (!g_task_get_completed (gtask) && g_main_context_iteration (context, FALSE))
    ;
  /* The result may outlive the data. */
  g_task_set_task_data (gtask, NULL, NULL);
  return gtask;
}

/* Runs on: pool */
static void
call_gtask_func (AsyncLitTask *task, GCancellable *cancellable, gpointer data)
{
  g_autoptr (GTask) gtask = gtask_call_run (data, cancellable);
  GError *error = NULL;

  if (!g_task_get_completed (gtask))
    asynclit_task_return_new_error (task, ASYNCLIT_ERROR, ASYNCLIT_ERROR_NO_RESULT, "%s",
                                    _ ("The thread function returned without a result; it must "
                                       "call one of the return functions of GTask"));
  else if (g_task_had_error (gtask))
    {
      g_task_propagate_pointer (gtask, &error);
      asynclit_task_return_error (task, error);
    }
  else
    asynclit_task_return_object (task, gtask);
}

/**
 * asynclit_task_manager_submit_gtask_func: (skip)
 * @self: a manager
 * @func: the thread function
 * @source_object: (type GObject.Object) (nullable): the source object of the [class@Gio.Task]
 * @task_data: (nullable): the task data of the [class@Gio.Task]
 * @destroy: (nullable): frees @task_data
 *
 * Runs a thread function of [class@Gio.Task] as a task, unchanged.
 *
 * This function makes it easy to replace [method@Gio.Task.run_in_thread]. The thread function runs
 * in the thread pool. It receives a new [class@Gio.Task] with @source_object, @task_data and the
 * cancellable of the task, and must call one of its return functions before it returns.
 *
 * If the thread function returns an error, the task fails with it. Otherwise the result of the task
 * is the [class@Gio.Task] itself. Get its value with one of the propagate functions:
 *
 * ```c
 * const GValue *result = asynclit_task_get_result (task, &error);
 *
 * if (result != NULL)
 *   size = g_task_propagate_int (g_value_get_object (result), NULL);
 * ```
 *
 * If the thread function returns neither a result nor an error, the task fails with
 * %ASYNCLIT_ERROR_NO_RESULT. If the manager is closed, the task fails with %ASYNCLIT_ERROR_CLOSED.
 * @destroy is called in the main context of the caller, after the task has ended.
 *
 * May be called from any thread.
 *
 * Returns: (transfer full): the new task
 * Since: 1.0
 */
AsyncLitTask *
asynclit_task_manager_submit_gtask_func (AsyncLitTaskManager *self, GTaskThreadFunc func,
                                         gpointer source_object, gpointer task_data,
                                         GDestroyNotify destroy)
{
  GTaskCall *call;

  g_return_val_if_fail (ASYNCLIT_IS_TASK_MANAGER (self), NULL);
  g_return_val_if_fail (func != NULL, NULL);
  g_return_val_if_fail (source_object == NULL || G_IS_OBJECT (source_object), NULL);

  asynclit_keep_loaded ((gpointer) (gsize) func);
  call = g_new0 (GTaskCall, 1);
  call->func = func;
  call->source_object = source_object != NULL ? g_object_ref (source_object) : NULL;
  call->task_data = task_data;
  call->destroy = destroy;
  return asynclit_task_manager_submit (self, NULL, call_gtask_func, call, gtask_call_free);
}
