#!/usr/bin/python3
# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The example checksum-folder in a terminal: the content of the screen, and Ctrl-C."""

import re
import termios

import examplelib
import taptest
from terminallib import Terminal


class TestTerminal(examplelib.FolderCase):
    def open(self, *args, env=None, **options):
        terminal = Terminal([*examplelib.example('checksum-folder'), *args], cwd=self.root,
                            env={**examplelib.environment(), **(env or {})}, **options)
        self.addCleanup(terminal.close)
        return terminal

    def make_half(self):
        for number in range(20):
            self.make(f'tree/a{number}')
        for number in range(12):
            self.make_large(f'tree/large/{number}')

    def assert_restored(self, terminal):
        self.assertEqual(termios.tcgetattr(terminal.slave), terminal.before)
        self.assertNotIn('\x1b[?', terminal.output)
        self.assertEqual(terminal.screen.column, 0)

    def test_finishes(self):
        self.make('tree/file')
        terminal = self.open('tree')
        self.assertEqual(terminal.wait(), 0)
        self.assert_restored(terminal)
        found, done, sums, end = terminal.screen.rows
        self.assertRegex(found, r'^Found 1 file, 8 bytes$')
        self.assertRegex(done, r'^Done: 1 of 1 file \(8 bytes in 0:0\d, .*/s\)$')
        self.assertRegex(sums, r'SHA256SUMS$')
        self.assertEqual(end, '')

    def test_ctrl_c(self):
        self.make_half()
        terminal = self.open('tree')
        terminal.expect(r'\[#*\.+\] +\d+ %, 20 of 32 files · .* of .* · .*/s · \d+ \w+ left\n'
                        r'  +[1-9]\d* %  tree/large/\d+')
        terminal.press(b'\x03')
        self.assertEqual(terminal.wait(), 130)
        self.assert_restored(terminal)
        left = '\n'.join(terminal.screen.rows).replace('^C', '')
        self.assertRegex(left, r'\AFound 32 files, .*\n'
                               r'\[.*20 of 32 files · .*\n(  +\d+ %  tree/large/\d+\n)+'
                               r'Stopping.*\nInterrupted: 20 of 32 files .*\n'
                               r'The checksums are in .*\n\Z')
        self.assertEqual(self.assert_whole_lines(), 20)
        self.assert_check_passes()

    def test_progress_grows(self):
        self.make_half()
        terminal = self.open('tree')
        terminal.expect(r'  +[3-9] %  tree/large/0\b')
        terminal.press(b'\x03')
        terminal.wait()
        seen = [int(percent) for view in terminal.views
                for percent in re.findall(r'(\d+) %  tree/large/0\n', view)]
        self.assertEqual(seen, sorted(seen))
        self.assertGreater(len(set(seen)), 2)

    def test_narrow(self):
        """No line wraps, whatever the names: the screen would notice."""
        for name in (b'x' * 200, '☃宽'.encode() * 40, b'\xff' * 100, b'\x1b[2J\n\r'):
            self.make_large(b'tree/' + name)
        terminal = self.open('tree', columns=30)
        terminal.expect(r'  +[1-9] %  \.\.\.')
        terminal.press(b'\x03')
        self.assertEqual(terminal.wait(), 130)
        self.assert_restored(terminal)

    def test_few_rows(self):
        self.make_half()
        terminal = self.open('tree', rows=4)
        terminal.expect('large')
        terminal.press(b'\x03')
        self.assertEqual(terminal.wait(), 130)
        self.assertLessEqual(max(view.count(' %  ') for view in terminal.views), 1)

    def test_dumb(self):
        self.make_half()
        terminal = self.open('tree', env={'TERM': 'dumb'})
        terminal.expect(r'%, 20 of 32 files')
        terminal.press(b'\x03')
        self.assertEqual(terminal.wait(), 130)
        self.assertNotIn('\x1b', terminal.output)

    def test_quiet(self):
        self.make('tree/file')
        terminal = self.open('--quiet', 'tree')
        self.assertEqual(terminal.wait(), 0)
        self.assertEqual(terminal.output, '')


if __name__ == '__main__':
    taptest.main()
