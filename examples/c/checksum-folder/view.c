/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The display on the standard error output while the tasks run.
 *
 * In a terminal, a block of lines is redrawn several times per second. Between updates, the cursor
 * is below the block. It is never hidden, and no terminal modes are changed, so nothing has to be
 * restored when the program ends. Elsewhere, as in a log file, a line is printed from time to time,
 * at increasing intervals. */

#include "config.h"

#include "checksum-folder.h"

#include <glib/gi18n.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define TERMINAL_INTERVAL_MS 100
#define PLAIN_INTERVAL_MS 250
#define FIRST_PLAIN_LINE_SECONDS 1.0
#define MAX_PLAIN_LINE_SECONDS 60.0
#define MAX_RUNNING_LINES 6
#define BAR_COLUMNS 20
#define NO_BREAK_SPACE "\302\240"

struct _View {
  gboolean quiet, terminal;
  guint lines; /* of the block on the screen */
  double next_plain_line, plain_interval;
  AsyncLitTask *whole; /* runs nothing: only its amounts count, of all files together */
};

static double
now (void)
{
  return g_get_monotonic_time () / 1e6;
}

/* Text */

/* A file name as text that is safe to print, because control characters could affect the
 * terminal. */
char *
printable_name (const char *path)
{
  GString *text = g_string_new (NULL);

  while (*path != '\0')
    {
      gunichar c = g_utf8_get_char_validated (path, -1);
      gboolean valid = c != (gunichar) -1 && c != (gunichar) -2;
      const char *next = valid ? g_utf8_next_char (path) : path + 1;

      if (valid && g_unichar_isprint (c))
        g_string_append_len (text, path, next - path);
      else
        for (const char *p = path; p < next; p++)
          g_string_append_printf (text, "\\x%02x", (guchar) *p);
      path = next;
    }
  return g_string_free (text, FALSE);
}

/* With a plain space, because not all terminals and logs can show a no-break space. */
char *
printable_size (guint64 bytes)
{
  g_autofree char *text = g_format_size (bytes);
  g_auto (GStrv) parts = g_strsplit (text, NO_BREAK_SPACE, -1);
  return g_strjoinv (" ", parts);
}

char *
printable_duration (double seconds)
{
  guint whole = CLAMP (seconds + 0.5, 0, 360000 * 10);

  if (whole >= 3600)
    return g_strdup_printf ("%u:%02u:%02u", whole / 3600, whole / 60 % 60, whole % 60);
  return g_strdup_printf ("%u:%02u", whole / 60, whole % 60);
}

static guint
width_of (gunichar c)
{
  return g_unichar_iszerowidth (c) ? 0 : g_unichar_iswide (c) ? 2 : 1;
}

static guint
width_of_text (const char *text)
{
  guint width = 0;

  for (; *text != '\0'; text = g_utf8_next_char (text))
    width += width_of (g_utf8_get_char (text));
  return width;
}

/* Shortens @text to @columns: a line that wraps could not be redrawn. */
static char *
cut_end (const char *text, guint columns)
{
  guint width = 0;
  const char *p;

  for (p = text; *p != '\0'; p = g_utf8_next_char (p))
    {
      width += width_of (g_utf8_get_char (p));
      if (width > columns)
        break;
    }
  return g_strndup (text, p - text);
}

/* The end of a path is more informative than its beginning. */
static char *
cut_start (const char *text, guint columns)
{
  guint width = width_of_text (text);

  if (width <= columns)
    return g_strdup (text);
  for (; *text != '\0' && width + 3 > columns; text = g_utf8_next_char (text))
    width -= width_of (g_utf8_get_char (text));
  return g_strconcat ("...", text, NULL);
}

static guint
percent_of (AsyncLitTask *task)
{
  return (guint) (MAX (asynclit_task_get_fraction (task), 0) * 100);
}

/* "41 %, 1204 of 3310 files · 5.6 GB of 12.1 GB · 312 MB/s · 21 seconds left" */
static char *
overall_text (View *self)
{
  GString *text = g_string_new (NULL);
  g_autofree char *amounts = asynclit_progress_describe (self->whole);

  g_string_append_printf (text, "%3u %%, %s", percent_of (self->whole), amounts);
  g_string_replace (text, NO_BREAK_SPACE, " ", 0);
  return g_string_free (text, FALSE);
}

static char *
listing_text (const Totals *totals)
{
  return g_strdup_printf (_("Listing: %u files so far"), (guint) totals->files_listed);
}

/* The terminal */

static void
get_terminal_size (guint *columns, guint *rows)
{
  struct winsize size = { 0 };

  if (ioctl (STDERR_FILENO, TIOCGWINSZ, &size) != 0)
    size.ws_col = size.ws_row = 0;
  *columns = size.ws_col > 0 ? size.ws_col : 80;
  *rows = size.ws_row > 0 ? size.ws_row : 24;
}

static void
append_line (View *self, GString *block, const char *text, guint columns)
{
  /* One column less, because some terminals wrap when the last column is filled. */
  g_autofree char *line = cut_end (text, columns - 1);

  g_string_append (block, line);
  g_string_append (block, "\033[K\n");
  self->lines++;
}

static void
append_bar (GString *text, guint percent)
{
  guint filled = percent * BAR_COLUMNS / 100;

  g_string_append_c (text, '[');
  for (guint i = 0; i < BAR_COLUMNS; i++)
    g_string_append_c (text, i < filled ? '#' : '.');
  g_string_append (text, "] ");
}

static void
append_overall (View *self, GString *block, const Totals *totals, guint columns)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char *overall = totals->files_total > 0 ? overall_text (self) : listing_text (totals);

  if (totals->files_total > 0 && columns >= BAR_COLUMNS + 60)
    append_bar (text, percent_of (self->whole));
  g_string_append (text, overall);
  append_line (self, block, text->str, columns);
}

static void
append_running (View *self, GString *block, const RunningFile *file, guint columns)
{
  g_autofree char *name = printable_name (file->file->path);
  g_autofree char *short_name = cut_start (name, columns - MIN (columns, 10));
  g_autofree char *text = NULL;

  if (asynclit_task_get_substate (file->task) == ASYNCLIT_TASK_SUBSTATE_WAITING_RETRY)
    text = g_strdup_printf (_("  retry  %s"), short_name);
  else
    text = g_strdup_printf ("  %3u %%  %s", percent_of (file->task), short_name);
  append_line (self, block, text, columns);
}

static gboolean
is_under_way (AsyncLitTask *task)
{
  return asynclit_task_get_status (task) == ASYNCLIT_TASK_STATUS_RUNNING
         && asynclit_task_get_substate (task) != ASYNCLIT_TASK_SUBSTATE_QUEUED;
}

static void
draw (View *self, const Totals *totals, GPtrArray *running)
{
  g_autoptr (GString) block = g_string_new (NULL);
  guint columns, rows, most, shown = 0;

  get_terminal_size (&columns, &rows);
  most = MIN (MAX_RUNNING_LINES, rows > 3 ? rows - 3 : 0);
  if (self->lines > 0)
    g_string_append_printf (block, "\r\033[%uA", self->lines);
  self->lines = 0;
  append_overall (self, block, totals, columns);
  for (guint i = 0; i < running->len && shown < most; i++)
    {
      const RunningFile *file = g_ptr_array_index (running, i);
      if (is_under_way (file->task))
        {
          append_running (self, block, file, columns);
          shown++;
        }
    }
  g_string_append (block, "\033[J");
  g_printerr ("%s", block->str);
}

/* Plain lines */

static void
print_now_and_then (View *self, const Totals *totals)
{
  g_autofree char *text = NULL;

  if (now () < self->next_plain_line)
    return;
  self->plain_interval = MIN (self->plain_interval * 2, MAX_PLAIN_LINE_SECONDS);
  self->next_plain_line = now () + self->plain_interval;
  text = totals->files_total > 0 ? overall_text (self) : listing_text (totals);
  g_printerr ("%s\n", g_strchug (text));
}

/* The view */

View *
view_new (gboolean quiet)
{
  View *self = g_new0 (View, 1);
  const char *term = g_getenv ("TERM");

  self->whole = asynclit_task_new ();
  asynclit_task_set_progress_unit (self->whole, ASYNCLIT_UNIT_BYTES);
  self->quiet = quiet;
  self->terminal = isatty (STDERR_FILENO) && g_strcmp0 (term, "dumb") != 0;
  self->plain_interval = FIRST_PLAIN_LINE_SECONDS;
  self->next_plain_line = now () + self->plain_interval;
  return self;
}

void
view_free (View *self)
{
  g_object_unref (self->whole);
  g_free (self);
}

/* How often to call view_update(), in milliseconds. */
guint
view_get_interval (View *self)
{
  return self->terminal ? TERMINAL_INTERVAL_MS : PLAIN_INTERVAL_MS;
}

void
view_update (View *self, const Totals *totals, GPtrArray *running)
{
  g_autofree char *files
      = g_strdup_printf (ngettext ("%u of %u file", "%u of %u files", totals->files_total),
                         totals->files_done, totals->files_total);

  if (self->quiet)
    return;
  asynclit_task_set_progress_text (self->whole, files);
  asynclit_task_set_progress (self->whole, totals->bytes_done, totals->bytes_total);
  if (self->terminal)
    draw (self, totals, running);
  else
    print_now_and_then (self, totals);
}

/* Removes the block from the screen. */
void
view_clear (View *self)
{
  if (self->lines > 0)
    g_printerr ("\r\033[%uA\033[J", self->lines);
  self->lines = 0;
}

/* Leaves the block on the screen. After Ctrl-C it can't be removed: the terminal has discarded
 * pending output, so the number of visible lines is unknown. */
void
view_freeze (View *self)
{
  /* The cursor's line contains a part of the block, or the terminal's ^C. */
  if (self->lines > 0)
    g_printerr ("\r\033[J");
  self->lines = 0;
}

/* Prints a permanent line. */
void
view_print (View *self, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  if (self->quiet)
    return;
  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  view_clear (self);
  g_printerr ("%s\n", text);
}
