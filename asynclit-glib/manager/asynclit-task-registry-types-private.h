/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The internals of the registry, for the files that implement it. */

#pragma once

#include "asynclit-ended-tasks-private.h"
#include "asynclit-task-registry-private.h"
#include "asynclit-task-shares-private.h"

G_BEGIN_DECLS

struct _AsyncLitTaskRegistry {
  /* One for the manager, and one for each task until it is freed: cancelling a task uses its
   * registry. */
  gatomicrefcount ref_count;

  AsyncLitLock lock; /* guards the fields below */
  guint generation;  /* of the process */
  gboolean abandoned;
  gboolean closed;
  int n_suspended;
  guint max_completed;
  GHashTable *tasks; /* set of the addresses of the tasks' serials, which needs no memory for
                      * values */
  AsyncLitTaskShares shares;  /* and how many tasks are live */
  guint n_in_context;         /* live tasks whose executor is a context */
  AsyncLitEndedTasks ended;   /* in `tasks`, oldest first */
  AsyncLitEndedTasks removed; /* no longer in `tasks`; a thread borrows, or there are few of them */
  guint n_borrowers;
  GHashTable *aliases; /* name → AsyncLitTask, with a reference */
  GHashTable *named;   /* address of a task's serial → GHashTable, the set of its names */
  GSList *replaced;    /* AsyncLitTask that lost a name, with its reference; a thread borrows */
  guint n_waiting;     /* threads that wait for `idle` */
  GCond idle;          /* no task is live any more */

  AsyncLitNotification *watcher;
  int is_watched;  /* atomic: `changes` is not NULL; to read without the lock */
  GArray *changes; /* of AsyncLitTaskChange; NULL: there is no watcher */
};

void asynclit_task_registry_lock (AsyncLitTaskRegistry *self);
void asynclit_task_registry_unlock (AsyncLitTaskRegistry *self);

/* To be called after `n_borrowers` was incremented: drops what was removed in the meantime. */
void asynclit_task_registry_end_borrow (AsyncLitTaskRegistry *self);

AsyncLitTaskRegistry *asynclit_task_registry_ref (AsyncLitTaskRegistry *self);
void asynclit_task_registry_unref (gpointer self);

/* asynclit-task-registry-names.c; the caller borrows. */
void asynclit_task_registry_drop_names_locked (AsyncLitTaskRegistry *self, AsyncLitTask *task);
void asynclit_task_registry_drop_all_names_locked (AsyncLitTaskRegistry *self);

G_END_DECLS
