/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Tasks of which there is to be only one with a key. */

#include "test-support.h"

#include <pthread.h>

static int n_running; /* atomic, as are the next two */
static int most_running;
static int n_ran;

static void
note_most (int n)
{
  int most = g_atomic_int_get (&most_running);

  while (n > most && !g_atomic_int_compare_and_exchange (&most_running, most, n))
    most = g_atomic_int_get (&most_running);
}

/* Runs until its gate is opened, or, without one, for a moment. */
static void
work (AsyncLitTask *task, GCancellable *cancellable, gpointer gate)
{
  note_most (g_atomic_int_add (&n_running, 1) + 1);
  g_atomic_int_inc (&n_ran);
  while (gate != NULL && !g_cancellable_is_cancelled (gate)
         && !g_cancellable_is_cancelled (cancellable))
    g_thread_yield ();
  g_atomic_int_add (&n_running, -1);
  asynclit_task_return_int (task, 1);
}

static void
reset (void)
{
  g_atomic_int_set (&most_running, 0);
  g_atomic_int_set (&n_ran, 0);
}

static AsyncLitTask *
submit (AsyncLitTaskManager *manager, const char *key, AsyncLitUnique unique, GCancellable *gate)
{
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();
  AsyncLitTask *found;

  asynclit_task_set_func (task, work, gate, NULL);
  found = asynclit_task_manager_submit_unique (manager, task, key, unique);
  if (found != task)
    g_assert_cmpint (asynclit_task_get_status (task), ==, ASYNCLIT_TASK_STATUS_CANCELLED);
  return found;
}

static void
assert_ends (AsyncLitTask *task, AsyncLitTaskStatus status)
{
  test_wait (task);
  g_assert_cmpint (asynclit_task_get_status (task), ==, status);
}

static void
wait_until_running (AsyncLitTask *task)
{
  while (asynclit_task_get_status (task) == ASYNCLIT_TASK_STATUS_PENDING)
    g_thread_yield ();
}

static void
test_keep (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (AsyncLitTaskManager) elsewhere = asynclit_task_manager_new ();
  g_autoptr (GCancellable) gate = g_cancellable_new ();
  g_autoptr (AsyncLitTask) first = submit (manager, "key", ASYNCLIT_UNIQUE_KEEP, gate);
  g_autoptr (AsyncLitTask) second = submit (manager, "key", ASYNCLIT_UNIQUE_KEEP, gate);
  g_autoptr (AsyncLitTask) other = submit (manager, "other", ASYNCLIT_UNIQUE_KEEP, NULL);
  g_autoptr (AsyncLitTask) there = submit (elsewhere, "key", ASYNCLIT_UNIQUE_KEEP, NULL);
  g_autoptr (AsyncLitTask) third = NULL;

  g_assert_true (second == first);
  assert_ends (other, ASYNCLIT_TASK_STATUS_DONE);
  assert_ends (there, ASYNCLIT_TASK_STATUS_DONE);
  g_cancellable_cancel (gate);
  assert_ends (first, ASYNCLIT_TASK_STATUS_DONE);
  third = submit (manager, "key", ASYNCLIT_UNIQUE_KEEP, NULL);
  g_assert_true (third != first);
  assert_ends (third, ASYNCLIT_TASK_STATUS_DONE);
}

static void
test_replace (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (GCancellable) gate = g_cancellable_new ();
  g_autoptr (AsyncLitTask) first = submit (manager, "key", ASYNCLIT_UNIQUE_REPLACE, gate);
  g_autoptr (AsyncLitTask) second = NULL;
  g_autoptr (AsyncLitTask) third = NULL;

  reset ();
  wait_until_running (first);
  second = submit (manager, "key", ASYNCLIT_UNIQUE_REPLACE, gate);
  third = submit (manager, "key", ASYNCLIT_UNIQUE_REPLACE, NULL);
  assert_ends (third, ASYNCLIT_TASK_STATUS_DONE);
  assert_ends (first, ASYNCLIT_TASK_STATUS_CANCELLED);
  assert_ends (second, ASYNCLIT_TASK_STATUS_CANCELLED);
  g_assert_cmpint (g_atomic_int_get (&most_running), <=, 1);
  g_assert_null (asynclit_task_get_dependency (third, 0));
}

static void
test_append (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (GCancellable) gate = g_cancellable_new ();
  AsyncLitTask *tasks[20];

  reset ();
  for (guint i = 0; i < G_N_ELEMENTS (tasks); i++)
    tasks[i] = submit (manager, "key", ASYNCLIT_UNIQUE_APPEND, gate);
  g_assert_cmpint (asynclit_task_get_substate (tasks[19]), ==,
                   ASYNCLIT_TASK_SUBSTATE_WAITING_DEPENDENCY);
  g_cancellable_cancel (gate);
  for (guint i = 0; i < G_N_ELEMENTS (tasks); i++)
    {
      assert_ends (tasks[i], ASYNCLIT_TASK_STATUS_DONE);
      g_object_unref (tasks[i]);
    }
  g_assert_cmpint (g_atomic_int_get (&most_running), ==, 1);
}

/* What comes after a failure fails. */
static void
test_append_to_cancelled (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (GCancellable) gate = g_cancellable_new ();
  g_autoptr (AsyncLitTask) first = submit (manager, "key", ASYNCLIT_UNIQUE_APPEND, gate);
  g_autoptr (AsyncLitTask) second = submit (manager, "key", ASYNCLIT_UNIQUE_APPEND, gate);

  asynclit_task_cancel (first);
  test_wait (second);
  g_assert_error (asynclit_task_get_error (second), ASYNCLIT_ERROR, ASYNCLIT_ERROR_DEPENDENCY);
}

static void
test_closed (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (AsyncLitTask) task = NULL;
  g_autoptr (AsyncLitTask) again = NULL;

  asynclit_task_manager_close (manager, ASYNCLIT_CLOSE_MODE_DRAIN);
  task = submit (manager, "key", ASYNCLIT_UNIQUE_KEEP, NULL);
  g_assert_error (asynclit_task_get_error (task), ASYNCLIT_ERROR, ASYNCLIT_ERROR_CLOSED);
  again = submit (manager, "key", ASYNCLIT_UNIQUE_KEEP, NULL);
  g_assert_true (again != task); /* which has ended */
}

/* The key goes with the task, even if the manager goes first. */
static void
test_manager_goes (void)
{
  AsyncLitTaskManager *manager = asynclit_task_manager_new ();
  g_autoptr (GCancellable) gate = g_cancellable_new ();
  g_autoptr (AsyncLitTask) task = submit (manager, "key", ASYNCLIT_UNIQUE_KEEP, gate);

  g_object_unref (manager);
  g_cancellable_cancel (gate);
  assert_ends (task, ASYNCLIT_TASK_STATUS_DONE);
}

static void
test_bad_key (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();

  for (guint i = 0; i < 2; i++)
    {
      g_test_expect_message ("AsyncLit", G_LOG_LEVEL_CRITICAL, "*key*");
      g_assert_null (asynclit_task_manager_submit_unique (manager, task, i == 0 ? "" : NULL,
                                                          ASYNCLIT_UNIQUE_KEEP));
      g_test_assert_expected_messages ();
    }
  g_assert_false (asynclit_task_get_done (task));
}

/* Several threads with one key */

typedef struct {
  AsyncLitTaskManager *manager;
  AsyncLitUnique unique;
  pthread_t thread;
} Submitter;

static void *
submit_many (void *data)
{
  Submitter *self = data;

  for (guint i = 0; i < 300; i++)
    {
      g_autoptr (AsyncLitTask) task = submit (self->manager, "key", self->unique, NULL);

      if (self->unique == ASYNCLIT_UNIQUE_KEEP)
        test_wait (task);
    }
  return NULL;
}

static void
test_threads (gconstpointer unique)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  Submitter submitters[4];

  reset ();
  for (guint i = 0; i < G_N_ELEMENTS (submitters); i++)
    {
      submitters[i]
          = (Submitter){ manager, (AsyncLitUnique) GPOINTER_TO_INT (unique), pthread_self () };
      g_assert_cmpint (pthread_create (&submitters[i].thread, NULL, submit_many, &submitters[i]),
                       ==, 0);
    }
  for (guint i = 0; i < G_N_ELEMENTS (submitters); i++)
    pthread_join (submitters[i].thread, NULL);
  g_assert_true (asynclit_task_manager_wait (manager, 60, NULL, NULL));
  g_assert_cmpint (g_atomic_int_get (&most_running), ==, 1);
  if (GPOINTER_TO_INT (unique) == ASYNCLIT_UNIQUE_APPEND)
    g_assert_cmpint (g_atomic_int_get (&n_ran), ==, 1200);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/unique/keep", test_keep);
  g_test_add_func ("/unique/replace", test_replace);
  g_test_add_func ("/unique/append", test_append);
  g_test_add_func ("/unique/append-to-cancelled", test_append_to_cancelled);
  g_test_add_func ("/unique/closed", test_closed);
  g_test_add_func ("/unique/manager-goes", test_manager_goes);
  g_test_add_func ("/unique/bad-key", test_bad_key);
  g_test_add_data_func ("/unique/threads/keep", GINT_TO_POINTER (ASYNCLIT_UNIQUE_KEEP),
                        test_threads);
  g_test_add_data_func ("/unique/threads/replace", GINT_TO_POINTER (ASYNCLIT_UNIQUE_REPLACE),
                        test_threads);
  g_test_add_data_func ("/unique/threads/append", GINT_TO_POINTER (ASYNCLIT_UNIQUE_APPEND),
                        test_threads);
  return g_test_run ();
}
