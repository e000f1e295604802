/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Whether asynclit_keep_loaded() was called with this function lately. */
gboolean asynclit_is_kept_loaded (gpointer func);
void asynclit_keep_loaded_slow (gpointer func);

/* Sees to it that the plug-in that @func is a part of stays when it is unloaded, as this library
 * does: a thread may be in that function then. */
static inline void
asynclit_keep_loaded (gpointer func)
{
  if (G_UNLIKELY (!asynclit_is_kept_loaded (func)))
    asynclit_keep_loaded_slow (func);
}

G_END_DECLS
