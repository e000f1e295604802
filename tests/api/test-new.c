/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What g_object_new() does with each class when it is given no properties: see the table in
 * docs/bindings.md. And what C needs no cast for. */

#include "test-support.h"

#include <asynclit-glib.h>

static void
test_sensible (void)
{
  g_autoptr (AsyncLitTask) task = g_object_new (ASYNCLIT_TYPE_TASK, NULL);
  g_autoptr (AsyncLitTaskManager) manager = g_object_new (ASYNCLIT_TYPE_TASK_MANAGER, NULL);
  g_autoptr (AsyncLitRetryPolicy) policy = g_object_new (ASYNCLIT_TYPE_RETRY_POLICY, NULL);
  g_autoptr (AsyncLitScheduler) scheduler = g_object_new (ASYNCLIT_TYPE_SCHEDULER, NULL);
  g_autoptr (AsyncLitProgramOutput) output = g_object_new (ASYNCLIT_TYPE_PROGRAM_OUTPUT, NULL);
  g_autoptr (AsyncLitTrigger) interval = g_object_new (ASYNCLIT_TYPE_INTERVAL_TRIGGER, NULL);
  g_autoptr (AsyncLitClock) clock = g_object_new (ASYNCLIT_TYPE_MANUAL_CLOCK, NULL);
  g_autofree char *text = asynclit_program_output_dup_text (output);

  g_assert_cmpint (asynclit_task_get_status (task), ==, ASYNCLIT_TASK_STATUS_PENDING);
  g_assert_cmpuint (asynclit_task_manager_get_max_completed (manager), ==, 256);
  g_assert_cmpuint (asynclit_retry_policy_get_max_attempts (policy), ==, 1);
  g_assert_false (asynclit_scheduler_get_running (scheduler));
  g_assert_true (asynclit_scheduler_get_clock (scheduler) == asynclit_get_system_clock ());
  g_assert_cmpint (asynclit_program_output_get_status (output), ==, 0);
  g_assert_cmpstr (text, ==, "");
  g_assert_cmpuint (g_bytes_get_size (asynclit_program_output_get_stderr (output)), ==, 0);
  g_assert_cmpfloat (asynclit_interval_trigger_get_seconds (interval), ==, 1);
  g_assert_cmpint (asynclit_clock_get_wall_time (clock), <=, g_get_real_time ());
}

/* Complete, but of no use until more is set. */
static void
test_refused_later (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (AsyncLitProgram) program = g_object_new (ASYNCLIT_TYPE_PROGRAM, NULL);
  g_autoptr (AsyncLitTask) task = asynclit_task_manager_submit_program (manager, NULL, program);
  g_autoptr (AsyncLitScheduler) scheduler = asynclit_scheduler_new ();
  g_autoptr (AsyncLitScheduledTask) job = g_object_new (ASYNCLIT_TYPE_SCHEDULED_TASK, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_true (asynclit_task_wait (task, -1, NULL, NULL));
  test_assert_failed (task, ASYNCLIT_ERROR, ASYNCLIT_ERROR_INVALID_ARGUMENT);
  g_assert_false (asynclit_scheduler_add (scheduler, job, TRUE, &error));
  g_assert_error (error, ASYNCLIT_ERROR, ASYNCLIT_ERROR_INVALID_ARGUMENT);
}

static void
expect_critical (const char *pattern)
{
  g_test_expect_message ("AsyncLit", G_LOG_LEVEL_CRITICAL, pattern);
}

static void
test_triggers (void)
{
  const GType types[]
      = { ASYNCLIT_TYPE_CRON_TRIGGER, ASYNCLIT_TYPE_CALENDAR_TRIGGER, ASYNCLIT_TYPE_DATE_TRIGGER };

  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    {
      g_autoptr (AsyncLitTrigger) trigger = NULL;

      expect_critical ("*without the property*never fires*");
      trigger = g_object_new (types[i], NULL);
      g_test_assert_expected_messages ();
    }
}

/* A store without a file refuses all that is done with it. */
static void
test_store (void)
{
  g_autoptr (AsyncLitScheduleStore) store = g_object_new (ASYNCLIT_TYPE_SCHEDULE_STORE, NULL);
  g_autoptr (AsyncLitScheduler) scheduler = asynclit_scheduler_new ();

  expect_critical ("*writer != NULL*");
  asynclit_schedule_store_forget (store, "job");
  expect_critical ("*writer != NULL*");
  g_assert_false (asynclit_schedule_store_flush (store, 0, NULL, NULL));
  expect_critical ("*writer != NULL*");
  asynclit_schedule_store_flush_async (store, NULL, NULL, NULL);
  expect_critical ("*writer != NULL*");
  g_assert_false (asynclit_schedule_store_close (store, 0, NULL, NULL));
  expect_critical ("*store_claim*");
  asynclit_scheduler_set_store (scheduler, store);
  g_test_assert_expected_messages ();
  g_assert_null (asynclit_scheduler_get_store (scheduler));
}

/* GLib aborts, or logs a critical message: that depends on its version. */
static void
test_abstract (gconstpointer type)
{
  if (g_test_subprocess ())
    {
      g_autoptr (GObject) object = g_object_new (GPOINTER_TO_SIZE (type), NULL);
      return;
    }
  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_failed ();
  g_test_trap_assert_stderr ("*abstract*");
}

/* What a constructor returns can be passed to the functions of the subclass and the base class. */
static void
test_no_casts (void)
{
  g_autoptr (GDateTime) start = g_date_time_new_utc (2026, 1, 31, 9, 0, 0);
  g_autoptr (AsyncLitClock) clock = asynclit_manual_clock_new (start);
  g_autoptr (AsyncLitTrigger) cron
      = asynclit_cron_trigger_new ("0 9 * * 1", ASYNCLIT_CRON_DIALECT_CRON, "UTC", NULL);
  g_autoptr (AsyncLitTrigger) skipping = asynclit_cron_trigger_with_policies (
      cron, ASYNCLIT_GAP_POLICY_SKIP, ASYNCLIT_FOLD_POLICY_FIRST);
  g_autoptr (AsyncLitManualClock) manual = g_object_ref (clock);

  asynclit_manual_clock_advance (clock, 1);
  asynclit_manual_clock_advance (manual, 1);
  asynclit_manual_clock_advance (ASYNCLIT_MANUAL_CLOCK (clock), 1);
  g_assert_cmpint (asynclit_clock_get_wall_time (manual), ==,
                   (g_date_time_to_unix (start) + 3) * G_USEC_PER_SEC);
  g_assert_cmpstr (asynclit_cron_trigger_get_expression (skipping), ==, "0 9 * * 1");
}

/* The compiler takes any kind of trigger for any other; the functions do not. */
static void
test_wrong_kind (void)
{
  g_autoptr (AsyncLitTrigger) trigger = asynclit_interval_trigger_new (1);

  expect_critical ("*ASYNCLIT_IS_CRON_TRIGGER*");
  g_assert_null (asynclit_cron_trigger_get_expression (trigger));
  g_test_assert_expected_messages ();
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/new/sensible", test_sensible);
  g_test_add_func ("/new/refused-later", test_refused_later);
  g_test_add_func ("/new/triggers", test_triggers);
  g_test_add_func ("/new/store", test_store);
  g_test_add_data_func ("/new/abstract-trigger", GSIZE_TO_POINTER (ASYNCLIT_TYPE_TRIGGER),
                        test_abstract);
  g_test_add_data_func ("/new/abstract-clock", GSIZE_TO_POINTER (ASYNCLIT_TYPE_CLOCK),
                        test_abstract);
  g_test_add_func ("/new/no-casts", test_no_casts);
  g_test_add_func ("/new/wrong-kind", test_wrong_kind);

  return g_test_run ();
}
