/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* How programs start and end under adverse conditions. Tests that change the whole process run in
 * one of their own. */

#include "test-support.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* Less than the time after which a program that ignores SIGTERM is killed. */
#define SOON_USEC (4 * G_USEC_PER_SEC)

/* More than fits into a pipe, in bytes. */
#define LARGE 3000000

static AsyncLitTask *
submit_argv (const char *const *argv)
{
  return asynclit_task_manager_submit_subprocess (asynclit_get_default_manager (), NULL, argv);
}

static AsyncLitTask *
submit_script (const char *script)
{
  const char *argv[] = { "/bin/sh", "-c", script, NULL };

  return submit_argv (argv);
}

static void
assert_lines (AsyncLitTask *task, const char *expected)
{
  g_autoptr (GPtrArray) values = asynclit_task_drain_progress (task);
  g_autofree char *joined = test_values_join (values);

  g_assert_cmpstr (joined, ==, expected);
}

static void
run_in_process (void (*func) (void))
{
  if (g_test_subprocess ())
    {
      func ();
      return;
    }
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_passed ();
}

/* Starting */

static void
check_fails (const char *program, GQuark domain, int code)
{
  const char *const argv[] = { program, NULL };
  g_autoptr (AsyncLitTask) task = submit_argv (argv);

  test_wait (task);
  test_assert_failed (task, domain, code);
  if (program[0] != '\0')
    g_assert_nonnull (strstr (asynclit_task_get_error (task)->message, program));
}

static void
test_start_names (void)
{
  check_fails ("", ASYNCLIT_ERROR, ASYNCLIT_ERROR_INVALID_ARGUMENT);
  check_fails ("no-such/program", G_SPAWN_ERROR, G_SPAWN_ERROR_NOENT);
  check_fails ("/", G_SPAWN_ERROR, G_SPAWN_ERROR_ACCES);
  check_fails ("/etc/passwd", G_SPAWN_ERROR, G_SPAWN_ERROR_ACCES);
  check_fails ("/etc/passwd/program", G_SPAWN_ERROR, G_SPAWN_ERROR_NOTDIR);
}

static void
test_start_cwd (void)
{
  const char *const argv[] = { "true", NULL };
  g_autoptr (AsyncLitProgram) program = asynclit_program_new (argv);
  g_autoptr (AsyncLitTask) task = NULL;
  const char *message;

  asynclit_program_set_cwd (program, "/no/such/folder");
  task = asynclit_task_manager_submit_program (asynclit_get_default_manager (), NULL, program);
  test_wait (task);
  test_assert_failed (task, G_SPAWN_ERROR, G_SPAWN_ERROR_CHDIR);
  message = asynclit_task_get_error (task)->message;
  g_assert_nonnull (strstr (message, "true"));
  g_assert_nonnull (strstr (message, "/no/such/folder"));
}

static void
test_start_too_big (void)
{
  g_autofree char *argument = g_strnfill (1 << 20, 'x');
  const char *const argv[] = { "true", argument, NULL };
  const char *preload = g_getenv ("LD_PRELOAD");
  g_autoptr (AsyncLitTask) task = NULL;

  if (preload != NULL && strstr (preload, "vgpreload") != NULL)
    {
      g_test_skip ("Valgrind does not come back from an exec() that fails so late");
      return;
    }
  task = submit_argv (argv);
  test_wait (task);
  test_assert_failed (task, G_SPAWN_ERROR, G_SPAWN_ERROR_TOO_BIG);
  g_assert_cmpuint (strlen (asynclit_task_get_error (task)->message), <, 1000);
}

static void
without_descriptors (void)
{
  g_autoptr (AsyncLitTask) first = submit_script (":");
  g_autoptr (AsyncLitTask) second = NULL;
  g_autoptr (AsyncLitTask) third = NULL;
  struct rlimit limit = { 0 };
  struct rlimit before;
  int fd;

  test_wait (first); /* the library has now opened what it needs itself */
  getrlimit (RLIMIT_NOFILE, &before);
  fd = dup (0);
  close (fd);
  limit.rlim_cur = (rlim_t) fd;
  limit.rlim_max = before.rlim_max;
  setrlimit (RLIMIT_NOFILE, &limit);
  second = submit_script (":");
  test_wait (second);
  setrlimit (RLIMIT_NOFILE, &before);
  test_assert_failed (second, G_SPAWN_ERROR, G_SPAWN_ERROR_FAILED);
  g_assert_nonnull (strstr (asynclit_task_get_error (second)->message, "/bin/sh"));
  third = submit_script (":");
  test_wait (third);
  test_assert_int_result (third, 0);
}

static void
test_start_without_descriptors (void)
{
  run_in_process (without_descriptors);
}

/* Enough descriptors for the pipes, but not for a pidfd: the process is polled instead. */
static void
with_few_descriptors (void)
{
  g_autoptr (AsyncLitTask) first = submit_script (":");
  struct rlimit before;
  guint n_done = 0;
  int fd;

  test_wait (first);
  getrlimit (RLIMIT_NOFILE, &before);
  fd = dup (0);
  close (fd);
  for (int n = 1; n <= 12; n++)
    {
      g_autoptr (AsyncLitTask) task = NULL;
      struct rlimit limit = { (rlim_t) (fd + n), before.rlim_max };

      setrlimit (RLIMIT_NOFILE, &limit);
      task = submit_script (":");
      test_wait (task);
      n_done += asynclit_task_get_status (task) == ASYNCLIT_TASK_STATUS_DONE;
    }
  setrlimit (RLIMIT_NOFILE, &before);
  g_assert_cmpuint (n_done, >, 0);
}

static void
test_start_with_few_descriptors (void)
{
  run_in_process (with_few_descriptors);
}

/* root may start any number. */
static void
without_processes (void)
{
  struct rlimit limit;
  g_autoptr (AsyncLitTask) first = asynclit_run_async (test_work_return_int, NULL, NULL);
  g_autoptr (AsyncLitTask) task = NULL;

  test_wait (first);
  if (setuid (65534) != 0)
    return;
  getrlimit (RLIMIT_NPROC, &limit);
  limit.rlim_cur = 1;
  setrlimit (RLIMIT_NPROC, &limit);
  task = submit_script (":");
  test_wait (task);
  test_assert_failed (task, G_SPAWN_ERROR, G_SPAWN_ERROR_FORK);
  g_assert_nonnull (strstr (asynclit_task_get_error (task)->message, "/bin/sh"));
  _exit (0); /* the leak sanitizer could not start its thread */
}

static void
test_start_without_processes (void)
{
  run_in_process (without_processes);
}

/* Signals */

static void
block (const int *numbers)
{
  sigset_t set;

  sigemptyset (&set);
  for (; *numbers != 0; numbers++)
    sigaddset (&set, *numbers);
  pthread_sigmask (SIG_BLOCK, &set, NULL);
}

static void
block_all (void)
{
  static const int numbers[] = { SIGTERM, SIGINT, SIGHUP, SIGCHLD, SIGUSR1, 0 };

  block (numbers);
}

static void
look_at_signals (void)
{
  const char *const argv[] = { "grep", "-h", "-E", "Sig(Blk|Ign)", "/proc/self/status", NULL };
  g_autoptr (AsyncLitTask) task = NULL;

  block_all ();
  signal (SIGTERM, SIG_IGN);
  signal (SIGUSR1, SIG_IGN);
  signal (SIGPIPE, SIG_IGN);
  signal (SIGHUP, SIG_IGN);
  task = submit_argv (argv);
  test_wait (task);
  test_assert_int_result (task, 0);
  assert_lines (task, "SigBlk:\t0000000000000000 SigIgn:\t0000000000000000");
}

static void
test_signals_of_program (void)
{
  run_in_process (look_at_signals);
}

static void
cancel_while_blocked (void)
{
  const char *const argv[] = { "sleep", "1000", NULL };
  g_autoptr (AsyncLitTask) task = NULL;
  gint64 begin = g_get_monotonic_time ();

  block_all ();
  signal (SIGTERM, SIG_IGN);
  task = submit_argv (argv);
  test_poll_until (test_condition_started, task);
  g_assert_true (asynclit_task_cancel (task));
  test_wait (task);
  test_assert_cancelled (task);
  g_assert_cmpint (g_get_monotonic_time () - begin, <, SOON_USEC);
}

static void
test_signals_cancel_while_blocked (void)
{
  run_in_process (cancel_while_blocked);
}

/* Its end is noticed nevertheless, but not its status. */
static void
ignore_ends (void)
{
  g_autoptr (AsyncLitTask) task = NULL;

  signal (SIGCHLD, SIG_IGN);
  task = submit_script ("echo one");
  test_wait (task);
  test_assert_failed (task, G_SPAWN_ERROR, G_SPAWN_ERROR_FAILED);
  g_assert_nonnull (strstr (asynclit_task_get_error (task)->message, "SIGCHLD"));
  assert_lines (task, "one");
}

static void
test_signals_ends_ignored (void)
{
  run_in_process (ignore_ends);
}

/* Process groups. These scripts print the ID of a program that they have started. */

static gboolean
condition_printed (gpointer task)
{
  guint64 cursor = 0;
  g_autoptr (GPtrArray) values = asynclit_task_read_progress (task, &cursor);

  return values->len > 0;
}

static pid_t
await_pid (AsyncLitTask *task)
{
  guint64 cursor = 0;
  g_autoptr (GPtrArray) values = NULL;

  test_poll_until (condition_printed, task);
  values = asynclit_task_read_progress (task, &cursor);
  return (pid_t) g_ascii_strtoll (g_value_get_string (g_ptr_array_index (values, 0)), NULL, 10);
}

/* A zombie does not run, and disappears when the process that adopts orphans reaps it. */
static gboolean
runs (pid_t pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/stat", pid);
  g_autofree char *stat = NULL;

  return g_file_get_contents (path, &stat, NULL, NULL) && strstr (stat, ") Z ") == NULL;
}

static AsyncLitTask *
submit_in_group (const char *program_name, AsyncLitProcessGroup group, const char *script)
{
  const char *argv[] = { program_name, "-c", script, NULL };
  g_autoptr (AsyncLitProgram) program = asynclit_program_new (argv);

  asynclit_program_set_process_group (program, group);
  return asynclit_task_manager_submit_program (asynclit_get_default_manager (), NULL, program);
}

static void
check_group (const char *name, AsyncLitProcessGroup group, gboolean ends_descendants)
{
  g_autoptr (AsyncLitTask) task = submit_in_group (name, group, "sleep 1000 & echo $!; wait");
  pid_t pid = await_pid (task);

  g_assert_true (runs (pid));
  g_assert_true (asynclit_task_cancel (task));
  test_wait (task);
  test_assert_cancelled (task);
  g_assert_cmpint (runs (pid), ==, !ends_descendants);
  kill (pid, SIGKILL);
}

static void
test_group_of_shell (void)
{
  check_group ("sh", ASYNCLIT_PROCESS_GROUP_AUTO, TRUE);
  check_group ("/bin/bash", ASYNCLIT_PROCESS_GROUP_AUTO, TRUE);
  check_group ("/bin/sh", ASYNCLIT_PROCESS_GROUP_SHARED, FALSE);
}

/* A shell under another name is a program like any other. */
static void
test_group_of_program (void)
{
  g_autofree char *folder = g_dir_make_tmp (NULL, NULL);
  g_autofree char *name = g_build_filename (folder, "build-it", NULL);

  g_assert_cmpint (symlink ("/bin/sh", name), ==, 0);
  check_group (name, ASYNCLIT_PROCESS_GROUP_AUTO, FALSE);
  check_group (name, ASYNCLIT_PROCESS_GROUP_OWN, TRUE);
  g_unlink (name);
  g_rmdir (folder);
}

/* In a group of its own, it could not read from the terminal. */
static void
test_group_with_terminal (void)
{
  const char *argv[] = { "sh", "-c", "cut -d ' ' -f 5 /proc/self/stat", NULL };
  g_autoptr (AsyncLitProgram) program = asynclit_program_new (argv);
  g_autoptr (AsyncLitTask) task = NULL;
  g_autofree char *own = g_strdup_printf ("%d", getpgrp ());

  asynclit_program_set_inherit_input (program, TRUE);
  task = asynclit_task_manager_submit_program (asynclit_get_default_manager (), NULL, program);
  test_wait (task);
  assert_lines (task, own);
}

/* Programs that ignore SIGTERM are waited for and killed; the shell itself ended long ago. */
static void
test_group_deaf (void)
{
  g_autoptr (AsyncLitTask) task = NULL;
  gint64 begin;
  pid_t pid;

  if (!test_slow ())
    {
      g_test_skip ("slow: run with -m slow or ASYNCLIT_TEST_SLOW=1");
      return;
    }
  task = submit_script (
      "sh -c 'trap \"\" TERM; echo $$; exec >&- 2>&-; sleep 1000; sleep 1000' & wait");
  pid = await_pid (task);
  begin = g_get_monotonic_time ();
  g_assert_true (asynclit_task_cancel (task));
  test_wait (task);
  test_assert_cancelled (task);
  g_assert_cmpint (g_get_monotonic_time () - begin, >=, SOON_USEC);
  g_assert_false (runs (pid));
}

/* The task waits while programs that the shell has started clean up after SIGTERM. */
static void
test_group_cleans_up (void)
{
  g_autoptr (AsyncLitTask) task = submit_script (
      "sh -c 'trap \"sleep 0.2; echo cleaned; exit\" TERM; echo $$; sleep 1000 & wait' & wait");
  g_autoptr (GPtrArray) values = NULL;
  pid_t pid = await_pid (task);

  g_assert_true (asynclit_task_cancel (task));
  test_wait (task);
  test_assert_cancelled (task);
  g_assert_false (runs (pid));
  values = asynclit_task_drain_progress (task);
  g_assert_cmpstr (g_value_get_string (g_ptr_array_index (values, values->len - 1)), ==, "cleaned");
}

/* A stopped program receives the signal. */
static void
test_cancel_stopped (void)
{
  g_autoptr (AsyncLitTask) task = submit_script ("echo $$; kill -STOP $$; sleep 1000");
  gint64 begin = g_get_monotonic_time ();

  await_pid (task);
  g_assert_true (asynclit_task_cancel (task));
  test_wait (task);
  test_assert_cancelled (task);
  g_assert_cmpint (g_get_monotonic_time () - begin, <, SOON_USEC);
}

/* This process has no zombies left. */
static void
test_reaped (void)
{
  g_autoptr (AsyncLitTask) task = submit_script ("echo $$");
  pid_t pid;

  test_wait (task);
  pid = await_pid (task);
  g_assert_cmpint (waitpid (pid, NULL, WNOHANG), ==, -1);
  g_assert_cmpint (errno, ==, ECHILD);
}

/* Whatever happens to programs, nothing is leaked. */
static guint
count_descriptors (void)
{
  g_autoptr (GDir) folder = g_dir_open ("/proc/self/fd", 0, NULL);
  guint n = 0;

  while (g_dir_read_name (folder) != NULL)
    n++;
  return n;
}

static void
run_many (guint n)
{
  g_autoptr (GPtrArray) tasks = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < n; i++)
    g_ptr_array_add (tasks, i % 3 == 0 ? submit_script ("exec sleep 1000")
                                       : submit_script (i % 3 == 1 ? ":" : "echo $$; exit 1"));
  for (guint i = 0; i < n; i += 3)
    g_assert_true (asynclit_task_cancel (tasks->pdata[i]));
  for (guint i = 0; i < n; i++)
    test_wait (tasks->pdata[i]);
}

static gboolean
condition_no_children (gpointer unused)
{
  siginfo_t info;

  return waitid (P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == -1 && errno == ECHILD;
}

static void
test_many (void)
{
  guint before;

  run_many (3);
  before = count_descriptors ();
  run_many (90);
  g_assert_cmpuint (count_descriptors (), ==, before);
  g_assert_true (condition_no_children (NULL));
}

/* The task ended long before its program, which continues with the task's input. */
static void
test_cancel_abandoned (void)
{
  const char *const argv[]
      = { "sh", "-c", "trap 'sleep 0.1; cat | wc -c; exit' TERM; kill $$", NULL };
  g_autoptr (AsyncLitProgram) program = asynclit_program_new (argv);
  g_autoptr (GBytes) input = g_bytes_new_take (g_strnfill (LARGE, 'x'), LARGE);
  AsyncLitTask *task;

  asynclit_program_set_input (program, input);
  task = asynclit_program_create_task (program);
  asynclit_task_set_abandon_on_cancel (task, TRUE);
  asynclit_task_manager_submit_task (asynclit_get_default_manager (), task);
  test_poll_until (test_condition_started, task);
  g_assert_true (asynclit_task_cancel (task));
  test_assert_cancelled (task);
  test_iterate_until_completed (task);
  g_object_unref (task);
  test_poll_until (condition_no_children, NULL);
}

/* A flood without line ends, which is not read: only its end is kept. */
static void
test_flood_of_bytes (void)
{
  g_autoptr (AsyncLitTask) task = submit_script ("head -c 100000000 /dev/zero | tr '\\0' x");
  g_autoptr (GPtrArray) values = NULL;
  gsize size = 0;

  test_wait (task);
  test_assert_int_result (task, 0);
  values = asynclit_task_drain_progress (task);
  for (guint i = 0; i < values->len; i++)
    size += strlen (g_value_get_string (values->pdata[i]));
  g_assert_cmpuint (size, <, 20000000);
  g_assert_cmpuint (asynclit_task_get_progress_dropped (task), >, 0);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/program/start/names", test_start_names);
  g_test_add_func ("/program/start/cwd", test_start_cwd);
  g_test_add_func ("/program/start/too-big", test_start_too_big);
  g_test_add_func ("/program/start/without-descriptors", test_start_without_descriptors);
  g_test_add_func ("/program/start/with-few-descriptors", test_start_with_few_descriptors);
  g_test_add_func ("/program/start/without-processes", test_start_without_processes);
  g_test_add_func ("/program/signals/of-program", test_signals_of_program);
  g_test_add_func ("/program/signals/cancel-while-blocked", test_signals_cancel_while_blocked);
  g_test_add_func ("/program/signals/ends-ignored", test_signals_ends_ignored);
  g_test_add_func ("/program/group/of-shell", test_group_of_shell);
  g_test_add_func ("/program/group/of-program", test_group_of_program);
  g_test_add_func ("/program/group/with-terminal", test_group_with_terminal);
  g_test_add_func ("/program/group/deaf", test_group_deaf);
  g_test_add_func ("/program/group/cleans-up", test_group_cleans_up);
  g_test_add_func ("/program/cancel/stopped", test_cancel_stopped);
  g_test_add_func ("/program/cancel/abandoned", test_cancel_abandoned);
  g_test_add_func ("/program/many", test_many);
  g_test_add_func ("/program/flood-of-bytes", test_flood_of_bytes);
  g_test_add_func ("/program/reaped", test_reaped);
  return g_test_run ();
}
