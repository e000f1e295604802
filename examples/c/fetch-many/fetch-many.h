/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What the files of fetch-many share:
 *
 *   main.c        the command line, and the tasks with their limits
 *   list.c        the URLs, and the names of their files
 *   download.c    the functions of the tasks: one attempt of a download, and the last step
 *   view.c        what is seen of the tasks: lines, or a block in the terminal
 */

#pragma once

#include <asynclit-glib.h>
#include <libsoup/soup.h>

#define SUMS_NAME "SHA256SUMS"

/* A URL, and where it goes. */
typedef struct {
  char *url, *name, *folder;
  SoupSession *session; /* of all downloads */
} Download;

/* What the last step needs. */
typedef struct {
  const char *folder;
  GPtrArray *tasks; /* of the downloads */
} SumsFile;

/* list.c */
gboolean read_list (const char *path, GPtrArray *urls, GError **error);
GPtrArray *list_downloads (GPtrArray *urls, const char *folder, SoupSession *session,
                           GError **error);

/* download.c */
void fetch (AsyncLitTask *task, GCancellable *cancellable, gpointer download);
AsyncLitRetryPolicy *fetch_retry_policy (guint max_attempts, double delay);
void write_sums (AsyncLitTask *task, GCancellable *cancellable, gpointer sums_file);

/* view.c */
typedef struct _View View;

View *view_new (GPtrArray *tasks, AsyncLitTaskManager *manager, gboolean quiet);
void view_update (View *self);
void view_finish (View *self, const char *outcome);
void view_free (View *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (View, view_free)
