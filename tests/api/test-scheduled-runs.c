/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Runs of a job, and what becomes of them when the job is replaced, or somebody else ends them. */

#include "scheduler-fixture.h"

/* Runs on: pool */
static void
note_new (AsyncLitTask *task, GCancellable *cancellable, gpointer recorder)
{
  test_recorder_add (recorder, "new");
  asynclit_task_return_boolean (task, TRUE);
}

static AsyncLitScheduledTask *
add_job (Fixture *self, AsyncLitTaskFunc func, gpointer data, AsyncLitOverlap overlap)
{
  AsyncLitScheduledTask *job
      = fixture_new_job_with (self, asynclit_interval_trigger_new (60), "job", func, data);

  asynclit_scheduled_task_set_latest_task_name (job, "latest");
  asynclit_scheduled_task_set_overlap (job, overlap);
  return fixture_add (self, job);
}

static AsyncLitTask *
get_latest (Fixture *self)
{
  return asynclit_task_manager_get (self->manager, "global:latest");
}

/* A run that waits calls what the job calls when its turn comes: one function, and all that
 * belongs to it. */
static void
test_replaced_while_waiting (void)
{
  g_auto (Fixture) fixture = fixture_new ();
  g_autoptr (TestGate) gate = test_gate_new ();
  g_autoptr (TestRecorder) recorder = test_recorder_new ();
  AsyncLitScheduledTask *old = add_job (&fixture, test_work_gate, gate, ASYNCLIT_OVERLAP_QUEUE);
  AsyncLitScheduledTask *new;

  asynclit_scheduler_start (fixture.scheduler);
  asynclit_scheduled_task_run_now (old);
  test_gate_await_arrivals (gate, 1);
  asynclit_scheduled_task_run_now (old);
  new = add_job (&fixture, note_new, recorder, ASYNCLIT_OVERLAP_QUEUE);
  g_assert_cmpuint (asynclit_scheduled_task_get_n_running (new), ==, 1);
  test_gate_open (gate);
  fixture_settle (&fixture);
  test_recorder_assert (recorder, "new");
  g_assert_cmpuint (test_gate_get_arrivals (gate), ==, 1);
  g_assert_cmpuint (asynclit_scheduled_task_get_n_runs (new), ==, 2);
}

/* Who takes a run gets the job that was due, and not the one that has its place now: that may have
 * a function. */
static void
test_replaced_while_handed_over (void)
{
  g_auto (Fixture) fixture = fixture_new ();
  g_autoptr (TestRecorder) recorder = test_recorder_new ();
  AsyncLitScheduledTask *old = add_job (&fixture, NULL, NULL, ASYNCLIT_OVERLAP_SKIP);
  AsyncLitScheduledTask *new;
  g_autoptr (AsyncLitScheduledTask) taken = NULL;
  g_autoptr (AsyncLitTask) task = NULL;

  asynclit_scheduler_start (fixture.scheduler);
  asynclit_scheduled_task_run_now (old);
  new = add_job (&fixture, note_new, recorder, ASYNCLIT_OVERLAP_SKIP);
  task = asynclit_scheduler_take_due (fixture.scheduler, &taken, NULL, NULL);
  g_assert_true (taken == old);
  g_assert_cmpuint (asynclit_scheduled_task_get_n_running (new), ==, 1);
  g_assert_true (asynclit_task_begin (task));
  asynclit_task_return_boolean (task, TRUE);
  g_assert_cmpuint (asynclit_scheduled_task_get_n_running (new), ==, 0);
  test_recorder_assert (recorder, "");
}

/* Whoever cancels a run does not do what follows from its end: the worker does. */
static void
test_cancel_leaves_errands (void)
{
  g_auto (Fixture) fixture = fixture_new ();
  g_autoptr (TestGate) gate = test_gate_new ();
  AsyncLitScheduledTask *job = add_job (&fixture, NULL, NULL, ASYNCLIT_OVERLAP_QUEUE);
  g_autoptr (AsyncLitTask) first = NULL;
  g_autoptr (AsyncLitTask) latest = NULL;
  g_autoptr (AsyncLitTask) taken = NULL;
  g_autoptr (AsyncLitTask) busy = NULL;

  asynclit_scheduler_start (fixture.scheduler);
  asynclit_scheduled_task_run_now (job);
  asynclit_scheduled_task_run_now (job);
  first = get_latest (&fixture);
  busy = asynclit_task_manager_submit_async (fixture.manager, NULL, test_work_gate, gate, NULL);
  test_gate_await_arrivals (gate, 1); /* the worker */
  g_assert_true (asynclit_task_cancel (first));
  /* The next run has begun, as far as anybody can count, but nobody has submitted it. */
  g_assert_cmpuint (asynclit_scheduled_task_get_n_runs (job), ==, 2);
  latest = get_latest (&fixture);
  g_assert_true (latest == first);
  test_gate_open (gate);
  g_clear_object (&first);
  first = asynclit_scheduler_take_due (fixture.scheduler, NULL, NULL, NULL);
  g_assert_false (asynclit_task_begin (first));
  taken = asynclit_scheduler_take_due (fixture.scheduler, NULL, NULL, NULL);
  g_assert_true (asynclit_task_begin (taken));
  asynclit_task_return_boolean (taken, TRUE);
  test_wait (busy);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/scheduled-runs/replaced-while-waiting", test_replaced_while_waiting);
  g_test_add_func ("/scheduled-runs/replaced-while-handed-over", test_replaced_while_handed_over);
  g_test_add_func ("/scheduled-runs/cancel-leaves-errands", test_cancel_leaves_errands);
  return g_test_run ();
}
