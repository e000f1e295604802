/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What ends a task from outside: its time limits, and a cancellable of others. Its state has
 * ASYNCLIT_STATE_TIMED if it has any; all other tasks have nothing to do with them.
 *
 * The driver runs the timers. When the time is up, the state gets a flag, and the cancellable is
 * cancelled, under the lock of the task: so the time of an attempt can't be up in the next one.
 */

#pragma once

#include "asynclit-task-core-private.h"
#include "asynclit-time-private.h"

G_BEGIN_DECLS

/* Exists as long as the task. */
struct _AsyncLitTaskTimes {
  AsyncLitWaiter waiter; /* the driver's, for the end of the task */
  AsyncLitTask *task;    /* which this is part of */

  /* Set before the task is submitted, then read-only; seconds, 0: none. */
  double timeout;
  double deadline;
  double stall_timeout;
  GCancellable *parent; /* or NULL */
  gint64 inherited; /* when it has to have ended, on asynclit_clock_boot_now(); ASYNCLIT_NEVER */

  /* Guarded by the lock of the task. */
  guint attempt;           /* whose time runs; 0: none */
  gpointer attempt_timer;  /* the driver's */
  GError *time_out;        /* set when the flag of the state is, then read-only */
  GError *expired;         /* the same for all of the task */
  gpointer deadline_timer; /* the driver's */
  gint64 due; /* when it has to have ended, on asynclit_clock_boot_now(); ASYNCLIT_NEVER */
  gboolean is_stalled;
  gint64 last_sign;     /* of life, or the start of the attempt; on asynclit_clock_now() */
  gpointer stall_timer; /* the driver's */
  gulong parent_id;     /* of the driver's handler; 0: none */
  GSList *cancellables; /* of attempts whose time was up: others may still use them */
  GSList *results;      /* of the same: the user's, to be freed with the task */
};

/* Under the lock of the task: when it counts as stalled. */
static inline gint64
asynclit_task_times_get_stall_due (const AsyncLitTaskTimes *self)
{
  return asynclit_time_add_seconds (self->last_sign, self->stall_timeout);
}

/* The record of a task that was not submitted yet. */
AsyncLitTaskTimes *asynclit_task_times_ensure (AsyncLitTask *self);
/* NULL: there is none */
AsyncLitTaskTimes *asynclit_task_times_peek (AsyncLitTask *self);

/* For the driver: the time of the attempt is up; or that of the task, if @attempt is 0. */
void asynclit_task_time_out (AsyncLitTask *self, guint attempt);
/* Within it: changes the state. The lock of the registry may be held. */
AsyncLitCancel asynclit_task_times_mark (AsyncLitTask *self, guint attempt);

/* The function has returned: the time of the attempt can't be up any more. */
void asynclit_task_times_end_attempt (AsyncLitTask *self);
/* asynclit_task_state_wait_for_retry() for a task with time limits. */
gboolean asynclit_task_times_wait_for_retry (AsyncLitTask *self);

/* Whether any task has ever had a deadline: most programs have none, and need not look for one that
 * a new task inherits. Atomic. */
extern int asynclit_task_deadlines_are_used;
/* The task is about to be submitted. */
void asynclit_task_inherit_from_caller (AsyncLitTask *self);

/* For the class. FALSE if the property is another's. */
gboolean asynclit_task_get_time_property (AsyncLitTask *self, guint property_id, GValue *value);
gboolean asynclit_task_set_time_property (AsyncLitTask *self, guint property_id,
                                          const GValue *value);

/* asynclit-task-stall.c: for a task with ASYNCLIT_STATE_TIMED */

/* It has reported something. */
void asynclit_task_give_sign (AsyncLitTask *self);
/* The same for any task. */
static inline void
asynclit_task_note_sign (AsyncLitTask *self)
{
  if (G_UNLIKELY (asynclit_task_state_get (&self->state) & ASYNCLIT_STATE_TIMED))
    asynclit_task_give_sign (self);
}

/* For the driver, @attempt being the one whose time it watches. FALSE if the task counts as stalled
 * from now on, or the attempt is over: there is no need to look again. */
gboolean asynclit_task_look_for_signs (AsyncLitTask *self, guint attempt);
/* The attempt is over. */
void asynclit_task_end_signs (AsyncLitTask *self);

G_END_DECLS
