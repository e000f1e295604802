/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The data of a task: what can be read before, during and after it. */

#include "test-support.h"

#include <string.h>

#define N_IDS 1000
#define N_POLLED 200
#define N_ASKED 1000

static void
test_new_defaults (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();
  double now = g_get_real_time () / (double) G_USEC_PER_SEC;

  g_assert_cmpint (asynclit_task_get_status (task), ==, ASYNCLIT_TASK_STATUS_PENDING);
  g_assert_false (asynclit_task_get_done (task));
  g_assert_null (asynclit_task_get_error (task));
  g_assert_null (asynclit_task_get_name (task));
  g_assert_null (asynclit_task_get_retry_policy (task));
  g_assert_cmpint (asynclit_task_get_executor (task), ==, ASYNCLIT_EXECUTOR_THREAD_POOL);
  g_assert_false (asynclit_task_get_abandon_on_cancel (task));
  g_assert_cmpuint (asynclit_task_get_max_progress (task), ==, 65536);
  g_assert_cmpuint (asynclit_task_get_attempt (task), ==, 0);
  g_assert_cmpfloat_with_epsilon (asynclit_task_get_created (task), now, 10);
  g_assert_cmpfloat (asynclit_task_get_started (task), ==, 0);
  g_assert_cmpfloat (asynclit_task_get_finished (task), ==, 0);
  g_assert_cmpfloat (asynclit_task_get_next_retry (task), ==, 0);
  g_assert_cmpuint (asynclit_task_get_progress_dropped (task), ==, 0);
}

static void
test_setters_read_back (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();
  g_autoptr (AsyncLitRetryPolicy) retry = asynclit_retry_policy_new (3);

  asynclit_task_set_name (task, NULL);
  g_assert_null (asynclit_task_get_name (task));
  asynclit_task_set_name (task, "a name");
  asynclit_task_set_name (task, "another");
  g_assert_cmpstr (asynclit_task_get_name (task), ==, "another");
  asynclit_task_set_executor (task, ASYNCLIT_EXECUTOR_WORKER);
  g_assert_cmpint (asynclit_task_get_executor (task), ==, ASYNCLIT_EXECUTOR_WORKER);
  asynclit_task_set_retry_policy (task, retry);
  g_assert_true (asynclit_task_get_retry_policy (task) == retry);
  asynclit_task_set_retry_policy (task, NULL);
  g_assert_null (asynclit_task_get_retry_policy (task));
  asynclit_task_set_abandon_on_cancel (task, TRUE);
  g_assert_true (asynclit_task_get_abandon_on_cancel (task));
  asynclit_task_set_max_progress (task, 7);
  g_assert_cmpuint (asynclit_task_get_max_progress (task), ==, 7);
}

static void
expect_refused (void)
{
  g_test_expect_message ("AsyncLit", G_LOG_LEVEL_CRITICAL, "*assertion*failed*");
}

static void
test_setters_refused_after_submission (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();
  g_autoptr (AsyncLitRetryPolicy) retry = asynclit_retry_policy_new (3);

  asynclit_task_manager_submit_task (manager, task);
  expect_refused ();
  asynclit_task_set_func (task, test_work_nothing, NULL, NULL);
  g_test_assert_expected_messages ();
  expect_refused ();
  asynclit_task_set_executor (task, ASYNCLIT_EXECUTOR_WORKER);
  g_test_assert_expected_messages ();
  expect_refused ();
  asynclit_task_set_retry_policy (task, retry);
  g_test_assert_expected_messages ();
  expect_refused ();
  asynclit_task_set_abandon_on_cancel (task, TRUE);
  g_test_assert_expected_messages ();
  expect_refused ();
  asynclit_task_set_max_progress (task, 1);
  g_test_assert_expected_messages ();

  asynclit_task_return_int (task, 1);
  test_assert_int_result (task, 1);
}

/* An ID is a UUID of version 4 and of the usual variant. */
static void
assert_uuid_v4 (const char *id)
{
  g_assert_true (g_uuid_string_is_valid (id));
  g_assert_cmpint (id[14], ==, '4');
  g_assert_nonnull (strchr ("89ab", id[19]));
}

static void
test_id_is_uuid (void)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < N_IDS; i++)
    {
      g_autoptr (AsyncLitTask) task = asynclit_task_new ();

      assert_uuid_v4 (asynclit_task_get_id (task));
      g_assert_true (g_hash_table_add (seen, g_strdup (asynclit_task_get_id (task))));
    }
}

static void
test_id_is_stable (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_run (test_work_return_int, GINT_TO_POINTER (1), NULL);
  g_autofree char *early = g_strdup (asynclit_task_get_id (task));

  test_wait (task);
  g_assert_cmpstr (asynclit_task_get_id (task), ==, early);
  g_assert_true (asynclit_task_get_id (task) == asynclit_task_get_id (task));
}

static gpointer
read_id (gpointer task)
{
  return (gpointer) asynclit_task_get_id (task);
}

/* The text is created on the first request: threads that request it at the same time get the same
 * text. */
static void
test_id_asked_for_at_once (void)
{
  for (guint round = 0; round < 20; round++)
    {
      g_autoptr (AsyncLitTask) task = asynclit_task_new ();
      GThread *threads[4];

      for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
        threads[i] = g_thread_new ("asker", read_id, task);
      for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
        g_assert_true (g_thread_join (threads[i]) == asynclit_task_get_id (task));
      assert_uuid_v4 (asynclit_task_get_id (task));
    }
}

static void
test_status_pool_task (void)
{
  g_autoptr (TestGate) gate = test_gate_new ();
  g_autoptr (AsyncLitTask) task = asynclit_run (test_work_gate, gate, NULL);

  test_gate_await_arrivals (gate, 1);
  g_assert_cmpint (asynclit_task_get_status (task), ==, ASYNCLIT_TASK_STATUS_RUNNING);
  g_assert_cmpint (asynclit_task_get_substate (task), ==, ASYNCLIT_TASK_SUBSTATE_NONE);
  g_assert_false (asynclit_task_get_done (task));
  g_assert_cmpuint (asynclit_task_get_attempt (task), ==, 1);

  test_gate_open (gate);
  test_wait (task);
  g_assert_cmpint (asynclit_task_get_status (task), ==, ASYNCLIT_TASK_STATUS_DONE);
  g_assert_cmpint (asynclit_task_get_substate (task), ==, ASYNCLIT_TASK_SUBSTATE_NONE);
  test_assert_int_result (task, 1);
}

static void
test_status_queued (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (AsyncLitTask) task
      = asynclit_task_manager_submit_in_context (manager, NULL, test_work_return_int, NULL, NULL);

  g_assert_cmpint (asynclit_task_get_status (task), ==, ASYNCLIT_TASK_STATUS_PENDING);
  g_assert_cmpint (asynclit_task_get_substate (task), ==, ASYNCLIT_TASK_SUBSTATE_QUEUED);
  g_assert_cmpfloat (asynclit_task_get_created (task), >, 0);
  g_assert_cmpfloat (asynclit_task_get_started (task), ==, 0);
  test_iterate_until_completed (task);
  g_assert_cmpint (asynclit_task_get_substate (task), ==, ASYNCLIT_TASK_SUBSTATE_NONE);
}

static void
test_status_nicks (void)
{
  static const char *const nicks[] = { "pending", "running", "done", "error", "cancelled" };
  g_autoptr (GEnumClass) enums = g_type_class_ref (ASYNCLIT_TYPE_TASK_STATUS);

  for (guint i = 0; i < G_N_ELEMENTS (nicks); i++)
    g_assert_cmpstr (g_enum_get_value (enums, (int) i)->value_nick, ==, nicks[i]);
}

static void
test_times_in_order (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_run (test_work_return_int, NULL, NULL);
  double now;

  test_wait (task);
  now = g_get_real_time () / (double) G_USEC_PER_SEC;
  g_assert_cmpfloat (asynclit_task_get_created (task), >, now - 2 * TEST_WATCHDOG_SECONDS);
  g_assert_cmpfloat (asynclit_task_get_created (task), <=, asynclit_task_get_started (task));
  g_assert_cmpfloat (asynclit_task_get_started (task), <=, asynclit_task_get_finished (task));
  g_assert_cmpfloat (asynclit_task_get_finished (task), <=, now + 1);
  g_assert_cmpfloat (asynclit_task_get_next_retry (task), ==, 0);
  g_assert_cmpuint (asynclit_task_get_attempt (task), ==, 1);
}

/* Times do not depend on when they are read. */
static void
test_times_are_stable (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_run (test_work_return_int, NULL, NULL);
  double created, started, finished;

  test_wait (task);
  created = asynclit_task_get_created (task);
  started = asynclit_task_get_started (task);
  finished = asynclit_task_get_finished (task);
  for (guint i = 0; i < N_ASKED; i++)
    {
      g_assert_cmpfloat (asynclit_task_get_created (task), ==, created);
      g_assert_cmpfloat (asynclit_task_get_started (task), ==, started);
      g_assert_cmpfloat (asynclit_task_get_finished (task), ==, finished);
    }
  g_assert_false (asynclit_task_cancel (task));
  g_assert_cmpfloat (asynclit_task_get_finished (task), ==, finished);
}

static void
test_name_is_kept (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();
  char name[] = "thumbnails";

  asynclit_task_set_name (task, name);
  name[0] = 'X';
  asynclit_task_set_func (task, test_work_return_int, GINT_TO_POINTER (5), NULL);
  asynclit_task_manager_submit_task (manager, task);
  test_wait (task);
  g_assert_cmpstr (asynclit_task_get_name (task), ==, "thumbnails");
}

/* After the submission, other threads may be reading the name: a first name is allowed, but no
 * other. */
static void
test_name_after_submission (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();

  asynclit_task_manager_submit_task (manager, task);
  asynclit_task_set_name (task, "first");
  asynclit_task_set_name (task, "first");
  expect_refused ();
  asynclit_task_set_name (task, "second");
  g_test_assert_expected_messages ();
  g_assert_cmpstr (asynclit_task_get_name (task), ==, "first");
  asynclit_task_return_int (task, 1);
}

/* A thread that sees "done" also sees the final status and the outcome, without waiting. */
static gpointer
poll_tasks (gpointer user_data)
{
  GPtrArray *tasks = user_data;

  for (guint i = 0; i < tasks->len; i++)
    {
      AsyncLitTask *task = g_ptr_array_index (tasks, i);

      while (!asynclit_task_get_done (task))
        g_thread_yield ();
      test_assert_int_result (task, i);
      g_assert_cmpfloat (asynclit_task_get_finished (task), >, 0);
    }
  return NULL;
}

static void
test_done_implies_final (void)
{
  g_autoptr (GPtrArray) tasks = g_ptr_array_new_with_free_func (g_object_unref);
  GThread *threads[2];

  for (guint i = 0; i < N_POLLED; i++)
    g_ptr_array_add (tasks, asynclit_run (test_work_return_int, GUINT_TO_POINTER (i), NULL));
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("poller", poll_tasks, tasks);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
}

static void
test_null_is_refused (void)
{
  expect_refused ();
  g_assert_null (asynclit_task_get_id (NULL));
  g_test_assert_expected_messages ();
  expect_refused ();
  g_assert_false (asynclit_task_cancel (NULL));
  g_test_assert_expected_messages ();
  expect_refused ();
  g_assert_null (asynclit_task_get_result (NULL, NULL));
  g_test_assert_expected_messages ();
  expect_refused ();
  asynclit_task_return_int (NULL, 1);
  g_test_assert_expected_messages ();
  expect_refused ();
  g_assert_null (asynclit_run (NULL, NULL, NULL));
  g_test_assert_expected_messages ();
}

static void
test_foreign_object_is_refused (void)
{
  g_autoptr (GObject) foreign = g_object_new (G_TYPE_OBJECT, NULL);
  AsyncLitTask *not_a_task = (AsyncLitTask *) foreign;

  expect_refused ();
  g_assert_null (asynclit_task_get_id (not_a_task));
  g_test_assert_expected_messages ();
  expect_refused ();
  g_assert_false (asynclit_task_wait (not_a_task, 0, NULL, NULL));
  g_test_assert_expected_messages ();
  expect_refused ();
  g_assert_null (asynclit_task_drain_progress (not_a_task));
  g_test_assert_expected_messages ();
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/task/new/defaults", test_new_defaults);
  g_test_add_func ("/task/setters/read-back", test_setters_read_back);
  g_test_add_func ("/task/setters/refused-after-submission",
                   test_setters_refused_after_submission);
  g_test_add_func ("/task/id/is-uuid", test_id_is_uuid);
  g_test_add_func ("/task/id/is-stable", test_id_is_stable);
  g_test_add_func ("/task/id/asked-for-at-once", test_id_asked_for_at_once);
  g_test_add_func ("/task/status/pool-task", test_status_pool_task);
  g_test_add_func ("/task/status/queued", test_status_queued);
  g_test_add_func ("/task/status/nicks", test_status_nicks);
  g_test_add_func ("/task/times/in-order", test_times_in_order);
  g_test_add_func ("/task/times/are-stable", test_times_are_stable);
  g_test_add_func ("/task/name/is-kept", test_name_is_kept);
  g_test_add_func ("/task/name/after-submission", test_name_after_submission);
  g_test_add_func ("/task/done/implies-final", test_done_implies_final);
  g_test_add_func ("/task/null/is-refused", test_null_is_refused);
  g_test_add_func ("/task/foreign-object/is-refused", test_foreign_object_is_refused);
  return g_test_run ();
}
