/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "asynclit-trigger.h"

G_BEGIN_DECLS

#define ASYNCLIT_TYPE_DATE_TRIGGER (asynclit_date_trigger_get_type ())

ASYNCLIT_AVAILABLE_IN_1_0
_ASYNCLIT_DECLARE_INTERNAL_SUBTYPE (AsyncLitDateTrigger, asynclit_date_trigger, ASYNCLIT,
                                    DATE_TRIGGER, AsyncLitTrigger)

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitTrigger *asynclit_date_trigger_new (GDateTime *when);

ASYNCLIT_AVAILABLE_IN_1_0
GDateTime *asynclit_date_trigger_get_when (AsyncLitDateTrigger *self);

G_END_DECLS
