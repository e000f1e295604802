/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What a subprocess writes, and the lines that are made of it. The first byte says how long a line
 * may get, the second in which chunks the rest comes.
 */

#include "fuzz.h"

#include "asynclit-lines-private.h"

#include <string.h>

#define MAX_CHARACTER 4

typedef struct {
  GString *joined; /* of all lines, without their ends */
  gsize longest;
} Seen;

static void
on_line (const char *text, gpointer user_data)
{
  Seen *seen = user_data;

  g_assert_true (g_utf8_validate (text, -1, NULL));
  g_assert_null (strchr (text, '\n'));
  g_string_append (seen->joined, text);
  seen->longest = MAX (seen->longest, strlen (text));
}

static void
feed (AsyncLitLines *lines, const char *text, gsize size, gsize chunk, Seen *seen)
{
  for (gsize start = 0; start < size; start += chunk)
    asynclit_lines_add (lines, text + start, MIN (chunk, size - start), on_line, seen);
  asynclit_lines_finish (lines, on_line, seen);
}

/* Of valid text nothing is lost, nor added, nor changed. */
static void
check_complete (const char *text, gsize size, Seen *seen)
{
  g_autoptr (GString) expected = g_string_new_len (text, (gssize) size);

  if (!g_utf8_validate_len (text, size, NULL))
    return;
  g_string_replace (expected, "\n", "", 0);
  g_assert_cmpstr (seen->joined->str, ==, expected->str);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GString) joined = g_string_new (NULL);
  Seen seen = { joined, 0 };
  AsyncLitLines lines;
  gsize max_length, chunk;

  if (size < 2)
    return 0;
  max_length = MAX_CHARACTER + data[0];
  chunk = 1 + data[1];
  asynclit_lines_init (&lines, max_length);
  feed (&lines, (const char *) data + 2, size - 2, chunk, &seen);
  check_complete ((const char *) data + 2, size - 2, &seen);
  /* Each byte that is not valid becomes a replacement of three. */
  g_assert_cmpuint (seen.longest, <=, 3 * (max_length + chunk));
  asynclit_lines_clear (&lines);
  return 0;
}
