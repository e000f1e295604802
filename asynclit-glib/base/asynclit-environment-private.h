/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The environment variable for the maximum number of threads in the thread pool. */
#define ASYNCLIT_POOL_THREADS "ASYNCLIT_POOL_THREADS"
#define MAX_POOL_THREADS_SET 1024

/* Reads an environment variable of the library; all languages use this function. Returns the whole
 * number in the variable @name, which must consist of ASCII digits and be between 1 and @max.
 * Returns 0 if the variable is not set, is empty, or contains anything else; the latter is logged
 * once. */
guint asynclit_environment_get_count (const char *name, guint max);

G_END_DECLS
