/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "asynclit-schedule-core-private.h"
#include "asynclit-scheduler.h"

G_BEGIN_DECLS

/* Valid as long as the scheduler. */
AsyncLitScheduleCore *asynclit_scheduler_get_core (AsyncLitScheduler *self);

/* A scheduler that tells what happens in the global default main context, whoever makes it. */
AsyncLitScheduler *asynclit_scheduler_new_in_default_context (void);

G_END_DECLS
