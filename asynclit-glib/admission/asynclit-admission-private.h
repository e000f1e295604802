/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Between submission and execution: the gates that a task passes, in this order, before it is given
 * to its executor: dependencies, delay, limiters (tests/model/admission.pml).
 *
 * A task that has to pass gates has ASYNCLIT_STATE_GATED in its state, and a record of type
 * AsyncLitAdmission. Where it waits is in its state, too (AsyncLitGate), for everybody to read. The
 * record is made when a gate is set up. All other tasks come by none of this.
 */

#pragma once

#include "asynclit-limiter.h"
#include "asynclit-places-private.h"
#include "asynclit-task-private.h"

G_BEGIN_DECLS

typedef struct _AsyncLitAdmission AsyncLitAdmission;

/* Waits in a task for the end of another. */
typedef struct {
  AsyncLitWaiter waiter; /* of the other task */
  AsyncLitAdmission *admission;
  AsyncLitTask *task; /* the other, with a reference */
} AsyncLitDependency;

struct _AsyncLitAdmission {
  AsyncLitSeeker seeker;
  AsyncLitTask *task;    /* which this is part of */
  AsyncLitWaiter waiter; /* of the task's own end */
  AsyncLitTimer timer;   /* until the delay is over */
  AsyncLitJob refusal;   /* ends the task on the worker, because a dependency has failed */

  /* Set before the task is submitted, then read-only. */
  GPtrArray *limiters;  /* of AsyncLitLimiter; NULL: none */
  GArray *dependencies; /* of AsyncLitDependency; NULL: none; their tasks go once it has ended */
  int priority;
  double delay;        /* seconds */
  gboolean run_anyway; /* also if a dependency fails */

  /* Guarded by the lock of the places. */
  AsyncLitGate gate;
  gboolean is_entered;
  gboolean has_ended;
  gboolean is_refused;    /* a dependency has failed; the task ends in a moment */
  gboolean has_forgotten; /* its dependencies */
  gboolean is_settled;    /* all that it depends on was submitted, so it is in no circle */
  guint n_unmet;          /* dependencies that have not ended */
  guint n_lent;           /* waits of the function that are under way */
  gint64 delay_due;       /* of asynclit_clock_now() */
  GClosure *ready;  /* for the creator of a task that it runs itself; NULL: nobody wants to know */
  gboolean is_told; /* it is on its way to be called */
};

/* asynclit-admission-record.c */

/* The record of a task that was not submitted yet, or is gated. */
AsyncLitAdmission *asynclit_admission_ensure (AsyncLitTask *task);
/* NULL: there is none */
AsyncLitAdmission *asynclit_admission_peek (AsyncLitTask *task);
void asynclit_admission_add_limiter (AsyncLitTask *task, AsyncLitLimiter *limiter);
void asynclit_admission_add_dependency (AsyncLitTask *task, AsyncLitTask *other);

/* (transfer full) (nullable) */
AsyncLitTask *asynclit_admission_get_dependency (AsyncLitAdmission *self, guint index);

/* For a task that waits. */
typedef struct {
  gboolean is_paused;
  const char *name; /* of the limiter; the task's, or NULL */
  guint n_before;
} AsyncLitAdmissionQueue;

void asynclit_admission_get_queue (AsyncLitAdmission *self, AsyncLitAdmissionQueue *queue);
double asynclit_admission_get_delay_left (AsyncLitAdmission *self);
guint asynclit_admission_count_unmet (AsyncLitAdmission *self);

/* Before the task enters the gates for the first time: its seeker. */
void asynclit_admission_set_needed (AsyncLitAdmission *self);
/* What is wrong with the dependencies, or NULL. */
GError *asynclit_admission_check_dependencies (AsyncLitAdmission *self);

/* One of them has failed. NULL if the task has ended meanwhile. */
GError *asynclit_admission_new_dependency_error (AsyncLitAdmission *self);

/* asynclit-admission.c */

/* FALSE if the task waits in no gate; takes the closure in any case. */
gboolean asynclit_admission_set_ready (AsyncLitAdmission *self, GClosure *ready);

/* How a task is given to its executor. Set once. */
void asynclit_admission_set_push (void (*push) (AsyncLitTask *task));

/* A gated task is submitted, or comes for another attempt: sees to it that it gets to its executor,
 * or that its creator is told. Sets off nobody's code. */
void asynclit_admission_enter (AsyncLitTask *task);
/* An attempt is over, and there will be another. */
void asynclit_admission_give_back (AsyncLitTask *task);
/* The function begins to wait for another task, or has waited. */
void asynclit_admission_lend (AsyncLitTask *task, gboolean lend);

/* Without the lock: acts on what a change has led to. */
void asynclit_admission_act (AsyncLitGot *got);
/* Without the lock: stops one that is of no use any more, and takes the reference. */
void asynclit_admission_stop_tick (AsyncLitTick *tick);

G_END_DECLS
