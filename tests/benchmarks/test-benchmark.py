#!/usr/bin/python3
# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A benchmark still runs, and prints the expected output: `test-benchmark.py PROGRAM
[ARGUMENT...]`.

Nothing here depends on how fast anything is.
"""

import json
import math
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / 'support'))

import taptest  # noqa: E402

PAGE = Path(__file__).resolve().parents[2] / 'docs' / 'performance.md'
PROGRAM = sys.argv[1:]
del sys.argv[1:]


def run(*arguments):
    return subprocess.run([*PROGRAM, *arguments], capture_output=True, text=True, encoding='utf-8')


def run_quick():
    """The table and the JSON of a trial."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / 'result.json'
        done = run('--quick', '--json', str(path))
        if done.returncode != 0:
            raise AssertionError(f'exit status {done.returncode}: {done.stderr}')
        return done.stdout, json.loads(path.read_text(encoding='utf-8'))


def check_result(result):
    """The mistakes in one entry of the results."""
    for key in ('case', 'peer', 'figure', 'unit'):
        if not isinstance(result.get(key), str) or not result[key]:
            yield f'{key} of {result}'
    numbers = [result.get(key, math.nan) for key in ('smallest', 'median', 'largest')]
    if numbers != sorted(numbers) or not all(map(math.isfinite, numbers)):
        yield f'smallest, median and largest of {result}'
    if result.get('rounds', 0) < 1:
        yield f'rounds of {result}'


def check_goal(goal, results):
    """A goal has a verdict if, and only if, its peer was measured."""
    measured = any(all(result[key] == goal[key] for key in ('case', 'peer', 'figure'))
                   for result in results)
    if not isinstance(goal.get('limit'), (int, float)) or not goal.get('goal'):
        yield f'limit of {goal}'
    if measured != ('met' in goal) or measured != ('value' in goal):
        yield f'verdict of {goal}'


def check_table(table, results):
    """Each case and peer has its row, and the columns are straight."""
    lines = table.splitlines()
    rows = {(result['case'], result['peer']) for result in results}
    if len(lines) != len(rows) + 2:
        yield f'{len(lines)} lines for {len(rows)} rows'
    if len({len(line) for line in lines}) != 1 or len({line.count('|') for line in lines}) != 1:
        yield f'crooked: {table}'


class TestBenchmark(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.table, cls.report = run_quick()

    def assert_clean(self, complaints):
        self.assertEqual(list(complaints), [])

    def test_head(self):
        self.assertTrue(self.report['benchmark'] and self.report['title'])
        self.assertIs(self.report['quick'], True)
        self.assertGreater(self.report['processors'], 0)

    def test_page(self):
        """build-aux/bench runs the benchmarks whose markers are on the page."""
        marker = f'<!-- benchmark: {self.report["benchmark"]} -->'
        self.assertEqual(PAGE.read_text(encoding='utf-8').splitlines().count(marker), 1, marker)

    def test_results(self):
        self.assertTrue(self.report['results'])
        for result in self.report['results']:
            self.assert_clean(check_result(result))

    def test_peers(self):
        """Each case includes the library, and at least one case includes another candidate."""
        peers = {}
        for result in self.report['results']:
            peers.setdefault(result['case'], set()).add(result['peer'])
        for case, names in peers.items():
            self.assertTrue(any(name.startswith('asynclit') for name in names), case)
            if '| with ' in self.table:
                self.assertGreater(len(names), 1, case)

    def test_goals(self):
        for goal in self.report['goals']:
            self.assert_clean(check_goal(goal, self.report['results']))

    def test_table(self):
        self.assert_clean(check_table(self.table, self.report['results']))

    def test_unknown_peer(self):
        done = run('--quick', '--peer', 'nobody')
        self.assertNotEqual(done.returncode, 0)
        self.assertIn('nobody', done.stderr)

    def test_unwritable(self):
        first = self.report['results'][0]
        done = run('--quick', '--peer', first['peer'], '--case', first['case'],
                   '--json', '/dev/null/result.json')
        self.assertNotEqual(done.returncode, 0)
        self.assertTrue(done.stderr)


class TestChecks(unittest.TestCase):
    """The checks can fail."""

    GOOD = {'case': 'a', 'peer': 'p', 'figure': 'wall', 'unit': 'ns', 'smallest': 1, 'median': 2,
            'largest': 3, 'rounds': 1}

    def test_result(self):
        self.assertEqual(list(check_result(self.GOOD)), [])
        for change in ({'unit': ''}, {'median': math.inf}, {'smallest': 2.5}, {'rounds': 0}):
            self.assertTrue(list(check_result({**self.GOOD, **change})), change)

    def test_goal(self):
        goal = {'case': 'a', 'peer': 'p', 'figure': 'wall', 'goal': '≥ 4×', 'limit': 4}
        self.assertEqual(list(check_goal(goal, [])), [])
        self.assertTrue(list(check_goal(goal, [self.GOOD])))
        self.assertTrue(list(check_goal({**goal, 'value': 1, 'met': False}, [])))

    def test_table(self):
        table = '| a | b |\n| - | - |\n| 1 | 2 |\n'
        self.assertEqual(list(check_table(table, [self.GOOD])), [])
        self.assertTrue(list(check_table(table.replace('1', '10'), [self.GOOD])))
        self.assertTrue(list(check_table(table, [])))


if __name__ == '__main__':
    taptest.main()
