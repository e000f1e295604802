/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* GDateTime also implements the calendar, but it allocates an object for each step, and a trigger
 * makes many steps.
 *
 * The two conversions come from Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms",
 * 2013. They count years from 1 March, so that the leap day is the last day of its year, and group
 * them into eras of 400 years, after which the calendar repeats. */

#include "config.h"

#include "asynclit-civil-private.h"

#define DAYS_PER_ERA 146097
#define DAYS_FROM_ERA_TO_EPOCH 719468 /* from 0000-03-01 to 1970-01-01 */
#define EPOCH_WEEKDAY 4               /* 1970-01-01 was a Thursday */

gint64
asynclit_floor_div (gint64 a, gint64 b)
{
  g_assert (b > 0);
  return a / b - (a % b < 0 ? 1 : 0);
}

gint64
asynclit_floor_mod (gint64 a, gint64 b)
{
  const gint64 rest = a % b;

  return rest < 0 ? rest + b : rest;
}

gint64
asynclit_civil_to_days (AsyncLitCivilDate date)
{
  const gint64 year = date.year - (date.month <= 2 ? 1 : 0);
  const gint64 era = asynclit_floor_div (year, 400);
  const gint64 year_of_era = year - era * 400;
  const gint64 month_from_march = (date.month + 9) % 12;
  const gint64 day_of_year = (153 * month_from_march + 2) / 5 + date.day - 1;
  const gint64 day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

  return era * DAYS_PER_ERA + day_of_era - DAYS_FROM_ERA_TO_EPOCH;
}

AsyncLitCivilDate
asynclit_civil_from_days (gint64 days)
{
  const gint64 shifted = days + DAYS_FROM_ERA_TO_EPOCH;
  const gint64 era = asynclit_floor_div (shifted, DAYS_PER_ERA);
  const gint64 day_of_era = shifted - era * DAYS_PER_ERA;
  const gint64 year_of_era
      = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const gint64 day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int month_from_march = (int) ((5 * day_of_year + 2) / 153);
  AsyncLitCivilDate date;

  date.day = (int) (day_of_year - (153 * month_from_march + 2) / 5 + 1);
  date.month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
  date.year = year_of_era + era * 400 + (date.month <= 2 ? 1 : 0);
  return date;
}

int
asynclit_civil_month_length (gint64 year, int month)
{
  static const int lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
  const gboolean is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

  g_assert (month >= 1 && month <= 12);
  return lengths[month - 1] + (month == 2 && is_leap ? 1 : 0);
}

int
asynclit_civil_weekday (gint64 days)
{
  return (int) asynclit_floor_mod (days + EPOCH_WEEKDAY, ASYNCLIT_DAYS_PER_WEEK);
}
