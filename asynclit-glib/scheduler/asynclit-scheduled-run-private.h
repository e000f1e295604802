/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* One run of a job: from when it is due until its task has ended, including what the task calls. */

#pragma once

#include "asynclit-clock-private.h"
#include "asynclit-schedule-store-private.h"
#include "asynclit-scheduled-task-private.h"
#include "asynclit-task-private.h"

G_BEGIN_DECLS

/* What the store records about a run. It keeps neither the job nor the store alive, so the file is
 * released when both are gone. */
typedef struct {
  gatomicrefcount ref_count;
  AsyncLitScheduleWriter *writer; /* NULL: nothing is recorded */
  AsyncLitClock *clock;           /* NULL without a writer */
  gint64 run;                     /* its number in the store */
  gboolean was_started;           /* guarded by asynclit_schedule_lock */
} AsyncLitRunRecord;

/* What the task of a run calls. The run and the task share it; any thread may drop the last
 * reference. */
typedef struct {
  gatomicrefcount ref_count;
  AsyncLitScheduledWork *work; /* NULL before the run is launched */
  AsyncLitRunRecord *record;
} AsyncLitScheduledCall;

/* One reference belongs to the thread that submits the run, and one to the thread that ends it: as
 * soon as the task can be found, it may end at any moment, on any thread. */
typedef struct {
  AsyncLitWaiter waiter;
  gatomicrefcount ref_count;

  /* Set at construction, then read-only. */
  AsyncLitScheduleCore *core;
  gint64 due; /* the trigger's time, on the wall clock */
  AsyncLitScheduledCall *call;

  /* Guarded by asynclit_schedule_lock. */
  AsyncLitScheduledTask *job; /* with a hold; changes if the job is replaced */
  AsyncLitTask *task;         /* NULL: about to be submitted */
  gboolean is_submitted;      /* it has been submitted, and may be waited for */
  gboolean cancel;            /* cancel it as soon as there is a task */
  GList job_link;             /* in job->runs or job->waiting */
  GList core_link;            /* in core->runs */

  /* The job's options when the run was launched; read-only from then on. The thread that
   * submits the run does not use the job itself, which may have been replaced. */
  AsyncLitScheduledTask *origin; /* with a hold */
  guint n_stops;                 /* the number of shutdowns of the core at that time */
  AsyncLitContextExecutor *context;
  AsyncLitTaskManager *manager;
  AsyncLitRetryPolicy *retry;
  AsyncLitExecutor executor;
  char *name;
  char *alias;
} AsyncLitScheduledRun;

/* asynclit-scheduled-call.c */
AsyncLitScheduledCall *asynclit_scheduled_call_new_locked (AsyncLitScheduleCore *core);
AsyncLitScheduledCall *asynclit_scheduled_call_ref (AsyncLitScheduledCall *self);
void asynclit_scheduled_call_unref (AsyncLitScheduledCall *self);

/* Returns a run with a reference, which belongs to the thread that ends it. */
AsyncLitScheduledRun *asynclit_scheduled_run_new_locked (AsyncLitScheduleCore *core,
                                                         AsyncLitScheduledTask *job, gint64 due);
AsyncLitScheduledRun *asynclit_scheduled_run_ref (AsyncLitScheduledRun *self);
void asynclit_scheduled_run_unref (AsyncLitScheduledRun *self);

/* To be called once, when the run begins: copies the job's options. */
void asynclit_scheduled_run_set_up_locked (AsyncLitScheduledRun *self);

/* Creates the task and submits it. From then on, @ended is called when the task has ended. Must not
 * be called with the lock held. */
void asynclit_scheduled_run_submit (AsyncLitScheduledRun *self,
                                    void (*ended) (AsyncLitWaiter *waiter));

G_END_DECLS
