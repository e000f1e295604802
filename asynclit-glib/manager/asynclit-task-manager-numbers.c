/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The properties of a manager that count its tasks. */

#include "config.h"

#include "asynclit-task-manager-private.h"

static gboolean
task_manager_get_count (AsyncLitTaskManager *self, guint property_id, GValue *value)
{
  switch (property_id)
    {
    case ASYNCLIT_TASK_MANAGER_N_LIVE:
      g_value_set_uint (value, asynclit_task_manager_get_n_live (self));
      return TRUE;
    case ASYNCLIT_TASK_MANAGER_N_RUNNING:
      g_value_set_uint (value, asynclit_task_manager_get_n_running (self));
      return TRUE;
    case ASYNCLIT_TASK_MANAGER_N_WAITING:
      g_value_set_uint (value, asynclit_task_manager_get_n_waiting (self));
      return TRUE;
    case ASYNCLIT_TASK_MANAGER_N_DONE:
      g_value_set_uint64 (value, asynclit_task_manager_get_n_done (self));
      return TRUE;
    case ASYNCLIT_TASK_MANAGER_N_FAILED:
      g_value_set_uint64 (value, asynclit_task_manager_get_n_failed (self));
      return TRUE;
    case ASYNCLIT_TASK_MANAGER_N_CANCELLED:
      g_value_set_uint64 (value, asynclit_task_manager_get_n_cancelled (self));
      return TRUE;
    case ASYNCLIT_TASK_MANAGER_N_RETRIED:
      g_value_set_uint64 (value, asynclit_task_manager_get_n_retried (self));
      return TRUE;
    default:
      return FALSE;
    }
}

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
      return task_manager_get_count (self, property_id, value);
    }
}

static void
make_counts_of_live_tasks (GParamSpec **properties)
{
  const GParamFlags read_only = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  /**
   * AsyncLitTaskManager:n-live: (getter get_n_live)
   *
   * How many tasks are live: submitted, and not ended.
   *
   * `notify` is not emitted.
   *
   * Since: 1.0
   */
  properties[ASYNCLIT_TASK_MANAGER_N_LIVE]
      = g_param_spec_uint ("n-live", NULL, NULL, 0, G_MAXUINT, 0, read_only);

  /**
   * AsyncLitTaskManager:n-running: (getter get_n_running)
   *
   * How many tasks are running. Reading this property examines each live task.
   *
   * `notify` is not emitted.
   *
   * Since: 1.0
   */
  properties[ASYNCLIT_TASK_MANAGER_N_RUNNING]
      = g_param_spec_uint ("n-running", NULL, NULL, 0, G_MAXUINT, 0, read_only);

  /**
   * AsyncLitTaskManager:n-waiting: (getter get_n_waiting)
   *
   * How many live tasks are not running: they wait for a gate, an executor or a retry. Reading
   * this property examines each live task.
   *
   * `notify` is not emitted.
   *
   * Since: 1.0
   */
  properties[ASYNCLIT_TASK_MANAGER_N_WAITING]
      = g_param_spec_uint ("n-waiting", NULL, NULL, 0, G_MAXUINT, 0, read_only);
}

static void
make_counts_of_ended_tasks (GParamSpec **properties)
{
  const GParamFlags read_only = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  /**
   * AsyncLitTaskManager:n-done: (getter get_n_done)
   *
   * How many tasks have ended with a result, since the manager was created.
   *
   * `notify` is not emitted.
   *
   * Since: 1.0
   */
  properties[ASYNCLIT_TASK_MANAGER_N_DONE]
      = g_param_spec_uint64 ("n-done", NULL, NULL, 0, G_MAXUINT64, 0, read_only);

  /**
   * AsyncLitTaskManager:n-failed: (getter get_n_failed)
   *
   * How many tasks have failed, since the manager was created.
   *
   * `notify` is not emitted.
   *
   * Since: 1.0
   */
  properties[ASYNCLIT_TASK_MANAGER_N_FAILED]
      = g_param_spec_uint64 ("n-failed", NULL, NULL, 0, G_MAXUINT64, 0, read_only);

  /**
   * AsyncLitTaskManager:n-cancelled: (getter get_n_cancelled)
   *
   * How many tasks have been cancelled, since the manager was created.
   *
   * `notify` is not emitted.
   *
   * Since: 1.0
   */
  properties[ASYNCLIT_TASK_MANAGER_N_CANCELLED]
      = g_param_spec_uint64 ("n-cancelled", NULL, NULL, 0, G_MAXUINT64, 0, read_only);

  /**
   * AsyncLitTaskManager:n-retried: (getter get_n_retried)
   *
   * How many attempts have failed and led to another attempt, since the manager was created.
   *
   * `notify` is not emitted.
   *
   * Since: 1.0
   */
  properties[ASYNCLIT_TASK_MANAGER_N_RETRIED]
      = g_param_spec_uint64 ("n-retried", NULL, NULL, 0, G_MAXUINT64, 0, read_only);
}

void
asynclit_task_manager_make_numbers (GParamSpec **properties)
{
  const GParamFlags read_only = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  /**
   * AsyncLitTaskManager:fraction: (getter get_fraction)
   *
   * The share of the manager's tasks that is done: from 0 to 1, or -1 before the first task.
   *
   * It is the mean of [property@Task:fraction], weighted by [property@Task:progress-weight], of all
   * tasks that were submitted since no task was live. Ended tasks count as done, whatever their
   * outcome, and tasks whose fraction is unknown as not begun. While no task is live, it is 1.
   *
   * Since: 1.0
   */
  properties[ASYNCLIT_TASK_MANAGER_FRACTION]
      = g_param_spec_double ("fraction", NULL, NULL, -1, 1, -1, read_only);

  /**
   * AsyncLitTaskManager:remaining: (getter get_remaining)
   *
   * The estimated time until all tasks of the manager end, in seconds: 0 or more, or -1 if it is
   * unknown. It is 0 if no task is live.
   *
   * It is estimated from [property@TaskManager:fraction] and the time since the first of these
   * tasks was submitted.
   *
   * Since: 1.0
   */
  properties[ASYNCLIT_TASK_MANAGER_REMAINING]
      = g_param_spec_double ("remaining", NULL, NULL, -1, G_MAXDOUBLE, -1, read_only);
  make_counts_of_live_tasks (properties);
  make_counts_of_ended_tasks (properties);
}
