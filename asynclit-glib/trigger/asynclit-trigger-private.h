/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "asynclit-interval-trigger.h"
#include "asynclit-time-private.h"
#include "asynclit-trigger.h"

G_BEGIN_DECLS

/* Times are in microseconds: on the monotonic clock for a monotonic trigger, otherwise since the
 * Unix epoch. All functions may be called from any thread. */

typedef struct {
  gboolean is_monotonic;

  /* See asynclit_trigger_next(). */
  gint64 (*next) (AsyncLitTrigger *self, gint64 previous, gint64 now);

  /* The zone in which to show times, or NULL for the caller's (transfer full). */
  GTimeZone *(*get_zone) (AsyncLitTrigger *self);

  char *(*describe) (AsyncLitTrigger *self);
  char *(*to_string) (AsyncLitTrigger *self);
} AsyncLitTriggerVTable;

/* The first time of the trigger that is later than both @previous and @now; ASYNCLIT_NEVER if there
 * is none.
 *
 * An interval counts from @previous, which is a time of its grid or, with a fixed delay, the end of
 * the previous run. Without @previous, it counts from @now. A date that has never fired is returned
 * even if it has passed: the caller decides what is too late. All other triggers use @previous only
 * so that the same time does not come twice after the clock was set back. */
gint64 asynclit_trigger_next (AsyncLitTrigger *self, gint64 previous, gint64 now);

/* TRUE if the trigger's times are on the monotonic clock: changes of the system's time do not
 * affect an interval. */
gboolean asynclit_trigger_is_monotonic (AsyncLitTrigger *self);

/* The last time of the trigger in (@previous, @until], for which a run that catches up takes place;
 * ASYNCLIT_NO_TIME if there is none. Takes few steps, however long ago @previous is. */
gint64 asynclit_trigger_latest (AsyncLitTrigger *self, gint64 previous, gint64 until);

/* The number of times that the trigger has in (@previous, @until], at most @limit. */
guint64 asynclit_trigger_count (AsyncLitTrigger *self, gint64 previous, gint64 until,
                                guint64 limit);

/* The interval, at least 1. */
gint64 asynclit_interval_trigger_get_usec (AsyncLitIntervalTrigger *self);

/* Conversions between GDateTime and microseconds since the Unix epoch. A zone of NULL means UTC. */
gint64 asynclit_date_time_to_usec (GDateTime *time);
/* NULL if GDateTime can't represent the time: before the year 1 or after the year 9999. */
GDateTime *asynclit_date_time_from_usec (gint64 usec, GTimeZone *zone);

/* The nick of an enumeration value. */
char *asynclit_enum_nick (GType type, int value);

G_END_DECLS
