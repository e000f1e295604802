#!/usr/bin/python3
# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The example checksum-folder, interrupted: the files that it leaves, and how it ends."""

import os
import signal
import time

import examplelib
import taptest

# A second interrupt only counts as such after the first one has been handled.
SIGNAL_INTERVAL = 0.05


class TestInterrupt(examplelib.FolderCase):
    def make_half(self):
        """Files that are done soon, followed by files that take minutes."""
        for number in range(40):
            self.make(f'tree/a {number}\\', b'%d' % number)
        for number in range(40):
            self.make_large(f'tree/large/{number}')

    def start_half(self, *args):
        self.make_half()
        running = self.start(*args, 'tree')
        running.expect(r'%, 40 of 80 files')
        return running

    def assert_interrupted(self, running, status):
        self.assertEqual(running.wait(), status)
        self.assertTrue(running.nothing_left())
        self.assertFalse([n for n in self.names() if n.startswith(b'.')])

    def test_half_way(self):
        running = self.start_half()
        running.process.send_signal(signal.SIGINT)
        self.assert_interrupted(running, 130)
        running.expect('Interrupted: 40 of 80 files were done')
        self.assertEqual(self.assert_whole_lines(), 40)
        self.assert_check_passes()

    def test_terminated(self):
        running = self.start_half()
        running.process.send_signal(signal.SIGTERM)
        self.assert_interrupted(running, 143)
        self.assertEqual(self.assert_whole_lines(), 40)

    def test_standard_output(self):
        running = self.start_half('--output=-')
        running.process.send_signal(signal.SIGINT)
        self.make('out', running.process.stdout.read())
        self.assert_interrupted(running, 130)
        self.assertEqual(self.assert_whole_lines('out'), 40)
        self.assert_check_passes('out')

    def test_nothing_done_keeps_old_result(self):
        self.make('SHA256SUMS', b'old\n')
        for number in range(3):
            self.make_large(f'tree/large/{number}')
        running = self.start('tree')
        running.expect(r'%, 0 of 3 files')
        running.process.send_signal(signal.SIGINT)
        self.assert_interrupted(running, 130)
        self.assertEqual(self.read(), b'old\n')

    def test_pending_never_start(self):
        """With one file at a time, the next does not begin when the first is cancelled."""
        for number in range(3):
            self.make_large(f'tree/large/{number}')
        running = self.start('--jobs=1', 'tree')
        running.expect(r'%, 0 of 3 files')
        running.process.send_signal(signal.SIGINT)
        self.assert_interrupted(running, 130)
        running.expect('Interrupted: 0 of 3 files')

    def test_while_listing(self):
        for number in range(400):
            os.makedirs(self.path(f'tree/{number}/slow'))
        running = self.start('tree', faulty=True)
        running.expect(r'^Listing')
        running.process.send_signal(signal.SIGINT)
        self.assert_interrupted(running, 130)
        self.assertEqual(self.names(), [b'tree'])

    def test_while_waiting_for_retry(self):
        """The file was cancelled before its last attempt failed."""
        self.make('tree/fault-5-99')
        running = self.start('tree', faulty=True)
        running.expect(r'%, 0 of 1 file')
        running.process.send_signal(signal.SIGINT)
        self.assert_interrupted(running, 130)
        self.assertIsNone(running.find('fault-5-99'))

    def interrupt_until_ended(self, running):
        count, deadline = 0, time.monotonic() + examplelib.TIMEOUT
        while running.process.poll() is None:
            self.assertLess(time.monotonic(), deadline)
            running.process.send_signal(signal.SIGINT)
            count += 1
            time.sleep(SIGNAL_INTERVAL)
        self.assert_interrupted(running, 130)
        self.assertGreater(count, 1)

    def test_second_ends_at_once(self):
        """Even if a file is stuck in the kernel, as on a server that does not respond."""
        self.make('tree/fine')
        self.make('tree/hang')
        running = self.start('tree', faulty=True)
        running.expect(r'%, 1 of 2 files')
        running.process.send_signal(signal.SIGINT)
        running.expect('interrupt again to exit immediately')
        self.assertIsNone(running.process.poll())
        running.process.send_signal(signal.SIGINT)
        self.assert_interrupted(running, 130)
        self.assertEqual(self.names(), [b'tree'])

    def test_second_while_writing(self):
        """The result goes to a pipe without a reader, so opening it never returns."""
        self.make('tree/fine')
        os.mkfifo(self.path('pipe'))
        running = self.start('--output=pipe', 'tree')
        running.expect('^Done')
        self.interrupt_until_ended(running)

    def test_finished_is_not_interrupted(self):
        """After a single interrupt, a late reader still gets everything."""
        self.make('tree/fine')
        os.mkfifo(self.path('pipe'))
        running = self.start('--output=pipe', 'tree')
        running.expect('^Done')
        running.process.send_signal(signal.SIGINT)
        with open(self.path('pipe'), 'rb') as pipe:
            self.assertEqual(pipe.read(), self.digests_of(b'tree/fine'))
        self.assertEqual(running.wait(), 0)


if __name__ == '__main__':
    taptest.main()
