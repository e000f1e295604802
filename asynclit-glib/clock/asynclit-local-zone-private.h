/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The time zone of the system: what TZ says in the environment, or else /etc/localtime. All may be
 * called from any thread, also with asynclit_schedule_lock held. */

/* (transfer full) */
GTimeZone *asynclit_local_zone_get (void);

/* A number that is another one after the zone was changed. It asks only on the main thread, or
 * while nobody watches. */
guint asynclit_local_zone_get_serial (void);

/* The number as it was last: asks nothing. */
guint asynclit_local_zone_peek_serial (void);

/* While somebody watches, the file is looked at when they say that it has changed, and not else.
 * @watched: begin, or end */
void asynclit_local_zone_set_watched (gboolean watched);

/* The file may have changed. TRUE if the zone is another one now. */
gboolean asynclit_local_zone_look_again (void);

/* Where the file is. Only unit tests set it, which may not change that of the machine. */
const char *asynclit_local_zone_get_path (void);
void asynclit_local_zone_set_path (const char *path);

/* A source that calls back when the file was written or replaced; NULL if the system has no more
 * descriptors for it, or no such folder. It begins to watch at once. (transfer full) */
GSource *asynclit_zone_watch_new (void (*changed) (gpointer data), gpointer data);

G_END_DECLS
