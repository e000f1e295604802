/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/**
 * AsyncLitProgramOutput:
 *
 * The output and the exit status of a program: the result of a task whose program has
 * [property@Program:capture-output] set.
 *
 * A program output is immutable, and its methods may be called from any thread.
 *
 * Since: 1.0
 */

#include "config.h"

#include "asynclit-program-private.h"

struct _AsyncLitProgramOutput {
  GObject parent_instance;

  /* Set at construction, then read-only. */
  int status;
  GBytes *output;
  GBytes *errors;
};

enum {
  PROP_0,
  PROP_STATUS,
  PROP_STDOUT,
  PROP_STDERR,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (AsyncLitProgramOutput, asynclit_program_output, G_TYPE_OBJECT)

static void
asynclit_program_output_get_property (GObject *object, guint property_id, GValue *value,
                                      GParamSpec *pspec)
{
  AsyncLitProgramOutput *self = ASYNCLIT_PROGRAM_OUTPUT (object);

  switch (property_id)
    {
    case PROP_STATUS:
      g_value_set_int (value, self->status);
      break;
    case PROP_STDOUT:
      g_value_set_boxed (value, self->output);
      break;
    case PROP_STDERR:
      g_value_set_boxed (value, self->errors);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
      break;
    }
}

static void
asynclit_program_output_finalize (GObject *object)
{
  AsyncLitProgramOutput *self = ASYNCLIT_PROGRAM_OUTPUT (object);

  g_clear_pointer (&self->output, g_bytes_unref);
  g_clear_pointer (&self->errors, g_bytes_unref);
  G_OBJECT_CLASS (asynclit_program_output_parent_class)->finalize (object);
}

static void
asynclit_program_output_class_init (AsyncLitProgramOutputClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->get_property = asynclit_program_output_get_property;
  object_class->finalize = asynclit_program_output_finalize;

  /**
   * AsyncLitProgramOutput:status: (getter get_status)
   *
   * The exit status. It can only be other than 0 if [property@Program:check] is %FALSE.
   *
   * Since: 1.0
   */
  properties[PROP_STATUS] = g_param_spec_int ("status", NULL, NULL, 0, G_MAXINT, 0, flags);

  /**
   * AsyncLitProgramOutput:stdout: (getter get_stdout)
   *
   * The bytes that the program wrote to its standard output.
   *
   * Since: 1.0
   */
  properties[PROP_STDOUT] = g_param_spec_boxed ("stdout", NULL, NULL, G_TYPE_BYTES, flags);

  /**
   * AsyncLitProgramOutput:stderr: (getter get_stderr)
   *
   * The bytes that the program wrote to its standard error. Empty unless [property@Program:stderr]
   * is %ASYNCLIT_PROGRAM_STDERR_KEEP.
   *
   * Since: 1.0
   */
  properties[PROP_STDERR] = g_param_spec_boxed ("stderr", NULL, NULL, G_TYPE_BYTES, flags);

  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
asynclit_program_output_init (AsyncLitProgramOutput *self)
{
  self->output = g_bytes_new_static (NULL, 0);
  self->errors = g_bytes_new_static (NULL, 0);
}

AsyncLitProgramOutput *
asynclit_program_output_new (int status, GBytes *output, GBytes *errors)
{
  AsyncLitProgramOutput *self = g_object_new (ASYNCLIT_TYPE_PROGRAM_OUTPUT, NULL);

  self->status = status;
  g_bytes_unref (self->output);
  self->output = g_bytes_ref (output);
  g_bytes_unref (self->errors);
  self->errors = g_bytes_ref (errors);
  return self;
}

/**
 * asynclit_program_output_get_status: (get-property status)
 * @self: an output
 *
 * Gets the exit status.
 *
 * Returns: the exit status
 * Since: 1.0
 */
int
asynclit_program_output_get_status (AsyncLitProgramOutput *self)
{
  g_return_val_if_fail (ASYNCLIT_IS_PROGRAM_OUTPUT (self), 0);

  return self->status;
}

/**
 * asynclit_program_output_get_stdout: (get-property stdout)
 * @self: an output
 *
 * Gets the bytes that the program wrote to its standard output.
 *
 * Returns: (transfer none): the bytes
 * Since: 1.0
 */
GBytes *
asynclit_program_output_get_stdout (AsyncLitProgramOutput *self)
{
  g_return_val_if_fail (ASYNCLIT_IS_PROGRAM_OUTPUT (self), NULL);

  return self->output;
}

/**
 * asynclit_program_output_get_stderr: (get-property stderr)
 * @self: an output
 *
 * Gets the bytes that the program wrote to its standard error, if they were kept.
 *
 * Returns: (transfer none): the bytes; empty if they were not kept
 * Since: 1.0
 */
GBytes *
asynclit_program_output_get_stderr (AsyncLitProgramOutput *self)
{
  g_return_val_if_fail (ASYNCLIT_IS_PROGRAM_OUTPUT (self), NULL);

  return self->errors;
}

/**
 * asynclit_program_output_dup_text:
 * @self: an output
 *
 * Gets the standard output of the program as text. Invalid UTF-8 is replaced with U+FFFD.
 *
 * Returns: (transfer full): the text
 * Since: 1.0
 */
char *
asynclit_program_output_dup_text (AsyncLitProgramOutput *self)
{
  gsize size;
  const char *data;

  g_return_val_if_fail (ASYNCLIT_IS_PROGRAM_OUTPUT (self), NULL);

  data = g_bytes_get_data (self->output, &size);
  return size > 0 ? g_utf8_make_valid (data, (gssize) size) : g_strdup ("");
}
