/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

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

void asynclit_task_manager_cancel_live (AsyncLitTaskManager *self);

G_END_DECLS
