/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "asynclit-job-private.h"
#include "asynclit-lock-private.h"
#include "asynclit-notifier-private.h"
#include "asynclit-progress-log-private.h"
#include "asynclit-task-state-private.h"
#include "asynclit-task.h"

G_BEGIN_DECLS

typedef struct _AsyncLitTaskDriver AsyncLitTaskDriver;
typedef struct _AsyncLitTaskColdData AsyncLitTaskColdData;
typedef struct _AsyncLitWaiter AsyncLitWaiter;

/* How a submitted task is carried forward. The task knows whoever does it only through this
 * table, of which there is one, and through what its registry is to them. */
struct _AsyncLitTaskDriver {
  /* Call asynclit_task_state_conclude() or _cancel(), and take note if the task has ended. */
  gboolean (*conclude) (gpointer registry, AsyncLitTask *task, AsyncLitTaskStatus status);
  AsyncLitCancel (*cancel) (gpointer registry, AsyncLitTask *task);
  /* The task goes. */
  void (*unref_registry) (gpointer registry);
  /* An attempt has failed. TRUE if there should be another, after *delay seconds. */
  gboolean (*decide_retry) (AsyncLitTask *task, const GError *error, double *delay);
  /* The task waits for its next attempt; the driver sees to it. */
  void (*start_retry) (AsyncLitTask *task);
  /* The task was cancelled while it waited: TRUE if there will be no attempt, FALSE if one comes
   * nevertheless and finds out by itself. */
  gboolean (*stop_retry) (AsyncLitTask *task);
  /* Cancel the cancellable of a running task where its handlers may run: not in the caller.
   * Takes the reference. */
  void (*trip_later) (GCancellable *cancellable);
  /* Drop a reference where nobody waits for it. */
  void (*drop_later) (AsyncLitTask *task);
  /* Call asynclit_notifier_flush() in a moment. */
  void (*flush_later) (void);
  /* Whether the task has to run in the main context of the calling thread; @task is NULL: any of
   * the registry's that are live. */
  gboolean (*needs_this_context) (gpointer registry, AsyncLitTask *task);
};

/* Set once, before the first task is submitted. */
extern const AsyncLitTaskDriver *asynclit_task_driver;

typedef struct {
  guint attempt;
  double delay;
  GError *error;
} AsyncLitRetryEvent;

typedef struct _AsyncLitTaskHandler AsyncLitTaskHandler;

struct _AsyncLitTaskHandler {
  AsyncLitTaskHandler *next;
  AsyncLitTaskCallback func;
  gpointer user_data;
  GDestroyNotify destroy;
};

/* What most tasks never have. Made when first needed; guarded by the task's lock. */
struct _AsyncLitTaskColdData {
  char *id;
  char *name;
  guint64 order; /* among serials, if the task was made before it was submitted; else 0 */
  AsyncLitRetryPolicy *retry;
  guint pending_notifies; /* properties that have changed on other threads: bits, by number */
  guint max_progress;
  AsyncLitProgressLog progress;
  GQueue retries; /* of AsyncLitRetryEvent, not emitted yet */
  AsyncLitWaiter *first_waiter; /* not owned */
  AsyncLitWaiter *last_waiter;
  gint64 due;         /* for when a scheduler submitted it, since the Unix epoch; 0: none did */
  gint64 next_retry;  /* of asynclit_clock_unix_now() */
  gint64 first_begun; /* of asynclit_clock_now() */
  GDestroyNotify result_destroy;

  gpointer driver_data; /* the driver's, for the retries of this task */
  GDestroyNotify driver_data_free;
};

/* Somebody who waits for the end: woken once, from whichever thread ended the task. All zero but
 * for `wake` until it is added. */
struct _AsyncLitWaiter {
  void (*wake) (AsyncLitWaiter *waiter);
  /* Guarded by the task's lock. */
  AsyncLitWaiter *previous;
  AsyncLitWaiter *next;
  gboolean is_listed;
};

/* Of a run of a schedule, whose owner may never come for it. */
typedef enum {
  /* It has nothing of the user's, and may go on any thread. */
  ASYNCLIT_RELEASE_ANYWHERE,
  /* It waits for its owner. */
  ASYNCLIT_RELEASE_IN_CONTEXT,
  /* The same, but so much waits already that it goes on the worker. */
  ASYNCLIT_RELEASE_ON_WORKER,
} AsyncLitTaskRelease;

/* Ordered so that nothing is lost to padding: there may be a million of them. */
struct _AsyncLitTask {
  GObject parent_instance;

  AsyncLitTaskState state; /* atomic, see asynclit-task-state-private.h */
  AsyncLitBitLock lock;    /* guards cold and what it holds, cancellable, and handlers */

  /* Set before the task is submitted, then read-only; the function's data goes once the task is
   * let go, in the owner's context. */
  guint64 serial;
  gpointer registry; /* the driver's, with a reference; set when the task is submitted */
  AsyncLitTaskFunc func;
  gpointer user_data;
  GDestroyNotify destroy;

  /* Written by whoever has claimed the attempt, read-only once the task has ended. An error is a
   * value of type G_TYPE_ERROR. */
  GValue result;

  /* Atomic: written as the task goes on, read by anybody. */
  gint64 created; /* these three of asynclit_clock_unix_now(); 0: not yet */
  gint64 started;
  gint64 finished;
  guint attempt;
  guint n_returned_refs; /* to drop with the library's reference */

  AsyncLitNotification notification;

  guint8 executor;            /* an AsyncLitExecutor; set before the task is submitted */
  guint8 notified_status;     /* an AsyncLitTaskStatus; owner's context only */
  guint8 completed_emitted;   /* a gboolean; set in the owner's context only; atomic */
  guint8 resurrected;         /* a gboolean; owner's context only */
  guint8 cancellable_is_cached; /* a gboolean, guarded by lock: by whoever calls the function */
  guint8 is_run;              /* a gboolean: of a schedule; set before the task is submitted */
  guint8 release;             /* an AsyncLitTaskRelease; atomic: whoever lets go looks */
  guint8 is_counted;          /* a gboolean; atomic: it waits for its owner, and counts for that */

  AsyncLitJob job;               /* for the driver to queue */
  AsyncLitTask *next_ended;      /* the registry's, guarded by its lock */
  GCancellable *cancellable;     /* guarded by lock */
  AsyncLitTaskHandler *handlers; /* guarded by lock: to call at the end: the last of a ring */
  AsyncLitTaskColdData *cold;    /* guarded by lock */
};

enum {
  ASYNCLIT_TASK_SIGNAL_PROGRESSED,
  ASYNCLIT_TASK_SIGNAL_RETRYING,
  ASYNCLIT_TASK_SIGNAL_COMPLETED,
  ASYNCLIT_TASK_N_SIGNALS,
};

extern guint asynclit_task_signals[ASYNCLIT_TASK_N_SIGNALS];

static inline AsyncLitTask *
asynclit_task_from_job (AsyncLitJob *job)
{
  return (AsyncLitTask *) ((char *) job - G_STRUCT_OFFSET (AsyncLitTask, job));
}

static inline AsyncLitTask *
asynclit_task_from_notification (AsyncLitNotification *notification)
{
  return (AsyncLitTask *) ((char *) notification - G_STRUCT_OFFSET (AsyncLitTask, notification));
}

static inline gboolean
asynclit_task_is_submitted (AsyncLitTask *self)
{
  return (asynclit_task_state_get (&self->state) & ASYNCLIT_STATE_SUBMITTED) != 0;
}

/* asynclit-task.c */
AsyncLitTaskColdData *asynclit_task_get_cold_locked (AsyncLitTask *self);
/* TRUE if the task had not ended in the process that this one was forked from; sets @error. */
gboolean asynclit_task_check_forked (AsyncLitTask *self, GError **error);
void asynclit_task_notify_status (AsyncLitTask *self);
/* A setter has changed a property: notifies in the owner's context, here and now if that is
 * here. */
void asynclit_task_notify_property (AsyncLitTask *self, const char *property);
/* Runs on: the owner's context. */
void asynclit_task_notify_pending (AsyncLitTask *self);
/* Whether there are handlers of property notifications. */
gboolean asynclit_task_has_notify_handlers (AsyncLitTask *self);
void asynclit_task_retry_event_free (AsyncLitRetryEvent *event);
/* Orders tasks by when they were submitted. */
guint64 asynclit_task_get_order (AsyncLitTask *self);

/* asynclit-task-properties.c: a work function whose data is a closure, and that data */

/* Runs on: the task's executor */
void asynclit_task_invoke_closure (AsyncLitTask *self, GCancellable *cancellable,
                                   gpointer closure);
gpointer asynclit_task_take_closure (GClosure *closure);

/* asynclit-task-run.c: an attempt from its beginning to its end */

/* Takes the task over for the driver, which has to see to it that asynclit_task_run() is called,
 * or asynclit_task_lose(); unless this answers FALSE, because the task has ended already. The
 * caller's references to the task and to the registry become the library's and the task's.
 * Touches atomics and fields of the task only: a lock may be held. */
gboolean asynclit_task_submit (AsyncLitTask *self, gpointer registry);
/* Runs on: the task's executor. */
void asynclit_task_run (AsyncLitTask *self);
/* In place of running: fails the task. */
void asynclit_task_lose (AsyncLitTask *self, const GError *reason);
/* The registry forgets the task. */
void asynclit_task_unregister (AsyncLitTask *self);
/* The library has one more reference to the task, whose state was @before when a keep-alive flag
 * was set for it. All flags together stand for one reference: if one was set already, the new
 * reference is dropped together with the one that it stands for. */
void asynclit_task_count_ref (AsyncLitTask *self, AsyncLitTaskState before);
/* Drops a reference of the caller's, in the owner's context if it is the last one. */
void asynclit_task_return_ref (AsyncLitTask *self);
/* Nothing runs on behalf of the task any more, nor will. */
void asynclit_task_let_go (AsyncLitTask *self);
/* Settles the attempt; takes *value over. FALSE if it was settled before: *value is left alone. */
gboolean asynclit_task_settle (AsyncLitTask *self, GValue *value, GDestroyNotify pointer_destroy);
/* The error in the result, or NULL. Only for whoever may read the result. */
const GError *asynclit_task_peek_error (AsyncLitTask *self);
/* Before the task is seen to have ended. */
void asynclit_task_note_finished (AsyncLitTask *self);

/* asynclit-task-release.c */
/* Chooses where the library's last reference may be dropped. No lock is held. */
void asynclit_task_choose_release (AsyncLitTask *self);
/* Decides where to drop the last reference; the keep-alive flag of the notification is set. Runs
 * under the notification queue's lock. */
AsyncLitPost asynclit_task_decide_release_locked (AsyncLitTask *self);
/* The library's last references. */
void asynclit_task_drop_refs (AsyncLitTask *self, guint n);

/* asynclit-task-cancel.c */

/* Runs on: the task's executor. Calls the function with its cancellable. */
void asynclit_task_call_func (AsyncLitTask *self);
/* Runs on: the owner's context. Cancels the cancellable of a task that was asked to cancel and
 * whose function, if there is one, runs there, too. */
void asynclit_task_trip_here (AsyncLitTask *self);

/* asynclit-task-notify.c: what the owner hears */
extern const AsyncLitNotificationFuncs asynclit_task_notification_funcs;
void asynclit_task_release_work (AsyncLitTask *self);

/* asynclit-task-progress.c */

/* Runs on: the owner's context. FALSE if it stopped at @end and there is more. */
gboolean asynclit_task_emit_progress (AsyncLitTask *self, gint64 end);

/* asynclit-task-wait.c */
/* FALSE if the task has ended already; else the waiter is woken once, with no lock held. */
gboolean asynclit_task_add_waiter (AsyncLitTask *self, AsyncLitWaiter *waiter);
void asynclit_task_wake_waiters (AsyncLitTask *self);
/* Runs on: the owner's context, once the task has ended. */
void asynclit_task_call_handlers (AsyncLitTask *self);
/* For a task that goes. */
void asynclit_task_free_handlers (AsyncLitTask *self);

G_END_DECLS
