/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "asynclit-clock.h"
#include "asynclit-schedule-store.h"
#include "asynclit-scheduled-task.h"
#include "asynclit-version-macros.h"

#include <gio/gio.h>

G_BEGIN_DECLS

#define ASYNCLIT_TYPE_SCHEDULER (asynclit_scheduler_get_type ())

ASYNCLIT_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (AsyncLitScheduler, asynclit_scheduler, ASYNCLIT, SCHEDULER, GObject)

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitScheduler *asynclit_scheduler_new (void);

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitClock *asynclit_scheduler_get_clock (AsyncLitScheduler *self);

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitScheduleStore *asynclit_scheduler_get_store (AsyncLitScheduler *self);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_scheduler_set_store (AsyncLitScheduler *self, AsyncLitScheduleStore *store);

ASYNCLIT_AVAILABLE_IN_1_0
gboolean asynclit_scheduler_get_running (AsyncLitScheduler *self);

ASYNCLIT_AVAILABLE_IN_1_0
guint asynclit_scheduler_get_n_jobs (AsyncLitScheduler *self);

/* Jobs */

ASYNCLIT_AVAILABLE_IN_1_0
gboolean asynclit_scheduler_add (AsyncLitScheduler *self, AsyncLitScheduledTask *job,
                                 gboolean replace_existing, GError **error);

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitScheduledTask *asynclit_scheduler_get (AsyncLitScheduler *self, const char *job_id);

ASYNCLIT_AVAILABLE_IN_1_0
GPtrArray *asynclit_scheduler_list_jobs (AsyncLitScheduler *self);

ASYNCLIT_AVAILABLE_IN_1_0
gboolean asynclit_scheduler_remove (AsyncLitScheduler *self, const char *job_id);

/* Starting and stopping */

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_scheduler_start (AsyncLitScheduler *self);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_scheduler_shutdown (AsyncLitScheduler *self, gboolean wait);

/* Running jobs that have no function */

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitTask *asynclit_scheduler_take_due (AsyncLitScheduler *self, AsyncLitScheduledTask **job,
                                           GCancellable *cancellable, GError **error);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_scheduler_take_due_async (AsyncLitScheduler *self, GCancellable *cancellable,
                                        GAsyncReadyCallback callback, gpointer user_data);

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitTask *asynclit_scheduler_take_due_finish (AsyncLitScheduler *self, GAsyncResult *result,
                                                  AsyncLitScheduledTask **job, GError **error);

G_END_DECLS
