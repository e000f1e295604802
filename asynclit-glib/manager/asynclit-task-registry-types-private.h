/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The registry from inside, for the files that it is made of. */

#pragma once

#include "asynclit-ended-tasks-private.h"
#include "asynclit-task-registry-private.h"

G_BEGIN_DECLS

struct _AsyncLitTaskRegistry {
  /* The manager's, and each task's until it goes: whoever has a task may cancel it, and comes here
   * for that. */
  gatomicrefcount ref_count;

  AsyncLitLock lock; /* guards what follows */
  guint generation;  /* of the process */
  gboolean abandoned;
  gboolean closed;
  int n_suspended;
  guint max_completed;
  GHashTable *tasks; /* set of the addresses of tasks' serials: needs no memory for values */
  guint n_live;
  guint n_in_context;         /* of the live ones, those whose executor is a context */
  AsyncLitEndedTasks ended;   /* in `tasks`, oldest first */
  AsyncLitEndedTasks removed; /* not in `tasks` any more; somebody borrows, or they are few */
  guint n_borrowers;
  GHashTable *aliases; /* name → AsyncLitTask, with a reference */
  GHashTable *named;   /* address of a task's serial → GHashTable, the set of its names */
  GSList *replaced;    /* AsyncLitTask that lost a name, with its reference; somebody borrows */
  guint n_waiting;     /* threads that wait for `idle` */
  GCond idle;          /* n_live became 0 */

  AsyncLitNotification *watcher;
  int is_watched;  /* atomic: there are `changes`, to look without the lock */
  GArray *changes; /* of AsyncLitTaskChange; NULL: nobody watches */
};

void asynclit_task_registry_lock (AsyncLitTaskRegistry *self);
void asynclit_task_registry_unlock (AsyncLitTaskRegistry *self);

/* After `n_borrowers` was counted up: drops what went meanwhile. */
void asynclit_task_registry_end_borrow (AsyncLitTaskRegistry *self);

AsyncLitTaskRegistry *asynclit_task_registry_ref (AsyncLitTaskRegistry *self);
void asynclit_task_registry_unref (gpointer self);

/* asynclit-task-registry-names.c; the caller borrows. */
void asynclit_task_registry_drop_names_locked (AsyncLitTaskRegistry *self, AsyncLitTask *task);
void asynclit_task_registry_drop_all_names_locked (AsyncLitTaskRegistry *self);

G_END_DECLS
