/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Splitting a program's output into lines. The first byte determines the maximum length of a line,
 * and the second one the chunks in which the rest arrives. */

#include "fuzz.h"

#include "asynclit-lines-private.h"

#include <string.h>

#define MAX_CHARACTER 4

typedef struct {
  GString *joined; /* of all lines, without their ends */
  GString *listed; /* the lines, each with an end */
  gsize longest;
} Seen;

static void
on_line (const char *text, gpointer user_data)
{
  Seen *seen = user_data;

  g_assert_true (g_utf8_validate (text, -1, NULL));
  g_assert_null (strpbrk (text, "\r\n"));
  g_string_append (seen->joined, text);
  g_string_append_printf (seen->listed, "%s\n", text);
  seen->longest = MAX (seen->longest, strlen (text));
}

static void
feed (const char *text, gsize size, gsize max_length, gsize chunk, Seen *seen)
{
  AsyncLitLines lines;

  *seen = (Seen){ g_string_new (NULL), g_string_new (NULL), 0 };
  asynclit_lines_init (&lines, max_length);
  for (gsize start = 0; start < size; start += chunk)
    {
      asynclit_lines_add (&lines, text + start, MIN (chunk, size - start), on_line, seen);
      g_assert_cmpuint (lines.rest->len, <, max_length);
    }
  asynclit_lines_finish (&lines, on_line, seen);
  asynclit_lines_clear (&lines);
}

static void
clear (Seen *seen)
{
  g_string_free (seen->joined, TRUE);
  g_string_free (seen->listed, TRUE);
}

/* Valid text is neither lost, added nor changed. */
static void
check_complete (const char *text, gsize size, Seen *seen)
{
  g_autoptr (GString) expected = g_string_new_len (text, (gssize) size);

  if (!g_utf8_validate_len (text, size, NULL))
    return;
  g_string_replace (expected, "\n", "", 0);
  g_string_replace (expected, "\r", "", 0);
  g_assert_cmpstr (seen->joined->str, ==, expected->str);
}

/* If no line is split, and returns only precede newlines, there are as many lines as newlines. */
static void
check_count (const char *text, gsize size, const Seen *seen)
{
  g_autoptr (GString) expected = g_string_new_len (text, (gssize) size);

  if (!g_utf8_validate_len (text, size, NULL) || size == 0)
    return;
  g_string_replace (expected, "\r\n", "\n", 0);
  if (strchr (expected->str, '\r') != NULL)
    return;
  if (expected->str[expected->len - 1] != '\n')
    g_string_append_c (expected, '\n');
  g_assert_cmpstr (seen->listed->str, ==, expected->str);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  Seen seen, seen_at_once;
  gsize max_length, chunk;
  const char *text;

  if (size < 2)
    return 0;
  max_length = MAX_CHARACTER + data[0];
  chunk = 1 + data[1];
  text = (const char *) data + 2;
  size -= 2;
  feed (text, size, max_length, chunk, &seen);
  feed (text, size, max_length, MAX (size, 1), &seen_at_once);
  /* The chunks make no difference. */
  g_assert_cmpstr (seen.listed->str, ==, seen_at_once.listed->str);
  check_complete (text, size, &seen);
  if (size < max_length)
    check_count (text, size, &seen);
  /* Each invalid byte becomes a replacement character of three bytes. */
  g_assert_cmpuint (seen.longest, <=, 3 * max_length);
  clear (&seen);
  clear (&seen_at_once);
  return 0;
}
