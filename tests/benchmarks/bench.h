/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The benchmark's parts and how they meet.
 *
 * A *peer* is a way of running a job elsewhere and hearing of its end. A *question* is something to
 * measure, put to every peer in the same way. To add either: write it in a file of its own and list
 * it in bench-lists.c.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Peers. Every job does nothing; its completion is observed by the thread that submitted it, in its
 * main loop, by a call of bench_completed(). */
typedef struct {
  const char *name;  /* one word, for the command line and for JSON */
  const char *title; /* for people */

  /* Called once, before all else. */
  void (*start) (void);
  /* Submits one job. */
  void (*submit) (void);
  /* Submits a job that calls bench_block(). */
  void (*submit_blocker) (void);
  /* Waits until the loop has something to dispatch, and dispatches it. */
  void (*iterate) (void);
  /* How many blockers it takes until no other job is run. */
  guint (*count_blockers) (void);
  /* How many of these run at once, to begin with. */
  guint (*count_threads) (void);
} BenchPeer;

/* What a peer calls */

/* Runs on: the submitter's loop. A job has ended. */
void bench_completed (void);

/* Runs on: wherever jobs run. Never returns. */
void bench_block (void);

/* The iterate of all peers that use the default main context. */
void bench_iterate_default_context (void);

/* Questions */

typedef struct {
  const char *name;
  const char *title;
  const char *unit;
  guint jobs;       /* how many at a time */
  guint quick_jobs; /* the same for a mere trial */
  double (*measure) (const BenchPeer *peer, guint jobs);
} BenchQuestion;

double bench_measure_burst (const BenchPeer *peer, guint jobs);
double bench_measure_steady (const BenchPeer *peer, guint jobs);
double bench_measure_latency (const BenchPeer *peer, guint jobs);
double bench_measure_chain (const BenchPeer *peer, guint jobs);
double bench_measure_memory (const BenchPeer *peer, guint jobs);

/* The lists; the first peer is the one that the others are compared with. */

extern const BenchPeer *const bench_peers[];
extern const guint bench_n_peers;
extern const BenchQuestion bench_questions[];
extern const guint bench_n_questions;

/* Results: one cell a question and peer, the samples of all rounds */

typedef struct _BenchResults BenchResults;

BenchResults *bench_results_new (void);
void bench_results_free (BenchResults *results);
void bench_results_add (BenchResults *results, guint question, guint peer, double sample);

/* The table for people; each line begins with the prefix. */
void bench_results_print (BenchResults *results, const char *line_prefix);
void bench_results_print_json (BenchResults *results, gboolean quick);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BenchResults, bench_results_free)

G_END_DECLS
