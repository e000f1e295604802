#!/usr/bin/python3
# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The small examples run, and do what the comment at their beginning says."""

import examplelib
import taptest


class TestExample(examplelib.FolderCase):
    def test_hello(self):
        status, out, err = self.run_example(program='hello')
        self.assertEqual((status, err), (0, ''))
        self.assertRegex(out, rb'^\.* 78498 primes\n$')

    def test_progress(self):
        status, out, err = self.run_example('3', program='progress')
        self.assertEqual((status, err), (0, ''))
        self.assertEqual(out, b'step 1 of 3\nstep 2 of 3\nstep 3 of 3\ndone: all steps taken\n')

    def test_progress_cancelled(self):
        status, out, err = self.run_example('1000', '2', program='progress')
        self.assertEqual((status, err), (0, ''))
        self.assertTrue(out.startswith(b'step 1 of 1000\nstep 2 of 1000\n'), out)
        self.assertTrue(out.endswith(b'\ncancelled\n'), out)
        self.assertLess(out.count(b'\n'), 1000)

    def test_retry(self):
        status, out, err = self.run_example('2', program='retry')
        self.assertEqual((status, err), (0, ''))
        self.assertEqual(out, b'attempt 1: the service is busy; again in 0.05 s\n'
                              b'attempt 2: the service is busy; again in 0.10 s\n'
                              b'the service has answered\n')

    def test_retry_gives_up(self):
        status, out, err = self.run_example('99', program='retry')
        self.assertEqual((status, err), (1, 'attempt 5: the service is busy; giving up\n'))
        self.assertEqual(out.count(b'again in'), 4)

    def test_subprocess(self):
        status, out, err = self.run_example('printf', r'one\ntwo\n', program='subprocess')
        self.assertEqual((status, out, err), (0, b'> one\n> two\n', ''))

    def test_subprocess_fails(self):
        status, out, err = self.run_example('sh', '-c', 'echo out; echo why >&2; exit 3',
                                            program='subprocess')
        self.assertEqual((status, out), (3, b'> out\n'))
        self.assertIn('why', err)

    def test_subprocess_missing(self):
        for args in ([], ['no-such-program-here']):
            status, out, err = self.run_example(*args, program='subprocess')
            self.assertEqual((status, out), (2, b''))
            self.assertNotEqual(err, '')


if __name__ == '__main__':
    taptest.main()
