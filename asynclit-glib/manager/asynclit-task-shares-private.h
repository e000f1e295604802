/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "asynclit-task-private.h"

G_BEGIN_DECLS

/* The fraction of a manager: the weighted mean of the fractions of its tasks, since a task was
 * submitted while none was live. Guarded by the lock of the registry.
 *
 * A task costs two counters. Only a task that has reported amounts, or has a weight, is asked. */
typedef struct {
  guint n_live;
  guint64 n_tasks;    /* those, and the tasks that have ended since the beginning */
  gint64 begun;       /* on asynclit_clock_now(); 0: before the first task */
  double extra;       /* the sum of the weights of the tasks, minus their number */
  double extra_ended; /* the same for those that have ended */
  double shares;      /* of the live tasks: the sum of fraction times weight */
  guint64 n_ended[3]; /* the number of ended tasks in total, by status */
  guint64 n_retried;  /* the number of attempts that led to another one */
} AsyncLitTaskShares;

void asynclit_task_shares_enter (AsyncLitTaskShares *self, AsyncLitTask *task);
/* Called when a live task has ended. */
void asynclit_task_shares_leave (AsyncLitTaskShares *self, AsyncLitTask *task);

/* From 0 to 1; -1: before the first task. */
double asynclit_task_shares_get_fraction (const AsyncLitTaskShares *self);
/* In seconds; -1: unknown. */
double asynclit_task_shares_get_remaining (const AsyncLitTaskShares *self, gint64 now);

G_END_DECLS
