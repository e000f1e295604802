/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "asynclit-enums.h"
#include "asynclit-retry-policy.h"
#include "asynclit-version-macros.h"

#include <gio/gio.h>

G_BEGIN_DECLS

#define ASYNCLIT_TYPE_TASK (asynclit_task_get_type ())

ASYNCLIT_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (AsyncLitTask, asynclit_task, ASYNCLIT, TASK, GObject)

/**
 * AsyncLitTaskFunc:
 * @task: the task to settle
 * @cancellable: cancelled when the task is; take a reference to keep it after the function has
 *   returned or, on the worker, after the task has ended
 * @user_data: user data
 *
 * The function that does the work of a task.
 *
 * It settles the task exactly once, with a function such as [method@Task.return_int]. In the thread
 * pool and in the owner's context, a task whose function returns without having settled it fails
 * with %ASYNCLIT_ERROR_NO_RESULT. On the worker, the task may be settled later, from any thread.
 * @task is valid until it is settled.
 *
 * With a retry policy, the function is called once for each attempt.
 *
 * Since: 1.0
 */
typedef void (*AsyncLitTaskFunc) (AsyncLitTask *task, GCancellable *cancellable,
                                  gpointer user_data);

/**
 * AsyncLitTaskCallback:
 * @task: the task that has ended
 * @user_data: user data
 *
 * Called in the owner's context when a task has ended.
 *
 * Since: 1.0
 */
typedef void (*AsyncLitTaskCallback) (AsyncLitTask *task, gpointer user_data);

/* Creation */

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitTask *asynclit_task_new (void);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_task_set_func (AsyncLitTask *self, AsyncLitTaskFunc func, gpointer user_data,
                             GDestroyNotify destroy);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_task_set_closure (AsyncLitTask *self, GClosure *closure);

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitExecutor asynclit_task_get_executor (AsyncLitTask *self);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_task_set_executor (AsyncLitTask *self, AsyncLitExecutor executor);

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitRetryPolicy *asynclit_task_get_retry_policy (AsyncLitTask *self);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_task_set_retry_policy (AsyncLitTask *self, AsyncLitRetryPolicy *retry);

ASYNCLIT_AVAILABLE_IN_1_0
const char *asynclit_task_get_name (AsyncLitTask *self);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_task_set_name (AsyncLitTask *self, const char *name);

ASYNCLIT_AVAILABLE_IN_1_0
gboolean asynclit_task_get_abandon_on_cancel (AsyncLitTask *self);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_task_set_abandon_on_cancel (AsyncLitTask *self, gboolean abandon_on_cancel);

ASYNCLIT_AVAILABLE_IN_1_0
guint asynclit_task_get_max_progress (AsyncLitTask *self);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_task_set_max_progress (AsyncLitTask *self, guint max_progress);

ASYNCLIT_AVAILABLE_IN_1_0
double asynclit_task_get_timeout (AsyncLitTask *self);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_task_set_timeout (AsyncLitTask *self, double seconds);

ASYNCLIT_AVAILABLE_IN_1_0
double asynclit_task_get_deadline (AsyncLitTask *self);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_task_set_deadline (AsyncLitTask *self, double seconds);

ASYNCLIT_AVAILABLE_IN_1_0
double asynclit_task_get_stall_timeout (AsyncLitTask *self);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_task_set_stall_timeout (AsyncLitTask *self, double seconds);

ASYNCLIT_AVAILABLE_IN_1_0
gboolean asynclit_task_get_stalled (AsyncLitTask *self);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_task_heartbeat (AsyncLitTask *self);

ASYNCLIT_AVAILABLE_IN_1_0
GCancellable *asynclit_task_get_parent_cancellable (AsyncLitTask *self);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_task_set_parent_cancellable (AsyncLitTask *self, GCancellable *parent);

ASYNCLIT_AVAILABLE_IN_1_0
gboolean asynclit_task_inherit_deadline (AsyncLitTask *self, AsyncLitTask *from);

/* Reading, from any thread */

ASYNCLIT_AVAILABLE_IN_1_0
const char *asynclit_task_get_id (AsyncLitTask *self);

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitTaskStatus asynclit_task_get_status (AsyncLitTask *self);

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitTaskSubstate asynclit_task_get_substate (AsyncLitTask *self);

ASYNCLIT_AVAILABLE_IN_1_0
gboolean asynclit_task_get_done (AsyncLitTask *self);

ASYNCLIT_AVAILABLE_IN_1_0
const GValue *asynclit_task_get_result (AsyncLitTask *self, GError **error);

ASYNCLIT_AVAILABLE_IN_1_0
const GError *asynclit_task_get_error (AsyncLitTask *self);

ASYNCLIT_AVAILABLE_IN_1_0
guint asynclit_task_get_attempt (AsyncLitTask *self);

ASYNCLIT_AVAILABLE_IN_1_0
double asynclit_task_get_created (AsyncLitTask *self);

ASYNCLIT_AVAILABLE_IN_1_0
double asynclit_task_get_started (AsyncLitTask *self);

ASYNCLIT_AVAILABLE_IN_1_0
double asynclit_task_get_finished (AsyncLitTask *self);

ASYNCLIT_AVAILABLE_IN_1_0
double asynclit_task_get_next_retry (AsyncLitTask *self);

ASYNCLIT_AVAILABLE_IN_1_0
gint64 asynclit_task_get_due (AsyncLitTask *self);

/* Progress */

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_task_report_progress (AsyncLitTask *self, const GValue *value);

ASYNCLIT_AVAILABLE_IN_1_0
GPtrArray *asynclit_task_drain_progress (AsyncLitTask *self);

ASYNCLIT_AVAILABLE_IN_1_0
GPtrArray *asynclit_task_read_progress (AsyncLitTask *self, guint64 *cursor);

ASYNCLIT_AVAILABLE_IN_1_0
GArray *asynclit_task_drain_progress_values (AsyncLitTask *self);

ASYNCLIT_AVAILABLE_IN_1_0
GArray *asynclit_task_read_progress_values (AsyncLitTask *self, guint64 *cursor);

ASYNCLIT_AVAILABLE_IN_1_0
guint64 asynclit_task_get_progress_dropped (AsyncLitTask *self);

/* Amounts of progress */

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_task_set_progress (AsyncLitTask *self, double done, double total);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_task_begin_part (AsyncLitTask *self, double weight);

ASYNCLIT_AVAILABLE_IN_1_0
double asynclit_task_get_progress_done (AsyncLitTask *self);

ASYNCLIT_AVAILABLE_IN_1_0
double asynclit_task_get_progress_total (AsyncLitTask *self);

ASYNCLIT_AVAILABLE_IN_1_0
char *asynclit_task_get_progress_text (AsyncLitTask *self);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_task_set_progress_text (AsyncLitTask *self, const char *text);

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitUnit asynclit_task_get_progress_unit (AsyncLitTask *self);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_task_set_progress_unit (AsyncLitTask *self, AsyncLitUnit unit);

ASYNCLIT_AVAILABLE_IN_1_0
double asynclit_task_get_progress_weight (AsyncLitTask *self);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_task_set_progress_weight (AsyncLitTask *self, double weight);

ASYNCLIT_AVAILABLE_IN_1_0
double asynclit_task_get_fraction (AsyncLitTask *self);

ASYNCLIT_AVAILABLE_IN_1_0
double asynclit_task_get_rate (AsyncLitTask *self);

ASYNCLIT_AVAILABLE_IN_1_0
double asynclit_task_get_remaining (AsyncLitTask *self);

ASYNCLIT_AVAILABLE_IN_1_0
char *asynclit_progress_describe (AsyncLitTask *task);

ASYNCLIT_AVAILABLE_IN_1_0
char *asynclit_progress_describe_remaining (double seconds);

/* Cancellation and waiting */

ASYNCLIT_AVAILABLE_IN_1_0
gboolean asynclit_task_cancel (AsyncLitTask *self);

ASYNCLIT_AVAILABLE_IN_1_0
gboolean asynclit_task_pause (AsyncLitTask *self);

ASYNCLIT_AVAILABLE_IN_1_0
gboolean asynclit_task_resume (AsyncLitTask *self);

ASYNCLIT_AVAILABLE_IN_1_0
gboolean asynclit_task_is_paused (AsyncLitTask *self);

ASYNCLIT_AVAILABLE_IN_1_0
gboolean asynclit_task_when_resumed (AsyncLitTask *self, GClosure *resumed);

ASYNCLIT_AVAILABLE_IN_1_0
gboolean asynclit_task_checkpoint (AsyncLitTask *self, GCancellable *cancellable, GError **error);

ASYNCLIT_AVAILABLE_IN_1_0
GCancellable *asynclit_task_get_cancellable (AsyncLitTask *self);

ASYNCLIT_AVAILABLE_IN_1_0
gboolean asynclit_task_wait (AsyncLitTask *self, double timeout_seconds, GCancellable *cancellable,
                             GError **error);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_task_wait_async (AsyncLitTask *self, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer user_data);

ASYNCLIT_AVAILABLE_IN_1_0
gboolean asynclit_task_wait_finish (AsyncLitTask *self, GAsyncResult *result, GError **error);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_task_add_callback (AsyncLitTask *self, AsyncLitTaskCallback callback,
                                 gpointer user_data, GDestroyNotify destroy);

/* Externally run tasks, which were queued with asynclit_task_manager_queue_task() */

ASYNCLIT_AVAILABLE_IN_1_0
gboolean asynclit_task_begin (AsyncLitTask *self);

ASYNCLIT_AVAILABLE_IN_1_0
gboolean asynclit_task_finish_attempt (AsyncLitTask *self, GError **error);

ASYNCLIT_AVAILABLE_IN_1_0
gboolean asynclit_task_return_retry (AsyncLitTask *self, const GError *error, double delay_seconds);

/* Settling, for the function of a task or the creator of a task without one */

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_task_return_value (AsyncLitTask *self, const GValue *value);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_task_return_variant (AsyncLitTask *self, GVariant *value);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_task_return_pointer (AsyncLitTask *self, gpointer value, GDestroyNotify destroy);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_task_return_int (AsyncLitTask *self, gint64 value);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_task_return_boolean (AsyncLitTask *self, gboolean value);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_task_return_string (AsyncLitTask *self, const char *value);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_task_return_object (AsyncLitTask *self, gpointer object);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_task_return_error (AsyncLitTask *self, GError *error);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_task_return_new_error (AsyncLitTask *self, GQuark domain, int code,
                                     const char *format, ...) G_GNUC_PRINTF (4, 5);

G_END_DECLS
