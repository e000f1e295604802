/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The one header to include: it brings in every public header of the library. */

#pragma once

#define ASYNCLIT_INSIDE

#include "asynclit-calendar-trigger.h"
#include "asynclit-clock.h"
#include "asynclit-cron-trigger.h"
#include "asynclit-date-trigger.h"
#include "asynclit-enum-types.h"
#include "asynclit-enums.h"
#include "asynclit-error.h"
#include "asynclit-gio.h"
#include "asynclit-interval-trigger.h"
#include "asynclit-join.h"
#include "asynclit-limiter.h"
#include "asynclit-map.h"
#include "asynclit-program-output.h"
#include "asynclit-program.h"
#include "asynclit-retry-policy.h"
#include "asynclit-run.h"
#include "asynclit-schedule-store.h"
#include "asynclit-schedule.h"
#include "asynclit-scheduled-task.h"
#include "asynclit-scheduler.h"
#include "asynclit-system-clock.h"
#include "asynclit-task-gates.h"
#include "asynclit-task-group.h"
#include "asynclit-task-manager.h"
#include "asynclit-task.h"
#include "asynclit-then.h"
#include "asynclit-trigger.h"
#include "asynclit-type-macros.h"
#include "asynclit-version-macros.h"
#include "asynclit-version.h"
#include "asynclit-worker.h"

#undef ASYNCLIT_INSIDE
