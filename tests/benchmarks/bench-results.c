/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bench-results.h"

#include <string.h>

struct _BenchResults {
  const BenchQuestion *question;
  guint n_figures;
  GPtrArray *samples; /* of GArray of double: a figure, a peer, a case */
};

static GArray *
get_samples (BenchResults *self, guint case_index, guint peer, guint figure)
{
  return g_ptr_array_index (self->samples,
                            (case_index * bench_n_peers + peer) * self->n_figures + figure);
}

BenchResults *
bench_results_new (const BenchQuestion *question)
{
  BenchResults *self = g_new0 (BenchResults, 1);
  guint n_cases = 0;

  self->question = question;
  self->samples = g_ptr_array_new_with_free_func ((GDestroyNotify) g_array_unref);
  while (question->figures[self->n_figures].name != NULL)
    self->n_figures++;
  while (question->cases[n_cases].name != NULL)
    n_cases++;
  for (guint i = 0; i < n_cases * bench_n_peers * self->n_figures; i++)
    g_ptr_array_add (self->samples, g_array_new (FALSE, FALSE, sizeof (double)));
  return self;
}

void
bench_results_free (BenchResults *self)
{
  g_ptr_array_unref (self->samples);
  g_free (self);
}

const BenchQuestion *
bench_results_get_question (BenchResults *self)
{
  return self->question;
}

static guint
find_figure (const BenchQuestion *question, const char *name)
{
  for (guint i = 0; question->figures[i].name != NULL; i++)
    if (strcmp (question->figures[i].name, name) == 0)
      return i;
  return G_MAXUINT;
}

/* Values that are not figures of the question are omitted. */
void
bench_results_add (BenchResults *self, guint case_index, guint peer, const char *figure,
                   double sample)
{
  guint index = find_figure (self->question, figure);

  if (index != G_MAXUINT)
    g_array_append_val (get_samples (self, case_index, peer, index), sample);
}

guint
bench_results_count (BenchResults *self, guint case_index, guint peer, guint figure)
{
  return get_samples (self, case_index, peer, figure)->len;
}

double
bench_results_quantile (BenchResults *self, guint case_index, guint peer, guint figure, double part)
{
  GArray *samples = get_samples (self, case_index, peer, figure);

  return samples->len > 0 ? bench_quantile (samples, part) : NAN;
}

double
bench_results_median (BenchResults *self, guint case_index, guint peer, guint figure)
{
  return bench_results_quantile (self, case_index, peer, figure, 0.5);
}

double
bench_results_ratio (BenchResults *self, guint case_index, guint peer)
{
  double ours = bench_results_median (self, case_index, 0, 0);

  return ours > 0 ? bench_results_median (self, case_index, peer, 0) / ours : NAN;
}

/* Goals */

gboolean
bench_goal_is_about (const BenchGoal *goal, const BenchCase *asked, const BenchPeer *peer)
{
  return strcmp (goal->of_case, asked->name) == 0 && strcmp (goal->peer, peer->name) == 0;
}

static guint
find_case (const BenchQuestion *question, const char *name)
{
  guint i = 0;

  while (strcmp (question->cases[i].name, name) != 0)
    i++;
  return i;
}

/* G_MAXUINT if this build lacks the peer. */
static guint
find_peer (const char *name)
{
  for (guint i = 0; i < bench_n_peers; i++)
    if (strcmp (bench_peers[i]->name, name) == 0)
      return i;
  return G_MAXUINT;
}

double
bench_goal_get_value (const BenchGoal *goal, BenchResults *results)
{
  guint case_index = find_case (results->question, goal->of_case);
  guint figure = find_figure (results->question, goal->figure);
  guint peer = find_peer (goal->peer);

  if (peer == G_MAXUINT)
    return NAN;
  if (goal->kind == BENCH_GOAL_TIMES)
    return bench_results_median (results, case_index, peer, figure)
           / bench_results_median (results, case_index, 0, figure);
  if (goal->kind == BENCH_GOAL_SIGNAL_TIMES)
    return bench_results_median (results, case_index, peer, figure)
           / bench_results_median (results, case_index, find_peer ("asynclit-signal"), figure);
  if (goal->kind == BENCH_GOAL_WITHIN)
    return bench_results_median (results, case_index, 0, figure)
           / bench_results_median (results, case_index, peer, figure);
  if (goal->kind == BENCH_GOAL_FLAT)
    return bench_results_median (results, case_index, peer, figure)
           / bench_results_median (results, 0, peer, figure);
  return bench_results_median (results, case_index, peer, figure);
}

gboolean
bench_goal_is_met (const BenchGoal *goal, double value)
{
  switch (goal->kind)
    {
    case BENCH_GOAL_TIMES:
    case BENCH_GOAL_SIGNAL_TIMES:
      return value >= goal->limit;
    case BENCH_GOAL_LESS_THAN:
      return value < goal->limit;
    case BENCH_GOAL_WITHIN:
    case BENCH_GOAL_AT_MOST:
    case BENCH_GOAL_FLAT:
      return value <= goal->limit;
    }
  g_assert_not_reached ();
}

static char *
format_limit (double limit)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  return g_strdup (g_ascii_formatd (text, sizeof text, "%g", limit));
}

char *
bench_goal_describe (const BenchGoal *goal)
{
  g_autofree char *limit = format_limit (goal->limit);

  switch (goal->kind)
    {
    case BENCH_GOAL_TIMES:
      return g_strdup_printf ("≥ %s×", limit);
    case BENCH_GOAL_SIGNAL_TIMES:
      return g_strdup_printf ("signal: ≥ %s×", limit);
    case BENCH_GOAL_WITHIN:
      return g_strdup_printf ("≥ 1/%s×", limit);
    case BENCH_GOAL_LESS_THAN:
      return g_strdup_printf ("< %s", limit);
    case BENCH_GOAL_AT_MOST:
      return g_strdup_printf ("≤ %s", limit);
    case BENCH_GOAL_FLAT:
      return g_strdup_printf ("≤ %s× the first", limit);
    }
  g_assert_not_reached ();
}

/* Numbers */

static void
insert_separators (GString *digits)
{
  gssize first = digits->str[0] == '-' ? 1 : 0;

  for (gssize at = (gssize) digits->len - 3; at > first; at -= 3)
    g_string_insert_c (digits, at, ',');
}

static gboolean
is_whole (double number)
{
  return number == (double) (gint64) number;
}

char *
bench_format_number (double number)
{
  double size = fabs (number);
  char text[G_ASCII_DTOSTR_BUF_SIZE];
  GString *result;

  if (isnan (number))
    return g_strdup ("–");
  if (size < 0.0005)
    return g_strdup ("0");
  g_ascii_formatd (text, sizeof text,
                   size >= 99.5 || is_whole (number) ? "%.0f"
                   : size >= 9.95                    ? "%.1f"
                   : size >= 0.995                   ? "%.2f"
                                                     : "%.3f",
                   number);
  result = g_string_new (text);
  if (size >= 99.5)
    insert_separators (result);
  return g_string_free (result, FALSE);
}
