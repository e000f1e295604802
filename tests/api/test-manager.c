/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The task manager: finding, naming, trimming, listing, closing, waiting. */

#include "test-support.h"

#define N_AWAITED 5000

static AsyncLitTask *
submit_and_wait (AsyncLitTaskManager *manager, AsyncLitTaskFunc func)
{
  AsyncLitTask *task
      = asynclit_task_manager_submit (manager, NULL, func, GINT_TO_POINTER (1), NULL);

  test_wait (task);
  return task;
}

static gboolean
knows (AsyncLitTaskManager *manager, const char *id)
{
  g_autoptr (AsyncLitTask) found = asynclit_task_manager_get (manager, id);

  return found != NULL;
}

static guint
count_tasks (AsyncLitTaskManager *manager, AsyncLitTaskFilter filter)
{
  g_autoptr (GPtrArray) tasks = asynclit_task_manager_list_tasks (manager, filter, NULL);

  return tasks->len;
}

static void
expect_refused (void)
{
  g_test_expect_message ("AsyncLit", G_LOG_LEVEL_CRITICAL, "*assertion*failed*");
}

/* Finding */

static void
test_get_by_id (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (AsyncLitTaskManager) other = asynclit_task_manager_new ();
  g_autoptr (AsyncLitTask) task = submit_and_wait (manager, test_work_return_int);
  g_autoptr (AsyncLitTask) found = asynclit_task_manager_get (manager, asynclit_task_get_id (task));

  g_assert_true (found == task);
  g_assert_false (knows (other, asynclit_task_get_id (task)));
}

static void
test_get_unknown (void)
{
  static const char *const ids[] = { "",
                                     "x",
                                     "global:",
                                     "global:nobody",
                                     "global",
                                     "00000000-0000-4000-8000-000000000000",
                                     "00000000-0000-4000-8000-00000000000",
                                     "00000000-0000-4000-8000-0000000000000",
                                     "zzzzzzzz-zzzz-4zzz-8zzz-zzzzzzzzzzzz",
                                     "00000000000000000000000000000000000" };
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (AsyncLitTask) task = submit_and_wait (manager, test_work_return_int);
  g_autofree char *longer = g_strconcat (asynclit_task_get_id (task), "0", NULL);
  g_autofree char *shorter = g_strndup (asynclit_task_get_id (task), 35);

  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    g_assert_false (knows (manager, ids[i]));
  g_assert_false (knows (manager, longer));
  g_assert_false (knows (manager, shorter));
}

/* An ID that differs in one character does not find another task. */
static void
test_get_compares_everything (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (AsyncLitTask) task = submit_and_wait (manager, test_work_return_int);

  for (guint i = 0; i < 36; i++)
    {
      g_autofree char *id = g_strdup (asynclit_task_get_id (task));

      id[i] = id[i] == '0' ? '1' : '0';
      g_assert_false (knows (manager, id));
    }
}

/* Aliases */

static void
test_global_moves (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (AsyncLitTask) first = submit_and_wait (manager, test_work_return_int);
  g_autoptr (AsyncLitTask) second = submit_and_wait (manager, test_work_return_int);
  g_autoptr (AsyncLitTask) found = NULL;

  asynclit_task_manager_register_global (manager, first, "latest");
  found = asynclit_task_manager_get (manager, "global:latest");
  g_assert_true (found == first);
  g_clear_object (&found);

  asynclit_task_manager_register_global (manager, second, "latest");
  found = asynclit_task_manager_get (manager, "global:latest");
  g_assert_true (found == second);
  g_assert_true (knows (manager, asynclit_task_get_id (first)));
  g_assert_false (knows (manager, "latest"));
}

static void
test_global_survives_trimming (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  AsyncLitTask *task = submit_and_wait (manager, test_work_return_int);
  g_autofree char *id = g_strdup (asynclit_task_get_id (task));
  g_autoptr (AsyncLitTask) found = NULL;

  asynclit_task_manager_register_global (manager, task, "kept");
  g_object_unref (task);
  asynclit_task_manager_set_max_completed (manager, 1);
  for (guint i = 0; i < 20; i++)
    g_object_unref (submit_and_wait (manager, test_work_return_int));
  asynclit_task_manager_cleanup (manager);

  g_assert_false (knows (manager, id));
  found = asynclit_task_manager_get (manager, "global:kept");
  g_assert_nonnull (found);
  g_assert_cmpstr (asynclit_task_get_id (found), ==, id);
  test_assert_int_result (found, 1);
}

/* Trimming */

static void
test_trim_by_cleanup (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (GPtrArray) tasks = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < 5; i++)
    {
      AsyncLitTask *task = asynclit_task_new ();

      asynclit_task_manager_submit_task (manager, task);
      g_ptr_array_add (tasks, task);
    }
  g_assert_cmpuint (asynclit_task_manager_cleanup (manager), ==, 0);
  asynclit_task_manager_set_max_completed (manager, 2);
  for (guint i = 0; i < 5; i++)
    asynclit_task_return_int (g_ptr_array_index (tasks, i), 1);

  g_assert_cmpuint (asynclit_task_manager_cleanup (manager), ==, 3);
  g_assert_cmpuint (asynclit_task_manager_cleanup (manager), ==, 0);
  for (guint i = 0; i < 5; i++)
    g_assert_cmpint (knows (manager, asynclit_task_get_id (g_ptr_array_index (tasks, i))), ==,
                     i >= 3);
}

static void
test_trim_by_itself (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (AsyncLitTask) first = NULL;

  asynclit_task_manager_set_max_completed (manager, 10);
  first = submit_and_wait (manager, test_work_return_int);
  for (guint i = 0; i < 200; i++)
    {
      g_object_unref (submit_and_wait (manager, test_work_return_int));
      /* A task may have ended since the last submission trimmed. */
      g_assert_cmpuint (count_tasks (manager, ASYNCLIT_TASK_FILTER_ENDED), <=, 11);
    }
  g_assert_false (knows (manager, asynclit_task_get_id (first)));
  test_assert_int_result (first, 1);
}

static void
test_trim_spares_live (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (AsyncLitTask) live = asynclit_task_new ();

  asynclit_task_manager_set_max_completed (manager, 0);
  asynclit_task_manager_submit_task (manager, live);
  for (guint i = 0; i < 10; i++)
    g_object_unref (submit_and_wait (manager, test_work_return_int));
  asynclit_task_manager_cleanup (manager);
  g_assert_cmpuint (count_tasks (manager, ASYNCLIT_TASK_FILTER_ENDED), ==, 0);
  g_assert_true (knows (manager, asynclit_task_get_id (live)));
  asynclit_task_return_int (live, 1);
}

static void
test_trim_default (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  guint max_completed = 0;

  g_assert_cmpuint (asynclit_task_manager_get_max_completed (manager), ==, 256);
  g_object_set (manager, "max-completed", 7u, NULL);
  g_object_get (manager, "max-completed", &max_completed, NULL);
  g_assert_cmpuint (max_completed, ==, 7);
}

/* Listing */

typedef struct {
  AsyncLitTaskManager *manager;
  AsyncLitTask *pending, *running, *done, *failed, *cancelled;
} Zoo;

static AsyncLitTask *
zoo_add (Zoo *zoo, const char *name)
{
  AsyncLitTask *task = asynclit_task_new ();

  asynclit_task_set_name (task, name);
  asynclit_task_manager_submit_task (zoo->manager, task);
  return task;
}

static void
zoo_init (Zoo *zoo)
{
  zoo->manager = asynclit_task_manager_new ();
  zoo->pending = asynclit_task_manager_submit_in_context (zoo->manager, NULL, test_work_return_int,
                                                          NULL, NULL);
  zoo->running = zoo_add (zoo, "a");
  zoo->done = zoo_add (zoo, "b");
  zoo->failed = zoo_add (zoo, "a");
  zoo->cancelled = zoo_add (zoo, "b");
  asynclit_task_return_int (zoo->done, 1);
  asynclit_task_return_new_error (zoo->failed, G_IO_ERROR, G_IO_ERROR_FAILED, "failed");
  asynclit_task_cancel (zoo->cancelled);
  asynclit_task_return_int (zoo->cancelled, 1);
}

static void
zoo_clear (Zoo *zoo)
{
  asynclit_task_return_int (zoo->running, 1);
  test_iterate_until_completed (zoo->pending);
  g_clear_object (&zoo->pending);
  g_clear_object (&zoo->running);
  g_clear_object (&zoo->done);
  g_clear_object (&zoo->failed);
  g_clear_object (&zoo->cancelled);
  g_clear_object (&zoo->manager);
}

/* Asserts that exactly these tasks are listed, in this order. */
static void
assert_listed (Zoo *zoo, AsyncLitTaskFilter filter, const char *name, ...)
{
  g_autoptr (GPtrArray) tasks = asynclit_task_manager_list_tasks (zoo->manager, filter, name);
  AsyncLitTask *expected;
  guint i = 0;
  va_list args;

  va_start (args, name);
  while ((expected = va_arg (args, AsyncLitTask *)) != NULL)
    {
      g_assert_cmpuint (i, <, tasks->len);
      g_assert_true (g_ptr_array_index (tasks, i) == expected);
      i++;
    }
  va_end (args);
  g_assert_cmpuint (tasks->len, ==, i);
}

static void
test_list_by_state (void)
{
  Zoo zoo;

  zoo_init (&zoo);
  assert_listed (&zoo, ASYNCLIT_TASK_FILTER_PENDING, NULL, zoo.pending, NULL);
  assert_listed (&zoo, ASYNCLIT_TASK_FILTER_RUNNING, NULL, zoo.running, NULL);
  assert_listed (&zoo, ASYNCLIT_TASK_FILTER_DONE, NULL, zoo.done, NULL);
  assert_listed (&zoo, ASYNCLIT_TASK_FILTER_ERROR, NULL, zoo.failed, NULL);
  assert_listed (&zoo, ASYNCLIT_TASK_FILTER_CANCELLED, NULL, zoo.cancelled, NULL);
  assert_listed (&zoo, ASYNCLIT_TASK_FILTER_LIVE, NULL, zoo.pending, zoo.running, NULL);
  assert_listed (&zoo, ASYNCLIT_TASK_FILTER_ENDED, NULL, zoo.done, zoo.failed, zoo.cancelled, NULL);
  assert_listed (&zoo, ASYNCLIT_TASK_FILTER_ALL, NULL, zoo.pending, zoo.running, zoo.done,
                 zoo.failed, zoo.cancelled, NULL);
  zoo_clear (&zoo);
}

static void
test_list_by_name (void)
{
  Zoo zoo;

  zoo_init (&zoo);
  assert_listed (&zoo, ASYNCLIT_TASK_FILTER_ALL, "a", zoo.running, zoo.failed, NULL);
  assert_listed (&zoo, ASYNCLIT_TASK_FILTER_ENDED, "b", zoo.done, zoo.cancelled, NULL);
  assert_listed (&zoo, ASYNCLIT_TASK_FILTER_LIVE, "b", NULL);
  assert_listed (&zoo, ASYNCLIT_TASK_FILTER_ALL, "c", NULL);
  zoo_clear (&zoo);
}

/* Submitting */

static void
test_submit_task_twice (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (AsyncLitTaskManager) other = asynclit_task_manager_new ();
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();

  asynclit_task_set_func (task, test_work_return_int, GINT_TO_POINTER (9), NULL);
  asynclit_task_manager_submit_task (manager, task);
  expect_refused ();
  asynclit_task_manager_submit_task (manager, task);
  g_test_assert_expected_messages ();
  expect_refused ();
  asynclit_task_manager_submit_task (other, task);
  g_test_assert_expected_messages ();
  test_wait (task);
  test_assert_int_result (task, 9);
  g_assert_cmpuint (asynclit_task_get_attempt (task), ==, 1);
}

static void
test_submit_handle_dropped (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (TestGate) gate = test_gate_new ();
  AsyncLitTask *task = asynclit_task_manager_submit (manager, NULL, test_work_gate, gate, NULL);
  g_autofree char *id = g_strdup (asynclit_task_get_id (task));
  g_autoptr (AsyncLitTask) found = NULL;

  g_object_unref (task);
  test_gate_open (gate);
  found = asynclit_task_manager_get (manager, id);
  g_assert_nonnull (found);
  test_wait (found);
  test_assert_int_result (found, 1);
}

static void
test_submit_manager_dropped (void)
{
  AsyncLitTaskManager *manager = asynclit_task_manager_new ();
  g_autoptr (TestGate) gate = test_gate_new ();
  g_autoptr (AsyncLitTask) task
      = asynclit_task_manager_submit (manager, NULL, test_work_gate, gate, NULL);

  g_object_unref (manager);
  test_gate_open (gate);
  test_iterate_until_completed (task);
  test_assert_int_result (task, 1);
}

/* Closing */

static void
assert_closed_task (AsyncLitTask *task)
{
  test_assert_failed (task, ASYNCLIT_ERROR, ASYNCLIT_ERROR_CLOSED);
  test_iterate_until_completed (task);
}

static void
test_close_refuses (void)
{
  static const char *const argv[] = { "true", NULL };
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (TestToken) token = test_token_new ();
  g_autoptr (AsyncLitTask) own = asynclit_task_new ();
  AsyncLitTask *tasks[4];

  asynclit_task_manager_close (manager, ASYNCLIT_CLOSE_MODE_DRAIN);
  g_assert_true (asynclit_task_manager_get_closed (manager));
  tasks[0] = asynclit_task_manager_submit (manager, NULL, test_work_nothing, test_token_ref (token),
                                           test_token_destroy);
  tasks[1] = asynclit_task_manager_submit_async (manager, NULL, test_work_nothing, NULL, NULL);
  tasks[2] = asynclit_task_manager_submit_in_context (manager, NULL, test_work_nothing, NULL, NULL);
  tasks[3] = asynclit_task_manager_submit_subprocess (manager, NULL, argv);
  for (guint i = 0; i < G_N_ELEMENTS (tasks); i++)
    {
      assert_closed_task (tasks[i]);
      g_object_unref (tasks[i]);
    }
  asynclit_task_manager_submit_task (manager, own);
  assert_closed_task (own);
  test_iterate_until (NULL, test_condition_token_destroyed, token);
}

static void
test_close_drain (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (TestGate) gate = test_gate_new ();
  g_autoptr (GPtrArray) tasks = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < 50; i++)
    g_ptr_array_add (tasks,
                     asynclit_task_manager_submit (manager, NULL, test_work_gate, gate, NULL));
  asynclit_task_manager_close (manager, ASYNCLIT_CLOSE_MODE_DRAIN);
  g_assert_false (asynclit_task_manager_wait (manager, 0, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_clear_error (&error);
  test_gate_open (gate);
  g_assert_true (asynclit_task_manager_wait (manager, TEST_WATCHDOG_SECONDS, NULL, &error));
  g_assert_no_error (error);
  for (guint i = 0; i < tasks->len; i++)
    test_assert_int_result (g_ptr_array_index (tasks, i), 1);
}

static void
test_close_cancel (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (GPtrArray) tasks = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (AsyncLitTask) done = submit_and_wait (manager, test_work_return_int);

  for (guint i = 0; i < 50; i++)
    g_ptr_array_add (
        tasks, asynclit_task_manager_submit (manager, NULL, test_work_until_cancelled, NULL, NULL));
  asynclit_task_manager_close (manager, ASYNCLIT_CLOSE_MODE_CANCEL);
  g_assert_true (asynclit_task_manager_wait (manager, TEST_WATCHDOG_SECONDS, NULL, NULL));
  for (guint i = 0; i < tasks->len; i++)
    test_assert_cancelled (g_ptr_array_index (tasks, i));
  test_assert_int_result (done, 1);
}

/* A closed manager that drains can still be told to cancel. */
static void
test_close_drain_then_cancel (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (AsyncLitTask) task
      = asynclit_task_manager_submit (manager, NULL, test_work_until_cancelled, NULL, NULL);

  asynclit_task_manager_close (manager, ASYNCLIT_CLOSE_MODE_DRAIN);
  asynclit_task_manager_close (manager, ASYNCLIT_CLOSE_MODE_CANCEL);
  g_assert_true (asynclit_task_manager_wait (manager, TEST_WATCHDOG_SECONDS, NULL, NULL));
  test_assert_cancelled (task);
}

static void
test_close_lets_retries_go_on (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (AsyncLitRetryPolicy) retry
      = asynclit_retry_policy_new_full (3, 0.01, 60, 1, 0, 0, NULL);
  gint countdown = 2;
  g_autoptr (AsyncLitTask) task
      = asynclit_task_manager_submit (manager, retry, test_work_fail_n_times, &countdown, NULL);

  asynclit_task_manager_close (manager, ASYNCLIT_CLOSE_MODE_DRAIN);
  g_assert_true (asynclit_task_manager_wait (manager, TEST_WATCHDOG_SECONDS, NULL, NULL));
  test_assert_int_result (task, 3);
}

static void
test_close_reopen (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (AsyncLitTask) task = NULL;

  asynclit_task_manager_close (manager, ASYNCLIT_CLOSE_MODE_CANCEL);
  asynclit_task_manager_reopen (manager);
  g_assert_false (asynclit_task_manager_get_closed (manager));
  task = submit_and_wait (manager, test_work_return_int);
  test_assert_int_result (task, 1);
}

/* Waiting */

static void
test_wait_idle (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();

  g_assert_true (asynclit_task_manager_wait (manager, -1, NULL, NULL));
  g_assert_true (asynclit_task_manager_wait (manager, 0, NULL, NULL));
}

static void
test_wait_cancelled (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();
  g_autoptr (GError) error = NULL;

  asynclit_task_manager_submit_task (manager, task);
  g_cancellable_cancel (cancellable);
  g_assert_false (asynclit_task_manager_wait (manager, -1, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  g_assert_false (asynclit_task_manager_wait (manager, 0.01, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  asynclit_task_return_int (task, 1);
  g_assert_true (asynclit_task_manager_wait (manager, 0, NULL, NULL));
}

static void
test_wait_until_idle (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  const double timeouts[] = { -1, TEST_WATCHDOG_SECONDS };

  for (guint i = 0; i < G_N_ELEMENTS (timeouts); i++)
    {
      g_autoptr (GPtrArray) live = NULL;

      for (guint j = 0; j < N_AWAITED; j++)
        g_object_unref (
            asynclit_task_manager_submit (manager, NULL, test_work_return_int, NULL, NULL));
      g_assert_true (asynclit_task_manager_wait (manager, timeouts[i], NULL, NULL));
      live = asynclit_task_manager_list_tasks (manager, ASYNCLIT_TASK_FILTER_LIVE, NULL);
      g_assert_cmpuint (live->len, ==, 0);
    }
}

static void
wait_for_manager (AsyncLitTask *task, GCancellable *cancellable, gpointer manager)
{
  GError *error = NULL;

  g_assert_false (asynclit_task_manager_wait (manager, -1, NULL, &error));
  asynclit_task_return_error (task, error);
}

/* On the worker, the manager's tasks would never get what they need from the worker. */
static void
test_wait_refused_on_worker (void)
{
  AsyncLitTaskManager *manager = asynclit_get_default_manager ();
  g_autoptr (AsyncLitTask) task
      = asynclit_task_manager_submit_async (manager, NULL, wait_for_manager, manager, NULL);

  test_wait (task);
  test_assert_failed (task, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
}

/* The default manager */

static gpointer
get_default (gpointer unused)
{
  return asynclit_get_default_manager ();
}

static void
test_default_is_one (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_run (test_work_return_int, NULL, NULL);
  GThread *threads[4];

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("asker", get_default, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_assert_true (g_thread_join (threads[i]) == asynclit_get_default_manager ());
  g_assert_true (knows (asynclit_get_default_manager (), asynclit_task_get_id (task)));
  test_wait (task);
}

/* Bad input */

static void
test_null_is_refused (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (GObject) foreign = g_object_new (G_TYPE_OBJECT, NULL);

  expect_refused ();
  g_assert_null (asynclit_task_manager_submit (manager, NULL, NULL, NULL, NULL));
  g_test_assert_expected_messages ();
  expect_refused ();
  g_assert_null (asynclit_task_manager_submit (NULL, NULL, test_work_nothing, NULL, NULL));
  g_test_assert_expected_messages ();
  expect_refused ();
  g_assert_null (asynclit_task_manager_submit (manager, (AsyncLitRetryPolicy *) foreign,
                                               test_work_nothing, NULL, NULL));
  g_test_assert_expected_messages ();
  expect_refused ();
  asynclit_task_manager_submit_task (manager, NULL);
  g_test_assert_expected_messages ();
  expect_refused ();
  g_assert_null (asynclit_task_manager_get (manager, NULL));
  g_test_assert_expected_messages ();
  expect_refused ();
  asynclit_task_manager_register_global (manager, (AsyncLitTask *) foreign, "name");
  g_test_assert_expected_messages ();
  expect_refused ();
  g_assert_cmpuint (asynclit_task_manager_cleanup ((AsyncLitTaskManager *) foreign), ==, 0);
  g_test_assert_expected_messages ();
}

/* The environment variable says how many at first; odd numbers change nothing. */
static void
test_max_threads (void)
{
  static const guint odd[] = { 0, 1025, G_MAXUINT };

  g_assert_cmpuint (asynclit_get_max_threads (), ==, 2);
  asynclit_set_max_threads (3);
  g_assert_cmpuint (asynclit_get_max_threads (), ==, 3);
  for (gsize i = 0; i < G_N_ELEMENTS (odd); i++)
    {
      g_autofree char *message
          = g_strdup_printf ("%u is not a number of threads from 1 to 1024*", odd[i]);

      g_test_expect_message ("AsyncLit", G_LOG_LEVEL_WARNING, message);
      asynclit_set_max_threads (odd[i]);
      g_test_assert_expected_messages ();
      g_assert_cmpuint (asynclit_get_max_threads (), ==, 3);
    }
  asynclit_set_max_threads (2);
}

int
main (int argc, char *argv[])
{
  g_setenv ("ASYNCLIT_POOL_THREADS", "2", TRUE);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/manager/max-threads", test_max_threads);
  g_test_add_func ("/manager/get/by-id", test_get_by_id);
  g_test_add_func ("/manager/get/unknown", test_get_unknown);
  g_test_add_func ("/manager/get/compares-everything", test_get_compares_everything);
  g_test_add_func ("/manager/global/moves", test_global_moves);
  g_test_add_func ("/manager/global/survives-trimming", test_global_survives_trimming);
  g_test_add_func ("/manager/trim/by-cleanup", test_trim_by_cleanup);
  g_test_add_func ("/manager/trim/by-itself", test_trim_by_itself);
  g_test_add_func ("/manager/trim/spares-live", test_trim_spares_live);
  g_test_add_func ("/manager/trim/default", test_trim_default);
  g_test_add_func ("/manager/list/by-state", test_list_by_state);
  g_test_add_func ("/manager/list/by-name", test_list_by_name);
  g_test_add_func ("/manager/submit/task-twice", test_submit_task_twice);
  g_test_add_func ("/manager/submit/handle-dropped", test_submit_handle_dropped);
  g_test_add_func ("/manager/submit/manager-dropped", test_submit_manager_dropped);
  g_test_add_func ("/manager/close/refuses", test_close_refuses);
  g_test_add_func ("/manager/close/drain", test_close_drain);
  g_test_add_func ("/manager/close/cancel", test_close_cancel);
  g_test_add_func ("/manager/close/drain-then-cancel", test_close_drain_then_cancel);
  g_test_add_func ("/manager/close/lets-retries-go-on", test_close_lets_retries_go_on);
  g_test_add_func ("/manager/close/reopen", test_close_reopen);
  g_test_add_func ("/manager/wait/idle", test_wait_idle);
  g_test_add_func ("/manager/wait/cancelled", test_wait_cancelled);
  g_test_add_func ("/manager/wait/until-idle", test_wait_until_idle);
  g_test_add_func ("/manager/wait/refused-on-worker", test_wait_refused_on_worker);
  g_test_add_func ("/manager/default/is-one", test_default_is_one);
  g_test_add_func ("/manager/null/is-refused", test_null_is_refused);
  return g_test_run ();
}
