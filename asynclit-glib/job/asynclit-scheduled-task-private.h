/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "asynclit-class-type-private.h"
#include "asynclit-context-executor-private.h"
#include "asynclit-due-heap-private.h"
#include "asynclit-job-counts-private.h"
#include "asynclit-lock-private.h"
#include "asynclit-object-notification-private.h"
#include "asynclit-schedule-lock-private.h"
#include "asynclit-scheduled-task.h"

G_BEGIN_DECLS

/* The prefix of the key of a job's latest task. */
#define ASYNCLIT_ALIAS_PREFIX "global:"

typedef struct _AsyncLitScheduleCore AsyncLitScheduleCore;

/* What a job calls; shared by the job and its runs. Whoever drops the last reference, the data is
 * freed where the job was created. */
typedef struct {
  gatomicrefcount ref_count;
  AsyncLitNotification owner; /* that of the job, to release the data there; never posted itself */
  AsyncLitTaskFunc func;      /* NULL: a language binding takes the runs */
  gpointer user_data;
  GDestroyNotify destroy;
} AsyncLitScheduledWork;

/* Owned by the calling thread and its context. */
AsyncLitScheduledWork *asynclit_scheduled_work_new (void);
AsyncLitScheduledWork *asynclit_scheduled_work_ref (AsyncLitScheduledWork *self);
void asynclit_scheduled_work_unref (AsyncLitScheduledWork *self);

/* Properties that have changed by themselves. */
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
  AsyncLitContextExecutor *context; /* the creator's; NULL unless the function runs there */

  AsyncLitObjectNotification notification; /* its owner is that of the job and its tasks */

  /* Guarded by asynclit_schedule_lock, from here on. The options: */
  char *id;
  char *name;
  AsyncLitTrigger *trigger;
  AsyncLitTaskManager *manager; /* NULL: the default manager */
  AsyncLitRetryPolicy *retry;
  char *latest_task_key; /* "global:NAME" */
  AsyncLitExecutor executor;
  AsyncLitOverlap overlap;
  AsyncLitFirstRun first_run;
  double misfire_grace; /* seconds; negative: no limit */
  double jitter;        /* seconds */
  guint max_instances;  /* 0: no limit */
  guint max_runs;       /* 0: no limit */
  gboolean coalesce;
  gboolean rerun_interrupted;
  gboolean paused;
  gint64 start_time; /* microseconds since the Unix epoch; ASYNCLIT_NO_TIME: none */
  gint64 end_time;

  guint n_holds; /* holds of the library; all of them stand for one reference */

  /* The status. Times are on the trigger's clock, monotonic or wall. */
  AsyncLitScheduleCore *core; /* with a reference; NULL: the job is in no scheduler */
  guint64 order;              /* the position among the jobs of the core: when it was added */
  AsyncLitDueEntry entry;     /* in a heap of the core, unless paused or without a next time */
  gboolean entry_is_monotonic;
  gint64 due;          /* the next time of the trigger; ASYNCLIT_NEVER: none */
  gint64 fire_at;      /* the same with the jitter; never after the end */
  gint64 previous;     /* the last time of the trigger that was handled */
  gboolean is_start;   /* `due` is the start time, converted to the monotonic clock */
  gboolean is_settled; /* `due` was computed while the scheduler was running */
  GQueue runs;         /* of AsyncLitScheduledRun: submitted, but not ended; not owned */
  GQueue waiting;      /* of AsyncLitScheduledRun: waiting for another run to end; owned */
  AsyncLitJobCounts counts;
  AsyncLitJobChanges changes;
};

/* Functions whose names end in "locked" are called with asynclit_schedule_lock held. */

/* Set by the class: its type, and the "notify" signal. */
extern AsyncLitClassType asynclit_scheduled_task_type;
#define ASYNCLIT_IS_SCHEDULED_TASK(job)                                                            \
  (asynclit_class_type_check (&asynclit_scheduled_task_type, (job)))

extern guint asynclit_scheduled_task_notify_signal;

/* Notifies the owner of job->changes, if it listens. */
void asynclit_scheduled_task_tell_locked (AsyncLitScheduledTask *self);

/* The library's references. The last one is dropped where the job was created. The first hold takes
 * a reference, which a language binding may be notified of; it is therefore taken without the lock.
 * A hold may be taken with the lock only if there is another hold already. */
void asynclit_scheduled_task_hold (AsyncLitScheduledTask *self);
AsyncLitScheduledTask *asynclit_scheduled_task_hold_locked (AsyncLitScheduledTask *self);
void asynclit_scheduled_task_release (AsyncLitScheduledTask *self);

/* Generates an ID for the job if it has none. If the job has a name, the ID is the same in each run
 * of the program. FALSE if the job already has an ID. */
gboolean asynclit_scheduled_task_ensure_id (AsyncLitScheduledTask *self);

/* The "name" part of "global:name", or NULL. */
const char *asynclit_scheduled_task_get_alias (AsyncLitScheduledTask *self);

/* The time in the local time zone; NULL for ASYNCLIT_NEVER and ASYNCLIT_NO_TIME. */
GDateTime *asynclit_schedule_time_to_date (gint64 time);

G_END_DECLS
