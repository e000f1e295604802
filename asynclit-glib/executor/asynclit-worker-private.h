/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "asynclit-job-private.h"
#include "asynclit-timer-queue-private.h"
#include "asynclit-worker.h"

G_BEGIN_DECLS

/* The worker's context; NULL if it has not been created yet. Starts no thread. */
GMainContext *asynclit_worker_peek_context (void);

/* The functions below start the worker's thread if necessary, and may be called from any thread. */

/* If no thread can be started, the job's function gets an error. */
void asynclit_worker_push (AsyncLitJob *job);

/* Like the functions of the timer queue. If no thread can be started, the timer fires immediately,
 * in the caller. */
gboolean asynclit_worker_start_timer (AsyncLitTimer *timer, gint64 due);
gboolean asynclit_worker_stop_timer (AsyncLitTimer *timer);

/* Calls @func once on the worker, and then frees @data with @destroy, also on the worker. If no
 * thread can be started, this happens as soon as one can be, but never in the caller. */
void asynclit_worker_invoke (GFunc func, gpointer data, GDestroyNotify destroy);

/* Whether the calling thread is the worker's. */
gboolean asynclit_worker_is_current (void);

/* Ends the thread, and waits for it until @end_time on g_get_monotonic_time(). FALSE if it
 * continues because it is busy or needed. It starts again when it is needed. Must not be called on
 * the worker. */
gboolean asynclit_worker_stop (gint64 end_time);

G_END_DECLS
