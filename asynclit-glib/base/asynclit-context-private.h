/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Access to main contexts when the system may have no file descriptor left. GLib aborts the process
 * if it can't create a context. A race remains: another thread may take the last descriptor at the
 * same moment. */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Whether a context can be created now; if not, sets @error. */
gboolean asynclit_context_can_be_made (GError **error);

/* The global default context; NULL if it does not exist yet and can't be created now. */
GMainContext *asynclit_context_peek_default (void);

/* The calling thread's own context, or the global default one; NULL as above. */
GMainContext *asynclit_context_peek_own (void);

/* Whether the calling thread, and no other, iterates @context or will iterate it. A thread iterates
 * the context that is its thread default; the global default context belongs to the first thread.
 * @context must not have been freed; NULL means the global default context that could not be
 * created. */
gboolean asynclit_context_is_here (GMainContext *context);

G_END_DECLS
