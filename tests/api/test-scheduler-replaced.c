/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Jobs that replace others with the same ID, as when a script runs again. */

#include "scheduler-fixture.h"

static void
test_ids (void)
{
  g_auto (Fixture) fixture = fixture_new ();
  AsyncLitScheduledTask *first = fixture_add_interval (&fixture, "same", 10);
  AsyncLitScheduledTask *second
      = fixture_new_job (&fixture, asynclit_interval_trigger_new (10), "same");
  g_autoptr (AsyncLitScheduledTask) found = NULL;
  g_autoptr (GError) error = NULL;

  asynclit_scheduler_start (fixture.scheduler);
  asynclit_manual_clock_advance (fixture.clock, 7);
  g_assert_false (asynclit_scheduler_add (fixture.scheduler, second, FALSE, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS);
  fixture_add (&fixture, second);
  g_assert_cmpstr (asynclit_scheduled_task_get_job_id (first), ==,
                   asynclit_scheduled_task_get_job_id (second));
  g_assert_cmpuint (asynclit_scheduler_get_n_jobs (fixture.scheduler), ==, 1);
  /* Where the first one was. */
  fixture_assert_next (second, "2026-01-01 00:00:10");
  found = asynclit_scheduler_get (fixture.scheduler, asynclit_scheduled_task_get_job_id (first));
  g_assert_true (found == second);
  g_assert_true (
      asynclit_scheduler_remove (fixture.scheduler, asynclit_scheduled_task_get_job_id (first)));
}

/* A replacement continues where the other job was, within its own limits. */
static void
replace_with_end (Fixture *fixture, const char *end, guint max_runs)
{
  AsyncLitScheduledTask *job
      = fixture_new_job (fixture, asynclit_interval_trigger_new (10), "limited");
  g_autoptr (GDateTime) time = end != NULL ? fixture_time (end) : NULL;

  asynclit_scheduled_task_set_end_time (job, time);
  asynclit_scheduled_task_set_max_runs (job, max_runs);
  fixture_add (fixture, job);
}

static void
test_limits (void)
{
  g_auto (Fixture) fixture = fixture_new ();

  replace_with_end (&fixture, NULL, 0);
  asynclit_scheduler_start (fixture.scheduler);
  fixture_advance (&fixture, 25);
  fixture_assert_runs (&fixture, "00:00:10 00:00:20");
  replace_with_end (&fixture, "2026-01-01 00:00:32", 3);
  fixture_advance (&fixture, 30);
  fixture_assert_runs (&fixture, "00:00:30");
  g_assert_cmpuint (asynclit_scheduler_get_n_jobs (fixture.scheduler), ==, 0);

  replace_with_end (&fixture, NULL, 0);
  replace_with_end (&fixture, "2026-01-01 00:00:57", 0); /* before the next time */
  fixture_advance (&fixture, 30);
  fixture_assert_runs (&fixture, "");
  g_assert_cmpuint (asynclit_scheduler_get_n_jobs (fixture.scheduler), ==, 0);
}

static AsyncLitScheduledTask *
replace_with_jitter (Fixture *fixture, double jitter)
{
  AsyncLitScheduledTask *job
      = fixture_new_job (fixture, asynclit_interval_trigger_new (10), "jitter");

  asynclit_scheduled_task_set_jitter (job, jitter);
  return fixture_add (fixture, job);
}

/* The next time is the same to the microsecond; without jitter, it has no random part, either. */
static void
test_jitter (void)
{
  g_auto (Fixture) fixture = fixture_new ();
  g_autoptr (GDateTime) before
      = asynclit_scheduled_task_get_next_run_time (replace_with_jitter (&fixture, 5));
  g_autoptr (GDateTime) after
      = asynclit_scheduled_task_get_next_run_time (replace_with_jitter (&fixture, 5));

  g_assert_true (g_date_time_equal (before, after));
  fixture_assert_next (replace_with_jitter (&fixture, 0), "2026-01-01 00:00:10");
}

/* With another trigger, only the counters continue. */
static void
test_other_trigger (void)
{
  g_auto (Fixture) fixture = fixture_new ();
  AsyncLitScheduledTask *job = fixture_add_interval (&fixture, "job", 10);

  asynclit_scheduler_start (fixture.scheduler);
  fixture_advance (&fixture, 25);
  fixture_assert_runs (&fixture, "00:00:10 00:00:20");
  job = fixture_new_job (&fixture, asynclit_interval_trigger_new (100), "job");
  asynclit_scheduled_task_set_job_id (
      job, asynclit_scheduled_task_get_job_id (g_ptr_array_index (fixture.jobs, 0)));
  fixture_add (&fixture, job);
  g_assert_cmpuint (asynclit_scheduled_task_get_n_runs (job), ==, 2);
  fixture_assert_next (job, "2026-01-01 00:02:05");
}

/* A job that would never run replaces nothing, and inherits nothing. */
static void
test_never (void)
{
  g_auto (Fixture) fixture = fixture_new ();
  AsyncLitScheduledTask *old = fixture_add_interval (&fixture, "job", 10);
  g_autoptr (AsyncLitScheduledTask) job
      = fixture_new_job (&fixture, asynclit_interval_trigger_new (100), "job");
  g_autoptr (GDateTime) past = fixture_time ("2025-01-01 00:00:00");
  g_autoptr (GDateTime) last_run = NULL;
  g_autoptr (GError) error = NULL;

  asynclit_scheduler_start (fixture.scheduler);
  fixture_advance (&fixture, 10);
  fixture_assert_runs (&fixture, "00:00:10");
  asynclit_scheduled_task_set_job_id (job, asynclit_scheduled_task_get_job_id (old));
  asynclit_scheduled_task_set_end_time (job, past);
  g_assert_false (asynclit_scheduler_add (fixture.scheduler, job, TRUE, &error));
  g_assert_error (error, ASYNCLIT_ERROR, ASYNCLIT_ERROR_INVALID_ARGUMENT);
  last_run = asynclit_scheduled_task_get_last_run_time (job);
  g_assert_null (last_run);
  g_assert_cmpuint (asynclit_scheduled_task_get_n_runs (job), ==, 0);
  fixture_assert_next (old, "2026-01-01 00:00:20");
  fixture_advance (&fixture, 10);
  fixture_assert_runs (&fixture, "00:00:20");
}

static void
count_notify (AsyncLitScheduledTask *job, GParamSpec *pspec, guint *count)
{
  (*count)++;
}

/* Listeners of the new job are notified of what it inherits. */
static void
test_told (void)
{
  g_auto (Fixture) fixture = fixture_new ();
  AsyncLitScheduledTask *old = fixture_add_interval (&fixture, "job", 10);
  AsyncLitScheduledTask *job
      = fixture_new_job (&fixture, asynclit_interval_trigger_new (10), "job");
  guint n_runs_told = 0, paused_told = 0;

  asynclit_scheduler_start (fixture.scheduler);
  fixture_advance (&fixture, 10);
  fixture_assert_runs (&fixture, "00:00:10");
  asynclit_scheduled_task_pause (old);
  g_signal_connect (job, "notify::n-runs", G_CALLBACK (count_notify), &n_runs_told);
  g_signal_connect (job, "notify::paused", G_CALLBACK (count_notify), &paused_told);
  fixture_add (&fixture, job);
  test_iterate_pending (NULL);
  g_assert_cmpuint (asynclit_scheduled_task_get_n_runs (job), ==, 1);
  g_assert_true (asynclit_scheduled_task_get_paused (job));
  g_assert_cmpuint (n_runs_told, ==, 1);
  g_assert_cmpuint (paused_told, ==, 1);
}

static void
test_paused (void)
{
  g_auto (Fixture) fixture = fixture_new ();

  asynclit_scheduled_task_pause (fixture_add_interval (&fixture, "job", 10));
  g_assert_true (asynclit_scheduled_task_get_paused (fixture_add_interval (&fixture, "job", 10)));
}

static AsyncLitScheduledTask *
add_gated (Fixture *fixture, TestGate *gate)
{
  AsyncLitScheduledTask *job = fixture_new_job_with (fixture, asynclit_interval_trigger_new (10),
                                                     "job", test_work_gate, gate);

  asynclit_scheduled_task_set_overlap (job, ASYNCLIT_OVERLAP_QUEUE);
  return fixture_add (fixture, job);
}

/* Runs in progress, and those that wait for their end, count for the new job. */
static void
test_under_way (void)
{
  g_autoptr (TestGate) gate = test_gate_new ();
  g_auto (Fixture) fixture = fixture_new ();
  AsyncLitScheduledTask *old = add_gated (&fixture, gate);
  AsyncLitScheduledTask *job;

  asynclit_scheduler_start (fixture.scheduler);
  asynclit_manual_clock_advance (fixture.clock, 20);
  test_gate_await_arrivals (gate, 1);
  job = add_gated (&fixture, gate);
  g_assert_cmpuint (asynclit_scheduled_task_get_n_running (old), ==, 0);
  g_assert_cmpuint (asynclit_scheduled_task_get_n_running (job), ==, 1);
  asynclit_manual_clock_advance (fixture.clock, 10);
  g_assert_cmpuint (asynclit_scheduled_task_get_n_runs (job), ==, 1);
  test_gate_open (gate);
  fixture_settle (&fixture);
  g_assert_cmpuint (asynclit_scheduled_task_get_n_runs (job), ==, 3);
  g_assert_cmpuint (asynclit_scheduled_task_get_n_runs (old), ==, 1);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/scheduler-replaced/ids", test_ids);
  g_test_add_func ("/scheduler-replaced/limits", test_limits);
  g_test_add_func ("/scheduler-replaced/jitter", test_jitter);
  g_test_add_func ("/scheduler-replaced/other-trigger", test_other_trigger);
  g_test_add_func ("/scheduler-replaced/never", test_never);
  g_test_add_func ("/scheduler-replaced/told", test_told);
  g_test_add_func ("/scheduler-replaced/paused", test_paused);
  g_test_add_func ("/scheduler-replaced/under-way", test_under_way);
  return g_test_run ();
}
