/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The properties of a program. */

#include "config.h"

#include "asynclit-program-private.h"

static void
program_clear_input (AsyncLitProgram *self)
{
  g_clear_pointer (&self->settings.input, g_bytes_unref);
  g_clear_pointer (&self->settings.input_file, g_free);
  g_clear_object (&self->input_file);
  self->settings.inherit_input = FALSE;
}

/* The path of a file; the URI of a file that is not local, which is not a valid path. */
static char *
describe_file (GFile *file)
{
  char *path = g_file_get_path (file);

  return path != NULL ? path : g_file_get_uri (file);
}

/**
 * asynclit_program_get_environ: (get-property environ)
 * @self: a program
 *
 * Gets the environment of the program.
 *
 * Returns: (transfer none) (nullable) (array zero-terminated=1) (element-type filename): the
 *   environment; %NULL means that of this process
 * Since: 1.0
 */
const char *const *
asynclit_program_get_environ (AsyncLitProgram *self)
{
  g_return_val_if_fail (ASYNCLIT_IS_PROGRAM (self), NULL);

  return (const char *const *) self->settings.variables;
}

/**
 * asynclit_program_set_environ: (set-property environ)
 * @self: a program
 * @variables: (nullable) (array zero-terminated=1) (element-type filename): the environment, or
 *   %NULL for that of this process
 *
 * Sets the environment of the program, and notifies [property@Program:environ]. The default is
 * %NULL.
 *
 * Since: 1.0
 */
void
asynclit_program_set_environ (AsyncLitProgram *self, const char *const *variables)
{
  g_auto (GStrv) before = NULL;

  g_return_if_fail (ASYNCLIT_IS_PROGRAM (self));

  before = g_steal_pointer (&self->settings.variables);
  self->settings.variables = g_strdupv ((char **) variables);
  g_object_notify (G_OBJECT (self), "environ");
}

/**
 * asynclit_program_get_cwd: (get-property cwd)
 * @self: a program
 *
 * Gets the working directory of the program.
 *
 * Returns: (transfer none) (nullable) (type filename): the folder; %NULL means that of this process
 * Since: 1.0
 */
const char *
asynclit_program_get_cwd (AsyncLitProgram *self)
{
  g_return_val_if_fail (ASYNCLIT_IS_PROGRAM (self), NULL);

  return self->settings.cwd;
}

/**
 * asynclit_program_set_cwd: (set-property cwd)
 * @self: a program
 * @cwd: (nullable) (type filename): the folder, or %NULL for that of this process
 *
 * Sets the working directory of the program, and notifies [property@Program:cwd]. The default is
 * %NULL.
 *
 * Since: 1.0
 */
void
asynclit_program_set_cwd (AsyncLitProgram *self, const char *cwd)
{
  g_return_if_fail (ASYNCLIT_IS_PROGRAM (self));

  if (g_strcmp0 (self->settings.cwd, cwd) == 0)
    return;
  g_free (self->settings.cwd);
  self->settings.cwd = g_strdup (cwd);
  g_object_notify (G_OBJECT (self), "cwd");
}

/**
 * asynclit_program_get_input: (get-property input)
 * @self: a program
 *
 * Gets the data that the program reads from its standard input.
 *
 * Returns: (transfer none) (nullable): the data, or %NULL for none
 * Since: 1.0
 */
GBytes *
asynclit_program_get_input (AsyncLitProgram *self)
{
  g_return_val_if_fail (ASYNCLIT_IS_PROGRAM (self), NULL);

  return self->settings.input;
}

/**
 * asynclit_program_set_input: (set-property input)
 * @self: a program
 * @input: (nullable): the data, or %NULL for none
 *
 * Sets the data that the program reads from its standard input. The default is %NULL.
 *
 * Clears [property@Program:input-file] and [property@Program:inherit-input]. Properties that change
 * are notified.
 *
 * Since: 1.0
 */
void
asynclit_program_set_input (AsyncLitProgram *self, GBytes *input)
{
  g_return_if_fail (ASYNCLIT_IS_PROGRAM (self));

  if (input == self->settings.input)
    return;
  if (input != NULL)
    g_bytes_ref (input);
  program_clear_input (self);
  self->settings.input = input;
  g_object_notify (G_OBJECT (self), "input");
}

/**
 * asynclit_program_get_input_file: (get-property input-file)
 * @self: a program
 *
 * Gets the file from which the program reads its standard input.
 *
 * Returns: (transfer none) (nullable): the file, or %NULL for none
 * Since: 1.0
 */
GFile *
asynclit_program_get_input_file (AsyncLitProgram *self)
{
  g_return_val_if_fail (ASYNCLIT_IS_PROGRAM (self), NULL);

  return self->input_file;
}

/**
 * asynclit_program_set_input_file: (set-property input-file)
 * @self: a program
 * @file: (nullable): the file, or %NULL for none
 *
 * Sets the file from which the program reads its standard input. The file must be local. The
 * default is %NULL.
 *
 * Clears [property@Program:input] and [property@Program:inherit-input]. Properties that change are
 * notified.
 *
 * Since: 1.0
 */
void
asynclit_program_set_input_file (AsyncLitProgram *self, GFile *file)
{
  g_return_if_fail (ASYNCLIT_IS_PROGRAM (self));
  g_return_if_fail (file == NULL || G_IS_FILE (file));

  if (file == self->input_file)
    return;
  if (file != NULL)
    g_object_ref (file);
  program_clear_input (self);
  self->input_file = file;
  if (file != NULL)
    self->settings.input_file = describe_file (file);
  g_object_notify (G_OBJECT (self), "input-file");
}

/**
 * asynclit_program_get_inherit_input: (get-property inherit-input)
 * @self: a program
 *
 * Gets whether the program inherits the standard input of this process.
 *
 * Returns: %TRUE if it is inherited
 * Since: 1.0
 */
gboolean
asynclit_program_get_inherit_input (AsyncLitProgram *self)
{
  g_return_val_if_fail (ASYNCLIT_IS_PROGRAM (self), FALSE);

  return self->settings.inherit_input;
}

/**
 * asynclit_program_set_inherit_input: (set-property inherit-input)
 * @self: a program
 * @inherit: %TRUE to inherit it
 *
 * Sets whether the program inherits the standard input of this process. The default is %FALSE.
 *
 * Clears [property@Program:input] and [property@Program:input-file]. Properties that change are
 * notified.
 *
 * Since: 1.0
 */
void
asynclit_program_set_inherit_input (AsyncLitProgram *self, gboolean inherit)
{
  g_return_if_fail (ASYNCLIT_IS_PROGRAM (self));

  if (self->settings.inherit_input == !!inherit)
    return;
  program_clear_input (self);
  self->settings.inherit_input = !!inherit;
  g_object_notify (G_OBJECT (self), "inherit-input");
}

/**
 * asynclit_program_get_stderr: (get-property stderr)
 * @self: a program
 *
 * Gets where the standard error of the program goes.
 *
 * Returns: the destination
 * Since: 1.0
 */
AsyncLitProgramStderr
asynclit_program_get_stderr (AsyncLitProgram *self)
{
  g_return_val_if_fail (ASYNCLIT_IS_PROGRAM (self), ASYNCLIT_PROGRAM_STDERR_KEEP);

  return self->settings.errors;
}

/**
 * asynclit_program_set_stderr: (set-property stderr)
 * @self: a program
 * @mode: the destination
 *
 * Sets where the standard error of the program goes, and notifies [property@Program:stderr]. The
 * default is %ASYNCLIT_PROGRAM_STDERR_KEEP.
 *
 * Since: 1.0
 */
void
asynclit_program_set_stderr (AsyncLitProgram *self, AsyncLitProgramStderr mode)
{
  g_return_if_fail (ASYNCLIT_IS_PROGRAM (self));
  g_return_if_fail (mode <= ASYNCLIT_PROGRAM_STDERR_DISCARD);

  if (self->settings.errors == mode)
    return;
  self->settings.errors = mode;
  g_object_notify (G_OBJECT (self), "stderr");
}

/**
 * asynclit_program_get_capture_output: (get-property capture-output)
 * @self: a program
 *
 * Gets whether the program's output is the result of its task.
 *
 * Returns: %TRUE if the output is the result
 * Since: 1.0
 */
gboolean
asynclit_program_get_capture_output (AsyncLitProgram *self)
{
  g_return_val_if_fail (ASYNCLIT_IS_PROGRAM (self), FALSE);

  return self->settings.capture;
}

/**
 * asynclit_program_set_capture_output: (set-property capture-output)
 * @self: a program
 * @capture: whether the output is the result
 *
 * Sets whether the program's output is the result of its task, and notifies
 * [property@Program:capture-output]. The default is %FALSE.
 *
 * Since: 1.0
 */
void
asynclit_program_set_capture_output (AsyncLitProgram *self, gboolean capture)
{
  g_return_if_fail (ASYNCLIT_IS_PROGRAM (self));

  if (self->settings.capture == !!capture)
    return;
  self->settings.capture = !!capture;
  g_object_notify (G_OBJECT (self), "capture-output");
}

/**
 * asynclit_program_get_max_output: (get-property max-output)
 * @self: a program
 *
 * Gets the maximum number of bytes that are captured, for standard output and standard error each.
 *
 * Returns: the maximum, in bytes
 * Since: 1.0
 */
guint64
asynclit_program_get_max_output (AsyncLitProgram *self)
{
  g_return_val_if_fail (ASYNCLIT_IS_PROGRAM (self), 0);

  return self->settings.max_output;
}

/**
 * asynclit_program_set_max_output: (set-property max-output)
 * @self: a program
 * @max_output: the maximum, in bytes
 *
 * Sets the maximum number of bytes that are captured, for standard output and standard error each,
 * and notifies [property@Program:max-output]. The default is 64 MiB.
 *
 * Since: 1.0
 */
void
asynclit_program_set_max_output (AsyncLitProgram *self, guint64 max_output)
{
  g_return_if_fail (ASYNCLIT_IS_PROGRAM (self));

  if (self->settings.max_output == max_output)
    return;
  self->settings.max_output = max_output;
  g_object_notify (G_OBJECT (self), "max-output");
}

/**
 * asynclit_program_get_check: (get-property check)
 * @self: a program
 *
 * Gets whether an exit status other than 0 is an error.
 *
 * Returns: %TRUE if it is an error
 * Since: 1.0
 */
gboolean
asynclit_program_get_check (AsyncLitProgram *self)
{
  g_return_val_if_fail (ASYNCLIT_IS_PROGRAM (self), TRUE);

  return self->settings.check;
}

/**
 * asynclit_program_set_check: (set-property check)
 * @self: a program
 * @check: whether it is an error
 *
 * Sets whether an exit status other than 0 is an error, and notifies [property@Program:check]. The
 * default is %TRUE.
 *
 * Since: 1.0
 */
void
asynclit_program_set_check (AsyncLitProgram *self, gboolean check)
{
  g_return_if_fail (ASYNCLIT_IS_PROGRAM (self));

  if (self->settings.check == !!check)
    return;
  self->settings.check = !!check;
  g_object_notify (G_OBJECT (self), "check");
}

/**
 * asynclit_program_get_process_group: (get-property process-group)
 * @self: a program
 *
 * Gets whether the program leads its own process group.
 *
 * Returns: the process group
 * Since: 1.0
 */
AsyncLitProcessGroup
asynclit_program_get_process_group (AsyncLitProgram *self)
{
  g_return_val_if_fail (ASYNCLIT_IS_PROGRAM (self), ASYNCLIT_PROCESS_GROUP_AUTO);

  return self->settings.group;
}

/**
 * asynclit_program_set_process_group: (set-property process-group)
 * @self: a program
 * @group: the process group
 *
 * Sets whether the program leads its own process group, and notifies
 * [property@Program:process-group]. The default is %ASYNCLIT_PROCESS_GROUP_AUTO.
 *
 * Since: 1.0
 */
void
asynclit_program_set_process_group (AsyncLitProgram *self, AsyncLitProcessGroup group)
{
  g_return_if_fail (ASYNCLIT_IS_PROGRAM (self));
  g_return_if_fail (group <= ASYNCLIT_PROCESS_GROUP_SHARED);

  if (self->settings.group == group)
    return;
  self->settings.group = group;
  g_object_notify (G_OBJECT (self), "process-group");
}
