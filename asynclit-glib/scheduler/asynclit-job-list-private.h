/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "asynclit-schedule-core-private.h"

G_BEGIN_DECLS

/* The jobs of a scheduler, as a list model presents them: a copy that changes only on request, in
 * the context in which the model is used. Jobs are in the order in which they were added. */
typedef struct _AsyncLitJobList AsyncLitJobList;

/* Makes the core record changes from now on. If it already does, the list begins without the
 * pending changes, and then catches up. */
AsyncLitJobList *asynclit_job_list_new (AsyncLitScheduleCore *core);
void asynclit_job_list_free (AsyncLitJobList *self);

/* Stops recording changes, and discards those that were recorded. */
void asynclit_job_list_unwatch (AsyncLitScheduleCore *core);

guint asynclit_job_list_get_length (AsyncLitJobList *self);
/* (transfer none) (nullable) */
AsyncLitScheduledTask *asynclit_job_list_get (AsyncLitJobList *self, guint position);

/* Catches up with the core, and emits GListModel::items-changed on @model. TRUE if anything
 * changed. */
gboolean asynclit_job_list_update (AsyncLitJobList *self, GListModel *model);

G_END_DECLS
