/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The system's time zone: from the environment variable TZ or, without it, from /etc/localtime. All
 * functions may be called from any thread, also while asynclit_schedule_lock is held. */

/* (transfer full) */
GTimeZone *asynclit_local_zone_get (void);

/* A number that changes whenever the zone changes. Checks for a change only on the main thread, or
 * while the file is not watched. */
guint asynclit_local_zone_get_serial (void);

/* The last known number; checks nothing. */
guint asynclit_local_zone_peek_serial (void);

/* While the file is watched, it is read only after the watcher has reported a change.
 * @watched: whether to begin or to end watching */
void asynclit_local_zone_set_watched (gboolean watched);

/* To be called when the file may have changed. TRUE if the zone is now another one. */
gboolean asynclit_local_zone_look_again (void);

/* The path of the file. Only unit tests set it, because they may not change the file of the
 * machine. */
const char *asynclit_local_zone_get_path (void);
void asynclit_local_zone_set_path (const char *path);

/* Creates a source that is dispatched when the file was written or replaced; NULL if there is no
 * such folder, or the system has no descriptor left. Watching begins immediately. (transfer
 * full) */
GSource *asynclit_zone_watch_new (void (*changed) (gpointer data), gpointer data);

G_END_DECLS
