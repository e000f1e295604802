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
 * AsyncLitMapFunc:
 * @task: the task for all items
 * @index: the index of the item, from 0
 * @cancellable: cancelled when the task is cancelled
 * @user_data: user data
 * @error: return location for an error
 *
 * Processes one item of [method@TaskManager.map].
 *
 * It is called once for each index, on several threads of the pool at the same time, and may block.
 *
 * Returns: %TRUE if the item was processed; %FALSE with @error set if it failed
 * Since: 1.0
 */
typedef gboolean (*AsyncLitMapFunc) (AsyncLitTask *task, gsize index, GCancellable *cancellable,
                                     gpointer user_data, GError **error);

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitTask *asynclit_task_manager_map (AsyncLitTaskManager *self, gsize n_items,
                                         AsyncLitMapFunc func, gpointer user_data,
                                         GDestroyNotify destroy);

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitTask *asynclit_task_manager_map_full (AsyncLitTaskManager *self, gsize n_items,
                                              AsyncLitMapFlags flags, guint max_running,
                                              AsyncLitMapFunc func, gpointer user_data,
                                              GDestroyNotify destroy);

G_END_DECLS
