/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Intervals, dates and calendar intervals, and what all triggers have in common. */

#include "test-support.h"

#define HELSINKI "Europe/Helsinki"

static GDateTime *
date_time (const char *text)
{
  g_autoptr (GTimeZone) utc = g_time_zone_new_utc ();
  GDateTime *made = g_date_time_new_from_iso8601 (text, utc);

  g_assert_nonnull (made);
  return made;
}

static char *
show (GDateTime *time)
{
  return time != NULL ? g_date_time_format (time, "%FT%T.%f%:z") : g_strdup ("never");
}

static void
assert_next (AsyncLitTrigger *trigger, const char *previous, const char *now, const char *expected)
{
  g_autoptr (GDateTime) before = previous != NULL ? date_time (previous) : NULL;
  g_autoptr (GDateTime) then = date_time (now);
  g_autoptr (GDateTime) next = asynclit_trigger_next_fire_time (trigger, before, then);
  g_autofree char *shown = show (next);

  g_assert_cmpstr (shown, ==, expected);
}

static void
assert_texts (AsyncLitTrigger *trigger, const char *words, const char *text)
{
  g_autofree char *described = asynclit_trigger_describe (trigger);
  g_autofree char *written = asynclit_trigger_to_string (trigger);

  g_assert_cmpstr (described, ==, words);
  g_assert_cmpstr (written, ==, text);
}

/* Intervals */

static void
test_interval_grid (void)
{
  g_autoptr (AsyncLitTrigger) trigger = asynclit_interval_trigger_new (0.25);

  assert_next (trigger, NULL, "2026-01-01T00:00:00.1Z", "2026-01-01T00:00:00.350000+00:00");
  assert_next (trigger, "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z",
               "2026-01-01T00:00:00.250000+00:00");
  /* Strictly later, and still on the grid after many missed times. */
  assert_next (trigger, "2026-01-01T00:00:00Z", "2026-01-01T00:00:00.25Z",
               "2026-01-01T00:00:00.500000+00:00");
  assert_next (trigger, "2025-01-01T00:00:00.1Z", "2026-01-01T00:00:00.2Z",
               "2026-01-01T00:00:00.350000+00:00");
  /* A clock that was set back. */
  assert_next (trigger, "2026-01-01T00:00:00Z", "2025-01-01T00:00:00Z",
               "2026-01-01T00:00:00.250000+00:00");
}

static void
test_interval_zone (void)
{
  g_autoptr (AsyncLitTrigger) trigger = asynclit_interval_trigger_new (60);

  assert_next (trigger, NULL, "2026-01-01T00:00:00+05:30", "2026-01-01T00:01:00.000000+05:30");
}

static void
test_interval_long (void)
{
  g_autoptr (AsyncLitTrigger) longest = asynclit_interval_trigger_new (G_MAXDOUBLE);
  g_autoptr (AsyncLitTrigger) shortest = asynclit_interval_trigger_new (1e-6);

  /* The year 75,000 can't be displayed. */
  assert_next (longest, NULL, "2026-01-01T00:00:00Z", "never");
  assert_next (shortest, NULL, "2026-01-01T00:00:00Z", "2026-01-01T00:00:00.000001+00:00");
}

static void
test_interval_properties (void)
{
  g_autoptr (AsyncLitTrigger) plain = asynclit_interval_trigger_new (1.5);
  g_autoptr (AsyncLitTrigger) delay = asynclit_interval_trigger_new_with_fixed_delay (300);
  double seconds;
  gboolean fixed_delay;

  g_object_get (plain, "seconds", &seconds, "fixed-delay", &fixed_delay, NULL);
  g_assert_cmpfloat (seconds, ==, 1.5);
  g_assert_false (fixed_delay);
  g_object_get (delay, "seconds", &seconds, "fixed-delay", &fixed_delay, NULL);
  g_assert_cmpfloat (seconds, ==, 300);
  g_assert_true (fixed_delay);
  g_assert_cmpfloat (asynclit_interval_trigger_get_seconds (ASYNCLIT_INTERVAL_TRIGGER (delay)), ==,
                     300);
  g_assert_true (asynclit_interval_trigger_get_fixed_delay (ASYNCLIT_INTERVAL_TRIGGER (delay)));
}

static void
test_interval_texts (void)
{
  static const struct {
    double seconds;
    const char *words, *text;
  } cases[] = {
    { 1, "every second", "interval:1.000000s" },
    { 90, "every 90 seconds", "interval:90.000000s" },
    { 60, "every minute", "interval:60.000000s" },
    { 300, "every 5 minutes", "interval:300.000000s" },
    { 3600, "every hour", "interval:3600.000000s" },
    { 7200, "every 2 hours", "interval:7200.000000s" },
    { 86400, "every day", "interval:86400.000000s" },
    { 259200, "every 3 days", "interval:259200.000000s" },
    { 0.5, "every 0.5 seconds", "interval:0.500000s" },
  };
  g_autoptr (AsyncLitTrigger) delay = asynclit_interval_trigger_new_with_fixed_delay (300);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (AsyncLitTrigger) trigger = asynclit_interval_trigger_new (cases[i].seconds);

      assert_texts (trigger, cases[i].words, cases[i].text);
    }
  assert_texts (delay, "every 5 minutes, counted from the end of the last run",
                "fixed-delay:300.000000s");
}

/* Dates */

static void
test_date (void)
{
  g_autoptr (GDateTime) when = date_time ("2026-03-01T12:30:00.5+02");
  g_autoptr (AsyncLitTrigger) trigger = asynclit_date_trigger_new (when);
  g_autoptr (GDateTime) property = NULL;

  assert_next (trigger, NULL, "2026-01-01T00:00:00Z", "2026-03-01T12:30:00.500000+02:00");
  assert_next (trigger, NULL, "2027-01-01T00:00:00Z", "2026-03-01T12:30:00.500000+02:00");
  assert_next (trigger, "2026-03-01T12:30:00.5+02", "2026-03-01T12:30:00.5+02", "never");
  assert_next (trigger, "2026-03-01T12:30:00.5+02", "2025-01-01T00:00:00Z", "never");
  assert_texts (trigger, "once, on 2026-03-01 at 12:30:00 (+02)",
                "date:2026-03-01T10:30:00.500000Z");
  g_object_get (trigger, "when", &property, NULL);
  g_assert_true (g_date_time_equal (property, when));
  g_assert_true (asynclit_date_trigger_get_when (ASYNCLIT_DATE_TRIGGER (trigger)) == when);
}

/* Calendar intervals */

typedef struct {
  guint every;
  AsyncLitCalendarUnit unit;
  const char *first;
  AsyncLitMonthEnd month_end;
  const char *now;
  const char *times; /* the dates of three times */
  const char *words;
} Calendar;

#define DAY ASYNCLIT_CALENDAR_UNIT_DAY
#define WEEK ASYNCLIT_CALENDAR_UNIT_WEEK
#define MONTH ASYNCLIT_CALENDAR_UNIT_MONTH
#define YEAR ASYNCLIT_CALENDAR_UNIT_YEAR
#define LAST_DAY ASYNCLIT_MONTH_END_LAST_DAY
#define SKIP ASYNCLIT_MONTH_END_SKIP

static const Calendar calendars[] = {
  { 1, DAY, "2026-01-01T09:00:00+02", LAST_DAY, "2026-02-27T09:00:00+02",
    "2026-02-28 2026-03-01 2026-03-02", "every day at 09:00" },
  { 10, DAY, "2026-01-01T09:00:00+02", LAST_DAY, "2026-02-27T09:00:00+02",
    "2026-03-02 2026-03-12 2026-03-22", "every 10 days at 09:00" },
  /* Not before the first time. */
  { 10, DAY, "2026-01-01T09:00:00+02", LAST_DAY, "2025-02-27T09:00:00+02",
    "2026-01-01 2026-01-11 2026-01-21", "every 10 days at 09:00" },
  { 2, WEEK, "2026-01-05T09:00:30+02", LAST_DAY, "2026-01-05T09:00:30+02",
    "2026-01-19 2026-02-02 2026-02-16", "every 2 weeks on Monday at 09:00:30" },
  { 1, MONTH, "2026-01-31T09:00:00+02", LAST_DAY, "2026-01-31T09:00:00+02",
    "2026-02-28 2026-03-31 2026-04-30", "every month on day 31 or the last day at 09:00" },
  { 1, MONTH, "2026-01-31T09:00:00+02", SKIP, "2026-01-31T09:00:00+02",
    "2026-03-31 2026-05-31 2026-07-31", "every month on day 31 at 09:00" },
  { 5, MONTH, "2025-11-15T09:00:00+02", LAST_DAY, "2026-01-31T09:00:00+02",
    "2026-04-15 2026-09-15 2027-02-15", "every 5 months on day 15 at 09:00" },
  { 1, YEAR, "2024-02-29T09:00:00+02", LAST_DAY, "2026-01-31T09:00:00+02",
    "2026-02-28 2027-02-28 2028-02-29", "every year on 29 February or the last day at 09:00" },
  { 2, YEAR, "2024-02-29T09:00:00+02", SKIP, "2026-01-31T09:00:00+02",
    "2028-02-29 2032-02-29 2036-02-29", "every 2 years on 29 February at 09:00" },
  /* Further away than the search goes. */
  { 41, YEAR, "2024-03-01T09:00:00+02", SKIP, "2024-03-01T09:00:00+02", "",
    "every 41 years on 1 March at 09:00" },
  { G_MAXUINT, YEAR, "2024-03-01T09:00:00+02", SKIP, "2024-03-01T09:00:00+02", "",
    "every 4294967295 years on 1 March at 09:00" },
};

static AsyncLitTrigger *
calendar_new (guint every, AsyncLitCalendarUnit unit, const char *first)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GDateTime) time = date_time (first);
  AsyncLitTrigger *trigger = asynclit_calendar_trigger_new (every, unit, time, HELSINKI, &error);

  g_assert_no_error (error);
  return trigger;
}

static void
check_calendar (const Calendar *one)
{
  g_autoptr (AsyncLitTrigger) plain = calendar_new (one->every, one->unit, one->first);
  g_autoptr (AsyncLitTrigger) trigger = asynclit_calendar_trigger_with_month_end (
      ASYNCLIT_CALENDAR_TRIGGER (plain), one->month_end);
  g_autoptr (GDateTime) now = date_time (one->now);
  g_autoptr (GPtrArray) times = asynclit_trigger_preview (trigger, now, 3);
  g_autoptr (GString) days = g_string_new (NULL);
  g_autofree char *words = g_strdup_printf ("%s (%s)", one->words, HELSINKI);
  g_autofree char *described = asynclit_trigger_describe (trigger);

  for (guint i = 0; i < times->len; i++)
    {
      g_autofree char *day = g_date_time_format (times->pdata[i], "%F");

      g_assert_cmpint (g_date_time_get_hour (times->pdata[i]), ==, 9);
      g_string_append_printf (days, "%s%s", i > 0 ? " " : "", day);
    }
  g_assert_cmpstr (days->str, ==, one->times);
  g_assert_cmpstr (described, ==, words);
}

static void
test_calendar_days (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (calendars); i++)
    check_calendar (&calendars[i]);
}

static void
test_calendar_dst (void)
{
  g_autoptr (AsyncLitTrigger) plain = calendar_new (1, DAY, "2026-01-01T03:30:00+02");
  g_autoptr (AsyncLitTrigger) other = asynclit_calendar_trigger_with_policies (
      ASYNCLIT_CALENDAR_TRIGGER (plain), ASYNCLIT_GAP_POLICY_SKIP, ASYNCLIT_FOLD_POLICY_SECOND);

  assert_next (plain, NULL, "2026-03-28T03:30:00+02", "2026-03-29T04:00:00.000000+03:00");
  assert_next (plain, NULL, "2026-10-24T03:30:00+03", "2026-10-25T03:30:00.000000+03:00");
  assert_next (plain, NULL, "2026-10-25T03:30:00+03", "2026-10-26T03:30:00.000000+02:00");
  assert_next (other, NULL, "2026-03-28T03:30:00+02", "2026-03-30T03:30:00.000000+03:00");
  assert_next (other, NULL, "2026-10-24T03:30:00+03", "2026-10-25T03:30:00.000000+02:00");
}

static void
test_calendar_properties (void)
{
  g_autoptr (AsyncLitTrigger) first = calendar_new (3, MONTH, "2026-01-31T09:00:00+05");
  g_autoptr (AsyncLitTrigger) second = asynclit_calendar_trigger_with_policies (
      ASYNCLIT_CALENDAR_TRIGGER (first), ASYNCLIT_GAP_POLICY_SKIP, ASYNCLIT_FOLD_POLICY_BOTH);
  g_autoptr (AsyncLitTrigger) third = asynclit_calendar_trigger_with_month_end (
      ASYNCLIT_CALENDAR_TRIGGER (second), ASYNCLIT_MONTH_END_SKIP);
  AsyncLitCalendarTrigger *self = ASYNCLIT_CALENDAR_TRIGGER (third);
  g_autofree char *shown = show (asynclit_calendar_trigger_get_first (self));
  g_autofree char *zone = NULL;
  g_autoptr (GDateTime) time = NULL;
  AsyncLitCalendarUnit unit;
  AsyncLitMonthEnd month_end;
  AsyncLitGapPolicy gap;
  AsyncLitFoldPolicy fold;
  guint every;

  g_object_get (self, "every", &every, "unit", &unit, "first", &time, "time-zone", &zone,
                "month-end", &month_end, "gap-policy", &gap, "fold-policy", &fold, NULL);
  g_assert_cmpuint (every, ==, 3);
  g_assert_cmpuint (asynclit_calendar_trigger_get_every (self), ==, every);
  g_assert_cmpint (unit, ==, MONTH);
  g_assert_cmpint (asynclit_calendar_trigger_get_unit (self), ==, unit);
  /* In the trigger's own zone. */
  g_assert_cmpstr (shown, ==, "2026-01-31T06:00:00.000000+02:00");
  g_assert_true (asynclit_calendar_trigger_get_first (self) == time);
  g_assert_cmpstr (zone, ==, HELSINKI);
  g_assert_cmpstr (asynclit_calendar_trigger_get_time_zone (self), ==, zone);
  g_assert_cmpint (month_end, ==, ASYNCLIT_MONTH_END_SKIP);
  g_assert_cmpint (asynclit_calendar_trigger_get_month_end (self), ==, month_end);
  g_assert_cmpint (gap, ==, ASYNCLIT_GAP_POLICY_SKIP);
  g_assert_cmpint (asynclit_calendar_trigger_get_gap_policy (self), ==, gap);
  g_assert_cmpint (fold, ==, ASYNCLIT_FOLD_POLICY_BOTH);
  g_assert_cmpint (asynclit_calendar_trigger_get_fold_policy (self), ==, fold);
  assert_texts (third, "every 3 months on day 31 at 06:00 (Europe/Helsinki)",
                "calendar:3:month:2026-01-31T06:00:00:skip:Europe/Helsinki:skip:both");
}

static void
test_calendar_zone_unknown (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GDateTime) first = date_time ("2026-01-01T00:00:00Z");

  g_assert_null (asynclit_calendar_trigger_new (1, DAY, first, "Mars/Olympus", &error));
  g_assert_error (error, ASYNCLIT_ERROR, ASYNCLIT_ERROR_INVALID_TIMEZONE);
}

/* All */

static void
expect_never (void)
{
  g_test_expect_message ("AsyncLit", G_LOG_LEVEL_CRITICAL, "*never fires*");
}

/* g_object_new(), and therefore a language binding, can create triggers without times: they report
 * this. */
static void
test_empty (void)
{
  const GType types[]
      = { ASYNCLIT_TYPE_CRON_TRIGGER, ASYNCLIT_TYPE_CALENDAR_TRIGGER, ASYNCLIT_TYPE_DATE_TRIGGER };
  g_autoptr (GDateTime) now = date_time ("2026-01-01T00:00:00Z");

  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    {
      g_autoptr (AsyncLitTrigger) trigger = (expect_never (), g_object_new (types[i], NULL));
      g_autoptr (GPtrArray) times = asynclit_trigger_preview (trigger, now, 2);
      g_autofree char *words = asynclit_trigger_describe (trigger);
      g_autofree char *text = asynclit_trigger_to_string (trigger);

      g_test_assert_expected_messages ();
      assert_next (trigger, NULL, "2026-01-01T00:00:00Z", "never");
      g_assert_cmpuint (times->len, ==, 0);
      g_assert_cmpstr (words, ==, "never");
      g_assert_nonnull (text);
    }
}

/* Values that a constructor rejects are also reported, and do as little harm. */
static void
test_faulty_properties (void)
{
  g_autoptr (GDateTime) first = date_time ("2026-01-01T00:00:00Z");
  AsyncLitTrigger *triggers[] = {
    (expect_never (), g_object_new (ASYNCLIT_TYPE_CRON_TRIGGER, "expression", "61 * * * *", NULL)),
    (expect_never (), g_object_new (ASYNCLIT_TYPE_CRON_TRIGGER, "expression", "0 * * * *",
                                    "time-zone", "Mars/Olympus", NULL)),
    (expect_never (), g_object_new (ASYNCLIT_TYPE_CALENDAR_TRIGGER, "first", first, "time-zone",
                                    "Mars/Olympus", NULL)),
  };

  g_test_assert_expected_messages ();
  for (guint i = 0; i < G_N_ELEMENTS (triggers); i++)
    {
      assert_next (triggers[i], NULL, "2026-01-01T00:00:00Z", "never");
      g_object_unref (triggers[i]);
    }
}

/* All settings of a trigger are available as properties, which needs no cast. */
static void
test_properties (void)
{
  g_autoptr (GDateTime) first = date_time ("2026-01-31T09:00:00Z");
  g_autoptr (AsyncLitCronTrigger) cron
      = g_object_new (ASYNCLIT_TYPE_CRON_TRIGGER, "expression", " 0  9 * * 1 ", "dialect",
                      ASYNCLIT_CRON_DIALECT_CRON, "time-zone", "UTC", "gap-policy",
                      ASYNCLIT_GAP_POLICY_SKIP, "fold-policy", ASYNCLIT_FOLD_POLICY_SECOND, NULL);
  g_autoptr (AsyncLitCalendarTrigger) calendar = g_object_new (
      ASYNCLIT_TYPE_CALENDAR_TRIGGER, "every", 2, "unit", ASYNCLIT_CALENDAR_UNIT_MONTH, "first",
      first, "time-zone", "UTC", "month-end", ASYNCLIT_MONTH_END_SKIP, NULL);
  g_autoptr (AsyncLitDateTrigger) date
      = g_object_new (ASYNCLIT_TYPE_DATE_TRIGGER, "when", first, NULL);
  AsyncLitTrigger *triggers[]
      = { g_object_ref (ASYNCLIT_TRIGGER (cron)), g_object_ref (ASYNCLIT_TRIGGER (calendar)),
          g_object_ref (ASYNCLIT_TRIGGER (date)) };
  const char *expected[] = { "cron:cron:0 9 * * 1:UTC:skip:second",
                             "calendar:2:month:2026-01-31T09:00:00:skip:UTC:run-after:first",
                             "date:2026-01-31T09:00:00.000000Z" };

  g_assert_cmpstr (asynclit_cron_trigger_get_expression (cron), ==, "0 9 * * 1");
  g_assert_cmpint (asynclit_cron_trigger_get_gap_policy (cron), ==, ASYNCLIT_GAP_POLICY_SKIP);
  g_assert_cmpint (asynclit_calendar_trigger_get_every (calendar), ==, 2);
  for (guint i = 0; i < G_N_ELEMENTS (triggers); i++)
    {
      g_autofree char *text = asynclit_trigger_to_string (triggers[i]);

      g_assert_cmpstr (text, ==, expected[i]);
      g_object_unref (triggers[i]);
    }
}

/* So does a copy with another policy. */
static void
test_empty_copies (void)
{
  g_autoptr (AsyncLitTrigger) cron
      = (expect_never (), g_object_new (ASYNCLIT_TYPE_CRON_TRIGGER, NULL));
  g_autoptr (AsyncLitTrigger) calendar
      = (expect_never (), g_object_new (ASYNCLIT_TYPE_CALENDAR_TRIGGER, NULL));
  AsyncLitTrigger *copies[] = {
    (expect_never (),
     asynclit_cron_trigger_with_policies (ASYNCLIT_CRON_TRIGGER (cron), ASYNCLIT_GAP_POLICY_SKIP,
                                          ASYNCLIT_FOLD_POLICY_BOTH)),
    (expect_never (),
     asynclit_calendar_trigger_with_policies (ASYNCLIT_CALENDAR_TRIGGER (calendar),
                                              ASYNCLIT_GAP_POLICY_SKIP, ASYNCLIT_FOLD_POLICY_BOTH)),
    (expect_never (), asynclit_calendar_trigger_with_month_end (
                          ASYNCLIT_CALENDAR_TRIGGER (calendar), ASYNCLIT_MONTH_END_SKIP)),
  };

  for (guint i = 0; i < G_N_ELEMENTS (copies); i++)
    {
      g_autofree char *words = asynclit_trigger_describe (copies[i]);

      assert_next (copies[i], NULL, "2026-01-01T00:00:00Z", "never");
      g_assert_cmpstr (words, ==, "never");
      g_object_unref (copies[i]);
    }
}

/* Only code that does not use the headers can derive a class. Its trigger logs a message. */
static void
test_derived (void)
{
  GType type = test_derive_type (ASYNCLIT_TYPE_TRIGGER, "OtherTrigger");
  g_autoptr (AsyncLitTrigger) trigger = NULL;

  g_test_expect_message ("AsyncLit", G_LOG_LEVEL_CRITICAL, "OtherTrigger is derived from *");
  trigger = g_object_new (type, NULL);
  g_test_assert_expected_messages ();
  assert_next (trigger, NULL, "2026-01-01T00:00:00Z", "never");
  assert_texts (trigger, "never", "never");
}

static void
test_preview (void)
{
  g_autoptr (AsyncLitTrigger) trigger = asynclit_interval_trigger_new (1);
  g_autoptr (GDateTime) now = date_time ("2026-01-01T00:00:00Z");
  g_autoptr (GPtrArray) none = asynclit_trigger_preview (trigger, now, 0);
  g_autoptr (GPtrArray) many = asynclit_trigger_preview (trigger, now, 1000);

  g_assert_cmpuint (none->len, ==, 0);
  g_assert_cmpuint (many->len, ==, 1000);
  for (guint i = 0; i < many->len; i++)
    g_assert_cmpint (g_date_time_difference (many->pdata[i], now), ==,
                     (i + 1) * G_TIME_SPAN_SECOND);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/triggers/interval/grid", test_interval_grid);
  g_test_add_func ("/triggers/interval/zone", test_interval_zone);
  g_test_add_func ("/triggers/interval/long", test_interval_long);
  g_test_add_func ("/triggers/interval/properties", test_interval_properties);
  g_test_add_func ("/triggers/interval/texts", test_interval_texts);
  g_test_add_func ("/triggers/date", test_date);
  g_test_add_func ("/triggers/calendar/days", test_calendar_days);
  g_test_add_func ("/triggers/calendar/dst", test_calendar_dst);
  g_test_add_func ("/triggers/calendar/properties", test_calendar_properties);
  g_test_add_func ("/triggers/calendar/zone-unknown", test_calendar_zone_unknown);
  g_test_add_func ("/triggers/empty", test_empty);
  g_test_add_func ("/triggers/empty/copies", test_empty_copies);
  g_test_add_func ("/triggers/faulty-properties", test_faulty_properties);
  g_test_add_func ("/triggers/properties", test_properties);
  g_test_add_func ("/triggers/derived", test_derived);
  g_test_add_func ("/triggers/preview", test_preview);

  return g_test_run ();
}
