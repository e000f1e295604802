/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The core of a scheduler: its jobs, the heaps of their due times, and the runs in progress.
 * AsyncLitScheduler is a facade for it. The core stays alive while there are runs. */

#pragma once

#include "asynclit-job-times-private.h"
#include "asynclit-scheduled-run-private.h"
#include "asynclit-trigger-private.h"

G_BEGIN_DECLS

/* An event for the scheduler's owner. */
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
  gint64 due;                /* MISSED: the last missed time */
  AsyncLitSkipReason reason; /* SKIPPED */
} AsyncLitScheduleEvent;

/* A pending change of the list of jobs. If a job is added and removed, or removed and added, before
 * the list is updated, there is no change. There are therefore never more changes than jobs in the
 * list and in the core. */
typedef struct {
  AsyncLitScheduledTask *job; /* with a hold; NULL: another function took the hold over */
  guint64 order;
  gboolean is_there; /* added; otherwise removed */
} AsyncLitJobChange;

/* Work that was collected under the lock, and is done without it. All zero means none. */
typedef struct {
  GPtrArray *submit;    /* of AsyncLitScheduledRun, with a reference */
  GPtrArray *cancel;    /* of AsyncLitTask, with a reference */
  GPtrArray *drop_runs; /* of AsyncLitScheduledRun that never began */
  GPtrArray *drop;      /* of AsyncLitScheduledTask: references to drop, which may be the last
                         * ones */
  guint n_core_refs;    /* references to the core to drop, held for the above */
} AsyncLitDeferredActions;

/* A task of a job without a function, for the thread that runs it. */
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
  gpointer scheduler;           /* not owned; valid while there is an owner */
  AsyncLitNotification *owner;  /* the scheduler's notification, to post; NULL once the scheduler is
                                 * gone */
  gboolean quiet;               /* events are kept, but not posted */
  gboolean running;
  gboolean told_running; /* the last value of `running` that the owner was notified of */
  guint n_stops;         /* the number of shutdowns */
  gboolean attached;     /* the alarm is attached, or about to be */
  guint64 n_added;
  GHashTable *jobs;          /* id → AsyncLitScheduledTask, with a reference */
  AsyncLitDueHeap monotonic; /* of AsyncLitScheduledTask */
  AsyncLitDueHeap wall;
  gint64 wall_offset; /* the wall time minus the monotonic time */
  guint zone_serial;  /* the last known serial of the local time zone */
  GQueue runs;        /* of AsyncLitScheduledRun: all runs in progress */
  GQueue events;      /* of AsyncLitScheduleEvent */
  GHashTable *changes; /* AsyncLitScheduledTask → AsyncLitJobChange; NULL if the list is not used */
  GQueue due_queue;    /* of AsyncLitDueItem */
  GQueue waiters;      /* of threads and GTasks that wait for an item */
  GCond has_due_item;
  GCond runs_changed; /* a run was submitted or has ended */
};

/* asynclit-schedule-core.c */
AsyncLitScheduleCore *asynclit_schedule_core_new (AsyncLitClock *clock, gpointer scheduler,
                                                  AsyncLitNotification *owner);
AsyncLitScheduleCore *asynclit_schedule_core_ref (AsyncLitScheduleCore *self);
void asynclit_schedule_core_unref (AsyncLitScheduleCore *self);

/* FALSE for the parent's core in the child of a fork. */
gboolean asynclit_schedule_core_is_own (AsyncLitScheduleCore *self);

gboolean asynclit_schedule_core_is_running (AsyncLitScheduleCore *self);
guint asynclit_schedule_core_count_jobs (AsyncLitScheduleCore *self);

void asynclit_schedule_core_start (AsyncLitScheduleCore *self);
void asynclit_schedule_core_stop (AsyncLitScheduleCore *self);
/* Waits until the runs in progress have ended, where that is possible. */
void asynclit_schedule_core_wait (AsyncLitScheduleCore *self);
/* Stops all cores. */
void asynclit_schedule_core_stop_all (void);
/* The scheduler may be about to be finalized: nothing is posted in the meantime. */
void asynclit_schedule_core_set_quiet (AsyncLitScheduleCore *self, gboolean quiet);
/* The scheduler is being finalized. */
void asynclit_schedule_core_abandon (AsyncLitScheduleCore *self);

gboolean asynclit_schedule_core_add (AsyncLitScheduleCore *self, AsyncLitScheduledTask *job,
                                     gboolean replace, GError **error);
gboolean asynclit_schedule_core_remove (AsyncLitScheduleCore *self, AsyncLitScheduledTask *job);

/* All jobs, without references. */
GPtrArray *asynclit_schedule_core_list_locked (AsyncLitScheduleCore *self);

/* Sets the clock's alarm to the first due time. Must not be called with the lock held. */
void asynclit_schedule_core_arm (AsyncLitScheduleCore *self);

/* asynclit-schedule-core-tick.c */
/* Records the clock and the time zone. If they have changed since the last call, updates the
 * jobs. */
void asynclit_schedule_core_look_at_clock (AsyncLitScheduleCore *self, gboolean recompute);
void asynclit_schedule_core_tick (AsyncLitScheduleCore *self);

/* asynclit-schedule-core-base.c */
/* Moves the job to the right heap, or removes it from the heaps. */
void asynclit_schedule_core_place_locked (AsyncLitScheduleCore *self, AsyncLitScheduledTask *job);
void asynclit_schedule_core_displace_locked (AsyncLitScheduleCore *self,
                                             AsyncLitScheduledTask *job);

/* asynclit-schedule-core-runs.c */

/* Starts a run of the job for @due, a wall time: now, later or not at all, depending on its overlap
 * policy. */
void asynclit_schedule_core_fire_locked (AsyncLitScheduleCore *self, AsyncLitScheduledTask *job,
                                         gint64 due, const AsyncLitClockTime *now,
                                         AsyncLitDeferredActions *deferred);
/* Reports that the job missed @n times, of which @due, a wall time, was the last. */
void asynclit_schedule_core_note_missed_locked (AsyncLitScheduleCore *self,
                                                AsyncLitScheduledTask *job, guint64 n, gint64 due,
                                                AsyncLitDeferredActions *deferred);
/* Starts as many waiting runs as possible. */
void asynclit_schedule_core_fire_waiting_locked (AsyncLitScheduleCore *self,
                                                 AsyncLitScheduledTask *job,
                                                 const AsyncLitClockTime *now,
                                                 AsyncLitDeferredActions *deferred);
/* Removes a job that has neither times nor runs left. */
void asynclit_schedule_core_retire_locked (AsyncLitScheduleCore *self, AsyncLitScheduledTask *job,
                                           AsyncLitDeferredActions *deferred);
/* Removes the job from all tables. The deferred actions take over the references to the job and to
 * the core. */
void asynclit_schedule_core_forget_locked (AsyncLitScheduleCore *self, AsyncLitScheduledTask *job,
                                           AsyncLitDeferredActions *deferred);

void asynclit_deferred_actions_tell_locked (AsyncLitDeferredActions *self,
                                            AsyncLitScheduledTask *job, AsyncLitJobChanges changes);
/* Takes over a hold of the caller, to be dropped. */
void asynclit_deferred_actions_drop_locked (AsyncLitDeferredActions *self,
                                            AsyncLitScheduledTask *job);
/* Performs the actions, and arms the core. Must not be called with the lock held. */
void asynclit_deferred_actions_run (AsyncLitDeferredActions *self, AsyncLitScheduleCore *core);

/* A run that waits for its turn, or for the scheduler to start. */
void asynclit_schedule_core_make_wait_locked (AsyncLitScheduleCore *self,
                                              AsyncLitScheduledTask *job, gint64 due);

/* asynclit-schedule-core-store.c: these do nothing if the core has no store */
AsyncLitRunRecord *asynclit_run_record_new_locked (AsyncLitScheduleCore *core);
AsyncLitRunRecord *asynclit_run_record_ref (AsyncLitRunRecord *self);
void asynclit_run_record_unref (AsyncLitRunRecord *self);
/* Called right before the function is called, or the task is given to a waiter. Blocks until the
 * start has been written. */
void asynclit_run_record_start (AsyncLitRunRecord *self);
/* Like asynclit_run_record_start(), for threads that must not block: @func is called when the start
 * has been written, on another thread. FALSE if there is nothing to wait for; @func is then not
 * called. */
gboolean asynclit_run_record_start_async (AsyncLitRunRecord *self, AsyncLitWrittenFunc func,
                                          gpointer data);
/* The stored state of a job; NULL if there is none. Must not be called with the lock held. */
AsyncLitStoredJob *asynclit_schedule_core_look_up (AsyncLitScheduleCore *self, const char *job_id,
                                                   gint64 now);
/* Waits until everything has been written, or can't be. Must not be called with the lock held. */
void asynclit_schedule_core_await_written (AsyncLitScheduleCore *self);
void asynclit_schedule_core_save_job_locked (AsyncLitScheduleCore *self,
                                             AsyncLitScheduledTask *job);
void asynclit_schedule_core_save_change_locked (AsyncLitScheduleCore *self,
                                                AsyncLitStoreChangeKind kind, const char *job_id,
                                                gint64 run, gint64 time);
/* Restores the state in which the job was when the program last exited. TRUE if its times
 * continue. */
gboolean asynclit_schedule_core_restore_locked (AsyncLitScheduleCore *self,
                                                AsyncLitScheduledTask *job,
                                                const AsyncLitStoredJob *stored,
                                                const AsyncLitClockTime *now,
                                                AsyncLitDeferredActions *deferred);

/* asynclit-schedule-core-events.c: to post, the lock of a notification queue may be taken while
 * asynclit_schedule_lock is held, but never the other way round. */
extern guint asynclit_schedule_signals[ASYNCLIT_N_EVENTS];
/* The signals by which programs listen for changes of the list: "items-changed" and "notify". */
extern guint asynclit_schedule_list_signals[2];
void asynclit_schedule_core_note_event_locked (AsyncLitScheduleCore *self,
                                               AsyncLitScheduleEvent event);
/* The job was added or removed. */
void asynclit_schedule_core_note_change_locked (AsyncLitScheduleCore *self,
                                                AsyncLitScheduledTask *job,
                                                AsyncLitDeferredActions *deferred);
void asynclit_job_change_free (AsyncLitJobChange *change);
/* Whether anybody listens for changes of the list, or uses it. */
gboolean asynclit_schedule_core_is_watched (AsyncLitScheduleCore *self);
/* The scheduler was started or shut down. */
void asynclit_schedule_core_note_running_locked (AsyncLitScheduleCore *self);
/* Whether the owner has to be notified of it. */
gboolean asynclit_schedule_core_take_running_change (AsyncLitScheduleCore *self);
AsyncLitScheduleEvent *asynclit_schedule_core_take_event (AsyncLitScheduleCore *self);
void asynclit_schedule_event_free (AsyncLitScheduleEvent *event);

/* asynclit-schedule-core-due-queue.c */
/* Passes the task of @run to a waiter; cancels it if the scheduler was shut down in the
 * meantime. */
void asynclit_schedule_core_push_due (AsyncLitScheduleCore *self, AsyncLitScheduledRun *run,
                                      AsyncLitTask *task);
AsyncLitTask *asynclit_schedule_core_take (AsyncLitScheduleCore *self, AsyncLitScheduledTask **job,
                                           GCancellable *cancellable, GError **error);
void asynclit_schedule_core_take_async (AsyncLitScheduleCore *self, GTask *result);
/* Frees @item. The caller receives the task and, if it wants it, a reference to the job. */
AsyncLitTask *asynclit_due_item_take (AsyncLitDueItem *item, AsyncLitScheduledTask **job);
void asynclit_due_item_free (AsyncLitDueItem *self);
/* Cancels the tasks that were not taken yet. */
void asynclit_schedule_core_cancel_due_items (AsyncLitScheduleCore *self);

G_END_DECLS
