/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Declarations that the sources of checksum-folder share.
 *
 *   main.c        the command line
 *   job.c         the main loop: submits the tasks and collects their results
 *   work.c        the functions of the tasks: listing a folder, hashing a file
 *   view.c        progress in the terminal, or as lines
 *   sums-file.c   the file that `sha256sum -c` reads */

#pragma once

#include <asynclit-glib.h>

#define SHA256_HEX_LENGTH 64

/* The exit status if nothing could be done. */
#define STATUS_TROUBLE 2

/* A file below the folder. The path consists of the user's argument, a slash, and the relative
 * path. */
typedef struct {
  const char *path;
  guint64 size;
  char digest[SHA256_HEX_LENGTH + 1]; /* empty until the file's task is done */
} FileEntry;

/* The result of the listing task. */
typedef struct {
  GStringChunk *paths;
  GArray *files;       /* of FileEntry, sorted by the bytes of the path */
  guint64 bytes;       /* the total size of all files */
  GPtrArray *failures; /* of char *, "path: reason": folders that could not be read */
} Listing;

/* The destination of the result. */
typedef struct _SumsFile SumsFile;

/* The arguments of the listing task; they have to outlive the task. */
typedef struct {
  const char *folder;
  SumsFile *sums_file; /* skipped if it is in the folder */
} ListRequest;

/* A file that has been submitted and has not ended. */
typedef struct {
  AsyncLitTask *task;
  FileEntry *file;
} RunningFile;

/* The totals of a run, for the view. */
typedef struct {
  guint64 files_listed;
  guint files_done, files_total;
  guint64 bytes_done, bytes_total;
} Totals;

typedef struct _View View;

typedef struct _Job Job;

/* job.c */

Job *job_new (const char *folder, const char *output, guint max_in_flight, gboolean quiet,
              GError **error);
int job_run (Job *self);
void job_free (Job *self);

/* work.c */

void list_folder (AsyncLitTask *task, GCancellable *cancellable, gpointer request);
void hash_file (AsyncLitTask *task, GCancellable *cancellable, gpointer file);
AsyncLitRetryPolicy *retry_policy_for_files (void);
char *failure_text (const char *path, const char *reason);

/* view.c */

View *view_new (gboolean quiet);
void view_free (View *self);
guint view_get_interval (View *self);
void view_update (View *self, const Totals *totals, GPtrArray *running);
void view_clear (View *self);
void view_freeze (View *self);
void view_print (View *self, const char *format, ...) G_GNUC_PRINTF (2, 3);
char *printable_name (const char *path);
char *printable_size (guint64 bytes);
char *printable_duration (double seconds);

/* sums-file.c */

SumsFile *sums_file_new (const char *path, GError **error);
void sums_file_free (SumsFile *self);
const char *sums_file_get_path (SumsFile *self);
gboolean sums_file_is_stdout (SumsFile *self);
gboolean sums_file_is_entry (SumsFile *self, guint64 device, guint64 inode, const char *name);
gboolean sums_file_write (SumsFile *self, GArray *files, GError **error);
void sums_file_remove_temporary (void);
