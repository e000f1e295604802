/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Several things happen at the same time, all on the worker: the input is written, the output and
 * the errors are read, and the end of the process is awaited. When all of these except the input
 * are over, the task is settled.
 *
 * A process that has ended may have left children that still hold its pipes open. The task does not
 * wait for them: it reads what was in the pipes when the process ended, however long that takes,
 * and then whatever arrives within a short time. Only if the task was cancelled, and the children
 * are in the program's own group, so that they were signalled, too, does the task wait for their
 * end. */

#include "config.h"

#include "asynclit-cancelled-private.h"
#include "asynclit-lines-private.h"
#include "asynclit-process-private.h"
#include "asynclit-quote-private.h"
#include "asynclit-subprocess-private.h"
#include "asynclit-worker-private.h"

#include <errno.h>
#include <glib-unix.h>
#include <glib/gi18n-lib.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* The time between SIGTERM and SIGKILL. */
#define GRACE_MSEC 5000
/* How long to wait for more output after the process has ended. */
#define LINGER_MSEC 1000
/* The interval between checks of a group that was signalled: at first, and later. */
#define LOOK_MSEC 10
#define MAX_LOOK_MSEC 160
/* How long to wait for them after SIGKILL, which some system calls delay. */
#define KILL_MSEC 1000
/* How long to wait for zombies to disappear. Some containers have no process that reaps orphans. */
#define ZOMBIES_MSEC 3000
/* The number of bytes to read at a time. */
#define CHUNK_SIZE 8192
/* Longer lines are split, so that a program that writes no line ends does not fill the memory. */
#define MAX_LINE 65536
/* The number of bytes from the end of the standard error that the message contains. */
#define MAX_ERRORS 2048

typedef struct _Run Run;

/* One of the program's outputs. */
typedef struct {
  Run *run;
  int fd;
  GSource *readable; /* NULL: nothing more will be read */
  gsize left;        /* unread bytes in the pipe when the process ended */
  gboolean keeps_end;
  AsyncLitLines *lines; /* NULL unless lines are progress values */
  GByteArray *captured; /* NULL unless the output is captured */
} Pipe;

struct _Run {
  AsyncLitTask *task;                      /* not owned: exists until it is settled */
  const AsyncLitProgramSettings *settings; /* the task's */
  char *program;                           /* quoted for messages */
  GError *error;                           /* why it was terminated, unless it was cancelled */
  AsyncLitProcess process;
  GCancellable *cancellable; /* the task's */
  gulong cancelled_id;
  gpointer *stop; /* counted (g_atomic_rc_box): this run, or NULL once it has been freed; worker
                   * only */
  int input;
  gsize n_written; /* bytes of the input */
  GSource *writable;
  Pipe output;
  Pipe errors;
  GString *end_of_errors;
  GSource *grace;
  GSource *linger;
  GSource *look;
  guint look_msec;
  gboolean is_told_to_end;
  gint64 killed;       /* when it was; otherwise 0 */
  gint64 only_zombies; /* since when; otherwise 0 */
  guint n_pending;     /* pipes to read, plus the process */
};

static void
clear_source (GSource **source)
{
  if (*source != NULL)
    g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

static void
clear_fd (int *fd)
{
  if (*fd >= 0)
    close (*fd);
  *fd = -1;
}

static void
pipe_clear (Pipe *self)
{
  clear_source (&self->readable);
  clear_fd (&self->fd);
  if (self->lines != NULL)
    asynclit_lines_clear (self->lines);
  g_clear_pointer (&self->lines, g_free);
  g_clear_pointer (&self->captured, g_byte_array_unref);
}

static void
run_free (Run *self)
{
  *self->stop = NULL;
  asynclit_cancelled_disconnect (self->cancellable, self->cancelled_id);
  g_atomic_rc_box_release (self->stop);
  clear_source (&self->grace);
  clear_source (&self->linger);
  clear_source (&self->look);
  clear_source (&self->writable);
  clear_fd (&self->input);
  pipe_clear (&self->output);
  pipe_clear (&self->errors);
  g_free (self->program);
  g_clear_object (&self->cancellable);
  g_clear_error (&self->error);
  g_string_free (self->end_of_errors, TRUE);
  g_free (self);
}

/* The last part of the program's standard error, as text. */
static char *
run_describe_errors (Run *self)
{
  const GString *errors = self->end_of_errors;
  g_autofree char *text = g_utf8_make_valid (errors->str, (gssize) errors->len);

  g_strstrip (text);
  return text[0] != '\0' ? g_strconcat (": ", text, NULL) : g_strdup ("");
}

static GBytes *
pipe_take_captured (Pipe *self)
{
  if (self->captured == NULL)
    return g_bytes_new_static ("", 0);
  return g_byte_array_free_to_bytes (g_steal_pointer (&self->captured));
}

static void
run_return_output (Run *self, int status)
{
  g_autoptr (GBytes) output = NULL;
  g_autoptr (GBytes) errors = NULL;

  if (!self->settings->capture)
    {
      asynclit_task_return_int (self->task, status);
      return;
    }
  output = pipe_take_captured (&self->output);
  errors = pipe_take_captured (&self->errors);
  asynclit_task_return_object (self->task,
                               G_OBJECT (asynclit_program_output_new (status, output, errors)));
}

static void
run_settle (Run *self, gboolean is_known, int status)
{
  g_autofree char *errors = run_describe_errors (self);

  if (self->error != NULL)
    asynclit_task_return_error (self->task, g_steal_pointer (&self->error));
  else if (!is_known)
    asynclit_task_return_new_error (
        self->task, G_SPAWN_ERROR, G_SPAWN_ERROR_FAILED,
        _ ("“%s” has ended, but its exit status is unknown: another part of this process has "
           "reaped it, or SIGCHLD is ignored%s"),
        self->program, errors);
  else if (WIFSIGNALED (status))
    asynclit_task_return_new_error (self->task, G_SPAWN_ERROR, G_SPAWN_ERROR_FAILED,
                                    _ ("“%s” was killed by signal %d%s"), self->program,
                                    WTERMSIG (status), errors);
  else if (WEXITSTATUS (status) != 0 && self->settings->check)
    asynclit_task_return_new_error (self->task, G_SPAWN_EXIT_ERROR, WEXITSTATUS (status),
                                    _ ("“%s” exited with status %d%s"), self->program,
                                    WEXITSTATUS (status), errors);
  else
    run_return_output (self, WEXITSTATUS (status));
}

static GSource *
start_timer (guint msec, GSourceFunc func, Run *self)
{
  GSource *source = g_timeout_source_new (msec);

  g_source_set_callback (source, func, self, NULL);
  g_source_set_static_name (source, "[asynclit] subprocess");
  g_source_attach (source, g_main_context_get_thread_default ());
  return source;
}

static GSource *
start_watch (int fd, GIOCondition condition, GUnixFDSourceFunc func, gpointer data)
{
  GSource *source = g_unix_fd_source_new (fd, condition);

  g_source_set_callback (source, G_SOURCE_FUNC (func), data, NULL);
  g_source_set_static_name (source, "[asynclit] subprocess");
  g_source_attach (source, g_main_context_get_thread_default ());
  return source;
}

/* Ending */

static gboolean
has_passed (gint64 since, gint64 msec)
{
  return since != 0 && g_get_monotonic_time () > since + msec * 1000;
}

static gboolean
run_awaits_descendants (Run *self)
{
  if (!self->is_told_to_end || has_passed (self->killed, KILL_MSEC)
      || !asynclit_process_has_descendants (&self->process))
    return FALSE;
  if (asynclit_process_has_live_descendants (&self->process))
    self->only_zombies = 0;
  else if (self->only_zombies == 0)
    self->only_zombies = g_get_monotonic_time ();
  return !has_passed (self->only_zombies, ZOMBIES_MSEC);
}

static gboolean
look_for_descendants (gpointer data)
{
  Run *self = data;

  if (!run_awaits_descendants (self))
    {
      /* The program's own outcome does not matter: it was told to end. */
      run_settle (self, TRUE, 0);
      run_free (self);
      return G_SOURCE_REMOVE;
    }
  self->look_msec = MIN (2 * self->look_msec, MAX_LOOK_MSEC);
  g_source_unref (self->look);
  self->look = start_timer (self->look_msec, look_for_descendants, self);
  return G_SOURCE_REMOVE;
}

static void
run_finish_one (Run *self)
{
  gboolean is_known;
  int status = 0;

  self->n_pending--;
  if (self->n_pending > 0)
    return;
  is_known = asynclit_process_reap (&self->process, &status);
  if (run_awaits_descendants (self))
    {
      self->look_msec = LOOK_MSEC;
      self->look = start_timer (self->look_msec, look_for_descendants, self);
      return;
    }
  run_settle (self, is_known, status);
  run_free (self);
}

static gboolean
grace_is_over (gpointer data)
{
  Run *self = data;

  self->killed = g_get_monotonic_time ();
  asynclit_process_send_signal (&self->process, SIGKILL);
  return G_SOURCE_REMOVE;
}

static void
run_tell_to_end (Run *self)
{
  if (self->is_told_to_end)
    return;
  self->is_told_to_end = TRUE;
  asynclit_process_send_signal (&self->process, SIGTERM);
  /* A stopped process would not handle the signal. */
  asynclit_process_send_signal (&self->process, SIGCONT);
  self->grace = start_timer (GRACE_MSEC, grace_is_over, self);
}

/* Runs on: worker */
static void
stop_run (gpointer stop, gpointer unused)
{
  Run *self = *(gpointer *) stop;

  if (self != NULL)
    run_tell_to_end (self);
}

/* Runs on: the thread that cancels: the worker, unless other code cancels the cancellable */
static void
run_cancelled (GCancellable *cancellable, gpointer stop)
{
  asynclit_worker_invoke (stop_run, g_atomic_rc_box_acquire (stop), g_atomic_rc_box_release);
}

static void
stop_unref (gpointer stop, GClosure *closure)
{
  g_atomic_rc_box_release (stop);
}

/* Input */

static void
run_close_input (Run *self)
{
  clear_source (&self->writable);
  clear_fd (&self->input);
}

/* It is not an error if a program does not read all of its input. */
static gboolean
input_is_writable (int fd, GIOCondition condition, gpointer data)
{
  Run *self = data;
  gsize size;
  const char *bytes = g_bytes_get_data (self->settings->input, &size);
  gssize n = 0;

  if (self->n_written < size)
    n = write (fd, bytes + self->n_written, size - self->n_written);
  if (n < 0 && (errno == EAGAIN || errno == EINTR))
    return G_SOURCE_CONTINUE;
  self->n_written += (gsize) MAX (n, 0);
  if (n > 0 && self->n_written < size)
    return G_SOURCE_CONTINUE;
  run_close_input (self);
  return G_SOURCE_REMOVE;
}

/* Output */

static void
run_report_line (const char *line, gpointer data)
{
  Run *self = data;
  GValue value = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_STRING);
  g_value_set_string (&value, line);
  asynclit_task_report_progress (self->task, &value);
  g_value_unset (&value);
}

static void
pipe_capture (Pipe *self, const char *bytes, gsize n)
{
  Run *run = self->run;
  g_autofree char *bound = NULL;

  if (run->error != NULL)
    return;
  if (n <= run->settings->max_output - MIN (self->captured->len, run->settings->max_output)
      && n < G_MAXUINT - self->captured->len)
    {
      g_byte_array_append (self->captured, (const guint8 *) bytes, (guint) n);
      return;
    }
  bound = g_format_size_full (run->settings->max_output, G_FORMAT_SIZE_IEC_UNITS);
  run->error = g_error_new (G_IO_ERROR, G_IO_ERROR_NO_SPACE,
                            _ ("“%s” wrote more than %s, the maximum that is captured"),
                            run->program, bound);
  run_tell_to_end (run);
}

static void
run_keep_end (Run *self, const char *bytes, gsize n)
{
  g_string_append_len (self->end_of_errors, bytes, (gssize) n);
  if (self->end_of_errors->len > MAX_ERRORS)
    g_string_erase (self->end_of_errors, 0, (gssize) (self->end_of_errors->len - MAX_ERRORS));
}

static void
pipe_take (Pipe *self, const char *bytes, gsize n)
{
  self->left -= MIN (self->left, n);
  if (self->keeps_end)
    run_keep_end (self->run, bytes, n);
  if (self->lines != NULL)
    asynclit_lines_add (self->lines, bytes, n, run_report_line, self->run);
  if (self->captured != NULL)
    pipe_capture (self, bytes, n);
}

/* May also settle the task. */
static void
pipe_close (Pipe *self)
{
  if (self->lines != NULL)
    asynclit_lines_finish (self->lines, run_report_line, self->run);
  clear_source (&self->readable);
  clear_fd (&self->fd);
  self->left = 0;
  run_finish_one (self->run);
}

static gboolean
pipe_is_readable (int fd, GIOCondition condition, gpointer data)
{
  Pipe *self = data;
  char bytes[CHUNK_SIZE];
  gssize n = read (fd, bytes, sizeof bytes);

  if (n < 0 && (errno == EAGAIN || errno == EINTR))
    return G_SOURCE_CONTINUE;
  if (n > 0)
    pipe_take (self, bytes, (gsize) n);
  else
    pipe_close (self);
  return n > 0;
}

static gsize
pipe_count_waiting (const Pipe *self)
{
  int n = 0;

  if (self->readable != NULL)
    ioctl (self->fd, FIONREAD, &n);
  return (gsize) MAX (n, 0);
}

/* Unless a child of the program has read some of it, which would then never arrive here. */
static gboolean
pipe_has_left (const Pipe *self)
{
  return self->left > 0 && pipe_count_waiting (self) > 0;
}

static gboolean
linger_is_over (gpointer data)
{
  Run *self = data;
  gboolean errors_are_open = self->errors.readable != NULL;

  if (pipe_has_left (&self->output) || pipe_has_left (&self->errors))
    return G_SOURCE_CONTINUE;
  if (self->output.readable != NULL)
    pipe_close (&self->output);
  if (errors_are_open)
    pipe_close (&self->errors);
  return G_SOURCE_REMOVE;
}

static void
process_has_ended (gpointer data)
{
  Run *self = data;

  run_close_input (self);
  self->output.left = pipe_count_waiting (&self->output);
  self->errors.left = pipe_count_waiting (&self->errors);
  if (self->n_pending > 1)
    self->linger = start_timer (LINGER_MSEC, linger_is_over, self);
  run_finish_one (self);
}

/* Starting */

static void
run_open_pipe (Run *self, Pipe *pipe, int fd, gboolean are_lines)
{
  pipe->run = self;
  pipe->fd = fd;
  if (fd < 0)
    return;
  if (are_lines)
    {
      pipe->lines = g_new0 (AsyncLitLines, 1);
      asynclit_lines_init (pipe->lines, MAX_LINE);
    }
  else if (self->settings->capture)
    pipe->captured = g_byte_array_new ();
  pipe->readable = start_watch (fd, G_IO_IN | G_IO_HUP | G_IO_ERR, pipe_is_readable, pipe);
  self->n_pending++;
}

static void
run_open_pipes (Run *self, const AsyncLitProcessPipes *pipes)
{
  const AsyncLitProgramSettings *settings = self->settings;

  self->output.keeps_end = settings->errors == ASYNCLIT_PROGRAM_STDERR_MERGE;
  self->errors.keeps_end = TRUE;
  run_open_pipe (self, &self->output, pipes->output, !settings->capture);
  run_open_pipe (self, &self->errors, pipes->errors,
                 settings->errors == ASYNCLIT_PROGRAM_STDERR_PROGRESS);
  self->input = pipes->input;
  if (self->input >= 0)
    self->writable = start_watch (self->input, G_IO_OUT | G_IO_ERR, input_is_writable, self);
}

void
asynclit_subprocess_run (AsyncLitTask *task, GCancellable *cancellable, gpointer settings)
{
  AsyncLitProcess process = { 0 };
  AsyncLitProcessPipes pipes;
  GError *error = NULL;
  Run *self;

  g_assert (settings != NULL);
  if (!asynclit_program_settings_check (settings, &error)
      || !asynclit_process_start (&process, settings, &pipes, &error))
    {
      asynclit_task_return_error (task, error);
      return;
    }
  self = g_new0 (Run, 1);
  self->task = task;
  self->settings = settings;
  self->process = process;
  self->program = asynclit_quote (self->settings->argv[0]);
  self->cancellable = g_object_ref (cancellable);
  self->end_of_errors = g_string_new (NULL);
  self->n_pending = 1;
  run_open_pipes (self, &pipes);
  asynclit_process_watch (&self->process, process_has_ended, self);
  self->stop = g_atomic_rc_box_new0 (gpointer);
  *self->stop = self;
  self->cancelled_id = asynclit_cancelled_connect (
      cancellable, run_cancelled, g_atomic_rc_box_acquire (self->stop), stop_unref);
  if (g_cancellable_is_cancelled (cancellable))
    run_tell_to_end (self);
}
