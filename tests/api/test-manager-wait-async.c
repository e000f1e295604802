/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Waiting for the tasks of a manager without blocking. */

#include "test-support.h"

typedef struct {
  guint n_calls;
  gboolean was_idle;
  GError *error;
} Outcome;

static void
on_idle (GObject *source, GAsyncResult *result, gpointer data)
{
  Outcome *outcome = data;

  outcome->n_calls++;
  g_clear_error (&outcome->error);
  outcome->was_idle
      = asynclit_task_manager_wait_finish (ASYNCLIT_TASK_MANAGER (source), result, &outcome->error);
}

static void
test_idle_already (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  Outcome outcome = { 0 };

  asynclit_task_manager_wait_async (manager, NULL, on_idle, &outcome);
  g_assert_cmpuint (outcome.n_calls, ==, 0);
  test_iterate_until_count (NULL, &outcome.n_calls, 1);
  g_assert_true (outcome.was_idle);
}

static void
test_after_the_last (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (TestGate) gate = test_gate_new ();
  g_autoptr (AsyncLitTask) quick
      = asynclit_task_manager_submit (manager, NULL, test_work_fail, NULL, NULL);
  g_autoptr (AsyncLitTask) slow
      = asynclit_task_manager_submit (manager, NULL, test_work_gate, gate, NULL);
  Outcome outcomes[3] = { 0 };

  for (guint i = 0; i < 3; i++)
    asynclit_task_manager_wait_async (manager, NULL, on_idle, &outcomes[i]);
  test_iterate_until_completed (quick);
  g_assert_cmpuint (outcomes[0].n_calls, ==, 0);
  test_gate_open (gate);
  for (guint i = 0; i < 3; i++)
    test_iterate_until_count (NULL, &outcomes[i].n_calls, 1);
  g_assert_true (outcomes[2].was_idle);
  g_assert_true (asynclit_task_get_done (slow));
}

static void
test_cancelled (void)
{
  g_autoptr (AsyncLitTaskManager) manager
      = g_object_new (ASYNCLIT_TYPE_TASK_MANAGER, "paused", TRUE, NULL);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (AsyncLitTask) task
      = asynclit_task_manager_submit (manager, NULL, test_work_return_int, NULL, NULL);
  Outcome first = { 0 }, second = { 0 }, third = { 0 };

  asynclit_task_manager_wait_async (manager, cancellable, on_idle, &first);
  asynclit_task_manager_wait_async (manager, NULL, on_idle, &second);
  g_cancellable_cancel (cancellable);
  test_iterate_until_count (NULL, &first.n_calls, 1);
  g_assert_error (first.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  asynclit_task_manager_wait_async (manager, cancellable, on_idle, &third);
  test_iterate_until_count (NULL, &third.n_calls, 1);
  g_assert_error (third.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);

  g_assert_cmpuint (second.n_calls, ==, 0);
  asynclit_task_cancel (task);
  test_iterate_until_count (NULL, &second.n_calls, 1);
  g_assert_true (second.was_idle);
  g_clear_error (&first.error);
  g_clear_error (&third.error);
}

/* The wait keeps the manager, and nothing else does. */
static void
test_keeps_manager (void)
{
  AsyncLitTaskManager *manager = asynclit_task_manager_new ();
  g_autoptr (AsyncLitTask) task
      = asynclit_task_manager_submit (manager, NULL, test_work_return_int, NULL, NULL);
  Outcome outcome = { 0 };

  g_object_add_weak_pointer (G_OBJECT (manager), (gpointer *) &manager);
  asynclit_task_manager_wait_async (manager, NULL, on_idle, &outcome);
  g_object_unref (manager);
  test_iterate_until_count (NULL, &outcome.n_calls, 1);
  while (manager != NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_true (outcome.was_idle);
}

/* The end and the cancellable at the same time, again and again: each wait ends once. */

static gpointer
cancel_now (gpointer cancellable)
{
  g_cancellable_cancel (cancellable);
  return NULL;
}

static void
test_race (void)
{
  for (guint i = 0; i < 200; i++)
    {
      g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
      g_autoptr (GCancellable) cancellable = g_cancellable_new ();
      g_autoptr (AsyncLitTask) task
          = asynclit_task_manager_submit (manager, NULL, test_work_return_int, NULL, NULL);
      Outcome outcome = { 0 };
      GThread *thread;

      asynclit_task_manager_wait_async (manager, cancellable, on_idle, &outcome);
      thread = g_thread_new ("cancels", cancel_now, cancellable);
      test_iterate_until_count (NULL, &outcome.n_calls, 1);
      g_thread_join (thread);
      test_iterate_pending (NULL);
      g_assert_cmpuint (outcome.n_calls, ==, 1);
      g_assert_true (outcome.was_idle == (outcome.error == NULL));
      g_clear_error (&outcome.error);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/manager-wait-async/idle-already", test_idle_already);
  g_test_add_func ("/manager-wait-async/after-the-last", test_after_the_last);
  g_test_add_func ("/manager-wait-async/cancelled", test_cancelled);
  g_test_add_func ("/manager-wait-async/keeps-manager", test_keeps_manager);
  g_test_add_func ("/manager-wait-async/race", test_race);

  return g_test_run ();
}
