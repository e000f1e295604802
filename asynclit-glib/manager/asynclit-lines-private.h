/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Makes lines of what a program writes, which comes in chunks. Not thread-safe. */
typedef struct {
  GString *rest; /* not ended yet */
  gsize max_length;
} AsyncLitLines;

/* @text is valid UTF-8, without the end of the line. */
typedef void (*AsyncLitLineFunc) (const char *text, gpointer user_data);

/* A line of @max_length bytes or more comes in pieces; no character is cut in two. */
void asynclit_lines_init (AsyncLitLines *self, gsize max_length);
void asynclit_lines_add (AsyncLitLines *self, const char *data, gsize length,
                         AsyncLitLineFunc func, gpointer user_data);
/* What is left is a line, too. */
void asynclit_lines_finish (AsyncLitLines *self, AsyncLitLineFunc func, gpointer user_data);
void asynclit_lines_clear (AsyncLitLines *self);

G_END_DECLS
