/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The content of a schedule's file, as it is or soon will be. Times are wall times, in microseconds
 * since the Unix epoch.
 *
 * A run has an entry from when it is due until its task has ended. The entry contains the time at
 * which the run started, if it did. When the entry is added, the next time of its job moves on.
 * Whenever the program is killed, each time is therefore still in the job's future, or has an
 * entry, or has been handled.
 *
 * The journal knows which of its entries the file lacks. However long the file can't be written,
 * these are never more than there are entries. */

#pragma once

#include "asynclit-job-counts-private.h"

#include <glib.h>

G_BEGIN_DECLS

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
  GArray *runs; /* of AsyncLitStoredRun, oldest first: those that have not ended */
} AsyncLitStoredJob;

/* The kinds of changes. */
typedef enum {
  ASYNCLIT_STORE_SAVE,   /* a job, except for what the start of a run changes */
  ASYNCLIT_STORE_REMOVE, /* a job and its runs */
  ASYNCLIT_STORE_DUE,    /* a run */
  ASYNCLIT_STORE_START,
  ASYNCLIT_STORE_END,
  ASYNCLIT_STORE_CLEAR, /* the runs of a job that an earlier run of the program left */
} AsyncLitStoreChangeKind;

typedef struct {
  AsyncLitStoreChangeKind kind;
  char *job_id;
  AsyncLitStoredJob job; /* SAVE; without runs */
  gint64 run;            /* DUE, START, END: its number */
  gint64 time;           /* DUE, START */
} AsyncLitStoreChange;

/* An entry to be written to the file, in its current form, or to be deleted from it. */
typedef enum {
  ASYNCLIT_JOURNAL_PUT_JOB,
  ASYNCLIT_JOURNAL_DELETE_JOB,
  ASYNCLIT_JOURNAL_PUT_RUN,
  ASYNCLIT_JOURNAL_DELETE_RUN,
} AsyncLitJournalRowKind;

typedef struct {
  AsyncLitJournalRowKind kind;
  char *job_id;          /* of jobs, and PUT_RUN */
  AsyncLitStoredJob job; /* PUT_JOB; without runs */
  gint64 run;            /* of runs: its number */
  gint64 due;            /* PUT_RUN, and the next */
  gint64 started;        /* ASYNCLIT_NO_TIME: it has not started */
  gboolean was_in_file;  /* possibly in an older form */
} AsyncLitJournalRow;

typedef struct _AsyncLitJournal AsyncLitJournal;

void asynclit_stored_job_free (AsyncLitStoredJob *self);
void asynclit_store_change_free (AsyncLitStoreChange *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AsyncLitStoredJob, asynclit_stored_job_free)

/* Only one thread at a time may use a journal. */
AsyncLitJournal *asynclit_journal_new (void);
void asynclit_journal_free (AsyncLitJournal *self);

/* Adds an entry that was read from the file. FALSE if the entry is invalid and therefore omitted.
 * The job has no runs yet; those follow later, in any order. */
gboolean asynclit_journal_read_job (AsyncLitJournal *self, const char *id,
                                    const AsyncLitStoredJob *job);
gboolean asynclit_journal_read_run (AsyncLitJournal *self, gint64 run, const char *job_id,
                                    gint64 due, gint64 started);

void asynclit_journal_apply (AsyncLitJournal *self, const AsyncLitStoreChange *change);

/* Returns a copy of the job with its runs; NULL if there is no such job. Values that are impossible
 * at the time @now are omitted: runs are dropped, and a job with impossible times has no trigger
 * (""), so that it starts from scratch. *@n_dropped is the number of omissions. */
AsyncLitStoredJob *asynclit_journal_look_up (AsyncLitJournal *self, const char *job_id, gint64 now,
                                             guint *n_dropped);

/* A number that no run has. */
gint64 asynclit_journal_new_run (AsyncLitJournal *self);

gboolean asynclit_journal_has_pending (AsyncLitJournal *self);
/* Returns all entries that the file lacks, as AsyncLitJournalRow, and assumes that they are going
 * to be written. */
GPtrArray *asynclit_journal_take_pending (AsyncLitJournal *self);
/* The rows could not be written after all. */
void asynclit_journal_put_back (AsyncLitJournal *self, GPtrArray *rows);
/* The file is new, so it lacks all entries. */
void asynclit_journal_renew (AsyncLitJournal *self);

G_END_DECLS
