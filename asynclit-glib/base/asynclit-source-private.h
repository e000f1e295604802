/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Attaches a source to the context of another thread, and lets go of it. As soon as it is attached
 * that thread may dispatch it, and let the context go; g_source_unref() still wants the context's
 * lock, and does not keep it.
 *
 * @source: (transfer full) */
static inline void
asynclit_source_hand_over (GSource *source, GMainContext *context)
{
  g_main_context_ref (context);
  g_source_attach (source, context);
  g_source_unref (source);
  g_main_context_unref (context);
}

G_END_DECLS
