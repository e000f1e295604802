/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#if !defined(ASYNCLIT_INSIDE) && !defined(ASYNCLIT_COMPILATION)
#error "Only <asynclit-glib.h> can be included directly."
#endif

#include "asynclit-limiter.h"
#include "asynclit-task.h"

G_BEGIN_DECLS

/* Before a task is submitted: what it has to wait for */

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_task_add_limiter (AsyncLitTask *self, AsyncLitLimiter *limiter);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_task_add_dependency (AsyncLitTask *self, AsyncLitTask *other);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_task_set_run_anyway (AsyncLitTask *self, gboolean run_anyway);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_task_set_delay (AsyncLitTask *self, double seconds);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_task_set_priority (AsyncLitTask *self, int priority);

/* At any time, from any thread */

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitTask *asynclit_task_get_dependency (AsyncLitTask *self, guint index);

ASYNCLIT_AVAILABLE_IN_1_0
gboolean asynclit_task_depends_on (AsyncLitTask *self, AsyncLitTask *other);

ASYNCLIT_AVAILABLE_IN_1_0
gboolean asynclit_task_get_run_anyway (AsyncLitTask *self);

ASYNCLIT_AVAILABLE_IN_1_0
double asynclit_task_get_delay (AsyncLitTask *self);

ASYNCLIT_AVAILABLE_IN_1_0
int asynclit_task_get_priority (AsyncLitTask *self);

ASYNCLIT_AVAILABLE_IN_1_0
char *asynclit_task_explain (AsyncLitTask *self);

/* For an externally run task */

ASYNCLIT_AVAILABLE_IN_1_0
gboolean asynclit_task_when_ready (AsyncLitTask *self, GClosure *ready);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_task_begin_wait (AsyncLitTask *self);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_task_end_wait (AsyncLitTask *self);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_task_note_failure (AsyncLitTask *self);

G_END_DECLS
