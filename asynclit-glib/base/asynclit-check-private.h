/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/* Each number has one range, and that is written down once, where its property is made. Setters and
 * constructors ask the property whether it takes a value:
 *
 *     g_return_if_fail (asynclit_property_allows_double (properties[PROP_JITTER], jitter));
 *
 * GObject itself lets what is not a number through, so that set_property() asks, too. */
gboolean asynclit_property_allows_double (GParamSpec *property, double value);
gboolean asynclit_property_allows_int (GParamSpec *property, int value);
gboolean asynclit_property_allows_uint (GParamSpec *property, guint value);
gboolean asynclit_property_allows_enum (GParamSpec *property, int value);

/* For set_property(): leaves *@field as it is if the property does not take the value. */
void asynclit_property_set_double (GParamSpec *property, const GValue *value, double *field);

/* A property of a class of which there may be no object yet. */
GParamSpec *asynclit_find_property (GType type, const char *name);

/* As above, with %ASYNCLIT_ERROR_INVALID_ARGUMENT, in whose message the property has the name that
 * a parameter has. */
gboolean asynclit_check_double (GType type, const char *property, double value, GError **error);
gboolean asynclit_check_uint (GType type, const char *property, guint value, GError **error);

/* For what is not a property. */
gboolean asynclit_enum_has_value (GType type, int value);

G_END_DECLS
