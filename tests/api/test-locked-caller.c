/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Calls that may be made while holding a lock that the destroy functions of tasks take: submitting
 * and cancelling, in all states of the task, on all threads, and whatever is waiting for
 * release. */

#include "test-support.h"

/* The calling thread is in a call that must not call user code. */
static __thread gboolean in_call;
static gint n_destroyed; /* atomic */
static guint n_made;

static void
destroy (gpointer data)
{
  g_assert_false (in_call);
  g_atomic_int_inc (&n_destroyed);
}

static gpointer
data_new (void)
{
  n_made++;
  return GUINT_TO_POINTER (n_made);
}

static void
work (AsyncLitTask *task, GCancellable *cancellable, gpointer data)
{
  g_autoptr (GObject) result = g_object_new (G_TYPE_OBJECT, NULL);

  g_object_set_data_full (result, "data", GUINT_TO_POINTER (1), destroy);
  asynclit_task_return_object (task, result);
}

static void
work_fail (AsyncLitTask *task, GCancellable *cancellable, gpointer data)
{
  asynclit_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_BUSY, "busy");
}

static gboolean
all_destroyed (gpointer n_more)
{
  asynclit_task_manager_cleanup (asynclit_get_default_manager ());
  while (g_main_context_iteration (NULL, FALSE))
    ;
  return (guint) g_atomic_int_get (&n_destroyed) >= n_made + GPOINTER_TO_UINT (n_more);
}

static gboolean
all_ended (gpointer manager)
{
  g_main_context_iteration (NULL, FALSE);
  return asynclit_task_manager_wait (manager, 0, NULL, NULL);
}

static void
begin (void)
{
  n_made = 0;
  g_atomic_int_set (&n_destroyed, 0);
}

/* Submitting */

typedef AsyncLitTask *(*Submit) (AsyncLitTaskManager *manager);

static AsyncLitTask *
submit_to_pool (AsyncLitTaskManager *manager)
{
  return asynclit_task_manager_submit (manager, NULL, work, data_new (), destroy);
}

static AsyncLitTask *
submit_to_worker (AsyncLitTaskManager *manager)
{
  return asynclit_task_manager_submit_async (manager, NULL, work, data_new (), destroy);
}

static AsyncLitTask *
submit_to_context (AsyncLitTaskManager *manager)
{
  return asynclit_task_manager_submit_in_context (manager, NULL, work, data_new (), destroy);
}

static AsyncLitTask *
submit_made (AsyncLitTaskManager *manager)
{
  AsyncLitTask *task = asynclit_task_new ();

  asynclit_task_set_func (task, work, data_new (), destroy);
  asynclit_task_manager_submit_task (manager, task);
  return task;
}

static AsyncLitTask *
submit_to_closed (AsyncLitTaskManager *manager)
{
  AsyncLitTask *task;

  asynclit_task_manager_close (manager, ASYNCLIT_CLOSE_MODE_DRAIN);
  task = asynclit_task_manager_submit (manager, NULL, work, data_new (), destroy);
  asynclit_task_manager_reopen (manager);
  return task;
}

static const Submit submits[]
    = { submit_to_pool, submit_to_worker, submit_to_context, submit_made, submit_to_closed };

/* Each submission finds ended tasks, and removes some of them. */
static void
test_submit (void)
{
  g_autoptr (AsyncLitTaskManager) manager
      = g_object_new (ASYNCLIT_TYPE_TASK_MANAGER, "max-completed", 1, NULL);

  begin ();
  for (guint i = 0; i < 200; i++)
    {
      g_autoptr (AsyncLitTask) task = NULL;

      in_call = TRUE;
      task = submits[i % G_N_ELEMENTS (submits)](manager);
      in_call = FALSE;
      if (i % G_N_ELEMENTS (submits) < 2)
        test_poll_until (test_condition_done, task);
    }
  /* Those of the closed manager were dropped with their last reference, which this function had. */
  g_assert_cmpint (g_atomic_int_get (&n_destroyed), ==, 200 / G_N_ELEMENTS (submits));
  test_poll_until (all_ended, manager);
  asynclit_task_manager_set_max_completed (manager, 0);
  asynclit_task_manager_cleanup (manager);
  test_poll_until (all_destroyed, GUINT_TO_POINTER (200 / G_N_ELEMENTS (submits) * 4));
}

/* Cancelling */

typedef struct {
  const char *path;
  /* Returns a task that has not ended, once it is in the right state. */
  AsyncLitTask *(*make) (void);
} Place;

static AsyncLitTask *
make_pending (void)
{
  return submit_to_pool (asynclit_get_default_manager ());
}

static AsyncLitTask *
make_waiting_for_retry (void)
{
  g_autoptr (AsyncLitRetryPolicy) retry
      = asynclit_retry_policy_new_full (5, 500, 500, 1, 0, 0, NULL);
  AsyncLitTask *task = asynclit_task_manager_submit_async (asynclit_get_default_manager (), retry,
                                                           work_fail, data_new (), destroy);
  g_autoptr (AsyncLitTask) after = NULL;

  test_poll_until (test_condition_waiting_retry, task);
  /* By then, its timer is running, which is started on the worker. */
  after = asynclit_run_async (test_work_return_int, NULL, NULL);
  test_wait (after);
  return task;
}

static AsyncLitTask *
make_in_context (void)
{
  return submit_to_context (asynclit_get_default_manager ());
}

static AsyncLitTask *
make_abandoned (void)
{
  AsyncLitTask *task = asynclit_task_new ();

  asynclit_task_set_func (task, test_work_nothing, data_new (), destroy);
  asynclit_task_set_abandon_on_cancel (task, TRUE);
  asynclit_task_set_executor (task, ASYNCLIT_EXECUTOR_WORKER);
  asynclit_task_manager_submit_task (asynclit_get_default_manager (), task);
  test_poll_until (test_condition_started, task);
  return task;
}

static AsyncLitTask *
make_never_submitted (void)
{
  AsyncLitTask *task = asynclit_task_new ();

  asynclit_task_set_func (task, work, data_new (), destroy);
  return task;
}

static AsyncLitTask *
make_of_gone_context (void)
{
  GMainContext *context = g_main_context_new ();
  AsyncLitTask *task;

  g_main_context_push_thread_default (context);
  task = make_waiting_for_retry ();
  g_main_context_pop_thread_default (context);
  g_main_context_unref (context);
  return task;
}

static const Place places[] = {
  { "pending", make_pending },
  { "waiting-for-retry", make_waiting_for_retry },
  { "in-context", make_in_context },
  { "abandoned", make_abandoned },
  { "never-submitted", make_never_submitted },
  { "context-gone", make_of_gone_context },
};

/* Tasks before it wait for release. The library drops its reference to the task in the meantime. */
static gboolean
cancel (gpointer task)
{
  in_call = TRUE;
  g_assert_true (asynclit_task_cancel (task));
  g_assert_false (asynclit_task_cancel (task));
  in_call = FALSE;
  return G_SOURCE_REMOVE;
}

static void
cancel_at (const Place *place, gboolean in_handler)
{
  g_autoptr (TestGate) gate = test_gate_new ();
  g_autoptr (AsyncLitTask) blocker = asynclit_run (test_work_gate, gate, NULL);
  g_autoptr (AsyncLitTask) task = NULL;

  begin ();
  test_gate_await_arrivals (gate, 1);
  task = place->make ();
  if (in_handler)
    {
      g_idle_add_full (G_PRIORITY_HIGH, cancel, task, NULL);
      g_main_context_iteration (NULL, FALSE);
    }
  else
    cancel (task);
  asynclit_task_return_boolean (task, TRUE); /* an abandoned task still has to do this */
  test_gate_open (gate);
  test_wait (blocker);
  g_clear_object (&task);
  test_poll_until (all_destroyed, NULL);
}

static void
test_cancel (gconstpointer place)
{
  cancel_at (place, FALSE);
}

static void
test_cancel_in_handler (gconstpointer place)
{
  cancel_at (place, TRUE);
}

static AsyncLitTask *run; /* atomic */

static void
work_of_run (AsyncLitTask *task, GCancellable *cancellable, gpointer data)
{
  g_atomic_pointer_set (&run, g_object_ref (task));
  asynclit_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_BUSY, "busy");
}

static gboolean
run_waits (gpointer unused)
{
  AsyncLitTask *task = g_atomic_pointer_get (&run);

  return task != NULL && test_condition_waiting_retry (task);
}

/* The last run of a job, which is removed together with it. */
static void
test_cancel_run (void)
{
  g_autoptr (AsyncLitScheduler) scheduler = asynclit_scheduler_new ();
  g_autoptr (AsyncLitTrigger) trigger = asynclit_interval_trigger_new (1000);
  g_autoptr (AsyncLitRetryPolicy) retry
      = asynclit_retry_policy_new_full (5, 500, 500, 1, 0, 0, NULL);
  AsyncLitScheduledTask *job;

  begin ();
  job = asynclit_scheduled_task_new (trigger, work_of_run, data_new (), destroy);
  asynclit_scheduled_task_set_retry_policy (job, retry);
  asynclit_scheduled_task_set_first_run (job, ASYNCLIT_FIRST_RUN_NOW);
  asynclit_scheduled_task_set_max_runs (job, 1);
  g_assert_true (asynclit_scheduler_add (scheduler, job, TRUE, NULL));
  asynclit_scheduler_start (scheduler);
  test_poll_until (run_waits, NULL);
  g_object_unref (job);
  cancel (run);
  g_clear_object (&run);
  test_poll_until (all_destroyed, NULL);
  asynclit_scheduler_shutdown (scheduler, TRUE);
}

static gboolean
wait_has_destroyed (gpointer task)
{
  g_assert_true (asynclit_task_wait (task, 0, NULL, NULL));
  return g_atomic_int_get (&n_destroyed) == 1;
}

/* The function may have been released slightly after the end of the task. */
static void
test_wait_releases (void)
{
  g_autoptr (AsyncLitTask) task = NULL;

  begin ();
  task = submit_to_pool (asynclit_get_default_manager ());
  test_wait (task);
  test_poll_until (wait_has_destroyed, task);
}

int
main (int argc, char *argv[])
{
  g_setenv ("ASYNCLIT_POOL_THREADS", "1", TRUE);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/locked-caller/wait-releases", test_wait_releases);
  g_test_add_func ("/locked-caller/submit", test_submit);
  for (guint i = 0; i < G_N_ELEMENTS (places); i++)
    {
      g_autofree char *plain = g_strconcat ("/locked-caller/cancel/", places[i].path, NULL);
      g_autofree char *handler
          = g_strconcat ("/locked-caller/cancel-in-handler/", places[i].path, NULL);

      g_test_add_data_func (plain, &places[i], test_cancel);
      g_test_add_data_func (handler, &places[i], test_cancel_in_handler);
    }
  g_test_add_func ("/locked-caller/cancel/run", test_cancel_run);
  return g_test_run ();
}
