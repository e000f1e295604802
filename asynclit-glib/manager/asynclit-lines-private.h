/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The last character, if it was a carriage return. */
typedef enum {
  ASYNCLIT_RETURN_NONE,
  ASYNCLIT_RETURN_EMPTY,    /* at the beginning of a line: means nothing by itself */
  ASYNCLIT_RETURN_REPORTED, /* has ended a line */
} AsyncLitReturn;

/* Splits a program's output, which arrives in chunks, into lines. A line ends with a newline, with
 * a carriage return and a newline, or with a carriage return alone. Not thread-safe. */
typedef struct {
  GString *rest; /* the beginning of an incomplete line */
  gsize max_length;
  gboolean is_cut; /* all pieces of a long line have been reported, but its end has not been read */
  AsyncLitReturn after_return;
} AsyncLitLines;

/* @text is valid UTF-8, without the end of the line. */
typedef void (*AsyncLitLineFunc) (const char *text, gpointer user_data);

/* Lines of @max_length bytes or more are split, but never within a character. Empty lines are
 * reported, but not the empty text before a lone carriage return. */
void asynclit_lines_init (AsyncLitLines *self, gsize max_length);
void asynclit_lines_add (AsyncLitLines *self, const char *data, gsize length, AsyncLitLineFunc func,
                         gpointer user_data);
/* Reports the remaining text as a line. */
void asynclit_lines_finish (AsyncLitLines *self, AsyncLitLineFunc func, gpointer user_data);
void asynclit_lines_clear (AsyncLitLines *self);

G_END_DECLS
