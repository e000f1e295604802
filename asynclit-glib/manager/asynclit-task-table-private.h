/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A set of tasks, by their serials.
 *
 * A GHashTable would take half as much memory again for its hashes, and call a function for each
 * comparison. Here, adding or removing a task does not even read the other tasks, which are likely
 * to be out of the processor's caches. */

#pragma once

#include "asynclit-task-private.h"

G_BEGIN_DECLS

/* Its owner guards it. All zero is an empty table. */
typedef struct {
  AsyncLitTask **slots; /* NULL, a task, or the mark of a removed one */
  guint n_bits;         /* of the number of slots */
  guint n_used;         /* slots that are not NULL */
  guint n_tasks;
} AsyncLitTaskTable;

/* The task must not be in the table. */
void asynclit_task_table_add (AsyncLitTaskTable *self, AsyncLitTask *task);
/* The task must be in the table. */
void asynclit_task_table_remove (AsyncLitTaskTable *self, AsyncLitTask *task);
/* NULL if there is no such task. */
AsyncLitTask *asynclit_task_table_lookup (const AsyncLitTaskTable *self, guint64 serial);
/* The next task, in no particular order; NULL after the last. *@position is 0 before the first. The
 * table must not change in the meantime. */
AsyncLitTask *asynclit_task_table_next (const AsyncLitTaskTable *self, gsize *position);
void asynclit_task_table_clear (AsyncLitTaskTable *self);

G_END_DECLS
