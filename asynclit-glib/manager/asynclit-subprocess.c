/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Three things go on at once, all on the worker: lines are read, errors are read, and the end of
 * the process is awaited. When the last of them is over the task is settled.
 *
 * A process that has ended may have left children that still have its pipes open. They are not
 * waited for: what was in the pipes at its end is read, however long that takes, and then what they
 * still write for a moment.
 */

#include "config.h"

#include "asynclit-lines-private.h"
#include "asynclit-subprocess-private.h"

#include <gio/gunixinputstream.h>
#include <glib/gi18n-lib.h>
#include <signal.h>
#include <sys/ioctl.h>

/* From SIGTERM to SIGKILL. */
#define GRACE_SECONDS 5
/* How long to wait for more after the process has ended. */
#define LINGER_SECONDS 1
/* How much to read at once. */
#define CHUNK_SIZE 8192
/* A line that gets longer is cut in pieces, so that a program without line ends does not fill the
 * memory. */
#define MAX_LINE 65536
/* How much of the end of the errors goes into the message. */
#define MAX_ERRORS 2048

typedef struct {
  GPollableInputStream *stream; /* the process's */
  GSource *readable;            /* NULL: nothing more is read */
  gsize left;                   /* in it when the process had ended, and not read yet */
} Pipe;

typedef struct {
  AsyncLitTask *task; /* not owned: lives until it is settled */
  char *program;
  GSubprocess *process;
  GCancellable *cancellable; /* the task's */
  gulong cancelled_id;
  Pipe output;
  Pipe errors;
  AsyncLitLines lines;  /* of standard output */
  GString *last_errors; /* the end of standard error */
  GSource *grace;
  GSource *linger;
  guint n_pending; /* of the three */
} Run;

static void
clear_source (GSource **source)
{
  if (*source != NULL)
    g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

static void
run_free (Run *self)
{
  g_cancellable_disconnect (self->cancellable, self->cancelled_id);
  clear_source (&self->grace);
  clear_source (&self->linger);
  g_free (self->program);
  g_clear_object (&self->process);
  g_clear_object (&self->cancellable);
  asynclit_lines_clear (&self->lines);
  g_string_free (self->last_errors, TRUE);
  g_free (self);
}

/* What the program said last of its errors, as text. */
static char *
run_describe_errors (Run *self)
{
  const GString *errors = self->last_errors;
  g_autofree char *text = g_utf8_make_valid (errors->str, (gssize) errors->len);

  g_strstrip (text);
  return text[0] != '\0' ? g_strconcat (": ", text, NULL) : g_strdup ("");
}

static void
run_settle (Run *self)
{
  g_autofree char *errors = run_describe_errors (self);
  int status;

  if (g_subprocess_get_if_signaled (self->process))
    {
      asynclit_task_return_new_error (
          self->task, G_SPAWN_ERROR, G_SPAWN_ERROR_FAILED, _("“%s” was killed by signal %d%s"),
          self->program, g_subprocess_get_term_sig (self->process), errors);
      return;
    }
  status = g_subprocess_get_exit_status (self->process);
  if (status == 0)
    asynclit_task_return_int (self->task, 0);
  else
    asynclit_task_return_new_error (self->task, G_SPAWN_EXIT_ERROR, status,
                                    _("“%s” exited with status %d%s"), self->program, status,
                                    errors);
}

static void
run_finish_one (Run *self)
{
  self->n_pending--;
  if (self->n_pending > 0)
    return;
  run_settle (self);
  run_free (self);
}

static GSource *
start_timer (guint seconds, GSourceFunc func, Run *self)
{
  GSource *source = g_timeout_source_new_seconds (seconds);

  g_source_set_callback (source, func, self, NULL);
  g_source_set_static_name (source, "[asynclit] subprocess");
  g_source_attach (source, g_main_context_get_thread_default ());
  return source;
}

static gboolean
grace_is_over (gpointer data)
{
  Run *self = data;

  g_subprocess_force_exit (self->process);
  return G_SOURCE_REMOVE;
}

/* Runs on: worker, where the task's cancellable trips */
static void
run_cancelled (GCancellable *cancellable, gpointer data)
{
  Run *self = data;

  g_subprocess_send_signal (self->process, SIGTERM);
  if (self->grace == NULL)
    self->grace = start_timer (GRACE_SECONDS, grace_is_over, self);
}

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

/* The number of bytes; 0: there will be no more; -1: there are none now. */
static gssize
pipe_read (Pipe *self, char *buffer, gsize size)
{
  g_autoptr (GError) error = NULL;
  gssize n = g_pollable_input_stream_read_nonblocking (self->stream, buffer, size, NULL, &error);

  if (n < 0)
    return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK) ? -1 : 0;
  self->left -= MIN (self->left, (gsize) n);
  return n;
}

static gsize
pipe_count_waiting (const Pipe *self)
{
  int n = 0;

  if (self->readable != NULL)
    ioctl (g_unix_input_stream_get_fd (G_UNIX_INPUT_STREAM (self->stream)), FIONREAD, &n);
  return (gsize) MAX (n, 0);
}

/* Unless a child of the program has read some of it, which would never come here. */
static gboolean
pipe_has_left (const Pipe *self)
{
  return self->left > 0 && pipe_count_waiting (self) > 0;
}

static void
run_open_pipe (Run *self, Pipe *pipe, GInputStream *stream, GPollableSourceFunc func)
{
  pipe->stream = G_POLLABLE_INPUT_STREAM (stream);
  pipe->readable = g_pollable_input_stream_create_source (pipe->stream, NULL);
  g_source_set_callback (pipe->readable, G_SOURCE_FUNC (func), self, NULL);
  g_source_set_static_name (pipe->readable, "[asynclit] subprocess");
  g_source_attach (pipe->readable, g_main_context_get_thread_default ());
}

/* May be the end of the run, too. */
static void
run_close_pipe (Run *self, Pipe *pipe)
{
  if (pipe == &self->output)
    asynclit_lines_finish (&self->lines, run_report_line, self);
  clear_source (&pipe->readable);
  pipe->left = 0;
  run_finish_one (self);
}

static gboolean
output_is_readable (GObject *stream, gpointer data)
{
  Run *self = data;
  char bytes[CHUNK_SIZE];
  gssize n = pipe_read (&self->output, bytes, sizeof bytes);

  if (n > 0)
    asynclit_lines_add (&self->lines, bytes, (gsize) n, run_report_line, self);
  else if (n == 0)
    run_close_pipe (self, &self->output);
  return n != 0;
}

static gboolean
errors_are_readable (GObject *stream, gpointer data)
{
  Run *self = data;
  char bytes[CHUNK_SIZE];
  gssize n = pipe_read (&self->errors, bytes, sizeof bytes);

  if (n == 0)
    {
      run_close_pipe (self, &self->errors);
      return G_SOURCE_REMOVE;
    }
  g_string_append_len (self->last_errors, bytes, MAX (n, 0));
  if (self->last_errors->len > MAX_ERRORS)
    g_string_erase (self->last_errors, 0, (gssize) (self->last_errors->len - MAX_ERRORS));
  return G_SOURCE_CONTINUE;
}

static gboolean
linger_is_over (gpointer data)
{
  Run *self = data;
  gboolean errors_are_open = self->errors.readable != NULL;

  if (pipe_has_left (&self->output) || pipe_has_left (&self->errors))
    return G_SOURCE_CONTINUE;
  if (self->output.readable != NULL)
    run_close_pipe (self, &self->output);
  if (errors_are_open)
    run_close_pipe (self, &self->errors);
  return G_SOURCE_REMOVE;
}

static void
process_has_ended (GObject *source, GAsyncResult *result, gpointer data)
{
  Run *self = data;

  g_subprocess_wait_finish (self->process, result, NULL);
  self->output.left = pipe_count_waiting (&self->output);
  self->errors.left = pipe_count_waiting (&self->errors);
  if (self->n_pending > 1)
    self->linger = start_timer (LINGER_SECONDS, linger_is_over, self);
  run_finish_one (self);
}

void
asynclit_subprocess_run (AsyncLitTask *task, GCancellable *cancellable, gpointer argv)
{
  const char *const *arguments = argv;
  GError *error = NULL;
  GSubprocess *process;
  Run *self;

  process = g_subprocess_newv (
      arguments, G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE, &error);
  if (process == NULL)
    {
      asynclit_task_return_error (task, error);
      return;
    }
  self = g_new0 (Run, 1);
  self->task = task;
  self->process = process;
  self->program = g_filename_display_name (arguments[0]);
  self->cancellable = g_object_ref (cancellable);
  asynclit_lines_init (&self->lines, MAX_LINE);
  self->last_errors = g_string_new (NULL);
  self->n_pending = 3;
  run_open_pipe (self, &self->output, g_subprocess_get_stdout_pipe (process), output_is_readable);
  run_open_pipe (self, &self->errors, g_subprocess_get_stderr_pipe (process), errors_are_readable);
  g_subprocess_wait_async (process, NULL, process_has_ended, self);
  self->cancelled_id
      = g_cancellable_connect (cancellable, G_CALLBACK (run_cancelled), self, NULL);
}
