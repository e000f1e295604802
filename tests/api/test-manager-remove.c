/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Removes tasks that have ended. */

#include "test-support.h"

static AsyncLitTask *
submit_by_hand (AsyncLitTaskManager *manager)
{
  AsyncLitTask *task = asynclit_task_new ();

  asynclit_task_manager_submit_task (manager, task);
  return task;
}

static AsyncLitTask *
submit_ended (AsyncLitTaskManager *manager)
{
  AsyncLitTask *task = submit_by_hand (manager);

  asynclit_task_return_int (task, 1);
  return task;
}

static gboolean
knows (AsyncLitTaskManager *manager, AsyncLitTask *task)
{
  g_autoptr (AsyncLitTask) found = asynclit_task_manager_get (manager, asynclit_task_get_id (task));

  return found == task;
}

static gboolean
remove_task (AsyncLitTaskManager *manager, AsyncLitTask *task)
{
  return asynclit_task_manager_remove (manager, asynclit_task_get_id (task));
}

static void
test_ended (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (AsyncLitTask) task = submit_ended (manager);

  g_assert_true (remove_task (manager, task));
  g_assert_false (knows (manager, task));
  g_assert_false (remove_task (manager, task));
  test_assert_int_result (task, 1);
}

static void
test_live (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (AsyncLitTask) task = submit_by_hand (manager);

  g_assert_false (remove_task (manager, task));
  g_assert_true (knows (manager, task));
  asynclit_task_return_int (task, 1);
  g_assert_true (remove_task (manager, task));
}

static void
test_unknown (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (AsyncLitTaskManager) other = asynclit_task_manager_new ();
  g_autoptr (AsyncLitTask) task = submit_ended (other);

  g_assert_false (remove_task (manager, task));
  g_assert_false (asynclit_task_manager_remove (manager, ""));
  g_assert_false (asynclit_task_manager_remove (manager, "global:no"));
  g_assert_true (knows (other, task));
}

/* The first, the last, and one in the middle of those that are kept; then the oldest are removed as
 * before. */
static void
test_any_place (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (GPtrArray) tasks = g_ptr_array_new_with_free_func (g_object_unref);
  const guint removed[] = { 0, 3, 6 };

  for (guint i = 0; i < 7; i++)
    g_ptr_array_add (tasks, submit_ended (manager));
  for (guint i = 0; i < G_N_ELEMENTS (removed); i++)
    g_assert_true (remove_task (manager, g_ptr_array_index (tasks, removed[i])));
  g_ptr_array_add (tasks, submit_ended (manager));

  asynclit_task_manager_set_max_completed (manager, 3);
  g_assert_cmpuint (asynclit_task_manager_cleanup (manager), ==, 2);
  for (guint i = 0; i < tasks->len; i++)
    g_assert_cmpint (knows (manager, g_ptr_array_index (tasks, i)), ==, i == 4 || i == 5 || i == 7);
}

static gboolean
knows_name (AsyncLitTaskManager *manager, const char *name)
{
  g_autofree char *key = g_strconcat ("global:", name, NULL);
  g_autoptr (AsyncLitTask) found = asynclit_task_manager_get (manager, key);

  return found != NULL;
}

static void
on_gone (gpointer n_gone, GObject *task)
{
  (*(guint *) n_gone)++;
}

/* All names of a task are removed with it, even if it has been trimmed; those of other tasks
 * stay. */
static void
test_global_names (gconstpointer is_trimmed)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (AsyncLitTask) other = submit_ended (manager);
  AsyncLitTask *task = submit_ended (manager);
  guint n_gone = 0;

  g_object_weak_ref (G_OBJECT (task), on_gone, &n_gone);
  asynclit_task_manager_register_global (manager, other, "other");
  asynclit_task_manager_register_global (manager, task, "one");
  asynclit_task_manager_register_global (manager, task, "two");
  asynclit_task_manager_register_global (manager, task, "two");
  if (GPOINTER_TO_INT (is_trimmed))
    {
      asynclit_task_manager_set_max_completed (manager, 0);
      asynclit_task_manager_cleanup (manager);
    }
  g_assert_true (knows_name (manager, "two"));
  g_assert_true (remove_task (manager, task));
  g_assert_false (remove_task (manager, task));
  g_assert_false (knows_name (manager, "one"));
  g_assert_false (knows_name (manager, "two"));
  g_assert_true (knows_name (manager, "other"));
  g_object_unref (task);
  test_iterate_pending (NULL);
  g_assert_cmpuint (n_gone, ==, 1);
}

static void
test_unregister (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  AsyncLitTask *task = submit_ended (manager);
  guint n_gone = 0;

  g_object_weak_ref (G_OBJECT (task), on_gone, &n_gone);
  asynclit_task_manager_register_global (manager, task, "one");
  asynclit_task_manager_register_global (manager, task, "two");
  g_assert_true (asynclit_task_manager_unregister_global (manager, "one"));
  g_assert_false (asynclit_task_manager_unregister_global (manager, "one"));
  g_assert_false (asynclit_task_manager_unregister_global (manager, "global:two"));
  g_assert_false (knows_name (manager, "one"));
  g_assert_true (knows_name (manager, "two"));
  g_assert_true (knows (manager, task));
  g_object_unref (task);
  asynclit_task_manager_set_max_completed (manager, 0);
  asynclit_task_manager_cleanup (manager);
  test_iterate_pending (NULL);
  g_assert_cmpuint (n_gone, ==, 0);
  g_assert_true (asynclit_task_manager_unregister_global (manager, "two"));
  test_iterate_pending (NULL);
  g_assert_cmpuint (n_gone, ==, 1);
}

static void
test_names_of_closed (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (AsyncLitTask) task = submit_ended (manager);

  asynclit_task_manager_register_global (manager, task, "one");
  asynclit_task_manager_close (manager, ASYNCLIT_CLOSE_MODE_CANCEL);
  g_assert_false (knows_name (manager, "one"));
  g_assert_true (knows (manager, task));
}

/* Live tasks are found as before. That a manager was closed earlier is no reason to keep tasks when
 * they are cancelled. */
static void
test_names_of_draining (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (AsyncLitTask) ended = submit_ended (manager);
  g_autoptr (AsyncLitTask) live = NULL;
  TestGate *gate = test_gate_new ();

  live = asynclit_task_manager_submit (manager, NULL, test_work_gate, gate, NULL);
  asynclit_task_manager_register_global (manager, ended, "ended");
  asynclit_task_manager_register_global (manager, live, "live");
  asynclit_task_manager_close (manager, ASYNCLIT_CLOSE_MODE_DRAIN);
  test_gate_open (gate);
  g_assert_true (asynclit_task_manager_wait (manager, -1, NULL, NULL));
  asynclit_task_manager_set_max_completed (manager, 0);
  asynclit_task_manager_cleanup (manager);
  g_assert_true (knows_name (manager, "ended"));
  g_assert_true (knows_name (manager, "live"));
  asynclit_task_manager_close (manager, ASYNCLIT_CLOSE_MODE_CANCEL);
  g_assert_false (knows_name (manager, "ended"));
  g_assert_false (knows_name (manager, "live"));
  test_gate_free (gate);
}

/* A live task keeps its names; a name that was given to another task belongs to that one. */
static void
test_names_stay (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (TestGate) gate = test_gate_new ();
  g_autoptr (AsyncLitTask) live
      = asynclit_task_manager_submit (manager, NULL, test_work_gate, gate, NULL);
  g_autoptr (AsyncLitTask) ended = submit_ended (manager);

  asynclit_task_manager_register_global (manager, ended, "moved");
  asynclit_task_manager_register_global (manager, live, "moved");
  g_assert_false (remove_task (manager, live));
  g_assert_true (remove_task (manager, ended));
  g_assert_true (knows_name (manager, "moved"));
  test_gate_open (gate);
  test_wait (live);
}

static void
test_list_model (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (AsyncLitTask) first = submit_ended (manager);
  g_autoptr (AsyncLitTask) second = submit_ended (manager);
  g_autoptr (AsyncLitTask) item = NULL;

  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (manager)), ==, 2);
  g_assert_true (remove_task (manager, first));
  test_iterate_pending (NULL);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (manager)), ==, 1);
  item = g_list_model_get_item (G_LIST_MODEL (manager), 0);
  g_assert_true (item == second);
}

static void
test_lets_go (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  AsyncLitTask *task = submit_ended (manager);
  g_autofree char *id = g_strdup (asynclit_task_get_id (task));

  test_iterate_pending (NULL);
  g_object_add_weak_pointer (G_OBJECT (task), (gpointer *) &task);
  g_object_unref (task);
  g_assert_nonnull (task);
  g_assert_true (asynclit_task_manager_remove (manager, id));
  test_iterate_pending (NULL);
  g_assert_null (task);
}

/* Runs on: a thread of the test */
static gpointer
remove_all (gpointer data)
{
  AsyncLitTaskManager *manager = data;
  g_autoptr (GPtrArray) tasks
      = asynclit_task_manager_list_tasks (manager, ASYNCLIT_TASK_FILTER_ALL, NULL);
  guint n = 0;

  for (guint i = 0; i < tasks->len; i++)
    n += remove_task (manager, g_ptr_array_index (tasks, i));
  return GUINT_TO_POINTER (n);
}

/* If several threads remove the same task, one succeeds. */
static void
test_from_threads (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  GThread *threads[4];
  guint n = 0;

  for (guint i = 0; i < 200; i++)
    g_object_unref (submit_ended (manager));
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("remover", remove_all, manager);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    n += GPOINTER_TO_UINT (g_thread_join (threads[i]));
  g_assert_cmpuint (n, ==, 200);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/manager/remove/ended", test_ended);
  g_test_add_func ("/manager/remove/live", test_live);
  g_test_add_func ("/manager/remove/unknown", test_unknown);
  g_test_add_func ("/manager/remove/any-place", test_any_place);
  g_test_add_data_func ("/manager/remove/names", GINT_TO_POINTER (FALSE), test_global_names);
  g_test_add_data_func ("/manager/remove/names-of-trimmed", GINT_TO_POINTER (TRUE),
                        test_global_names);
  g_test_add_func ("/manager/remove/unregister", test_unregister);
  g_test_add_func ("/manager/remove/names-of-closed", test_names_of_closed);
  g_test_add_func ("/manager/remove/names-of-draining", test_names_of_draining);
  g_test_add_func ("/manager/remove/names-stay", test_names_stay);
  g_test_add_func ("/manager/remove/list-model", test_list_model);
  g_test_add_func ("/manager/remove/lets-go", test_lets_go);
  g_test_add_func ("/manager/remove/from-threads", test_from_threads);
  return g_test_run ();
}
