/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A timer may be about to fire on the worker while another thread stops it. Each attempt therefore
 * has its own timer, which contains the number of the attempt, and is freed when neither thread
 * needs it any more. */

#include "config.h"

#include "asynclit-cancelled-private.h"
#include "asynclit-clock-private.h"
#include "asynclit-task-times-private.h"
#include "asynclit-time-limits-private.h"
#include "asynclit-time-private.h"
#include "asynclit-worker-private.h"

typedef struct {
  AsyncLitTimer timer;
  AsyncLitTask *task; /* with a reference until the timer has fired or was stopped */
  guint attempt;      /* 0: all of the task */
  int ref_count;      /* atomic: one of the timer, and one of the task's record */
} Limit;

static void
limit_unref (Limit *self)
{
  if (g_atomic_int_dec_and_test (&self->ref_count))
    g_free (self);
}

/* The timer will not fire any more. */
static void
limit_drop (Limit *self)
{
  asynclit_task_return_ref (self->task);
  limit_unref (self);
}

/* Runs on: worker. If no thread can be started, this is called immediately. No limit is better than
 * one that expires before the function is called. */
static void
time_is_up (AsyncLitTimer *timer)
{
  Limit *self = (Limit *) timer;

  if (asynclit_worker_is_current ())
    asynclit_task_time_out (self->task, self->attempt);
  limit_drop (self);
}

/* Runs on: worker, or the caller, as above */
static void
look_for_signs (AsyncLitTimer *timer)
{
  Limit *self = (Limit *) timer;

  if (asynclit_worker_is_current () && asynclit_task_look_for_signs (self->task, self->attempt))
    asynclit_time_limits_watch_signs (self->task, self->attempt);
  limit_drop (self);
}

static Limit *
limit_new (AsyncLitTask *task, guint attempt, AsyncLitTimerFunc func)
{
  Limit *self = g_new0 (Limit, 1);

  if (attempt == 0)
    asynclit_timer_init_boot (&self->timer, func);
  else
    asynclit_timer_init (&self->timer, func);
  self->task = g_object_ref (task);
  self->attempt = attempt;
  self->ref_count = 2;
  return self;
}

static void
limit_start (Limit *self, gint64 due)
{
  if (!asynclit_worker_start_timer (&self->timer, due))
    limit_drop (self);
}

/* Takes the reference of the record; NULL: there is none. */
static void
limit_stop (Limit *self)
{
  if (self == NULL)
    return;
  if (asynclit_worker_stop_timer (&self->timer))
    limit_drop (self);
  limit_unref (self);
}

void
asynclit_time_limits_watch_signs (AsyncLitTask *task, guint attempt)
{
  AsyncLitTaskTimes *times = asynclit_task_times_peek (task);
  Limit *limit = limit_new (task, attempt, look_for_signs);
  Limit *old = limit;
  gint64 due;

  asynclit_bit_lock (&task->lock);
  due = asynclit_task_times_get_stall_due (times);
  if (times->attempt == attempt)
    {
      old = times->stall_timer;
      times->stall_timer = limit;
    }
  asynclit_bit_unlock (&task->lock);
  /* If the attempt is over, this stops it before it has started. */
  limit_stop (old);
  limit_start (limit, due);
}

static void
times_start_timeout (AsyncLitTaskTimes *self, gint64 now)
{
  AsyncLitTask *task = self->task;
  Limit *limit;

  if (!(self->timeout > 0))
    return;
  limit = limit_new (task, task->attempt, time_is_up);
  asynclit_bit_lock (&task->lock);
  self->attempt_timer = limit;
  asynclit_bit_unlock (&task->lock);
  limit_start (limit, asynclit_time_add_seconds (now, self->timeout));
}

void
asynclit_time_limits_start_attempt (AsyncLitTask *task)
{
  AsyncLitTaskTimes *times = asynclit_task_times_peek (task);
  gint64 now = asynclit_clock_now ();

  asynclit_bit_lock (&task->lock);
  times->attempt = task->attempt;
  times->last_sign = now;
  asynclit_bit_unlock (&task->lock);
  times_start_timeout (times, now);
  if (times->stall_timeout > 0)
    asynclit_time_limits_watch_signs (task, task->attempt);
}

void
asynclit_time_limits_end_attempt (AsyncLitTask *task)
{
  AsyncLitTaskTimes *times = asynclit_task_times_peek (task);
  Limit *limit, *stall;

  asynclit_bit_lock (&task->lock);
  times->attempt = 0;
  limit = g_steal_pointer (&times->attempt_timer);
  stall = g_steal_pointer (&times->stall_timer);
  asynclit_bit_unlock (&task->lock);
  limit_stop (limit);
  limit_stop (stall);
  asynclit_task_end_signs (task);
}

/* The cancellable of others */

/* Runs on: the thread that cancels it */
static void
parent_cancelled (GCancellable *parent, gpointer data)
{
  asynclit_tsan_acquire (data);
  asynclit_task_cancel (data);
}

static void
return_ref (gpointer data, GClosure *closure)
{
  asynclit_task_return_ref (data);
}

static void
times_watch_parent (AsyncLitTaskTimes *self)
{
  AsyncLitTask *task = self->task;
  gulong id;

  if (self->parent == NULL)
    return;
  asynclit_tsan_release (task);
  id = asynclit_cancelled_connect (self->parent, parent_cancelled, g_object_ref (task), return_ref);
  asynclit_bit_lock (&task->lock);
  self->parent_id = id;
  asynclit_bit_unlock (&task->lock);
  if (g_cancellable_is_cancelled (self->parent))
    asynclit_task_cancel (task);
}

static void
times_forget_parent (AsyncLitTaskTimes *self)
{
  gulong id;

  asynclit_bit_lock (&self->task->lock);
  id = self->parent_id;
  self->parent_id = 0;
  asynclit_bit_unlock (&self->task->lock);
  asynclit_cancelled_disconnect (self->parent, id);
}

/* The task has ended. */
static void
times_stop (AsyncLitTaskTimes *self)
{
  AsyncLitTask *task = self->task;
  Limit *limit;

  asynclit_time_limits_end_attempt (task);
  times_forget_parent (self);
  asynclit_bit_lock (&task->lock);
  limit = g_steal_pointer (&self->deadline_timer);
  asynclit_bit_unlock (&task->lock);
  limit_stop (limit);
}

/* Runs on: the thread that ended the task */
static void
task_ended (AsyncLitWaiter *waiter)
{
  times_stop ((AsyncLitTaskTimes *) waiter);
}

/* The task has been submitted. */
static void
times_start_deadline (AsyncLitTaskTimes *self)
{
  AsyncLitTask *task = self->task;
  gint64 now = asynclit_clock_boot_now ();
  gint64 due = self->inherited;
  Limit *limit;

  if (self->deadline > 0)
    due = MIN (due, asynclit_time_add_seconds (now, self->deadline));
  if (due == ASYNCLIT_NEVER)
    return;
  limit = limit_new (task, 0, time_is_up);
  asynclit_bit_lock (&task->lock);
  self->due = due;
  self->deadline_timer = limit;
  asynclit_bit_unlock (&task->lock);
  /* A task with no time left must not begin before the worker notices. */
  if (due <= now)
    asynclit_task_time_out (task, 0);
  limit_start (limit, due);
}

void
asynclit_time_limits_begin (AsyncLitTask *task)
{
  AsyncLitTaskTimes *times = asynclit_task_times_peek (task);

  if (times->waiter.wake != NULL)
    return;
  times->waiter.wake = task_ended;
  if (!asynclit_task_add_waiter (task, &times->waiter))
    return;
  times_start_deadline (times);
  times_watch_parent (times);
  /* If the task has ended in the meantime, some timers were started too late to be stopped. */
  if (asynclit_task_has_ended (task))
    times_stop (times);
}
