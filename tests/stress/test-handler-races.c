/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Handles that are dropped, and handlers that change their own connections, while notifications are
 * pending. */

#include "stress-support.h"

#define VALUES 8
/* The number of closures that listen_to() connects. */
#define CLOSURES 4

/* An object that is connected to a task's signals; its closures share it. */
typedef struct {
  StressProbe *probe;
  guint progressed;
  guint completed;
  AsyncLitTaskStatus status; /* the last notified status */
  gint closures;             /* atomic: destroyed */
} Listener;

static void
on_closure_gone (gpointer data, GClosure *closure)
{
  g_atomic_int_inc (&((Listener *) data)->closures);
}

static void
on_callback_gone (gpointer data)
{
  on_closure_gone (data, NULL);
}

static void
report_some (AsyncLitTask *task)
{
  for (int i = 0; i < VALUES; i++)
    test_report_int (task, i);
}

static void
work_with_progress (AsyncLitTask *task, GCancellable *cancellable, gpointer probe)
{
  report_some (task);
  stress_probe_work (task, cancellable, probe);
}

static void
on_progressed (AsyncLitTask *task, const GValue *value, gpointer user_data)
{
  Listener *listener = user_data;

  g_assert_true (listener->probe->owner == g_thread_self ());
  g_assert_cmpint (g_value_get_int (value), ==, (gint) listener->progressed);
  g_assert_cmpuint (listener->completed, ==, 0);
  listener->progressed++;
}

static void
on_status (AsyncLitTask *task, GParamSpec *pspec, gpointer user_data)
{
  Listener *listener = user_data;

  g_assert_true (listener->probe->owner == g_thread_self ());
  g_assert_cmpuint (listener->completed, ==, 0);
  listener->status = asynclit_task_get_status (task);
}

static void
on_completed (AsyncLitTask *task, gpointer user_data)
{
  Listener *listener = user_data;

  g_assert_true (listener->probe->owner == g_thread_self ());
  g_assert_cmpint (listener->status, ==, ASYNCLIT_TASK_STATUS_DONE);
  g_assert_cmpuint (listener->progressed, ==, VALUES);
  listener->completed++;
}

static void
listen_to (AsyncLitTask *task, Listener *listener)
{
  g_signal_connect_data (task, "notify::status", G_CALLBACK (on_status), listener, on_closure_gone,
                         0);
  g_signal_connect_data (task, "progressed", G_CALLBACK (on_progressed), listener, on_closure_gone,
                         0);
  g_signal_connect_data (task, "completed", G_CALLBACK (on_completed), listener, on_closure_gone,
                         0);
  asynclit_task_add_callback (task, stress_probe_completed, listener->probe, NULL);
  asynclit_task_add_callback (task, on_completed, listener, on_callback_gone);
}

/* Dropping handles in another thread, while this one dispatches */

typedef struct {
  AsyncLitTaskManager *manager;
  StressProbes *probes;
  Listener *listeners;
  StressQueue *handles; /* with a pointer to itself at the end */
  guint n;
  guint lag; /* the number of handles that the dropper holds back, so that some outlive their
              * task */
} DropRace;

static void
drop_handles (guint index, gpointer user_data)
{
  DropRace *race = user_data;
  g_autoptr (GQueue) held = g_queue_new ();
  gpointer handle;

  while ((handle = stress_queue_pop (race->handles)) != race->handles)
    {
      g_queue_push_tail (held, handle);
      if (g_queue_get_length (held) > race->lag)
        g_object_unref (g_queue_pop_head (held));
    }
  g_queue_clear_full (held, g_object_unref);
}

static gboolean
all_closures_gone (gpointer user_data)
{
  DropRace *race = user_data;

  for (guint i = 0; i < race->n; i++)
    if (g_atomic_int_get (&race->listeners[i].closures) < CLOSURES)
      return FALSE;
  return TRUE;
}

static void
submit_and_pass_on (DropRace *race, guint i)
{
  Listener *listener = &race->listeners[i];
  AsyncLitTask *task;

  listener->probe = stress_probes_take (race->probes);
  task = stress_submit (race->manager, ASYNCLIT_EXECUTOR_THREAD_POOL, NULL, work_with_progress,
                        listener->probe);
  listen_to (task, listener);
  stress_queue_push (race->handles, task);
}

static void
assert_listeners_are_whole (DropRace *race)
{
  guint completed = 0;

  for (guint i = 0; i < race->n; i++)
    {
      Listener *listener = &race->listeners[i];

      g_assert_cmpint (g_atomic_int_get (&listener->closures), ==, CLOSURES);
      g_assert_true (listener->completed == 0 || listener->completed == 2);
      completed += listener->completed / 2;
    }
  g_test_message ("%u of %u dropped tasks told that they had completed", completed, race->n);
}

static void
test_finalize_against_notify (gconstpointer lag)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  guint n = stress_scale (30000);
  g_autoptr (StressProbes) probes = stress_probes_new (n);
  g_autofree Listener *listeners = g_new0 (Listener, n);
  g_autoptr (StressQueue) handles = stress_queue_new ();
  DropRace race = { manager, probes, listeners, handles, n, GPOINTER_TO_UINT (lag) };
  StressThreads *threads = stress_threads_start (1, drop_handles, &race);

  /* Only the handles and pending work keep the tasks alive. */
  asynclit_task_manager_set_max_completed (manager, 0);
  for (guint i = 0; i < n; i++)
    {
      submit_and_pass_on (&race, i);
      if (i % 32 == 0)
        test_iterate_pending (NULL);
    }
  stress_queue_push (handles, handles);

  test_iterate_until (NULL, stress_condition_released, probes);
  stress_threads_join (threads);
  stress_wait_for_manager (manager);
  asynclit_task_manager_cleanup (manager);
  test_iterate_until (NULL, all_closures_gone, &race);
  stress_probes_assert_released_once (probes);
  assert_listeners_are_whole (&race);
}

/* Tasks that their creator completes: another thread reports, settles and drops its reference */

static void
settle_handles (guint index, gpointer user_data)
{
  DropRace *race = user_data;
  gpointer handle;

  while ((handle = stress_queue_pop (race->handles)) != race->handles)
    {
      g_autoptr (AsyncLitTask) task = handle;

      report_some (task);
      asynclit_task_return_int (task, 1);
    }
}

static void
create_and_pass_on (DropRace *race, guint i)
{
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();
  Listener *listener = &race->listeners[i];

  listener->probe = stress_probes_take (race->probes);
  listen_to (task, listener);
  stress_queue_push (race->handles, g_object_ref (task));
  stress_spin (i % 13 * 100);
}

static void
test_finalize_against_settle (void)
{
  guint n = stress_scale (30000);
  g_autoptr (StressProbes) probes = stress_probes_new (n);
  g_autofree Listener *listeners = g_new0 (Listener, n);
  g_autoptr (StressQueue) handles = stress_queue_new ();
  DropRace race = { NULL, probes, listeners, handles, n, 0 };
  StressThreads *threads = stress_threads_start (1, settle_handles, &race);

  for (guint i = 0; i < n; i++)
    {
      create_and_pass_on (&race, i);
      if (i % 8 == 0)
        test_iterate_pending (NULL);
    }
  stress_queue_push (handles, handles);
  stress_threads_join (threads);
  test_iterate_until (NULL, all_closures_gone, &race);
  assert_listeners_are_whole (&race);
}

/* Handlers that change their own connections */

typedef struct {
  AsyncLitTaskManager *manager;
  StressProbes *probes;
  GWeakRef other;       /* the latest task: cancelled by some handlers */
  guint open;           /* tasks that have not been completed */
  guint depth;          /* of nested iterations */
  guint connected_late; /* calls of handlers that a handler connected */
} Unrest;

/* The state of one task in this test; it owns the handle. */
typedef struct {
  Unrest *unrest;
  AsyncLitTask *task;
  gulong progressed_id;
  guint progressed;
  guint index;
} Rebel;

static void
on_completed_late (AsyncLitTask *task, gpointer user_data)
{
  ((Unrest *) user_data)->connected_late++;
}

static void
rebel_end (Rebel *rebel)
{
  rebel->unrest->open--;
  /* Often the last reference: the task is finalized while it emits, or calls back. */
  g_clear_object (&rebel->task);
  g_free (rebel);
}

static void
on_completed_rebel (AsyncLitTask *task, gpointer user_data)
{
  Rebel *rebel = user_data;
  Unrest *unrest = rebel->unrest;

  if (unrest->depth < 3 && rebel->index % 5 == 0)
    {
      unrest->depth++;
      test_iterate_pending (NULL);
      unrest->depth--;
    }
  if (rebel->index % 3 == 0)
    g_signal_handlers_disconnect_by_func (task, on_completed_rebel, rebel);
  rebel_end (rebel);
}

static void
cancel_other (Unrest *unrest)
{
  g_autoptr (AsyncLitTask) other = g_weak_ref_get (&unrest->other);

  if (other != NULL)
    asynclit_task_cancel (other);
}

static void
on_progressed_rebel (AsyncLitTask *task, const GValue *value, gpointer user_data)
{
  Rebel *rebel = user_data;

  rebel->progressed++;
  if (rebel->progressed == 2)
    g_clear_signal_handler (&rebel->progressed_id, task);
  if (rebel->progressed == 1 && rebel->index % 4 == 0)
    g_signal_connect (task, "completed", G_CALLBACK (on_completed_late), rebel->unrest);
  if (rebel->progressed == 1 && rebel->index % 7 == 0)
    cancel_other (rebel->unrest);
  g_assert_cmpuint (rebel->progressed, <=, 2);
}

static void
rebel_start (Unrest *unrest, guint index)
{
  Rebel *rebel = g_new0 (Rebel, 1);

  unrest->open++;
  rebel->unrest = unrest;
  rebel->index = index;
  rebel->task = stress_submit (unrest->manager, ASYNCLIT_EXECUTOR_THREAD_POOL, NULL,
                               work_with_progress, stress_probes_take (unrest->probes));
  rebel->progressed_id
      = g_signal_connect (rebel->task, "progressed", G_CALLBACK (on_progressed_rebel), rebel);
  if (index % 2 == 0)
    g_signal_connect (rebel->task, "completed", G_CALLBACK (on_completed_rebel), rebel);
  else
    asynclit_task_add_callback (rebel->task, on_completed_rebel, rebel, NULL);
  g_weak_ref_set (&unrest->other, rebel->task);
}

static gboolean
unrest_is_over (gpointer user_data)
{
  return ((Unrest *) user_data)->open == 0;
}

static void
test_change_in_handlers (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  guint n = stress_scale (30000);
  g_autoptr (StressProbes) probes = stress_probes_new (n);
  Unrest unrest = { manager, probes };

  g_weak_ref_init (&unrest.other, NULL);
  asynclit_task_manager_set_max_completed (manager, 0);
  for (guint i = 0; i < n; i++)
    {
      rebel_start (&unrest, i);
      if (i % 64 == 0)
        test_iterate_pending (NULL);
    }
  test_iterate_until (NULL, unrest_is_over, &unrest);
  test_iterate_until (NULL, stress_condition_released, probes);
  stress_probes_assert_released_once (probes);
  g_assert_cmpuint (unrest.connected_late, >, 0);
  g_weak_ref_clear (&unrest.other);
}

/* A release arrives while a handler of the same task iterates the context: the inner delivery must
 * not release what the outer one uses. */

/* More than the pool has threads. */
#define BLOCKERS 40

typedef struct {
  TestGate *gate;
  AsyncLitTask *task;   /* cancelled in the queue, behind the gate */
  AsyncLitTask *behind; /* in the queue behind it */
  guint called;
} NestedRelease;

static void
on_completed_let_go (AsyncLitTask *task, gpointer user_data)
{
  NestedRelease *nested = user_data;

  nested->called++;
  test_gate_open (nested->gate);
  test_wait (nested->behind);
  test_iterate_pending (NULL);
  /* The last reference, except for that of the current delivery. */
  g_clear_object (&nested->task);
}

static void
test_release_in_nested_loop (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (TestGate) gate = test_gate_new ();
  g_autoptr (StressProbes) probes = stress_probes_new (2);
  NestedRelease nested = { .gate = gate };

  asynclit_task_manager_set_max_completed (manager, 0);
  for (guint i = 0; i < BLOCKERS; i++)
    g_object_unref (asynclit_task_manager_submit (manager, NULL, test_work_gate, gate, NULL));
  nested.task = stress_submit (manager, ASYNCLIT_EXECUTOR_THREAD_POOL, NULL, stress_probe_work,
                               stress_probes_take (probes));
  asynclit_task_add_callback (nested.task, on_completed_let_go, &nested, NULL);
  g_assert_true (asynclit_task_cancel (nested.task));
  nested.behind = stress_submit (manager, ASYNCLIT_EXECUTOR_THREAD_POOL, NULL, stress_probe_work,
                                 stress_probes_take (probes));
  asynclit_task_manager_cleanup (manager);

  test_iterate_until_count (NULL, &nested.called, 1);
  g_clear_object (&nested.behind);
  stress_wait_for_manager (manager);
  test_iterate_until (NULL, stress_condition_released, probes);
  stress_probes_assert_released_once (probes);
}

/* A callback that is added in a callback of an ended task is called later. */

typedef struct {
  guint left;
  gboolean inside;
} Chain;

static void
on_completed_again (AsyncLitTask *task, gpointer user_data)
{
  Chain *chain = user_data;

  g_assert_false (chain->inside);
  chain->inside = TRUE;
  if (--chain->left > 0)
    asynclit_task_add_callback (task, on_completed_again, chain, NULL);
  chain->inside = FALSE;
}

static gboolean
chain_is_over (gpointer user_data)
{
  return ((Chain *) user_data)->left == 0;
}

static void
test_add_callback_in_callback (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();
  Chain chain = { stress_scale (100000), FALSE };

  asynclit_task_add_callback (task, on_completed_again, &chain, NULL);
  asynclit_task_return_int (task, 1);
  test_iterate_until (NULL, chain_is_over, &chain);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/handler-races/finalize/dropped-at-once", GUINT_TO_POINTER (0),
                        test_finalize_against_notify);
  g_test_add_data_func ("/handler-races/finalize/dropped-about-completion", GUINT_TO_POINTER (40),
                        test_finalize_against_notify);
  g_test_add_data_func ("/handler-races/finalize/dropped-late", GUINT_TO_POINTER (2000),
                        test_finalize_against_notify);
  g_test_add_func ("/handler-races/finalize/against-settle", test_finalize_against_settle);
  g_test_add_func ("/handler-races/handlers/change-in-handlers", test_change_in_handlers);
  g_test_add_func ("/handler-races/handlers/release-in-nested-loop", test_release_in_nested_loop);
  g_test_add_func ("/handler-races/handlers/add-callback-in-callback",
                   test_add_callback_in_callback);
  return g_test_run ();
}
