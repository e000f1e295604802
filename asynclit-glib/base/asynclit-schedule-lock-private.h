/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "asynclit-lock-private.h"

G_BEGIN_DECLS

/* One lock for all schedulers, their jobs and their stores, because a job may be read and changed
 * while it moves between schedulers. It is held for short moments only. Triggers, which are pure
 * functions, are called while it is held. */
extern AsyncLitLock asynclit_schedule_lock;

G_END_DECLS
