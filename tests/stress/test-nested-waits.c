/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Tasks of the pool that wait for tasks of the same pool. Runs twice: with the library's default
 * number of threads, and with ASYNCLIT_POOL_THREADS=1. */

#include "stress-support.h"

/* Trees: each task waits for its children, and returns the number of tasks in its subtree. */

typedef struct {
  AsyncLitTaskManager *manager;
  guint depth;
  guint fan_out;
} Tree;

static AsyncLitTask *
submit_branch (AsyncLitTaskManager *manager, AsyncLitTaskFunc func, guint depth, guint fan_out)
{
  Tree *tree = g_new (Tree, 1);

  *tree = (Tree){ manager, depth, fan_out };
  return asynclit_task_manager_submit (manager, NULL, func, tree, g_free);
}

static gint64
wait_for_count (AsyncLitTask *task)
{
  g_autoptr (GError) error = NULL;
  const GValue *result;

  test_wait (task);
  result = asynclit_task_get_result (task, &error);
  g_assert_no_error (error);
  return g_value_get_int64 (result);
}

static void
work_tree (AsyncLitTask *task, GCancellable *cancellable, gpointer user_data)
{
  Tree *tree = user_data;
  g_autoptr (GPtrArray) children = g_ptr_array_new_with_free_func (g_object_unref);
  gint64 count = 1;

  for (guint i = 0; tree->depth > 1 && i < tree->fan_out; i++)
    g_ptr_array_add (children,
                     submit_branch (tree->manager, work_tree, tree->depth - 1, tree->fan_out));
  for (guint i = 0; i < children->len; i++)
    count += wait_for_count (g_ptr_array_index (children, i));
  asynclit_task_return_int (task, count);
}

static void
run_tree (guint depth, guint fan_out, gint64 expected)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (AsyncLitTask) root = submit_branch (manager, work_tree, depth, fan_out);

  g_assert_cmpint (wait_for_count (root), ==, expected);
  stress_wait_for_manager (manager);
  test_iterate_pending (NULL);
}

static void
test_deep (void)
{
  run_tree (200, 1, 200);
}

static void
test_wide (void)
{
  run_tree (2, 1000, 1001);
}

static void
test_tree (void)
{
  /* 1 + 4 + 16 + 64 + 256 + 1024 */
  run_tree (6, 4, 1365);
}

static void
test_trees_at_once (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (GPtrArray) roots = g_ptr_array_new_with_free_func (g_object_unref);

  /* Up to 40 threads each; valgrind supports 500. */
  for (guint i = 0; i < (stress_is_slow () ? 5 : 20); i++)
    g_ptr_array_add (roots, submit_branch (manager, work_tree, 5, 3));
  for (guint i = 0; i < roots->len; i++)
    g_assert_cmpint (wait_for_count (g_ptr_array_index (roots, i)), ==, 121);
}

/* Repeated, so that ending threads and new work coincide. */
static void
test_often (void)
{
  for (guint i = 0; i < stress_scale (500); i++)
    run_tree (3, 3, 13);
}

/* Waiting for a task that another thread submitted */

typedef struct {
  AsyncLitTask *awaited;
  TestGate *gate; /* nullable: to pass before waiting */
} Waiting;

static void
work_wait (AsyncLitTask *task, GCancellable *cancellable, gpointer user_data)
{
  Waiting *waiting = user_data;

  if (waiting->gate != NULL)
    test_gate_pass (waiting->gate);
  asynclit_task_return_int (task, wait_for_count (waiting->awaited) + 1);
}

/* Each waits for the one that is submitted after it, and is behind it in the queue. */
static void
test_wait_for_later (void)
{
  enum { N = 50 };
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (TestGate) gate = test_gate_new ();
  AsyncLitTask *tasks[N];
  Waiting waiting[N];

  for (guint i = 0; i < N; i++)
    {
      waiting[i].gate = gate;
      tasks[i] = asynclit_task_manager_submit (manager, NULL,
                                               i + 1 < N ? work_wait : test_work_return_int,
                                               i + 1 < N ? (gpointer) &waiting[i] : NULL, NULL);
    }
  for (guint i = 0; i + 1 < N; i++)
    waiting[i].awaited = tasks[i + 1];

  test_gate_open (gate);
  g_assert_cmpint (wait_for_count (tasks[0]), ==, N - 1);
  for (guint i = 0; i < N; i++)
    g_object_unref (tasks[i]);
}

/* Many tasks of the pool wait for the same one. */
static void
test_wait_for_one (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (AsyncLitTask) awaited = asynclit_task_new ();
  g_autoptr (GPtrArray) tasks = g_ptr_array_new_with_free_func (g_object_unref);
  Waiting waiting = { awaited, NULL };

  for (guint i = 0; i < 100; i++)
    g_ptr_array_add (tasks,
                     asynclit_task_manager_submit (manager, NULL, work_wait, &waiting, NULL));
  stress_spin (100000);
  asynclit_task_return_int (awaited, 7);
  for (guint i = 0; i < tasks->len; i++)
    g_assert_cmpint (wait_for_count (g_ptr_array_index (tasks, i)), ==, 8);
}

/* The wait's own time-out and cancellable take effect although a task of the pool waits */

typedef struct {
  AsyncLitTaskManager *manager;
  GCancellable *cancellable; /* nullable: cancelled by another thread */
  TestGate *gate;            /* the gate at which the child waits */
} Impatient;

static void
work_impatient (AsyncLitTask *task, GCancellable *cancellable, gpointer user_data)
{
  Impatient *impatient = user_data;
  g_autoptr (AsyncLitTask) child = asynclit_task_manager_submit (
      impatient->manager, NULL, test_work_gate, impatient->gate, NULL);
  double timeout = impatient->cancellable != NULL ? -1 : 0.01;
  int expected = impatient->cancellable != NULL ? G_IO_ERROR_CANCELLED : G_IO_ERROR_TIMED_OUT;
  g_autoptr (GError) error = NULL;

  g_assert_false (asynclit_task_wait (child, timeout, impatient->cancellable, &error));
  g_assert_error (error, G_IO_ERROR, expected);
  test_gate_open (impatient->gate);
  asynclit_task_return_int (task, wait_for_count (child));
}

static void
test_timeout (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (TestGate) gate = test_gate_new ();
  Impatient impatient = { manager, NULL, gate };
  g_autoptr (AsyncLitTask) task
      = asynclit_task_manager_submit (manager, NULL, work_impatient, &impatient, NULL);

  g_assert_cmpint (wait_for_count (task), ==, 1);
}

static void
test_cancellable (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (TestGate) gate = test_gate_new ();
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  Impatient impatient = { manager, cancellable, gate };
  g_autoptr (AsyncLitTask) task
      = asynclit_task_manager_submit (manager, NULL, work_impatient, &impatient, NULL);

  /* The child is running, so its parent waits (or is about to). */
  test_gate_await_arrivals (gate, 1);
  g_cancellable_cancel (cancellable);
  g_assert_cmpint (wait_for_count (task), ==, 1);
}

/* A task of the pool that waits for tasks on other executors */

static void
work_wait_elsewhere (AsyncLitTask *task, GCancellable *cancellable, gpointer user_data)
{
  AsyncLitTaskManager *manager = user_data;
  g_autoptr (AsyncLitRetryPolicy) retry
      = asynclit_retry_policy_new_full (10, 0.001, 0.001, 1.0, 0.0, 0.0, NULL);
  gint countdown = 3;
  g_autoptr (AsyncLitTask) async
      = asynclit_task_manager_submit_async (manager, NULL, test_work_return_int, NULL, NULL);
  /* The pool's thread has no context of its own: this is the main thread's. */
  g_autoptr (AsyncLitTask) in_context
      = asynclit_task_manager_submit_in_context (manager, NULL, test_work_return_int, NULL, NULL);
  g_autoptr (AsyncLitTask) retried
      = asynclit_task_manager_submit (manager, retry, test_work_fail_n_times, &countdown, NULL);

  asynclit_task_return_int (task, wait_for_count (async) + wait_for_count (in_context)
                                      + wait_for_count (retried));
}

static void
test_wait_elsewhere (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();

  for (guint i = 0; i < stress_scale (200); i++)
    {
      g_autoptr (AsyncLitTask) task
          = asynclit_task_manager_submit (manager, NULL, work_wait_elsewhere, manager, NULL);

      test_iterate_until_completed (task);
      /* The third one's fourth attempt succeeds. */
      test_assert_int_result (task, 4);
    }
}

/* A whole tree is cancelled from its root: parents cancel the children for which they wait */

static void
work_cancelled_tree (AsyncLitTask *task, GCancellable *cancellable, gpointer user_data)
{
  Tree *tree = user_data;
  g_autoptr (AsyncLitTask) child = NULL;
  g_autoptr (GError) error = NULL;

  if (tree->depth <= 1)
    {
      test_work_until_cancelled (task, cancellable, NULL);
      return;
    }

  child = submit_branch (tree->manager, work_cancelled_tree, tree->depth - 1, 1);
  g_assert_false (asynclit_task_wait (child, -1, cancellable, &error));
  asynclit_task_cancel (child);
  test_wait (child);
  test_assert_cancelled (child);
  asynclit_task_return_error (task, g_steal_pointer (&error));
}

static void
test_cancel_tree (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();

  for (guint i = 0; i < stress_scale (100); i++)
    {
      g_autoptr (AsyncLitTask) root = submit_branch (manager, work_cancelled_tree, 1 + i % 20, 1);

      stress_spin (i % 10 * 20000);
      g_assert_true (asynclit_task_cancel (root));
      test_wait (root);
      test_assert_cancelled (root);
    }
  stress_wait_for_manager (manager);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/nested-waits/trees/deep", test_deep);
  g_test_add_func ("/nested-waits/trees/wide", test_wide);
  g_test_add_func ("/nested-waits/trees/tree", test_tree);
  g_test_add_func ("/nested-waits/trees/at-once", test_trees_at_once);
  g_test_add_func ("/nested-waits/trees/often", test_often);
  g_test_add_func ("/nested-waits/order/later", test_wait_for_later);
  g_test_add_func ("/nested-waits/order/one", test_wait_for_one);
  g_test_add_func ("/nested-waits/limits/timeout", test_timeout);
  g_test_add_func ("/nested-waits/limits/cancellable", test_cancellable);
  g_test_add_func ("/nested-waits/elsewhere/wait", test_wait_elsewhere);
  g_test_add_func ("/nested-waits/cancel/tree", test_cancel_tree);
  return g_test_run ();
}
