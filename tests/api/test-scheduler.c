/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Schedulers and their jobs, on a clock that the test moves. */

#include "scheduler-fixture.h"

/* When jobs run */

static void
test_interval_grid (void)
{
  g_auto (Fixture) fixture = fixture_new ();
  AsyncLitScheduledTask *job = fixture_add_interval (&fixture, "grid", 10);

  asynclit_scheduler_start (fixture.scheduler);
  fixture_advance (&fixture, 35);
  g_assert_cmpuint (asynclit_scheduled_task_get_n_runs (job), ==, 3);
  fixture_assert_runs (&fixture, "00:00:10 00:00:20 00:00:30");
  fixture_assert_next (job, "2026-01-01 00:00:40");
}

static void
test_not_before_start (void)
{
  g_auto (Fixture) fixture = fixture_new ();
  AsyncLitScheduledTask *job = fixture_add_interval (&fixture, "early", 10);

  fixture_advance (&fixture, 35);
  g_assert_cmpuint (asynclit_scheduled_task_get_n_runs (job), ==, 0);
  /* It counts from the start of the scheduler. */
  asynclit_scheduler_start (fixture.scheduler);
  fixture_assert_next (job, "2026-01-01 00:00:45");
}

static void
test_first_run_now (void)
{
  g_auto (Fixture) fixture = fixture_new ();
  AsyncLitScheduledTask *job
      = fixture_new_job (&fixture, asynclit_interval_trigger_new (10), "now");

  asynclit_scheduled_task_set_first_run (job, ASYNCLIT_FIRST_RUN_NOW);
  fixture_add (&fixture, job);
  asynclit_scheduler_start (fixture.scheduler);
  asynclit_manual_clock_advance (fixture.clock, 0);
  fixture_assert_runs (&fixture, "00:00:00");
  fixture_assert_next (job, "2026-01-01 00:00:10");
}

static void
test_first_run_aligned (void)
{
  g_auto (Fixture) fixture = fixture_new ();
  AsyncLitScheduledTask *job
      = fixture_new_job (&fixture, asynclit_interval_trigger_new (900), "aligned");

  asynclit_scheduler_start (fixture.scheduler);
  asynclit_manual_clock_advance (fixture.clock, 100);
  asynclit_scheduled_task_set_first_run (job, ASYNCLIT_FIRST_RUN_ALIGNED);
  fixture_add (&fixture, job);
  fixture_advance (&fixture, 1800);
  fixture_assert_runs (&fixture, "00:15:00 00:30:00");
}

static void
test_start_and_end (void)
{
  g_auto (Fixture) fixture = fixture_new ();
  AsyncLitScheduledTask *job
      = fixture_new_job (&fixture, asynclit_interval_trigger_new (10), "limits");
  g_autoptr (GDateTime) start = fixture_time ("2026-01-01 00:01:05");
  g_autoptr (GDateTime) end = fixture_time ("2026-01-01 00:01:25");

  asynclit_scheduled_task_set_start_time (job, start);
  asynclit_scheduled_task_set_end_time (job, end);
  fixture_add (&fixture, job);
  asynclit_scheduler_start (fixture.scheduler);
  fixture_advance (&fixture, 200);
  fixture_assert_runs (&fixture, "00:01:05 00:01:15 00:01:25");
  /* The job has ended, and was removed. */
  g_assert_cmpuint (asynclit_scheduler_get_n_jobs (fixture.scheduler), ==, 0);
}

static void
test_max_runs (void)
{
  g_auto (Fixture) fixture = fixture_new ();
  AsyncLitScheduledTask *job
      = fixture_new_job (&fixture, asynclit_interval_trigger_new (10), "twice");

  asynclit_scheduled_task_set_max_runs (job, 2);
  fixture_add (&fixture, job);
  asynclit_scheduler_start (fixture.scheduler);
  fixture_advance (&fixture, 100);
  fixture_assert_runs (&fixture, "00:00:10 00:00:20");
  g_assert_cmpuint (asynclit_scheduler_get_n_jobs (fixture.scheduler), ==, 0);
  g_assert_false (asynclit_scheduled_task_remove (job));
}

static void
test_date (void)
{
  g_auto (Fixture) fixture = fixture_new ();
  g_autoptr (GDateTime) when = fixture_time ("2026-01-01 12:00:00");

  fixture_add (&fixture, fixture_new_job (&fixture, asynclit_date_trigger_new (when), "once"));
  asynclit_scheduler_start (fixture.scheduler);
  fixture_advance (&fixture, 86400);
  fixture_assert_runs (&fixture, "12:00:00");
  g_assert_cmpuint (asynclit_scheduler_get_n_jobs (fixture.scheduler), ==, 0);
}

static void
test_cron (void)
{
  g_auto (Fixture) fixture = fixture_new ();
  AsyncLitTrigger *trigger
      = asynclit_cron_trigger_new ("0 9 * * *", ASYNCLIT_CRON_DIALECT_CRON, "UTC", NULL);

  fixture_add (&fixture, fixture_new_job (&fixture, trigger, "daily"));
  asynclit_scheduler_start (fixture.scheduler);
  fixture_advance (&fixture, 3 * 86400);
  fixture_assert_runs (&fixture, "09:00:00 09:00:00 09:00:00");
}

static void
test_jitter (void)
{
  g_auto (Fixture) fixture = fixture_new ();
  AsyncLitScheduledTask *job
      = fixture_new_job (&fixture, asynclit_interval_trigger_new (100), "jitter");

  asynclit_scheduled_task_set_jitter (job, 10);
  fixture_add (&fixture, job);
  asynclit_scheduler_start (fixture.scheduler);
  for (int i = 1; i <= 50; i++)
    {
      g_autoptr (GDateTime) next = asynclit_scheduled_task_get_next_run_time (job);
      g_autoptr (GDateTime) start = fixture_time ("2026-01-01 00:00:00");
      double since = (double) g_date_time_difference (next, start) / G_TIME_SPAN_SECOND;

      /* The delay of one run does not affect the next. */
      g_assert_cmpfloat (since, >=, i * 100);
      g_assert_cmpfloat (since, <=, i * 100 + 10);
      g_assert_true (asynclit_manual_clock_advance_to_next (fixture.clock));
      fixture_settle (&fixture);
    }
  g_assert_cmpuint (asynclit_scheduled_task_get_n_runs (job), ==, 50);
  g_assert_cmpuint (asynclit_scheduled_task_get_n_missed (job), ==, 0);
}

static void
test_fixed_delay (void)
{
  g_autoptr (TestGate) gate = test_gate_new ();
  g_auto (Fixture) fixture = fixture_new ();
  AsyncLitScheduledTask *job = fixture_new_job_with (
      &fixture, asynclit_interval_trigger_new_with_fixed_delay (10), "pause", test_work_gate, gate);

  fixture_add (&fixture, job);
  asynclit_scheduler_start (fixture.scheduler);
  asynclit_manual_clock_advance (fixture.clock, 10);
  test_gate_await_arrivals (gate, 1);
  fixture_assert_next (job, NULL);
  asynclit_manual_clock_advance (fixture.clock, 1000);
  test_gate_open (gate);
  fixture_settle (&fixture);
  /* Counted from the end. */
  fixture_assert_next (job, "2026-01-01 00:17:00");
  g_assert_cmpuint (asynclit_scheduled_task_get_n_runs (job), ==, 1);
}

/* Late runs */

static void
test_coalesce (void)
{
  g_auto (Fixture) fixture = fixture_new ();
  AsyncLitScheduledTask *job = fixture_add_interval (&fixture, "late", 10);

  asynclit_scheduler_start (fixture.scheduler);
  asynclit_manual_clock_suspend (fixture.clock, 58);
  fixture_assert_runs (&fixture, "00:00:58");
  g_assert_cmpuint (asynclit_scheduled_task_get_n_runs (job), ==, 1);
  g_assert_cmpuint (asynclit_scheduled_task_get_n_missed (job), ==, 4);
  fixture_assert_next (job, "2026-01-01 00:01:00");
}

static void
test_no_coalesce (void)
{
  g_auto (Fixture) fixture = fixture_new ();
  AsyncLitScheduledTask *job = fixture_add_interval (&fixture, "each", 10);

  asynclit_scheduled_task_set_coalesce (job, FALSE);
  asynclit_scheduled_task_set_overlap (job, ASYNCLIT_OVERLAP_QUEUE);
  asynclit_scheduler_start (fixture.scheduler);
  asynclit_manual_clock_suspend (fixture.clock, 38);
  fixture_assert_runs (&fixture, "00:00:38 00:00:38 00:00:38");
  g_assert_cmpuint (asynclit_scheduled_task_get_n_missed (job), ==, 0);
}

static void
test_grace (void)
{
  g_auto (Fixture) fixture = fixture_new ();
  AsyncLitScheduledTask *job = fixture_add_interval (&fixture, "grace", 100);

  asynclit_scheduled_task_set_misfire_grace (job, 5);
  asynclit_scheduler_start (fixture.scheduler);
  asynclit_manual_clock_suspend (fixture.clock, 104);
  fixture_assert_runs (&fixture, "00:01:44");
  asynclit_manual_clock_suspend (fixture.clock, 102);
  fixture_assert_runs (&fixture, "");
  g_assert_cmpuint (asynclit_scheduled_task_get_n_missed (job), ==, 1);
  fixture_assert_next (job, "2026-01-01 00:05:00");
}

/* Each of them is in time, or not. */
static void
test_no_coalesce_grace (void)
{
  g_auto (Fixture) fixture = fixture_new ();
  AsyncLitScheduledTask *job = fixture_add_interval (&fixture, "each", 10);

  asynclit_scheduled_task_set_coalesce (job, FALSE);
  asynclit_scheduled_task_set_misfire_grace (job, 15);
  asynclit_scheduler_start (fixture.scheduler);
  asynclit_manual_clock_suspend (fixture.clock, 38);
  fixture_assert_runs (&fixture, "00:00:38");
  g_assert_cmpuint (asynclit_scheduled_task_get_n_missed (job), ==, 2);
  fixture_assert_next (job, "2026-01-01 00:00:40");
}

/* However many there are, each is counted: as a run, as missed or as skipped. */
static void
test_no_coalesce_many (void)
{
  g_auto (Fixture) fixture = fixture_new ();
  AsyncLitScheduledTask *job = fixture_add_interval (&fixture, "each", 0.001);

  asynclit_scheduled_task_set_coalesce (job, FALSE);
  asynclit_scheduler_start (fixture.scheduler);
  asynclit_manual_clock_suspend (fixture.clock, 30);
  fixture_settle (&fixture);
  g_assert_cmpuint (asynclit_scheduled_task_get_n_missed (job), >, 0);
  g_assert_cmpuint (asynclit_scheduled_task_get_n_runs (job)
                        + asynclit_scheduled_task_get_n_missed (job)
                        + asynclit_scheduled_task_get_n_skipped (job),
                    ==, 30000);
}

/* A long suspension with a job that is due each second: fast and exact. */
static void
test_many_missed (void)
{
  g_auto (Fixture) fixture = fixture_new ();
  AsyncLitScheduledTask *job = fixture_add_interval (&fixture, "second", 1);

  asynclit_scheduler_start (fixture.scheduler);
  asynclit_manual_clock_suspend (fixture.clock, 86400. * 365);
  g_assert_cmpuint (asynclit_scheduled_task_get_n_missed (job), ==, 86400 * 365 - 1);
  g_assert_cmpuint (asynclit_scheduled_task_get_n_runs (job), ==, 1);
}

static void
test_stopped_for_a_while (void)
{
  g_auto (Fixture) fixture = fixture_new ();
  AsyncLitScheduledTask *job = fixture_add_interval (&fixture, "restart", 10);

  asynclit_scheduler_start (fixture.scheduler);
  fixture_advance (&fixture, 10);
  asynclit_scheduler_shutdown (fixture.scheduler, TRUE);
  g_assert_false (asynclit_scheduler_get_running (fixture.scheduler));
  asynclit_manual_clock_advance (fixture.clock, 25);
  fixture_assert_runs (&fixture, "00:00:10");
  asynclit_scheduler_start (fixture.scheduler);
  asynclit_manual_clock_advance (fixture.clock, 0);
  fixture_assert_runs (&fixture, "00:00:35");
  fixture_assert_next (job, "2026-01-01 00:00:40");
}

/* Overlaps */

typedef struct {
  Fixture fixture;
  TestGate *gate;
  AsyncLitScheduledTask *job;
} Overlap;

static void
overlap_set_up (Overlap *self, AsyncLitOverlap overlap, AsyncLitTaskFunc func)
{
  self->fixture = fixture_new ();
  self->gate = test_gate_new ();
  self->job = fixture_new_job_with (&self->fixture, asynclit_interval_trigger_new (10), "overlap",
                                    func, self->gate);
  asynclit_scheduled_task_set_overlap (self->job, overlap);
  fixture_add (&self->fixture, self->job);
  asynclit_scheduler_start (self->fixture.scheduler);
  asynclit_manual_clock_advance (self->fixture.clock, 10);
  test_gate_await_arrivals (self->gate, 1);
  asynclit_manual_clock_advance (self->fixture.clock, 20);
}

static void
overlap_tear_down (Overlap *self)
{
  test_gate_open (self->gate);
  fixture_clear (&self->fixture);
  test_gate_free (self->gate);
}

static void
test_overlap_skip (void)
{
  Overlap test;

  overlap_set_up (&test, ASYNCLIT_OVERLAP_SKIP, test_work_gate);
  g_assert_cmpuint (asynclit_scheduled_task_get_n_runs (test.job), ==, 1);
  g_assert_cmpuint (asynclit_scheduled_task_get_n_skipped (test.job), ==, 2);
  g_assert_cmpuint (asynclit_scheduled_task_get_n_running (test.job), ==, 1);
  overlap_tear_down (&test);
}

static void
test_overlap_queue (void)
{
  Overlap test;

  overlap_set_up (&test, ASYNCLIT_OVERLAP_QUEUE, test_work_gate);
  g_assert_cmpuint (asynclit_scheduled_task_get_n_runs (test.job), ==, 1);
  test_gate_open (test.gate);
  fixture_settle (&test.fixture);
  g_assert_cmpuint (asynclit_scheduled_task_get_n_runs (test.job), ==, 3);
  g_assert_cmpuint (asynclit_scheduled_task_get_n_skipped (test.job), ==, 0);
  overlap_tear_down (&test);
}

static gboolean
has_run_twice (gpointer job)
{
  return asynclit_scheduled_task_get_n_runs (job) >= 2
         && asynclit_scheduled_task_get_n_running (job) == 1;
}

static void
test_overlap_cancel_previous (void)
{
  Overlap test;

  overlap_set_up (&test, ASYNCLIT_OVERLAP_CANCEL_PREVIOUS, test_work_until_cancelled);
  test_gate_open (test.gate);
  test_poll_until (has_run_twice, test.job);
  asynclit_task_manager_close (test.fixture.manager, ASYNCLIT_CLOSE_MODE_CANCEL);
  overlap_tear_down (&test);
}

/* The waiting run is replaced if the previous one does not end although it was cancelled. */
static void
test_overlap_replaced (void)
{
  Overlap test;

  overlap_set_up (&test, ASYNCLIT_OVERLAP_CANCEL_PREVIOUS, test_work_gate);
  g_assert_cmpuint (asynclit_scheduled_task_get_n_runs (test.job), ==, 1);
  g_assert_cmpuint (asynclit_scheduled_task_get_n_skipped (test.job), ==, 1);
  test_gate_open (test.gate);
  fixture_settle (&test.fixture);
  g_assert_cmpuint (asynclit_scheduled_task_get_n_runs (test.job), ==, 2);
  overlap_tear_down (&test);
}

/* The number is limited: a job that always falls behind skips runs. */
static void
test_overlap_queue_full (void)
{
  Overlap test;

  overlap_set_up (&test, ASYNCLIT_OVERLAP_QUEUE, test_work_gate);
  for (guint i = 0; i < 2000; i++)
    g_assert_true (asynclit_scheduled_task_run_now (test.job));
  g_assert_cmpuint (asynclit_scheduled_task_get_n_skipped (test.job), >, 0);
  g_assert_cmpuint (asynclit_scheduled_task_get_n_skipped (test.job), <, 2000);
  /* Waiting runs are dropped with the job. */
  g_assert_true (asynclit_scheduled_task_remove (test.job));
  test_gate_open (test.gate);
  fixture_settle (&test.fixture);
  g_assert_cmpuint (asynclit_scheduled_task_get_n_runs (test.job), ==, 1);
  overlap_tear_down (&test);
}

static void
test_max_instances (void)
{
  Overlap test;

  overlap_set_up (&test, ASYNCLIT_OVERLAP_QUEUE, test_work_gate);
  asynclit_scheduled_task_set_max_instances (test.job, 2);
  g_assert_cmpuint (asynclit_scheduled_task_get_n_running (test.job), ==, 2);
  asynclit_scheduled_task_set_max_instances (test.job, 0);
  g_assert_cmpuint (asynclit_scheduled_task_get_n_running (test.job), ==, 3);
  overlap_tear_down (&test);
}

/* Changing jobs */

static void
test_pause (void)
{
  g_auto (Fixture) fixture = fixture_new ();
  AsyncLitScheduledTask *job = fixture_add_interval (&fixture, "pause", 10);

  asynclit_scheduler_start (fixture.scheduler);
  asynclit_scheduled_task_pause (job);
  fixture_assert_next (job, NULL);
  fixture_advance (&fixture, 35);
  asynclit_scheduled_task_resume (job);
  fixture_assert_runs (&fixture, "");
  g_assert_cmpuint (asynclit_scheduled_task_get_n_missed (job), ==, 0);
  fixture_assert_next (job, "2026-01-01 00:00:40");
}

/* If nothing was due in the meantime, nothing changes. */
static void
test_pause_shortly (void)
{
  g_auto (Fixture) fixture = fixture_new ();
  AsyncLitScheduledTask *job = fixture_add_interval (&fixture, "pause", 10);

  asynclit_scheduler_start (fixture.scheduler);
  asynclit_scheduled_task_pause (job);
  asynclit_manual_clock_advance (fixture.clock, 5);
  asynclit_scheduled_task_resume (job);
  fixture_assert_next (job, "2026-01-01 00:00:10");
}

static void
test_run_now (void)
{
  g_auto (Fixture) fixture = fixture_new ();
  AsyncLitScheduledTask *job = fixture_add_interval (&fixture, "now", 10);

  g_assert_true (asynclit_scheduled_task_run_now (job));
  fixture_assert_runs (&fixture, "00:00:00");
  asynclit_scheduler_start (fixture.scheduler);
  fixture_advance (&fixture, 4);
  g_assert_true (asynclit_scheduled_task_run_now (job));
  fixture_assert_runs (&fixture, "00:00:04");
  fixture_assert_next (job, "2026-01-01 00:00:10");
  g_assert_true (asynclit_scheduled_task_remove (job));
  g_assert_false (asynclit_scheduled_task_run_now (job));
}

static void
test_modify (void)
{
  g_auto (Fixture) fixture = fixture_new ();
  AsyncLitScheduledTask *job = fixture_add_interval (&fixture, "modify", 10);
  g_autoptr (AsyncLitTrigger) slower = asynclit_interval_trigger_new (100);
  g_autoptr (AsyncLitTrigger) got = NULL;

  asynclit_scheduler_start (fixture.scheduler);
  fixture_advance (&fixture, 5);
  asynclit_scheduled_task_set_trigger (job, slower);
  fixture_assert_next (job, "2026-01-01 00:01:45");
  got = asynclit_scheduled_task_get_trigger (job);
  g_assert_true (got == slower);
  asynclit_scheduled_task_set_max_runs (job, 1);
  fixture_advance (&fixture, 300);
  fixture_assert_runs (&fixture, "00:01:45");
}

/* Times are computed again, but not from before the start. */
static void
test_modify_before_start (void)
{
  g_auto (Fixture) fixture = fixture_new ();
  AsyncLitScheduledTask *job
      = fixture_new_job (&fixture, asynclit_interval_trigger_new (10), "modify");
  g_autoptr (AsyncLitTrigger) slower = asynclit_interval_trigger_new (100);
  g_autoptr (GDateTime) start = fixture_time ("2026-01-01 00:05:00");

  asynclit_scheduled_task_set_start_time (job, start);
  fixture_add (&fixture, job);
  asynclit_scheduler_start (fixture.scheduler);
  asynclit_scheduled_task_set_trigger (job, slower);
  fixture_assert_next (job, "2026-01-01 00:05:00");
  fixture_advance (&fixture, 410);
  fixture_assert_runs (&fixture, "00:05:00 00:06:40");
}

static void
test_properties (void)
{
  g_auto (Fixture) fixture = fixture_new ();
  g_autoptr (AsyncLitScheduleStore) store = NULL;
  gboolean running;
  guint n_jobs;

  fixture_add_interval (&fixture, "job", 10);
  asynclit_scheduler_start (fixture.scheduler);
  g_object_get (fixture.scheduler, "running", &running, "n-jobs", &n_jobs, "store", &store, NULL);
  g_assert_true (running);
  g_assert_cmpuint (n_jobs, ==, 1);
  g_assert_null (store);
  g_assert_false (asynclit_scheduler_remove (fixture.scheduler, "no such job"));
}

static void
test_never (void)
{
  g_auto (Fixture) fixture = fixture_new ();
  g_autoptr (AsyncLitScheduledTask) job
      = fixture_new_job (&fixture, asynclit_interval_trigger_new (10), "never");
  g_autoptr (GDateTime) past = fixture_time ("2025-01-01 00:00:00");
  g_autoptr (GError) error = NULL;

  asynclit_scheduled_task_set_end_time (job, past);
  g_assert_false (asynclit_scheduler_add (fixture.scheduler, job, TRUE, &error));
  g_assert_error (error, ASYNCLIT_ERROR, ASYNCLIT_ERROR_INVALID_ARGUMENT);
}

static void
test_latest_task (void)
{
  g_auto (Fixture) fixture = fixture_new ();
  AsyncLitScheduledTask *job
      = fixture_new_job (&fixture, asynclit_interval_trigger_new (10), "latest");
  g_autoptr (AsyncLitTask) task = NULL;

  asynclit_scheduled_task_set_latest_task_name (job, "weather");
  g_assert_cmpstr (asynclit_scheduled_task_get_latest_task_key (job), ==, "global:weather");
  fixture_add (&fixture, job);
  asynclit_scheduler_start (fixture.scheduler);
  fixture_advance (&fixture, 10);
  task = asynclit_task_manager_get (fixture.manager, "global:weather");
  g_assert_nonnull (task);
  g_assert_cmpstr (asynclit_task_get_name (task), ==, "latest");
  g_assert_cmpint (asynclit_task_get_status (task), ==, ASYNCLIT_TASK_STATUS_DONE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/scheduler/interval/grid", test_interval_grid);
  g_test_add_func ("/scheduler/interval/not-before-start", test_not_before_start);
  g_test_add_func ("/scheduler/first-run/now", test_first_run_now);
  g_test_add_func ("/scheduler/first-run/aligned", test_first_run_aligned);
  g_test_add_func ("/scheduler/start-and-end", test_start_and_end);
  g_test_add_func ("/scheduler/max-runs", test_max_runs);
  g_test_add_func ("/scheduler/date", test_date);
  g_test_add_func ("/scheduler/cron", test_cron);
  g_test_add_func ("/scheduler/jitter", test_jitter);
  g_test_add_func ("/scheduler/fixed-delay", test_fixed_delay);
  g_test_add_func ("/scheduler/late/coalesce", test_coalesce);
  g_test_add_func ("/scheduler/late/no-coalesce", test_no_coalesce);
  g_test_add_func ("/scheduler/late/no-coalesce/grace", test_no_coalesce_grace);
  g_test_add_func ("/scheduler/late/no-coalesce/many", test_no_coalesce_many);
  g_test_add_func ("/scheduler/late/grace", test_grace);
  g_test_add_func ("/scheduler/late/many", test_many_missed);
  g_test_add_func ("/scheduler/late/stopped-for-a-while", test_stopped_for_a_while);
  g_test_add_func ("/scheduler/overlap/skip", test_overlap_skip);
  g_test_add_func ("/scheduler/overlap/queue", test_overlap_queue);
  g_test_add_func ("/scheduler/overlap/cancel-previous", test_overlap_cancel_previous);
  g_test_add_func ("/scheduler/overlap/replaced", test_overlap_replaced);
  g_test_add_func ("/scheduler/overlap/queue-full", test_overlap_queue_full);
  g_test_add_func ("/scheduler/overlap/max-instances", test_max_instances);
  g_test_add_func ("/scheduler/pause", test_pause);
  g_test_add_func ("/scheduler/pause/shortly", test_pause_shortly);
  g_test_add_func ("/scheduler/run-now", test_run_now);
  g_test_add_func ("/scheduler/modify", test_modify);
  g_test_add_func ("/scheduler/modify/before-start", test_modify_before_start);
  g_test_add_func ("/scheduler/properties", test_properties);
  g_test_add_func ("/scheduler/never", test_never);
  g_test_add_func ("/scheduler/latest-task", test_latest_task);
  return g_test_run ();
}
