/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "asynclit-schedule-core-private.h"
#include "asynclit-scheduler.h"

G_BEGIN_DECLS

/* Valid as long as the scheduler. */
AsyncLitScheduleCore *asynclit_scheduler_get_core (AsyncLitScheduler *self);

/* Creates a scheduler that emits its signals in the global default main context, whichever thread
 * creates it. */
AsyncLitScheduler *asynclit_scheduler_new_in_default_context (void);

G_END_DECLS
