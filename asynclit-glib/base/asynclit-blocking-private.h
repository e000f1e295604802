/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Through these hooks, a thread that is about to block on a task tells its executor. An executor
 * with a limited number of threads can then replace the blocked one for the time being. Executors
 * set the hooks on their own threads; the functions that block call them. */
typedef struct {
  void (*begin) (gpointer executor);
  void (*end) (gpointer executor);
  gpointer executor;
} AsyncLitBlockingHooks;

/* @hooks: NULL for none; must live as long as the thread. */
void asynclit_blocking_set_hooks (const AsyncLitBlockingHooks *hooks);
/* Forbids the calling thread to wait for anything. */
void asynclit_blocking_forbid (void);
gboolean asynclit_blocking_is_forbidden (void);
/* Whether the calling thread belongs to an executor, and therefore can't wait for that executor to
 * end. */
gboolean asynclit_blocking_is_executor (void);
void asynclit_blocking_begin (void);
void asynclit_blocking_end (void);

/* The time on g_get_monotonic_time() at which a wait ends: ASYNCLIT_NEVER if the time-out is
 * negative, or too long to represent. */
gint64 asynclit_blocking_get_end_time (double timeout_seconds);

G_END_DECLS
