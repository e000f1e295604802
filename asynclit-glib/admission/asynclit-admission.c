/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* References: while a task waits in a gate, the gate holds a reference to it. The code that takes
 * the task out of the gate, under the lock, takes over that reference. Each pending dependency, and
 * a running timer, holds another one.
 *
 * A task ends in a gate if it is cancelled or refused. As at any end of a task, this wakes its
 * waiter, which takes the task out of the gate, or gives its places back.
 */

#include "config.h"

#include "asynclit-admission-private.h"
#include "asynclit-clock-private.h"
#include "asynclit-error.h"
#include "asynclit-limiter-private.h"
#include "asynclit-worker-private.h"

#include <glib/gi18n-lib.h>

/* What has to be done without the lock, after a step under the lock. */
typedef struct {
  AsyncLitGot got;
  gboolean has_dependencies; /* wait for them */
  gboolean has_delay;        /* start the timer */
  gboolean is_refused;       /* the queue is full; the caller takes over the gate's reference */
  AsyncLitTask *victim;      /* to be cancelled, or NULL; holds a reference */
} AsyncLitAdmissionStep;

/* Ending in the gates */

static void
task_refuse_full (AsyncLitTask *task)
{
  asynclit_admission_refuse (task,
                             g_error_new_literal (ASYNCLIT_ERROR, ASYNCLIT_ERROR_QUEUE_FULL,
                                                  _ ("As many tasks wait as may wait at a time")));
}

/* Runs on: worker. If it ran where the dependency ends, the tasks of a long chain would end in
 * nested calls. */
static void
refuse_for_dependency (AsyncLitJob *job, const GError *lost)
{
  AsyncLitAdmission *self
      = (AsyncLitAdmission *) ((char *) job - G_STRUCT_OFFSET (AsyncLitAdmission, refusal));

  asynclit_admission_refuse (self->task, asynclit_admission_new_dependency_error (self));
}

/* From gate to gate */

static void
admission_set_gate_locked (AsyncLitAdmission *self, AsyncLitGate gate)
{
  asynclit_places_assert_locked ();
  self->gate = gate;
  asynclit_task_state_set_gate (&self->task->state, gate);
}

/* The first limiter whose queue is full, or NULL. */
static AsyncLitPlaces *
admission_find_full_locked (AsyncLitAdmission *self)
{
  asynclit_places_assert_locked ();
  for (guint i = 0; i < self->seeker.n_needed; i++)
    if (asynclit_places_is_full_locked (self->seeker.needed[i].places))
      return self->seeker.needed[i].places;
  return NULL;
}

static void
admission_drop_oldest_locked (AsyncLitPlaces *places, AsyncLitAdmissionStep *step)
{
  AsyncLitAdmission *oldest = g_queue_peek_head (&places->waiting);

  asynclit_places_assert_locked ();
  step->victim = asynclit_ref_owned_locked (oldest->task);
  asynclit_seeker_stop_locked (&oldest->seeker, &step->got); /* the next one drops another */
}

/* The queue was full before the task joined it: drops the oldest task, or refuses this one. */
static void
admission_check_full_locked (AsyncLitAdmission *self, AsyncLitPlaces *full,
                             AsyncLitAdmissionStep *step)
{
  asynclit_places_assert_locked ();
  if (self->seeker.parked_at == NULL)
    return;
  if (full->drops_oldest)
    {
      admission_drop_oldest_locked (full, step);
      return;
    }
  asynclit_seeker_stop_locked (&self->seeker, &step->got);
  admission_set_gate_locked (self, ASYNCLIT_GATE_NONE);
  step->is_refused = TRUE;
}

static void
admission_seek_locked (AsyncLitAdmission *self, gboolean is_first, AsyncLitAdmissionStep *step)
{
  AsyncLitPlaces *full = is_first ? admission_find_full_locked (self) : NULL;

  asynclit_places_assert_locked ();
  admission_set_gate_locked (self, ASYNCLIT_GATE_LIMITER);
  asynclit_seeker_begin_locked (&self->seeker, self->priority, &step->got);
  if (full != NULL)
    admission_check_full_locked (self, full, step);
}

static void
admission_delay_locked (AsyncLitAdmission *self, AsyncLitAdmissionStep *step)
{
  asynclit_places_assert_locked ();
  if (self->delay == 0)
    {
      admission_seek_locked (self, TRUE, step);
      return;
    }
  admission_set_gate_locked (self, ASYNCLIT_GATE_DELAY);
  self->delay_due = asynclit_time_add_seconds (asynclit_clock_boot_now (), self->delay);
  step->has_delay = TRUE;
  asynclit_ref_owned_locked (self->task); /* for the timer */
}

static void admission_take_step (AsyncLitAdmission *self, AsyncLitAdmissionStep *step);

/* Runs on: worker */
static void
delay_is_over (AsyncLitTimer *timer)
{
  AsyncLitAdmission *self
      = (AsyncLitAdmission *) ((char *) timer - G_STRUCT_OFFSET (AsyncLitAdmission, timer));
  AsyncLitAdmissionStep step = { 0 };
  AsyncLitTask *task = self->task;

  asynclit_admission_lock (self);
  if (self->gate == ASYNCLIT_GATE_DELAY)
    admission_seek_locked (self, TRUE, &step);
  asynclit_places_unlock ();
  admission_take_step (self, &step);
  asynclit_task_return_ref (task);
}

/* Called without the lock. If the caller holds no reference, the task may be freed. */
static void
admission_take_step (AsyncLitAdmission *self, AsyncLitAdmissionStep *step)
{
  if (step->has_delay && !asynclit_worker_start_timer (&self->timer, self->delay_due))
    asynclit_task_return_ref (self->task);
  if (step->is_refused)
    task_refuse_full (self->task);
  if (step->victim != NULL)
    {
      asynclit_task_cancel (step->victim);
      asynclit_task_return_ref (step->victim);
    }
  asynclit_admission_act (&step->got);
}

/* Dependencies */

void
asynclit_admission_forget_dependencies (AsyncLitAdmission *self)
{
  g_autoptr (GArray) dependencies = NULL;

  asynclit_places_lock ();
  dependencies = g_steal_pointer (&self->dependencies);
  asynclit_places_unlock ();
  for (guint i = 0; dependencies != NULL && i < dependencies->len; i++)
    asynclit_task_return_ref (
        g_steal_pointer (&g_array_index (dependencies, AsyncLitDependency, i).task));
}

static gboolean
admission_may_forget_locked (AsyncLitAdmission *self)
{
  gboolean may = self->has_ended && self->n_unmet == 0 && !self->has_forgotten;

  asynclit_places_assert_locked ();
  self->has_forgotten |= may;
  return may;
}

/* One dependency less to wait for. Takes over the reference that it holds to the task. */
static void
admission_count_down (AsyncLitAdmission *self, gboolean has_failed)
{
  AsyncLitAdmissionStep step = { 0 };
  AsyncLitTask *task = self->task;
  gboolean is_refused = FALSE;
  gboolean may_forget;

  asynclit_admission_lock (self);
  self->n_unmet--;
  may_forget = admission_may_forget_locked (self);
  if (self->gate == ASYNCLIT_GATE_DEPENDENCY && has_failed && !self->run_anyway)
    {
      self->gate = ASYNCLIT_GATE_NONE; /* the state follows when the task ends */
      is_refused = self->is_refused = TRUE;
    }
  else if (self->gate == ASYNCLIT_GATE_DEPENDENCY && self->n_unmet == 0)
    admission_delay_locked (self, &step);
  asynclit_places_unlock ();
  if (is_refused)
    {
      /* The task's own job is not free: if the task is cancelled now, it tells the creator. */
      self->refusal.run = refuse_for_dependency;
      asynclit_worker_push (&self->refusal);
    }
  admission_take_step (self, &step);
  if (may_forget)
    asynclit_admission_forget_dependencies (self);
  asynclit_task_return_ref (task);
}

/* Waits in the gate of dependencies no longer, if it did: the gates' reference is the caller's. */
static gboolean
admission_leave_dependencies (AsyncLitAdmission *self)
{
  gboolean waited;

  asynclit_admission_lock (self);
  waited = self->gate == ASYNCLIT_GATE_DEPENDENCY;
  if (waited)
    {
      self->gate = ASYNCLIT_GATE_NONE;
      self->is_refused = TRUE;
    }
  asynclit_places_unlock ();
  return waited;
}

static GError *
new_circle_error (void)
{
  return g_error_new_literal (ASYNCLIT_ERROR, ASYNCLIT_ERROR_INVALID_ARGUMENT,
                              _ ("The task depends on itself, by way of its dependencies"));
}

static gboolean
dependency_has_failed (AsyncLitDependency *self)
{
  return !self->may_fail && asynclit_task_get_status (self->task) != ASYNCLIT_TASK_STATUS_DONE;
}

/* Runs on: the thread that ended the other task */
static void
dependency_ended (AsyncLitWaiter *waiter)
{
  AsyncLitDependency *self = (AsyncLitDependency *) waiter;

  admission_count_down (self->admission, dependency_has_failed (self));
}

gboolean
asynclit_admission_set_ready (AsyncLitAdmission *self, GClosure *ready)
{
  gboolean waits;

  asynclit_places_lock ();
  waits = self->gate != ASYNCLIT_GATE_NONE || (self->is_refused && !self->has_ended);
  waits = waits && self->ready == NULL;
  if (waits)
    self->ready = g_steal_pointer (&ready);
  asynclit_places_unlock ();
  g_clear_pointer (&ready, g_closure_unref);
  return waits;
}

/* The caller holds a reference to the task. */
static void
admission_await_dependencies (AsyncLitAdmission *self)
{
  for (guint i = 0; i < self->dependencies->len; i++)
    {
      AsyncLitDependency *dependency = &g_array_index (self->dependencies, AsyncLitDependency, i);

      g_object_ref (self->task);
      if (!asynclit_task_add_waiter (dependency->task, &dependency->waiter))
        admission_count_down (self, dependency_has_failed (dependency));
      else if (asynclit_task_has_ended (self->task)
               && asynclit_task_remove_waiter (dependency->task, &dependency->waiter))
        admission_count_down (self, FALSE); /* the task has ended, and has not dropped this one */
    }
  if (asynclit_admission_is_circular (self) && admission_leave_dependencies (self))
    asynclit_admission_refuse (self->task, new_circle_error ());
  g_object_ref (self->task);
  admission_count_down (self, FALSE); /* the extra one of admission_begin() */
}

/* Called when the task has ended. */
static void
admission_drop_dependencies (AsyncLitAdmission *self)
{
  g_object_ref (self->task);
  for (guint i = 0; self->dependencies != NULL && i < self->dependencies->len; i++)
    {
      AsyncLitDependency *dependency = &g_array_index (self->dependencies, AsyncLitDependency, i);

      if (asynclit_task_remove_waiter (dependency->task, &dependency->waiter))
        admission_count_down (self, FALSE);
    }
  admission_count_down (self, FALSE); /* the extra one of admission_end_locked() */
}

/* The end of the task, for any reason */

/* What has to be done without the lock, as found out under the lock. */
typedef struct {
  AsyncLitGot got;
  gboolean was_in_gate; /* the caller takes over the gate's reference */
  gboolean had_delay;
  gboolean is_awaited;
  gboolean may_forget;
} AsyncLitAdmissionEnd;

static void
admission_end_locked (AsyncLitAdmission *self, AsyncLitAdmissionEnd *end)
{
  asynclit_places_assert_locked ();
  /* A task with places, or one that a circuit refuses, is leaving the gates, and whoever takes it
   * out will notice that it has ended. */
  end->was_in_gate = self->gate != ASYNCLIT_GATE_NONE && !self->seeker.has_places
                     && self->seeker.refused_by == NULL;
  end->had_delay = self->gate == ASYNCLIT_GATE_DELAY;
  end->is_awaited = self->ready != NULL && !self->is_told
                    && (end->was_in_gate || self->gate == ASYNCLIT_GATE_NONE);
  self->is_told |= end->is_awaited;
  asynclit_seeker_stop_locked (&self->seeker, &end->got);
  if (end->was_in_gate)
    self->gate = ASYNCLIT_GATE_NONE;
  self->n_lent = 0;
  self->has_ended = TRUE;
  asynclit_seeker_leave_locked (&self->seeker, asynclit_admission_get_outcome (self->task));
  end->may_forget = admission_may_forget_locked (self);
  if (!end->may_forget)
    self->n_unmet++; /* an extra one, which keeps the dependencies until they are dropped */
  asynclit_seeker_release_locked (&self->seeker, &end->got);
}

/* Runs on: the thread that ended the task */
static void
admission_ended (AsyncLitWaiter *waiter)
{
  AsyncLitAdmission *self
      = (AsyncLitAdmission *) ((char *) waiter - G_STRUCT_OFFSET (AsyncLitAdmission, waiter));
  AsyncLitAdmissionEnd end = { 0 };
  AsyncLitTask *task = self->task;

  g_object_ref (task);
  asynclit_admission_lock (self);
  admission_end_locked (self, &end);
  asynclit_places_unlock ();
  if (end.had_delay && asynclit_worker_stop_timer (&self->timer))
    asynclit_task_return_ref (task);
  if (end.may_forget)
    asynclit_admission_forget_dependencies (self);
  else
    admission_drop_dependencies (self);
  if (end.is_awaited)
    asynclit_admission_tell_creator (g_object_ref (task));
  asynclit_admission_act (&end.got);
  if (end.was_in_gate)
    {
      if (task->func != NULL)
        asynclit_task_let_go (task);
      asynclit_task_return_ref (task);
    }
  asynclit_task_return_ref (task);
}

/* Entering the gates */

/* Takes over a reference for the gate. FALSE if the task has ended; the caller keeps it then. */
static gboolean
admission_begin (AsyncLitAdmission *self, AsyncLitAdmissionStep *step)
{
  gboolean is_first, has_ended;

  asynclit_admission_lock (self);
  has_ended = asynclit_task_state_is_terminal (asynclit_task_state_get (&self->task->state));
  is_first = !self->is_entered;
  self->is_entered = TRUE;
  if (has_ended)
    ;
  else if (!is_first)
    admission_seek_locked (self, FALSE, step);
  else if (self->dependencies != NULL)
    {
      self->n_unmet = self->dependencies->len + 1;
      step->has_dependencies = TRUE;
      admission_set_gate_locked (self, ASYNCLIT_GATE_DEPENDENCY);
    }
  else
    admission_delay_locked (self, step);
  asynclit_places_unlock ();
  return !has_ended;
}

static void
admission_enter (AsyncLitAdmission *self)
{
  AsyncLitAdmissionStep step = { 0 };
  AsyncLitTask *task = self->task;

  if (!admission_begin (self, &step))
    {
      if (task->func != NULL)
        asynclit_task_let_go (task);
      asynclit_task_return_ref (task);
      return;
    }
  asynclit_notification_post_changes (&task->notification);
  admission_take_step (self, &step);
  if (step.has_dependencies)
    admission_await_dependencies (self);
}

static void
admission_set_wakes (AsyncLitAdmission *self)
{
  self->waiter.wake = admission_ended;
  for (guint i = 0; self->dependencies != NULL && i < self->dependencies->len; i++)
    {
      AsyncLitWaiter *waiter = &g_array_index (self->dependencies, AsyncLitDependency, i).waiter;

      waiter->wake = dependency_ended;
      waiter->dependent = self->task;
    }
}

/* A dependency that was left behind in the parent of a fork, or NULL. */
static GError *
admission_check_forked (AsyncLitAdmission *self)
{
  GError *error = NULL;

  for (guint i = 0; self->dependencies != NULL && i < self->dependencies->len; i++)
    if (asynclit_task_check_forked (g_array_index (self->dependencies, AsyncLitDependency, i).task,
                                    &error))
      return error;
  return NULL;
}

/* FALSE if the task is refused. */
static gboolean
admission_prepare (AsyncLitAdmission *self)
{
  GError *error = admission_check_forked (self);

  if (error != NULL)
    {
      asynclit_admission_refuse (self->task, error);
      asynclit_admission_forget_dependencies (self);
      return FALSE;
    }
  asynclit_admission_set_needed (self);
  asynclit_timer_init_boot (&self->timer, delay_is_over);
  admission_set_wakes (self);
  asynclit_task_add_waiter (self->task, &self->waiter);
  return TRUE;
}

void
asynclit_admission_enter (AsyncLitTask *task)
{
  AsyncLitAdmission *self = asynclit_admission_peek (task);

  g_object_ref (task); /* for this function, because the task may end */
  g_object_ref (task); /* for the gate */
  if (self->is_entered || admission_prepare (self))
    admission_enter (self);
  asynclit_task_return_ref (task);
}
