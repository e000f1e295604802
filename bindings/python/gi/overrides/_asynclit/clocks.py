# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""ManualClock, with Python's types for times."""

import datetime

from gi.module import get_introspection_module

from . import dates

raw = get_introspection_module('AsyncLit')

MAX_SECONDS = 3e12


def move(value):
    seconds = dates.to_seconds(value)
    if not 0 <= seconds <= MAX_SECONDS:
        raise ValueError(f'seconds must be in [0, {MAX_SECONDS:g}], not {seconds:g}')
    return seconds


class ManualClock(raw.ManualClock):
    """A clock that only moves when it is told to, for tests and simulations.

    start is the initial time; the default is the current time.
    """

    def __new__(cls, start=None):
        return cls.new(start)

    def __init__(self, start=None):
        """__new__() has already created the complete object."""

    @classmethod
    def new(cls, start=None):
        if start is None:
            start = datetime.datetime.now()
        return raw.ManualClock.new(dates.to_gdatetime(start))

    def set_wall_time(self, time):
        """Sets the wall time, as a user sets the clock of a system."""
        raw.ManualClock.set_wall_time(self, dates.to_gdatetime(time))

    def advance(self, seconds):
        """Advances the clock. seconds may be a timedelta."""
        raw.ManualClock.advance(self, move(seconds))

    def suspend(self, seconds):
        """Simulates that the system is suspended and resumes. seconds may be a timedelta."""
        raw.ManualClock.suspend(self, move(seconds))

    @property
    def time(self):
        """The wall time, as a datetime in the local time zone."""
        return dates.EPOCH.astimezone() + datetime.timedelta(microseconds=self.get_wall_time())
