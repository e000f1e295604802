/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Unix signals: which threads receive them, and what children inherit. Tests that change the whole
 * process run in one of their own. */

#include "test-support.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Signals that report a thread's own fault. */
static const int faults[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT };
static const int requests[] = { SIGTERM, SIGINT,  SIGHUP,   SIGQUIT, SIGUSR1, SIGUSR2,
                                SIGCHLD, SIGALRM, SIGWINCH, SIGPIPE, SIGTSTP };

static void
assert_blocks_requests (const sigset_t *set)
{
  for (guint i = 0; i < G_N_ELEMENTS (requests); i++)
    g_assert_cmpint (sigismember (set, requests[i]), ==, 1);
  for (guint i = 0; i < G_N_ELEMENTS (faults); i++)
    g_assert_cmpint (sigismember (set, faults[i]), ==, 0);
}

static void
note_mask (AsyncLitTask *task, GCancellable *cancellable, gpointer set)
{
  pthread_sigmask (SIG_SETMASK, NULL, set);
  asynclit_task_return_boolean (task, TRUE);
}

/* The signal masks of all threads with this name, from /proc. */
static guint
count_threads_that_take (const char *prefix, guint *n_threads)
{
  g_autoptr (GDir) folder = g_dir_open ("/proc/self/task", 0, NULL);
  guint n_open = 0;
  const char *id;

  while ((id = g_dir_read_name (folder)) != NULL)
    {
      g_autofree char *path = g_build_filename ("/proc/self/task", id, "status", NULL);
      g_autofree char *text = NULL;
      guint64 blocked;

      if (!g_file_get_contents (path, &text, NULL, NULL) || strstr (text, "Name:") == NULL
          || !g_str_has_prefix (strstr (text, "Name:") + strlen ("Name:\t"), prefix))
        continue;
      blocked = g_ascii_strtoull (strstr (text, "SigBlk:") + strlen ("SigBlk:\t"), NULL, 16);
      *n_threads += 1;
      for (guint i = 0; i < G_N_ELEMENTS (requests); i++)
        if ((blocked >> (requests[i] - 1) & 1) == 0)
          {
            n_open++;
            break;
          }
    }
  return n_open;
}

/* All kinds of threads, including those of stores. */
static void
test_threads_by_name (void)
{
  g_autofree char *folder = g_dir_make_tmp (NULL, NULL);
  g_autofree char *path = g_build_filename (folder, "schedule.db", NULL);
  g_autofree char *command = g_strdup_printf ("rm -r '%s'", folder);
  g_autoptr (AsyncLitTask) in_pool = asynclit_run (test_work_return_int, NULL, NULL);
  g_autoptr (AsyncLitTask) on_worker = asynclit_run_async (test_work_return_int, NULL, NULL);
  g_autoptr (AsyncLitScheduleStore) store = asynclit_schedule_store_new (path, NULL);
  guint n_threads = 0;

  test_wait (in_pool);
  test_wait (on_worker);
  g_assert_cmpuint (count_threads_that_take ("asynclit-", &n_threads), ==, 0);
  g_assert_cmpuint (n_threads, >=, store != NULL ? 3 : 2);
  g_clear_object (&store);
  g_assert_cmpint (system (command), ==, 0);
}

static void
test_threads_take_none (void)
{
  sigset_t pool, worker, before, after;
  g_autoptr (AsyncLitTask) in_pool = NULL;
  g_autoptr (AsyncLitTask) on_worker = NULL;

  pthread_sigmask (SIG_SETMASK, NULL, &before);
  in_pool = asynclit_run (note_mask, &pool, NULL);
  on_worker = asynclit_run_async (note_mask, &worker, NULL);
  test_wait (in_pool);
  test_wait (on_worker);
  assert_blocks_requests (&pool);
  assert_blocks_requests (&worker);
  /* The mask of the thread that starts another one does not change. */
  pthread_sigmask (SIG_SETMASK, NULL, &after);
  for (guint i = 0; i < G_N_ELEMENTS (requests); i++)
    g_assert_cmpint (sigismember (&after, requests[i]), ==, sigismember (&before, requests[i]));
}

static void
pass_gate (gpointer item, gpointer gate)
{
  test_gate_pass (gate);
}

/* A thread that GLib used for another pool before. */
static void
test_pooled_threads_take_none (void)
{
  g_autoptr (TestGate) gate = test_gate_new ();
  g_autoptr (AsyncLitTask) task = NULL;
  GThreadPool *other = g_thread_pool_new (pass_gate, gate, 1, TRUE, NULL);
  sigset_t set;

  g_assert_true (asynclit_shutdown (TEST_WATCHDOG_SECONDS));
  test_gate_open (gate);
  g_thread_pool_push (other, other, NULL);
  g_thread_pool_free (other, FALSE, TRUE);
  asynclit_task_manager_reopen (asynclit_get_default_manager ());
  task = asynclit_run (note_mask, &set, NULL);
  test_wait (task);
  assert_blocks_requests (&set);
}

/* Like a daemon, but too late: the library's threads are running, and one of them is busy. */
static void
receive_after_threads (void)
{
  g_autoptr (TestGate) gate = test_gate_new ();
  g_autoptr (AsyncLitTask) busy = asynclit_run (test_work_gate, gate, NULL);
  g_autoptr (AsyncLitTask) async = asynclit_run_async (test_work_return_int, NULL, NULL);
  g_autoptr (AsyncLitTask) idle = asynclit_run (test_work_return_int, NULL, NULL);
  struct timespec limit = { TEST_WATCHDOG_SECONDS, 0 };
  sigset_t set;

  test_gate_await_arrivals (gate, 1);
  test_wait (async);
  test_wait (idle);
  sigemptyset (&set);
  sigaddset (&set, SIGUSR1);
  sigaddset (&set, SIGTERM);
  pthread_sigmask (SIG_BLOCK, &set, NULL);
  kill (getpid (), SIGUSR1);
  g_assert_cmpint (sigtimedwait (&set, NULL, &limit), ==, SIGUSR1);
  kill (getpid (), SIGTERM);
  g_assert_cmpint (sigtimedwait (&set, NULL, &limit), ==, SIGTERM);
  test_gate_open (gate);
  test_wait (busy);
}

static void
test_received_where_awaited (void)
{
  if (g_test_subprocess ())
    {
      receive_after_threads ();
      return;
    }
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_passed ();
}

/* Children of functions */

static void
fork_and_look (AsyncLitTask *task, GCancellable *cancellable, gpointer unused)
{
  pid_t pid = fork ();
  sigset_t set;
  int status = -1;

  if (pid == 0)
    {
      pthread_sigmask (SIG_SETMASK, NULL, &set);
      execl ("/bin/sh", "sh", "-c", sigisemptyset (&set) ? "exit 0" : "exit 1", NULL);
      _exit (1);
    }
  waitpid (pid, &status, 0);
  asynclit_task_return_int (task, status);
}

static void
spawn_and_look (AsyncLitTask *task, GCancellable *cancellable, gpointer unused)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) process
      = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error, "grep", "-q", "SigBlk:.*[1-9a-f]",
                          "/proc/self/status", NULL);

  g_assert_no_error (error);
  g_subprocess_wait (process, NULL, NULL);
  asynclit_task_return_int (task, g_subprocess_get_exit_status (process));
}

static void
test_child_of_function (void)
{
  g_autoptr (AsyncLitTask) forked = asynclit_run (fork_and_look, NULL, NULL);
  g_autoptr (AsyncLitTask) forked_on_worker = asynclit_run_async (fork_and_look, NULL, NULL);
  g_autoptr (AsyncLitTask) spawned = asynclit_run (spawn_and_look, NULL, NULL);

  test_wait (forked);
  test_wait (forked_on_worker);
  test_wait (spawned);
  test_assert_int_result (forked, 0);
  test_assert_int_result (forked_on_worker, 0);
  test_assert_int_result (spawned, 1); /* nothing found */
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/signal-masks/threads/by-name", test_threads_by_name);
  g_test_add_func ("/signal-masks/threads/take-none", test_threads_take_none);
  g_test_add_func ("/signal-masks/threads/pooled-take-none", test_pooled_threads_take_none);
  g_test_add_func ("/signal-masks/received-where-awaited", test_received_where_awaited);
  g_test_add_func ("/signal-masks/child-of-function", test_child_of_function);
  return g_test_run ();
}
