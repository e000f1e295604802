# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Triggers that take and return datetimes. Invalid arguments raise exceptions."""

from gi.module import get_introspection_module
from gi.repository import GLib

from . import dates

raw = get_introspection_module('AsyncLit')

GUINT_MAX = 2 ** 32 - 1


def interval(value):
    """An interval in seconds, from a number or a timedelta."""
    seconds = dates.to_seconds(value)
    if not 1e-6 <= seconds < float('inf'):
        raise ValueError(f'seconds must be > 0, not {seconds:g}')
    return seconds


def every(value):
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= GUINT_MAX:
        raise ValueError(f'every must be a whole number >= 1, not {value!r}')
    return value


def check(make, *args):
    """What the constructor of C refuses is a ValueError."""
    try:
        make(*args)
    except GLib.Error as error:
        raise ValueError(error.message) from None


class IntervalTrigger(raw.IntervalTrigger):
    """Fires at regular intervals: a number of seconds, or a timedelta.

    With fixed_delay, the interval begins at the end of the previous run.
    """

    def __init__(self, seconds=1.0, fixed_delay=False):
        super().__init__(seconds=interval(seconds), fixed_delay=bool(fixed_delay))

    @classmethod
    def new(cls, seconds):
        return cls(seconds)

    @classmethod
    def new_with_fixed_delay(cls, seconds):
        return cls(seconds, fixed_delay=True)


class CronTrigger(raw.CronTrigger):
    """Fires at the times that a cron expression matches."""

    def __init__(self, expression, dialect=raw.CronDialect.APSCHEDULER, time_zone=None, **options):
        check(raw.CronTrigger.new, expression, dialect, time_zone)
        super().__init__(expression=expression, dialect=dialect, time_zone=time_zone, **options)


class CalendarTrigger(raw.CalendarTrigger):
    """Fires every n days, weeks, months or years, at a fixed time of day.

    first is the first time, a datetime.
    """

    def __init__(self, first, every=1, unit=raw.CalendarUnit.DAY, time_zone=None, **options):
        check(CalendarTrigger.new, every, unit, first, time_zone)
        super().__init__(first=dates.to_gdatetime(first), every=every, unit=unit,
                         time_zone=time_zone, **options)

    @classmethod
    def new(cls, every_, unit, first, time_zone=None):
        return raw.CalendarTrigger.new(every(every_), unit, dates.to_gdatetime(first), time_zone)


class DateTrigger(raw.DateTrigger):
    """Fires once, at a datetime."""

    def __init__(self, when):
        if when is None:
            raise TypeError('a datetime was expected, not NoneType')
        super().__init__(when=dates.to_gdatetime(when))

    @classmethod
    def new(cls, when):
        return raw.DateTrigger.new(dates.to_gdatetime(when))


def override_trigger():
    """Covers all kinds of triggers."""
    next_fire_time, preview = raw.Trigger.next_fire_time, raw.Trigger.preview

    def next_fire_datetime(self, previous, now):
        """The first time after both previous and now; None if there is none."""
        return dates.to_datetime(
            next_fire_time(self, dates.to_gdatetime(previous), dates.to_gdatetime(now)))

    def preview_datetimes(self, now, n_times):
        """The next times after now, at most n_times."""
        return [dates.to_datetime(time) for time in preview(self, dates.to_gdatetime(now), n_times)]

    raw.Trigger.next_fire_time, raw.Trigger.preview = next_fire_datetime, preview_datetimes


override_trigger()
