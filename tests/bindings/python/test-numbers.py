#!/usr/bin/python3
# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Numbers and dates that C would reject with a critical message raise ValueError in the call."""

import datetime
import math
import threading

import pytest
from gi.repository import AsyncLit

import pysupport  # noqa: F401  (the path to the tests' support)

UTC = datetime.timezone.utc
LAST = datetime.datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
DAY = AsyncLit.CalendarUnit.DAY
NO_INTERVALS = [0, -5, 1e-7, math.nan, math.inf, -math.inf]


@pytest.fixture
def clock():
    return AsyncLit.ManualClock(datetime.datetime(2026, 1, 1, tzinfo=UTC))


@pytest.fixture
def job(clock):
    scheduler = AsyncLit.Scheduler(clock=clock)
    yield AsyncLit.schedule_interval(print, seconds=5, scheduler=scheduler)
    scheduler.shutdown()


@pytest.mark.parametrize('seconds', NO_INTERVALS)
@pytest.mark.parametrize('make', [
    AsyncLit.IntervalTrigger, AsyncLit.IntervalTrigger.new,
    AsyncLit.IntervalTrigger.new_with_fixed_delay,
    lambda seconds: AsyncLit.IntervalTrigger(seconds=seconds, fixed_delay=True),
    lambda seconds: AsyncLit.schedule_interval(print, seconds=seconds)])
def test_no_interval(make, seconds):
    with pytest.raises(ValueError):
        make(seconds)


@pytest.mark.parametrize('seconds, text', [
    (1, 'interval:1.000000s'), (1e-6, 'interval:0.000001s'),
    (datetime.timedelta(minutes=2), 'interval:120.000000s'),
    (1e300, 'interval:2305843009213.693951s')])
def test_interval(seconds, text):
    assert AsyncLit.IntervalTrigger(seconds).to_string() == text
    assert AsyncLit.IntervalTrigger.new(seconds).to_string() == text
    assert AsyncLit.IntervalTrigger().get_seconds() == 1


@pytest.mark.parametrize('every', [0, -1, 2 ** 32, 1.5, True])
def test_every(every):
    with pytest.raises(ValueError):
        AsyncLit.CalendarTrigger.new(every, DAY, LAST, 'UTC')
    with pytest.raises(ValueError):
        AsyncLit.schedule_calendar(print, first=LAST, every=every)


def test_ends_of_time():
    west = LAST.replace(tzinfo=datetime.timezone(datetime.timedelta(hours=-5)))
    with pytest.raises(ValueError):
        AsyncLit.DateTrigger.new(west)
    with pytest.raises(ValueError):
        AsyncLit.schedule_date(print, when=west)
    with pytest.raises(ValueError, match='between the years 1 and 9999'):
        AsyncLit.schedule_calendar(print, first=LAST, time_zone='Asia/Kolkata')


@pytest.mark.parametrize('name, value', [
    ('jitter', -1), ('jitter', 1e9), ('jitter', math.inf), ('jitter', math.nan),
    ('misfire_grace', math.nan), ('max_runs', -1), ('max_runs', 2 ** 32), ('max_instances', -1),
    ('overlap', 99), ('overlap', 'nothing')])
def test_job(job, name, value):
    before = getattr(job, name)
    with pytest.raises(ValueError):
        setattr(job, name, value)
    assert getattr(job, name) == before


def test_endless_grace(job):
    job.misfire_grace = 60
    job.misfire_grace = math.inf
    assert job.misfire_grace is None


@pytest.mark.parametrize('seconds', [-1, 1e13, math.inf, math.nan])
def test_clock(clock, seconds):
    before = clock.time
    for move in clock.advance, clock.suspend:
        with pytest.raises(ValueError):
            move(seconds)
    assert clock.time == before
    clock.advance(datetime.timedelta(hours=1))
    assert clock.time - before == datetime.timedelta(hours=1)


@pytest.mark.parametrize('attempts', [0, -1])
def test_policy(attempts):
    with pytest.raises(ValueError):
        AsyncLit.RetryPolicy.new(attempts)


def test_waits():
    gate = threading.Event()
    task = AsyncLit.run(gate.wait)
    manager = AsyncLit.get_default_manager()
    for wait in task.wait, manager.wait:
        with pytest.raises(ValueError):
            wait(math.nan)
    gate.set()
    for timeout in -1, math.inf, 1e300, None:
        assert task.wait(timeout) and manager.wait(timeout)
