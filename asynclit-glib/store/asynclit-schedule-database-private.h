/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A journal in a file, in SQLite: one row an entry. */

#pragma once

#include "asynclit-schedule-file-private.h"
#include "asynclit-schedule-journal-private.h"

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _AsyncLitScheduleDatabase AsyncLitScheduleDatabase;

gboolean asynclit_schedule_database_is_supported (GError **error);

/* One thread at a time. Opens what is in the file, which has to be a schedule, or nothing; then it
 * becomes one. Nothing is written before that is known. */
AsyncLitScheduleDatabase *asynclit_schedule_database_open (AsyncLitScheduleFile *file,
                                                           GError **error);
void asynclit_schedule_database_close (AsyncLitScheduleDatabase *self);
/* The same for a file that was removed or replaced: nothing is touched that has its name. */
void asynclit_schedule_database_abandon (AsyncLitScheduleDatabase *self);

/* Puts all that can be read into @journal. *n_invalid is how much makes no sense, and is left out.
 * FALSE if the file is damaged. */
gboolean asynclit_schedule_database_read (AsyncLitScheduleDatabase *self, AsyncLitJournal *journal,
                                          guint *n_invalid, GError **error);

/* All of them, of AsyncLitJournalRow, in one transaction; or none. @from_scratch: instead of what
 * is there. *may_pass: whether that failed for a reason for which it may go well another time. */
gboolean asynclit_schedule_database_write (AsyncLitScheduleDatabase *self, GPtrArray *rows,
                                           gboolean from_scratch, gboolean *may_pass,
                                           GError **error);

G_END_DECLS
