/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What a scheduler has to do, and when: its jobs, the heaps of their due times, and the runs that
 * are under way. The scheduler itself is a face for it; the core lives on while runs do. */

#pragma once

#include "asynclit-job-times-private.h"
#include "asynclit-scheduled-run-private.h"
#include "asynclit-trigger-private.h"

G_BEGIN_DECLS

/* Something to tell the scheduler's owner. */
typedef enum {
  ASYNCLIT_EVENT_FIRED,
  ASYNCLIT_EVENT_FINISHED,
  ASYNCLIT_EVENT_MISSED,
  ASYNCLIT_EVENT_SKIPPED,
  ASYNCLIT_N_EVENTS,
} AsyncLitScheduleEventKind;

typedef struct {
  AsyncLitScheduleEventKind kind;
  AsyncLitScheduledTask *job;
  AsyncLitTask *task;        /* FIRED, FINISHED */
  guint64 n;                 /* MISSED */
  gint64 due;                /* MISSED: the last of them */
  AsyncLitSkipReason reason; /* SKIPPED */
} AsyncLitScheduleEvent;

/* What the list of jobs has to learn of a job. One that comes and goes, or goes and comes, in
 * between is no change: so there are never more of them than jobs in the list and in the core. */
typedef struct {
  AsyncLitScheduledTask *job; /* with a hold; NULL: somebody took that over */
  guint64 order;
  gboolean is_there; /* it came; else it went */
} AsyncLitJobChange;

/* Work that was collected under the lock, to be done without it. All zero is none. */
typedef struct {
  GPtrArray *submit;    /* of AsyncLitScheduledRun, with a reference */
  GPtrArray *cancel;    /* of AsyncLitTask, with a reference */
  GPtrArray *drop_runs; /* of AsyncLitScheduledRun that never began */
  GPtrArray *drop;      /* of AsyncLitScheduledTask: references to drop, the last ones perhaps */
  guint n_core_refs;    /* to drop: theirs */
} AsyncLitDeferredActions;

/* A task of a job without a function, for whoever runs it. */
typedef struct {
  AsyncLitTask *task;
  AsyncLitScheduledTask *job;
  AsyncLitScheduledCall *call;
} AsyncLitDueItem;

struct _AsyncLitScheduleCore {
  gatomicrefcount ref_count;

  /* Set at construction, then read-only. */
  AsyncLitClock *clock;
  guint generation; /* of the process */

  AsyncLitAlarm alarm;

  /* Guarded by asynclit_schedule_lock. */
  AsyncLitScheduleStore *store; /* set while there are no jobs; NULL: none */
  gpointer scheduler;           /* not owned; valid as long as there is an owner */
  AsyncLitNotification *owner;  /* the scheduler's, to post; NULL once that is gone */
  gboolean quiet;               /* what there is to tell is kept, and not posted */
  gboolean running;
  gboolean told_running; /* what the owner was told of that */
  guint n_stops;         /* how often it was shut down */
  gboolean attached;     /* the alarm is, or will be in a moment */
  guint64 n_added;
  GHashTable *jobs;          /* id → AsyncLitScheduledTask, with a reference */
  AsyncLitDueHeap monotonic; /* of AsyncLitScheduledTask */
  AsyncLitDueHeap wall;
  gint64 wall_offset;  /* how far the wall clock is ahead of the monotonic one */
  guint zone_serial;   /* of the local time zone, as it was last */
  GQueue runs;         /* of AsyncLitScheduledRun: all that are under way */
  GQueue events;       /* of AsyncLitScheduleEvent */
  GHashTable *changes; /* AsyncLitScheduledTask → AsyncLitJobChange; NULL: nobody has the list */
  GQueue due_queue;    /* of AsyncLitDueItem */
  GQueue waiters;      /* of those who wait for one */
  GCond has_due_item;
  GCond runs_changed; /* one was submitted, or has ended */
};

/* asynclit-schedule-core.c */
AsyncLitScheduleCore *asynclit_schedule_core_new (AsyncLitClock *clock, gpointer scheduler,
                                                  AsyncLitNotification *owner);
AsyncLitScheduleCore *asynclit_schedule_core_ref (AsyncLitScheduleCore *self);
void asynclit_schedule_core_unref (AsyncLitScheduleCore *self);

/* FALSE in the child of a fork, for what was the parent's. */
gboolean asynclit_schedule_core_is_own (AsyncLitScheduleCore *self);

gboolean asynclit_schedule_core_is_running (AsyncLitScheduleCore *self);
guint asynclit_schedule_core_count_jobs (AsyncLitScheduleCore *self);

void asynclit_schedule_core_start (AsyncLitScheduleCore *self);
void asynclit_schedule_core_stop (AsyncLitScheduleCore *self);
/* Waits until the runs that are under way have ended, where that is possible. */
void asynclit_schedule_core_wait (AsyncLitScheduleCore *self);
/* Of all of them. */
void asynclit_schedule_core_stop_all (void);
/* The scheduler goes, if nobody else wants it after all: nothing is posted meanwhile. */
void asynclit_schedule_core_set_quiet (AsyncLitScheduleCore *self, gboolean quiet);
/* The scheduler goes. */
void asynclit_schedule_core_abandon (AsyncLitScheduleCore *self);

gboolean asynclit_schedule_core_add (AsyncLitScheduleCore *self, AsyncLitScheduledTask *job,
                                     gboolean replace, GError **error);
gboolean asynclit_schedule_core_remove (AsyncLitScheduleCore *self, AsyncLitScheduledTask *job);

/* All jobs, without references. */
GPtrArray *asynclit_schedule_core_list_locked (AsyncLitScheduleCore *self);

/* Wakes the clock when something is due first. Not with the lock held. */
void asynclit_schedule_core_arm (AsyncLitScheduleCore *self);

/* asynclit-schedule-core-tick.c */
/* Notes what the clock and the time zone are, for the next time; and if they were changed since the
 * last time, what follows for the jobs. */
void asynclit_schedule_core_look_at_clock (AsyncLitScheduleCore *self, gboolean recompute);
void asynclit_schedule_core_tick (AsyncLitScheduleCore *self);

/* asynclit-schedule-core-base.c */
/* Puts the job into the heap it belongs into, or takes it out. */
void asynclit_schedule_core_place_locked (AsyncLitScheduleCore *self, AsyncLitScheduledTask *job);
void asynclit_schedule_core_displace_locked (AsyncLitScheduleCore *self,
                                             AsyncLitScheduledTask *job);

/* asynclit-schedule-core-runs.c */

/* Has the job run for @due, a wall time: now, or later, or not at all, as it says about overlaps.
 * */
void asynclit_schedule_core_fire_locked (AsyncLitScheduleCore *self, AsyncLitScheduledTask *job,
                                         gint64 due, const AsyncLitClockTime *now,
                                         AsyncLitDeferredActions *deferred);
/* @n times of the job were missed, of which @due, a wall time, was the last. */
void asynclit_schedule_core_note_missed_locked (AsyncLitScheduleCore *self,
                                                AsyncLitScheduledTask *job, guint64 n, gint64 due,
                                                AsyncLitDeferredActions *deferred);
/* Starts runs that wait, as many as may. */
void asynclit_schedule_core_fire_waiting_locked (AsyncLitScheduleCore *self,
                                                 AsyncLitScheduledTask *job,
                                                 const AsyncLitClockTime *now,
                                                 AsyncLitDeferredActions *deferred);
/* If a job has no times left and nothing of it runs, it goes. */
void asynclit_schedule_core_retire_locked (AsyncLitScheduleCore *self, AsyncLitScheduledTask *job,
                                           AsyncLitDeferredActions *deferred);
/* Takes the job out of everything; the deferred actions take over the references to it and to the
 * core. */
void asynclit_schedule_core_forget_locked (AsyncLitScheduleCore *self, AsyncLitScheduledTask *job,
                                           AsyncLitDeferredActions *deferred);

void asynclit_deferred_actions_tell_locked (AsyncLitDeferredActions *self,
                                            AsyncLitScheduledTask *job, AsyncLitJobChanges changes);
/* Has a hold of the caller's dropped. */
void asynclit_deferred_actions_drop_locked (AsyncLitDeferredActions *self,
                                            AsyncLitScheduledTask *job);
/* Does them, and arms the core. Not with the lock held. */
void asynclit_deferred_actions_run (AsyncLitDeferredActions *self, AsyncLitScheduleCore *core);

/* A run that waits for its turn, or for the scheduler to start. */
void asynclit_schedule_core_make_wait_locked (AsyncLitScheduleCore *self,
                                              AsyncLitScheduledTask *job, gint64 due);

/* asynclit-schedule-core-store.c: does nothing if the core has no store */
AsyncLitRunRecord *asynclit_run_record_new_locked (AsyncLitScheduleCore *core);
AsyncLitRunRecord *asynclit_run_record_ref (AsyncLitRunRecord *self);
void asynclit_run_record_unref (AsyncLitRunRecord *self);
/* Right before the function is called, or the task is handed over; blocks until it is written. */
void asynclit_run_record_start (AsyncLitRunRecord *self);
/* The same where nobody may block: @func is called then, on another thread. FALSE if there is
 * nothing to wait for; then it is not called. */
gboolean asynclit_run_record_start_async (AsyncLitRunRecord *self, AsyncLitWrittenFunc func,
                                          gpointer data);
/* What there was of a job the last time; NULL: nothing. Not with the lock held. */
AsyncLitStoredJob *asynclit_schedule_core_look_up (AsyncLitScheduleCore *self, const char *job_id,
                                                   gint64 now);
/* Waits until all that has happened is written, or can't be. Not with the lock held. */
void asynclit_schedule_core_await_written (AsyncLitScheduleCore *self);
void asynclit_schedule_core_save_job_locked (AsyncLitScheduleCore *self,
                                             AsyncLitScheduledTask *job);
void asynclit_schedule_core_save_change_locked (AsyncLitScheduleCore *self,
                                                AsyncLitStoreChangeKind kind, const char *job_id,
                                                gint64 run, gint64 time);
/* Takes up what the job was at when the program ended the last time. TRUE if its times go on. */
gboolean asynclit_schedule_core_restore_locked (AsyncLitScheduleCore *self,
                                                AsyncLitScheduledTask *job,
                                                const AsyncLitStoredJob *stored,
                                                const AsyncLitClockTime *now,
                                                AsyncLitDeferredActions *deferred);

/* asynclit-schedule-core-events.c: a notification queue's lock may be taken while
 * asynclit_schedule_lock is held, to post; never the other way round. */
extern guint asynclit_schedule_signals[ASYNCLIT_N_EVENTS];
/* Of those who listen for changes of the list: "items-changed" and "notify". */
extern guint asynclit_schedule_list_signals[2];
void asynclit_schedule_core_note_event_locked (AsyncLitScheduleCore *self,
                                               AsyncLitScheduleEvent event);
/* The job came or went. */
void asynclit_schedule_core_note_change_locked (AsyncLitScheduleCore *self,
                                                AsyncLitScheduledTask *job,
                                                AsyncLitDeferredActions *deferred);
void asynclit_job_change_free (AsyncLitJobChange *change);
/* Whether somebody listens for changes of the list, or has it. */
gboolean asynclit_schedule_core_is_watched (AsyncLitScheduleCore *self);
/* The scheduler was started or shut down. */
void asynclit_schedule_core_note_running_locked (AsyncLitScheduleCore *self);
/* Whether that is to be told. */
gboolean asynclit_schedule_core_take_running_change (AsyncLitScheduleCore *self);
AsyncLitScheduleEvent *asynclit_schedule_core_take_event (AsyncLitScheduleCore *self);
void asynclit_schedule_event_free (AsyncLitScheduleEvent *event);

/* asynclit-schedule-core-due-queue.c */
/* Has somebody take the task of @run; or cancels it, if the scheduler was shut down meanwhile. */
void asynclit_schedule_core_push_due (AsyncLitScheduleCore *self, AsyncLitScheduledRun *run,
                                      AsyncLitTask *task);
AsyncLitTask *asynclit_schedule_core_take (AsyncLitScheduleCore *self, AsyncLitScheduledTask **job,
                                           GCancellable *cancellable, GError **error);
void asynclit_schedule_core_take_async (AsyncLitScheduleCore *self, GTask *result);
/* Frees @item, of which the caller gets the task, and a reference to the job if it wants that. */
AsyncLitTask *asynclit_due_item_take (AsyncLitDueItem *item, AsyncLitScheduledTask **job);
void asynclit_due_item_free (AsyncLitDueItem *self);
/* Cancels the tasks that nobody has taken yet. */
void asynclit_schedule_core_cancel_due_items (AsyncLitScheduleCore *self);

G_END_DECLS
