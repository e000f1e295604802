/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "asynclit-clock.h"

G_BEGIN_DECLS

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitClock *asynclit_get_system_clock (void);

G_END_DECLS
