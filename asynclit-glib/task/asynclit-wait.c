/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A thread that is in no call blocks no task, so only waits in calls are examined, and only endless
 * ones are listed: the others end by themselves.
 *
 * Locks: `waits_lock` guards the list of waits. While it is held, the lock of the places may be
 * taken, which guards what tasks depend on, and then the lock of a registry, or of a task. */

#include "config.h"

#include "asynclit-blocking-private.h"
#include "asynclit-init-private.h"
#include "asynclit-task-private.h"
#include "asynclit-wait-private.h"

#include <glib/gi18n-lib.h>

static AsyncLitLock waits_lock;
static AsyncLitWait *endless_waits; /* of threads that are in calls; on their stacks */

static const AsyncLitWaitEdges *dependency_edges; /* atomic: set by whoever is the first */

static GPrivate own_calls; /* AsyncLitCall: the innermost call of the thread */

/* In the child of a fork: the waiting threads are the parent's. */
static void
forget_waits (void)
{
  waits_lock = (AsyncLitLock){ 0 };
  endless_waits = NULL;
}

void
asynclit_call_begin (AsyncLitCall *self, AsyncLitTask *task)
{
  self->task = task;
  self->outer = g_private_get (&own_calls);
  g_private_set (&own_calls, self);
}

void
asynclit_call_end (AsyncLitCall *self)
{
  g_private_set (&own_calls, self->outer);
}

AsyncLitTask *
asynclit_call_get_task (void)
{
  const AsyncLitCall *call = g_private_get (&own_calls);

  return call != NULL ? call->task : NULL;
}

/* What has to end before a wait does, found one from another. */
typedef struct {
  const AsyncLitCall *calls;
  GHashTable *seen;
  GPtrArray *tasks; /* those that were seen, which stay until the locks are free */
  gboolean found;   /* one of the calls has to end, too */
} Search;

/* An abandoned task does not wait for its call. */
static gboolean
calls_have (const AsyncLitCall *calls, gconstpointer task, gconstpointer registry)
{
  for (; calls != NULL; calls = calls->outer)
    if (!asynclit_task_has_ended (calls->task)
        && (task != NULL ? calls->task == task : calls->task->registry == registry))
      return TRUE;
  return FALSE;
}

static void
search_add_task_locked (AsyncLitTask *task, gpointer data)
{
  Search *self = data;

  asynclit_assert_locked (&waits_lock);
  if (asynclit_task_has_ended (task) || !g_hash_table_add (self->seen, task))
    return;
  self->found |= calls_have (self->calls, task, NULL);
  g_ptr_array_add (self->tasks, task);
}

static void search_add_wait_locked (Search *self, const AsyncLitWait *wait);

/* Calls of the task, or of tasks of the registry, that do not return because they wait. */
static void
search_follow_waits_locked (Search *self, gconstpointer task, gconstpointer registry)
{
  asynclit_assert_locked (&waits_lock);
  for (AsyncLitWait *wait = endless_waits; wait != NULL; wait = wait->next)
    {
      if (wait->is_visited || !calls_have (wait->calls, task, registry))
        continue;
      wait->is_visited = TRUE;
      search_add_wait_locked (self, wait);
    }
}

static void
search_add_waiting_task_locked (AsyncLitTask *task, gpointer data)
{
  const AsyncLitWaitEdges *edges = g_atomic_pointer_get (&dependency_edges);

  asynclit_assert_locked (&waits_lock);
  if (edges != NULL && edges->is_waiting_locked (task))
    search_add_task_locked (task, data);
}

static void
search_add_wait_locked (Search *self, const AsyncLitWait *wait)
{
  asynclit_assert_locked (&waits_lock);
  if (wait->task != NULL)
    {
      search_add_task_locked (wait->task, self);
      return;
    }
  self->found |= calls_have (self->calls, NULL, wait->registry);
  search_follow_waits_locked (self, NULL, wait->registry);
  asynclit_task_driver->each_gated (wait->registry, search_add_waiting_task_locked, self);
}

static void
search_step_locked (Search *self, AsyncLitTask *task)
{
  const AsyncLitWaitEdges *edges = g_atomic_pointer_get (&dependency_edges);
  AsyncLitTask *other;

  asynclit_assert_locked (&waits_lock);
  search_follow_waits_locked (self, task, NULL);
  for (guint i = 0; edges != NULL && (other = edges->get_dependency_locked (task, i)) != NULL; i++)
    search_add_task_locked (other, self);
}

static gboolean
search_locked (Search *self, const AsyncLitWait *wait)
{
  const AsyncLitWaitEdges *edges = g_atomic_pointer_get (&dependency_edges);

  asynclit_assert_locked (&waits_lock);
  for (AsyncLitWait *other = endless_waits; other != NULL; other = other->next)
    other->is_visited = FALSE;
  if (edges != NULL)
    edges->lock ();
  search_add_wait_locked (self, wait);
  for (guint i = 0; !self->found && i < self->tasks->len; i++)
    search_step_locked (self, g_ptr_array_index (self->tasks, i));
  if (edges != NULL)
    edges->unlock ();
  return self->found;
}

/* Whether one of the calls has to return before the wait can end. */
static gboolean
wait_comes_to_locked (const AsyncLitWait *wait, const AsyncLitCall *calls)
{
  g_autoptr (GHashTable) seen = NULL;
  g_autoptr (GPtrArray) tasks = NULL;

  asynclit_assert_locked (&waits_lock);
  if (calls_have (calls, wait->task, wait->registry))
    return TRUE;
  if (endless_waits == NULL && g_atomic_pointer_get (&dependency_edges) == NULL)
    return FALSE;
  seen = g_hash_table_new (NULL, NULL);
  tasks = g_ptr_array_new ();
  return search_locked (&(Search){ .calls = calls, .seen = seen, .tasks = tasks }, wait);
}

static void
wait_list_locked (AsyncLitWait *self)
{
  asynclit_assert_locked (&waits_lock);
  self->previous = NULL;
  self->next = endless_waits;
  if (endless_waits != NULL)
    endless_waits->previous = self;
  endless_waits = self;
  self->is_listed = TRUE;
}

static void
wait_unlist_locked (AsyncLitWait *self)
{
  asynclit_assert_locked (&waits_lock);
  if (self->previous != NULL)
    self->previous->next = self->next;
  else
    endless_waits = self->next;
  if (self->next != NULL)
    self->next->previous = self->previous;
  self->is_listed = FALSE;
}

static void
watch_forks (void)
{
  static gsize registered = 0;

  if (asynclit_once_enter (&registered))
    {
      asynclit_on_fork (forget_waits);
      asynclit_once_leave (&registered, 1);
    }
}

/* Checking and listing is one step, so that one of two threads that wait for each other is the
 * first. */
static gboolean
wait_note (AsyncLitWait *self, gboolean is_endless)
{
  gboolean is_circular;

  watch_forks ();
  asynclit_lock (&waits_lock);
  is_circular = wait_comes_to_locked (self, self->calls);
  if (is_endless && !is_circular)
    wait_list_locked (self);
  asynclit_unlock (&waits_lock);
  return !is_circular;
}

void
asynclit_wait_set_edges (const AsyncLitWaitEdges *edges)
{
  g_atomic_pointer_set (&dependency_edges, edges);
}

gboolean
asynclit_wait_leads_to (AsyncLitTask *task, AsyncLitTask *other)
{
  const AsyncLitCall call = { .task = other };
  const AsyncLitWait wait = { .task = task };
  gboolean leads;

  watch_forks ();
  asynclit_lock (&waits_lock);
  leads = wait_comes_to_locked (&wait, &call);
  asynclit_unlock (&waits_lock);
  return leads;
}

static gboolean
wait_needs_this_context (AsyncLitWait *self)
{
  gpointer registry = self->registry;

  if (self->task != NULL)
    registry = asynclit_task_is_submitted (self->task) ? self->task->registry : NULL;
  return registry != NULL && asynclit_task_driver->needs_this_context (registry, self->task);
}

/* The functions that wait lend their places: what they wait for may need them. */
static void
wait_lend (const AsyncLitWait *self, gboolean lend)
{
  for (const AsyncLitCall *call = self->calls; call != NULL; call = call->outer)
    if (asynclit_task_state_get (&call->task->state) & ASYNCLIT_STATE_GATED)
      asynclit_task_driver->lend (call->task, lend);
}

gboolean
asynclit_wait_begin (AsyncLitWait *self, gboolean is_endless, GError **error)
{
  gboolean is_for_something = self->task != NULL || self->registry != NULL;

  self->is_listed = self->is_visited = FALSE;
  self->calls = g_private_get (&own_calls);
  if (!asynclit_blocking_is_forbidden () && !wait_needs_this_context (self)
      && (self->calls == NULL || !is_for_something || wait_note (self, is_endless)))
    {
      wait_lend (self, TRUE);
      return TRUE;
    }
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK,
                       _ ("Waiting here would never end, because the work needs this thread; "
                          "wait asynchronously instead"));
  return FALSE;
}

void
asynclit_wait_end (AsyncLitWait *self)
{
  wait_lend (self, FALSE);
  if (!self->is_listed)
    return;
  asynclit_lock (&waits_lock);
  wait_unlist_locked (self);
  asynclit_unlock (&waits_lock);
}
