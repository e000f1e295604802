/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The calling thread's, from 1 on: smaller than a pointer, and of no other thread after it. */
guint asynclit_get_thread_number (void);

/* Whether it is the first thread of the process, whose own the global default context is. */
gboolean asynclit_is_main_thread (void);

G_END_DECLS
