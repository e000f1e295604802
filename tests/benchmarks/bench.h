/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The parts of the benchmarks and how they meet.
 *
 * A *peer* is a way of running a job elsewhere and hearing of its end: this library, or what one
 * would use without it. Each is a file of its own, peer-NAME.c, listed in bench-peers.c.
 *
 * A *question* is something to measure, put to every peer in the same way. Each is a program of
 * its own, benchmark-NAME.c, listed in meson.build: a table of the cases, the figures and the
 * goals, and a function that measures one case with one peer. bench-main.c runs that function in
 * fresh processes, in turns, and prints what came out.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Peers */

/* What a job does, wherever the peer runs it. */
typedef void (*BenchWork) (void);

typedef struct {
  const char *name;  /* one word, for the command line and for JSON */
  const char *title; /* for people */

  const char *only_for;       /* the one question that it is put to; NULL: all */
  gboolean uses_main_context; /* its completions come through a GMainContext */
  gboolean has_handles;       /* a job that has ended can still be asked for its outcome */
  gboolean can_set_threads;   /* how many there are */

  /* Called once, before all else. @n_threads is how many threads to use at most; 0 leaves the
   * choice to the peer. */
  void (*start) (guint n_threads);

  /* Called in each further thread that submits and iterates, and at its end; NULL if there can be
   * only one such thread. */
  void (*start_producer) (void);
  void (*stop_producer) (void);

  /* Submits a job; its completion calls bench_completed() in the submitting thread's loop. */
  void (*submit) (BenchWork work);

  /* Submits this many items as one job, which completes once; NULL if the peer has no such
   * function. */
  void (*submit_map) (guint n_items, BenchWork work);

  /* The same for a job that reports a given number of values. Each of them calls bench_arrived() in
   * the loop, in order, before the job completes. NULL if the peer has no such thing. */
  void (*submit_reporter) (guint n_values);

  /* Waits until the calling thread's loop has something to dispatch, and dispatches it. */
  void (*iterate) (void);

  /* The number of jobs that run at the same time, and how many jobs that don't end it takes until
   * no other job runs for some seconds. */
  guint (*count_threads) (void);
  guint (*count_blockers) (void);
} BenchPeer;

/* The first is the one that the others are compared with. */
extern const BenchPeer *const bench_peers[];
extern const guint bench_n_peers;

/* What peers call */

/* Runs on: the submitter's loop. A job has ended; a reported value has arrived. */
void bench_completed (void);
void bench_arrived (void);

/* Whether handles of ended jobs are to be kept. */
extern gboolean bench_keeps_handles;

/* For peers with a GMainContext: that of the calling thread. */
GMainContext *bench_get_context (void);
void bench_iterate_context (void);
void bench_start_context_producer (void);
void bench_stop_context_producer (void);

/* Questions */

typedef struct {
  const char *name;  /* for JSON */
  const char *title; /* the head of the column, with the unit */
} BenchFigure;

typedef struct {
  const char *name;
  const char *title;
  guint jobs;       /* how many jobs, or samples */
  guint quick_jobs; /* the same for a mere trial */
  guint number;     /* what makes this case differ from the others */
} BenchCase;

typedef enum {
  BENCH_GOAL_TIMES,        /* the peer needs at least this many times what this library needs */
  BENCH_GOAL_SIGNAL_TIMES, /* the same, with the signal instead of the callback */
  BENCH_GOAL_WITHIN,       /* this library needs at most this many times what the peer needs */
  BENCH_GOAL_AT_MOST,      /* this library needs at most this much */
  BENCH_GOAL_LESS_THAN,    /* this library needs less */
  BENCH_GOAL_FLAT,         /* this library needs at most this many times the first case's */
} BenchGoalKind;

typedef struct {
  BenchGoalKind kind;
  const char *of_case;
  const char *peer;
  const char *figure;
  double limit;
} BenchGoal;

/* The arrays end with an element without a name. */
typedef struct {
  const char *name;
  const char *title;
  const char *case_title;     /* the head of the column of cases */
  const BenchFigure *figures; /* the first is the one that is compared */
  const BenchCase *cases;
  const BenchGoal *goals;
  gboolean counts_system_calls; /* has a figure of that name */
  gboolean has_no_peers;        /* is about something else: one row a case, and no ratios */
  /* Whether a peer can be asked; NULL if every one can. */
  gboolean (*applies) (const BenchPeer *peer, const BenchCase *asked);
  /* Calls bench_yield() for each figure. */
  void (*measure) (const BenchPeer *peer, const BenchCase *asked, guint jobs);
} BenchQuestion;

/* The main() of a program that asks one question. */
int bench_main (int argc, char *argv[], const BenchQuestion *question);

/* Gives the value of a figure. */
void bench_yield (const char *figure, double value);

/* Running jobs; the state is that of the calling thread. */

double bench_now (void); /* ns, of a clock that doesn't jump */

/* The next jobs are for @peer; @on_completed may be NULL. */
void bench_begin (const BenchPeer *peer, guint jobs, void (*on_completed) (void));
void bench_expect_values (guint n_values);
void bench_submit_one (BenchWork work);
/* Submits jobs until this many have been submitted in total. */
void bench_submit_to (guint jobs, BenchWork work);
/* A completion that submits another job which does nothing, as long as some are left. */
void bench_submit_next (void);
void bench_iterate_to_end (void);
/* Whether all jobs have completed and all values have arrived. */
gboolean bench_is_at_end (void);
/* Starts the peer and has it do a few jobs. */
void bench_start (const BenchPeer *peer, guint n_threads);
void bench_warm_up (const BenchPeer *peer);
guint bench_get_n_completed (void);

/* What jobs do */

void bench_work_nothing (void);
/* Waits until bench_open_gate() is called, if ever. */
void bench_work_gate (void);
void bench_open_gate (void);
/* Submits such jobs until no thread is left, and waits until all of them wait; returns how many. */
guint bench_block_threads (const BenchPeer *peer);
void bench_await_at_gate (guint n_jobs);
/* Keeps a processor busy for about as long as was set, with the same instructions each time. */
void bench_work_busy (void);
void bench_set_busy_usec (guint usec);
/* For bench-main.c: the speed is measured once, so that it is the same for all. */
void bench_calibrate (void);

/* Numbers */

/* Sorts the samples; @part is between 0 and 1. */
double bench_quantile (GArray *samples, double part);

/* The resources that the process has used */

typedef struct {
  double wall;         /* ns */
  double cpu;          /* ns, of all threads */
  double sleeps;       /* voluntary context switches: a thread waited, and had to be woken */
  double system_calls; /* negative where they can't be counted */
} BenchUsage;

/* Before any thread is started. */
void bench_usage_count_system_calls (void);
BenchUsage bench_usage_now (void);
/* Yields "wall", "cpu", "sleeps" and, if they are counted, "system-calls", a job, since then. */
void bench_yield_usage (const BenchUsage *since, guint jobs);
double bench_get_resident (void); /* bytes */

G_END_DECLS
