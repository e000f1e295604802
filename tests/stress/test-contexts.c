/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Main contexts that are destroyed, with their thread, while tasks are running and notifications
 * are pending. */

#include "stress-support.h"

/* The number of tasks that a thread leaves behind. */
#define PER_THREAD 50

typedef struct {
  AsyncLitTaskManager *manager;
  StressProbes *probes;
  AsyncLitExecutor executor;
  TestGate *gate;       /* nullable: the gate at which the work waits */
  StressQueue *handles; /* nullable: receives the handles, which are otherwise dropped */
  gint closures;        /* atomic: destroyed */
  gint n_leaving;       /* atomic: threads that have not left */
  guint listeners;      /* for each task */
} Leaving;

static void
on_closure_gone (gpointer data, GClosure *closure)
{
  g_atomic_int_inc (&((Leaving *) data)->closures);
}

static void
on_callback_gone (gpointer data)
{
  on_closure_gone (data, NULL);
}

static void
on_progressed (AsyncLitTask *task, const GValue *value, gpointer leaving)
{
}

static void
on_completed (AsyncLitTask *task, gpointer leaving)
{
}

static gboolean
all_closures_gone (gpointer user_data)
{
  Leaving *leaving = user_data;

  return (guint) g_atomic_int_get (&leaving->closures)
         == stress_probes_get_taken (leaving->probes) * leaving->listeners;
}

static void
work_reporting (AsyncLitTask *task, GCancellable *cancellable, gpointer probe)
{
  for (int i = 0; i < 5; i++)
    test_report_int (task, i);
  stress_probe_work (task, cancellable, probe);
}

static void
work_at_gate (AsyncLitTask *task, GCancellable *cancellable, gpointer user_data)
{
  StressProbe *probe = user_data;

  test_gate_pass (probe->tag);
  work_reporting (task, cancellable, probe);
}

static void
leave_one (Leaving *leaving)
{
  StressProbe *probe = stress_probes_take (leaving->probes);
  AsyncLitTaskFunc func = leaving->gate != NULL ? work_at_gate : work_reporting;
  AsyncLitTask *task;

  probe->tag = leaving->gate;
  task = stress_submit (leaving->manager, leaving->executor, NULL, func, probe);
  g_signal_connect_data (task, "progressed", G_CALLBACK (on_progressed), leaving, on_closure_gone,
                         0);
  g_signal_connect_data (task, "completed", G_CALLBACK (on_completed), leaving, on_closure_gone, 0);
  asynclit_task_add_callback (task, on_completed, leaving, on_callback_gone);

  if (leaving->handles != NULL)
    stress_queue_push (leaving->handles, task);
  else
    g_object_unref (task);
}

static void
submit_and_leave (guint index, gpointer user_data)
{
  Leaving *leaving = user_data;
  GMainContext *context = stress_context_push ();

  for (guint i = 0; i < PER_THREAD; i++)
    leave_one (leaving);

  /* Some leave immediately, others after having dispatched some of the notifications. */
  for (guint i = 0; i < index % 3; i++)
    g_main_context_iteration (context, FALSE);
  stress_context_pop (context);
}

static void
leaving_init (Leaving *leaving, AsyncLitExecutor executor, guint n_threads)
{
  *leaving = (Leaving){ .executor = executor, .listeners = 3 };
  leaving->manager = asynclit_task_manager_new ();
  leaving->probes = stress_probes_new (n_threads * PER_THREAD);
}

static void
leaving_clear (Leaving *leaving)
{
  g_clear_object (&leaving->manager);
  g_clear_pointer (&leaving->probes, stress_probes_free);
  g_clear_pointer (&leaving->handles, stress_queue_free);
}

static void
leave_from_threads (Leaving *leaving, guint rounds, guint at_once)
{
  for (guint i = 0; i < rounds; i++)
    stress_threads_join (stress_threads_start (at_once, submit_and_leave, leaving));
}

/* The remaining tasks end, and everything that belongs to them is destroyed exactly once. */
static void
assert_nothing_left (Leaving *leaving)
{
  stress_wait_for_manager (leaving->manager);
  asynclit_task_manager_set_max_completed (leaving->manager, 0);
  asynclit_task_manager_cleanup (leaving->manager);
  test_poll_until (stress_condition_released, leaving->probes);
  test_poll_until (all_closures_gone, leaving);
  stress_probes_assert_released_once (leaving->probes);
}

static void
test_handles_dropped (gconstpointer executor)
{
  guint rounds = stress_scale (150);
  Leaving leaving;

  leaving_init (&leaving, (AsyncLitExecutor) GPOINTER_TO_INT (executor), 4 * rounds);
  leave_from_threads (&leaving, rounds, 4);
  assert_nothing_left (&leaving);
  leaving_clear (&leaving);
}

static void
drop_handle (Leaving *leaving)
{
  g_autoptr (AsyncLitTask) task = stress_queue_pop (leaving->handles);

  test_wait (task);
  if (asynclit_task_get_status (task) == ASYNCLIT_TASK_STATUS_ERROR)
    test_assert_failed (task, ASYNCLIT_ERROR, ASYNCLIT_ERROR_CONTEXT_GONE);
  else
    g_assert_cmpint (asynclit_task_get_status (task), ==, ASYNCLIT_TASK_STATUS_DONE);
}

/* The handles outlive the context, and its thread. */
static void
test_handles_kept (gconstpointer executor)
{
  guint rounds = stress_scale (150);
  Leaving leaving;

  leaving_init (&leaving, (AsyncLitExecutor) GPOINTER_TO_INT (executor), 4 * rounds);
  leaving.handles = stress_queue_new ();
  leave_from_threads (&leaving, rounds, 4);
  while (!stress_queue_is_empty (leaving.handles))
    drop_handle (&leaving);
  assert_nothing_left (&leaving);
  leaving_clear (&leaving);
}

/* All contexts are destroyed before the first task ends. */
static void
test_gone_while_running (void)
{
  guint rounds = stress_scale (50);
  g_autoptr (TestGate) gate = test_gate_new ();
  Leaving leaving;

  leaving_init (&leaving, ASYNCLIT_EXECUTOR_THREAD_POOL, 4 * rounds);
  leaving.gate = gate;
  leave_from_threads (&leaving, rounds, 4);
  test_gate_open (gate);
  assert_nothing_left (&leaving);
  leaving_clear (&leaving);
}

/* Tasks without a context end in the pool, and are dropped on other threads at that moment. */
static void
forget_or_open (guint index, gpointer user_data)
{
  Leaving *leaving = user_data;

  if (index == 0)
    test_gate_open (leaving->gate);
  while (!stress_condition_released (leaving->probes))
    asynclit_task_manager_cleanup (leaving->manager);
}

static void
test_gone_while_forgotten (void)
{
  for (guint i = 0; i < stress_scale (100); i++)
    {
      g_autoptr (TestGate) gate = test_gate_new ();
      Leaving leaving;

      leaving_init (&leaving, ASYNCLIT_EXECUTOR_THREAD_POOL, 4);
      asynclit_task_manager_set_max_completed (leaving.manager, 0);
      leaving.gate = gate;
      leave_from_threads (&leaving, 1, 4);
      stress_threads_join (stress_threads_start (3, forget_or_open, &leaving));
      assert_nothing_left (&leaving);
      leaving_clear (&leaving);
    }
}

/* Contexts with pending notifications are destroyed while other threads drop the tasks. */
static void
leave_or_forget (guint index, gpointer user_data)
{
  Leaving *leaving = user_data;

  if (index < 2)
    {
      submit_and_leave (index, leaving);
      g_atomic_int_add (&leaving->n_leaving, -1);
    }
  while (g_atomic_int_get (&leaving->n_leaving) > 0 || !stress_condition_released (leaving->probes))
    asynclit_task_manager_cleanup (leaving->manager);
}

static void
test_gone_against_forget (void)
{
  guint rounds = stress_scale (150);
  Leaving leaving;

  leaving_init (&leaving, ASYNCLIT_EXECUTOR_THREAD_POOL, 2 * rounds);
  asynclit_task_manager_set_max_completed (leaving.manager, 0);
  for (guint i = 0; i < rounds; i++)
    {
      g_atomic_int_set (&leaving.n_leaving, 2);
      stress_threads_join (stress_threads_start (4, leave_or_forget, &leaving));
    }
  assert_nothing_left (&leaving);
  leaving_clear (&leaving);
}

/* A context is destroyed while other threads cancel its tasks. */

static void
submit_leave_or_cancel (guint index, gpointer user_data)
{
  Leaving *leaving = user_data;

  if (index == 0)
    for (guint i = 0; i < PER_THREAD; i++)
      {
        g_autoptr (AsyncLitTask) task = stress_queue_pop (leaving->handles);

        asynclit_task_cancel (task);
      }
  else
    submit_and_leave (index, leaving);
}

static void
test_gone_while_cancelled (gconstpointer executor)
{
  guint rounds = stress_scale (300);
  Leaving leaving;

  leaving_init (&leaving, (AsyncLitExecutor) GPOINTER_TO_INT (executor), rounds);
  leaving.handles = stress_queue_new ();
  for (guint i = 0; i < rounds; i++)
    stress_threads_join (stress_threads_start (2, submit_leave_or_cancel, &leaving));
  assert_nothing_left (&leaving);
  leaving_clear (&leaving);
}

/* Several threads take turns at iterating a context: each owns it while it iterates. */

typedef struct {
  GMainContext *context;
  StressProbes *probes;
} Relay;

static void
iterate_and_pass_on (guint index, gpointer user_data)
{
  Relay *relay = user_data;

  while (!stress_condition_released (relay->probes))
    {
      if (!g_main_context_acquire (relay->context))
        {
          g_usleep (50);
          continue;
        }
      for (guint i = 0; i < 3; i++)
        g_main_context_iteration (relay->context, FALSE);
      g_main_context_release (relay->context);
    }
}

static void
test_iterated_by_many (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  guint n = stress_scale (50000);
  g_autoptr (StressProbes) probes = stress_probes_new (n);
  g_autoptr (GMainContext) context = g_main_context_new ();
  Relay relay = { context, probes };
  StressThreads *threads;

  g_main_context_push_thread_default (context);
  for (guint i = 0; i < n; i++)
    g_object_unref (stress_submit (manager, ASYNCLIT_EXECUTOR_THREAD_POOL, NULL, work_reporting,
                                   stress_probes_take (probes)));
  g_main_context_pop_thread_default (context);

  threads = stress_threads_start (3, iterate_and_pass_on, &relay);
  stress_threads_join (threads);
  stress_probes_assert_released_once (probes);
}

static void
add_for_executors (const char *path, GTestDataFunc func)
{
  const char *names[] = { "pool", "worker", "context" };
  const AsyncLitExecutor executors[]
      = { ASYNCLIT_EXECUTOR_THREAD_POOL, ASYNCLIT_EXECUTOR_WORKER, ASYNCLIT_EXECUTOR_CONTEXT };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *whole = g_strdup_printf ("%s/%s", path, names[i]);

      g_test_add_data_func (whole, GINT_TO_POINTER ((gint) executors[i]), func);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  add_for_executors ("/contexts/gone/handles-dropped", test_handles_dropped);
  add_for_executors ("/contexts/gone/handles-kept", test_handles_kept);
  add_for_executors ("/contexts/gone/while-cancelled", test_gone_while_cancelled);
  g_test_add_func ("/contexts/gone/while-running", test_gone_while_running);
  g_test_add_func ("/contexts/gone/while-forgotten", test_gone_while_forgotten);
  g_test_add_func ("/contexts/gone/against-forget", test_gone_against_forget);
  g_test_add_func ("/contexts/iterated/by-many", test_iterated_by_many);
  return g_test_run ();
}
