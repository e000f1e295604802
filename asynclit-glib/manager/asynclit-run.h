/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "asynclit-task-manager.h"
#include "asynclit-task.h"
#include "asynclit-version-macros.h"

G_BEGIN_DECLS

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitTaskManager *asynclit_get_default_manager (void);

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitTask *asynclit_run (AsyncLitTaskFunc func, gpointer user_data, GDestroyNotify destroy);

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitTask *asynclit_run_closure (GClosure *closure);

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitTask *asynclit_run_async (AsyncLitTaskFunc func, gpointer user_data,
                                  GDestroyNotify destroy);

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitTask *asynclit_run_async_closure (GClosure *closure);

ASYNCLIT_AVAILABLE_IN_1_0
gboolean asynclit_shutdown (double timeout_seconds);
ASYNCLIT_AVAILABLE_IN_1_0
guint asynclit_get_requested_pool_threads (void);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_set_max_threads (guint n_threads);

ASYNCLIT_AVAILABLE_IN_1_0
guint asynclit_get_max_threads (void);

G_END_DECLS
