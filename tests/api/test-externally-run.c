/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Externally run tasks, on an executor of their creator. */

#include "test-support.h"

static AsyncLitTask *
queue_task (AsyncLitTaskManager *manager)
{
  AsyncLitTask *task = asynclit_task_new ();

  g_assert_true (asynclit_task_manager_queue_task (manager, task));
  return task;
}

static void
assert_status (AsyncLitTask *task, AsyncLitTaskStatus status, AsyncLitTaskSubstate substate)
{
  g_assert_cmpint (asynclit_task_get_status (task), ==, status);
  g_assert_cmpint (asynclit_task_get_substate (task), ==, substate);
}

static gboolean
return_retry (AsyncLitTask *task, double delay)
{
  g_autoptr (GError) error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_BUSY, "again");

  return asynclit_task_return_retry (task, error, delay);
}

static void
count (gpointer unused, guint *counter)
{
  (*counter)++;
}

static void
test_life (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (AsyncLitTask) task = queue_task (manager);
  g_autoptr (AsyncLitTask) found = NULL;

  assert_status (task, ASYNCLIT_TASK_STATUS_PENDING, ASYNCLIT_TASK_SUBSTATE_QUEUED);
  g_assert_cmpuint (asynclit_task_get_attempt (task), ==, 0);
  found = asynclit_task_manager_get (manager, asynclit_task_get_id (task));
  g_assert_true (found == task);

  g_assert_true (asynclit_task_begin (task));
  assert_status (task, ASYNCLIT_TASK_STATUS_RUNNING, ASYNCLIT_TASK_SUBSTATE_NONE);
  g_assert_cmpuint (asynclit_task_get_attempt (task), ==, 1);
  g_assert_cmpfloat (asynclit_task_get_started (task), >=, asynclit_task_get_created (task));

  asynclit_task_return_int (task, 5);
  assert_status (task, ASYNCLIT_TASK_STATUS_DONE, ASYNCLIT_TASK_SUBSTATE_NONE);
  test_assert_int_result (task, 5);
}

static void
test_begun_once (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (AsyncLitTask) task = queue_task (manager);

  g_assert_true (asynclit_task_begin (task));
  g_assert_false (asynclit_task_begin (task));
  g_assert_cmpuint (asynclit_task_get_attempt (task), ==, 1);
  asynclit_task_return_int (task, 5);
  g_assert_false (asynclit_task_begin (task));
}

static void
assert_not_begun (AsyncLitTask *task)
{
  g_assert_false (asynclit_task_begin (task));
  assert_status (task, ASYNCLIT_TASK_STATUS_PENDING, ASYNCLIT_TASK_SUBSTATE_QUEUED);
  asynclit_task_return_int (task, 7);
  assert_status (task, ASYNCLIT_TASK_STATUS_PENDING, ASYNCLIT_TASK_SUBSTATE_QUEUED);
}

/* The creator can't begin a task in the queue of an executor. */
static void
test_queued_elsewhere (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (AsyncLitTask) here = asynclit_task_manager_submit_in_context (
      manager, NULL, test_work_return_int, GINT_TO_POINTER (1), NULL);

  assert_not_begun (here);
  test_iterate_until_completed (here);
  test_assert_int_result (here, 1);
  g_assert_cmpuint (asynclit_task_get_attempt (here), ==, 1);
}

/* Nor one that waits for the library to retry it. */
static void
test_waiting_elsewhere (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (AsyncLitRetryPolicy) retry
      = asynclit_retry_policy_new_full (2, 1000, 1000, 1, 0, 0, NULL);
  g_autoptr (AsyncLitTask) task
      = asynclit_task_manager_submit (manager, retry, test_work_fail, NULL, NULL);

  test_poll_until (test_condition_waiting_retry, task);
  g_assert_false (asynclit_task_begin (task));
  g_assert_cmpint (asynclit_task_get_substate (task), ==, ASYNCLIT_TASK_SUBSTATE_WAITING_RETRY);
  asynclit_task_cancel (task);
  test_assert_cancelled (task);
}

/* Before an attempt has begun, there is none to settle. */
static void
test_settled_too_early (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (AsyncLitTask) task = queue_task (manager);

  asynclit_task_return_int (task, 1);
  g_assert_false (return_retry (task, 0));
  assert_status (task, ASYNCLIT_TASK_STATUS_PENDING, ASYNCLIT_TASK_SUBSTATE_QUEUED);
  g_assert_true (asynclit_task_begin (task));
  asynclit_task_return_int (task, 2);
  test_assert_int_result (task, 2);
}

static void
test_signals (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (AsyncLitTask) task = queue_task (manager);
  guint completed = 0;

  g_signal_connect (task, "completed", G_CALLBACK (count), &completed);
  g_assert_true (asynclit_task_begin (task));
  asynclit_task_return_int (task, 5);
  g_assert_cmpuint (completed, ==, 0);
  test_iterate_until_completed (task);
  g_assert_cmpuint (completed, ==, 1);
}

static void
test_cancelled_pending (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (AsyncLitTask) task = queue_task (manager);

  g_assert_true (asynclit_task_cancel (task));
  assert_status (task, ASYNCLIT_TASK_STATUS_CANCELLED, ASYNCLIT_TASK_SUBSTATE_NONE);
  g_assert_false (asynclit_task_begin (task));
  g_assert_cmpuint (asynclit_task_get_attempt (task), ==, 0);
}

static gboolean
is_cancelled (gpointer cancellable)
{
  return g_cancellable_is_cancelled (cancellable);
}

/* The cancellable is cancelled although no context is iterated. */
static void
test_cancelled_running (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (AsyncLitTask) task = queue_task (manager);

  g_assert_true (asynclit_task_begin (task));
  g_assert_false (g_cancellable_is_cancelled (asynclit_task_get_cancellable (task)));
  g_assert_true (asynclit_task_cancel (task));
  assert_status (task, ASYNCLIT_TASK_STATUS_RUNNING, ASYNCLIT_TASK_SUBSTATE_CANCELLING);
  test_poll_until (is_cancelled, asynclit_task_get_cancellable (task));
  asynclit_task_return_int (task, 5);
  assert_status (task, ASYNCLIT_TASK_STATUS_CANCELLED, ASYNCLIT_TASK_SUBSTATE_NONE);
}

static void
on_retrying (AsyncLitTask *task, guint attempt, double delay, GError *error, GString *seen)
{
  g_string_append_printf (seen, "%u %g %s; ", attempt, delay, error->message);
}

static void
test_retried (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (AsyncLitTask) task = queue_task (manager);
  g_autoptr (GString) seen = g_string_new (NULL);

  g_signal_connect (task, "retrying", G_CALLBACK (on_retrying), seen);
  g_assert_true (asynclit_task_begin (task));
  g_assert_true (return_retry (task, 1000));
  assert_status (task, ASYNCLIT_TASK_STATUS_RUNNING, ASYNCLIT_TASK_SUBSTATE_WAITING_RETRY);
  g_assert_cmpfloat (asynclit_task_get_next_retry (task), >, asynclit_task_get_created (task));

  g_assert_true (asynclit_task_begin (task));
  g_assert_cmpuint (asynclit_task_get_attempt (task), ==, 2);
  asynclit_task_return_int (task, 5);
  test_iterate_until_completed (task);
  g_assert_cmpstr (seen->str, ==, "1 1000 again; ");
  test_assert_int_result (task, 5);
}

static void
test_cancelled_waiting (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (AsyncLitTask) task = queue_task (manager);

  g_assert_true (asynclit_task_begin (task));
  g_assert_true (return_retry (task, 1000));
  g_assert_true (asynclit_task_cancel (task));
  assert_status (task, ASYNCLIT_TASK_STATUS_CANCELLED, ASYNCLIT_TASK_SUBSTATE_NONE);
  g_assert_false (asynclit_task_begin (task));
}

/* If an attempt fails after cancellation was requested, it is the last one. */
static void
test_cancelled_before_retry (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (AsyncLitTask) task = queue_task (manager);

  g_assert_true (asynclit_task_begin (task));
  g_assert_true (asynclit_task_cancel (task));
  g_assert_false (return_retry (task, 1000));
  assert_status (task, ASYNCLIT_TASK_STATUS_CANCELLED, ASYNCLIT_TASK_SUBSTATE_NONE);
}

static void
test_closed (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();

  asynclit_task_manager_close (manager, ASYNCLIT_CLOSE_MODE_DRAIN);
  g_assert_false (asynclit_task_manager_queue_task (manager, task));
  g_assert_error (asynclit_task_get_error (task), ASYNCLIT_ERROR, ASYNCLIT_ERROR_CLOSED);
  g_assert_false (asynclit_task_begin (task));
}

static void
test_cancelled_before (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();

  g_assert_true (asynclit_task_cancel (task));
  g_assert_false (asynclit_task_manager_queue_task (manager, task));
  g_assert_false (asynclit_task_begin (task));
}

/* The manager waits for the task, and drops it afterwards. */
static void
test_manager (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  AsyncLitTask *task = queue_task (manager);
  g_autoptr (GError) error = NULL;

  g_object_add_weak_pointer (G_OBJECT (task), (gpointer *) &task);
  g_assert_false (asynclit_task_manager_wait (manager, 0, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_assert_true (asynclit_task_begin (task));
  asynclit_task_return_int (task, 5);
  g_assert_true (asynclit_task_manager_wait (manager, 0, NULL, NULL));

  g_object_unref (task);
  asynclit_task_manager_set_max_completed (manager, 0);
  g_assert_cmpuint (asynclit_task_manager_cleanup (manager), ==, 1);
  test_iterate_pending (NULL);
  g_assert_null (task);
}

typedef struct {
  AsyncLitTask *task;
  gint begun; /* atomic */
} Race;

static gpointer
race_to_begin (gpointer data)
{
  Race *race = data;

  if (asynclit_task_begin (race->task))
    {
      g_atomic_int_inc (&race->begun);
      asynclit_task_return_int (race->task, 5);
    }
  return NULL;
}

/* Two threads begin it while a third one cancels it: there is one outcome. */
static void
test_race (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();

  for (int i = 0; i < 500; i++)
    {
      g_autoptr (AsyncLitTask) task = queue_task (manager);
      Race race = { .task = task };
      GThread *one = g_thread_new ("one", race_to_begin, &race);
      GThread *two = g_thread_new ("two", race_to_begin, &race);

      asynclit_task_cancel (task);
      g_thread_join (one);
      g_thread_join (two);
      g_assert_cmpint (race.begun, <=, 1);
      g_assert_true (asynclit_task_get_done (task));
      g_assert_cmpuint (asynclit_task_get_attempt (task), ==, (guint) race.begun);
    }
}

static void
count_gone (gpointer n_gone, GObject *gone)
{
  (*(guint *) n_gone)++;
}

/* Removed tasks can't be found any more; their references are dropped later, many at once. */
static void
test_trimmed (void)
{
  g_autoptr (AsyncLitTaskManager) manager
      = g_object_new (ASYNCLIT_TYPE_TASK_MANAGER, "max-completed", 200, NULL);
  guint n_gone = 0, n_steps = 0;

  for (guint i = 0; i < 1000; i++)
    {
      g_autoptr (AsyncLitTask) task = queue_task (manager);
      guint before = n_gone;

      g_object_weak_ref (G_OBJECT (task), count_gone, &n_gone);
      g_assert_true (asynclit_task_begin (task));
      asynclit_task_return_boolean (task, TRUE);
      test_wait (task);
      g_clear_object (&task);
      g_assert_cmpuint (n_gone + 255, >, i);
      n_steps += n_gone > before;
    }
  g_assert_cmpuint (n_steps, <, 100);
  asynclit_task_manager_cleanup (manager);
  g_assert_cmpuint (n_gone, ==, 800);
  g_clear_object (&manager);
  g_assert_cmpuint (n_gone, ==, 1000);
}

/* A manager that keeps few tasks should drop them. */
static void
test_trimmed_at_once (void)
{
  g_autoptr (AsyncLitTaskManager) manager
      = g_object_new (ASYNCLIT_TYPE_TASK_MANAGER, "max-completed", 1, NULL);
  guint n_gone = 0;

  for (guint i = 0; i < 10; i++)
    {
      g_autoptr (AsyncLitTask) task = queue_task (manager);

      g_object_weak_ref (G_OBJECT (task), count_gone, &n_gone);
      asynclit_task_cancel (task);
      test_wait (task);
      g_clear_object (&task);
      g_assert_cmpuint (n_gone + 2, >=, i);
    }
  g_clear_object (&manager);
  g_assert_cmpuint (n_gone, ==, 10);
}

static void
test_trimmed_and_dissolved (void)
{
  AsyncLitTaskManager *manager
      = g_object_new (ASYNCLIT_TYPE_TASK_MANAGER, "max-completed", 20, NULL);
  guint n_gone = 0;

  for (guint i = 0; i < 24; i++)
    {
      g_autoptr (AsyncLitTask) task = queue_task (manager);

      g_object_weak_ref (G_OBJECT (task), count_gone, &n_gone);
      asynclit_task_cancel (task);
    }
  g_object_unref (manager);
  g_assert_cmpuint (n_gone, ==, 24);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/externally-run/life", test_life);
  g_test_add_func ("/externally-run/begun-once", test_begun_once);
  g_test_add_func ("/externally-run/settled-too-early", test_settled_too_early);
  g_test_add_func ("/externally-run/elsewhere/queued", test_queued_elsewhere);
  g_test_add_func ("/externally-run/elsewhere/waiting", test_waiting_elsewhere);
  g_test_add_func ("/externally-run/signals", test_signals);
  g_test_add_func ("/externally-run/cancelled/pending", test_cancelled_pending);
  g_test_add_func ("/externally-run/cancelled/running", test_cancelled_running);
  g_test_add_func ("/externally-run/cancelled/waiting", test_cancelled_waiting);
  g_test_add_func ("/externally-run/cancelled/before-retry", test_cancelled_before_retry);
  g_test_add_func ("/externally-run/cancelled/before", test_cancelled_before);
  g_test_add_func ("/externally-run/retried", test_retried);
  g_test_add_func ("/externally-run/closed", test_closed);
  g_test_add_func ("/externally-run/manager", test_manager);
  g_test_add_func ("/externally-run/trimmed", test_trimmed);
  g_test_add_func ("/externally-run/trimmed-at-once", test_trimmed_at_once);
  g_test_add_func ("/externally-run/trimmed-and-dissolved", test_trimmed_and_dissolved);
  g_test_add_func ("/externally-run/race", test_race);
  return g_test_run ();
}
