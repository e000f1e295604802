/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* JavaScript functions, which can only run in their own main loop: calls elsewhere are rejected
 * instead of crashing. */

#include "gjs-stand-in.h"
#include "scheduler-fixture.h"

static AsyncLitTaskManager *
manager (void)
{
  return asynclit_get_default_manager ();
}

static void
note_call (AsyncLitTask *task, GCancellable *cancellable, gpointer recorder)
{
  test_recorder_add (recorder, "called");
  asynclit_task_return_int (task, 1);
}

static GClosure *
bound_closure (TestRecorder *recorder)
{
  return gjs_stand_in_closure (G_CALLBACK (note_call), recorder);
}

static void
assert_refused (AsyncLitTask *task, TestRecorder *recorder)
{
  test_assert_failed (task, ASYNCLIT_ERROR, ASYNCLIT_ERROR_WRONG_THREAD);
  test_iterate_until_completed (task);
  g_assert_cmpuint (test_recorder_get_length (recorder), ==, 0);
  g_object_unref (task);
}

static void
test_refused (void)
{
  g_autoptr (TestRecorder) recorder = test_recorder_new ();
  AsyncLitTask *made = asynclit_task_new ();

  assert_refused (asynclit_run_closure (bound_closure (recorder)), recorder);
  assert_refused (asynclit_run_async_closure (bound_closure (recorder)), recorder);
  asynclit_task_set_closure (made, bound_closure (recorder));
  asynclit_task_manager_submit_task (manager (), made);
  assert_refused (made, recorder);
}

static void
test_in_context (void)
{
  g_autoptr (TestRecorder) recorder = test_recorder_new ();
  g_autoptr (AsyncLitTask) task = asynclit_task_manager_submit_in_context_closure (
      manager (), NULL, bound_closure (recorder));

  test_iterate_until_completed (task);
  test_assert_int_result (task, 1);
  test_recorder_assert (recorder, "called");
  g_assert_true (test_recorder_all_on_thread (recorder, g_thread_self ()));
}

/* A predicate is called where the attempt ended. */

static gboolean
try_again (const GError *error, gpointer recorder)
{
  test_recorder_add (recorder, "asked");
  return TRUE;
}

static AsyncLitRetryPolicy *
bound_policy (TestRecorder *recorder)
{
  g_autoptr (AsyncLitRetryPolicy) policy
      = asynclit_retry_policy_new_full (2, 0.0, 0.0, 1.0, 0.0, 0.0, NULL);

  return asynclit_retry_policy_with_retry_if_closure (
      policy, gjs_stand_in_closure (G_CALLBACK (try_again), recorder));
}

static void
test_predicate_refused (void)
{
  g_autoptr (TestRecorder) recorder = test_recorder_new ();
  g_autoptr (AsyncLitRetryPolicy) policy = bound_policy (recorder);

  assert_refused (asynclit_task_manager_submit (manager (), policy, test_work_fail, NULL, NULL),
                  recorder);
}

static void
test_predicate_in_context (void)
{
  g_autoptr (TestRecorder) recorder = test_recorder_new ();
  g_autoptr (AsyncLitRetryPolicy) policy = bound_policy (recorder);
  g_autoptr (AsyncLitTask) task = asynclit_task_manager_submit_in_context (
      manager (), policy, test_work_fail, NULL, NULL);

  test_iterate_until_completed (task);
  test_assert_failed (task, G_IO_ERROR, G_IO_ERROR_FAILED);
  g_assert_cmpuint (asynclit_task_get_attempt (task), ==, 2);
  test_recorder_assert (recorder, "asked");
  g_assert_true (test_recorder_all_on_thread (recorder, g_thread_self ()));
}

/* Jobs */

static void
test_job (void)
{
  g_autoptr (TestRecorder) recorder = test_recorder_new ();
  g_auto (Fixture) fixture = fixture_new ();
  g_autoptr (AsyncLitTrigger) trigger = asynclit_interval_trigger_new (10);
  AsyncLitScheduledTask *job
      = asynclit_scheduled_task_new_closure (trigger, bound_closure (recorder));
  g_autoptr (GError) error = NULL;

  asynclit_scheduled_task_set_manager (job, fixture.manager);
  g_assert_false (asynclit_scheduler_add (fixture.scheduler, job, TRUE, &error));
  g_assert_error (error, ASYNCLIT_ERROR, ASYNCLIT_ERROR_WRONG_THREAD);
  asynclit_scheduled_task_set_executor (job, ASYNCLIT_EXECUTOR_CONTEXT);
  fixture_add (&fixture, job);
  asynclit_scheduler_start (fixture.scheduler);
  asynclit_manual_clock_advance (fixture.clock, 10);
  test_iterate_pending (NULL);
  test_recorder_assert (recorder, "called");
  g_assert_true (test_recorder_all_on_thread (recorder, g_thread_self ()));
}

/* The functions that create a job can't create one that runs in a context. */
static void
test_schedule (void)
{
  g_autoptr (TestRecorder) recorder = test_recorder_new ();
  g_autoptr (GError) error = NULL;

  g_assert_null (asynclit_schedule_cron_closure ("* * * * *", bound_closure (recorder), &error));
  g_assert_error (error, ASYNCLIT_ERROR, ASYNCLIT_ERROR_WRONG_THREAD);
  g_test_expect_message ("AsyncLit", G_LOG_LEVEL_CRITICAL, "*can only run in the main context*");
  g_assert_null (asynclit_schedule_interval_closure (10, bound_closure (recorder)));
  g_test_assert_expected_messages ();
  g_assert_cmpuint (asynclit_scheduler_get_n_jobs (asynclit_get_default_scheduler ()), ==, 0);
  test_iterate_pending (NULL);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/thread-bound/refused", test_refused);
  g_test_add_func ("/thread-bound/in-context", test_in_context);
  g_test_add_func ("/thread-bound/predicate/refused", test_predicate_refused);
  g_test_add_func ("/thread-bound/predicate/in-context", test_predicate_in_context);
  g_test_add_func ("/thread-bound/job", test_job);
  g_test_add_func ("/thread-bound/schedule", test_schedule);
  return g_test_run ();
}
