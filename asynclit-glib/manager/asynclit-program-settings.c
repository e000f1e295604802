/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The settings of a program, below the class, for the code that runs it. */

#include "config.h"

#include "asynclit-error.h"
#include "asynclit-program-private.h"
#include "asynclit-quote-private.h"

#include <glib/gi18n-lib.h>

AsyncLitClassType asynclit_program_type;

static const char *const shells[]
    = { "sh", "ash", "bash", "csh", "dash", "fish", "ksh", "mksh", "tcsh", "yash", "zsh", NULL };

static gboolean
is_shell (const char *program)
{
  g_autofree char *name = g_path_get_basename (program);

  return g_strv_contains (shells, name);
}

void
asynclit_program_settings_init (AsyncLitProgramSettings *self)
{
  self->max_output = ASYNCLIT_PROGRAM_DEFAULT_MAX_OUTPUT;
  self->check = TRUE;
}

void
asynclit_program_settings_clear (AsyncLitProgramSettings *self)
{
  g_clear_pointer (&self->input, g_bytes_unref);
  g_clear_pointer (&self->input_file, g_free);
  g_clear_pointer (&self->argv, g_strfreev);
  g_clear_pointer (&self->variables, g_strfreev);
  g_clear_pointer (&self->cwd, g_free);
}

AsyncLitProgramSettings *
asynclit_program_settings_new (const char *const *argv)
{
  AsyncLitProgramSettings *self = g_new0 (AsyncLitProgramSettings, 1);

  g_assert (argv != NULL);
  asynclit_program_settings_init (self);
  self->argv = g_strdupv ((char **) argv);
  self->variables = g_get_environ ();
  return self;
}

AsyncLitProgramSettings *
asynclit_program_copy_settings (AsyncLitProgram *self)
{
  AsyncLitProgramSettings *copy = g_new0 (AsyncLitProgramSettings, 1);

  *copy = self->settings;
  copy->argv = g_strdupv (copy->argv);
  copy->variables = copy->variables != NULL ? g_strdupv (copy->variables) : g_get_environ ();
  copy->cwd = g_strdup (copy->cwd);
  copy->input_file = g_strdup (copy->input_file);
  if (copy->input != NULL)
    g_bytes_ref (copy->input);
  return copy;
}

void
asynclit_program_settings_free (AsyncLitProgramSettings *self)
{
  asynclit_program_settings_clear (self);
  g_free (self);
}

gboolean
asynclit_program_settings_check (const AsyncLitProgramSettings *self, GError **error)
{
  if (self->input_file != NULL && !g_path_is_absolute (self->input_file))
    {
      g_autofree char *program = asynclit_quote (self->argv[0]);
      g_autofree char *input = asynclit_quote (self->input_file);

      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                   _ ("The input of “%s”, %s, is not a local file"), program, input);
      return FALSE;
    }
  if (self->argv[0] != NULL && self->argv[0][0] != '\0')
    return TRUE;
  g_set_error_literal (
      error, ASYNCLIT_ERROR, ASYNCLIT_ERROR_INVALID_ARGUMENT,
      self->argv[0] == NULL
          ? _ ("The program to run is missing: argv must have at least one element")
          : _ ("The program to run has no name: the first element of argv is empty"));
  return FALSE;
}

gboolean
asynclit_program_settings_has_own_group (const AsyncLitProgramSettings *self)
{
  g_assert (self->argv[0] != NULL);
  if (self->group == ASYNCLIT_PROCESS_GROUP_AUTO)
    return !self->inherit_input && is_shell (self->argv[0]);
  return self->group == ASYNCLIT_PROCESS_GROUP_OWN;
}
