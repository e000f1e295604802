#!/usr/bin/python3
# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The example checksum-folder in JavaScript: its result, and its error messages."""

import os
import re
import shutil
import signal
import subprocess
from pathlib import Path

import examplelib
import taptest

NAMES = [b'plain', b'sub/file', b'back\\slash', b'new\nline', b'carriage\rreturn', b'\xff\xfe',
         'ünïcödé ☃'.encode(), b'%41', b'a b', b'#hash', b'sub/deep/-c']
PROGRAM = Path(os.environ['ASYNCLIT_SOURCE_DIR'], 'examples/gjs/checksum-folder.js')


class TestGjs(examplelib.FolderCase):
    def setUp(self):
        super().setUp()
        typelibs = (examplelib.build_dir() / 'asynclit-glib').glob('*.typelib')
        if shutil.which('gjs') is None or not any(typelibs):
            self.skipTest('GJS is not there, or the build has no typelib')

    def command(self, *args):
        return ['gjs', '-m', str(PROGRAM), *args]

    def run_program(self, *args):
        result = subprocess.run(self.command(*args), cwd=self.root, capture_output=True,
                                text=True, timeout=examplelib.TIMEOUT)
        return result.returncode, result.stderr

    def test_same_as_sha256sum(self):
        for name in NAMES:
            self.make(b'tree/' + name, name * 1000)
        os.symlink('plain', self.path('tree/link'))
        status, err = self.run_program('--output', 'sums', 'tree')
        self.assertEqual(status, 0, err)
        self.assertIn('Done: 11 of 11 files', err)
        names = sorted(self.path('tree/') + name for name in NAMES)
        expected = subprocess.run([b'sha256sum', *names], capture_output=True, check=True).stdout
        self.assertEqual(self.read('sums'), expected)

    def test_unreadable_folder(self):
        status, err = self.run_program('--quiet', 'nowhere')
        self.assertEqual(status, 1)
        self.assertIn('nowhere', err)

    def test_unwritable_result(self):
        self.make('tree/file')
        status, err = self.run_program('--quiet', '--output', 'no/such/folder', 'tree')
        self.assertEqual(status, 2)
        self.assertEqual(err.count('\n'), 1)

    def test_wrong_usage(self):
        for args in ([], ['--jobs', '0', '.'], ['--jobs', 'x', '.'], ['a', 'b'], ['--wrong', '.']):
            with self.subTest(args=args):
                status, err = self.run_program(*args)
                self.assertEqual(status, 2)
                self.assertIn('Usage:', err)

    def test_interrupted(self):
        self.make('tree/small')
        self.make_large('tree/large')
        with subprocess.Popen(self.command('--output', 'sums', 'tree'), cwd=self.root,
                              stderr=subprocess.PIPE, text=True) as program:
            self.assertEqual(program.stderr.readline(), 'Found 2 files\n')
            program.send_signal(signal.SIGINT)
            self.assertIn('Interrupted: ', program.stderr.read())
        self.assertEqual(program.returncode, 130)

    def test_no_module_awaits(self):
        """While it waits, GJS polls, which occupies a processor; but not in runAsync()."""
        found = [line for path in PROGRAM.parent.rglob('*.js') for line in path.read_text().split('\n')
                 if re.match(r'[^\s/*].*\bawait\b', line) and 'runAsync' not in line]
        self.assertEqual(found, [])


if __name__ == '__main__':
    taptest.main()
