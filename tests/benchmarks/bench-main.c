/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Each measurement runs in a process of its own, so that none inherits the threads, the memory or
 * the caches of another. The peers take turns in short rounds, so that other load on the machine
 * affects all of them; the printed figures are medians. Times depend on the machine, ratios much
 * less. */

#include "bench-results.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEFAULT_ROUNDS 7

static struct {
  gboolean quick;
  int rounds;
  int seconds;
  char *json;
  char **peers;
  char **cases;
} options = { .rounds = DEFAULT_ROUNDS };

static const GOptionEntry option_entries[] = {
  { "quick", 0, 0, G_OPTION_ARG_NONE, &options.quick, "One short round, as a trial", NULL },
  { "rounds", 0, 0, G_OPTION_ARG_INT, &options.rounds, "How often to measure everything", "N" },
  { "seconds", 0, 0, G_OPTION_ARG_INT, &options.seconds,
    "Begin no other round when another would take longer than this in all", "N" },
  { "json", 0, 0, G_OPTION_ARG_FILENAME, &options.json,
    "Write the results as JSON too; - is the standard output, without the table", "FILE" },
  { "peer", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options.peers, "Only this peer (repeatable)",
    "NAME" },
  { "case", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options.cases, "Only this case (repeatable)",
    "NAME" },
  { NULL },
};

/* In the measuring process: `--measure CASE PEER JOBS COUNTED`, indices and numbers. */

void
bench_yield (const char *figure, double value)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  printf ("%s %s\n", figure, g_ascii_formatd (text, sizeof text, "%.6f", value));
}

static int
measure_here (const BenchQuestion *question, char **argv)
{
  const BenchCase *asked = &question->cases[atoi (argv[2])];
  const BenchPeer *peer = bench_peers[atoi (argv[3])];

  if (atoi (argv[5]))
    bench_usage_count_system_calls ();
  question->measure (peer, asked, (guint) atoi (argv[4]));
  fflush (stdout);
  /* Blocked threads must not do anything at the end. */
  _exit (EXIT_SUCCESS);
}

/* In the process that the user started */

static char *
run_measurement (const BenchQuestion *question, guint case_index, guint peer, gboolean counted)
{
  const BenchCase *asked = &question->cases[case_index];
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *case_text = g_strdup_printf ("%u", case_index);
  g_autofree char *peer_text = g_strdup_printf ("%u", peer);
  g_autofree char *jobs_text
      = g_strdup_printf ("%u", options.quick ? asked->quick_jobs : asked->jobs);
  char *argv[] = { self, "--measure", case_text, peer_text, jobs_text, counted ? "1" : "0", NULL };
  g_autoptr (GError) error = NULL;
  char *output = NULL;
  int status;

  if (!g_spawn_sync (NULL, argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, &output, NULL, &status, &error)
      || !g_spawn_check_wait_status (status, &error))
    g_error ("%s, %s, %s: %s", question->name, asked->name, bench_peers[peer]->name,
             error->message);
  return output;
}

/* Runs that count system calls are used for nothing else. */
static void
measure (BenchResults *results, guint case_index, guint peer, gboolean counted)
{
  const BenchQuestion *question = bench_results_get_question (results);
  g_autofree char *output = run_measurement (question, case_index, peer, counted);
  g_auto (GStrv) lines = g_strsplit (output, "\n", 0);

  for (char **line = lines; *line != NULL; line++)
    {
      char *blank = strchr (*line, ' ');

      if (blank == NULL)
        continue;
      *blank = '\0';
      if (g_str_equal (*line, "system-calls") == counted)
        bench_results_add (results, case_index, peer, *line, g_ascii_strtod (blank + 1, NULL));
    }
}

static gboolean
is_chosen (char **chosen, const char *name)
{
  return chosen == NULL || g_strv_contains ((const char *const *) chosen, name);
}

static gboolean
is_asked (const BenchQuestion *question, const BenchCase *asked, const BenchPeer *peer)
{
  if (question->has_no_peers && peer != bench_peers[0])
    return FALSE;
  return is_chosen (options.cases, asked->name) && is_chosen (options.peers, peer->name)
         && (peer->only_for == NULL || g_str_equal (peer->only_for, question->name))
         && (question->applies == NULL || question->applies (peer, asked));
}

/* Each round begins with another peer. */
static void
measure_round (BenchResults *results, guint round, gboolean counted)
{
  const BenchQuestion *question = bench_results_get_question (results);

  for (guint i = 0; question->cases[i].name != NULL; i++)
    for (guint turn = 0; turn < bench_n_peers; turn++)
      {
        guint peer = (turn + round) % bench_n_peers;

        if (is_asked (question, &question->cases[i], bench_peers[peer]))
          measure (results, i, peer, counted);
      }
}

static void
show_progress (const BenchQuestion *question, guint round, guint n_rounds)
{
  if (isatty (STDERR_FILENO))
    fprintf (stderr, "\r%s: round %u of %u\033[K%s", question->name, round, n_rounds,
             round == n_rounds ? "\r\033[K" : "");
}

/* Whether there is time for another round. */
static gboolean
has_time (double begun, guint n_done)
{
  double spent = (bench_now () - begun) / 1e9;

  return options.seconds <= 0 || spent + spent / n_done <= options.seconds;
}

static void
measure_all (BenchResults *results)
{
  const BenchQuestion *question = bench_results_get_question (results);
  guint n_rounds = options.quick ? 1 : (guint) MAX (options.rounds, 1);
  double begun = bench_now ();

  bench_calibrate ();
  if (question->counts_system_calls)
    measure_round (results, 0, TRUE);
  for (guint round = 0; round < n_rounds; round++)
    {
      show_progress (question, round, n_rounds);
      measure_round (results, round, FALSE);
      if (!has_time (begun, round + 1))
        break;
    }
  show_progress (question, n_rounds, n_rounds);
}

static gboolean
report (BenchResults *results, GError **error)
{
  if (g_strcmp0 (options.json, "-") != 0)
    bench_print_table (results);
  return options.json == NULL || bench_write_json (results, options.json, options.quick, error);
}

static gboolean
is_peer (const BenchQuestion *question, const char *name)
{
  for (guint i = 0; i < bench_n_peers; i++)
    if (g_str_equal (bench_peers[i]->name, name))
      return TRUE;
  return FALSE;
}

static gboolean
is_case (const BenchQuestion *question, const char *name)
{
  for (const BenchCase *asked = question->cases; asked->name != NULL; asked++)
    if (g_str_equal (asked->name, name))
      return TRUE;
  return FALSE;
}

static gboolean
check_names (char **names, gboolean (*is_known) (const BenchQuestion *, const char *),
             const BenchQuestion *question, GError **error)
{
  for (char **name = names; name != NULL && *name != NULL; name++)
    if (!is_known (question, *name))
      {
        g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "there is no %s here", *name);
        return FALSE;
      }
  return TRUE;
}

static gboolean
parse_options (int argc, char *argv[], const BenchQuestion *question, GError **error)
{
  g_autofree char *summary = g_strdup_printf ("- %s", question->title);
  g_autoptr (GOptionContext) context = g_option_context_new (summary);

  g_option_context_add_main_entries (context, option_entries, NULL);
  return g_option_context_parse (context, &argc, &argv, error)
         && check_names (options.peers, is_peer, question, error)
         && check_names (options.cases, is_case, question, error);
}

int
bench_main (int argc, char *argv[], const BenchQuestion *question)
{
  g_autoptr (BenchResults) results = NULL;
  g_autoptr (GError) error = NULL;

  if (argc == 6 && strcmp (argv[1], "--measure") == 0)
    return measure_here (question, argv);

  setlocale (LC_ALL, "");
  if (parse_options (argc, argv, question, &error))
    {
      results = bench_results_new (question);
      measure_all (results);
      if (report (results, &error))
        return EXIT_SUCCESS;
    }
  fprintf (stderr, "%s\n", error != NULL ? error->message : "cannot write");
  return EXIT_FAILURE;
}
