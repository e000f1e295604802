/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "asynclit-class-type-private.h"
#include "asynclit-program-output.h"
#include "asynclit-program.h"

G_BEGIN_DECLS

/* The settings of a program. A task has a copy of its own, which never changes. */
typedef struct {
  char **argv;
  char **variables; /* NULL in a program: the environment of the process when the program is
                     * submitted */
  char *cwd;
  /* At most one of the following is set. */
  GBytes *input;
  char *input_file; /* the path, or the URI if there is none */
  gboolean inherit_input;

  AsyncLitProgramStderr errors;
  gboolean capture;
  guint64 max_output;
  gboolean check;
  AsyncLitProcessGroup group;
} AsyncLitProgramSettings;

struct _AsyncLitProgram {
  GObject parent_instance;

  AsyncLitProgramSettings settings; /* used by one thread at a time */
  GFile *input_file;                /* the file that was set */
};

/* asynclit-program-settings.c */

extern AsyncLitClassType asynclit_program_type;
#define ASYNCLIT_IS_PROGRAM(program) (asynclit_class_type_check (&asynclit_program_type, (program)))

/* For larger results, a file is more suitable. */
#define ASYNCLIT_PROGRAM_DEFAULT_MAX_OUTPUT (64 * 1024 * 1024)

void asynclit_program_settings_init (AsyncLitProgramSettings *self);
void asynclit_program_settings_clear (AsyncLitProgramSettings *self);
/* For a task. With @argv alone, everything else is as with asynclit_program_new(). */
AsyncLitProgramSettings *asynclit_program_settings_new (const char *const *argv);
AsyncLitProgramSettings *asynclit_program_copy_settings (AsyncLitProgram *self);
void asynclit_program_settings_free (AsyncLitProgramSettings *self);

/* FALSE, with an error, if there is no program to run. */
gboolean asynclit_program_settings_check (const AsyncLitProgramSettings *self, GError **error);
gboolean asynclit_program_settings_has_own_group (const AsyncLitProgramSettings *self);

/* asynclit-program-output.c */
AsyncLitProgramOutput *asynclit_program_output_new (int status, GBytes *output, GBytes *errors);

G_END_DECLS
