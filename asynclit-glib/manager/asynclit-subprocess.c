/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Three things go on at once, all on the worker: lines are read, errors are read, and the end of
 * the process is awaited. When the last of them is over the task is settled.
 *
 * A process that has ended may have left children that still have its pipes open. They are not
 * waited for: after a moment what is left in the pipes is given up.
 */

#include "config.h"

#include "asynclit-lines-private.h"
#include "asynclit-subprocess-private.h"

#include <glib/gi18n-lib.h>
#include <signal.h>

/* From SIGTERM to SIGKILL. */
#define GRACE_SECONDS 5
/* How long to read on after the process has ended. */
#define LINGER_SECONDS 1
/* How much to read at once. */
#define CHUNK_SIZE 8192
/* A line that gets longer is cut in pieces, so that a program without line ends does not fill the
 * memory. */
#define MAX_LINE 65536
/* How much of the end of the errors goes into the message. */
#define MAX_ERRORS 2048

typedef struct {
  AsyncLitTask *task; /* not owned: lives until it is settled */
  char *program;
  GSubprocess *process;
  GCancellable *cancellable; /* the task's */
  gulong cancelled_id;
  GCancellable *reading; /* ends the reading */
  AsyncLitLines lines;   /* of standard output */
  GString *errors;       /* the end of standard error */
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
  g_clear_object (&self->reading);
  asynclit_lines_clear (&self->lines);
  g_string_free (self->errors, TRUE);
  g_free (self);
}

/* What the program said last of its errors, as text. */
static char *
run_describe_errors (Run *self)
{
  g_autofree char *text = g_utf8_make_valid (self->errors->str, (gssize) self->errors->len);

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

static void run_read_output (Run *self);
static void run_read_errors (Run *self);

static void
output_was_read (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GBytes) bytes
      = g_input_stream_read_bytes_finish (G_INPUT_STREAM (source), result, NULL);
  Run *self = data;

  if (bytes != NULL && g_bytes_get_size (bytes) > 0)
    {
      asynclit_lines_add (&self->lines, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes),
                          run_report_line, self);
      run_read_output (self);
      return;
    }
  asynclit_lines_finish (&self->lines, run_report_line, self);
  run_finish_one (self);
}

static void
run_read_output (Run *self)
{
  g_input_stream_read_bytes_async (g_subprocess_get_stdout_pipe (self->process), CHUNK_SIZE,
                                   G_PRIORITY_DEFAULT, self->reading, output_was_read, self);
}

static void
errors_were_read (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GBytes) bytes
      = g_input_stream_read_bytes_finish (G_INPUT_STREAM (source), result, NULL);
  Run *self = data;

  if (bytes == NULL || g_bytes_get_size (bytes) == 0)
    {
      run_finish_one (self);
      return;
    }
  g_string_append_len (self->errors, g_bytes_get_data (bytes, NULL),
                       (gssize) g_bytes_get_size (bytes));
  if (self->errors->len > MAX_ERRORS)
    g_string_erase (self->errors, 0, (gssize) (self->errors->len - MAX_ERRORS));
  run_read_errors (self);
}

static void
run_read_errors (Run *self)
{
  g_input_stream_read_bytes_async (g_subprocess_get_stderr_pipe (self->process), CHUNK_SIZE,
                                   G_PRIORITY_DEFAULT, self->reading, errors_were_read, self);
}

static gboolean
linger_is_over (gpointer data)
{
  Run *self = data;

  g_cancellable_cancel (self->reading);
  return G_SOURCE_REMOVE;
}

static void
process_has_ended (GObject *source, GAsyncResult *result, gpointer data)
{
  Run *self = data;

  g_subprocess_wait_finish (self->process, result, NULL);
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
  self->reading = g_cancellable_new ();
  asynclit_lines_init (&self->lines, MAX_LINE);
  self->errors = g_string_new (NULL);
  self->n_pending = 3;
  run_read_output (self);
  run_read_errors (self);
  g_subprocess_wait_async (process, NULL, process_has_ended, self);
  self->cancelled_id
      = g_cancellable_connect (cancellable, G_CALLBACK (run_cancelled), self, NULL);
}
