/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The file of a schedule: its path, and the lock that prevents other uses. */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _AsyncLitScheduleFile AsyncLitScheduleFile;

/* Opens the file, or creates it empty, and locks it. Waits for a store of this process that is just
 * being closed. */
AsyncLitScheduleFile *asynclit_schedule_file_open (const char *path, GError **error);

/* Closes and unlocks the file. All other descriptors for it have to be closed first. */
void asynclit_schedule_file_close (AsyncLitScheduleFile *self);

/* The file will be closed soon; threads of this process that want to open it wait until then. */
void asynclit_schedule_file_announce_close (AsyncLitScheduleFile *self);

/* Absolute, with symbolic links resolved. */
const char *asynclit_schedule_file_get_path (AsyncLitScheduleFile *self);

/* For messages. */
const char *asynclit_schedule_file_get_name (AsyncLitScheduleFile *self);

/* Reads the first bytes; returns their number. */
gsize asynclit_schedule_file_read_head (AsyncLitScheduleFile *self, guint8 *head, gsize size);

/* Whether the log that SQLite writes to first contains anything. */
gboolean asynclit_schedule_file_has_log (AsyncLitScheduleFile *self);

/* Records the identity of the log, for the next two functions. */
void asynclit_schedule_file_note_log (AsyncLitScheduleFile *self);

/* Whether the file and its log are still where they were. */
gboolean asynclit_schedule_file_is_in_place (AsyncLitScheduleFile *self);

/* Creates and locks the file again, after it was removed or replaced; SQLite must have closed it. A
 * file in its place is renamed to *@aside. */
gboolean asynclit_schedule_file_renew (AsyncLitScheduleFile *self, char **aside, GError **error);

G_END_DECLS
