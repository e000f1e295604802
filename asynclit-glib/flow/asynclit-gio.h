/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#if !defined(ASYNCLIT_INSIDE) && !defined(ASYNCLIT_COMPILATION)
#error "Only <asynclit-glib.h> can be included directly."
#endif

#include "asynclit-task-manager.h"

G_BEGIN_DECLS

/**
 * AsyncLitReadyFunc: (skip)
 * @task: the task that waits for the operation
 * @source: (nullable): the object on which the operation was started, or %NULL
 * @result: the result of the operation, for its `_finish()` function
 * @data: the data of the task's function, or %NULL if the task has no function
 *
 * Completes an asynchronous operation that was started with [method@Task.await].
 *
 * The function calls the `_finish()` function of the operation, and then settles the task or starts
 * the next operation.
 *
 * Since: 1.0
 */
typedef void (*AsyncLitReadyFunc) (AsyncLitTask *task, GObject *source, GAsyncResult *result,
                                   gpointer data);

ASYNCLIT_AVAILABLE_IN_1_0
gpointer asynclit_task_await (AsyncLitTask *self, AsyncLitReadyFunc func);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_task_ready (GObject *source, GAsyncResult *result, gpointer awaited);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_task_forward (AsyncLitTask *self, GTask *to);

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitTask *asynclit_task_manager_submit_gtask_func (AsyncLitTaskManager *self,
                                                       GTaskThreadFunc func, gpointer source_object,
                                                       gpointer task_data, GDestroyNotify destroy);

G_END_DECLS
