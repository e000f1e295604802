/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "asynclit-context-executor-private.h"
#include "asynclit-task-private.h"

G_BEGIN_DECLS

/* Passes submitted tasks to their executors, and retries them. */

/* Sets the functions that have nothing to do with the registry. */
void asynclit_task_driver_init (AsyncLitTaskDriver *driver);

/* Passes a submitted task to its executor. */
void asynclit_task_driver_start (AsyncLitTask *task);

/* For tasks whose executor is the owner's context: records the context. Called by the submitting
 * thread, before the task is submitted. */
void asynclit_task_driver_set_own_context (AsyncLitTask *task);
/* The same for a task that is submitted on behalf of another thread, with that thread's context. */
void asynclit_task_driver_set_context (AsyncLitTask *task, AsyncLitContextExecutor *context);

/* Whether the task has to run in the main context of the calling thread. */
gboolean asynclit_task_driver_runs_here (AsyncLitTask *task);

/* Called on the executor right before the first attempt. FALSE: the task has to wait until
 * asynclit_task_driver_go_on() is called. In the meantime it is pending, and the executor runs
 * other jobs. */
typedef gboolean (*AsyncLitTaskGate) (AsyncLitTask *task, gpointer data);

/* Must be called before the task is submitted. */
void asynclit_task_driver_set_gate (AsyncLitTask *task, AsyncLitTaskGate gate, gpointer data,
                                    GDestroyNotify destroy);
/* @task: an AsyncLitTask. Any thread. */
void asynclit_task_driver_go_on (gpointer task);

G_END_DECLS
