/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The counters of a job. They continue in a job that replaces it, and in the next run of the
 * program. */
typedef struct {
  gint64 last_run; /* wall time; ASYNCLIT_NO_TIME: never */
  guint64 n_runs;
  guint64 n_missed;
  guint64 n_skipped;
} AsyncLitJobCounts;

G_END_DECLS
