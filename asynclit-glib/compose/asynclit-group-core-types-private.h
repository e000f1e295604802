/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The internals of the core, for the files that implement it. */

#pragma once

#include "asynclit-group-core-private.h"
#include "asynclit-init-private.h"

G_BEGIN_DECLS

typedef struct {
  AsyncLitWaiter waiter;
  AsyncLitGroupCore *core; /* with a reference until the task has ended */
  AsyncLitTask *task;      /* with a reference */
  double weight;
  GList link;
} AsyncLitGroupMember;

struct _AsyncLitGroupCore {
  gatomicrefcount ref_count; /* one for the group, one for each live member, one for each task */
  GWeakRef group;

  AsyncLitLock lock; /* guards the fields below */
  guint generation;  /* of the process */
  AsyncLitNotification *watcher;
  gboolean cancel_on_error;
  gboolean is_closed;
  gboolean closes_when_idle;
  gboolean is_abandoned; /* the group is gone */
  gboolean has_failed;   /* and was cancelled for it */
  gboolean is_completed;
  gboolean completed_is_due;
  guint max_completed;
  GQueue live;        /* of Member */
  GQueue ended;       /* the oldest first */
  AsyncLitTask *idle; /* ends when no member is live; with a reference; NULL: nobody waits */
  AsyncLitGroupChanges changes;

  /* Of the tasks that have come since none was live. */
  guint n_tasks;
  double weight;
  double weight_ended;
  gint64 begun; /* of asynclit_clock_now() */
};

/* The first call in the child of a fork: the tasks belong to the parent, and one of its threads may
 * have held the lock. */
void asynclit_group_core_reset (AsyncLitGroupCore *self);

static inline void
asynclit_group_core_lock (AsyncLitGroupCore *self)
{
  if (G_UNLIKELY (__atomic_load_n (&self->generation, __ATOMIC_ACQUIRE)
                  != asynclit_get_generation ()))
    asynclit_group_core_reset (self);
  asynclit_lock (&self->lock);
}

static inline void
asynclit_group_core_unlock (AsyncLitGroupCore *self)
{
  asynclit_unlock (&self->lock);
}

static inline void
asynclit_group_add_tasks_locked (AsyncLitGroupCore *self, GQueue *members, GPtrArray *tasks)
{
  asynclit_assert_locked (&self->lock);
  for (GList *link = members->head; link != NULL; link = link->next)
    g_ptr_array_add (tasks, asynclit_ref_owned_locked (((AsyncLitGroupMember *) link->data)->task));
}

G_END_DECLS
