/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A journal in an SQLite file, with one row per entry. */

#pragma once

#include "asynclit-schedule-file-private.h"
#include "asynclit-schedule-journal-private.h"

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _AsyncLitScheduleDatabase AsyncLitScheduleDatabase;

gboolean asynclit_schedule_database_is_supported (GError **error);

/* Only one thread at a time may use a database. Opens the database in @file. If the file is empty,
 * it becomes a schedule; otherwise, it must be one. Nothing is written before that is known. */
AsyncLitScheduleDatabase *asynclit_schedule_database_open (AsyncLitScheduleFile *file,
                                                           GError **error);
void asynclit_schedule_database_close (AsyncLitScheduleDatabase *self);
/* Closes the database of a file that was removed or replaced, without touching any file of the same
 * name. */
void asynclit_schedule_database_abandon (AsyncLitScheduleDatabase *self);

/* Reads as much as possible into @journal. Invalid entries are omitted; *@n_invalid is their
 * number. FALSE if the file is damaged. */
gboolean asynclit_schedule_database_read (AsyncLitScheduleDatabase *self, AsyncLitJournal *journal,
                                          guint *n_invalid, GError **error);

/* Writes all of the rows (AsyncLitJournalRow) in one transaction, or none. @from_scratch: they
 * replace the previous content. *@may_pass: whether the reason for a failure may go away. */
gboolean asynclit_schedule_database_write (AsyncLitScheduleDatabase *self, GPtrArray *rows,
                                           gboolean from_scratch, gboolean *may_pass,
                                           GError **error);

G_END_DECLS
