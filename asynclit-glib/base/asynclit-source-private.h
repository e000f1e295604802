/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Attaches a source to another thread's context, and gives up the reference to it. As soon as the
 * source is attached, that thread may dispatch it and drop the context. g_source_unref() still
 * needs the context's lock, but does not keep the context alive.
 *
 * @source: (transfer full) */
static inline void
asynclit_source_attach (GSource *source, GMainContext *context)
{
  g_main_context_ref (context);
  g_source_attach (source, context);
  g_source_unref (source);
  g_main_context_unref (context);
}

G_END_DECLS
