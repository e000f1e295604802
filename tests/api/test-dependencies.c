/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Tasks that wait until others have ended. */

#include "test-support.h"

static void
assert_waits (AsyncLitTask *task, AsyncLitTaskSubstate substate)
{
  g_assert_cmpint (asynclit_task_get_status (task), ==, ASYNCLIT_TASK_STATUS_PENDING);
  g_assert_cmpint (asynclit_task_get_substate (task), ==, substate);
}

static void
assert_error (AsyncLitTask *task, GQuark domain, int code)
{
  test_wait (task);
  g_assert_cmpint (asynclit_task_get_status (task), ==, ASYNCLIT_TASK_STATUS_ERROR);
  g_assert_error (asynclit_task_get_error (task), domain, code);
}

static void
return_one (AsyncLitTask *task, GCancellable *cancellable, gpointer user_data)
{
  asynclit_task_return_int (task, 1);
}

static void
add_to_dependencies (AsyncLitTask *task, GCancellable *cancellable, gpointer user_data)
{
  gint64 sum = 0;

  for (guint i = 0;; i++)
    {
      g_autoptr (AsyncLitTask) other = asynclit_task_get_dependency (task, i);

      if (other == NULL)
        break;
      sum += g_value_get_int64 (asynclit_task_get_result (other, NULL));
    }
  asynclit_task_return_int (task, sum + 1);
}

static AsyncLitTask *
make_dependent (AsyncLitTask *first, AsyncLitTask *second)
{
  AsyncLitTask *task = asynclit_task_new ();

  asynclit_task_set_func (task, add_to_dependencies, NULL, NULL);
  asynclit_task_add_dependency (task, first);
  if (second != NULL)
    asynclit_task_add_dependency (task, second);
  return task;
}

static void
test_dependencies (void)
{
  AsyncLitTaskManager *manager = asynclit_get_default_manager ();
  g_autoptr (AsyncLitTask) first = asynclit_task_new ();
  g_autoptr (AsyncLitTask) second = asynclit_task_new ();
  g_autoptr (AsyncLitTask) both = make_dependent (first, second);
  g_autoptr (AsyncLitTask) last = make_dependent (both, NULL);
  g_autofree char *text = NULL;

  asynclit_task_manager_submit_task (manager, last);
  asynclit_task_manager_submit_task (manager, both);
  assert_waits (both, ASYNCLIT_TASK_SUBSTATE_WAITING_DEPENDENCY);
  text = asynclit_task_explain (both);
  g_assert_cmpstr (text, ==, "waits for 2 tasks that have to end first");
  asynclit_task_set_func (second, return_one, NULL, NULL);
  asynclit_task_manager_submit_task (manager, second);
  test_wait (second);
  assert_waits (both, ASYNCLIT_TASK_SUBSTATE_WAITING_DEPENDENCY);
  asynclit_task_set_func (first, return_one, NULL, NULL);
  asynclit_task_manager_submit_task (manager, first);
  test_wait (last);
  test_assert_int_result (both, 3);
  test_assert_int_result (last, 4);
  g_assert_null (asynclit_task_get_dependency (last, 0));
}

static void
test_dependency_fails (void)
{
  AsyncLitTaskManager *manager = asynclit_get_default_manager ();
  g_autoptr (AsyncLitTask) first = asynclit_task_new ();
  g_autoptr (AsyncLitTask) second = make_dependent (first, NULL);
  g_autoptr (AsyncLitTask) third = make_dependent (second, NULL);
  g_autoptr (AsyncLitTask) anyway = asynclit_task_new ();

  asynclit_task_set_func (anyway, return_one, NULL, NULL);
  asynclit_task_add_dependency (anyway, first);
  asynclit_task_set_run_anyway (anyway, TRUE);
  asynclit_task_set_name (first, "first");
  asynclit_task_manager_submit_task (manager, second);
  asynclit_task_manager_submit_task (manager, third);
  asynclit_task_manager_submit_task (manager, anyway);
  asynclit_task_return_new_error (first, G_IO_ERROR, G_IO_ERROR_FAILED, "no luck");
  assert_error (third, ASYNCLIT_ERROR, ASYNCLIT_ERROR_DEPENDENCY);
  assert_error (second, ASYNCLIT_ERROR, ASYNCLIT_ERROR_DEPENDENCY);
  g_assert_cmpstr (asynclit_task_get_error (second)->message, ==,
                   "The task “first”, which has to succeed first, failed: no luck");
  test_wait (anyway);
  test_assert_int_result (anyway, 1);
}

static void
test_circle (void)
{
  AsyncLitTaskManager *manager = asynclit_get_default_manager ();
  g_autoptr (AsyncLitTask) first = asynclit_task_new ();
  g_autoptr (AsyncLitTask) second = make_dependent (first, NULL);
  g_autoptr (AsyncLitTask) third = make_dependent (second, NULL);

  asynclit_task_set_func (first, return_one, NULL, NULL);
  asynclit_task_add_dependency (first, third);
  asynclit_task_manager_submit_task (manager, second);
  asynclit_task_manager_submit_task (manager, first);
  assert_waits (first, ASYNCLIT_TASK_SUBSTATE_WAITING_DEPENDENCY);
  g_assert_true (asynclit_task_depends_on (second, third));
  asynclit_task_manager_submit_task (manager, third);
  g_assert_true (asynclit_task_get_done (third));
  assert_error (third, ASYNCLIT_ERROR, ASYNCLIT_ERROR_INVALID_ARGUMENT);
  assert_error (second, ASYNCLIT_ERROR, ASYNCLIT_ERROR_DEPENDENCY);
  assert_error (first, ASYNCLIT_ERROR, ASYNCLIT_ERROR_DEPENDENCY);
}

static void
test_own_circle (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();

  asynclit_task_set_func (task, return_one, NULL, NULL);
  asynclit_task_add_dependency (task, task);
  asynclit_task_manager_submit_task (asynclit_get_default_manager (), task);
  assert_error (task, ASYNCLIT_ERROR, ASYNCLIT_ERROR_INVALID_ARGUMENT);
}

/* A function that waits for what depends on its own task */

static void
assert_would_block (gboolean succeeded, GError *error)
{
  g_assert_false (succeeded);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
  g_error_free (error);
}

typedef struct {
  AsyncLitTaskManager *manager; /* that of the last one */
  AsyncLitTask *last;
  int ready; /* atomic: the others were submitted */
} Awaited;

static void
wait_for_dependent (AsyncLitTask *task, GCancellable *cancellable, gpointer user_data)
{
  Awaited *awaited = user_data;
  GError *error = NULL;
  gboolean succeeded;

  while (!__atomic_load_n (&awaited->ready, __ATOMIC_ACQUIRE))
    g_thread_yield ();
  g_assert_true (asynclit_task_depends_on (awaited->last, task));
  g_assert_false (asynclit_task_depends_on (task, awaited->last));
  succeeded = asynclit_task_wait (awaited->last, -1, NULL, &error);
  assert_would_block (succeeded, g_steal_pointer (&error));
  succeeded = asynclit_task_wait (awaited->last, 1000, NULL, &error);
  assert_would_block (succeeded, g_steal_pointer (&error));
  succeeded = asynclit_task_manager_wait (awaited->manager, -1, NULL, &error);
  assert_would_block (succeeded, error);
  asynclit_task_return_int (task, 1);
}

static void
test_wait_for_dependent (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  Awaited awaited = { .manager = manager };
  g_autoptr (AsyncLitTask) first = asynclit_run (wait_for_dependent, &awaited, NULL);
  g_autoptr (AsyncLitTask) second = make_dependent (first, NULL);
  g_autoptr (AsyncLitTask) third = make_dependent (second, NULL);

  awaited.last = third;
  asynclit_task_manager_submit_task (asynclit_get_default_manager (), second);
  asynclit_task_manager_submit_task (manager, third);
  __atomic_store_n (&awaited.ready, TRUE, __ATOMIC_RELEASE);
  test_wait (third);
  test_assert_int_result (third, 3);
}

/* By way of another function that waits */

static void
wait_for_other (AsyncLitTask *task, GCancellable *cancellable, gpointer other)
{
  g_assert_true (asynclit_task_wait (other, -1, NULL, NULL));
  asynclit_task_return_int (task, 1);
}

static void
test_wait_by_way_of_wait (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  Awaited awaited = { .manager = manager };
  g_autoptr (AsyncLitTask) first = asynclit_run (wait_for_dependent, &awaited, NULL);
  g_autoptr (AsyncLitTask) second = make_dependent (first, NULL);
  g_autoptr (AsyncLitTask) third = NULL;

  asynclit_task_manager_submit_task (asynclit_get_default_manager (), second);
  third = asynclit_task_manager_submit (manager, NULL, wait_for_other, second, NULL);
  while (!asynclit_task_depends_on (third, first))
    g_thread_yield ();
  awaited.last = third;
  __atomic_store_n (&awaited.ready, TRUE, __ATOMIC_RELEASE);
  test_wait (third);
  test_assert_int_result (third, 1);
}

/* Nobody submits them: they go with the last one, without nested calls. */
static void
test_long_row_dropped (void)
{
  g_autoptr (AsyncLitTask) last = asynclit_task_new ();

  for (guint i = 0; i < 200000; i++)
    {
      AsyncLitTask *next = asynclit_task_new ();

      asynclit_task_add_dependency (next, last);
      g_object_unref (last);
      last = next;
    }
}

/* In whichever order they are submitted, it takes no more than a moment to find no circle: with
 * a search of the whole row for each, this would be a matter of minutes. */
static void
submit_row (gboolean last_first)
{
  AsyncLitTaskManager *manager = asynclit_get_default_manager ();
  const guint n = 30000;
  g_autoptr (GPtrArray) tasks = g_ptr_array_new_with_free_func (g_object_unref);

  g_ptr_array_add (tasks, asynclit_task_new ());
  asynclit_task_set_func (g_ptr_array_index (tasks, 0), return_one, NULL, NULL);
  for (guint i = 1; i < n; i++)
    g_ptr_array_add (tasks, make_dependent (g_ptr_array_index (tasks, i - 1), NULL));
  for (guint i = 1; i < n; i++)
    asynclit_task_manager_submit_task (manager, g_ptr_array_index (tasks, last_first ? n - i : i));
  asynclit_task_manager_submit_task (manager, g_ptr_array_index (tasks, 0));
  test_wait (g_ptr_array_index (tasks, n - 1));
  test_assert_int_result (g_ptr_array_index (tasks, n - 1), n);
}

static void
test_submit_order (void)
{
  gint64 end = g_get_monotonic_time () + 60 * G_USEC_PER_SEC;

  submit_row (TRUE);
  submit_row (FALSE);
  g_assert_cmpint (g_get_monotonic_time (), <, end);
}

/* A row of tasks ends without nested calls, and each goes when the next has ended. */
static void
test_long_row (void)
{
  AsyncLitTaskManager *manager = asynclit_get_default_manager ();
  g_autoptr (AsyncLitTask) first = asynclit_task_new ();
  g_autoptr (AsyncLitTask) last = g_object_ref (first);

  for (guint i = 0; i < 20000; i++)
    {
      AsyncLitTask *next = make_dependent (last, NULL);

      asynclit_task_manager_submit_task (manager, next);
      g_object_unref (last);
      last = next;
    }
  asynclit_task_cancel (first);
  assert_error (last, ASYNCLIT_ERROR, ASYNCLIT_ERROR_DEPENDENCY);
}

static void
test_cancel_dependent (void)
{
  AsyncLitTaskManager *manager = asynclit_get_default_manager ();
  g_autoptr (AsyncLitTask) first = asynclit_task_new ();
  g_autoptr (AsyncLitTask) second = make_dependent (first, NULL);

  asynclit_task_manager_submit_task (manager, second);
  g_assert_true (asynclit_task_cancel (second));
  g_assert_cmpint (asynclit_task_get_status (second), ==, ASYNCLIT_TASK_STATUS_CANCELLED);
  g_assert_null (asynclit_task_get_dependency (second, 0));
  asynclit_task_return_int (first, 1);
}

static void
count_told (AsyncLitTask *task, gpointer n_told)
{
  g_atomic_int_inc ((int *) n_told);
}

static gboolean
condition_told_all (gpointer n_told)
{
  return g_atomic_int_get ((int *) n_told) == 5;
}

/* One of those that a failed dependency is about to end is cancelled before it does. */
static void
test_cancel_refused (void)
{
  AsyncLitTaskManager *manager = asynclit_get_default_manager ();
  g_autoptr (TestGate) gate = test_gate_new ();
  g_autoptr (AsyncLitTask) busy = asynclit_run_async (test_work_gate, gate, NULL);
  g_autoptr (AsyncLitTask) first = asynclit_task_new ();
  AsyncLitTask *tasks[5];
  static int n_told = 0;

  test_gate_await_arrivals (gate, 1);
  for (guint i = 0; i < G_N_ELEMENTS (tasks); i++)
    {
      tasks[i] = asynclit_task_new ();
      asynclit_task_add_dependency (tasks[i], first);
      g_assert_false (asynclit_task_manager_queue_task (manager, tasks[i]));
      g_assert_false (asynclit_task_when_ready (
          tasks[i], g_cclosure_new (G_CALLBACK (count_told), &n_told, NULL)));
    }
  asynclit_task_return_new_error (first, G_IO_ERROR, G_IO_ERROR_FAILED, "no");
  asynclit_task_cancel (tasks[0]);
  test_gate_open (gate);
  for (guint i = 0; i < G_N_ELEMENTS (tasks); i++)
    test_wait (tasks[i]);
  test_poll_until (condition_told_all, &n_told);
  for (guint i = 0; i < G_N_ELEMENTS (tasks); i++)
    {
      if (i > 0)
        assert_error (tasks[i], ASYNCLIT_ERROR, ASYNCLIT_ERROR_DEPENDENCY);
      g_object_unref (tasks[i]);
    }
  test_wait (busy);
}

#define N_DEPENDENCIES 200

static gpointer
end_all (gpointer tasks)
{
  for (int i = N_DEPENDENCIES - 1; i >= 0; i--)
    asynclit_task_return_int (((AsyncLitTask **) tasks)[i], 1);
  return NULL;
}

/* A task is cancelled while another thread ends what it depends on. */
static void
test_cancel_while_ending (void)
{
  for (guint round = 0; round < 50; round++)
    {
      AsyncLitTask *others[N_DEPENDENCIES];
      g_autoptr (AsyncLitTask) task = asynclit_task_new ();
      GThread *thread;

      asynclit_task_set_func (task, return_one, NULL, NULL);
      for (guint i = 0; i < N_DEPENDENCIES; i++)
        {
          others[i] = asynclit_task_new ();
          asynclit_task_add_dependency (task, others[i]);
        }
      asynclit_task_manager_submit_task (asynclit_get_default_manager (), task);
      thread = g_thread_new ("ender", end_all, others);
      asynclit_task_cancel (task);
      test_wait (task);
      g_thread_join (thread);
      for (guint i = 0; i < N_DEPENDENCIES; i++)
        g_object_unref (others[i]);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/dependencies/in-order", test_dependencies);
  g_test_add_func ("/dependencies/fails", test_dependency_fails);
  g_test_add_func ("/dependencies/circle", test_circle);
  g_test_add_func ("/dependencies/long-row", test_long_row);
  g_test_add_func ("/dependencies/cancel", test_cancel_dependent);
  g_test_add_func ("/dependencies/cancel-refused", test_cancel_refused);
  g_test_add_func ("/dependencies/cancel-while-ending", test_cancel_while_ending);
  g_test_add_func ("/dependencies/own-circle", test_own_circle);
  g_test_add_func ("/dependencies/wait-for-dependent", test_wait_for_dependent);
  g_test_add_func ("/dependencies/wait-by-way-of-wait", test_wait_by_way_of_wait);
  g_test_add_func ("/dependencies/long-row-dropped", test_long_row_dropped);
  g_test_add_func ("/dependencies/submit-order", test_submit_order);
  return g_test_run ();
}
