/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "asynclit-enums.h"
#include "asynclit-retry-policy.h"
#include "asynclit-task-manager.h"
#include "asynclit-task.h"
#include "asynclit-trigger.h"
#include "asynclit-version-macros.h"

G_BEGIN_DECLS

#define ASYNCLIT_TYPE_SCHEDULED_TASK (asynclit_scheduled_task_get_type ())

ASYNCLIT_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (AsyncLitScheduledTask, asynclit_scheduled_task, ASYNCLIT, SCHEDULED_TASK,
                      GObject)

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitScheduledTask *asynclit_scheduled_task_new (AsyncLitTrigger *trigger, AsyncLitTaskFunc func,
                                                    gpointer user_data, GDestroyNotify destroy);

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitScheduledTask *asynclit_scheduled_task_new_closure (AsyncLitTrigger *trigger,
                                                            GClosure *closure);

/* Identity: to be set before the job is added to a scheduler */

ASYNCLIT_AVAILABLE_IN_1_0
const char *asynclit_scheduled_task_get_job_id (AsyncLitScheduledTask *self);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_scheduled_task_set_job_id (AsyncLitScheduledTask *self, const char *job_id);

ASYNCLIT_AVAILABLE_IN_1_0
const char *asynclit_scheduled_task_get_name (AsyncLitScheduledTask *self);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_scheduled_task_set_name (AsyncLitScheduledTask *self, const char *name);

ASYNCLIT_AVAILABLE_IN_1_0
const char *asynclit_scheduled_task_get_latest_task_name (AsyncLitScheduledTask *self);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_scheduled_task_set_latest_task_name (AsyncLitScheduledTask *self, const char *name);

ASYNCLIT_AVAILABLE_IN_1_0
const char *asynclit_scheduled_task_get_latest_task_key (AsyncLitScheduledTask *self);

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitTaskManager *asynclit_scheduled_task_get_manager (AsyncLitScheduledTask *self);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_scheduled_task_set_manager (AsyncLitScheduledTask *self,
                                          AsyncLitTaskManager *manager);

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitExecutor asynclit_scheduled_task_get_executor (AsyncLitScheduledTask *self);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_scheduled_task_set_executor (AsyncLitScheduledTask *self, AsyncLitExecutor executor);

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitFirstRun asynclit_scheduled_task_get_first_run (AsyncLitScheduledTask *self);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_scheduled_task_set_first_run (AsyncLitScheduledTask *self,
                                            AsyncLitFirstRun first_run);

ASYNCLIT_AVAILABLE_IN_1_0
GDateTime *asynclit_scheduled_task_get_start_time (AsyncLitScheduledTask *self);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_scheduled_task_set_start_time (AsyncLitScheduledTask *self, GDateTime *start_time);

/* Options: may be changed at any time */

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitTrigger *asynclit_scheduled_task_get_trigger (AsyncLitScheduledTask *self);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_scheduled_task_set_trigger (AsyncLitScheduledTask *self, AsyncLitTrigger *trigger);

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitRetryPolicy *asynclit_scheduled_task_get_retry_policy (AsyncLitScheduledTask *self);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_scheduled_task_set_retry_policy (AsyncLitScheduledTask *self,
                                               AsyncLitRetryPolicy *retry_policy);

ASYNCLIT_AVAILABLE_IN_1_0
double asynclit_scheduled_task_get_misfire_grace (AsyncLitScheduledTask *self);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_scheduled_task_set_misfire_grace (AsyncLitScheduledTask *self, double misfire_grace);

ASYNCLIT_AVAILABLE_IN_1_0
gboolean asynclit_scheduled_task_get_coalesce (AsyncLitScheduledTask *self);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_scheduled_task_set_coalesce (AsyncLitScheduledTask *self, gboolean coalesce);

ASYNCLIT_AVAILABLE_IN_1_0
gboolean asynclit_scheduled_task_get_rerun_interrupted (AsyncLitScheduledTask *self);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_scheduled_task_set_rerun_interrupted (AsyncLitScheduledTask *self,
                                                    gboolean rerun_interrupted);

ASYNCLIT_AVAILABLE_IN_1_0
guint asynclit_scheduled_task_get_max_instances (AsyncLitScheduledTask *self);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_scheduled_task_set_max_instances (AsyncLitScheduledTask *self, guint max_instances);

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitOverlap asynclit_scheduled_task_get_overlap (AsyncLitScheduledTask *self);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_scheduled_task_set_overlap (AsyncLitScheduledTask *self, AsyncLitOverlap overlap);

ASYNCLIT_AVAILABLE_IN_1_0
GDateTime *asynclit_scheduled_task_get_end_time (AsyncLitScheduledTask *self);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_scheduled_task_set_end_time (AsyncLitScheduledTask *self, GDateTime *end_time);

ASYNCLIT_AVAILABLE_IN_1_0
guint asynclit_scheduled_task_get_max_runs (AsyncLitScheduledTask *self);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_scheduled_task_set_max_runs (AsyncLitScheduledTask *self, guint max_runs);

ASYNCLIT_AVAILABLE_IN_1_0
double asynclit_scheduled_task_get_jitter (AsyncLitScheduledTask *self);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_scheduled_task_set_jitter (AsyncLitScheduledTask *self, double jitter);

ASYNCLIT_AVAILABLE_IN_1_0
gboolean asynclit_scheduled_task_get_paused (AsyncLitScheduledTask *self);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_scheduled_task_set_paused (AsyncLitScheduledTask *self, gboolean paused);

/* Status */

ASYNCLIT_AVAILABLE_IN_1_0
GDateTime *asynclit_scheduled_task_get_next_run_time (AsyncLitScheduledTask *self);

ASYNCLIT_AVAILABLE_IN_1_0
GDateTime *asynclit_scheduled_task_get_last_run_time (AsyncLitScheduledTask *self);

ASYNCLIT_AVAILABLE_IN_1_0
guint64 asynclit_scheduled_task_get_n_runs (AsyncLitScheduledTask *self);

ASYNCLIT_AVAILABLE_IN_1_0
guint64 asynclit_scheduled_task_get_n_missed (AsyncLitScheduledTask *self);

ASYNCLIT_AVAILABLE_IN_1_0
guint64 asynclit_scheduled_task_get_n_skipped (AsyncLitScheduledTask *self);

ASYNCLIT_AVAILABLE_IN_1_0
guint asynclit_scheduled_task_get_n_running (AsyncLitScheduledTask *self);

/* Operations */

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_scheduled_task_pause (AsyncLitScheduledTask *self);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_scheduled_task_resume (AsyncLitScheduledTask *self);

ASYNCLIT_AVAILABLE_IN_1_0
gboolean asynclit_scheduled_task_run_now (AsyncLitScheduledTask *self);

ASYNCLIT_AVAILABLE_IN_1_0
gboolean asynclit_scheduled_task_remove (AsyncLitScheduledTask *self);

G_END_DECLS
