/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/**
 * AsyncLitTrigger:
 *
 * Computes the times at which a job is due.
 *
 * A trigger is a pure function from one time to the next. It has no clock and starts nothing. It is
 * immutable, so any number of jobs may share it. There are four kinds: [class@IntervalTrigger],
 * [class@CronTrigger], [class@CalendarTrigger] and [class@DateTrigger].
 *
 * ```c
 * g_autoptr (AsyncLitTrigger) trigger = asynclit_interval_trigger_new (300);
 * g_autoptr (GDateTime) now = g_date_time_new_now_local ();
 * g_autoptr (GDateTime) next = asynclit_trigger_next_fire_time (trigger, NULL, now);
 * ```
 *
 * All methods may be called from any thread.
 *
 * Since: 1.0
 */

#include "config.h"

#include "asynclit-civil-private.h"
#include "asynclit-trigger-private.h"

#include <glib/gi18n-lib.h>

G_DEFINE_ABSTRACT_TYPE (AsyncLitTrigger, asynclit_trigger, G_TYPE_OBJECT)

static const AsyncLitTriggerVTable *
get_vtable (AsyncLitTrigger *self)
{
  return ASYNCLIT_TRIGGER_GET_CLASS (self)->vtable;
}

static gint64
never (AsyncLitTrigger *self, gint64 previous, gint64 now)
{
  return ASYNCLIT_NEVER;
}

static char *
describe_never (AsyncLitTrigger *self)
{
  return g_strdup (_ ("never"));
}

static char *
never_to_string (AsyncLitTrigger *self)
{
  return g_strdup ("never");
}

/* A language binding can derive from the class. An instance of such a class must be harmless. */
static const AsyncLitTriggerVTable default_vtable = {
  .next = never,
  .describe = describe_never,
  .to_string = never_to_string,
};

static void
asynclit_trigger_class_init (AsyncLitTriggerClass *klass)
{
  klass->vtable = &default_vtable;
}

static void
asynclit_trigger_init (AsyncLitTrigger *self)
{
}

gint64
asynclit_date_time_to_usec (GDateTime *time)
{
  return g_date_time_to_unix (time) * G_USEC_PER_SEC + g_date_time_get_microsecond (time);
}

GDateTime *
asynclit_date_time_from_usec (gint64 usec, GTimeZone *zone)
{
  const gint64 second = asynclit_floor_div (usec, G_USEC_PER_SEC);
  g_autoptr (GDateTime) whole = g_date_time_new_from_unix_utc (second);
  g_autoptr (GDateTime) utc = NULL;

  if (whole == NULL)
    return NULL;
  utc = g_date_time_add (whole, asynclit_floor_mod (usec, G_USEC_PER_SEC));
  return zone != NULL ? g_date_time_to_timezone (utc, zone) : g_steal_pointer (&utc);
}

char *
asynclit_enum_nick (GType type, int value)
{
  g_autoptr (GEnumClass) klass = g_type_class_ref (type);
  const GEnumValue *found = g_enum_get_value (klass, value);

  return g_strdup (found != NULL ? found->value_nick : "");
}

gint64
asynclit_trigger_next (AsyncLitTrigger *self, gint64 previous, gint64 now)
{
  gint64 next;

  if (previous == ASYNCLIT_NEVER || now == ASYNCLIT_NEVER)
    return ASYNCLIT_NEVER;
  next = get_vtable (self)->next (self, previous, MAX (now, ASYNCLIT_FIRST_TIME));
  /* Guarantees that a loop over the times ends. */
  return next > previous ? next : ASYNCLIT_NEVER;
}

gboolean
asynclit_trigger_is_monotonic (AsyncLitTrigger *self)
{
  return get_vtable (self)->is_monotonic;
}

gint64
asynclit_trigger_latest (AsyncLitTrigger *self, gint64 previous, gint64 until)
{
  gint64 first = asynclit_trigger_next (self, previous, previous);
  gint64 found, end;

  until = MIN (until, ASYNCLIT_LAST_TIME);
  if (first > until)
    return ASYNCLIT_NO_TIME;
  /* Invariant: "found" is a time of the trigger, and there is none in (end, until]. */
  for (found = first, end = until; found < end;)
    {
      gint64 middle = asynclit_time_middle (found, end);
      gint64 next = asynclit_trigger_next (self, found, middle);

      if (next <= end)
        found = next;
      else
        end = middle;
    }
  return found;
}

guint64
asynclit_trigger_count (AsyncLitTrigger *self, gint64 previous, gint64 until, guint64 limit)
{
  guint64 count = 0;

  until = MIN (until, ASYNCLIT_LAST_TIME);
  while (count < limit)
    {
      previous = asynclit_trigger_next (self, previous, previous);
      if (previous > until)
        break;
      count++;
    }
  return count;
}

/* The zone in which to show a trigger's times, given a time of the caller's. */
static GTimeZone *
get_zone_for (AsyncLitTrigger *self, GDateTime *now)
{
  const AsyncLitTriggerVTable *vtable = get_vtable (self);

  return vtable->get_zone != NULL ? vtable->get_zone (self)
                                  : g_time_zone_ref (g_date_time_get_timezone (now));
}

/**
 * asynclit_trigger_next_fire_time:
 * @self: a trigger
 * @previous: (nullable): the last time at which the trigger fired, or %NULL
 * @now: the current time
 *
 * Computes the next time at which the trigger fires. It is later than both @previous and @now.
 *
 * An interval counts from @previous or, without it, from @now. A date that has passed is returned
 * as long as @previous is %NULL, because it is overdue.
 *
 * Returns: (transfer full) (nullable): the time, in the trigger's time zone if it has one,
 *   otherwise in the time zone of @now; %NULL if there is no time within 40 years
 * Since: 1.0
 */
GDateTime *
asynclit_trigger_next_fire_time (AsyncLitTrigger *self, GDateTime *previous, GDateTime *now)
{
  g_autoptr (GTimeZone) zone = NULL;
  gint64 next;

  g_return_val_if_fail (ASYNCLIT_IS_TRIGGER (self), NULL);
  g_return_val_if_fail (now != NULL, NULL);

  next = asynclit_trigger_next (
      self, previous != NULL ? asynclit_date_time_to_usec (previous) : ASYNCLIT_NO_TIME,
      asynclit_date_time_to_usec (now));
  if (next == ASYNCLIT_NEVER)
    return NULL;
  zone = get_zone_for (self, now);
  return asynclit_date_time_from_usec (next, zone);
}

/**
 * asynclit_trigger_preview:
 * @self: a trigger
 * @now: the current time
 * @n_times: the number of times to compute
 *
 * Computes the next times at which the trigger fires, all later than @now.
 *
 * Returns: (transfer container) (element-type GLib.DateTime): the times, in order; fewer than
 *   @n_times if there are no more
 * Since: 1.0
 */
GPtrArray *
asynclit_trigger_preview (AsyncLitTrigger *self, GDateTime *now, guint n_times)
{
  g_autoptr (GPtrArray) times = NULL;
  g_autoptr (GTimeZone) zone = NULL;
  gint64 time;

  g_return_val_if_fail (ASYNCLIT_IS_TRIGGER (self), NULL);
  g_return_val_if_fail (now != NULL, NULL);

  times = g_ptr_array_new_with_free_func ((GDestroyNotify) g_date_time_unref);
  zone = get_zone_for (self, now);
  time = asynclit_date_time_to_usec (now);
  while (times->len < n_times)
    {
      GDateTime *next;

      time = asynclit_trigger_next (self, time, time);
      next = time != ASYNCLIT_NEVER ? asynclit_date_time_from_usec (time, zone) : NULL;
      if (next == NULL)
        break;
      g_ptr_array_add (times, next);
    }
  return g_steal_pointer (&times);
}

/**
 * asynclit_trigger_describe:
 * @self: a trigger
 *
 * Describes in the user's language when the trigger fires, such as "every 5 minutes".
 *
 * Returns: (transfer full): a description to show to the user
 * Since: 1.0
 */
char *
asynclit_trigger_describe (AsyncLitTrigger *self)
{
  g_return_val_if_fail (ASYNCLIT_IS_TRIGGER (self), NULL);

  return get_vtable (self)->describe (self);
}

/**
 * asynclit_trigger_to_string:
 * @self: a trigger
 *
 * Converts the trigger to a string that identifies its schedule: two triggers with the same string
 * fire at the same times.
 *
 * The string does not depend on the language or the run of the program, nor on the version of the
 * library.
 *
 * Returns: (transfer full): a string to compare and to store
 * Since: 1.0
 */
char *
asynclit_trigger_to_string (AsyncLitTrigger *self)
{
  g_return_val_if_fail (ASYNCLIT_IS_TRIGGER (self), NULL);

  return get_vtable (self)->to_string (self);
}
