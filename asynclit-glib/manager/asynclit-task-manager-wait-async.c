/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Waits for the tasks of a manager without a thread. Both the end of the last task and the
 * cancellable may end a wait; the one that removes it from the list of the registry does. */

#include "config.h"

#include "asynclit-cancelled-private.h"
#include "asynclit-init-private.h"
#include "asynclit-source-private.h"
#include "asynclit-task-manager-private.h"

#include <glib/gi18n-lib.h>

typedef struct {
  AsyncLitIdleWaiter waiter;
  gatomicrefcount ref_count;      /* one for the wait, and one for the cancellable */
  guint generation;               /* of the process */
  AsyncLitTaskRegistry *registry; /* the manager's, which the GTask keeps */
  GTask *result;                  /* owned by the thread that has removed it from the list */
  gulong cancelled_id;
  gboolean is_cancelled; /* set by that thread */
} ManagerWait;

static void
manager_wait_unref (gpointer data, GClosure *closure)
{
  ManagerWait *self = data;

  asynclit_tsan_release (self);
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  asynclit_tsan_acquire (self);
  g_free (self);
}

/* In the child of a fork, it is the parent's to return and to free. */
static gboolean
manager_wait_is_foreign (ManagerWait *self)
{
  return self->generation != asynclit_get_generation ();
}

static void
manager_wait_end (gpointer data)
{
  ManagerWait *self = data;

  asynclit_tsan_acquire (self);
  if (manager_wait_is_foreign (self))
    return;
  asynclit_cancelled_disconnect (g_task_get_cancellable (self->result), self->cancelled_id);
  g_clear_object (&self->result);
  manager_wait_unref (self, NULL);
}

/* Runs on: the context of the GTask */
static gboolean
manager_wait_return (gpointer data)
{
  ManagerWait *self = data;

  asynclit_tsan_acquire (self);
  if (manager_wait_is_foreign (self))
    return G_SOURCE_REMOVE;
  if (self->is_cancelled)
    g_task_return_new_error (self->result, G_IO_ERROR, G_IO_ERROR_CANCELLED, "%s",
                             _ ("The wait was cancelled"));
  else
    g_task_return_boolean (self->result, TRUE);
  return G_SOURCE_REMOVE;
}

/* Runs on: any thread that has removed the waiter from the list. What the GTask refers to is
 * released in its context, together with the source. */
static void
manager_wait_return_later (AsyncLitIdleWaiter *waiter)
{
  ManagerWait *self = (ManagerWait *) waiter;
  GMainContext *context = g_task_get_context (self->result);
  GSource *source = g_idle_source_new ();

  g_source_set_priority (source, g_task_get_priority (self->result));
  g_source_set_static_name (source, "[asynclit] end of a wait for a manager");
  g_source_set_callback (source, manager_wait_return, self, manager_wait_end);
  asynclit_tsan_release (self);
  asynclit_source_attach (source, context);
}

/* TRUE if this was the one to end it. */
static gboolean
manager_wait_try_cancel (ManagerWait *self)
{
  if (!asynclit_task_registry_remove_idle_waiter (self->registry, &self->waiter))
    return FALSE;
  self->is_cancelled = TRUE;
  manager_wait_return_later (&self->waiter);
  return TRUE;
}

/* Runs on: the thread that cancels the wait */
static void
manager_wait_cancel (GCancellable *cancellable, gpointer data)
{
  ManagerWait *self = data;

  asynclit_tsan_acquire (self);
  if (!manager_wait_is_foreign (self))
    manager_wait_try_cancel (self);
}

static ManagerWait *
manager_wait_new (AsyncLitTaskManager *manager, GTask *result)
{
  ManagerWait *self = g_new0 (ManagerWait, 1);
  GCancellable *cancellable = g_task_get_cancellable (result);

  self->waiter.wake = manager_wait_return_later;
  self->generation = asynclit_get_generation ();
  g_atomic_ref_count_init (&self->ref_count);
  self->registry = manager->registry;
  self->result = g_object_ref (result);
  if (cancellable == NULL)
    return self;
  g_atomic_ref_count_inc (&self->ref_count);
  asynclit_tsan_release (self);
  /* While it is not in the list, the handler leaves it alone. */
  self->cancelled_id
      = asynclit_cancelled_connect (cancellable, manager_wait_cancel, self, manager_wait_unref);
  return self;
}

/**
 * asynclit_task_manager_wait_async:
 * @self: a manager
 * @cancellable: (nullable): a cancellable that ends the wait, but not the tasks
 * @callback: (scope async): called when no task is live, or the wait was cancelled
 * @user_data: data for @callback
 *
 * Waits, without blocking, until the manager has no live tasks.
 *
 * @callback is called in the caller's thread-default main context, never before this function
 * returns, even if no task is live. It calls [method@TaskManager.wait_finish]. Any number of waits
 * can be in progress. Tasks that are submitted between the end of the last task and the callback
 * do not prolong the wait. A wait keeps the manager.
 *
 * May be called from any thread.
 *
 * Since: 1.0
 */
void
asynclit_task_manager_wait_async (AsyncLitTaskManager *self, GCancellable *cancellable,
                                  GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) result = NULL;
  ManagerWait *wait;

  g_return_if_fail (ASYNCLIT_IS_TASK_MANAGER (self));
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  result = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (result, asynclit_task_manager_wait_async);
  g_task_set_check_cancellable (result, FALSE);
  wait = manager_wait_new (self, result);
  g_atomic_ref_count_inc (&wait->ref_count);
  if (!asynclit_task_registry_add_idle_waiter (self->registry, &wait->waiter))
    manager_wait_return_later (&wait->waiter);
  else if (g_cancellable_is_cancelled (cancellable))
    manager_wait_try_cancel (wait);
  manager_wait_unref (wait, NULL);
}

/**
 * asynclit_task_manager_wait_finish:
 * @self: a manager
 * @result: the result that was passed to the callback
 * @error: return location for an error
 *
 * Finishes a wait that was started with [method@TaskManager.wait_async].
 *
 * This fails with %G_IO_ERROR_CANCELLED if the wait was cancelled. Failed or cancelled tasks are
 * not an error here.
 *
 * Returns: %TRUE if no task was live; %FALSE with an error
 * Since: 1.0
 */
gboolean
asynclit_task_manager_wait_finish (AsyncLitTaskManager *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (ASYNCLIT_IS_TASK_MANAGER (self), FALSE);
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
