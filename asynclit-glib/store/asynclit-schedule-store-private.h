/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "asynclit-schedule-store.h"
#include "asynclit-schedule-writer-private.h"

G_BEGIN_DECLS

/* A store is for one scheduler. FALSE if it has one already. */
gboolean asynclit_schedule_store_claim (AsyncLitScheduleStore *self);

/* The library's last reference: the file is let go of when all is written, and nobody waits. */
void asynclit_schedule_store_release (AsyncLitScheduleStore *self);

/* Valid as long as the store. It does not keep the file. */
AsyncLitScheduleWriter *asynclit_schedule_store_get_writer (AsyncLitScheduleStore *self);

/* A scheduler begins to rely on the store: says so if that is closed. */
void asynclit_schedule_store_check_open (AsyncLitScheduleStore *self);

G_END_DECLS
