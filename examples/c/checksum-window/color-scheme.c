/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Follows the desktop's dark or light style. GTK only knows the program's preference; the settings
 * portal, on the session bus, knows the user's. Without a portal, the style remains light. */

#include "config.h"

#include "checksum-window.h"

#define PORTAL "org.freedesktop.portal.Desktop"
#define PORTAL_PATH "/org/freedesktop/portal/desktop"
#define SETTINGS "org.freedesktop.portal.Settings"
#define APPEARANCE "org.freedesktop.appearance"
#define COLOR_SCHEME "color-scheme"
#define PREFER_DARK 1

static void
apply (GVariant *color_scheme)
{
  gboolean dark = g_variant_is_of_type (color_scheme, G_VARIANT_TYPE_UINT32)
                  && g_variant_get_uint32 (color_scheme) == PREFER_DARK;

  g_object_set (gtk_settings_get_default (), "gtk-application-prefer-dark-theme", dark, NULL);
}

static void
on_signal (GDBusProxy *proxy, const char *sender, const char *signal, GVariant *parameters,
           gpointer user_data)
{
  g_autoptr (GVariant) value = NULL;
  const char *group, *key;

  if (g_strcmp0 (signal, "SettingChanged") != 0
      || !g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(ssv)")))
    return;
  g_variant_get (parameters, "(&s&sv)", &group, &key, &value);
  if (g_strcmp0 (group, APPEARANCE) == 0 && g_strcmp0 (key, COLOR_SCHEME) == 0)
    apply (value);
}

static void
on_read (GObject *proxy, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GVariant) reply = g_dbus_proxy_call_finish (G_DBUS_PROXY (proxy), result, NULL);
  g_autoptr (GVariant) outer = NULL;
  g_autoptr (GVariant) value = NULL;

  if (reply == NULL || !g_variant_is_of_type (reply, G_VARIANT_TYPE ("(v)")))
    return;
  g_variant_get (reply, "(v)", &outer);
  /* The method wraps the value once more. */
  if (g_variant_is_of_type (outer, G_VARIANT_TYPE_VARIANT))
    {
      value = g_variant_get_variant (outer);
      apply (value);
    }
}

static void
on_proxy (GObject *source, GAsyncResult *result, gpointer user_data)
{
  /* Never unreferenced, because the program uses it until it exits. */
  GDBusProxy *proxy = g_dbus_proxy_new_for_bus_finish (result, NULL);

  if (proxy == NULL)
    return;
  g_signal_connect (proxy, "g-signal", G_CALLBACK (on_signal), NULL);
  g_dbus_proxy_call (proxy, "Read", g_variant_new ("(ss)", APPEARANCE, COLOR_SCHEME),
                     G_DBUS_CALL_FLAGS_NONE, -1, NULL, on_read, NULL);
}

void
follow_color_scheme (void)
{
  g_dbus_proxy_new_for_bus (G_BUS_TYPE_SESSION, G_DBUS_PROXY_FLAGS_DO_NOT_LOAD_PROPERTIES, NULL,
                            PORTAL, PORTAL_PATH, SETTINGS, NULL, on_proxy, NULL);
}
