/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The cancellable of a function belongs to its task, whatever the function does with it, although
 * threads reuse cancellables where that makes no difference. The pool has one thread here, so that
 * all tasks are called by the same one. */

#include "test-support.h"

static gint n_cancelled; /* atomic: calls of on_cancelled() */

static void
on_cancelled (GCancellable *cancellable, gpointer unused)
{
  g_atomic_int_inc (&n_cancelled);
}

static void
work_keep (AsyncLitTask *task, GCancellable *cancellable, gpointer kept)
{
  *(GCancellable **) kept = g_object_ref (cancellable);
  asynclit_task_return_int (task, 1);
}

static void
work_connect (AsyncLitTask *task, GCancellable *cancellable, gpointer unused)
{
  g_signal_connect (cancellable, "cancelled", G_CALLBACK (on_cancelled), NULL);
  asynclit_task_return_int (task, 1);
}

static void
work_ask (AsyncLitTask *task, GCancellable *cancellable, gpointer unused)
{
  g_assert_true (asynclit_task_get_cancellable (task) == cancellable);
  asynclit_task_return_int (task, 1);
}

static void
work_cancel_it (AsyncLitTask *task, GCancellable *cancellable, gpointer unused)
{
  g_cancellable_cancel (cancellable);
  asynclit_task_return_int (task, 1);
}

static void
work_see_uncancelled (AsyncLitTask *task, GCancellable *cancellable, gpointer unused)
{
  asynclit_task_return_boolean (task, !g_cancellable_is_cancelled (cancellable));
}

static GWeakRef weak_ref;
static gpointer weak_pointer;
static gint n_gone; /* atomic: calls of on_gone() */

static void
on_gone (gpointer unused)
{
  g_atomic_int_inc (&n_gone);
}

static void
on_gone_object (gpointer unused, GObject *object)
{
  g_atomic_int_inc (&n_gone);
}

static void
work_ref_weakly (AsyncLitTask *task, GCancellable *cancellable, gpointer unused)
{
  g_weak_ref_set (&weak_ref, cancellable);
  asynclit_task_return_int (task, 1);
}

static void
work_point_weakly (AsyncLitTask *task, GCancellable *cancellable, gpointer unused)
{
  weak_pointer = cancellable;
  g_object_add_weak_pointer (G_OBJECT (cancellable), &weak_pointer);
  asynclit_task_return_int (task, 1);
}

static void
work_leave_traces (AsyncLitTask *task, GCancellable *cancellable, gpointer unused)
{
  g_object_weak_ref (G_OBJECT (cancellable), on_gone_object, NULL);
  asynclit_task_return_int (task, 1);
}

static void
work_leave_data (AsyncLitTask *task, GCancellable *cancellable, gpointer unused)
{
  g_object_set_data_full (G_OBJECT (cancellable), "mine", &n_gone, on_gone);
  asynclit_task_return_int (task, 1);
}

static void
work_leave_handler (AsyncLitTask *task, GCancellable *cancellable, gpointer unused)
{
  g_signal_connect_data (cancellable, "notify", G_CALLBACK (on_cancelled), NULL,
                         (GClosureNotify) (void (*) (void)) on_gone, 0);
  asynclit_task_return_int (task, 1);
}

static void
work_find_no_data (AsyncLitTask *task, GCancellable *cancellable, gpointer unused)
{
  asynclit_task_return_boolean (task, g_object_get_data (G_OBJECT (cancellable), "mine") == NULL);
}

/* Runs a task to its end. */
static AsyncLitTask *
run_to_end (AsyncLitTaskFunc func, gpointer user_data)
{
  AsyncLitTask *task = asynclit_run (func, user_data, NULL);

  test_wait (task);
  return task;
}

/* Runs a task, and cancels it while its function runs. */
static void
cancel_another (void)
{
  g_autoptr (TestGate) gate = test_gate_new ();
  g_autoptr (AsyncLitTask) task = asynclit_run (test_work_until_cancelled, gate, NULL);

  test_gate_await_arrivals (gate, 1);
  test_gate_open (gate);
  asynclit_task_cancel (task);
  test_wait (task);
  test_assert_cancelled (task);
}

static void
test_kept (void)
{
  g_autoptr (GCancellable) first = NULL;
  g_autoptr (GCancellable) second = NULL;

  g_object_unref (run_to_end (work_keep, &first));
  g_object_unref (run_to_end (work_keep, &second));
  g_assert_true (first != second);
  cancel_another ();
  g_assert_false (g_cancellable_is_cancelled (first));
  g_assert_false (g_cancellable_is_cancelled (second));
}

static void
test_connected (void)
{
  g_object_unref (run_to_end (work_connect, NULL));
  cancel_another ();
  g_assert_cmpint (g_atomic_int_get (&n_cancelled), ==, 0);
}

static void
test_asked_for (void)
{
  g_autoptr (AsyncLitTask) task = run_to_end (work_ask, NULL);
  GCancellable *cancellable = asynclit_task_get_cancellable (task);

  cancel_another ();
  g_assert_true (asynclit_task_get_cancellable (task) == cancellable);
  g_assert_false (g_cancellable_is_cancelled (cancellable));
}

static void
test_cancelled (void)
{
  g_autoptr (AsyncLitTask) task = NULL;

  g_object_unref (run_to_end (work_cancel_it, NULL));
  cancel_another ();
  task = run_to_end (work_see_uncancelled, NULL);
  g_assert_true (g_value_get_boolean (asynclit_task_get_result (task, NULL)));
}

/* Data and handlers that were attached without a reference are removed when the function has
 * returned. A weak reference then returns nothing, and never the cancellable of another task. */
static void
test_weak (void)
{
  g_autoptr (GCancellable) found = NULL;

  g_weak_ref_init (&weak_ref, NULL);
  g_object_unref (run_to_end (work_ref_weakly, NULL));
  g_object_unref (run_to_end (work_point_weakly, NULL));
  cancel_another ();
  found = g_weak_ref_get (&weak_ref);
  g_assert_null (found);
  g_assert_null (weak_pointer);
  g_weak_ref_clear (&weak_ref);
}

static void
test_traces (gconstpointer work)
{
  g_autoptr (AsyncLitTask) task = NULL;

  g_atomic_int_set (&n_gone, 0);
  g_object_unref (run_to_end ((AsyncLitTaskFunc) work, NULL));
  task = run_to_end (work_find_no_data, NULL);
  g_assert_cmpint (g_atomic_int_get (&n_gone), ==, 1);
  g_assert_true (g_value_get_boolean (asynclit_task_get_result (task, NULL)));
}

int
main (int argc, char **argv)
{
  g_setenv ("ASYNCLIT_POOL_THREADS", "1", TRUE);
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/cancellable/kept", test_kept);
  g_test_add_func ("/cancellable/connected", test_connected);
  g_test_add_func ("/cancellable/asked-for", test_asked_for);
  g_test_add_func ("/cancellable/cancelled", test_cancelled);
  g_test_add_func ("/cancellable/weak", test_weak);
  g_test_add_data_func ("/cancellable/traces/weak", (gconstpointer) work_leave_traces, test_traces);
  g_test_add_data_func ("/cancellable/traces/data", (gconstpointer) work_leave_data, test_traces);
  g_test_add_data_func ("/cancellable/traces/handler", (gconstpointer) work_leave_handler,
                        test_traces);
  return g_test_run ();
}
