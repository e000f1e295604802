/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Waiting for a task: blocking, asynchronously, and in the pool, which has two threads here. */

#include "test-support.h"

#include <math.h>

#define DEPTH 100
#define BREADTH 20

static void
assert_wait_fails (AsyncLitTask *task, double timeout, GCancellable *cancellable, int code)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (asynclit_task_wait (task, timeout, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, code);
}

/* Blocking */

static void
test_blocking_time_out (void)
{
  g_autoptr (TestGate) gate = test_gate_new ();
  g_autoptr (AsyncLitTask) task = asynclit_run (test_work_gate, gate, NULL);
  gint64 begin = g_get_monotonic_time ();

  assert_wait_fails (task, 0.02, NULL, G_IO_ERROR_TIMED_OUT);
  g_assert_cmpint (g_get_monotonic_time () - begin, >=, 0.02 * G_USEC_PER_SEC);
  g_assert_false (asynclit_task_wait (task, 0.001, NULL, NULL));
  test_gate_open (gate);
  test_wait (task);
}

static void
test_blocking_zero (void)
{
  g_autoptr (TestGate) gate = test_gate_new ();
  g_autoptr (AsyncLitTask) task = asynclit_run (test_work_gate, gate, NULL);
  g_autoptr (GError) error = NULL;

  assert_wait_fails (task, 0, NULL, G_IO_ERROR_TIMED_OUT);
  test_gate_open (gate);
  test_wait (task);
  g_assert_true (asynclit_task_wait (task, 0, NULL, &error));
  g_assert_no_error (error);
}

static gpointer
open_gate (gpointer gate)
{
  test_gate_await_arrivals (gate, 1);
  test_gate_open (gate);
  return NULL;
}

/* A negative time means no limit, and so does one that is too large. */
static void
test_blocking_for_ever (void)
{
  const double timeouts[] = { -1, -0.5, G_MAXDOUBLE, INFINITY };

  for (guint i = 0; i < G_N_ELEMENTS (timeouts); i++)
    {
      g_autoptr (TestGate) gate = test_gate_new ();
      g_autoptr (AsyncLitTask) task = asynclit_run (test_work_gate, gate, NULL);
      GThread *opener = g_thread_new ("opener", open_gate, gate);
      g_autoptr (GError) error = NULL;

      g_assert_true (asynclit_task_wait (task, timeouts[i], NULL, &error));
      g_assert_no_error (error);
      g_thread_join (opener);
      test_assert_int_result (task, 1);
    }
}

static void
test_blocking_already_cancelled (void)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();

  g_cancellable_cancel (cancellable);
  assert_wait_fails (task, -1, cancellable, G_IO_ERROR_CANCELLED);
  g_assert_cmpint (asynclit_task_get_status (task), ==, ASYNCLIT_TASK_STATUS_PENDING);
  asynclit_task_return_int (task, 1);
}

static gpointer
cancel_soon (gpointer cancellable)
{
  g_thread_yield ();
  g_cancellable_cancel (cancellable);
  return NULL;
}

static void
test_blocking_cancelled_meanwhile (void)
{
  for (guint i = 0; i < 20; i++)
    {
      g_autoptr (GCancellable) cancellable = g_cancellable_new ();
      g_autoptr (AsyncLitTask) task = asynclit_task_new ();
      GThread *canceller = g_thread_new ("canceller", cancel_soon, cancellable);

      assert_wait_fails (task, -1, cancellable, G_IO_ERROR_CANCELLED);
      g_thread_join (canceller);
      asynclit_task_return_int (task, 1);
    }
}

static void
test_blocking_whatever_the_end (void)
{
  g_autoptr (AsyncLitTask) failed = asynclit_run (test_work_fail, NULL, NULL);
  g_autoptr (AsyncLitTask) cancelled = asynclit_run (test_work_until_cancelled, NULL, NULL);

  test_wait (failed);
  test_assert_failed (failed, G_IO_ERROR, G_IO_ERROR_FAILED);
  asynclit_task_cancel (cancelled);
  test_wait (cancelled);
  test_assert_cancelled (cancelled);
}

static gpointer
wait_in_thread (gpointer task)
{
  test_wait (task);
  return NULL;
}

static void
test_blocking_several_threads (void)
{
  g_autoptr (TestGate) gate = test_gate_new ();
  g_autoptr (AsyncLitTask) task = asynclit_run (test_work_gate, gate, NULL);
  GThread *threads[8];

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("waiter", wait_in_thread, task);
  test_gate_open (gate);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  test_assert_int_result (task, 1);
}

/* Asynchronously */

typedef struct
{
  GThread *thread;
  GMainContext *context;
  gboolean called;
  gboolean ended;
  GError *error;
} AsyncWait;

static void
on_waited (GObject *source, GAsyncResult *result, gpointer user_data)
{
  AsyncWait *wait = user_data;

  g_assert_false (wait->called);
  g_assert_true (g_thread_self () == wait->thread);
  g_assert_true (wait->context == NULL || g_main_context_is_owner (wait->context));
  wait->ended
      = asynclit_task_wait_finish (ASYNCLIT_TASK (source), result, &wait->error);
  wait->called = TRUE;
}

static void
assert_async_wait_ends (AsyncLitTask *task)
{
  AsyncWait wait = { g_thread_self () };

  asynclit_task_wait_async (task, NULL, on_waited, &wait);
  g_assert_false (wait.called);
  test_iterate_until_true (NULL, &wait.called);
  g_assert_no_error (wait.error);
  g_assert_true (wait.ended);
  g_assert_true (asynclit_task_get_done (task));
}

static void
test_async_running (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_run (test_work_return_int, NULL, NULL);

  assert_async_wait_ends (task);
}

static void
test_async_finished (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_run (test_work_fail, NULL, NULL);

  test_wait (task);
  assert_async_wait_ends (task);
  test_iterate_pending (NULL);
  assert_async_wait_ends (task);
}

static void
test_async_several (void)
{
  g_autoptr (TestGate) gate = test_gate_new ();
  g_autoptr (AsyncLitTask) task = asynclit_run (test_work_gate, gate, NULL);
  AsyncWait waits[3] = { { g_thread_self () }, { g_thread_self () }, { g_thread_self () } };

  for (guint i = 0; i < G_N_ELEMENTS (waits); i++)
    asynclit_task_wait_async (task, NULL, on_waited, &waits[i]);
  test_gate_open (gate);
  for (guint i = 0; i < G_N_ELEMENTS (waits); i++)
    {
      test_iterate_until_true (NULL, &waits[i].called);
      g_assert_true (waits[i].ended);
    }
}

static gpointer
wait_async_in_thread (gpointer task)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  AsyncWait wait = { g_thread_self (), context };

  g_main_context_push_thread_default (context);
  asynclit_task_wait_async (task, NULL, on_waited, &wait);
  g_assert_false (wait.called);
  test_iterate_until_true (context, &wait.called);
  g_assert_no_error (wait.error);
  g_assert_true (wait.ended);
  g_main_context_pop_thread_default (context);
  return NULL;
}

/* The callback is called in the waiter's context, whatever the task's owner is. */
static void
test_async_in_the_waiters_context (void)
{
  g_autoptr (TestGate) gate = test_gate_new ();
  g_autoptr (AsyncLitTask) task = asynclit_run (test_work_gate, gate, NULL);
  GThread *thread = g_thread_new ("waiter", wait_async_in_thread, task);

  test_gate_open (gate);
  g_thread_join (thread);
  g_thread_join (g_thread_new ("waiter", wait_async_in_thread, task));
}

static void
test_async_cancelled (void)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();
  AsyncWait wait = { g_thread_self () };

  asynclit_task_wait_async (task, cancellable, on_waited, &wait);
  g_cancellable_cancel (cancellable);
  g_assert_false (wait.called);
  test_iterate_until_true (NULL, &wait.called);
  g_assert_false (wait.ended);
  g_assert_error (wait.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&wait.error);
  g_assert_false (asynclit_task_get_done (task));

  asynclit_task_return_int (task, 1);
  test_iterate_until_completed (task);
}

static void
test_async_already_cancelled (void)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();
  AsyncWait wait = { g_thread_self () };

  g_cancellable_cancel (cancellable);
  asynclit_task_wait_async (task, cancellable, on_waited, &wait);
  g_assert_false (wait.called);
  test_iterate_until_true (NULL, &wait.called);
  g_assert_error (wait.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&wait.error);
  asynclit_task_return_int (task, 1);
}

static void
test_async_keeps_task (void)
{
  AsyncLitTask *task = asynclit_run (test_work_return_int, NULL, NULL);
  AsyncWait wait = { g_thread_self () };

  asynclit_task_wait_async (task, NULL, on_waited, &wait);
  g_object_unref (task);
  test_iterate_until_true (NULL, &wait.called);
  g_assert_true (wait.ended);
}

static void
test_async_foreign_result (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();
  g_autoptr (GTask) foreign = g_task_new (NULL, NULL, NULL, NULL);

  g_test_expect_message ("AsyncLit", G_LOG_LEVEL_CRITICAL, "*assertion*failed*");
  g_assert_false (asynclit_task_wait_finish (task, G_ASYNC_RESULT (foreign), NULL));
  g_test_assert_expected_messages ();
  asynclit_task_return_int (task, 1);
}

/* Inside the pool */

static void
work_descend (AsyncLitTask *task, GCancellable *cancellable, gpointer depth)
{
  g_autoptr (AsyncLitTask) deeper = NULL;
  int left = GPOINTER_TO_INT (depth);

  if (left > 0)
    {
      deeper = asynclit_run (work_descend, GINT_TO_POINTER (left - 1), NULL);
      test_wait (deeper);
      test_assert_int_result (deeper, left - 1);
    }
  asynclit_task_return_int (task, left);
}

/* Far more waiting functions than the pool has threads. */
static void
test_pool_deep (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_run (work_descend, GINT_TO_POINTER (DEPTH), NULL);

  test_wait (task);
  test_assert_int_result (task, DEPTH);
}

static void
test_pool_broad (void)
{
  g_autoptr (GPtrArray) tasks = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < BREADTH; i++)
    g_ptr_array_add (tasks, asynclit_run (work_descend, GINT_TO_POINTER (2), NULL));
  for (guint i = 0; i < BREADTH; i++)
    test_wait (g_ptr_array_index (tasks, i));
}

static void
work_wait_for (AsyncLitTask *task, GCancellable *cancellable, gpointer other)
{
  test_wait (other);
  asynclit_task_return_int (task, 2);
}

/* All threads wait for one task that is behind them in the queue. */
static void
test_pool_all_for_one (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (AsyncLitTask) last = asynclit_task_new ();
  g_autoptr (GPtrArray) tasks = g_ptr_array_new_with_free_func (g_object_unref);

  asynclit_task_set_func (last, test_work_return_int, GINT_TO_POINTER (1), NULL);
  for (guint i = 0; i < BREADTH; i++)
    g_ptr_array_add (tasks, asynclit_run (work_wait_for, last, NULL));
  asynclit_task_manager_submit_task (manager, last);
  for (guint i = 0; i < BREADTH; i++)
    test_wait (g_ptr_array_index (tasks, i));
  test_assert_int_result (last, 1);
}

/* Refused */

static void
work_wait_on_worker (AsyncLitTask *task, GCancellable *cancellable, gpointer other)
{
  assert_wait_fails (other, -1, NULL, G_IO_ERROR_WOULD_BLOCK);
  assert_wait_fails (other, 1000, NULL, G_IO_ERROR_WOULD_BLOCK);
  asynclit_task_return_int (task, 1);
}

static void
test_refused_on_worker (void)
{
  g_autoptr (TestGate) gate = test_gate_new ();
  g_autoptr (AsyncLitTask) blocked = asynclit_run (test_work_gate, gate, NULL);
  g_autoptr (AsyncLitTask) task = asynclit_run_async (work_wait_on_worker, blocked, NULL);

  test_wait (task);
  test_assert_int_result (task, 1);
  test_gate_open (gate);
  test_wait (blocked);
}

static void
work_wait_for_ended (AsyncLitTask *task, GCancellable *cancellable, gpointer ended)
{
  g_assert_true (asynclit_task_wait (ended, -1, NULL, NULL));
  asynclit_task_return_int (task, 1);
}

/* Waiting for an ended task does not block. */
static void
test_refused_not_when_ended (void)
{
  g_autoptr (AsyncLitTask) ended = asynclit_run (test_work_return_int, NULL, NULL);
  g_autoptr (AsyncLitTask) task = NULL;

  test_wait (ended);
  task = asynclit_run_async (work_wait_for_ended, ended, NULL);
  test_wait (task);
  test_assert_int_result (task, 1);
}

static void
test_refused_in_own_context (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_task_manager_submit_in_context (
      asynclit_get_default_manager (), NULL, test_work_return_int, GINT_TO_POINTER (1), NULL);
  GThread *thread;

  assert_wait_fails (task, -1, NULL, G_IO_ERROR_WOULD_BLOCK);
  thread = g_thread_new ("waiter", wait_in_thread, task);
  test_iterate_until_completed (task);
  g_thread_join (thread);
  test_assert_int_result (task, 1);
}

int
main (int argc, char *argv[])
{
  g_setenv ("ASYNCLIT_POOL_THREADS", "2", TRUE);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/wait/blocking/time-out", test_blocking_time_out);
  g_test_add_func ("/wait/blocking/zero", test_blocking_zero);
  g_test_add_func ("/wait/blocking/for-ever", test_blocking_for_ever);
  g_test_add_func ("/wait/blocking/already-cancelled", test_blocking_already_cancelled);
  g_test_add_func ("/wait/blocking/cancelled-meanwhile", test_blocking_cancelled_meanwhile);
  g_test_add_func ("/wait/blocking/whatever-the-end", test_blocking_whatever_the_end);
  g_test_add_func ("/wait/blocking/several-threads", test_blocking_several_threads);
  g_test_add_func ("/wait/async/running", test_async_running);
  g_test_add_func ("/wait/async/finished", test_async_finished);
  g_test_add_func ("/wait/async/several", test_async_several);
  g_test_add_func ("/wait/async/in-the-waiters-context", test_async_in_the_waiters_context);
  g_test_add_func ("/wait/async/cancelled", test_async_cancelled);
  g_test_add_func ("/wait/async/already-cancelled", test_async_already_cancelled);
  g_test_add_func ("/wait/async/keeps-task", test_async_keeps_task);
  g_test_add_func ("/wait/async/foreign-result", test_async_foreign_result);
  g_test_add_func ("/wait/pool/deep", test_pool_deep);
  g_test_add_func ("/wait/pool/broad", test_pool_broad);
  g_test_add_func ("/wait/pool/all-for-one", test_pool_all_for_one);
  g_test_add_func ("/wait/refused/on-worker", test_refused_on_worker);
  g_test_add_func ("/wait/refused/not-when-ended", test_refused_not_when_ended);
  g_test_add_func ("/wait/refused/in-own-context", test_refused_in_own_context);
  return g_test_run ();
}
