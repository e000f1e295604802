/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Writes down what happens, on a thread of its own: a slow disk holds up nobody else. */

#pragma once

#include "asynclit-schedule-journal-private.h"

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _AsyncLitScheduleWriter AsyncLitScheduleWriter;

/* Called once, on the thread of the writer, without a lock. */
typedef void (*AsyncLitWrittenFunc) (gpointer data);

/* Opens the file, and reads it. */
AsyncLitScheduleWriter *asynclit_schedule_writer_open (const char *path, GError **error);
AsyncLitScheduleWriter *asynclit_schedule_writer_ref (AsyncLitScheduleWriter *self);
void asynclit_schedule_writer_unref (AsyncLitScheduleWriter *self);

/* The functions whose names end in "locked" are called with asynclit_schedule_lock held. So what is
 * noted is in the order in which it happened, and what is noted at a time is written in one
 * transaction. */

void asynclit_schedule_writer_note_locked (AsyncLitScheduleWriter *self,
                                           const AsyncLitStoreChange *change);
gint64 asynclit_schedule_writer_new_run_locked (AsyncLitScheduleWriter *self);

/* Has @func called when all that was noted is in the file, or could not be written. FALSE if that
 * is so already; then it is not called. */
gboolean asynclit_schedule_writer_call_locked (AsyncLitScheduleWriter *self,
                                               AsyncLitWrittenFunc func, gpointer data);

/* What there was of a job; NULL: nothing. */
AsyncLitStoredJob *asynclit_schedule_writer_look_up (AsyncLitScheduleWriter *self,
                                                     const char *job_id, gint64 now);

/* Waits until all that was noted is in the file, or could not be written. */
void asynclit_schedule_writer_await (AsyncLitScheduleWriter *self);

/* Has the thread try to write, and see whether the file is still there; even if nothing was noted.
 */
void asynclit_schedule_writer_want_locked (AsyncLitScheduleWriter *self);
/* How that went the last time. */
gboolean asynclit_schedule_writer_check (AsyncLitScheduleWriter *self, GError **error);
/* The same with a wait. @end_time is of g_get_monotonic_time(). */
gboolean asynclit_schedule_writer_flush (AsyncLitScheduleWriter *self, gint64 end_time,
                                         GCancellable *cancellable, GError **error);

/* Writes what is left, and lets go of the file; what is noted after this is lost. Does not wait. */
void asynclit_schedule_writer_close (AsyncLitScheduleWriter *self);
/* Waits until that is done. FALSE also if not all could be written. */
gboolean asynclit_schedule_writer_await_close (AsyncLitScheduleWriter *self, gint64 end_time,
                                               GCancellable *cancellable, GError **error);
/* Or will be in a moment. */
gboolean asynclit_schedule_writer_is_closed (AsyncLitScheduleWriter *self);

/* For messages. */
const char *asynclit_schedule_writer_get_name (AsyncLitScheduleWriter *self);

/* All of the process; FALSE if it takes longer. */
gboolean asynclit_schedule_writers_close_all (gint64 end_time);

G_END_DECLS
