/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "asynclit-schedule-core-private.h"

G_BEGIN_DECLS

/* The jobs of a scheduler as a list model shows them: a copy that changes only when it is told to,
 * in the context that the model is used in. Jobs stand in the order in which they were added. */
typedef struct _AsyncLitJobList AsyncLitJobList;

/* Has the core note changes from now on, unless it does already: then the list begins without
 * them, and catches up. */
AsyncLitJobList *asynclit_job_list_new (AsyncLitScheduleCore *core);
void asynclit_job_list_free (AsyncLitJobList *self);

/* No more changes are noted, and those that were are forgotten. */
void asynclit_job_list_unwatch (AsyncLitScheduleCore *core);

guint asynclit_job_list_get_length (AsyncLitJobList *self);
/* (transfer none) (nullable) */
AsyncLitScheduledTask *asynclit_job_list_get (AsyncLitJobList *self, guint position);

/* Catches up with the core, emitting GListModel::items-changed on @model. TRUE if it had to. */
gboolean asynclit_job_list_update (AsyncLitJobList *self, GListModel *model);

G_END_DECLS
