/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The file of a schedule as a file: where it is, and that nobody else has it. */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _AsyncLitScheduleFile AsyncLitScheduleFile;

/* Opens the file, or makes it, empty; and locks it. Waits for a store of this process that is just
 * being closed. */
AsyncLitScheduleFile *asynclit_schedule_file_open (const char *path, GError **error);

/* Lets go of it. Whoever has it open in other ways has to close it before. */
void asynclit_schedule_file_close (AsyncLitScheduleFile *self);

/* It will be closed soon: who wants to open it in this process waits for that. */
void asynclit_schedule_file_announce_close (AsyncLitScheduleFile *self);

/* Absolute, without links. */
const char *asynclit_schedule_file_get_path (AsyncLitScheduleFile *self);

/* For messages. */
const char *asynclit_schedule_file_get_name (AsyncLitScheduleFile *self);

/* The first bytes; how many there were. */
gsize asynclit_schedule_file_read_head (AsyncLitScheduleFile *self, guint8 *head, gsize size);

/* Whether there is anything in the file that SQLite writes to first. */
gboolean asynclit_schedule_file_has_log (AsyncLitScheduleFile *self);

/* Notes which one that is, for what follows. */
void asynclit_schedule_file_note_log (AsyncLitScheduleFile *self);

/* Whether both are still where they were. */
gboolean asynclit_schedule_file_is_in_place (AsyncLitScheduleFile *self);

/* Makes the file anew, with a lock, after it was removed or replaced; SQLite has let go of it. What
 * stands in its place is moved aside; *aside is where to. */
gboolean asynclit_schedule_file_renew (AsyncLitScheduleFile *self, char **aside, GError **error);

G_END_DECLS
