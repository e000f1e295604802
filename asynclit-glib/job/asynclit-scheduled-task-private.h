/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "asynclit-context-executor-private.h"
#include "asynclit-due-heap-private.h"
#include "asynclit-job-counts-private.h"
#include "asynclit-lock-private.h"
#include "asynclit-notifier-private.h"
#include "asynclit-schedule-lock-private.h"
#include "asynclit-scheduled-task.h"

G_BEGIN_DECLS

/* What the key of the latest task of a job begins with. */
#define ASYNCLIT_ALIAS_PREFIX "global:"

typedef struct _AsyncLitScheduleCore AsyncLitScheduleCore;

/* What a job calls: shared by the job and its runs. The data is freed where the job was made,
 * whoever drops the last reference. */
typedef struct {
  gatomicrefcount ref_count;
  AsyncLitNotification
      owner;             /* that of the job, by which to release the data; never posted itself */
  AsyncLitTaskFunc func; /* NULL: a language binding takes the runs */
  gpointer user_data;
  GDestroyNotify destroy;
} AsyncLitScheduledWork;

/* Owned by the calling thread and its context. */
AsyncLitScheduledWork *asynclit_scheduled_work_new (void);
AsyncLitScheduledWork *asynclit_scheduled_work_ref (AsyncLitScheduledWork *self);
void asynclit_scheduled_work_unref (AsyncLitScheduledWork *self);

/* Which properties have changed by themselves. */
typedef enum {
  ASYNCLIT_JOB_TIMES = 1 << 0,
  ASYNCLIT_JOB_COUNTS = 1 << 1,
  ASYNCLIT_JOB_PAUSED = 1 << 2,
  ASYNCLIT_JOB_ID = 1 << 3,
} AsyncLitJobChanges;

struct _AsyncLitScheduledTask {
  GObject parent_instance;

  /* Set at construction, then read-only. */
  AsyncLitScheduledWork *work;
  AsyncLitContextExecutor *context; /* of who made the job; NULL unless its function runs there */

  AsyncLitNotification notification; /* its owner is who made the job, and that of its tasks */
  int is_held;           /* atomic: changes are being delivered, with a reference */

  /* Guarded by asynclit_schedule_lock, from here on. What was asked for: */
  char *id;
  char *name;
  AsyncLitTrigger *trigger;
  AsyncLitTaskManager *manager; /* NULL: the default one */
  AsyncLitRetryPolicy *retry;
  char *latest_task_key; /* "global:NAME" */
  AsyncLitExecutor executor;
  AsyncLitOverlap overlap;
  AsyncLitFirstRun first_run;
  double misfire_grace; /* seconds; negative: unlimited */
  double jitter;        /* seconds */
  guint max_instances;  /* 0: unlimited */
  guint max_runs;       /* 0: unlimited */
  gboolean coalesce;
  gboolean rerun_interrupted;
  gboolean paused;
  gint64 start_time; /* microseconds since the Unix epoch; ASYNCLIT_NO_TIME: none */
  gint64 end_time;

  guint n_holds; /* of the library: all of them stand for one reference */

  /* Where it stands. Times are of the trigger's clock, monotonic or wall. */
  AsyncLitScheduleCore *core; /* with a reference; NULL: in none */
  guint64 order;              /* among the jobs of the core: when it was added */
  AsyncLitDueEntry entry;     /* in a heap of the core, unless it is paused or not due again */
  gboolean entry_is_monotonic;
  gint64 due;          /* the next time of the trigger; ASYNCLIT_NEVER: none */
  gint64 fire_at;      /* the same with the jitter; not after the end */
  gint64 previous;     /* the time of the trigger that was dealt with last */
  gboolean is_start;   /* `due` is the start time, which is a wall time, on the monotonic clock */
  gboolean is_settled; /* `due` was computed while the scheduler ran */
  GQueue runs;         /* of AsyncLitScheduledRun: submitted, and not ended; not owned */
  GQueue waiting;      /* of the same: they wait for one of the others to end; owned */
  AsyncLitJobCounts counts;
  AsyncLitJobChanges changes;
};

/* The functions whose names end in "locked" are called with asynclit_schedule_lock held. */

/* The "notify" signal, set by the class. */
extern guint asynclit_scheduled_task_notify_signal;

/* Has the owner hear of job->changes, if it wants to. */
void asynclit_scheduled_task_tell_locked (AsyncLitScheduledTask *self);

/* The library's references: the last one goes where the job was made. The first hold takes a
 * reference, which a language binding may be told of; so it is taken without the lock, and with the
 * lock only by whoever sees that there is one already. */
void asynclit_scheduled_task_hold (AsyncLitScheduledTask *self);
AsyncLitScheduledTask *asynclit_scheduled_task_hold_locked (AsyncLitScheduledTask *self);
void asynclit_scheduled_task_release (AsyncLitScheduledTask *self);

/* Gives the job an id if it has none: one that is the same in each run of a program if the job has
 * a name. FALSE if it has one already. */
gboolean asynclit_scheduled_task_ensure_id (AsyncLitScheduledTask *self);

/* "name" of "global:name", or NULL. */
const char *asynclit_scheduled_task_get_alias_locked (AsyncLitScheduledTask *self);

/* In the local time zone; NULL for ASYNCLIT_NEVER and ASYNCLIT_NO_TIME. */
GDateTime *asynclit_schedule_time_to_date (gint64 time);

G_END_DECLS
