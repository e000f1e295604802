# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A desktop for tests of programs with windows, and a simulated user.

The desktop consists of a display without a screen (Xvfb), a session bus, and a settings portal that
says whether the user prefers a dark style. The user sees what a screen reader sees (AT-SPI), moves
the mouse and types through the X server (xdotool), and takes pictures (ImageMagick).
"""

import os
import re
import shutil
import subprocess
import tempfile
import threading
import time
import unittest
from pathlib import Path

try:
    import gi
except ImportError:
    gi = None

TIMEOUT = 120
PROGRAMS = ('Xvfb', 'dbus-daemon', 'xdotool', 'import', 'convert')
PORTAL = '''<node><interface name="org.freedesktop.portal.Settings">
  <method name="Read"><arg name="namespace" type="s" direction="in"/>
    <arg name="key" type="s" direction="in"/><arg name="value" type="v" direction="out"/></method>
  <signal name="SettingChanged"><arg name="namespace" type="s"/><arg name="key" type="s"/>
    <arg name="value" type="v"/></signal>
</interface></node>'''
APPEARANCE = ('org.freedesktop.appearance', 'color-scheme')
# Around the content: without a compositor a window has a border in place of a shadow.
BORDER = 5
# Some of GTK's own dialogs are not trees: an element may be below itself.
MAX_DEPTH = 24


def check_available():
    """Skips the tests where something is missing."""
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    missing += [] if gi else ['PyGObject']
    if missing:
        raise unittest.SkipTest(f'not installed: {", ".join(missing)}')
    try:
        gi.require_version('Atspi', '2.0')
        gi.require_version('Gtk', '4.0')
    except ValueError as error:
        raise unittest.SkipTest(str(error)) from error


def await_(condition, what):
    """The first true value of a condition, which is evaluated repeatedly.

    `what` is a text for the error message, or a function that returns it.
    """
    end = time.monotonic() + TIMEOUT
    while not (value := condition()):
        if time.monotonic() > end:
            raise AssertionError(f'waited in vain for {what() if callable(what) else what}')
        time.sleep(0.05)
    return value


class Portal:
    """The part of the settings portal that programs ask for; it has a thread of its own."""

    def __init__(self, address):
        from gi.repository import Gio, GLib
        self.gio, self.glib = Gio, GLib
        self.dark = False
        ready = threading.Event()
        self.thread = threading.Thread(target=self.serve, args=(address, ready), daemon=True)
        self.thread.start()
        assert ready.wait(TIMEOUT)

    def serve(self, address, ready):
        context = self.glib.MainContext()
        context.push_thread_default()
        flags = self.gio.DBusConnectionFlags
        self.bus = self.gio.DBusConnection.new_for_address_sync(
            address, flags.AUTHENTICATION_CLIENT | flags.MESSAGE_BUS_CONNECTION, None, None)
        interface, = self.gio.DBusNodeInfo.new_for_xml(PORTAL).interfaces
        self.bus.register_object('/org/freedesktop/portal/desktop', interface, self.on_call,
                                 None, None)
        self.bus.call_sync(
            'org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus', 'RequestName',
            self.glib.Variant('(su)', ('org.freedesktop.portal.Desktop', 0)), None,
            self.gio.DBusCallFlags.NONE, -1, None)
        ready.set()
        self.loop = self.glib.MainLoop(context)
        self.loop.run()

    def value(self):
        return self.glib.Variant('u', 1 if self.dark else 2)

    def on_call(self, _bus, _sender, _path, _interface, _method, parameters, invocation):
        if parameters.unpack() == APPEARANCE:
            value = self.glib.Variant('v', self.value())
            invocation.return_value(self.glib.Variant('(v)', (value,)))
        else:
            invocation.return_dbus_error('org.freedesktop.portal.Error.NotFound', 'no such key')

    def set_dark(self, dark):
        self.dark = dark
        self.bus.emit_signal(None, '/org/freedesktop/portal/desktop',
                             'org.freedesktop.portal.Settings', 'SettingChanged',
                             self.glib.Variant('(ssv)', (*APPEARANCE, self.value())))

    def stop(self):
        self.loop.quit()
        self.thread.join(TIMEOUT)


class Desktop:
    """One per process, because the libraries only read it once."""

    def __init__(self, width=760, height=600):
        self.folder = tempfile.TemporaryDirectory(prefix='asynclit-desktop-')
        self.processes = []
        self.start_display(width, height)
        self.start_bus()
        self.portal = Portal(os.environ['DBUS_SESSION_BUS_ADDRESS'])
        from gi.repository import Atspi
        self.atspi = Atspi
        Atspi.init()
        # By default it gives up after 0.8 seconds, which a busy machine may need.
        Atspi.set_timeout(1000 * TIMEOUT, 1000 * TIMEOUT)

    def start(self, *command):
        """A program that prints a line on its standard output when it is ready."""
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.DEVNULL, text=True)
        self.processes.append(process)
        line = process.stdout.readline().strip()
        assert line, f'{command[0]} does not start'
        return line

    def start_display(self, width, height):
        number = self.start('Xvfb', '-displayfd', '1', '-screen', '0', f'{width}x{height}x24',
                            '-nolisten', 'tcp', '-noreset')
        os.environ.update(DISPLAY=f':{number}', GDK_BACKEND='x11', GSK_RENDERER='cairo',
                          GTK_A11Y='atspi', ATSPI_NO_CACHE='1')
        os.environ.pop('WAYLAND_DISPLAY', None)

    def start_bus(self):
        for name in 'home', 'runtime':
            Path(self.folder.name, name).mkdir(mode=0o700)
        os.environ.update(HOME=f'{self.folder.name}/home', XDG_CONFIG_HOME='', XDG_CACHE_HOME='',
                          XDG_DATA_HOME='', XDG_RUNTIME_DIR=f'{self.folder.name}/runtime',
                          GSETTINGS_BACKEND='memory', GIO_USE_VFS='local',
                          GTK_USE_PORTAL='0', ADW_DISABLE_PORTAL='1')
        os.environ.pop('AT_SPI_BUS_ADDRESS', None)
        os.environ['DBUS_SESSION_BUS_ADDRESS'] = self.start(
            'dbus-daemon', '--session', '--nofork', '--nopidfile', '--print-address=1')

    def stop(self):
        self.portal.stop()
        for process in reversed(self.processes):
            process.terminate()
            process.wait(TIMEOUT)
            process.stdout.close()
        self.folder.cleanup()

    # What a person does

    def xdotool(self, *arguments):
        done = subprocess.run(['xdotool', *map(str, arguments)], capture_output=True, text=True,
                              timeout=TIMEOUT)
        return done.stdout.split()

    def focus(self, *which):
        """Gives a window the keyboard focus, as a window manager would."""
        number, = await_(lambda: self.xdotool('search', '--onlyvisible', *which)[:1],
                         f'the X window {which}')
        self.xdotool('windowfocus', '--sync', number)

    def press(self, *keys):
        self.xdotool('key', *keys)

    def type(self, text):
        self.xdotool('type', '--delay', '5', text)

    def click(self, x, y):
        self.xdotool('mousemove', x, y, 'click', 1)

    def move_away(self):
        """The pointer, and the tooltip that it has caused."""
        self.xdotool('mousemove', 200, 300)

    def picture(self, path):
        """The content of the screen, without the window's border."""
        subprocess.run(['import', '-window', 'root', '-crop', f'+{BORDER}+{BORDER}',
                        '-crop', f'-{BORDER}-{BORDER}', '+repage', '-strip', str(path)],
                       check=True, timeout=TIMEOUT)

    def brightness(self):
        """The mean brightness of the screen, from 0 (black) to 1 (white)."""
        path = Path(self.folder.name, 'screen.png')
        self.picture(path)
        done = subprocess.run(['convert', str(path), '-colorspace', 'gray', '-format',
                               '%[fx:mean]', 'info:'], capture_output=True, text=True, check=True)
        return float(done.stdout)

    def clipboard(self):
        """Its text, as another program receives it."""
        return subprocess.run(['/usr/bin/python3', '-c', CLIPBOARD_READER], check=True, text=True,
                              capture_output=True, timeout=TIMEOUT).stdout


CLIPBOARD_READER = '''
import gi
gi.require_version('Gtk', '4.0')
from gi.repository import Gdk, GLib, Gtk
Gtk.init()
loop = GLib.MainLoop()
def on_read(clipboard, result):
    print(clipboard.read_text_finish(result), end='')
    loop.quit()
Gdk.Display.get_default().get_clipboard().read_text_async(None, on_read)
loop.run()
'''


class NotThere(Exception):
    """The observed element has no window any more."""


class Program:
    """A program with a window, as a user sees it."""

    def __init__(self, desktop, command, **options):
        self.desktop = desktop
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, text=True,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                        **options)
        await_(lambda: self.call(self.window), 'the window')
        self.focus()

    def application(self):
        desktop = self.desktop.atspi.get_desktop(0)
        for index in range(desktop.get_child_count()):
            child = desktop.get_child_at_index(index)
            if child is not None and child.get_process_id() == self.process.pid:
                return child
        return None

    def windows(self):
        if self.process.poll() is not None:
            raise AssertionError(f'ended with {self.process.returncode}: '
                                 f'{self.process.stderr.read()}')
        application = self.application()
        return children(application) if application else []

    def window(self):
        """The main window. Those of dialogs have other roles."""
        for window in self.windows():
            if window.get_role_name() == 'frame':
                return window
        raise NotThere

    def focus(self):
        self.desktop.focus('--pid', self.process.pid)

    def call(self, look):
        """The visible elements, or None if they change in the meantime."""
        from gi.repository import GLib
        try:
            return look()
        except (GLib.Error, NotThere):
            return None

    def all(self, top=None, depth=MAX_DEPTH):
        """Everything that a screen reader finds in the window, or below an element."""
        for item in children(top or self.window()) if depth else ():
            yield item
            yield from self.all(item, depth - 1)

    def find(self, role, name, top=None):
        """The element with a role, and a name that matches a pattern; the last one, if there are
        several.

        GTK 4.8 has the names of buttons twice, the first time with the underscore.
        """
        pattern = re.compile(name if role != 'button' else f'(.* )?({name})')
        found = [item for item in self.all(top) if item.get_role_name() in ROLES[role]
                 and pattern.fullmatch(item.get_name() or '') and is_shown(item)]
        return found[-1] if found else None

    def await_(self, role, name, top=None):
        return await_(lambda: self.call(lambda: self.find(role, name, top)),
                      lambda: f'{role} {name!r}; there is {self.call(self.texts)}')

    def texts(self):
        return [item.get_name() for item in self.all() if item.get_name()]

    def click(self, item):
        """The middle of an element."""
        area, window = extents(item), extents(self.window())
        self.desktop.click(area.x + area.width // 2 - window.x + BORDER,
                           area.y + area.height // 2 - window.y + BORDER)

    def end(self):
        """Its exit status, and its standard error."""
        _, errors = self.process.communicate(timeout=TIMEOUT)
        return self.process.returncode, errors

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()


# The names of some roles differ between versions of AT-SPI.
ROLES = {
    'button': ('push button', 'button'),
    'label': ('label',),
    'list': ('list',),
    'progress bar': ('progress bar',),
}


def children(item):
    found = [item.get_child_at_index(index) for index in range(item.get_child_count())]
    return [child for child in found if child is not None]


def extents(item):
    from gi.repository import Atspi
    return Atspi.Component.get_extents(item, Atspi.CoordType.WINDOW)


def is_shown(item):
    """GTK 4.8 also reports the elements of hidden pages, but with no size."""
    from gi.repository import GLib
    try:
        area = extents(item)
    except GLib.Error:
        return False
    return 0 < area.width < 10000 and 0 < area.height < 10000


def has_state(item, name):
    return any(state.value_nick == name for state in item.get_state_set().get_states())


def value_of(item):
    from gi.repository import Atspi
    return Atspi.Value.get_current_value(item)
