/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What is seen of the tasks, on the standard error output.
 *
 * There is a line for each download that has ended. In a terminal, a block below these lines is
 * redrawn several times a second: the whole, and the downloads that are under way. Elsewhere, the
 * whole is a line now and then. All amounts, rates and estimates are the library's. */

#include "config.h"

#include "fetch-many.h"

#include <sys/ioctl.h>
#include <unistd.h>

#define BAR_COLUMNS 20
#define MAX_LINES 9
#define LINE_USEC (5 * G_USEC_PER_SEC)

struct _View {
  AsyncLitTaskManager *manager;
  GPtrArray *tasks, *live; /* the second holds no references */
  /* Nothing runs here: this task turns the sum of all bytes into a rate, and into text. */
  AsyncLitTask *whole;
  gboolean quiet, terminal;
  guint n_drawn; /* lines of the block on the screen */
  gint64 next_line;
};

View *
view_new (GPtrArray *tasks, AsyncLitTaskManager *manager, gboolean quiet)
{
  View *self = g_new0 (View, 1);

  self->manager = g_object_ref (manager);
  self->tasks = g_ptr_array_ref (tasks);
  self->live = g_ptr_array_new ();
  g_ptr_array_extend (self->live, tasks, NULL, NULL);
  self->whole = asynclit_task_new ();
  asynclit_task_set_progress_unit (self->whole, ASYNCLIT_UNIT_BYTES);
  self->quiet = quiet;
  self->terminal = !quiet && isatty (STDERR_FILENO) && g_strcmp0 (g_getenv ("TERM"), "dumb") != 0;
  self->next_line = g_get_monotonic_time () + LINE_USEC;
  return self;
}

void
view_free (View *self)
{
  g_object_unref (self->manager);
  g_object_unref (self->whole);
  g_ptr_array_unref (self->live);
  g_ptr_array_unref (self->tasks);
  g_free (self);
}

/* "NAME: 1.2 MB of 40.0 MB · 3.1 MB/s · 13 seconds left", or what it waits for or failed with */
static char *
describe_task (AsyncLitTask *task)
{
  g_autofree char *amounts = asynclit_progress_describe (task);
  g_autofree char *state = asynclit_task_explain (task);
  gboolean waits = asynclit_task_get_substate (task) == ASYNCLIT_TASK_SUBSTATE_WAITING_RETRY;
  gboolean tells = *amounts != '\0' && !waits && asynclit_task_get_error (task) == NULL;

  return g_strdup_printf ("%s: %s", asynclit_task_get_name (task), tells ? amounts : state);
}

/* "12 of 40 files, 1 failed · 34.0 MB · 3.1 MB/s · 9 seconds left" */
static char *
describe_whole (View *self)
{
  guint n_done = (guint) asynclit_task_manager_get_n_done (self->manager);
  guint n_failed = (guint) asynclit_task_manager_get_n_failed (self->manager);
  double remaining = asynclit_task_manager_get_remaining (self->manager);
  g_autofree char *failed = n_failed > 0 ? g_strdup_printf (", %u failed", n_failed) : NULL;
  g_autofree char *files = g_strdup_printf ("%u of %u files%s", n_done, self->tasks->len,
                                            failed != NULL ? failed : "");
  g_autofree char *left = remaining > 0 ? asynclit_progress_describe_remaining (remaining) : NULL;
  g_autofree char *amounts = NULL;

  asynclit_task_set_progress_text (self->whole, files);
  amounts = asynclit_progress_describe (self->whole);
  return g_strconcat (amounts, left != NULL ? " · " : NULL, left, NULL);
}

/* As much of a line as fits: one that wraps could not be redrawn. */
static void
append_line (GString *text, const char *line, guint columns)
{
  const char *end;
  guint width = 0;

  for (end = line; *end != '\0'; end = g_utf8_next_char (end))
    {
      width += g_unichar_iswide (g_utf8_get_char (end)) ? 2 : 1;
      if (width > columns)
        break;
    }
  g_string_append_len (text, line, end - line);
  g_string_append_c (text, '\n');
}

static void
append_whole (View *self, GString *text, guint columns)
{
  guint filled
      = (guint) (MAX (asynclit_task_manager_get_fraction (self->manager), 0) * BAR_COLUMNS);
  g_autofree char *whole = describe_whole (self);
  g_autoptr (GString) line = g_string_new ("[");

  for (guint i = 0; i < BAR_COLUMNS; i++)
    g_string_append_c (line, i < filled ? '#' : '.');
  g_string_append_printf (line, "] %s", whole);
  append_line (text, line->str, columns);
}

static void
append_block (View *self, GString *text)
{
  struct winsize size = { 0 };
  guint columns, rows;

  ioctl (STDERR_FILENO, TIOCGWINSZ, &size);
  columns = size.ws_col > 0 ? size.ws_col - 1u : 79;
  rows = MIN (MAX_LINES, size.ws_row > 1 ? size.ws_row - 1u : 23);
  append_whole (self, text, columns);
  self->n_drawn = 1;
  for (guint i = 0; i < self->live->len && self->n_drawn < rows; i++)
    if (asynclit_task_get_status (self->live->pdata[i]) == ASYNCLIT_TASK_STATUS_RUNNING)
      {
        g_autofree char *task = describe_task (self->live->pdata[i]);
        g_autofree char *line = g_strconcat ("  ", task, NULL);
        append_line (text, line, columns);
        self->n_drawn++;
      }
}

/* Adds up what there is, and appends lines about the tasks that have ended since. */
static void
append_ended (View *self, GString *text)
{
  double n_bytes = 0;

  for (guint i = self->live->len; i > 0; i--)
    {
      AsyncLitTask *task = self->live->pdata[i - 1];
      g_autofree char *line = NULL;

      if (!asynclit_task_get_done (task))
        continue;
      line = describe_task (task);
      if (!self->quiet || asynclit_task_get_error (task) != NULL)
        g_string_append_printf (text, "%s\n", line);
      g_ptr_array_remove_index (self->live, i - 1);
    }
  for (guint i = 0; i < self->tasks->len; i++)
    n_bytes += asynclit_task_get_progress_done (self->tasks->pdata[i]);
  asynclit_task_set_progress (self->whole, n_bytes, 0);
}

/* A text that begins by removing the block from the screen. */
static GString *
begin_text (View *self)
{
  GString *text = g_string_new (NULL);

  if (self->n_drawn > 0)
    g_string_append_printf (text, "\r\033[%uA\033[J", self->n_drawn);
  self->n_drawn = 0;
  return text;
}

void
view_update (View *self)
{
  g_autoptr (GString) text = begin_text (self);

  append_ended (self, text);
  if (self->terminal)
    append_block (self, text);
  else if (!self->quiet && g_get_monotonic_time () >= self->next_line)
    {
      g_autofree char *whole = describe_whole (self);
      g_string_append_printf (text, "%s\n", whole);
      self->next_line = g_get_monotonic_time () + LINE_USEC;
    }
  g_printerr ("%s", text->str);
}

/* What has ended by now is told; the block goes. */
void
view_finish (View *self, const char *outcome)
{
  g_autoptr (GString) text = begin_text (self);
  g_autofree char *whole = NULL;

  append_ended (self, text);
  whole = describe_whole (self);
  if (!self->quiet)
    g_string_append_printf (text, "%s: %s\n", outcome, whole);
  g_printerr ("%s", text->str);
}
