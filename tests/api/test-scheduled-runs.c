/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Runs of a job, and what happens to them if the job is replaced, or another thread ends them. */

#include "scheduler-fixture.h"

#include <malloc.h>

/* More than may wait for an owner, and as many again for comparison. */
#define N_RUNS 4000

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

/* A waiting run calls the function that the job has when its turn comes, with all that belongs to
 * it. */
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

/* A thread that takes a run receives the job that was due, not its replacement, which may have a
 * function. */
static void
test_replaced_while_queued (void)
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

/* The thread that cancels a run does not handle its end: the worker does. */
static void
test_cancel_leaves_deferred_actions (void)
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
  /* The next run has begun, as the counters show, but has not been submitted. */
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

/* An owner that creates a job and then sleeps: it has no main loop, and does not call the
 * library. */
typedef struct {
  Fixture fixture;
  AsyncLitTaskFunc func;
  gpointer data;
  TestGate *gate; /* where it sleeps */
  GMainContext *context;
  int n_results;      /* atomic */
  int n_finalized[2]; /* atomic: on other threads, and on the owner's thread */
  GThread *thread;
} Sleeper;

/* Runs on: a thread of the test */
static gpointer
sleeper_main (gpointer data)
{
  Sleeper *self = data;

  g_main_context_push_thread_default (self->context);
  fixture_add (&self->fixture,
               fixture_new_job_with (&self->fixture, asynclit_interval_trigger_new (1), "job",
                                     self->func, self->data));
  test_gate_pass (self->gate);
  test_iterate_pending (self->context);
  g_main_context_pop_thread_default (self->context);
  return NULL;
}

static void
sleeper_init (Sleeper *self, AsyncLitTaskFunc func, gpointer data)
{
  self->fixture = fixture_new ();
  self->func = func;
  self->data = data;
  self->gate = test_gate_new ();
  self->context = g_main_context_new ();
  self->thread = g_thread_new ("sleeper", sleeper_main, self);
  test_gate_await_arrivals (self->gate, 1);
  g_object_set (self->fixture.manager, "max-completed", 16, NULL);
  asynclit_scheduler_start (self->fixture.scheduler);
}

static void
sleeper_advance (Sleeper *self, guint n)
{
  while (n-- > 0)
    {
      asynclit_manual_clock_advance (self->fixture.clock, 1);
      fixture_settle (&self->fixture);
    }
}

static void
sleeper_wake (Sleeper *self)
{
  test_gate_open (self->gate);
  g_thread_join (self->thread);
}

static gboolean
have_all_gone (gpointer data)
{
  Sleeper *self = data;

  return g_atomic_int_get (&self->n_finalized[0]) + g_atomic_int_get (&self->n_finalized[1])
         == g_atomic_int_get (&self->n_results);
}

/* The worker may still be about to release some. */
static void
sleeper_clear (Sleeper *self)
{
  fixture_clear (&self->fixture);
  test_gate_free (self->gate);
  g_main_context_unref (self->context);
  test_poll_until (have_all_gone, self);
}

static size_t
get_allocated (void)
{
  return mallinfo2 ().uordblks;
}

/* Runs without user data are freed when the manager removes them. */
static void
test_owner_sleeps (void)
{
  Sleeper sleeper = { 0 };
  size_t before;

  sleeper_init (&sleeper, test_work_return_int, GINT_TO_POINTER (7));
  sleeper_advance (&sleeper, 200);
  before = get_allocated ();
  sleeper_advance (&sleeper, N_RUNS);
  g_assert_cmpuint (get_allocated (), <, before + 32 * N_RUNS);
  sleeper_wake (&sleeper);
  sleeper_clear (&sleeper);
}

static void
count_finalized (gpointer data, GObject *object)
{
  Sleeper *self = data;

  g_atomic_int_inc (&self->n_finalized[g_thread_self () == self->thread]);
}

/* Runs on: pool */
static void
return_object (AsyncLitTask *task, GCancellable *cancellable, gpointer sleeper)
{
  GCancellable *object = g_cancellable_new ();

  g_atomic_int_inc (&((Sleeper *) sleeper)->n_results);
  g_object_weak_ref (G_OBJECT (object), count_finalized, sleeper);
  asynclit_task_return_object (task, G_OBJECT (object));
  g_object_unref (object);
}

/* Runs with user data wait for their owner. */
static void
test_results_wait (void)
{
  Sleeper sleeper = { 0 };

  sleeper_init (&sleeper, return_object, &sleeper);
  sleeper_advance (&sleeper, 500);
  g_assert_cmpint (g_atomic_int_get (&sleeper.n_finalized[0]), ==, 0);
  g_assert_cmpint (g_atomic_int_get (&sleeper.n_finalized[1]), ==, 0);
  sleeper_wake (&sleeper);
  g_assert_cmpint (g_atomic_int_get (&sleeper.n_finalized[0]), ==, 0);
  g_assert_cmpint (g_atomic_int_get (&sleeper.n_finalized[1]), >=, 500 - 17);
  sleeper_clear (&sleeper);
}

static gboolean
have_most_gone (gpointer data)
{
  Sleeper *self = data;

  return g_atomic_int_get (&self->n_finalized[0]) > N_RUNS - 1100;
}

/* But neither forever, nor all of them. */
static void
test_results_are_bounded (void)
{
  Sleeper sleeper = { 0 };

  sleeper_init (&sleeper, return_object, &sleeper);
  sleeper_advance (&sleeper, N_RUNS);
  test_poll_until (have_most_gone, &sleeper);
  g_assert_cmpint (g_atomic_int_get (&sleeper.n_finalized[1]), ==, 0);
  sleeper_wake (&sleeper);
  g_assert_cmpint (g_atomic_int_get (&sleeper.n_finalized[1]), >=, 1000);
  sleeper_clear (&sleeper);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/scheduled-runs/replaced-while-waiting", test_replaced_while_waiting);
  g_test_add_func ("/scheduled-runs/replaced-while-queued", test_replaced_while_queued);
  g_test_add_func ("/scheduled-runs/cancel-leaves-deferred actions",
                   test_cancel_leaves_deferred_actions);
  g_test_add_func ("/scheduled-runs/owner-sleeps", test_owner_sleeps);
  g_test_add_func ("/scheduled-runs/results-wait", test_results_wait);
  g_test_add_func ("/scheduled-runs/results-are-bounded", test_results_are_bounded);
  return g_test_run ();
}
