/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What the file of a schedule says, or will say in a moment. Times are wall times, in microseconds
 * since the Unix epoch.
 *
 * A run has an entry from when it is due until its task has ended, which says when it was started
 * once it was. With that entry being made its job's next time is moved on; so whenever the program
 * is killed, each time is either still ahead of the job, or has an entry, or has been dealt with.
 *
 * The journal knows which of its entries the file lacks. However long the file can't be written,
 * that is no more than there are entries. */

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
  GArray *runs; /* of AsyncLitStoredRun, oldest first: those that had not ended */
} AsyncLitStoredJob;

/* What happens. */
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

/* What the file lacks: an entry as it is now, or that there is none any more. */
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
  gint64 started;        /* ASYNCLIT_NO_TIME: it was not */
  gboolean was_in_file;  /* perhaps in an older form */
} AsyncLitJournalRow;

typedef struct _AsyncLitJournal AsyncLitJournal;

void asynclit_stored_job_free (AsyncLitStoredJob *self);
void asynclit_store_change_free (AsyncLitStoreChange *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AsyncLitStoredJob, asynclit_stored_job_free)

/* One thread at a time. */
AsyncLitJournal *asynclit_journal_new (void);
void asynclit_journal_free (AsyncLitJournal *self);

/* What the file says. FALSE if that makes no sense; then it is left out. The job has no runs; those
 * come later, in any order. */
gboolean asynclit_journal_read_job (AsyncLitJournal *self, const char *id,
                                    const AsyncLitStoredJob *job);
gboolean asynclit_journal_read_run (AsyncLitJournal *self, gint64 run, const char *job_id,
                                    gint64 due, gint64 started);

void asynclit_journal_apply (AsyncLitJournal *self, const AsyncLitStoreChange *change);

/* A copy, with the runs; NULL if there is no such job. What can't be true at the time @now is left
 * out: runs are forgotten, and a job whose times can't be has no trigger (""), so that it has to
 * begin anew. *n_dropped is how much that is. */
AsyncLitStoredJob *asynclit_journal_look_up (AsyncLitJournal *self, const char *job_id, gint64 now,
                                             guint *n_dropped);

/* A number that no run has. */
gint64 asynclit_journal_new_run (AsyncLitJournal *self);

gboolean asynclit_journal_has_pending (AsyncLitJournal *self);
/* All that the file lacks, of AsyncLitJournalRow: it is taken to have it then. */
GPtrArray *asynclit_journal_take_pending (AsyncLitJournal *self);
/* It does not have it after all. */
void asynclit_journal_put_back (AsyncLitJournal *self, GPtrArray *rows);
/* It has nothing of all that there is. */
void asynclit_journal_renew (AsyncLitJournal *self);

G_END_DECLS
