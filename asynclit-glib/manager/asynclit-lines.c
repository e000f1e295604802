/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "asynclit-lines-private.h"

/* The longest character in UTF-8, in bytes. */
#define MAX_CHARACTER 4
/* The result of g_utf8_get_char_validated() for a character that continues after the end of the
 * text. */
#define INCOMPLETE ((gunichar) -2)

static void
report (const char *line, gsize length, AsyncLitLineFunc func, gpointer user_data)
{
  g_autofree char *text = g_utf8_make_valid (line, (gssize) length);

  func (text, user_data);
}

/* The length of the text without an incomplete character at its end. */
static gsize
get_whole_length (const char *text, gsize length)
{
  for (gsize n = 1; n < MAX_CHARACTER && n <= length; n++)
    if (g_utf8_get_char_validated (text + length - n, (gssize) n) == INCOMPLETE)
      return length - n;
  return length;
}

/* Reports the rest of a line that is too long. */
static void
lines_cut (AsyncLitLines *self, AsyncLitLineFunc func, gpointer user_data)
{
  GString *rest = self->rest;
  gsize length;

  while (rest->len >= self->max_length)
    {
      length = get_whole_length (rest->str, self->max_length);
      report (rest->str, length, func, user_data);
      g_string_erase (rest, 0, (gssize) length);
      self->is_cut = rest->len == 0;
    }
}

static void
lines_report_rest (AsyncLitLines *self, AsyncLitLineFunc func, gpointer user_data)
{
  if (self->rest->len > 0 || !self->is_cut)
    report (self->rest->str, self->rest->len, func, user_data);
  g_string_truncate (self->rest, 0);
  self->is_cut = FALSE;
}

/* A carriage return ends a line immediately, because the program may write nothing more for a
 * while. A newline that follows belongs to it. If there is no text before the carriage return, it
 * ends an empty line only if a newline follows. */
static void
lines_end (AsyncLitLines *self, char end, AsyncLitLineFunc func, gpointer user_data)
{
  gboolean has_text = self->rest->len > 0 || self->is_cut;

  if (end == '\n' && self->after_return != ASYNCLIT_RETURN_REPORTED)
    lines_report_rest (self, func, user_data);
  else if (end == '\r' && has_text)
    lines_report_rest (self, func, user_data);
  if (end == '\n')
    self->after_return = ASYNCLIT_RETURN_NONE;
  else if (has_text)
    self->after_return = ASYNCLIT_RETURN_REPORTED;
  else if (self->after_return == ASYNCLIT_RETURN_NONE)
    self->after_return = ASYNCLIT_RETURN_EMPTY;
}

void
asynclit_lines_init (AsyncLitLines *self, gsize max_length)
{
  g_assert (max_length > 0);
  *self = (AsyncLitLines){ 0 };
  self->rest = g_string_new (NULL);
  self->max_length = MAX (max_length, MAX_CHARACTER);
}

static gsize
count_until_end (const char *data, gsize length)
{
  gsize n = 0;

  while (n < length && data[n] != '\n' && data[n] != '\r')
    n++;
  return n;
}

void
asynclit_lines_add (AsyncLitLines *self, const char *data, gsize length, AsyncLitLineFunc func,
                    gpointer user_data)
{
  g_assert (func != NULL);
  while (length > 0)
    {
      gsize n = count_until_end (data, length);

      if (n > 0)
        {
          self->after_return = ASYNCLIT_RETURN_NONE;
          g_string_append_len (self->rest, data, (gssize) n);
          lines_cut (self, func, user_data);
        }
      if (n < length)
        lines_end (self, data[n++], func, user_data);
      data += n;
      length -= n;
    }
}

void
asynclit_lines_finish (AsyncLitLines *self, AsyncLitLineFunc func, gpointer user_data)
{
  g_assert (func != NULL);
  if (self->rest->len > 0)
    lines_report_rest (self, func, user_data);
}

void
asynclit_lines_clear (AsyncLitLines *self)
{
  g_string_free (self->rest, TRUE);
  self->rest = NULL;
}
