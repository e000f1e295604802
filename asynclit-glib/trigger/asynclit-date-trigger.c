/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/**
 * AsyncLitDateTrigger:
 *
 * Fires once, at a fixed moment.
 *
 * If the moment has already passed and no run has taken place, a run is due immediately. That run
 * is late: [property@ScheduledTask:misfire-grace] decides whether it takes place.
 *
 * All properties are construct-only, so they emit no notifications. All methods may be called from
 * any thread.
 *
 * Since: 1.0
 */

#include "config.h"

#include "asynclit-date-trigger.h"
#include "asynclit-trigger-private.h"

#include <glib/gi18n-lib.h>

typedef AsyncLitTriggerClass AsyncLitDateTriggerClass;

struct _AsyncLitDateTrigger {
  AsyncLitTrigger parent_instance;

  /* Set at construction, then read-only. NULL means never; the constructor logs a critical
   * message. */
  GDateTime *when;
};

enum {
  PROP_0,
  PROP_WHEN,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (AsyncLitDateTrigger, asynclit_date_trigger, ASYNCLIT_TYPE_TRIGGER)

static gint64
date_next (AsyncLitTrigger *trigger, gint64 previous, gint64 now)
{
  AsyncLitDateTrigger *self = ASYNCLIT_DATE_TRIGGER (trigger);
  gint64 when = self->when != NULL ? asynclit_date_time_to_usec (self->when) : ASYNCLIT_NO_TIME;

  return when > previous ? when : ASYNCLIT_NEVER;
}

static GTimeZone *
date_get_zone (AsyncLitTrigger *trigger)
{
  AsyncLitDateTrigger *self = ASYNCLIT_DATE_TRIGGER (trigger);

  return self->when != NULL ? g_time_zone_ref (g_date_time_get_timezone (self->when))
                            : g_time_zone_new_utc ();
}

static char *
date_describe (AsyncLitTrigger *trigger)
{
  AsyncLitDateTrigger *self = ASYNCLIT_DATE_TRIGGER (trigger);

  if (self->when == NULL)
    return g_strdup (_ ("never"));
  /* Translators: a date and a time in the form of g_date_time_format(). */
  return g_date_time_format (self->when, _ ("once, on %Y-%m-%d at %H:%M:%S (%Z)"));
}

static char *
date_to_string (AsyncLitTrigger *trigger)
{
  AsyncLitDateTrigger *self = ASYNCLIT_DATE_TRIGGER (trigger);
  g_autoptr (GDateTime) utc = self->when != NULL ? g_date_time_to_utc (self->when) : NULL;

  if (self->when == NULL)
    return g_strdup ("date:never");
  if (utc == NULL) /* The moment is after the year 9999 or before the year 1 in UTC. */
    return g_strdup_printf ("date:@%" G_GINT64_FORMAT, asynclit_date_time_to_usec (self->when));
  return g_date_time_format (utc, "date:%Y-%m-%dT%H:%M:%S.%fZ");
}

static void
asynclit_date_trigger_get_property (GObject *object, guint property_id, GValue *value,
                                    GParamSpec *pspec)
{
  AsyncLitDateTrigger *self = ASYNCLIT_DATE_TRIGGER (object);

  switch (property_id)
    {
    case PROP_WHEN:
      g_value_set_boxed (value, self->when);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
      break;
    }
}

static void
asynclit_date_trigger_set_property (GObject *object, guint property_id, const GValue *value,
                                    GParamSpec *pspec)
{
  AsyncLitDateTrigger *self = ASYNCLIT_DATE_TRIGGER (object);

  switch (property_id)
    {
    case PROP_WHEN:
      self->when = g_value_dup_boxed (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
      break;
    }
}

static void
asynclit_date_trigger_constructed (GObject *object)
{
  G_OBJECT_CLASS (asynclit_date_trigger_parent_class)->constructed (object);
  if (ASYNCLIT_DATE_TRIGGER (object)->when == NULL)
    g_critical ("A DateTrigger without the property \"when\" never fires");
}

static void
asynclit_date_trigger_finalize (GObject *object)
{
  AsyncLitDateTrigger *self = ASYNCLIT_DATE_TRIGGER (object);

  g_clear_pointer (&self->when, g_date_time_unref);
  G_OBJECT_CLASS (asynclit_date_trigger_parent_class)->finalize (object);
}

static void
asynclit_date_trigger_class_init (AsyncLitDateTriggerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = asynclit_date_trigger_get_property;
  object_class->set_property = asynclit_date_trigger_set_property;
  object_class->constructed = asynclit_date_trigger_constructed;
  object_class->finalize = asynclit_date_trigger_finalize;
  klass->next = date_next;
  klass->get_zone = date_get_zone;
  klass->describe = date_describe;
  klass->to_string = date_to_string;

  /**
   * AsyncLitDateTrigger:when: (getter get_when)
   *
   * The moment at which the trigger fires.
   *
   * This property is required. If it is %NULL, a critical message is logged, and the trigger never
   * fires.
   *
   * Since: 1.0
   */
  properties[PROP_WHEN]
      = g_param_spec_boxed ("when", NULL, NULL, G_TYPE_DATE_TIME,
                            G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);

  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
asynclit_date_trigger_init (AsyncLitDateTrigger *self)
{
}

/**
 * asynclit_date_trigger_new: (constructor)
 * @when: the moment
 *
 * Creates a trigger that fires once.
 *
 * Returns: (transfer full): a new trigger
 * Since: 1.0
 */
AsyncLitTrigger *
asynclit_date_trigger_new (GDateTime *when)
{
  g_return_val_if_fail (when != NULL, NULL);

  return g_object_new (ASYNCLIT_TYPE_DATE_TRIGGER, "when", when, NULL);
}

/**
 * asynclit_date_trigger_get_when:
 * @self: a trigger
 *
 * Gets the moment at which the trigger fires.
 *
 * Returns: (transfer none) (nullable): the moment; %NULL if the trigger was created without one
 * Since: 1.0
 */
GDateTime *
asynclit_date_trigger_get_when (AsyncLitDateTrigger *self)
{
  g_return_val_if_fail (ASYNCLIT_IS_DATE_TRIGGER (self), NULL);

  return self->when;
}
