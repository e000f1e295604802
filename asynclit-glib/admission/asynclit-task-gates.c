/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The public functions of tasks that set up gates, and describe what a task waits for. */

#include "config.h"

#include "asynclit-closure-private.h"
#include "asynclit-admission-private.h"
#include "asynclit-clock-private.h"
#include "asynclit-limiter-private.h"
#include "asynclit-task-gates.h"
#include "asynclit-wait-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>

/**
 * asynclit_task_add_limiter:
 * @self: a task that has not been submitted yet
 * @limiter: a limiter
 *
 * Adds a limiter, of which the task needs a place in order to run.
 *
 * A task can have several limiters, and takes a place of each at the same time. Adding the same
 * limiter again has no effect.
 *
 * Since: 1.0
 */
void
asynclit_task_add_limiter (AsyncLitTask *self, AsyncLitLimiter *limiter)
{
  g_return_if_fail (ASYNCLIT_IS_TASK (self));
  g_return_if_fail (ASYNCLIT_IS_LIMITER (limiter));
  g_return_if_fail (!asynclit_task_is_submitted (self));

  asynclit_admission_add_limiter (self, limiter);
}

/**
 * asynclit_task_add_dependency:
 * @self: a task that has not been submitted yet
 * @other: another task, submitted or not
 *
 * Adds a dependency: the task runs only after the other task is done.
 *
 * If @other fails or is cancelled, the task fails with %ASYNCLIT_ERROR_DEPENDENCY, unless
 * [method@Task.set_run_anyway] says otherwise. The message contains that of @other.
 *
 * If tasks depend on each other in a circle, the one that is submitted last fails with
 * %ASYNCLIT_ERROR_INVALID_ARGUMENT, and therefore the others fail, too. If @other belongs to the
 * parent of a forked process, the task fails with %ASYNCLIT_ERROR_FORKED.
 *
 * The function of @other can't wait for the task: [method@Task.wait] fails there with
 * %G_IO_ERROR_WOULD_BLOCK.
 *
 * Dependencies only affect tasks that have a function, and tasks that are submitted with
 * [method@TaskManager.queue_task].
 *
 * Since: 1.0
 */
void
asynclit_task_add_dependency (AsyncLitTask *self, AsyncLitTask *other)
{
  g_return_if_fail (ASYNCLIT_IS_TASK (self));
  g_return_if_fail (ASYNCLIT_IS_TASK (other));
  g_return_if_fail (!asynclit_task_is_submitted (self));

  asynclit_admission_follow_waits ();
  asynclit_admission_add_dependency (self, other);
}

/**
 * asynclit_task_get_dependency:
 * @self: a task
 * @index: the index of the dependency, from 0, in the order in which they were added
 *
 * Gets a task that this one depends on, for example to read its result.
 *
 * A task keeps its dependencies until it ends.
 *
 * May be called from any thread.
 *
 * Returns: (transfer full) (nullable): the other task; %NULL if @index is too large, or if the task has
 *   ended
 * Since: 1.0
 */
AsyncLitTask *
asynclit_task_get_dependency (AsyncLitTask *self, guint index)
{
  AsyncLitAdmission *admission;

  g_return_val_if_fail (ASYNCLIT_IS_TASK (self), NULL);

  admission = asynclit_admission_peek (self);
  return admission != NULL ? asynclit_admission_get_dependency (admission, index) : NULL;
}

/**
 * asynclit_task_depends_on:
 * @self: a task
 * @other: another task
 *
 * Finds out whether the task can't end before another one does, because it depends on that task,
 * directly or by way of others.
 *
 * A function for whose task this is %TRUE must not be waited for in the function of @other:
 * [method@Task.wait] refuses such a wait. Language bindings, which run functions themselves, ask
 * here. A function that waits without a limit in [method@Task.wait] counts as one that depends on
 * what it waits for.
 *
 * May be called from any thread.
 *
 * Returns: %TRUE if the end of @other comes first, or the tasks are the same one; %FALSE also if
 *   one of the tasks has ended
 * Since: 1.0
 */
gboolean
asynclit_task_depends_on (AsyncLitTask *self, AsyncLitTask *other)
{
  g_return_val_if_fail (ASYNCLIT_IS_TASK (self), FALSE);
  g_return_val_if_fail (ASYNCLIT_IS_TASK (other), FALSE);

  return asynclit_wait_leads_to (self, other);
}

/**
 * asynclit_task_get_run_anyway:
 * @self: a task
 *
 * Gets whether the task runs even if a dependency fails or is cancelled.
 *
 * Returns: %TRUE if the task runs in any case
 * Since: 1.0
 */
gboolean
asynclit_task_get_run_anyway (AsyncLitTask *self)
{
  AsyncLitAdmission *admission;

  g_return_val_if_fail (ASYNCLIT_IS_TASK (self), FALSE);

  admission = asynclit_admission_peek (self);
  return admission != NULL && admission->run_anyway;
}

/**
 * asynclit_task_set_run_anyway:
 * @self: a task that has not been submitted yet
 * @run_anyway: whether to run even if a dependency fails or is cancelled
 *
 * Sets whether the task runs even if a dependency fails or is cancelled. The default is %FALSE.
 *
 * Since: 1.0
 */
void
asynclit_task_set_run_anyway (AsyncLitTask *self, gboolean run_anyway)
{
  g_return_if_fail (ASYNCLIT_IS_TASK (self));
  g_return_if_fail (!asynclit_task_is_submitted (self));

  asynclit_admission_ensure (self)->run_anyway = !!run_anyway;
}

/**
 * asynclit_task_get_delay:
 * @self: a task
 *
 * Gets how long the task waits before its first attempt.
 *
 * Returns: the delay in seconds
 * Since: 1.0
 */
double
asynclit_task_get_delay (AsyncLitTask *self)
{
  AsyncLitAdmission *admission;

  g_return_val_if_fail (ASYNCLIT_IS_TASK (self), 0);

  admission = asynclit_admission_peek (self);
  return admission != NULL ? admission->delay : 0;
}

/**
 * asynclit_task_set_delay:
 * @self: a task that has not been submitted yet
 * @seconds: the delay in seconds: 0 or more
 *
 * Sets how long the task waits before its first attempt.
 *
 * The delay begins when the task is submitted or, if it has dependencies, when the last of them
 * ends. It advances while the computer sleeps, too. The default is 0.
 *
 * Since: 1.0
 */
void
asynclit_task_set_delay (AsyncLitTask *self, double seconds)
{
  g_return_if_fail (ASYNCLIT_IS_TASK (self));
  g_return_if_fail (!isnan (seconds) && seconds >= 0);
  g_return_if_fail (!asynclit_task_is_submitted (self));

  asynclit_admission_ensure (self)->delay = seconds;
}

/**
 * asynclit_task_get_priority:
 * @self: a task
 *
 * Gets the priority of the task.
 *
 * Returns: the priority; lower numbers come first
 * Since: 1.0
 */
int
asynclit_task_get_priority (AsyncLitTask *self)
{
  AsyncLitAdmission *admission;

  g_return_val_if_fail (ASYNCLIT_IS_TASK (self), G_PRIORITY_DEFAULT);

  admission = asynclit_admission_peek (self);
  return admission != NULL ? admission->priority : G_PRIORITY_DEFAULT;
}

/**
 * asynclit_task_set_priority:
 * @self: a task that has not been submitted yet
 * @priority: the priority, as in GLib: lower numbers come first
 *
 * Sets the priority of the task. It applies to the queue of each limiter, and of the manager, and
 * then to the queue of the thread pool. The default is %G_PRIORITY_DEFAULT, which is 0.
 *
 * A waiting task ages, so that it is never overtaken forever. In the queue of a limiter, each tenth
 * of a second of waiting counts as much as a priority that is lower by one: of two tasks, the one
 * with the smaller value of *priority × 0.1 s + time of submission* comes first. Tasks of the
 * default priority that are submitted later therefore overtake a task with %G_PRIORITY_LOW for at
 * most half a minute. In the queue of the thread pool, every ten tasks that start count as much as
 * a priority that is lower by one.
 *
 * Since: 1.0
 */
void
asynclit_task_set_priority (AsyncLitTask *self, int priority)
{
  g_return_if_fail (ASYNCLIT_IS_TASK (self));
  g_return_if_fail (!asynclit_task_is_submitted (self));

  asynclit_admission_ensure (self)->priority = priority;
}

/**
 * asynclit_task_when_ready:
 * @self: a task that was submitted with [method@TaskManager.queue_task]
 * @ready: called with the task when an attempt can begin, or when the task has ended; in the latter
 *   case, [method@Task.begin] returns %FALSE
 *
 * Requests a call when the next attempt of an externally run task can begin.
 *
 * Call this function if [method@TaskManager.queue_task] returned %FALSE, and before each further
 * attempt, after the delay that was passed to [method@Task.return_retry].
 *
 * @ready is called once: in the owner's context if the executor of the task is
 * %ASYNCLIT_EXECUTOR_CONTEXT, otherwise on the worker, where it must not block.
 *
 * May be called from any thread.
 *
 * Returns: %TRUE if the attempt can begin right now, or if the task has ended; @ready is not called
 *   in this case
 * Since: 1.0
 */
gboolean
asynclit_task_when_ready (AsyncLitTask *self, GClosure *ready)
{
  AsyncLitTaskState state;

  g_return_val_if_fail (ASYNCLIT_IS_TASK (self), TRUE);
  g_return_val_if_fail (ready != NULL, TRUE);

  state = asynclit_task_state_get (&self->state);
  if (!(state & ASYNCLIT_STATE_GATED) || !(state & ASYNCLIT_STATE_EXTERNALLY_RUN)
      || asynclit_task_check_forked (self, NULL))
    return TRUE;
  if (state & ASYNCLIT_STATE_WAITING)
    {
      if (!asynclit_task_state_requeue (&self->state))
        return TRUE;
      asynclit_admission_enter (self);
    }
  return !asynclit_admission_set_ready (asynclit_admission_peek (self),
                                        asynclit_closure_take (ready));
}

/* Called before and after the function of an externally run task waits. */
static void
task_lend (AsyncLitTask *self, gboolean lend)
{
  const guint both = ASYNCLIT_STATE_GATED | ASYNCLIT_STATE_EXTERNALLY_RUN;

  if ((asynclit_task_state_get (&self->state) & both) == both
      && !asynclit_task_check_forked (self, NULL))
    asynclit_admission_lend (self, lend);
}

/**
 * asynclit_task_begin_wait:
 * @self: a task that was begun with [method@Task.begin]
 *
 * Announces that the task waits for another one. Until [method@Task.end_wait] is called, other
 * tasks can use its places in limiters.
 *
 * [method@Task.wait] does the same for functions that the library runs. Waits can be nested.
 *
 * May be called from any thread.
 *
 * Since: 1.0
 */
void
asynclit_task_begin_wait (AsyncLitTask *self)
{
  g_return_if_fail (ASYNCLIT_IS_TASK (self));

  task_lend (self, TRUE);
}

/**
 * asynclit_task_end_wait:
 * @self: a task
 *
 * Takes back the places that the task gave up in [method@Task.begin_wait].
 *
 * May be called from any thread.
 *
 * Since: 1.0
 */
void
asynclit_task_end_wait (AsyncLitTask *self)
{
  g_return_if_fail (ASYNCLIT_IS_TASK (self));

  task_lend (self, FALSE);
}

/**
 * asynclit_task_note_failure:
 * @self: a task that was begun with [method@Task.begin]
 *
 * Says that the attempt has failed, although the task is about to end with a result, which takes
 * the place of the error.
 *
 * For language bindings. Limiters count the attempt as failed, and the task gives its places back.
 *
 * May be called from any thread.
 *
 * Since: 1.0
 */
void
asynclit_task_note_failure (AsyncLitTask *self)
{
  const guint both = ASYNCLIT_STATE_GATED | ASYNCLIT_STATE_EXTERNALLY_RUN;

  g_return_if_fail (ASYNCLIT_IS_TASK (self));

  asynclit_task_state_clear_flags (&self->state, ASYNCLIT_STATE_TIME_OUT);
  if ((asynclit_task_state_get (&self->state) & both) == both
      && !asynclit_task_check_forked (self, NULL))
    asynclit_admission_give_back (self, TRUE);
}

/* Descriptions */

/* For the task that comes next. */
static char *
explain_first (const AsyncLitAdmissionQueue *queue)
{
  if (queue->waits_for_rate && queue->name != NULL)
    return g_strdup_printf (_ ("waits because “%s” lets only so many tasks start in a second"),
                            queue->name);
  if (queue->waits_for_rate)
    return g_strdup (_ ("waits because only so many tasks may start in a second"));
  if (queue->name != NULL)
    return g_strdup_printf (_ ("waits for a place of “%s”"), queue->name);
  return g_strdup (_ ("waits for a place"));
}

static char *
explain_limiter (AsyncLitAdmission *admission)
{
  AsyncLitAdmissionQueue queue = { 0 };

  asynclit_admission_get_queue (admission, &queue);
  if (queue.is_paused)
    return g_strdup (_ ("waits because its manager is paused"));
  if (queue.n_before == 0)
    return explain_first (&queue);
  if (queue.name != NULL)
    return g_strdup_printf (ngettext ("waits for %u other in the queue of “%s”",
                                      "waits for %u others in the queue of “%s”", queue.n_before),
                            queue.n_before, queue.name);
  return g_strdup_printf (ngettext ("waits for %u other in the queue",
                                    "waits for %u others in the queue", queue.n_before),
                          queue.n_before);
}

static char *
explain_gate (AsyncLitTask *self, AsyncLitTaskSubstate substate)
{
  AsyncLitAdmission *admission = asynclit_admission_peek (self);
  guint n_unmet;

  if (substate == ASYNCLIT_TASK_SUBSTATE_WAITING_LIMITER)
    return explain_limiter (admission);
  if (substate == ASYNCLIT_TASK_SUBSTATE_WAITING_DELAY)
    return g_strdup_printf (_ ("waits for %.1f more seconds before it starts"),
                            asynclit_admission_get_delay_left (admission));
  n_unmet = asynclit_admission_count_unmet (admission);
  return g_strdup_printf (ngettext ("waits for %u task that has to end first",
                                    "waits for %u tasks that have to end first", n_unmet),
                          n_unmet);
}

static char *
explain_queued (AsyncLitTask *self)
{
  if (self->func == NULL)
    return g_strdup (_ ("waits until its creator begins it"));
  if (self->executor == ASYNCLIT_EXECUTOR_CONTEXT)
    return g_strdup (_ ("waits for its main context"));
  if (self->executor == ASYNCLIT_EXECUTOR_WORKER)
    return g_strdup (_ ("waits for the worker"));
  return g_strdup (_ ("waits for a thread"));
}

static char *
explain_stopping (AsyncLitTaskState state)
{
  if (state & ASYNCLIT_STATE_CANCEL_REQUESTED)
    return g_strdup (_ ("is being cancelled"));
  return g_strdup (_ ("has run out of time, and is being stopped"));
}

static char *
explain_running (AsyncLitTask *self)
{
  guint attempt = asynclit_task_get_attempt (self);

  if (asynclit_task_get_stalled (self))
    return g_strdup (_ ("runs, but gives no sign of life"));
  if (attempt > 1)
    return g_strdup_printf (_ ("runs, attempt %u"), attempt);
  return g_strdup (_ ("runs"));
}

static char *
explain_end (AsyncLitTask *self, AsyncLitTaskStatus status)
{
  if (status == ASYNCLIT_TASK_STATUS_CANCELLED)
    return g_strdup (_ ("was cancelled"));
  if (status == ASYNCLIT_TASK_STATUS_ERROR)
    return g_strdup_printf (_ ("failed: %s"), asynclit_task_get_error (self)->message);
  return g_strdup (_ ("is done"));
}

/**
 * asynclit_task_explain:
 * @self: a task
 *
 * Describes what the task is doing, or why it does not run yet: for example “waits for 3 others in
 * the queue of “downloads””.
 *
 * The text is meant for people. It is translated, contains neither the name of the task nor a full
 * stop, and can change in any version.
 *
 * May be called from any thread.
 *
 * Returns: (transfer full): the description
 * Since: 1.0
 */
char *
asynclit_task_explain (AsyncLitTask *self)
{
  AsyncLitTaskState state;
  AsyncLitTaskStatus status;
  AsyncLitTaskSubstate substate;

  g_return_val_if_fail (ASYNCLIT_IS_TASK (self), NULL);

  state = asynclit_task_state_get (&self->state);
  status = asynclit_task_state_get_status (state);
  substate = asynclit_task_state_get_substate (state);
  if (asynclit_task_state_is_terminal (state))
    return explain_end (self, status);
  if (substate == ASYNCLIT_TASK_SUBSTATE_PAUSED)
    return g_strdup (_ ("is paused"));
  if (state & ASYNCLIT_STATE_GATE_MASK)
    return explain_gate (self, substate);
  if (substate == ASYNCLIT_TASK_SUBSTATE_WAITING_RETRY)
    return g_strdup_printf (_ ("waits for its retry, after attempt %u"),
                            asynclit_task_get_attempt (self));
  if (substate == ASYNCLIT_TASK_SUBSTATE_CANCELLING)
    return explain_stopping (state);
  if (state & ASYNCLIT_STATE_QUEUED)
    return explain_queued (self);
  if (status == ASYNCLIT_TASK_STATUS_PENDING)
    return g_strdup (_ ("was not submitted yet"));
  return explain_running (self);
}
