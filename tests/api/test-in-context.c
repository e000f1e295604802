/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Functions in the submitter's own main context. */

#include "test-support.h"

#define DEPTH 10

static AsyncLitTask *
submit (AsyncLitRetryPolicy *retry, AsyncLitTaskFunc func, gpointer user_data)
{
  return asynclit_task_manager_submit_in_context (asynclit_get_default_manager (), retry, func,
                                                  user_data, NULL);
}

static void
work_record (AsyncLitTask *task, GCancellable *cancellable, gpointer recorder)
{
  test_recorder_add (recorder, "ran");
  asynclit_task_return_int (task, 1);
}

/* Where and when */

static void
test_runs_in_main_context (void)
{
  g_autoptr (TestRecorder) recorder = test_recorder_new ();
  g_autoptr (AsyncLitTask) task = submit (NULL, work_record, recorder);

  g_assert_cmpint (asynclit_task_get_executor (task), ==, ASYNCLIT_EXECUTOR_CONTEXT);
  g_assert_cmpuint (test_recorder_get_length (recorder), ==, 0);
  test_iterate_until_completed (task);
  test_recorder_assert (recorder, "ran");
  g_assert_true (test_recorder_all_on_thread (recorder, g_thread_self ()));
  test_assert_int_result (task, 1);
}

static gpointer
run_in_own_context (gpointer recorder)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (AsyncLitTask) task = NULL;

  g_main_context_push_thread_default (context);
  task = submit (NULL, work_record, recorder);
  test_iterate_until_completed (task);
  test_assert_int_result (task, 1);
  g_assert_true (test_recorder_all_on_thread (recorder, g_thread_self ()));
  g_main_context_pop_thread_default (context);
  return NULL;
}

static void
test_runs_in_thread_default_context (void)
{
  g_autoptr (TestRecorder) recorder = test_recorder_new ();

  g_thread_join (g_thread_new ("owner", run_in_own_context, recorder));
  test_recorder_assert (recorder, "ran");
}

static void
test_runs_only_when_iterated (void)
{
  g_autoptr (TestRecorder) recorder = test_recorder_new ();
  g_autoptr (AsyncLitTask) task = submit (NULL, work_record, recorder);
  g_autoptr (AsyncLitTask) pool = asynclit_run (test_work_return_int, NULL, NULL);

  test_wait (pool);
  g_assert_cmpuint (test_recorder_get_length (recorder), ==, 0);
  g_assert_cmpint (asynclit_task_get_status (task), ==, ASYNCLIT_TASK_STATUS_PENDING);
  test_iterate_until_completed (task);
  test_recorder_assert (recorder, "ran");
}

static void
work_record_number (AsyncLitTask *task, GCancellable *cancellable, gpointer user_data)
{
  TestRecorder *recorder = user_data;

  test_recorder_add (recorder, "%u", test_recorder_get_length (recorder));
  asynclit_task_return_string (task, asynclit_task_get_id (task));
}

static void
test_runs_in_order (void)
{
  g_autoptr (TestRecorder) recorder = test_recorder_new ();
  g_autoptr (GPtrArray) tasks = g_ptr_array_new_with_free_func (g_object_unref);
  double before = 0;

  for (guint i = 0; i < 10; i++)
    g_ptr_array_add (tasks, submit (NULL, work_record_number, recorder));
  test_iterate_until_completed (g_ptr_array_index (tasks, 9));
  test_recorder_assert (recorder, "0 1 2 3 4 5 6 7 8 9");
  for (guint i = 0; i < 10; i++)
    {
      g_assert_cmpfloat (asynclit_task_get_finished (g_ptr_array_index (tasks, i)), >=, before);
      before = asynclit_task_get_finished (g_ptr_array_index (tasks, i));
    }
}

/* From an idle source: sources of higher priority run first. */
static gboolean
on_default_priority (gpointer recorder)
{
  test_recorder_add (recorder, "urgent");
  return G_SOURCE_REMOVE;
}

static void
test_runs_from_idle_source (void)
{
  g_autoptr (TestRecorder) recorder = test_recorder_new ();
  g_autoptr (AsyncLitTask) task = submit (NULL, work_record, recorder);
  g_autoptr (GSource) source = g_idle_source_new ();

  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, on_default_priority, recorder, NULL);
  g_source_attach (source, NULL);
  test_iterate_until_completed (task);
  test_recorder_assert (recorder, "urgent ran");
}

/* Nested loops */

static void
work_nest (AsyncLitTask *task, GCancellable *cancellable, gpointer depth)
{
  int left = GPOINTER_TO_INT (depth);

  if (left > 0)
    {
      g_autoptr (AsyncLitTask) deeper = submit (NULL, work_nest, GINT_TO_POINTER (left - 1));

      test_iterate_until_completed (deeper);
      test_assert_int_result (deeper, left - 1);
    }
  asynclit_task_return_int (task, left);
}

static void
test_nested_loops (void)
{
  g_autoptr (AsyncLitTask) task = submit (NULL, work_nest, GINT_TO_POINTER (DEPTH));

  test_iterate_until_completed (task);
  test_assert_int_result (task, DEPTH);
}

/* One function may wait for what a task of the pool delivers here. */
static void
work_await_pool (AsyncLitTask *task, GCancellable *cancellable, gpointer unused)
{
  g_autoptr (AsyncLitTask) pool = asynclit_run (test_work_return_int, GINT_TO_POINTER (7), NULL);

  test_iterate_until_completed (pool);
  asynclit_task_return_int (task, g_value_get_int64 (asynclit_task_get_result (pool, NULL)));
}

static void
test_nested_awaits_pool (void)
{
  g_autoptr (AsyncLitTask) task = submit (NULL, work_await_pool, NULL);

  test_iterate_until_completed (task);
  test_assert_int_result (task, 7);
}

/* Retrying */

typedef struct
{
  TestRecorder *recorder;
  gint countdown;
} Flaky;

static void
work_flaky (AsyncLitTask *task, GCancellable *cancellable, gpointer user_data)
{
  Flaky *flaky = user_data;

  test_recorder_add (flaky->recorder, "%u", asynclit_task_get_attempt (task));
  test_work_fail_n_times (task, cancellable, &flaky->countdown);
}

static void
check_retry_here (double delay)
{
  g_autoptr (AsyncLitRetryPolicy) retry
      = asynclit_retry_policy_new_full (5, delay, 60, 1, 0, 0, NULL);
  g_autoptr (TestRecorder) recorder = test_recorder_new ();
  Flaky flaky = { recorder, 2 };
  g_autoptr (AsyncLitTask) task = submit (retry, work_flaky, &flaky);

  test_iterate_until_completed (task);
  test_assert_int_result (task, 3);
  test_recorder_assert (recorder, "1 2 3");
  g_assert_true (test_recorder_all_on_thread (recorder, g_thread_self ()));
}

static void
test_retry_invokes_here (void)
{
  check_retry_here (0);
  check_retry_here (0.01);
}

/* Destroyed contexts */

static void
test_context_gone (void)
{
  GMainContext *context = g_main_context_new ();
  g_autoptr (TestRecorder) recorder = test_recorder_new ();
  g_autoptr (AsyncLitTask) task = NULL;

  g_main_context_push_thread_default (context);
  task = submit (NULL, work_record, recorder);
  g_main_context_pop_thread_default (context);
  g_main_context_unref (context);
  test_wait (task);
  test_assert_failed (task, ASYNCLIT_ERROR, ASYNCLIT_ERROR_CONTEXT_GONE);
  g_assert_cmpuint (test_recorder_get_length (recorder), ==, 0);
}

/* The context is destroyed while its task waits for a retry. */
static void
test_context_gone_before_retry (void)
{
  GMainContext *context = g_main_context_new ();
  g_autoptr (AsyncLitRetryPolicy) retry
      = asynclit_retry_policy_new_full (5, 0.05, 60, 1, 0, 0, NULL);
  g_autoptr (AsyncLitTask) task = NULL;

  g_main_context_push_thread_default (context);
  task = submit (retry, test_work_fail, NULL);
  test_iterate_until (context, test_condition_started, task);
  g_main_context_pop_thread_default (context);
  g_main_context_unref (context);
  test_wait (task);
  g_assert_cmpint (asynclit_task_get_status (task), ==, ASYNCLIT_TASK_STATUS_ERROR);
}

/* Closures */

static void
on_closure (AsyncLitTask *task, GCancellable *cancellable, gpointer recorder)
{
  g_assert_true (G_IS_CANCELLABLE (cancellable));
  work_record (task, cancellable, recorder);
}

/* Closures of bindings have a marshaller; those of C may not. */
static void
test_closure (gconstpointer with_marshal)
{
  g_autoptr (TestRecorder) recorder = test_recorder_new ();
  GClosure *closure = g_cclosure_new (G_CALLBACK (on_closure), recorder, NULL);
  g_autoptr (AsyncLitTask) task = NULL;

  if (with_marshal != NULL)
    g_closure_set_marshal (closure, g_cclosure_marshal_generic);
  task = asynclit_task_manager_submit_in_context_closure (asynclit_get_default_manager (), NULL,
                                                          closure);
  test_iterate_until_completed (task);
  test_assert_int_result (task, 1);
  g_assert_true (test_recorder_all_on_thread (recorder, g_thread_self ()));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/in-context/runs/in-main-context", test_runs_in_main_context);
  g_test_add_func ("/in-context/runs/in-thread-default-context",
                   test_runs_in_thread_default_context);
  g_test_add_func ("/in-context/runs/only-when-iterated", test_runs_only_when_iterated);
  g_test_add_func ("/in-context/runs/in-order", test_runs_in_order);
  g_test_add_func ("/in-context/runs/from-idle-source", test_runs_from_idle_source);
  g_test_add_func ("/in-context/nested/loops", test_nested_loops);
  g_test_add_func ("/in-context/nested/awaits-pool", test_nested_awaits_pool);
  g_test_add_func ("/in-context/retry/invokes-here", test_retry_invokes_here);
  g_test_add_func ("/in-context/context/gone", test_context_gone);
  g_test_add_func ("/in-context/context/gone-before-retry", test_context_gone_before_retry);
  g_test_add_data_func ("/in-context/closure", NULL, test_closure);
  g_test_add_data_func ("/in-context/closure-with-marshal", "", test_closure);
  return g_test_run ();
}
