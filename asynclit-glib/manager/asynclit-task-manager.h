/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "asynclit-enums.h"
#include "asynclit-program.h"
#include "asynclit-retry-policy.h"
#include "asynclit-limiter.h"
#include "asynclit-task.h"
#include "asynclit-version-macros.h"

G_BEGIN_DECLS

#define ASYNCLIT_TYPE_TASK_MANAGER (asynclit_task_manager_get_type ())

ASYNCLIT_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (AsyncLitTaskManager, asynclit_task_manager, ASYNCLIT, TASK_MANAGER, GObject)

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitTaskManager *asynclit_task_manager_new (void);

ASYNCLIT_AVAILABLE_IN_1_0
guint asynclit_task_manager_get_max_completed (AsyncLitTaskManager *self);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_task_manager_set_max_completed (AsyncLitTaskManager *self, guint max_completed);

ASYNCLIT_AVAILABLE_IN_1_0
double asynclit_task_manager_get_max_age (AsyncLitTaskManager *self);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_task_manager_set_max_age (AsyncLitTaskManager *self, double max_age);

/* Submitting */

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitTask *asynclit_task_manager_submit (AsyncLitTaskManager *self, AsyncLitRetryPolicy *retry,
                                            AsyncLitTaskFunc func, gpointer user_data,
                                            GDestroyNotify destroy);

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitTask *asynclit_task_manager_submit_closure (AsyncLitTaskManager *self,
                                                    AsyncLitRetryPolicy *retry, GClosure *closure);

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitTask *asynclit_task_manager_submit_async (AsyncLitTaskManager *self,
                                                  AsyncLitRetryPolicy *retry, AsyncLitTaskFunc func,
                                                  gpointer user_data, GDestroyNotify destroy);

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitTask *asynclit_task_manager_submit_async_closure (AsyncLitTaskManager *self,
                                                          AsyncLitRetryPolicy *retry,
                                                          GClosure *closure);

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitTask *asynclit_task_manager_submit_in_context (AsyncLitTaskManager *self,
                                                       AsyncLitRetryPolicy *retry,
                                                       AsyncLitTaskFunc func, gpointer user_data,
                                                       GDestroyNotify destroy);

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitTask *asynclit_task_manager_submit_in_context_closure (AsyncLitTaskManager *self,
                                                               AsyncLitRetryPolicy *retry,
                                                               GClosure *closure);

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitTask *asynclit_task_manager_submit_subprocess (AsyncLitTaskManager *self,
                                                       AsyncLitRetryPolicy *retry,
                                                       const char *const *argv);

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitTask *asynclit_task_manager_submit_program (AsyncLitTaskManager *self,
                                                    AsyncLitRetryPolicy *retry,
                                                    AsyncLitProgram *program);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_task_manager_submit_task (AsyncLitTaskManager *self, AsyncLitTask *task);

ASYNCLIT_AVAILABLE_IN_1_0
gboolean asynclit_task_manager_queue_task (AsyncLitTaskManager *self, AsyncLitTask *task);

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitTask *asynclit_task_manager_submit_unique (AsyncLitTaskManager *self, AsyncLitTask *task,
                                                   const char *key, AsyncLitUnique unique);

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitTask *asynclit_task_manager_claim_key (AsyncLitTaskManager *self, AsyncLitTask *task,
                                               const char *key, AsyncLitUnique unique);

/* Finding */

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitTask *asynclit_task_manager_get (AsyncLitTaskManager *self, const char *id);

ASYNCLIT_AVAILABLE_IN_1_0
GPtrArray *asynclit_task_manager_list_tasks (AsyncLitTaskManager *self, AsyncLitTaskFilter filter,
                                             const char *name);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_task_manager_register_global (AsyncLitTaskManager *self, AsyncLitTask *task,
                                            const char *name);

ASYNCLIT_AVAILABLE_IN_1_0
gboolean asynclit_task_manager_unregister_global (AsyncLitTaskManager *self, const char *name);

ASYNCLIT_AVAILABLE_IN_1_0
guint asynclit_task_manager_cleanup (AsyncLitTaskManager *self);

ASYNCLIT_AVAILABLE_IN_1_0
gboolean asynclit_task_manager_remove (AsyncLitTaskManager *self, const char *id);

/* Limits */

ASYNCLIT_AVAILABLE_IN_1_0
guint asynclit_task_manager_get_max_running (AsyncLitTaskManager *self);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_task_manager_set_max_running (AsyncLitTaskManager *self, guint max_running);

ASYNCLIT_AVAILABLE_IN_1_0
guint asynclit_task_manager_get_max_queued (AsyncLitTaskManager *self);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_task_manager_set_max_queued (AsyncLitTaskManager *self, guint max_queued);

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitOverflow asynclit_task_manager_get_overflow (AsyncLitTaskManager *self);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_task_manager_set_overflow (AsyncLitTaskManager *self, AsyncLitOverflow overflow);

ASYNCLIT_AVAILABLE_IN_1_0
gboolean asynclit_task_manager_get_paused (AsyncLitTaskManager *self);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_task_manager_set_paused (AsyncLitTaskManager *self, gboolean paused);

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitLimiter *asynclit_task_manager_get_limiter (AsyncLitTaskManager *self);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_task_manager_set_limiter (AsyncLitTaskManager *self, AsyncLitLimiter *limiter);

/* Ending */

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_task_manager_close (AsyncLitTaskManager *self, AsyncLitCloseMode mode);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_task_manager_reopen (AsyncLitTaskManager *self);

ASYNCLIT_AVAILABLE_IN_1_0
gboolean asynclit_task_manager_get_closed (AsyncLitTaskManager *self);

ASYNCLIT_AVAILABLE_IN_1_0
gboolean asynclit_task_manager_wait (AsyncLitTaskManager *self, double timeout_seconds,
                                     GCancellable *cancellable, GError **error);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_task_manager_wait_async (AsyncLitTaskManager *self, GCancellable *cancellable,
                                       GAsyncReadyCallback callback, gpointer user_data);

ASYNCLIT_AVAILABLE_IN_1_0
gboolean asynclit_task_manager_wait_finish (AsyncLitTaskManager *self, GAsyncResult *result,
                                            GError **error);

/* How much is done */

ASYNCLIT_AVAILABLE_IN_1_0
double asynclit_task_manager_get_fraction (AsyncLitTaskManager *self);

ASYNCLIT_AVAILABLE_IN_1_0
double asynclit_task_manager_get_remaining (AsyncLitTaskManager *self);

ASYNCLIT_AVAILABLE_IN_1_0
guint asynclit_task_manager_get_n_live (AsyncLitTaskManager *self);

ASYNCLIT_AVAILABLE_IN_1_0
guint asynclit_task_manager_get_n_running (AsyncLitTaskManager *self);

ASYNCLIT_AVAILABLE_IN_1_0
guint asynclit_task_manager_get_n_waiting (AsyncLitTaskManager *self);

ASYNCLIT_AVAILABLE_IN_1_0
guint64 asynclit_task_manager_get_n_done (AsyncLitTaskManager *self);

ASYNCLIT_AVAILABLE_IN_1_0
guint64 asynclit_task_manager_get_n_failed (AsyncLitTaskManager *self);

ASYNCLIT_AVAILABLE_IN_1_0
guint64 asynclit_task_manager_get_n_cancelled (AsyncLitTaskManager *self);

ASYNCLIT_AVAILABLE_IN_1_0
guint64 asynclit_task_manager_get_n_retried (AsyncLitTaskManager *self);

G_END_DECLS
