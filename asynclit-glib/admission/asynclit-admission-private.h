/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Between its submission and its execution, a task passes gates in this order: dependencies, delay,
 * limiters. See tests/model/admission.pml for the protocol.
 *
 * A task with gates has the flag ASYNCLIT_STATE_GATED in its state, and a record of type
 * AsyncLitAdmission, which is created when the first gate is set up. The state also contains the
 * gate in which the task waits (AsyncLitGate), so that any thread can read it without a lock. A
 * task without gates has no record, and goes directly to its executor.
 */

#pragma once

#include "asynclit-limiter.h"
#include "asynclit-places-private.h"
#include "asynclit-task-private.h"

G_BEGIN_DECLS

typedef struct _AsyncLitAdmission AsyncLitAdmission;

/* An entry in the list of waiters of another task, whose end it waits for. */
typedef struct {
  AsyncLitWaiter waiter; /* in the list of the other task */
  AsyncLitAdmission *admission;
  AsyncLitTask *task; /* the other one; holds a reference */
  gboolean may_fail;  /* the other one only has to end */
} AsyncLitDependency;

struct _AsyncLitAdmission {
  AsyncLitSeeker seeker;
  AsyncLitTask *task;    /* the task that the record belongs to */
  AsyncLitWaiter waiter; /* woken when the task ends */
  AsyncLitTimer timer;   /* expires when the delay is over */
  AsyncLitJob refusal;   /* ends the task on the worker after a dependency has failed */

  /* Set before the task is submitted, then read-only. */
  GPtrArray *limiters;  /* of AsyncLitLimiter; NULL: none */
  GArray *dependencies; /* of AsyncLitDependency; NULL: none; released when the task ends */
  int priority;
  double delay;        /* seconds */
  gboolean is_join; /* it is never submitted, and ends when enough dependencies have ended */
  gboolean is_any;  /* ... which can be any one of them */
  gboolean run_anyway; /* even if a dependency fails */

  /* Guarded by the lock of all places. */
  AsyncLitGate gate;
  gboolean is_entered;
  gboolean has_ended;
  gboolean is_refused;    /* a dependency has failed; the task is about to end */
  gboolean has_forgotten; /* its dependencies were released */
  guint n_unmet;          /* dependencies that have not ended */
  guint n_lent;           /* waits of its function that are in progress */
  gint64 delay_due;       /* of asynclit_clock_boot_now() */
  GClosure *ready;        /* tells the creator of an externally run task; or NULL */
  gboolean is_told;       /* the call of `ready` is on its way */
};

/* asynclit-admission-record.c */

/* For a task that has not been submitted yet, or that has gates: creates the record if needed. */
AsyncLitAdmission *asynclit_admission_ensure (AsyncLitTask *task);
/* The record, or NULL. */
AsyncLitAdmission *asynclit_admission_peek (AsyncLitTask *task);
void asynclit_admission_add_limiter (AsyncLitTask *task, AsyncLitLimiter *limiter);
void asynclit_admission_add_dependency (AsyncLitTask *task, AsyncLitTask *other);
/* Adds a dependency of the library's own, after all others: @other only has to end. */
void asynclit_admission_add_end (AsyncLitTask *task, AsyncLitTask *other);

/* (transfer full) (nullable) */
AsyncLitTask *asynclit_admission_get_dependency (AsyncLitAdmission *self, guint index);

/* Describes the queue that a task waits in. */
typedef struct {
  gboolean is_paused;
  gboolean waits_for_rate;
  const char *name; /* of the limiter, or NULL; owned by the limiter */
  guint n_before;
} AsyncLitAdmissionQueue;

void asynclit_admission_get_queue (AsyncLitAdmission *self, AsyncLitAdmissionQueue *queue);
double asynclit_admission_get_delay_left (AsyncLitAdmission *self);
guint asynclit_admission_count_unmet (AsyncLitAdmission *self);

/* Prepares the seeker, before the task enters the gates for the first time. */
void asynclit_admission_set_needed (AsyncLitAdmission *self);

/* The error of a task one of whose dependencies has failed; NULL if the task has ended. */
GError *asynclit_admission_new_dependency_error (AsyncLitAdmission *self);

/* The lock of the places, after which those of the task are of this process. */
void asynclit_admission_lock (AsyncLitAdmission *self);
/* What the end of a task says about its last attempt. */
AsyncLitAttemptOutcome asynclit_admission_get_outcome (AsyncLitTask *task);

/* asynclit-admission-exit.c */

/* Sets the function that passes a task to its executor. Called once. */
void asynclit_admission_set_push (void (*push) (AsyncLitTask *task));
/* Called without the lock: carries out the consequences of a change. */
void asynclit_admission_act (AsyncLitGot *got);
/* Called without the lock: stops a tick that is not needed any more, and drops the reference. */
void asynclit_admission_stop_tick (AsyncLitTick *tick);
/* Fails a task that has not begun, unless it has ended. Takes over the gate's reference, and the
 * error, which is NULL if the task has ended. */
void asynclit_admission_refuse (AsyncLitTask *task, GError *error);
/* Tells the creator that its task can begin, or has ended. Takes ownership of a reference. */
void asynclit_admission_tell_creator (AsyncLitTask *task);

/* asynclit-admission-circles.c */

/* Called when there are dependencies, which blocking waits have to take into account. */
void asynclit_admission_follow_waits (void);
/* For a task that is never submitted, and ends when its dependencies have, or any one of them. */
void asynclit_admission_set_join (AsyncLitTask *task, gboolean is_any);
/* Whether the task depends on itself, directly or through other tasks that were submitted. The task
 * is already in the lists of waiters of its dependencies: if two threads close a circle at the same
 * time, the later one finds it. */
gboolean asynclit_admission_is_circular (AsyncLitAdmission *self);

/* asynclit-admission.c */

/* Takes ownership of the closure. FALSE if the task waits in no gate. */
gboolean asynclit_admission_set_ready (AsyncLitAdmission *self, GClosure *ready);

/* Called when a task with gates is submitted, and before each further attempt. Once it has passed
 * the gates, the task is passed to its executor, or its creator is told. Calls no user code. */
void asynclit_admission_enter (AsyncLitTask *task);
/* Called when a task has ended and no dependency can wake it any more. Otherwise the last task of a
 * chain would keep all others, and they would be freed in nested calls. */
void asynclit_admission_forget_dependencies (AsyncLitAdmission *self);

/* asynclit-admission-lend.c */

/* Called when an attempt is over and another one will follow, or when it was not begun. */
void asynclit_admission_give_back (AsyncLitTask *task, gboolean has_failed);
/* Called before and after the task's function waits for another task. */
void asynclit_admission_lend (AsyncLitTask *task, gboolean lend);

G_END_DECLS
