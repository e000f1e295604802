/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "asynclit-trigger.h"

G_BEGIN_DECLS

#define ASYNCLIT_TYPE_CALENDAR_TRIGGER (asynclit_calendar_trigger_get_type ())

ASYNCLIT_AVAILABLE_IN_1_0
_ASYNCLIT_DECLARE_INTERNAL_SUBTYPE (AsyncLitCalendarTrigger, asynclit_calendar_trigger, ASYNCLIT,
                                    CALENDAR_TRIGGER, AsyncLitTrigger)

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitTrigger *asynclit_calendar_trigger_new (guint every, AsyncLitCalendarUnit unit,
                                                GDateTime *first, const char *time_zone,
                                                GError **error);

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitTrigger *asynclit_calendar_trigger_with_month_end (AsyncLitCalendarTrigger *self,
                                                           AsyncLitMonthEnd month_end);

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitTrigger *asynclit_calendar_trigger_with_policies (AsyncLitCalendarTrigger *self,
                                                          AsyncLitGapPolicy gap_policy,
                                                          AsyncLitFoldPolicy fold_policy);

ASYNCLIT_AVAILABLE_IN_1_0
guint asynclit_calendar_trigger_get_every (AsyncLitCalendarTrigger *self);

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitCalendarUnit asynclit_calendar_trigger_get_unit (AsyncLitCalendarTrigger *self);

ASYNCLIT_AVAILABLE_IN_1_0
GDateTime *asynclit_calendar_trigger_get_first (AsyncLitCalendarTrigger *self);

ASYNCLIT_AVAILABLE_IN_1_0
const char *asynclit_calendar_trigger_get_time_zone (AsyncLitCalendarTrigger *self);

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitMonthEnd asynclit_calendar_trigger_get_month_end (AsyncLitCalendarTrigger *self);

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitGapPolicy asynclit_calendar_trigger_get_gap_policy (AsyncLitCalendarTrigger *self);

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitFoldPolicy asynclit_calendar_trigger_get_fold_policy (AsyncLitCalendarTrigger *self);

G_END_DECLS
