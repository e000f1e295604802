/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The identity, the options and the status of a job, through its functions and its properties. */

#include "scheduler-fixture.h"

static AsyncLitScheduledTask *
job_new (void)
{
  g_autoptr (AsyncLitTrigger) trigger = asynclit_interval_trigger_new (60);

  return asynclit_scheduled_task_new (trigger, test_work_return_int, NULL, NULL);
}

static void
assert_time (GDateTime *time, const char *expected)
{
  g_autoptr (GDateTime) wanted = expected != NULL ? fixture_time (expected) : NULL;

  if (wanted != NULL)
    g_assert_true (g_date_time_equal (time, wanted));
  else
    g_assert_null (time);
}

#define assert_time_got(got, expected)                                                             \
  G_STMT_START                                                                                     \
  {                                                                                                \
    g_autoptr (GDateTime) got_ = (got);                                                            \
    assert_time (got_, expected);                                                                  \
  }                                                                                                \
  G_STMT_END

static void
count_notify (GObject *object, GParamSpec *pspec, guint *count)
{
  (*count)++;
}

/* Setting the same value again does not notify. */
#define assert_set_notifies(job, name, value)                                                      \
  G_STMT_START                                                                                     \
  {                                                                                                \
    guint count_ = 0;                                                                              \
    gulong id_ = g_signal_connect (job, "notify::" name, G_CALLBACK (count_notify), &count_);      \
    for (guint i_ = 0; i_ < 2; i_++)                                                               \
      {                                                                                            \
        g_object_set (job, name, value, NULL);                                                     \
        test_iterate_pending (NULL);                                                               \
        g_assert_cmpuint (count_, ==, 1);                                                          \
      }                                                                                            \
    g_signal_handler_disconnect (job, id_);                                                        \
  }                                                                                                \
  G_STMT_END

/* As documented for the properties. */
static void
test_defaults (void)
{
  g_autoptr (AsyncLitScheduledTask) job = job_new ();

  g_assert_null (asynclit_scheduled_task_get_job_id (job));
  g_assert_null (asynclit_scheduled_task_get_name (job));
  g_assert_null (asynclit_scheduled_task_get_latest_task_name (job));
  g_assert_null (asynclit_scheduled_task_get_latest_task_key (job));
  g_assert_null (asynclit_scheduled_task_get_manager (job));
  g_assert_null (asynclit_scheduled_task_get_retry_policy (job));
  assert_time_got (asynclit_scheduled_task_get_start_time (job), NULL);
  assert_time_got (asynclit_scheduled_task_get_end_time (job), NULL);
  g_assert_cmpint (asynclit_scheduled_task_get_executor (job), ==, ASYNCLIT_EXECUTOR_THREAD_POOL);
  g_assert_cmpint (asynclit_scheduled_task_get_first_run (job), ==,
                   ASYNCLIT_FIRST_RUN_AFTER_INTERVAL);
  g_assert_cmpint (asynclit_scheduled_task_get_overlap (job), ==, ASYNCLIT_OVERLAP_SKIP);
  g_assert_cmpfloat (asynclit_scheduled_task_get_misfire_grace (job), <, 0);
  g_assert_cmpfloat (asynclit_scheduled_task_get_jitter (job), ==, 0);
  g_assert_cmpuint (asynclit_scheduled_task_get_max_instances (job), ==, 1);
  g_assert_cmpuint (asynclit_scheduled_task_get_max_runs (job), ==, 0);
  g_assert_true (asynclit_scheduled_task_get_coalesce (job));
  g_assert_false (asynclit_scheduled_task_get_rerun_interrupted (job));
  g_assert_false (asynclit_scheduled_task_get_paused (job));
}

/* The defaults of the properties are those of a job. */
static void
test_stated_defaults (void)
{
  g_autoptr (AsyncLitScheduledTask) job = g_object_new (ASYNCLIT_TYPE_SCHEDULED_TASK, NULL);
  g_autofree GParamSpec **properties = NULL;
  guint n;

  properties = g_object_class_list_properties (G_OBJECT_GET_CLASS (job), &n);
  g_assert_cmpuint (n, >=, 25);
  for (guint i = 0; i < n; i++)
    {
      g_auto (GValue) value = G_VALUE_INIT;

      g_object_get_property (G_OBJECT (job), properties[i]->name, &value);
      g_test_message ("%s", properties[i]->name);
      g_assert_true (g_param_value_defaults (properties[i], &value));
    }
}

/* Identity */

static void
test_what_it_is (void)
{
  g_autoptr (AsyncLitScheduledTask) job = job_new ();
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (GDateTime) start = fixture_time ("2026-01-01 12:00:00");

  assert_set_notifies (job, "job-id", "an id");
  assert_set_notifies (job, "name", "a name");
  assert_set_notifies (job, "latest-task-name", "latest");
  assert_set_notifies (job, "manager", manager);
  assert_set_notifies (job, "executor", ASYNCLIT_EXECUTOR_WORKER);
  assert_set_notifies (job, "first-run", ASYNCLIT_FIRST_RUN_ALIGNED);
  assert_set_notifies (job, "start-time", start);

  g_assert_cmpstr (asynclit_scheduled_task_get_job_id (job), ==, "an id");
  g_assert_cmpstr (asynclit_scheduled_task_get_name (job), ==, "a name");
  g_assert_cmpstr (asynclit_scheduled_task_get_latest_task_name (job), ==, "latest");
  g_assert_cmpstr (asynclit_scheduled_task_get_latest_task_key (job), ==, "global:latest");
  g_assert_true (asynclit_scheduled_task_get_manager (job) == manager);
  g_assert_cmpint (asynclit_scheduled_task_get_executor (job), ==, ASYNCLIT_EXECUTOR_WORKER);
  g_assert_cmpint (asynclit_scheduled_task_get_first_run (job), ==, ASYNCLIT_FIRST_RUN_ALIGNED);
  assert_time_got (asynclit_scheduled_task_get_start_time (job), "2026-01-01 12:00:00");
}

static void
test_what_it_is_can_be_read (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (GDateTime) start = fixture_time ("2026-01-01 12:00:00");
  g_autoptr (AsyncLitScheduledTask) job = g_object_new (
      ASYNCLIT_TYPE_SCHEDULED_TASK, "job-id", "an id", "name", "a name", "latest-task-name",
      "latest", "manager", manager, "executor", ASYNCLIT_EXECUTOR_CONTEXT, "first-run",
      ASYNCLIT_FIRST_RUN_NOW, "start-time", start, NULL);
  g_autofree char *id = NULL;
  g_autofree char *name = NULL;
  g_autofree char *latest = NULL;
  g_autofree char *key = NULL;
  g_autoptr (AsyncLitTaskManager) manager_read = NULL;
  g_autoptr (GDateTime) start_read = NULL;
  AsyncLitExecutor executor;
  AsyncLitFirstRun first_run;

  g_object_get (job, "job-id", &id, "name", &name, "latest-task-name", &latest, "latest-task-key",
                &key, "manager", &manager_read, "executor", &executor, "first-run", &first_run,
                "start-time", &start_read, NULL);
  g_assert_cmpstr (id, ==, "an id");
  g_assert_cmpstr (name, ==, "a name");
  g_assert_cmpstr (latest, ==, "latest");
  g_assert_cmpstr (key, ==, "global:latest");
  g_assert_true (manager_read == manager);
  g_assert_cmpint (executor, ==, ASYNCLIT_EXECUTOR_CONTEXT);
  g_assert_cmpint (first_run, ==, ASYNCLIT_FIRST_RUN_NOW);
  assert_time (start_read, "2026-01-01 12:00:00");
}

/* Everything that can be set can be unset. */
static void
test_unset (void)
{
  g_autoptr (AsyncLitScheduledTask) job = job_new ();
  g_autoptr (AsyncLitRetryPolicy) retry = asynclit_retry_policy_new (3);
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (GDateTime) time = fixture_time ("2026-01-01 12:00:00");

  g_object_set (job, "job-id", "id", "name", "name", "latest-task-name", "latest", "manager",
                manager, "start-time", time, "end-time", time, "retry-policy", retry, NULL);
  g_object_set (job, "job-id", NULL, "name", NULL, "latest-task-name", NULL, "manager", NULL,
                "start-time", NULL, "end-time", NULL, "retry-policy", NULL, NULL);
  g_assert_null (asynclit_scheduled_task_get_job_id (job));
  g_assert_null (asynclit_scheduled_task_get_name (job));
  g_assert_null (asynclit_scheduled_task_get_latest_task_name (job));
  g_assert_null (asynclit_scheduled_task_get_latest_task_key (job));
  g_assert_null (asynclit_scheduled_task_get_manager (job));
  g_assert_null (asynclit_scheduled_task_get_retry_policy (job));
  assert_time_got (asynclit_scheduled_task_get_start_time (job), NULL);
  assert_time_got (asynclit_scheduled_task_get_end_time (job), NULL);
}

#define assert_fixed(call)                                                                         \
  G_STMT_START                                                                                     \
  {                                                                                                \
    g_test_expect_message ("AsyncLit", G_LOG_LEVEL_CRITICAL, "*!scheduled_task_is_added*");        \
    call;                                                                                          \
    g_test_assert_expected_messages ();                                                            \
  }                                                                                                \
  G_STMT_END

/* In a scheduler, the identity can't be changed; outside of one, it can. */
static void
test_fixed_once_added (void)
{
  g_auto (Fixture) fixture = fixture_new ();
  AsyncLitScheduledTask *job = fixture_add_interval (&fixture, "fixed", 60);

  assert_fixed (asynclit_scheduled_task_set_job_id (job, "other"));
  assert_fixed (asynclit_scheduled_task_set_name (job, "other"));
  assert_fixed (asynclit_scheduled_task_set_latest_task_name (job, "other"));
  assert_fixed (asynclit_scheduled_task_set_manager (job, NULL));
  assert_fixed (asynclit_scheduled_task_set_executor (job, ASYNCLIT_EXECUTOR_WORKER));
  assert_fixed (asynclit_scheduled_task_set_first_run (job, ASYNCLIT_FIRST_RUN_NOW));
  assert_fixed (asynclit_scheduled_task_set_start_time (job, NULL));
  g_assert_cmpstr (asynclit_scheduled_task_get_name (job), ==, "fixed");
  g_assert_true (asynclit_scheduled_task_get_manager (job) == fixture.manager);

  g_assert_true (asynclit_scheduled_task_remove (job));
  asynclit_scheduled_task_set_name (job, "other");
  g_assert_cmpstr (asynclit_scheduled_task_get_name (job), ==, "other");
}

/* Options */

static void
test_how_it_runs (void)
{
  g_autoptr (AsyncLitScheduledTask) job = job_new ();
  g_autoptr (AsyncLitTrigger) trigger = asynclit_interval_trigger_new (5);
  g_autoptr (AsyncLitTrigger) trigger_got = NULL;
  g_autoptr (AsyncLitRetryPolicy) retry = asynclit_retry_policy_new (3);
  g_autoptr (AsyncLitRetryPolicy) retry_got = NULL;
  g_autoptr (GDateTime) end = fixture_time ("2026-01-01 12:00:00");

  assert_set_notifies (job, "trigger", trigger);
  assert_set_notifies (job, "retry-policy", retry);
  assert_set_notifies (job, "misfire-grace", 7.5);
  assert_set_notifies (job, "coalesce", FALSE);
  assert_set_notifies (job, "rerun-interrupted", TRUE);
  assert_set_notifies (job, "max-instances", 4u);
  assert_set_notifies (job, "overlap", ASYNCLIT_OVERLAP_QUEUE);
  assert_set_notifies (job, "end-time", end);
  assert_set_notifies (job, "max-runs", 9u);
  assert_set_notifies (job, "jitter", 0.5);
  assert_set_notifies (job, "paused", TRUE);

  trigger_got = asynclit_scheduled_task_get_trigger (job);
  retry_got = asynclit_scheduled_task_get_retry_policy (job);
  g_assert_true (trigger_got == trigger);
  g_assert_true (retry_got == retry);
  g_assert_cmpfloat (asynclit_scheduled_task_get_misfire_grace (job), ==, 7.5);
  g_assert_false (asynclit_scheduled_task_get_coalesce (job));
  g_assert_true (asynclit_scheduled_task_get_rerun_interrupted (job));
  g_assert_cmpuint (asynclit_scheduled_task_get_max_instances (job), ==, 4);
  g_assert_cmpint (asynclit_scheduled_task_get_overlap (job), ==, ASYNCLIT_OVERLAP_QUEUE);
  assert_time_got (asynclit_scheduled_task_get_end_time (job), "2026-01-01 12:00:00");
  g_assert_cmpuint (asynclit_scheduled_task_get_max_runs (job), ==, 9);
  g_assert_cmpfloat (asynclit_scheduled_task_get_jitter (job), ==, 0.5);
  g_assert_true (asynclit_scheduled_task_get_paused (job));
}

static void
test_how_it_runs_can_be_read (void)
{
  g_autoptr (AsyncLitTrigger) trigger = asynclit_interval_trigger_new (5);
  g_autoptr (AsyncLitRetryPolicy) retry = asynclit_retry_policy_new (3);
  g_autoptr (GDateTime) end = fixture_time ("2026-01-01 12:00:00");
  g_autoptr (AsyncLitScheduledTask) job
      = g_object_new (ASYNCLIT_TYPE_SCHEDULED_TASK, "trigger", trigger, "retry-policy", retry,
                      "misfire-grace", 7.5, "coalesce", FALSE, "rerun-interrupted", TRUE,
                      "max-instances", 4u, "overlap", ASYNCLIT_OVERLAP_CANCEL_PREVIOUS, "end-time",
                      end, "max-runs", 9u, "jitter", 0.5, "paused", TRUE, NULL);
  g_autoptr (AsyncLitTrigger) trigger_read = NULL;
  g_autoptr (AsyncLitRetryPolicy) retry_read = NULL;
  g_autoptr (GDateTime) end_read = NULL;
  AsyncLitOverlap overlap;
  gboolean coalesce, rerun, paused;
  guint max_instances, max_runs;
  double grace, jitter;

  g_object_get (job, "trigger", &trigger_read, "retry-policy", &retry_read, "misfire-grace", &grace,
                "coalesce", &coalesce, "rerun-interrupted", &rerun, "max-instances", &max_instances,
                "overlap", &overlap, "end-time", &end_read, "max-runs", &max_runs, "jitter",
                &jitter, "paused", &paused, NULL);
  g_assert_true (trigger_read == trigger);
  g_assert_true (retry_read == retry);
  g_assert_cmpfloat (grace, ==, 7.5);
  g_assert_false (coalesce);
  g_assert_true (rerun);
  g_assert_cmpuint (max_instances, ==, 4);
  g_assert_cmpint (overlap, ==, ASYNCLIT_OVERLAP_CANCEL_PREVIOUS);
  assert_time (end_read, "2026-01-01 12:00:00");
  g_assert_cmpuint (max_runs, ==, 9);
  g_assert_cmpfloat (jitter, ==, 0.5);
  g_assert_true (paused);
}

/* The policy applies to the runs that become due from now on. */
static void
test_retry_policy (void)
{
  g_auto (Fixture) fixture = fixture_new ();
  g_autoptr (AsyncLitRetryPolicy) retry
      = asynclit_retry_policy_new_full (3, 0.0, 0.0, 1.0, 0.0, 0.0, NULL);
  g_autoptr (AsyncLitTask) task = NULL;
  AsyncLitScheduledTask *job = fixture_new_job_with (&fixture, asynclit_interval_trigger_new (10),
                                                     "fails", test_work_fail, NULL);

  asynclit_scheduled_task_set_latest_task_name (job, "latest");
  fixture_add (&fixture, job);
  asynclit_scheduled_task_set_retry_policy (job, retry);
  asynclit_scheduler_start (fixture.scheduler);
  fixture_advance (&fixture, 10);
  task = asynclit_task_manager_get (fixture.manager, "global:latest");
  g_assert_cmpuint (asynclit_task_get_attempt (task), ==, 3);
  test_assert_failed (task, G_IO_ERROR, G_IO_ERROR_FAILED);
  /* However many attempts there are, it is one run. */
  g_assert_cmpuint (asynclit_scheduled_task_get_n_runs (job), ==, 1);
}

/* If no time is left before the end, the job ends. */
static void
test_end_time_passed (void)
{
  g_auto (Fixture) fixture = fixture_new ();
  AsyncLitScheduledTask *job = fixture_add_interval (&fixture, "ends", 10);
  g_autoptr (GDateTime) past = fixture_time ("2025-12-31 00:00:00");

  asynclit_scheduler_start (fixture.scheduler);
  asynclit_scheduled_task_set_end_time (job, past);
  g_assert_cmpuint (asynclit_scheduler_get_n_jobs (fixture.scheduler), ==, 0);
  fixture_assert_next (job, NULL);
  fixture_advance (&fixture, 30);
  fixture_assert_runs (&fixture, "");
}

static gboolean
never_retry (const GError *error, gpointer job)
{
  return FALSE;
}

static void
on_predicate_gone (gpointer job)
{
  asynclit_scheduled_task_set_max_runs (job, asynclit_scheduled_task_get_max_runs (job) + 1);
}

/* The destroy function of a replaced policy may use the job. */
static void
test_retry_policy_gone (void)
{
  g_autoptr (AsyncLitScheduledTask) job = job_new ();
  g_autoptr (AsyncLitRetryPolicy) plain = asynclit_retry_policy_new (3);
  AsyncLitRetryPolicy *policy
      = asynclit_retry_policy_with_retry_if (plain, never_retry, job, on_predicate_gone);

  asynclit_scheduled_task_set_retry_policy (job, policy);
  g_object_unref (policy);
  g_assert_cmpuint (asynclit_scheduled_task_get_max_runs (job), ==, 0);
  asynclit_scheduled_task_set_retry_policy (job, NULL);
  g_assert_cmpuint (asynclit_scheduled_task_get_max_runs (job), ==, 1);
}

/* Setting an unchanged value changes no time, not even a random delay. */
static void
test_same_again (void)
{
  g_auto (Fixture) fixture = fixture_new ();
  AsyncLitScheduledTask *job = fixture_add_interval (&fixture, "job", 10);
  g_autoptr (GDateTime) end = fixture_time ("2026-01-02 00:00:00");

  asynclit_scheduled_task_set_end_time (job, end);
  asynclit_scheduled_task_set_max_runs (job, 5);
  asynclit_scheduled_task_set_jitter (job, 3600);
  for (guint i = 0; i < 10; i++)
    {
      g_autoptr (GDateTime) before = asynclit_scheduled_task_get_next_run_time (job);
      g_autoptr (GDateTime) after = NULL;

      asynclit_scheduled_task_set_end_time (job, end);
      asynclit_scheduled_task_set_max_runs (job, 5);
      asynclit_scheduled_task_set_jitter (job, 3600);
      after = asynclit_scheduled_task_get_next_run_time (job);
      g_assert_true (g_date_time_equal (after, before));
    }
}

/* A job that has ended stays while a run is in progress; it may then be given more runs. */
static void
test_limits_can_be_lifted (void)
{
  g_autoptr (TestGate) gate = test_gate_new ();
  g_auto (Fixture) fixture = fixture_new ();
  AsyncLitScheduledTask *job = fixture_new_job_with (&fixture, asynclit_interval_trigger_new (10),
                                                     "lifted", test_work_gate, gate);

  asynclit_scheduled_task_set_max_runs (job, 1);
  fixture_add (&fixture, job);
  asynclit_scheduler_start (fixture.scheduler);
  asynclit_manual_clock_advance (fixture.clock, 10);
  fixture_assert_next (job, NULL);
  g_assert_cmpuint (asynclit_scheduler_get_n_jobs (fixture.scheduler), ==, 1);
  asynclit_scheduled_task_set_max_runs (job, 2);
  fixture_assert_next (job, "2026-01-01 00:00:20");
  test_gate_open (gate);
  fixture_settle (&fixture);
  asynclit_manual_clock_advance (fixture.clock, 30);
  fixture_settle (&fixture);
  g_assert_cmpuint (asynclit_scheduled_task_get_n_runs (job), ==, 2);
  g_assert_cmpuint (asynclit_scheduler_get_n_jobs (fixture.scheduler), ==, 0);
}

/* The same before the first time. */
static void
test_limits_can_be_lifted_early (void)
{
  g_autoptr (TestGate) gate = test_gate_new ();
  g_auto (Fixture) fixture = fixture_new ();
  AsyncLitScheduledTask *job = fixture_new_job_with (&fixture, asynclit_interval_trigger_new (10),
                                                     "lifted", test_work_gate, gate);

  fixture_add (&fixture, job);
  asynclit_scheduler_start (fixture.scheduler);
  g_assert_true (asynclit_scheduled_task_run_now (job));
  asynclit_scheduled_task_set_max_runs (job, 1);
  fixture_assert_next (job, NULL);
  asynclit_scheduled_task_set_max_runs (job, 2);
  fixture_assert_next (job, "2026-01-01 00:00:10");
  test_gate_open (gate);
}

/* Status */

static void
test_where_it_stands (void)
{
  g_autoptr (TestGate) gate = test_gate_new ();
  g_auto (Fixture) fixture = fixture_new ();
  AsyncLitScheduledTask *job = fixture_new_job_with (&fixture, asynclit_interval_trigger_new (10),
                                                     "stands", test_work_gate, gate);
  g_autoptr (GDateTime) next = NULL;
  g_autoptr (GDateTime) last = NULL;
  guint64 n_runs, n_missed, n_skipped;
  guint n_running;

  assert_time_got (asynclit_scheduled_task_get_last_run_time (job), NULL);
  assert_time_got (asynclit_scheduled_task_get_next_run_time (job), NULL);
  fixture_add (&fixture, job);
  asynclit_scheduler_start (fixture.scheduler);
  asynclit_manual_clock_suspend (fixture.clock, 32);
  asynclit_manual_clock_advance (fixture.clock, 10);
  g_object_get (job, "next-run-time", &next, "last-run-time", &last, "n-runs", &n_runs, "n-missed",
                &n_missed, "n-skipped", &n_skipped, "n-running", &n_running, NULL);
  assert_time (next, "2026-01-01 00:00:50");
  assert_time (last, "2026-01-01 00:00:32");
  assert_time_got (asynclit_scheduled_task_get_last_run_time (job), "2026-01-01 00:00:32");
  g_assert_cmpuint (n_runs, ==, 1);
  g_assert_cmpuint (n_missed, ==, 2);
  g_assert_cmpuint (n_skipped, ==, 1);
  g_assert_cmpuint (n_running, ==, 1);
  test_gate_open (gate);
}

/* The time of a run is that of the trigger, not that of its start. */
static void
test_due (void)
{
  g_auto (Fixture) fixture = fixture_new ();
  g_autoptr (GDateTime) due = fixture_time ("2026-01-01 00:00:30");
  g_autoptr (AsyncLitTask) unscheduled = asynclit_task_new ();
  g_autoptr (AsyncLitTask) task = NULL;
  AsyncLitScheduledTask *job
      = fixture_new_job (&fixture, asynclit_interval_trigger_new (10), "due");

  asynclit_scheduled_task_set_latest_task_name (job, "latest");
  fixture_add (&fixture, job);
  asynclit_scheduler_start (fixture.scheduler);
  asynclit_manual_clock_suspend (fixture.clock, 38);
  fixture_assert_runs (&fixture, "00:00:38");
  task = asynclit_task_manager_get (fixture.manager, "global:latest");
  g_assert_cmpint (asynclit_task_get_due (task), ==, g_date_time_to_unix (due) * G_USEC_PER_SEC);
  g_assert_cmpint (asynclit_task_get_due (unscheduled), ==, 0);
}

static void
test_pause_without_scheduler (void)
{
  g_autoptr (AsyncLitScheduledTask) job = job_new ();

  asynclit_scheduled_task_pause (job);
  g_assert_true (asynclit_scheduled_task_get_paused (job));
  asynclit_scheduled_task_pause (job);
  g_assert_true (asynclit_scheduled_task_get_paused (job));
  asynclit_scheduled_task_resume (job);
  g_assert_false (asynclit_scheduled_task_get_paused (job));
  g_assert_false (asynclit_scheduled_task_run_now (job));
  g_assert_false (asynclit_scheduled_task_remove (job));
}

/* Adding */

static void
assert_not_added (AsyncLitScheduler *scheduler, AsyncLitScheduledTask *job, const char *message)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (asynclit_scheduler_add (scheduler, job, TRUE, &error));
  g_assert_error (error, ASYNCLIT_ERROR, ASYNCLIT_ERROR_INVALID_ARGUMENT);
  g_assert_nonnull (strstr (error->message, message));
}

static void
test_cannot_be_added (void)
{
  g_auto (Fixture) fixture = fixture_new ();
  g_auto (Fixture) other = fixture_new ();
  AsyncLitScheduledTask *added = fixture_add_interval (&fixture, "added", 10);
  g_autoptr (AsyncLitScheduledTask) empty
      = g_object_new (ASYNCLIT_TYPE_SCHEDULED_TASK, "name", "empty", NULL);

  assert_not_added (fixture.scheduler, added, "already in a scheduler");
  assert_not_added (other.scheduler, added, "already in a scheduler");
  assert_not_added (fixture.scheduler, empty, "has no trigger");
  g_assert_cmpuint (asynclit_scheduler_get_n_jobs (fixture.scheduler), ==, 1);
  g_assert_cmpuint (asynclit_scheduler_get_n_jobs (other.scheduler), ==, 0);

  /* A removed job may be added to another scheduler. */
  g_assert_true (asynclit_scheduled_task_remove (added));
  g_assert_true (asynclit_scheduler_add (other.scheduler, added, FALSE, NULL));
  g_assert_true (asynclit_scheduled_task_remove (added));
}

/* A job without a name gets a unique ID. */
static void
test_ids (void)
{
  g_auto (Fixture) fixture = fixture_new ();
  const char *ids[2];

  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    {
      AsyncLitScheduledTask *job = job_new ();
      guint n_notified = 0;

      g_signal_connect (job, "notify::job-id", G_CALLBACK (count_notify), &n_notified);
      fixture_add (&fixture, job);
      g_assert_cmpuint (n_notified, ==, 0);
      test_iterate_pending (NULL);
      g_assert_cmpuint (n_notified, ==, 1);
      ids[i] = asynclit_scheduled_task_get_job_id (job);
      g_assert_true (g_uuid_string_is_valid (ids[i]));
    }
  g_assert_cmpstr (ids[0], !=, ids[1]);
}

static void
on_closure (AsyncLitTask *task, GCancellable *cancellable, gpointer data)
{
  asynclit_task_return_int (task, GPOINTER_TO_INT (data));
}

static void
test_closure (void)
{
  g_auto (Fixture) fixture = fixture_new ();
  g_autoptr (AsyncLitTrigger) trigger = asynclit_interval_trigger_new (10);
  g_autoptr (AsyncLitTask) task = NULL;
  AsyncLitScheduledTask *job = asynclit_scheduled_task_new_closure (
      trigger, g_cclosure_new (G_CALLBACK (on_closure), GINT_TO_POINTER (3), NULL));
  AsyncLitScheduledTask *taken = asynclit_scheduled_task_new_closure (trigger, NULL);

  asynclit_scheduled_task_set_manager (job, fixture.manager);
  asynclit_scheduled_task_set_latest_task_name (job, "latest");
  fixture_add (&fixture, job);
  asynclit_scheduler_start (fixture.scheduler);
  fixture_advance (&fixture, 10);
  task = asynclit_task_manager_get (fixture.manager, "global:latest");
  test_assert_int_result (task, 3);

  /* Without a closure, the runs have to be taken. */
  fixture_add (&fixture, taken);
  asynclit_manual_clock_advance (fixture.clock, 10);
  g_assert_cmpuint (asynclit_scheduled_task_get_n_running (taken), ==, 1);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/scheduled-task/defaults", test_defaults);
  g_test_add_func ("/scheduled-task/defaults/stated", test_stated_defaults);
  g_test_add_func ("/scheduled-task/what-it-is", test_what_it_is);
  g_test_add_func ("/scheduled-task/what-it-is/can-be-read", test_what_it_is_can_be_read);
  g_test_add_func ("/scheduled-task/what-it-is/fixed-once-added", test_fixed_once_added);
  g_test_add_func ("/scheduled-task/unset", test_unset);
  g_test_add_func ("/scheduled-task/how-it-runs", test_how_it_runs);
  g_test_add_func ("/scheduled-task/how-it-runs/can-be-read", test_how_it_runs_can_be_read);
  g_test_add_func ("/scheduled-task/how-it-runs/retry-policy", test_retry_policy);
  g_test_add_func ("/scheduled-task/how-it-runs/end-time-passed", test_end_time_passed);
  g_test_add_func ("/scheduled-task/how-it-runs/retry-policy-gone", test_retry_policy_gone);
  g_test_add_func ("/scheduled-task/how-it-runs/same-again", test_same_again);
  g_test_add_func ("/scheduled-task/how-it-runs/limits-lifted", test_limits_can_be_lifted);
  g_test_add_func ("/scheduled-task/how-it-runs/limits-lifted-early",
                   test_limits_can_be_lifted_early);
  g_test_add_func ("/scheduled-task/where-it-stands", test_where_it_stands);
  g_test_add_func ("/scheduled-task/due", test_due);
  g_test_add_func ("/scheduled-task/pause-without-scheduler", test_pause_without_scheduler);
  g_test_add_func ("/scheduled-task/cannot-be-added", test_cannot_be_added);
  g_test_add_func ("/scheduled-task/ids", test_ids);
  g_test_add_func ("/scheduled-task/closure", test_closure);
  return g_test_run ();
}
