#!/usr/bin/python3
# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a task costs in Python: this library, the package asynclit of PyPI, what Python brings.

Prints a table in Markdown, and writes the same JSON as the benchmarks in C. Each measurement is a
process of its own. The package of PyPI is there in the environment that build-aux/bench makes, and
is left out elsewhere, as it is where it would take longer than there is time for.
"""

import argparse
import functools
import json
import math
import os
import statistics
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from python_peers import PEERS

HERE = Path(__file__).resolve().parent
OURS = 'asynclit-glib'
FIGURES = {'wall': 'wall µs', 'cpu': 'CPU µs', 'bytes': 'bytes'}
WARM_UP = 200
QUICK_DIVISOR = 100
# What begins when the time is over may take so long; a whole run at most twice the time, and this.
LEAST_SECONDS = 10


@dataclass
class Case:
    """One kind of work: what is measured, and how many tasks or values it takes."""

    title: str
    measure: str
    count: int
    peers: tuple
    goals: dict = field(default_factory=dict)  # peer: the least ratio


SYNC = (OURS, 'original', 'futures')
ASYNC = (OURS, 'original', 'loop')
CASES = {
    'sync-1000': Case('1,000 functions', 'burst', 10 ** 3, SYNC, {'original': 60, 'futures': 1}),
    'sync-10000': Case('10,000 functions', 'burst', 10 ** 4, SYNC, {'original': 60, 'futures': 1}),
    'sync-100000': Case('100,000 functions', 'burst', 10 ** 5, SYNC, {'futures': 1}),
    'async-1000': Case('1,000 coroutines', 'async_burst', 10 ** 3, ASYNC, {'original': 15}),
    'async-10000': Case('10,000 coroutines', 'async_burst', 10 ** 4, ASYNC, {'original': 15}),
    'async-100000': Case('100,000 coroutines', 'async_burst', 10 ** 5, ASYNC),
    'latency': Case('one after the other', 'latency', 500, SYNC),
    'live': Case('submitting, 10,000 live', 'live', 10 ** 4, SYNC),
    'progress': Case('a progress value', 'progress', 10 ** 5, SYNC),
}


# What is measured, in the process of its own: figures for one task

def nothing():
    pass


async def nothing_async():
    pass


def timed(count, run):
    """Wall and processor time for one of so many, in µs."""
    wall, cpu = time.perf_counter(), time.process_time()
    run()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return {'wall': wall / count * 1e6, 'cpu': cpu / count * 1e6}


def measure_burst(peer, count, func=nothing):
    submit = peer.submit
    return timed(count, lambda: peer.finish([submit(func) for _ in range(count)]))


def measure_async_burst(peer, count):
    return measure_burst(peer, count, nothing_async)


def measure_latency(peer, count):
    def run():
        for _ in range(count):
            peer.finish([peer.submit(nothing)])
    return timed(count, run)


def measure_live(peer, count):
    """Submitting while so many tasks wait, and the memory of these."""
    gate, more = threading.Event(), max(count // 50, 1)

    def wait():
        gate.wait()
    before = resident_bytes()
    handles = [peer.submit(wait) for _ in range(count)]
    figures = {'bytes': max(resident_bytes() - before, 0) / count}

    def submit_more():
        for _ in range(more):
            handles.append(peer.submit(wait))
    figures |= timed(more, submit_more)
    gate.set()
    peer.finish(handles)
    return figures


def measure_progress(peer, count):
    def run():
        handle, seen, ended = peer.stream(count), 0, False
        while not ended:
            values, ended = peer.drain(handle)
            seen += len(values)
            if not values:
                time.sleep(0.0001)
        # Faster than they are fetched: this library keeps the newest 65,536.
        assert seen == count or seen >= 65536, seen
    return timed(count, run)


def resident_bytes():
    with open('/proc/self/statm', encoding='ascii') as statm:
        return int(statm.read().split()[1]) * os.sysconf('SC_PAGE_SIZE')


def measure(peer_name, case_name, count):
    """Runs in the process of its own; prints the figures."""
    peer = PEERS[peer_name][1]()
    case = CASES[case_name]
    measure_it = globals()[f'measure_{case.measure}']
    func = nothing_async if case.measure == 'async_burst' else nothing
    peer.finish([peer.submit(func) for _ in range(WARM_UP)])
    print(json.dumps(measure_it(peer, count)), flush=True)
    os._exit(0)  # the end of the interpreter is not what is asked for here


# Running it

@functools.cache
def interpreter():
    """The one of the environment with the package of PyPI, if there is one."""
    named = os.environ.get('ASYNCLIT_TEST_PYTHON')
    found = Path(named or HERE.parents[1] / '_build/python/bin/python')
    return str(found) if found.exists() else sys.executable


@functools.cache
def is_available(peer):
    if peer != 'original':
        return True
    return subprocess.run([interpreter(), '-c', 'import asynclit'], stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL).returncode == 0


def run_one(peer, case, count, timeout):
    """The figures of one measurement; None if it takes too long."""
    command = [interpreter(), __file__, '--measure', peer, case, str(count)]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=timeout)
    except subprocess.TimeoutExpired:
        return None
    if done.returncode != 0:
        sys.exit(f'{peer}, {case}: exit status {done.returncode}\n{done.stderr}')
    return json.loads(done.stdout)


class Results:
    """The figures of all rounds."""

    def __init__(self, options):
        self.quick = options.quick
        self.pairs = [(case, peer) for case in CASES for peer in CASES[case].peers
                      if options.case in (None, case) and options.peer in (None, peer)
                      and is_available(peer)]
        self.rounds = {pair: [] for pair in self.pairs}

    def fill(self, seconds):
        """The pairs take turns, so that whatever else the machine does hits all of them."""
        begun = time.monotonic()
        # What may take too long comes last, the longest at the end.
        waiting = sorted(self.pairs, key=lambda pair: (pair[1] == 'original')
                         * (1 + CASES[pair[0]].count))
        while waiting:
            for pair in list(waiting):
                left = begun + 2 * seconds - time.monotonic()
                figures = self._run(pair, None if self.quick else max(left, LEAST_SECONDS))
                if figures is None:
                    waiting.remove(pair)
                else:
                    self.rounds[pair].append(figures)
            if self.quick or time.monotonic() > begun + seconds:
                break
        self.rounds = {pair: found for pair, found in self.rounds.items() if found}

    def _run(self, pair, timeout):
        case, peer = pair
        count = max(CASES[case].count // (QUICK_DIVISOR if self.quick else 1), 5)
        # Where each submission counts all tasks, ten times as many take a hundred times as long.
        smaller = CASES[case].count >= 10 ** 5 and peer == 'original' and case != 'progress'
        return None if smaller and not self.quick else run_one(peer, case, count, timeout)

    def numbers(self, case, peer, figure):
        return sorted(found[figure] for found in self.rounds.get((case, peer), ())
                      if figure in found)

    def median(self, case, peer, figure='wall'):
        numbers = self.numbers(case, peer, figure)
        return statistics.median(numbers) if numbers else math.nan

    def ratio(self, case, peer):
        return self.median(case, peer) / self.median(case, OURS)

    def goals(self):
        for case, about in CASES.items():
            for peer, limit in about.goals.items():
                ratio = self.ratio(case, peer)
                yield case, peer, limit, None if math.isnan(ratio) else ratio


# What comes out

def format_number(number):
    if math.isnan(number):
        return '–'
    return f'{number:.2f}' if number < 9.95 else f'{number:.1f}' if number < 99.5 else f'{number:.0f}'


def format_goal(limit, ratio):
    verdict = 'not measured' if ratio is None else 'met' if ratio >= limit else '**not met**'
    return f'≥ {limit}×: {verdict}'


def table_rows(results):
    goals = {(case, peer): format_goal(limit, ratio)
             for case, peer, limit, ratio in results.goals()}
    yield ['what', 'with', *FIGURES.values(), 'ratio', 'goal']
    for case, peer in results.rounds:
        ratio = format_number(results.ratio(case, peer))
        yield [CASES[case].title, PEERS[peer][0],
               *(format_number(results.median(case, peer, figure)) for figure in FIGURES),
               ratio if ratio == '–' else f'{ratio}×', goals.get((case, peer), '')]


def print_table(results):
    rows = list(table_rows(results))
    widths = [max(3, *map(len, column)) for column in zip(*rows)]
    is_text = [0, 1, len(widths) - 1]
    rule = ['-' * width if i in is_text else '-' * (width - 1) + ':'
            for i, width in enumerate(widths)]
    for row in [rows[0], rule, *rows[1:]]:
        cells = (cell.ljust(width) if i in is_text else cell.rjust(width)
                 for i, (cell, width) in enumerate(zip(row, widths)))
        print('|', ' | '.join(cells), '|')


def result_entries(results):
    for case, peer in results.rounds:
        for figure, unit in FIGURES.items():
            numbers = results.numbers(case, peer, figure)
            if not numbers:
                continue
            entry = {'case': case, 'peer': peer, 'figure': figure, 'unit': unit,
                     'median': statistics.median(numbers), 'smallest': numbers[0],
                     'largest': numbers[-1], 'rounds': len(numbers)}
            ratio = results.ratio(case, peer)
            if figure == 'wall' and not math.isnan(ratio):
                entry['ratio'] = ratio
            yield entry


def goal_entries(results):
    for case, peer, limit, ratio in results.goals():
        entry = {'case': case, 'peer': peer, 'figure': 'wall', 'goal': f'≥ {limit}×',
                 'limit': limit}
        if ratio is not None:
            entry |= {'value': ratio, 'met': ratio >= limit}
        yield entry


def write_json(results, path):
    from gi.repository import GLib
    report = {'benchmark': 'python', 'title': 'Python', 'quick': results.quick,
              'processors': os.cpu_count(),
              'glib': f'{GLib.MAJOR_VERSION}.{GLib.MINOR_VERSION}.{GLib.MICRO_VERSION}',
              'results': list(result_entries(results)), 'goals': list(goal_entries(results))}
    text = json.dumps(report, indent=2, ensure_ascii=False) + '\n'
    if path == '-':
        sys.stdout.write(text)
    else:
        Path(path).write_text(text, encoding='utf-8')


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--quick', action='store_true', help='one short round, as a trial')
    parser.add_argument('--seconds', type=float, default=60, help='take about so long')
    parser.add_argument('--json', metavar='FILE', help='write all results there; - for the terminal')
    parser.add_argument('--peer', choices=PEERS, help='only this one')
    parser.add_argument('--case', choices=CASES, help='only this one')
    parser.add_argument('--measure', nargs=3, help=argparse.SUPPRESS)
    return parser.parse_args()


def main():
    options = parse_options()
    if options.measure:
        peer, case, count = options.measure
        measure(peer, case, int(count))
    results = Results(options)
    results.fill(options.seconds)
    print_table(results)
    try:
        if options.json:
            write_json(results, options.json)
    except OSError as error:
        sys.exit(f'{options.json}: {error.strerror}')


if __name__ == '__main__':
    main()
