/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What it costs to have a job run elsewhere and to hear of its end, for this library and for what
 * one would use without it. Each measurement is a process of its own; the peers take turns, so that
 * what else the machine does hits all of them; the table shows medians. The times depend on the
 * machine, the ratios much less.
 */

#include "bench.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEFAULT_ROUNDS 7

static struct {
  gboolean json;
  gboolean quick;
  gboolean tap;
  int rounds;
  char **peers;
  char **questions;
} options = { .rounds = DEFAULT_ROUNDS };

static const GOptionEntry option_entries[] = {
  { "json", 0, 0, G_OPTION_ARG_NONE, &options.json, "Print JSON in place of the table", NULL },
  { "quick", 0, 0, G_OPTION_ARG_NONE, &options.quick, "One short round, as a trial", NULL },
  { "rounds", 0, 0, G_OPTION_ARG_INT, &options.rounds, "How often to measure everything", "N" },
  { "peer", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options.peers, "Only this peer (repeatable)",
    "NAME" },
  { "question", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options.questions,
    "Only this question (repeatable)", "NAME" },
  { "tap", 0, 0, G_OPTION_ARG_NONE, &options.tap, "Speak the Test Anything Protocol", NULL },
  { NULL },
};

static gboolean
is_chosen (char **chosen, const char *name)
{
  return chosen == NULL || g_strv_contains ((const char *const *) chosen, name);
}

/* In the process that measures: `--measure QUESTION PEER JOBS`, prints one number. */
static int
measure_here (char **argv)
{
  const BenchQuestion *question = &bench_questions[atoi (argv[2])];
  const BenchPeer *peer = bench_peers[atoi (argv[3])];

  peer->start ();
  printf ("%.3f\n", question->measure (peer, (guint) atoi (argv[4])));
  fflush (stdout);
  /* Blocked threads have nothing to say at the end. */
  _exit (EXIT_SUCCESS);
}

static double
measure (guint question, guint peer)
{
  const BenchQuestion *asked = &bench_questions[question];
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *question_text = g_strdup_printf ("%u", question);
  g_autofree char *peer_text = g_strdup_printf ("%u", peer);
  g_autofree char *jobs_text
      = g_strdup_printf ("%u", options.quick ? asked->quick_jobs : asked->jobs);
  char *argv[] = { self, "--measure", question_text, peer_text, jobs_text, NULL };
  g_autofree char *output = NULL;
  g_autoptr (GError) error = NULL;
  int status;

  if (!g_spawn_sync (NULL, argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, &output, NULL, &status, &error)
      || !g_spawn_check_wait_status (status, &error))
    g_error ("%s, %s: %s", asked->name, bench_peers[peer]->name, error->message);
  return g_ascii_strtod (output, NULL);
}

/* Another peer begins in each round. */
static void
measure_round (BenchResults *results, guint round)
{
  for (guint question = 0; question < bench_n_questions; question++)
    for (guint turn = 0; turn < bench_n_peers; turn++)
      {
        guint peer = (turn + round) % bench_n_peers;

        if (is_chosen (options.questions, bench_questions[question].name)
            && is_chosen (options.peers, bench_peers[peer]->name))
          bench_results_add (results, question, peer, measure (question, peer));
      }
}

static void
report (BenchResults *results)
{
  if (options.json)
    {
      bench_results_print_json (results, options.quick);
      return;
    }
  if (options.tap)
    g_print ("1..1\n");
  bench_results_print (results, options.tap ? "# " : "");
  if (options.tap)
    g_print ("ok 1 /benchmark/dispatch\n");
}

int
main (int argc, char *argv[])
{
  g_autoptr (GOptionContext) context = NULL;
  g_autoptr (BenchResults) results = NULL;
  g_autoptr (GError) error = NULL;

  if (argc == 5 && strcmp (argv[1], "--measure") == 0)
    return measure_here (argv);

  setlocale (LC_ALL, "");
  context = g_option_context_new ("- what it costs to run a job elsewhere");
  g_option_context_add_main_entries (context, option_entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    {
      g_printerr ("%s\n", error->message);
      return EXIT_FAILURE;
    }

  results = bench_results_new ();
  for (guint round = 0; round < (options.quick ? 1 : (guint) MAX (options.rounds, 1)); round++)
    measure_round (results, round);
  report (results);
  return EXIT_SUCCESS;
}
