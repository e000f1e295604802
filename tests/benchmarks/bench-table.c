/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The table for the terminal: a row for each case and peer, in Markdown with aligned columns, so
 * that it can be read in a terminal and inserted into a page. */

#include "bench-results.h"

#include <stdio.h>

/* Rows with the same number of cells. */
typedef struct {
  GPtrArray *cells; /* of char */
  guint n_columns;
  gboolean has_peers; /* columns that are only useful for comparisons */
  gboolean has_ratios;
} Table;

static void
add_cell (Table *table, char *text)
{
  g_ptr_array_add (table->cells, text);
}

static void
add_head (Table *table, const BenchQuestion *question)
{
  add_cell (table, g_strdup (question->case_title));
  if (table->has_peers)
    add_cell (table, g_strdup ("with"));
  for (guint i = 0; question->figures[i].name != NULL; i++)
    add_cell (table, g_strdup (question->figures[i].title));
  if (table->has_ratios)
    add_cell (table, g_strdup ("ratio"));
  if (table->has_peers)
    add_cell (table, g_strdup ("goal"));
  table->n_columns = table->cells->len;
}

static char *
format_ratio (BenchResults *results, guint case_index, guint peer)
{
  double ratio = bench_results_ratio (results, case_index, peer);
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  if (isnan (ratio))
    return g_strdup ("–");
  g_ascii_formatd (text, sizeof text,
                   ratio < 9.95   ? "%.2f"
                   : ratio < 99.5 ? "%.1f"
                                  : "%.0f",
                   ratio);
  return g_strdup_printf ("%s×", text);
}

static void
append_goal (GString *text, const BenchGoal *goal, BenchResults *results)
{
  const BenchQuestion *question = bench_results_get_question (results);
  g_autofree char *description = bench_goal_describe (goal);
  double value = bench_goal_get_value (goal, results);

  if (text->len > 0)
    g_string_append (text, "; ");
  if (g_strcmp0 (goal->figure, question->figures[0].name) != 0)
    g_string_append_printf (text, "%s ", goal->figure);
  g_string_append_printf (text, "%s: %s", description,
                          isnan (value)                     ? "not measured"
                          : bench_goal_is_met (goal, value) ? "met"
                                                            : "**not met**");
}

static char *
format_goals (BenchResults *results, guint case_index, guint peer)
{
  const BenchQuestion *question = bench_results_get_question (results);
  GString *text = g_string_new (NULL);

  for (const BenchGoal *goal = question->goals; goal != NULL && goal->of_case != NULL; goal++)
    if (bench_goal_is_about (goal, &question->cases[case_index], bench_peers[peer]))
      append_goal (text, goal, results);
  return g_string_free (text, FALSE);
}

static void
add_row (Table *table, BenchResults *results, guint case_index, guint peer)
{
  const BenchQuestion *question = bench_results_get_question (results);
  const char *title = question->cases[case_index].title;

  add_cell (table, g_strdup (title));
  if (table->has_peers)
    add_cell (table, g_strdup (bench_peers[peer]->title));
  for (guint i = 0; question->figures[i].name != NULL; i++)
    add_cell (table, bench_format_number (bench_results_median (results, case_index, peer, i)));
  if (table->has_ratios)
    add_cell (table, format_ratio (results, case_index, peer));
  if (table->has_peers)
    add_cell (table, format_goals (results, case_index, peer));
}

static char *
get_cell (Table *table, guint row, guint column)
{
  return g_ptr_array_index (table->cells, row * table->n_columns + column);
}

static int
get_width (Table *table, guint column)
{
  glong width = 3;

  for (guint row = 0; row < table->cells->len / table->n_columns; row++)
    width = MAX (width, g_utf8_strlen (get_cell (table, row, column), -1));
  return (int) width;
}

/* The case, the peer and the goal are text; numbers are aligned to the right. */
static gboolean
is_text (Table *table, guint column)
{
  return column == 0 || (table->has_peers && (column == 1 || column == table->n_columns - 1));
}

/* printf() counts bytes. */
static void
print_cell (Table *table, guint row, guint column)
{
  const char *cell = get_cell (table, row, column);
  int padding = get_width (table, column) - (int) g_utf8_strlen (cell, -1);

  if (is_text (table, column))
    printf ("| %s%*s ", cell, padding, "");
  else
    printf ("| %*s%s ", padding, "", cell);
}

static void
print_rule (Table *table)
{
  for (guint column = 0; column < table->n_columns; column++)
    {
      int width = get_width (table, column);

      printf ("| ");
      for (int i = 0; i < width - 1; i++)
        putchar ('-');
      printf (is_text (table, column) ? "- " : ": ");
    }
  printf ("|\n");
}

static void
print_row (Table *table, guint row)
{
  for (guint column = 0; column < table->n_columns; column++)
    print_cell (table, row, column);
  printf ("|\n");
  if (row == 0)
    print_rule (table);
}

/* Nothing can be compared with 0. */
static gboolean
has_ratios (BenchResults *results)
{
  const BenchQuestion *question = bench_results_get_question (results);

  for (guint i = 0; question->cases[i].name != NULL; i++)
    for (guint peer = 0; peer < bench_n_peers; peer++)
      if (!isnan (bench_results_ratio (results, i, peer)))
        return TRUE;
  return FALSE;
}

void
bench_print_table (BenchResults *results)
{
  const BenchQuestion *question = bench_results_get_question (results);
  g_autoptr (GPtrArray) cells = g_ptr_array_new_with_free_func (g_free);
  gboolean has_peers = !question->has_no_peers;
  Table table = { cells, 0, has_peers, has_peers && has_ratios (results) };

  add_head (&table, question);
  for (guint i = 0; question->cases[i].name != NULL; i++)
    for (guint peer = 0; peer < bench_n_peers; peer++)
      if (bench_results_count (results, i, peer, 0) > 0)
        add_row (&table, results, i, peer);
  for (guint row = 0; row < cells->len / table.n_columns; row++)
    print_row (&table, row);
  fflush (stdout);
}
