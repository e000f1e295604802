/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/* The range of each number is written down once, in its property. Setters and constructors ask the
 * property whether it accepts a value:
 *
 *     g_return_if_fail (asynclit_property_allows_double (properties[PROP_JITTER], jitter));
 *
 * GObject itself accepts NaN, so set_property() has to ask, too. */
gboolean asynclit_property_allows_double (GParamSpec *property, double value);
gboolean asynclit_property_allows_int (GParamSpec *property, int value);
gboolean asynclit_property_allows_uint (GParamSpec *property, guint value);
gboolean asynclit_property_allows_enum (GParamSpec *property, int value);

/* For set_property(): if the property does not accept the value, *@field is not changed. */
void asynclit_property_set_double (GParamSpec *property, const GValue *value, double *field);

/* A property of a class that may not have been used yet. */
GParamSpec *asynclit_find_property (GType type, const char *name);

/* As above, but sets an %ASYNCLIT_ERROR_INVALID_ARGUMENT whose message names the property as a
 * parameter is named. */
gboolean asynclit_check_double (GType type, const char *property, double value, GError **error);
gboolean asynclit_check_uint (GType type, const char *property, guint value, GError **error);

/* For values that are not properties. */
gboolean asynclit_enum_has_value (GType type, int value);

G_END_DECLS
