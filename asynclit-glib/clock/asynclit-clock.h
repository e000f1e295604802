/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#if !defined(ASYNCLIT_INSIDE) && !defined(ASYNCLIT_COMPILATION)
#error "Only <asynclit-glib.h> can be included directly."
#endif

#include "asynclit-type-macros.h"
#include "asynclit-version-macros.h"

G_BEGIN_DECLS

#define ASYNCLIT_TYPE_CLOCK (asynclit_clock_get_type ())

ASYNCLIT_AVAILABLE_IN_1_0
_ASYNCLIT_DECLARE_INTERNAL_TYPE (AsyncLitClock, asynclit_clock, ASYNCLIT, CLOCK, GObject)

ASYNCLIT_AVAILABLE_IN_1_0
gint64 asynclit_clock_get_monotonic_time (AsyncLitClock *self);

ASYNCLIT_AVAILABLE_IN_1_0
gint64 asynclit_clock_get_wall_time (AsyncLitClock *self);

#define ASYNCLIT_TYPE_MANUAL_CLOCK (asynclit_manual_clock_get_type ())

ASYNCLIT_AVAILABLE_IN_1_0
_ASYNCLIT_DECLARE_INTERNAL_SUBTYPE (AsyncLitManualClock, asynclit_manual_clock, ASYNCLIT,
                                    MANUAL_CLOCK, AsyncLitClock)

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitClock *asynclit_manual_clock_new (GDateTime *start);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_manual_clock_advance (AsyncLitManualClock *self, double seconds);

ASYNCLIT_AVAILABLE_IN_1_0
gboolean asynclit_manual_clock_advance_to_next (AsyncLitManualClock *self);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_manual_clock_set_wall_time (AsyncLitManualClock *self, GDateTime *time);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_manual_clock_suspend (AsyncLitManualClock *self, double seconds);

G_END_DECLS
