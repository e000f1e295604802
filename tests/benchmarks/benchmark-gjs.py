#!/usr/bin/python3
# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The cost of a task in JavaScript, compared with a promise, an idle source, and Gio.Subprocess.

The measured code is in measure-gjs.js.
"""

from pathlib import Path

from bench_script import OURS, Case, Question, ask

SCRIPT = Path(__file__).resolve().parent / 'measure-gjs.js'

FUNCTIONS = (OURS, 'idle')
PROGRAMS = (OURS, 'subprocess')
CASES = {
    'latency': Case('one after the other', 'latency', 10 ** 4, FUNCTIONS, {OURS: 60}),
    'latency-async': Case('the same, asynchronous', 'latencyAsync', 10 ** 4, FUNCTIONS),
    'burst': Case('10,000 functions', 'burst', 10 ** 4, FUNCTIONS),
    'program': Case('a program run', 'programs', 200, PROGRAMS),
}


def command(peer, case, count):
    return ['gjs', '-m', str(SCRIPT), peer, CASES[case].measure, str(count)]


if __name__ == '__main__':
    ask(Question(
        name='gjs', title='What a task costs in JavaScript', cases=CASES,
        peers={OURS: OURS, 'idle': 'Promise and idle source', 'subprocess': 'Gio.Subprocess'},
        figures={'wall': 'wall µs', 'cpu': 'CPU µs'}, command=command))
