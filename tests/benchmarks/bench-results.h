/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "bench.h"

#include <math.h>

G_BEGIN_DECLS

/* The samples of all rounds: for each case, peer and figure of a question. */
typedef struct _BenchResults BenchResults;

BenchResults *bench_results_new (const BenchQuestion *question);
void bench_results_free (BenchResults *results);
void bench_results_add (BenchResults *results, guint case_index, guint peer, const char *figure,
                        double sample);
guint bench_results_count (BenchResults *results, guint case_index, guint peer, guint figure);
/* NaN if there is no sample. */
double bench_results_quantile (BenchResults *results, guint case_index, guint peer, guint figure,
                               double part);
double bench_results_median (BenchResults *results, guint case_index, guint peer, guint figure);
/* The peer's figure divided by this library's; NaN if there is none. */
double bench_results_ratio (BenchResults *results, guint case_index, guint peer);
const BenchQuestion *bench_results_get_question (BenchResults *results);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BenchResults, bench_results_free)

/* Goals */

gboolean bench_goal_is_about (const BenchGoal *goal, const BenchCase *asked, const BenchPeer *peer);
/* The number to which the limit applies; NaN if it was not measured. */
double bench_goal_get_value (const BenchGoal *goal, BenchResults *results);
gboolean bench_goal_is_met (const BenchGoal *goal, double value);
/* As in "≥ 4×". */
char *bench_goal_describe (const BenchGoal *goal);

/* Numbers in three or more digits, as in 1,416 or 0.412; a dash for NaN. */
char *bench_format_number (double number);

/* Reports */

void bench_print_table (BenchResults *results);
/* "-" is the standard output. */
gboolean bench_write_json (BenchResults *results, const char *path, gboolean quick, GError **error);

G_END_DECLS
