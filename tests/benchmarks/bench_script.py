# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A benchmark of a binding: takes turns with its peers, and prints the same as those in C.

That is a table in Markdown, and on request JSON. Each measurement is a process of its own, which
prints the figures for one task as JSON.
"""

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable

OURS = 'asynclit-glib'
WALL = 'wall'
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
    goals: dict = field(default_factory=dict)  # peer: the least ratio; or OURS: the most µs


@dataclass
class Question:
    """The goals: the parts of one benchmark."""

    name: str
    title: str
    cases: dict
    peers: dict  # name: title
    figures: dict  # name: title; the first is WALL
    command: Callable  # peer, case, count: what to run
    is_available: Callable = lambda peer: True
    slow: tuple = ()  # peers that may take too long
    takes_too_long: Callable = lambda case, peer: False


def run_one(question, case, peer, count, timeout):
    """The figures of one measurement; None if it takes too long."""
    command = question.command(peer, case, count)
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=timeout)
    except subprocess.TimeoutExpired:
        return None
    if done.returncode != 0:
        sys.exit(f'{peer}, {case}: exit status {done.returncode}\n{done.stderr}')
    return json.loads(done.stdout)


@dataclass
class Goal:
    """The goal of one case, and whether it is met; met is None if it was not measured."""

    case: str
    peer: str
    limit: float
    value: float

    @property
    def text(self):
        return f'≤ {self.limit} µs' if self.peer == OURS else f'≥ {self.limit}×'

    @property
    def met(self):
        if math.isnan(self.value):
            return None
        return self.value <= self.limit if self.peer == OURS else self.value >= self.limit

    def __str__(self):
        return f'{self.text}: ' + {None: 'not measured', True: 'met', False: '**not met**'}[self.met]


class Results:
    """The figures of all rounds."""

    def __init__(self, question, options):
        self.question = question
        self.quick = options.quick
        self.pairs = [(name, peer) for name, case in question.cases.items() for peer in case.peers
                      if options.case in (None, name) and options.peer in (None, peer)
                      and question.is_available(peer)]
        self.rounds = {pair: [] for pair in self.pairs}

    def fill(self, seconds):
        """The pairs take turns, so that whatever else the machine does hits all of them."""
        begun = time.monotonic()
        # What may take too long comes last, the longest at the end.
        waiting = sorted(self.pairs, key=lambda pair: (pair[1] in self.question.slow)
                         * (1 + self.question.cases[pair[0]].count))
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
        count = self.question.cases[case].count // (QUICK_DIVISOR if self.quick else 1)
        if not self.quick and self.question.takes_too_long(case, peer):
            return None
        return run_one(self.question, case, peer, max(count, 5), timeout)

    def numbers(self, case, peer, figure):
        return sorted(found[figure] for found in self.rounds.get((case, peer), ())
                      if figure in found)

    def median(self, case, peer, figure=WALL):
        numbers = self.numbers(case, peer, figure)
        return statistics.median(numbers) if numbers else math.nan

    def ratio(self, case, peer):
        return self.median(case, peer) / self.median(case, OURS)

    def goals(self):
        for name, case in self.question.cases.items():
            for peer, limit in case.goals.items():
                measure = self.median if peer == OURS else self.ratio
                yield Goal(name, peer, limit, measure(name, peer))


# What comes out

def format_number(number):
    if math.isnan(number):
        return '–'
    return f'{number:.2f}' if number < 9.95 else f'{number:.1f}' if number < 99.5 else f'{number:.0f}'


def table_rows(results):
    question = results.question
    goals = {(goal.case, goal.peer): str(goal) for goal in results.goals()}
    yield ['what', 'with', *question.figures.values(), 'ratio', 'goal']
    for case, peer in results.rounds:
        ratio = format_number(results.ratio(case, peer))
        yield [question.cases[case].title, question.peers[peer],
               *(format_number(results.median(case, peer, figure)) for figure in question.figures),
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
        for figure, unit in results.question.figures.items():
            numbers = results.numbers(case, peer, figure)
            if not numbers:
                continue
            entry = {'case': case, 'peer': peer, 'figure': figure, 'unit': unit,
                     'median': statistics.median(numbers), 'smallest': numbers[0],
                     'largest': numbers[-1], 'rounds': len(numbers)}
            ratio = results.ratio(case, peer)
            if figure == WALL and not math.isnan(ratio):
                entry['ratio'] = ratio
            yield entry


def goal_entries(results):
    for goal in results.goals():
        entry = {'case': goal.case, 'peer': goal.peer, 'figure': WALL, 'goal': goal.text,
                 'limit': goal.limit}
        if goal.met is not None:
            entry |= {'value': goal.value, 'met': goal.met}
        yield entry


def write_json(results, path):
    from gi.repository import GLib
    report = {'benchmark': results.question.name, 'title': results.question.title,
              'quick': results.quick, 'processors': os.cpu_count(),
              'glib': f'{GLib.MAJOR_VERSION}.{GLib.MINOR_VERSION}.{GLib.MICRO_VERSION}',
              'results': list(result_entries(results)), 'goals': list(goal_entries(results))}
    text = json.dumps(report, indent=2, ensure_ascii=False) + '\n'
    if path == '-':
        sys.stdout.write(text)
    else:
        Path(path).write_text(text, encoding='utf-8')


def ask(question, arguments=None):
    """The whole program."""
    parser = argparse.ArgumentParser(description=question.title)
    parser.add_argument('--quick', action='store_true', help='one short round, as a trial')
    parser.add_argument('--seconds', type=float, default=60, help='take about so long')
    parser.add_argument('--json', metavar='FILE', help='write all results there; - for the terminal')
    parser.add_argument('--peer', choices=question.peers, help='only this one')
    parser.add_argument('--case', choices=question.cases, help='only this one')
    options = parser.parse_args(arguments)
    results = Results(question, options)
    results.fill(options.seconds)
    print_table(results)
    try:
        if options.json:
            write_json(results, options.json)
    except OSError as error:
        sys.exit(f'{options.json}: {error.strerror}')
