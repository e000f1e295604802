/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Cron expressions: their meaning in each dialect, syntax errors, and daylight saving time. */

#include "test-support.h"

#include <string.h>

#define APSCHEDULER ASYNCLIT_CRON_DIALECT_APSCHEDULER
#define CRON ASYNCLIT_CRON_DIALECT_CRON
#define HELSINKI "Europe/Helsinki"

static AsyncLitTrigger *
trigger_new (const char *expression, AsyncLitCronDialect dialect, const char *zone)
{
  g_autoptr (GError) error = NULL;
  AsyncLitTrigger *trigger = asynclit_cron_trigger_new (expression, dialect, zone, &error);

  g_assert_no_error (error);
  g_assert_true (ASYNCLIT_IS_CRON_TRIGGER (trigger));
  return trigger;
}

static GDateTime *
date_time (const char *text)
{
  g_autoptr (GTimeZone) utc = g_time_zone_new_utc ();
  GDateTime *made = g_date_time_new_from_iso8601 (text, utc);

  g_assert_nonnull (made);
  return made;
}

/* The next times after a given one, each as "Thu 2026-01-01 00:00+02". */
static char *
times_of (AsyncLitTrigger *trigger, const char *after, guint n)
{
  g_autoptr (GDateTime) now = date_time (after);
  g_autoptr (GPtrArray) times = asynclit_trigger_preview (trigger, now, n);
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < times->len; i++)
    {
      g_autofree char *one = g_date_time_format (times->pdata[i], "%a %F %H:%M%:::z");

      g_string_append_printf (text, "%s%s", i > 0 ? ", " : "", one);
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
assert_times (AsyncLitTrigger *trigger, const char *after, guint n, const char *expected)
{
  g_autofree char *found = times_of (trigger, after, n);

  g_assert_cmpstr (found, ==, expected);
}

typedef struct {
  const char *expression;
  AsyncLitCronDialect dialect;
  guint n;
  const char *times; /* in Helsinki, from the beginning of 2026 */
} Vector;

static const Vector vectors[] = {
  { "0 0 * * 0", CRON, 1, "Sun 2026-01-04 00:00+02" },
  { "0 0 * * 7", CRON, 1, "Sun 2026-01-04 00:00+02" },
  { "0 0 * * sun", APSCHEDULER, 1, "Sun 2026-01-04 00:00+02" },
  { "0 0 * * 6", APSCHEDULER, 1, "Sun 2026-01-04 00:00+02" },
  { "0 0 13 * fri", CRON, 3,
    "Fri 2026-01-02 00:00+02, Fri 2026-01-09 00:00+02, Tue 2026-01-13 00:00+02" },
  { "0 0 13 * fri", APSCHEDULER, 3,
    "Fri 2026-02-13 00:00+02, Fri 2026-03-13 00:00+02, Fri 2026-11-13 00:00+02" },
  { "0 0 * * mon-fri/2", CRON, 3,
    "Fri 2026-01-02 00:00+02, Mon 2026-01-05 00:00+02, Wed 2026-01-07 00:00+02" },
  { "0 0 * * mon-fri/2", APSCHEDULER, 3,
    "Fri 2026-01-02 00:00+02, Mon 2026-01-05 00:00+02, Wed 2026-01-07 00:00+02" },
  { "5/15 * * * *", CRON, 4,
    "Thu 2026-01-01 00:05+02, Thu 2026-01-01 00:20+02, Thu 2026-01-01 00:35+02, "
    "Thu 2026-01-01 00:50+02" },
  { "0 0 29 2 *", CRON, 3,
    "Tue 2028-02-29 00:00+02, Sun 2032-02-29 00:00+02, Fri 2036-02-29 00:00+02" },
  /* A field that begins with a star is not restricted, so both fields have to match. */
  { "0 0 */2 * fri", CRON, 2, "Fri 2026-01-09 00:00+02, Fri 2026-01-23 00:00+02" },
  { "0 0 ? * fri", CRON, 2, "Fri 2026-01-02 00:00+02, Fri 2026-01-09 00:00+02" },
  { "0 0 1-31 * fri", CRON, 2, "Fri 2026-01-02 00:00+02, Sat 2026-01-03 00:00+02" },
  { "0 0 * nov-feb/2 *", CRON, 1, "Fri 2026-01-02 00:00+02" },
  { "0 0 1 nov-feb *", CRON, 3,
    "Sun 2026-02-01 00:00+02, Sun 2026-11-01 00:00+02, Tue 2026-12-01 00:00+02" },
  { "0 0 * * fri-mon", CRON, 5,
    "Fri 2026-01-02 00:00+02, Sat 2026-01-03 00:00+02, Sun 2026-01-04 00:00+02, "
    "Mon 2026-01-05 00:00+02, Fri 2026-01-09 00:00+02" },
  { "0 0 * * 6-2/2", CRON, 3,
    "Sat 2026-01-03 00:00+02, Mon 2026-01-05 00:00+02, Sat 2026-01-10 00:00+02" },
  { "0 0 * * 7-7", CRON, 2, "Sun 2026-01-04 00:00+02, Sun 2026-01-11 00:00+02" },
  { "0 0 * * 5-7", CRON, 4,
    "Fri 2026-01-02 00:00+02, Sat 2026-01-03 00:00+02, Sun 2026-01-04 00:00+02, "
    "Fri 2026-01-09 00:00+02" },
  { "0 0 L * *", CRON, 2, "Sat 2026-01-31 00:00+02, Sat 2026-02-28 00:00+02" },
  { "0 0 last * *", CRON, 2, "Sat 2026-01-31 00:00+02, Sat 2026-02-28 00:00+02" },
  { "0 0 LAST,15 * *", APSCHEDULER, 2, "Thu 2026-01-15 00:00+02, Sat 2026-01-31 00:00+02" },
  { "0 0 * * 5#2", CRON, 2, "Fri 2026-01-09 00:00+02, Fri 2026-02-13 00:00+02" },
  { "0 0 * * fri#5", CRON, 2, "Fri 2026-01-30 00:00+02, Fri 2026-05-29 00:00+03" },
  { "0 0 * * friL", CRON, 2, "Fri 2026-01-30 00:00+02, Fri 2026-02-27 00:00+02" },
  { "0 0 * * 0L,1#1", CRON, 3,
    "Mon 2026-01-05 00:00+02, Sun 2026-01-25 00:00+02, Mon 2026-02-02 00:00+02" },
  { "0 9 * February Saturday", APSCHEDULER, 1, "Sat 2026-02-07 09:00+02" },
  { "@hourly", CRON, 2, "Thu 2026-01-01 01:00+02, Thu 2026-01-01 02:00+02" },
  { " @daily ", CRON, 1, "Fri 2026-01-02 00:00+02" },
  { "@midnight", CRON, 1, "Fri 2026-01-02 00:00+02" },
  { "@weekly", CRON, 1, "Sun 2026-01-04 00:00+02" },
  { "@monthly", CRON, 1, "Sun 2026-02-01 00:00+02" },
  { "@yearly", CRON, 1, "Fri 2027-01-01 00:00+02" },
  { "@annually", CRON, 1, "Fri 2027-01-01 00:00+02" },
  { "\t00  12 * \n * *", APSCHEDULER, 1, "Thu 2026-01-01 12:00+02" },
  { "*/60 */24 */31 */12 *", CRON, 2, "Fri 2027-01-01 00:00+02, Sat 2028-01-01 00:00+02" },
  { "0 0 31 2 *", CRON, 1, "" },
  { "0 0 30,31 feb *", APSCHEDULER, 1, "" },
};

static void
test_vectors (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (vectors); i++)
    {
      const Vector *vector = &vectors[i];
      g_autoptr (AsyncLitTrigger) trigger
          = trigger_new (vector->expression, vector->dialect, HELSINKI);

      g_test_message ("%s", vector->expression);
      assert_times (trigger, "2026-01-01T00:00:00+02", vector->n, vector->times);
    }
}

typedef struct {
  const char *expression;
  AsyncLitCronDialect dialect;
  const char *message; /* what follows the expression */
} Fault;

static const Fault faults[] = {
  { "", CRON, "minute, column 1: the field is missing: an expression has 5 fields" },
  { "* * * *", CRON, "day of week, column 8: the field is missing: an expression has 5 fields" },
  { "* * * * * *", CRON, "day of week, column 11: an expression has only 5 fields" },
  { "60 * * * *", CRON, "minute, column 1: 60 is not between 0 and 59" },
  { "* 7,24 * * *", CRON, "hour, column 5: 24 is not between 0 and 23" },
  { "* * 0 * *", CRON, "day of month, column 5: 0 is not between 1 and 31" },
  { "* * * 13 *", CRON, "month, column 7: 13 is not between 1 and 12" },
  { "* * * * 8", CRON, "day of week, column 9: 8 is not between 0 and 7" },
  { "* * * * 7", APSCHEDULER, "day of week, column 9: 7 is not between 0 and 6" },
  { "9999999999999999999999 * * * *", CRON,
    "minute, column 1: 9999999999999999999999 is not between 0 and 59" },
  { "*/0 * * * *", CRON, "minute, column 3: a step must be at least 1" },
  { "*/61 * * * *", CRON, "minute, column 3: the step 61 is wider than the field" },
  { "* * * * */8", CRON, "day of week, column 11: the step 8 is wider than the field" },
  { "*/60 * * * *", APSCHEDULER, "minute, column 3: the step 60 is wider than the range" },
  { "5-10/6 * * * *", APSCHEDULER, "minute, column 6: the step 6 is wider than the range" },
  { "10-5 * * * *", CRON, "minute, column 4: the range runs backwards" },
  { "* 22-2 * * *", CRON, "hour, column 6: the range runs backwards" },
  { "* * 28-3 * *", CRON, "day of month, column 8: the range runs backwards" },
  { "* * * * fri-mon", APSCHEDULER, "day of week, column 13: the range runs backwards" },
  { "* * * nov-feb *", APSCHEDULER, "month, column 11: the range runs backwards" },
  { "5x * * * *", CRON, "minute, column 2: “x” is not understood" },
  { "* * * * mon-frix", APSCHEDULER, "day of week, column 13: “frix” is not understood" },
  { "* * * * monday-fri junk", APSCHEDULER,
    "day of week, column 20: an expression has only 5 fields" },
  { "* * last5 * *", APSCHEDULER, "day of month, column 5: “last5” is not understood" },
  { "mon * * * *", CRON, "minute, column 1: “mon” is not understood" },
  { "* * * * moon", CRON, "day of week, column 9: “moon” is not understood" },
  { "* * * * 5#", CRON, "day of week, column 11: a value is missing" },
  { "* * * * 5#x", CRON, "day of week, column 11: “x” is not understood" },
  { "1,,2 * * * *", CRON, "minute, column 3: a value is missing" },
  { "1, * * * *", CRON, "minute, column 3: a value is missing" },
  { "1-/2 * * * *", CRON, "minute, column 3: “/2” is not understood" },
  { "** * * * *", CRON, "minute, column 2: “*” is not understood" },
  { "-5 * * * *", CRON, "minute, column 1: “-5” is not understood" },
  { "٣ * * * *", CRON, "minute, column 1: “٣” is not understood" },
  { "* é٣ * * *", APSCHEDULER, "hour, column 3: “é٣” is not understood" },
  { "1é5 * * * *", CRON, "minute, column 2: “é5” is not understood" },
  { "? * * * *", CRON, "minute, column 1: “?” is not understood" },
  { "* * 5#2 * *", CRON, "day of month, column 6: “#2” is not understood" },
  { "* * * * 5#6", CRON, "day of week, column 11: 6 is not between 1 and 5" },
  { "* * * * 5#0", CRON, "day of week, column 11: 0 is not between 1 and 5" },
  { "* * * * 1-5#2", CRON, "day of week, column 12: “#2” is not understood" },
  { "* * L-3 * *", CRON, "day of month, column 5: “L-3” is not understood" },
  { "@reboot", CRON, "minute, column 1: “@reboot” is not understood" },
  { "@daily", APSCHEDULER, "minute, column 1: “@daily” is only understood in the dialect CRON" },
  { "* * ? * *", APSCHEDULER,
    "day of month, column 5: “?” is only understood in the dialect CRON" },
  { "* * L * *", APSCHEDULER,
    "day of month, column 5: “L” is only understood in the dialect CRON" },
  { "* * * * 4#2", APSCHEDULER,
    "day of week, column 10: “#2” is only understood in the dialect CRON" },
  { "* * * * friL", APSCHEDULER,
    "day of week, column 12: “L” is only understood in the dialect CRON" },
};

static void
test_faults (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (faults); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *message
          = g_strdup_printf ("Cron expression “%s”, %s", faults[i].expression, faults[i].message);

      g_assert_null (
          asynclit_cron_trigger_new (faults[i].expression, faults[i].dialect, NULL, &error));
      g_assert_error (error, ASYNCLIT_ERROR, ASYNCLIT_ERROR_INVALID_CRON);
      g_assert_cmpstr (error->message, ==, message);
    }
}

static void
test_zones_unknown (void)
{
  /* Includes files beside the zones, and far away from them. */
  static const char *const names[]
      = { "Mars/Olympus", "europe/helsinki", "",           "Europe", "CET-1CEST",
          "leapseconds",  "+VERSION",        "12:",        "++1",    "-",
          "zone.tab",     "../../etc/hosts", "/etc/hosts", NULL };

  for (guint i = 0; names[i] != NULL; i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (asynclit_cron_trigger_new ("* * * * *", CRON, names[i], &error));
      g_assert_error (error, ASYNCLIT_ERROR, ASYNCLIT_ERROR_INVALID_TIMEZONE);
      g_assert_nonnull (strstr (error->message, names[i]));
    }
}

static void
test_zones_known (void)
{
  g_autoptr (AsyncLitTrigger) utc = trigger_new ("0 6 * * *", CRON, "UTC");
  g_autoptr (AsyncLitTrigger) nepal = trigger_new ("0 6 * * *", CRON, "Asia/Kathmandu");
  g_autoptr (AsyncLitTrigger) offset = trigger_new ("0 6 * * *", CRON, "-03:30");

  assert_times (utc, "2026-01-01T06:00:00Z", 1, "Fri 2026-01-02 06:00+00");
  assert_times (nepal, "2026-01-01T00:15:00Z", 1, "Fri 2026-01-02 06:00+05:45");
  assert_times (offset, "2026-01-01T06:00:00Z", 1, "Thu 2026-01-01 06:00-03:30");
}

/* In the subprocess, TZ is set before any other code has read it. */
static void
test_zones_of_system (void)
{
  if (g_test_subprocess ())
    {
      g_autoptr (AsyncLitTrigger) trigger = trigger_new ("0 6 * * *", CRON, NULL);

      g_setenv ("TZ", "Asia/Tokyo", TRUE);
      assert_times (trigger, "2026-01-01T00:00:00Z", 1, "Fri 2026-01-02 06:00+09");
      g_setenv ("TZ", "America/New_York", TRUE);
      assert_times (trigger, "2026-01-01T00:00:00Z", 1, "Thu 2026-01-01 06:00-05");
      return;
    }
  g_test_trap_subprocess (NULL, TEST_WATCHDOG_SECONDS * G_USEC_PER_SEC, 0);
  g_test_trap_assert_passed ();
}

/* Daylight saving time */

#define GAP "2026-03-28T03:45:00+02"
#define FOLD "2026-10-24T03:45:00+03"

static void
test_dst_fixed (void)
{
  g_autoptr (AsyncLitTrigger) trigger = trigger_new ("30 3 * * *", CRON, HELSINKI);

  assert_times (trigger, GAP, 2, "Sun 2026-03-29 04:00+03, Mon 2026-03-30 03:30+03");
  assert_times (trigger, FOLD, 2, "Sun 2026-10-25 03:30+03, Mon 2026-10-26 03:30+02");
  /* Between the first time and the second, and at the second. */
  assert_times (trigger, "2026-10-25T03:10:00+02", 1, "Mon 2026-10-26 03:30+02");
  assert_times (trigger, "2026-10-25T03:30:00+02", 1, "Mon 2026-10-26 03:30+02");
  assert_times (trigger, "2026-03-29T04:00:00+03", 1, "Mon 2026-03-30 03:30+03");
}

/* The clock is about to be set back to a time of the job, whose next time is a month away. */
static void
test_dst_just_before (void)
{
  g_autoptr (AsyncLitTrigger) plain = trigger_new ("30 3 25 * *", CRON, HELSINKI);
  g_autoptr (AsyncLitTrigger) trigger = asynclit_cron_trigger_with_policies (
      ASYNCLIT_CRON_TRIGGER (plain), ASYNCLIT_GAP_POLICY_AUTO, ASYNCLIT_FOLD_POLICY_BOTH);

  assert_times (plain, "2026-10-25T03:59:59+03", 1, "Wed 2026-11-25 03:30+02");
  assert_times (trigger, "2026-10-25T03:59:59+03", 2,
                "Sun 2026-10-25 03:30+02, Wed 2026-11-25 03:30+02");
}

/* Several times in one gap count as one. */
static void
test_dst_gap_once (void)
{
  g_autoptr (AsyncLitTrigger) trigger = trigger_new ("0,15,30,45 3,4 * * *", CRON, HELSINKI);

  assert_times (trigger, "2026-03-28T04:40:00+02", 3,
                "Sat 2026-03-28 04:45+02, Sun 2026-03-29 04:00+03, Sun 2026-03-29 04:15+03");
}

static void
test_dst_wildcard (void)
{
  g_autoptr (AsyncLitTrigger) hourly = trigger_new ("30 * * * *", CRON, HELSINKI);
  g_autoptr (AsyncLitTrigger) minutes = trigger_new ("*/30 3 * * *", CRON, HELSINKI);

  assert_times (hourly, "2026-03-29T02:30:00+02", 1, "Sun 2026-03-29 04:30+03");
  assert_times (hourly, "2026-10-25T02:30:00+03", 3,
                "Sun 2026-10-25 03:30+03, Sun 2026-10-25 03:30+02, Sun 2026-10-25 04:30+02");
  assert_times (minutes, GAP, 1, "Mon 2026-03-30 03:00+03");
  assert_times (minutes, "2026-10-25T02:30:00+03", 4,
                "Sun 2026-10-25 03:00+03, Sun 2026-10-25 03:30+03, Sun 2026-10-25 03:00+02, "
                "Sun 2026-10-25 03:30+02");
}

typedef struct {
  AsyncLitGapPolicy gap;
  AsyncLitFoldPolicy fold;
  const char *expression;
  const char *in_gap;
  const char *in_fold;
} PolicyCase;

static const PolicyCase policy_cases[] = {
  { ASYNCLIT_GAP_POLICY_SKIP, ASYNCLIT_FOLD_POLICY_BOTH, "30 3 * * *",
    "Mon 2026-03-30 03:30+03, Tue 2026-03-31 03:30+03",
    "Sun 2026-10-25 03:30+03, Sun 2026-10-25 03:30+02" },
  { ASYNCLIT_GAP_POLICY_RUN_AFTER, ASYNCLIT_FOLD_POLICY_SECOND, "30 3 * * *",
    "Sun 2026-03-29 04:00+03, Mon 2026-03-30 03:30+03",
    "Sun 2026-10-25 03:30+02, Mon 2026-10-26 03:30+02" },
  { ASYNCLIT_GAP_POLICY_RUN_AFTER, ASYNCLIT_FOLD_POLICY_FIRST, "*/30 3 * * *",
    "Sun 2026-03-29 04:00+03, Mon 2026-03-30 03:00+03",
    "Sun 2026-10-25 03:00+03, Sun 2026-10-25 03:30+03" },
  { ASYNCLIT_GAP_POLICY_AUTO, ASYNCLIT_FOLD_POLICY_SECOND, "*/30 3 * * *",
    "Mon 2026-03-30 03:00+03, Mon 2026-03-30 03:30+03",
    "Sun 2026-10-25 03:00+02, Sun 2026-10-25 03:30+02" },
};

static void
test_dst_policies (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (policy_cases); i++)
    {
      const PolicyCase *one = &policy_cases[i];
      g_autoptr (AsyncLitTrigger) plain = trigger_new (one->expression, CRON, HELSINKI);
      g_autoptr (AsyncLitTrigger) trigger = asynclit_cron_trigger_with_policies (
          ASYNCLIT_CRON_TRIGGER (plain), one->gap, one->fold);

      assert_times (trigger, GAP, 2, one->in_gap);
      assert_times (trigger, FOLD, 2, one->in_fold);
    }
}

/* Gaps of half an hour and a whole day, and several at midnight. */
static void
test_dst_unusual (void)
{
  g_autoptr (AsyncLitTrigger) lord_howe = trigger_new ("15 2 * * *", CRON, "Australia/Lord_Howe");
  g_autoptr (AsyncLitTrigger) samoa = trigger_new ("0 9 * * *", CRON, "Pacific/Apia");
  g_autoptr (AsyncLitTrigger) beirut = trigger_new ("0 0 * * *", CRON, "Asia/Beirut");
  g_autoptr (AsyncLitTrigger) havana = trigger_new ("30 0 * * *", CRON, "America/Havana");
  g_autoptr (AsyncLitTrigger) azores = trigger_new ("30 0 * * *", CRON, "Atlantic/Azores");

  assert_times (lord_howe, "2026-10-03T02:15:00+10:30", 2,
                "Sun 2026-10-04 02:30+11, Mon 2026-10-05 02:15+11");
  assert_times (samoa, "2011-12-29T09:00:00-10", 2,
                "Sat 2011-12-31 00:00+14, Sat 2011-12-31 09:00+14");
  assert_times (beirut, "2026-03-28T00:00:00+02", 2,
                "Sun 2026-03-29 01:00+03, Mon 2026-03-30 00:00+03");
  /* In the past, because governments change future rules: Cuba has done so for 2026. */
  assert_times (havana, "2024-11-02T00:30:00-04", 2,
                "Sun 2024-11-03 00:30-04, Mon 2024-11-04 00:30-05");
  assert_times (azores, "2024-10-26T00:30:00+00", 2,
                "Sun 2024-10-27 00:30+00, Mon 2024-10-28 00:30-01");
}

/* Other properties of a trigger */

static void
test_properties (void)
{
  g_autoptr (AsyncLitTrigger) trigger = trigger_new (" 0  9 * * 1 ", CRON, HELSINKI);
  AsyncLitCronTrigger *cron = ASYNCLIT_CRON_TRIGGER (trigger);
  g_autofree char *expression = NULL;
  g_autofree char *zone = NULL;
  AsyncLitCronDialect dialect;
  AsyncLitGapPolicy gap;
  AsyncLitFoldPolicy fold;

  g_object_get (trigger, "expression", &expression, "time-zone", &zone, "dialect", &dialect,
                "gap-policy", &gap, "fold-policy", &fold, NULL);
  g_assert_cmpstr (expression, ==, "0 9 * * 1");
  g_assert_cmpstr (zone, ==, HELSINKI);
  g_assert_cmpint (dialect, ==, CRON);
  g_assert_cmpint (gap, ==, ASYNCLIT_GAP_POLICY_AUTO);
  g_assert_cmpint (fold, ==, ASYNCLIT_FOLD_POLICY_AUTO);
  g_assert_cmpstr (asynclit_cron_trigger_get_expression (cron), ==, expression);
  g_assert_cmpstr (asynclit_cron_trigger_get_time_zone (cron), ==, zone);
  g_assert_cmpint (asynclit_cron_trigger_get_dialect (cron), ==, dialect);
  g_assert_cmpint (asynclit_cron_trigger_get_gap_policy (cron), ==, gap);
  g_assert_cmpint (asynclit_cron_trigger_get_fold_policy (cron), ==, fold);
}

typedef struct {
  const char *expression;
  const char *words;
} Description;

static const Description descriptions[] = {
  { "* * * * *", "every minute" },
  { "*/5 * * * *", "every 5 minutes" },
  { "0 * * * *", "every hour" },
  { "0 */2 * * *", "every 2 hours" },
  { "5 * * * *", "at minute 5 of every hour" },
  { "5,50 * * * *", "at the minutes 5 and 50 of every hour" },
  { "0,20,30 * * * *", "at the minutes 0, 20 and 30 of every hour" },
  { "*/7 3 * * *", "at the minutes 0, 7, 14, 21, 28, 35, 42, 49 and 56 of the hour 3" },
  { "*/5 9-17 * * 1-5", "every 5 minutes of the hours 9 to 17 on Monday to Friday" },
  { "30 9,18 * * *", "at 09:30 and 18:30" },
  { "0 0 13 * fri", "at 00:00 on day 13 of the month or Friday" },
  { "0 0 13 * */2", "at 00:00 on day 13 of the month if that is Tuesday, Thursday, Saturday or "
                    "Sunday" },
  { "0 0 1-31 * fri", "at 00:00" },
  { "0 0 1,15,last * *",
    "at 00:00 on the days 1 and 15 of the month and the last day of the month" },
  { "0 0 * * 5#2,sunL",
    "at 00:00 on the second Friday of the month and the last Sunday of the month" },
  { "0 0 1 jan,jun-aug *", "at 00:00 on day 1 of the month in January and June to August" },
  { "0 3,4,5,6,7 * * *", "at minute 0 of the hours 3 to 7" },
  { "30 */3 * * *", "at minute 30 of the hours 0, 3, 6, 9, 12, 15, 18 and 21" },
  { "0 0-20/4 * * *", "every 4 hours" },
  { "0 0-12/4 * * *", "at 00:00, 04:00, 08:00 and 12:00" },
  { "*/40 * * * *", "at the minutes 0 and 40 of every hour" },
  { "0 0 last * fri", "at 00:00 on the last day of the month or Friday" },
  { "0 0 * * 1,3#5", "at 00:00 on Monday and the fifth Wednesday of the month" },
};

static void
test_describe (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (descriptions); i++)
    {
      g_autoptr (AsyncLitTrigger) local = trigger_new (descriptions[i].expression, CRON, NULL);
      g_autoptr (AsyncLitTrigger) zoned = trigger_new (descriptions[i].expression, CRON, HELSINKI);
      g_autofree char *expected = g_strdup_printf ("%s (%s)", descriptions[i].words, HELSINKI);
      g_autofree char *words = asynclit_trigger_describe (local);
      g_autofree char *words_and_zone = asynclit_trigger_describe (zoned);

      g_assert_cmpstr (words, ==, descriptions[i].words);
      g_assert_cmpstr (words_and_zone, ==, expected);
    }
}

static void
test_to_string (void)
{
  g_autoptr (AsyncLitTrigger) fixed = trigger_new ("0  9 * * mon", APSCHEDULER, NULL);
  g_autoptr (AsyncLitTrigger) wildcard = trigger_new ("* 9 * * mon", CRON, HELSINKI);
  g_autoptr (AsyncLitTrigger) other = asynclit_cron_trigger_with_policies (
      ASYNCLIT_CRON_TRIGGER (wildcard), ASYNCLIT_GAP_POLICY_RUN_AFTER, ASYNCLIT_FOLD_POLICY_SECOND);
  g_autofree char *fixed_text = asynclit_trigger_to_string (fixed);
  g_autofree char *wildcard_text = asynclit_trigger_to_string (wildcard);
  g_autofree char *other_text = asynclit_trigger_to_string (other);

  g_assert_cmpstr (fixed_text, ==, "cron:apscheduler:0 9 * * mon:local:run-after:first");
  g_assert_cmpstr (wildcard_text, ==, "cron:cron:* 9 * * mon:Europe/Helsinki:skip:both");
  g_assert_cmpstr (other_text, ==, "cron:cron:* 9 * * mon:Europe/Helsinki:run-after:second");
}

/* The message about the dialects */

typedef struct {
  guint n;
  char *last;
} Log;

static void
on_message (const char *domain, GLogLevelFlags level, const char *message, gpointer user_data)
{
  Log *log = user_data;

  log->n++;
  g_free (log->last);
  log->last = g_strdup (message);
}

/* The number of messages if an expression is parsed twice in a dialect. */
static guint
count_messages (const char *expression, AsyncLitCronDialect dialect, Log *log)
{
  guint handler = g_log_set_handler ("AsyncLit", G_LOG_LEVEL_MESSAGE, on_message, log);
  g_autoptr (AsyncLitTrigger) first = trigger_new (expression, dialect, NULL);
  g_autoptr (AsyncLitTrigger) again = trigger_new (expression, dialect, HELSINKI);
  const guint n = log->n;

  g_log_remove_handler ("AsyncLit", handler);
  log->n = 0;
  return n;
}

static void
test_dialects_disagree (void)
{
  static const char *const expressions[] = {
    "7 0 * * 0", "7 0 13 * sat", "7 0 last * sat", "7 0 1-31 * sun", "7 0 * * */2", "7 0 * * 1-5",
    NULL
  };
  Log log = { 0 };

  for (guint i = 0; expressions[i] != NULL; i++)
    {
      g_assert_cmpuint (count_messages (expressions[i], CRON, &log), ==, 0);
      g_assert_cmpuint (count_messages (expressions[i], APSCHEDULER, &log), ==, 1);
    }
  g_assert_cmpstr (log.last, ==,
                   "The cron expression “7 0 * * 1-5” is read in the dialect APSCHEDULER: at 00:07 "
                   "on Tuesday to Saturday. In the dialect CRON it would be: at 00:07 on Monday to "
                   "Friday.");
  g_free (log.last);
}

static void
test_dialects_agree (void)
{
  static const char *const expressions[] = { "7 * * * *",      "7 0 13 * *",      "7 0 * * sat",
                                             "7 0 last * *",   "7 0 */2 * fri",   "7 0 * * 0-6",
                                             "7 0 1-31 * 0-6", "7 0 * * mon-sun", NULL };
  Log log = { 0 };

  for (guint i = 0; expressions[i] != NULL; i++)
    g_assert_cmpuint (count_messages (expressions[i], APSCHEDULER, &log), ==, 0);
  g_assert_null (log.last);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/cron/vectors", test_vectors);
  g_test_add_func ("/cron/faults", test_faults);
  g_test_add_func ("/cron/zones/unknown", test_zones_unknown);
  g_test_add_func ("/cron/zones/known", test_zones_known);
  g_test_add_func ("/cron/zones/of-system", test_zones_of_system);
  g_test_add_func ("/cron/dst/fixed", test_dst_fixed);
  g_test_add_func ("/cron/dst/just-before", test_dst_just_before);
  g_test_add_func ("/cron/dst/gap-once", test_dst_gap_once);
  g_test_add_func ("/cron/dst/wildcard", test_dst_wildcard);
  g_test_add_func ("/cron/dst/policies", test_dst_policies);
  g_test_add_func ("/cron/dst/unusual", test_dst_unusual);
  g_test_add_func ("/cron/properties", test_properties);
  g_test_add_func ("/cron/describe", test_describe);
  g_test_add_func ("/cron/to-string", test_to_string);
  g_test_add_func ("/cron/dialects/disagree", test_dialects_disagree);
  g_test_add_func ("/cron/dialects/agree", test_dialects_agree);

  return g_test_run ();
}
