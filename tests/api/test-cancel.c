/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Cancels tasks in all states. The pool has one thread here, so that a task behind a closed gate
 * always waits. */

#include "test-support.h"

#include <gio/gunixinputstream.h>
#include <glib-unix.h>
#include <unistd.h>

static gint n_runs; /* atomic: calls of work_counted() */

static void
work_counted (AsyncLitTask *task, GCancellable *cancellable, gpointer unused)
{
  g_atomic_int_inc (&n_runs);
  asynclit_task_return_int (task, 1);
}

static AsyncLitTaskManager *
manager (void)
{
  return asynclit_get_default_manager ();
}

static AsyncLitTask *
submit_waiting_for_retry (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AsyncLitRetryPolicy) retry
      = asynclit_retry_policy_new_full (5, 1000, 1000, 1, 0, 0, &error);
  AsyncLitTask *task = asynclit_task_manager_submit (manager (), retry, test_work_fail, NULL, NULL);

  g_assert_no_error (error);
  test_poll_until (test_condition_waiting_retry, task);
  return task;
}

/* Pending */

static void
test_cancel_pending (void)
{
  g_autoptr (TestGate) gate = test_gate_new ();
  g_autoptr (TestToken) token = test_token_new ();
  g_autoptr (AsyncLitTask) blocker = asynclit_run (test_work_gate, gate, NULL);
  g_autoptr (AsyncLitTask) task
      = asynclit_run (work_counted, test_token_ref (token), test_token_destroy);
  g_autoptr (AsyncLitTask) last = NULL;

  g_atomic_int_set (&n_runs, 0);
  test_gate_await_arrivals (gate, 1);
  g_assert_true (asynclit_task_cancel (task));
  test_assert_cancelled (task);
  g_assert_cmpuint (asynclit_task_get_attempt (task), ==, 0);
  g_assert_cmpfloat (asynclit_task_get_started (task), ==, 0);
  g_assert_cmpfloat (asynclit_task_get_finished (task), >, 0);
  g_assert_false (asynclit_task_cancel (task));

  test_gate_open (gate);
  last = asynclit_run (test_work_return_int, NULL, NULL);
  test_wait (last);
  g_assert_cmpint (g_atomic_int_get (&n_runs), ==, 0);
  test_iterate_until (NULL, test_condition_token_destroyed, token);
  g_assert_cmpuint (test_token_get_destroyed (token), ==, 1);
}

static void
test_cancel_before_submission (void)
{
  g_autoptr (AsyncLitTaskManager) own = asynclit_task_manager_new ();
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();
  g_autoptr (AsyncLitTask) last = NULL;

  g_atomic_int_set (&n_runs, 0);
  asynclit_task_set_func (task, work_counted, NULL, NULL);
  g_assert_true (asynclit_task_cancel (task));
  test_assert_cancelled (task);
  asynclit_task_manager_submit_task (own, task);
  test_assert_cancelled (task);
  g_assert_true (asynclit_task_manager_wait (own, 0, NULL, NULL));
  last = asynclit_run (test_work_return_int, NULL, NULL);
  test_wait (last);
  g_assert_cmpint (g_atomic_int_get (&n_runs), ==, 0);
}

static void
test_cancel_pending_in_context (void)
{
  g_autoptr (AsyncLitTask) task
      = asynclit_task_manager_submit_in_context (manager (), NULL, work_counted, NULL, NULL);

  g_atomic_int_set (&n_runs, 0);
  g_assert_true (asynclit_task_cancel (task));
  test_assert_cancelled (task);
  test_iterate_until_completed (task);
  test_iterate_pending (NULL);
  g_assert_cmpint (g_atomic_int_get (&n_runs), ==, 0);
}

/* Running */

static void
test_cancel_while_running (void)
{
  g_autoptr (TestGate) gate = test_gate_new ();
  g_autoptr (AsyncLitTask) task = asynclit_run (test_work_until_cancelled, gate, NULL);

  test_gate_await_arrivals (gate, 1);
  g_assert_true (asynclit_task_cancel (task));
  g_assert_cmpint (asynclit_task_get_status (task), ==, ASYNCLIT_TASK_STATUS_RUNNING);
  g_assert_cmpint (asynclit_task_get_substate (task), ==, ASYNCLIT_TASK_SUBSTATE_CANCELLING);
  g_assert_false (asynclit_task_get_done (task));
  g_assert_true (asynclit_task_cancel (task));

  test_gate_open (gate);
  test_wait (task);
  test_assert_cancelled (task);
  g_assert_cmpint (asynclit_task_get_substate (task), ==, ASYNCLIT_TASK_SUBSTATE_NONE);
  g_assert_true (g_cancellable_is_cancelled (asynclit_task_get_cancellable (task)));
}

/* The task of a function that ignores the cancellation is cancelled nevertheless. */
static void
test_cancel_whatever_it_returned (void)
{
  static const AsyncLitTaskFunc afterwards[]
      = { test_work_return_int, test_work_fail, test_work_nothing };

  for (guint i = 0; i < G_N_ELEMENTS (afterwards); i++)
    {
      g_autoptr (AsyncLitTask) task = asynclit_task_new ();

      asynclit_task_manager_submit_task (manager (), task);
      g_assert_true (asynclit_task_cancel (task));
      g_assert_cmpint (asynclit_task_get_substate (task), ==, ASYNCLIT_TASK_SUBSTATE_CANCELLING);
      afterwards[i](task, asynclit_task_get_cancellable (task), GINT_TO_POINTER (1));
      if (afterwards[i] == test_work_nothing)
        asynclit_task_return_value (task, NULL);
      test_assert_cancelled (task);
    }
}

typedef struct {
  TestGate *gate;
  AsyncLitTaskFunc afterwards;
} Stubborn;

static void
work_stubborn (AsyncLitTask *task, GCancellable *cancellable, gpointer user_data)
{
  Stubborn *stubborn = user_data;

  test_gate_pass (stubborn->gate);
  stubborn->afterwards (task, cancellable, GINT_TO_POINTER (1));
}

static void
check_stubborn (AsyncLitTaskFunc afterwards, AsyncLitRetryPolicy *retry)
{
  g_autoptr (TestGate) gate = test_gate_new ();
  Stubborn stubborn = { gate, afterwards };
  g_autoptr (AsyncLitTask) task
      = asynclit_task_manager_submit (manager (), retry, work_stubborn, &stubborn, NULL);

  test_gate_await_arrivals (gate, 1);
  g_assert_true (asynclit_task_cancel (task));
  g_assert_false (asynclit_task_get_done (task));
  test_gate_open (gate);
  test_wait (task);
  test_assert_cancelled (task);
  g_assert_cmpuint (asynclit_task_get_attempt (task), ==, 1);
}

static void
test_cancel_stubborn_in_pool (void)
{
  g_autoptr (AsyncLitRetryPolicy) retry = asynclit_retry_policy_new (5);

  check_stubborn (test_work_return_int, NULL);
  check_stubborn (test_work_fail, NULL);
  check_stubborn (test_work_nothing, NULL);
  check_stubborn (test_work_return_int, retry);
  check_stubborn (test_work_fail, retry);
}

/* Between attempts */

static void
test_cancel_while_waiting_for_retry (void)
{
  g_autoptr (AsyncLitTask) task = submit_waiting_for_retry ();

  g_assert_cmpint (asynclit_task_get_status (task), ==, ASYNCLIT_TASK_STATUS_RUNNING);
  g_assert_true (asynclit_task_cancel (task));
  test_assert_cancelled (task);
  g_assert_cmpuint (asynclit_task_get_attempt (task), ==, 1);
  g_assert_cmpfloat (asynclit_task_get_next_retry (task), ==, 0);
  test_iterate_until_completed (task);
}

static gboolean
condition_queued_again (gpointer task)
{
  return asynclit_task_get_substate (task) == ASYNCLIT_TASK_SUBSTATE_QUEUED
         && asynclit_task_get_attempt (task) == 1;
}

static void
test_cancel_queued_again (void)
{
  g_autoptr (TestGate) first = test_gate_new ();
  g_autoptr (TestGate) second = test_gate_new ();
  g_autoptr (AsyncLitRetryPolicy) retry = asynclit_retry_policy_new (5);
  g_autoptr (AsyncLitTask) before = asynclit_run (test_work_gate, first, NULL);
  g_autoptr (AsyncLitTask) task
      = asynclit_task_manager_submit (manager (), retry, test_work_fail, NULL, NULL);
  g_autoptr (AsyncLitTask) after = asynclit_run (test_work_gate, second, NULL);

  test_gate_await_arrivals (first, 1);
  test_gate_open (first);
  test_gate_await_arrivals (second, 1);
  test_poll_until (condition_queued_again, task);
  g_assert_cmpint (asynclit_task_get_status (task), ==, ASYNCLIT_TASK_STATUS_RUNNING);
  g_assert_true (asynclit_task_cancel (task));
  test_assert_cancelled (task);

  test_gate_open (second);
  test_wait (after);
  g_assert_cmpuint (asynclit_task_get_attempt (task), ==, 1);
}

/* Abandoning */

static void
test_cancel_abandons (void)
{
  g_autoptr (TestGate) gate = test_gate_new ();
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();
  g_autoptr (AsyncLitTask) last = NULL;

  asynclit_task_set_func (task, test_work_gate, gate, NULL);
  asynclit_task_set_abandon_on_cancel (task, TRUE);
  asynclit_task_manager_submit_task (manager (), task);
  test_gate_await_arrivals (gate, 1);
  g_assert_true (asynclit_task_cancel (task));
  test_assert_cancelled (task);
  g_assert_false (asynclit_task_cancel (task));

  test_gate_open (gate);
  last = asynclit_run (test_work_return_int, NULL, NULL);
  test_wait (last);
  test_assert_cancelled (task);
}

/* The function still uses its data, which is destroyed only after the function has returned. */
typedef struct {
  TestGate *gate;
  TestToken *token;
} Abandoned;

static void
work_abandoned (AsyncLitTask *task, GCancellable *cancellable, gpointer user_data)
{
  Abandoned *abandoned = user_data;

  test_gate_pass (abandoned->gate);
  g_assert_cmpuint (test_token_get_destroyed (abandoned->token), ==, 0);
  asynclit_task_return_int (task, 1);
}

static void
abandoned_destroy (gpointer user_data)
{
  test_token_destroy (((Abandoned *) user_data)->token);
}

static void
test_cancel_abandoned_keeps_data (void)
{
  g_autoptr (TestGate) gate = test_gate_new ();
  g_autoptr (TestToken) token = test_token_new ();
  Abandoned abandoned = { gate, test_token_ref (token) };
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();

  asynclit_task_set_func (task, work_abandoned, &abandoned, abandoned_destroy);
  asynclit_task_set_abandon_on_cancel (task, TRUE);
  asynclit_task_manager_submit_task (manager (), task);
  test_gate_await_arrivals (gate, 1);
  asynclit_task_cancel (task);
  test_iterate_until_completed (task);
  test_iterate_pending (NULL);
  g_assert_cmpuint (test_token_get_destroyed (token), ==, 0);

  test_gate_open (gate);
  test_iterate_until (NULL, test_condition_token_destroyed, token);
  g_assert_true (test_token_get_thread (token) == g_thread_self ());
}

static gboolean
pass_gate (const GError *error, gpointer gate)
{
  test_gate_pass (gate);
  return FALSE;
}

/* Its retry policy is being asked, and takes its time. Nobody who waits for the task waits for
 * that. */
static void
test_cancel_abandons_decision (void)
{
  g_autoptr (TestGate) gate = test_gate_new ();
  g_autoptr (AsyncLitRetryPolicy) plain = asynclit_retry_policy_new (2);
  g_autoptr (AsyncLitRetryPolicy) slow
      = asynclit_retry_policy_with_retry_if (plain, pass_gate, gate, NULL);
  g_autoptr (TestToken) token = test_token_new ();
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();

  asynclit_task_set_func (task, test_work_fail, test_token_ref (token), test_token_destroy);
  asynclit_task_set_retry_policy (task, slow);
  asynclit_task_set_abandon_on_cancel (task, TRUE);
  asynclit_task_manager_submit_task (manager (), task);
  test_gate_await_arrivals (gate, 1);
  asynclit_task_cancel (task);
  test_wait (task);
  test_assert_cancelled (task);
  g_assert_cmpuint (test_token_get_destroyed (token), ==, 0);
  test_gate_open (gate);
  test_iterate_until (NULL, test_condition_token_destroyed, token);
}

/* Ended */

static void
test_cancel_after_end (void)
{
  g_autoptr (AsyncLitTask) done = asynclit_run (test_work_return_int, GINT_TO_POINTER (1), NULL);
  g_autoptr (AsyncLitTask) failed = asynclit_run (test_work_fail, NULL, NULL);

  test_wait (done);
  test_wait (failed);
  g_assert_false (asynclit_task_cancel (done));
  g_assert_false (asynclit_task_cancel (failed));
  test_assert_int_result (done, 1);
  test_assert_failed (failed, G_IO_ERROR, G_IO_ERROR_FAILED);
}

static void
work_foreign_cancelled (AsyncLitTask *task, GCancellable *cancellable, gpointer unused)
{
  asynclit_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CANCELLED, "somebody else's");
}

static void
test_cancel_foreign_is_error (void)
{
  g_autoptr (AsyncLitRetryPolicy) retry = asynclit_retry_policy_new (5);
  g_autoptr (AsyncLitTask) task
      = asynclit_task_manager_submit (manager (), retry, work_foreign_cancelled, NULL, NULL);

  test_wait (task);
  test_assert_failed (task, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpstr (asynclit_task_get_error (task)->message, ==, "somebody else's");
  g_assert_cmpuint (asynclit_task_get_attempt (task), ==, 1);
}

/* Never synchronously */

static void
on_cancelled (GCancellable *cancellable, gpointer recorder)
{
  test_recorder_add (recorder, "cancelled");
}

static void
test_cancel_runs_no_code_here (void)
{
  g_autoptr (TestGate) gate = test_gate_new ();
  g_autoptr (TestRecorder) recorder = test_recorder_new ();
  g_autoptr (AsyncLitTask) task = NULL;
  gulong handler;

  test_gate_open (gate);
  task = asynclit_run (test_work_until_cancelled, gate, NULL);
  test_gate_await_arrivals (gate, 1);
  handler = g_cancellable_connect (asynclit_task_get_cancellable (task), G_CALLBACK (on_cancelled),
                                   recorder, NULL);
  asynclit_task_cancel (task);
  test_wait (task);
  g_cancellable_disconnect (asynclit_task_get_cancellable (task), handler);
  test_recorder_assert (recorder, "cancelled");
  g_assert_false (test_recorder_all_on_thread (recorder, g_thread_self ()));
}

/* On the worker thread itself, the handler also runs there, but later. */
typedef struct {
  TestRecorder *recorder;
  AsyncLitTask *task; /* valid until settled */
} SelfCancel;

static gboolean
settle_when_cancelled (gpointer user_data)
{
  SelfCancel *self = user_data;

  if (test_recorder_count (self->recorder, "cancelled") == 0)
    return G_SOURCE_CONTINUE;
  asynclit_task_return_value (self->task, NULL);
  return G_SOURCE_REMOVE;
}

static void
work_cancels_itself (AsyncLitTask *task, GCancellable *cancellable, gpointer user_data)
{
  SelfCancel *self = user_data;
  g_autoptr (GSource) source = g_idle_source_new ();

  self->task = task;
  g_cancellable_connect (cancellable, G_CALLBACK (on_cancelled), self->recorder, NULL);
  g_assert_true (asynclit_task_cancel (task));
  test_recorder_add (self->recorder, "returned");
  g_source_set_callback (source, settle_when_cancelled, self, NULL);
  g_source_attach (source, g_main_context_get_thread_default ());
}

static void
test_cancel_on_worker_is_later (void)
{
  g_autoptr (TestRecorder) recorder = test_recorder_new ();
  SelfCancel self = { recorder, NULL };
  g_autoptr (AsyncLitTask) task = asynclit_run_async (work_cancels_itself, &self, NULL);

  test_wait (task);
  test_assert_cancelled (task);
  test_recorder_assert (recorder, "returned cancelled");
}

/* A task that runs in this context is notified in this context, later. */
static void
work_cancels_in_context (AsyncLitTask *task, GCancellable *cancellable, gpointer recorder)
{
  g_cancellable_connect (cancellable, G_CALLBACK (on_cancelled), recorder, NULL);
  g_assert_true (asynclit_task_cancel (task));
  test_recorder_add (recorder, "returned");
  while (test_recorder_count (recorder, "cancelled") == 0)
    g_main_context_iteration (NULL, TRUE);
  asynclit_task_return_int (task, 1);
}

static void
test_cancel_in_context_is_later (void)
{
  g_autoptr (TestRecorder) recorder = test_recorder_new ();
  g_autoptr (AsyncLitTask) task = asynclit_task_manager_submit_in_context (
      manager (), NULL, work_cancels_in_context, recorder, NULL);

  test_iterate_until_completed (task);
  test_assert_cancelled (task);
  test_recorder_assert (recorder, "returned cancelled");
  g_assert_true (test_recorder_all_on_thread (recorder, g_thread_self ()));
}

/* Gio operations on the worker */

static void
on_read (GObject *stream, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (AsyncLitTask) task = user_data;
  GError *error = NULL;
  gssize n_read = g_input_stream_read_finish (G_INPUT_STREAM (stream), result, &error);

  if (n_read < 0)
    asynclit_task_return_error (task, error);
  else
    asynclit_task_return_int (task, n_read);
}

static void
work_reads_pipe (AsyncLitTask *task, GCancellable *cancellable, gpointer fd)
{
  g_autoptr (GInputStream) stream = g_unix_input_stream_new (GPOINTER_TO_INT (fd), FALSE);
  static char buffer[1];

  g_input_stream_read_async (stream, buffer, 1, G_PRIORITY_DEFAULT, cancellable, on_read,
                             g_object_ref (task));
}

static void
test_cancel_gio_operation (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AsyncLitTask) task = NULL;
  int fds[2];

  g_assert_true (g_unix_open_pipe (fds, FD_CLOEXEC, &error));
  g_assert_no_error (error);
  task = asynclit_run_async (work_reads_pipe, GINT_TO_POINTER (fds[0]), NULL);
  test_poll_until (test_condition_started, task);
  g_assert_true (asynclit_task_cancel (task));
  test_wait (task);
  test_assert_cancelled (task);
  close (fds[0]);
  close (fds[1]);
}

int
main (int argc, char *argv[])
{
  g_setenv ("ASYNCLIT_POOL_THREADS", "1", TRUE);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cancel/pending", test_cancel_pending);
  g_test_add_func ("/cancel/before-submission", test_cancel_before_submission);
  g_test_add_func ("/cancel/pending-in-context", test_cancel_pending_in_context);
  g_test_add_func ("/cancel/while-running", test_cancel_while_running);
  g_test_add_func ("/cancel/whatever-it-returned", test_cancel_whatever_it_returned);
  g_test_add_func ("/cancel/stubborn-in-pool", test_cancel_stubborn_in_pool);
  g_test_add_func ("/cancel/while-waiting-for-retry", test_cancel_while_waiting_for_retry);
  g_test_add_func ("/cancel/queued-again", test_cancel_queued_again);
  g_test_add_func ("/cancel/abandons", test_cancel_abandons);
  g_test_add_func ("/cancel/abandoned-keeps-data", test_cancel_abandoned_keeps_data);
  g_test_add_func ("/cancel/abandons-decision", test_cancel_abandons_decision);
  g_test_add_func ("/cancel/after-end", test_cancel_after_end);
  g_test_add_func ("/cancel/foreign-is-error", test_cancel_foreign_is_error);
  g_test_add_func ("/cancel/runs-no-code-here", test_cancel_runs_no_code_here);
  g_test_add_func ("/cancel/on-worker-is-later", test_cancel_on_worker_is_later);
  g_test_add_func ("/cancel/in-context-is-later", test_cancel_in_context_is_later);
  g_test_add_func ("/cancel/gio-operation", test_cancel_gio_operation);
  return g_test_run ();
}
