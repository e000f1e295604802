/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "asynclit-wakeup-source-private.h"
#include "asynclit-job-private.h"

G_BEGIN_DECLS

/* Runs jobs in a main context: the worker's, or that of the thread that submitted them. */
typedef struct _AsyncLitContextExecutor AsyncLitContextExecutor;

AsyncLitContextExecutor *asynclit_context_executor_get (GMainContext *context, int priority);
AsyncLitContextExecutor *asynclit_context_executor_ref (AsyncLitContextExecutor *self);
void asynclit_context_executor_unref (AsyncLitContextExecutor *self);

/* Any thread. */
void asynclit_context_executor_push (AsyncLitContextExecutor *self, AsyncLitJob *job);

gboolean asynclit_context_executor_has_jobs (AsyncLitContextExecutor *self);

/* Whether the context belongs to the calling thread, and no other thread iterates it. If so, no job
 * runs before the caller returns to its main loop. */
gboolean asynclit_context_executor_is_current (AsyncLitContextExecutor *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AsyncLitContextExecutor, asynclit_context_executor_unref)

G_END_DECLS
