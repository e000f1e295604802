/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "asynclit-context-executor-private.h"
#include "asynclit-task-private.h"

G_BEGIN_DECLS

/* How submitted tasks get to their executors, and how they are tried again. */

/* Fills in what has nothing to do with the registry. */
void asynclit_task_driver_init (AsyncLitTaskDriver *driver);

/* Gives a submitted task to its executor. */
void asynclit_task_driver_start (AsyncLitTask *task);

/* For tasks whose executor is the owner's context: remembers which one that is. Called by the
 * submitting thread, before the task is submitted. */
void asynclit_task_driver_set_own_context (AsyncLitTask *task);
/* The same for a task that is submitted on behalf of somebody else, with a context of theirs. */
void asynclit_task_driver_set_context (AsyncLitTask *task, AsyncLitContextExecutor *context);

/* Whether the task has to run in the main context of the calling thread. */
gboolean asynclit_task_driver_runs_here (AsyncLitTask *task);

/* Asked on the executor right before the first attempt. FALSE: not now, but when
 * asynclit_task_driver_go_on() is called. Meanwhile the task is pending, and the executor does
 * something else. */
typedef gboolean (*AsyncLitTaskGate) (AsyncLitTask *task, gpointer data);

/* Before the task is submitted. */
void asynclit_task_driver_set_gate (AsyncLitTask *task, AsyncLitTaskGate gate, gpointer data,
                                    GDestroyNotify destroy);
/* @task: an AsyncLitTask. Any thread. */
void asynclit_task_driver_go_on (gpointer task);

G_END_DECLS
