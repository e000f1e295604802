/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The life cycle of the library: when threads start and end, shutdown, exit and fork. Each test
 * runs in a process of its own, which this program starts as a copy of itself. */

#include "test-support.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define N_QUEUED 1000

/* ThreadSanitizer aborts a process that starts a thread after it was forked from several
 * threads. */
#ifdef __SANITIZE_THREAD__
#define CAN_FORK FALSE
#else
#define CAN_FORK TRUE
#endif

/* The leak sanitizer can't stop the threads of the parent, and reports what they refer to as
 * leaked. It calls this function to find out whether to check at all. */
static gboolean in_forked_child;

#ifdef __SANITIZE_ADDRESS__
int __lsan_is_turned_off (void);

int
__lsan_is_turned_off (void)
{
  return in_forked_child;
}
#endif

/* Whether this is the separate process; otherwise, it has been run, and has passed. */
static gboolean
in_own_process (void)
{
  if (g_test_subprocess ())
    return TRUE;
  g_test_trap_subprocess (NULL, 2 * TEST_WATCHDOG_SECONDS * G_USEC_PER_SEC, 0);
  g_test_trap_assert_passed ();
  return FALSE;
}

static AsyncLitTaskManager *
manager (void)
{
  return asynclit_get_default_manager ();
}

static AsyncLitRetryPolicy *
retry_in_an_hour (void)
{
  return asynclit_retry_policy_new_full (2, 3600, 3600, 1, 0, 0, NULL);
}

/* Threads */

static void
test_threads_none_before_submit (void)
{
  g_autoptr (AsyncLitTaskManager) own = NULL;
  g_autoptr (AsyncLitTask) task = NULL;
  g_autoptr (AsyncLitRetryPolicy) retry = NULL;
  guint before;

  if (!in_own_process ())
    return;
  before = test_count_threads ();
  own = asynclit_task_manager_new ();
  task = asynclit_task_new ();
  retry = asynclit_retry_policy_new (3);
  asynclit_task_set_func (task, test_work_nothing, NULL, NULL);
  g_assert_nonnull (manager ());
  g_assert_cmpuint (asynclit_task_manager_cleanup (own), ==, 0);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (own)), ==, 0);
  g_assert_cmpuint (test_count_threads (), ==, before);

  asynclit_task_manager_submit_task (own, task);
  test_wait (task);
  g_assert_cmpuint (test_count_threads (), >, before);
}

/* A task in the submitter's own context needs no thread. */
static void
test_threads_none_for_own_context (void)
{
  g_autoptr (AsyncLitTask) task = NULL;
  guint before;

  if (!in_own_process ())
    return;
  before = test_count_threads ();
  task = asynclit_task_manager_submit_in_context (manager (), NULL, test_work_return_int, NULL,
                                                  NULL);
  test_iterate_until_completed (task);
  g_assert_cmpuint (test_count_threads (), ==, before);
}

static void
test_threads_are_named (void)
{
  g_autoptr (AsyncLitTask) task = NULL;

  if (!in_own_process ())
    return;
  g_assert_cmpuint (test_count_threads_named ("asynclit-worker"), ==, 0);
  task = asynclit_run_async (test_work_return_int, NULL, NULL);
  test_wait (task);
  g_assert_cmpuint (test_count_threads_named ("asynclit-worker"), ==, 1);
}

/* Shutting down */

/* A thread may still be listed for a moment after it was joined. */
static gboolean
condition_no_worker (gpointer unused)
{
  return test_count_threads_named ("asynclit-worker") == 0;
}

static void
use_everything (void)
{
  g_autoptr (AsyncLitRetryPolicy) retry
      = asynclit_retry_policy_new_full (2, 0.01, 1, 1, 0, 0, NULL);
  g_autoptr (AsyncLitTask) pool = asynclit_run (test_work_return_int, GINT_TO_POINTER (1), NULL);
  g_autoptr (AsyncLitTask) async
      = asynclit_run_async (test_work_return_int, GINT_TO_POINTER (2), NULL);
  gint countdown = 1;
  g_autoptr (AsyncLitTask) retried = asynclit_task_manager_submit (
      manager (), retry, test_work_fail_n_times, &countdown, NULL);

  test_wait (pool);
  test_wait (async);
  test_wait (retried);
  test_assert_int_result (pool, 1);
  test_assert_int_result (async, 2);
  test_assert_int_result (retried, 2);
}

static void
test_shutdown_and_restart (void)
{
  guint before;

  if (!in_own_process ())
    return;
  before = test_count_threads ();
  for (guint i = 0; i < 3; i++)
    {
      use_everything ();
      g_assert_cmpuint (test_count_threads (), >, before);
      g_assert_true (asynclit_shutdown (TEST_WATCHDOG_SECONDS));
      test_poll_until (condition_no_worker, NULL);
    }
}

static void
test_shutdown_before_start (void)
{
  if (!in_own_process ())
    return;
  g_assert_true (asynclit_shutdown (0));
  g_assert_true (asynclit_shutdown (TEST_WATCHDOG_SECONDS));
  use_everything ();
}

static void
test_shutdown_cancels (void)
{
  g_autoptr (AsyncLitRetryPolicy) retry = NULL;
  g_autoptr (GPtrArray) tasks = NULL;

  if (!in_own_process ())
    return;
  retry = retry_in_an_hour ();
  tasks = g_ptr_array_new_with_free_func (g_object_unref);
  g_ptr_array_add (tasks, asynclit_task_manager_submit (manager (), retry, test_work_fail, NULL,
                                                        NULL));
  test_poll_until (test_condition_waiting_retry, g_ptr_array_index (tasks, 0));
  for (guint i = 0; i < 100; i++)
    g_ptr_array_add (tasks, asynclit_run (test_work_until_cancelled, NULL, NULL));
  g_assert_true (asynclit_shutdown (TEST_WATCHDOG_SECONDS));
  for (guint i = 0; i < tasks->len; i++)
    test_assert_cancelled (g_ptr_array_index (tasks, i));
  use_everything ();
}

static void
test_shutdown_times_out (void)
{
  g_autoptr (TestGate) gate = NULL;
  g_autoptr (AsyncLitTask) task = NULL;

  if (!in_own_process ())
    return;
  gate = test_gate_new ();
  task = asynclit_run (test_work_gate, gate, NULL);
  test_gate_await_arrivals (gate, 1);
  g_assert_false (asynclit_shutdown (0.05));
  g_assert_false (asynclit_task_get_done (task));
  test_gate_open (gate);
  test_wait (task);
  test_assert_cancelled (task);
  g_assert_true (asynclit_shutdown (TEST_WATCHDOG_SECONDS));
  use_everything ();
}

/* The same with the worker: code that blocks it, against the rules, does not block this. */
static void
test_shutdown_times_out_on_worker (void)
{
  g_autoptr (TestGate) gate = NULL;
  g_autoptr (AsyncLitTask) task = NULL;

  if (!in_own_process ())
    return;
  gate = test_gate_new ();
  task = asynclit_run_async (test_work_gate, gate, NULL);
  test_gate_await_arrivals (gate, 1);
  g_assert_false (asynclit_shutdown (0.05));
  test_gate_open (gate);
  test_wait (task);
  g_assert_true (asynclit_shutdown (TEST_WATCHDOG_SECONDS));
  use_everything ();
}

/* A manager that was closed before is closed afterwards. */
static void
test_shutdown_leaves_closed (void)
{
  if (!in_own_process ())
    return;
  use_everything ();
  asynclit_task_manager_close (manager (), ASYNCLIT_CLOSE_MODE_DRAIN);
  g_assert_true (asynclit_shutdown (TEST_WATCHDOG_SECONDS));
  g_assert_true (asynclit_task_manager_get_closed (manager ()));
}

/* Exit. The gates are never opened, and nothing is freed: the process exits as it is. */

static void
leave_work_in_flight (void)
{
  TestGate *gate = test_gate_new ();
  TestGate *passed = test_gate_new ();
  AsyncLitRetryPolicy *retry = retry_in_an_hour ();

  test_gate_open (passed);
  g_object_unref (asynclit_run_async (test_work_gate, passed, NULL));
  test_gate_await_arrivals (passed, 1);
  g_object_unref (asynclit_run_async (test_work_nothing, NULL, NULL));
  g_object_unref (asynclit_task_manager_submit (manager (), retry, test_work_fail, NULL, NULL));
  g_object_unref (asynclit_task_manager_submit_in_context (manager (), NULL, test_work_nothing,
                                                           NULL, NULL));
  for (guint i = 0; i < N_QUEUED; i++)
    g_object_unref (asynclit_run (test_work_gate, gate, NULL));
  test_gate_await_arrivals (gate, 1);
}

static void
test_exit_with_work_in_flight (void)
{
  if (!in_own_process ())
    return;
  leave_work_in_flight ();
  exit (0);
}

static void
test_exit_by_returning_from_main (void)
{
  if (!in_own_process ())
    return;
  leave_work_in_flight ();
}

static void
work_short (AsyncLitTask *task, GCancellable *cancellable, gpointer unused)
{
  test_report_int (task, 1);
  asynclit_task_return_string (task, "text");
}

/* Tasks end while the process exits. */
static void
test_exit_with_busy_pool (void)
{
  if (!in_own_process ())
    return;
  for (guint i = 0; i < 20 * N_QUEUED; i++)
    g_object_unref (asynclit_run (work_short, NULL, NULL));
  exit (0);
}

static void
work_exit (AsyncLitTask *task, GCancellable *cancellable, gpointer unused)
{
  exit (0);
}

/* The program exits on a thread of the pool. */
static void
test_exit_in_task (void)
{
  g_autoptr (AsyncLitTask) task = NULL;

  if (!in_own_process ())
    return;
  task = asynclit_run (work_exit, NULL, NULL);
  test_wait (task);
  g_assert_not_reached ();
}

/* Fork */

typedef void (*ChildFunc) (AsyncLitTask *running, AsyncLitTask *ended);

/* Runs the function in a forked child, while the parent has a running and an ended task; the parent
 * is not affected. */
static void
check_in_forked_child (ChildFunc func)
{
  g_autoptr (TestGate) gate = test_gate_new ();
  g_autoptr (AsyncLitTask) running = asynclit_run (test_work_gate, gate, NULL);
  g_autoptr (AsyncLitTask) ended = asynclit_run (test_work_return_int, GINT_TO_POINTER (5), NULL);
  int status = 0;
  pid_t pid;

  use_everything ();
  test_gate_await_arrivals (gate, 1);
  test_wait (ended);
  pid = fork ();
  g_assert_cmpint (pid, >=, 0);
  if (pid == 0)
    {
      in_forked_child = TRUE;
      alarm (TEST_WATCHDOG_SECONDS);
      func (running, ended);
      exit (0);
    }
  while (waitpid (pid, &status, 0) < 0)
    g_assert_cmpint (errno, ==, EINTR);
  g_assert_true (WIFEXITED (status));
  g_assert_cmpint (WEXITSTATUS (status), ==, 0);

  g_assert_false (asynclit_task_get_done (running));
  test_gate_open (gate);
  test_wait (running);
  test_assert_int_result (running, 1);
  use_everything ();
}

static void
check_forked (ChildFunc func)
{
  if (!CAN_FORK)
    {
      g_test_skip ("no fork of many threads under ThreadSanitizer");
      return;
    }
  if (in_own_process ())
    check_in_forked_child (func);
}

static void
child_starts_afresh (AsyncLitTask *running, AsyncLitTask *ended)
{
  g_autoptr (GPtrArray) tasks
      = asynclit_task_manager_list_tasks (manager (), ASYNCLIT_TASK_FILTER_ALL, NULL);

  g_assert_cmpuint (tasks->len, ==, 0);
  use_everything ();
  use_everything ();
}

static void
test_fork_starts_afresh (void)
{
  check_forked (child_starts_afresh);
}

static void
child_asks_for_parents_task (AsyncLitTask *running, AsyncLitTask *ended)
{
  g_autoptr (GError) wait_error = NULL;
  g_autoptr (GError) result_error = NULL;

  g_assert_false (asynclit_task_wait (running, -1, NULL, &wait_error));
  g_assert_error (wait_error, ASYNCLIT_ERROR, ASYNCLIT_ERROR_FORKED);
  g_assert_null (asynclit_task_get_result (running, &result_error));
  g_assert_error (result_error, ASYNCLIT_ERROR, ASYNCLIT_ERROR_FORKED);
  test_wait (ended);
  test_assert_int_result (ended, 5);
}

static void
test_fork_parents_task (void)
{
  check_forked (child_asks_for_parents_task);
}

static void
child_only_exits (AsyncLitTask *running, AsyncLitTask *ended)
{
}

static void
test_fork_then_exit (void)
{
  check_forked (child_only_exits);
}

static void
child_exits_with_work (AsyncLitTask *running, AsyncLitTask *ended)
{
  leave_work_in_flight ();
}

static void
test_fork_then_exit_with_work (void)
{
  check_forked (child_exits_with_work);
}

static void
child_shuts_down (AsyncLitTask *running, AsyncLitTask *ended)
{
  g_assert_true (asynclit_shutdown (TEST_WATCHDOG_SECONDS));
  use_everything ();
  g_assert_true (asynclit_shutdown (TEST_WATCHDOG_SECONDS));
}

static void
test_fork_then_shut_down (void)
{
  check_forked (child_shuts_down);
}

/* A task that was cancelled before it was submitted is remembered like others; its data is not. */
static void
test_ended_before_submit (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();
  g_autoptr (TestToken) token = test_token_new ();
  g_autoptr (AsyncLitTask) found = NULL;

  asynclit_task_set_func (task, test_work_return_int, test_token_ref (token), test_token_destroy);
  g_assert_true (asynclit_task_cancel (task));
  asynclit_task_manager_submit_task (manager, task);
  test_iterate_pending (NULL);
  g_assert_cmpuint (test_token_get_destroyed (token), ==, 1);
  found = asynclit_task_manager_get (manager, asynclit_task_get_id (task));
  g_assert_true (found == task);
}

int
main (int argc, char *argv[])
{
  /* One thread for the task that a test keeps running, and some more. */
  g_setenv ("ASYNCLIT_POOL_THREADS", "4", TRUE);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/life/threads/none-before-submit", test_threads_none_before_submit);
  g_test_add_func ("/life/threads/none-for-own-context", test_threads_none_for_own_context);
  g_test_add_func ("/life/threads/are-named", test_threads_are_named);
  g_test_add_func ("/life/shutdown/and-restart", test_shutdown_and_restart);
  g_test_add_func ("/life/shutdown/before-start", test_shutdown_before_start);
  g_test_add_func ("/life/shutdown/cancels", test_shutdown_cancels);
  g_test_add_func ("/life/shutdown/times-out", test_shutdown_times_out);
  g_test_add_func ("/life/shutdown/times-out-on-worker", test_shutdown_times_out_on_worker);
  g_test_add_func ("/life/shutdown/leaves-closed", test_shutdown_leaves_closed);
  g_test_add_func ("/life/data/ended-before-submit", test_ended_before_submit);
  g_test_add_func ("/life/exit/with-work-in-flight", test_exit_with_work_in_flight);
  g_test_add_func ("/life/exit/by-returning-from-main", test_exit_by_returning_from_main);
  g_test_add_func ("/life/exit/with-busy-pool", test_exit_with_busy_pool);
  g_test_add_func ("/life/exit/in-task", test_exit_in_task);
  g_test_add_func ("/life/fork/starts-afresh", test_fork_starts_afresh);
  g_test_add_func ("/life/fork/parents-task", test_fork_parents_task);
  g_test_add_func ("/life/fork/then-exit", test_fork_then_exit);
  g_test_add_func ("/life/fork/then-exit-with-work", test_fork_then_exit_with_work);
  g_test_add_func ("/life/fork/then-shut-down", test_fork_then_shut_down);
  return g_test_run ();
}
