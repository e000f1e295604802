/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What makes an SQLite file a schedule. */

#pragma once

#include "asynclit-schedule-file-private.h"

G_BEGIN_DECLS

/* The version of the tables, which a later version of the library may change. */
#define ASYNCLIT_SCHEDULE_FORMAT 1

/* "ALsc": the application ID of an SQLite file. Files of early versions have none. */
#define ASYNCLIT_SCHEDULE_APPLICATION_ID 0x414c7363

#define ASYNCLIT_SCHEDULE_JOBS                                                                     \
  "jobs (id TEXT PRIMARY KEY NOT NULL, trigger TEXT NOT NULL,"                                     \
  " next INTEGER NOT NULL, previous INTEGER NOT NULL, last_run INTEGER NOT NULL,"                  \
  " paused INTEGER NOT NULL, n_runs INTEGER NOT NULL, n_missed INTEGER NOT NULL,"                  \
  " n_skipped INTEGER NOT NULL) WITHOUT ROWID"
#define ASYNCLIT_SCHEDULE_RUNS                                                                     \
  "runs (id INTEGER PRIMARY KEY, job TEXT NOT NULL, due INTEGER NOT NULL, started INTEGER)"
#define ASYNCLIT_SCHEDULE_INDEX "runs_of_job ON runs (job)"

/* Checks the file without writing to it. An empty file passes. */
gboolean asynclit_schedule_file_identify (AsyncLitScheduleFile *file, GError **error);

/* The name of the VFS, SQLite's interface to files. */
extern const char *const asynclit_schedule_vfs;

G_END_DECLS
