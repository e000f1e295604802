/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The notifications for the owner of a scheduler, and the runs of jobs without a function. */

#include "scheduler-fixture.h"

/* The maximum number of pending events, and more than that. */
#define N_KEPT 4096
#define N_UNHEARD 5000

static void
on_fired (AsyncLitScheduler *scheduler, AsyncLitScheduledTask *job, AsyncLitTask *task,
          TestRecorder *recorder)
{
  test_recorder_add (recorder, "fired:%s", asynclit_task_get_name (task));
}

static void
on_finished (AsyncLitScheduler *scheduler, AsyncLitScheduledTask *job, AsyncLitTask *task,
             TestRecorder *recorder)
{
  g_assert_true (asynclit_task_get_done (task));
  test_recorder_add (recorder, "finished:%s", asynclit_scheduled_task_get_name (job));
}

static void
on_missed (AsyncLitScheduler *scheduler, AsyncLitScheduledTask *job, guint64 n, GDateTime *last,
           TestRecorder *recorder)
{
  g_autoptr (GDateTime) utc = g_date_time_to_utc (last);
  g_autofree char *time = g_date_time_format (utc, "%H:%M:%S");

  test_recorder_add (recorder, "missed:%" G_GUINT64_FORMAT ":%s", n, time);
}

static void
on_skipped (AsyncLitScheduler *scheduler, AsyncLitScheduledTask *job, AsyncLitSkipReason reason,
            TestRecorder *recorder)
{
  test_recorder_add (recorder, "skipped:%d", reason);
}

static void
watch (Fixture *fixture, TestRecorder *recorder)
{
  g_signal_connect (fixture->scheduler, "fired", G_CALLBACK (on_fired), recorder);
  g_signal_connect (fixture->scheduler, "finished", G_CALLBACK (on_finished), recorder);
  g_signal_connect (fixture->scheduler, "missed", G_CALLBACK (on_missed), recorder);
  g_signal_connect (fixture->scheduler, "skipped", G_CALLBACK (on_skipped), recorder);
}

static void
test_signals (void)
{
  g_autoptr (TestRecorder) recorder = test_recorder_new ();
  g_auto (Fixture) fixture = fixture_new ();
  AsyncLitScheduledTask *job = fixture_add_interval (&fixture, "job", 10);

  watch (&fixture, recorder);
  asynclit_scheduled_task_set_misfire_grace (job, 100);
  asynclit_scheduler_start (fixture.scheduler);
  fixture_advance (&fixture, 10);
  asynclit_manual_clock_suspend (fixture.clock, 25);
  fixture_settle (&fixture);
  g_assert_cmpuint (test_recorder_get_length (recorder), ==, 0);
  test_iterate_pending (NULL);
  test_recorder_assert (recorder, "fired:job finished:job missed:1:00:00:30 fired:job "
                                  "finished:job");
  g_assert_true (test_recorder_all_on_thread (recorder, g_thread_self ()));
}

static void
test_skipped (void)
{
  g_autoptr (TestRecorder) recorder = test_recorder_new ();
  g_autoptr (TestGate) gate = test_gate_new ();
  g_auto (Fixture) fixture = fixture_new ();

  watch (&fixture, recorder);
  fixture_add (&fixture, fixture_new_job_with (&fixture, asynclit_interval_trigger_new (10), "slow",
                                               test_work_gate, gate));
  asynclit_scheduler_start (fixture.scheduler);
  asynclit_manual_clock_advance (fixture.clock, 20);
  test_iterate_pending (NULL);
  test_recorder_assert (recorder, "fired:slow skipped:0");
  test_gate_open (gate);
}

static gboolean
has_heard_all (gpointer recorder)
{
  return test_recorder_get_length (recorder) >= N_KEPT;
}

/* Runs that are not taken are kept up to a limit. */
static void
test_unheard (void)
{
  g_autoptr (TestRecorder) recorder = test_recorder_new ();
  g_autoptr (TestGate) gate = test_gate_new ();
  g_auto (Fixture) fixture = fixture_new ();
  AsyncLitScheduledTask *job = fixture_new_job_with (
      &fixture, asynclit_interval_trigger_new (10), "slow", test_work_gate, gate);

  g_signal_connect (fixture.scheduler, "skipped", G_CALLBACK (on_skipped), recorder);
  fixture_add (&fixture, job);
  for (guint i = 0; i <= N_UNHEARD; i++)
    g_assert_true (asynclit_scheduled_task_run_now (job));
  g_assert_cmpuint (asynclit_scheduled_task_get_n_skipped (job), ==, N_UNHEARD);
  test_iterate_until (NULL, has_heard_all, recorder);
  test_iterate_pending (NULL);
  g_assert_cmpuint (test_recorder_get_length (recorder), ==, N_KEPT);
  test_gate_open (gate);
}

static void
on_items_changed (GListModel *model, guint position, guint removed, guint added,
                  TestRecorder *recorder)
{
  test_recorder_add (recorder, "%u-%u+%u", position, removed, added);
}

static void
test_list (void)
{
  g_autoptr (TestRecorder) recorder = test_recorder_new ();
  g_auto (Fixture) fixture = fixture_new ();
  GListModel *model = G_LIST_MODEL (fixture.scheduler);
  AsyncLitScheduledTask *first = fixture_add_interval (&fixture, "first", 10);
  g_autoptr (AsyncLitScheduledTask) got = NULL;

  g_signal_connect (model, "items-changed", G_CALLBACK (on_items_changed), recorder);
  g_assert_cmpuint (g_list_model_get_n_items (model), ==, 1);
  fixture_add_interval (&fixture, "second", 10);
  fixture_add_interval (&fixture, "third", 10);
  g_assert_cmpuint (g_list_model_get_n_items (model), ==, 1);
  test_iterate_pending (NULL);
  g_assert_cmpuint (g_list_model_get_n_items (model), ==, 3);
  asynclit_scheduled_task_remove (first);
  fixture_add_interval (&fixture, "third", 10); /* replaces the other */
  test_iterate_pending (NULL);
  g_assert_cmpuint (g_list_model_get_n_items (model), ==, 2);
  got = g_list_model_get_item (model, 0);
  g_assert_cmpstr (asynclit_scheduled_task_get_name (got), ==, "second");
  test_recorder_assert (recorder, "1-0+2 0-1+0 1-1+0 1-0+1");
}

static void
on_notify (AsyncLitScheduledTask *job, GParamSpec *pspec, TestRecorder *recorder)
{
  test_recorder_add (recorder, "%s", pspec->name);
}

static void
test_notify (void)
{
  g_autoptr (TestRecorder) recorder = test_recorder_new ();
  g_auto (Fixture) fixture = fixture_new ();
  AsyncLitScheduledTask *job = fixture_add_interval (&fixture, "job", 10);

  test_iterate_pending (NULL);
  g_signal_connect (job, "notify", G_CALLBACK (on_notify), recorder);
  asynclit_scheduler_start (fixture.scheduler);
  fixture_advance (&fixture, 10);
  g_assert_cmpuint (test_recorder_get_length (recorder), ==, 0);
  test_iterate_pending (NULL);
  g_assert_cmpuint (test_recorder_count (recorder, "next-run-time"), ==, 1);
  g_assert_cmpuint (test_recorder_count (recorder, "n-runs"), ==, 1);
  g_assert_cmpuint (test_recorder_count (recorder, "paused"), ==, 0);
}

/* A listener of a single property is notified, like a property binding. */
static void
test_notify_detailed (void)
{
  g_autoptr (TestRecorder) recorder = test_recorder_new ();
  g_auto (Fixture) fixture = fixture_new ();
  AsyncLitScheduledTask *job = fixture_add_interval (&fixture, "job", 10);
  AsyncLitScheduledTask *bound = fixture_add_interval (&fixture, "bound", 3600);

  g_signal_connect (job, "notify::n-runs", G_CALLBACK (on_notify), recorder);
  g_signal_connect (job, "notify::paused", G_CALLBACK (on_notify), recorder);
  g_object_bind_property (job, "paused", bound, "paused", G_BINDING_SYNC_CREATE);
  asynclit_scheduler_start (fixture.scheduler);
  fixture_advance (&fixture, 10);
  test_iterate_pending (NULL);
  test_recorder_assert (recorder, "n-runs");
  asynclit_scheduled_task_pause (job);
  test_iterate_pending (NULL);
  test_recorder_assert (recorder, "n-runs paused");
  g_assert_true (asynclit_scheduled_task_get_paused (bound));
}

/* The function's data is freed on the thread that created the job. */
static void
test_data (void)
{
  g_auto (Fixture) fixture = fixture_new ();
  g_autoptr (AsyncLitTrigger) trigger = asynclit_interval_trigger_new (10);
  g_autoptr (TestToken) token = test_token_new ();
  AsyncLitScheduledTask *job = asynclit_scheduled_task_new (
      trigger, test_work_return_int, test_token_ref (token), test_token_destroy);

  asynclit_scheduled_task_set_manager (job, fixture.manager);
  fixture_add (&fixture, job);
  asynclit_scheduler_start (fixture.scheduler);
  fixture_advance (&fixture, 30);
  asynclit_scheduled_task_remove (job);
  g_ptr_array_set_size (fixture.jobs, 0);
  asynclit_task_manager_set_max_completed (fixture.manager, 0);
  asynclit_task_manager_cleanup (fixture.manager);
  test_iterate_until (NULL, test_condition_token_destroyed, token);
  g_assert_cmpuint (test_token_get_destroyed (token), ==, 1);
  g_assert_true (test_token_get_thread (token) == g_thread_self ());
}

/* Jobs without a function */

static AsyncLitScheduledTask *
add_without_function (Fixture *fixture)
{
  return fixture_add (fixture, fixture_new_job_with (fixture, asynclit_interval_trigger_new (10),
                                                     "taken", NULL, NULL));
}

static void
test_take (void)
{
  g_auto (Fixture) fixture = fixture_new ();
  AsyncLitScheduledTask *job = add_without_function (&fixture);
  g_autoptr (AsyncLitScheduledTask) taken_job = NULL;
  g_autoptr (AsyncLitTask) task = NULL;
  g_autoptr (GError) error = NULL;

  asynclit_scheduler_start (fixture.scheduler);
  asynclit_manual_clock_advance (fixture.clock, 10);
  task = asynclit_scheduler_take_due (fixture.scheduler, &taken_job, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (taken_job == job);
  g_assert_cmpstr (asynclit_task_get_name (task), ==, "taken");
  g_assert_true (asynclit_task_begin (task));
  /* The run is in progress until it is settled. */
  asynclit_manual_clock_advance (fixture.clock, 10);
  g_assert_cmpuint (asynclit_scheduled_task_get_n_skipped (job), ==, 1);
  asynclit_task_return_int (task, 1);
  fixture_settle (&fixture);
  asynclit_manual_clock_advance (fixture.clock, 10);
  g_assert_cmpuint (asynclit_scheduled_task_get_n_runs (job), ==, 2);
}

static void
on_taken (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (AsyncLitTask) task = NULL;
  g_autoptr (AsyncLitScheduledTask) job = NULL;
  g_autoptr (GError) error = NULL;

  task = asynclit_scheduler_take_due_finish (ASYNCLIT_SCHEDULER (source), result, &job, &error);
  if (task != NULL && asynclit_task_begin (task))
    asynclit_task_return_int (task, 1);
  else
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  *(gboolean *) data = TRUE;
}

static void
test_take_async (void)
{
  g_auto (Fixture) fixture = fixture_new ();
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  gboolean taken = FALSE;

  add_without_function (&fixture);
  asynclit_scheduler_start (fixture.scheduler);
  asynclit_scheduler_take_due_async (fixture.scheduler, NULL, on_taken, &taken);
  test_iterate_pending (NULL);
  g_assert_false (taken);
  asynclit_manual_clock_advance (fixture.clock, 10);
  test_iterate_until_true (NULL, &taken);
  fixture_settle (&fixture);

  taken = FALSE;
  asynclit_scheduler_take_due_async (fixture.scheduler, cancellable, on_taken, &taken);
  g_cancellable_cancel (cancellable);
  test_iterate_until_true (NULL, &taken);
}

/* Runs on: a thread of the test */
static gpointer
take_in_thread (gpointer data)
{
  Fixture *fixture = data;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (AsyncLitTask) task
      = asynclit_scheduler_take_due (fixture->scheduler, NULL, cancellable, NULL);

  g_assert_true (asynclit_task_begin (task));
  asynclit_task_return_int (task, 1);
  g_cancellable_cancel (cancellable);
  g_assert_null (asynclit_scheduler_take_due (fixture->scheduler, NULL, cancellable, NULL));
  return NULL;
}

static void
test_take_blocks (void)
{
  g_auto (Fixture) fixture = fixture_new ();
  AsyncLitScheduledTask *job = add_without_function (&fixture);
  GThread *thread = g_thread_new ("waiter", take_in_thread, &fixture);

  asynclit_scheduler_start (fixture.scheduler);
  asynclit_manual_clock_advance (fixture.clock, 10);
  g_thread_join (thread);
  fixture_settle (&fixture);
  /* Runs that are not taken are cancelled when the scheduler is shut down. */
  asynclit_manual_clock_advance (fixture.clock, 10);
  g_assert_cmpuint (asynclit_scheduled_task_get_n_running (job), ==, 1);
  asynclit_scheduler_shutdown (fixture.scheduler, TRUE);
  g_assert_cmpuint (asynclit_scheduled_task_get_n_running (job), ==, 0);
}

/* The owner's context */

static void
test_executor_context (void)
{
  g_autoptr (TestGate) gate = test_gate_new ();
  g_auto (Fixture) fixture = fixture_new ();
  AsyncLitScheduledTask *job = fixture_new_job_with (&fixture, asynclit_interval_trigger_new (10),
                                                     "here", test_work_gate, gate);

  test_gate_open (gate);
  asynclit_scheduled_task_set_executor (job, ASYNCLIT_EXECUTOR_CONTEXT);
  fixture_add (&fixture, job);
  asynclit_scheduler_start (fixture.scheduler);
  asynclit_manual_clock_advance (fixture.clock, 10);
  g_assert_cmpuint (asynclit_scheduled_task_get_n_running (job), ==, 1);
  /* Waiting for it here would never end. */
  asynclit_scheduler_shutdown (fixture.scheduler, TRUE);
  g_assert_cmpuint (asynclit_scheduled_task_get_n_running (job), ==, 1);
  test_iterate_pending (NULL);
  g_assert_cmpuint (asynclit_scheduled_task_get_n_running (job), ==, 0);
}

/* Runs on: pool */
static void
shut_down_from_inside (AsyncLitTask *task, GCancellable *cancellable, gpointer data)
{
  asynclit_scheduler_shutdown (((Fixture *) data)->scheduler, TRUE);
  asynclit_task_return_int (task, 1);
}

static void
test_shutdown_from_inside (void)
{
  g_auto (Fixture) fixture = fixture_new ();

  for (AsyncLitExecutor executor = ASYNCLIT_EXECUTOR_THREAD_POOL;
       executor <= ASYNCLIT_EXECUTOR_WORKER; executor++)
    {
      AsyncLitScheduledTask *job = fixture_new_job_with (
          &fixture, asynclit_interval_trigger_new (10), "suicide", shut_down_from_inside, &fixture);

      asynclit_scheduled_task_set_executor (job, executor);
      fixture_add (&fixture, job);
      asynclit_scheduler_start (fixture.scheduler);
      asynclit_manual_clock_advance (fixture.clock, 10);
      fixture_settle (&fixture);
      g_assert_false (asynclit_scheduler_get_running (fixture.scheduler));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/scheduler-signals/all", test_signals);
  g_test_add_func ("/scheduler-signals/skipped", test_skipped);
  g_test_add_func ("/scheduler-signals/unheard", test_unheard);
  g_test_add_func ("/scheduler-signals/list", test_list);
  g_test_add_func ("/scheduler-signals/notify", test_notify);
  g_test_add_func ("/scheduler-signals/notify/detailed", test_notify_detailed);
  g_test_add_func ("/scheduler-signals/data", test_data);
  g_test_add_func ("/scheduler-signals/take", test_take);
  g_test_add_func ("/scheduler-signals/take/async", test_take_async);
  g_test_add_func ("/scheduler-signals/take/blocks", test_take_blocks);
  g_test_add_func ("/scheduler-signals/executor-context", test_executor_context);
  g_test_add_func ("/scheduler-signals/shutdown-from-inside", test_shutdown_from_inside);
  return g_test_run ();
}
