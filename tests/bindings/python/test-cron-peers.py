#!/usr/bin/python3
# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Triggers compared with those of APScheduler 3, whose dialect is APSCHEDULER, and of croniter.

Random expressions, time zones and times; each difference has to be one that docs/scheduling.md
explains. A failure prints the seed, which reproduces the same questions. Environment:

    ASYNCLIT_TEST_SEED          the seed, a number
    ASYNCLIT_TEST_EXPRESSIONS   how many expressions to try for each peer, if not 800
"""

import os
import random
import re
import zoneinfo
from collections import Counter
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from apscheduler.triggers.cron import CronTrigger as PeerCronTrigger
from apscheduler.triggers.date import DateTrigger as PeerDateTrigger
from apscheduler.triggers.interval import IntervalTrigger as PeerIntervalTrigger
from croniter import croniter
from gi.repository import AsyncLit, GLib

APSCHEDULER, CRON = AsyncLit.CronDialect.APSCHEDULER, AsyncLit.CronDialect.CRON

SEED = int(os.environ.get('ASYNCLIT_TEST_SEED') or random.randrange(2 ** 32))
N_EXPRESSIONS = int(os.environ.get('ASYNCLIT_TEST_EXPRESSIONS') or 800)
N_TIMES = 3  # that are random, for each expression
N_STEPS = 2  # from one time to the next, from each of these

MICROSECOND = timedelta(microseconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
FIRST = int(datetime(1975, 1, 1, tzinfo=timezone.utc).timestamp())
LAST = int(datetime(2080, 1, 1, tzinfo=timezone.utc).timestamp())
DAY = 86400


def is_known(name):
    """Whether the system has the time zone, and not only a Python package."""
    return any(Path(folder, name).is_file() for folder in zoneinfo.TZPATH)


# Without names that are no zones, but the system's setting, or nothing.
ZONES = list(filter(is_known,
                    sorted(zoneinfo.available_timezones() - {'localtime', 'Factory'})))

# The values of a field: its lowest and highest number, and names from the lowest on.
FIELDS = [(0, 59, ''), (0, 23, ''), (1, 31, ''),
          (1, 12, 'jan feb mar apr may jun jul aug sep oct nov dec'), None]
WEEKDAYS = {APSCHEDULER: (0, 6, 'mon tue wed thu fri sat sun'),
            CRON: (0, 7, 'sun mon tue wed thu fri sat sun')}


@pytest.fixture(autouse=True)
def quiet():
    """Very many differences are explained by the dialect."""
    handler = GLib.log_set_handler('AsyncLit', GLib.LogLevelFlags.LEVEL_MESSAGE,
                                   lambda *args: None, None)
    yield
    GLib.log_remove_handler('AsyncLit', handler)


def high_is_sunday(names):
    """Whether the names are those of weekdays, of which the last has the numbers 7 and 0."""
    return names.startswith('sun')


class Expressions:
    """Random expressions that are well-formed in a dialect and in its peer."""

    def __init__(self, dialect, rng):
        self.dialect, self.rng = dialect, rng

    def value(self, number, low, names, as_name):
        if as_name:
            name = names.split()[number % 7 if high_is_sunday(names) else number - low]
            return self.rng.choice([name, name.upper()])
        return f'{number:02}' if self.rng.random() < 0.1 else str(number)

    def item(self, low, high, names):
        first, last = sorted(self.rng.sample(range(low, high + 1), 2))
        width = last - first
        step = self.rng.randint(1, width)
        kind = self.rng.randrange(6)
        as_name = bool(names) and self.rng.random() < 0.4
        if kind == 0:
            return f'*/{self.rng.randint(1, high - low)}'
        if kind == 1:
            return f'{first}-{last}/{step}'
        if kind == 2:
            return f'{first}/{self.rng.randint(1, high - first)}'
        if kind == 3:
            can_wrap = self.dialect == CRON and names and (first, last) != (0, 7)
            if can_wrap and self.rng.random() < 0.5:
                first, last = last, first
            # APScheduler reads "mon-4" as "mon", and croniter reads "sun-sun" as every day.
            as_name = as_name and last - first < 7
            return '-'.join(self.value(n, low, names, as_name) for n in (first, last))
        return self.value(first, low, names, as_name)

    def field(self, low, high, names, star):
        if self.rng.random() < star:
            return '*'
        if high == 31 and self.rng.random() < 0.1:
            return 'last' if self.dialect == APSCHEDULER else 'l'
        return ','.join(self.item(low, high, names)
                        for _ in range(self.rng.choice([1, 1, 1, 2, 3])))

    def expression(self):
        fields = [*FIELDS[:4], WEEKDAYS[self.dialect]]
        return ' '.join(self.field(*field, star)
                        for field, star in zip(fields, (0.2, 0.3, 0.6, 0.6, 0.6)))


def glib_time(unix):
    return GLib.DateTime.new_from_unix_utc(unix)


def next_of(trigger, unix):
    found = trigger.next_fire_time(None, glib_time(unix))
    return None if found is None else found.timestamp()


def local(unix, zone):
    return (EPOCH + timedelta(seconds=unix)).astimezone(zone)


def offset_at(unix, zone):
    return local(unix, zone).utcoffset()


def near_transition(unix, zone):
    """Whether the clock changes within a day and an hour of a moment."""
    return len({offset_at(unix + hours * 3600, zone) for hours in range(-25, 26)}) > 1


def glib_is_wrong(unix, zone):
    """Whether GLib and Python compute different offsets, after the years that are in the database.

    GLib, up to at least 2.84, misreads rules in which winter time is the exception, as in Ireland.
    """
    glib_zone = GLib.TimeZone.new_identifier(zone.key)
    interval = glib_zone.find_interval(GLib.TimeType.UNIVERSAL, unix)
    wrong = glib_zone.get_offset(interval) != offset_at(unix, zone).total_seconds()
    assert not wrong or local(unix, zone).year > 2037
    return wrong


def carries_offset(trigger, unix, ours, theirs, zone):
    """Whether a peer is wrong by a change of the offset since the given time."""
    shift = abs((offset_at(unix, zone) - offset_at(ours, zone)).total_seconds())
    return shift and theirs in (ours - shift, ours + shift, next_of(trigger, ours + shift - 1))


def explain(trigger, peer_next, expression, unix, ours, theirs, zone):
    """The reason for a difference, as in the documentation; None for a bug."""
    moments = (unix, ours, theirs or ours)
    if any(near_transition(moment, zone) for moment in moments):
        return 'clock put forward or back'
    if any(glib_is_wrong(moment, zone) for moment in moments):
        return 'offsets of GLib after 2037'
    if carries_offset(trigger, unix, ours, theirs, zone):
        return 'offset carried over'
    if peer_next is croniter_next and has_full_day_field(expression):
        return 'all days, but no star'
    return None


def questions(dialect, salt):
    """Random expressions, zones and times."""
    rng = random.Random(f'{SEED} {salt}')
    expressions = Expressions(dialect, rng)
    for _ in range(N_EXPRESSIONS):
        expression, name = expressions.expression(), rng.choice(ZONES)
        for _ in range(N_TIMES):
            yield expression, name, rng.randrange(FIRST, LAST)


def compare(dialect, salt, peer_next):
    """Asks both, and returns how often each explanation was needed."""
    explained, asked = Counter(), 0
    for expression, name, unix in questions(dialect, salt):
        zone = zoneinfo.ZoneInfo(name)
        trigger = AsyncLit.CronTrigger.new(expression, dialect, name)
        for _ in range(N_STEPS):
            ours = next_of(trigger, unix)
            if ours is None:  # the peer would look until the year 9999
                explained['never'] += 1
                assert is_impossible(expression), f'{expression}: never? (seed {SEED})'
                break
            theirs, asked = peer_next(expression, unix, zone), asked + 1
            if ours != theirs:
                reason = explain(trigger, peer_next, expression, unix, ours, theirs, zone)
                assert reason, (f'seed {SEED}: {expression!r} in {name} after {local(unix, zone)}: '
                                f'{local(ours, zone)}, not {theirs and local(theirs, zone)}')
                explained[reason] += 1
            unix = ours
    assert asked > N_EXPRESSIONS
    return asked, explained


def is_impossible(expression):
    """Whether an expression asks for a day that no month of its months has."""
    days, months = expression.split()[2:4]
    numbers = [int(n) for n in re.findall(r'(?:^|,)(\d+)', days)]
    if '*' in days or 'l' in days or '*' in months:
        return False
    lengths = {'feb': 29, '2': 29, '02': 29, 'apr': 30, '4': 30, '04': 30, 'jun': 30, '6': 30,
               '06': 30, 'sep': 30, '9': 30, '09': 30, 'nov': 30, '11': 30}
    longest = max(lengths.get(m.lower(), 31) for m in months.split(','))
    return min(numbers) > longest


# APScheduler


def apscheduler_next(expression, unix, zone):
    now = local(unix, zone)
    found = PeerCronTrigger.from_crontab(expression, timezone=zone).get_next_fire_time(
        None, (now.astimezone(timezone.utc) + MICROSECOND).astimezone(zone))
    return None if found is None else int(found.timestamp())


def has_full_day_field(expression):
    """Whether a field allows all days without a star: it is restricted, by Vixie's rule."""
    fields, expanded = expression.split(), croniter.expand(expression)[0]
    return any(expanded[n] == ['*'] and fields[n][0] != '*' for n in (2, 4))


def report(name, asked, explained, *reasons):
    """Differences are rare, and of known kinds. If they were frequent, the comparison would prove
    nothing."""
    print(f'# {name}: seed {SEED}, {asked} times, differences: {dict(explained)}')
    assert sum(explained.values()) < asked / 20
    assert set(explained) <= {'never', 'clock put forward or back', 'offsets of GLib after 2037',
                              'offset carried over', *reasons}


def test_apscheduler():
    report('APScheduler', *compare(APSCHEDULER, 'apscheduler', apscheduler_next))


def refuses(expression):
    """Whether each of the two rejects an expression."""
    try:
        PeerCronTrigger.from_crontab(expression, timezone='UTC')
        theirs = False
    except (ValueError, TypeError):
        theirs = True
    try:
        AsyncLit.CronTrigger.new(expression, APSCHEDULER, 'UTC')
        return False, theirs
    except GLib.Error:
        return True, theirs


def test_apscheduler_refuses_the_same():
    """Random changes of expressions: what is refused there is refused here, and vice versa."""
    rng = random.Random(f'{SEED} refuses')
    both = Counter()
    for expression, _, _ in questions(APSCHEDULER, 'refuses'):
        place = rng.randrange(len(expression))
        changed = expression[:place] + rng.choice('0123456789-/,* ') + expression[place + 1:]
        ours, theirs = refuses(changed)
        both[ours, theirs] += 1
        if ours != theirs:
            assert explain_refusal(changed, ours), f'seed {SEED}: {changed!r}: refused: {ours}'
    assert both[False, False] > N_EXPRESSIONS / 5 and both[True, True] > N_EXPRESSIONS / 5


def explain_refusal(expression, ours):
    if not ours:  # there a range that begins with a number can't end with a name
        return re.search(r'\d-[a-z]', expression, re.IGNORECASE)
    # The peer ignores everything after a name, and after "last". In a range that ends with 0, it
    # takes the step for that of the field.
    return (re.search(r'[a-z][^ ,a-z]', expression, re.IGNORECASE)
            or re.search(r'\b0+-0+/', expression))


@pytest.mark.parametrize('ours, theirs', [
    ('0 0 * * mon-fri/2', '0 0 * * mon,wed,fri'),
    ('0 0 * jan-dec/5 *', '0 0 * jan,jun,nov *'),
    ('0 0 * * Monday', '0 0 * * mon'),
    ('0 0 * January-march *', '0 0 * jan-mar *'),
    ('0 0 * * mon-4', '0 0 * * mon-fri'),
])
def test_beyond_apscheduler(ours, theirs):
    """Expressions that are accepted here, and there are rejected or not read to their end."""
    zone, unix = zoneinfo.ZoneInfo('UTC'), 1767225600
    trigger = AsyncLit.CronTrigger.new(ours, APSCHEDULER, 'UTC')
    for _ in range(20):
        found = next_of(trigger, unix)
        assert found == apscheduler_next(theirs, unix, zone)
        unix = found


def test_apscheduler_interval():
    rng = random.Random(f'{SEED} interval')
    for _ in range(N_EXPRESSIONS):
        seconds = rng.choice([1, 7, 60, 3600, 86400, rng.randrange(1, 10 ** 7)])
        anchor = rng.randrange(FIRST, LAST)
        trigger = AsyncLit.IntervalTrigger.new(seconds)
        now = anchor + rng.randrange(0, 10 ** 8)
        peer = PeerIntervalTrigger(seconds=seconds, timezone=timezone.utc,
                                   start_date=EPOCH + timedelta(seconds=anchor))
        theirs = peer.get_next_fire_time(None, EPOCH + timedelta(seconds=now) + MICROSECOND)
        found = trigger.next_fire_time(glib_time(anchor), glib_time(now))
        assert found.timestamp() == theirs.timestamp(), (SEED, seconds, anchor, now)
        assert found.microsecond == 0
        later = peer.get_next_fire_time(theirs, theirs)
        assert trigger.next_fire_time(found, found).timestamp() == later.timestamp()


def test_apscheduler_date():
    rng = random.Random(f'{SEED} date')
    for _ in range(200):
        when, now = rng.randrange(FIRST, LAST), rng.randrange(FIRST, LAST)
        trigger = AsyncLit.DateTrigger.new(glib_time(when))
        peer = PeerDateTrigger(EPOCH + timedelta(seconds=when), timezone=timezone.utc)
        theirs = peer.get_next_fire_time(None, EPOCH + timedelta(seconds=now))
        assert next_of(trigger, now) == theirs.timestamp()
        assert peer.get_next_fire_time(theirs, theirs) is None
        assert trigger.next_fire_time(glib_time(when), glib_time(now)) is None


# croniter


def croniter_next(expression, unix, zone):
    # Vixie's rule, which is also that of the dialect: a field that begins with a star is open.
    walk = croniter(expression, local(unix, zone), implement_cron_bug=True)
    return int(walk.get_next(float))


def test_croniter():
    report('croniter', *compare(CRON, 'croniter', croniter_next), 'all days, but no star')


@pytest.mark.parametrize('ours, theirs', [
    ('@hourly', '@hourly'), ('@daily', '@daily'), ('@midnight', '@midnight'),
    ('@weekly', '@weekly'), ('@monthly', '@monthly'), ('@yearly', '@yearly'),
    ('@annually', '@annually'),
    ('0 0 * * 5#2', '0 0 * * 5#2'), ('0 0 * * fri#5,1#1', '0 0 * * fri#5,1#1'),
    ('0 0 * * 7#1', '0 0 * * 7#1'), ('0 0 ? * 1', '0 0 ? * 1'), ('0 0 1 * ?', '0 0 1 * ?'),
    # It is written differently there.
    ('0 0 * * friL', '0 0 * * L5'), ('0 0 * * 0L', '0 0 * * L0'), ('0 0 last * *', '0 0 l * *'),
    ('0 0 * * Friday', '0 0 * * fri'), ('0 0 * February *', '0 0 * feb *'),
    # There, a range of one day means all days.
    ('0 0 * * 5-5', '0 0 * * 5'), ('0 0 * * 7-0', '0 0 * * 0'),
    # There, a step over the end of the week counts Sunday twice, as 0 and as 7.
    ('0 0 * * 6-2/2', '0 0 * * 6,1'),
])
def test_croniter_special(ours, theirs):
    zone, unix = zoneinfo.ZoneInfo('UTC'), 1767225600
    trigger = AsyncLit.CronTrigger.new(ours, CRON, 'UTC')
    for _ in range(40):
        found = next_of(trigger, unix)
        assert found == croniter_next(theirs, unix, zone)
        unix = found


@pytest.mark.parametrize('expression', [
    '*/61 * * * *', '* 22-2 * * *', '50-10 * * * *', '* * 28-3 * *', '0 0 * * L5'])
def test_croniter_accepts(expression):
    """Expressions that are rejected here, and accepted there."""
    croniter(expression)
    with pytest.raises(GLib.Error):
        AsyncLit.CronTrigger.new(expression, CRON, 'UTC')
