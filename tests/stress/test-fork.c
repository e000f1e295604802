/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Forks while tasks are running in other threads: the child starts from scratch or gets an error,
 * and the parent is not affected. */

#include "stress-support.h"

#include <sys/wait.h>
#include <unistd.h>

/* A child that takes longer is killed by SIGALRM, and the test fails. */
#define CHILD_SECONDS 30

#if defined(__SANITIZE_THREAD__)

static void
test_skipped (void)
{
  g_test_skip ("the child of a fork cannot start threads under ThreadSanitizer");
}

#else

/* What the child does. It must not use assertions of GTest, whose state belongs to the parent; it
 * returns the number of the step that failed. */

static gboolean
ends_well (AsyncLitTask *task)
{
  g_autoptr (GError) error = NULL;
  const GValue *result;

  if (!asynclit_task_wait (task, CHILD_SECONDS, NULL, &error))
    return FALSE;
  result = asynclit_task_get_result (task, &error);
  return result != NULL && G_VALUE_HOLDS_INT64 (result) && g_value_get_int64 (result) == 42;
}

static gboolean
pool_works (AsyncLitTaskManager *manager)
{
  g_autoptr (AsyncLitTask) task = asynclit_task_manager_submit (manager, NULL, test_work_return_int,
                                                                GINT_TO_POINTER (42), NULL);

  return ends_well (task);
}

static gboolean
worker_works (AsyncLitTaskManager *manager)
{
  g_autoptr (AsyncLitTask) task = asynclit_task_manager_submit_async (
      manager, NULL, test_work_return_int, GINT_TO_POINTER (42), NULL);

  return ends_well (task);
}

static void
work_busy_once (AsyncLitTask *task, GCancellable *cancellable, gpointer unused)
{
  if (asynclit_task_get_attempt (task) == 1)
    asynclit_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_BUSY, "busy");
  else
    asynclit_task_return_int (task, 42);
}

static gboolean
retries_work (AsyncLitTaskManager *manager)
{
  g_autoptr (AsyncLitRetryPolicy) retry
      = asynclit_retry_policy_new_full (2, 0.001, 0.001, 1.0, 0.0, 0.0, NULL);
  g_autoptr (AsyncLitTask) task
      = asynclit_task_manager_submit (manager, retry, work_busy_once, NULL, NULL);

  return ends_well (task);
}

static gboolean
wait_is_refused (AsyncLitTask *task)
{
  g_autoptr (GError) error = NULL;

  return !asynclit_task_wait (task, CHILD_SECONDS, NULL, &error)
         && g_error_matches (error, ASYNCLIT_ERROR, ASYNCLIT_ERROR_FORKED);
}

static gboolean
result_is_refused (AsyncLitTask *task)
{
  g_autoptr (GError) error = NULL;

  return asynclit_task_get_result (task, &error) == NULL
         && g_error_matches (error, ASYNCLIT_ERROR, ASYNCLIT_ERROR_FORKED);
}

static void
wait_was_refused (GObject *task, GAsyncResult *result, gpointer refused)
{
  g_autoptr (GError) error = NULL;

  *(gboolean *) refused = !asynclit_task_wait_finish (ASYNCLIT_TASK (task), result, &error)
                          && g_error_matches (error, ASYNCLIT_ERROR, ASYNCLIT_ERROR_FORKED);
}

static gboolean
asynchronous_wait_is_refused (AsyncLitTask *task)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  gboolean refused = FALSE;

  g_main_context_push_thread_default (context);
  asynclit_task_wait_async (task, NULL, wait_was_refused, &refused);
  g_main_context_iteration (context, FALSE);
  g_main_context_pop_thread_default (context);
  return refused;
}

/* The child does nothing that the parent has to do. */
static gboolean
stands_still (AsyncLitTask *task)
{
  g_autoptr (GPtrArray) drained = NULL;
  g_autoptr (GPtrArray) seen = NULL;
  guint64 cursor = 0;

  test_report_int (task, 1);
  drained = asynclit_task_drain_progress (task);
  seen = asynclit_task_read_progress (task, &cursor);
  return drained->len == 0 && seen->len == 0 && asynclit_task_get_progress_dropped (task) == 0
         && !asynclit_task_cancel (task) && !asynclit_task_get_done (task);
}

/* Returns the number of the step that failed, or 0. */
static int
run_in_child (AsyncLitTask *live)
{
  g_autoptr (AsyncLitTaskManager) manager = NULL;

  if (live != NULL && !wait_is_refused (live))
    return 1;
  if (live != NULL && !result_is_refused (live))
    return 2;
  if (live != NULL && !asynchronous_wait_is_refused (live))
    return 3;
  if (live != NULL && !stands_still (live))
    return 4;
  if (!pool_works (asynclit_get_default_manager ()))
    return 5;
  manager = asynclit_task_manager_new ();
  if (!pool_works (manager))
    return 6;
  if (!worker_works (manager))
    return 7;
  if (!retries_work (manager))
    return 8;
  return 0;
}

static gboolean
thread_sleeps (const char *number)
{
  g_autofree char *path = g_build_filename ("/proc/self/task", number, "stat", NULL);
  g_autofree char *text = NULL;
  const char *state;

  /* "NUMBER (NAME) STATE ..."; if it no longer exists, it has ended. */
  if (!g_file_get_contents (path, &text, NULL, NULL))
    return TRUE;
  state = strrchr (text, ')');
  return state != NULL && strncmp (state, ") S", 3) == 0;
}

static gboolean
other_threads_sleep (gpointer unused)
{
  g_autoptr (GDir) threads = g_dir_open ("/proc/self/task", 0, NULL);
  g_autofree char *own = g_strdup_printf ("%d", getpid ());
  const char *number;

  while ((number = g_dir_read_name (threads)) != NULL)
    if (!g_str_equal (number, own) && !thread_sleeps (number))
      return FALSE;
  return TRUE;
}

/* A thread that is awake may hold a lock of GLib, the allocator or the sanitizer at the moment of
 * the fork. In the child, this lock is never released, whatever the library does. */
static pid_t
fork_quietly (void)
{
  pid_t pid;

  test_poll_until (other_threads_sleep, NULL);
  pid = fork ();
  g_assert_cmpint (pid, >=, 0);
  return pid;
}

/* Common steps after a fork; returns in the parent only. */
static pid_t
after_fork (pid_t pid, AsyncLitTask *live)
{
  g_assert_cmpint (pid, >=, 0);
  if (pid > 0)
    return pid;
  alarm (CHILD_SECONDS);
  stress_end_child (run_in_child (live));
  return 0;
}

static void
assert_child_ended_well (pid_t pid)
{
  int status;

  while (waitpid (pid, &status, 0) < 0)
    g_assert_cmpint (errno, ==, EINTR);
  if (WIFSIGNALED (status))
    g_error ("the child was ended by signal %d", WTERMSIG (status));
  g_assert_cmpint (WEXITSTATUS (status), ==, 0);
}

/* Tasks in a stable state: running, queued, waiting for a retry */
static void
test_while_blocked (void)
{
  g_autoptr (TestGate) gate = test_gate_new ();
  g_autoptr (AsyncLitRetryPolicy) retry
      = asynclit_retry_policy_new_full (2, 500.0, 500.0, 1.0, 0.0, 0.0, NULL);
  g_autoptr (AsyncLitTask) running = asynclit_run (test_work_gate, gate, NULL);
  g_autoptr (AsyncLitTask) waiting = asynclit_task_manager_submit (
      asynclit_get_default_manager (), retry, test_work_fail, NULL, NULL);

  test_gate_await_arrivals (gate, 1);
  test_poll_until (test_condition_waiting_retry, waiting);
  for (guint i = 0; i < stress_scale (100); i++)
    {
      assert_child_ended_well (after_fork (fork_quietly (), running));
      assert_child_ended_well (after_fork (fork_quietly (), waiting));
    }

  test_gate_open (gate);
  test_wait (running);
  test_assert_int_result (running, 1);
  g_assert_true (asynclit_task_cancel (waiting));
}

/* A task that had ended before the fork can be read in the child. */
static void
test_ended_before (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_run (test_work_return_int, GINT_TO_POINTER (42), NULL);
  pid_t pid;

  test_wait (task);
  pid = fork_quietly ();
  if (pid == 0)
    stress_end_child (ends_well (task) ? 0 : 1);
  assert_child_ended_well (pid);
}

/* Tasks that constantly come and go in the library's threads.
 *
 * The program's other threads must not use GLib while one forks: if one of them holds a lock of
 * GLib at that moment, such as that of all signals, the child waits for it forever. There are
 * therefore none here, and the functions on the pool's threads are plain C. */

#define BUSY 50

static void
work_churn (AsyncLitTask *task, GCancellable *cancellable, gpointer unused)
{
  stress_spin (20000);
  asynclit_task_return_int (task, 42);
}

static void
top_up (GQueue *tasks)
{
  while (g_queue_get_length (tasks) < BUSY)
    g_queue_push_tail (tasks, asynclit_run (work_churn, NULL, NULL));
}

static void
drop_ended (GQueue *tasks)
{
  while (!g_queue_is_empty (tasks) && asynclit_task_get_done (g_queue_peek_head (tasks)))
    {
      g_autoptr (AsyncLitTask) task = g_queue_pop_head (tasks);

      test_assert_int_result (task, 42);
    }
}

static void
test_while_busy (void)
{
  g_autoptr (GQueue) tasks = g_queue_new ();

  /* A thread of the parent may be inside GLib or the allocator at the moment of the fork. In the
   * child, their locks are then never released, whatever the library does. */
  if (!g_test_slow ())
    {
      g_test_skip ("now and then a lock of GLib's own is taken in the child; run with -m slow");
      return;
    }

  for (guint i = 0; i < stress_scale (200); i++)
    {
      top_up (tasks);
      assert_child_ended_well (after_fork (fork (), NULL));
      drop_ended (tasks);
    }

  /* The parent continues as if nothing had happened. */
  while (!g_queue_is_empty (tasks))
    {
      test_wait (g_queue_peek_head (tasks));
      drop_ended (tasks);
    }
}

/* Children of children */
static int
fork_again (guint depth)
{
  pid_t pid;
  int status;

  if (!pool_works (asynclit_get_default_manager ()))
    return 1;
  if (depth == 0)
    return 0;
  pid = fork_quietly ();
  if (pid == 0)
    stress_end_child (fork_again (depth - 1));
  if (waitpid (pid, &status, 0) != pid || !WIFEXITED (status))
    return 2;
  return WEXITSTATUS (status);
}

static void
test_nested (void)
{
  pid_t pid = fork_quietly ();

  if (pid == 0)
    stress_end_child (fork_again (10));
  assert_child_ended_well (pid);
}

/* Another thread holds GLib's lock for random numbers most of the time. The library must not need
 * it in the child, which may not even reach exec. */

static void
draw_numbers (guint index, gpointer forking)
{
  while (g_atomic_int_get ((gint *) forking))
    g_random_int ();
}

typedef struct {
  pid_t pid;
  int status;
} Ending;

static gboolean
has_ended (gpointer data)
{
  Ending *ending = data;

  return waitpid (ending->pid, &ending->status, WNOHANG) == ending->pid;
}

static void
fork_often (gint *forking)
{
  for (guint i = 0; i < stress_scale (300); i++)
    {
      Ending ending = { fork (), 0 };

      g_assert_cmpint (ending.pid, >=, 0);
      if (ending.pid == 0)
        stress_end_child (0);
      test_poll_until (has_ended, &ending);
      g_assert_cmpint (ending.status, ==, 0);
    }
  g_atomic_int_set (forking, FALSE);
}

static void
test_while_drawing_numbers (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_run (test_work_return_int, NULL, NULL);
  gint forking = TRUE;
  StressThreads *threads;

  /* From here on, the library has something to do in a child. */
  g_assert_nonnull (asynclit_task_get_id (task));
  test_wait (task);
  threads = stress_threads_start (2, draw_numbers, &forking);
  fork_often (&forking);
  stress_threads_join (threads);
}

/* Pending notifications in the parent's main context belong to the parent: ends of tasks and of
 * waits, values, and runs to take. The child iterates the same context, and receives its own. */

typedef struct {
  pid_t owner;
  guint n_heard;
  guint n_heard_in_child;
} Hearing;

static void
hear (Hearing *self)
{
  self->n_heard++;
  if (getpid () != self->owner)
    self->n_heard_in_child++;
}

static void
hear_end (AsyncLitTask *task, gpointer hearing)
{
  hear (hearing);
}

static void
hear_value (AsyncLitTask *task, const GValue *value, gpointer hearing)
{
  hear (hearing);
}

static void
hear_of_wait (GObject *task, GAsyncResult *result, gpointer hearing)
{
  g_assert_true (asynclit_task_wait_finish (ASYNCLIT_TASK (task), result, NULL));
  hear (hearing);
}

static void
hear_of_run (GObject *scheduler, GAsyncResult *result, gpointer hearing)
{
  g_autoptr (AsyncLitTask) task
      = asynclit_scheduler_take_due_finish (ASYNCLIT_SCHEDULER (scheduler), result, NULL, NULL);

  g_assert_nonnull (task);
  asynclit_task_begin (task);
  asynclit_task_return_boolean (task, TRUE);
  hear (hearing);
}

static void
work_report_one (AsyncLitTask *task, GCancellable *cancellable, gpointer unused)
{
  test_report_int (task, 1);
  asynclit_task_return_int (task, 42);
}

static AsyncLitTask *
run_heard_task (Hearing *hearing)
{
  AsyncLitTask *task = asynclit_run (work_report_one, NULL, NULL);

  g_signal_connect (task, "progressed", G_CALLBACK (hear_value), hearing);
  asynclit_task_add_callback (task, hear_end, hearing, NULL);
  asynclit_task_wait_async (task, NULL, hear_of_wait, hearing);
  return task;
}

static AsyncLitScheduler *
start_heard_job (Hearing *hearing)
{
  AsyncLitScheduler *scheduler = asynclit_scheduler_new ();
  g_autoptr (AsyncLitTrigger) trigger = asynclit_interval_trigger_new (1000);
  g_autoptr (AsyncLitScheduledTask) job = asynclit_scheduled_task_new (trigger, NULL, NULL, NULL);

  asynclit_scheduled_task_set_first_run (job, ASYNCLIT_FIRST_RUN_NOW);
  g_assert_true (asynclit_scheduler_add (scheduler, job, TRUE, NULL));
  asynclit_scheduler_take_due_async (scheduler, NULL, hear_of_run, hearing);
  asynclit_scheduler_start (scheduler);
  return scheduler;
}

/* Returns the number of the step that failed, or 0. */
static int
hear_in_child (Hearing *hearing, AsyncLitTask *of_parent)
{
  Hearing own = { getpid (), 0, 0 };
  g_autoptr (AsyncLitTask) task = NULL;

  for (guint i = 0; i < 20; i++)
    g_main_context_iteration (NULL, FALSE);
  if (hearing->n_heard_in_child != 0)
    return 1;
  task = run_heard_task (&own);
  while (own.n_heard < 3)
    g_main_context_iteration (NULL, TRUE);
  if (hearing->n_heard_in_child != 0)
    return 2;
  /* An ended task of the parent can be read, and waited for, here. */
  asynclit_task_wait_async (of_parent, NULL, hear_of_wait, &own);
  while (own.n_heard < 4)
    g_main_context_iteration (NULL, TRUE);
  return 0;
}

static gboolean
has_one_live (gpointer manager)
{
  return stress_count_tasks (manager, ASYNCLIT_TASK_FILTER_LIVE) == 1;
}

static void
test_iterate_in_child (void)
{
  for (guint i = 0; i < stress_scale (50); i++)
    {
      Hearing hearing = { getpid (), 0, 0 };
      g_autoptr (AsyncLitScheduler) scheduler = start_heard_job (&hearing);
      g_autoptr (AsyncLitTask) task = run_heard_task (&hearing);
      pid_t pid;

      test_wait (task);
      test_poll_until (has_one_live, asynclit_get_default_manager ());
      pid = fork_quietly ();
      if (pid == 0)
        {
          alarm (CHILD_SECONDS);
          stress_end_child (hear_in_child (&hearing, task));
        }
      g_assert_cmpuint (hearing.n_heard, ==, 0);
      while (hearing.n_heard < 4)
        g_main_context_iteration (NULL, TRUE);
      assert_child_ended_well (pid);
      asynclit_scheduler_shutdown (scheduler, TRUE);
    }
}

/* A child that iterates the same context does not read the parent's wakeup. */
static void
test_wakeups_are_not_shared (void)
{
  Hearing hearing = { getpid (), 0, 0 };

  for (guint i = 0; i < stress_scale (50); i++)
    {
      pid_t pid = fork_quietly ();

      if (pid == 0)
        {
          alarm (CHILD_SECONDS);
          for (guint k = 0; k < 2000; k++)
            g_main_context_iteration (NULL, FALSE);
          stress_end_child (0);
        }
      for (guint k = 1; k <= 20; k++)
        {
          g_autoptr (AsyncLitTask) task = run_heard_task (&hearing);

          while (hearing.n_heard < (i * 20 + k) * 3)
            g_main_context_iteration (NULL, TRUE);
        }
      assert_child_ended_well (pid);
    }
}

/* A function forks, and its child returns from it, to a thread of the library that does not exist
 * in the child. The child exits, and runs nothing of the parent's. */

static gint child_of_function; /* atomic */

static void
end_child (void)
{
  stress_end_child (0);
}

static void
work_fork (AsyncLitTask *task, GCancellable *cancellable, gpointer unused)
{
  pid_t pid = fork ();

  g_assert_cmpint (pid, >=, 0);
  if (pid == 0)
    {
      alarm (CHILD_SECONDS);
      atexit (end_child);
      return;
    }
  g_atomic_int_set (&child_of_function, pid);
  asynclit_task_return_int (task, 42);
}

static void
work_only_in_parent (AsyncLitTask *task, GCancellable *cancellable, gpointer parent)
{
  if (getpid () != GPOINTER_TO_INT (parent))
    _exit (1);
  asynclit_task_return_int (task, 42);
}

static void
fork_in_function (AsyncLitExecutor executor)
{
  g_autoptr (AsyncLitTask) forking = asynclit_task_new ();
  g_autoptr (GPtrArray) others = g_ptr_array_new_with_free_func (g_object_unref);
  gpointer parent = GINT_TO_POINTER (getpid ());

  asynclit_task_set_func (forking, work_fork, NULL, NULL);
  asynclit_task_set_executor (forking, executor);
  asynclit_task_manager_submit_task (asynclit_get_default_manager (), forking);
  for (guint i = 0; i < 20; i++)
    g_ptr_array_add (others, asynclit_run (work_only_in_parent, parent, NULL));
  for (guint i = 0; i < 20; i++)
    g_ptr_array_add (others, asynclit_run_async (work_only_in_parent, parent, NULL));
  test_wait (forking);
  for (guint i = 0; i < others->len; i++)
    test_wait (g_ptr_array_index (others, i));
  assert_child_ended_well (g_atomic_int_get (&child_of_function));
}

static void
test_in_function (gconstpointer executor)
{
#if defined(__SANITIZE_ADDRESS__)
  /* The other threads of the parent are awake, and allocate memory. */
  g_test_skip ("now and then a lock of the sanitizer's own is taken in the child");
  return;
#endif
  for (guint i = 0; i < stress_scale (20); i++)
    fork_in_function ((AsyncLitExecutor) GPOINTER_TO_INT (executor));
}

#endif

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
#if defined(__SANITIZE_THREAD__)
  g_test_add_func ("/fork/skipped", test_skipped);
#else
  g_test_add_func ("/fork/while-blocked", test_while_blocked);
  g_test_add_func ("/fork/ended-before", test_ended_before);
  g_test_add_func ("/fork/while-busy", test_while_busy);
  g_test_add_func ("/fork/nested", test_nested);
  g_test_add_func ("/fork/while-drawing-numbers", test_while_drawing_numbers);
  g_test_add_func ("/fork/iterate-in-child", test_iterate_in_child);
  g_test_add_func ("/fork/wakeups-are-not-shared", test_wakeups_are_not_shared);
  g_test_add_data_func ("/fork/in-function/pool", GINT_TO_POINTER (ASYNCLIT_EXECUTOR_THREAD_POOL),
                        test_in_function);
  g_test_add_data_func ("/fork/in-function/worker", GINT_TO_POINTER (ASYNCLIT_EXECUTOR_WORKER),
                        test_in_function);
#endif
  return g_test_run ();
}
