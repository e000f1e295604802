/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The matching days of a month fit into one word of 31 bits, and so do hours and minutes. The next
 * time is therefore found by looking for the next bit: first among the minutes and, if there is
 * none, among the hours, the days and the months. */

#include "config.h"

#include "asynclit-civil-private.h"
#include "asynclit-cron-fields-private.h"
#include "asynclit-trigger-private.h"

#include <string.h>

#define MINUTES_PER_HOUR 60
#define MINUTES_PER_DAY 1440
#define SECONDS_PER_MINUTE 60
#define MONTHS_PER_YEAR 12

/* Days 1, 8, 15, 22 and 29. */
#define EVERY_SEVENTH_DAY 0x20408102u

/* The first bit of a set at or after @from; -1 if there is none. */
static int
next_bit (guint64 set, int from)
{
  if (from >= 64)
    return -1;
  set &= G_MAXUINT64 << from;
  return set != 0 ? __builtin_ctzll (set) : -1;
}

/* The days of a month that are a given weekday; @first is the first of them. */
static guint32
days_of_weekday (int first, guint8 nth, gboolean all, int length)
{
  guint32 days = 0;

  if (all)
    return EVERY_SEVENTH_DAY << (first - 1);
  for (int n = 1; n <= 5; n++)
    if ((nth & (1 << n)) != 0 && first + (n - 1) * 7 <= length)
      days |= 1u << (first + (n - 1) * 7);
  if ((nth & (1 << ASYNCLIT_CRON_LAST_OF_MONTH)) != 0)
    days |= 1u << (first + (length - first) / 7 * 7);
  return days;
}

static guint32
days_of_weekdays (const AsyncLitCronFields *self, int first_weekday, int length)
{
  guint32 days = 0;

  for (int weekday = 0; weekday < ASYNCLIT_DAYS_PER_WEEK; weekday++)
    {
      const gboolean all = (self->weekdays & (1u << weekday)) != 0;

      if (all || self->nth_weekdays[weekday] != 0)
        days |= days_of_weekday (1 + (weekday - first_weekday + 7) % 7, self->nth_weekdays[weekday],
                                 all, length);
    }
  return days;
}

/* The days of a month that match. */
static guint32
days_of_month (const AsyncLitCronFields *self, gint64 year, int month)
{
  const int length = asynclit_civil_month_length (year, month);
  const int first_weekday
      = asynclit_civil_weekday (asynclit_civil_to_days ((AsyncLitCivilDate){ year, month, 1 }));
  const guint32 existing = (guint32) ((G_GUINT64_CONSTANT (2) << length) - 2);
  guint32 by_weekday, by_day;

  if ((self->months & (1u << month)) == 0)
    return 0;
  by_weekday = days_of_weekdays (self, first_weekday, length);
  by_day = self->days | (self->last_day ? 1u << length : 0);
  return existing & (self->either_day ? by_day | by_weekday : by_day & by_weekday);
}

/* The first matching day on or after a date, as days since 1970; a day after @last if there is
 * none. */
static gint64
next_day (const AsyncLitCronFields *self, gint64 from, gint64 last)
{
  AsyncLitCivilDate date = asynclit_civil_from_days (from);

  for (;;)
    {
      int day = next_bit (days_of_month (self, date.year, date.month), date.day);

      date.day = MAX (day, 1);
      if (day > 0 || asynclit_civil_to_days (date) > last)
        return asynclit_civil_to_days (date);
      date.month = date.month % MONTHS_PER_YEAR + 1;
      date.year += date.month == 1 ? 1 : 0;
    }
}

/* The first matching minute of a day at or after a given minute; -1 if there is none. */
static int
next_minute (const AsyncLitCronFields *self, int from)
{
  int hour = next_bit (self->hours, from / MINUTES_PER_HOUR);
  int minute;

  if (hour < 0)
    return -1;
  minute = next_bit (self->minutes, hour == from / MINUTES_PER_HOUR ? from % MINUTES_PER_HOUR : 0);
  if (minute < 0)
    {
      hour = next_bit (self->hours, hour + 1);
      minute = next_bit (self->minutes, 0);
    }
  return hour >= 0 ? hour * MINUTES_PER_HOUR + minute : -1;
}

gint64
asynclit_cron_fields_next (gconstpointer fields, gint64 from, gint64 until)
{
  const AsyncLitCronFields *self = fields;
  const gint64 start = -asynclit_floor_div (-from, SECONDS_PER_MINUTE); /* rounded up */
  const gint64 today = asynclit_floor_div (start, MINUTES_PER_DAY);
  const gint64 last = asynclit_floor_div (until, ASYNCLIT_SECONDS_PER_DAY);
  gint64 day = next_day (self, today, last);
  int minute = next_minute (self, day == today ? (int) (start - today * MINUTES_PER_DAY) : 0);
  gint64 found;

  if (minute < 0)
    {
      day = next_day (self, day + 1, last);
      minute = next_minute (self, 0);
    }
  found = (day * MINUTES_PER_DAY + minute) * SECONDS_PER_MINUTE;
  return day <= last && found <= until ? found : ASYNCLIT_NEVER;
}

/* Whether it matters if the two day fields are combined by "or" or by "and". It does not if both
 * allow every day. */
static gboolean
combines_days (const AsyncLitCronFields *self)
{
  return self->days != 0xfffffffe || self->weekdays != 0x7f;
}

gboolean
asynclit_cron_fields_equal (const AsyncLitCronFields *a, const AsyncLitCronFields *b)
{
  return a->minutes == b->minutes && a->hours == b->hours && a->days == b->days
         && a->months == b->months && a->weekdays == b->weekdays
         && memcmp (a->nth_weekdays, b->nth_weekdays, sizeof a->nth_weekdays) == 0
         && a->last_day == b->last_day && (a->either_day == b->either_day || !combines_days (a));
}
