/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Writes changes to the file on a thread of its own, so that a slow disk delays no other thread. */

#pragma once

#include "asynclit-schedule-journal-private.h"

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _AsyncLitScheduleWriter AsyncLitScheduleWriter;

/* Called once, on the writer's thread, without a lock. */
typedef void (*AsyncLitWrittenFunc) (gpointer data);

/* Opens the file, and reads it. */
AsyncLitScheduleWriter *asynclit_schedule_writer_open (const char *path, GError **error);
AsyncLitScheduleWriter *asynclit_schedule_writer_ref (AsyncLitScheduleWriter *self);
void asynclit_schedule_writer_unref (AsyncLitScheduleWriter *self);

/* Functions whose names end in "locked" are called with asynclit_schedule_lock held. Changes are
 * therefore recorded in the order in which they happened, and changes that are recorded together
 * are written in one transaction. */

void asynclit_schedule_writer_note_locked (AsyncLitScheduleWriter *self,
                                           const AsyncLitStoreChange *change);
gint64 asynclit_schedule_writer_new_run_locked (AsyncLitScheduleWriter *self);

/* Calls @func when all recorded changes have been written, or could not be written. FALSE if there
 * is nothing to wait for; @func is then not called. */
gboolean asynclit_schedule_writer_call_locked (AsyncLitScheduleWriter *self,
                                               AsyncLitWrittenFunc func, gpointer data);

/* The stored state of a job; NULL if there is none. */
AsyncLitStoredJob *asynclit_schedule_writer_look_up (AsyncLitScheduleWriter *self,
                                                     const char *job_id, gint64 now);

/* Waits until all recorded changes have been written, or could not be written. */
void asynclit_schedule_writer_await (AsyncLitScheduleWriter *self);

/* Makes the thread try to write, and check whether the file still exists, even if there are no
 * changes. */
void asynclit_schedule_writer_want_locked (AsyncLitScheduleWriter *self);
/* Returns the result of the last attempt. */
gboolean asynclit_schedule_writer_check (AsyncLitScheduleWriter *self, GError **error);
/* Like asynclit_schedule_writer_want_locked() and asynclit_schedule_writer_check(), but waits in
 * between. @end_time is on g_get_monotonic_time(). */
gboolean asynclit_schedule_writer_flush (AsyncLitScheduleWriter *self, gint64 end_time,
                                         GCancellable *cancellable, GError **error);

/* Writes the remaining changes and closes the file, without waiting for it. Later changes are
 * lost. */
void asynclit_schedule_writer_close (AsyncLitScheduleWriter *self);
/* Waits until the file is closed. FALSE also if not all changes could be written. */
gboolean asynclit_schedule_writer_await_close (AsyncLitScheduleWriter *self, gint64 end_time,
                                               GCancellable *cancellable, GError **error);
/* Closed, or about to be. */
gboolean asynclit_schedule_writer_is_closed (AsyncLitScheduleWriter *self);

/* For messages. */
const char *asynclit_schedule_writer_get_name (AsyncLitScheduleWriter *self);

/* Closes all writers of the process; FALSE if that takes longer. */
gboolean asynclit_schedule_writers_close_all (gint64 end_time);

G_END_DECLS
