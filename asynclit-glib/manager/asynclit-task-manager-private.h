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

  AsyncLitNotice notice;  /* posted by the registry when there are changes */
  int is_held;            /* atomic: changes are being delivered, with a reference */
  AsyncLitTaskList *list; /* owner's context only; NULL: nobody has asked for it yet */
};

/* A manager whose list changes in the global default main context, whoever makes it. */
AsyncLitTaskManager *asynclit_task_manager_new_in_default_context (void);

/* Submits a task on behalf of somebody else, its owner: @context is theirs if its executor is the
 * owner's context. One without a function is run by its creator. FALSE if it has ended already. */
gboolean asynclit_task_manager_submit_for (AsyncLitTaskManager *self, AsyncLitTask *task,
                                           AsyncLitContextExecutor *context);

void asynclit_task_manager_cancel_live (AsyncLitTaskManager *self);

G_END_DECLS
