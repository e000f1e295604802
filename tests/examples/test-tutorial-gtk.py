#!/usr/bin/python3
# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The commands of docs/tutorial-gtk4.md, literally, in a copy of the source tree without a build.

Each window opens, reads the folder, and is closed as by a user.
"""

import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from pagelib import SOURCE_DIR, blocks, plain_environment
import desktoplib
import examplelib
import taptest

PAGE = 'docs/tutorial-gtk4.md'
# A command may build before its window opens.
desktoplib.TIMEOUT = 600


class Window(desktoplib.Program):
    """The window may belong to a child process of a child of the command."""

    def application(self):
        desktop = self.desktop.atspi.get_desktop(0)
        for index in range(desktop.get_child_count()):
            child = desktop.get_child_at_index(index)
            if child is not None and self.is_ours(child.get_process_id()):
                return child
        return None

    def is_ours(self, pid):
        try:
            return os.getsid(pid) == self.process.pid
        except ProcessLookupError:
            return False

    def focus(self):
        self.desktop.focus('--pid', self.application().get_process_id())

    def close(self):
        if self.process.poll() is None:
            os.killpg(self.process.pid, 9)
        self.process.communicate()


def check_available():
    desktoplib.check_available()
    missing = [name for name in ('bash', 'gjs', 'meson', 'ninja') if shutil.which(name) is None]
    if subprocess.run(['pkg-config', '--atleast-version=4.8', 'gtk4']).returncode != 0:
        missing.append('GTK 4, with headers')
    if missing:
        raise unittest.SkipTest(f'not installed: {", ".join(missing)}')


class TestTutorial(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        check_available()
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.source = Path(folder.name, 'source')
        shutil.copytree(SOURCE_DIR, cls.source, symlinks=True,
                        ignore=shutil.ignore_patterns('.git', '_build', 'build', '__pycache__'))
        cls.home = Path(folder.name, 'home')
        cls.home.joinpath('Pictures').mkdir(parents=True)
        cls.home.joinpath('Pictures/picture.png').write_bytes(b'a picture')
        cls.desktop = desktoplib.Desktop()
        cls.addClassCleanup(cls.desktop.stop)

    def environment(self):
        # Compiled faster; the commands are the same.
        return plain_environment(HOME=str(self.home), CFLAGS='-O0', LC_ALL='C.UTF-8',
                                 G_DEBUG='fatal-criticals')

    def open(self, command, folder):
        window = Window(self.desktop, ['bash', '-c', command], cwd=self.source,
                        env=self.environment(), start_new_session=True)
        self.addCleanup(window.close)
        self.desktop.press('ctrl+Return')
        if folder:
            window.await_('label', 'picture.png')
        self.desktop.press('ctrl+q')
        status, errors = window.end()
        self.assertEqual(status, 0, errors)
        self.assertNotRegex(errors, 'CRITICAL|WARNING|Traceback|JS ERROR')

    def build(self, command):
        subprocess.run(['bash', '-c', command], cwd=self.source, env=self.environment(), check=True,
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       timeout=examplelib.TIMEOUT * 4)

    def test_commands(self):
        commands = blocks(PAGE, 'sh')[0]['code'].splitlines()
        windows = 0
        for command in commands:
            with self.subTest(command=command):
                if command.startswith('meson setup'):
                    self.build(command)
                else:
                    self.open(command, folder='Pictures' in command)
                    windows += 1
        self.assertEqual(windows, 4)


if __name__ == '__main__':
    taptest.main()
