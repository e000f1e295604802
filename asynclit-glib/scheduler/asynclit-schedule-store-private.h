/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "asynclit-schedule-database-private.h"
#include "asynclit-schedule-store.h"

G_BEGIN_DECLS

/* A store is for one scheduler. FALSE if it has one already. */
gboolean asynclit_schedule_store_claim (AsyncLitScheduleStore *self);

/* The number of a run that is new. */
gint64 asynclit_schedule_store_new_run (AsyncLitScheduleStore *self);

/* Puts a change, which it takes, into the line. With asynclit_schedule_lock held: so the line is in
 * the order in which things happened. */
void asynclit_schedule_store_push_locked (AsyncLitScheduleStore *self, AsyncLitStoreChange *change);

/* When this returns, what was pushed before is in the file. Not with asynclit_schedule_lock held.
 * */
void asynclit_schedule_store_flush (AsyncLitScheduleStore *self);

AsyncLitStoredJob *asynclit_schedule_store_load (AsyncLitScheduleStore *self, const char *job_id);

G_END_DECLS
