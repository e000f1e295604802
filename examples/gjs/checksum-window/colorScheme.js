// SPDX-FileCopyrightText: The asynclit-glib authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// Follows the desktop's dark or light style. GTK only knows the program's preference; the settings
// portal, on the session bus, knows the user's. Without a portal, the style remains light.

import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import Gtk from 'gi://Gtk?version=4.0';

const PORTAL = ['org.freedesktop.portal.Desktop', '/org/freedesktop/portal/desktop',
    'org.freedesktop.portal.Settings'];
const SETTING = ['org.freedesktop.appearance', 'color-scheme'];
const PREFER_DARK = 1;

Gio._promisify(Gio.DBusProxy, 'new_for_bus', 'new_for_bus_finish');
Gio._promisify(Gio.DBusProxy.prototype, 'call', 'call_finish');

function apply(colorScheme) {
    Gtk.Settings.get_default().gtk_application_prefer_dark_theme = colorScheme === PREFER_DARK;
}

let proxy; // used until the program exits

export async function followColorScheme() {
    try {
        proxy = await Gio.DBusProxy.new_for_bus(Gio.BusType.SESSION,
            Gio.DBusProxyFlags.DO_NOT_LOAD_PROPERTIES, null, ...PORTAL, null);
        proxy.connect('g-signal', (_proxy, _sender, signal, parameters) => {
            if (signal !== 'SettingChanged')
                return;
            const [group, key, value] = parameters.recursiveUnpack();
            if (group === SETTING[0] && key === SETTING[1])
                apply(value);
        });
        const reply = await proxy.call('Read', new GLib.Variant('(ss)', SETTING),
            Gio.DBusCallFlags.NONE, -1, null);
        apply(...reply.recursiveUnpack());
    } catch (error) {
        // There is no settings portal.
    }
}
