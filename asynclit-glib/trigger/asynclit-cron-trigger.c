/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/**
 * AsyncLitCronTrigger:
 *
 * Fires when the local time matches a cron expression.
 *
 * ```c
 * g_autoptr (GError) error = NULL;
 * g_autoptr (AsyncLitTrigger) trigger = asynclit_cron_trigger_new (
 *     "0 9 * * mon-fri", ASYNCLIT_CRON_DIALECT_CRON, "Europe/Helsinki", &error);
 * ```
 *
 * An expression has five fields: minute, hour, day of month, month and day of week. There are two
 * [dialects](scheduling.html#cron-expressions). They number the days of the week differently, and
 * disagree on what it means to restrict both the day of month and the day of week. If an expression
 * in the dialect %ASYNCLIT_CRON_DIALECT_APSCHEDULER would have another meaning in the other
 * dialect, the library logs a message with both meanings, once per expression.
 *
 * To change what happens when [daylight saving time](scheduling.html#daylight-saving-time) begins
 * and ends, use [method@CronTrigger.with_policies].
 *
 * All properties are construct-only, so they emit no notifications. All methods may be called from
 * any thread.
 *
 * Since: 1.0
 */

#include "config.h"

#include "asynclit-check-private.h"
#include "asynclit-cron-fields-private.h"
#include "asynclit-cron-trigger.h"
#include "asynclit-enum-types.h"
#include "asynclit-error.h"
#include "asynclit-init-private.h"
#include "asynclit-lock-private.h"
#include "asynclit-quote-private.h"
#include "asynclit-trigger-private.h"
#include "asynclit-wall-clock-private.h"

#include <glib/gi18n-lib.h>

/* Limits the number of messages in a program that generates expressions. */
#define MAX_MESSAGES 256

typedef AsyncLitTriggerClass AsyncLitCronTriggerClass;

struct _AsyncLitCronTrigger {
  AsyncLitTrigger parent_instance;

  /* Set at construction, then read-only. If the expression is missing or invalid, @expression is
   * NULL: the constructor logs a critical message, and the trigger never fires. */
  char *expression; /* with one space between fields */
  AsyncLitCronDialect dialect;
  AsyncLitCronFields fields;
  AsyncLitWallClock clock;
};

enum {
  PROP_0,
  PROP_EXPRESSION,
  PROP_DIALECT,
  PROP_TIME_ZONE,
  PROP_GAP_POLICY,
  PROP_FOLD_POLICY,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

static AsyncLitLock logged_lock; /* guards the table below */
static GHashTable *logged;       /* the expressions that have been logged as ambiguous */

G_DEFINE_FINAL_TYPE (AsyncLitCronTrigger, asynclit_cron_trigger, ASYNCLIT_TYPE_TRIGGER)

static void
forget_logged (void)
{
  logged_lock = (AsyncLitLock){ 0 };
  logged = NULL;
}

static gboolean
is_first_time (const char *expression)
{
  static gsize registered = 0;
  gboolean is_first;

  if (asynclit_once_enter (&registered))
    {
      asynclit_on_fork (forget_logged);
      asynclit_once_leave (&registered, 1);
    }
  asynclit_lock (&logged_lock);
  if (logged == NULL)
    logged = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  is_first = g_hash_table_size (logged) < MAX_MESSAGES
             && g_hash_table_add (logged, g_strdup (expression));
  asynclit_unlock (&logged_lock);
  return is_first;
}

static void
tell_disagreement (AsyncLitCronTrigger *self)
{
  AsyncLitCronFields other;
  g_autofree char *shown = NULL;
  g_autofree char *ours = NULL;
  g_autofree char *theirs = NULL;

  if (self->dialect != ASYNCLIT_CRON_DIALECT_APSCHEDULER
      || !asynclit_cron_fields_parse (&other, self->expression, ASYNCLIT_CRON_DIALECT_CRON, NULL)
      || asynclit_cron_fields_equal (&self->fields, &other))
    return;
  shown = asynclit_quote (self->expression);
  if (!is_first_time (shown))
    return;
  ours = asynclit_cron_fields_describe (&self->fields);
  theirs = asynclit_cron_fields_describe (&other);
  g_message ("The cron expression “%s” is read in the dialect APSCHEDULER: %s. In the dialect CRON "
             "it would be: %s.",
             shown, ours, theirs);
}

static gint64
cron_next (AsyncLitTrigger *trigger, gint64 previous, gint64 now)
{
  AsyncLitCronTrigger *self = ASYNCLIT_CRON_TRIGGER (trigger);

  if (self->expression == NULL)
    return ASYNCLIT_NEVER;
  return asynclit_wall_clock_next (&self->clock, asynclit_cron_fields_next, &self->fields,
                                   MAX (previous, now));
}

static GTimeZone *
cron_get_zone (AsyncLitTrigger *trigger)
{
  return asynclit_wall_clock_get_zone (&ASYNCLIT_CRON_TRIGGER (trigger)->clock);
}

static char *
cron_describe (AsyncLitTrigger *trigger)
{
  AsyncLitCronTrigger *self = ASYNCLIT_CRON_TRIGGER (trigger);
  g_autofree char *times = NULL;

  if (self->expression == NULL)
    return g_strdup (_ ("never"));
  times = asynclit_cron_fields_describe (&self->fields);
  return asynclit_wall_clock_describe (&self->clock, times);
}

static char *
cron_to_string (AsyncLitTrigger *trigger)
{
  AsyncLitCronTrigger *self = ASYNCLIT_CRON_TRIGGER (trigger);
  g_autofree char *dialect = asynclit_enum_nick (ASYNCLIT_TYPE_CRON_DIALECT, (int) self->dialect);
  g_autofree char *clock = asynclit_wall_clock_to_string (&self->clock);

  return g_strdup_printf ("cron:%s:%s%s", dialect, self->expression != NULL ? self->expression : "",
                          clock);
}

static void
asynclit_cron_trigger_get_property (GObject *object, guint property_id, GValue *value,
                                    GParamSpec *pspec)
{
  AsyncLitCronTrigger *self = ASYNCLIT_CRON_TRIGGER (object);

  switch (property_id)
    {
    case PROP_EXPRESSION:
      g_value_set_string (value, self->expression);
      break;
    case PROP_DIALECT:
      g_value_set_enum (value, (int) self->dialect);
      break;
    case PROP_TIME_ZONE:
      g_value_set_string (value, self->clock.zone_name);
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
asynclit_cron_trigger_set_property (GObject *object, guint property_id, const GValue *value,
                                    GParamSpec *pspec)
{
  AsyncLitCronTrigger *self = ASYNCLIT_CRON_TRIGGER (object);

  switch (property_id)
    {
    case PROP_EXPRESSION:
      self->expression = g_value_dup_string (value);
      break;
    case PROP_DIALECT:
      self->dialect = g_value_get_enum (value);
      break;
    case PROP_TIME_ZONE:
      self->clock.zone_name = g_value_dup_string (value);
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

/* Reduces the space between two fields to one character, and removes it at both ends. */
static char *
normalize (const char *expression)
{
  g_auto (GStrv) words = g_strsplit_set (expression, " \t\n\r\f\v", -1);
  g_autoptr (GString) normal = g_string_new (NULL);

  for (guint i = 0; words[i] != NULL; i++)
    if (*words[i] != '\0')
      g_string_append_printf (normal, "%s%s", normal->len > 0 ? " " : "", words[i]);
  return g_string_free (g_steal_pointer (&normal), FALSE);
}

/* Initializes the internal state from the properties. */
static gboolean
cron_trigger_complete (AsyncLitCronTrigger *self, const char *expression, GError **error)
{
  if (!asynclit_cron_fields_parse (&self->fields, expression, self->dialect, error)
      || !asynclit_wall_clock_complete (&self->clock, self->fields.is_wildcard, error))
    return FALSE;
  self->expression = normalize (expression);
  tell_disagreement (self);
  return TRUE;
}

static void
asynclit_cron_trigger_constructed (GObject *object)
{
  AsyncLitCronTrigger *self = ASYNCLIT_CRON_TRIGGER (object);
  g_autofree char *given = g_steal_pointer (&self->expression);
  g_autoptr (GError) error = NULL;

  G_OBJECT_CLASS (asynclit_cron_trigger_parent_class)->constructed (object);
  if (given == NULL)
    g_critical ("A CronTrigger without the property \"expression\" never fires");
  else if (!cron_trigger_complete (self, given, &error))
    g_critical ("This CronTrigger never fires: %s", error->message);
}

static void
asynclit_cron_trigger_finalize (GObject *object)
{
  AsyncLitCronTrigger *self = ASYNCLIT_CRON_TRIGGER (object);

  g_free (self->expression);
  asynclit_wall_clock_clear (&self->clock);
  G_OBJECT_CLASS (asynclit_cron_trigger_parent_class)->finalize (object);
}

static void
asynclit_cron_trigger_class_init (AsyncLitCronTriggerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS;

  object_class->get_property = asynclit_cron_trigger_get_property;
  object_class->set_property = asynclit_cron_trigger_set_property;
  object_class->constructed = asynclit_cron_trigger_constructed;
  object_class->finalize = asynclit_cron_trigger_finalize;
  klass->next = cron_next;
  klass->get_zone = cron_get_zone;
  klass->describe = cron_describe;
  klass->to_string = cron_to_string;

  /**
   * AsyncLitCronTrigger:expression: (getter get_expression)
   *
   * The cron expression, with one space between fields.
   *
   * This property is required. If it is %NULL, or an expression that [ctor@CronTrigger.new]
   * refuses, a critical message is logged, and the trigger never fires.
   *
   * Since: 1.0
   */
  properties[PROP_EXPRESSION] = g_param_spec_string ("expression", NULL, NULL, NULL, flags);

  /**
   * AsyncLitCronTrigger:dialect: (getter get_dialect)
   *
   * The dialect of the expression. The default is %ASYNCLIT_CRON_DIALECT_APSCHEDULER.
   *
   * Since: 1.0
   */
  properties[PROP_DIALECT] = g_param_spec_enum ("dialect", NULL, NULL, ASYNCLIT_TYPE_CRON_DIALECT,
                                                ASYNCLIT_CRON_DIALECT_APSCHEDULER, flags);

  /**
   * AsyncLitCronTrigger:time-zone: (getter get_time_zone)
   *
   * The name of the time zone. The default is %NULL, which means the time zone of the system.
   *
   * Since: 1.0
   */
  properties[PROP_TIME_ZONE] = g_param_spec_string ("time-zone", NULL, NULL, NULL, flags);

  /**
   * AsyncLitCronTrigger:gap-policy: (getter get_gap_policy)
   *
   * What the trigger does about times that the local clock skips. The default is
   * %ASYNCLIT_GAP_POLICY_AUTO.
   *
   * Since: 1.0
   */
  properties[PROP_GAP_POLICY] = g_param_spec_enum (
      "gap-policy", NULL, NULL, ASYNCLIT_TYPE_GAP_POLICY, ASYNCLIT_GAP_POLICY_AUTO, flags);

  /**
   * AsyncLitCronTrigger:fold-policy: (getter get_fold_policy)
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
asynclit_cron_trigger_init (AsyncLitCronTrigger *self)
{
}

/**
 * asynclit_cron_trigger_new: (constructor)
 * @expression: a cron expression
 * @dialect: the dialect of the expression
 * @time_zone: (nullable): the name of a time zone, such as `Europe/Helsinki`, or an offset, such as
 *   `+02:00`; %NULL for the time zone of the system, which may change while the program runs
 * @error: return location for an error
 *
 * Creates a trigger that fires at the times that match a cron expression.
 *
 * If the expression is malformed, this fails with %ASYNCLIT_ERROR_INVALID_CRON, and the message
 * names the field, the column and the problem. If the time zone is unknown, it fails with
 * %ASYNCLIT_ERROR_INVALID_TIMEZONE. An expression that matches no date, such as 31 February, is
 * valid: the trigger never fires.
 *
 * Returns: (transfer full): a new trigger, or %NULL with an error
 * Since: 1.0
 */
AsyncLitTrigger *
asynclit_cron_trigger_new (const char *expression, AsyncLitCronDialect dialect,
                           const char *time_zone, GError **error)
{
  AsyncLitCronFields fields;
  AsyncLitWallClock clock;

  g_return_val_if_fail (expression != NULL, NULL);
  g_return_val_if_fail (
      asynclit_property_allows_enum (asynclit_find_property (ASYNCLIT_TYPE_CRON_TRIGGER, "dialect"),
                                     dialect),
      NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  if (!asynclit_cron_fields_parse (&fields, expression, dialect, error)
      || !asynclit_wall_clock_init (&clock, time_zone, error))
    return NULL;
  asynclit_wall_clock_clear (&clock);
  return g_object_new (ASYNCLIT_TYPE_CRON_TRIGGER, "expression", expression, "dialect", dialect,
                       "time-zone", time_zone, NULL);
}

/**
 * asynclit_cron_trigger_with_policies:
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
asynclit_cron_trigger_with_policies (AsyncLitCronTrigger *self, AsyncLitGapPolicy gap_policy,
                                     AsyncLitFoldPolicy fold_policy)
{
  g_return_val_if_fail (ASYNCLIT_IS_CRON_TRIGGER (self), NULL);
  g_return_val_if_fail (asynclit_property_allows_enum (properties[PROP_GAP_POLICY], gap_policy),
                        NULL);
  g_return_val_if_fail (asynclit_property_allows_enum (properties[PROP_FOLD_POLICY], fold_policy),
                        NULL);

  return g_object_new (ASYNCLIT_TYPE_CRON_TRIGGER, "expression", self->expression, "dialect",
                       self->dialect, "time-zone", self->clock.zone_name, "gap-policy", gap_policy,
                       "fold-policy", fold_policy, NULL);
}

/**
 * asynclit_cron_trigger_get_expression:
 * @self: a trigger
 *
 * Gets the cron expression.
 *
 * Returns: (nullable): the expression, with one space between fields; %NULL if the trigger never
 *   fires because its expression is missing or invalid
 * Since: 1.0
 */
const char *
asynclit_cron_trigger_get_expression (AsyncLitCronTrigger *self)
{
  g_return_val_if_fail (ASYNCLIT_IS_CRON_TRIGGER (self), NULL);

  return self->expression;
}

/**
 * asynclit_cron_trigger_get_dialect:
 * @self: a trigger
 *
 * Gets the dialect of the expression.
 *
 * Returns: the dialect
 * Since: 1.0
 */
AsyncLitCronDialect
asynclit_cron_trigger_get_dialect (AsyncLitCronTrigger *self)
{
  g_return_val_if_fail (ASYNCLIT_IS_CRON_TRIGGER (self), ASYNCLIT_CRON_DIALECT_APSCHEDULER);

  return self->dialect;
}

/**
 * asynclit_cron_trigger_get_time_zone:
 * @self: a trigger
 *
 * Gets the name of the time zone.
 *
 * Returns: (nullable): the name, or %NULL for the time zone of the system
 * Since: 1.0
 */
const char *
asynclit_cron_trigger_get_time_zone (AsyncLitCronTrigger *self)
{
  g_return_val_if_fail (ASYNCLIT_IS_CRON_TRIGGER (self), NULL);

  return self->clock.zone_name;
}

/**
 * asynclit_cron_trigger_get_gap_policy:
 * @self: a trigger
 *
 * Gets what the trigger does about times that the local clock skips.
 *
 * Returns: the policy, as it was set; it may be %ASYNCLIT_GAP_POLICY_AUTO
 * Since: 1.0
 */
AsyncLitGapPolicy
asynclit_cron_trigger_get_gap_policy (AsyncLitCronTrigger *self)
{
  g_return_val_if_fail (ASYNCLIT_IS_CRON_TRIGGER (self), ASYNCLIT_GAP_POLICY_AUTO);

  return self->clock.gap_policy;
}

/**
 * asynclit_cron_trigger_get_fold_policy:
 * @self: a trigger
 *
 * Gets what the trigger does about times that the local clock shows twice.
 *
 * Returns: the policy, as it was set; it may be %ASYNCLIT_FOLD_POLICY_AUTO
 * Since: 1.0
 */
AsyncLitFoldPolicy
asynclit_cron_trigger_get_fold_policy (AsyncLitCronTrigger *self)
{
  g_return_val_if_fail (ASYNCLIT_IS_CRON_TRIGGER (self), ASYNCLIT_FOLD_POLICY_AUTO);

  return self->clock.fold_policy;
}
