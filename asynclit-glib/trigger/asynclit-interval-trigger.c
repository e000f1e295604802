/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/**
 * AsyncLitIntervalTrigger:
 *
 * Fires at regular intervals.
 *
 * The times form a grid: each is a whole number of intervals after the first, however late a run
 * is, so they do not drift. If [property@IntervalTrigger:fixed-delay] is %TRUE, the interval is a
 * pause instead, and begins at the end of the previous run.
 *
 * ```c
 * g_autoptr (AsyncLitTrigger) trigger = asynclit_interval_trigger_new (300.0);
 * ```
 *
 * Intervals are measured on the monotonic clock, so neither a change of the system's time nor
 * daylight saving time affects them.
 *
 * All properties are construct-only, so they emit no notifications. All methods may be called from
 * any thread.
 *
 * Since: 1.0
 */

#include "config.h"

#include "asynclit-check-private.h"
#include "asynclit-civil-private.h"
#include "asynclit-interval-trigger.h"
#include "asynclit-trigger-private.h"

#include <glib/gi18n-lib.h>

/* The resolution of GLib's clocks. */
#define MIN_SECONDS 1e-6

#define DEFAULT_SECONDS 1

#define SECONDS_PER_DAY 86400

/* Longer intervals are reduced to this: 73,000 years. No program runs that long, and the time of
 * the next run still fits into an integer. */
#define MAX_USEC (G_MAXINT64 / 4)

typedef AsyncLitTriggerClass AsyncLitIntervalTriggerClass;

struct _AsyncLitIntervalTrigger {
  AsyncLitTrigger parent_instance;

  /* Set at construction, then read-only. */
  double seconds;
  gboolean fixed_delay;
  gint64 usec;
};

enum {
  PROP_0,
  PROP_SECONDS,
  PROP_FIXED_DELAY,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (AsyncLitIntervalTrigger, asynclit_interval_trigger, ASYNCLIT_TYPE_TRIGGER)

static gint64
interval_next (AsyncLitTrigger *trigger, gint64 previous, gint64 now)
{
  AsyncLitIntervalTrigger *self = ASYNCLIT_INTERVAL_TRIGGER (trigger);
  guint64 since;

  if (previous == ASYNCLIT_NO_TIME || now <= previous)
    return asynclit_time_add (MAX (previous, now), self->usec);
  /* An unsigned difference always fits. */
  since = (guint64) now - (guint64) previous;
  return asynclit_time_add (now, self->usec - (gint64) (since % (guint64) self->usec));
}

/* On the grid of whole intervals since the epoch. */
static gint64
align (AsyncLitIntervalTrigger *self, const AsyncLitClockTime *now)
{
  return asynclit_time_add (now->monotonic,
                            self->usec - asynclit_floor_mod (now->wall, self->usec));
}

static gint64
interval_begin (AsyncLitTrigger *trigger, gint64 start, const AsyncLitClockTime *now,
                gboolean is_aligned)
{
  return is_aligned ? align (ASYNCLIT_INTERVAL_TRIGGER (trigger), now)
                    : asynclit_trigger_next (trigger, start, now->monotonic);
}

static gint64
interval_first_from (AsyncLitTrigger *trigger, gint64 start)
{
  return start;
}

/* Rounds: a start time is a wall time, and wall clocks are adjusted now and then. */
static guint64
interval_count (AsyncLitTrigger *trigger, gint64 first, gint64 last, guint64 limit)
{
  const guint64 usec = (guint64) ASYNCLIT_INTERVAL_TRIGGER (trigger)->usec;

  return ((guint64) last - (guint64) first + usec / 2) / usec;
}

static gint64
interval_get_longest_wait (AsyncLitTrigger *trigger)
{
  return ASYNCLIT_INTERVAL_TRIGGER (trigger)->usec;
}

static gboolean
interval_counts_from_end (AsyncLitTrigger *trigger)
{
  return ASYNCLIT_INTERVAL_TRIGGER (trigger)->fixed_delay;
}

/* The interval in the largest unit that divides it evenly. */
static char *
describe_interval (gint64 usec)
{
  const gint64 seconds = usec / G_USEC_PER_SEC;
  g_autofree char *fraction = NULL;

  if (usec % G_USEC_PER_SEC != 0)
    {
      fraction = g_strdup_printf ("%.6g", (double) usec / G_USEC_PER_SEC);
      /* Translators: the number is a fraction, as in "every 0.5 seconds". */
      return g_strdup_printf (_ ("every %s seconds"), fraction);
    }
  if (seconds % SECONDS_PER_DAY == 0)
    return g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "every day", "every %lu days",
                                         (gulong) (seconds / SECONDS_PER_DAY)),
                            (gulong) (seconds / SECONDS_PER_DAY));
  if (seconds % 3600 == 0)
    return g_strdup_printf (
        g_dngettext (GETTEXT_PACKAGE, "every hour", "every %lu hours", (gulong) (seconds / 3600)),
        (gulong) (seconds / 3600));
  if (seconds % 60 == 0)
    return g_strdup_printf (
        g_dngettext (GETTEXT_PACKAGE, "every minute", "every %lu minutes", (gulong) (seconds / 60)),
        (gulong) (seconds / 60));
  return g_strdup_printf (
      g_dngettext (GETTEXT_PACKAGE, "every second", "every %lu seconds", (gulong) seconds),
      (gulong) seconds);
}

static char *
interval_describe (AsyncLitTrigger *trigger)
{
  AsyncLitIntervalTrigger *self = ASYNCLIT_INTERVAL_TRIGGER (trigger);
  g_autofree char *interval = describe_interval (self->usec);

  if (!self->fixed_delay)
    return g_steal_pointer (&interval);
  /* Translators: as in "every 5 minutes, counted from the end of the last run". */
  return g_strdup_printf (_ ("%s, counted from the end of the last run"), interval);
}

static char *
interval_to_string (AsyncLitTrigger *trigger)
{
  AsyncLitIntervalTrigger *self = ASYNCLIT_INTERVAL_TRIGGER (trigger);

  return g_strdup_printf ("%s:%" G_GINT64_FORMAT ".%06ds",
                          self->fixed_delay ? "fixed-delay" : "interval",
                          self->usec / G_USEC_PER_SEC, (int) (self->usec % G_USEC_PER_SEC));
}

static void
asynclit_interval_trigger_get_property (GObject *object, guint property_id, GValue *value,
                                        GParamSpec *pspec)
{
  AsyncLitIntervalTrigger *self = ASYNCLIT_INTERVAL_TRIGGER (object);

  switch (property_id)
    {
    case PROP_SECONDS:
      g_value_set_double (value, self->seconds);
      break;
    case PROP_FIXED_DELAY:
      g_value_set_boolean (value, self->fixed_delay);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
      break;
    }
}

static void
asynclit_interval_trigger_set_property (GObject *object, guint property_id, const GValue *value,
                                        GParamSpec *pspec)
{
  AsyncLitIntervalTrigger *self = ASYNCLIT_INTERVAL_TRIGGER (object);

  switch (property_id)
    {
    case PROP_SECONDS:
      asynclit_property_set_double (pspec, value, &self->seconds);
      self->usec = CLAMP (asynclit_seconds_to_usec (self->seconds), 1, MAX_USEC);
      break;
    case PROP_FIXED_DELAY:
      self->fixed_delay = g_value_get_boolean (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
      break;
    }
}

static void
asynclit_interval_trigger_class_init (AsyncLitIntervalTriggerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS;

  object_class->get_property = asynclit_interval_trigger_get_property;
  object_class->set_property = asynclit_interval_trigger_set_property;
  klass->is_monotonic = TRUE;
  klass->next = interval_next;
  klass->begin = interval_begin;
  klass->first_from = interval_first_from;
  klass->count = interval_count;
  klass->get_longest_wait = interval_get_longest_wait;
  klass->counts_from_end = interval_counts_from_end;
  klass->describe = interval_describe;
  klass->to_string = interval_to_string;

  /**
   * AsyncLitIntervalTrigger:seconds: (getter get_seconds)
   *
   * The interval, in seconds: at least a microsecond (1e-6). The default is 1. Intervals above
   * 73,000 years are treated as 73,000 years.
   *
   * Since: 1.0
   */
  properties[PROP_SECONDS] = g_param_spec_double ("seconds", NULL, NULL, MIN_SECONDS, G_MAXDOUBLE,
                                                  DEFAULT_SECONDS, flags);

  /**
   * AsyncLitIntervalTrigger:fixed-delay: (getter get_fixed_delay)
   *
   * Whether the interval begins at the end of the previous run, instead of at its start. The
   * default is %FALSE.
   *
   * Since: 1.0
   */
  properties[PROP_FIXED_DELAY] = g_param_spec_boolean ("fixed-delay", NULL, NULL, FALSE, flags);

  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
asynclit_interval_trigger_init (AsyncLitIntervalTrigger *self)
{
  /* GObject leaves this value if it rejects the one that the caller passed. */
  self->seconds = DEFAULT_SECONDS;
  self->usec = DEFAULT_SECONDS * G_USEC_PER_SEC;
}

static gboolean
are_seconds_allowed (double seconds)
{
  return asynclit_property_allows_double (
      asynclit_find_property (ASYNCLIT_TYPE_INTERVAL_TRIGGER, "seconds"), seconds);
}

/**
 * asynclit_interval_trigger_new:
 * @seconds: the interval, in seconds; at least a microsecond (1e-6)
 *
 * Creates a trigger whose times form a grid.
 *
 * Returns: (transfer full): a new trigger
 * Since: 1.0
 */
AsyncLitTrigger *
asynclit_interval_trigger_new (double seconds)
{
  g_return_val_if_fail (are_seconds_allowed (seconds), NULL);

  return g_object_new (ASYNCLIT_TYPE_INTERVAL_TRIGGER, "seconds", seconds, NULL);
}

/**
 * asynclit_interval_trigger_new_with_fixed_delay:
 * @seconds: the pause, in seconds; at least a microsecond (1e-6)
 *
 * Creates a trigger that fires when a pause has passed since the end of the previous run.
 *
 * Returns: (transfer full): a new trigger
 * Since: 1.0
 */
AsyncLitTrigger *
asynclit_interval_trigger_new_with_fixed_delay (double seconds)
{
  g_return_val_if_fail (are_seconds_allowed (seconds), NULL);

  return g_object_new (ASYNCLIT_TYPE_INTERVAL_TRIGGER, "seconds", seconds, "fixed-delay", TRUE,
                       NULL);
}

/**
 * asynclit_interval_trigger_get_seconds:
 * @self: a trigger
 *
 * Gets the interval.
 *
 * Returns: the interval, in seconds
 * Since: 1.0
 */
double
asynclit_interval_trigger_get_seconds (AsyncLitIntervalTrigger *self)
{
  g_return_val_if_fail (ASYNCLIT_IS_INTERVAL_TRIGGER (self), 0);

  return self->seconds;
}

/**
 * asynclit_interval_trigger_get_fixed_delay:
 * @self: a trigger
 *
 * Gets whether the interval begins at the end of the previous run.
 *
 * Returns: %TRUE if it begins at the end of the previous run; %FALSE if it begins at the start
 * Since: 1.0
 */
gboolean
asynclit_interval_trigger_get_fixed_delay (AsyncLitIntervalTrigger *self)
{
  g_return_val_if_fail (ASYNCLIT_IS_INTERVAL_TRIGGER (self), FALSE);

  return self->fixed_delay;
}
