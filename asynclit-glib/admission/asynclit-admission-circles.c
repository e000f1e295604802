/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Circles: of tasks that depend on each other, and of waits for tasks that depend on the one that
 * waits.
 *
 * A circle of tasks is closed by the task that is submitted last. The search goes both ways in
 * turn: to what the task depends on, and to what depends on it. It is over as soon as there is
 * nothing more on one side. A row of tasks therefore takes few steps in all, in whichever order its
 * tasks are submitted.
 *
 * Lock order: the lock of the places, then that of a task.
 */

#include "config.h"

#include "asynclit-admission-private.h"
#include "asynclit-wait-private.h"

/* Waits */

static AsyncLitTask *
get_dependency_locked (AsyncLitTask *task, guint index)
{
  AsyncLitAdmission *self = asynclit_admission_peek (task);

  asynclit_places_assert_locked ();
  if (self == NULL || self->is_any || self->dependencies == NULL
      || index >= self->dependencies->len)
    return NULL;
  return g_array_index (self->dependencies, AsyncLitDependency, index).task;
}

static gboolean
is_waiting_locked (AsyncLitTask *task)
{
  AsyncLitAdmission *self = asynclit_admission_peek (task);

  asynclit_places_assert_locked ();
  return self != NULL && self->gate == ASYNCLIT_GATE_DEPENDENCY;
}

void
asynclit_admission_follow_waits (void)
{
  static const AsyncLitWaitEdges edges = {
    .lock = asynclit_places_lock,
    .unlock = asynclit_places_unlock,
    .get_dependency_locked = get_dependency_locked,
    .is_waiting_locked = is_waiting_locked,
  };

  asynclit_wait_set_edges (&edges);
}

void
asynclit_admission_set_join (AsyncLitTask *task, gboolean is_any)
{
  AsyncLitAdmission *self = asynclit_admission_ensure (task);

  asynclit_admission_follow_waits ();
  self->is_join = TRUE;
  self->is_any = is_any;
}

/* Tasks */

/* What was found on one side of a task. */
typedef struct {
  GHashTable *seen;
  GPtrArray *tasks; /* not owned: they stay until the lock is free */
  guint n_followed;
} Side;

static void
side_init (Side *self, AsyncLitTask *task)
{
  self->seen = g_hash_table_new (NULL, NULL);
  self->tasks = g_ptr_array_new ();
  self->n_followed = 0;
  g_ptr_array_add (self->tasks, task); /* not seen: it may be found again */
}

static void
side_clear (Side *self)
{
  g_hash_table_unref (self->seen);
  g_ptr_array_unref (self->tasks);
}

/* A task that was not submitted looks for circles when it is. A join never is. */
static gboolean
task_counts (AsyncLitTask *task)
{
  AsyncLitAdmission *self = asynclit_admission_peek (task);

  return asynclit_task_is_submitted (task) || (self != NULL && self->is_join);
}

static void
side_add (Side *self, AsyncLitTask *task)
{
  if (task_counts (task) && !asynclit_task_has_ended (task) && g_hash_table_add (self->seen, task))
    g_ptr_array_add (self->tasks, task);
}

static AsyncLitTask *
side_next (Side *self)
{
  return self->n_followed < self->tasks->len ? g_ptr_array_index (self->tasks, self->n_followed++)
                                             : NULL;
}

static gboolean
follow_dependencies_locked (Side *self)
{
  AsyncLitTask *other, *task = side_next (self);

  asynclit_places_assert_locked ();
  for (guint i = 0; task != NULL && (other = get_dependency_locked (task, i)) != NULL; i++)
    side_add (self, other);
  return task != NULL;
}

/* The lock of the next task is not held while its dependents are looked at. */
static gboolean
follow_dependents_locked (Side *self)
{
  g_autoptr (GPtrArray) dependents = g_ptr_array_new ();
  AsyncLitTask *task = side_next (self);

  asynclit_places_assert_locked ();
  if (task == NULL)
    return FALSE;
  asynclit_bit_lock (&task->lock);
  for (AsyncLitWaiter *waiter = task->cold != NULL ? task->cold->first_waiter : NULL;
       waiter != NULL; waiter = waiter->next)
    if (waiter->dependent != NULL)
      g_ptr_array_add (dependents, waiter->dependent);
  asynclit_bit_unlock (&task->lock);
  for (guint i = 0; i < dependents->len; i++)
    side_add (self, g_ptr_array_index (dependents, i));
  return TRUE;
}

gboolean
asynclit_admission_is_circular (AsyncLitAdmission *self)
{
  Side before, after;
  gboolean found = FALSE;

  side_init (&before, self->task);
  side_init (&after, self->task);
  asynclit_places_lock ();
  while (!found && follow_dependencies_locked (&before) && follow_dependents_locked (&after))
    found = g_hash_table_contains (before.seen, self->task)
            || g_hash_table_contains (after.seen, self->task);
  asynclit_places_unlock ();
  side_clear (&before);
  side_clear (&after);
  return found;
}
