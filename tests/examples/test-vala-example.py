#!/usr/bin/python3
# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The example word-count in Vala: lambdas on the pool, and each kind of error."""

import subprocess

import examplelib
import taptest


class TestVala(examplelib.FolderCase):
    def setUp(self):
        super().setUp()
        self.program = examplelib.build_dir() / 'examples/vala/word-count'
        if not self.program.exists():
            self.skipTest('the build has no programs in Vala')

    def run_program(self, *args):
        done = subprocess.run([self.program, *args], cwd=self.root, capture_output=True, text=True,
                              env=examplelib.environment(), timeout=examplelib.TIMEOUT)
        return done.returncode, done.stdout, done.stderr

    def test_counts(self):
        self.make('few', b'one two\n\n three\tfour')
        self.make('many', b'a b\n' * 5000)
        self.make('none', b'')
        status, out, err = self.run_program('few', 'many', 'none')
        self.assertEqual((status, err), (0, ''))
        self.assertEqual(out, '      4 few\n  10000 many\n      0 none\n')

    def test_errors(self):
        self.make('text', b'one')
        self.make('binary', b'one\n\xff\n')
        self.make('folder/file')
        status, out, err = self.run_program('missing', 'binary', 'text', 'folder')
        self.assertEqual((status, out), (1, '      1 text\n'))
        lines = err.splitlines()
        self.assertEqual(lines[:2], ['missing: there is no such file',
                                     'binary: line 2 is not text'])
        self.assertTrue(lines[2].startswith('folder: cannot be read: '), lines)

    def test_usage(self):
        status, _out, err = self.run_program()
        self.assertEqual(status, 2)
        self.assertIn('Usage:', err)


if __name__ == '__main__':
    taptest.main()
