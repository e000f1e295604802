/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Whether asynclit_keep_loaded() was recently called with this function. */
gboolean asynclit_is_kept_loaded (gpointer func);
void asynclit_keep_loaded_slow (gpointer func);

/* Keeps the plug-in that contains @func loaded even if the program unloads it, because a thread may
 * be executing that function then. This library stays loaded, too. */
static inline void
asynclit_keep_loaded (gpointer func)
{
  if (G_UNLIKELY (!asynclit_is_kept_loaded (func)))
    asynclit_keep_loaded_slow (func);
}

G_END_DECLS
