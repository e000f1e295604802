# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The window of checksum-window, used as its users use it; the same for C, Python and JavaScript.

Pictures of it are left in the build folder, as tests/examples/gtk-window-*.png.
"""

import hashlib
import os
import shutil
import sys
import time
import unittest
from pathlib import Path

import desktoplib
import examplelib
import taptest
from desktoplib import await_, children, extents, has_state, value_of

LANGUAGE = os.environ.get('ASYNCLIT_LANGUAGE', 'c')
SOURCES = examplelib.HERE.parents[1] / 'examples'

# Above the middle of the button at the end of a row, from the right.
ROW_BUTTON = 36

STATES = 'Waiting|Computing|Waiting to retry|Cancelling|Done|Failed|Cancelled|Retried below'


def command():
    if LANGUAGE == 'python':
        return [sys.executable, str(SOURCES / 'python/checksum-window')]
    if LANGUAGE == 'gjs':
        return ['gjs', '-m', str(SOURCES / 'gjs/checksum-window/main.js')]
    return [str(examplelib.build_dir() / 'examples/c/checksum-window')]


class Row:
    """What a row says."""

    def __init__(self, window, item):
        self.window, self.item = window, item
        labels = [i.get_name() for i in window.all(item) if i.get_role_name() == 'label']
        self.name, self.state = labels[0], labels[-1]
        self.text = labels[1] if len(labels) > 2 else ''

    def __repr__(self):
        return f'{self.name}: {self.state} {self.text}'

    def click_button(self):
        """The only one, at the end of the row."""
        area = extents(self.item)
        whole, window = extents(self.window.find('list', 'Files')), extents(self.window.window())
        self.window.desktop.click(
            whole.x + whole.width - ROW_BUTTON - window.x + desktoplib.BORDER,
            area.y + area.height // 2 - window.y + desktoplib.BORDER)


class Window(desktoplib.Program):
    def rows(self):
        files = self.call(lambda: self.find('list', 'Files'))
        if files is None:
            return []
        items = [item for item in children(files) if item.get_role_name() == 'list item']
        return [Row(self, item) for item in items]

    def await_row(self, name, state):
        """A row whose state begins with a pattern."""
        def look():
            return next((row for row in self.rows()
                         if row.name == name and state in row.state), None)
        return await_(lambda: self.call(look),
                      lambda: f'{name} {state}; there is {self.call(self.rows)}')

    def overall(self):
        return value_of(self.find('progress bar', 'Overall progress'))

    def await_all_done(self):
        """The accessibility bus may report the labels first. GTK does not report changes of less
        than a thousandth."""
        await_(lambda: self.overall() > 0.999, lambda: f'all; there is {self.overall()}')


def check_built():
    """Skips the tests of a program that was not built, or that can't run here."""
    if not Path(command()[-1]).exists():
        raise unittest.SkipTest('the program is not built')
    if LANGUAGE == 'gjs' and shutil.which('gjs') is None:
        raise unittest.SkipTest('GJS is not installed')
    if LANGUAGE != 'c' and not any((examplelib.build_dir() / 'asynclit-glib').glob('*.typelib')):
        raise unittest.SkipTest('the build has no typelib')


class TestWindow(examplelib.FolderCase):
    @classmethod
    def setUpClass(cls):
        desktoplib.check_available()
        check_built()
        cls.desktop = desktoplib.Desktop()

    @classmethod
    def tearDownClass(cls):
        cls.desktop.stop()

    def open(self, *folders, faulty=False):
        env = {**examplelib.environment(faulty), 'G_DEBUG': 'fatal-warnings'}
        window = Window(self.desktop, [*command(), *folders], env=env, cwd=self.root)
        self.addCleanup(window.close)
        return window

    def make_small(self, count=3):
        contents = {f'file {number}.txt': b'%d' % number * 1000 for number in range(count)}
        for name, content in contents.items():
            self.make(f'tree/{name}', content)
        return {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}

    def make_slow(self):
        """One file that is done immediately, first of all, and two that take long."""
        self.make('tree/a file')
        self.make_large('tree/a large file')
        self.make_large('tree/b another')

    def quit(self, window):
        """Closes the window as a user does. The program printed no warnings."""
        self.desktop.press('ctrl+q')
        status, errors = window.end()
        self.assertEqual(status, 0, errors)
        self.assertNotRegex(errors, 'CRITICAL|WARNING|Traceback|JS ERROR')

    # At the start

    def test_no_folder(self):
        window = self.open()
        window.await_('label', 'Choose a Folder')
        button = window.await_('button', 'Compute Checksums')
        self.assertFalse(has_state(button, 'sensitive'))
        self.quit(window)

    def test_choose_folder(self):
        """The dialog begins with the folder that was open. Opening it again discards the run."""
        self.make_small()
        window = self.open('tree')
        self.desktop.press('ctrl+Return')
        window.await_('label', '3 files · .*')
        self.desktop.press('ctrl+o')
        self.desktop.focus('--name', 'Choose a Folder')
        await_(lambda: self.answer('Choose a Folder', 'alt+o'), 'the end of the dialog')
        await_(lambda: not window.rows(), 'an empty list')
        window.focus()
        self.desktop.press('ctrl+Return')
        window.await_row('file 0.txt', 'Done')
        self.quit(window)

    def answer(self, title, key):
        """Presses a key, repeatedly if necessary. Returns whether a dialog was closed."""
        found = self.desktop.xdotool('search', '--onlyvisible', '--name', title)
        if found:
            self.desktop.press(key)
            time.sleep(0.5)
        return not found

    def test_shortcuts(self):
        window = self.open()
        self.desktop.press('ctrl+question')
        def look():
            return any(item.get_name() == 'Cancel all that has not ended'
                       for other in window.windows() for item in window.all(other))
        await_(lambda: window.call(look), 'the shortcuts')

    # Runs

    def test_whole_run(self):
        sums = self.make_small()
        window = self.open('tree')
        window.await_('label', 'Ready')
        window.click(window.await_('button', 'Compute Checksums'))
        window.await_('label', '3 files · 3.0.kB')
        window.await_all_done()
        for name, digest in sums.items():
            row = window.await_row(name, 'Done')
            self.assertEqual(row.text, digest)
        window.await_row('file 1.txt', 'Done').click_button()
        await_(lambda: self.desktop.clipboard() == sums['file 1.txt'], 'the checksum')
        # And again: the list starts over.
        window.click(window.await_('button', 'Compute Checksums'))
        window.await_('label', '3 files · 3.0.kB')
        self.assertEqual([row.name for row in window.rows()], sorted(sums))
        self.quit(window)

    def test_cancel_and_retry(self):
        self.make_slow()
        window = self.open('tree')
        self.desktop.press('ctrl+Return')
        window.await_row('a file', 'Done')
        row = window.await_row('a large file', 'left')
        self.assertRegex(row.state, r'^Computing · .*[BM].* of 4.3.GB · \d+ (second|minute)s? left$')
        self.assertTrue(0 < window.overall() < 1)
        window.await_('label', '1 of 3 files · .*')
        row.click_button()
        row = window.await_row('a large file', 'Cancelled')
        window.await_('label', '2 of 3 files · .* · 1 cancelled')
        window.await_row('b another', 'Computing')
        row.click_button()
        window.await_row('a large file', 'Retried below')
        window.await_('label', '1 of 3 files · .*')
        self.assertEqual([row.name for row in window.rows()],
                         ['a file', 'a large file', 'b another', 'a large file'])
        self.desktop.press('Escape')
        window.await_('label', '3 files · .* · 2 cancelled')
        window.await_all_done()
        self.quit(window)

    def test_failure(self):
        self.make('tree/fault-13-1-secret')
        self.make('tree/fault-16-1-busy')
        window = self.open('tree', faulty=True)
        self.desktop.press('ctrl+Return')
        row = window.await_row('fault-13-1-secret', 'Failed')
        self.assertIn('Permission denied', row.text)
        window.await_row('fault-16-1-busy', 'Done')  # tried again by itself
        window.await_('label', '2 files · .* · 1 failed')
        row.click_button()
        window.await_row('fault-13-1-secret', 'Done')
        window.await_('label', '2 files · 16 bytes')
        self.quit(window)

    def test_quit_in_the_middle(self):
        self.make_slow()
        window = self.open('tree')
        self.desktop.press('ctrl+Return')
        window.await_row('a large file', 'Computing')
        self.quit(window)

    def test_many_files(self):
        for number in range(1000):
            self.make(f'tree/{number % 10}/{number}')
        window = self.open('tree')
        self.desktop.press('ctrl+Return')
        window.await_('label', '1,?000 files · .*')
        window.await_all_done()
        self.quit(window)

    def test_no_files(self):
        os.mkdir(self.path('tree'))
        window = self.open('tree')
        self.desktop.press('ctrl+Return')
        window.await_('label', 'No Files')
        self.quit(window)

    def test_no_such_folder(self):
        window = self.open('nowhere')
        self.desktop.press('ctrl+Return')
        window.await_('label', 'Cannot Read the Folder')
        window.await_('label', '.*No such file or directory')
        self.quit(window)

    # What it looks like

    def test_names(self):
        """Everything that can be pressed or watched has an accessible name."""
        self.make_slow()
        window = self.open('tree')
        self.desktop.press('ctrl+Return')
        window.await_row('a large file', 'Computing')
        found = [item for item in window.all()
                 if item.get_role_name() in ('push button', 'button', 'progress bar')]
        self.assertGreater(len(found), 5)
        for item in found:
            self.assertRegex(item.get_name(), '^_?[A-Za-z]', item.get_role_name())
            self.assertNotRegex(item.get_name(), 'Gtk|-symbolic')
        self.desktop.press('Escape')
        window.await_('label', '3 files · .*')

    def test_pictures(self):
        """The window is dark when the desktop is dark, even when that changes."""
        for number in range(3):
            self.make_large(f'tree/Films/film {number + 1}.mkv', (number + 1) << 30)
        for name in 'Notes.txt', 'Pictures/mountains.jpg', 'Pictures/sea.jpg':
            self.make(f'tree/{name}', name.encode() * 9999)
        self.desktop.portal.set_dark(True)
        self.addCleanup(self.desktop.portal.set_dark, False)
        window = self.open('tree')
        window.await_('label', 'Ready')
        await_(lambda: self.desktop.brightness() < 0.4, 'a dark window')
        self.desktop.press('ctrl+Return')
        window.await_row('Films/film 1.mkv', 'left')
        self.take_picture('dark')
        self.desktop.portal.set_dark(False)
        await_(lambda: self.desktop.brightness() > 0.7, 'a light window')
        self.take_picture('light')

    def take_picture(self, name):
        self.desktop.move_away()
        folder = examplelib.build_dir() / 'tests/examples'
        self.desktop.picture(folder / f'gtk-window-{LANGUAGE}-{name}.png')


if __name__ == '__main__':
    taptest.main()
