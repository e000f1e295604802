/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Tasks that belong together, and end together. */

#include "test-support.h"

static void
count (gpointer counter)
{
  *(guint *) counter += 1;
}

static AsyncLitTask *
add_new (AsyncLitTaskGroup *group)
{
  AsyncLitTask *task = asynclit_task_new ();

  g_assert_true (asynclit_task_group_add (group, task, NULL));
  return task;
}

static void
fail (AsyncLitTask *task)
{
  asynclit_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_BUSY, "busy");
}

static void
test_wait_for_all (void)
{
  g_autoptr (AsyncLitTaskGroup) group = asynclit_task_group_new (NULL);
  g_autoptr (TestGate) gate = test_gate_new ();
  g_autoptr (GError) error = NULL;
  AsyncLitTask *tasks[5];

  g_assert_true (asynclit_task_group_wait (group, 0, NULL, NULL));
  for (guint i = 0; i < 5; i++)
    tasks[i] = asynclit_task_group_submit (group, NULL, test_work_gate, gate, NULL);
  g_assert_cmpuint (asynclit_task_group_get_n_live (group), ==, 5);
  g_assert_false (asynclit_task_group_wait (group, 0, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  test_gate_open (gate);
  g_assert_true (asynclit_task_group_wait (group, 60, NULL, NULL));
  g_assert_cmpuint (asynclit_task_group_get_n_live (group), ==, 0);
  for (guint i = 0; i < 5; i++)
    {
      test_assert_int_result (tasks[i], 1);
      g_object_unref (tasks[i]);
    }
}

static void
test_closed (void)
{
  g_autoptr (AsyncLitTaskGroup) group = asynclit_task_group_new (NULL);
  g_autoptr (AsyncLitTask) first = add_new (group);
  g_autoptr (AsyncLitTask) refused = asynclit_task_new ();
  g_autoptr (AsyncLitTask) submitted = NULL;
  g_autoptr (GError) error = NULL;
  guint n_completed = 0, n_notified = 0;

  g_signal_connect_swapped (group, "completed", G_CALLBACK (count), &n_completed);
  g_signal_connect_swapped (group, "notify::closed", G_CALLBACK (count), &n_notified);
  asynclit_task_group_close (group);
  g_assert_true (asynclit_task_group_get_closed (group));
  g_assert_false (asynclit_task_group_add (group, refused, &error));
  g_assert_error (error, ASYNCLIT_ERROR, ASYNCLIT_ERROR_CLOSED);
  g_assert_false (asynclit_task_get_done (refused));
  g_assert_null (asynclit_task_get_group (refused));
  submitted = asynclit_task_group_submit (group, NULL, test_work_return_int, NULL, NULL);
  test_assert_failed (submitted, ASYNCLIT_ERROR, ASYNCLIT_ERROR_CLOSED);
  test_iterate_pending (NULL);
  g_assert_cmpuint (n_completed, ==, 0);
  asynclit_task_return_int (first, 1);
  test_iterate_until_count (NULL, &n_completed, 1);
  asynclit_task_group_close (group);
  asynclit_task_group_close_when_idle (group);
  test_iterate_pending (NULL);
  g_assert_cmpuint (n_completed, ==, 1);
  g_assert_cmpuint (n_notified, ==, 1);
}

static void
test_empty (void)
{
  g_autoptr (AsyncLitTaskGroup) group = asynclit_task_group_new (NULL);
  guint n_completed = 0;

  asynclit_task_group_close_when_idle (group);
  g_assert_true (asynclit_task_group_get_closed (group));
  g_signal_connect_swapped (group, "completed", G_CALLBACK (count), &n_completed);
  test_iterate_until_count (NULL, &n_completed, 1);
  g_assert_cmpfloat (asynclit_task_group_get_fraction (group), ==, -1);
  g_assert_cmpfloat (asynclit_task_group_get_remaining (group), ==, -1);
}

/* Submits another to its group, as often as the number says. */
static void
submit_more (AsyncLitTask *task, GCancellable *cancellable, gpointer number)
{
  g_autoptr (AsyncLitTaskGroup) group = asynclit_task_get_group (task);
  g_autoptr (AsyncLitTask) more = NULL;

  if (GPOINTER_TO_INT (number) > 0)
    more = asynclit_task_group_submit (group, NULL, submit_more,
                                       GINT_TO_POINTER (GPOINTER_TO_INT (number) - 1), NULL);
  asynclit_task_return_int (task, GPOINTER_TO_INT (number));
}

static void
test_from_within (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (AsyncLitTaskGroup) group = asynclit_task_group_new (manager);
  g_autoptr (AsyncLitTask) first
      = asynclit_task_group_submit (group, NULL, submit_more, GINT_TO_POINTER (10), NULL);

  asynclit_task_group_close_when_idle (group);
  g_assert_true (asynclit_task_group_wait (group, 60, NULL, NULL));
  g_assert_true (asynclit_task_group_get_closed (group));
  g_assert_cmpuint (asynclit_task_manager_get_n_done (manager), ==, 11);
}

static void
test_cancel (void)
{
  g_autoptr (AsyncLitTaskGroup) group = asynclit_task_group_new (NULL);
  g_autoptr (AsyncLitTask) first = add_new (group), second = add_new (group), third = NULL;

  asynclit_task_group_cancel (group);
  test_assert_cancelled (first);
  test_assert_cancelled (second);
  third = add_new (group);
  g_assert_false (asynclit_task_get_done (third));
  asynclit_task_cancel (third);
}

static void
test_cancel_on_error (void)
{
  g_autoptr (AsyncLitTaskGroup) group = asynclit_task_group_new (NULL);
  g_autoptr (AsyncLitTask) first = add_new (group), second = add_new (group);
  g_autoptr (AsyncLitTask) third = add_new (group), late = asynclit_task_new ();
  g_autoptr (GError) error = NULL;

  asynclit_task_group_set_cancel_on_error (group, TRUE);
  asynclit_task_cancel (first);
  g_assert_false (asynclit_task_get_done (second));
  fail (second);
  test_assert_cancelled (third);
  g_assert_true (asynclit_task_group_get_closed (group));
  g_assert_false (asynclit_task_group_add (group, late, &error));
  g_assert_error (error, ASYNCLIT_ERROR, ASYNCLIT_ERROR_CLOSED);
}

static void
test_goes_on (void)
{
  g_autoptr (AsyncLitTaskGroup) group = asynclit_task_group_new (NULL);
  g_autoptr (AsyncLitTask) first = add_new (group), second = add_new (group);

  fail (first);
  g_assert_false (asynclit_task_get_done (second));
  g_assert_false (asynclit_task_group_get_closed (group));
  asynclit_task_cancel (second);
}

static void
test_drop (gconstpointer cancels)
{
  AsyncLitTaskGroup *group = asynclit_task_group_new (NULL);
  g_autoptr (AsyncLitTask) task = add_new (group);

  asynclit_task_group_set_cancel_on_drop (group, GPOINTER_TO_INT (cancels));
  g_object_add_weak_pointer (G_OBJECT (group), (gpointer *) &group);
  g_object_unref (group);
  g_assert_null (group);
  g_assert_cmpint (asynclit_task_get_done (task), ==, GPOINTER_TO_INT (cancels));
  g_assert_null (asynclit_task_get_group (task));
  asynclit_task_cancel (task);
}

static void
test_one_group (void)
{
  g_autoptr (AsyncLitTaskGroup) first = asynclit_task_group_new (NULL);
  g_autoptr (AsyncLitTaskGroup) second = asynclit_task_group_new (NULL);
  g_autoptr (AsyncLitTaskGroup) found = NULL;
  g_autoptr (AsyncLitTask) task = add_new (first);
  g_autoptr (GError) error = NULL;

  g_assert_true (asynclit_task_group_add (first, task, NULL));
  g_assert_cmpuint (asynclit_task_group_get_n_live (first), ==, 1);
  g_assert_false (asynclit_task_group_add (second, task, &error));
  g_assert_error (error, ASYNCLIT_ERROR, ASYNCLIT_ERROR_INVALID_ARGUMENT);
  found = asynclit_task_get_group (task);
  g_assert_true (found == first);
  asynclit_task_cancel (task);
}

static void
test_ended_task (void)
{
  g_autoptr (AsyncLitTaskGroup) group = asynclit_task_group_new (NULL);
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();
  g_autoptr (GPtrArray) tasks = NULL;

  fail (task);
  asynclit_task_group_set_cancel_on_error (group, TRUE);
  g_assert_true (asynclit_task_group_add (group, task, NULL));
  g_assert_true (asynclit_task_group_get_closed (group));
  tasks = asynclit_task_group_list_tasks (group, ASYNCLIT_TASK_FILTER_ENDED);
  g_assert_cmpuint (tasks->len, ==, 1);
}

static void
note_change (GListModel *model, guint position, guint removed, guint added, gpointer recorder)
{
  test_recorder_add (recorder, "%u:-%u+%u", position, removed, added);
}

static void
test_list (void)
{
  g_autoptr (AsyncLitTaskGroup) group = asynclit_task_group_new (NULL);
  g_autoptr (TestRecorder) recorder = test_recorder_new ();
  AsyncLitTask *tasks[4];
  g_autoptr (AsyncLitTask) first = NULL;
  GType item_type;
  guint n_items;

  g_signal_connect (group, "items-changed", G_CALLBACK (note_change), recorder);
  asynclit_task_group_set_max_completed (group, 1);
  for (guint i = 0; i < 4; i++)
    tasks[i] = add_new (group);
  test_iterate_pending (NULL);
  test_recorder_assert (recorder, "0:-0+4");
  asynclit_task_return_int (tasks[1], 1);
  asynclit_task_return_int (tasks[2], 1);
  asynclit_task_return_int (tasks[0], 1);
  test_iterate_pending (NULL);
  test_recorder_assert (recorder, "0:-0+4 1:-2+0");
  g_object_get (group, "item-type", &item_type, "n-items", &n_items, NULL);
  g_assert_true (item_type == ASYNCLIT_TYPE_TASK);
  g_assert_cmpuint (n_items, ==, 2);
  first = g_list_model_get_item (G_LIST_MODEL (group), 0);
  g_assert_true (first == tasks[0]);
  g_assert_null (g_list_model_get_item (G_LIST_MODEL (group), 2));
  asynclit_task_cancel (tasks[3]);
  for (guint i = 0; i < 4; i++)
    g_object_unref (tasks[i]);
}

/* An owner that does not come reads all of them when it does. */
static void
test_list_late (void)
{
  g_autoptr (AsyncLitTaskGroup) group = asynclit_task_group_new (NULL);

  asynclit_task_group_set_max_completed (group, 3);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (group)), ==, 0);
  for (guint i = 0; i < 10000; i++)
    {
      g_autoptr (AsyncLitTask) task = add_new (group);

      asynclit_task_return_int (task, 1);
    }
  test_iterate_pending (NULL);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (group)), ==, 3);
}

static void
test_fraction (void)
{
  g_autoptr (AsyncLitTaskGroup) group = asynclit_task_group_new (NULL);
  g_autoptr (AsyncLitTask) heavy = asynclit_task_new (), light = NULL;

  asynclit_task_set_progress_weight (heavy, 3);
  g_assert_true (asynclit_task_group_add (group, heavy, NULL));
  light = add_new (group);
  g_assert_cmpfloat (asynclit_task_group_get_fraction (group), ==, 0);
  asynclit_task_set_progress (heavy, 1, 2);
  g_assert_cmpfloat (asynclit_task_group_get_fraction (group), ==, 0.375);
  fail (light);
  g_assert_cmpfloat (asynclit_task_group_get_fraction (group), ==, 0.625);
  g_assert_cmpfloat (asynclit_task_group_get_remaining (group), >=, -1);
  asynclit_task_return_int (heavy, 1);
  g_assert_cmpfloat (asynclit_task_group_get_fraction (group), ==, 1);
  g_assert_cmpfloat (asynclit_task_group_get_remaining (group), ==, 0);
}

static void
note_waited (GObject *source, GAsyncResult *result, gpointer data)
{
  GError *error = NULL;

  if (asynclit_task_group_wait_finish (ASYNCLIT_TASK_GROUP (source), result, &error))
    test_recorder_add (data, "waited");
  else
    test_recorder_add (data, "error:%d", error->code);
  g_clear_error (&error);
}

static void
iterate_until_recorded (TestRecorder *recorder, guint n)
{
  while (test_recorder_get_length (recorder) < n)
    g_main_context_iteration (NULL, TRUE);
}

static void
test_wait_async (void)
{
  g_autoptr (AsyncLitTaskGroup) group = asynclit_task_group_new (NULL);
  g_autoptr (TestRecorder) recorder = test_recorder_new ();
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (AsyncLitTask) task = NULL;

  asynclit_task_group_wait_async (group, NULL, note_waited, recorder);
  g_assert_cmpuint (test_recorder_get_length (recorder), ==, 0);
  iterate_until_recorded (recorder, 1);
  task = add_new (group);
  asynclit_task_group_wait_async (group, NULL, note_waited, recorder);
  asynclit_task_group_wait_async (group, cancellable, note_waited, recorder);
  g_cancellable_cancel (cancellable);
  iterate_until_recorded (recorder, 2);
  asynclit_task_cancel (task);
  iterate_until_recorded (recorder, 3);
  test_recorder_assert (recorder, "waited error:19 waited");
}

/* A function that waits for its own group would wait for itself. */
static void
wait_for_own (AsyncLitTask *task, GCancellable *cancellable, gpointer unused)
{
  g_autoptr (AsyncLitTaskGroup) group = asynclit_task_get_group (task);
  GError *error = NULL;

  asynclit_task_group_wait (group, -1, NULL, &error);
  asynclit_task_return_error (task, error);
}

static void
test_wait_refused (void)
{
  g_autoptr (AsyncLitTaskGroup) group = asynclit_task_group_new (NULL);
  g_autoptr (AsyncLitTask) task
      = asynclit_task_group_submit (group, NULL, wait_for_own, NULL, NULL);

  test_wait (task);
  test_assert_failed (task, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
}

static void
test_manager_closed (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (AsyncLitTaskGroup) group = asynclit_task_group_new (manager);
  g_autoptr (AsyncLitTask) task = NULL;

  asynclit_task_manager_close (manager, ASYNCLIT_CLOSE_MODE_DRAIN);
  task = asynclit_task_group_submit (group, NULL, test_work_return_int, NULL, NULL);
  test_assert_failed (task, ASYNCLIT_ERROR, ASYNCLIT_ERROR_CLOSED);
  g_assert_true (asynclit_task_group_get_manager (group) == manager);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/task-group/wait", test_wait_for_all);
  g_test_add_func ("/task-group/wait-async", test_wait_async);
  g_test_add_func ("/task-group/wait-refused", test_wait_refused);
  g_test_add_func ("/task-group/closed", test_closed);
  g_test_add_func ("/task-group/empty", test_empty);
  g_test_add_func ("/task-group/from-within", test_from_within);
  g_test_add_func ("/task-group/cancel", test_cancel);
  g_test_add_func ("/task-group/cancel-on-error", test_cancel_on_error);
  g_test_add_func ("/task-group/goes-on", test_goes_on);
  g_test_add_data_func ("/task-group/drop/cancels", GINT_TO_POINTER (TRUE), test_drop);
  g_test_add_data_func ("/task-group/drop/goes-on", GINT_TO_POINTER (FALSE), test_drop);
  g_test_add_func ("/task-group/one-group", test_one_group);
  g_test_add_func ("/task-group/ended-task", test_ended_task);
  g_test_add_func ("/task-group/list", test_list);
  g_test_add_func ("/task-group/list/late", test_list_late);
  g_test_add_func ("/task-group/fraction", test_fraction);
  g_test_add_func ("/task-group/manager-closed", test_manager_closed);
  return g_test_run ();
}
