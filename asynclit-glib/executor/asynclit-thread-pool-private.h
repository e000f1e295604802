/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "asynclit-job-private.h"

G_BEGIN_DECLS

/* The process-wide pool of threads that run functions which may block. */

/* Any thread. If no thread runs and none can be started, the job is told that it is lost. */
void asynclit_thread_pool_push (AsyncLitJob *job);
/* As in GLib, a smaller number is more urgent; 0 is that of the others. */
void asynclit_thread_pool_push_with_priority (AsyncLitJob *job, int priority);

/* Ends the threads when they have nothing to do, and waits for that until @end_time of
 * g_get_monotonic_time(); FALSE if they still ran something then. They start again as needed. */
gboolean asynclit_thread_pool_stop (gint64 end_time);

/* How many threads may run jobs at once, not counting those whose job waits for another. With a new
 * limit that is lower, threads beyond it leave after their job. */
void asynclit_thread_pool_set_max_threads (guint n_threads);
guint asynclit_thread_pool_get_max_threads (void);

/* Reads what the environment says about the pool, which no thread of the library may do later on.
 * Starts nothing. */
static inline void
asynclit_thread_pool_prepare (void)
{
  asynclit_thread_pool_get_max_threads ();
}

/* For tests: how long the pool keeps its threads when there is nothing to do. */
void asynclit_thread_pool_set_rest (gint64 usec);

G_END_DECLS
