/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Closes a manager, and waits for its tasks. */

#include "config.h"

#include "asynclit-blocking-private.h"
#include "asynclit-check-private.h"
#include "asynclit-enum-types.h"
#include "asynclit-task-manager-private.h"
#include "asynclit-wait-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>

void
asynclit_task_manager_cancel_live (AsyncLitTaskManager *self)
{
  g_autoptr (GPtrArray) live
      = asynclit_task_registry_list (self->registry, ASYNCLIT_TASK_FILTER_LIVE, NULL);

  for (guint i = 0; i < live->len; i++)
    asynclit_task_cancel (g_ptr_array_index (live, i));
}

/**
 * asynclit_task_manager_close:
 * @self: a manager
 * @mode: what to do with live tasks
 *
 * Closes the manager: tasks that are submitted later fail with %ASYNCLIT_ERROR_CLOSED.
 *
 * Live tasks run to their end or are cancelled, depending on @mode. They can still be found, also
 * by the names that were registered with [method@TaskManager.register_global].
 * %ASYNCLIT_CLOSE_MODE_CANCEL removes these names.
 *
 * This does not block; use [method@TaskManager.wait] to wait for the tasks. It may be called again
 * with another mode. [property@TaskManager:closed] is notified if it changes.
 *
 * May be called from any thread.
 *
 * Since: 1.0
 */
void
asynclit_task_manager_close (AsyncLitTaskManager *self, AsyncLitCloseMode mode)
{
  g_return_if_fail (ASYNCLIT_IS_TASK_MANAGER (self));
  g_return_if_fail (asynclit_enum_has_value (ASYNCLIT_TYPE_CLOSE_MODE, (int) mode));

  if (asynclit_task_registry_set_closed (self->registry, TRUE))
    asynclit_task_manager_tell (self, ASYNCLIT_TASK_MANAGER_CLOSED);
  if (mode != ASYNCLIT_CLOSE_MODE_CANCEL)
    return;
  asynclit_task_registry_drop_all_names (self->registry);
  asynclit_task_manager_cancel_live (self);
}

/**
 * asynclit_task_manager_reopen:
 * @self: a manager
 *
 * Reopens a closed manager, so that it accepts tasks again.
 *
 * [property@TaskManager:closed] is notified if it changes.
 *
 * May be called from any thread.
 *
 * Since: 1.0
 */
void
asynclit_task_manager_reopen (AsyncLitTaskManager *self)
{
  g_return_if_fail (ASYNCLIT_IS_TASK_MANAGER (self));

  if (asynclit_task_registry_set_closed (self->registry, FALSE))
    asynclit_task_manager_tell (self, ASYNCLIT_TASK_MANAGER_CLOSED);
}

/**
 * asynclit_task_manager_get_closed:
 * @self: a manager
 *
 * Gets whether the manager is closed.
 *
 * May be called from any thread.
 *
 * Returns: %TRUE if the manager is closed
 * Since: 1.0
 */
gboolean
asynclit_task_manager_get_closed (AsyncLitTaskManager *self)
{
  g_return_val_if_fail (ASYNCLIT_IS_TASK_MANAGER (self), FALSE);

  return asynclit_task_registry_get_closed (self->registry);
}

/* Sets @error if the wait could never end. */
static gboolean
task_manager_wait (AsyncLitTaskManager *self, double timeout_seconds, GCancellable *cancellable,
                   GError **error)
{
  gint64 end_time = asynclit_blocking_get_end_time (timeout_seconds);
  AsyncLitWait wait = { .registry = self->registry };
  gboolean is_idle;

  if (!asynclit_wait_begin (&wait, end_time == G_MAXINT64 && cancellable == NULL, error))
    return FALSE;
  is_idle = asynclit_task_registry_wait (self->registry, end_time, cancellable);
  asynclit_wait_end (&wait);
  return is_idle;
}

/**
 * asynclit_task_manager_wait:
 * @self: a manager
 * @timeout_seconds: the maximum time to wait, in seconds; 0 only checks, a negative number waits
 *   forever
 * @cancellable: (nullable): a cancellable that ends the wait
 * @error: return location for an error
 *
 * Blocks the calling thread until the manager has no live tasks.
 *
 * If no thread iterates the caller's main context, this first releases the data that waits there,
 * and may therefore call the [callback@GLib.DestroyNotify] of ended tasks.
 *
 * This fails with %G_IO_ERROR_TIMED_OUT after the timeout, and with %G_IO_ERROR_CANCELLED if
 * @cancellable is cancelled. It fails with %G_IO_ERROR_WOULD_BLOCK where the wait could never end:
 *   on the worker thread; on a thread in whose main context a live task has to run; in the function
 *   of a task of the manager; and in a function for which such a task waits with neither a timeout
 *   nor a cancellable.
 *
 * May be called from any thread.
 *
 * Returns: %TRUE if no task is live
 * Since: 1.0
 */
gboolean
asynclit_task_manager_wait (AsyncLitTaskManager *self, double timeout_seconds,
                            GCancellable *cancellable, GError **error)
{
  GError *failure = NULL;

  g_return_val_if_fail (ASYNCLIT_IS_TASK_MANAGER (self), FALSE);
  g_return_val_if_fail (!isnan (timeout_seconds), FALSE);
  g_return_val_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  asynclit_notifier_release_own ();
  if (asynclit_task_registry_is_idle (self->registry)
      || (timeout_seconds != 0 && task_manager_wait (self, timeout_seconds, cancellable, &failure)))
    return TRUE;
  if (failure == NULL && !g_cancellable_set_error_if_cancelled (cancellable, &failure))
    g_set_error (&failure, G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
                 _ ("Tasks were still running after %.3g seconds"), timeout_seconds);
  g_propagate_error (error, failure);
  return FALSE;
}
