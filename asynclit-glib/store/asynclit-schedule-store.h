/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#if !defined(ASYNCLIT_INSIDE) && !defined(ASYNCLIT_COMPILATION)
#error "Only <asynclit-glib.h> can be included directly."
#endif

#include "asynclit-version-macros.h"

#include <gio/gio.h>

G_BEGIN_DECLS

#define ASYNCLIT_TYPE_SCHEDULE_STORE (asynclit_schedule_store_get_type ())

ASYNCLIT_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (AsyncLitScheduleStore, asynclit_schedule_store, ASYNCLIT, SCHEDULE_STORE,
                      GObject)

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitScheduleStore *asynclit_schedule_store_new (const char *path, GError **error);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_schedule_store_forget (AsyncLitScheduleStore *self, const char *job_id);

ASYNCLIT_AVAILABLE_IN_1_0
gboolean asynclit_schedule_store_flush (AsyncLitScheduleStore *self, double timeout_seconds,
                                        GCancellable *cancellable, GError **error);
ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_schedule_store_flush_async (AsyncLitScheduleStore *self, GCancellable *cancellable,
                                          GAsyncReadyCallback callback, gpointer user_data);
ASYNCLIT_AVAILABLE_IN_1_0
gboolean asynclit_schedule_store_flush_finish (AsyncLitScheduleStore *self, GAsyncResult *result,
                                               GError **error);
ASYNCLIT_AVAILABLE_IN_1_0
gboolean asynclit_schedule_store_close (AsyncLitScheduleStore *self, double timeout_seconds,
                                        GCancellable *cancellable, GError **error);

G_END_DECLS
