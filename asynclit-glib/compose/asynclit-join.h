/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#if !defined(ASYNCLIT_INSIDE) && !defined(ASYNCLIT_COMPILATION)
#error "Only <asynclit-glib.h> can be included directly."
#endif

#include "asynclit-task.h"

G_BEGIN_DECLS

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitTask *asynclit_task_all (AsyncLitTask *const *tasks, gsize n_tasks);

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitTask *asynclit_task_any (AsyncLitTask *const *tasks, gsize n_tasks);

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitTask *asynclit_task_race (AsyncLitTask *const *tasks, gsize n_tasks);

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitTask *asynclit_task_join (AsyncLitTask *const *tasks, gsize n_tasks, AsyncLitJoin how,
                                  AsyncLitJoinFlags flags);

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitTask *asynclit_task_get_decisive (AsyncLitTask *self);

G_END_DECLS
