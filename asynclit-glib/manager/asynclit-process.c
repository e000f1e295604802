/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Why not GSubprocess? It depends on SIGCHLD, which a program may block or ignore, and it reaps a
 * process immediately, after which another process group may get the same number. A pidfd has
 * neither problem. If pidfds are not available, the process is polled. */

#include "config.h"

#include "asynclit-process-private.h"
#include "asynclit-quote-private.h"
#include "asynclit-signals-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <glib/gi18n-lib.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* The polling interval, without a pidfd. */
#define LOOK_MSEC 50

/* Runs between fork() and exec(), where only async-signal-safe functions are allowed. */
static void
set_up_child (gpointer data)
{
  const AsyncLitProgramSettings *settings = data;

  if (settings->errors == ASYNCLIT_PROGRAM_STDERR_MERGE)
    dup2 (STDOUT_FILENO, STDERR_FILENO);
  asynclit_signals_reset_child ();
}

static void
set_up_group_leader (gpointer data)
{
  setpgid (0, 0);
  set_up_child (data);
}

/* Returns -1, and sets @error, if that fails. */
static int
open_input (const AsyncLitProgramSettings *settings, GError **error)
{
  /* A pipe without a writer must not block the worker. */
  int fd = open (settings->input_file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  int saved_errno = errno;

  if (fd >= 0)
    {
      fcntl (fd, F_SETFL, fcntl (fd, F_GETFL) & ~O_NONBLOCK);
      return fd;
    }
  g_set_error (error, G_IO_ERROR, (int) g_io_error_from_errno (saved_errno), "%s: %s",
               settings->input_file, g_strerror (saved_errno));
  return -1;
}

static GSpawnFlags
choose_flags (const AsyncLitProgramSettings *settings)
{
  GSpawnFlags flags
      = G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_SEARCH_PATH_FROM_ENVP | G_SPAWN_CLOEXEC_PIPES;

  if (settings->inherit_input)
    flags |= G_SPAWN_CHILD_INHERITS_STDIN;
  if (settings->errors == ASYNCLIT_PROGRAM_STDERR_DISCARD)
    flags |= G_SPAWN_STDERR_TO_DEV_NULL;
  return flags;
}

static gboolean
has_errors_pipe (const AsyncLitProgramSettings *settings)
{
  return settings->errors == ASYNCLIT_PROGRAM_STDERR_KEEP
         || settings->errors == ASYNCLIT_PROGRAM_STDERR_PROGRESS;
}

static gboolean
spawn (AsyncLitProcess *self, const AsyncLitProgramSettings *settings, int input,
       AsyncLitProcessPipes *pipes, GError **error)
{
  gboolean spawned;

  asynclit_signals_keep_in_child (TRUE);
  spawned = g_spawn_async_with_pipes_and_fds (
      settings->cwd, (const char *const *) settings->argv,
      (const char *const *) settings->variables, choose_flags (settings),
      self->has_own_group ? set_up_group_leader : set_up_child, (gpointer) settings, input, -1, -1,
      NULL, NULL, 0, &self->pid, settings->input != NULL ? &pipes->input : NULL, &pipes->output,
      has_errors_pipe (settings) ? &pipes->errors : NULL, error);
  asynclit_signals_keep_in_child (FALSE);
  return spawned;
}

static void
set_nonblocking (int fd)
{
  if (fd >= 0)
    g_unix_set_fd_nonblocking (fd, TRUE, NULL);
}

/* GLib's message may lack the name of the program. */
static void
explain (const AsyncLitProgramSettings *settings, GError *cause, GError **error)
{
  g_autofree char *name = asynclit_quote (settings->argv[0]);
  g_autofree char *message = NULL;

  if (cause == NULL)
    cause = g_error_new_literal (G_SPAWN_ERROR, G_SPAWN_ERROR_FAILED, _ ("no reason was given"));
  if (cause->domain == G_UNIX_ERROR) /* no pipe can be created */
    {
      cause->domain = G_SPAWN_ERROR;
      cause->code = G_SPAWN_ERROR_FAILED;
    }
  /* It repeats the name, and ends with the reason. */
  message = g_steal_pointer (&cause->message);
  cause->message = asynclit_quote_around (message, message + strlen (message));
  g_propagate_prefixed_error (error, cause, _ ("“%s” could not be started: "), name);
}

gboolean
asynclit_process_start (AsyncLitProcess *self, const AsyncLitProgramSettings *settings,
                        AsyncLitProcessPipes *pipes, GError **error)
{
  GError *cause = NULL;
  int input = -1;
  gboolean started = FALSE;

  g_assert (settings->argv[0] != NULL);
  *pipes = (AsyncLitProcessPipes){ -1, -1, -1 };
  self->has_own_group = asynclit_program_settings_has_own_group (settings);
  if (settings->input_file != NULL)
    input = open_input (settings, &cause);
  if (cause == NULL)
    started = spawn (self, settings, input, pipes, &cause);
  if (input >= 0)
    close (input);
  if (!started)
    {
      explain (settings, cause, error);
      return FALSE;
    }
  set_nonblocking (pipes->input);
  set_nonblocking (pipes->output);
  set_nonblocking (pipes->errors);
  return TRUE;
}

static void
process_notification_end (AsyncLitProcess *self)
{
  self->has_ended = TRUE;
  g_clear_pointer (&self->watch, g_source_unref);
  self->ended (self->user_data);
}

static gboolean
pidfd_is_readable (int fd, GIOCondition condition, gpointer data)
{
  close (fd);
  process_notification_end (data);
  return G_SOURCE_REMOVE;
}

static gboolean
look_at_process (gpointer data)
{
  AsyncLitProcess *self = data;
  siginfo_t info = { 0 };

  if (waitid (P_PID, (id_t) self->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == 0)
    return G_SOURCE_CONTINUE;
  process_notification_end (self);
  return G_SOURCE_REMOVE;
}

void
asynclit_process_watch (AsyncLitProcess *self, AsyncLitProcessFunc ended, gpointer user_data)
{
  int fd = (int) syscall (SYS_pidfd_open, self->pid, 0);

  g_assert (ended != NULL && self->watch == NULL);
  self->ended = ended;
  self->user_data = user_data;
  if (fd >= 0)
    {
      self->watch = g_unix_fd_source_new (fd, G_IO_IN);
      g_source_set_callback (self->watch, G_SOURCE_FUNC (pidfd_is_readable), self, NULL);
    }
  else
    {
      self->watch = g_timeout_source_new (LOOK_MSEC);
      g_source_set_callback (self->watch, look_at_process, self, NULL);
    }
  g_source_set_static_name (self->watch, "[asynclit] process");
  g_source_attach (self->watch, g_main_context_get_thread_default ());
}

void
asynclit_process_send_signal (AsyncLitProcess *self, int number)
{
  g_assert (number > 0);
  if (self->has_own_group)
    kill (-self->pid, number);
  else if (!self->has_ended)
    kill (self->pid, number);
}

gboolean
asynclit_process_reap (AsyncLitProcess *self, int *status)
{
  pid_t pid;

  do
    pid = waitpid (self->pid, status, 0);
  while (pid < 0 && errno == EINTR);
  return pid == self->pid;
}

/* /proc/PID/stat contains the name in parentheses, which may contain any character, then the state,
 * the parent and the group. TRUE if the process is in the group and is not a zombie. */
static gboolean
is_live_member (const char *stat, GPid group)
{
  const char *end = strrchr (stat, ')');
  char state;
  int parent, its_group;

  return end != NULL && sscanf (end + 1, " %c %d %d", &state, &parent, &its_group) == 3
         && its_group == group && state != 'Z' && state != 'X';
}

/* A process can't get the number of a group as long as the group contains a process. */
gboolean
asynclit_process_has_descendants (const AsyncLitProcess *self)
{
  return self->has_own_group && kill (-self->pid, 0) == 0;
}

gboolean
asynclit_process_has_live_descendants (const AsyncLitProcess *self)
{
  g_autoptr (GDir) folder = g_dir_open ("/proc", 0, NULL);
  const char *name;

  if (folder == NULL)
    return TRUE;
  while ((name = g_dir_read_name (folder)) != NULL)
    {
      g_autofree char *path = g_build_filename ("/proc", name, "stat", NULL);
      g_autofree char *stat = NULL;

      if (g_ascii_isdigit (name[0]) && g_file_get_contents (path, &stat, NULL, NULL)
          && is_live_member (stat, self->pid))
        return TRUE;
    }
  return FALSE;
}
