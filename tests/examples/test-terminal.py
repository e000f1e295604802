#!/usr/bin/python3
# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The example checksum-folder in a terminal: what is on the screen, and Ctrl-C."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
from unicodedata import east_asian_width

import examplelib
import taptest


class Screen:
    """As much of a terminal as the program needs: fails on any other escape sequence."""

    TOKEN = re.compile(r'\x1b\[(\d*)([A-Za-z])|([\r\n])|([^\x1b\r\n]+)')

    def __init__(self, columns):
        self.columns, self.rows, self.row, self.column = columns, [''], 0, 0
        self.rest = ''

    def feed(self, data):
        text, at = self.rest + data, 0
        for token in iter(lambda: self.TOKEN.match(text, at), None):
            at = token.end()
            self.act(token[1], token[2], token[3], token[4])
        self.rest = text[at:]
        assert len(self.rest) < 8, f'unknown sequence: {self.rest!r}'

    def act(self, number, command, control, text):
        if command == 'A':
            self.row -= int(number)
            assert self.row >= 0, 'moves above the top'
        elif command == 'K':  # ends each line of the block, and only those
            assert self.column < self.columns, f'would wrap: {self.rows[self.row]!r}'
            self.rows[self.row] = self.rows[self.row][:self.column]
        elif command == 'J':
            self.rows[self.row:] = [self.rows[self.row][:self.column]]
        elif control == '\r':
            self.column = 0
        elif control == '\n':
            self.row, self.column = self.row + 1, self.column  # the tty sends \r before
            if self.row == len(self.rows):
                self.rows.append('')
        else:
            assert text is not None, f'unknown command {command!r}'
            self.put(text)

    def put(self, text):
        line = self.rows[self.row]
        self.rows[self.row] = line[:self.column] + text + line[self.column + len(text):]
        self.column += sum(2 if east_asian_width(c) in 'WF' else 1 for c in text)


class Terminal:
    """A program that runs in a pseudo-terminal of its own, as its session's leader."""

    def __init__(self, argv, columns=100, rows=24, **options):
        self.master, self.slave = pty.openpty()
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))
        self.before = termios.tcgetattr(self.slave)
        # On Ctrl-C a terminal throws away the output that it has not shown yet, which may end in
        # the middle of anything. That can't be tested for: here it keeps it.
        self.before[3] |= termios.NOFLSH
        termios.tcsetattr(self.slave, termios.TCSANOW, self.before)
        self.process = subprocess.Popen(
            argv, stdin=self.slave, stdout=self.slave, stderr=self.slave, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0), **options)
        self.screen, self.output, self.views = Screen(columns), '', []

    def read(self):
        """Reads what there is; False if the program has ended and nothing is left."""
        ended = self.process.poll() is not None
        if not select.select([self.master], [], [], 0 if ended else 0.05)[0]:
            return not ended
        text = os.read(self.master, 65536).decode()
        self.output += text
        self.screen.feed(text)
        self.views.append('\n'.join(self.screen.rows))
        return True

    def expect(self, pattern):
        deadline = time.monotonic() + examplelib.TIMEOUT
        while not re.search(pattern, '\n'.join(self.screen.rows)):
            alive = self.read()
            assert alive and time.monotonic() < deadline, f'no {pattern!r} in {self.output!r}'

    def press(self, key):
        os.write(self.master, key)

    def wait(self):
        deadline = time.monotonic() + examplelib.TIMEOUT
        while self.read():
            assert time.monotonic() < deadline, f'did not end: {self.output!r}'
        return self.process.wait()

    def close(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
        os.close(self.slave)
        os.close(self.master)


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
        terminal.expect(r'\[#*\.+\] +\d+ %, 20 of 32 files, .* of .*, .*/s, [\d:]+ left\n'
                        r'  +[1-9]\d* %  tree/large/\d+')
        terminal.press(b'\x03')
        self.assertEqual(terminal.wait(), 130)
        self.assert_restored(terminal)
        left = '\n'.join(terminal.screen.rows).replace('^C', '')
        self.assertRegex(left, r'\AFound 32 files, .*\n'
                               r'\[.*20 of 32 files, .*\n(  +\d+ %  tree/large/\d+\n)+'
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
