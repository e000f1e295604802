/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "asynclit-calendar-schedule-private.h"
#include "asynclit-trigger-private.h"

#include <glib/gi18n-lib.h>

#define MONTHS_PER_YEAR 12

/* Every month has at least this many days. */
#define SHORTEST_MONTH 28

/* The first day, on or after a given day, of a series of days that are @step apart. */
static gint64
next_by_days (const AsyncLitCalendarSchedule *self, gint64 from)
{
  const gint64 step
      = self->every
        * (gint64) (self->unit == ASYNCLIT_CALENDAR_UNIT_WEEK ? ASYNCLIT_DAYS_PER_WEEK : 1);
  const gint64 since = MAX (from - self->first_day, 0);

  return self->first_day + (since + step - 1) / step * step;
}

/* The day in the n-th month after the first. If the month is too short, returns FALSE and the last
 * day of that month. */
static gboolean
day_in_month (const AsyncLitCalendarSchedule *self, gint64 n, gint64 *day)
{
  const gint64 months = self->first_date.month - 1 + n;
  AsyncLitCivilDate date = {
    .year = self->first_date.year + months / MONTHS_PER_YEAR,
    .month = (int) (months % MONTHS_PER_YEAR) + 1,
    .day = self->first_date.day,
  };
  const int length = asynclit_civil_month_length (date.year, date.month);
  const gboolean is_short = date.day > length;

  date.day = MIN (date.day, length);
  *day = asynclit_civil_to_days (date);
  return !is_short || self->month_end == ASYNCLIT_MONTH_END_LAST_DAY;
}

static gint64
next_by_months (const AsyncLitCalendarSchedule *self, gint64 from, gint64 last)
{
  const gint64 step
      = self->every * (gint64) (self->unit == ASYNCLIT_CALENDAR_UNIT_YEAR ? MONTHS_PER_YEAR : 1);
  const AsyncLitCivilDate date = asynclit_civil_from_days (MAX (from, self->first_day));
  const gint64 since
      = (date.year - self->first_date.year) * MONTHS_PER_YEAR + date.month - self->first_date.month;
  gint64 n = since / step * step;
  gint64 day;

  while (!day_in_month (self, n, &day) || day < from)
    {
      if (day > last)
        return day;
      n += step;
    }
  return day;
}

gint64
asynclit_calendar_schedule_next (gconstpointer schedule, gint64 from, gint64 until)
{
  const AsyncLitCalendarSchedule *self = schedule;
  const gint64 day = -asynclit_floor_div (-(from - self->time_of_day), ASYNCLIT_SECONDS_PER_DAY);
  const gint64 last = asynclit_floor_div (until, ASYNCLIT_SECONDS_PER_DAY);
  gint64 found;

  if (self->unit == ASYNCLIT_CALENDAR_UNIT_DAY || self->unit == ASYNCLIT_CALENDAR_UNIT_WEEK)
    found = next_by_days (self, day);
  else
    found = next_by_months (self, day, last);
  found = found * ASYNCLIT_SECONDS_PER_DAY + self->time_of_day;
  return found <= until ? found : ASYNCLIT_NEVER;
}

gboolean
asynclit_calendar_schedule_meets_short_months (const AsyncLitCalendarSchedule *self)
{
  if (self->unit == ASYNCLIT_CALENDAR_UNIT_YEAR)
    return self->first_date.month == 2 && self->first_date.day == 29;
  return self->unit == ASYNCLIT_CALENDAR_UNIT_MONTH && self->first_date.day > SHORTEST_MONTH;
}

char *
asynclit_calendar_schedule_describe_days (const AsyncLitCalendarSchedule *self)
{
  const gulong every = self->every;
  const char *format;

  switch (self->unit)
    {
    case ASYNCLIT_CALENDAR_UNIT_WEEK:
      /* Translators: %%A is a conversion of g_date_time_format(): the day of the week. */
      format = g_dngettext (GETTEXT_PACKAGE, "every week on %%A", "every %lu weeks on %%A", every);
      break;
    case ASYNCLIT_CALENDAR_UNIT_MONTH:
      /* Translators: %%-d is a conversion of g_date_time_format(): the day of the month. */
      format = g_dngettext (GETTEXT_PACKAGE, "every month on day %%-d",
                            "every %lu months on day %%-d", every);
      break;
    case ASYNCLIT_CALENDAR_UNIT_YEAR:
      /* Translators: %%-d and %%B are conversions of g_date_time_format(): the day and the
       * month. */
      format = g_dngettext (GETTEXT_PACKAGE, "every year on %%-d %%B",
                            "every %lu years on %%-d %%B", every);
      break;
    case ASYNCLIT_CALENDAR_UNIT_DAY:
    default:
      format = g_dngettext (GETTEXT_PACKAGE, "every day", "every %lu days", every);
      break;
    }
  return g_strdup_printf (format, every);
}
