/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "asynclit-job-private.h"

G_BEGIN_DECLS

/* The process-wide pool of threads that run functions which may block. */

/* Any thread. If no thread runs and none can be started, the job's function gets an error. */
void asynclit_thread_pool_push (AsyncLitJob *job);
/* As in GLib, a smaller number is more urgent. asynclit_thread_pool_push() uses 0. */
void asynclit_thread_pool_push_with_priority (AsyncLitJob *job, int priority);

/* Ends the threads once they are idle. Waits for that until @end_time, on g_get_monotonic_time();
 * FALSE if jobs are still running then. The threads start again as needed. */
gboolean asynclit_thread_pool_stop (gint64 end_time);

/* The maximum number of threads that run jobs at the same time, not counting those whose job waits
 * for another one. If the limit is lowered, threads beyond it leave after their job. */
void asynclit_thread_pool_set_max_threads (guint n_threads);
guint asynclit_thread_pool_get_max_threads (void);

/* Reads the environment variables of the pool, which no thread of the library may do later. Starts
 * no thread. */
static inline void
asynclit_thread_pool_prepare (void)
{
  asynclit_thread_pool_get_max_threads ();
}

/* For tests: sets how long the pool keeps idle threads. */
void asynclit_thread_pool_set_rest (gint64 usec);

G_END_DECLS
