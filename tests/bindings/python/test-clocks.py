#!/usr/bin/python3
# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""ManualClock in Python: times are datetimes."""

import datetime

import pytest
from gi.repository import AsyncLit, GLib

import pysupport  # noqa: F401  (the path to the tests' support)

START = datetime.datetime(2026, 1, 2, 3, 4, 5, 678, datetime.timezone.utc)
MINUTE = datetime.timedelta(minutes=1)


@pytest.mark.parametrize('make', [AsyncLit.ManualClock, AsyncLit.ManualClock.new])
def test_start(make):
    clock = make(START)
    assert isinstance(clock, AsyncLit.ManualClock) and isinstance(clock, AsyncLit.Clock)
    assert clock.time == START and clock.get_wall_time() == START.timestamp() * 10 ** 6
    assert make(GLib.DateTime.new_from_iso8601('2026-01-02T03:04:05.000678Z', None)).time == START


def test_a_local_time():
    assert AsyncLit.ManualClock(START.replace(tzinfo=None)).time == START.replace(
        tzinfo=None).astimezone()


def test_begins_now():
    before = datetime.datetime.now().astimezone()
    assert before <= AsyncLit.ManualClock().time <= datetime.datetime.now().astimezone()


def test_moves():
    clock = AsyncLit.ManualClock(START)
    clock.advance(60)
    assert clock.time == START + MINUTE
    clock.suspend(60)
    assert clock.time == START + 2 * MINUTE
    clock.set_wall_time(START)
    assert clock.time == START


@pytest.mark.parametrize('wrong', ['2026-01-02', 1767322800, START.date()])
def test_what_is_no_time(wrong):
    with pytest.raises(TypeError, match='a datetime was expected'):
        AsyncLit.ManualClock(wrong)
    with pytest.raises(TypeError, match='a datetime was expected'):
        AsyncLit.ManualClock(START).set_wall_time(wrong)


def test_moves_a_scheduler():
    clock, seen = AsyncLit.ManualClock(START), []
    scheduler = AsyncLit.Scheduler(clock=clock)
    assert scheduler.clock is clock
    job = AsyncLit.schedule_interval(lambda: seen.append(clock.time), seconds=60,
                                     scheduler=scheduler, latest_task_name='tick')
    clock.advance(60)
    assert job.n_runs == 1 and job.latest_task.wait(60)
    AsyncLit.shutdown_scheduler(scheduler, wait=True)
    assert seen == [START + MINUTE]


# Triggers

NOON = datetime.datetime(2026, 3, 2, 12, tzinfo=datetime.timezone.utc)
HOUR = datetime.timedelta(hours=1)


@pytest.mark.parametrize('trigger', [
    AsyncLit.IntervalTrigger(HOUR), AsyncLit.CronTrigger.new('0 * * * *', 0, 'UTC')])
def test_trigger_has_datetimes(trigger):
    assert trigger.preview(NOON, 2) == [NOON + HOUR, NOON + 2 * HOUR]
    assert trigger.next_fire_time(NOON, NOON) == NOON + HOUR
    now = GLib.DateTime.new_from_unix_utc(int(NOON.timestamp()))
    assert trigger.next_fire_time(None, now) > NOON
    with pytest.raises(TypeError, match='a datetime was expected, not str'):
        trigger.preview('noon', 1)


def test_trigger_that_does_not_fire():
    trigger = AsyncLit.DateTrigger.new(NOON)
    assert trigger.next_fire_time(None, NOON - HOUR) == NOON
    assert trigger.next_fire_time(NOON, NOON) is None
    assert trigger.preview(NOON, 3) == []
