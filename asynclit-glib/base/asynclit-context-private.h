/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Main contexts, where the system may have no file descriptor left for them: GLib ends the process
 * then. A program whose other threads take the last one at the same moment is out of luck. */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Whether a context could be made now; if not, sets @error. */
gboolean asynclit_context_can_be_made (GError **error);

/* The global default one; NULL if it is not there yet and can't be made now. */
GMainContext *asynclit_context_peek_default (void);

/* The calling thread's own, or the global default one. NULL as above. */
GMainContext *asynclit_context_peek_own (void);

/* Whether the calling thread is the one that iterates @context, or will, and no other does: the one
 * that has it as its own, where the global default context belongs to the first thread. @context:
 * not one that is gone; NULL: the global default one, when it could not be made. */
gboolean asynclit_context_is_here (GMainContext *context);

G_END_DECLS
