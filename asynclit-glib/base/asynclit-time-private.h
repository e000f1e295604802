/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>
#include <math.h>

G_BEGIN_DECLS

/* Arithmetic on times and durations, in microseconds. All results saturate: input from a user or a
 * file may be any number, and an overflow would turn "in a thousand years" into "immediately". All
 * arithmetic on times in the library uses these functions. */

/* A time that never comes. */
#define ASYNCLIT_NEVER G_MAXINT64

/* A value that means "no time". */
#define ASYNCLIT_NO_TIME G_MININT64

/* The first and the last valid time. */
#define ASYNCLIT_FIRST_TIME (G_MININT64 + 1)
#define ASYNCLIT_LAST_TIME (G_MAXINT64 - 1)

/* FALSE for ASYNCLIT_NEVER and ASYNCLIT_NO_TIME. */
static inline gboolean
asynclit_time_is_set (gint64 time)
{
  return time != ASYNCLIT_NEVER && time != ASYNCLIT_NO_TIME;
}

/* ASYNCLIT_NEVER and ASYNCLIT_NO_TIME don't change. A sum after the last time becomes
 * ASYNCLIT_NEVER, and one before the first time becomes the first. */
static inline gint64
asynclit_time_add (gint64 time, gint64 span)
{
  gint64 sum;

  if (!asynclit_time_is_set (time))
    return time;
  if (__builtin_add_overflow (time, span, &sum))
    return span > 0 ? ASYNCLIT_NEVER : ASYNCLIT_FIRST_TIME;
  return MAX (sum, ASYNCLIT_FIRST_TIME);
}

/* The duration from one time to another; negative if the other is earlier. It saturates such that
 * the result can be negated. */
static inline gint64
asynclit_time_between (gint64 from, gint64 to)
{
  gint64 span;

  if (__builtin_sub_overflow (to, from, &span))
    return to > from ? G_MAXINT64 : -G_MAXINT64;
  return MAX (span, -G_MAXINT64);
}

/* The middle of two times, rounded towards @from. Requires @from <= @to. */
static inline gint64
asynclit_time_middle (gint64 from, gint64 to)
{
  return (gint64) ((guint64) from + ((guint64) to - (guint64) from) / 2);
}

/* The duration of @seconds, rounded. NaN is a duration of 0. */
static inline gint64
asynclit_seconds_to_usec (double seconds)
{
  const double usec = seconds * G_USEC_PER_SEC;

  if (isnan (usec))
    return 0;
  /* G_MAXINT64 as a double is G_MAXINT64 + 1. */
  if (usec >= (double) G_MAXINT64)
    return G_MAXINT64;
  if (usec <= -(double) G_MAXINT64)
    return -G_MAXINT64;
  return llround (usec);
}

static inline gint64
asynclit_time_add_seconds (gint64 time, double seconds)
{
  return asynclit_time_add (time, asynclit_seconds_to_usec (seconds));
}

G_END_DECLS
