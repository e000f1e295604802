/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "asynclit-enums.h"
#include "asynclit-task.h"
#include "asynclit-version-macros.h"

#include <gio/gio.h>

G_BEGIN_DECLS

#define ASYNCLIT_TYPE_PROGRAM (asynclit_program_get_type ())

ASYNCLIT_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (AsyncLitProgram, asynclit_program, ASYNCLIT, PROGRAM, GObject)

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitProgram *asynclit_program_new (const char *const *argv);

ASYNCLIT_AVAILABLE_IN_1_0
const char *const *asynclit_program_get_argv (AsyncLitProgram *self);

ASYNCLIT_AVAILABLE_IN_1_0
const char *const *asynclit_program_get_environ (AsyncLitProgram *self);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_program_set_environ (AsyncLitProgram *self, const char *const *variables);

ASYNCLIT_AVAILABLE_IN_1_0
const char *asynclit_program_get_cwd (AsyncLitProgram *self);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_program_set_cwd (AsyncLitProgram *self, const char *cwd);

ASYNCLIT_AVAILABLE_IN_1_0
GBytes *asynclit_program_get_input (AsyncLitProgram *self);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_program_set_input (AsyncLitProgram *self, GBytes *input);

ASYNCLIT_AVAILABLE_IN_1_0
GFile *asynclit_program_get_input_file (AsyncLitProgram *self);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_program_set_input_file (AsyncLitProgram *self, GFile *file);

ASYNCLIT_AVAILABLE_IN_1_0
gboolean asynclit_program_get_inherit_input (AsyncLitProgram *self);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_program_set_inherit_input (AsyncLitProgram *self, gboolean inherit);

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitProgramStderr asynclit_program_get_stderr (AsyncLitProgram *self);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_program_set_stderr (AsyncLitProgram *self, AsyncLitProgramStderr mode);

ASYNCLIT_AVAILABLE_IN_1_0
gboolean asynclit_program_get_capture_output (AsyncLitProgram *self);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_program_set_capture_output (AsyncLitProgram *self, gboolean capture);

ASYNCLIT_AVAILABLE_IN_1_0
guint64 asynclit_program_get_max_output (AsyncLitProgram *self);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_program_set_max_output (AsyncLitProgram *self, guint64 max_output);

ASYNCLIT_AVAILABLE_IN_1_0
gboolean asynclit_program_get_check (AsyncLitProgram *self);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_program_set_check (AsyncLitProgram *self, gboolean check);

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitProcessGroup asynclit_program_get_process_group (AsyncLitProgram *self);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_program_set_process_group (AsyncLitProgram *self, AsyncLitProcessGroup group);

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitTask *asynclit_program_create_task (AsyncLitProgram *self);

G_END_DECLS
