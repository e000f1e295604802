/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Programs that are killed while a job runs, and what the next program finds: a separate process
 * runs up to that moment and is killed. */

#include "store-fixture.h"

#include <unistd.h>

#define PATH_VARIABLE "ASYNCLIT_TEST_STORE"

typedef void (*ProgramFunc) (Memory *memory);

/* Runs @program in a separate process until it is killed, with the file of @memory. The next
 * program starts the given time later. */
static void
run_and_kill (Memory *memory, ProgramFunc program, double seconds)
{
  if (g_test_subprocess ())
    {
      memory->path = g_strdup (g_getenv (PATH_VARIABLE));
      memory_open (memory);
      program (memory);
      _exit (0);
    }
  memory_make_folder (memory);
  g_setenv (PATH_VARIABLE, memory->path, TRUE);
  g_test_trap_subprocess (NULL, TEST_WATCHDOG_SECONDS * G_USEC_PER_SEC, 0);
  g_test_trap_assert_passed ();
  memory_open (memory);
  asynclit_manual_clock_advance (memory->fixture.clock, seconds);
}

static void
add_gated (Memory *memory, TestGate *gate)
{
  AsyncLitScheduledTask *job
      = fixture_new_job_with (&memory->fixture, asynclit_interval_trigger_new (100), "job",
                              test_work_gate, gate);

  asynclit_scheduled_task_set_overlap (job, ASYNCLIT_OVERLAP_QUEUE);
  fixture_add (&memory->fixture, job);
  asynclit_scheduler_start (memory->fixture.scheduler);
}

/* Is killed in the middle of a run, while the runs of the given time wait. */
static void
die_running (Memory *memory, double seconds)
{
  TestGate *gate = test_gate_new ();

  add_gated (memory, gate);
  asynclit_manual_clock_advance (memory->fixture.clock, seconds);
  test_gate_await_arrivals (gate, 1);
}

static void
die_in_first_run (Memory *memory)
{
  die_running (memory, 110);
}

static void
die_with_one_waiting (Memory *memory)
{
  die_running (memory, 210);
}

static void
die_with_three_waiting (Memory *memory)
{
  die_running (memory, 410);
}

static void
on_skipped (AsyncLitScheduler *scheduler, AsyncLitScheduledTask *job, AsyncLitSkipReason reason,
            guint *reasons)
{
  reasons[reason]++;
}

static void
assert_counts (AsyncLitScheduledTask *job, guint n_runs, guint n_missed, guint n_skipped)
{
  g_assert_cmpuint (asynclit_scheduled_task_get_n_runs (job), ==, n_runs);
  g_assert_cmpuint (asynclit_scheduled_task_get_n_missed (job), ==, n_missed);
  g_assert_cmpuint (asynclit_scheduled_task_get_n_skipped (job), ==, n_skipped);
}

/* At most once: a run that may have done its work is not repeated, and this is reported. */
static void
test_interrupted (void)
{
  g_auto (Memory) memory = { 0 };
  guint reasons[ASYNCLIT_SKIP_REASON_INTERRUPTED + 1] = { 0 };
  AsyncLitScheduledTask *job;
  Fixture *fixture = &memory.fixture;

  run_and_kill (&memory, die_in_first_run, 150);
  g_signal_connect (fixture->scheduler, "skipped", G_CALLBACK (on_skipped), reasons);
  job = fixture_add_interval (fixture, "job", 100);
  asynclit_scheduler_start (fixture->scheduler);
  fixture_assert_runs (fixture, "");
  fixture_assert_next (job, "2026-01-01 00:03:20");
  assert_counts (job, 1, 0, 1);
  test_iterate_pending (NULL);
  g_assert_cmpuint (reasons[ASYNCLIT_SKIP_REASON_INTERRUPTED], ==, 1);

  /* It is reported only once. */
  memory_restart (&memory, 160);
  job = fixture_add_interval (fixture, "job", 100);
  assert_counts (job, 1, 0, 1);
}

/* At least once, if the job is set up like this. */
static void
test_rerun (void)
{
  g_auto (Memory) memory = { 0 };
  AsyncLitScheduledTask *job;

  run_and_kill (&memory, die_in_first_run, 150);
  job = fixture_new_job (&memory.fixture, asynclit_interval_trigger_new (100), "job");
  asynclit_scheduled_task_set_rerun_interrupted (job, TRUE);
  fixture_add (&memory.fixture, job);
  fixture_assert_runs (&memory.fixture, "");
  asynclit_scheduler_start (memory.fixture.scheduler);
  fixture_assert_runs (&memory.fixture, "00:02:30");
  fixture_assert_next (job, "2026-01-01 00:03:20");
  assert_counts (job, 2, 0, 0);
}

/* A run that was due but not started takes place late. */
static void
test_waiting (void)
{
  g_auto (Memory) memory = { 0 };
  AsyncLitScheduledTask *job;

  run_and_kill (&memory, die_with_one_waiting, 250);
  job = fixture_add_interval (&memory.fixture, "job", 100);
  asynclit_scheduler_start (memory.fixture.scheduler);
  fixture_assert_runs (&memory.fixture, "00:04:10");
  assert_counts (job, 2, 0, 1);
}

/* The last one stands for all earlier ones. */
static void
test_waiting_coalesced (void)
{
  g_auto (Memory) memory = { 0 };
  AsyncLitScheduledTask *job;

  run_and_kill (&memory, die_with_three_waiting, 450);
  job = fixture_add_interval (&memory.fixture, "job", 100);
  asynclit_scheduler_start (memory.fixture.scheduler);
  fixture_assert_runs (&memory.fixture, "00:07:30");
  assert_counts (job, 2, 2, 1);
}

/* And so does one that has become due since. */
static void
test_waiting_overdue (void)
{
  g_auto (Memory) memory = { 0 };
  AsyncLitScheduledTask *job;

  run_and_kill (&memory, die_with_one_waiting, 310);
  job = fixture_add_interval (&memory.fixture, "job", 100);
  asynclit_scheduler_start (memory.fixture.scheduler);
  asynclit_manual_clock_advance (memory.fixture.clock, 0);
  fixture_assert_runs (&memory.fixture, "00:05:10");
  assert_counts (job, 2, 1, 1);
  fixture_assert_next (job, "2026-01-01 00:06:40");
}

static void
test_waiting_each (void)
{
  g_auto (Memory) memory = { 0 };
  AsyncLitScheduledTask *job;

  run_and_kill (&memory, die_with_three_waiting, 450);
  job = fixture_new_job (&memory.fixture, asynclit_interval_trigger_new (100), "job");
  asynclit_scheduled_task_set_coalesce (job, FALSE);
  asynclit_scheduled_task_set_overlap (job, ASYNCLIT_OVERLAP_QUEUE);
  fixture_add (&memory.fixture, job);
  asynclit_scheduler_start (memory.fixture.scheduler);
  fixture_assert_runs (&memory.fixture, "00:07:30 00:07:30 00:07:30");
  assert_counts (job, 4, 0, 1);
}

static void
test_waiting_too_late (void)
{
  g_auto (Memory) memory = { 0 };
  AsyncLitScheduledTask *job;

  run_and_kill (&memory, die_with_one_waiting, 250);
  job = fixture_new_job (&memory.fixture, asynclit_interval_trigger_new (100), "job");
  asynclit_scheduled_task_set_misfire_grace (job, 20);
  fixture_add (&memory.fixture, job);
  asynclit_scheduler_start (memory.fixture.scheduler);
  fixture_assert_runs (&memory.fixture, "");
  assert_counts (job, 1, 1, 1);
}

/* Remaining runs take place even if the job, with another trigger, has no time left. */
static void
test_waiting_without_times (void)
{
  g_auto (Memory) memory = { 0 };
  AsyncLitTrigger *never = asynclit_cron_trigger_new ("0 0 31 2 *", ASYNCLIT_CRON_DIALECT_CRON,
                                                      "UTC", NULL);
  AsyncLitScheduledTask *job;

  run_and_kill (&memory, die_with_one_waiting, 250);
  job = fixture_new_job (&memory.fixture, never, "job");
  asynclit_scheduled_task_set_job_id (job, "job [interval:100.000000s]");
  fixture_add (&memory.fixture, job);
  asynclit_scheduler_start (memory.fixture.scheduler);
  fixture_assert_runs (&memory.fixture, "00:04:10");
  g_assert_cmpuint (asynclit_scheduler_get_n_jobs (memory.fixture.scheduler), ==, 0);
}

/* But not after its end. */
static void
test_waiting_after_end (void)
{
  g_auto (Memory) memory = { 0 };
  g_autoptr (GDateTime) past = NULL;
  g_autoptr (AsyncLitScheduledTask) job = NULL;
  g_autoptr (GError) error = NULL;

  run_and_kill (&memory, die_with_one_waiting, 250);
  past = fixture_time ("2026-01-01 00:03:30");
  job = fixture_new_job (&memory.fixture, asynclit_interval_trigger_new (50), "job");
  asynclit_scheduled_task_set_job_id (job, "job [interval:100.000000s]");
  asynclit_scheduled_task_set_end_time (job, past);
  g_assert_false (asynclit_scheduler_add (memory.fixture.scheduler, job, TRUE, &error));
  g_assert_error (error, ASYNCLIT_ERROR, ASYNCLIT_ERROR_INVALID_ARGUMENT);
  asynclit_scheduler_start (memory.fixture.scheduler);
  fixture_advance (&memory.fixture, 0);
  fixture_assert_runs (&memory.fixture, "");
}

static void
die_in_run_before_pause (Memory *memory)
{
  TestGate *gate = test_gate_new ();

  fixture_add (&memory->fixture,
               fixture_new_job_with (&memory->fixture,
                                     asynclit_interval_trigger_new_with_fixed_delay (100), "job",
                                     test_work_gate, gate));
  asynclit_scheduler_start (memory->fixture.scheduler);
  asynclit_manual_clock_advance (memory->fixture.clock, 110);
  test_gate_await_arrivals (gate, 1);
}

/* A pause that would have been counted from the end of a run is counted from when the job is added
 * again. */
static void
test_fixed_delay (void)
{
  g_auto (Memory) memory = { 0 };
  AsyncLitScheduledTask *job;

  run_and_kill (&memory, die_in_run_before_pause, 150);
  job = fixture_new_job (&memory.fixture, asynclit_interval_trigger_new_with_fixed_delay (100),
                         "job");
  fixture_add (&memory.fixture, job);
  asynclit_scheduler_start (memory.fixture.scheduler);
  fixture_assert_next (job, "2026-01-01 00:04:10");
  assert_counts (job, 1, 0, 1);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  if (!memory_is_supported ())
    return g_test_run ();
  g_test_add_func ("/scheduler-killed/interrupted", test_interrupted);
  g_test_add_func ("/scheduler-killed/rerun", test_rerun);
  g_test_add_func ("/scheduler-killed/waiting", test_waiting);
  g_test_add_func ("/scheduler-killed/waiting/coalesced", test_waiting_coalesced);
  g_test_add_func ("/scheduler-killed/waiting/overdue", test_waiting_overdue);
  g_test_add_func ("/scheduler-killed/waiting/each", test_waiting_each);
  g_test_add_func ("/scheduler-killed/waiting/too-late", test_waiting_too_late);
  g_test_add_func ("/scheduler-killed/waiting/without-times", test_waiting_without_times);
  g_test_add_func ("/scheduler-killed/waiting/after-end", test_waiting_after_end);
  g_test_add_func ("/scheduler-killed/fixed-delay", test_fixed_delay);
  return g_test_run ();
}
