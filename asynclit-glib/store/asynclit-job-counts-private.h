/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What there was of a job so far. It goes on in the job that takes its place, and from one run of
 * the program to the next. */
typedef struct {
  gint64 last_run; /* wall time; ASYNCLIT_NO_TIME: never */
  guint64 n_runs;
  guint64 n_missed;
  guint64 n_skipped;
} AsyncLitJobCounts;

G_END_DECLS
