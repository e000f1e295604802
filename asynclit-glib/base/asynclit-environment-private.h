/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* How many threads the thread pool may have at most, as a variable of the environment. */
#define ASYNCLIT_POOL_THREADS "ASYNCLIT_POOL_THREADS"
#define MAX_POOL_THREADS_SET 1024

/* The one reader of the library's own variables of the environment, in all languages. Gives the
 * whole number that the variable @name holds, of ASCII digits only, between 1 and @max; or 0 if it
 * is not set, is empty, or holds anything else. That is said once. */
guint asynclit_environment_get_count (const char *name, guint max);

G_END_DECLS
