/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The internals of the registry, for the files that implement it. */

#pragma once

#include "asynclit-ended-tasks-private.h"
#include "asynclit-init-private.h"
#include "asynclit-object-notification-private.h"
#include "asynclit-task-registry-private.h"
#include "asynclit-task-shares-private.h"
#include "asynclit-task-table-private.h"
#include "asynclit-worker-private.h"

G_BEGIN_DECLS

struct _AsyncLitTaskRegistry {
  /* One for the manager, and one for each task until it is freed: cancelling a task uses its
   * registry. */
  gatomicrefcount ref_count;
  GWeakRef manager; /* set at construction */

  AsyncLitLock lock; /* guards the fields below */
  guint generation;  /* of the process */
  gboolean abandoned;
  gboolean closed;
  int n_suspended;
  guint max_completed;
  double max_age;    /* seconds; 0: no limit */
  gboolean is_aging; /* the worker will look for ended tasks that are too old */
  AsyncLitTaskTable tasks;
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
  int is_watched;                   /* atomic: `changes` is not NULL; to read without the lock */
  GArray *changes;                  /* of AsyncLitTaskChange; NULL: there is no watcher */
  AsyncLitIdleWaiter *idle_waiters; /* linked; for the moment at which no task is live */
  GQueue events;                    /* of AsyncLitTaskEvent, for the signals */

  AsyncLitTimer ageing; /* worker only: until the oldest ended task is too old */
  gboolean ageing_is_set;
};

/* asynclit-task-registry-core.c: its fields, the lock, and who borrows. */

AsyncLitTaskRegistry *asynclit_task_registry_create (AsyncLitNotification *watcher,
                                                     guint max_completed);
void asynclit_task_registry_unref (gpointer self);
/* The first call in the child of a fork. The parent's tasks do not exist here, and its threads may
 * have held the lock, or been changing the tables. None of it is touched. */
void asynclit_task_registry_reset (AsyncLitTaskRegistry *self);
/* To be called after `n_borrowers` was incremented: drops what was removed in the meantime. */
void asynclit_task_registry_end_borrow (AsyncLitTaskRegistry *self);

/* From a key of `named` */
static inline AsyncLitTask *
asynclit_task_from_serial (gpointer serial)
{
  return (AsyncLitTask *) ((char *) serial - G_STRUCT_OFFSET (AsyncLitTask, serial));
}

static inline AsyncLitTaskRegistry *
asynclit_task_registry_ref (AsyncLitTaskRegistry *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

static inline void
asynclit_task_registry_lock (AsyncLitTaskRegistry *self)
{
  if (G_UNLIKELY (__atomic_load_n (&self->generation, __ATOMIC_ACQUIRE)
                  != asynclit_get_generation ()))
    asynclit_task_registry_reset (self);
  asynclit_lock (&self->lock);
}

static inline void
asynclit_task_registry_unlock (AsyncLitTaskRegistry *self)
{
  asynclit_unlock (&self->lock);
}

/* Returns the removed tasks, if there are at least @least and no thread borrows. */
static inline AsyncLitEndedTasks
asynclit_task_registry_take_removed_locked (AsyncLitTaskRegistry *self, guint least)
{
  AsyncLitEndedTasks taken = self->removed;

  asynclit_assert_locked (&self->lock);
  if (self->n_borrowers > 0 || taken.length < least)
    return (AsyncLitEndedTasks){ 0 };
  self->removed = (AsyncLitEndedTasks){ 0 };
  return taken;
}

/* asynclit-task-registry-trim.c */
void asynclit_task_registry_record_locked (AsyncLitTaskRegistry *self, AsyncLitTask *task,
                                           gboolean added);
/* The task has been removed from the ended ones. Its reference is dropped when no thread
 * borrows. */
void asynclit_task_registry_forget_locked (AsyncLitTaskRegistry *self, AsyncLitTask *task);
/* Removes the oldest ended tasks that are too many or too old, at most @max of them. */
guint asynclit_task_registry_trim_locked (AsyncLitTaskRegistry *self, guint max);
/* A task has ended. TRUE: call the next function, without the lock. */
gboolean asynclit_task_registry_begin_aging_locked (AsyncLitTaskRegistry *self);
void asynclit_task_registry_age_later (AsyncLitTaskRegistry *self);

/* asynclit-task-registry-close.c */
AsyncLitIdleWaiter *asynclit_task_registry_take_idle_waiters_locked (AsyncLitTaskRegistry *self);
void asynclit_idle_waiters_wake (AsyncLitIdleWaiter *first);

/* asynclit-task-registry-events.c */
gboolean asynclit_task_registry_is_heard_locked (AsyncLitTaskRegistry *self,
                                                 AsyncLitTaskEventKind kind);
/* Records an event if its signal has a handler. The registry must know the task. */
void asynclit_task_registry_note_locked (AsyncLitTaskRegistry *self, AsyncLitTask *task,
                                         AsyncLitTaskEventKind kind);
void asynclit_task_registry_note_added_locked (AsyncLitTaskRegistry *self, AsyncLitTask *task);
/* For the driver. */
void asynclit_task_registry_note_begun (gpointer registry, AsyncLitTask *task);
void asynclit_task_registry_note_retry (gpointer registry, AsyncLitTask *task, const GError *error,
                                        double delay);
void asynclit_task_registry_drop_events (AsyncLitTaskRegistry *self);

/* asynclit-task-registry-names.c; the caller borrows. */
void asynclit_task_registry_drop_names_locked (AsyncLitTaskRegistry *self, AsyncLitTask *task);
void asynclit_task_registry_drop_all_names_locked (AsyncLitTaskRegistry *self);

G_END_DECLS
