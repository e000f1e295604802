/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The value of the HTTP header Retry-After: RFC 9110, sections 10.2.3 and 5.6.7. */

#include "config.h"

#include "asynclit-retry-policy.h"

#include <stdio.h>
#include <string.h>

static const char *const month_names[]
    = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

/* 31 years; more digits make no sense. */
#define MAX_DIGITS 9

static gboolean
parse_seconds (const char *value, double *seconds)
{
  const gsize length = strspn (value, "0123456789");

  if (length == 0 || length > MAX_DIGITS || value[length] != '\0')
    return FALSE;
  *seconds = (double) g_ascii_strtoull (value, NULL, 10);
  return TRUE;
}

static int
month_from_name (const char *name)
{
  for (int i = 0; i < (int) G_N_ELEMENTS (month_names); i++)
    if (strcmp (month_names[i], name) == 0)
      return i + 1;
  return 0;
}

/* A two-digit year is in the range from 49 years ago to 50 years ahead. */
static int
complete_year (int year, GDateTime *now)
{
  const int this_year = g_date_time_get_year (now);
  int full = this_year - this_year % 100 + year;

  if (full > this_year + 50)
    full -= 100;
  else if (full <= this_year - 50)
    full += 100;
  return full;
}

typedef struct {
  int day, year, hour, minute, second;
  char month[4];
} HttpDate;

/* The three formats of section 5.6.7. Nothing may follow the date. */
static gboolean
scan_date (const char *value, GDateTime *now, HttpDate *date)
{
  int end = 0;

  if (sscanf (value, "%*3[A-Za-z], %2d %3s %4d %2d:%2d:%2d GMT%n", &date->day, date->month,
              &date->year, &date->hour, &date->minute, &date->second, &end)
          == 6
      && end > 0 && value[end] == '\0')
    return TRUE;
  end = 0;
  if (sscanf (value, "%*9[A-Za-z], %2d-%3[A-Za-z]-%2d %2d:%2d:%2d GMT%n", &date->day, date->month,
              &date->year, &date->hour, &date->minute, &date->second, &end)
          == 6
      && end > 0 && value[end] == '\0')
    {
      date->year = complete_year (date->year, now);
      return TRUE;
    }
  end = 0;
  return sscanf (value, "%*3[A-Za-z] %3s %2d %2d:%2d:%2d %4d%n", date->month, &date->day,
                 &date->hour, &date->minute, &date->second, &date->year, &end)
             == 6
         && end > 0 && value[end] == '\0';
}

/* sscanf() takes a number with a sign; in a date, "-" only stands after something. */
static gboolean
has_sign (const char *value)
{
  for (const char *at = value; *at != '\0'; at++)
    if (*at == '+' || (*at == '-' && (at == value || !g_ascii_isalnum (at[-1]))))
      return TRUE;
  return FALSE;
}

static GDateTime *
parse_date (const char *value, GDateTime *now)
{
  HttpDate date;

  if (has_sign (value) || !scan_date (value, now, &date) || date.second > 60)
    return NULL;
  /* GDateTime has no leap seconds. */
  return g_date_time_new_utc (date.year, month_from_name (date.month), date.day, date.hour,
                              date.minute, MIN (date.second, 59));
}

/**
 * asynclit_parse_retry_after:
 * @value: the value of the header
 * @now: (nullable): the time from which to count until a date; %NULL for the present time
 * @seconds: (out): the delay in seconds, at least 0
 *
 * Parses the value of the HTTP header `Retry-After`: a number of seconds, or a date.
 *
 * Use this in the function of [method@RetryPolicy.with_delay_func]. A date in the past means a
 * delay of 0. White space around the value is ignored. See
 * [RFC 9110](https://www.rfc-editor.org/rfc/rfc9110#field.retry-after).
 *
 * May be called from any thread.
 *
 * Returns: %TRUE if the value is valid; otherwise, @seconds is -1
 * Since: 1.0
 */
gboolean
asynclit_parse_retry_after (const char *value, GDateTime *now, double *seconds)
{
  g_autofree char *stripped = NULL;
  g_autoptr (GDateTime) from = NULL;
  g_autoptr (GDateTime) until = NULL;

  g_return_val_if_fail (value != NULL, FALSE);
  g_return_val_if_fail (seconds != NULL, FALSE);

  *seconds = -1;
  stripped = g_strstrip (g_strdup (value));
  if (parse_seconds (stripped, seconds))
    return TRUE;
  from = now != NULL ? g_date_time_ref (now) : g_date_time_new_now_utc ();
  until = parse_date (stripped, from);
  if (until == NULL)
    return FALSE;
  *seconds = MAX ((double) g_date_time_difference (until, from) / G_USEC_PER_SEC, 0);
  return TRUE;
}
