/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Programs when the system or GLib fails. This program replaces functions of GLib and of the C
 * library, which fail on request. */

#include "test-support.h"

#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/syscall.h>

static gboolean spawn_says_nothing;
static gboolean no_pidfd;
static int n_refused; /* atomic */

typedef gboolean (*SpawnFunc) (const char *, const char *const *, const char *const *, GSpawnFlags,
                               GSpawnChildSetupFunc, gpointer, int, int, int, const int *,
                               const int *, gsize, GPid *, int *, int *, int *, GError **);
typedef long (*SyscallFunc) (long, long, long, long, long, long, long);

G_MODULE_EXPORT gboolean
g_spawn_async_with_pipes_and_fds (const char *folder, const char *const *argv,
                                  const char *const *envp, GSpawnFlags flags,
                                  GSpawnChildSetupFunc child_setup, gpointer user_data,
                                  int stdin_fd, int stdout_fd, int stderr_fd, const int *source_fds,
                                  const int *target_fds, gsize n_fds, GPid *pid, int *stdin_pipe,
                                  int *stdout_pipe, int *stderr_pipe, GError **error)
{
  SpawnFunc spawn = (SpawnFunc) dlsym (RTLD_NEXT, "g_spawn_async_with_pipes_and_fds");

  if (spawn_says_nothing)
    return FALSE;
  return spawn (folder, argv, envp, flags, child_setup, user_data, stdin_fd, stdout_fd, stderr_fd,
                source_fds, target_fds, n_fds, pid, stdin_pipe, stdout_pipe, stderr_pipe, error);
}

G_MODULE_EXPORT long
syscall (long number, ...)
{
  SyscallFunc call = (SyscallFunc) dlsym (RTLD_NEXT, "syscall");
  long arguments[6];
  va_list list;

  if (number == SYS_pidfd_open && no_pidfd)
    {
      g_atomic_int_inc (&n_refused);
      errno = ENOSYS;
      return -1;
    }
  va_start (list, number);
  for (guint i = 0; i < G_N_ELEMENTS (arguments); i++)
    arguments[i] = va_arg (list, long);
  va_end (list);
  return call (number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4],
               arguments[5]);
}

static AsyncLitTask *
submit_script (const char *script)
{
  const char *argv[] = { "/bin/sh", "-c", script, NULL };

  return asynclit_task_manager_submit_subprocess (asynclit_get_default_manager (), NULL, argv);
}

/* Whatever fails, the task ends. */
static void
test_no_reason (void)
{
  g_autoptr (AsyncLitTask) task = NULL;

  spawn_says_nothing = TRUE;
  task = submit_script (":");
  test_wait (task);
  spawn_says_nothing = FALSE;
  test_assert_failed (task, G_SPAWN_ERROR, G_SPAWN_ERROR_FAILED);
  g_assert_nonnull (strstr (asynclit_task_get_error (task)->message, "/bin/sh"));
}

/* As on an old kernel, or in a sandbox: the process is polled. */
static void
test_no_pidfd (void)
{
  g_autoptr (AsyncLitTask) done = NULL;
  g_autoptr (AsyncLitTask) failed = NULL;
  g_autoptr (AsyncLitTask) cancelled = NULL;
  g_autoptr (GPtrArray) values = NULL;

  no_pidfd = TRUE;
  done = submit_script ("echo one");
  failed = submit_script ("exit 3");
  cancelled = submit_script ("exec sleep 1000");
  test_poll_until (test_condition_started, cancelled);
  g_assert_true (asynclit_task_cancel (cancelled));
  test_wait (done);
  test_wait (failed);
  test_wait (cancelled);
  no_pidfd = FALSE;
  g_assert_cmpint (g_atomic_int_get (&n_refused), ==, 3);
  test_assert_int_result (done, 0);
  test_assert_failed (failed, G_SPAWN_EXIT_ERROR, 3);
  test_assert_cancelled (cancelled);
  values = asynclit_task_drain_progress (done);
  g_assert_cmpuint (values->len, ==, 1);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/program/faults/no-reason", test_no_reason);
  g_test_add_func ("/program/faults/no-pidfd", test_no_pidfd);
  return g_test_run ();
}
