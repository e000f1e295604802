# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""ScheduleStore: the file in which a scheduler remembers what its jobs are to do."""

import os
import time

from gi.module import get_introspection_module
from gi.repository import Gio, GLib

from . import dates

raw = get_introspection_module('AsyncLit')

# Python hears of Ctrl-C only when a call of C has returned.
SLICE_SECONDS = 0.1


def wait(call, timeout, cancellable):
    """False if it takes longer. The interpreter's lock is free meanwhile."""
    seconds = -1 if timeout is None else dates.to_seconds(timeout)
    end = time.monotonic() + seconds if seconds >= 0 else None
    while True:
        rest = SLICE_SECONDS if end is None else min(end - time.monotonic(), SLICE_SECONDS)
        try:
            return call(max(rest, 0), cancellable)
        except GLib.Error as error:
            if not error.matches(Gio.io_error_quark(), Gio.IOErrorEnum.TIMED_OUT):
                raise
        if end is not None and time.monotonic() >= end:
            return False


class ScheduleStore(raw.ScheduleStore):
    """The memory of a scheduler, a file: jobs go on where they were when the program ended.

    path may be a text, bytes or a path object. In a "with" statement the store is closed at the
    end of it. Errors are GLib.Error, in the domain of Gio.io_error_quark().
    """

    def __new__(cls, path):
        return cls.new(path)

    def __init__(self, path):
        """The object is complete: __new__() made it."""

    @classmethod
    def new(cls, path):
        return raw.ScheduleStore.new(os.fsdecode(path))

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.close()

    def flush(self, timeout=None, cancellable=None) -> bool:
        """Waits until all that has happened is in the file; False if it takes longer."""
        return wait(lambda *args: raw.ScheduleStore.flush(self, *args), timeout, cancellable)

    def close(self, timeout=None, cancellable=None) -> bool:
        """Writes what is left, and lets go of the file; False if it takes longer.

        What happens after this is not remembered.
        """
        return wait(lambda *args: raw.ScheduleStore.close(self, *args), timeout, cancellable)
