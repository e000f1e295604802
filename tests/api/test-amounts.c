/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Amounts of progress: the reports of a task, the notifications of its owner, and the fraction of a
 * manager. */

#include "test-support.h"

#include <locale.h>
#include <math.h>

#define EPSILON 1e-9
#define N_REPORTS 200000
#define N_TASKS 400

#define assert_amount(actual, expected) g_assert_cmpfloat_with_epsilon (actual, expected, EPSILON)

static void
test_defaults (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();
  g_autofree char *text = asynclit_task_get_progress_text (task);
  g_autofree char *description = asynclit_progress_describe (task);

  assert_amount (asynclit_task_get_progress_done (task), 0);
  assert_amount (asynclit_task_get_progress_total (task), 0);
  assert_amount (asynclit_task_get_progress_weight (task), 1);
  assert_amount (asynclit_task_get_fraction (task), -1);
  assert_amount (asynclit_task_get_rate (task), 0);
  assert_amount (asynclit_task_get_remaining (task), -1);
  g_assert_null (text);
  g_assert_cmpint ((int) asynclit_task_get_progress_unit (task), ==, ASYNCLIT_UNIT_ITEMS);
  g_assert_cmpstr (description, ==, "");
  asynclit_task_return_int (task, 0);
  assert_amount (asynclit_task_get_fraction (task), 1);
  assert_amount (asynclit_task_get_remaining (task), 0);
}

static void
assert_description (AsyncLitTask *task, const char *expected)
{
  g_autofree char *description = asynclit_progress_describe (task);

  g_assert_cmpstr (description, ==, expected);
}

static void
test_read (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();
  g_autofree char *text = NULL;
  AsyncLitUnit unit;
  double done, total, fraction;

  asynclit_task_set_progress (task, 10, 40);
  asynclit_task_set_progress_text (task, "Copying");
  asynclit_task_set_progress_unit (task, ASYNCLIT_UNIT_FILES);
  g_object_get (task, "progress-done", &done, "progress-total", &total, "progress-text", &text,
                "progress-unit", &unit, "fraction", &fraction, NULL);
  assert_amount (done, 10);
  assert_amount (total, 40);
  assert_amount (fraction, 0.25);
  g_assert_cmpstr (text, ==, "Copying");
  g_assert_cmpint ((int) unit, ==, ASYNCLIT_UNIT_FILES);
  assert_description (task, "Copying · 10 of 40 files");
  asynclit_task_set_progress_text (task, NULL);
  assert_description (task, "10 of 40 files");
  asynclit_task_return_int (task, 0);
}

/* Nothing goes back, and nothing changes any more. */
static void
test_after_end (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();

  asynclit_task_set_progress (task, 10, 40);
  asynclit_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_FAILED, "no");
  asynclit_task_set_progress (task, 20, 40);
  asynclit_task_set_progress_text (task, "Late");
  asynclit_task_set_progress_unit (task, ASYNCLIT_UNIT_BYTES);
  asynclit_task_begin_part (task, 0.5);
  assert_amount (asynclit_task_get_progress_done (task), 10);
  assert_amount (asynclit_task_get_fraction (task), 0.25);
  assert_amount (asynclit_task_get_remaining (task), -1);
  assert_description (task, "10 of 40");
}

static void
test_parts (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();

  asynclit_task_begin_part (task, 0.25);
  asynclit_task_set_progress (task, 1, 2);
  assert_amount (asynclit_task_get_fraction (task), 0.125);
  asynclit_task_begin_part (task, 0.75);
  assert_amount (asynclit_task_get_fraction (task), 0.25);
  assert_amount (asynclit_task_get_progress_done (task), 1);
  asynclit_task_set_progress (task, 50, 100);
  assert_amount (asynclit_task_get_fraction (task), 0.625);
  asynclit_task_return_int (task, 0);
  assert_amount (asynclit_task_get_fraction (task), 1);
}

static void
test_invalid (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();
  const double wrong[] = { -1, (double) NAN, (double) INFINITY };

  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      for (int n = 0; n < 4; n++)
        g_test_expect_message ("AsyncLit", G_LOG_LEVEL_CRITICAL, "*assertion*failed*");
      asynclit_task_set_progress (task, wrong[i], 10);
      asynclit_task_set_progress (task, 1, wrong[i]);
      asynclit_task_begin_part (task, wrong[i]);
      asynclit_task_set_progress_weight (task, wrong[i]);
      g_test_assert_expected_messages ();
    }
  g_test_expect_message ("AsyncLit", G_LOG_LEVEL_CRITICAL, "*assertion*failed*");
  asynclit_task_begin_part (task, 1.5);
  g_test_assert_expected_messages ();
  assert_amount (asynclit_task_get_fraction (task), -1);
  asynclit_task_return_int (task, 0);
}

/* Notifications */

typedef struct {
  GThread *thread;
  guint n_notified;
  double last;
  gboolean completed;
} Watch;

static void
on_notify (AsyncLitTask *task, GParamSpec *pspec, gpointer data)
{
  Watch *watch = data;

  g_assert_true (g_thread_self () == watch->thread);
  g_assert_false (watch->completed);
  watch->n_notified++;
  g_object_get (task, pspec->name, &watch->last, NULL);
}

static void
on_completed (AsyncLitTask *task, gpointer data)
{
  ((Watch *) data)->completed = TRUE;
}

static void
watch_property (Watch *watch, AsyncLitTask *task, const char *signal)
{
  *watch = (Watch){ .thread = g_thread_self () };
  g_signal_connect (task, signal, G_CALLBACK (on_notify), watch);
  g_signal_connect (task, "completed", G_CALLBACK (on_completed), watch);
}

static void
work_reports (AsyncLitTask *task, GCancellable *cancellable, gpointer unused)
{
  for (int i = 1; i <= N_REPORTS; i++)
    asynclit_task_set_progress (task, i, N_REPORTS);
  asynclit_task_return_int (task, 0);
}

/* At most 25 times a second, and the last one. */
static void
test_notified (void)
{
  gint64 begun = g_get_monotonic_time ();
  g_autoptr (AsyncLitTask) task = asynclit_run (work_reports, NULL, NULL);
  Watch watch, estimate;
  double seconds;

  watch_property (&watch, task, "notify::progress-done");
  watch_property (&estimate, task, "notify::fraction");
  test_iterate_until_completed (task);
  seconds = (double) (g_get_monotonic_time () - begun) / G_USEC_PER_SEC;
  g_assert_cmpuint (watch.n_notified, >=, 1);
  g_assert_cmpfloat (watch.n_notified, <=, 25 * seconds + 2);
  assert_amount (watch.last, N_REPORTS);
  assert_amount (estimate.last, 1);
}

static void
work_reports_and_waits (AsyncLitTask *task, GCancellable *cancellable, gpointer gate)
{
  for (int i = 1; i <= 100; i++)
    asynclit_task_set_progress (task, i, 100);
  test_gate_pass (gate);
  asynclit_task_return_int (task, 0);
}

static gboolean
has_heard_all (gpointer data)
{
  const Watch *watch = data;

  return watch->last >= 100;
}

/* The last one does not wait for the end of the task. */
static void
test_last_one (void)
{
  g_autoptr (TestGate) gate = test_gate_new ();
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();
  Watch watch;

  asynclit_task_set_func (task, work_reports_and_waits, gate, NULL);
  watch_property (&watch, task, "notify::progress-done");
  asynclit_task_manager_submit_task (asynclit_get_default_manager (), task);
  test_iterate_until (NULL, has_heard_all, &watch);
  g_assert_false (watch.completed);
  test_gate_open (gate);
  test_iterate_until_completed (task);
}

/* A handle that is dropped while a notification waits for its time. */
static void
test_dropped (void)
{
  AsyncLitTask *task = asynclit_task_new ();
  gpointer weak = task;
  Watch watch;

  watch_property (&watch, task, "notify::progress-done");
  g_object_add_weak_pointer (G_OBJECT (task), &weak);
  asynclit_task_set_progress (task, 1, 3);
  test_iterate_pending (NULL);
  g_assert_cmpuint (watch.n_notified, ==, 1);
  asynclit_task_set_progress (task, 2, 3);
  test_iterate_pending (NULL);
  g_object_unref (task);
  while (weak != NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (watch.n_notified, ==, 2);
}

/* Another attempt */

static void
work_twice (AsyncLitTask *task, GCancellable *cancellable, gpointer unused)
{
  if (asynclit_task_get_attempt (task) > 1)
    assert_amount (asynclit_task_get_progress_done (task), 3);
  asynclit_task_begin_part (task, 0.5);
  assert_amount (asynclit_task_get_fraction (task), 0);
  asynclit_task_set_progress (task, 3, 4);
  asynclit_task_begin_part (task, 0.5);
  assert_amount (asynclit_task_get_fraction (task), 0.5);
  asynclit_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_FAILED, "again");
}

static void
test_retry (void)
{
  g_autoptr (AsyncLitRetryPolicy) retry = asynclit_retry_policy_new_full (2, 0, 0, 1, 0, 0, NULL);
  g_autoptr (AsyncLitTask) task = asynclit_task_manager_submit (asynclit_get_default_manager (),
                                                                retry, work_twice, NULL, NULL);

  test_wait (task);
  g_assert_cmpuint (asynclit_task_get_attempt (task), ==, 2);
  assert_amount (asynclit_task_get_fraction (task), 0.5);
}

/* Managers */

static AsyncLitTask *
add_task (AsyncLitTaskManager *manager, double weight)
{
  AsyncLitTask *task = asynclit_task_new ();

  asynclit_task_set_progress_weight (task, weight);
  asynclit_task_manager_submit_task (manager, task);
  return task;
}

static void
test_manager (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (AsyncLitTask) small = NULL;
  g_autoptr (AsyncLitTask) large = NULL;
  double fraction, remaining;

  g_object_get (manager, "fraction", &fraction, "remaining", &remaining, NULL);
  assert_amount (fraction, -1);
  assert_amount (remaining, -1);
  small = add_task (manager, 1);
  large = add_task (manager, 3);
  assert_amount (asynclit_task_manager_get_fraction (manager), 0);
  asynclit_task_set_progress (large, 1, 2);
  assert_amount (asynclit_task_manager_get_fraction (manager), 1.5 / 4);
  asynclit_task_return_int (small, 0);
  assert_amount (asynclit_task_manager_get_fraction (manager), 2.5 / 4);
  asynclit_task_set_progress (large, 0, 2);
  assert_amount (asynclit_task_manager_get_fraction (manager), 1.0 / 4);
  asynclit_task_return_new_error (large, G_IO_ERROR, G_IO_ERROR_FAILED, "no");
  assert_amount (asynclit_task_manager_get_fraction (manager), 1);
  assert_amount (asynclit_task_manager_get_remaining (manager), 0);
}

/* The next tasks start a new sum. Amounts that were reported before the submission count, too. */
static void
test_manager_again (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (AsyncLitTask) first = add_task (manager, 5);
  g_autoptr (AsyncLitTask) second = asynclit_task_new ();
  g_autoptr (AsyncLitTask) third = NULL;

  asynclit_task_return_int (first, 0);
  assert_amount (asynclit_task_manager_get_fraction (manager), 1);
  asynclit_task_set_progress (second, 1, 4);
  asynclit_task_manager_submit_task (manager, second);
  assert_amount (asynclit_task_manager_get_fraction (manager), 0.25);
  third = add_task (manager, 0);
  assert_amount (asynclit_task_manager_get_fraction (manager), 0.25);
  asynclit_task_return_int (second, 0);
  assert_amount (asynclit_task_manager_get_fraction (manager), 1);
  asynclit_task_return_int (third, 0);
}

/* Only weights of 0: the tasks are counted. */
static void
test_manager_weightless (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (AsyncLitTask) first = add_task (manager, 0);
  g_autoptr (AsyncLitTask) second = add_task (manager, 0);

  asynclit_task_return_int (first, 0);
  assert_amount (asynclit_task_manager_get_fraction (manager), 0.5);
  asynclit_task_return_int (second, 0);
}

static void
assert_counts (AsyncLitTaskManager *manager, guint n_running, guint n_waiting, guint n_done,
               guint n_failed, guint n_cancelled, guint n_retried)
{
  guint live;
  guint64 done;

  g_object_get (manager, "n-live", &live, "n-done", &done, NULL);
  g_assert_cmpuint (live, ==, n_running + n_waiting);
  g_assert_cmpuint (done, ==, n_done);
  g_assert_cmpuint (asynclit_task_manager_get_n_live (manager), ==, n_running + n_waiting);
  g_assert_cmpuint (asynclit_task_manager_get_n_running (manager), ==, n_running);
  g_assert_cmpuint (asynclit_task_manager_get_n_waiting (manager), ==, n_waiting);
  g_assert_cmpuint (asynclit_task_manager_get_n_done (manager), ==, n_done);
  g_assert_cmpuint (asynclit_task_manager_get_n_failed (manager), ==, n_failed);
  g_assert_cmpuint (asynclit_task_manager_get_n_cancelled (manager), ==, n_cancelled);
  g_assert_cmpuint (asynclit_task_manager_get_n_retried (manager), ==, n_retried);
}

/* The counters keep their values when tasks are removed. */
static void
test_counts (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (AsyncLitRetryPolicy) retry = asynclit_retry_policy_new_full (2, 0, 0, 1, 0, 0, NULL);
  g_autoptr (AsyncLitTask) own = add_task (manager, 1);
  g_autoptr (AsyncLitTask) context
      = asynclit_task_manager_submit_in_context (manager, NULL, test_work_return_int, NULL, NULL);
  g_autoptr (AsyncLitTask) fails
      = asynclit_task_manager_submit (manager, retry, test_work_fail, NULL, NULL);

  test_wait (fails);
  assert_counts (manager, 1, 1, 0, 1, 0, 1);
  asynclit_task_cancel (context);
  asynclit_task_return_int (own, 0);
  assert_counts (manager, 0, 0, 1, 1, 1, 1);
  asynclit_task_manager_set_max_completed (manager, 0);
  asynclit_task_manager_cleanup (manager);
  assert_counts (manager, 0, 0, 1, 1, 1, 1);
}

static void
work_in_steps (AsyncLitTask *task, GCancellable *cancellable, gpointer unused)
{
  for (int i = 1; i <= 1000; i++)
    asynclit_task_set_progress (task, i, 2000);
  asynclit_task_return_int (task, 0);
}

/* Whatever the threads do at the same time, all shares are added and subtracted. */
static void
test_manager_threads (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (AsyncLitTask) stays = add_task (manager, 1);
  double sum = 0;

  for (int i = 0; i < N_TASKS; i++)
    {
      AsyncLitTask *task = asynclit_task_new ();

      sum += i;
      asynclit_task_set_progress_weight (task, i);
      asynclit_task_set_func (task, work_in_steps, NULL, NULL);
      asynclit_task_manager_submit_task (manager, task);
      g_object_unref (task);
      g_assert_cmpfloat (asynclit_task_manager_get_fraction (manager), <=, 1);
    }
  asynclit_task_manager_close (manager, ASYNCLIT_CLOSE_MODE_DRAIN);
  /* Only the one with the weight 1 is left. */
  while (asynclit_task_manager_get_fraction (manager) < 1 - 1.3 / (sum + 1))
    g_thread_yield ();
  asynclit_task_return_int (stays, 0);
  g_assert_true (asynclit_task_manager_wait (manager, -1, NULL, NULL));
  assert_amount (asynclit_task_manager_get_fraction (manager), 1);
}

int
main (int argc, char **argv)
{
  setlocale (LC_ALL, "C.UTF-8");
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/amounts/defaults", test_defaults);
  g_test_add_func ("/amounts/read", test_read);
  g_test_add_func ("/amounts/after-end", test_after_end);
  g_test_add_func ("/amounts/parts", test_parts);
  g_test_add_func ("/amounts/invalid", test_invalid);
  g_test_add_func ("/amounts/notified", test_notified);
  g_test_add_func ("/amounts/last-one", test_last_one);
  g_test_add_func ("/amounts/dropped", test_dropped);
  g_test_add_func ("/amounts/retry", test_retry);
  g_test_add_func ("/amounts/manager", test_manager);
  g_test_add_func ("/amounts/manager/again", test_manager_again);
  g_test_add_func ("/amounts/manager/weightless", test_manager_weightless);
  g_test_add_func ("/amounts/manager/counts", test_counts);
  g_test_add_func ("/amounts/manager/threads", test_manager_threads);
  return g_test_run ();
}
