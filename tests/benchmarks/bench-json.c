/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The results for programs, one object:
 *
 *   benchmark, title   which question
 *   quick              whether it was a mere trial
 *   processors, glib   where it was asked
 *   results            a list: case, peer, figure, unit, and over the rounds: median, smallest,
 *                      largest, rounds; times that of this library ("ratio") for the first figure
 *   goals              a list: case, peer, figure, goal, limit, and, if it was measured, value and
 *                      met
 *
 * Python's benchmark writes the same.
 */

#include "bench-results.h"

#include <stdio.h>

/* JSON has a point in its numbers whatever the locale. */
static void
append_number (GString *json, const char *name, double number)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  if (!isnan (number))
    g_string_append_printf (json, ", \"%s\": %s", name,
                            g_ascii_formatd (text, sizeof text, "%.6g", number));
}

static void
append_result (GString *json, BenchResults *results, guint case_index, guint peer, guint figure)
{
  const BenchQuestion *question = bench_results_get_question (results);

  g_string_append_printf (
      json, "    {\"case\": \"%s\", \"peer\": \"%s\", \"figure\": \"%s\", \"unit\": \"%s\"",
      question->cases[case_index].name, bench_peers[peer]->name, question->figures[figure].name,
      question->figures[figure].title);
  append_number (json, "median", bench_results_median (results, case_index, peer, figure));
  append_number (json, "smallest", bench_results_quantile (results, case_index, peer, figure, 0));
  append_number (json, "largest", bench_results_quantile (results, case_index, peer, figure, 1));
  if (figure == 0)
    append_number (json, "ratio", bench_results_ratio (results, case_index, peer));
  g_string_append_printf (json, ", \"rounds\": %u},\n",
                          bench_results_count (results, case_index, peer, figure));
}

static void
append_goal (GString *json, BenchResults *results, const BenchGoal *goal)
{
  g_autofree char *description = bench_goal_describe (goal);
  double value = bench_goal_get_value (goal, results);

  g_string_append_printf (
      json, "    {\"case\": \"%s\", \"peer\": \"%s\", \"figure\": \"%s\", \"goal\": \"%s\"",
      goal->of_case, goal->peer, goal->figure, description);
  append_number (json, "limit", goal->limit);
  append_number (json, "value", value);
  if (!isnan (value))
    g_string_append_printf (json, ", \"met\": %s",
                            bench_goal_is_met (goal, value) ? "true" : "false");
  g_string_append (json, "},\n");
}

/* Takes back the comma behind the last element, if there is one. */
static void
end_list (GString *json, const char *end)
{
  if (g_str_has_suffix (json->str, ",\n"))
    g_string_truncate (json, json->len - 2);
  g_string_append_printf (json, "\n  ]%s", end);
}

static void
append_results (GString *json, BenchResults *results)
{
  const BenchQuestion *question = bench_results_get_question (results);

  for (guint i = 0; question->cases[i].name != NULL; i++)
    for (guint peer = 0; peer < bench_n_peers; peer++)
      for (guint figure = 0; question->figures[figure].name != NULL; figure++)
        if (bench_results_count (results, i, peer, figure) > 0)
          append_result (json, results, i, peer, figure);
}

gboolean
bench_write_json (BenchResults *results, const char *path, gboolean quick, GError **error)
{
  const BenchQuestion *question = bench_results_get_question (results);
  g_autoptr (GString) json = g_string_new (NULL);

  g_string_append_printf (json,
                          "{\n  \"benchmark\": \"%s\",\n  \"title\": \"%s\",\n  \"quick\": %s,\n"
                          "  \"processors\": %u,\n  \"glib\": \"%u.%u.%u\",\n  \"results\": [\n",
                          question->name, question->title, quick ? "true" : "false",
                          g_get_num_processors (), glib_major_version, glib_minor_version,
                          glib_micro_version);
  append_results (json, results);
  end_list (json, ",\n  \"goals\": [\n");
  for (const BenchGoal *goal = question->goals; goal != NULL && goal->of_case != NULL; goal++)
    append_goal (json, results, goal);
  end_list (json, "\n}\n");

  if (g_str_equal (path, "-"))
    return fputs (json->str, stdout) >= 0;
  return g_file_set_contents (path, json->str, (gssize) json->len, error);
}
