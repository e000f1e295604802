/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "asynclit-context-executor-private.h"
#include "asynclit-notifier-private.h"
#include "asynclit-task-list-private.h"
#include "asynclit-task-manager.h"
#include "asynclit-task-registry-private.h"

G_BEGIN_DECLS

struct _AsyncLitTaskManager {
  GObject parent_instance;

  /* Set at construction, then read-only. */
  AsyncLitTaskRegistry *registry;

  AsyncLitNotification notification; /* posted by the registry when there are changes */

  /* Atomic: */
  int is_held;        /* changes are being delivered, with a reference */
  int is_known;       /* somebody may have connected; FALSE for the default one at first */
  guint pending_notifies; /* properties that have changed on other threads: bits, by number */
  GPtrArray *initial; /* the tasks when somebody was found to listen to the list; for the list */

  AsyncLitTaskList *list; /* owner's context only; NULL: nobody has asked for it yet */
};

typedef enum {
  ASYNCLIT_TASK_MANAGER_MAX_COMPLETED = 1,
  ASYNCLIT_TASK_MANAGER_CLOSED,
  ASYNCLIT_TASK_MANAGER_ITEM_TYPE,
  ASYNCLIT_TASK_MANAGER_N_ITEMS,
  ASYNCLIT_TASK_MANAGER_N_PROPS,
} AsyncLitTaskManagerProperty;

/* A property has changed: notifies in the owner's context, here and now if that is here. */
void asynclit_task_manager_tell (AsyncLitTaskManager *self, AsyncLitTaskManagerProperty property);
/* Before the list changes: from now on changes are noted if anybody listens. */
void asynclit_task_manager_look_for_listeners (AsyncLitTaskManager *self);

/* A manager whose list changes in the global default main context, whoever makes it. */
AsyncLitTaskManager *asynclit_task_manager_new_in_default_context (void);

/* Submits a task on behalf of somebody else, its owner: @context is theirs if its executor is the
 * owner's context. One without a function is run by its creator. FALSE if it has ended already. */
gboolean asynclit_task_manager_submit_for (AsyncLitTaskManager *self, AsyncLitTask *task,
                                           AsyncLitContextExecutor *context);

/* The default one, for the library itself. */
AsyncLitTaskManager *asynclit_peek_default_manager (void);

void asynclit_task_manager_cancel_live (AsyncLitTaskManager *self);

G_END_DECLS
