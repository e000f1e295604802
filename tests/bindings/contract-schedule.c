/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The cases with steps, in C: jobs whose functions run in the thread pool. */

#include "contract.h"
#include <string.h>

typedef struct {
  gint64 start; /* of the clock, in seconds since the epoch */
  AsyncLitManualClock *clock;
  AsyncLitScheduler *scheduler;
  AsyncLitTaskManager *manager;
  AsyncLitScheduledTask *job;
} Run;

/* What the function of a job does. */
typedef struct {
  int n_calls; /* atomic: several calls may be in progress */
  gint64 n_fails;
  gboolean awaits_cancel;
} Work;

static Run
run_new (void)
{
  g_autoptr (GDateTime) start = g_date_time_new_utc (2026, 1, 1, 0, 0, 0);
  AsyncLitClock *clock = asynclit_manual_clock_new (start);

  return (Run){
    .start = g_date_time_to_unix (start),
    .clock = ASYNCLIT_MANUAL_CLOCK (clock),
    .scheduler = g_object_new (ASYNCLIT_TYPE_SCHEDULER, "clock", clock, NULL),
    .manager = asynclit_task_manager_new (),
  };
}

static void
run_clear (Run *self)
{
  asynclit_scheduler_shutdown (self->scheduler, TRUE);
  g_clear_object (&self->job);
  g_object_unref (self->manager);
  g_object_unref (self->scheduler);
  g_object_unref (self->clock);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Run, run_clear)

/* Runs on: pool */
static void
work (AsyncLitTask *task, GCancellable *cancellable, gpointer user_data)
{
  Work *self = user_data;
  int n_calls = g_atomic_int_add (&self->n_calls, 1) + 1;

  if (self->awaits_cancel)
    contract_wait_for_cancel (cancellable);
  if (n_calls <= self->n_fails)
    asynclit_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_BUSY, "As the contract says");
  else
    asynclit_task_return_int (task, n_calls);
}

static AsyncLitTrigger *
make_trigger (GVariant *fields, GError **error)
{
  AsyncLitCronDialect dialect = ASYNCLIT_CRON_DIALECT_APSCHEDULER;
  const char *cron, *zone = NULL, *dialect_name = NULL;
  gint64 seconds;

  if (g_variant_lookup (fields, "interval", "x", &seconds))
    return asynclit_interval_trigger_new (seconds);
  g_assert_true (g_variant_lookup (fields, "cron", "&s", &cron));
  g_variant_lookup (fields, "zone", "&s", &zone);
  if (g_variant_lookup (fields, "dialect", "&s", &dialect_name))
    dialect = ASYNCLIT_CRON_DIALECT_CRON;
  return asynclit_cron_trigger_new (cron, dialect, zone, error);
}

static void
set_options (AsyncLitScheduledTask *job, GVariant *fields)
{
  g_autoptr (AsyncLitRetryPolicy) policy = contract_make_policy (fields);
  const char *first_run;
  gint64 n;

  asynclit_scheduled_task_set_retry_policy (job, policy);
  if (g_variant_lookup (fields, "first-run", "&s", &first_run))
    asynclit_scheduled_task_set_first_run (job, ASYNCLIT_FIRST_RUN_NOW);
  if (g_variant_lookup (fields, "max-instances", "x", &n))
    asynclit_scheduled_task_set_max_instances (job, n);
  if (g_variant_lookup (fields, "max-runs", "x", &n))
    asynclit_scheduled_task_set_max_runs (job, n);
}

static AsyncLitScheduledTask *
make_job (Run *self, AsyncLitTrigger *trigger, GVariant *fields)
{
  Work *data = g_new0 (Work, 1);
  AsyncLitScheduledTask *job = asynclit_scheduled_task_new (trigger, work, data, g_free);

  g_variant_lookup (fields, "fails", "x", &data->n_fails);
  g_variant_lookup (fields, "awaits-cancel", "b", &data->awaits_cancel);
  asynclit_scheduled_task_set_job_id (job, "job");
  asynclit_scheduled_task_set_manager (job, self->manager);
  asynclit_scheduled_task_set_latest_task_name (job, "latest");
  set_options (job, fields);
  return job;
}

static void
check_refusal (GVariant *fields, const GError *error)
{
  const char *name = NULL, *says;

  if (!g_variant_lookup (fields, "error", "&s", &name))
    {
      g_assert_no_error (error);
      return;
    }
  g_assert_nonnull (error);
  g_assert_cmpstr (contract_name_error (error), ==, name);
  g_assert_true (g_variant_lookup (fields, "says", "&s", &says));
  g_assert_nonnull (strstr (error->message, says));
}

static void
schedule (Run *self, GVariant *fields)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AsyncLitTrigger) trigger = make_trigger (fields, &error);
  g_autoptr (AsyncLitScheduledTask) job = NULL;

  if (trigger != NULL)
    {
      job = make_job (self, trigger, fields);
      if (asynclit_scheduler_add (self->scheduler, job, TRUE, &error))
        g_set_object (&self->job, job);
    }
  check_refusal (fields, error);
}

static AsyncLitTask *
get_latest (Run *self)
{
  return asynclit_task_manager_get (self->manager,
                                    asynclit_scheduled_task_get_latest_task_key (self->job));
}

/* The outcome of the latest task: its result, or the name of its error. */
static GVariant *
see_latest (Run *self)
{
  g_autoptr (AsyncLitTask) task = get_latest (self);
  g_autoptr (GError) error = NULL;
  const GValue *result;

  if (task == NULL)
    return NULL;
  result = asynclit_task_get_result (task, &error);
  if (result == NULL)
    return g_variant_new_string (contract_name_error (error));
  return g_variant_new_int64 (g_value_get_int64 (result));
}

static GVariant *
see_next (Run *self)
{
  g_autoptr (GDateTime) next = asynclit_scheduled_task_get_next_run_time (self->job);

  return next != NULL ? g_variant_new_int64 (g_date_time_to_unix (next) - self->start) : NULL;
}

static GVariant *
see (Run *self, const char *what)
{
  if (g_str_equal (what, "jobs"))
    return g_variant_new_int64 (asynclit_scheduler_get_n_jobs (self->scheduler));
  if (g_str_equal (what, "runs"))
    return g_variant_new_int64 (asynclit_scheduled_task_get_n_runs (self->job));
  if (g_str_equal (what, "missed"))
    return g_variant_new_int64 (asynclit_scheduled_task_get_n_missed (self->job));
  if (g_str_equal (what, "skipped"))
    return g_variant_new_int64 (asynclit_scheduled_task_get_n_skipped (self->job));
  if (g_str_equal (what, "paused"))
    return g_variant_new_boolean (asynclit_scheduled_task_get_paused (self->job));
  if (g_str_equal (what, "latest"))
    return see_latest (self);
  g_assert_cmpstr (what, ==, "next");
  return see_next (self);
}

/* Each one is compared together with its name, so that a failure shows what it is about. */
static void
check (Run *self, GVariant *expected)
{
  GVariantIter iter;
  GVariant *value;
  const char *what;

  while (self->job != NULL && asynclit_scheduled_task_get_n_running (self->job) > 0)
    g_usleep (1000);
  g_variant_iter_init (&iter, expected);
  while (g_variant_iter_loop (&iter, "{&sv}", &what, &value))
    {
      g_autoptr (GVariant) seen = see (self, what);
      g_autofree char *seen_text = contract_variant_to_text (seen);
      g_autofree char *expected_text = contract_variant_to_text (value);
      g_autofree char *seen_line = g_strconcat (what, ": ", seen_text, NULL);
      g_autofree char *expected_line = g_strconcat (what, ": ", expected_text, NULL);

      g_assert_cmpstr (seen_line, ==, expected_line);
    }
}

static gboolean
cancel_latest (Run *self)
{
  g_autoptr (AsyncLitTask) task = get_latest (self);

  return asynclit_task_cancel (task);
}

static void
take_step (Run *self, const char *what, GVariant *value)
{
  if (g_str_equal (what, "schedule"))
    schedule (self, value);
  else if (g_str_equal (what, "see"))
    check (self, value);
  else if (g_str_equal (what, "advance"))
    asynclit_manual_clock_advance (self->clock, g_variant_get_int64 (value));
  else if (g_str_equal (what, "pause"))
    asynclit_scheduled_task_pause (self->job);
  else if (g_str_equal (what, "resume"))
    asynclit_scheduled_task_resume (self->job);
  else if (g_str_equal (what, "run-now"))
    g_assert_cmpint (asynclit_scheduled_task_run_now (self->job), ==,
                     g_variant_get_boolean (value));
  else if (g_str_equal (what, "remove"))
    g_assert_cmpint (asynclit_scheduled_task_remove (self->job), ==, g_variant_get_boolean (value));
  else if (g_str_equal (what, "cancel"))
    g_assert_cmpint (cancel_latest (self), ==, g_variant_get_boolean (value));
  else
    g_error ("contract.json has an unknown step: %s", what);
}

void
contract_run_steps (gconstpointer test_case)
{
  g_auto (Run) run = run_new ();
  g_autoptr (GVariant) steps = g_variant_lookup_value ((GVariant *) test_case, "steps", NULL);

  asynclit_start_scheduler (run.scheduler);
  for (gsize i = 0; i < g_variant_n_children (steps); i++)
    {
      g_autoptr (GVariant) step = contract_nth (steps, i);
      g_autoptr (GVariant) value = NULL;
      const char *what;

      g_variant_get_child (step, 0, "{&sv}", &what, &value);
      take_step (&run, what, value);
    }
}
