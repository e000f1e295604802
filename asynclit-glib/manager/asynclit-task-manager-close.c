/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Closing a manager, and waiting for its tasks. */

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
 * Has the manager take no more tasks: those submitted later fail with %ASYNCLIT_ERROR_CLOSED.
 *
 * Tasks that go on are found as before, also by the names that they were given with
 * [method@TaskManager.register_global]; with %ASYNCLIT_CLOSE_MODE_CANCEL the names are taken away.
 *
 * Does not block: see [method@TaskManager.wait]. May be called from any thread, and again with
 * another mode.
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
 * Has a closed manager take tasks again.
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
 * Gets whether the manager takes no more tasks.
 *
 * May be called from any thread.
 *
 * Returns: %TRUE if it was closed
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
 * @timeout_seconds: for how long to wait, in seconds; 0 only looks, a negative number waits for
 *   as long as it takes
 * @cancellable: (nullable): ends the wait
 * @error: return location for an error
 *
 * Blocks the calling thread until no task of the manager is live.
 *
 * If nobody iterates the caller's main context, what waits there to be released is released first:
 * this may call the [callback@GLib.DestroyNotify] of tasks that have ended.
 *
 * Errors: %G_IO_ERROR_TIMED_OUT; %G_IO_ERROR_CANCELLED; %G_IO_ERROR_WOULD_BLOCK where the wait
 * could never end: on the worker's thread; on a thread in whose main context one of the live tasks
 * has to run; in the function of a task of the manager; and in one that such a task waits for, with
 * neither a time-out nor a cancellable.
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
