/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "asynclit-lock-private.h"
#include "asynclit-task-private.h"

G_BEGIN_DECLS

/* A manager's knowledge of its tasks. Lives as long as the manager or any of its live tasks. */
typedef struct _AsyncLitTaskRegistry AsyncLitTaskRegistry;

/* A pending change of the published list. */
typedef struct {
  guint64 serial;
  enum {
    ASYNCLIT_TASK_ADDED,
    ASYNCLIT_TASK_REMOVED,
    ASYNCLIT_TASK_CHANGED_ALL, /* there were too many changes: read all tasks again */
  } kind;
} AsyncLitTaskChange;

typedef enum {
  ASYNCLIT_TASK_EVENT_ADDED,
  ASYNCLIT_TASK_EVENT_STARTED,
  ASYNCLIT_TASK_EVENT_COMPLETED,
  ASYNCLIT_TASK_EVENT_RETRYING,
  ASYNCLIT_TASK_N_EVENTS,
} AsyncLitTaskEventKind;

/* What has happened to a task, for a signal of the manager. */
typedef struct {
  GList link;
  AsyncLitTaskEventKind kind;
  guint attempt; /* this and the next two: for a retry */
  double delay;
  GError *error;
  AsyncLitTask *task; /* with a reference */
} AsyncLitTaskEvent;

/* The signal of each event; set by the manager's class. */
extern guint asynclit_task_manager_signals[ASYNCLIT_TASK_N_EVENTS];

void asynclit_task_event_free (AsyncLitTaskEvent *self);

/* @watcher: a notification, part of the manager, to post when there are changes to publish. */
AsyncLitTaskRegistry *asynclit_task_registry_new (AsyncLitNotification *watcher,
                                                  guint max_completed);
/* Called once, by the manager. */
void asynclit_task_registry_set_manager (AsyncLitTaskRegistry *self, gpointer manager);
/* (transfer full) (nullable): the manager, unless it has been finalized. */
gpointer asynclit_task_registry_dup_manager (AsyncLitTaskRegistry *self);
/* The manager is being finalized, and the watcher with it. */
void asynclit_task_registry_abandon (AsyncLitTaskRegistry *self);

/* FALSE if the registry is closed; the task is not changed then. */
gboolean asynclit_task_registry_submit (AsyncLitTaskRegistry *self, AsyncLitTask *task);

/* (transfer full) (nullable) */
AsyncLitTask *asynclit_task_registry_get (AsyncLitTaskRegistry *self, guint64 serial);
AsyncLitTask *asynclit_task_registry_get_alias (AsyncLitTaskRegistry *self, const char *name);
void asynclit_task_registry_set_alias (AsyncLitTaskRegistry *self, AsyncLitTask *task,
                                       const char *name);
gboolean asynclit_task_registry_drop_alias (AsyncLitTaskRegistry *self, const char *name);
void asynclit_task_registry_drop_all_names (AsyncLitTaskRegistry *self);
/* The tasks in the order of submission, as AsyncLitTask, each with a reference. */
GPtrArray *asynclit_task_registry_list (AsyncLitTaskRegistry *self, AsyncLitTaskFilter filter,
                                        const char *name);

guint asynclit_task_registry_cleanup (AsyncLitTaskRegistry *self);
/* Removes the task and its names. FALSE if the task is live or unknown. */
gboolean asynclit_task_registry_remove (AsyncLitTaskRegistry *self, guint64 serial);
guint asynclit_task_registry_get_max_completed (AsyncLitTaskRegistry *self);
void asynclit_task_registry_set_max_completed (AsyncLitTaskRegistry *self, guint max_completed);
/* In seconds; 0: no limit. */
double asynclit_task_registry_get_max_age (AsyncLitTaskRegistry *self);
/* FALSE if this does not change anything. */
gboolean asynclit_task_registry_set_max_age (AsyncLitTaskRegistry *self, double max_age);

/* FALSE if this does not change anything. */
gboolean asynclit_task_registry_set_closed (AsyncLitTaskRegistry *self, gboolean closed);
gboolean asynclit_task_registry_get_closed (AsyncLitTaskRegistry *self);
/* A @change of 1 makes the registry refuse tasks as if it were closed, until it is undone with
 * -1. */
void asynclit_task_registry_suspend (AsyncLitTaskRegistry *self, int change);
/* Whether no task is live. */
gboolean asynclit_task_registry_is_idle (AsyncLitTaskRegistry *self);
/* Waits until no task is live, the cancellable is cancelled, or @end_time on g_get_monotonic_time()
 * has passed. TRUE if no task is live. */
gboolean asynclit_task_registry_wait (AsyncLitTaskRegistry *self, gint64 end_time,
                                      GCancellable *cancellable);

/* Waits, without a thread, until no task is live. */
typedef struct _AsyncLitIdleWaiter AsyncLitIdleWaiter;

struct _AsyncLitIdleWaiter {
  AsyncLitIdleWaiter *next, *previous; /* guarded by the registry's lock */
  gboolean is_listed;                  /* likewise */
  /* Runs on: the thread that ends the last task. */
  void (*wake) (AsyncLitIdleWaiter *self);
};

/* FALSE if no task is live; then it will not be woken. */
gboolean asynclit_task_registry_add_idle_waiter (AsyncLitTaskRegistry *self,
                                                 AsyncLitIdleWaiter *waiter);
/* FALSE if it is being woken, or was, or was not added. */
gboolean asynclit_task_registry_remove_idle_waiter (AsyncLitTaskRegistry *self,
                                                    AsyncLitIdleWaiter *waiter);

/* How many tasks there are, and were. */
typedef struct {
  guint n_live;
  guint64 n_done;
  guint64 n_failed;
  guint64 n_cancelled;
  guint64 n_retried;
} AsyncLitTaskCounts;

void asynclit_task_registry_count (AsyncLitTaskRegistry *self, AsyncLitTaskCounts *counts);
/* Those whose function runs: looks at each task. */
guint asynclit_task_registry_count_running (AsyncLitTaskRegistry *self);
/* How much of all is done, and how long the rest takes; -1: unknown. */
double asynclit_task_registry_get_fraction (AsyncLitTaskRegistry *self);
double asynclit_task_registry_get_remaining (AsyncLitTaskRegistry *self);

/* Records changes from now on, and notifies @watcher. Returns all current tasks, except for those
 * that are recorded as new. */
GPtrArray *asynclit_task_registry_watch (AsyncLitTaskRegistry *self);
/* The same, but returns NULL if changes are already being recorded. */
GPtrArray *asynclit_task_registry_begin_watch (AsyncLitTaskRegistry *self);
gboolean asynclit_task_registry_is_watched (AsyncLitTaskRegistry *self);
/* The changes (AsyncLitTaskChange) since the last call. (transfer full) */
GArray *asynclit_task_registry_take_changes (AsyncLitTaskRegistry *self);
/* The oldest event that was not taken yet, or NULL. (transfer full) */
AsyncLitTaskEvent *asynclit_task_registry_take_event (AsyncLitTaskRegistry *self);

G_END_DECLS
