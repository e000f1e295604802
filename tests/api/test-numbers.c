/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Invalid numbers and enumeration values: a property, its setter and a constructor reject the same
 * ones, and change nothing. An object is harmless, whatever properties it was constructed with. */

#include "test-support.h"

#include <math.h>
#include <string.h>

#define N_TIMES 5

static guint n_messages;

static void
count_message (const char *domain, GLogLevelFlags level, const char *message, gpointer user_data)
{
  g_assert_cmpuint (strlen (message), <, 1000);
  n_messages++;
}

/* The number of messages about an error in the following call. */
static void
listen_begin (void)
{
  n_messages = 0;
  g_log_set_always_fatal (G_LOG_FATAL_MASK);
  g_log_set_default_handler (count_message, NULL);
}

static guint
listen_end (void)
{
  g_log_set_default_handler (g_log_default_handler, NULL);
  g_log_set_always_fatal (G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING);
  return n_messages;
}

#define assert_told(call)                                                                          \
  G_STMT_START                                                                                     \
  {                                                                                                \
    listen_begin ();                                                                               \
    call;                                                                                          \
    g_assert_cmpuint (listen_end (), ==, 1);                                                       \
  }                                                                                                \
  G_STMT_END

/* The times of the trigger only increase, and it can describe itself. */
static void
assert_harmless (AsyncLitTrigger *trigger)
{
  g_autoptr (GDateTime) now = g_date_time_new_utc (2026, 1, 1, 0, 0, 0);
  g_autoptr (GDateTime) before = g_date_time_add_seconds (now, -100);
  g_autoptr (GPtrArray) times = asynclit_trigger_preview (trigger, now, N_TIMES);
  g_autoptr (GDateTime) next = asynclit_trigger_next_fire_time (trigger, before, now);
  g_autofree char *words = asynclit_trigger_describe (trigger);
  g_autofree char *text = asynclit_trigger_to_string (trigger);
  GDateTime *previous = now;

  for (guint i = 0; i < times->len; previous = g_ptr_array_index (times, i++))
    g_assert_cmpint (g_date_time_compare (previous, g_ptr_array_index (times, i)), <, 0);
  g_assert_true (next == NULL || g_date_time_compare (next, now) > 0);
  g_assert_true (*words != '\0' && *text != '\0');
}

static void
test_interval_construct (void)
{
  const double refused[] = { 0, -5, 1e-7, -INFINITY, INFINITY, NAN };
  const double taken[] = { 1e-6, 0.5, 1e13, 1e300, G_MAXDOUBLE };

  for (guint i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      g_autoptr (AsyncLitTrigger) trigger = NULL;

      assert_told (g_assert_null (asynclit_interval_trigger_new (refused[i])));
      assert_told (g_assert_null (asynclit_interval_trigger_new_with_fixed_delay (refused[i])));
      assert_told (trigger
                   = g_object_new (ASYNCLIT_TYPE_INTERVAL_TRIGGER, "seconds", refused[i], NULL));
      g_assert_cmpfloat (
          asynclit_interval_trigger_get_seconds (ASYNCLIT_INTERVAL_TRIGGER (trigger)), ==, 1);
      assert_harmless (trigger);
    }
  for (guint i = 0; i < G_N_ELEMENTS (taken); i++)
    {
      g_autoptr (AsyncLitTrigger) trigger = asynclit_interval_trigger_new (taken[i]);

      g_assert_cmpfloat (
          asynclit_interval_trigger_get_seconds (ASYNCLIT_INTERVAL_TRIGGER (trigger)), ==,
          taken[i]);
      assert_harmless (trigger);
    }
}

/* Triggers that g_object_new() creates without properties. */
static void
test_bare_triggers (void)
{
  const GType types[] = { ASYNCLIT_TYPE_INTERVAL_TRIGGER, ASYNCLIT_TYPE_CRON_TRIGGER,
                          ASYNCLIT_TYPE_CALENDAR_TRIGGER, ASYNCLIT_TYPE_DATE_TRIGGER };

  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    {
      g_autoptr (AsyncLitTrigger) trigger = NULL;

      if (types[i] != ASYNCLIT_TYPE_INTERVAL_TRIGGER)
        g_test_expect_message ("AsyncLit", G_LOG_LEVEL_CRITICAL, "*never fires*");
      trigger = g_object_new (types[i], NULL);
      g_test_assert_expected_messages ();
      assert_harmless (trigger);
    }
}

static void
test_trigger_enums (void)
{
  g_autoptr (GDateTime) first = g_date_time_new_utc (2026, 1, 1, 0, 0, 0);
  g_autoptr (AsyncLitTrigger) cron
      = asynclit_cron_trigger_new ("0 0 * * *", ASYNCLIT_CRON_DIALECT_CRON, "UTC", NULL);
  g_autoptr (AsyncLitTrigger) calendar
      = asynclit_calendar_trigger_new (1, ASYNCLIT_CALENDAR_UNIT_DAY, first, "UTC", NULL);
  AsyncLitCronTrigger *as_cron = ASYNCLIT_CRON_TRIGGER (cron);
  AsyncLitCalendarTrigger *as_calendar = ASYNCLIT_CALENDAR_TRIGGER (calendar);

  assert_told (g_assert_null (asynclit_cron_trigger_new ("* * * * *", 99, NULL, NULL)));
  assert_told (g_assert_null (asynclit_cron_trigger_with_policies (as_cron, 99, 0)));
  assert_told (g_assert_null (asynclit_cron_trigger_with_policies (as_cron, 0, 99)));
  assert_told (g_assert_null (
      asynclit_calendar_trigger_new (0, ASYNCLIT_CALENDAR_UNIT_DAY, first, NULL, NULL)));
  assert_told (g_assert_null (asynclit_calendar_trigger_new (1, 99, first, NULL, NULL)));
  assert_told (g_assert_null (asynclit_calendar_trigger_with_month_end (as_calendar, 99)));
  assert_told (g_assert_null (asynclit_calendar_trigger_with_policies (as_calendar, 99, 0)));
  assert_told (g_assert_null (asynclit_calendar_trigger_with_policies (as_calendar, 0, 99)));
}

/* The year 9999 ends earlier in the east than in UTC; the year 1 begins later in the west. */
static void
test_ends_of_time (void)
{
  g_autoptr (GDateTime) last = g_date_time_new_utc (9999, 12, 31, 23, 59, 59);
  g_autoptr (GDateTime) first = g_date_time_new_utc (1, 1, 1, 0, 0, 0);
  GDateTime *ends[] = { last, first };
  const char *zones[] = { "UTC", "Asia/Kolkata", "America/New_York", "+14:00", "-12:00" };

  for (guint i = 0; i < G_N_ELEMENTS (ends); i++)
    for (guint j = 0; j < G_N_ELEMENTS (zones); j++)
      for (guint unit = 0; unit <= ASYNCLIT_CALENDAR_UNIT_YEAR; unit++)
        {
          g_autoptr (GError) error = NULL;
          g_autoptr (AsyncLitTrigger) date = asynclit_date_trigger_new (ends[i]);
          g_autoptr (AsyncLitTrigger) calendar = asynclit_calendar_trigger_new (
              G_MAXUINT, (AsyncLitCalendarUnit) unit, ends[i], zones[j], &error);

          assert_harmless (date);
          if (calendar != NULL)
            assert_harmless (calendar);
          else
            g_assert_error (error, ASYNCLIT_ERROR, ASYNCLIT_ERROR_INVALID_ARGUMENT);
        }
}

/* A date without a year in UTC can be converted to a string, which no other date has. */
static void
test_date_text (void)
{
  g_autoptr (GTimeZone) west = g_time_zone_new_offset (-5 * 3600);
  g_autoptr (GDateTime) one = g_date_time_new (west, 9999, 12, 31, 23, 0, 0);
  g_autoptr (GDateTime) other = g_date_time_new (west, 9999, 12, 31, 22, 0, 0);
  g_autoptr (AsyncLitTrigger) a = asynclit_date_trigger_new (one);
  g_autoptr (AsyncLitTrigger) b = asynclit_date_trigger_new (other);
  g_autofree char *text_a = asynclit_trigger_to_string (a);
  g_autofree char *text_b = asynclit_trigger_to_string (b);

  g_assert_cmpstr (text_a, !=, "date:never");
  g_assert_cmpstr (text_a, !=, text_b);
}

typedef struct {
  const char *name;
  double low, high, fallback;
} PolicyField;

static const PolicyField policy_fields[] = {
  { "base-delay", -1, INFINITY, 0 },  { "max-delay", -1, INFINITY, 60 },
  { "multiplier", 0, INFINITY, 2 },   { "jitter", -0.1, 1.1, 0 },
  { "max-elapsed", -1, INFINITY, 0 },
};

static void
assert_policy_harmless (AsyncLitRetryPolicy *policy)
{
  for (guint i = 0; i < 70; i++)
    {
      double delay = asynclit_retry_policy_delay_for_attempt (policy, i * i * i * i);

      g_assert_true (delay >= 0 && delay <= asynclit_retry_policy_get_max_delay (policy));
    }
}

/* If GObject rejects a value, the property has its default, not zero; GObject does not reject
 * NaN. */
static void
test_policy_construct (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (policy_fields); i++)
    {
      const double refused[] = { policy_fields[i].low, policy_fields[i].high, NAN };

      for (guint j = 0; j < G_N_ELEMENTS (refused); j++)
        {
          g_autoptr (AsyncLitRetryPolicy) policy = NULL;
          double value;

          assert_told (policy = g_object_new (ASYNCLIT_TYPE_RETRY_POLICY, "max-attempts", 3,
                                              policy_fields[i].name, refused[j], NULL));
          g_object_get (policy, policy_fields[i].name, &value, NULL);
          g_assert_cmpfloat (value, ==, policy_fields[i].fallback);
          g_assert_cmpuint (asynclit_retry_policy_get_max_attempts (policy), ==, 3);
          assert_policy_harmless (policy);
        }
    }
  assert_told (g_assert_null (asynclit_retry_policy_new (0)));
}

static void
test_policy_full (void)
{
  const double values[] = { -1, NAN, INFINITY, -INFINITY };

  for (guint i = 0; i < G_N_ELEMENTS (values); i++)
    for (guint field = 0; field < 5; field++)
      {
        g_autoptr (GError) error = NULL;
        double v[] = { 0, 60, 2, 0, 0 };

        v[field] = values[i];
        g_assert_null (asynclit_retry_policy_new_full (3, v[0], v[1], v[2], v[3], v[4], &error));
        g_assert_error (error, ASYNCLIT_ERROR, ASYNCLIT_ERROR_INVALID_ARGUMENT);
      }
}

static void
test_policy_extremes (void)
{
  const double large[] = { 1, 1e18, 1e300, G_MAXDOUBLE };

  for (guint i = 0; i < G_N_ELEMENTS (large); i++)
    for (guint kind = 0; kind <= ASYNCLIT_JITTER_KIND_DECORRELATED; kind++)
      for (guint jitter = 0; jitter <= 1; jitter++)
        {
          g_autoptr (AsyncLitRetryPolicy) policy
              = g_object_new (ASYNCLIT_TYPE_RETRY_POLICY, "max-attempts", G_MAXUINT, "base-delay",
                              large[i], "max-delay", large[i], "multiplier", large[i], "jitter",
                              (double) jitter, "jitter-kind", kind, "max-elapsed", large[i], NULL);

          assert_policy_harmless (policy);
        }
}

static AsyncLitScheduledTask *
job_new (void)
{
  g_autoptr (AsyncLitTrigger) trigger = asynclit_interval_trigger_new (60);

  return asynclit_scheduled_task_new (trigger, NULL, NULL, NULL);
}

/* Through the setter, and through the property. */
static void
test_job_doubles (void)
{
  g_autoptr (AsyncLitScheduledTask) job = job_new ();
  const double no_jitters[] = { -1, 31622401, 1e13, G_MAXDOUBLE, INFINITY, NAN };
  const double no_graces[] = { NAN, INFINITY, -INFINITY };
  const double graces[] = { -1, -5, -G_MAXDOUBLE, 0, 1e300 };

  asynclit_scheduled_task_set_jitter (job, 7);
  asynclit_scheduled_task_set_misfire_grace (job, 9);
  for (guint i = 0; i < G_N_ELEMENTS (no_jitters); i++)
    {
      assert_told (asynclit_scheduled_task_set_jitter (job, no_jitters[i]));
      g_assert_cmpfloat (asynclit_scheduled_task_get_jitter (job), ==, 7);
      assert_told (g_object_set (job, "jitter", no_jitters[i], NULL));
      g_assert_cmpfloat (asynclit_scheduled_task_get_jitter (job), ==, 7);
    }
  for (guint i = 0; i < G_N_ELEMENTS (no_graces); i++)
    {
      assert_told (asynclit_scheduled_task_set_misfire_grace (job, no_graces[i]));
      assert_told (g_object_set (job, "misfire-grace", no_graces[i], NULL));
      g_assert_cmpfloat (asynclit_scheduled_task_get_misfire_grace (job), ==, 9);
    }
  for (guint i = 0; i < G_N_ELEMENTS (graces); i++)
    {
      asynclit_scheduled_task_set_misfire_grace (job, graces[i]);
      g_assert_cmpfloat (asynclit_scheduled_task_get_misfire_grace (job), ==, graces[i]);
      g_object_set (job, "misfire-grace", 9., NULL);
      g_object_set (job, "misfire-grace", graces[i], NULL);
      g_assert_cmpfloat (asynclit_scheduled_task_get_misfire_grace (job), ==, graces[i]);
    }
}

static void
test_job_enums (void)
{
  g_autoptr (AsyncLitScheduledTask) job = job_new ();

  assert_told (asynclit_scheduled_task_set_executor (job, 99));
  assert_told (asynclit_scheduled_task_set_first_run (job, 99));
  assert_told (asynclit_scheduled_task_set_overlap (job, 99));
  g_assert_cmpint (asynclit_scheduled_task_get_executor (job), ==, ASYNCLIT_EXECUTOR_THREAD_POOL);
  g_assert_cmpint (asynclit_scheduled_task_get_first_run (job), ==,
                   ASYNCLIT_FIRST_RUN_AFTER_INTERVAL);
  g_assert_cmpint (asynclit_scheduled_task_get_overlap (job), ==, ASYNCLIT_OVERLAP_SKIP);
}

static void
test_job_objects (void)
{
  g_autoptr (AsyncLitScheduledTask) job = job_new ();
  g_autoptr (GObject) other = g_object_new (G_TYPE_OBJECT, NULL);

  assert_told (asynclit_scheduled_task_set_retry_policy (job, (AsyncLitRetryPolicy *) other));
  assert_told (asynclit_scheduled_task_set_manager (job, (AsyncLitTaskManager *) other));
  assert_told (asynclit_scheduled_task_set_trigger (job, (AsyncLitTrigger *) other));
  g_assert_null (asynclit_scheduled_task_get_retry_policy (job));
  g_assert_null (asynclit_scheduled_task_get_manager (job));
}

/* A boolean in C may be any number other than 0. */
static void
test_job_booleans (void)
{
  g_autoptr (AsyncLitScheduledTask) job = job_new ();

  asynclit_scheduled_task_set_coalesce (job, 7);
  asynclit_scheduled_task_set_rerun_interrupted (job, -1);
  asynclit_scheduled_task_set_paused (job, 2);
  g_assert_cmpint (asynclit_scheduled_task_get_coalesce (job), ==, TRUE);
  g_assert_cmpint (asynclit_scheduled_task_get_rerun_interrupted (job), ==, TRUE);
  g_assert_cmpint (asynclit_scheduled_task_get_paused (job), ==, TRUE);
}

static void
test_manual_clock (void)
{
  g_autoptr (GDateTime) last = g_date_time_new_utc (9999, 12, 31, 23, 59, 59);
  g_autoptr (AsyncLitClock) clock = asynclit_manual_clock_new (last);
  AsyncLitManualClock *self = ASYNCLIT_MANUAL_CLOCK (clock);
  const double refused[] = { -1, 3.1e12, INFINITY, -INFINITY, NAN };

  for (guint i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      assert_told (asynclit_manual_clock_advance (self, refused[i]));
      assert_told (asynclit_manual_clock_suspend (self, refused[i]));
    }
  /* The clock stops at the end of time. */
  for (guint i = 0; i < 8; i++)
    {
      gint64 before = asynclit_clock_get_wall_time (clock);

      asynclit_manual_clock_advance (self, 3e12);
      asynclit_manual_clock_suspend (self, 3e12);
      g_assert_cmpint (asynclit_clock_get_wall_time (clock), >=, before);
    }
  g_assert_cmpint (asynclit_clock_get_monotonic_time (clock), >, 0);
}

static void
work (AsyncLitTask *task, GCancellable *cancellable, gpointer user_data)
{
  asynclit_task_return_boolean (task, TRUE);
}

/* A negative number of seconds means no limit everywhere, and so does one that is too large. */
static void
test_waits (void)
{
  const double for_ever[] = { -1, -INFINITY, 1e18, 1e300, INFINITY };

  for (guint i = 0; i < G_N_ELEMENTS (for_ever); i++)
    {
      g_autoptr (AsyncLitTask) task = asynclit_run (work, NULL, NULL);

      g_assert_true (asynclit_task_wait (task, for_ever[i], NULL, NULL));
      g_assert_true (
          asynclit_task_manager_wait (asynclit_get_default_manager (), for_ever[i], NULL, NULL));
      g_assert_true (asynclit_shutdown (for_ever[i]));
      assert_told (g_assert_false (asynclit_task_wait (task, NAN, NULL, NULL)));
    }
  assert_told (g_assert_false (
      asynclit_task_manager_wait (asynclit_get_default_manager (), NAN, NULL, NULL)));
  assert_told (g_assert_false (asynclit_shutdown (NAN)));
}

/* The delay of an externally run task. */
static void
test_return_retry (void)
{
  g_autoptr (GError) busy = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_BUSY, "busy");
  const double refused[] = { -1, -INFINITY, INFINITY, NAN };
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();

  asynclit_task_manager_queue_task (asynclit_get_default_manager (), task);
  g_assert_true (asynclit_task_begin (task));
  for (guint i = 0; i < G_N_ELEMENTS (refused); i++)
    assert_told (g_assert_false (asynclit_task_return_retry (task, busy, refused[i])));
  g_assert_true (asynclit_task_return_retry (task, busy, 1e300));
  g_assert_cmpfloat (asynclit_task_get_next_retry (task), >, 1e12);
  asynclit_task_cancel (task);
}

static double
choose_delay (const GError *error, guint attempt_index, double computed, gpointer user_data)
{
  return *(double *) user_data;
}

static void
test_delay_func (void)
{
  g_autoptr (GError) busy = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_BUSY, "busy");
  g_autoptr (AsyncLitRetryPolicy) plain = asynclit_retry_policy_new_full (3, 5, 60, 1, 0, 0, NULL);
  const double chosen[] = { -1, -INFINITY, INFINITY, NAN, 0, 7, 1e300 };
  const double expected[] = { 5, 5, 5, 5, 0, 7, 1e300 };

  for (guint i = 0; i < G_N_ELEMENTS (chosen); i++)
    {
      g_autoptr (AsyncLitRetryPolicy) policy = asynclit_retry_policy_with_delay_func (
          plain, choose_delay, (gpointer) &chosen[i], NULL);

      g_assert_cmpfloat (asynclit_retry_policy_delay_for_error (policy, busy, 0), ==, expected[i]);
    }
}

/* A message about two megabytes quotes a part of them; count_message() checks the others. */
static void
test_long_texts (void)
{
  g_autofree char *long_text = g_strnfill (2000000, '1');
  g_autofree char *list = g_strnfill (2000000, '\0');
  GError *errors[4] = { NULL };

  for (guint i = 0; i < 2000000 - 1; i++)
    list[i] = i % 2 == 0 ? '1' : ',';
  memcpy (list + 1000001, "x", 1);
  g_assert_null (
      asynclit_cron_trigger_new (long_text, ASYNCLIT_CRON_DIALECT_CRON, NULL, &errors[0]));
  g_assert_null (asynclit_cron_trigger_new (list, ASYNCLIT_CRON_DIALECT_CRON, NULL, &errors[1]));
  g_assert_nonnull (strstr (errors[1]->message, "1,1x1,1"));
  long_text[0] = 'E';
  g_assert_null (
      asynclit_cron_trigger_new ("* * * * *", ASYNCLIT_CRON_DIALECT_CRON, long_text, &errors[2]));
  long_text[0] = '@';
  g_assert_null (
      asynclit_cron_trigger_new (long_text, ASYNCLIT_CRON_DIALECT_CRON, NULL, &errors[3]));
  for (guint i = 0; i < G_N_ELEMENTS (errors); i++)
    {
      g_assert_cmpuint (strlen (errors[i]->message), <, 500);
      g_error_free (errors[i]);
    }
}

/* The ID of a job and the name of a program are shortened, too. */
static void
test_long_names (void)
{
  g_autofree char *name = g_strnfill (2000000, 'x');
  const char *argv[] = { name, NULL };
  g_autoptr (AsyncLitScheduler) scheduler = asynclit_scheduler_new ();
  g_autoptr (AsyncLitScheduledTask) job = job_new ();
  g_autoptr (AsyncLitScheduledTask) other = job_new ();
  g_autoptr (AsyncLitTask) program = NULL;
  g_autoptr (GError) error = NULL;

  asynclit_scheduled_task_set_job_id (job, name);
  asynclit_scheduled_task_set_job_id (other, name);
  g_assert_true (asynclit_scheduler_add (scheduler, job, FALSE, NULL));
  g_assert_false (asynclit_scheduler_add (scheduler, other, FALSE, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS);
  g_assert_cmpuint (strlen (error->message), <, 500);
  program = asynclit_task_manager_submit_subprocess (asynclit_get_default_manager (), NULL, argv);
  g_assert_true (asynclit_task_wait (program, -1, NULL, NULL));
  g_assert_nonnull (asynclit_task_get_error (program));
  g_assert_cmpuint (strlen (asynclit_task_get_error (program)->message), <, 500);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/numbers/interval/construct", test_interval_construct);
  g_test_add_func ("/numbers/triggers/bare", test_bare_triggers);
  g_test_add_func ("/numbers/triggers/enums", test_trigger_enums);
  g_test_add_func ("/numbers/triggers/ends-of-time", test_ends_of_time);
  g_test_add_func ("/numbers/triggers/date-text", test_date_text);
  g_test_add_func ("/numbers/policy/construct", test_policy_construct);
  g_test_add_func ("/numbers/policy/full", test_policy_full);
  g_test_add_func ("/numbers/policy/extremes", test_policy_extremes);
  g_test_add_func ("/numbers/policy/delay-func", test_delay_func);
  g_test_add_func ("/numbers/job/doubles", test_job_doubles);
  g_test_add_func ("/numbers/job/enums", test_job_enums);
  g_test_add_func ("/numbers/job/objects", test_job_objects);
  g_test_add_func ("/numbers/job/booleans", test_job_booleans);
  g_test_add_func ("/numbers/clock", test_manual_clock);
  g_test_add_func ("/numbers/waits", test_waits);
  g_test_add_func ("/numbers/return-retry", test_return_retry);
  g_test_add_func ("/numbers/long-texts", test_long_texts);
  g_test_add_func ("/numbers/long-names", test_long_names);
  return g_test_run ();
}
