/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A thread about to block on a task tells its executor through this, so that an executor with a
 * bounded number of threads can make up for the one that it loses meanwhile. Set by executors on
 * their own threads; asked by whoever blocks. */
typedef struct {
  void (*begin) (gpointer executor);
  void (*end) (gpointer executor);
  gpointer executor;
} AsyncLitBlockingHooks;

/* @hooks: NULL for none; must live as long as the thread. */
void asynclit_blocking_set_hooks (const AsyncLitBlockingHooks *hooks);
/* The calling thread must never wait for anything. */
void asynclit_blocking_forbid (void);
gboolean asynclit_blocking_is_forbidden (void);
/* Whether the calling thread is an executor's, so that it can't wait for the end of that. */
gboolean asynclit_blocking_is_executor (void);
void asynclit_blocking_begin (void);
void asynclit_blocking_end (void);

/* Until when of g_get_monotonic_time() to wait: ASYNCLIT_NEVER for a negative time-out, and for one
 * that is longer than any time. */
gint64 asynclit_blocking_get_end_time (double timeout_seconds);

G_END_DECLS
