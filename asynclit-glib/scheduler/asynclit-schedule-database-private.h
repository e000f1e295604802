/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A schedule in a file, in SQLite. Times are wall times, in microseconds since the Unix epoch.
 *
 * A run has a row from when it is due until its task has ended, which says when it was started once
 * it was. In one transaction with that row being made its job's next time is moved on; so whenever
 * the program is killed, each time is either still ahead of the job, or has a row, or has been
 * dealt with. */

#pragma once

#include "asynclit-job-counts-private.h"

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _AsyncLitScheduleDatabase AsyncLitScheduleDatabase;

typedef struct {
  gint64 due;
  gboolean was_started;
} AsyncLitStoredRun;

typedef struct {
  char *trigger;
  gint64 next;     /* ASYNCLIT_NEVER: none */
  gint64 previous; /* ASYNCLIT_NO_TIME: none */
  AsyncLitJobCounts counts;
  gboolean paused;
  GArray *runs; /* of AsyncLitStoredRun, oldest first: those that had not ended */
} AsyncLitStoredJob;

typedef enum {
  ASYNCLIT_STORE_SAVE,   /* a job, but for what the start of a run changes */
  ASYNCLIT_STORE_REMOVE, /* a job, with its runs */
  ASYNCLIT_STORE_DUE,    /* a run */
  ASYNCLIT_STORE_START,
  ASYNCLIT_STORE_END,
  ASYNCLIT_STORE_CLEAR, /* the runs of a job that were left from the last time */
} AsyncLitStoreChangeKind;

typedef struct {
  AsyncLitStoreChangeKind kind;
  char *job_id;
  AsyncLitStoredJob job; /* SAVE; without runs */
  gint64 run;            /* DUE, START, END: its number */
  gint64 time;           /* DUE, START */
} AsyncLitStoreChange;

void asynclit_stored_job_free (AsyncLitStoredJob *self);
void asynclit_store_change_free (AsyncLitStoreChange *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AsyncLitStoredJob, asynclit_stored_job_free)

/* One thread at a time. Opens the file, or makes it; nobody else may have it open. */
AsyncLitScheduleDatabase *asynclit_schedule_database_open (const char *path, GError **error);
void asynclit_schedule_database_close (AsyncLitScheduleDatabase *self);

/* NULL if there is no such job, or on error. */
AsyncLitStoredJob *asynclit_schedule_database_load (AsyncLitScheduleDatabase *self,
                                                    const char *job_id, GError **error);

/* The highest number of a run. */
gint64 asynclit_schedule_database_get_last_run (AsyncLitScheduleDatabase *self);

/* All of them, in order, in one transaction: or none. *may_pass: whether that failed for a reason
 * for which it may go well another time. */
gboolean asynclit_schedule_database_write (AsyncLitScheduleDatabase *self, GPtrArray *changes,
                                           gboolean *may_pass, GError **error);

G_END_DECLS
