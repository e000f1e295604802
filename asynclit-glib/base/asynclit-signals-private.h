/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>
#include <signal.h>

G_BEGIN_DECLS

/* Which signals reach the library's threads: none, as with GLib's own worker. A program that
 * blocks a signal in its main thread, to read it with sigwait() or from a signalfd, gets it. */

/* Around the start of a thread, which begins with the mask of whoever starts it: there is no moment
 * at which it could take a signal. */
void asynclit_signals_hold (sigset_t *before);
void asynclit_signals_release (const sigset_t *before);

/* What a thread of the library does first, and once. A child that it forks begins without blocked
 * signals. */
void asynclit_signals_enter_thread (void);

/* Async-signal-safe, for a child between fork() and exec(): default actions, nothing blocked. */
void asynclit_signals_reset_child (void);

/* Whether a child of this thread keeps what is blocked, until asynclit_signals_reset_child(). */
void asynclit_signals_keep_in_child (gboolean keep);

G_END_DECLS
