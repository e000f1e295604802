#!/usr/bin/python3
# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The example fetch-many: what it makes of a server that is slow, breaks off, or is busy.

The same tests for each language: in $ASYNCLIT_LANGUAGE.
"""

import functools
import os
import shutil
import signal
import subprocess
import sys
import time
from hashlib import sha256
from pathlib import Path

import examplelib
import taptest
from terminallib import Terminal
from weblib import WITHOUT_PROXY, Server, content_of

LANGUAGE = os.environ.get('ASYNCLIT_LANGUAGE', 'python')

# No test waits as long as this, so a program that would fails.
NEVER = '1000'


def program():
    folder = Path(os.environ['ASYNCLIT_SOURCE_DIR'], 'examples', LANGUAGE)
    if LANGUAGE == 'c':
        return [str(examplelib.build_dir() / 'examples/c/fetch-many')]
    if LANGUAGE == 'gjs':
        return ['gjs', '-m', str(folder / 'fetch-many/main.js')]
    return [sys.executable, str(folder / 'fetch-many')]


def environment():
    return {**examplelib.environment(), **WITHOUT_PROXY}


@functools.cache
def has_soup_for_gjs():
    look = ['gjs', '-c', 'imports.gi.versions.Soup = "3.0"; imports.gi.Soup']
    return shutil.which('gjs') is not None and subprocess.run(look, stderr=subprocess.DEVNULL).returncode == 0


class TestFetchMany(examplelib.FolderCase):
    def setUp(self):
        super().setUp()
        if LANGUAGE == 'gjs' and not has_soup_for_gjs():
            self.skipTest('GJS is not there, or libsoup has no typelib')

    def serve(self, **options):
        self.server = Server(**options)
        self.addCleanup(self.server.close)

    def start(self, *args):
        running = examplelib.Running([*program(), *args], cwd=self.root, env=environment())
        self.addCleanup(running.close)
        return running

    def fetch(self, *paths, options=()):
        """Runs the program to its end: its status, and what it says."""
        running = self.start(*options, '--output=out', *map(self.server.url, paths))
        return running.wait(), ''.join(running.lines)

    def assert_has(self, *names, size=20000):
        """Exactly these files are there, whole, and the list of their sums."""
        self.assertEqual(self.names('out'), sorted(n.encode() for n in [*names, 'SHA256SUMS']))
        for name in names:
            self.assertEqual(self.read(f'out/{name}'), content_of(name, size))
        sums = sorted(f'{sha256(content_of(n, size)).hexdigest()}  {n}\n' for n in names)
        self.assertEqual(self.read('out/SHA256SUMS').decode(), ''.join(sums))

    def n_requests(self, path):
        return len(self.server.times[f'/{path}'])

    def test_all_come(self):
        self.serve()
        status, text = self.fetch('file/a', 'file/b.txt', 'file/c%20d')
        self.assertEqual(status, 0, text)
        self.assertEqual(self.names('out'), [b'SHA256SUMS', b'a', b'b.txt', b'c d'])
        self.assertIn('Done: 3 of 3 files', text)
        self.assertIn('b.txt: 20.0', text)

    def test_four_at_a_time(self):
        """The server answers no request before there are four: and there are never more."""
        self.serve(meeting=4)
        names = [f'n{number}' for number in range(12)]
        status, text = self.fetch(*(f'meet/{name}' for name in names), options=['--jobs=4'])
        self.assertEqual(status, 0, text)
        self.assertEqual(self.server.n_most, 4)
        self.assert_has(*names)

    def test_one_at_a_time(self):
        self.serve()
        names = [f'n{number}' for number in range(4)]
        status, text = self.fetch(*(f'meet/{name}' for name in names), options=['-j', '1'])
        self.assertEqual((status, self.server.n_most), (0, 1), text)
        self.assert_has(*names)

    def test_rate(self):
        self.serve()
        begun = time.monotonic()
        paths = [f'file/{number}' for number in range(4)]
        status, text = self.fetch(*paths, options=['--rate=2'])
        self.assertEqual(status, 0, text)
        times = sorted(self.server.times[f'/{path}'][0] for path in paths)
        for number, when in enumerate(times):
            self.assertGreaterEqual(when - begun, number / 2)

    def test_breaks_off(self):
        self.serve()
        status, text = self.fetch('broken/a', 'file/b', options=['--delay=0'])
        self.assertEqual(status, 0, text)
        self.assertEqual(self.n_requests('broken/a'), 2)
        self.assert_has('a', 'b')

    def test_always_breaks_off(self):
        """Half a file is none."""
        self.serve()
        status, text = self.fetch('broken/a', 'file/b', options=['--attempts=1'])
        self.assertEqual(status, 1, text)
        self.assertIn('a: failed: ', text)
        self.assertIn('Done: 1 of 2 files, 1 failed', text)
        self.assert_has('b')

    def test_retry_after(self):
        """The server says when, and the delay of its own does not count."""
        self.serve(retry_after=1)
        status, text = self.fetch('busy/a', options=[f'--delay={NEVER}'])
        self.assertEqual(status, 0, text)
        first, second = self.server.times['/busy/a']
        self.assertGreaterEqual(second - first, 1)
        self.assert_has('a')

    def test_no_retry_after(self):
        self.serve()
        status, text = self.fetch('failing/a', options=['--delay=0.1'])
        self.assertEqual(status, 0, text)
        self.assert_has('a')

    def test_not_found(self):
        """Which will not change, so it is not tried again."""
        self.serve()
        status, text = self.fetch('gone/a', 'file/b', options=[f'--delay={NEVER}'])
        self.assertEqual(status, 1, text)
        self.assertEqual(self.n_requests('gone/a'), 1)
        self.assertRegex(text, 'a: failed: .*404')
        self.assert_has('b')

    def test_no_server(self):
        self.serve()
        self.server.close()
        status, text = self.fetch('file/a', options=['--delay=0', '--attempts=3'])
        self.assertEqual(status, 1, text)
        self.assert_has()

    def test_silent(self):
        self.serve()
        status, text = self.fetch('silent/a', options=['--timeout=1', '--delay=0'])
        self.assertEqual(status, 0, text)
        self.assert_has('a')

    def test_deaf(self):
        self.serve()
        options = ['--timeout=0.5', '--delay=0', '--attempts=2']
        status, text = self.fetch('deaf/a', 'file/b', options=options)
        self.assertEqual(status, 1, text)
        self.assertEqual(self.n_requests('deaf/a'), 2)
        self.assert_has('b')

    def test_trickle(self):
        """The limit is that of the whole attempt, although something comes all the time."""
        self.serve()
        status, text = self.fetch('trickle/a', options=['--timeout=1', '--attempts=1'])
        self.assertEqual(status, 1, text)
        self.assert_has()

    def test_interrupted(self):
        """At once, although the server would send more; what is whole stays."""
        for number in signal.SIGINT, signal.SIGTERM:
            with self.subTest(number=number):
                self.serve()
                paths = ['file/a', 'half/b', 'half/c', 'file/d']
                running = self.start('-o', 'out', '--jobs=3', *map(self.server.url, paths))
                self.server.wait_for_halves(2)
                running.expect(r'^a: 20')
                running.expect(r'^d: 20')
                running.process.send_signal(number)
                self.assertEqual(running.wait(), 128 + number)
                self.assertFalse(self.server.closing.is_set())
                running.expect('Interrupted: 2 of 4 files')
                self.assertEqual(self.names('out'), [b'a', b'd'])

    def test_interrupted_in_gates(self):
        """What waits for its turn, or for its next attempt, does not hold up the end."""
        self.serve(retry_after=1000)
        paths = ['half/a', 'busy/b', 'file/c']
        running = self.start('-o', 'out', '--jobs=1', *map(self.server.url, reversed(paths)))
        self.server.wait_for_halves(1)
        running.process.send_signal(signal.SIGINT)
        self.assertEqual(running.wait(), 130)
        self.assertEqual(self.names('out'), [b'c'])

    def test_list(self):
        self.serve()
        urls = [self.server.url(f'file/{name}') for name in ('a', 'b', 'a')]
        self.make('list', '\n'.join(['# some', '', *urls, '']).encode())
        running = self.start('--input', 'list', '--output', 'out', self.server.url('file/c'))
        self.assertEqual(running.wait(), 0)
        self.assertEqual(self.n_requests('file/a'), 1)
        self.assert_has('a', 'b', 'c')

    def test_names(self):
        """No two are the same, and none leads out of the folder."""
        self.serve()
        paths = ['file/x', 'file/y/x', 'file/x.1', 'file/', 'file/%2e%2e%2fup',
                 'file/SHA256SUMS?x']
        status, text = self.fetch(*paths)
        self.assertEqual(status, 0, text)
        self.assertEqual(self.names('out'), [b'SHA256SUMS', b'SHA256SUMS.1', b'_up', b'index.html',
                                             b'x', b'x.1', b'x.1.1'])
        self.assertEqual(self.names(), [b'out'])

    def test_quiet(self):
        self.serve()
        status, text = self.fetch('file/a', 'gone/b', options=['--quiet'])
        self.assertEqual(status, 1)
        self.assertRegex(text, r'\Ab: failed: [^\n]*\n\Z')

    def test_lines(self):
        """Where there is no terminal, the whole is a line now and then."""
        self.serve()
        running = self.start('--output=out', '--attempts=1', self.server.url('half/a'))
        running.expect(r'^0 of 1 files · 10')
        self.server.closing.set()
        self.assertEqual(running.wait(), 1)

    def test_wrong_usage(self):
        for args in ([], ['--jobs=0', 'http://x/'], ['--jobs=2000', 'http://x/'], ['--jobs=x', 'http://x/'], ['--wrong'], ['x'],
                     ['file:///etc/passwd'], ['--input=no-such-file'],
                     ['--timeout=-1', 'http://x/'], ['--rate=nan', 'http://x/']):
            with self.subTest(args=args):
                running = self.start(*args)
                self.assertEqual(running.wait(), 2)
                self.assertTrue(running.lines)
                self.assertEqual(self.names(), [])

    def test_unusable_folder(self):
        self.make('out')
        self.serve()
        status, text = self.fetch('file/a')
        self.assertEqual(status, 2)
        self.assertIn('out', text)

    def test_help(self):
        running = self.start('--help')
        out = running.process.stdout.read().decode()
        self.assertEqual(running.wait(), 0)
        for option in 'input output jobs rate timeout attempts delay quiet'.split():
            self.assertIn(f'--{option}', out)

    def test_terminal(self):
        """The block has the whole and what is under way, and is gone at the end."""
        self.serve(retry_after=1)
        paths = ['half/a', 'busy/b', 'file/c']
        args = ['--delay=0', '--output=out', *map(self.server.url, paths)]
        terminal = Terminal([*program(), *args], cwd=self.root, columns=70,
                            env=environment())
        self.addCleanup(terminal.close)
        terminal.expect(r'(?s)\A.*\[#+\.+\] . of 3 files · .*\n  a: 10.0.kB of 20.0.kB')
        terminal.expect(r'\n  b: waits for its retry')
        self.server.closing.set()
        self.assertEqual(terminal.wait(), 1)
        self.assertNotIn('[', '\n'.join(terminal.screen.rows))
        self.assertRegex(terminal.screen.rows[-2], r'Done: 2 of 3 files, 1 failed')


if __name__ == '__main__':
    taptest.main()
