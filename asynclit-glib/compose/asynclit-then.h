/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#if !defined(ASYNCLIT_INSIDE) && !defined(ASYNCLIT_COMPILATION)
#error "Only <asynclit-glib.h> can be included directly."
#endif

#include "asynclit-task-manager.h"

G_BEGIN_DECLS

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitTaskManager *asynclit_task_get_manager (AsyncLitTask *self);

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitTask *asynclit_task_then (AsyncLitTask *self, AsyncLitTaskFunc func, gpointer user_data,
                                  GDestroyNotify destroy);

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitTask *asynclit_task_then_closure (AsyncLitTask *self, GClosure *closure);

G_END_DECLS
