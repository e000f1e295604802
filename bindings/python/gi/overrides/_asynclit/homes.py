# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Bringing what a caller gave back to the thread that it came from, once it is of no more use.

A function and its arguments may be or hold what only that thread may free, such as a widget. They
are dropped there when it next calls the library; on any thread once theirs has ended, or so many
wait that they would be a burden.
"""

import threading
import weakref
from collections import deque

# How many wait for their thread at most; and how many are dropped whenever it submits.
MAX_WAITING = 1024
DROPPED_PER_SUBMIT = 16


class Home:
    """A thread, as the works that it submitted know it."""

    __slots__ = ('ident', 'returned', '_gone', '__weakref__')

    def __init__(self):
        self.ident = threading.get_ident()
        self.returned = deque()
        self._gone = False

    def take_back(self, work):
        """Runs on: any thread"""
        returned = self.returned
        returned.append(work)
        if self._gone:
            self.empty()
        elif len(returned) > MAX_WAITING:
            self.drop(1)

    def drop(self, count):
        returned = self.returned
        while returned and count:
            count -= 1
            try:
                work = returned.popleft()
            except IndexError:  # another thread was faster
                return
            work.release()

    def empty(self):
        self.drop(len(self.returned))

    def leave(self):
        self._gone = True
        self.empty()


class Resident:
    """Goes with its thread."""

    def __init__(self):
        self.home = Home()
        homes.add(self.home)

    def __del__(self):
        self.home.leave()


homes = weakref.WeakSet()
here = threading.local()


def current_home():
    try:
        return here.home
    except AttributeError:
        here.resident = Resident()
        here.home = here.resident.home
        return here.home


def leave_all():
    """At the end of the interpreter."""
    for home in list(homes):
        home.leave()
