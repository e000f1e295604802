/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* To hear that a cancellable is cancelled, without ever waiting for anybody.
 *
 * g_cancellable_disconnect() blocks until every handler has returned; so do sources of
 * cancellables, in some versions of GLib. That never happens if one of the handlers is further up
 * in the same stack and runs a nested main loop, or waits for the thread that disconnects. Here
 * nobody waits. So the handler may still be running on another thread after it was disconnected,
 * and has a reference to its data until it has returned. */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef void (*AsyncLitCancelledFunc) (GCancellable *cancellable, gpointer data);

/* Has @func called on the thread that cancels; not at once if that has happened before: look after
 * this. @data: (transfer full): dropped with @unref when nobody can be using it any more, on the
 * thread that was the last to. */
gulong asynclit_cancelled_connect (GCancellable *cancellable, AsyncLitCancelledFunc func,
                                   gpointer data, GClosureNotify unref);
/* @id: 0 if there is nothing to disconnect; then @cancellable may be NULL, too. */
void asynclit_cancelled_disconnect (GCancellable *cancellable, gulong id);

G_END_DECLS
