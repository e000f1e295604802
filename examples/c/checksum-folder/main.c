/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* checksum-folder: the SHA-256 of every regular file below a folder, each computed by a task.
 *
 *   checksum-folder [--output FILE] [--jobs N] [--quiet] FOLDER
 *
 * The result is a file that `sha256sum -c` accepts when run in the same folder as this program,
 * sorted by the bytes of the names. It is replaced atomically at the end. After Ctrl-C, it contains
 * the files that were done by then; if there are none, it does not change. Symbolic links are not
 * followed. Progress and messages go to the standard error output.
 *
 * Exit status: 0 all files done; 1 some files or folders failed; 2 wrong usage, the folder can't be
 * read, or the result can't be written; 130 and 143 interrupted, by Ctrl-C and by SIGTERM. A second
 * Ctrl-C ends the program immediately. */

#include "config.h"

#include "checksum-folder.h"

#include <glib/gi18n.h>
#include <locale.h>
#include <stdlib.h>

#define DEFAULT_OUTPUT "SHA256SUMS"

/* Enough that no thread of the library's pool has to wait for the next submission. */
#define IN_FLIGHT_PER_PROCESSOR 16
#define MIN_IN_FLIGHT 64
#define MAX_IN_FLIGHT 256

/* A number that no user would enter, so that all invalid numbers are rejected. */
#define JOBS_NOT_GIVEN G_MININT

static char *option_output;
static int option_jobs = JOBS_NOT_GIVEN;
static gboolean option_quiet, option_version;
static char **option_folders;

static const GOptionEntry option_entries[] = {
  { "output", 'o', 0, G_OPTION_ARG_FILENAME, &option_output,
    N_("Write the checksums to FILE, or to the standard output if it is “-” (SHA256SUMS)"),
    N_("FILE") },
  { "jobs", 'j', 0, G_OPTION_ARG_INT, &option_jobs, N_("Read at most N files at a time"),
    N_("N") },
  { "quiet", 'q', 0, G_OPTION_ARG_NONE, &option_quiet, N_("Print nothing but failures"), NULL },
  { "version", 0, 0, G_OPTION_ARG_NONE, &option_version, N_("Print the version and exit"), NULL },
  { G_OPTION_REMAINING, 0, G_OPTION_FLAG_NONE, G_OPTION_ARG_FILENAME_ARRAY, &option_folders, NULL,
    N_("FOLDER") },
  G_OPTION_ENTRY_NULL
};

static gboolean
parse_options (int *argc, char ***argv, GError **error)
{
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);

  g_option_context_set_summary (
      context, _("Computes the SHA-256 of every file below FOLDER, for “sha256sum -c”."));
  g_option_context_add_main_entries (context, option_entries, GETTEXT_PACKAGE);
  if (!g_option_context_parse (context, argc, argv, error))
    return FALSE;
  if (option_version)
    return TRUE;
  if (option_folders == NULL || g_strv_length (option_folders) != 1)
    g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
                         _("Exactly one folder is needed"));
  else if (option_jobs < 1 && option_jobs != JOBS_NOT_GIVEN)
    g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                         _("The number of jobs must be at least 1"));
  return option_folders != NULL && *error == NULL;
}

static int
print_usage_error (const GError *error)
{
  g_printerr ("checksum-folder: %s\n", error->message);
  g_printerr (_("Try “checksum-folder --help”."));
  g_printerr ("\n");
  return STATUS_TROUBLE;
}

/* Each submitted task reads a file as soon as there is a thread. */
static guint
get_max_in_flight (void)
{
  if (option_jobs > 0)
    return option_jobs;
  return CLAMP (g_get_num_processors () * IN_FLIGHT_PER_PROCESSOR, MIN_IN_FLIGHT, MAX_IN_FLIGHT);
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  Job *job;
  int status;

  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);

  if (!parse_options (&argc, &argv, &error))
    return print_usage_error (error);
  if (option_version)
    {
      g_print ("checksum-folder %d.%d.%d\n", ASYNCLIT_MAJOR_VERSION, ASYNCLIT_MINOR_VERSION,
               ASYNCLIT_MICRO_VERSION);
      return EXIT_SUCCESS;
    }
  job = job_new (option_folders[0], option_output != NULL ? option_output : DEFAULT_OUTPUT,
                 get_max_in_flight (), option_quiet, &error);
  if (job == NULL)
    {
      g_printerr ("checksum-folder: %s\n", error->message);
      return STATUS_TROUBLE;
    }
  status = job_run (job);
  job_free (job);
  return status;
}
