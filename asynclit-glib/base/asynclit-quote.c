/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "asynclit-quote-private.h"

#include <string.h>

/* Texts up to this many bytes are quoted whole: names, paths and expressions that people write. */
#define MAX_WHOLE 200

/* Of a longer text, this many bytes on either side. */
#define MAX_SIDE 60

#define ELLIPSIS "…"

static gboolean
is_inside_character (char c)
{
  return ((guchar) c & 0xC0) == 0x80;
}

/* @from to @to of @text, which has @length bytes; never in the middle of a character. */
static char *
quote_part (const char *text, gsize from, gsize to, gsize length)
{
  g_autofree char *valid = NULL;

  while (from > 0 && is_inside_character (text[from]))
    from--;
  while (to < length && is_inside_character (text[to]))
    to++;
  valid = g_utf8_make_valid (text + from, (gssize) (to - from));
  return g_strconcat (from > 0 ? ELLIPSIS : "", valid, to < length ? ELLIPSIS : "", NULL);
}

char *
asynclit_quote_length (const char *text, gsize length)
{
  return quote_part (text, 0, length <= MAX_WHOLE ? length : MAX_SIDE, length);
}

char *
asynclit_quote (const char *text)
{
  return text != NULL ? asynclit_quote_length (text, strlen (text)) : g_strdup ("");
}

char *
asynclit_quote_around (const char *text, const char *at)
{
  const gsize length = strlen (text);
  const gsize place = (gsize) (at - text);

  g_assert (at >= text);
  if (length <= MAX_WHOLE)
    return asynclit_quote_length (text, length);
  return quote_part (text, place > MAX_SIDE ? place - MAX_SIDE : 0, MIN (place + MAX_SIDE, length),
                     length);
}
