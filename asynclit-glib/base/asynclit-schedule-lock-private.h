/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "asynclit-lock-private.h"

G_BEGIN_DECLS

/* One lock for all schedulers, their jobs and their stores: a job may be asked, and changed, while
 * it goes from none to one scheduler and to another. It is held for moments only. Triggers, which
 * are pure, are asked while it is held. */
extern AsyncLitLock asynclit_schedule_lock;

G_END_DECLS
