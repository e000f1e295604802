# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Finds the name under which C knows the time zone of a tzinfo.

Libraries name their zones in different ways, or not at all, but all of them provide the offsets
from UTC. A name is therefore correct if its zone shows the same times as the tzinfo, over many
years.
"""

import datetime
import functools
import zoneinfo

from gi.repository import GLib

# Every eleventh day, at different hours, detects any rule for daylight saving time.
FIRST, LAST = datetime.datetime(2000, 1, 1), datetime.datetime(2037, 12, 31)
STEP = datetime.timedelta(days=11, hours=5)
MINUTE = datetime.timedelta(minutes=1)


@functools.lru_cache(maxsize=1)
def samples():
    count = (LAST - FIRST) // STEP
    return [(FIRST + i * STEP).replace(tzinfo=datetime.timezone.utc) for i in range(count)]


def offset_at(zone, moment):
    return moment.astimezone(zone).utcoffset()


def find_name(zone):
    if isinstance(zone, datetime.timezone):
        return offset_name(zone.utcoffset(None))
    if type(zone) is zoneinfo.ZoneInfo and is_known(zone.key):
        return zone.key
    names = [getattr(zone, attribute, None) for attribute in ('key', 'zone')]
    for name in (*names, str(zone)):
        if is_known(name) and shows_the_same(zone, name):
            return name
    return find_name_by_offsets(zone)


def offset_name(offset):
    if offset % MINUTE:
        raise ValueError(f'an offset from UTC must be a whole number of minutes, not {offset}')
    minutes = offset // MINUTE
    return f'{"-" if minutes < 0 else "+"}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}'


def find_name_by_offsets(zone):
    offsets = {offset_at(zone, moment) for moment in samples()}
    if len(offsets) == 1:
        return offset_name(offsets.pop())
    if is_local(zone):
        return None
    for name in sorted(zoneinfo.available_timezones()):
        if is_known(name) and shows_the_same(zone, name):
            return name
    raise ValueError(f'no known time zone shows the same times as {zone!r}')


def is_local(zone):
    return all(moment.astimezone().utcoffset() == offset_at(zone, moment) for moment in samples())


def is_known(name):
    if not isinstance(name, str) or '\0' in name:
        return False
    try:
        GLib.TimeZone.new_identifier(name)
    except TypeError:  # PyGObject raises it for NULL
        return False
    return True


def shows_the_same(zone, name):
    try:
        other = zoneinfo.ZoneInfo(name)
    except (OSError, ValueError):
        return False
    return all(offset_at(zone, moment) == offset_at(other, moment) for moment in samples())
