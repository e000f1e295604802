/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>
#include <signal.h>

G_BEGIN_DECLS

/* Which signals the library's threads receive: none, as with GLib's own worker. A program that
 * blocks a signal in its main thread, to read it with sigwait() or from a signalfd, therefore
 * receives it. */

/* To be called before and after starting a thread. A thread inherits the signal mask of the thread
 * that starts it, so there is no moment at which it could receive a signal. */
void asynclit_signals_hold (sigset_t *before);
void asynclit_signals_release (const sigset_t *before);

/* To be called first, and once, in each thread of the library. A child that the thread forks starts
 * without blocked signals. */
void asynclit_signals_enter_thread (void);

/* Async-signal-safe, for a child between fork() and exec(): restores the default actions and
 * unblocks all signals. */
void asynclit_signals_reset_child (void);

/* Whether a child of this thread keeps the blocked signals until it calls
 * asynclit_signals_reset_child(). */
void asynclit_signals_keep_in_child (gboolean keep);

G_END_DECLS
