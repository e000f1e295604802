/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>
#include <math.h>

G_BEGIN_DECLS

/* Calculations with times and spans, in microseconds. They saturate: what comes from a user or from
 * a file may be any number, and a sum that runs over turns "in a thousand years" into "at once".
 * All sums, differences and conversions of times in the library are made here. */

/* A time that does not come. */
#define ASYNCLIT_NEVER G_MAXINT64

/* In place of a time: there is none. */
#define ASYNCLIT_NO_TIME G_MININT64

/* The ends of what is a time. */
#define ASYNCLIT_FIRST_TIME (G_MININT64 + 1)
#define ASYNCLIT_LAST_TIME (G_MAXINT64 - 1)

/* FALSE for the two that are none. */
static inline gboolean
asynclit_time_is_set (gint64 time)
{
  return time != ASYNCLIT_NEVER && time != ASYNCLIT_NO_TIME;
}

/* What is no time stays as it is. What is later than the last time never comes; nothing is earlier
 * than the first. */
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

/* How long it is from one time to another; negative if that is earlier. As much as fits: the result
 * can be negated. */
static inline gint64
asynclit_time_between (gint64 from, gint64 to)
{
  gint64 span;

  if (__builtin_sub_overflow (to, from, &span))
    return to > from ? G_MAXINT64 : -G_MAXINT64;
  return MAX (span, -G_MAXINT64);
}

/* In the middle of two times, rounded towards @from; @from <= @to. */
static inline gint64
asynclit_time_middle (gint64 from, gint64 to)
{
  return (gint64) ((guint64) from + ((guint64) to - (guint64) from) / 2);
}

/* The span of so many seconds, rounded. What is no number is no time at all. */
static inline gint64
asynclit_seconds_to_usec (double seconds)
{
  const double usec = seconds * G_USEC_PER_SEC;

  if (isnan (usec))
    return 0;
  /* The double next to G_MAXINT64 is one more. */
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
