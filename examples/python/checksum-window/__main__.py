# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""checksum-window: the SHA-256 of every file below a folder, each computed by a task, in a window.

    python3 checksum-window [FOLDER...]

The same as the program of this name in examples/c, in Python. It has the same window, whose
templates are in examples/data/checksum-window.

    __main__.py       the application: keys and style
    window.py         a window: submits the tasks, and shows the overall progress
    row.py            a row of the list: one task
    work.py           the functions of the tasks: listing a folder, computing a checksum
    texts.py          amounts and times as text
    color_scheme.py   the desktop's dark or light style
"""

import signal
import sys

import gi

gi.require_versions({'AsyncLit': '1', 'Gdk': '4.0', 'Gtk': '4.0'})
from gi.repository import Gdk, Gio, GLib, Gtk

from color_scheme import ColorScheme
from texts import DATA, _
from window import ChecksumWindow

APPLICATION_ID = 'org.example.ChecksumWindow.Python'

SHORTCUTS = {
    'win.open': '<Control>o',
    'win.compute': '<Control>Return',
    'win.cancel': 'Escape',
    'win.show-help-overlay': '<Control>question',
    'window.close': '<Control>w',
    'app.new-window': '<Control>n',
    'app.quit': '<Control>q',
}


class ChecksumApplication(Gtk.Application):
    def __init__(self):
        super().__init__(application_id=APPLICATION_ID, flags=Gio.ApplicationFlags.HANDLES_OPEN)
        self.set_option_context_parameter_string(_('[FOLDER…]'))

    def do_startup(self):
        Gtk.Application.do_startup(self)
        self.add_simple_action('new-window', self.activate)
        self.add_simple_action('quit', self.quit)
        for action, key in SHORTCUTS.items():
            self.set_accels_for_action(action, [key])
        self.set_style()
        self.color_scheme = ColorScheme()
        # Ctrl+C in the terminal from which the program was started.
        GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, signal.SIGINT, self.quit)

    def do_activate(self):
        ChecksumWindow(application=self).present()

    def do_open(self, folders, *hint):
        for folder in folders:
            window = ChecksumWindow(application=self)
            window.open(folder)
            window.present()

    def add_simple_action(self, name, method):
        action = Gio.SimpleAction(name=name)
        action.connect('activate', lambda *_args: method())
        self.add_action(action)

    @staticmethod
    def set_style():
        provider = Gtk.CssProvider()
        provider.load_from_path(str(DATA / 'style.css'))
        Gtk.StyleContext.add_provider_for_display(
            Gdk.Display.get_default(), provider, Gtk.STYLE_PROVIDER_PRIORITY_APPLICATION)


if __name__ == '__main__':
    sys.exit(ChecksumApplication().run(sys.argv))
