/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The signals of a manager, which report the events of its tasks. */

#include "config.h"

#include "asynclit-task-manager-private.h"

#define signals asynclit_task_manager_signals

static void
task_manager_emit (AsyncLitTaskManager *self, AsyncLitTaskEvent *event)
{
  if (event->kind == ASYNCLIT_TASK_EVENT_RETRYING)
    g_signal_emit (self, signals[event->kind], 0, event->task, event->attempt, event->delay,
                   event->error);
  else
    g_signal_emit (self, signals[event->kind], 0, event->task);
}

gboolean
asynclit_task_manager_emit_events (AsyncLitTaskManager *self, gint64 end)
{
  AsyncLitTaskEvent *event;

  while ((event = asynclit_task_registry_take_event (self->registry)) != NULL)
    {
      task_manager_emit (self, event);
      asynclit_task_event_free (event);
      if (g_get_monotonic_time () >= end)
        return TRUE;
    }
  return FALSE;
}

static guint
make_signal (GType type, const char *name)
{
  return g_signal_new (name, type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                       ASYNCLIT_TYPE_TASK);
}

static void
install_signals_of_life (GType type)
{
  /**
   * AsyncLitTaskManager::task-added:
   * @self: the manager
   * @task: the task
   *
   * Emitted when a task has been submitted.
   *
   * All signals of a manager are emitted in the main context in which the manager was created;
   * those of the default manager in the global default context. They are emitted in the order of
   * the events, and none is lost. Several events may be delivered together, so the state of the
   * task may have changed since. While no thread iterates that context, pending signals keep their
   * tasks alive.
   *
   * Since: 1.0
   */
  signals[ASYNCLIT_TASK_EVENT_ADDED] = make_signal (type, "task-added");

  /**
   * AsyncLitTaskManager::task-started:
   * @self: the manager
   * @task: the task
   *
   * Emitted when the first attempt of a task has begun, if there was a handler of this signal when
   * the task was submitted.
   *
   * A task that is cancelled or fails before it begins only emits
   * [signal@TaskManager::task-completed].
   *
   * Since: 1.0
   */
  signals[ASYNCLIT_TASK_EVENT_STARTED] = make_signal (type, "task-started");

  /**
   * AsyncLitTaskManager::task-completed:
   * @self: the manager
   * @task: the task
   *
   * Emitted once for each task that has ended, with any outcome.
   *
   * Since: 1.0
   */
  signals[ASYNCLIT_TASK_EVENT_COMPLETED] = make_signal (type, "task-completed");
}

void
asynclit_task_manager_install_signals (GType type)
{
  install_signals_of_life (type);

  /**
   * AsyncLitTaskManager::task-retrying:
   * @self: the manager
   * @task: the task
   * @attempt: the number of the attempt that failed, from 1
   * @delay: the delay before the next attempt, in seconds
   * @error: the error with which the attempt failed
   *
   * Emitted when an attempt of a task has failed and there will be another.
   *
   * Since: 1.0
   */
  signals[ASYNCLIT_TASK_EVENT_RETRYING] = g_signal_new (
      "task-retrying", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 4,
      ASYNCLIT_TYPE_TASK, G_TYPE_UINT, G_TYPE_DOUBLE, G_TYPE_ERROR | G_SIGNAL_TYPE_STATIC_SCOPE);
}
