# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Shared by the tests of the Python binding: waiting for conditions, with a time limit."""

import os
import subprocess
import sys
import threading
import time

import gi

gi.require_version('AsyncLit', '1')
from gi.repository import AsyncLit, GLib

# The time after which a test counts as hanging. Only a failing test waits this long.
WATCHDOG_SECONDS = 60

try:
    import hypothesis
    hypothesis.settings.register_profile('tests', database=None, deadline=None)
    hypothesis.settings.load_profile('tests')
except ImportError:  # the tests that need it say so
    pass


def finish(task):
    """The task, once it has ended."""
    assert task.wait(WATCHDOG_SECONDS), f'{task} did not end'
    return task


def result_of(task):
    return finish(task).result


def poll_until(condition):
    """Checks repeatedly, for conditions that nothing announces."""
    end = time.monotonic() + WATCHDOG_SECONDS
    while not condition():
        assert time.monotonic() < end, 'a condition did not come true'
        time.sleep(0.001)


def iterate_until(condition, context=None):
    """Iterates a main context until the condition holds."""
    context = context or GLib.MainContext.default()
    expired = []
    source = GLib.timeout_source_new_seconds(WATCHDOG_SECONDS)
    source.set_callback(lambda *unused: expired.append(True))
    source.attach(context)
    while not condition() and not expired:
        context.iteration(True)
    source.destroy()
    assert not expired, 'a condition did not come true'


class Gate:
    """Functions wait at the gate until the test opens it, and the test waits until they have
    arrived."""

    def __init__(self):
        self.arrived = threading.Semaphore(0)
        self.opened = threading.Event()

    def pass_through(self, result=None):
        self.arrived.release()
        assert self.opened.wait(WATCHDOG_SECONDS)
        return result

    def await_arrivals(self, count=1):
        for _ in range(count):
            assert self.arrived.acquire(timeout=WATCHDOG_SECONDS)

    def open(self):
        self.opened.set()

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.open()


def run_script(text, *arguments, **options):
    """Runs a Python program in a separate process, and returns its CompletedProcess."""
    prelude = 'import gi\ngi.require_version("AsyncLit", "1")\n'
    return subprocess.run([sys.executable, *arguments, '-c', prelude + text],
                          capture_output=True, text=True, timeout=WATCHDOG_SECONDS, **options)


def assert_quiet(process, output=''):
    """The program succeeded, and printed exactly the expected output."""
    said = (process.returncode, process.stdout, process.stderr)
    assert said == (0, output, ''), said


def resident_bytes():
    with open('/proc/self/statm') as statm:
        return int(statm.read().split()[1]) * os.sysconf('SC_PAGE_SIZE')
