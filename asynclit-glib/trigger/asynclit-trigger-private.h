/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "asynclit-interval-trigger.h"
#include "asynclit-time-private.h"
#include "asynclit-trigger.h"

G_BEGIN_DECLS

/* Times are in microseconds: of the monotonic clock for a trigger that is monotonic, else since the
 * Unix epoch. All functions may be called from any thread. */

typedef struct {
  gboolean is_monotonic;

  /* As asynclit_trigger_next(). */
  gint64 (*next) (AsyncLitTrigger *self, gint64 previous, gint64 now);

  /* The zone for showing times, or NULL for the caller's; (transfer full). */
  GTimeZone *(*get_zone) (AsyncLitTrigger *self);

  char *(*describe) (AsyncLitTrigger *self);
  char *(*to_string) (AsyncLitTrigger *self);
} AsyncLitTriggerVTable;

/* The first time of the trigger that is later than both; ASYNCLIT_NEVER if there is none.
 *
 * An interval counts from @previous, which is a time of its grid (or, for a fixed delay, the end of
 * the last run), and from @now if there is none. A date that was never fired is answered even if it
 * has passed: the caller decides what is too late. Nothing else depends on @previous, but that a
 * clock that was set back does not bring the same time twice. */
gint64 asynclit_trigger_next (AsyncLitTrigger *self, gint64 previous, gint64 now);

/* TRUE if its times are those of the monotonic clock: an interval does not care what people set
 * their clocks to. */
gboolean asynclit_trigger_is_monotonic (AsyncLitTrigger *self);

/* The last time of the trigger in (@previous, @until]: what a run that catches up is for.
 * ASYNCLIT_NO_TIME if there is none. Needs few steps, however long ago @previous is. */
gint64 asynclit_trigger_latest (AsyncLitTrigger *self, gint64 previous, gint64 until);

/* How many times the trigger has in (@previous, @until], counting no further than @limit. */
guint64 asynclit_trigger_count (AsyncLitTrigger *self, gint64 previous, gint64 until,
                                guint64 limit);

/* Of an interval; at least 1. */
gint64 asynclit_interval_trigger_get_usec (AsyncLitIntervalTrigger *self);

/* Between what people use and microseconds since the Unix epoch. The zone may be NULL for UTC. */
gint64 asynclit_date_time_to_usec (GDateTime *time);
/* NULL for a time that GDateTime can't hold: before the year 1 or after 9999. */
GDateTime *asynclit_date_time_from_usec (gint64 usec, GTimeZone *zone);

/* The short name of a value of an enumeration. */
char *asynclit_enum_nick (GType type, int value);

G_END_DECLS
