/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A file with a database in it, which is made anew when somebody removes it. One thread at a time.
 */

#pragma once

#include "asynclit-schedule-journal-private.h"

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _AsyncLitScheduleConnection AsyncLitScheduleConnection;

AsyncLitScheduleConnection *asynclit_schedule_connection_open (const char *path, GError **error);
void asynclit_schedule_connection_close (AsyncLitScheduleConnection *self);

/* Any thread: it will be closed soon, and who wants to open it in this process waits for that. */
void asynclit_schedule_connection_announce_close (AsyncLitScheduleConnection *self);

/* For messages. */
const char *asynclit_schedule_connection_get_name (AsyncLitScheduleConnection *self);

/* What can't be read is missing, and that is said. */
void asynclit_schedule_connection_read (AsyncLitScheduleConnection *self, AsyncLitJournal *journal);

/* Sees whether the file is still there, and makes it anew otherwise. *is_new: all that there is has
 * to be written to it. */
gboolean asynclit_schedule_connection_ensure (AsyncLitScheduleConnection *self, gboolean *is_new,
                                              GError **error);

/* All of them, of AsyncLitJournalRow, or none. *may_pass: if not, whether that may go well another
 * time. */
gboolean asynclit_schedule_connection_write (AsyncLitScheduleConnection *self, GPtrArray *rows,
                                             gboolean *may_pass, GError **error);

G_END_DECLS
