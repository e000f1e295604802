/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The interface between schedulers and triggers: the next time, the last missed time and the number
 * of missed times; and the calendar. */

#include "asynclit-calendar-trigger.h"
#include "asynclit-civil-private.h"
#include "asynclit-cron-trigger.h"
#include "asynclit-date-trigger.h"
#include "asynclit-interval-trigger.h"
#include "asynclit-trigger-private.h"

#define SECOND ((gint64) G_USEC_PER_SEC)
#define DAY (86400 * SECOND)

static AsyncLitTrigger *
cron (const char *expression)
{
  AsyncLitTrigger *trigger
      = asynclit_cron_trigger_new (expression, ASYNCLIT_CRON_DIALECT_CRON, "UTC", NULL);

  g_assert_nonnull (trigger);
  return trigger;
}

static void
test_next_interval (void)
{
  g_autoptr (AsyncLitTrigger) trigger = asynclit_interval_trigger_new (10);

  g_assert_true (asynclit_trigger_is_monotonic (trigger));
  g_assert_cmpint (asynclit_trigger_next (trigger, ASYNCLIT_NO_TIME, 3), ==, 10 * SECOND + 3);
  g_assert_cmpint (asynclit_trigger_next (trigger, 0, 95 * SECOND), ==, 100 * SECOND);
  g_assert_cmpint (asynclit_trigger_next (trigger, 0, 100 * SECOND), ==, 110 * SECOND);
  g_assert_cmpint (asynclit_trigger_next (trigger, -5 * SECOND, 0), ==, 5 * SECOND);
  g_assert_cmpint (asynclit_trigger_next (trigger, 200 * SECOND, 0), ==, 210 * SECOND);
  g_assert_cmpint (asynclit_trigger_next (trigger, 0, G_MAXINT64), ==, ASYNCLIT_NEVER);
  g_assert_cmpint (asynclit_trigger_next (trigger, G_MAXINT64 / 2, 0), ==,
                   G_MAXINT64 / 2 + 10 * SECOND);
  g_assert_cmpint (asynclit_trigger_next (trigger, ASYNCLIT_LAST_TIME, 0), ==, ASYNCLIT_NEVER);
  g_assert_cmpint (asynclit_trigger_next (trigger, ASYNCLIT_NO_TIME, ASYNCLIT_LAST_TIME), ==,
                   ASYNCLIT_NEVER);
}

static void
test_next_wall_clock (void)
{
  g_autoptr (AsyncLitTrigger) trigger = cron ("0 0 * * *");

  g_assert_false (asynclit_trigger_is_monotonic (trigger));
  g_assert_cmpint (asynclit_trigger_next (trigger, ASYNCLIT_NO_TIME, 0), ==, DAY);
  g_assert_cmpint (asynclit_trigger_next (trigger, ASYNCLIT_NO_TIME, -1), ==, 0);
  g_assert_cmpint (asynclit_trigger_next (trigger, 0, DAY - 1), ==, DAY);
  /* The clock was set back after a run: the same time does not come again. */
  g_assert_cmpint (asynclit_trigger_next (trigger, 5 * DAY, DAY), ==, 6 * DAY);
  g_assert_cmpint (asynclit_trigger_next (trigger, 0, G_MAXINT64), ==, ASYNCLIT_NEVER);
  g_assert_cmpint (asynclit_trigger_next (trigger, 0, G_MAXINT64 / 2 + 1), ==, ASYNCLIT_NEVER);
  g_assert_cmpint (asynclit_trigger_next (trigger, 0, G_MININT64), ==, DAY);
}

static void
test_latest (void)
{
  g_autoptr (AsyncLitTrigger) minutes = cron ("*/10 * * * *");
  g_autoptr (AsyncLitTrigger) years = cron ("0 0 1 1 *");
  g_autoptr (AsyncLitTrigger) never = cron ("0 0 31 2 *");
  g_autoptr (AsyncLitTrigger) interval = asynclit_interval_trigger_new (10);

  g_assert_cmpint (asynclit_trigger_latest (minutes, 0, 5000 * DAY + 599 * SECOND), ==, 5000 * DAY);
  g_assert_cmpint (asynclit_trigger_latest (minutes, 0, 600 * SECOND), ==, 600 * SECOND);
  g_assert_cmpint (asynclit_trigger_latest (minutes, 0, 599 * SECOND), ==, ASYNCLIT_NO_TIME);
  g_assert_cmpint (asynclit_trigger_latest (years, 0, 800 * DAY), ==, 730 * DAY);
  g_assert_cmpint (asynclit_trigger_latest (never, 0, 800 * DAY), ==, ASYNCLIT_NO_TIME);
  g_assert_cmpint (asynclit_trigger_latest (interval, 3, 99 * SECOND), ==, 90 * SECOND + 3);
}

/* The result is the same as that of going through all times. */
static void
test_latest_random (void)
{
  g_autoptr (AsyncLitTrigger) trigger = cron ("7,8 3 */9 * *");

  for (int i = 0; i < 200; i++)
    {
      gint64 from = g_test_rand_int_range (0, G_MAXINT32) * SECOND;
      gint64 until = from + g_test_rand_int_range (0, 50 * 86400) * SECOND;
      gint64 last = ASYNCLIT_NO_TIME;
      gint64 next;

      for (next = asynclit_trigger_next (trigger, from, from); next <= until;
           next = asynclit_trigger_next (trigger, next, next))
        last = next;
      g_assert_cmpint (asynclit_trigger_latest (trigger, from, until), ==, last);
    }
}

static void
test_count (void)
{
  g_autoptr (AsyncLitTrigger) minutes = cron ("*/10 * * * *");
  g_autoptr (AsyncLitTrigger) interval = asynclit_interval_trigger_new (10);
  g_autoptr (GDateTime) when = g_date_time_new_from_unix_utc (100);
  g_autoptr (AsyncLitTrigger) date = asynclit_date_trigger_new (when);

  g_assert_cmpuint (asynclit_trigger_count (minutes, 0, 3600 * SECOND, 100), ==, 6);
  g_assert_cmpuint (asynclit_trigger_count (minutes, 0, 3600 * SECOND, 4), ==, 4);
  g_assert_cmpuint (asynclit_trigger_count (minutes, 0, 599 * SECOND, 4), ==, 0);
  g_assert_cmpuint (asynclit_trigger_count (interval, 0, 100 * SECOND, 100), ==, 10);
  g_assert_cmpuint (asynclit_trigger_count (date, 0, 100 * SECOND, 100), ==, 1);
  g_assert_cmpuint (asynclit_trigger_count (date, 0, 99 * SECOND, 100), ==, 0);
}

static void
test_usec (void)
{
  const gint64 times[] = { 0, 1, -1, 999999, -999999, 1000000, -1000001, 4102444800123456 };

  for (guint i = 0; i < G_N_ELEMENTS (times); i++)
    {
      g_autoptr (GDateTime) time = asynclit_date_time_from_usec (times[i], NULL);

      g_assert_cmpint (asynclit_date_time_to_usec (time), ==, times[i]);
    }
  g_assert_null (asynclit_date_time_from_usec (G_MAXINT64 - 1, NULL));
}

/* Whatever the times are, every search ends, and none goes backwards. */
static void
test_extremes (void)
{
  const gint64 times[] = { ASYNCLIT_NO_TIME,
                           ASYNCLIT_FIRST_TIME,
                           G_MININT64 / 2,
                           G_MININT64 / 4,
                           -62135596800000001,
                           -1,
                           0,
                           1796000000000000,
                           253402300800000000,
                           G_MAXINT64 / 4,
                           G_MAXINT64 / 2,
                           ASYNCLIT_LAST_TIME,
                           ASYNCLIT_NEVER };
  g_autoptr (GDateTime) first = g_date_time_new_utc (1, 1, 1, 0, 0, 0);
  AsyncLitTrigger *triggers[] = {
    asynclit_interval_trigger_new (1e-6),
    asynclit_interval_trigger_new (60),
    asynclit_interval_trigger_new (G_MAXDOUBLE),
    cron ("* * * * *"),
    cron ("30 3 29 2 *"),
    cron ("0 0 31 2 *"),
    asynclit_calendar_trigger_new (G_MAXUINT, ASYNCLIT_CALENDAR_UNIT_YEAR, first, "UTC", NULL),
    asynclit_date_trigger_new (first),
  };

  for (guint i = 0; i < G_N_ELEMENTS (triggers); i++)
    {
      for (guint j = 0; j < G_N_ELEMENTS (times) * G_N_ELEMENTS (times); j++)
        {
          const gint64 previous = times[j / G_N_ELEMENTS (times)];
          const gint64 now = times[j % G_N_ELEMENTS (times)];
          gint64 next = asynclit_trigger_next (triggers[i], previous, now);
          gint64 latest = asynclit_trigger_latest (triggers[i], previous, now);

          g_assert_true (next == ASYNCLIT_NEVER || next > previous);
          g_assert_true (next >= now || ASYNCLIT_IS_DATE_TRIGGER (triggers[i]));
          g_assert_true (latest == ASYNCLIT_NO_TIME || (latest > previous && latest <= now));
          if (!asynclit_trigger_is_monotonic (triggers[i])) /* which have a formula */
            g_assert_cmpuint (asynclit_trigger_count (triggers[i], previous, now, 50), <=, 50);
        }
      g_object_unref (triggers[i]);
    }
}

/* Compared with GDate, over four centuries. */
static void
test_civil (void)
{
  g_autoptr (GDate) date = g_date_new_dmy (1, G_DATE_JANUARY, 1800);
  const gint64 first = asynclit_civil_to_days ((AsyncLitCivilDate){ 1800, 1, 1 });

  g_assert_cmpint (asynclit_civil_to_days ((AsyncLitCivilDate){ 1970, 1, 1 }), ==, 0);
  for (gint64 day = first; day < first + 146097; day++, g_date_add_days (date, 1))
    {
      AsyncLitCivilDate found = asynclit_civil_from_days (day);

      g_assert_cmpint (found.year, ==, g_date_get_year (date));
      g_assert_cmpint (found.month, ==, g_date_get_month (date));
      g_assert_cmpint (found.day, ==, g_date_get_day (date));
      g_assert_cmpint (asynclit_civil_to_days (found), ==, day);
      g_assert_cmpint (asynclit_civil_weekday (day), ==, g_date_get_weekday (date) % 7);
      g_assert_cmpint (asynclit_civil_month_length (found.year, found.month), ==,
                       g_date_get_days_in_month (g_date_get_month (date), g_date_get_year (date)));
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/trigger/next/interval", test_next_interval);
  g_test_add_func ("/trigger/next/wall-clock", test_next_wall_clock);
  g_test_add_func ("/trigger/latest", test_latest);
  g_test_add_func ("/trigger/latest/random", test_latest_random);
  g_test_add_func ("/trigger/count", test_count);
  g_test_add_func ("/trigger/usec", test_usec);
  g_test_add_func ("/trigger/extremes", test_extremes);
  g_test_add_func ("/trigger/civil", test_civil);

  return g_test_run ();
}
