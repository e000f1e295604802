/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The state of a task, in one word that changes only by compare-and-swap. This and
 * asynclit-task-state.c are the one place with lock-free code about tasks.
 *
 *                 ┌──────────── cancel ─────────────┐
 *                 │                                 ▼
 *   PENDING ── begin ──► RUNNING ── conclude ──► DONE │ ERROR │ CANCELLED
 *                 │                                    ▲
 *                 └── refuse (in a gate), conclude ────┘
 *
 *                        ▲     │
 *                 begin ─┘     └─ retry (an attempt failed; WAITING, then QUEUED)
 *
 * An attempt, within RUNNING:  begin (IN_CALL) → claim → stage → leave → conclude.
 *
 *   - Many may try to settle an attempt; the one that *claims* it writes the outcome and *stages*
 *     it. The others get FALSE.
 *   - The outcome takes effect when it is staged and the function is not being called any more:
 *     so whoever comes last of stage and leave has to conclude.
 *   - Conclude enters the terminal state, once. A cancellation that was requested before wins
 *     over the staged outcome.
 *   - If the time of the attempt, or of the task, was up before, that is the outcome, unless the
 *     task was cancelled, too. A task that does not run ends at once when its time is up.
 *
 * The outcome is written before it is staged (release) and read after its status has been seen
 * (acquire).
 */

#pragma once

#include "asynclit-enums.h"

#include <glib.h>

G_BEGIN_DECLS

typedef guint AsyncLitTaskState;

enum {
  ASYNCLIT_STATE_STATUS_MASK = 0x7, /* an AsyncLitTaskStatus */

  ASYNCLIT_STATE_CANCEL_REQUESTED = 1 << 3,
  ASYNCLIT_STATE_IN_CALL = 1 << 4, /* the function is being called */
  ASYNCLIT_STATE_CLAIMED = 1 << 5, /* a thread is settling this attempt */
  ASYNCLIT_STATE_STAGED = 1 << 6,  /* ... and has written the outcome */
  ASYNCLIT_STATE_WAITING = 1 << 7, /* waiting for the delay before a retry */
  ASYNCLIT_STATE_QUEUED = 1 << 8,  /* in an executor's queue */
  ASYNCLIT_STATE_ABANDON = 1 << 9, /* a cancellation takes effect immediately */
  ASYNCLIT_STATE_LET_GO = 1 << 10, /* nothing runs for the task any more, or will */
  ASYNCLIT_STATE_SUBMITTED = 1 << 11,

  /* Keep-alive flags: together they stand for the library's one reference, which is dropped when
   * the last flag is cleared. */
  ASYNCLIT_STATE_KEEP_ALIVE_REGISTRY = 1 << 12,
  ASYNCLIT_STATE_KEEP_ALIVE_EXECUTOR = 1 << 13,
  ASYNCLIT_STATE_KEEP_ALIVE_NOTIFICATION = 1 << 14,
  ASYNCLIT_STATE_KEEP_ALIVE_MASK = 0x7 << 12,

  ASYNCLIT_STATE_EXTERNALLY_RUN = 1 << 15, /* its creator queues it and begins its attempts */
  ASYNCLIT_STATE_NOTIFY_PENDING = 1 << 16, /* properties have changed outside of the context */
  ASYNCLIT_STATE_HAS_AMOUNTS = 1 << 17,    /* of progress */

  ASYNCLIT_STATE_GATE_SHIFT = 18,
  ASYNCLIT_STATE_GATE_MASK = 0x7 << ASYNCLIT_STATE_GATE_SHIFT, /* an AsyncLitGate */
  ASYNCLIT_STATE_GATED = 1 << 21,         /* it has to pass gates before each attempt */
  ASYNCLIT_STATE_START_AWAITED = 1 << 24, /* the manager wants to know when it begins */

  ASYNCLIT_STATE_TIMED = 1 << 25,    /* it has time limits: see asynclit-task-times-private.h */
  ASYNCLIT_STATE_TIME_OUT = 1 << 26, /* the time of this attempt is up */
  ASYNCLIT_STATE_EXPIRED = 1 << 27,  /* the time of the task is up */
  ASYNCLIT_STATE_TIME_IS_UP = ASYNCLIT_STATE_TIME_OUT | ASYNCLIT_STATE_EXPIRED,
  /* The function is to end soon. */
  ASYNCLIT_STATE_STOPPING = ASYNCLIT_STATE_CANCEL_REQUESTED | ASYNCLIT_STATE_TIME_IS_UP,

  ASYNCLIT_STATE_RESULT_JUDGED = 1 << 28, /* the retry policy has a say about results, too */
  ASYNCLIT_STATE_PAUSED = 1 << 29,        /* not to start, or to stop at a checkpoint */
  ASYNCLIT_STATE_HELD = 1 << 30,          /* and therefore was not started, and waits for its end */
};

/* Where a gated task waits, before it is given to its executor. */
typedef enum {
  ASYNCLIT_GATE_NONE,
  ASYNCLIT_GATE_DEPENDENCY,
  ASYNCLIT_GATE_DELAY,
  ASYNCLIT_GATE_LIMITER,
} AsyncLitGate;

typedef enum {
  ASYNCLIT_CANCEL_REFUSED,   /* the task has already ended */
  ASYNCLIT_CANCEL_ENDED,     /* the task has ended now */
  ASYNCLIT_CANCEL_REQUESTED, /* its function has to be notified */
  ASYNCLIT_CANCEL_REPEATED,  /* cancellation had already been requested */
  ASYNCLIT_CANCEL_ELSEWHERE, /* the task was submitted in the meantime: ask the driver */
} AsyncLitCancel;

typedef enum {
  ASYNCLIT_LEAVE_LATER,    /* not settled yet, or another thread concludes: don't touch the task */
  ASYNCLIT_LEAVE_CONCLUDE, /* the caller has to conclude */
  ASYNCLIT_LEAVE_UNSETTLED /* claimed for the caller, who has to stage an error */
} AsyncLitLeave;

AsyncLitTaskState asynclit_task_state_get (const AsyncLitTaskState *self);
AsyncLitTaskState asynclit_task_state_set_flags (AsyncLitTaskState *self, guint flags);
AsyncLitTaskState asynclit_task_state_clear_flags (AsyncLitTaskState *self, guint flags);

AsyncLitTaskStatus asynclit_task_state_get_status (AsyncLitTaskState state);
AsyncLitTaskSubstate asynclit_task_state_get_substate (AsyncLitTaskState state);
gboolean asynclit_task_state_is_terminal (AsyncLitTaskState state);
/* Whether a thread has ended the task and is about to let it go. It runs none of the user's code
 * until it has. */
gboolean asynclit_task_state_is_letting_go (AsyncLitTaskState state);

/* PENDING → RUNNING, or the next attempt. FALSE if the task has been cancelled. @in_call: its
 * function is about to be called. */
gboolean asynclit_task_state_begin (AsyncLitTaskState *self, gboolean in_call);
/* The same for an externally run task: QUEUED or WAITING → RUNNING. FALSE also if another thread
 * has begun it, or an executor runs the task. */
gboolean asynclit_task_state_begin_externally (AsyncLitTaskState *self);
/* FALSE if this attempt has already been settled, or there is none. */
gboolean asynclit_task_state_claim (AsyncLitTaskState *self);
/* TRUE if the caller has to conclude. */
gboolean asynclit_task_state_stage (AsyncLitTaskState *self);
/* @must_settle: the function has to settle before it returns. */
AsyncLitLeave asynclit_task_state_leave (AsyncLitTaskState *self, gboolean must_settle);
/* FALSE if the task has already ended (abandoned). FALSE also if it has been submitted and
 * @submitted is FALSE, because the driver has to do this. */
gboolean asynclit_task_state_conclude (AsyncLitTaskState *self, AsyncLitTaskStatus status,
                                       gboolean submitted);
/* QUEUED in a gate → settled, with an error that the caller writes next, and then concludes. FALSE
 * if the task has ended. */
gboolean asynclit_task_state_refuse (AsyncLitTaskState *self);
void asynclit_task_state_set_gate (AsyncLitTaskState *self, AsyncLitGate gate);
AsyncLitCancel asynclit_task_state_cancel (AsyncLitTaskState *self, gboolean submitted);
/* The time of a submitted task is up: of the attempt that runs (TIME_OUT), or of all of it
 * (EXPIRED). The error has to exist by now. */
AsyncLitCancel asynclit_task_state_time_out (AsyncLitTaskState *self, guint flag);

gboolean asynclit_task_state_is_paused (AsyncLitTaskState state);
/* FALSE if the task has ended, or is paused. */
gboolean asynclit_task_state_pause (AsyncLitTaskState *self);
/* A paused task is about to start. FALSE if it is not paused any more, or has ended. */
gboolean asynclit_task_state_hold (AsyncLitTaskState *self);
/* Undoes both. Returns the previous state: if it was held, it is the caller's to go on with. */
AsyncLitTaskState asynclit_task_state_resume (AsyncLitTaskState *self);

/* The task is passed to a driver. Returns the previous state: if the task had ended, it must not be
 * run. */
AsyncLitTaskState asynclit_task_state_submit (AsyncLitTaskState *self, gboolean has_func);

/* The staged attempt has failed, and there will be another: RUNNING, WAITING. FALSE if a
 * cancellation came first, or the time of the task is up. */
gboolean asynclit_task_state_wait_for_retry (AsyncLitTaskState *self);
/* WAITING → QUEUED, for the next attempt. FALSE if a cancellation came first. */
gboolean asynclit_task_state_requeue (AsyncLitTaskState *self);

G_END_DECLS
