/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* fetch-many: downloads many URLs into a folder, a few at a time.
 *
 *   fetch-many [OPTION...] [URL...]
 *
 * Whatever fails temporarily is tried again: as often as --attempts says, after a delay that grows,
 * or when the server's Retry-After says so. A file gets its name once it is complete. When all
 * downloads have ended, SHA256SUMS lists the files that came, for `sha256sum -c`.
 *
 * Exit status: 0 all came; 1 some did not; 2 wrong usage, or a folder or file that can't be used;
 * 130 and 143 interrupted, by Ctrl-C and by SIGTERM, which stop all downloads at once.
 *
 * The messages are not translated, so that the example stays short. */

#include "config.h"

#include "fetch-many.h"

#include <errno.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <locale.h>

#define STATUS_FAILED 1
#define STATUS_TROUBLE 2
#define STATUS_SIGNAL 128

#define UPDATE_MS 100

/* Each job needs a thread, and the library has no more. */
#define MAX_JOBS 1024

typedef struct {
  char *input, *output, **urls;
  int jobs, attempts;
  double rate, timeout, delay;
  gboolean quiet;
} Options;

typedef struct {
  AsyncLitTaskManager *manager;
  AsyncLitTask *all_came; /* ends when all downloads have ended */
  AsyncLitTask *last;     /* the step after that */
  View *view;
  int signal_number;
} Run;

/* Options */

static void
options_clear (Options *options)
{
  g_free (options->input);
  g_free (options->output);
  g_strfreev (options->urls);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static GOptionContext *
make_context (Options *options)
{
  const GOptionEntry entries[] = {
    { "input", 'i', 0, G_OPTION_ARG_FILENAME, &options->input,
      "Read URLs from FILE, one a line; “-” is the standard input; lines that begin with “#” are "
      "comments",
      "FILE" },
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &options->output, "Where the files go (.)",
      "FOLDER" },
    { "jobs", 'j', 0, G_OPTION_ARG_INT, &options->jobs, "How many downloads run at a time (4)",
      "N" },
    { "rate", 'r', 0, G_OPTION_ARG_DOUBLE, &options->rate,
      "How many downloads start in a second, at most (0: no limit)", "N" },
    { "timeout", 't', 0, G_OPTION_ARG_DOUBLE, &options->timeout,
      "The longest time that an attempt may take (30; 0: no limit)", "SECONDS" },
    { "attempts", 'a', 0, G_OPTION_ARG_INT, &options->attempts, "How often a download is tried (5)",
      "N" },
    { "delay", 'd', 0, G_OPTION_ARG_DOUBLE, &options->delay,
      "How long to wait before the second attempt (1); doubles with each attempt", "SECONDS" },
    { "quiet", 'q', 0, G_OPTION_ARG_NONE, &options->quiet, "Print nothing but failures", NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &options->urls, NULL, "[URL…]" },
    G_OPTION_ENTRY_NULL
  };
  GOptionContext *context = g_option_context_new (NULL);

  g_option_context_set_summary (context, "Downloads many URLs into a folder.");
  g_option_context_add_main_entries (context, entries, NULL);
  return context;
}

static gboolean
parse_options (Options *options, int *argc, char ***argv, GError **error)
{
  g_autoptr (GOptionContext) context = make_context (options);

  if (!g_option_context_parse (context, argc, argv, error))
    return FALSE;
  if (options->output == NULL)
    options->output = g_strdup (".");
  /* NaN fails all comparisons. */
  if (options->jobs >= 1 && options->jobs <= MAX_JOBS && options->attempts >= 1
      && options->rate >= 0 && options->timeout >= 0 && options->delay >= 0)
    return TRUE;
  g_set_error (
      error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
      "There must be 1 to %u jobs and at least 1 attempt; rate and times must be at least 0",
      MAX_JOBS);
  return FALSE;
}

static GPtrArray *
make_downloads (const Options *options, SoupSession *session, GError **error)
{
  g_autoptr (GPtrArray) urls = g_ptr_array_new_with_free_func (g_free);

  for (char **url = options->urls; url != NULL && *url != NULL; url++)
    g_ptr_array_add (urls, g_strdup (*url));
  if (options->input != NULL && !read_list (options->input, urls, error))
    return NULL;
  if (urls->len == 0)
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "At least one URL is needed");
  return urls->len > 0 ? list_downloads (urls, options->output, session, error) : NULL;
}

/* The tasks */

static AsyncLitTaskManager *
make_manager (const Options *options)
{
  g_autoptr (AsyncLitLimiter) limiter = asynclit_limiter_new ((guint) options->jobs);
  AsyncLitTaskManager *manager = asynclit_task_manager_new ();

  asynclit_set_max_threads (MAX (asynclit_get_max_threads (), (guint) options->jobs));
  asynclit_limiter_set_rate (limiter, options->rate);
  asynclit_task_manager_set_limiter (manager, limiter);
  asynclit_task_manager_set_max_completed (manager, 0);
  return manager;
}

/* A task for each URL. How many of them run at a time is up to the manager. */
static GPtrArray *
submit_all (AsyncLitTaskManager *manager, const Options *options, GPtrArray *downloads)
{
  g_autoptr (AsyncLitRetryPolicy) retry
      = fetch_retry_policy ((guint) options->attempts, options->delay);
  GPtrArray *tasks = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < downloads->len; i++)
    {
      Download *download = downloads->pdata[i];
      AsyncLitTask *task = asynclit_task_new ();

      asynclit_task_set_name (task, download->name);
      asynclit_task_set_func (task, fetch, download, NULL);
      asynclit_task_set_retry_policy (task, retry);
      asynclit_task_set_timeout (task, options->timeout);
      asynclit_task_manager_submit_task (manager, task);
      g_ptr_array_add (tasks, task);
    }
  return tasks;
}

static AsyncLitTask *
submit_last (AsyncLitTask *all_came, SumsFile *sums)
{
  AsyncLitTask *last = asynclit_task_new ();

  asynclit_task_add_dependency (last, all_came);
  asynclit_task_set_run_anyway (last, TRUE);
  asynclit_task_set_func (last, write_sums, sums, NULL);
  asynclit_task_manager_submit_task (asynclit_get_default_manager (), last);
  return last;
}

/* The run */

/* The first signal ends everything; the source removes itself, so that the second kills. */
static gboolean
on_signal (Run *run, int number)
{
  run->signal_number = number;
  asynclit_task_cancel (run->last);
  return G_SOURCE_REMOVE;
}

static gboolean
on_interrupt (gpointer run)
{
  return on_signal (run, SIGINT);
}

static gboolean
on_terminate (gpointer run)
{
  return on_signal (run, SIGTERM);
}

static gboolean
on_update (gpointer view)
{
  view_update (view);
  return G_SOURCE_CONTINUE;
}

static void
on_completed (AsyncLitTask *last, gpointer loop)
{
  g_main_loop_quit (loop);
}

static int
run_finish (Run *run)
{
  const GError *error = asynclit_task_get_error (run->last);

  view_finish (run->view, run->signal_number != 0 ? "Interrupted" : "Done");
  asynclit_task_manager_close (run->manager, ASYNCLIT_CLOSE_MODE_CANCEL);
  asynclit_task_wait (run->all_came, -1, NULL, NULL);
  if (run->signal_number != 0)
    return STATUS_SIGNAL + run->signal_number;
  if (error == NULL)
    return asynclit_task_get_error (run->all_came) != NULL ? STATUS_FAILED : 0;
  g_printerr ("fetch-many: %s\n", error->message);
  return STATUS_TROUBLE;
}

static int
run_downloads (const Options *options, GPtrArray *downloads)
{
  g_autoptr (AsyncLitTaskManager) manager = make_manager (options);
  g_autoptr (GPtrArray) tasks = submit_all (manager, options, downloads);
  g_autoptr (AsyncLitTask) all_came = asynclit_task_join (
      (AsyncLitTask **) tasks->pdata, tasks->len, ASYNCLIT_JOIN_ALL, ASYNCLIT_JOIN_WAIT);
  SumsFile sums = { .folder = options->output, .tasks = tasks };
  g_autoptr (AsyncLitTask) last = submit_last (all_came, &sums);
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (View) view = view_new (tasks, manager, options->quiet);
  Run run = { .manager = manager, .all_came = all_came, .last = last, .view = view };

  asynclit_task_add_callback (last, on_completed, loop, NULL);
  g_unix_signal_add (SIGINT, on_interrupt, &run);
  g_unix_signal_add (SIGTERM, on_terminate, &run);
  g_timeout_add (UPDATE_MS, on_update, view);
  g_main_loop_run (loop);
  return run_finish (&run);
}

static SoupSession *
make_session (const Options *options)
{
  SoupSession *session = soup_session_new_with_options ("max-conns", options->jobs,
                                                        "max-conns-per-host", options->jobs, NULL);

  /* The files are to be what the server has, and their amounts what it says. */
  soup_session_remove_feature_by_type (session, SOUP_TYPE_CONTENT_DECODER);
  return session;
}

static gboolean
make_folder (const char *path, GError **error)
{
  if (g_mkdir_with_parents (path, 0777) == 0)
    return TRUE;
  g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (errno), "%s: %s", path,
               g_strerror (errno));
  return FALSE;
}

int
main (int argc, char **argv)
{
  g_auto (Options) options = { .jobs = 4, .attempts = 5, .timeout = 30, .delay = 1 };
  g_autoptr (SoupSession) session = NULL;
  g_autoptr (GPtrArray) downloads = NULL;
  g_autoptr (GError) error = NULL;

  setlocale (LC_ALL, "");
  if (parse_options (&options, &argc, &argv, &error))
    {
      session = make_session (&options);
      downloads = make_downloads (&options, session, &error);
    }
  if (downloads != NULL && make_folder (options.output, &error))
    return run_downloads (&options, downloads);
  g_printerr ("fetch-many: %s\n", error->message);
  return STATUS_TROUBLE;
}
