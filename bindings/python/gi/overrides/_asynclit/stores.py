# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""ScheduleStore: the file in which a scheduler keeps the state of its jobs."""

import os
import time

from gi.module import get_introspection_module
from gi.repository import Gio, GLib

from . import dates

raw = get_introspection_module('AsyncLit')

# Python handles Ctrl-C only after a call of C has returned.
SLICE_SECONDS = 0.1


def wait(call, timeout, cancellable):
    """False after timeout seconds. Releases the GIL."""
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
    """A file in which a scheduler keeps the state of its jobs when the program exits.

    path may be a str, bytes or a path object. A "with" statement closes the store at its end.
    Errors are GLib.Error in the domain of Gio.io_error_quark().
    """

    def __new__(cls, path):
        return cls.new(path)

    def __init__(self, path):
        """__new__() has already created the complete object."""

    @classmethod
    def new(cls, path):
        return raw.ScheduleStore.new(os.fsdecode(path))

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.close()

    def flush(self, timeout=None, cancellable=None) -> bool:
        """Waits until all changes are in the file. Returns False after timeout seconds."""
        return wait(lambda *args: raw.ScheduleStore.flush(self, *args), timeout, cancellable)

    def close(self, timeout=None, cancellable=None) -> bool:
        """Writes the remaining changes and closes the file. Returns False after timeout seconds.

        Later changes are not stored.
        """
        return wait(lambda *args: raw.ScheduleStore.close(self, *args), timeout, cancellable)
