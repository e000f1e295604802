/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The way from the gates to the executor, or to the creator of a task that it runs itself. */

#include "config.h"

#include "asynclit-admission-private.h"
#include "asynclit-limiter-private.h"
#include "asynclit-worker-private.h"

static void (*push_task) (AsyncLitTask *task);

/* Runs on: the owner's context for a task that runs there, else the worker */
static void
tell_creator (AsyncLitJob *job, const GError *lost)
{
  AsyncLitTask *task = asynclit_task_from_job (job);
  AsyncLitAdmission *self = asynclit_admission_peek (task);
  GValue param = G_VALUE_INIT;
  GClosure *ready;

  asynclit_places_lock ();
  ready = g_steal_pointer (&self->ready);
  self->is_told = FALSE;
  asynclit_places_unlock ();
  if (lost != NULL)
    asynclit_task_lose (task, lost);
  if (ready != NULL && lost == NULL)
    {
      g_value_init (&param, ASYNCLIT_TYPE_TASK);
      g_value_set_object (&param, task);
      g_closure_invoke (ready, NULL, 1, &param, NULL);
      g_value_unset (&param);
    }
  g_clear_pointer (&ready, g_closure_unref);
  asynclit_task_return_ref (task);
}

void
asynclit_admission_tell_creator (AsyncLitTask *task)
{
  task->job.run = tell_creator;
  if (task->executor == ASYNCLIT_EXECUTOR_CONTEXT)
    push_task (task);
  else
    asynclit_worker_push (&task->job);
}

void
asynclit_admission_refuse (AsyncLitTask *task, GError *error)
{
  if (error != NULL && asynclit_task_state_refuse (&task->state))
    {
      g_value_init (&task->result, G_TYPE_ERROR);
      g_value_take_boxed (&task->result, error);
      asynclit_task_note_finished (task);
      if (asynclit_task_driver->conclude (task->registry, task, ASYNCLIT_TASK_STATUS_ERROR))
        asynclit_task_wake_waiters (task);
    }
  else
    g_clear_error (&error);
  asynclit_task_let_go (task);
  asynclit_task_return_ref (task);
}

/* A circuit is open. Takes over the gate's reference. The task has its limiters until it is
 * freed. */
static void
admission_refuse_open (AsyncLitAdmission *self)
{
  AsyncLitPlaces *places;
  guint n_failures;
  double left;

  asynclit_places_lock ();
  places = g_steal_pointer (&self->seeker.refused_by);
  self->gate = ASYNCLIT_GATE_NONE;
  n_failures = places->circuit.n_failures;
  left = asynclit_circuit_get_left (&places->circuit);
  asynclit_places_unlock ();
  asynclit_admission_refuse (
      self->task,
      asynclit_circuit_new_error (((AsyncLitLimiter *) places->owner)->name, n_failures, left));
}

/* The task has its places, or a circuit is open. Takes over the gate's reference. */
static void
admission_let_through (AsyncLitAdmission *self)
{
  AsyncLitTask *task = self->task;
  gboolean is_awaited;

  if (G_UNLIKELY (self->seeker.refused_by != NULL))
    {
      admission_refuse_open (self);
      return;
    }
  asynclit_places_lock ();
  self->gate = ASYNCLIT_GATE_NONE;
  asynclit_task_state_set_gate (&task->state, ASYNCLIT_GATE_NONE);
  is_awaited = self->is_told = self->ready != NULL && !self->is_told;
  asynclit_places_unlock ();
  asynclit_notification_post_changes (&task->notification);
  if (is_awaited)
    {
      asynclit_admission_tell_creator (task);
      return;
    }
  if (task->func != NULL)
    push_task (task); /* which has a reference of its own */
  asynclit_task_return_ref (task);
}

/* Runs on: worker */
static void
tick (AsyncLitTimer *timer)
{
  AsyncLitTick *self = (AsyncLitTick *) timer;
  AsyncLitGot got = { 0 };

  asynclit_places_lock ();
  asynclit_places_check_generation_locked (self->places);
  asynclit_tick_kick_locked (self, &got);
  asynclit_places_unlock ();
  asynclit_admission_act (&got);
  asynclit_tick_unref (self);
}

void
asynclit_admission_set_push (void (*push) (AsyncLitTask *task))
{
  push_task = push;
  asynclit_places_set_tick (tick);
}

void
asynclit_admission_stop_tick (AsyncLitTick *self)
{
  if (asynclit_worker_stop_timer (&self->timer))
    asynclit_tick_unref (self);
  asynclit_tick_unref (self);
}

static void
start_tick (gpointer data)
{
  AsyncLitTick *self = data;

  if (!asynclit_worker_start_timer (&self->timer, self->due))
    asynclit_tick_unref (self);
}

void
asynclit_admission_act (AsyncLitGot *got)
{
  for (AsyncLitSeeker *next, *seeker = got->first; seeker != NULL; seeker = next)
    {
      next = seeker->next; /* the task may be gone afterwards */
      admission_let_through ((AsyncLitAdmission *) seeker);
    }
  g_slist_free_full (got->ticks, start_tick);
}
