/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Initialization that takes place once per process, and again in the child of a fork. */

typedef void (*AsyncLitForkFunc) (void);

void asynclit_init (void);

/* The number of forks that led to this process: 0 in the first one. */
guint asynclit_get_generation (void);

/* Right after a fork, @reset runs in the child, whose only thread is the one that forked. It
 * forgets what belonged to the parent's threads, but must not free it, because those threads may
 * have been in the middle of a change. */
void asynclit_on_fork (AsyncLitForkFunc reset);

/* @stop is called when the program shuts the library down, before the library's threads end. It
 * stops everything that would give them more work. @finish is called afterwards, to wait for the
 * remaining work. It returns FALSE if that would take longer than @end_time, on
 * g_get_monotonic_time(). Only the top layer sets them. */
typedef gboolean (*AsyncLitFinishFunc) (gint64 end_time);

void asynclit_on_shutdown (void (*stop) (void), AsyncLitFinishFunc finish);
void asynclit_announce_shutdown (void);
gboolean asynclit_finish_shutdown (gint64 end_time);

G_END_DECLS
