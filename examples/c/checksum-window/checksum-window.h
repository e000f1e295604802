/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Declarations that the sources of checksum-window share.
 *
 *   main.c           the application: command line, keys, style
 *   window.c         a window: submits the tasks, and shows the overall progress
 *   row.c            a row of the list, which shows one task
 *   work.c           the functions of the tasks: listing a folder, computing a checksum
 *   folder-dialog.c  the dialog for choosing a folder
 *   texts.c          amounts and times as text
 *   color-scheme.c   follows the desktop's dark or light style
 *   frame-report.c   reports missed frames
 *
 * The templates of the window and the rows are in examples/data/checksum-window. */

#pragma once

#include <asynclit-glib.h>
#include <gtk/gtk.h>

#define RESOURCES "/org/example/ChecksumWindow/"

/* A file below the folder. It belongs to the window, and to the tasks for this file. */
typedef struct {
  /* set when it was listed */
  GFile *location;
  char *name;    /* relative to the folder, for display */
  char *sort_key;
  guint64 size;
  GError *error; /* of a folder that could not be listed */

  /* the main thread only */
  AsyncLitTask *task; /* the newest task; not owned */
  guint64 bytes_done;
} ChecksumFile;

/* work.c */

void list_files (AsyncLitTask *task, GCancellable *cancellable, gpointer folder);
void compute_checksum (AsyncLitTask *task, GCancellable *cancellable, gpointer file);
AsyncLitTask *checksum_task_new (ChecksumFile *file);
ChecksumFile *checksum_task_get_file (AsyncLitTask *task);

/* window.c */

#define CHECKSUM_TYPE_WINDOW (checksum_window_get_type ())
G_DECLARE_FINAL_TYPE (ChecksumWindow, checksum_window, CHECKSUM, WINDOW, GtkApplicationWindow)

GtkWidget *checksum_window_new (GtkApplication *application);
void checksum_window_open (ChecksumWindow *self, GFile *folder);
GFile *checksum_window_get_folder (ChecksumWindow *self);
gboolean checksum_window_is_busy (ChecksumWindow *self);

/* row.c */

#define CHECKSUM_TYPE_ROW (checksum_row_get_type ())
G_DECLARE_FINAL_TYPE (ChecksumRow, checksum_row, CHECKSUM, ROW, GtkBox)

GtkWidget *checksum_row_new (void);
void checksum_row_set_task (ChecksumRow *self, AsyncLitTask *task);

/* folder-dialog.c */

void choose_folder (ChecksumWindow *window);

/* texts.c */

char *text_of_amount (guint64 done, guint64 total);
void append_part (GString *text, const char *part);

/* color-scheme.c */

void follow_color_scheme (void);

/* frame-report.c */

void report_frames (ChecksumWindow *window);
