# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Returns the caller's objects to the thread from which they came, once they are no longer needed.

A function and its arguments may be, or contain, objects that only that thread may free, such as
widgets. They are dropped when that thread next calls the library. They are dropped on another
thread if their own has ended, or if too many are waiting.
"""

import threading
import weakref
from collections import deque

# The maximum number of objects that wait for their thread, and the number dropped per submission.
MAX_WAITING = 1024
DROPPED_PER_SUBMIT = 16


class Home:
    """A thread, from the point of view of the works that it has submitted."""

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
    """A thread-local object that is freed when its thread ends."""

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
    """Called when the interpreter exits."""
    for home in list(homes):
        home.leave()
