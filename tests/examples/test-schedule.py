#!/usr/bin/python3
# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The example schedule, killed at random times: no run is lost or repeated.

Its job adds a line to a log each time that it is due. Each time is a point of a grid, whatever
happens to the program. Lost and repeated runs can therefore be counted afterwards.
"""

import collections
import os
import random
import re
import signal
import sqlite3
import subprocess
import threading
import time

import examplelib
import taptest

INTERVAL = 0.05
WATCHDOG_SECONDS = 60
KILLS = 200
KILLS_AT_LEAST_ONCE = 50


class TestSchedule(examplelib.FolderCase):
    def setUp(self):
        super().setUp()
        self.store = os.fsdecode(self.path('schedule.db'))
        self.log = os.fsdecode(self.path('log'))

    def start(self, *args):
        """Starts it, with a job that is due often."""
        return subprocess.Popen(
            [*examplelib.example('schedule'), '--store', self.store, '--log', self.log,
             '--interval', str(INTERVAL), *args],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=examplelib.environment())

    def end(self, process, number):
        process.send_signal(number)
        err = process.communicate(timeout=WATCHDOG_SECONDS)[1]
        self.assertEqual(err, b'')
        self.assertEqual(process.returncode, 0 if number == signal.SIGTERM else -number)

    def lines(self):
        if not os.path.exists(self.log):
            return []
        with open(self.log, encoding='ascii') as log:
            text = log.read()
        self.assertTrue(not text or text.endswith('\n'))
        return [int(line) for line in text.splitlines()]

    def await_lines(self, process, number):
        """Waits until the log has the given number of lines."""
        end = time.monotonic() + WATCHDOG_SECONDS
        while len(self.lines()) < number:
            self.assertIsNone(process.poll(), 'it has ended by itself')
            self.assertLess(time.monotonic(), end, 'it adds no lines')
            time.sleep(0.005)

    def kill_often(self, kills, *args):
        """Starts and kills it repeatedly, and finally ends it in an orderly way."""
        chance = random.Random(kills)
        process = self.start(*args)
        self.await_lines(process, 1)
        for _ in range(kills):
            time.sleep(chance.uniform(0, 0.12))
            self.end(process, signal.SIGKILL)
            process = self.start(*args)
        self.await_lines(process, len(self.lines()) + 3)
        self.end(process, signal.SIGTERM)

    def recorded(self):
        with sqlite3.connect(self.store) as database:
            self.assertEqual(database.execute('PRAGMA integrity_check').fetchone(), ('ok',))
            runs = database.execute('SELECT count (*) FROM runs WHERE started IS NOT NULL')
            self.assertEqual(runs.fetchone(), (0,))
            return database.execute("SELECT n_runs, n_missed, n_skipped FROM jobs WHERE id = 'log'"
                                    ).fetchone()

    def points(self, lines):
        """The lines as points of the grid, from 0 for the first."""
        step = INTERVAL * 1e6
        points = [round((line - min(lines)) / step) for line in lines]
        # The difference between the clocks from one start to the next is much less than the
        # interval.
        for before, after in zip(sorted(lines), sorted(lines)[1:]):
            off = (after - before) / step
            self.assertLess(abs(off - round(off)), 0.2)
        return collections.Counter(points)

    def test_at_most_once(self):
        self.kill_often(KILLS)
        points = self.points(self.lines())
        n_runs, n_missed, n_skipped = self.recorded()
        self.assertEqual([point for point, times in points.items() if times > 1], [])
        # Each point is recorded once, as a run that was started. Runs without a line were
        # interrupted before they could write it.
        self.assertEqual(n_missed, 0)
        self.assertEqual(n_runs, max(points) + 1)
        self.assertLessEqual(n_runs - len(points), n_skipped)
        self.assertLessEqual(n_skipped, KILLS)

    def test_at_least_once(self):
        self.kill_often(KILLS_AT_LEAST_ONCE, '--at-least-once')
        points = self.points(self.lines())
        self.assertEqual([point for point in range(max(points)) if point not in points], [])
        self.assertLessEqual(sum(points.values()) - len(points), KILLS_AT_LEAST_ONCE)
        self.assertEqual(self.recorded()[1:], (0, 0))

    def test_one_process(self):
        process = self.start()
        self.await_lines(process, 1)
        other = self.start()
        self.assertIn(b'lock', other.communicate(timeout=WATCHDOG_SECONDS)[1])
        self.assertEqual(other.returncode, 1)
        self.end(process, signal.SIGTERM)

    def read_until(self, stream, pattern):
        """The first line that matches."""
        for line in stream:
            if re.search(pattern, line):
                return line
        self.fail(f'there is no line {pattern!r}')

    def test_shows_next_runs(self):
        process = subprocess.Popen([*examplelib.example('schedule'), '--interval', '0.2'],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   env=examplelib.environment())
        watchdog = threading.Timer(WATCHDOG_SECONDS, process.kill)
        watchdog.start()
        line = self.read_until(process.stdout,
                               rb'tick +next \d\d:\d\d:\d\d +last - +runs 0')
        self.assertIn(b'every 0.2 seconds', line)
        self.read_until(process.stdout,
                        rb'tick +next \d\d:\d\d:\d\d +last \d\d:\d\d:\d\d +runs [1-9]')
        watchdog.cancel()
        self.end(process, signal.SIGTERM)

    def test_ends_by_itself(self):
        status, out, err = self.run_example('--seconds', '0.3', program='schedule')
        self.assertEqual((status, err), (0, ''))
        self.assertIn(b'every 2 seconds', out)


if __name__ == '__main__':
    taptest.main()
