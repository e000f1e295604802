/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The record of a task with gates: its configuration, and its state for readers. */

#include "config.h"

#include "asynclit-admission-private.h"
#include "asynclit-clock-private.h"
#include "asynclit-error.h"
#include "asynclit-limiter-private.h"

#include <glib/gi18n-lib.h>

static GPrivate own_released; /* GPtrArray of AsyncLitTask: references that the thread drops next */

/* A chain of tasks that were never submitted is freed with its last one. Dropping each reference in
 * the call that finalizes the task before would need a stack as deep as the chain is long. */
static void
release_dependencies (GArray *dependencies)
{
  GPtrArray *released = g_private_get (&own_released);
  g_autoptr (GPtrArray) own = NULL;

  if (released == NULL)
    g_private_set (&own_released, released = own = g_ptr_array_new ());
  for (guint i = 0; i < dependencies->len; i++)
    g_ptr_array_add (released, g_array_index (dependencies, AsyncLitDependency, i).task);
  g_array_unref (dependencies);
  if (own == NULL)
    return;
  while (own->len > 0)
    g_object_unref (g_ptr_array_steal_index_fast (own, own->len - 1));
  g_private_set (&own_released, NULL);
}

static void
admission_free (gpointer data)
{
  AsyncLitAdmission *self = data;

  g_clear_pointer (&self->dependencies, release_dependencies);
  g_clear_pointer (&self->limiters, g_ptr_array_unref);
  g_clear_pointer (&self->ready, g_closure_unref);
  g_free (self->seeker.needed);
  g_free (self);
}

AsyncLitAdmission *
asynclit_admission_peek (AsyncLitTask *task)
{
  AsyncLitAdmission *self = NULL;

  asynclit_bit_lock (&task->lock);
  if (task->cold != NULL)
    self = task->cold->admission;
  asynclit_bit_unlock (&task->lock);
  return self;
}

AsyncLitAdmission *
asynclit_admission_ensure (AsyncLitTask *task)
{
  AsyncLitAdmission *self = asynclit_admission_peek (task);

  if (self != NULL)
    return self;
  self = g_new0 (AsyncLitAdmission, 1);
  self->task = task;
  asynclit_bit_lock (&task->lock);
  asynclit_task_get_cold_locked (task)->admission = self;
  task->cold->admission_free = admission_free;
  asynclit_bit_unlock (&task->lock);
  asynclit_task_state_set_flags (&task->state, ASYNCLIT_STATE_GATED);
  return self;
}

void
asynclit_admission_add_limiter (AsyncLitTask *task, AsyncLitLimiter *limiter)
{
  AsyncLitAdmission *self = asynclit_admission_ensure (task);

  g_assert (limiter != NULL);
  if (self->limiters == NULL)
    self->limiters = g_ptr_array_new_with_free_func (g_object_unref);
  if (!g_ptr_array_find (self->limiters, limiter, NULL))
    g_ptr_array_add (self->limiters, g_object_ref (limiter));
}

void
asynclit_admission_set_needed (AsyncLitAdmission *self)
{
  g_assert (self->seeker.needed == NULL);
  self->seeker.n_needed = self->limiters != NULL ? self->limiters->len : 0;
  self->seeker.needed = g_new0 (AsyncLitSeekerPlace, self->seeker.n_needed);
  for (guint i = 0; i < self->seeker.n_needed; i++)
    self->seeker.needed[i].places
        = &((AsyncLitLimiter *) g_ptr_array_index (self->limiters, i))->places;
}

static void
admission_add_dependency (AsyncLitTask *task, AsyncLitTask *other, gboolean may_fail)
{
  AsyncLitAdmission *self = asynclit_admission_ensure (task);
  AsyncLitDependency dependency
      = { .admission = self, .task = g_object_ref (other), .may_fail = may_fail };

  asynclit_places_lock ();
  if (self->dependencies == NULL)
    self->dependencies = g_array_new (FALSE, FALSE, sizeof (AsyncLitDependency));
  g_array_append_val (self->dependencies, dependency);
  asynclit_places_unlock ();
}

void
asynclit_admission_add_dependency (AsyncLitTask *task, AsyncLitTask *other)
{
  admission_add_dependency (task, other, FALSE);
}

void
asynclit_admission_add_end (AsyncLitTask *task, AsyncLitTask *other)
{
  admission_add_dependency (task, other, TRUE);
}

/* Readers */

AsyncLitTask *
asynclit_admission_get_dependency (AsyncLitAdmission *self, guint index)
{
  AsyncLitDependency *dependency = NULL;
  AsyncLitTask *task = NULL;

  asynclit_places_lock ();
  if (self->dependencies != NULL && index < self->dependencies->len)
    dependency = &g_array_index (self->dependencies, AsyncLitDependency, index);
  if (dependency != NULL && !dependency->may_fail)
    task = asynclit_ref_owned_locked (dependency->task);
  asynclit_places_unlock ();
  return task;
}

guint
asynclit_admission_count_unmet (AsyncLitAdmission *self)
{
  guint n_unmet = 0;

  asynclit_places_lock ();
  for (guint i = 0; self->dependencies != NULL && i < self->dependencies->len; i++)
    n_unmet += !asynclit_task_has_ended (
        g_array_index (self->dependencies, AsyncLitDependency, i).task);
  asynclit_places_unlock ();
  return n_unmet;
}

double
asynclit_admission_get_delay_left (AsyncLitAdmission *self)
{
  gint64 due;

  asynclit_places_lock ();
  due = self->delay_due;
  asynclit_places_unlock ();
  return (double) MAX (asynclit_time_between (asynclit_clock_boot_now (), due), 0) / G_USEC_PER_SEC;
}

void
asynclit_admission_get_queue (AsyncLitAdmission *self, AsyncLitAdmissionQueue *queue)
{
  AsyncLitPlaces *places;

  g_assert (queue != NULL);
  asynclit_places_lock ();
  places = self->seeker.parked_at;
  if (places != NULL)
    {
      queue->is_paused = places->paused;
      queue->waits_for_rate = asynclit_seeker_waits_for_rate_locked (&self->seeker);
      queue->name = ((AsyncLitLimiter *) places->owner)->name;
      queue->n_before = asynclit_seeker_count_before_locked (&self->seeker);
    }
  asynclit_places_unlock ();
}

/* Failed dependencies */

static const char *
task_get_title (AsyncLitTask *task)
{
  const char *name = asynclit_task_get_name (task);

  return name != NULL ? name : asynclit_task_get_id (task);
}

static gboolean
dependency_has_failed (const AsyncLitDependency *self)
{
  AsyncLitTaskStatus status
      = asynclit_task_state_get_status (asynclit_task_state_get (&self->task->state));

  return !self->may_fail
         && (status == ASYNCLIT_TASK_STATUS_ERROR || status == ASYNCLIT_TASK_STATUS_CANCELLED);
}

/* Returns a new reference; NULL if the task has ended in the meantime. */
static AsyncLitTask *
admission_find_failed (AsyncLitAdmission *self)
{
  AsyncLitTask *failed = NULL;

  asynclit_places_lock ();
  for (guint i = 0; failed == NULL && self->dependencies != NULL && i < self->dependencies->len;
       i++)
    {
      AsyncLitDependency *dependency = &g_array_index (self->dependencies, AsyncLitDependency, i);

      if (dependency_has_failed (dependency))
        failed = asynclit_ref_owned_locked (dependency->task);
    }
  asynclit_places_unlock ();
  return failed;
}

static GError *
new_dependency_error (AsyncLitTask *failed)
{
  const GError *reason = asynclit_task_get_error (failed);

  /* In a chain of tasks, each error names the task that failed first. */
  if (g_error_matches (reason, ASYNCLIT_ERROR, ASYNCLIT_ERROR_DEPENDENCY))
    return g_error_copy (reason);
  if (reason != NULL)
    return g_error_new (ASYNCLIT_ERROR, ASYNCLIT_ERROR_DEPENDENCY,
                        _ ("The task “%s”, which has to succeed first, failed: %s"),
                        task_get_title (failed), reason->message);
  return g_error_new (ASYNCLIT_ERROR, ASYNCLIT_ERROR_DEPENDENCY,
                      _ ("The task “%s”, which has to succeed first, was cancelled"),
                      task_get_title (failed));
}

GError *
asynclit_admission_new_dependency_error (AsyncLitAdmission *self)
{
  AsyncLitTask *failed = admission_find_failed (self);
  GError *error;

  if (failed == NULL)
    return NULL;
  error = new_dependency_error (failed);
  asynclit_task_return_ref (failed);
  return error;
}

void
asynclit_admission_lock (AsyncLitAdmission *self)
{
  asynclit_places_lock ();
  for (guint i = 0; i < self->seeker.n_needed; i++)
    asynclit_places_check_generation_locked (self->seeker.needed[i].places);
}

AsyncLitAttemptOutcome
asynclit_admission_get_outcome (AsyncLitTask *task)
{
  switch (asynclit_task_get_status (task))
    {
    case ASYNCLIT_TASK_STATUS_DONE:
      return ASYNCLIT_ATTEMPT_SUCCEEDED;
    case ASYNCLIT_TASK_STATUS_ERROR:
      return g_error_matches (asynclit_task_peek_error (task), G_IO_ERROR, G_IO_ERROR_CANCELLED)
                 ? ASYNCLIT_ATTEMPT_CANCELLED
                 : ASYNCLIT_ATTEMPT_FAILED;
    case ASYNCLIT_TASK_STATUS_CANCELLED:
    default:
      return ASYNCLIT_ATTEMPT_CANCELLED;
    }
}
