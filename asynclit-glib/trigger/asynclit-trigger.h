/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#if !defined(ASYNCLIT_INSIDE) && !defined(ASYNCLIT_COMPILATION)
#error "Only <asynclit-glib.h> can be included directly."
#endif

#include "asynclit-enums.h"
#include "asynclit-type-macros.h"
#include "asynclit-version-macros.h"

G_BEGIN_DECLS

#define ASYNCLIT_TYPE_TRIGGER (asynclit_trigger_get_type ())

ASYNCLIT_AVAILABLE_IN_1_0
_ASYNCLIT_DECLARE_INTERNAL_TYPE (AsyncLitTrigger, asynclit_trigger, ASYNCLIT, TRIGGER, GObject)

ASYNCLIT_AVAILABLE_IN_1_0
GDateTime *asynclit_trigger_next_fire_time (AsyncLitTrigger *self, GDateTime *previous,
                                            GDateTime *now);

ASYNCLIT_AVAILABLE_IN_1_0
GPtrArray *asynclit_trigger_preview (AsyncLitTrigger *self, GDateTime *now, guint n_times);

ASYNCLIT_AVAILABLE_IN_1_0
char *asynclit_trigger_describe (AsyncLitTrigger *self);

ASYNCLIT_AVAILABLE_IN_1_0
char *asynclit_trigger_to_string (AsyncLitTrigger *self);

G_END_DECLS
