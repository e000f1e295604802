/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* For the tests of time limits: a clock that the test moves, and a function that obeys or not. */

#pragma once

#include "asynclit-clock-private.h"
#include "asynclit-limiter.h"
#include "asynclit-map.h"
#include "asynclit-retry-policy.h"
#include "asynclit-run.h"
#include "asynclit-task-gates.h"
#include "asynclit-task-manager.h"
#include "asynclit-worker-private.h"

static gint64 manual_now = G_USEC_PER_SEC; /* atomic: the worker reads it */

G_GNUC_UNUSED static gint64
get_manual_now (void)
{
  return __atomic_load_n (&manual_now, __ATOMIC_SEQ_CST);
}

G_GNUC_UNUSED static void
advance (double seconds)
{
  __atomic_add_fetch (&manual_now, (gint64) (seconds * G_USEC_PER_SEC), __ATOMIC_SEQ_CST);
  g_main_context_wakeup (asynclit_get_worker_context ());
}

/* What the function of a task does, and how often it was called. */
typedef struct {
  int n_begun;    /* atomic */
  int n_returned; /* atomic */
  int may_return; /* atomic: for a function that does not care about its cancellable */
  int n_obeys;    /* atomic: from this attempt on it ends when its cancellable is cancelled */
  int n_succeeds; /* atomic: from this attempt on it returns at once */
  int n_fresh;    /* atomic: attempts whose cancellable was not cancelled at first */
  int n_freed;    /* atomic */
  GThread *freed_by;
} Work;

G_GNUC_UNUSED static void
free_result (gpointer data)
{
  Work *work = data;

  work->freed_by = g_thread_self ();
  g_atomic_int_inc (&work->n_freed);
}

G_GNUC_UNUSED static void
run (AsyncLitTask *task, GCancellable *cancellable, gpointer user_data)
{
  Work *work = user_data;
  int attempt = g_atomic_int_add (&work->n_begun, 1) + 1;
  gboolean succeeds = work->n_succeeds > 0 && attempt >= work->n_succeeds;
  gboolean obeys = work->n_obeys > 0 && attempt >= work->n_obeys;

  g_atomic_int_add (&work->n_fresh, !g_cancellable_is_cancelled (cancellable));
  while (!succeeds && !g_atomic_int_get (&work->may_return)
         && !(obeys && g_cancellable_is_cancelled (cancellable)))
    g_usleep (100); /* no wait: one that computes would keep a thread from other tasks */
  g_atomic_int_inc (&work->n_returned);
  asynclit_task_return_pointer (task, work, free_result);
}

G_GNUC_UNUSED static AsyncLitTask *
new_task (Work *work, double timeout)
{
  AsyncLitTask *task = asynclit_task_new ();

  asynclit_task_set_func (task, run, work, NULL);
  asynclit_task_set_timeout (task, timeout);
  return task;
}

G_GNUC_UNUSED static void
submit (AsyncLitTask *task)
{
  asynclit_task_manager_submit_task (asynclit_get_default_manager (), task);
}

G_GNUC_UNUSED static void
wait_for (AsyncLitTask *task)
{
  g_assert_true (asynclit_task_wait (task, 60, NULL, NULL));
}

G_GNUC_UNUSED static void
wait_for_number (int *number, int wanted)
{
  while (g_atomic_int_get (number) < wanted)
    g_thread_yield ();
}

G_GNUC_UNUSED static void
wait_for_substate (AsyncLitTask *task, AsyncLitTaskSubstate substate)
{
  while (asynclit_task_get_substate (task) != substate)
    g_thread_yield ();
}

/* The worker has handled all timers that are due. */
G_GNUC_UNUSED static void
await_worker (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_task_manager_submit_async (
      asynclit_get_default_manager (), NULL, run, &(Work){ .n_succeeds = 1 }, NULL);

  wait_for (task);
}

G_GNUC_UNUSED static void
assert_explained (AsyncLitTask *task, const char *wanted)
{
  g_autofree char *text = asynclit_task_explain (task);

  g_assert_cmpstr (text, ==, wanted);
}

G_GNUC_UNUSED static void
assert_timed_out (AsyncLitTask *task)
{
  g_autoptr (GError) error = NULL;

  wait_for (task);
  g_assert_cmpint (asynclit_task_get_status (task), ==, ASYNCLIT_TASK_STATUS_ERROR);
  g_assert_error (asynclit_task_get_error (task), G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_assert_null (asynclit_task_get_result (task, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
}
