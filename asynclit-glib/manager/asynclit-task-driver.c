/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "asynclit-admission-private.h"
#include "asynclit-clock-private.h"
#include "asynclit-context-private.h"
#include "asynclit-error.h"
#include "asynclit-init-private.h"
#include "asynclit-task-driver-private.h"
#include "asynclit-task-gates.h"
#include "asynclit-thread-pool-private.h"
#include "asynclit-time-limits-private.h"
#include "asynclit-time-private.h"
#include "asynclit-worker-private.h"

/* How long a sleeping context may remain unaware that a task has started, unless something else
 * happens. Short tasks have ended by then, so the context is woken once instead of twice. */
#define FLUSH_DELAY_USEC 20000

/* The driver's data about a task. */
typedef struct {
  AsyncLitTimer timer; /* until the next attempt */
  gint64 due;          /* when that is, on asynclit_clock_now() */
  AsyncLitTask *task;
  AsyncLitContextExecutor *context; /* the owner's context; NULL unless the task runs there */
  AsyncLitTaskGate gate;            /* NULL: none */
  gpointer gate_data;
  GDestroyNotify gate_destroy;
} Run;

static AsyncLitTimer flush_timer;
static int flush_is_due; /* atomic: the timer is running */

static void
run_free (gpointer data)
{
  Run *self = data;

  g_clear_pointer (&self->context, asynclit_context_executor_unref);
  if (self->gate_destroy != NULL)
    self->gate_destroy (self->gate_data);
  g_free (self);
}

/* Called by the thread that owns the task: the one that submits it, or has claimed its attempt. */
static Run *
task_ensure_run (AsyncLitTask *task)
{
  AsyncLitTaskColdData *cold;
  Run *run;

  asynclit_bit_lock (&task->lock);
  cold = asynclit_task_get_cold_locked (task);
  if (cold->driver_data == NULL)
    {
      run = g_new0 (Run, 1);
      run->task = task;
      cold->driver_data = run;
      cold->driver_data_free = run_free;
    }
  run = cold->driver_data;
  asynclit_bit_unlock (&task->lock);
  return run;
}

void
asynclit_task_driver_set_own_context (AsyncLitTask *task)
{
  task_ensure_run (task)->context
      = asynclit_context_executor_get (asynclit_context_peek_own (), G_PRIORITY_DEFAULT_IDLE);
}

void
asynclit_task_driver_set_context (AsyncLitTask *task, AsyncLitContextExecutor *context)
{
  g_assert (context != NULL);
  task_ensure_run (task)->context = asynclit_context_executor_ref (context);
}

/* Runs on: the task's executor; or any thread, if the job is lost */
static void
task_job_run (AsyncLitJob *job, const GError *lost)
{
  AsyncLitTask *task = asynclit_task_from_job (job);

  if (lost != NULL)
    asynclit_task_lose (task, lost);
  else if (G_LIKELY (!(asynclit_task_state_get (&task->state) & ASYNCLIT_STATE_PAUSED))
           || !asynclit_task_hold (task))
    asynclit_task_run (task);
}

/* Runs on: the task's executor; or any thread, if the job is lost */
static void
task_job_ask (AsyncLitJob *job, const GError *lost)
{
  AsyncLitTask *task = asynclit_task_from_job (job);
  Run *run = task_ensure_run (task);

  if (lost != NULL || run->gate (task, run->gate_data))
    task_job_run (job, lost);
}

static void
task_push_to_pool (AsyncLitTask *task)
{
  if (G_UNLIKELY (asynclit_task_state_get (&task->state) & ASYNCLIT_STATE_GATED))
    asynclit_thread_pool_push_with_priority (&task->job, asynclit_task_get_priority (task));
  else
    asynclit_thread_pool_push (&task->job);
}

static void
task_push (AsyncLitTask *task)
{
  if (task->executor == ASYNCLIT_EXECUTOR_WORKER)
    asynclit_worker_push (&task->job);
  else if (task->executor == ASYNCLIT_EXECUTOR_CONTEXT)
    asynclit_context_executor_push (task_ensure_run (task)->context, &task->job);
  else
    task_push_to_pool (task);
}

void
asynclit_task_driver_start (AsyncLitTask *task)
{
  AsyncLitTaskState state = asynclit_task_state_get (&task->state);

  if (G_LIKELY (task->job.run != task_job_ask))
    task->job.run = task_job_run;
  if (G_UNLIKELY (state & ASYNCLIT_STATE_TIMED))
    asynclit_time_limits_begin (task);
  if (G_UNLIKELY (state & ASYNCLIT_STATE_GATED)
      && (task->func != NULL || (state & ASYNCLIT_STATE_EXTERNALLY_RUN)))
    {
      asynclit_admission_enter (task);
      return;
    }
  if (state & ASYNCLIT_STATE_EXTERNALLY_RUN)
    return;
  if (task->func == NULL)
    asynclit_task_run (task);
  else
    task_push (task);
}

void
asynclit_task_driver_set_gate (AsyncLitTask *task, AsyncLitTaskGate gate, gpointer data,
                               GDestroyNotify destroy)
{
  Run *run = task_ensure_run (task);

  g_assert (gate != NULL);
  g_assert (!asynclit_task_is_submitted (task));
  run->gate = gate;
  run->gate_data = data;
  run->gate_destroy = destroy;
  task->job.run = task_job_ask;
}

void
asynclit_task_driver_go_on (gpointer data)
{
  AsyncLitTask *task = data;

  task->job.run = task_job_run;
  task_push (task);
}

static void
driver_release_held (AsyncLitTask *task)
{
  if (asynclit_task_state_get (&task->state) & ASYNCLIT_STATE_GATED)
    asynclit_admission_enter (task);
  else
    task_push (task);
}

/* Runs on: worker. No other thread touches the task's run while it waits. */
static void
retry_is_due (AsyncLitTimer *timer)
{
  AsyncLitTask *task = ((Run *) timer)->task;

  if (asynclit_task_state_requeue (&task->state))
    asynclit_task_driver_start (task);
  else
    asynclit_task_let_go (task);
}

static gboolean
policy_allows (AsyncLitRetryPolicy *policy, AsyncLitTask *task, const GError *error, double *delay)
{
  double started = (double) task->cold->first_begun / G_USEC_PER_SEC;

  if (error == NULL)
    *delay = asynclit_retry_policy_next_delay_for_result (
        policy, G_IS_VALUE (&task->result) ? &task->result : NULL, task->attempt, started);
  else if (g_error_matches (error, ASYNCLIT_ERROR, ASYNCLIT_ERROR_CONTEXT_GONE))
    return FALSE;
  else
    *delay = asynclit_retry_policy_next_delay (policy, error, task->attempt, started);
  return *delay >= 0;
}

/* Runs on: the thread that settled the attempt */
static gboolean
driver_decide_retry (AsyncLitTask *task, const GError *error, double *delay)
{
  AsyncLitRetryPolicy *policy = asynclit_task_get_retry_policy (task);
  Run *run;

  if (policy == NULL || task->func == NULL || !policy_allows (policy, task, error, delay))
    return FALSE;
  /* Before another thread can see that the task waits, and stop it. */
  run = task_ensure_run (task);
  asynclit_timer_init (&run->timer, retry_is_due);
  run->due = asynclit_time_add_seconds (asynclit_clock_now (), *delay);
  return TRUE;
}

static void
driver_start_retry (AsyncLitTask *task)
{
  Run *run = task_ensure_run (task);

  if (!asynclit_worker_start_timer (&run->timer, run->due))
    asynclit_task_let_go (task);
}

static gboolean
driver_stop_retry (AsyncLitTask *task)
{
  /* An externally run task finds out when it begins the next attempt. */
  return task->func != NULL && asynclit_worker_stop_timer (&task_ensure_run (task)->timer);
}

/* Runs on: worker */
static void
trip (gpointer data, gpointer user_data)
{
  g_cancellable_cancel (data);
}

static void
driver_trip_later (GCancellable *cancellable)
{
  asynclit_worker_invoke (trip, cancellable, g_object_unref);
}

/* Runs on: worker */
static void
drop (gpointer data, gpointer user_data)
{
  g_object_unref (data);
}

static void
driver_drop_later (AsyncLitTask *task)
{
  asynclit_worker_invoke (drop, task, NULL);
}

/* Runs on: worker */
static void
flush (AsyncLitTimer *timer)
{
  g_atomic_int_set (&flush_is_due, FALSE);
  asynclit_notifier_flush ();
}

static void
forget_flush (void)
{
  flush_is_due = FALSE;
}

static void
driver_flush_later (void)
{
  if (!g_atomic_int_compare_and_exchange (&flush_is_due, FALSE, TRUE))
    return;
  asynclit_timer_init (&flush_timer, flush);
  asynclit_worker_start_timer (&flush_timer, asynclit_clock_now () + FLUSH_DELAY_USEC);
}

gboolean
asynclit_task_driver_runs_here (AsyncLitTask *task)
{
  return task->executor == ASYNCLIT_EXECUTOR_CONTEXT
         && (task->func != NULL
             || (asynclit_task_state_get (&task->state) & ASYNCLIT_STATE_EXTERNALLY_RUN))
         && asynclit_context_executor_is_current (task_ensure_run (task)->context);
}

void
asynclit_task_driver_init (AsyncLitTaskDriver *driver)
{
  static gsize registered = 0;

  g_assert (driver != NULL);
  if (asynclit_once_enter (&registered))
    {
      asynclit_on_fork (forget_flush);
      asynclit_once_leave (&registered, 1);
    }
  asynclit_notifier_set_invoke (asynclit_worker_invoke);
  driver->decide_retry = driver_decide_retry;
  driver->start_retry = driver_start_retry;
  driver->stop_retry = driver_stop_retry;
  driver->trip_later = driver_trip_later;
  driver->drop_later = driver_drop_later;
  driver->give_back = asynclit_admission_give_back;
  driver->lend = asynclit_admission_lend;
  driver->start_clock = asynclit_time_limits_start_attempt;
  driver->stop_clock = asynclit_time_limits_end_attempt;
  driver->watch_signs = asynclit_time_limits_watch_signs;
  driver->release_held = driver_release_held;
  driver->invoke_later = asynclit_worker_invoke;
  asynclit_admission_set_push (task_push);
  driver->flush_later = driver_flush_later;
}
