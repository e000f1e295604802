/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The timers of tasks with time limits. Each has a reference to its task while it runs. All of them
 * are in the worker's one queue of timers. */

#pragma once

#include "asynclit-task-private.h"

G_BEGIN_DECLS

/* A task with ASYNCLIT_STATE_TIMED was submitted, or comes for another attempt. */
void asynclit_time_limits_begin (AsyncLitTask *task);

/* An attempt of such a task begins, or its function has returned. */
void asynclit_time_limits_start_attempt (AsyncLitTask *task);
void asynclit_time_limits_end_attempt (AsyncLitTask *task);

/* The attempt is running, and does not count as stalled. */
void asynclit_time_limits_watch_signs (AsyncLitTask *task, guint attempt);

G_END_DECLS
