#!/usr/bin/python3
# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a task costs in Python: this library, the package asynclit of PyPI, what Python brings.

The package of PyPI is there in the environment that build-aux/bench makes, and is left out elsewhere,
as it is where it would take longer than there is time for.
"""

import functools
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

from bench_script import OURS, Case, Question, ask
from python_peers import PEERS

HERE = Path(__file__).resolve().parent
WARM_UP = 200

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


# The measurement, in a separate process: figures for one task

def nothing():
    pass


async def nothing_async():
    pass


def timed(count, run):
    """Wall and processor time per task, in µs."""
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
    """Submitting while this many tasks wait, and the memory of these tasks."""
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
        assert seen == count or seen >= 65536 or not peer.is_complete_at_end, seen
    return timed(count, run)


def resident_bytes():
    with open('/proc/self/statm', encoding='ascii') as statm:
        return int(statm.read().split()[1]) * os.sysconf('SC_PAGE_SIZE')


def measure(peer_name, case_name, count):
    """Runs in a separate process, and prints the figures."""
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


def takes_too_long(case, peer):
    """Where each submission counts all tasks, ten times as many take a hundred times as long."""
    return CASES[case].count >= 10 ** 5 and peer == 'original' and case != 'progress'


def command(peer, case, count):
    return [interpreter(), __file__, '--measure', peer, case, str(count)]


QUESTION = Question(
    name='python', title='What a task costs in Python', cases=CASES,
    peers={name: title for name, (title, _) in PEERS.items()},
    figures={'wall': 'wall µs', 'cpu': 'CPU µs', 'bytes': 'bytes'},
    command=command, is_available=is_available, slow=('original',),
    takes_too_long=takes_too_long)


if __name__ == '__main__':
    if sys.argv[1:2] == ['--measure']:
        measure(*sys.argv[2:4], int(sys.argv[4]))
    ask(QUESTION)
