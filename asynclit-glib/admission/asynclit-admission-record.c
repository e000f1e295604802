/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The record of a task with gates: its configuration, its state for readers, and the search for
 * circles of dependencies.
 *
 * Lock order: the lock of the places, then that of a task. Only the search for circles takes both.
 */

#include "config.h"

#include "asynclit-admission-private.h"
#include "asynclit-clock-private.h"
#include "asynclit-error.h"
#include "asynclit-limiter-private.h"

#include <glib/gi18n-lib.h>

static void
dependency_clear (gpointer data)
{
  g_clear_object (&((AsyncLitDependency *) data)->task);
}

static void
admission_free (gpointer data)
{
  AsyncLitAdmission *self = data;

  g_clear_pointer (&self->dependencies, g_array_unref);
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

void
asynclit_admission_add_dependency (AsyncLitTask *task, AsyncLitTask *other)
{
  AsyncLitAdmission *self = asynclit_admission_ensure (task);
  AsyncLitDependency dependency = { .admission = self, .task = g_object_ref (other) };

  g_assert (ASYNCLIT_IS_TASK (other));
  if (!asynclit_task_is_submitted (other))
    asynclit_task_state_set_flags (&other->state, ASYNCLIT_STATE_DEPENDED_ON);
  asynclit_places_lock ();
  if (self->dependencies == NULL)
    {
      self->dependencies = g_array_new (FALSE, FALSE, sizeof (AsyncLitDependency));
      g_array_set_clear_func (self->dependencies, dependency_clear);
    }
  g_array_append_val (self->dependencies, dependency);
  asynclit_places_unlock ();
}

/* Readers */

AsyncLitTask *
asynclit_admission_get_dependency (AsyncLitAdmission *self, guint index)
{
  AsyncLitTask *task = NULL;

  asynclit_places_lock ();
  if (self->dependencies != NULL && index < self->dependencies->len)
    task = asynclit_ref_owned_locked (
        g_array_index (self->dependencies, AsyncLitDependency, index).task);
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
      queue->name = ((AsyncLitLimiter *) places->owner)->name;
      queue->n_before = asynclit_seeker_count_before_locked (&self->seeker);
    }
  asynclit_places_unlock ();
}

/* Circles */

/* Collects the dependencies of a task that have not ended and may be part of a circle. */
typedef struct {
  GHashTable *seen;
  GPtrArray *admissions; /* of AsyncLitAdmission: the task's own, and those found so far */
  gboolean is_open;      /* a dependency was not submitted yet, and may still get dependencies */
} Search;

static void
search_add_locked (Search *self, AsyncLitTask *task)
{
  AsyncLitAdmission *admission;

  asynclit_places_assert_locked ();
  if (asynclit_task_get_done (task) || !g_hash_table_add (self->seen, task))
    return;
  admission = asynclit_admission_peek (task);
  if (!asynclit_task_is_submitted (task))
    self->is_open = TRUE;
  if (admission != NULL && !admission->is_settled)
    g_ptr_array_add (self->admissions, admission);
}

static void
search_from_locked (Search *self, AsyncLitAdmission *admission)
{
  asynclit_places_assert_locked ();
  for (guint i = 0; admission->dependencies != NULL && i < admission->dependencies->len; i++)
    search_add_locked (self, g_array_index (admission->dependencies, AsyncLitDependency, i).task);
}

/* A submitted task gets no further dependencies, so these need no second search. */
static void
search_settle_locked (Search *self)
{
  asynclit_places_assert_locked ();
  for (guint i = 0; i < self->admissions->len; i++)
    ((AsyncLitAdmission *) g_ptr_array_index (self->admissions, i))->is_settled = TRUE;
}

/* Whether the task depends on itself, directly or indirectly. That is impossible if no other task
 * depended on it before it was submitted. */
static gboolean
admission_is_circular (AsyncLitAdmission *self)
{
  Search search = { 0 };
  gboolean found;

  if (!(asynclit_task_state_get (&self->task->state) & ASYNCLIT_STATE_DEPENDED_ON))
    return FALSE;
  search.seen = g_hash_table_new (NULL, NULL);
  search.admissions = g_ptr_array_new ();
  g_ptr_array_add (search.admissions, self);
  asynclit_places_lock ();
  for (guint i = 0; i < search.admissions->len; i++)
    search_from_locked (&search, g_ptr_array_index (search.admissions, i));
  found = g_hash_table_contains (search.seen, self->task);
  if (!found && !search.is_open)
    search_settle_locked (&search);
  asynclit_places_unlock ();
  g_hash_table_unref (search.seen);
  g_ptr_array_unref (search.admissions);
  return found;
}

GError *
asynclit_admission_check_dependencies (AsyncLitAdmission *self)
{
  GError *error = NULL;

  for (guint i = 0; i < self->dependencies->len; i++)
    if (asynclit_task_check_forked (g_array_index (self->dependencies, AsyncLitDependency, i).task,
                                    &error))
      return error;
  if (admission_is_circular (self))
    return g_error_new_literal (ASYNCLIT_ERROR, ASYNCLIT_ERROR_INVALID_ARGUMENT,
                                _ ("The task depends on itself, by way of its dependencies"));
  return NULL;
}

static const char *
task_get_title (AsyncLitTask *task)
{
  const char *name = asynclit_task_get_name (task);

  return name != NULL ? name : asynclit_task_get_id (task);
}

/* Returns a new reference; NULL if the task has ended in the meantime. */
static AsyncLitTask *
admission_find_failed (AsyncLitAdmission *self)
{
  AsyncLitTask *task;

  for (guint i = 0; (task = asynclit_admission_get_dependency (self, i)) != NULL; i++)
    {
      AsyncLitTaskStatus status = asynclit_task_get_status (task);

      if (status == ASYNCLIT_TASK_STATUS_ERROR || status == ASYNCLIT_TASK_STATUS_CANCELLED)
        return task;
      asynclit_task_return_ref (task);
    }
  return NULL;
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
