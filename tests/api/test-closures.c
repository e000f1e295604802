/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Functions that are closures, like those of language bindings: where they run, and where they are
 * released. */

#include "test-support.h"

typedef struct {
  TestRecorder *recorder;
  TestToken *token;
} Call;

static void
note_call (AsyncLitTask *task, GCancellable *cancellable, gpointer data)
{
  Call *call = data;

  g_assert_true (ASYNCLIT_IS_TASK (task));
  g_assert_true (G_IS_CANCELLABLE (cancellable));
  test_recorder_add (call->recorder, "called");
  asynclit_task_return_int (task, 5);
}

static void
on_finalized (gpointer data, GClosure *closure)
{
  test_token_destroy (((Call *) data)->token);
}

static GClosure *
call_to_closure (Call *call)
{
  GClosure *closure = g_cclosure_new (G_CALLBACK (note_call), call, NULL);

  g_closure_add_finalize_notifier (closure, call, on_finalized);
  return closure;
}

static void
call_set_up (Call *call)
{
  *call = (Call){ test_recorder_new (), test_token_new () };
  test_token_ref (call->token);
}

/* It was called once, on another thread, and was freed with the task, on this one. */
static void
call_check (Call *call, AsyncLitTask *task)
{
  test_iterate_until_completed (task);
  test_assert_int_result (task, 5);
  test_recorder_assert (call->recorder, "called");
  g_assert_false (test_recorder_all_on_thread (call->recorder, g_thread_self ()));
  g_object_unref (task);
  asynclit_task_manager_set_max_completed (asynclit_get_default_manager (), 0);
  asynclit_task_manager_cleanup (asynclit_get_default_manager ());
  test_iterate_until (NULL, test_condition_token_destroyed, call->token);
  g_assert_cmpuint (test_token_get_destroyed (call->token), ==, 1);
  g_assert_true (test_token_get_thread (call->token) == g_thread_self ());
  test_recorder_free (call->recorder);
  test_token_unref (call->token);
}

static void
test_run (void)
{
  Call call;

  call_set_up (&call);
  call_check (&call, asynclit_run_closure (call_to_closure (&call)));
}

static void
test_run_async (void)
{
  Call call;

  call_set_up (&call);
  call_check (&call, asynclit_run_async_closure (call_to_closure (&call)));
}

static void
test_submit (void)
{
  g_autoptr (AsyncLitRetryPolicy) retry = asynclit_retry_policy_new (2);
  Call call;
  AsyncLitTask *task;

  call_set_up (&call);
  task = asynclit_task_manager_submit_closure (asynclit_get_default_manager (), retry,
                                               call_to_closure (&call));
  g_assert_cmpint (asynclit_task_get_executor (task), ==, ASYNCLIT_EXECUTOR_THREAD_POOL);
  g_assert_true (asynclit_task_get_retry_policy (task) == retry);
  call_check (&call, task);
}

static void
test_submit_async (void)
{
  Call call;
  AsyncLitTask *task;

  call_set_up (&call);
  task = asynclit_task_manager_submit_async_closure (asynclit_get_default_manager (), NULL,
                                                     call_to_closure (&call));
  g_assert_cmpint (asynclit_task_get_executor (task), ==, ASYNCLIT_EXECUTOR_WORKER);
  call_check (&call, task);
}

static void
test_task (void)
{
  AsyncLitTask *task = asynclit_task_new ();
  Call call;

  call_set_up (&call);
  asynclit_task_set_closure (task, call_to_closure (&call));
  asynclit_task_manager_submit_task (asynclit_get_default_manager (), task);
  call_check (&call, task);
}

/* A closure that never runs is released nevertheless. */
static void
test_closed (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  AsyncLitTask *task;
  Call call;

  call_set_up (&call);
  asynclit_task_manager_close (manager, ASYNCLIT_CLOSE_MODE_DRAIN);
  task = asynclit_task_manager_submit_closure (manager, NULL, call_to_closure (&call));
  test_assert_failed (task, ASYNCLIT_ERROR, ASYNCLIT_ERROR_CLOSED);
  g_object_unref (task);
  test_iterate_until (NULL, test_condition_token_destroyed, call.token);
  g_assert_cmpuint (test_recorder_get_length (call.recorder), ==, 0);
  test_recorder_free (call.recorder);
  test_token_unref (call.token);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/closures/run", test_run);
  g_test_add_func ("/closures/run-async", test_run_async);
  g_test_add_func ("/closures/submit", test_submit);
  g_test_add_func ("/closures/submit-async", test_submit_async);
  g_test_add_func ("/closures/task", test_task);
  g_test_add_func ("/closures/closed", test_closed);
  return g_test_run ();
}
