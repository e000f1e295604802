/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What has to happen once a process, and again in the child of a fork. */

typedef void (*AsyncLitForkFunc) (void);

void asynclit_init (void);

/* Counts the forks that led to this process: 0 in the first one. */
guint asynclit_get_generation (void);

/* @reset runs in the child right after a fork, when its only thread is the one that forked. It
 * forgets whatever belonged to the parent's threads; it may not free it, for they may have been
 * in the middle of changing it. */
void asynclit_on_fork (AsyncLitForkFunc reset);

/* @stop is called when the program shuts the library down, before its threads end: for what would
 * go on to give them work. @finish is called after that, for what they have left; FALSE if it would
 * take longer than @end_time of g_get_monotonic_time(). There is one of each, set by the uppermost
 * layer. */
typedef gboolean (*AsyncLitFinishFunc) (gint64 end_time);

void asynclit_on_shutdown (void (*stop) (void), AsyncLitFinishFunc finish);
void asynclit_announce_shutdown (void);
gboolean asynclit_finish_shutdown (gint64 end_time);

G_END_DECLS
