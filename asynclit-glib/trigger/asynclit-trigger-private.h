/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "asynclit-clock-private.h"
#include "asynclit-time-private.h"
#include "asynclit-trigger.h"

G_BEGIN_DECLS

/* Times are in microseconds: on the monotonic clock for a monotonic trigger, otherwise since the
 * Unix epoch. All functions may be called from any thread. */

struct _AsyncLitTrigger {
  GObject parent_instance;
};

/* Schedulers call the virtual functions with their lock held, so only the library may implement
 * them. A subclass must implement `next`, `describe` and `to_string`; the others have defaults. */
typedef struct {
  GObjectClass parent_class;

  gboolean is_monotonic;

  /* See the functions of the same names below. */
  gint64 (*next) (AsyncLitTrigger *self, gint64 previous, gint64 now);
  gint64 (*begin) (AsyncLitTrigger *self, gint64 start, const AsyncLitClockTime *now,
                   gboolean is_aligned);
  gint64 (*first_from) (AsyncLitTrigger *self, gint64 start);
  guint64 (*count) (AsyncLitTrigger *self, gint64 first, gint64 last, guint64 limit);
  gint64 (*get_longest_wait) (AsyncLitTrigger *self);
  gboolean (*counts_from_end) (AsyncLitTrigger *self);

  /* The zone in which to show times, or NULL for the caller's (transfer full). */
  GTimeZone *(*get_zone) (AsyncLitTrigger *self);

  char *(*describe) (AsyncLitTrigger *self);
  char *(*to_string) (AsyncLitTrigger *self);
} AsyncLitTriggerClass;

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

/* The first time of a job that begins now. @start is its start time, which has passed, or
 * ASYNCLIT_NO_TIME. An interval counts from @start, or from the epoch if @is_aligned. */
gint64 asynclit_trigger_begin (AsyncLitTrigger *self, gint64 start, const AsyncLitClockTime *now,
                               gboolean is_aligned);

/* The first time of a job whose start time, @start, is in the future. */
gint64 asynclit_trigger_first_from (AsyncLitTrigger *self, gint64 start);

/* The number of times that the trigger has in (@first, @last]. Both must be times of the trigger.
 * Triggers without a formula for it stop counting at @limit. */
guint64 asynclit_trigger_count (AsyncLitTrigger *self, gint64 first, gint64 last, guint64 limit);

/* The longest possible wait for the next time, in microseconds. 0 if the next time has to be
 * computed from the wall clock instead of being restored. */
gint64 asynclit_trigger_get_longest_wait (AsyncLitTrigger *self);

/* TRUE if the next time is counted from the end of the previous run, and unknown until then. */
gboolean asynclit_trigger_counts_from_end (AsyncLitTrigger *self);

/* Conversions between GDateTime and microseconds since the Unix epoch. A zone of NULL means UTC. */
gint64 asynclit_date_time_to_usec (GDateTime *time);
/* NULL if GDateTime can't represent the time: before the year 1 or after the year 9999. */
GDateTime *asynclit_date_time_from_usec (gint64 usec, GTimeZone *zone);

/* The nick of an enumeration value. */
char *asynclit_enum_nick (GType type, int value);

G_END_DECLS
