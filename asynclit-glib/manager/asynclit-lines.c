/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "asynclit-lines-private.h"

#include <string.h>

/* The longest character in UTF-8, in bytes. */
#define MAX_CHARACTER 4
/* What g_utf8_get_char_validated() says of one that goes on after the end. */
#define INCOMPLETE ((gunichar) -2)

static void
report (const char *line, gsize length, AsyncLitLineFunc func, gpointer user_data)
{
  g_autofree char *text = g_utf8_make_valid (line, (gssize) length);

  func (text, user_data);
}

/* How much of the text there is without the beginning of a character at its end. */
static gsize
get_whole_length (const char *text, gsize length)
{
  for (gsize n = 1; n < MAX_CHARACTER && n <= length; n++)
    if (g_utf8_get_char_validated (text + length - n, (gssize) n) == INCOMPLETE)
      return length - n;
  return length;
}

void
asynclit_lines_init (AsyncLitLines *self, gsize max_length)
{
  self->rest = g_string_new (NULL);
  self->max_length = MAX (max_length, MAX_CHARACTER);
}

void
asynclit_lines_add (AsyncLitLines *self, const char *data, gsize length, AsyncLitLineFunc func,
                    gpointer user_data)
{
  GString *rest = self->rest;
  gsize start = 0;
  const char *end;

  g_string_append_len (rest, data, (gssize) length);
  while ((end = memchr (rest->str + start, '\n', rest->len - start)) != NULL)
    {
      report (rest->str + start, (gsize) (end - rest->str) - start, func, user_data);
      start = (gsize) (end - rest->str) + 1;
    }
  g_string_erase (rest, 0, (gssize) start);
  if (rest->len < self->max_length)
    return;
  length = get_whole_length (rest->str, rest->len);
  report (rest->str, length, func, user_data);
  g_string_erase (rest, 0, (gssize) length);
}

void
asynclit_lines_finish (AsyncLitLines *self, AsyncLitLineFunc func, gpointer user_data)
{
  if (self->rest->len > 0)
    report (self->rest->str, self->rest->len, func, user_data);
  g_string_truncate (self->rest, 0);
}

void
asynclit_lines_clear (AsyncLitLines *self)
{
  g_string_free (self->rest, TRUE);
  self->rest = NULL;
}
