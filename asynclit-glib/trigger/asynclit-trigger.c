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
 * In C, the types of these four kinds are other names of `AsyncLitTrigger`, so no casts are needed.
 * Each method checks the kind of its trigger when it is called.
 *
 * Programs can't derive from this class, because schedulers call triggers with a lock held.
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

static AsyncLitTriggerClass *
get_class (AsyncLitTrigger *self)
{
  return G_TYPE_INSTANCE_GET_CLASS (self, ASYNCLIT_TYPE_TRIGGER, AsyncLitTriggerClass);
}

static gint64
never (AsyncLitTrigger *self, gint64 previous, gint64 now)
{
  return ASYNCLIT_NEVER;
}

static gint64
begin_anywhere (AsyncLitTrigger *self, gint64 start, const AsyncLitClockTime *now,
                gboolean is_aligned)
{
  return asynclit_trigger_next (self, ASYNCLIT_NO_TIME, now->wall);
}

static gint64
first_from_there (AsyncLitTrigger *self, gint64 start)
{
  gint64 before = asynclit_time_add (start, -1);

  return asynclit_trigger_next (self, before, before);
}

static guint64
count_each (AsyncLitTrigger *self, gint64 first, gint64 last, guint64 limit)
{
  gint64 time = first;
  guint64 count = 0;

  last = MIN (last, ASYNCLIT_LAST_TIME);
  while (count < limit)
    {
      time = asynclit_trigger_next (self, time, time);
      if (time > last)
        break;
      count++;
    }
  return count;
}

static gint64
wait_as_calendar_says (AsyncLitTrigger *self)
{
  return 0;
}

static gboolean
counts_from_beginning (AsyncLitTrigger *self)
{
  return FALSE;
}

static GTimeZone *
no_zone (AsyncLitTrigger *self)
{
  return NULL;
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

/* A language binding may still derive a class at run time. Its instances must be harmless. */
static void
asynclit_trigger_constructed (GObject *object)
{
  G_OBJECT_CLASS (asynclit_trigger_parent_class)->constructed (object);
  if (get_class (ASYNCLIT_TRIGGER (object))->next == never)
    g_critical ("%s is derived from AsyncLitTrigger, which only the library may do: it never fires",
                G_OBJECT_TYPE_NAME (object));
}

static void
asynclit_trigger_class_init (AsyncLitTriggerClass *klass)
{
  G_OBJECT_CLASS (klass)->constructed = asynclit_trigger_constructed;
  klass->next = never;
  klass->begin = begin_anywhere;
  klass->first_from = first_from_there;
  klass->count = count_each;
  klass->get_longest_wait = wait_as_calendar_says;
  klass->counts_from_end = counts_from_beginning;
  klass->get_zone = no_zone;
  klass->describe = describe_never;
  klass->to_string = never_to_string;
}

static void
asynclit_trigger_init (AsyncLitTrigger *self)
{
}

gint64
asynclit_date_time_to_usec (GDateTime *time)
{
  g_assert (time != NULL);
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

  g_assert (G_TYPE_IS_ENUM (type));
  return g_strdup (found != NULL ? found->value_nick : "");
}

gint64
asynclit_trigger_next (AsyncLitTrigger *self, gint64 previous, gint64 now)
{
  gint64 next;

  if (previous == ASYNCLIT_NEVER || now == ASYNCLIT_NEVER)
    return ASYNCLIT_NEVER;
  next = get_class (self)->next (self, previous, MAX (now, ASYNCLIT_FIRST_TIME));
  /* Guarantees that a loop over the times ends. */
  return next > previous ? next : ASYNCLIT_NEVER;
}

gboolean
asynclit_trigger_is_monotonic (AsyncLitTrigger *self)
{
  return get_class (self)->is_monotonic;
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

gint64
asynclit_trigger_begin (AsyncLitTrigger *self, gint64 start, const AsyncLitClockTime *now,
                        gboolean is_aligned)
{
  return get_class (self)->begin (self, start, now, is_aligned);
}

gint64
asynclit_trigger_first_from (AsyncLitTrigger *self, gint64 start)
{
  return get_class (self)->first_from (self, start);
}

guint64
asynclit_trigger_count (AsyncLitTrigger *self, gint64 first, gint64 last, guint64 limit)
{
  return first < last ? get_class (self)->count (self, first, last, limit) : 0;
}

gint64
asynclit_trigger_get_longest_wait (AsyncLitTrigger *self)
{
  return get_class (self)->get_longest_wait (self);
}

gboolean
asynclit_trigger_counts_from_end (AsyncLitTrigger *self)
{
  return get_class (self)->counts_from_end (self);
}

/* The zone in which to show a trigger's times, given a time of the caller's. */
static GTimeZone *
get_zone_for (AsyncLitTrigger *self, GDateTime *now)
{
  GTimeZone *zone = get_class (self)->get_zone (self);

  return zone != NULL ? zone : g_time_zone_ref (g_date_time_get_timezone (now));
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

  return get_class (self)->describe (self);
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

  return get_class (self)->to_string (self);
}
