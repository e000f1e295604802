/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "asynclit-civil-private.h"
#include "asynclit-enums.h"

G_BEGIN_DECLS

/* A schedule that fires every n days, weeks, months or years, at a fixed time of day. */
typedef struct {
  guint every; /* at least 1 */
  AsyncLitCalendarUnit unit;
  AsyncLitMonthEnd month_end;
  AsyncLitCivilDate first_date;
  gint64 first_day;   /* first_date, in days since 1970 */
  gint64 time_of_day; /* in seconds */
} AsyncLitCalendarSchedule;

/* An AsyncLitScheduleFunc. */
gint64 asynclit_calendar_schedule_next (gconstpointer schedule, gint64 from, gint64 until);

/* Whether some of the schedule's months lack the day of the first date. */
gboolean asynclit_calendar_schedule_meets_short_months (const AsyncLitCalendarSchedule *self);

/* Describes the days, without the time, as a format for g_date_time_format(): "every 2 weeks on
 * %A". */
char *asynclit_calendar_schedule_describe_days (const AsyncLitCalendarSchedule *self);

G_END_DECLS
