# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Threads that call functions at given times; each is created on first use.

Retries have a thread of their own, which calls no user functions, so that no function can delay the
retries of other tasks.
"""

import heapq
import itertools
import sys
import threading
import time

from . import threads


class Timer:
    """A pending call. Cancelling it has no effect once the call has been made."""

    __slots__ = ('call',)

    def __init__(self, *call):
        self.call = call

    def cancel(self):
        self.call = None


def call_timer(timer):
    call, timer.call = timer.call, None
    if call is None:
        return
    func, args = call
    try:
        func(*args)
    except Exception:  # later timers are due nevertheless
        sys.excepthook(*sys.exc_info())


class Timers:
    def __init__(self, name):
        self._name = name
        self._changed = threading.Condition(threading.RLock())  # guards the fields below
        self._due = []  # a heap of times, numbers that distinguish equal times, and timers
        self._thread = None
        self._closed = False
        self._numbers = itertools.count()

    def start(self, delay, func, *args):
        """Calls a function after a delay in seconds.

        Raises RuntimeError if no thread can be started.
        """
        timer = Timer(func, args)
        due = time.monotonic() + delay
        with self._changed:
            if self._closed:
                raise RuntimeError('the interpreter is shutting down')
            if self._thread is None:
                self._thread = threads.start(self._main, self._name)
            heapq.heappush(self._due, (due, next(self._numbers), timer))
            self._changed.notify()
        return timer

    def close(self):
        """Makes no more calls."""
        with self._changed:
            self._closed = True
            self._due.clear()
            self._changed.notify()

    def _main(self):
        while True:
            timer = self._next()
            if timer is None:
                return
            call_timer(timer)
            timer = None

    def _next(self):
        """Waits for the next timer that is due; None at the end."""
        with self._changed:
            while not self._closed:
                if not self._due:
                    self._changed.wait()
                    continue
                rest = self._due[0][0] - time.monotonic()
                if rest <= 0:
                    return heapq.heappop(self._due)[2]
                self._changed.wait(min(rest, threading.TIMEOUT_MAX))
        return None
