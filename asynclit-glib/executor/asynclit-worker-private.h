/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "asynclit-job-private.h"
#include "asynclit-timer-queue-private.h"
#include "asynclit-worker.h"

G_BEGIN_DECLS

/* The worker's context, or NULL if there was none yet; starts no thread. */
GMainContext *asynclit_worker_peek_context (void);

/* All of these start the worker's thread if need be, and may be called from any thread. */

/* If no thread can be started the job is told that it is lost. */
void asynclit_worker_push (AsyncLitJob *job);

/* As those of the timer queue. If no thread can be started the timer fires at once, in the
 * caller. */
gboolean asynclit_worker_start_timer (AsyncLitTimer *timer, gint64 due);
gboolean asynclit_worker_stop_timer (AsyncLitTimer *timer);

/* Calls @func once on the worker; @destroy frees @data afterwards, there, too. If no thread can be
 * started that is done when one can, never in the caller. */
void asynclit_worker_invoke (GFunc func, gpointer data, GDestroyNotify destroy);

/* Whether the calling thread is the worker's. */
gboolean asynclit_worker_is_current (void);

/* Ends the thread and waits for it, until @end_time of g_get_monotonic_time(); FALSE if it went on
 * running, being busy or needed. It starts again when it is needed. Not from the worker. */
gboolean asynclit_worker_stop (gint64 end_time);

G_END_DECLS
