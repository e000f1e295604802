/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "asynclit-schedule-store.h"
#include "asynclit-schedule-writer-private.h"

G_BEGIN_DECLS

/* A store serves one scheduler. FALSE if it already has one, or has no file. */
gboolean asynclit_schedule_store_claim (AsyncLitScheduleStore *self);

/* Drops a reference of the library. If it is the last one, the file is closed when everything has
 * been written, and no thread waits for that. */
void asynclit_schedule_store_release (AsyncLitScheduleStore *self);

/* Valid while the store exists. Does not keep the file open. */
AsyncLitScheduleWriter *asynclit_schedule_store_get_writer (AsyncLitScheduleStore *self);

/* To be called when a scheduler begins to use the store: logs a warning if the store is closed. */
void asynclit_schedule_store_check_open (AsyncLitScheduleStore *self);

/* FALSE with ASYNCLIT_ERROR_SCHEDULER_UNAVAILABLE if the store is closed, so that a scheduler can't
 * remember a new job. */
gboolean asynclit_schedule_store_accepts_jobs (AsyncLitScheduleStore *self, GError **error);

G_END_DECLS
