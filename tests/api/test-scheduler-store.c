/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Schedulers with a store: each test ends one "program" and starts another one with the same
 * file. */

#include "store-fixture.h"

#include <glib/gstdio.h>

static void
test_goes_on (void)
{
  g_auto (Memory) memory = { 0 };
  AsyncLitScheduledTask *job;

  memory_set_up (&memory);
  fixture_add_interval (&memory.fixture, "job", 100);
  asynclit_scheduler_start (memory.fixture.scheduler);
  fixture_advance (&memory.fixture, 250);

  memory_restart (&memory, 260);
  job = fixture_add_interval (&memory.fixture, "job", 100);
  g_assert_cmpuint (asynclit_scheduled_task_get_n_runs (job), ==, 2);
  fixture_assert_next (job, "2026-01-01 00:05:00");
  asynclit_scheduler_start (memory.fixture.scheduler);
  fixture_advance (&memory.fixture, 100);
  fixture_assert_runs (&memory.fixture, "00:05:00");
  g_assert_cmpuint (asynclit_scheduled_task_get_n_runs (job), ==, 3);
}

static void
test_catches_up (void)
{
  g_auto (Memory) memory = { 0 };
  AsyncLitScheduledTask *job;

  memory_set_up (&memory);
  fixture_add_interval (&memory.fixture, "job", 100);
  asynclit_scheduler_start (memory.fixture.scheduler);
  fixture_advance (&memory.fixture, 150);

  memory_restart (&memory, 550);
  job = fixture_add_interval (&memory.fixture, "job", 100);
  asynclit_scheduler_start (memory.fixture.scheduler);
  asynclit_manual_clock_advance (memory.fixture.clock, 0);
  fixture_assert_runs (&memory.fixture, "00:09:10");
  g_assert_cmpuint (asynclit_scheduled_task_get_n_missed (job), ==, 3);
  fixture_assert_next (job, "2026-01-01 00:10:00");
}

static void
test_paused (void)
{
  g_auto (Memory) memory = { 0 };
  AsyncLitScheduledTask *job;

  memory_set_up (&memory);
  job = fixture_add_interval (&memory.fixture, "job", 100);
  asynclit_scheduler_start (memory.fixture.scheduler);
  asynclit_scheduled_task_pause (job);

  memory_restart (&memory, 1000);
  job = fixture_add_interval (&memory.fixture, "job", 100);
  g_assert_true (asynclit_scheduled_task_get_paused (job));
  asynclit_scheduler_start (memory.fixture.scheduler);
  asynclit_scheduled_task_resume (job);
  fixture_assert_runs (&memory.fixture, "");
  fixture_assert_next (job, "2026-01-01 00:18:20");
}

static void
add_date (Memory *memory)
{
  g_autoptr (GDateTime) when = fixture_time ("2026-01-01 00:01:00");

  fixture_add (&memory->fixture,
               fixture_new_job (&memory->fixture, asynclit_date_trigger_new (when), "once"));
}

/* Runs that have taken place are not repeated. */
static void
test_date (void)
{
  g_auto (Memory) memory = { 0 };

  memory_set_up (&memory);
  add_date (&memory);
  asynclit_scheduler_start (memory.fixture.scheduler);
  fixture_advance (&memory.fixture, 100);
  fixture_assert_runs (&memory.fixture, "00:01:00");

  memory_restart (&memory, 100);
  add_date (&memory);
  asynclit_scheduler_start (memory.fixture.scheduler);
  asynclit_manual_clock_advance (memory.fixture.clock, 100);
  fixture_assert_runs (&memory.fixture, "");
  g_assert_cmpuint (asynclit_scheduler_get_n_jobs (memory.fixture.scheduler), ==, 0);
}

static void
test_other_trigger (void)
{
  g_auto (Memory) memory = { 0 };
  AsyncLitScheduledTask *job;

  memory_set_up (&memory);
  for (guint i = 1; i <= 2; i++)
    {
      job = fixture_new_job (&memory.fixture, asynclit_interval_trigger_new (100 * i), "job");
      asynclit_scheduled_task_set_job_id (job, "id");
      fixture_add (&memory.fixture, job);
      asynclit_scheduler_start (memory.fixture.scheduler);
      fixture_advance (&memory.fixture, 110);
      g_assert_cmpuint (asynclit_scheduled_task_get_n_runs (job), ==, 1);
      if (i == 1)
        memory_restart (&memory, 500);
    }
  fixture_assert_next (job, "2026-01-01 00:11:40");
}

static void
test_forget (void)
{
  g_auto (Memory) memory = { 0 };
  AsyncLitScheduledTask *job;

  memory_set_up (&memory);
  job = fixture_add_interval (&memory.fixture, "removed", 100);
  fixture_add_interval (&memory.fixture, "forgotten", 50);
  asynclit_scheduler_start (memory.fixture.scheduler);
  fixture_advance (&memory.fixture, 110);
  g_assert_true (asynclit_scheduled_task_remove (job));

  memory_restart (&memory, 1000);
  job = fixture_add_interval (&memory.fixture, "removed", 100);
  g_assert_cmpuint (asynclit_scheduled_task_get_n_runs (job), ==, 0);
  fixture_assert_next (job, "2026-01-01 00:18:20");
  asynclit_schedule_store_forget (asynclit_scheduler_get_store (memory.fixture.scheduler),
                                  "forgotten [interval:50.000000s]");
  job = fixture_add_interval (&memory.fixture, "forgotten", 50);
  g_assert_cmpstr (asynclit_scheduled_task_get_job_id (job), ==, "forgotten [interval:50.000000s]");
  g_assert_cmpuint (asynclit_scheduled_task_get_n_runs (job), ==, 0);
}

/* A run that waited for its turn when the program exited takes place in the next one. */
static void
test_waiting (void)
{
  g_autoptr (TestGate) gate = test_gate_new ();
  g_auto (Memory) memory = { 0 };
  AsyncLitScheduledTask *job;

  memory_set_up (&memory);
  job = fixture_new_job_with (&memory.fixture, asynclit_interval_trigger_new (100), "job",
                              test_work_gate, gate);
  asynclit_scheduled_task_set_overlap (job, ASYNCLIT_OVERLAP_QUEUE);
  fixture_add (&memory.fixture, job);
  asynclit_scheduler_start (memory.fixture.scheduler);
  asynclit_manual_clock_advance (memory.fixture.clock, 210);
  test_gate_await_arrivals (gate, 1);
  asynclit_scheduler_shutdown (memory.fixture.scheduler, FALSE);
  test_gate_open (gate);

  memory_restart (&memory, 220);
  job = fixture_add_interval (&memory.fixture, "job", 100);
  g_assert_cmpuint (asynclit_scheduled_task_get_n_runs (job), ==, 1);
  asynclit_scheduler_start (memory.fixture.scheduler);
  fixture_assert_runs (&memory.fixture, "00:03:40");
  fixture_assert_next (job, "2026-01-01 00:05:00");
  g_assert_cmpuint (asynclit_scheduled_task_get_n_skipped (job), ==, 0);
}

/* A pause that would have been counted from the end of a run that the program did not reach. */
static void
test_fixed_delay (void)
{
  g_auto (Memory) memory = { 0 };
  AsyncLitScheduledTask *job;
  g_autoptr (GDateTime) next = NULL;

  memory_set_up (&memory);
  for (guint i = 0; i < 2; i++)
    {
      job = fixture_add (&memory.fixture,
                         fixture_new_job_with (&memory.fixture,
                                               asynclit_interval_trigger_new_with_fixed_delay (100),
                                               "job", NULL, NULL));
      asynclit_scheduler_start (memory.fixture.scheduler);
      if (i > 0)
        break;
      asynclit_manual_clock_advance (memory.fixture.clock, 110);
      fixture_assert_next (job, NULL);
      memory_restart (&memory, 200);
    }
  next = asynclit_scheduled_task_get_next_run_time (job);
  g_assert_nonnull (next);
}

/* Another attempt is not another run. */
static void
test_attempts (void)
{
  g_auto (Memory) memory = { 0 };
  g_autoptr (AsyncLitRetryPolicy) retry
      = asynclit_retry_policy_new_full (3, 0.0, 0.0, 1.0, 0.0, 0.0, NULL);
  AsyncLitScheduledTask *job;

  memory_set_up (&memory);
  job = fixture_new_job_with (&memory.fixture, asynclit_interval_trigger_new (100), "job",
                              test_work_fail, NULL);
  asynclit_scheduled_task_set_retry_policy (job, retry);
  fixture_add (&memory.fixture, job);
  asynclit_scheduler_start (memory.fixture.scheduler);
  fixture_advance (&memory.fixture, 110);

  memory_restart (&memory, 150);
  job = fixture_add_interval (&memory.fixture, "job", 100);
  g_assert_cmpuint (asynclit_scheduled_task_get_n_runs (job), ==, 1);
  g_assert_cmpuint (asynclit_scheduled_task_get_n_skipped (job), ==, 0);
}

/* Files */

static void
test_busy (void)
{
  g_auto (Memory) memory = { 0 };
  g_autoptr (GError) error = NULL;

  memory_set_up (&memory);
  g_assert_null (asynclit_schedule_store_new (memory.path, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_BUSY);
}

static void
test_no_database (void)
{
  g_autofree char *folder = g_dir_make_tmp ("asynclit-store-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "text", NULL);
  g_autofree char *nowhere = g_build_filename (folder, "no", "such", "folder", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_set_contents (path,
                                      "This is no database, but text, and long enough "
                                      "that nobody takes it for the head of one.",
                                      -1, NULL));
  g_assert_null (asynclit_schedule_store_new (path, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
  g_clear_error (&error);
  g_assert_null (asynclit_schedule_store_new (nowhere, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_unlink (path);
  g_rmdir (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  if (!memory_is_supported ())
    return g_test_run ();
  g_test_add_func ("/scheduler-store/goes-on", test_goes_on);
  g_test_add_func ("/scheduler-store/catches-up", test_catches_up);
  g_test_add_func ("/scheduler-store/paused", test_paused);
  g_test_add_func ("/scheduler-store/date", test_date);
  g_test_add_func ("/scheduler-store/other-trigger", test_other_trigger);
  g_test_add_func ("/scheduler-store/forget", test_forget);
  g_test_add_func ("/scheduler-store/waiting", test_waiting);
  g_test_add_func ("/scheduler-store/fixed-delay", test_fixed_delay);
  g_test_add_func ("/scheduler-store/attempts", test_attempts);
  g_test_add_func ("/scheduler-store/busy", test_busy);
  g_test_add_func ("/scheduler-store/no-database", test_no_database);
  return g_test_run ();
}
