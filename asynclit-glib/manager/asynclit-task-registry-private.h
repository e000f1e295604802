/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "asynclit-lock-private.h"
#include "asynclit-task-private.h"

G_BEGIN_DECLS

/* What a manager knows of its tasks. Lives as long as its manager or any of its live tasks. */
typedef struct _AsyncLitTaskRegistry AsyncLitTaskRegistry;

/* What the published list has to be told. */
typedef struct {
  guint64 serial;
  enum {
    ASYNCLIT_TASK_ADDED,
    ASYNCLIT_TASK_REMOVED,
    ASYNCLIT_TASK_CHANGED_ALL, /* there was too much to tell: look at all tasks afresh */
  } kind;
} AsyncLitTaskChange;

/* @watcher: a notification to post when there are changes to publish. */
AsyncLitTaskRegistry *asynclit_task_registry_new (AsyncLitNotification *watcher,
                                                  guint max_completed);
/* The manager goes, and the watcher with it. */
void asynclit_task_registry_abandon (AsyncLitTaskRegistry *self);

/* FALSE if closed; the task is left alone then. */
gboolean asynclit_task_registry_submit (AsyncLitTaskRegistry *self, AsyncLitTask *task);

/* (transfer full) (nullable) */
AsyncLitTask *asynclit_task_registry_get (AsyncLitTaskRegistry *self, guint64 serial);
AsyncLitTask *asynclit_task_registry_get_alias (AsyncLitTaskRegistry *self, const char *name);
void asynclit_task_registry_set_alias (AsyncLitTaskRegistry *self, AsyncLitTask *task,
                                       const char *name);
gboolean asynclit_task_registry_drop_alias (AsyncLitTaskRegistry *self, const char *name);
void asynclit_task_registry_drop_all_names (AsyncLitTaskRegistry *self);
/* In the order of submission; of AsyncLitTask, each with a reference. */
GPtrArray *asynclit_task_registry_list (AsyncLitTaskRegistry *self, AsyncLitTaskFilter filter,
                                        const char *name);

guint asynclit_task_registry_cleanup (AsyncLitTaskRegistry *self);
/* With its names. FALSE if the task is live, or unknown. */
gboolean asynclit_task_registry_remove (AsyncLitTaskRegistry *self, guint64 serial);
guint asynclit_task_registry_get_max_completed (AsyncLitTaskRegistry *self);
void asynclit_task_registry_set_max_completed (AsyncLitTaskRegistry *self, guint max_completed);

/* FALSE if it was before, or was not. */
gboolean asynclit_task_registry_set_closed (AsyncLitTaskRegistry *self, gboolean closed);
gboolean asynclit_task_registry_get_closed (AsyncLitTaskRegistry *self);
/* Until what was added with 1 is taken back with -1, tasks are refused as if it were closed. */
void asynclit_task_registry_suspend (AsyncLitTaskRegistry *self, int change);
/* Whether no task is live. */
gboolean asynclit_task_registry_is_idle (AsyncLitTaskRegistry *self);
/* Until no task is live, or the cancellable is cancelled, or @end_time of
 * g_get_monotonic_time(). TRUE if none is. */
gboolean asynclit_task_registry_wait (AsyncLitTaskRegistry *self, gint64 end_time,
                                      GCancellable *cancellable);

/* From now on changes are recorded, and @watcher is told. The tasks that there are now, but for
 * those that are recorded as new. */
GPtrArray *asynclit_task_registry_watch (AsyncLitTaskRegistry *self);
/* The same, unless changes are recorded already: then NULL. */
GPtrArray *asynclit_task_registry_begin_watch (AsyncLitTaskRegistry *self);
gboolean asynclit_task_registry_is_watched (AsyncLitTaskRegistry *self);
/* Of AsyncLitTaskChange: what has changed since the last call. (transfer full) */
GArray *asynclit_task_registry_take_changes (AsyncLitTaskRegistry *self);

G_END_DECLS
