/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A start and an end apply to the moment at which a run begins, on the wall clock. No time is so
 * far away that a job runs forever, or is lost. */

#include "scheduler-fixture.h"

#include <math.h>

static AsyncLitScheduledTask *
interval_job (Fixture *fixture, double seconds)
{
  return fixture_new_job (fixture, asynclit_interval_trigger_new (seconds), "job");
}

static AsyncLitScheduledTask *
cron_job (Fixture *fixture, const char *expression)
{
  return fixture_new_job (
      fixture, asynclit_cron_trigger_new (expression, ASYNCLIT_CRON_DIALECT_CRON, "UTC", NULL),
      "job");
}

static AsyncLitScheduledTask *
date_job (Fixture *fixture, const char *text)
{
  g_autoptr (GDateTime) when = fixture_time (text);

  return fixture_new_job (fixture, asynclit_date_trigger_new (when), "job");
}

static void
set_start (AsyncLitScheduledTask *job, const char *text)
{
  g_autoptr (GDateTime) time = fixture_time (text);

  asynclit_scheduled_task_set_start_time (job, time);
}

static void
set_end (AsyncLitScheduledTask *job, const char *text)
{
  g_autoptr (GDateTime) time = fixture_time (text);

  asynclit_scheduled_task_set_end_time (job, time);
}

static void
add_and_start (Fixture *fixture, AsyncLitScheduledTask *job)
{
  fixture_add (fixture, job);
  asynclit_scheduler_start (fixture->scheduler);
}

static guint
n_jobs (Fixture *fixture)
{
  return asynclit_scheduler_get_n_jobs (fixture->scheduler);
}

/* An hour of jitter, and an end a minute after the first time. */
static void
test_jitter_before_end (void)
{
  for (guint i = 0; i < 40; i++)
    {
      g_auto (Fixture) fixture = fixture_new ();
      AsyncLitScheduledTask *job
          = i % 2 == 0 ? interval_job (&fixture, 60) : cron_job (&fixture, "1 0 * * *");
      gint64 late;

      asynclit_scheduled_task_set_jitter (job, 3600);
      set_end (job, i % 4 < 2 ? "2026-01-01 00:02:00" : "2026-01-01 00:01:00");
      add_and_start (&fixture, job);
      g_assert_true (asynclit_manual_clock_advance_to_next (fixture.clock));
      fixture_settle (&fixture);
      late = asynclit_clock_get_wall_time (ASYNCLIT_CLOCK (fixture.clock))
             - G_GINT64_CONSTANT (1767225600000000);
      g_assert_cmpuint (asynclit_scheduled_task_get_n_runs (job), ==, 1);
      g_assert_cmpint (late, >=, 60 * G_USEC_PER_SEC);
      g_assert_cmpint (late, <=, (i % 4 < 2 ? 120 : 60) * G_USEC_PER_SEC);
    }
}

/* If the end is moved to an earlier time, so is a delayed run. */
static void
test_jitter_and_earlier_end (void)
{
  g_auto (Fixture) fixture = fixture_new ();
  AsyncLitScheduledTask *job = interval_job (&fixture, 60);

  asynclit_scheduled_task_set_jitter (job, 3600);
  add_and_start (&fixture, job);
  set_end (job, "2026-01-01 00:01:00");
  fixture_advance (&fixture, 7200);
  fixture_assert_runs (&fixture, "00:01:00");
  g_assert_cmpuint (n_jobs (&fixture), ==, 0);
}

/* An interval uses the monotonic clock; its end is a wall time. */
static void
test_end_and_clock_forward (void)
{
  g_auto (Fixture) fixture = fixture_new ();
  AsyncLitScheduledTask *job = interval_job (&fixture, 3600);

  set_end (job, "2026-01-01 03:00:00");
  add_and_start (&fixture, job);
  fixture_set_wall (&fixture, "2026-01-01 08:00:00");
  g_assert_cmpuint (n_jobs (&fixture), ==, 0);
  fixture_advance (&fixture, 7200);
  fixture_assert_runs (&fixture, "");
}

static void
test_end_and_clock_back (void)
{
  g_auto (Fixture) fixture = fixture_new ();
  AsyncLitScheduledTask *job = interval_job (&fixture, 3600);

  set_end (job, "2026-01-01 02:00:00");
  add_and_start (&fixture, job);
  fixture_set_wall (&fixture, "2025-12-31 22:00:00");
  fixture_advance (&fixture, 6 * 3600);
  fixture_assert_runs (&fixture, "23:00:00 00:00:00 01:00:00 02:00:00");
  g_assert_cmpuint (n_jobs (&fixture), ==, 0);
}

/* Runs that are late after the end are missed: the program was suspended, or the clock was set. */
static void
test_late_after_end (void)
{
  for (guint i = 0; i < 3; i++)
    {
      g_auto (Fixture) fixture = fixture_new ();
      AsyncLitScheduledTask *job = i == 0   ? interval_job (&fixture, 3600)
                                   : i == 1 ? cron_job (&fixture, "0 * * * *")
                                            : date_job (&fixture, "2026-01-01 01:00:00");

      set_end (job, "2026-01-01 02:30:00");
      asynclit_scheduled_task_set_coalesce (job, i != 1);
      add_and_start (&fixture, job);
      asynclit_manual_clock_suspend (fixture.clock, 5 * 3600);
      fixture_assert_runs (&fixture, "");
      g_assert_cmpuint (asynclit_scheduled_task_get_n_missed (job), ==, i == 2 ? 1 : 2);
      g_assert_cmpuint (n_jobs (&fixture), ==, 0);
    }
}

/* There is a tolerance for busy machines. */
static void
test_a_moment_after_end (void)
{
  g_auto (Fixture) fixture = fixture_new ();
  AsyncLitScheduledTask *job = interval_job (&fixture, 3600);

  set_end (job, "2026-01-01 01:00:00");
  add_and_start (&fixture, job);
  asynclit_manual_clock_suspend (fixture.clock, 3600.5);
  fixture_assert_runs (&fixture, "01:00:00");
}

/* A run that waits for another one, until after the end. */
static void
test_waiting_after_end (void)
{
  g_auto (Fixture) fixture = fixture_new ();
  g_autoptr (TestGate) gate = test_gate_new ();
  AsyncLitScheduledTask *job = fixture_new_job_with (&fixture, asynclit_interval_trigger_new (60),
                                                     "job", test_work_gate, gate);

  asynclit_scheduled_task_set_overlap (job, ASYNCLIT_OVERLAP_QUEUE);
  set_end (job, "2026-01-01 00:03:00");
  add_and_start (&fixture, job);
  asynclit_manual_clock_advance (fixture.clock, 300);
  test_gate_await_arrivals (gate, 1);
  test_gate_open (gate);
  fixture_settle (&fixture);
  g_assert_cmpuint (asynclit_scheduled_task_get_n_runs (job), ==, 1);
  g_assert_cmpuint (asynclit_scheduled_task_get_n_missed (job), ==, 2);
  g_assert_cmpuint (n_jobs (&fixture), ==, 0);
}

/* The start moves with the wall clock. */
static void
test_start_and_clock_back (void)
{
  g_auto (Fixture) fixture = fixture_new ();
  AsyncLitScheduledTask *job = interval_job (&fixture, 3600);

  set_start (job, "2026-01-01 03:00:00");
  add_and_start (&fixture, job);
  fixture_set_wall (&fixture, "2025-12-31 22:00:00");
  fixture_assert_next (job, "2026-01-01 03:00:00");
  fixture_advance (&fixture, 7 * 3600);
  fixture_assert_runs (&fixture, "03:00:00 04:00:00 05:00:00");
}

static void
test_start_and_clock_forward (void)
{
  g_auto (Fixture) fixture = fixture_new ();
  AsyncLitScheduledTask *job = interval_job (&fixture, 3600);

  set_start (job, "2026-01-01 03:00:00");
  add_and_start (&fixture, job);
  fixture_set_wall (&fixture, "2026-01-01 02:30:00");
  fixture_assert_next (job, "2026-01-01 03:00:00");
  fixture_advance (&fixture, 5400);
  fixture_assert_runs (&fixture, "03:00:00 04:00:00");
}

/* Skipped times are late, as with any trigger, and counted from the start. */
static void
test_start_jumped_over (void)
{
  g_auto (Fixture) fixture = fixture_new ();
  AsyncLitScheduledTask *job = interval_job (&fixture, 3600);

  set_start (job, "2026-01-01 03:00:00");
  add_and_start (&fixture, job);
  fixture_set_wall (&fixture, "2026-01-01 04:30:00");
  fixture_assert_runs (&fixture, "04:30:00");
  g_assert_cmpuint (asynclit_scheduled_task_get_n_missed (job), ==, 1);
  fixture_assert_next (job, "2026-01-01 05:00:00");
}

/* It has run, and is before its start again. */
static void
test_back_before_start (void)
{
  g_auto (Fixture) fixture = fixture_new ();
  AsyncLitScheduledTask *job = interval_job (&fixture, 3600);

  set_start (job, "2026-01-01 01:00:00");
  add_and_start (&fixture, job);
  fixture_advance (&fixture, 2 * 3600);
  fixture_assert_runs (&fixture, "01:00:00 02:00:00");
  fixture_set_wall (&fixture, "2025-12-31 20:00:00");
  fixture_advance (&fixture, 6 * 3600);
  fixture_assert_runs (&fixture, "01:00:00 02:00:00");
}

/* A clock that is adjusted does not jump: that it is behind is only noticed when the time comes. */
static void
test_start_and_adjusted_clock (void)
{
  g_auto (Fixture) fixture = fixture_new ();
  AsyncLitScheduledTask *job = interval_job (&fixture, 3600);
  AsyncLitClock *clock = ASYNCLIT_CLOCK (fixture.clock);

  set_start (job, "2026-01-01 01:00:00");
  add_and_start (&fixture, job);
  for (guint i = 0; i < 10; i++)
    {
      g_autoptr (GDateTime) utc
          = g_date_time_new_from_unix_utc (asynclit_clock_get_wall_time (clock) / G_USEC_PER_SEC);
      g_autoptr (GDateTime) adjusted = g_date_time_add (utc, -900000);

      asynclit_manual_clock_set_wall_time (fixture.clock, adjusted);
      asynclit_manual_clock_advance (fixture.clock, 100);
    }
  while (asynclit_scheduled_task_get_n_runs (job) == 0)
    g_assert_true (asynclit_manual_clock_advance_to_next (fixture.clock));
  fixture_assert_runs (&fixture, "01:00:00");
}

/* Before its start, a job has no times: an earlier date never comes. */
static void
test_date_before_start (void)
{
  const char *dates[] = { "2025-12-31 10:00:00", "2026-01-01 01:00:00" };

  for (guint i = 0; i < G_N_ELEMENTS (dates); i++)
    {
      g_auto (Fixture) fixture = fixture_new ();
      g_autoptr (AsyncLitScheduledTask) job = date_job (&fixture, dates[i]);
      g_autoptr (GError) error = NULL;

      set_start (job, "2026-01-01 03:00:00");
      g_assert_false (asynclit_scheduler_add (fixture.scheduler, job, TRUE, &error));
      g_assert_error (error, ASYNCLIT_ERROR, ASYNCLIT_ERROR_INVALID_ARGUMENT);
    }
}

/* But a date between the start and now is overdue. */
static void
test_date_after_past_start (void)
{
  g_auto (Fixture) fixture = fixture_new ();
  AsyncLitScheduledTask *job = date_job (&fixture, "2025-12-31 10:00:00");

  set_start (job, "2025-12-31 09:00:00");
  add_and_start (&fixture, job);
  asynclit_manual_clock_advance (fixture.clock, 0);
  fixture_assert_runs (&fixture, "00:00:00");
}

/* A job that replaces one with other limits, which also apply to delayed runs. */
static void
test_declared_again (void)
{
  g_auto (Fixture) fixture = fixture_new ();
  AsyncLitScheduledTask *job = interval_job (&fixture, 3600);
  AsyncLitScheduledTask *again = interval_job (&fixture, 3600);

  asynclit_scheduled_task_set_jitter (job, 3e7);
  asynclit_scheduled_task_set_jitter (again, 3e7);
  add_and_start (&fixture, job);
  set_end (again, "2026-01-01 01:00:00");
  fixture_add (&fixture, again);
  fixture_advance (&fixture, 4000);
  fixture_assert_runs (&fixture, "01:00:00");
}

static void
test_declared_again_with_start (void)
{
  g_auto (Fixture) fixture = fixture_new ();
  AsyncLitScheduledTask *job = interval_job (&fixture, 3600);
  AsyncLitScheduledTask *again = interval_job (&fixture, 3600);

  add_and_start (&fixture, job);
  set_start (again, "2026-01-01 02:15:00");
  fixture_add (&fixture, again);
  fixture_advance (&fixture, 3 * 3600);
  fixture_assert_runs (&fixture, "02:15:00");
}

/* The clock is set back before the first time of a job without a start. */
static void
test_clock_back_before_first (void)
{
  g_auto (Fixture) fixture = fixture_new ();
  AsyncLitScheduledTask *job = cron_job (&fixture, "0 * * * *");

  add_and_start (&fixture, job);
  fixture_set_wall (&fixture, "2025-12-31 22:10:00");
  fixture_assert_next (job, "2025-12-31 23:00:00");
  fixture_advance (&fixture, 2 * 3600);
  fixture_assert_runs (&fixture, "23:00:00 00:00:00");
}

/* The longest intervals and the largest jitter: nothing runs too early, or endlessly. */
static void
test_extreme_intervals (void)
{
  const double seconds[] = { 1e10, 1e13, 1e300, G_MAXDOUBLE };

  for (guint i = 0; i < G_N_ELEMENTS (seconds); i++)
    for (guint first = ASYNCLIT_FIRST_RUN_AFTER_INTERVAL; first <= ASYNCLIT_FIRST_RUN_ALIGNED;
         first++)
      {
        g_auto (Fixture) fixture = fixture_new ();
        AsyncLitScheduledTask *job = interval_job (&fixture, seconds[i]);

        asynclit_scheduled_task_set_first_run (job, (AsyncLitFirstRun) first);
        asynclit_scheduled_task_set_jitter (job, first == ASYNCLIT_FIRST_RUN_NOW ? 0 : 31622400);
        asynclit_scheduled_task_set_max_instances (job, 0);
        add_and_start (&fixture, job);
        asynclit_manual_clock_advance (fixture.clock, 86400);
        fixture_settle (&fixture);
        g_assert_cmpuint (asynclit_scheduled_task_get_n_runs (job), ==,
                          first == ASYNCLIT_FIRST_RUN_NOW ? 1 : 0);
      }
}

/* A day of missed microseconds is counted at once, not one by one. */
static void
test_many_missed (void)
{
  g_auto (Fixture) fixture = fixture_new ();
  AsyncLitScheduledTask *job = interval_job (&fixture, 1e-6);

  add_and_start (&fixture, job);
  asynclit_manual_clock_suspend (fixture.clock, 86400);
  fixture_settle (&fixture);
  g_assert_cmpuint (asynclit_scheduled_task_get_n_runs (job), ==, 1);
  g_assert_cmpuint (asynclit_scheduled_task_get_n_missed (job), ==,
                    G_GUINT64_CONSTANT (86400000000) - 1);
}

/* From the year 1 to the year 9999 and back. */
static void
test_clock_to_ends_of_time (void)
{
  const char *times[] = { "9999-12-31 23:59:59", "0001-01-01 00:00:00", "9999-12-31 00:00:00",
                          "2026-01-01 00:00:00" };
  g_auto (Fixture) fixture = fixture_new ();
  AsyncLitScheduledTask *jobs[] = { interval_job (&fixture, 3600), cron_job (&fixture, "0 * * * *"),
                                    cron_job (&fixture, "30 3 29 2 *") };
  const char *ids[] = { "interval", "hour", "leap" };

  for (guint i = 0; i < G_N_ELEMENTS (jobs); i++)
    {
      asynclit_scheduled_task_set_job_id (jobs[i], ids[i]);
      set_start (jobs[i], "0001-01-01 00:00:00");
      add_and_start (&fixture, jobs[i]);
    }
  for (guint i = 0; i < G_N_ELEMENTS (times); i++)
    {
      fixture_set_wall (&fixture, times[i]);
      fixture_settle (&fixture);
    }
  fixture_assert_next (jobs[0], "2026-01-01 01:00:00");
  fixture_assert_next (jobs[1], "2026-01-01 01:00:00");
  fixture_assert_next (jobs[2], "2028-02-29 03:30:00");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/scheduler-limits/end/jitter", test_jitter_before_end);
  g_test_add_func ("/scheduler-limits/end/jitter-and-earlier", test_jitter_and_earlier_end);
  g_test_add_func ("/scheduler-limits/end/clock-forward", test_end_and_clock_forward);
  g_test_add_func ("/scheduler-limits/end/clock-back", test_end_and_clock_back);
  g_test_add_func ("/scheduler-limits/end/late", test_late_after_end);
  g_test_add_func ("/scheduler-limits/end/a-moment-late", test_a_moment_after_end);
  g_test_add_func ("/scheduler-limits/end/waiting", test_waiting_after_end);
  g_test_add_func ("/scheduler-limits/start/clock-back", test_start_and_clock_back);
  g_test_add_func ("/scheduler-limits/start/clock-forward", test_start_and_clock_forward);
  g_test_add_func ("/scheduler-limits/start/jumped-over", test_start_jumped_over);
  g_test_add_func ("/scheduler-limits/start/back-before", test_back_before_start);
  g_test_add_func ("/scheduler-limits/start/adjusted-clock", test_start_and_adjusted_clock);
  g_test_add_func ("/scheduler-limits/start/date-before", test_date_before_start);
  g_test_add_func ("/scheduler-limits/start/date-after", test_date_after_past_start);
  g_test_add_func ("/scheduler-limits/again/end", test_declared_again);
  g_test_add_func ("/scheduler-limits/again/start", test_declared_again_with_start);
  g_test_add_func ("/scheduler-limits/times/clock-back", test_clock_back_before_first);
  g_test_add_func ("/scheduler-limits/times/extreme-intervals", test_extreme_intervals);
  g_test_add_func ("/scheduler-limits/times/many-missed", test_many_missed);
  g_test_add_func ("/scheduler-limits/times/ends-of-time", test_clock_to_ends_of_time);
  return g_test_run ();
}
