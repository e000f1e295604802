/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Properties of a manager that are numbers about its tasks. */

#include "config.h"

#include "asynclit-task-manager-private.h"

gboolean
asynclit_task_manager_get_number (AsyncLitTaskManager *self, guint property_id, GValue *value)
{
  switch (property_id)
    {
    case ASYNCLIT_TASK_MANAGER_FRACTION:
      g_value_set_double (value, asynclit_task_registry_get_fraction (self->registry));
      return TRUE;
    case ASYNCLIT_TASK_MANAGER_REMAINING:
      g_value_set_double (value, asynclit_task_registry_get_remaining (self->registry));
      return TRUE;
    default:
      return FALSE;
    }
}

void
asynclit_task_manager_make_numbers (GParamSpec **properties)
{
  const GParamFlags read_only = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  /**
   * AsyncLitTaskManager:fraction: (getter get_fraction)
   *
   * The share of the manager's tasks that is done, from 0 to 1; -1 if no task has come yet.
   *
   * It is the mean of [property@Task:fraction], weighted by [property@Task:progress-weight], of
   * the tasks that have come since none was live. Tasks that have ended in whichever way count as
   * done, and those whose fraction is unknown as not begun. When no task is live it is 1, until
   * the next one comes.
   *
   * Since: 1.0
   */
  properties[ASYNCLIT_TASK_MANAGER_FRACTION]
      = g_param_spec_double ("fraction", NULL, NULL, -1, 1, -1, read_only);

  /**
   * AsyncLitTaskManager:remaining: (getter get_remaining)
   *
   * How long the manager's tasks still take, in seconds, as far as can be told; -1 if that is
   * unknown, 0 if no task is live.
   *
   * It is estimated from [property@TaskManager:fraction] and from the time since the first of
   * these tasks came.
   *
   * Since: 1.0
   */
  properties[ASYNCLIT_TASK_MANAGER_REMAINING]
      = g_param_spec_double ("remaining", NULL, NULL, -1, G_MAXDOUBLE, -1, read_only);
}
