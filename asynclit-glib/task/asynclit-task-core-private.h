/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The core of a task: its fields, the functions that read them, and the registration of its class
 * and its driver. The other files of this folder depend on the core; the class, in asynclit-task.c,
 * is at the top. */

#pragma once

#include "asynclit-class-type-private.h"
#include "asynclit-job-private.h"
#include "asynclit-lock-private.h"
#include "asynclit-notifier-private.h"
#include "asynclit-progress-log-private.h"
#include "asynclit-task-state-private.h"
#include "asynclit-task.h"

G_BEGIN_DECLS

typedef struct _AsyncLitTaskDriver AsyncLitTaskDriver;
typedef struct _AsyncLitTaskAmounts AsyncLitTaskAmounts;
typedef struct _AsyncLitTaskColdData AsyncLitTaskColdData;
typedef struct _AsyncLitTaskTimes AsyncLitTaskTimes;
typedef struct _AsyncLitWaiter AsyncLitWaiter;

/* The functions of the driver, which runs submitted tasks. There is one such table; a task knows
 * its driver only through it and through the registry. */
struct _AsyncLitTaskDriver {
  /* Calls asynclit_task_state_conclude() or _cancel(), and records whether the task has ended. */
  gboolean (*conclude) (gpointer registry, AsyncLitTask *task, AsyncLitTaskStatus status);
  AsyncLitCancel (*cancel) (gpointer registry, AsyncLitTask *task);
  /* The task is being finalized. */
  void (*unref_registry) (gpointer registry);
  /* An attempt has failed; or @error is NULL, and the policy may not accept its result. TRUE if
   * there is to be another, after *@delay seconds. */
  gboolean (*decide_retry) (AsyncLitTask *task, const GError *error, double *delay);
  /* The task waits for its next attempt, which the driver starts. */
  void (*start_retry) (AsyncLitTask *task);
  /* The task was cancelled while it waited. TRUE if there will be no further attempt; FALSE if one
   * starts nevertheless, and finds out by itself. */
  gboolean (*stop_retry) (AsyncLitTask *task);
  /* A gated task does not need its places: until its next attempt, or while its function waits for
   * another task. */
  void (*give_back) (AsyncLitTask *task, gboolean has_failed);
  void (*lend) (AsyncLitTask *task, gboolean lend);
  /* A task that was held is to start. */
  void (*release_held) (AsyncLitTask *task);
  /* Calls a function once, on the worker. */
  void (*invoke_later) (GFunc func, gpointer data, GDestroyNotify destroy);
  /* Cancels the cancellable of a running task where its handlers may run, which is never in the
   * caller. Takes ownership of the reference. */
  void (*trip_later) (GCancellable *cancellable);
  /* Drops a reference where no other code waits. */
  void (*drop_later) (AsyncLitTask *task);
  /* Calls asynclit_notifier_flush() after a moment. */
  void (*flush_later) (void);
  /* Whether the task has to run in the main context of the calling thread. If @task is NULL:
   * whether any live task of the registry has to. */
  gboolean (*needs_this_context) (gpointer registry, AsyncLitTask *task);
  /* Calls @func for each task of the registry that waits in a gate. The task may go when @func has
   * returned. */
  void (*each_gated) (gpointer registry, void (*func) (AsyncLitTask *task, gpointer data),
                      gpointer data);
  /* A live task has done more, or less, of what the registry has to do in all. */
  void (*add_share) (gpointer registry, double change);
  /* The first attempt of a task with ASYNCLIT_STATE_START_AWAITED has begun. */
  void (*note_begun) (gpointer registry, AsyncLitTask *task);
  /* An attempt has failed, and there will be another. */
  void (*note_retry) (gpointer registry, AsyncLitTask *task, const GError *error, double delay);
  /* An attempt of a task with time limits begins, or is over. */
  void (*start_clock) (AsyncLitTask *task);
  void (*stop_clock) (AsyncLitTask *task);
  /* A task that counted as stalled has given a sign of life. */
  void (*watch_signs) (AsyncLitTask *task, guint attempt);
  /* Calls asynclit_task_times_mark(), and records whether the task has ended. */
  AsyncLitCancel (*time_out) (gpointer registry, AsyncLitTask *task, guint attempt);
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

/* Any interface can catch up with this many, and they take at most a few megabytes. */
#define ASYNCLIT_TASK_DEFAULT_MAX_PROGRESS 65536

/* Data that most tasks never need. Allocated on first use; guarded by the task's lock. */
struct _AsyncLitTaskColdData {
  char *id;
  char *name;
  guint64 order; /* the position among serials, if the task was created before it was submitted;
                  * otherwise 0 */
  AsyncLitRetryPolicy *retry;
  guint pending_notifies; /* properties that have changed on other threads, as bits */
  guint max_progress;
  AsyncLitProgressLog progress;
  AsyncLitTaskAmounts *amounts; /* NULL: none were reported */
  void (*amounts_free) (AsyncLitTaskAmounts *amounts);
  GQueue retries;               /* of AsyncLitRetryEvent, not yet emitted */
  AsyncLitWaiter *first_waiter; /* not owned */
  AsyncLitWaiter *last_waiter;
  gint64 due;         /* the time for which a scheduler submitted the task, since the Unix epoch; 0:
                       * none */
  gint64 next_retry;  /* on asynclit_clock_unix_now() */
  gint64 first_begun; /* on asynclit_clock_now() */
  GDestroyNotify result_destroy;

  gpointer driver_data; /* the driver's data for the retries of this task */
  GDestroyNotify driver_data_free;

  GSList *resumed; /* of GClosure: to be called when the task is resumed, or has ended */

  gpointer admission; /* an AsyncLitAdmission, of the gates before the executor */
  GDestroyNotify admission_free;

  AsyncLitTaskTimes *times; /* NULL: there are no time limits */
  void (*times_free) (AsyncLitTaskTimes *times);
};

/* A waiter for the end of a task. It is woken once, on the thread that ends the task. All fields
 * but `wake` and `dependent` are zero until it is added. */
struct _AsyncLitWaiter {
  void (*wake) (AsyncLitWaiter *waiter);
  /* The task that can't end before; or NULL. Not freed before the lock of the places was taken
   * after the waiter was removed. */
  AsyncLitTask *dependent;
  /* Guarded by the task's lock. */
  AsyncLitWaiter *previous;
  AsyncLitWaiter *next;
  gboolean is_listed;
};

/* For runs of a schedule, whose owner may never release them. */
typedef enum {
  /* The task has no data of the user's, so any thread may drop it. */
  ASYNCLIT_RELEASE_ANYWHERE,
  /* The task waits for its owner. */
  ASYNCLIT_RELEASE_IN_CONTEXT,
  /* The task would wait for its owner, but too many do already, so the worker drops it. */
  ASYNCLIT_RELEASE_ON_WORKER,
} AsyncLitTaskRelease;

/* The fields are ordered to avoid padding, because there may be a million tasks. */
struct _AsyncLitTask {
  GObject parent_instance;

  AsyncLitTaskState state; /* atomic, see asynclit-task-state-private.h */
  AsyncLitBitLock lock;    /* guards cold and its content, cancellable, and handlers */

  /* Set before the task is submitted, then read-only. The function's data is freed in the owner's
   * context once the task has been let go. */
  guint64 serial;
  gpointer registry; /* the driver's, with a reference; set when the task is submitted */
  AsyncLitTaskFunc func;
  gpointer user_data;
  GDestroyNotify destroy;

  /* Written by the thread that has claimed the attempt; read-only once the task has ended. An error
   * is a value of type G_TYPE_ERROR. */
  GValue result;

  /* Atomic: written while the task progresses, read by any thread. */
  gint64 created; /* this and the next two: on asynclit_clock_unix_now(); 0: not yet */
  gint64 started;
  gint64 finished;
  guint attempt;
  guint n_returned_refs; /* dropped together with the library's reference */

  AsyncLitNotification notification;

  guint8 executor;              /* an AsyncLitExecutor; set before the task is submitted */
  guint8 notified_status;       /* an AsyncLitTaskStatus; owner's context only */
  guint8 completed_emitted;     /* a gboolean; set in the owner's context only; atomic */
  guint8 resurrected;           /* a gboolean; owner's context only */
  guint8 cancellable_is_cached; /* a gboolean, guarded by lock: cached by the thread that calls the
                                 * function */
  guint8 is_run;                /* a gboolean: a run of a schedule; set before the task is
                                 * submitted */
  guint8 release;               /* an AsyncLitTaskRelease; atomic: read by the thread that lets
                                 * go */
  guint8 is_counted; /* a gboolean; atomic: counted among those that wait for their owner */

  AsyncLitJob job;               /* for the driver to queue */
  AsyncLitTask *next_ended;      /* the registry's, guarded by its lock */
  GCancellable *cancellable;     /* guarded by lock */
  AsyncLitTaskHandler *handlers; /* guarded by lock: called at the end; the last of a ring */
  AsyncLitTaskColdData *cold;    /* guarded by lock; atomic, to see without it that there is none */
};

/* Registered by the class. */

extern AsyncLitClassType asynclit_task_type;
#define ASYNCLIT_IS_TASK(task) (asynclit_class_type_check (&asynclit_task_type, (task)))

enum {
  ASYNCLIT_TASK_PROP_0,
  ASYNCLIT_TASK_PROP_ID,
  ASYNCLIT_TASK_PROP_NAME,
  ASYNCLIT_TASK_PROP_STATUS,
  ASYNCLIT_TASK_PROP_SUBSTATE,
  ASYNCLIT_TASK_PROP_DONE,
  ASYNCLIT_TASK_PROP_ERROR,
  ASYNCLIT_TASK_PROP_ATTEMPT,
  ASYNCLIT_TASK_PROP_CREATED,
  ASYNCLIT_TASK_PROP_STARTED,
  ASYNCLIT_TASK_PROP_FINISHED,
  ASYNCLIT_TASK_PROP_NEXT_RETRY,
  ASYNCLIT_TASK_PROP_EXECUTOR,
  ASYNCLIT_TASK_PROP_RETRY_POLICY,
  ASYNCLIT_TASK_PROP_ABANDON_ON_CANCEL,
  ASYNCLIT_TASK_PROP_MAX_PROGRESS,
  ASYNCLIT_TASK_PROP_TIMEOUT,
  ASYNCLIT_TASK_PROP_DEADLINE,
  ASYNCLIT_TASK_PROP_PARENT_CANCELLABLE,
  ASYNCLIT_TASK_PROP_STALL_TIMEOUT,
  ASYNCLIT_TASK_PROP_STALLED,
  ASYNCLIT_TASK_N_PROPS,
};

extern GParamSpec *asynclit_task_properties[ASYNCLIT_TASK_N_PROPS];

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

static inline gboolean
asynclit_task_is_in_gate (AsyncLitTask *self)
{
  return (asynclit_task_state_get (&self->state) & ASYNCLIT_STATE_GATE_MASK) != 0;
}

static inline gboolean
asynclit_task_has_ended (AsyncLitTask *self)
{
  return asynclit_task_state_is_terminal (asynclit_task_state_get (&self->state));
}

/* Why the task failed whose time is up, by its state. */
const GError *asynclit_task_get_time_error (AsyncLitTask *self, AsyncLitTaskState state);

/* The error in the result, or NULL. Only for threads that may read the result. If the time is up,
 * the result does not matter. */
static inline const GError *
asynclit_task_peek_error (AsyncLitTask *self)
{
  AsyncLitTaskState state = asynclit_task_state_get (&self->state);

  if (G_UNLIKELY (state & ASYNCLIT_STATE_TIME_IS_UP))
    return asynclit_task_get_time_error (self, state);
  return G_VALUE_HOLDS (&self->result, G_TYPE_ERROR) ? g_value_get_boxed (&self->result) : NULL;
}

AsyncLitTaskColdData *asynclit_task_get_cold_locked (AsyncLitTask *self);
void asynclit_task_free_cold (AsyncLitTask *self);
void asynclit_task_retry_event_free (AsyncLitRetryEvent *event);
/* TRUE, with @error, if the task had not ended in the process that this one was forked from. */
gboolean asynclit_task_check_forked (AsyncLitTask *self, GError **error);
/* To be called before the task is seen to have ended. */
void asynclit_task_note_finished (AsyncLitTask *self);
AsyncLitRetryPolicy *asynclit_task_peek_retry_policy (AsyncLitTask *self);
/* Orders tasks by their submission. */
guint64 asynclit_task_get_order (AsyncLitTask *self);
/* Whether there are handlers of property notifications. */
gboolean asynclit_task_has_notify_handlers (AsyncLitTask *self);
/* Runs on: the owner's context. */
void asynclit_task_notify_pspec (AsyncLitTask *self, GParamSpec *pspec);

G_END_DECLS
