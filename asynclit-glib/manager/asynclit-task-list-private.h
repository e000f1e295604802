/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "asynclit-task-registry-private.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* The tasks of a manager, as a list model presents them: a copy that changes only on request, in
 * the context in which the model is used. */
typedef struct _AsyncLitTaskList AsyncLitTaskList;

/* @initial: (transfer full): the initial tasks; NULL for all current tasks. */
AsyncLitTaskList *asynclit_task_list_new (AsyncLitTaskRegistry *registry, GPtrArray *initial);
void asynclit_task_list_free (AsyncLitTaskList *self);

guint asynclit_task_list_get_length (AsyncLitTaskList *self);
/* (transfer none) (nullable) */
AsyncLitTask *asynclit_task_list_get (AsyncLitTaskList *self, guint position);

/* Catches up with the registry, and emits GListModel::items-changed on @model. */
void asynclit_task_list_update (AsyncLitTaskList *self, GListModel *model);

G_END_DECLS
