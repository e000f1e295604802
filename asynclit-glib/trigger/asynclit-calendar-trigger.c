/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/**
 * AsyncLitCalendarTrigger:
 *
 * Fires every n days, weeks, months or years, at a fixed time of day.
 *
 * The first time determines the time of day and, depending on the unit, the weekday, the day of the
 * month, or the day of the year. It also determines where counting begins:
 *
 * ```c
 * g_autoptr (GDateTime) first = g_date_time_new_local (2026, 1, 31, 9, 0, 0);
 * g_autoptr (AsyncLitTrigger) trigger
 *     = asynclit_calendar_trigger_new (1, ASYNCLIT_CALENDAR_UNIT_MONTH, first, NULL, NULL);
 * ```
 *
 * This trigger fires at 09:00 on the last day of each month. Use a fixed date, not the current one,
 * so that the trigger is the same each time the program starts.
 *
 * Unlike an interval of 24 hours, a day here is a day of the local calendar. By default, a time
 * that the local clock skips fires at the first moment after the gap, and a time that the clock
 * shows twice fires the first time. To change this, use [method@CalendarTrigger.with_policies].
 *
 * All properties are construct-only, so they emit no notifications. All methods may be called from
 * any thread.
 *
 * Since: 1.0
 */

#include "config.h"

#include "asynclit-calendar-schedule-private.h"
#include "asynclit-calendar-trigger.h"
#include "asynclit-check-private.h"
#include "asynclit-enum-types.h"
#include "asynclit-error.h"
#include "asynclit-trigger-private.h"
#include "asynclit-wall-clock-private.h"

#include <glib/gi18n-lib.h>

typedef AsyncLitTriggerClass AsyncLitCalendarTriggerClass;

struct _AsyncLitCalendarTrigger {
  AsyncLitTrigger parent_instance;

  /* Set at construction, then read-only. If the first time is missing or invalid, @first is NULL:
   * the constructor logs a critical message, and the trigger never fires. */
  GDateTime *first; /* in the zone of the clock */
  AsyncLitCalendarSchedule schedule;
  AsyncLitWallClock clock;
};

enum {
  PROP_0,
  PROP_EVERY,
  PROP_UNIT,
  PROP_FIRST,
  PROP_TIME_ZONE,
  PROP_MONTH_END,
  PROP_GAP_POLICY,
  PROP_FOLD_POLICY,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (AsyncLitCalendarTrigger, asynclit_calendar_trigger, ASYNCLIT_TYPE_TRIGGER)

static gint64
calendar_next (AsyncLitTrigger *trigger, gint64 previous, gint64 now)
{
  AsyncLitCalendarTrigger *self = ASYNCLIT_CALENDAR_TRIGGER (trigger);

  if (self->first == NULL)
    return ASYNCLIT_NEVER;
  return asynclit_wall_clock_next (&self->clock, asynclit_calendar_schedule_next, &self->schedule,
                                   MAX (previous, now));
}

static GTimeZone *
calendar_get_zone (AsyncLitTrigger *trigger)
{
  return asynclit_wall_clock_get_zone (&ASYNCLIT_CALENDAR_TRIGGER (trigger)->clock);
}

/* A time of day as text, with seconds only if they are not 0. */
static const char *
time_format (AsyncLitCalendarTrigger *self)
{
  return self->schedule.time_of_day % 60 == 0 ? "%H:%M" : "%H:%M:%S";
}

static char *
calendar_describe (AsyncLitTrigger *trigger)
{
  AsyncLitCalendarTrigger *self = ASYNCLIT_CALENDAR_TRIGGER (trigger);
  g_autofree char *days_format = NULL;
  g_autofree char *days = NULL;
  g_autofree char *time = NULL;
  g_autofree char *times = NULL;

  if (self->first == NULL)
    return g_strdup (_ ("never"));
  days_format = asynclit_calendar_schedule_describe_days (&self->schedule);
  days = g_date_time_format (self->first, days_format);
  time = g_date_time_format (self->first, time_format (self));
  if (asynclit_calendar_schedule_meets_short_months (&self->schedule)
      && self->schedule.month_end == ASYNCLIT_MONTH_END_LAST_DAY)
    /* Translators: as in "every month on day 31 or the last day at 09:00". */
    times = g_strdup_printf (_ ("%s or the last day at %s"), days, time);
  else
    /* Translators: as in "every week on Monday at 09:00". */
    times = g_strdup_printf (_ ("%s at %s"), days, time);
  return asynclit_wall_clock_describe (&self->clock, times);
}

static char *
calendar_to_string (AsyncLitTrigger *trigger)
{
  AsyncLitCalendarTrigger *self = ASYNCLIT_CALENDAR_TRIGGER (trigger);
  g_autofree char *unit
      = asynclit_enum_nick (ASYNCLIT_TYPE_CALENDAR_UNIT, (int) self->schedule.unit);
  g_autofree char *end
      = asynclit_enum_nick (ASYNCLIT_TYPE_MONTH_END, (int) self->schedule.month_end);
  g_autofree char *clock = asynclit_wall_clock_to_string (&self->clock);
  g_autofree char *first
      = self->first != NULL ? g_date_time_format (self->first, "%Y-%m-%dT%H:%M:%S") : NULL;

  return g_strdup_printf ("calendar:%u:%s:%s:%s%s", self->schedule.every, unit,
                          first != NULL ? first : "never", end, clock);
}

static void
asynclit_calendar_trigger_get_property (GObject *object, guint property_id, GValue *value,
                                        GParamSpec *pspec)
{
  AsyncLitCalendarTrigger *self = ASYNCLIT_CALENDAR_TRIGGER (object);

  switch (property_id)
    {
    case PROP_EVERY:
      g_value_set_uint (value, self->schedule.every);
      break;
    case PROP_UNIT:
      g_value_set_enum (value, (int) self->schedule.unit);
      break;
    case PROP_FIRST:
      g_value_set_boxed (value, self->first);
      break;
    case PROP_TIME_ZONE:
      g_value_set_string (value, self->clock.zone_name);
      break;
    case PROP_MONTH_END:
      g_value_set_enum (value, (int) self->schedule.month_end);
      break;
    case PROP_GAP_POLICY:
      g_value_set_enum (value, (int) self->clock.gap_policy);
      break;
    case PROP_FOLD_POLICY:
      g_value_set_enum (value, (int) self->clock.fold_policy);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
      break;
    }
}

static void
asynclit_calendar_trigger_set_property (GObject *object, guint property_id, const GValue *value,
                                        GParamSpec *pspec)
{
  AsyncLitCalendarTrigger *self = ASYNCLIT_CALENDAR_TRIGGER (object);

  switch (property_id)
    {
    case PROP_EVERY:
      self->schedule.every = g_value_get_uint (value);
      break;
    case PROP_UNIT:
      self->schedule.unit = g_value_get_enum (value);
      break;
    case PROP_FIRST:
      self->first = g_value_dup_boxed (value);
      break;
    case PROP_TIME_ZONE:
      self->clock.zone_name = g_value_dup_string (value);
      break;
    case PROP_MONTH_END:
      self->schedule.month_end = g_value_get_enum (value);
      break;
    case PROP_GAP_POLICY:
      self->clock.gap_policy = g_value_get_enum (value);
      break;
    case PROP_FOLD_POLICY:
      self->clock.fold_policy = g_value_get_enum (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
      break;
    }
}

/* Fails if the first time is before the year 1 or after the year 9999 in the trigger's time
 * zone. */
static gboolean
check_first (GDateTime *first, const char *time_zone, GError **error)
{
  AsyncLitWallClock clock;
  g_autoptr (GTimeZone) zone = NULL;
  g_autoptr (GDateTime) shown = NULL;

  if (!asynclit_wall_clock_init (&clock, time_zone, error))
    return FALSE;
  zone = asynclit_wall_clock_get_zone (&clock);
  asynclit_wall_clock_clear (&clock);
  shown = g_date_time_to_timezone (first, zone);
  if (shown != NULL)
    return TRUE;
  g_set_error_literal (error, ASYNCLIT_ERROR, ASYNCLIT_ERROR_INVALID_ARGUMENT,
                       _ ("The first time is not between the years 1 and 9999 in the time "
                          "zone of the trigger"));
  return FALSE;
}

/* Converts the first time to the trigger's time zone. */
static void
set_first (AsyncLitCalendarTrigger *self, GDateTime *first)
{
  g_autoptr (GTimeZone) zone = asynclit_wall_clock_get_zone (&self->clock);
  int year;

  self->first = g_date_time_to_timezone (first, zone);
  g_date_time_get_ymd (self->first, &year, &self->schedule.first_date.month,
                       &self->schedule.first_date.day);
  self->schedule.first_date.year = year;
  self->schedule.first_day = asynclit_civil_to_days (self->schedule.first_date);
  self->schedule.time_of_day
      = (g_date_time_get_hour (self->first) * 60 + g_date_time_get_minute (self->first)) * 60
        + g_date_time_get_second (self->first);
}

/* Initializes the internal state from the properties. */
static gboolean
calendar_trigger_complete (AsyncLitCalendarTrigger *self, GDateTime *first, GError **error)
{
  if (!check_first (first, self->clock.zone_name, error)
      || !asynclit_wall_clock_complete (&self->clock, FALSE, error))
    return FALSE;
  set_first (self, first);
  return TRUE;
}

static void
asynclit_calendar_trigger_constructed (GObject *object)
{
  AsyncLitCalendarTrigger *self = ASYNCLIT_CALENDAR_TRIGGER (object);
  g_autoptr (GDateTime) given = g_steal_pointer (&self->first);
  g_autoptr (GError) error = NULL;

  G_OBJECT_CLASS (asynclit_calendar_trigger_parent_class)->constructed (object);
  if (given == NULL)
    g_critical ("A CalendarTrigger without the property \"first\" never fires");
  else if (!calendar_trigger_complete (self, given, &error))
    g_critical ("This CalendarTrigger never fires: %s", error->message);
}

static void
asynclit_calendar_trigger_finalize (GObject *object)
{
  AsyncLitCalendarTrigger *self = ASYNCLIT_CALENDAR_TRIGGER (object);

  g_clear_pointer (&self->first, g_date_time_unref);
  asynclit_wall_clock_clear (&self->clock);
  G_OBJECT_CLASS (asynclit_calendar_trigger_parent_class)->finalize (object);
}

static void
asynclit_calendar_trigger_class_init (AsyncLitCalendarTriggerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS;

  object_class->get_property = asynclit_calendar_trigger_get_property;
  object_class->set_property = asynclit_calendar_trigger_set_property;
  object_class->constructed = asynclit_calendar_trigger_constructed;
  object_class->finalize = asynclit_calendar_trigger_finalize;
  klass->next = calendar_next;
  klass->get_zone = calendar_get_zone;
  klass->describe = calendar_describe;
  klass->to_string = calendar_to_string;

  /**
   * AsyncLitCalendarTrigger:every: (getter get_every)
   *
   * The number of units between two times: at least 1. The default is 1.
   *
   * Since: 1.0
   */
  properties[PROP_EVERY] = g_param_spec_uint ("every", NULL, NULL, 1, G_MAXUINT, 1, flags);

  /**
   * AsyncLitCalendarTrigger:unit: (getter get_unit)
   *
   * The unit of [property@CalendarTrigger:every]. The default is %ASYNCLIT_CALENDAR_UNIT_DAY.
   *
   * Since: 1.0
   */
  properties[PROP_UNIT] = g_param_spec_enum ("unit", NULL, NULL, ASYNCLIT_TYPE_CALENDAR_UNIT,
                                             ASYNCLIT_CALENDAR_UNIT_DAY, flags);

  /**
   * AsyncLitCalendarTrigger:first: (getter get_first)
   *
   * The first time at which the trigger fires.
   *
   * This property is required. If it is %NULL, or a time that [ctor@CalendarTrigger.new] refuses, a
   * critical message is logged, and the trigger never fires.
   *
   * Since: 1.0
   */
  properties[PROP_FIRST] = g_param_spec_boxed ("first", NULL, NULL, G_TYPE_DATE_TIME, flags);

  /**
   * AsyncLitCalendarTrigger:time-zone: (getter get_time_zone)
   *
   * The name of the time zone. The default is %NULL, which means the time zone of the system.
   *
   * Since: 1.0
   */
  properties[PROP_TIME_ZONE] = g_param_spec_string ("time-zone", NULL, NULL, NULL, flags);

  /**
   * AsyncLitCalendarTrigger:month-end: (getter get_month_end)
   *
   * What the trigger does in months that lack the day of the first time. The default is
   * %ASYNCLIT_MONTH_END_LAST_DAY.
   *
   * Since: 1.0
   */
  properties[PROP_MONTH_END] = g_param_spec_enum ("month-end", NULL, NULL, ASYNCLIT_TYPE_MONTH_END,
                                                  ASYNCLIT_MONTH_END_LAST_DAY, flags);

  /**
   * AsyncLitCalendarTrigger:gap-policy: (getter get_gap_policy)
   *
   * What the trigger does about times that the local clock skips. The default is
   * %ASYNCLIT_GAP_POLICY_AUTO.
   *
   * Since: 1.0
   */
  properties[PROP_GAP_POLICY] = g_param_spec_enum (
      "gap-policy", NULL, NULL, ASYNCLIT_TYPE_GAP_POLICY, ASYNCLIT_GAP_POLICY_AUTO, flags);

  /**
   * AsyncLitCalendarTrigger:fold-policy: (getter get_fold_policy)
   *
   * What the trigger does about times that the local clock shows twice. The default is
   * %ASYNCLIT_FOLD_POLICY_AUTO.
   *
   * Since: 1.0
   */
  properties[PROP_FOLD_POLICY] = g_param_spec_enum (
      "fold-policy", NULL, NULL, ASYNCLIT_TYPE_FOLD_POLICY, ASYNCLIT_FOLD_POLICY_AUTO, flags);

  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
asynclit_calendar_trigger_init (AsyncLitCalendarTrigger *self)
{
  self->schedule.every = 1;
}

static AsyncLitTrigger *
calendar_trigger_copy (AsyncLitCalendarTrigger *self, AsyncLitMonthEnd month_end,
                       AsyncLitGapPolicy gap_policy, AsyncLitFoldPolicy fold_policy)
{
  AsyncLitCalendarTrigger *copy = g_object_new (
      ASYNCLIT_TYPE_CALENDAR_TRIGGER, "every", self->schedule.every, "unit", self->schedule.unit,
      "first", self->first, "time-zone", self->clock.zone_name, "month-end", month_end,
      "gap-policy", gap_policy, "fold-policy", fold_policy, NULL);

  /* The system's time zone may have changed, but the copy must keep the same first time. */
  g_clear_pointer (&copy->first, g_date_time_unref);
  copy->first = self->first != NULL ? g_date_time_ref (self->first) : NULL;
  copy->schedule = self->schedule;
  copy->schedule.month_end = month_end;
  return ASYNCLIT_TRIGGER (copy);
}

static GParamSpec *
get_property_of_class (const char *name)
{
  return asynclit_find_property (ASYNCLIT_TYPE_CALENDAR_TRIGGER, name);
}

/**
 * asynclit_calendar_trigger_new: (constructor)
 * @every: the number of units between two times; at least 1
 * @unit: the unit
 * @first: the first time; fractions of a second are ignored
 * @time_zone: (nullable): the name of a time zone, such as `Europe/Helsinki`, or an offset, such as
 *   `+02:00`; %NULL for the time zone of the system, which may change while the program runs
 * @error: return location for an error
 *
 * Creates a trigger that fires at @first, and then every @every units at the same time of day in
 * the time zone.
 *
 * This fails with %ASYNCLIT_ERROR_INVALID_TIMEZONE if the time zone is unknown, and with
 * %ASYNCLIT_ERROR_INVALID_ARGUMENT if @first is not between the years 1 and 9999 in the time zone.
 *
 * Returns: (transfer full): a new trigger, or %NULL with an error
 * Since: 1.0
 */
AsyncLitTrigger *
asynclit_calendar_trigger_new (guint every, AsyncLitCalendarUnit unit, GDateTime *first,
                               const char *time_zone, GError **error)
{
  g_return_val_if_fail (asynclit_property_allows_uint (get_property_of_class ("every"), every),
                        NULL);
  g_return_val_if_fail (asynclit_property_allows_enum (get_property_of_class ("unit"), unit), NULL);
  g_return_val_if_fail (first != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  if (!check_first (first, time_zone, error))
    return NULL;
  return g_object_new (ASYNCLIT_TYPE_CALENDAR_TRIGGER, "every", every, "unit", unit, "first", first,
                       "time-zone", time_zone, NULL);
}

/**
 * asynclit_calendar_trigger_with_month_end:
 * @self: a trigger
 * @month_end: what to do in months that lack the day of the first time
 *
 * Creates a copy of the trigger with another [property@CalendarTrigger:month-end].
 *
 * Returns: (transfer full): a new trigger
 * Since: 1.0
 */
AsyncLitTrigger *
asynclit_calendar_trigger_with_month_end (AsyncLitCalendarTrigger *self, AsyncLitMonthEnd month_end)
{
  g_return_val_if_fail (ASYNCLIT_IS_CALENDAR_TRIGGER (self), NULL);
  g_return_val_if_fail (asynclit_property_allows_enum (properties[PROP_MONTH_END], month_end),
                        NULL);

  return calendar_trigger_copy (self, month_end, self->clock.gap_policy, self->clock.fold_policy);
}

/**
 * asynclit_calendar_trigger_with_policies:
 * @self: a trigger
 * @gap_policy: what to do about times that the local clock skips
 * @fold_policy: what to do about times that the local clock shows twice
 *
 * Creates a copy of the trigger with other policies for the beginning and the end of daylight
 * saving time.
 *
 * Returns: (transfer full): a new trigger
 * Since: 1.0
 */
AsyncLitTrigger *
asynclit_calendar_trigger_with_policies (AsyncLitCalendarTrigger *self,
                                         AsyncLitGapPolicy gap_policy,
                                         AsyncLitFoldPolicy fold_policy)
{
  g_return_val_if_fail (ASYNCLIT_IS_CALENDAR_TRIGGER (self), NULL);
  g_return_val_if_fail (asynclit_property_allows_enum (properties[PROP_GAP_POLICY], gap_policy),
                        NULL);
  g_return_val_if_fail (asynclit_property_allows_enum (properties[PROP_FOLD_POLICY], fold_policy),
                        NULL);

  return calendar_trigger_copy (self, self->schedule.month_end, gap_policy, fold_policy);
}

/**
 * asynclit_calendar_trigger_get_every:
 * @self: a trigger
 *
 * Gets the number of units between two times.
 *
 * Returns: the number, at least 1
 * Since: 1.0
 */
guint
asynclit_calendar_trigger_get_every (AsyncLitCalendarTrigger *self)
{
  g_return_val_if_fail (ASYNCLIT_IS_CALENDAR_TRIGGER (self), 0);

  return self->schedule.every;
}

/**
 * asynclit_calendar_trigger_get_unit:
 * @self: a trigger
 *
 * Gets the unit of [property@CalendarTrigger:every].
 *
 * Returns: the unit
 * Since: 1.0
 */
AsyncLitCalendarUnit
asynclit_calendar_trigger_get_unit (AsyncLitCalendarTrigger *self)
{
  g_return_val_if_fail (ASYNCLIT_IS_CALENDAR_TRIGGER (self), ASYNCLIT_CALENDAR_UNIT_DAY);

  return self->schedule.unit;
}

/**
 * asynclit_calendar_trigger_get_first:
 * @self: a trigger
 *
 * Gets the first time at which the trigger fires.
 *
 * Returns: (transfer none) (nullable): the first time, in the time zone of the trigger; %NULL if
 *   the trigger never fires because its first time is missing or invalid
 * Since: 1.0
 */
GDateTime *
asynclit_calendar_trigger_get_first (AsyncLitCalendarTrigger *self)
{
  g_return_val_if_fail (ASYNCLIT_IS_CALENDAR_TRIGGER (self), NULL);

  return self->first;
}

/**
 * asynclit_calendar_trigger_get_time_zone:
 * @self: a trigger
 *
 * Gets the name of the time zone.
 *
 * Returns: (nullable): the name, or %NULL for the time zone of the system
 * Since: 1.0
 */
const char *
asynclit_calendar_trigger_get_time_zone (AsyncLitCalendarTrigger *self)
{
  g_return_val_if_fail (ASYNCLIT_IS_CALENDAR_TRIGGER (self), NULL);

  return self->clock.zone_name;
}

/**
 * asynclit_calendar_trigger_get_month_end:
 * @self: a trigger
 *
 * Gets what the trigger does in months that lack the day of the first time.
 *
 * Returns: the policy
 * Since: 1.0
 */
AsyncLitMonthEnd
asynclit_calendar_trigger_get_month_end (AsyncLitCalendarTrigger *self)
{
  g_return_val_if_fail (ASYNCLIT_IS_CALENDAR_TRIGGER (self), ASYNCLIT_MONTH_END_LAST_DAY);

  return self->schedule.month_end;
}

/**
 * asynclit_calendar_trigger_get_gap_policy:
 * @self: a trigger
 *
 * Gets what the trigger does about times that the local clock skips.
 *
 * Returns: the policy, as it was set; it may be %ASYNCLIT_GAP_POLICY_AUTO
 * Since: 1.0
 */
AsyncLitGapPolicy
asynclit_calendar_trigger_get_gap_policy (AsyncLitCalendarTrigger *self)
{
  g_return_val_if_fail (ASYNCLIT_IS_CALENDAR_TRIGGER (self), ASYNCLIT_GAP_POLICY_AUTO);

  return self->clock.gap_policy;
}

/**
 * asynclit_calendar_trigger_get_fold_policy:
 * @self: a trigger
 *
 * Gets what the trigger does about times that the local clock shows twice.
 *
 * Returns: the policy, as it was set; it may be %ASYNCLIT_FOLD_POLICY_AUTO
 * Since: 1.0
 */
AsyncLitFoldPolicy
asynclit_calendar_trigger_get_fold_policy (AsyncLitCalendarTrigger *self)
{
  g_return_val_if_fail (ASYNCLIT_IS_CALENDAR_TRIGGER (self), ASYNCLIT_FOLD_POLICY_AUTO);

  return self->clock.fold_policy;
}
