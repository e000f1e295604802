/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bench.h"

#include <stdlib.h>

struct _BenchResults {
  GArray **cells; /* of double; bench_n_peers a question */
};

static GArray *
get_cell (BenchResults *results, guint question, guint peer)
{
  return results->cells[question * bench_n_peers + peer];
}

BenchResults *
bench_results_new (void)
{
  BenchResults *results = g_new0 (BenchResults, 1);

  results->cells = g_new (GArray *, bench_n_questions * bench_n_peers);
  for (guint i = 0; i < bench_n_questions * bench_n_peers; i++)
    results->cells[i] = g_array_new (FALSE, FALSE, sizeof (double));
  return results;
}

void
bench_results_free (BenchResults *results)
{
  for (guint i = 0; i < bench_n_questions * bench_n_peers; i++)
    g_array_unref (results->cells[i]);
  g_free (results->cells);
  g_free (results);
}

static int
compare_doubles (gconstpointer a, gconstpointer b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return (x > y) - (x < y);
}

void
bench_results_add (BenchResults *results, guint question, guint peer, double sample)
{
  GArray *cell = get_cell (results, question, peer);

  g_array_append_val (cell, sample);
  g_array_sort (cell, compare_doubles);
}

/* The sample at a part of the way from the smallest to the largest. */
static double
get_quantile (GArray *cell, double part)
{
  return g_array_index (cell, double, (guint) (part * (cell->len - 1) + 0.5));
}

static void
print_cell (BenchResults *results, guint question, guint peer)
{
  GArray *cell = get_cell (results, question, peer);
  GArray *first = get_cell (results, question, 0);

  if (cell->len == 0)
    g_print ("%18s", "-");
  else if (first->len == 0)
    g_print ("%18.0f", get_quantile (cell, 0.5));
  else
    g_print ("%10.0f %6.2fx", get_quantile (cell, 0.5),
             get_quantile (cell, 0.5) / get_quantile (first, 0.5));
}

void
bench_results_print (BenchResults *results, const char *line_prefix)
{
  g_print ("%s%-20s", line_prefix, "");
  for (guint question = 0; question < bench_n_questions; question++)
    g_print ("%18s", bench_questions[question].title);
  g_print ("\n%s%-20s", line_prefix, "");
  for (guint question = 0; question < bench_n_questions; question++)
    g_print ("%18s", bench_questions[question].unit);

  for (guint peer = 0; peer < bench_n_peers; peer++)
    {
      g_print ("\n%s%-20s", line_prefix, bench_peers[peer]->title);
      for (guint question = 0; question < bench_n_questions; question++)
        print_cell (results, question, peer);
    }
  g_print ("\n");
}

/* JSON has a point in its numbers whatever the locale. */
static void
print_number (const char *name, double number)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  g_print (", \"%s\": %s", name, g_ascii_formatd (text, sizeof text, "%.1f", number));
}

static void
print_json_cell (BenchResults *results, guint question, guint peer, gboolean quick)
{
  GArray *cell = get_cell (results, question, peer);

  g_print ("    {\"question\": \"%s\", \"unit\": \"%s\", \"jobs\": %u, \"peer\": \"%s\"",
           bench_questions[question].name, bench_questions[question].unit,
           quick ? bench_questions[question].quick_jobs : bench_questions[question].jobs,
           bench_peers[peer]->name);
  print_number ("median", get_quantile (cell, 0.5));
  print_number ("smallest", get_quantile (cell, 0));
  print_number ("largest", get_quantile (cell, 1));
  g_print (", \"rounds\": %u}", cell->len);
}

void
bench_results_print_json (BenchResults *results, gboolean quick)
{
  const char *separator = "";

  g_print ("{\n  \"glib\": \"%u.%u.%u\",\n  \"processors\": %u,\n  \"results\": [\n",
           glib_major_version, glib_minor_version, glib_micro_version, g_get_num_processors ());
  for (guint question = 0; question < bench_n_questions; question++)
    for (guint peer = 0; peer < bench_n_peers; peer++)
      {
        if (get_cell (results, question, peer)->len == 0)
          continue;
        g_print ("%s", separator);
        print_json_cell (results, question, peer, quick);
        separator = ",\n";
      }
  g_print ("\n  ]\n}\n");
}
