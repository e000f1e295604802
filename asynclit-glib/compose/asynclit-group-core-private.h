/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A group's knowledge of its tasks. Lives as long as the group, its live tasks, and those that know
 * their group. */

#pragma once

#include "asynclit-lock-private.h"
#include "asynclit-notifier-private.h"
#include "asynclit-task-private.h"

G_BEGIN_DECLS

typedef struct _AsyncLitGroupCore AsyncLitGroupCore;

/* What has changed since the last look, for the published list. */
typedef struct {
  GPtrArray *added;   /* of AsyncLitTask; NULL: nothing has changed */
  GPtrArray *removed; /* of AsyncLitTask, each of which was added before */
  gboolean is_new;    /* forget what was published: `added` has all tasks */
} AsyncLitGroupChanges;

/* Of AsyncLitTask, with references. */
static inline GPtrArray *
asynclit_group_tasks_new (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify) asynclit_task_return_ref);
}

/* @group: the object; @watcher: its notification, to post when there is something to tell. */
AsyncLitGroupCore *asynclit_group_core_new (GObject *group, AsyncLitNotification *watcher);
void asynclit_group_core_unref (gpointer self);
/* The object may be about to be finalized: NULL, no posts; or it was resurrected. */
void asynclit_group_core_set_watcher (AsyncLitGroupCore *self, AsyncLitNotification *watcher);
/* The object is being finalized: lets go of all tasks, and of the caller's reference. */
void asynclit_group_core_abandon (AsyncLitGroupCore *self);
/* The core of the task's group, with a reference, or NULL. */
AsyncLitGroupCore *asynclit_group_core_of_task (AsyncLitTask *task);
/* (transfer full) (nullable) */
gpointer asynclit_group_core_dup_group (AsyncLitGroupCore *self);

/* FALSE if the group is closed, or the task is in another. */
gboolean asynclit_group_core_add (AsyncLitGroupCore *self, AsyncLitTask *task, GError **error);
/* TRUE if the group was open. */
gboolean asynclit_group_core_close (AsyncLitGroupCore *self);
void asynclit_group_core_close_when_idle (AsyncLitGroupCore *self);
void asynclit_group_core_cancel (AsyncLitGroupCore *self);

gboolean asynclit_group_core_get_closed (AsyncLitGroupCore *self);
gboolean asynclit_group_core_get_cancel_on_error (AsyncLitGroupCore *self);
/* These two return FALSE if nothing changes. */
gboolean asynclit_group_core_set_cancel_on_error (AsyncLitGroupCore *self,
                                                  gboolean cancel_on_error);
guint asynclit_group_core_get_max_completed (AsyncLitGroupCore *self);
gboolean asynclit_group_core_set_max_completed (AsyncLitGroupCore *self, guint max_completed);
guint asynclit_group_core_get_n_live (AsyncLitGroupCore *self);
double asynclit_group_core_get_fraction (AsyncLitGroupCore *self);
double asynclit_group_core_get_remaining (AsyncLitGroupCore *self);

/* All tasks of the group, each with a reference. */
GPtrArray *asynclit_group_core_list (AsyncLitGroupCore *self);
/* A task that has not ended, or NULL; with a reference. */
AsyncLitTask *asynclit_group_core_find_live (AsyncLitGroupCore *self);
/* A task that ends when no task is live, with a reference; NULL: none is live now. */
AsyncLitTask *asynclit_group_core_get_idle (AsyncLitGroupCore *self);

/* The caller owns what it gets. */
AsyncLitGroupChanges asynclit_group_core_take_changes (AsyncLitGroupCore *self);
/* TRUE, once, when the group is closed and no task is live. */
gboolean asynclit_group_core_take_completed (AsyncLitGroupCore *self);

G_END_DECLS
