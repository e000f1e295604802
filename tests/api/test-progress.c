/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Progress values: drained, read by cursor, bounded, delivered by signal. */

#include "test-support.h"

#define DEFAULT_BOUND 65536
#define N_THREADS 4
#define N_PER_THREAD 1000

/* The form for language bindings: the values themselves, in one array. */
#define assert_flat_values(values, ...)                                                           \
  G_STMT_START                                                                                    \
  {                                                                                               \
    const int expected_[] = { __VA_ARGS__ };                                                      \
    g_autoptr (GArray) values_ = (values);                                                        \
    g_assert_cmpuint (values_->len, ==, G_N_ELEMENTS (expected_));                                \
    for (guint i_ = 0; i_ < values_->len; i_++)                                                   \
      g_assert_cmpint (g_value_get_int (&g_array_index (values_, GValue, i_)), ==,                \
                       expected_[i_]);                                                            \
  }                                                                                               \
  G_STMT_END

#define assert_values(values, expected)                                                           \
  G_STMT_START                                                                                    \
  {                                                                                               \
    g_autoptr (GPtrArray) values_ = (values);                                                     \
    g_autofree char *joined_ = test_values_join (values_);                                        \
    g_assert_cmpstr (joined_, ==, expected);                                                      \
  }                                                                                               \
  G_STMT_END

static void
work_reports (AsyncLitTask *task, GCancellable *cancellable, gpointer count)
{
  for (int i = 1; i <= GPOINTER_TO_INT (count); i++)
    test_report_int (task, i);
  asynclit_task_return_int (task, 0);
}

/* Draining */

static void
test_drain_in_order (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();

  assert_values (asynclit_task_drain_progress (task), "");
  test_report_int (task, 1);
  test_report_int (task, 2);
  assert_values (asynclit_task_drain_progress (task), "1 2");
  assert_values (asynclit_task_drain_progress (task), "");
  test_report_int (task, 3);
  assert_values (asynclit_task_drain_progress (task), "3");
  asynclit_task_return_int (task, 1);
}

static void
test_drain_flat (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();
  g_autoptr (GArray) none = asynclit_task_drain_progress_values (task);

  g_assert_cmpuint (none->len, ==, 0);
  test_report_int (task, 1);
  test_report_int (task, 2);
  assert_flat_values (asynclit_task_drain_progress_values (task), 1, 2);
  test_report_int (task, 3);
  assert_flat_values (asynclit_task_drain_progress_values (task), 3);
  asynclit_task_return_int (task, 1);
}

static void
test_drain_after_end (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_run (work_reports, GINT_TO_POINTER (3), NULL);

  test_wait (task);
  assert_values (asynclit_task_drain_progress (task), "1 2 3");
  assert_values (asynclit_task_drain_progress (task), "");
}

static void
test_drain_after_cancel (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();

  test_report_int (task, 1);
  asynclit_task_cancel (task);
  assert_values (asynclit_task_drain_progress (task), "1");
}

/* The array's values belong to the caller, and outlive the task. */
static void
test_drain_outlives_task (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();
  g_autoptr (GPtrArray) values = NULL;

  test_report_string (task, "kept");
  values = asynclit_task_drain_progress (task);
  asynclit_task_return_int (task, 1);
  g_clear_object (&task);
  test_iterate_pending (NULL);
  assert_values (g_steal_pointer (&values), "kept");
}

/* A late value can still be read, but no signal is emitted after "completed". */
static void
test_report_after_end (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();
  g_autoptr (TestRecorder) recorder = test_recorder_new ();

  test_recorder_watch (recorder, task);
  test_report_int (task, 1);
  asynclit_task_return_int (task, 1);
  test_iterate_until_completed (task);
  test_report_int (task, 2);
  test_iterate_pending (NULL);
  test_recorder_assert (recorder, "progressed:1 status:done completed");
  assert_values (asynclit_task_drain_progress (task), "1 2");
}

/* Bounds */

static void
test_bound_drops_oldest (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();

  asynclit_task_set_max_progress (task, 3);
  for (int i = 1; i <= 5; i++)
    test_report_int (task, i);
  g_assert_cmpuint (asynclit_task_get_progress_dropped (task), ==, 2);
  assert_values (asynclit_task_drain_progress (task), "3 4 5");
  test_report_int (task, 6);
  g_assert_cmpuint (asynclit_task_get_progress_dropped (task), ==, 2);
  assert_values (asynclit_task_drain_progress (task), "6");
  asynclit_task_return_int (task, 1);
}

static void
check_bound (AsyncLitTask *task, guint reported, guint kept)
{
  g_autoptr (GPtrArray) values = NULL;

  for (guint i = 0; i < reported; i++)
    test_report_int (task, (int) i);
  values = asynclit_task_drain_progress (task);
  g_assert_cmpuint (values->len, ==, kept);
  g_assert_cmpuint (asynclit_task_get_progress_dropped (task), ==, reported - kept);
  g_assert_cmpint (g_value_get_int (g_ptr_array_index (values, 0)), ==, reported - kept);
  asynclit_task_return_int (task, 1);
}

static void
test_bound_default (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();

  check_bound (task, DEFAULT_BOUND + 10, DEFAULT_BOUND);
}

static void
test_bound_none (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();

  asynclit_task_set_max_progress (task, 0);
  check_bound (task, DEFAULT_BOUND + 10, DEFAULT_BOUND + 10);
}

/* Cursors */

static void
test_cursor_several_readers (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();
  guint64 first = 0;
  guint64 second = 0;

  test_report_int (task, 1);
  test_report_int (task, 2);
  assert_values (asynclit_task_read_progress (task, &first), "1 2");
  g_assert_cmpuint (first, ==, 2);
  test_report_int (task, 3);
  assert_values (asynclit_task_read_progress (task, &first), "3");
  assert_values (asynclit_task_read_progress (task, &first), "");
  assert_values (asynclit_task_read_progress (task, &second), "1 2 3");
  g_assert_cmpuint (first, ==, 3);
  g_assert_cmpuint (second, ==, 3);
  asynclit_task_return_int (task, 1);
  second = 1;
  assert_values (asynclit_task_read_progress (task, &second), "2 3");
}

static void
test_cursor_flat (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();
  guint64 first = 0;
  guint64 second = 0;

  test_report_int (task, 1);
  test_report_int (task, 2);
  assert_flat_values (asynclit_task_read_progress_values (task, &first), 1, 2);
  test_report_int (task, 3);
  assert_flat_values (asynclit_task_read_progress_values (task, &first), 3);
  assert_flat_values (asynclit_task_read_progress_values (task, &second), 1, 2, 3);
  g_assert_cmpuint (first, ==, second);
  asynclit_task_return_int (task, 1);
}

static void
test_cursor_beside_drain (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();
  guint64 cursor = 0;

  assert_values (asynclit_task_read_progress (task, &cursor), "");
  test_report_int (task, 1);
  assert_values (asynclit_task_drain_progress (task), "1");
  assert_values (asynclit_task_drain_progress (task), "");
  test_report_int (task, 2);
  assert_values (asynclit_task_drain_progress (task), "2");
  assert_values (asynclit_task_read_progress (task, &cursor), "1 2");
  cursor = 0;
  assert_values (asynclit_task_read_progress (task, &cursor), "1 2");
  asynclit_task_return_int (task, 1);
}

static void
test_cursor_before_what_was_dropped (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();
  guint64 cursor = 0;

  asynclit_task_set_max_progress (task, 2);
  assert_values (asynclit_task_read_progress (task, &cursor), "");
  for (int i = 1; i <= 5; i++)
    test_report_int (task, i);
  assert_values (asynclit_task_read_progress (task, &cursor), "4 5");
  g_assert_cmpuint (cursor, ==, 5);
  asynclit_task_return_int (task, 1);
}

static void
test_cursor_beyond_the_end (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();
  guint64 cursor = G_MAXUINT64;

  test_report_int (task, 1);
  assert_values (asynclit_task_read_progress (task, &cursor), "");
  asynclit_task_return_int (task, 1);
}

/* Values */

static void
report_and_drain (AsyncLitTask *task, const GValue *value, GValue *reported)
{
  g_autoptr (GPtrArray) values = NULL;

  asynclit_task_report_progress (task, value);
  values = asynclit_task_drain_progress (task);
  g_assert_cmpuint (values->len, ==, 1);
  g_value_init (reported, G_VALUE_TYPE (value));
  g_value_copy (g_ptr_array_index (values, 0), reported);
}

static void
test_values_numbers (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();
  g_auto (GValue) number = G_VALUE_INIT;
  g_auto (GValue) truth = G_VALUE_INIT;
  g_auto (GValue) reported_number = G_VALUE_INIT;
  g_auto (GValue) reported_truth = G_VALUE_INIT;

  g_value_set_double (g_value_init (&number, G_TYPE_DOUBLE), 0.25);
  report_and_drain (task, &number, &reported_number);
  g_assert_cmpfloat (g_value_get_double (&reported_number), ==, 0.25);
  g_value_set_boolean (g_value_init (&truth, G_TYPE_BOOLEAN), TRUE);
  report_and_drain (task, &truth, &reported_truth);
  g_assert_true (g_value_get_boolean (&reported_truth));
  asynclit_task_return_int (task, 1);
}

/* The task has its own copy: the caller may change or free the value. */
static void
test_values_boxed (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();
  GValue value = G_VALUE_INIT;
  g_auto (GStrv) names = g_strsplit ("a b", " ", -1);
  g_autoptr (GPtrArray) values = NULL;

  g_value_set_boxed (g_value_init (&value, G_TYPE_STRV), names);
  asynclit_task_report_progress (task, &value);
  g_value_unset (&value);
  names[0][0] = 'X';
  values = asynclit_task_drain_progress (task);
  g_assert_cmpstr (((char **) g_value_get_boxed (g_ptr_array_index (values, 0)))[0], ==, "a");
  asynclit_task_return_int (task, 1);
}

static void
test_values_objects (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();
  GObject *object = g_object_new (G_TYPE_OBJECT, NULL);
  GValue value = G_VALUE_INIT;
  gpointer weak = object;
  g_autoptr (GPtrArray) values = NULL;

  g_object_add_weak_pointer (object, &weak);
  g_value_take_object (g_value_init (&value, G_TYPE_OBJECT), object);
  asynclit_task_report_progress (task, &value);
  g_value_unset (&value);
  g_assert_nonnull (weak);
  values = asynclit_task_drain_progress (task);
  g_assert_true (g_value_get_object (g_ptr_array_index (values, 0)) == weak);
  asynclit_task_return_int (task, 1);
  test_iterate_pending (NULL);
  g_clear_pointer (&values, g_ptr_array_unref);
  g_assert_null (weak);
}

static void
test_values_variant (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();
  g_auto (GValue) value = G_VALUE_INIT;
  g_auto (GValue) reported = G_VALUE_INIT;

  g_value_set_variant (g_value_init (&value, G_TYPE_VARIANT), g_variant_new ("(is)", 5, "five"));
  report_and_drain (task, &value, &reported);
  g_assert_true (
      g_variant_equal (g_value_get_variant (&value), g_value_get_variant (&reported)));
  asynclit_task_return_int (task, 1);
}

/* Values that are not drained are freed with the task. */
static void
test_values_undrained (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();
  GObject *object = g_object_new (G_TYPE_OBJECT, NULL);
  GValue value = G_VALUE_INIT;
  gpointer weak = object;

  g_object_add_weak_pointer (object, &weak);
  g_value_take_object (g_value_init (&value, G_TYPE_OBJECT), object);
  asynclit_task_report_progress (task, &value);
  g_value_unset (&value);
  asynclit_task_return_int (task, 1);
  test_iterate_pending (NULL);
  g_clear_object (&task);
  test_iterate_pending (NULL);
  g_assert_null (weak);
}

static void
test_values_invalid (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();
  GValue uninitialised = G_VALUE_INIT;

  g_test_expect_message ("AsyncLit", G_LOG_LEVEL_CRITICAL, "*assertion*failed*");
  asynclit_task_report_progress (task, NULL);
  g_test_assert_expected_messages ();
  g_test_expect_message ("AsyncLit", G_LOG_LEVEL_CRITICAL, "*assertion*failed*");
  asynclit_task_report_progress (task, &uninitialised);
  g_test_assert_expected_messages ();
  assert_values (asynclit_task_drain_progress (task), "");
  asynclit_task_return_int (task, 1);
}

/* Signals */

static void
on_progressed (AsyncLitTask *task, const GValue *value, gpointer recorder)
{
  test_recorder_add (recorder, "%d", g_value_get_int (value));
}

static void
on_completed (AsyncLitTask *task, gpointer recorder)
{
  test_recorder_add (recorder, "completed");
}

static void
test_signal_before_completed (void)
{
  g_autoptr (TestRecorder) recorder = test_recorder_new ();
  g_autoptr (AsyncLitTask) task = asynclit_run (work_reports, GINT_TO_POINTER (5), NULL);

  g_signal_connect (task, "progressed", G_CALLBACK (on_progressed), recorder);
  g_signal_connect (task, "completed", G_CALLBACK (on_completed), recorder);
  test_iterate_until_completed (task);
  test_iterate_pending (NULL);
  test_recorder_assert (recorder, "1 2 3 4 5 completed");
  g_assert_true (test_recorder_all_on_thread (recorder, g_thread_self ()));
}

/* Signals and draining do not take values from each other. */
static void
test_signal_beside_drain (void)
{
  g_autoptr (TestRecorder) recorder = test_recorder_new ();
  g_autoptr (AsyncLitTask) task = asynclit_run (work_reports, GINT_TO_POINTER (3), NULL);

  g_signal_connect (task, "progressed", G_CALLBACK (on_progressed), recorder);
  test_wait (task);
  assert_values (asynclit_task_drain_progress (task), "1 2 3");
  test_iterate_until_completed (task);
  test_recorder_assert (recorder, "1 2 3");
}

/* Several threads */

typedef struct
{
  AsyncLitTask *task;
  int first;
} Reporter;

static gpointer
report_from_thread (gpointer user_data)
{
  Reporter *reporter = user_data;

  for (int i = 0; i < N_PER_THREAD; i++)
    test_report_int (reporter->task, reporter->first + i);
  return NULL;
}

/* The values of each thread stay in the order in which it reported them. */
static void
assert_each_in_order (GPtrArray *values)
{
  int expected[N_THREADS] = { 0 };

  g_assert_cmpuint (values->len, ==, N_THREADS * N_PER_THREAD);
  for (guint i = 0; i < values->len; i++)
    {
      int number = g_value_get_int (g_ptr_array_index (values, i));

      g_assert_cmpint (number % N_PER_THREAD, ==, expected[number / N_PER_THREAD]);
      expected[number / N_PER_THREAD]++;
    }
}

static void
on_progressed_keep (AsyncLitTask *task, const GValue *value, gpointer values)
{
  GValue *copy = g_new0 (GValue, 1);

  g_value_init (copy, G_VALUE_TYPE (value));
  g_value_copy (value, copy);
  g_ptr_array_add (values, copy);
}

static void
test_threads_keep_order (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();
  g_autoptr (GPtrArray) signalled = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) drained = NULL;
  Reporter reporters[N_THREADS];
  GThread *threads[N_THREADS];

  g_signal_connect (task, "progressed", G_CALLBACK (on_progressed_keep), signalled);
  for (int i = 0; i < N_THREADS; i++)
    {
      reporters[i] = (Reporter){ task, i * N_PER_THREAD };
      threads[i] = g_thread_new ("reporter", report_from_thread, &reporters[i]);
    }
  for (int i = 0; i < N_THREADS; i++)
    g_thread_join (threads[i]);
  drained = asynclit_task_drain_progress (task);
  asynclit_task_return_int (task, 1);
  test_iterate_until_completed (task);

  assert_each_in_order (drained);
  assert_each_in_order (signalled);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/progress/drain/in-order", test_drain_in_order);
  g_test_add_func ("/progress/drain/flat", test_drain_flat);
  g_test_add_func ("/progress/drain/after-end", test_drain_after_end);
  g_test_add_func ("/progress/drain/after-cancel", test_drain_after_cancel);
  g_test_add_func ("/progress/drain/outlives-task", test_drain_outlives_task);
  g_test_add_func ("/progress/report/after-end", test_report_after_end);
  g_test_add_func ("/progress/bound/drops-oldest", test_bound_drops_oldest);
  g_test_add_func ("/progress/bound/default", test_bound_default);
  g_test_add_func ("/progress/bound/none", test_bound_none);
  g_test_add_func ("/progress/cursor/several-readers", test_cursor_several_readers);
  g_test_add_func ("/progress/cursor/flat", test_cursor_flat);
  g_test_add_func ("/progress/cursor/beside-drain", test_cursor_beside_drain);
  g_test_add_func ("/progress/cursor/before-what-was-dropped",
                   test_cursor_before_what_was_dropped);
  g_test_add_func ("/progress/cursor/beyond-the-end", test_cursor_beyond_the_end);
  g_test_add_func ("/progress/values/numbers", test_values_numbers);
  g_test_add_func ("/progress/values/boxed", test_values_boxed);
  g_test_add_func ("/progress/values/objects", test_values_objects);
  g_test_add_func ("/progress/values/variant", test_values_variant);
  g_test_add_func ("/progress/values/undrained", test_values_undrained);
  g_test_add_func ("/progress/values/invalid", test_values_invalid);
  g_test_add_func ("/progress/signal/before-completed", test_signal_before_completed);
  g_test_add_func ("/progress/signal/beside-drain", test_signal_beside_drain);
  g_test_add_func ("/progress/threads/keep-order", test_threads_keep_order);
  return g_test_run ();
}
