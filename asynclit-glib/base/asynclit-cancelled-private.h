/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Handlers of GCancellable::cancelled that never block.
 *
 * g_cancellable_disconnect() blocks until every handler has returned, and so do sources of
 * cancellables in some versions of GLib. If one of the handlers is further up on the same stack and
 * runs a nested main loop, or waits for the thread that disconnects, that never happens. The
 * functions below don't wait. A handler may therefore still be running on another thread after it
 * was disconnected, and holds a reference to its data until it has returned. */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef void (*AsyncLitCancelledFunc) (GCancellable *cancellable, gpointer data);

/* Calls @func on the thread that cancels. If @cancellable is already cancelled, @func is not
 * called: check that after this call. @data: (transfer full): released with @unref on the last
 * thread that uses it. */
gulong asynclit_cancelled_connect (GCancellable *cancellable, AsyncLitCancelledFunc func,
                                   gpointer data, GClosureNotify unref);
/* @id: 0 if there is nothing to disconnect; @cancellable may then be NULL. */
void asynclit_cancelled_disconnect (GCancellable *cancellable, gulong id);

G_END_DECLS
