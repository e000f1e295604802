/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The properties of a job, by number. Only for the files of this class. */

#pragma once

#include "asynclit-scheduled-task-private.h"

G_BEGIN_DECLS

enum {
  PROP_0,
  PROP_JOB_ID,
  PROP_NAME,
  PROP_LATEST_TASK_NAME,
  PROP_LATEST_TASK_KEY,
  PROP_MANAGER,
  PROP_EXECUTOR,
  PROP_FIRST_RUN,
  PROP_START_TIME,
  PROP_TRIGGER,
  PROP_RETRY_POLICY,
  PROP_MISFIRE_GRACE,
  PROP_COALESCE,
  PROP_RERUN_INTERRUPTED,
  PROP_MAX_INSTANCES,
  PROP_OVERLAP,
  PROP_END_TIME,
  PROP_MAX_RUNS,
  PROP_JITTER,
  PROP_PAUSED,
  PROP_NEXT_RUN_TIME,
  PROP_LAST_RUN_TIME,
  PROP_N_RUNS,
  PROP_N_MISSED,
  PROP_N_SKIPPED,
  PROP_N_RUNNING,
  N_PROPS,
};

/* Filled in by the class. */
extern GParamSpec *asynclit_scheduled_task_properties[N_PROPS];

/* asynclit-scheduled-task-table.c */
void asynclit_scheduled_task_get_property (GObject *object, guint property_id, GValue *value,
                                           GParamSpec *pspec);
void asynclit_scheduled_task_set_property (GObject *object, guint property_id, const GValue *value,
                                           GParamSpec *pspec);

/* asynclit-scheduled-task-setup.c */
/* Returns the core that the job is in, with a reference. */
AsyncLitScheduleCore *asynclit_scheduled_task_get_core_locked (AsyncLitScheduledTask *self);

G_END_DECLS
