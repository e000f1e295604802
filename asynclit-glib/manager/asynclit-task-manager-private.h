/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "asynclit-class-type-private.h"
#include "asynclit-context-executor-private.h"
#include "asynclit-object-notification-private.h"
#include "asynclit-task-list-private.h"
#include "asynclit-task-manager.h"
#include "asynclit-task-registry-private.h"
#include "asynclit-unique-keys-private.h"

G_BEGIN_DECLS

struct _AsyncLitTaskManager {
  GObject parent_instance;

  /* Set at construction, then read-only. */
  AsyncLitTaskRegistry *registry;

  AsyncLitObjectNotification notification; /* posted by the registry when there are changes */

  /* Atomic: */
  int is_known; /* the program may have connected handlers; initially FALSE for the default
                       * manager */
  guint pending_notifies; /* properties that have changed on other threads, as bits */
  GPtrArray *initial;     /* the tasks at the time when a listener was found; for the list */

  int has_limits;               /* atomic: there is `limits`, to look without the lock */
  AsyncLitLock limits_lock;     /* guards what follows */
  AsyncLitLimiter *own_limiter; /* for max-running, max-queued and paused; NULL: never used */
  AsyncLitLimiter *limiter;     /* of asynclit_task_manager_set_limiter(); or NULL */
  guint max_queued;
  AsyncLitOverflow overflow;
  gboolean paused;
  AsyncLitUniqueKeys *unique_keys; /* NULL: never used */

  AsyncLitTaskList *list; /* owner's context only; NULL before the list is used */
};

typedef enum {
  ASYNCLIT_TASK_MANAGER_MAX_COMPLETED = 1,
  ASYNCLIT_TASK_MANAGER_MAX_AGE,
  ASYNCLIT_TASK_MANAGER_CLOSED,
  ASYNCLIT_TASK_MANAGER_ITEM_TYPE,
  ASYNCLIT_TASK_MANAGER_N_ITEMS,
  ASYNCLIT_TASK_MANAGER_FRACTION,
  ASYNCLIT_TASK_MANAGER_REMAINING,
  ASYNCLIT_TASK_MANAGER_N_LIVE,
  ASYNCLIT_TASK_MANAGER_N_RUNNING,
  ASYNCLIT_TASK_MANAGER_N_WAITING,
  ASYNCLIT_TASK_MANAGER_N_DONE,
  ASYNCLIT_TASK_MANAGER_N_FAILED,
  ASYNCLIT_TASK_MANAGER_N_CANCELLED,
  ASYNCLIT_TASK_MANAGER_N_RETRIED,
  ASYNCLIT_TASK_MANAGER_MAX_RUNNING,
  ASYNCLIT_TASK_MANAGER_MAX_QUEUED,
  ASYNCLIT_TASK_MANAGER_OVERFLOW,
  ASYNCLIT_TASK_MANAGER_PAUSED,
  ASYNCLIT_TASK_MANAGER_LIMITER,
  ASYNCLIT_TASK_MANAGER_N_PROPS,
} AsyncLitTaskManagerProperty;

/* Entered by the class. */

extern AsyncLitClassType asynclit_task_manager_type;
#define ASYNCLIT_IS_TASK_MANAGER(manager)                                                          \
  (asynclit_class_type_check (&asynclit_task_manager_type, (manager)))

extern GParamSpec *asynclit_task_manager_properties[ASYNCLIT_TASK_MANAGER_N_PROPS];
extern guint asynclit_task_manager_items_changed; /* the signal */

/* asynclit-task-manager-notify.c */

extern const AsyncLitNotificationFuncs asynclit_task_manager_notification_funcs;
/* Runs on: the owner's context */
AsyncLitTaskList *asynclit_task_manager_ensure_list (AsyncLitTaskManager *self);
/* Notifies a property in the owner's context: immediately, if that is the calling thread's. */
void asynclit_task_manager_tell (AsyncLitTaskManager *self, AsyncLitTaskManagerProperty property);
/* To be called before the list changes: if anybody listens, changes are recorded from now on. */
void asynclit_task_manager_look_for_listeners (AsyncLitTaskManager *self);

/* Properties that are numbers: makes them; FALSE if the property is none of them. */
void asynclit_task_manager_make_numbers (GParamSpec **properties);
gboolean asynclit_task_manager_get_number (AsyncLitTaskManager *self, guint property_id,
                                           GValue *value);

/* asynclit-task-manager-signals.c */

void asynclit_task_manager_install_signals (GType type);
/* Runs on: the owner's context. FALSE if all have been emitted; TRUE if it stopped at @end. */
gboolean asynclit_task_manager_emit_events (AsyncLitTaskManager *self, gint64 end);

/* asynclit-task-manager-limits.c */

void asynclit_task_manager_install_limits (GParamSpec **properties);
/* FALSE if it is none of those that were installed. */
gboolean asynclit_task_manager_get_limit (AsyncLitTaskManager *self, guint property_id,
                                          GValue *value);
gboolean asynclit_task_manager_set_limit (AsyncLitTaskManager *self, guint property_id,
                                          const GValue *value);
void asynclit_task_manager_clear_limits (AsyncLitTaskManager *self);
/* Before the task is submitted. */
void asynclit_task_manager_limit_task (AsyncLitTaskManager *self, AsyncLitTask *task);

/* asynclit-task-manager.c and the files above it */

/* Creates a manager whose list changes in the global default main context, whichever thread creates
 * it. */
AsyncLitTaskManager *asynclit_task_manager_new_in_default_context (void);

/* Submits a task on behalf of its owner. @context is the owner's if the executor is the owner's
 * context. A task without a function is externally run. FALSE if the task has already ended. */
gboolean asynclit_task_manager_submit_for (AsyncLitTaskManager *self, AsyncLitTask *task,
                                           AsyncLitContextExecutor *context);

/* The default manager, for use by the library itself. */
AsyncLitTaskManager *asynclit_peek_default_manager (void);

void asynclit_task_manager_cancel_live (AsyncLitTaskManager *self);

G_END_DECLS
