/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "asynclit-scheduled-task.h"
#include "asynclit-scheduler.h"
#include "asynclit-version-macros.h"

G_BEGIN_DECLS

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitScheduler *asynclit_get_default_scheduler (void);

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitScheduler *asynclit_start_scheduler (AsyncLitScheduler *scheduler);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_shutdown_scheduler (AsyncLitScheduler *scheduler, gboolean wait);

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitScheduledTask *asynclit_schedule_interval (double seconds, AsyncLitTaskFunc func,
                                                   gpointer user_data, GDestroyNotify destroy);

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitScheduledTask *asynclit_schedule_interval_closure (double seconds, GClosure *closure);

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitScheduledTask *asynclit_schedule_cron (const char *cron, AsyncLitTaskFunc func,
                                               gpointer user_data, GDestroyNotify destroy,
                                               GError **error);

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitScheduledTask *asynclit_schedule_cron_closure (const char *cron, GClosure *closure,
                                                       GError **error);

G_END_DECLS
