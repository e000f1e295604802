/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "asynclit-trigger.h"

G_BEGIN_DECLS

#define ASYNCLIT_TYPE_INTERVAL_TRIGGER (asynclit_interval_trigger_get_type ())

ASYNCLIT_AVAILABLE_IN_1_0
_ASYNCLIT_DECLARE_INTERNAL_SUBTYPE (AsyncLitIntervalTrigger, asynclit_interval_trigger, ASYNCLIT,
                                    INTERVAL_TRIGGER, AsyncLitTrigger)

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitTrigger *asynclit_interval_trigger_new (double seconds);

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitTrigger *asynclit_interval_trigger_new_with_fixed_delay (double seconds);

ASYNCLIT_AVAILABLE_IN_1_0
double asynclit_interval_trigger_get_seconds (AsyncLitIntervalTrigger *self);

ASYNCLIT_AVAILABLE_IN_1_0
gboolean asynclit_interval_trigger_get_fixed_delay (AsyncLitIntervalTrigger *self);

G_END_DECLS
