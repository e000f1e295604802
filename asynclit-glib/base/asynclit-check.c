/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "asynclit-check-private.h"

/* Written so that it is false for what is not a number. */
gboolean
asynclit_property_allows_double (GParamSpec *property, double value)
{
  const GParamSpecDouble *range = G_PARAM_SPEC_DOUBLE (property);

  return value >= range->minimum && value <= range->maximum;
}

gboolean
asynclit_property_allows_int (GParamSpec *property, int value)
{
  const GParamSpecInt *range = G_PARAM_SPEC_INT (property);

  return value >= range->minimum && value <= range->maximum;
}

gboolean
asynclit_property_allows_uint (GParamSpec *property, guint value)
{
  const GParamSpecUInt *range = G_PARAM_SPEC_UINT (property);

  return value >= range->minimum && value <= range->maximum;
}

gboolean
asynclit_property_allows_enum (GParamSpec *property, int value)
{
  return g_enum_get_value (G_PARAM_SPEC_ENUM (property)->enum_class, value) != NULL;
}

void
asynclit_property_set_double (GParamSpec *property, const GValue *value, double *field)
{
  const double number = g_value_get_double (value);

  if (asynclit_property_allows_double (property, number))
    *field = number;
  else
    g_critical ("%g is out of the range of the property “%s” of %s", number,
                g_param_spec_get_name (property), g_type_name (property->owner_type));
}

GParamSpec *
asynclit_find_property (GType type, const char *name)
{
  g_autoptr (GTypeClass) klass = g_type_class_ref (type);

  /* It lives on: classes of static types do. */
  return g_object_class_find_property (G_OBJECT_CLASS (klass), name);
}

gboolean
asynclit_enum_has_value (GType type, int value)
{
  g_autoptr (GTypeClass) klass = g_type_class_ref (type);

  return g_enum_get_value ((GEnumClass *) klass, value) != NULL;
}
