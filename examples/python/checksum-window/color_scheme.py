# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Follows the desktop's dark or light style.

GTK only knows the program's preference; the settings portal, on the session bus, knows the user's.
Without a portal, the style remains light.
"""

from gi.repository import Gio, GLib, Gtk

PORTAL = ('org.freedesktop.portal.Desktop', '/org/freedesktop/portal/desktop',
          'org.freedesktop.portal.Settings')
SETTING = ('org.freedesktop.appearance', 'color-scheme')
PREFER_DARK = 1


class ColorScheme:
    def __init__(self):
        Gio.DBusProxy.new_for_bus(Gio.BusType.SESSION, Gio.DBusProxyFlags.DO_NOT_LOAD_PROPERTIES,
                                  None, *PORTAL, None, self.on_proxy)

    def on_proxy(self, _source, result):
        try:
            self.proxy = Gio.DBusProxy.new_for_bus_finish(result)
        except GLib.Error:
            return
        self.proxy.connect('g-signal', self.on_signal)
        self.proxy.call('Read', GLib.Variant('(ss)', SETTING), Gio.DBusCallFlags.NONE, -1, None,
                        self.on_read)

    def on_read(self, proxy, result):
        try:
            self.apply(*proxy.call_finish(result).unpack())
        except GLib.Error:
            pass

    def on_signal(self, _proxy, _sender, signal, parameters):
        if signal == 'SettingChanged':
            group, key, value = parameters.unpack()
            if (group, key) == SETTING:
                self.apply(value)

    @staticmethod
    def apply(color_scheme):
        settings = Gtk.Settings.get_default()
        settings.set_property('gtk-application-prefer-dark-theme', color_scheme == PREFER_DARK)
