/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#if !defined(ASYNCLIT_INSIDE) && !defined(ASYNCLIT_COMPILATION)
#error "Only <asynclit-glib.h> can be included directly."
#endif

#include "asynclit-task-manager.h"

G_BEGIN_DECLS

#define ASYNCLIT_TYPE_TASK_GROUP (asynclit_task_group_get_type ())

ASYNCLIT_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (AsyncLitTaskGroup, asynclit_task_group, ASYNCLIT, TASK_GROUP, GObject)

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitTaskGroup *asynclit_task_group_new (AsyncLitTaskManager *manager);

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitTaskManager *asynclit_task_group_get_manager (AsyncLitTaskGroup *self);

ASYNCLIT_AVAILABLE_IN_1_0
gboolean asynclit_task_group_get_cancel_on_error (AsyncLitTaskGroup *self);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_task_group_set_cancel_on_error (AsyncLitTaskGroup *self, gboolean cancel_on_error);

ASYNCLIT_AVAILABLE_IN_1_0
gboolean asynclit_task_group_get_cancel_on_drop (AsyncLitTaskGroup *self);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_task_group_set_cancel_on_drop (AsyncLitTaskGroup *self, gboolean cancel_on_drop);

ASYNCLIT_AVAILABLE_IN_1_0
guint asynclit_task_group_get_max_completed (AsyncLitTaskGroup *self);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_task_group_set_max_completed (AsyncLitTaskGroup *self, guint max_completed);

ASYNCLIT_AVAILABLE_IN_1_0
gboolean asynclit_task_group_get_closed (AsyncLitTaskGroup *self);

ASYNCLIT_AVAILABLE_IN_1_0
guint asynclit_task_group_get_n_live (AsyncLitTaskGroup *self);

ASYNCLIT_AVAILABLE_IN_1_0
double asynclit_task_group_get_fraction (AsyncLitTaskGroup *self);

ASYNCLIT_AVAILABLE_IN_1_0
double asynclit_task_group_get_remaining (AsyncLitTaskGroup *self);

/* Tasks */

ASYNCLIT_AVAILABLE_IN_1_0
gboolean asynclit_task_group_add (AsyncLitTaskGroup *self, AsyncLitTask *task, GError **error);

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitTask *asynclit_task_group_submit (AsyncLitTaskGroup *self, AsyncLitRetryPolicy *retry,
                                          AsyncLitTaskFunc func, gpointer user_data,
                                          GDestroyNotify destroy);

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitTask *asynclit_task_group_submit_closure (AsyncLitTaskGroup *self,
                                                  AsyncLitRetryPolicy *retry, GClosure *closure);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_task_group_submit_task (AsyncLitTaskGroup *self, AsyncLitTask *task);

ASYNCLIT_AVAILABLE_IN_1_0
GPtrArray *asynclit_task_group_list_tasks (AsyncLitTaskGroup *self, AsyncLitTaskFilter filter);

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitTaskGroup *asynclit_task_get_group (AsyncLitTask *self);

/* The end */

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_task_group_close (AsyncLitTaskGroup *self);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_task_group_close_when_idle (AsyncLitTaskGroup *self);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_task_group_cancel (AsyncLitTaskGroup *self);

ASYNCLIT_AVAILABLE_IN_1_0
gboolean asynclit_task_group_wait (AsyncLitTaskGroup *self, double timeout_seconds,
                                   GCancellable *cancellable, GError **error);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_task_group_wait_async (AsyncLitTaskGroup *self, GCancellable *cancellable,
                                     GAsyncReadyCallback callback, gpointer user_data);

ASYNCLIT_AVAILABLE_IN_1_0
gboolean asynclit_task_group_wait_finish (AsyncLitTaskGroup *self, GAsyncResult *result,
                                          GError **error);

G_END_DECLS
