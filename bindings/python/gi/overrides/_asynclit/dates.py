# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Conversions between the times, time zones and durations of Python and those of C."""

import datetime
import math

from gi.repository import GLib

from . import zones

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
MICROSECOND = datetime.timedelta(microseconds=1)

# Replaces the date if only a time of day is given: a Monday, and the first day of a month and a
# year.
ANCHOR = datetime.date(2001, 1, 1)


def to_gdatetime(value):
    """The same moment as a GDateTime. As usual in Python, a naive datetime is in local time."""
    if value is None or isinstance(value, GLib.DateTime):
        return value
    if not isinstance(value, datetime.datetime):
        raise TypeError(f'a datetime was expected, not {type(value).__name__}')
    value = plain(value)
    if value.tzinfo is None:
        value = as_local(value)
    seconds, microseconds = divmod((value - EPOCH) // MICROSECOND, 10 ** 6)
    try:
        return GLib.DateTime.new_from_unix_utc(seconds).add(microseconds)
    except TypeError:  # PyGObject raises it for NULL
        raise ValueError(f'not between the years 1 and 9999 in UTC: {value}') from None


def plain(value):
    """Removes the behaviour of subclasses of datetime."""
    if value != value:  # not a time, such as pandas.NaT
        raise ValueError(f'not a time: {value!r}')
    return datetime.datetime(value.year, value.month, value.day, value.hour, value.minute,
                             value.second, value.microsecond, value.tzinfo, fold=value.fold)


def as_local(value):
    try:
        return value.astimezone()
    except (OverflowError, ValueError, OSError):  # near the ends of datetime's range
        return value.replace(tzinfo=datetime.timezone.utc)


def limit_to_gdatetime(never):
    """Converts a limit; the value never means that there is no limit."""
    def convert(value):
        is_datetime = isinstance(value, datetime.datetime)
        if is_datetime and (value != value or value.replace(tzinfo=None) == never):
            return None
        return to_gdatetime(value)

    return convert


start_to_gdatetime = limit_to_gdatetime(datetime.datetime.min)
end_to_gdatetime = limit_to_gdatetime(datetime.datetime.max)


def to_datetime(value):
    """The same moment as a datetime in the local time zone."""
    if value is None:
        return None
    since = datetime.timedelta(seconds=value.to_unix(), microseconds=value.get_microsecond())
    return (EPOCH + since).astimezone()


def on_the_wall(value, zone_name):
    """A time on the wall clock of a time zone, unless the time has a time zone of its own."""
    if isinstance(value, datetime.time):
        value = datetime.datetime.combine(ANCHOR, value)
    if zone_name is None or not isinstance(value, datetime.datetime) or value.tzinfo is not None:
        return to_gdatetime(value)
    try:
        zone = GLib.TimeZone.new_identifier(zone_name)
    except TypeError:  # PyGObject raises it for NULL
        raise ValueError(f'unknown time zone: {zone_name:.80}') from None
    return GLib.DateTime.new(zone, *value.timetuple()[:6])


def to_zone_name(zone):
    """The name of a time zone, from a name or a tzinfo; None is the local time zone."""
    if zone is None or isinstance(zone, str):
        return zone
    if not isinstance(zone, datetime.tzinfo):
        raise TypeError('a time zone must be a name or a tzinfo')
    return zones.find_name(zone)


def to_seconds(value):
    """A duration in seconds, from a number or a timedelta."""
    if isinstance(value, datetime.timedelta):
        return value.total_seconds()
    seconds = float(value)
    if math.isnan(seconds):
        raise ValueError('a duration must be a number')
    return seconds
