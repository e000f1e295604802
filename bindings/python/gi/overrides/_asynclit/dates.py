# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Times, time zones and durations of Python as C has them, and back."""

import datetime
import math

from gi.repository import GLib

from . import zones

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
MICROSECOND = datetime.timedelta(microseconds=1)

# What stands for the date where only a time of the day is given: a Monday, the first of a month and
# of a year.
ANCHOR = datetime.date(2001, 1, 1)


def to_gdatetime(value):
    """The same moment; a time without a time zone is a local one, as everywhere in Python."""
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
    except TypeError:  # which is what PyGObject makes of NULL
        raise ValueError(f'not between the years 1 and 9999 in UTC: {value}') from None


def plain(value):
    """Without what subclasses of datetime make of it."""
    if value != value:  # what stands for no time at all
        raise ValueError(f'not a time: {value!r}')
    return datetime.datetime(value.year, value.month, value.day, value.hour, value.minute,
                             value.second, value.microsecond, value.tzinfo, fold=value.fold)


def as_local(value):
    try:
        return value.astimezone()
    except (OverflowError, ValueError, OSError):  # at the ends of what Python can count
        return value.replace(tzinfo=datetime.timezone.utc)


def limit_to_gdatetime(never):
    """A limit that may be given as the time that stands for there being none."""
    def convert(value):
        is_datetime = isinstance(value, datetime.datetime)
        if is_datetime and (value != value or value.replace(tzinfo=None) == never):
            return None
        return to_gdatetime(value)

    return convert


start_to_gdatetime = limit_to_gdatetime(datetime.datetime.min)
end_to_gdatetime = limit_to_gdatetime(datetime.datetime.max)


def to_datetime(value):
    """The same moment, in the local time zone."""
    if value is None:
        return None
    since = datetime.timedelta(seconds=value.to_unix(), microseconds=value.get_microsecond())
    return (EPOCH + since).astimezone()


def on_the_wall(value, zone_name):
    """A time that clocks in a time zone show, if it does not say itself where it is shown."""
    if isinstance(value, datetime.time):
        value = datetime.datetime.combine(ANCHOR, value)
    if zone_name is None or not isinstance(value, datetime.datetime) or value.tzinfo is not None:
        return to_gdatetime(value)
    try:
        zone = GLib.TimeZone.new_identifier(zone_name)
    except TypeError:  # which is what PyGObject makes of NULL
        raise ValueError(f'unknown time zone: {zone_name:.80}') from None
    return GLib.DateTime.new(zone, *value.timetuple()[:6])


def to_zone_name(zone):
    """The name of a time zone that is given by its name, or as a tzinfo; None is the local one."""
    if zone is None or isinstance(zone, str):
        return zone
    if not isinstance(zone, datetime.tzinfo):
        raise TypeError('a time zone is given by its name, or as a tzinfo')
    return zones.find_name(zone)


def to_seconds(value):
    """A duration in seconds, also from a timedelta."""
    if isinstance(value, datetime.timedelta):
        return value.total_seconds()
    seconds = float(value)
    if math.isnan(seconds):
        raise ValueError('a duration must be a number')
    return seconds
