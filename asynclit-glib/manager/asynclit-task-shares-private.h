/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "asynclit-task-private.h"

G_BEGIN_DECLS

/* How much of what a manager has to do is done: the mean of the fractions of its tasks, by weight,
 * from the time when a task came while none was live. Not locked: the registry locks.
 *
 * A task costs two counters. Only one that has reported amounts, or has a weight, is asked. */
typedef struct {
  guint n_live;
  guint64 n_tasks;    /* ... and those that have ended since the beginning */
  gint64 begun;       /* of asynclit_clock_now(); 0: no task has come yet */
  double extra;       /* by how much the weights of the tasks exceed their number */
  double extra_ended; /* ... of those that have ended */
  double shares;      /* of the live ones: their fractions times their weights */
  guint64 n_ended[3]; /* how many have ended ever; by status */
  guint64 n_retried;  /* how many attempts were followed by another */
} AsyncLitTaskShares;

void asynclit_task_shares_enter (AsyncLitTaskShares *self, AsyncLitTask *task);
/* The task has ended; before, it was live. */
void asynclit_task_shares_leave (AsyncLitTaskShares *self, AsyncLitTask *task);

/* From 0 to 1; -1: no task has come yet. */
double asynclit_task_shares_get_fraction (const AsyncLitTaskShares *self);
/* Seconds; -1: unknown. */
double asynclit_task_shares_get_remaining (const AsyncLitTaskShares *self, gint64 now);

G_END_DECLS
