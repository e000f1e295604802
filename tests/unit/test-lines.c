/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Splits a program's output into lines. */

#include "asynclit-lines-private.h"

#include <string.h>

#define MAX_LENGTH 16

typedef struct {
  AsyncLitLines lines;
  GString *seen; /* the lines so far, each in brackets */
} Fixture;

static void
set_up (Fixture *self, gconstpointer data)
{
  asynclit_lines_init (&self->lines, MAX_LENGTH);
  self->seen = g_string_new (NULL);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  asynclit_lines_clear (&self->lines);
  g_string_free (self->seen, TRUE);
}

static void
on_line (const char *text, gpointer seen)
{
  g_string_append_printf (seen, "[%s]", text);
}

/* Adds a chunk, and compares what has been reported so far. */
static void
add (Fixture *self, const char *chunk, const char *seen)
{
  asynclit_lines_add (&self->lines, chunk, strlen (chunk), on_line, self->seen);
  g_assert_cmpstr (self->seen->str, ==, seen);
}

static void
finish (Fixture *self, const char *seen)
{
  asynclit_lines_finish (&self->lines, on_line, self->seen);
  g_assert_cmpstr (self->seen->str, ==, seen);
}

static void
test_newlines (Fixture *self, gconstpointer data)
{
  add (self, "one\ntwo\n\nth", "[one][two][]");
  add (self, "ree", "[one][two][]");
  finish (self, "[one][two][][three]");
}

/* The line ends of `curl -i` and of Windows programs. */
static void
test_returns_and_newlines (Fixture *self, gconstpointer data)
{
  add (self, "one\r\ntwo\r\n\r\n\r\nthree\r\r\n", "[one][two][][][three]");
  finish (self, "[one][two][][][three]");
}

static void
test_return_and_newline_apart (Fixture *self, gconstpointer data)
{
  add (self, "one\r", "[one]");
  add (self, "\n", "[one]");
  add (self, "\r", "[one]");
  add (self, "\n", "[one][]");
  add (self, "\n", "[one][][]");
  finish (self, "[one][][]");
}

/* A line is reported as soon as it is written, whether the carriage return comes before or after
 * it. */
static void
test_redrawn (Fixture *self, gconstpointer data)
{
  add (self, "10%\r", "[10%]");
  add (self, "20%\r", "[10%][20%]");
  add (self, "\r30%", "[10%][20%]");
  add (self, "\r40%", "[10%][20%][30%]");
  finish (self, "[10%][20%][30%][40%]");
}

static void
test_returns_alone (Fixture *self, gconstpointer data)
{
  add (self, "\r\r\r", "");
  finish (self, "");
}

static void
test_long (Fixture *self, gconstpointer data)
{
  add (self, "0123456789abcdef", "[0123456789abcdef]");
  add (self, "\n", "[0123456789abcdef]");
  add (self, "\n", "[0123456789abcdef][]");
  add (self, "0123456789abcdefg\n", "[0123456789abcdef][][0123456789abcdef][g]");
  finish (self, "[0123456789abcdef][][0123456789abcdef][g]");
}

/* However much arrives at once, no more than one line is kept. */
static void
test_long_is_not_kept (Fixture *self, gconstpointer data)
{
  g_autofree char *text = g_strnfill (100 * MAX_LENGTH + 3, 'x');

  asynclit_lines_add (&self->lines, text, strlen (text), on_line, self->seen);
  g_assert_cmpuint (self->lines.rest->len, ==, 3);
  g_assert_cmpuint (self->seen->len, ==, 100 * (MAX_LENGTH + 2));
}

static void
test_long_with_wide_characters (Fixture *self, gconstpointer data)
{
  add (self, "0123456789abcde\303\251f\n", "[0123456789abcde][\303\251f]");
}

static void
add_test (const char *path, void (*func) (Fixture *, gconstpointer))
{
  g_test_add (path, Fixture, NULL, set_up, func, tear_down);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  add_test ("/lines/newlines", test_newlines);
  add_test ("/lines/returns-and-newlines", test_returns_and_newlines);
  add_test ("/lines/return-and-newline-apart", test_return_and_newline_apart);
  add_test ("/lines/redrawn", test_redrawn);
  add_test ("/lines/returns-alone", test_returns_alone);
  add_test ("/lines/long", test_long);
  add_test ("/lines/long-is-not-kept", test_long_is_not_kept);
  add_test ("/lines/long-with-wide-characters", test_long_with_wide_characters);
  return g_test_run ();
}
