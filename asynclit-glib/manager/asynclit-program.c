/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/**
 * AsyncLitProgram:
 *
 * A program to run as a task: its arguments, its environment, its input, and the destination of its
 * output.
 *
 * ```c
 * const char *const argv[] = { "sort", "-u", NULL };
 * g_autoptr (AsyncLitProgram) program = asynclit_program_new (argv);
 * g_autoptr (GBytes) input = g_bytes_new_static ("b\na\nb\n", 6);
 *
 * asynclit_program_set_input (program, input);
 * asynclit_program_set_capture_output (program, TRUE);
 * ```
 *
 * To run it, call [method@TaskManager.submit_program]. A program may be submitted any number of
 * times. Each task uses a copy of the settings at that moment.
 *
 * The program starts with no signals blocked or ignored. For details, see
 * [Programs](programs.html).
 *
 * The methods may be called from any thread, but only by one thread at a time. They emit
 * notifications on the calling thread.
 *
 * Since: 1.0
 */

#include "config.h"

#include "asynclit-enum-types.h"
#include "asynclit-program-private.h"
#include "asynclit-subprocess-private.h"

enum {
  PROP_0,
  PROP_ARGV,
  PROP_ENVIRON,
  PROP_CWD,
  PROP_INPUT,
  PROP_INPUT_FILE,
  PROP_INHERIT_INPUT,
  PROP_STDERR,
  PROP_CAPTURE_OUTPUT,
  PROP_MAX_OUTPUT,
  PROP_CHECK,
  PROP_PROCESS_GROUP,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (AsyncLitProgram, asynclit_program, G_TYPE_OBJECT)

static void
program_set_argv (AsyncLitProgram *self, char **argv)
{
  self->settings.argv = argv != NULL ? g_strdupv (argv) : g_new0 (char *, 1);
}

static void
asynclit_program_get_property (GObject *object, guint property_id, GValue *value, GParamSpec *pspec)
{
  AsyncLitProgram *self = ASYNCLIT_PROGRAM (object);
  const AsyncLitProgramSettings *settings = &self->settings;

  switch (property_id)
    {
    case PROP_ARGV:
      g_value_set_boxed (value, settings->argv);
      break;
    case PROP_ENVIRON:
      g_value_set_boxed (value, settings->variables);
      break;
    case PROP_CWD:
      g_value_set_string (value, settings->cwd);
      break;
    case PROP_INPUT:
      g_value_set_boxed (value, settings->input);
      break;
    case PROP_INPUT_FILE:
      g_value_set_object (value, self->input_file);
      break;
    case PROP_INHERIT_INPUT:
      g_value_set_boolean (value, settings->inherit_input);
      break;
    case PROP_STDERR:
      g_value_set_enum (value, (int) settings->errors);
      break;
    case PROP_CAPTURE_OUTPUT:
      g_value_set_boolean (value, settings->capture);
      break;
    case PROP_MAX_OUTPUT:
      g_value_set_uint64 (value, settings->max_output);
      break;
    case PROP_CHECK:
      g_value_set_boolean (value, settings->check);
      break;
    case PROP_PROCESS_GROUP:
      g_value_set_enum (value, (int) settings->group);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
      break;
    }
}

static void
asynclit_program_set_property (GObject *object, guint property_id, const GValue *value,
                               GParamSpec *pspec)
{
  AsyncLitProgram *self = ASYNCLIT_PROGRAM (object);

  switch (property_id)
    {
    case PROP_ARGV:
      program_set_argv (self, g_value_get_boxed (value));
      break;
    case PROP_ENVIRON:
      asynclit_program_set_environ (self, g_value_get_boxed (value));
      break;
    case PROP_CWD:
      asynclit_program_set_cwd (self, g_value_get_string (value));
      break;
    case PROP_INPUT:
      asynclit_program_set_input (self, g_value_get_boxed (value));
      break;
    case PROP_INPUT_FILE:
      asynclit_program_set_input_file (self, g_value_get_object (value));
      break;
    case PROP_INHERIT_INPUT:
      asynclit_program_set_inherit_input (self, g_value_get_boolean (value));
      break;
    case PROP_STDERR:
      asynclit_program_set_stderr (self, (AsyncLitProgramStderr) g_value_get_enum (value));
      break;
    case PROP_CAPTURE_OUTPUT:
      asynclit_program_set_capture_output (self, g_value_get_boolean (value));
      break;
    case PROP_MAX_OUTPUT:
      asynclit_program_set_max_output (self, g_value_get_uint64 (value));
      break;
    case PROP_CHECK:
      asynclit_program_set_check (self, g_value_get_boolean (value));
      break;
    case PROP_PROCESS_GROUP:
      asynclit_program_set_process_group (self, (AsyncLitProcessGroup) g_value_get_enum (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
      break;
    }
}

static void
asynclit_program_finalize (GObject *object)
{
  AsyncLitProgram *self = ASYNCLIT_PROGRAM (object);

  asynclit_program_settings_clear (&self->settings);
  g_clear_object (&self->input_file);
  G_OBJECT_CLASS (asynclit_program_parent_class)->finalize (object);
}

static void
asynclit_program_class_init (AsyncLitProgramClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  asynclit_class_type_set (&asynclit_program_type, klass);
  object_class->get_property = asynclit_program_get_property;
  object_class->set_property = asynclit_program_set_property;
  object_class->finalize = asynclit_program_finalize;

  /**
   * AsyncLitProgram:argv: (getter get_argv)
   *
   * The program and its arguments. Construct-only.
   *
   * Since: 1.0
   */
  properties[PROP_ARGV]
      = g_param_spec_boxed ("argv", NULL, NULL, G_TYPE_STRV,
                            G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);

  /**
   * AsyncLitProgram:environ: (getter get_environ) (setter set_environ)
   *
   * The environment, as strings of the form `NAME=value`. The default is %NULL, which means the
   * environment of this process when the program is submitted.
   *
   * Since: 1.0
   */
  properties[PROP_ENVIRON] = g_param_spec_boxed ("environ", NULL, NULL, G_TYPE_STRV, flags);

  /**
   * AsyncLitProgram:cwd: (getter get_cwd) (setter set_cwd)
   *
   * The working directory of the program. The default is %NULL, which means that of this process.
   * If the path of the program is relative, it is relative to this directory.
   *
   * Since: 1.0
   */
  properties[PROP_CWD] = g_param_spec_string ("cwd", NULL, NULL, NULL, flags);

  /**
   * AsyncLitProgram:input: (getter get_input) (setter set_input)
   *
   * The data that the program reads from its standard input. The default is %NULL, which means
   * none. Setting this clears [property@Program:input-file] and [property@Program:inherit-input].
   *
   * Since: 1.0
   */
  properties[PROP_INPUT] = g_param_spec_boxed ("input", NULL, NULL, G_TYPE_BYTES, flags);

  /**
   * AsyncLitProgram:input-file: (getter get_input_file) (setter set_input_file)
   *
   * The file from which the program reads its standard input, which must be local. It is opened
   * when the program is started. The default is %NULL. Setting this clears [property@Program:input]
   * and [property@Program:inherit-input].
   *
   * Since: 1.0
   */
  properties[PROP_INPUT_FILE] = g_param_spec_object ("input-file", NULL, NULL, G_TYPE_FILE, flags);

  /**
   * AsyncLitProgram:inherit-input: (getter get_inherit_input) (setter set_inherit_input)
   *
   * Whether the program inherits the standard input of this process. The default is %FALSE. Setting
   * this clears [property@Program:input] and [property@Program:input-file].
   *
   * Since: 1.0
   */
  properties[PROP_INHERIT_INPUT] = g_param_spec_boolean ("inherit-input", NULL, NULL, FALSE, flags);

  /**
   * AsyncLitProgram:stderr: (getter get_stderr) (setter set_stderr)
   *
   * What happens to the standard error. The default is %ASYNCLIT_PROGRAM_STDERR_KEEP.
   *
   * Since: 1.0
   */
  properties[PROP_STDERR] = g_param_spec_enum ("stderr", NULL, NULL, ASYNCLIT_TYPE_PROGRAM_STDERR,
                                               ASYNCLIT_PROGRAM_STDERR_KEEP, flags);

  /**
   * AsyncLitProgram:capture-output: (getter get_capture_output) (setter set_capture_output)
   *
   * Whether the result is a [class@ProgramOutput] with everything that the program writes. If so,
   * lines of its standard output are not reported as progress. The default is %FALSE.
   *
   * Since: 1.0
   */
  properties[PROP_CAPTURE_OUTPUT]
      = g_param_spec_boolean ("capture-output", NULL, NULL, FALSE, flags);

  /**
   * AsyncLitProgram:max-output: (getter get_max_output) (setter set_max_output)
   *
   * The maximum number of bytes that are captured, for standard output and standard error each. The
   * default is 64 MiB. If a program writes more, it is terminated, and its task fails with
   * %G_IO_ERROR_NO_SPACE; a result is never truncated.
   *
   * Since: 1.0
   */
  properties[PROP_MAX_OUTPUT] = g_param_spec_uint64 ("max-output", NULL, NULL, 0, G_MAXUINT64,
                                                     ASYNCLIT_PROGRAM_DEFAULT_MAX_OUTPUT, flags);

  /**
   * AsyncLitProgram:check: (getter get_check) (setter set_check)
   *
   * Whether an exit status other than 0 is an error. The default is %TRUE. If this is %FALSE, the
   * status is the result, or part of it.
   *
   * Since: 1.0
   */
  properties[PROP_CHECK] = g_param_spec_boolean ("check", NULL, NULL, TRUE, flags);

  /**
   * AsyncLitProgram:process-group: (getter get_process_group) (setter set_process_group)
   *
   * Whether the program leads its own process group, so that cancelling also ends the programs that
   * it has started. The default is %ASYNCLIT_PROCESS_GROUP_AUTO.
   *
   * Since: 1.0
   */
  properties[PROP_PROCESS_GROUP] = g_param_spec_enum (
      "process-group", NULL, NULL, ASYNCLIT_TYPE_PROCESS_GROUP, ASYNCLIT_PROCESS_GROUP_AUTO, flags);

  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
asynclit_program_init (AsyncLitProgram *self)
{
  asynclit_program_settings_init (&self->settings);
}

/**
 * asynclit_program_new:
 * @argv: (array zero-terminated=1) (element-type filename): the program, and its arguments
 *
 * Creates a program.
 *
 * If its name contains no slash, the program is searched for in the `PATH` of its own environment.
 * If @argv or its first element is empty, its tasks fail with %ASYNCLIT_ERROR_INVALID_ARGUMENT.
 *
 * Returns: (transfer full): a new program
 * Since: 1.0
 */
AsyncLitProgram *
asynclit_program_new (const char *const *argv)
{
  g_return_val_if_fail (argv != NULL, NULL);

  return g_object_new (ASYNCLIT_TYPE_PROGRAM, "argv", argv, NULL);
}

/**
 * asynclit_program_get_argv: (get-property argv)
 * @self: a program
 *
 * Gets the program and its arguments.
 *
 * Returns: (transfer none) (array zero-terminated=1) (element-type filename): the arguments
 * Since: 1.0
 */
const char *const *
asynclit_program_get_argv (AsyncLitProgram *self)
{
  g_return_val_if_fail (ASYNCLIT_IS_PROGRAM (self), NULL);

  return (const char *const *) self->settings.argv;
}

/**
 * asynclit_program_create_task:
 * @self: a program
 *
 * Creates a task that runs the program. The caller can set its properties before submitting it with
 * [method@TaskManager.submit_task].
 *
 * The owner of the task is the caller's thread-default main context.
 *
 * Returns: (transfer full): a new task
 * Since: 1.0
 */
AsyncLitTask *
asynclit_program_create_task (AsyncLitProgram *self)
{
  AsyncLitTask *task;

  g_return_val_if_fail (ASYNCLIT_IS_PROGRAM (self), NULL);

  task = asynclit_task_new ();
  asynclit_task_set_executor (task, ASYNCLIT_EXECUTOR_WORKER);
  asynclit_task_set_func (task, asynclit_subprocess_run, asynclit_program_copy_settings (self),
                          (GDestroyNotify) asynclit_program_settings_free);
  return task;
}
