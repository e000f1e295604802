/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "asynclit-version-macros.h"

#include <gio/gio.h>

G_BEGIN_DECLS

#define ASYNCLIT_TYPE_PROGRAM_OUTPUT (asynclit_program_output_get_type ())

ASYNCLIT_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (AsyncLitProgramOutput, asynclit_program_output, ASYNCLIT, PROGRAM_OUTPUT,
                      GObject)

ASYNCLIT_AVAILABLE_IN_1_0
int asynclit_program_output_get_status (AsyncLitProgramOutput *self);

ASYNCLIT_AVAILABLE_IN_1_0
GBytes *asynclit_program_output_get_stdout (AsyncLitProgramOutput *self);

ASYNCLIT_AVAILABLE_IN_1_0
GBytes *asynclit_program_output_get_stderr (AsyncLitProgramOutput *self);

ASYNCLIT_AVAILABLE_IN_1_0
char *asynclit_program_output_dup_text (AsyncLitProgramOutput *self);

G_END_DECLS
