/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* How much the tasks of a manager have done, for whoever asks. */

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
 * Returns: the fraction, from 0 to 1; -1 if no task has come yet
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
 * Gets how long the manager's tasks still take, as far as can be told.
 *
 * May be called from any thread.
 *
 * Returns: seconds; -1 if that is unknown, 0 if no task is live
 * Since: 1.0
 */
double
asynclit_task_manager_get_remaining (AsyncLitTaskManager *self)
{
  g_return_val_if_fail (ASYNCLIT_IS_TASK_MANAGER (self), -1);

  return asynclit_task_registry_get_remaining (self->registry);
}
