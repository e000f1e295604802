/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Threads that can't be started. This program replaces pthread_create() for GLib, and the
 * replacement fails when a test requests it. */

#include "stress-support.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>

/* The number of threads that may be started before failures, and the number of failures; atomic. */
static gint n_allowed = G_MAXINT;
static gint n_failing;
/* Every n-th start fails; 0: none. */
static gint failing_interval;
static gint n_started;
static gint n_failed;
/* The number of running threads; atomic. */
static gint n_alive;

typedef struct {
  void *(*func) (void *);
  void *data;
} Start;

typedef int (*CreateFunc) (pthread_t *, const pthread_attr_t *, void *(*) (void *), void *);

static gboolean
is_to_fail (void)
{
  gint interval = g_atomic_int_get (&failing_interval);

  if (interval > 0)
    return g_atomic_int_add (&n_started, 1) % interval == 0;
  return g_atomic_int_add (&n_allowed, -1) <= 0 && g_atomic_int_add (&n_failing, -1) > 0;
}

static void *
run_thread (void *data)
{
  Start start = *(Start *) data;
  void *result;

  g_free (data);
  result = start.func (start.data);
  g_atomic_int_add (&n_alive, -1);
  return result;
}

/* Found before those of the C library and the sanitizers, which it calls. */
int
pthread_create (pthread_t *thread, const pthread_attr_t *attributes, void *(*func) (void *),
                void *data)
{
  CreateFunc create = (CreateFunc) dlsym (RTLD_NEXT, "pthread_create");
  Start *start;
  int result;

  if (is_to_fail ())
    {
      g_atomic_int_inc (&n_failed);
      return EAGAIN;
    }
  start = g_new (Start, 1);
  *start = (Start){ func, data };
  g_atomic_int_inc (&n_alive);
  result = create (thread, attributes, run_thread, start);
  if (result != 0)
    {
      g_atomic_int_add (&n_alive, -1);
      g_free (start);
    }
  return result;
}

/* The library logs a warning if there is no worker; the tests continue. */
static gboolean
is_fatal (const char *domain, GLogLevelFlags level, const char *message, gpointer unused)
{
  return !g_str_has_prefix (message, "The worker thread could not be started");
}

/* GLib's own handler would treat even these warnings as the end of the test. */
static void
log_unexpected (const char *domain, GLogLevelFlags level, const char *message, gpointer unused)
{
  if (is_fatal (domain, level, message, NULL))
    g_log_default_handler (domain, level, message, NULL);
}

/* If another thread was faster, a thread of GLib's pool has never run code of the library, which
 * does not know it. It would wait for work for some seconds, and exist where none is allowed. */
static void
end_all_threads (void)
{
  g_assert_true (asynclit_shutdown (TEST_WATCHDOG_SECONDS));
  while (g_atomic_int_get (&n_alive) > 0)
    {
      g_thread_pool_stop_unused_threads ();
      g_usleep (1000);
    }
}

/* Begins without any thread. */
static void
fail_threads (gint allowed, gint failing)
{
  static guint handler;

  if (handler == 0)
    handler = g_log_set_handler ("AsyncLit",
                                 G_LOG_LEVEL_WARNING | G_LOG_FLAG_FATAL | G_LOG_FLAG_RECURSION,
                                 log_unexpected, NULL);
  g_test_log_set_fatal_handler (is_fatal, NULL);
  end_all_threads ();
  g_atomic_int_set (&n_failed, 0);
  g_atomic_int_set (&n_failing, failing);
  g_atomic_int_set (&n_allowed, allowed);
}

static void
fail_no_threads (void)
{
  g_atomic_int_set (&n_allowed, G_MAXINT);
  g_atomic_int_set (&failing_interval, 0);
}

static void
assert_no_thread (AsyncLitTask *task)
{
  test_assert_failed (task, G_THREAD_ERROR, G_THREAD_ERROR_AGAIN);
}

static void
assert_all_work (void)
{
  g_autoptr (AsyncLitTask) pool = asynclit_run (test_work_return_int, GINT_TO_POINTER (1), NULL);
  g_autoptr (AsyncLitTask) async
      = asynclit_run_async (test_work_return_int, GINT_TO_POINTER (2), NULL);

  test_wait (pool);
  test_wait (async);
  test_assert_int_result (pool, 1);
  test_assert_int_result (async, 2);
}

/* The task fails, its owner is notified, and its data is freed; the next one works. */
static void
test_none (gconstpointer executor)
{
  g_autoptr (StressProbes) probes = stress_probes_new (1);
  StressProbe *probe = stress_probes_take (probes);
  AsyncLitTask *task;

  fail_threads (0, G_MAXINT);
  task = stress_submit (asynclit_get_default_manager (),
                        (AsyncLitExecutor) GPOINTER_TO_INT (executor), NULL, stress_probe_work,
                        probe);
  asynclit_task_add_callback (task, stress_probe_completed, probe, NULL);
  test_iterate_until (NULL, stress_condition_completed, probes);
  assert_no_thread (task);
  g_object_unref (task);
  g_assert_cmpint (g_atomic_int_get (&probe->runs), ==, 0);
  g_assert_cmpint (g_atomic_int_get (&n_failed), >, 0);
  test_iterate_until (NULL, stress_condition_released, probes);
  stress_probes_assert_released_once (probes);
  fail_no_threads ();
  assert_all_work ();
}

/* If the policy retries after such an error, the retry succeeds. */
static void
test_none_at_first (void)
{
  g_autoptr (AsyncLitRetryPolicy) retry
      = asynclit_retry_policy_new_full (2, 0.001, 0.001, 1.0, 0.0, 0.0, NULL);
  g_autoptr (AsyncLitTask) task = NULL;

  fail_threads (0, 1);
  task = asynclit_task_manager_submit (asynclit_get_default_manager (), retry,
                                       test_work_return_int, GINT_TO_POINTER (7), NULL);
  test_wait (task);
  test_assert_int_result (task, 7);
  g_assert_cmpuint (asynclit_task_get_attempt (task), ==, 2);
  g_assert_cmpint (g_atomic_int_get (&n_failed), ==, 1);
  fail_no_threads ();
}

/* One thread does all of the work. */
static void
test_only_one (void)
{
  guint n = stress_scale (20000);
  g_autoptr (StressProbes) probes = stress_probes_new (n);

  fail_threads (1, G_MAXINT);
  for (guint i = 0; i < n; i++)
    {
      StressProbe *probe = stress_probes_take (probes);
      g_autoptr (AsyncLitTask) task
          = stress_submit (asynclit_get_default_manager (), ASYNCLIT_EXECUTOR_THREAD_POOL, NULL,
                           stress_probe_work, probe);
    }
  test_iterate_until (NULL, stress_condition_released, probes);
  stress_probes_assert_released_once (probes);
  fail_no_threads ();
}

/* Every third thread can't be started. The library's threads are stopped from time to time, so that
 * new ones have to be started. Each task ends once, with a result or this error. */
static void
test_some (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  guint n_rounds = stress_scale (100);
  guint n_lost = 0;

  fail_threads (G_MAXINT, 0);
  g_atomic_int_set (&failing_interval, 3);
  for (guint i = 0; i < n_rounds; i++)
    {
      AsyncLitTask *tasks[20];

      for (guint j = 0; j < G_N_ELEMENTS (tasks); j++)
        tasks[j] = asynclit_task_manager_submit (manager, NULL, test_work_return_int,
                                                 GINT_TO_POINTER (3), NULL);
      for (guint j = 0; j < G_N_ELEMENTS (tasks); j++)
        {
          test_wait (tasks[j]);
          n_lost += asynclit_task_get_status (tasks[j]) == ASYNCLIT_TASK_STATUS_ERROR;
          if (asynclit_task_get_status (tasks[j]) == ASYNCLIT_TASK_STATUS_ERROR)
            assert_no_thread (tasks[j]);
          else
            test_assert_int_result (tasks[j], 3);
          g_object_unref (tasks[j]);
        }
      g_assert_true (asynclit_shutdown (TEST_WATCHDOG_SECONDS));
    }
  g_test_message ("%u of %u tasks were lost", n_lost, n_rounds * 20);
  g_assert_cmpint (g_atomic_int_get (&n_failed), >, 0);
  fail_no_threads ();
}

static void
work_waiting (AsyncLitTask *task, GCancellable *cancellable, gpointer unused)
{
  g_autoptr (AsyncLitTask) inner = asynclit_run (test_work_return_int, GINT_TO_POINTER (5), NULL);

  test_wait (inner);
  assert_no_thread (inner);
  asynclit_task_return_boolean (task, TRUE);
}

/* A function waits for a task for which there is no thread: the task fails, so that not both wait
 * forever. */
static void
test_none_for_awaited (void)
{
  g_autoptr (AsyncLitTask) task = NULL;

  fail_threads (1, G_MAXINT);
  task = asynclit_run (work_waiting, NULL, NULL);
  test_wait (task);
  g_assert_cmpint (asynclit_task_get_status (task), ==, ASYNCLIT_TASK_STATUS_DONE);
  fail_no_threads ();
}

/* Without a worker there are no delays: the retry follows immediately, with a warning. */
static void
test_none_for_delay (void)
{
  g_autoptr (AsyncLitRetryPolicy) retry
      = asynclit_retry_policy_new_full (2, 1000.0, 1000.0, 1.0, 0.0, 0.0, NULL);
  g_autoptr (AsyncLitTask) task = NULL;
  gint countdown = 1;

  fail_threads (0, G_MAXINT);
  g_test_expect_message ("AsyncLit", G_LOG_LEVEL_WARNING, "The worker thread could not*");
  task = asynclit_task_manager_submit_in_context (asynclit_get_default_manager (), retry,
                                                  test_work_fail_n_times, &countdown, NULL);
  test_iterate_until_completed (task);
  test_assert_int_result (task, 2);
  g_test_assert_expected_messages ();
  fail_no_threads ();
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/faults/threads/none-for-pool",
                        GINT_TO_POINTER (ASYNCLIT_EXECUTOR_THREAD_POOL), test_none);
  g_test_add_data_func ("/faults/threads/none-for-worker",
                        GINT_TO_POINTER (ASYNCLIT_EXECUTOR_WORKER), test_none);
  g_test_add_func ("/faults/threads/none-at-first", test_none_at_first);
  g_test_add_func ("/faults/threads/only-one", test_only_one);
  g_test_add_func ("/faults/threads/some", test_some);
  g_test_add_func ("/faults/threads/none-for-awaited", test_none_for_awaited);
  g_test_add_func ("/faults/threads/none-for-delay", test_none_for_delay);
  return g_test_run ();
}
