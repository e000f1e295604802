/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "asynclit-check-private.h"
#include "asynclit-error.h"

#include <glib/gi18n-lib.h>

/* Written so that it is false for NaN. */
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

  g_assert (field != NULL);
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

  g_assert (name != NULL);
  /* The property outlives the reference to the class, because classes of static types are never
   * freed. */
  return g_object_class_find_property (G_OBJECT_CLASS (klass), name);
}

static gboolean
refuse (const char *property, double min, double max, double end, GError **error)
{
  g_autofree char *name = g_strdelimit (g_strdup (property), "-", '_');

  if (max < end)
    g_set_error (error, ASYNCLIT_ERROR, ASYNCLIT_ERROR_INVALID_ARGUMENT,
                 _ ("%s must be between %g and %g"), name, min, max);
  else
    g_set_error (error, ASYNCLIT_ERROR, ASYNCLIT_ERROR_INVALID_ARGUMENT, _ ("%s must be >= %g"),
                 name, min);
  return FALSE;
}

gboolean
asynclit_check_double (GType type, const char *property, double value, GError **error)
{
  GParamSpec *pspec = asynclit_find_property (type, property);
  const GParamSpecDouble *range = G_PARAM_SPEC_DOUBLE (pspec);

  return asynclit_property_allows_double (pspec, value)
         || refuse (property, range->minimum, range->maximum, G_MAXDOUBLE, error);
}

gboolean
asynclit_check_uint (GType type, const char *property, guint value, GError **error)
{
  GParamSpec *pspec = asynclit_find_property (type, property);
  const GParamSpecUInt *range = G_PARAM_SPEC_UINT (pspec);

  return asynclit_property_allows_uint (pspec, value)
         || refuse (property, range->minimum, range->maximum, G_MAXUINT, error);
}

gboolean
asynclit_enum_has_value (GType type, int value)
{
  g_autoptr (GTypeClass) klass = g_type_class_ref (type);

  g_assert (G_TYPE_IS_ENUM (type));
  return g_enum_get_value ((GEnumClass *) klass, value) != NULL;
}
