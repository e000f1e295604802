/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Changes of clocks, and how schedulers handle them. */

#include "scheduler-fixture.h"

#include <sys/resource.h>
#include <unistd.h>

/* More descriptors than a program like this has open, to fill all gaps. */
#define N_DESCRIPTORS 64

static AsyncLitScheduledTask *
add_cron (Fixture *fixture, const char *expression, const char *zone)
{
  g_autoptr (GError) error = NULL;
  AsyncLitTrigger *trigger
      = asynclit_cron_trigger_new (expression, ASYNCLIT_CRON_DIALECT_CRON, zone, &error);

  g_assert_no_error (error);
  return fixture_add (fixture, fixture_new_job (fixture, trigger, expression));
}

static void
test_reading (void)
{
  g_autoptr (GDateTime) start = fixture_time ("2026-01-01 00:00:00");
  g_autoptr (AsyncLitClock) clock = asynclit_manual_clock_new (start);
  gint64 monotonic = asynclit_clock_get_monotonic_time (clock);
  gint64 wall = asynclit_clock_get_wall_time (clock);

  g_assert_cmpint (wall, ==, g_date_time_to_unix (start) * G_USEC_PER_SEC);
  asynclit_manual_clock_advance (ASYNCLIT_MANUAL_CLOCK (clock), 1.5);
  g_assert_cmpint (asynclit_clock_get_monotonic_time (clock), ==, monotonic + 1500000);
  g_assert_cmpint (asynclit_clock_get_wall_time (clock), ==, wall + 1500000);
  asynclit_manual_clock_set_wall_time (ASYNCLIT_MANUAL_CLOCK (clock), start);
  g_assert_cmpint (asynclit_clock_get_monotonic_time (clock), ==, monotonic + 1500000);
  g_assert_cmpint (asynclit_clock_get_wall_time (clock), ==, wall);
  g_assert_false (asynclit_manual_clock_advance_to_next (ASYNCLIT_MANUAL_CLOCK (clock)));
}

/* Setting the wall clock does not affect intervals. */
static void
test_interval_ignores_steps (void)
{
  g_auto (Fixture) fixture = fixture_new ();
  AsyncLitScheduledTask *job = fixture_add_interval (&fixture, "interval", 10);

  asynclit_scheduler_start (fixture.scheduler);
  fixture_advance (&fixture, 5);
  fixture_set_wall (&fixture, "2027-06-01 12:00:00");
  g_assert_cmpuint (asynclit_scheduled_task_get_n_runs (job), ==, 0);
  fixture_assert_next (job, "2027-06-01 12:00:05");
  fixture_set_wall (&fixture, "2020-06-01 12:00:00");
  fixture_advance (&fixture, 5);
  fixture_assert_runs (&fixture, "12:00:05");
  g_assert_cmpuint (asynclit_scheduled_task_get_n_missed (job), ==, 0);
}

static void
test_step_forward (void)
{
  g_auto (Fixture) fixture = fixture_new ();
  AsyncLitScheduledTask *job = add_cron (&fixture, "0 9 * * *", "UTC");

  asynclit_scheduler_start (fixture.scheduler);
  fixture_set_wall (&fixture, "2026-01-01 10:00:00");
  fixture_assert_runs (&fixture, "10:00:00");
  fixture_assert_next (job, "2026-01-02 09:00:00");
  g_assert_cmpuint (asynclit_scheduled_task_get_n_missed (job), ==, 0);
}

/* Too late for the skipped time. */
static void
test_step_forward_beyond_grace (void)
{
  g_auto (Fixture) fixture = fixture_new ();
  AsyncLitScheduledTask *job = add_cron (&fixture, "0 9 * * *", "UTC");

  asynclit_scheduled_task_set_misfire_grace (job, 60);
  asynclit_scheduler_start (fixture.scheduler);
  fixture_set_wall (&fixture, "2026-01-04 10:00:00");
  fixture_assert_runs (&fixture, "");
  g_assert_cmpuint (asynclit_scheduled_task_get_n_missed (job), ==, 4);
}

static void
test_step_back (void)
{
  g_auto (Fixture) fixture = fixture_new ();
  AsyncLitScheduledTask *job = add_cron (&fixture, "0 9 * * *", "UTC");

  asynclit_scheduler_start (fixture.scheduler);
  fixture_advance (&fixture, 9.5 * 3600);
  fixture_assert_runs (&fixture, "09:00:00");
  fixture_set_wall (&fixture, "2026-01-01 08:00:00");
  fixture_advance (&fixture, 2 * 3600);
  /* Nine o'clock has passed. */
  fixture_assert_runs (&fixture, "");
  fixture_assert_next (job, "2026-01-02 09:00:00");
}

/* Runs that have not taken place come at their time. */
static void
test_step_back_before_first (void)
{
  g_auto (Fixture) fixture = fixture_new ();
  AsyncLitScheduledTask *job;

  asynclit_scheduler_start (fixture.scheduler);
  fixture_advance (&fixture, 12 * 3600);
  job = add_cron (&fixture, "0 9 * * *", "UTC");
  fixture_assert_next (job, "2026-01-02 09:00:00");
  fixture_set_wall (&fixture, "2026-01-01 08:00:00");
  fixture_assert_next (job, "2026-01-01 09:00:00");
}

/* A clock that was wrong by years does not stop a job for years. */
static void
test_step_back_years (void)
{
  g_auto (Fixture) fixture = fixture_new ();
  AsyncLitScheduledTask *job = add_cron (&fixture, "0 9 * * *", "UTC");

  asynclit_scheduler_start (fixture.scheduler);
  fixture_set_wall (&fixture, "2062-01-01 00:00:00");
  fixture_assert_runs (&fixture, "00:00:00");
  fixture_set_wall (&fixture, "2026-01-01 00:00:10");
  fixture_assert_next (job, "2026-01-01 09:00:00");
  fixture_advance (&fixture, 86400);
  fixture_assert_runs (&fixture, "09:00:00");
}

static void
test_suspend (void)
{
  g_auto (Fixture) fixture = fixture_new ();
  AsyncLitScheduledTask *interval = fixture_add_interval (&fixture, "interval", 3600);
  AsyncLitScheduledTask *cron = add_cron (&fixture, "30 * * * *", "UTC");

  asynclit_scheduler_start (fixture.scheduler);
  asynclit_manual_clock_suspend (fixture.clock, 5 * 3600 + 60);
  fixture_assert_runs (&fixture, "05:01:00 05:01:00");
  g_assert_cmpuint (asynclit_scheduled_task_get_n_missed (interval), ==, 4);
  g_assert_cmpuint (asynclit_scheduled_task_get_n_missed (cron), ==, 4);
  fixture_assert_next (interval, "2026-01-01 06:00:00");
  fixture_assert_next (cron, "2026-01-01 05:30:00");
}

/* Two schedulers on one clock: what is due in one does not affect the other. */
static void
test_shared (void)
{
  g_auto (Fixture) fixture = fixture_new ();
  g_autoptr (AsyncLitScheduler) other
      = g_object_new (ASYNCLIT_TYPE_SCHEDULER, "clock", fixture.clock, NULL);
  AsyncLitScheduledTask *job
      = fixture_new_job (&fixture, asynclit_interval_trigger_new (7), "other");

  fixture_add_interval (&fixture, "own", 10);
  asynclit_scheduler_start (fixture.scheduler);
  asynclit_scheduler_start (other);
  g_assert_true (asynclit_scheduler_add (other, job, TRUE, NULL));
  g_ptr_array_add (fixture.jobs, job);
  for (guint i = 0; i < 4; i++)
    {
      g_assert_true (asynclit_manual_clock_advance_to_next (fixture.clock));
      fixture_settle (&fixture);
    }
  fixture_assert_runs (&fixture, "00:00:07 00:00:10 00:00:14 00:00:20");
  asynclit_scheduler_shutdown (other, TRUE);
}

static void
test_zone_change (void)
{
  g_auto (Fixture) fixture = fixture_new ();
  AsyncLitScheduledTask *local;
  AsyncLitScheduledTask *fixed;

  g_assert_true (g_setenv ("TZ", "UTC", TRUE));
  local = add_cron (&fixture, "0 9 * * *", NULL);
  fixed = add_cron (&fixture, "0 10 * * *", "UTC");
  asynclit_scheduler_start (fixture.scheduler);
  fixture_assert_next (local, "2026-01-01 09:00:00");
  /* Seven o'clock in UTC is nine o'clock there. */
  g_assert_true (g_setenv ("TZ", "Europe/Helsinki", TRUE));
  asynclit_manual_clock_suspend (fixture.clock, 0);
  fixture_assert_next (local, "2026-01-01 07:00:00");
  fixture_assert_next (fixed, "2026-01-01 10:00:00");
  fixture_advance (&fixture, 86400);
  fixture_assert_runs (&fixture, "07:00:00 10:00:00");
  g_assert_true (g_setenv ("TZ", "UTC", TRUE));
}

/* Every hour of a year, each at its time. */
static void
test_year (void)
{
  g_auto (Fixture) fixture = fixture_new ();
  AsyncLitScheduledTask *job = add_cron (&fixture, "0 * * * *", "Europe/Helsinki");

  asynclit_scheduled_task_set_max_instances (job, 0);
  asynclit_scheduler_start (fixture.scheduler);
  asynclit_manual_clock_advance (fixture.clock, 365 * 86400.);
  fixture_settle (&fixture);
  g_assert_cmpuint (asynclit_scheduled_task_get_n_runs (job), ==, 365 * 24);
  g_assert_cmpuint (asynclit_scheduled_task_get_n_missed (job), ==, 0);
}

/* The system clock */

static gboolean
has_run (gpointer job)
{
  return asynclit_scheduled_task_get_n_runs (job) >= 3;
}

static void
test_system_clock (void)
{
  g_autoptr (AsyncLitScheduler) scheduler = asynclit_scheduler_new ();
  g_autoptr (AsyncLitTrigger) trigger = asynclit_interval_trigger_new (0.01);
  g_autoptr (GDateTime) soon = g_date_time_new_now_utc ();
  g_autoptr (AsyncLitTrigger) date = asynclit_date_trigger_new (soon);
  g_autoptr (AsyncLitScheduledTask) job
      = asynclit_scheduled_task_new (trigger, test_work_return_int, NULL, NULL);
  g_autoptr (AsyncLitScheduledTask) once
      = asynclit_scheduled_task_new (date, test_work_return_int, NULL, NULL);

  g_assert_true (asynclit_scheduler_get_clock (scheduler) == asynclit_get_system_clock ());
  asynclit_scheduler_start (scheduler);
  g_assert_true (asynclit_scheduler_add (scheduler, job, TRUE, NULL));
  test_poll_until (has_run, job);
  g_assert_true (asynclit_scheduler_add (scheduler, once, TRUE, NULL));
  while (asynclit_scheduled_task_get_n_runs (once) == 0)
    g_thread_yield ();
  asynclit_scheduler_shutdown (scheduler, TRUE);
  g_assert_cmpuint (asynclit_scheduled_task_get_n_running (job), ==, 0);
}

/* Allows this many more file descriptors. */
static void
limit_descriptors (int *filling, guint n_free)
{
  struct rlimit limit;

  for (guint i = 0; i < N_DESCRIPTORS; i++)
    filling[i] = dup (STDIN_FILENO);
  g_assert_cmpint (getrlimit (RLIMIT_NOFILE, &limit), ==, 0);
  limit.rlim_cur = (rlim_t) filling[N_DESCRIPTORS - 1] + 1 + n_free;
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &limit), ==, 0);
}

static void
free_descriptors (const int *filling, const struct rlimit *limit)
{
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, limit), ==, 0);
  for (guint i = 0; i < N_DESCRIPTORS; i++)
    close (filling[i]);
}

/* A scheduler that was started while there was no file descriptor for its timers, or only one, runs
 * on time nevertheless. */
static void
test_without_descriptors (gconstpointer n_free)
{
  g_autoptr (AsyncLitScheduler) other = asynclit_scheduler_new ();
  g_autoptr (AsyncLitScheduler) scheduler = asynclit_scheduler_new ();
  g_autoptr (AsyncLitTrigger) trigger = asynclit_interval_trigger_new (0.01);
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autoptr (GDateTime) soon = g_date_time_add_seconds (now, 0.1);
  g_autoptr (AsyncLitTrigger) date = asynclit_date_trigger_new (soon);
  g_autoptr (AsyncLitScheduledTask) job
      = asynclit_scheduled_task_new (trigger, test_work_return_int, NULL, NULL);
  g_autoptr (AsyncLitScheduledTask) once
      = asynclit_scheduled_task_new (date, test_work_return_int, NULL, NULL);
  int filling[N_DESCRIPTORS];
  struct rlimit limit;

  asynclit_scheduler_start (other); /* makes the worker open what it needs */
  g_assert_cmpint (getrlimit (RLIMIT_NOFILE, &limit), ==, 0);
  limit_descriptors (filling, GPOINTER_TO_UINT (n_free));
  asynclit_scheduler_start (scheduler);
  free_descriptors (filling, &limit);
  g_assert_true (asynclit_scheduler_add (scheduler, once, TRUE, NULL));
  while (asynclit_scheduled_task_get_n_runs (once) == 0)
    g_thread_yield ();
  g_assert_true (asynclit_scheduler_add (scheduler, job, TRUE, NULL));
  test_poll_until (has_run, job);
  asynclit_scheduler_shutdown (scheduler, TRUE);
  asynclit_scheduler_shutdown (other, TRUE);
}

/* Without a start time, it begins now; and no cast is needed. */
static void
test_start (void)
{
  g_autoptr (GDateTime) start = g_date_time_new_from_unix_utc (1000);
  g_autoptr (AsyncLitManualClock) given
      = g_object_new (ASYNCLIT_TYPE_MANUAL_CLOCK, "start", start, NULL);
  gint64 before = g_get_real_time ();
  g_autoptr (AsyncLitClock) plain = g_object_new (ASYNCLIT_TYPE_MANUAL_CLOCK, NULL);
  g_autoptr (AsyncLitClock) made = asynclit_manual_clock_new (NULL);

  asynclit_manual_clock_advance (given, 1);
  g_assert_cmpint (asynclit_clock_get_wall_time (ASYNCLIT_CLOCK (given)), ==, 1001000000);
  g_assert_cmpint (asynclit_clock_get_wall_time (plain), >=, before);
  g_assert_cmpint (asynclit_clock_get_wall_time (made), >=, before);
  g_assert_cmpint (asynclit_clock_get_wall_time (made), <=, g_get_real_time ());
}

/* Derived clocks */

/* Only code that does not use the headers can derive a class. Its clock logs a message, stands
 * still and does no harm. */
static void
test_derived (void)
{
  GType type = test_derive_type (ASYNCLIT_TYPE_CLOCK, "OtherClock");
  g_autoptr (AsyncLitClock) clock = NULL;
  g_autoptr (AsyncLitScheduler) scheduler = NULL;
  g_autoptr (AsyncLitTrigger) trigger = asynclit_interval_trigger_new (10);
  g_autoptr (AsyncLitScheduledTask) job
      = asynclit_scheduled_task_new (trigger, test_work_return_int, NULL, NULL);

  g_test_expect_message ("AsyncLit", G_LOG_LEVEL_CRITICAL, "OtherClock is derived from *");
  clock = g_object_new (type, NULL);
  g_test_assert_expected_messages ();
  scheduler = g_object_new (ASYNCLIT_TYPE_SCHEDULER, "clock", clock, NULL);
  g_assert_true (asynclit_scheduler_get_clock (scheduler) == clock);
  g_assert_cmpint (asynclit_clock_get_monotonic_time (clock), ==, 0);
  g_assert_cmpint (asynclit_clock_get_wall_time (clock), ==, 0);
  g_assert_true (asynclit_scheduler_add (scheduler, job, TRUE, NULL));
  asynclit_scheduler_start (scheduler);
  fixture_assert_next (job, "1970-01-01 00:00:10");
  g_assert_true (asynclit_scheduled_task_run_now (job));
  asynclit_scheduler_shutdown (scheduler, TRUE);
  g_assert_cmpuint (asynclit_scheduled_task_get_n_runs (job), ==, 1);
}

/* A thread that was joined may still be listed for a moment. */
static gboolean
has_no_worker (gpointer unused)
{
  return test_count_threads_named ("asynclit-worker") == 0;
}

/* Shutting down the library stops schedulers, which can be started again. */
static void
test_library_shutdown (void)
{
  g_autoptr (AsyncLitScheduler) scheduler = asynclit_scheduler_new ();
  g_autoptr (AsyncLitTrigger) trigger = asynclit_interval_trigger_new (0.01);
  g_autoptr (AsyncLitScheduledTask) job
      = asynclit_scheduled_task_new (trigger, test_work_return_int, NULL, NULL);

  g_assert_true (asynclit_scheduler_add (scheduler, job, TRUE, NULL));
  asynclit_scheduler_start (scheduler);
  test_poll_until (has_run, job);
  g_assert_true (asynclit_shutdown (TEST_WATCHDOG_SECONDS));
  g_assert_false (asynclit_scheduler_get_running (scheduler));
  test_poll_until (has_no_worker, NULL);

  asynclit_scheduled_task_set_trigger (job, trigger);
  asynclit_scheduler_start (scheduler);
  g_assert_true (asynclit_scheduled_task_run_now (job));
  test_poll_until (has_run, job);
  asynclit_scheduler_shutdown (scheduler, TRUE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/scheduler-clock/reading", test_reading);
  g_test_add_func ("/scheduler-clock/interval-ignores-steps", test_interval_ignores_steps);
  g_test_add_func ("/scheduler-clock/step-forward", test_step_forward);
  g_test_add_func ("/scheduler-clock/step-forward/beyond-grace", test_step_forward_beyond_grace);
  g_test_add_func ("/scheduler-clock/step-back", test_step_back);
  g_test_add_func ("/scheduler-clock/step-back/before-first", test_step_back_before_first);
  g_test_add_func ("/scheduler-clock/step-back/years", test_step_back_years);
  g_test_add_func ("/scheduler-clock/suspend", test_suspend);
  g_test_add_func ("/scheduler-clock/shared", test_shared);
  g_test_add_func ("/scheduler-clock/zone-change", test_zone_change);
  g_test_add_func ("/scheduler-clock/year", test_year);
  g_test_add_func ("/scheduler-clock/system", test_system_clock);
  g_test_add_data_func ("/scheduler-clock/system/no-descriptors", GUINT_TO_POINTER (0),
                        test_without_descriptors);
  g_test_add_data_func ("/scheduler-clock/system/one-descriptor", GUINT_TO_POINTER (1),
                        test_without_descriptors);
  g_test_add_func ("/scheduler-clock/start", test_start);
  g_test_add_func ("/scheduler-clock/derived", test_derived);
  g_test_add_func ("/scheduler-clock/library-shutdown", test_library_shutdown);
  return g_test_run ();
}
