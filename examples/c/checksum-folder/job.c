/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The job: lists the folder, hashes the files, and collects the results of the tasks.
 *
 * One task lists the folder. Then a limited number of tasks is submitted, one per file; whenever
 * one completes, the next is submitted, so a million files never need a million tasks. All
 * callbacks run in the main loop of job_run(), so no locks are needed. Progress is polled from the
 * running tasks whenever the view is drawn. */

#include "config.h"

#include "checksum-folder.h"

#include <errno.h>
#include <glib-unix.h>
#include <glib/gi18n.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#define STATUS_FAILURES 1
#define STATUS_SIGNAL 128

struct _Job {
  /* the user's arguments */
  char *folder;
  SumsFile *sums_file;
  guint max_in_flight;

  GMainLoop *loop;
  AsyncLitTaskManager *manager;
  AsyncLitRetryPolicy *retry;
  View *view;
  gint64 started;

  ListRequest request;
  AsyncLitTask *listing_task;
  Listing *listing;    /* belongs to its task; NULL until that is done */
  guint next_file;     /* index of the first file that has not been submitted */
  GPtrArray *running;  /* of RunningFile */
  GPtrArray *failures; /* of char * */
  Totals totals;
  guint files_hashed, files_retried;
  GError *error;     /* the reason if nothing could be done */
  int signal_number; /* 0: not interrupted */
};

/* Signals */

/* The main loop watches the read end; the handler writes to the write end. */
static int signal_pipe[2];
static volatile sig_atomic_t signals_seen;

/* Runs on: a signal handler */
static void
on_signal (int number)
{
  unsigned char byte = number;
  int saved = errno;

  if (signals_seen++ > 0 || write (signal_pipe[1], &byte, 1) != 1)
    {
      sums_file_remove_temporary ();
      _exit (STATUS_SIGNAL + number);
    }
  errno = saved;
}

static gboolean
on_signal_pipe (int fd, GIOCondition condition, gpointer user_data)
{
  Job *self = user_data;
  unsigned char byte;

  if (read (fd, &byte, 1) != 1)
    return G_SOURCE_CONTINUE;
  self->signal_number = byte;
  view_freeze (self->view);
  view_print (self->view, _("Stopping; interrupt again to exit immediately."));
  /* Pending tasks never start, and running ones stop at their next chunk. Each task still
   * completes, and the last one ends the loop. */
  asynclit_task_manager_close (self->manager, ASYNCLIT_CLOSE_MODE_CANCEL);
  return G_SOURCE_REMOVE;
}

static void
watch_signals (Job *self)
{
  struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART };

  /* Without the pipe, Ctrl-C ends the program as usual. */
  if (!g_unix_open_pipe (signal_pipe, FD_CLOEXEC, NULL))
    return;
  sigfillset (&action.sa_mask);
  sigaction (SIGINT, &action, NULL);
  sigaction (SIGTERM, &action, NULL);
  g_unix_fd_add (signal_pipe[0], G_IO_IN, on_signal_pipe, self);
}

/* The files */

static void
running_file_free (gpointer data)
{
  RunningFile *self = data;

  g_object_unref (self->task);
  g_free (self);
}

static void
collect_file (Job *self, RunningFile *running)
{
  AsyncLitTask *task = running->task;
  const GError *error = asynclit_task_get_error (task);
  const GValue *result;

  if (asynclit_task_get_status (task) == ASYNCLIT_TASK_STATUS_CANCELLED)
    return;
  self->totals.files_done++;
  self->totals.bytes_done += running->file->size;
  if (asynclit_task_get_attempt (task) > 1)
    self->files_retried++;
  if (error != NULL)
    {
      g_ptr_array_add (self->failures, failure_text (running->file->path, error->message));
      return;
    }
  self->files_hashed++;
  result = asynclit_task_get_result (task, NULL);
  g_strlcpy (running->file->digest, g_value_get_string (result), sizeof running->file->digest);
}

static void on_file_completed (AsyncLitTask *task, gpointer user_data);

static void
submit_file (Job *self, FileEntry *file)
{
  RunningFile *running = g_new0 (RunningFile, 1);

  running->file = file;
  running->task = asynclit_task_new ();
  asynclit_task_set_func (running->task, hash_file, file, NULL);
  asynclit_task_set_retry_policy (running->task, self->retry);
  asynclit_task_add_callback (running->task, on_file_completed, self, NULL);
  g_ptr_array_add (self->running, running);
  asynclit_task_manager_submit_task (self->manager, running->task);
}

static void
submit_more (Job *self)
{
  while (self->signal_number == 0 && self->running->len < self->max_in_flight
         && self->next_file < self->listing->files->len)
    submit_file (self, &g_array_index (self->listing->files, FileEntry, self->next_file++));
  if (self->running->len == 0)
    g_main_loop_quit (self->loop);
}

/* The tasks complete roughly in the order of submission, so the search is short. */
static void
on_file_completed (AsyncLitTask *task, gpointer user_data)
{
  Job *self = user_data;

  for (guint i = 0; i < self->running->len; i++)
    {
      RunningFile *running = g_ptr_array_index (self->running, i);
      if (running->task == task)
        {
          collect_file (self, running);
          g_ptr_array_remove_index (self->running, i);
          break;
        }
    }
  submit_more (self);
}

/* The folder */

static void
print_listing (Job *self)
{
  g_autofree char *size = printable_size (self->listing->bytes);

  view_print (self->view,
              ngettext ("Found %u file, %s", "Found %u files, %s", self->listing->files->len),
              self->listing->files->len, size);
}

static void
on_listed (AsyncLitTask *task, gpointer user_data)
{
  Job *self = user_data;
  const GValue *result = asynclit_task_get_result (task, &self->error);

  if (result == NULL)
    {
      g_main_loop_quit (self->loop);
      return;
    }
  self->listing = g_value_get_pointer (result);
  self->totals.files_total = self->listing->files->len;
  self->totals.bytes_total = self->listing->bytes;
  for (guint i = 0; i < self->listing->failures->len; i++)
    g_ptr_array_add (self->failures, g_strdup (g_ptr_array_index (self->listing->failures, i)));
  print_listing (self);
  submit_more (self);
}

static void
submit_listing (Job *self)
{
  self->request.folder = self->folder;
  self->request.sums_file = self->sums_file;
  self->listing_task
      = asynclit_task_manager_submit (self->manager, NULL, list_folder, &self->request, NULL);
  asynclit_task_add_callback (self->listing_task, on_listed, self, NULL);
}

/* Progress */

static gboolean
on_tick (gpointer user_data)
{
  Job *self = user_data;
  Totals totals;

  self->totals.files_listed = asynclit_task_get_progress_done (self->listing_task);
  totals = self->totals;
  for (guint i = 0; i < self->running->len; i++)
    {
      RunningFile *running = g_ptr_array_index (self->running, i);
      double bytes_done = asynclit_task_get_progress_done (running->task);

      totals.bytes_done += MIN (bytes_done, running->file->size);
    }
  /* Once the program stops, progress is of no interest. */
  if (signals_seen == 0)
    view_update (self->view, &totals, self->running);
  return G_SOURCE_CONTINUE;
}

/* The end */

static int
compare_texts (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* Failures are printed even with --quiet. */
static void
print_failures (Job *self)
{
  guint count = self->failures->len;

  if (count == 0)
    return;
  g_ptr_array_sort (self->failures, compare_texts);
  g_printerr (ngettext ("%u file or folder failed:", "%u files or folders failed:", count), count);
  g_printerr ("\n");
  for (guint i = 0; i < count; i++)
    g_printerr ("  %s\n", (const char *) g_ptr_array_index (self->failures, i));
}

static void
print_totals (Job *self)
{
  double seconds = (g_get_monotonic_time () - self->started) / 1e6;
  g_autofree char *size = printable_size (self->totals.bytes_done);
  g_autofree char *rate = printable_size (self->totals.bytes_done / MAX (seconds, 0.001));
  g_autofree char *duration = printable_duration (seconds);

  if (self->signal_number != 0)
    view_print (self->view, _("Interrupted: %u of %u files were done (%s in %s)"),
                self->files_hashed, self->totals.files_total, size, duration);
  else
    view_print (self->view,
                ngettext ("Done: %u of %u file (%s in %s, %s/s)",
                          "Done: %u of %u files (%s in %s, %s/s)", self->totals.files_total),
                self->files_hashed, self->totals.files_total, size, duration, rate);
  if (self->files_retried > 0)
    view_print (self->view,
                ngettext ("%u file took more than one attempt",
                          "%u files took more than one attempt", self->files_retried),
                self->files_retried);
}

static gboolean
write_result (Job *self)
{
  const char *path = sums_file_get_path (self->sums_file);
  g_autofree char *name = printable_name (path != NULL ? path : "-");

  /* An earlier result is better than an empty one. */
  if (self->signal_number != 0 && self->files_hashed == 0)
    return TRUE;
  if (!sums_file_write (self->sums_file, self->listing->files, &self->error))
    return FALSE;
  if (!sums_file_is_stdout (self->sums_file))
    view_print (self->view, _("The checksums are in %s"), name);
  return TRUE;
}

static int
print_trouble (Job *self)
{
  g_autofree char *name = printable_name (self->folder);

  if (self->listing == NULL)
    g_printerr (_("checksum-folder: Cannot read the folder “%s”: %s"), name, self->error->message);
  else
    g_printerr ("checksum-folder: %s", self->error->message);
  g_printerr ("\n");
  return STATUS_TROUBLE;
}

/* Returns the exit status. */
static int
finish (Job *self)
{
  view_clear (self->view);
  if (self->listing == NULL && self->signal_number == 0)
    return print_trouble (self);
  print_failures (self);
  print_totals (self);
  if (self->listing != NULL && !write_result (self))
    return print_trouble (self);
  if (self->signal_number != 0)
    return STATUS_SIGNAL + self->signal_number;
  return self->failures->len > 0 ? STATUS_FAILURES : EXIT_SUCCESS;
}

/* @max_in_flight: the number of tasks that may have been submitted and not ended */
Job *
job_new (const char *folder, const char *output, guint max_in_flight, gboolean quiet,
         GError **error)
{
  SumsFile *sums_file = sums_file_new (output, error);
  Job *self;

  if (sums_file == NULL)
    return NULL;
  self = g_new0 (Job, 1);
  self->folder = g_strdup (folder);
  self->sums_file = sums_file;
  self->max_in_flight = max_in_flight;
  self->loop = g_main_loop_new (NULL, FALSE);
  self->manager = asynclit_task_manager_new ();
  /* Ended tasks are never looked up. */
  asynclit_task_manager_set_max_completed (self->manager, 0);
  self->retry = retry_policy_for_files ();
  self->view = view_new (quiet);
  self->running = g_ptr_array_new_with_free_func (running_file_free);
  self->failures = g_ptr_array_new_with_free_func (g_free);
  return self;
}

void
job_free (Job *self)
{
  g_free (self->folder);
  sums_file_free (self->sums_file);
  g_main_loop_unref (self->loop);
  g_clear_object (&self->listing_task);
  g_object_unref (self->manager);
  g_object_unref (self->retry);
  view_free (self->view);
  g_ptr_array_unref (self->running);
  g_ptr_array_unref (self->failures);
  g_clear_error (&self->error);
  g_free (self);
}

/* Returns the exit status. */
int
job_run (Job *self)
{
  guint tick;

  self->started = g_get_monotonic_time ();
  watch_signals (self);
  submit_listing (self);
  tick = g_timeout_add (view_get_interval (self->view), on_tick, self);
  g_main_loop_run (self->loop);
  g_source_remove (tick);
  return finish (self);
}
