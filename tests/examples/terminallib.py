# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A terminal for programs to run in, and what is on its screen."""

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
    """A program in a pseudo-terminal of its own, as the session leader."""

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
        """Reads the available output. False if the program has ended, and nothing is left."""
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
