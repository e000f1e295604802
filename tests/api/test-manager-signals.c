/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The signals of a manager. */

#include "test-support.h"

#define N_TASKS 2000
#define N_THREADS 4

typedef struct {
  GString *log; /* one letter for each signal */
  guint n_added;
  guint n_started;
  guint n_completed;
  guint n_retrying;
  GThread *thread; /* on which the last signal was emitted */
  guint attempt;
  double delay;
} Record;

static void
on_added (AsyncLitTaskManager *manager, AsyncLitTask *task, gpointer data)
{
  Record *record = data;

  record->n_added++;
  record->thread = g_thread_self ();
  g_string_append_c (record->log, 'a');
}

static void
on_started (AsyncLitTaskManager *manager, AsyncLitTask *task, gpointer data)
{
  Record *record = data;

  record->n_started++;
  g_string_append_c (record->log, 's');
}

static void
on_completed (AsyncLitTaskManager *manager, AsyncLitTask *task, gpointer data)
{
  Record *record = data;

  g_assert_true (asynclit_task_get_done (task));
  record->n_completed++;
  g_string_append_c (record->log, 'c');
}

static void
on_retrying (AsyncLitTaskManager *manager, AsyncLitTask *task, guint attempt, double delay,
             const GError *error, gpointer data)
{
  Record *record = data;

  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_BUSY);
  record->n_retrying++;
  record->attempt = attempt;
  record->delay = delay;
  g_string_append_c (record->log, 'r');
}

static void
listen_to (AsyncLitTaskManager *manager, Record *record)
{
  record->log = g_string_new (NULL);
  g_signal_connect (manager, "task-added", G_CALLBACK (on_added), record);
  g_signal_connect (manager, "task-started", G_CALLBACK (on_started), record);
  g_signal_connect (manager, "task-completed", G_CALLBACK (on_completed), record);
  g_signal_connect (manager, "task-retrying", G_CALLBACK (on_retrying), record);
}

static void
expect_log (Record *record, const char *log)
{
  g_assert_cmpstr (record->log->str, ==, log);
  g_string_free (record->log, TRUE);
}

static AsyncLitTask *
submit (AsyncLitTaskManager *manager)
{
  return asynclit_task_manager_submit (manager, NULL, test_work_return_int, GINT_TO_POINTER (1),
                                       NULL);
}

static void
test_in_order (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (AsyncLitTask) task = NULL;
  Record record = { 0 };

  listen_to (manager, &record);
  task = submit (manager);
  g_assert_cmpuint (record.log->len, ==, 0); /* never in the call */
  test_iterate_until_count (NULL, &record.n_completed, 1);
  expect_log (&record, "asc");
}

static void
fail_twice (AsyncLitTask *task, GCancellable *cancellable, gpointer data)
{
  if (asynclit_task_get_attempt (task) < 3)
    asynclit_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_BUSY, "busy");
  else
    asynclit_task_return_int (task, 1);
}

static void
test_retrying (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (AsyncLitRetryPolicy) policy
      = asynclit_retry_policy_new_full (3, 0.001, 1, 2, 0, 0, NULL);
  g_autoptr (AsyncLitTask) task = NULL;
  Record record = { 0 };

  listen_to (manager, &record);
  task = asynclit_task_manager_submit (manager, policy, fail_twice, NULL, NULL);
  test_iterate_until_count (NULL, &record.n_completed, 1);
  g_assert_cmpuint (record.attempt, ==, 2);
  g_assert_cmpfloat (record.delay, ==, 0.002);
  expect_log (&record, "asrrc");
}

static void
test_cancelled_before_start (void)
{
  g_autoptr (AsyncLitTaskManager) manager
      = g_object_new (ASYNCLIT_TYPE_TASK_MANAGER, "paused", TRUE, NULL);
  g_autoptr (AsyncLitTask) task = NULL;
  Record record = { 0 };

  listen_to (manager, &record);
  task = submit (manager);
  asynclit_task_cancel (task);
  test_iterate_until_count (NULL, &record.n_completed, 1);
  expect_log (&record, "ac");
}

static void
test_ended_before_submission (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();
  Record record = { 0 };

  listen_to (manager, &record);
  asynclit_task_return_int (task, 1);
  asynclit_task_manager_submit_task (manager, task);
  test_iterate_until_count (NULL, &record.n_completed, 1);
  expect_log (&record, "ac");
}

static void
test_connected_later (void)
{
  g_autoptr (AsyncLitTaskManager) manager
      = g_object_new (ASYNCLIT_TYPE_TASK_MANAGER, "paused", TRUE, NULL);
  g_autoptr (AsyncLitTask) task = submit (manager);
  Record record = { 0 };

  listen_to (manager, &record);
  asynclit_task_manager_set_paused (manager, FALSE);
  test_iterate_until_count (NULL, &record.n_completed, 1);
  expect_log (&record, "c");
}

/* Although the manager forgets them before the context is iterated. */
static void
test_none_is_lost (void)
{
  g_autoptr (AsyncLitTaskManager) manager
      = g_object_new (ASYNCLIT_TYPE_TASK_MANAGER, "max-completed", 0, NULL);
  Record record = { 0 };

  listen_to (manager, &record);
  for (guint i = 0; i < N_TASKS; i++)
    g_object_unref (submit (manager));
  g_assert_true (asynclit_task_manager_wait (manager, -1, NULL, NULL));
  asynclit_task_manager_cleanup (manager);
  test_iterate_until_count (NULL, &record.n_completed, N_TASKS);
  g_assert_cmpuint (record.n_added, ==, N_TASKS);
  g_assert_cmpuint (record.n_started, ==, N_TASKS);
  g_string_free (record.log, TRUE);
}

static void
test_nobody_listens (void)
{
  g_autoptr (AsyncLitTaskManager) manager
      = g_object_new (ASYNCLIT_TYPE_TASK_MANAGER, "max-completed", 0, NULL);
  Record record = { .log = g_string_new (NULL) };
  gulong id = g_signal_connect (manager, "task-completed", G_CALLBACK (on_completed), &record);
  AsyncLitTask *task;

  g_signal_handler_disconnect (manager, id);
  task = submit (manager);
  test_iterate_until_completed (task);
  asynclit_task_manager_cleanup (manager);
  g_object_add_weak_pointer (G_OBJECT (task), (gpointer *) &task);
  g_object_unref (task);
  while (task != NULL) /* nothing else keeps it */
    g_main_context_iteration (NULL, TRUE);
  expect_log (&record, "");
}

static void
test_manager_goes (void)
{
  AsyncLitTaskManager *manager = asynclit_task_manager_new ();
  AsyncLitTask *task;
  Record record = { 0 };

  listen_to (manager, &record);
  task = submit (manager);
  test_wait (task);
  g_object_add_weak_pointer (G_OBJECT (task), (gpointer *) &task);
  g_object_unref (manager);
  g_object_unref (task);
  while (task != NULL)
    g_main_context_iteration (NULL, TRUE);
  expect_log (&record, "");
}

/* In the context of the manager, not in that of the task's owner. */

static gpointer
make_manager_there (gpointer data)
{
  AsyncLitTaskManager *manager;

  g_main_context_push_thread_default (data);
  manager = asynclit_task_manager_new ();
  g_main_context_pop_thread_default (data);
  return manager;
}

static gpointer
iterate_there (gpointer data)
{
  gpointer *args = data;
  Record *record = args[1];

  g_main_context_push_thread_default (args[0]);
  while (record->n_completed < N_TASKS * N_THREADS)
    g_main_context_iteration (args[0], TRUE);
  g_main_context_pop_thread_default (args[0]);
  return g_thread_self ();
}

static gpointer
submit_many (gpointer manager)
{
  for (guint i = 0; i < N_TASKS; i++)
    g_object_unref (submit (manager));
  return NULL;
}

static void
test_other_context (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (AsyncLitTaskManager) manager
      = g_thread_join (g_thread_new ("makes", make_manager_there, context));
  Record record = { 0 };
  gpointer args[] = { context, &record };
  GThread *submitters[N_THREADS];
  GThread *listener;

  listen_to (manager, &record);
  listener = g_thread_new ("listens", iterate_there, args);
  for (guint i = 0; i < N_THREADS; i++)
    submitters[i] = g_thread_new ("submits", submit_many, manager);
  for (guint i = 0; i < N_THREADS; i++)
    g_thread_join (submitters[i]);
  g_assert_true (g_thread_join (listener) == record.thread);
  g_assert_cmpuint (record.n_added, ==, N_TASKS * N_THREADS);
  g_assert_cmpuint (record.n_started, ==, N_TASKS * N_THREADS);
  g_string_free (record.log, TRUE);
}

typedef struct {
  guint n_completed;
  guint depth;
  guint deepest;
} Nested;

static void
on_completed_nested (AsyncLitTaskManager *manager, AsyncLitTask *task, gpointer data)
{
  Nested *nested = data;

  nested->depth++;
  nested->deepest = MAX (nested->deepest, nested->depth);
  if (++nested->n_completed < 3)
    test_iterate_until_count (NULL, &nested->n_completed, 3);
  nested->depth--;
}

static void
test_nested_loop (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  Nested nested = { 0 };

  g_signal_connect (manager, "task-completed", G_CALLBACK (on_completed_nested), &nested);
  for (guint i = 0; i < 3; i++)
    g_object_unref (submit (manager));
  test_iterate_until_count (NULL, &nested.n_completed, 3);
  g_assert_cmpuint (nested.deepest, ==, 3);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/manager-signals/in-order", test_in_order);
  g_test_add_func ("/manager-signals/retrying", test_retrying);
  g_test_add_func ("/manager-signals/cancelled-before-start", test_cancelled_before_start);
  g_test_add_func ("/manager-signals/ended-before-submission", test_ended_before_submission);
  g_test_add_func ("/manager-signals/connected-later", test_connected_later);
  g_test_add_func ("/manager-signals/none-is-lost", test_none_is_lost);
  g_test_add_func ("/manager-signals/nobody-listens", test_nobody_listens);
  g_test_add_func ("/manager-signals/manager-goes", test_manager_goes);
  g_test_add_func ("/manager-signals/other-context", test_other_context);
  g_test_add_func ("/manager-signals/nested-loop", test_nested_loop);

  return g_test_run ();
}
