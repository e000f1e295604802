/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "asynclit-schedule-lock-private.h"

AsyncLitLock asynclit_schedule_lock;
