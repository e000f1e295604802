/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Runs scheduled jobs, and shows when they run next.
 *
 *   schedule                      shows three jobs, until Ctrl-C
 *   schedule --store FILE         keeps their state in FILE when the program exits
 *   schedule --log FILE           one job, which appends the time of each run to a file
 *
 * With a store, runs that became due while the program was not running take place late. */

#include <asynclit-glib.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <stdlib.h>
#include <unistd.h>

/* The interval between updates of the table, in seconds. */
#define REFRESH_SECONDS 1

typedef struct {
  char *store;
  char *log;
  double interval;
  double seconds;
  gboolean at_least_once;
} Options;

typedef struct {
  AsyncLitScheduler *scheduler;
  GMainLoop *loop;
  gboolean has_terminal;
  guint n_lines; /* of the table, on the screen */
} Display;

/* Work. Each function runs on a thread of the pool. */

static void
tick (AsyncLitTask *task, GCancellable *cancellable, gpointer user_data)
{
  asynclit_task_return_string (task, "tick");
}

static void
work_slowly (AsyncLitTask *task, GCancellable *cancellable, gpointer user_data)
{
  GPollFD pollfd;

  if (g_cancellable_make_pollfd (cancellable, &pollfd))
    {
      g_poll (&pollfd, 1, 1500);
      g_cancellable_release_fd (cancellable);
    }
  asynclit_task_return_string (task, "slow");
}

/* One write, so that a line is either complete or missing. */
static void
add_to_log (AsyncLitTask *task, GCancellable *cancellable, gpointer path)
{
  g_autofree char *line = g_strdup_printf ("%" G_GINT64_FORMAT "\n", asynclit_task_get_due (task));
  int fd = open (path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);

  if (fd < 0 || write (fd, line, strlen (line)) < 0)
    asynclit_task_return_new_error (task, G_IO_ERROR, g_io_error_from_errno (errno), "%s: %s",
                                    (char *) path, g_strerror (errno));
  else
    asynclit_task_return_boolean (task, TRUE);
  if (fd >= 0)
    close (fd);
}

/* Jobs */

static void
add_job (AsyncLitScheduler *scheduler, const char *name, AsyncLitTrigger *trigger,
         AsyncLitTaskFunc func)
{
  g_autoptr (AsyncLitScheduledTask) job = asynclit_scheduled_task_new (trigger, func, NULL, NULL);
  g_autoptr (GError) error = NULL;

  asynclit_scheduled_task_set_name (job, name);
  if (!asynclit_scheduler_add (scheduler, job, TRUE, &error))
    g_printerr ("%s\n", error->message);
  g_object_unref (trigger);
}

/* Runs for each time, also for those at which the program was not running. */
static void
add_log_job (AsyncLitScheduler *scheduler, const Options *options)
{
  g_autoptr (AsyncLitTrigger) trigger = asynclit_interval_trigger_new (options->interval);
  g_autoptr (AsyncLitScheduledTask) job
      = asynclit_scheduled_task_new (trigger, add_to_log, g_strdup (options->log), g_free);
  g_autoptr (GError) error = NULL;

  asynclit_scheduled_task_set_job_id (job, "log");
  asynclit_scheduled_task_set_coalesce (job, FALSE);
  asynclit_scheduled_task_set_overlap (job, ASYNCLIT_OVERLAP_QUEUE);
  asynclit_scheduled_task_set_rerun_interrupted (job, options->at_least_once);
  if (!asynclit_scheduler_add (scheduler, job, TRUE, &error))
    g_printerr ("%s\n", error->message);
}

static void
add_jobs (AsyncLitScheduler *scheduler, const Options *options)
{
  if (options->log != NULL)
    {
      add_log_job (scheduler, options);
      return;
    }
  add_job (scheduler, "tick", asynclit_interval_trigger_new (options->interval), tick);
  add_job (scheduler, "slow", asynclit_interval_trigger_new_with_fixed_delay (3), work_slowly);
  add_job (scheduler, "minute",
           asynclit_cron_trigger_new ("* * * * *", ASYNCLIT_CRON_DIALECT_CRON, NULL, NULL), tick);
}

/* What is shown */

static char *
format_time (GDateTime *time)
{
  return time != NULL ? g_date_time_format (time, "%H:%M:%S") : g_strdup ("-");
}

static void
show_job (AsyncLitScheduledTask *job)
{
  g_autoptr (AsyncLitTrigger) trigger = asynclit_scheduled_task_get_trigger (job);
  g_autoptr (GDateTime) next = asynclit_scheduled_task_get_next_run_time (job);
  g_autoptr (GDateTime) last = asynclit_scheduled_task_get_last_run_time (job);
  g_autofree char *when = asynclit_trigger_describe (trigger);
  g_autofree char *next_text = format_time (next);
  g_autofree char *last_text = format_time (last);
  const char *name = asynclit_scheduled_task_get_name (job);

  g_print ("%-8s next %-9s last %-9s runs %-5" G_GUINT64_FORMAT " missed %-5" G_GUINT64_FORMAT
           " %s%s\n",
           name != NULL ? name : asynclit_scheduled_task_get_job_id (job), next_text, last_text,
           asynclit_scheduled_task_get_n_runs (job), asynclit_scheduled_task_get_n_missed (job),
           when, asynclit_scheduled_task_get_n_running (job) > 0 ? "  (runs)" : "");
}

/* Draws the table over the previous one or, if there is no terminal, after it. */
static gboolean
show_table (gpointer user_data)
{
  Display *display = user_data;
  GListModel *jobs = G_LIST_MODEL (display->scheduler);

  if (display->has_terminal && display->n_lines > 0)
    g_print ("\033[%uF\033[J", display->n_lines);
  display->n_lines = g_list_model_get_n_items (jobs);
  for (guint i = 0; i < display->n_lines; i++)
    {
      g_autoptr (AsyncLitScheduledTask) job = g_list_model_get_item (jobs, i);

      show_job (job);
    }
  return G_SOURCE_CONTINUE;
}

static void
on_change (Display *display)
{
  if (display->has_terminal)
    show_table (display);
}

static gboolean
quit (gpointer loop)
{
  g_main_loop_quit (loop);
  return G_SOURCE_CONTINUE;
}

static void
run (AsyncLitScheduler *scheduler, const Options *options)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  Display display = { scheduler, loop, isatty (STDOUT_FILENO), 0 };

  g_unix_signal_add (SIGINT, quit, loop);
  g_unix_signal_add (SIGTERM, quit, loop);
  if (options->seconds > 0)
    g_timeout_add ((guint) (options->seconds * 1000), quit, loop);
  g_signal_connect_swapped (scheduler, "fired", G_CALLBACK (on_change), &display);
  g_signal_connect_swapped (scheduler, "finished", G_CALLBACK (on_change), &display);
  g_timeout_add_seconds (REFRESH_SECONDS, show_table, &display);
  show_table (&display);
  asynclit_start_scheduler (scheduler);
  g_main_loop_run (loop);
  asynclit_shutdown_scheduler (scheduler, TRUE);
}

static gboolean
parse (Options *options, int *argc, char ***argv)
{
  const GOptionEntry entries[] = {
    { "store", 0, 0, G_OPTION_ARG_FILENAME, &options->store, "Remember the jobs in a file",
      "FILE" },
    { "log", 0, 0, G_OPTION_ARG_FILENAME, &options->log, "Add a line to a file at each run",
      "FILE" },
    { "interval", 0, 0, G_OPTION_ARG_DOUBLE, &options->interval, "How often", "SECONDS" },
    { "seconds", 0, 0, G_OPTION_ARG_DOUBLE, &options->seconds, "End after this time", "SECONDS" },
    { "at-least-once", 0, 0, G_OPTION_ARG_NONE, &options->at_least_once,
      "Make up for runs that were interrupted, too", NULL },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("- runs jobs on time");
  g_autoptr (GError) error = NULL;

  g_option_context_add_main_entries (context, entries, NULL);
  if (g_option_context_parse (context, argc, argv, &error) && options->interval > 0)
    return TRUE;
  g_printerr ("%s\n", error != NULL ? error->message : "--interval has to be more than 0");
  return FALSE;
}

int
main (int argc, char **argv)
{
  Options options = { .interval = 2 };
  g_autoptr (AsyncLitScheduler) scheduler = asynclit_scheduler_new ();
  g_autoptr (GError) error = NULL;

  if (!parse (&options, &argc, &argv))
    return EXIT_FAILURE;
  if (options.store != NULL)
    {
      g_autoptr (AsyncLitScheduleStore) store = asynclit_schedule_store_new (options.store, &error);

      if (store == NULL)
        {
          g_printerr ("%s\n", error->message);
          return EXIT_FAILURE;
        }
      asynclit_scheduler_set_store (scheduler, store);
    }
  add_jobs (scheduler, &options);
  run (scheduler, &options);
  g_free (options.store);
  g_free (options.log);
  return EXIT_SUCCESS;
}
