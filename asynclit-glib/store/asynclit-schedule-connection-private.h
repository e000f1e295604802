/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A database file, which is created again if it is removed. Only one thread at a time may use
 * it. */

#pragma once

#include "asynclit-schedule-journal-private.h"

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _AsyncLitScheduleConnection AsyncLitScheduleConnection;

AsyncLitScheduleConnection *asynclit_schedule_connection_open (const char *path, GError **error);
void asynclit_schedule_connection_close (AsyncLitScheduleConnection *self);

/* Any thread. The connection will be closed soon; threads of this process that want to open the
 * file wait until then. */
void asynclit_schedule_connection_announce_close (AsyncLitScheduleConnection *self);

/* For messages. */
const char *asynclit_schedule_connection_get_name (AsyncLitScheduleConnection *self);

/* Entries that can't be read are omitted, with a warning. */
void asynclit_schedule_connection_read (AsyncLitScheduleConnection *self, AsyncLitJournal *journal);

/* Checks whether the file still exists, and creates it if it does not. *@is_new: all entries have
 * to be written to it. */
gboolean asynclit_schedule_connection_ensure (AsyncLitScheduleConnection *self, gboolean *is_new,
                                              GError **error);

/* Writes all of the rows (AsyncLitJournalRow), or none. *@may_pass: after a failure, whether it may
 * succeed later. */
gboolean asynclit_schedule_connection_write (AsyncLitScheduleConnection *self, GPtrArray *rows,
                                             gboolean *may_pass, GError **error);

G_END_DECLS
