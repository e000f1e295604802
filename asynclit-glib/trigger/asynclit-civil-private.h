/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Dates of the Gregorian calendar, without time zones. A local time is the number of seconds since
 * 1970-01-01 00:00 on the local clock. */

#define ASYNCLIT_SECONDS_PER_DAY 86400
#define ASYNCLIT_DAYS_PER_WEEK 7

typedef struct {
  gint64 year;
  int month; /* 1 to 12 */
  int day;   /* 1 to 31 */
} AsyncLitCivilDate;

/* Days since 1970-01-01, negative before. */
gint64 asynclit_civil_to_days (AsyncLitCivilDate date);
AsyncLitCivilDate asynclit_civil_from_days (gint64 days);

int asynclit_civil_month_length (gint64 year, int month);

/* 0 for Sunday to 6 for Saturday. */
int asynclit_civil_weekday (gint64 days);

/* Division by a positive number, and its remainder. Both round down, also below zero. */
gint64 asynclit_floor_div (gint64 a, gint64 b);
gint64 asynclit_floor_mod (gint64 a, gint64 b);

G_END_DECLS
