/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The convenience functions: the default scheduler, and the functions that add jobs to it. */

#include "test-support.h"

/* The tests begin and end with a default scheduler that is not running and has no jobs. */
static void
default_clear (void)
{
  g_autoptr (GPtrArray) jobs = asynclit_scheduler_list_jobs (asynclit_get_default_scheduler ());

  asynclit_shutdown_scheduler (NULL, TRUE);
  for (guint i = 0; i < jobs->len; i++)
    g_assert_true (asynclit_scheduled_task_remove (g_ptr_array_index (jobs, i)));
  test_iterate_pending (NULL);
}

static gboolean
has_run (gpointer job)
{
  return asynclit_scheduled_task_get_n_runs (job) > 0
         && asynclit_scheduled_task_get_n_running (job) == 0;
}

static void
assert_in_default (AsyncLitScheduledTask *job)
{
  g_autoptr (AsyncLitScheduledTask) found = asynclit_scheduler_get (
      asynclit_get_default_scheduler (), asynclit_scheduled_task_get_job_id (job));

  g_assert_true (found == job);
}

/* The scheduler */

/* Runs on: a thread of the test, with a context of its own */
static gpointer
ask_for_default (gpointer unused)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  AsyncLitScheduler *scheduler;

  g_main_context_push_thread_default (context);
  scheduler = asynclit_get_default_scheduler ();
  g_main_context_pop_thread_default (context);
  return scheduler;
}

/* Comes first: the default scheduler is shared, whichever thread uses it first. */
static void
test_default (void)
{
  gpointer first = g_thread_join (g_thread_new ("first", ask_for_default, NULL));
  AsyncLitScheduler *scheduler = asynclit_get_default_scheduler ();

  g_assert_true (ASYNCLIT_IS_SCHEDULER (scheduler));
  g_assert_true (scheduler == first);
  g_assert_true (asynclit_scheduler_get_clock (scheduler) == asynclit_get_system_clock ());
  g_assert_false (asynclit_scheduler_get_running (scheduler));
  g_assert_cmpuint (asynclit_scheduler_get_n_jobs (scheduler), ==, 0);
}

static void
on_fired (AsyncLitScheduler *scheduler, AsyncLitScheduledTask *job, AsyncLitTask *task,
          AsyncLitTask **fired)
{
  g_set_object (fired, task);
}

static gboolean
is_set (gpointer pointer)
{
  return *(gpointer *) pointer != NULL;
}

/* Notified in the global default context, although another thread created the scheduler; see
 * test_default(). */
static void
test_signals (void)
{
  AsyncLitScheduler *scheduler = asynclit_get_default_scheduler ();
  g_autoptr (AsyncLitTask) fired = NULL;
  g_autoptr (AsyncLitTask) known = NULL;
  g_autoptr (AsyncLitScheduledTask) job
      = asynclit_schedule_interval (3600, test_work_return_int, GINT_TO_POINTER (7), NULL);
  gulong id = g_signal_connect (scheduler, "fired", G_CALLBACK (on_fired), &fired);

  g_assert_true (asynclit_scheduled_task_run_now (job));
  test_iterate_until (g_main_context_default (), is_set, &fired);
  test_wait (fired);
  test_assert_int_result (fired, 7);
  known = asynclit_task_manager_get (asynclit_get_default_manager (), asynclit_task_get_id (fired));
  g_assert_true (known == fired);
  g_signal_handler_disconnect (scheduler, id);
  default_clear ();
}

static void
test_start (void)
{
  AsyncLitScheduler *scheduler = asynclit_get_default_scheduler ();

  g_assert_true (asynclit_start_scheduler (NULL) == scheduler);
  g_assert_true (asynclit_scheduler_get_running (scheduler));
  g_assert_true (asynclit_start_scheduler (NULL) == scheduler);
  asynclit_shutdown_scheduler (NULL, FALSE);
  g_assert_false (asynclit_scheduler_get_running (scheduler));
  asynclit_shutdown_scheduler (NULL, TRUE);
  g_assert_false (asynclit_scheduler_get_running (scheduler));
}

static void
test_start_other (void)
{
  g_autoptr (AsyncLitScheduler) other = asynclit_scheduler_new ();

  g_assert_true (asynclit_start_scheduler (other) == other);
  g_assert_true (asynclit_scheduler_get_running (other));
  g_assert_false (asynclit_scheduler_get_running (asynclit_get_default_scheduler ()));
  asynclit_shutdown_scheduler (other, TRUE);
  g_assert_false (asynclit_scheduler_get_running (other));
}

/* Runs on: a thread of the test */
static gpointer
open_gate (gpointer gate)
{
  test_gate_open (gate);
  return NULL;
}

/* With "wait", the runs in progress have ended when it returns. */
static void
test_shutdown_waits (void)
{
  g_autoptr (TestGate) gate = test_gate_new ();
  g_autoptr (AsyncLitScheduledTask) job
      = asynclit_schedule_interval (3600, test_work_gate, gate, NULL);
  GThread *opener;

  asynclit_start_scheduler (NULL);
  g_assert_true (asynclit_scheduled_task_run_now (job));
  test_gate_await_arrivals (gate, 1);
  asynclit_shutdown_scheduler (NULL, FALSE);
  g_assert_cmpuint (asynclit_scheduled_task_get_n_running (job), ==, 1);
  opener = g_thread_new ("opener", open_gate, gate);
  asynclit_shutdown_scheduler (NULL, TRUE);
  g_assert_cmpuint (asynclit_scheduled_task_get_n_running (job), ==, 0);
  g_thread_join (opener);
  default_clear ();
}

/* Intervals */

static void
test_interval (void)
{
  g_autoptr (TestToken) token = test_token_new ();
  g_autoptr (AsyncLitScheduledTask) job = asynclit_schedule_interval (
      0.001, test_work_return_int, test_token_ref (token), test_token_destroy);
  g_autoptr (AsyncLitTrigger) trigger = asynclit_scheduled_task_get_trigger (job);

  g_assert_true (ASYNCLIT_IS_INTERVAL_TRIGGER (trigger));
  g_assert_cmpfloat (asynclit_interval_trigger_get_seconds (ASYNCLIT_INTERVAL_TRIGGER (trigger)),
                     ==, 0.001);
  g_assert_null (asynclit_scheduled_task_get_manager (job));
  assert_in_default (job);
  asynclit_start_scheduler (NULL);
  test_poll_until (has_run, job);
  asynclit_shutdown_scheduler (NULL, TRUE);
  g_assert_cmpuint (test_token_get_destroyed (token), ==, 0);
  default_clear ();

  /* The data is freed with the job and its tasks, where the job was created. */
  g_clear_object (&job);
  asynclit_task_manager_set_max_completed (asynclit_get_default_manager (), 0);
  asynclit_task_manager_cleanup (asynclit_get_default_manager ());
  test_iterate_until (NULL, test_condition_token_destroyed, token);
  g_assert_cmpuint (test_token_get_destroyed (token), ==, 1);
  g_assert_true (test_token_get_thread (token) == g_thread_self ());
}

/* Each call creates a new job, even with the same arguments. */
static void
test_intervals (void)
{
  g_autoptr (AsyncLitScheduledTask) first
      = asynclit_schedule_interval (60, test_work_return_int, NULL, NULL);
  g_autoptr (AsyncLitScheduledTask) second
      = asynclit_schedule_interval (60, test_work_return_int, NULL, NULL);

  assert_in_default (first);
  assert_in_default (second);
  g_assert_cmpuint (asynclit_scheduler_get_n_jobs (asynclit_get_default_scheduler ()), ==, 2);
  default_clear ();
}

static void
on_closure (AsyncLitTask *task, GCancellable *cancellable, gpointer recorder)
{
  g_assert_true (G_IS_CANCELLABLE (cancellable));
  test_recorder_add (recorder, "run");
  asynclit_task_return_boolean (task, TRUE);
}

static void
test_interval_closure (void)
{
  g_autoptr (TestRecorder) recorder = test_recorder_new ();
  g_autoptr (AsyncLitScheduledTask) job = asynclit_schedule_interval_closure (
      0.001, g_cclosure_new (G_CALLBACK (on_closure), recorder, NULL));

  assert_in_default (job);
  asynclit_start_scheduler (NULL);
  test_poll_until (has_run, job);
  asynclit_shutdown_scheduler (NULL, TRUE);
  g_assert_cmpuint (test_recorder_count (recorder, "run"), ==,
                    asynclit_scheduled_task_get_n_runs (job));
  default_clear ();
}

#define assert_refused(call)                                                                      \
  G_STMT_START                                                                                    \
  {                                                                                               \
    g_test_expect_message ("AsyncLit", G_LOG_LEVEL_CRITICAL, "*assertion*failed*");               \
    g_assert_null (call);                                                                         \
    g_test_assert_expected_messages ();                                                           \
  }                                                                                               \
  G_STMT_END

static void
test_refused (void)
{
  assert_refused (asynclit_schedule_interval (60, NULL, NULL, NULL));
  assert_refused (asynclit_schedule_interval_closure (60, NULL));
  assert_refused (asynclit_schedule_cron (NULL, test_work_nothing, NULL, NULL, NULL));
  assert_refused (asynclit_schedule_cron ("* * * * *", NULL, NULL, NULL, NULL));
  assert_refused (asynclit_schedule_cron_closure ("* * * * *", NULL, NULL));
  g_test_expect_message ("AsyncLit", G_LOG_LEVEL_CRITICAL, "*are_seconds_allowed (seconds)*");
  assert_refused (asynclit_schedule_interval (0, test_work_nothing, NULL, NULL));
  g_assert_cmpuint (asynclit_scheduler_get_n_jobs (asynclit_get_default_scheduler ()), ==, 0);
}

/* Cron expressions */

static void
test_cron (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AsyncLitScheduledTask) job
      = asynclit_schedule_cron ("30 9 * * 0", test_work_return_int, NULL, NULL, &error);
  g_autoptr (AsyncLitTrigger) trigger = NULL;
  g_autofree char *text = NULL;

  g_assert_no_error (error);
  assert_in_default (job);
  trigger = asynclit_scheduled_task_get_trigger (job);
  text = asynclit_trigger_to_string (trigger);
  /* In this dialect, day 0 is Monday. */
  g_assert_cmpstr (text, ==, "cron:apscheduler:30 9 * * 0:local:run-after:first");
  asynclit_start_scheduler (NULL);
  g_assert_true (asynclit_scheduled_task_run_now (job));
  test_poll_until (has_run, job);
  g_assert_cmpuint (asynclit_scheduled_task_get_n_runs (job), ==, 1);
  default_clear ();
}

static void
test_cron_closure (void)
{
  g_autoptr (TestRecorder) recorder = test_recorder_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (AsyncLitScheduledTask) job = asynclit_schedule_cron_closure (
      "30 9 * * *", g_cclosure_new (G_CALLBACK (on_closure), recorder, NULL), &error);

  g_assert_no_error (error);
  assert_in_default (job);
  g_assert_true (asynclit_scheduled_task_run_now (job));
  test_poll_until (has_run, job);
  test_recorder_assert (recorder, "run");
  default_clear ();
}

/* Errors are reported; the data is freed nevertheless, and nothing is added. */
static void
test_cron_wrong (void)
{
  static const char *const expressions[] = { "", "every day", "60 * * * *", "0 0 31 2 *" };

  for (guint i = 0; i < G_N_ELEMENTS (expressions); i++)
    {
      g_autoptr (TestToken) token = test_token_new ();
      g_autoptr (GError) error = NULL;

      g_assert_null (asynclit_schedule_cron (expressions[i], test_work_return_int,
                                             test_token_ref (token), test_token_destroy, &error));
      g_assert_true (g_error_matches (error, ASYNCLIT_ERROR, ASYNCLIT_ERROR_INVALID_CRON)
                     || g_error_matches (error, ASYNCLIT_ERROR, ASYNCLIT_ERROR_INVALID_ARGUMENT));
      test_iterate_until (NULL, test_condition_token_destroyed, token);
      g_assert_cmpuint (test_token_get_destroyed (token), ==, 1);
    }
  g_assert_null (asynclit_schedule_cron ("nonsense", test_work_nothing, NULL, NULL, NULL));
  g_assert_cmpuint (asynclit_scheduler_get_n_jobs (asynclit_get_default_scheduler ()), ==, 0);
}

static void
test_cron_closure_wrong (void)
{
  GClosure *closure = g_cclosure_new (G_CALLBACK (on_closure), NULL, NULL);
  g_autoptr (GError) error = NULL;

  g_closure_ref (closure);
  g_closure_sink (closure);
  g_assert_null (asynclit_schedule_cron_closure ("nonsense", closure, &error));
  g_assert_error (error, ASYNCLIT_ERROR, ASYNCLIT_ERROR_INVALID_CRON);
  g_closure_unref (closure);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/schedule/default", test_default);
  g_test_add_func ("/schedule/signals", test_signals);
  g_test_add_func ("/schedule/start", test_start);
  g_test_add_func ("/schedule/start/other", test_start_other);
  g_test_add_func ("/schedule/shutdown-waits", test_shutdown_waits);
  g_test_add_func ("/schedule/interval", test_interval);
  g_test_add_func ("/schedule/interval/several", test_intervals);
  g_test_add_func ("/schedule/interval/closure", test_interval_closure);
  g_test_add_func ("/schedule/refused", test_refused);
  g_test_add_func ("/schedule/cron", test_cron);
  g_test_add_func ("/schedule/cron/closure", test_cron_closure);
  g_test_add_func ("/schedule/cron/wrong", test_cron_wrong);
  g_test_add_func ("/schedule/cron/closure-wrong", test_cron_closure_wrong);
  return g_test_run ();
}
