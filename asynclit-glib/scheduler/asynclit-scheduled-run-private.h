/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* One run of a job: from when it is due until its task has ended, and what that task calls. */

#pragma once

#include "asynclit-clock-private.h"
#include "asynclit-schedule-store-private.h"
#include "asynclit-scheduled-task-private.h"
#include "asynclit-task-private.h"

G_BEGIN_DECLS

/* What is to be written down of a run. It keeps neither the job nor the store, so that the file is
 * free when both are gone. */
typedef struct {
  gatomicrefcount ref_count;
  AsyncLitScheduleWriter *writer; /* NULL: nothing */
  AsyncLitClock *clock;           /* NULL without a writer */
  gint64 run;                     /* its number there */
  gboolean was_started;           /* guarded by asynclit_schedule_lock */
} AsyncLitRunRecord;

/* What the task of a run calls: shared by the run and the task. The last reference may go
 * anywhere. */
typedef struct {
  gatomicrefcount ref_count;
  AsyncLitScheduledWork *work; /* NULL before the run was launched */
  AsyncLitRunRecord *record;
} AsyncLitScheduledCall;

/* The references are those of whoever submits the run, and of whoever ends it: once the task can be
 * found it may end at any moment, on any thread. */
typedef struct {
  AsyncLitWaiter waiter;
  gatomicrefcount ref_count;

  /* Set at construction, then read-only. */
  AsyncLitScheduleCore *core;
  gint64 due; /* wall time, of the trigger */
  AsyncLitScheduledCall *call;

  /* Guarded by asynclit_schedule_lock. */
  AsyncLitScheduledTask *job; /* with a hold: whose run it counts as; another if that is replaced */
  AsyncLitTask *task;         /* NULL: about to be submitted */
  gboolean is_submitted;      /* it has been, and may be waited for */
  gboolean cancel;            /* as soon as there is a task */
  GList job_link;             /* in job->runs or job->waiting */
  GList core_link;            /* in core->runs */

  /* What the job said when the run was launched; read-only from then on. Whoever submits the run
   * asks the job no more, which may have been replaced meanwhile. */
  AsyncLitScheduledTask *origin; /* with a hold */
  guint n_stops;                 /* how often the core had been shut down */
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

/* With a reference, of whoever ends it. */
AsyncLitScheduledRun *asynclit_scheduled_run_new_locked (AsyncLitScheduleCore *core,
                                                         AsyncLitScheduledTask *job, gint64 due);
AsyncLitScheduledRun *asynclit_scheduled_run_ref (AsyncLitScheduledRun *self);
void asynclit_scheduled_run_unref (AsyncLitScheduledRun *self);

/* Once, when it begins: keeps what the job says. */
void asynclit_scheduled_run_set_up_locked (AsyncLitScheduledRun *self);

/* Makes the task, and submits it: @ended is called when it has ended, from then on. Not with the
 * lock held. */
void asynclit_scheduled_run_submit (AsyncLitScheduledRun *self,
                                    void (*ended) (AsyncLitWaiter *waiter));

G_END_DECLS
