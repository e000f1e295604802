/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "asynclit-trigger.h"

G_BEGIN_DECLS

#define ASYNCLIT_TYPE_CRON_TRIGGER (asynclit_cron_trigger_get_type ())

ASYNCLIT_AVAILABLE_IN_1_0
_ASYNCLIT_DECLARE_INTERNAL_SUBTYPE (AsyncLitCronTrigger, asynclit_cron_trigger, ASYNCLIT,
                                    CRON_TRIGGER, AsyncLitTrigger)

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitTrigger *asynclit_cron_trigger_new (const char *expression, AsyncLitCronDialect dialect,
                                            const char *time_zone, GError **error);

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitTrigger *asynclit_cron_trigger_with_policies (AsyncLitCronTrigger *self,
                                                      AsyncLitGapPolicy gap_policy,
                                                      AsyncLitFoldPolicy fold_policy);

ASYNCLIT_AVAILABLE_IN_1_0
const char *asynclit_cron_trigger_get_expression (AsyncLitCronTrigger *self);

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitCronDialect asynclit_cron_trigger_get_dialect (AsyncLitCronTrigger *self);

ASYNCLIT_AVAILABLE_IN_1_0
const char *asynclit_cron_trigger_get_time_zone (AsyncLitCronTrigger *self);

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitGapPolicy asynclit_cron_trigger_get_gap_policy (AsyncLitCronTrigger *self);

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitFoldPolicy asynclit_cron_trigger_get_fold_policy (AsyncLitCronTrigger *self);

G_END_DECLS
