/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The properties of a job, by number, as GObject reads and writes them. */

#include "config.h"

#include "asynclit-scheduled-task-table-private.h"

static void
get_what_it_is (AsyncLitScheduledTask *self, guint property_id, GValue *value, GParamSpec *pspec)
{
  switch (property_id)
    {
    case PROP_JOB_ID:
      g_value_set_string (value, asynclit_scheduled_task_get_job_id (self));
      break;
    case PROP_NAME:
      g_value_set_string (value, asynclit_scheduled_task_get_name (self));
      break;
    case PROP_LATEST_TASK_NAME:
      g_value_set_string (value, asynclit_scheduled_task_get_latest_task_name (self));
      break;
    case PROP_LATEST_TASK_KEY:
      g_value_set_string (value, asynclit_scheduled_task_get_latest_task_key (self));
      break;
    case PROP_MANAGER:
      g_value_set_object (value, asynclit_scheduled_task_get_manager (self));
      break;
    case PROP_EXECUTOR:
      g_value_set_enum (value, asynclit_scheduled_task_get_executor (self));
      break;
    case PROP_FIRST_RUN:
      g_value_set_enum (value, asynclit_scheduled_task_get_first_run (self));
      break;
    case PROP_START_TIME:
      g_value_take_boxed (value, asynclit_scheduled_task_get_start_time (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (self, property_id, pspec);
      break;
    }
}

static void
get_where_it_stands (AsyncLitScheduledTask *self, guint property_id, GValue *value,
                     GParamSpec *pspec)
{
  switch (property_id)
    {
    case PROP_NEXT_RUN_TIME:
      g_value_take_boxed (value, asynclit_scheduled_task_get_next_run_time (self));
      break;
    case PROP_LAST_RUN_TIME:
      g_value_take_boxed (value, asynclit_scheduled_task_get_last_run_time (self));
      break;
    case PROP_N_RUNS:
      g_value_set_uint64 (value, asynclit_scheduled_task_get_n_runs (self));
      break;
    case PROP_N_MISSED:
      g_value_set_uint64 (value, asynclit_scheduled_task_get_n_missed (self));
      break;
    case PROP_N_SKIPPED:
      g_value_set_uint64 (value, asynclit_scheduled_task_get_n_skipped (self));
      break;
    case PROP_N_RUNNING:
      g_value_set_uint (value, asynclit_scheduled_task_get_n_running (self));
      break;
    default:
      get_what_it_is (self, property_id, value, pspec);
      break;
    }
}

void
asynclit_scheduled_task_get_property (GObject *object, guint property_id, GValue *value,
                                      GParamSpec *pspec)
{
  AsyncLitScheduledTask *self = (AsyncLitScheduledTask *) object;

  switch (property_id)
    {
    case PROP_TRIGGER:
      g_value_take_object (value, asynclit_scheduled_task_get_trigger (self));
      break;
    case PROP_RETRY_POLICY:
      g_value_take_object (value, asynclit_scheduled_task_get_retry_policy (self));
      break;
    case PROP_MISFIRE_GRACE:
      g_value_set_double (value, asynclit_scheduled_task_get_misfire_grace (self));
      break;
    case PROP_COALESCE:
      g_value_set_boolean (value, asynclit_scheduled_task_get_coalesce (self));
      break;
    case PROP_RERUN_INTERRUPTED:
      g_value_set_boolean (value, asynclit_scheduled_task_get_rerun_interrupted (self));
      break;
    case PROP_MAX_INSTANCES:
      g_value_set_uint (value, asynclit_scheduled_task_get_max_instances (self));
      break;
    case PROP_OVERLAP:
      g_value_set_enum (value, asynclit_scheduled_task_get_overlap (self));
      break;
    case PROP_END_TIME:
      g_value_take_boxed (value, asynclit_scheduled_task_get_end_time (self));
      break;
    case PROP_MAX_RUNS:
      g_value_set_uint (value, asynclit_scheduled_task_get_max_runs (self));
      break;
    case PROP_JITTER:
      g_value_set_double (value, asynclit_scheduled_task_get_jitter (self));
      break;
    case PROP_PAUSED:
      g_value_set_boolean (value, asynclit_scheduled_task_get_paused (self));
      break;
    default:
      get_where_it_stands (self, property_id, value, pspec);
      break;
    }
}

static void
set_what_it_is (AsyncLitScheduledTask *self, guint property_id, const GValue *value,
                GParamSpec *pspec)
{
  switch (property_id)
    {
    case PROP_JOB_ID:
      asynclit_scheduled_task_set_job_id (self, g_value_get_string (value));
      break;
    case PROP_NAME:
      asynclit_scheduled_task_set_name (self, g_value_get_string (value));
      break;
    case PROP_LATEST_TASK_NAME:
      asynclit_scheduled_task_set_latest_task_name (self, g_value_get_string (value));
      break;
    case PROP_MANAGER:
      asynclit_scheduled_task_set_manager (self, g_value_get_object (value));
      break;
    case PROP_EXECUTOR:
      asynclit_scheduled_task_set_executor (self, g_value_get_enum (value));
      break;
    case PROP_FIRST_RUN:
      asynclit_scheduled_task_set_first_run (self, g_value_get_enum (value));
      break;
    case PROP_START_TIME:
      asynclit_scheduled_task_set_start_time (self, g_value_get_boxed (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (self, property_id, pspec);
      break;
    }
}

void
asynclit_scheduled_task_set_property (GObject *object, guint property_id, const GValue *value,
                                      GParamSpec *pspec)
{
  AsyncLitScheduledTask *self = (AsyncLitScheduledTask *) object;

  switch (property_id)
    {
    case PROP_TRIGGER:
      if (g_value_get_object (value) != NULL)
        asynclit_scheduled_task_set_trigger (self, g_value_get_object (value));
      break;
    case PROP_RETRY_POLICY:
      asynclit_scheduled_task_set_retry_policy (self, g_value_get_object (value));
      break;
    case PROP_MISFIRE_GRACE:
      asynclit_scheduled_task_set_misfire_grace (self, g_value_get_double (value));
      break;
    case PROP_COALESCE:
      asynclit_scheduled_task_set_coalesce (self, g_value_get_boolean (value));
      break;
    case PROP_RERUN_INTERRUPTED:
      asynclit_scheduled_task_set_rerun_interrupted (self, g_value_get_boolean (value));
      break;
    case PROP_MAX_INSTANCES:
      asynclit_scheduled_task_set_max_instances (self, g_value_get_uint (value));
      break;
    case PROP_OVERLAP:
      asynclit_scheduled_task_set_overlap (self, g_value_get_enum (value));
      break;
    case PROP_END_TIME:
      asynclit_scheduled_task_set_end_time (self, g_value_get_boxed (value));
      break;
    case PROP_MAX_RUNS:
      asynclit_scheduled_task_set_max_runs (self, g_value_get_uint (value));
      break;
    case PROP_JITTER:
      asynclit_scheduled_task_set_jitter (self, g_value_get_double (value));
      break;
    case PROP_PAUSED:
      asynclit_scheduled_task_set_paused (self, g_value_get_boolean (value));
      break;
    default:
      set_what_it_is (self, property_id, value, pspec);
      break;
    }
}
