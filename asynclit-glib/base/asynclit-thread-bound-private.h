/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/* Whether @data is a closure (as its @destroy shows) of a language whose functions can be neither
 * called nor freed on any thread but their own. */
gboolean asynclit_is_thread_bound (gpointer data, GDestroyNotify destroy);

G_END_DECLS
