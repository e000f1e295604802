/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The number of the calling thread, from 1: smaller than a pointer, and never used again for
 * another thread. */
guint asynclit_get_thread_number (void);

/* Whether the calling thread is the first thread of the process, which owns the global default
 * context. */
gboolean asynclit_is_main_thread (void);

G_END_DECLS
