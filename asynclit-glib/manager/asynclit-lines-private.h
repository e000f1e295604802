/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What the last return was, if nothing has come after it. */
typedef enum {
  ASYNCLIT_RETURN_NONE,
  ASYNCLIT_RETURN_EMPTY,    /* stands where a line begins: says nothing by itself */
  ASYNCLIT_RETURN_REPORTED, /* has ended a line */
} AsyncLitReturn;

/* Makes lines of what a program writes, which comes in chunks. A line ends with a newline, a return
 * and a newline, or a return. Not thread-safe. */
typedef struct {
  GString *rest; /* not ended yet */
  gsize max_length;
  gboolean is_cut; /* all that there was of a line has been reported; its end is to come */
  AsyncLitReturn after_return;
} AsyncLitLines;

/* @text is valid UTF-8, without the end of the line. */
typedef void (*AsyncLitLineFunc) (const char *text, gpointer user_data);

/* A line of @max_length bytes or more comes in pieces; no character is cut in two. An empty line is
 * reported, but not the nothing that stands before a return. */
void asynclit_lines_init (AsyncLitLines *self, gsize max_length);
void asynclit_lines_add (AsyncLitLines *self, const char *data, gsize length,
                         AsyncLitLineFunc func, gpointer user_data);
/* What is left is a line, too. */
void asynclit_lines_finish (AsyncLitLines *self, AsyncLitLineFunc func, gpointer user_data);
void asynclit_lines_clear (AsyncLitLines *self);

G_END_DECLS
