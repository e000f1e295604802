# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What calling each class does, as in the table of docs/bindings.md, and which classes can be
derived."""

import datetime
import os
import pathlib
import re
import warnings

import gi
import pytest
from gi.repository import AsyncLit, GLib

DOCS = pathlib.Path(os.environ['G_TEST_SRCDIR']).parent / 'docs'
ROW = re.compile(r'^\| \[class@(\w+)\] \|', re.MULTILINE)

FIRST = datetime.datetime(2026, 1, 31, 9, tzinfo=datetime.timezone.utc)


def test_table_is_complete():
    """A new class needs a row in docs/bindings.md, "Creating objects", and a test here and in C."""
    infos = gi.Repository.get_default().get_infos('AsyncLit')
    classes = {info.get_name() for info in infos if type(info).__name__ == 'ObjectInfo'}
    assert set(ROW.findall((DOCS / 'bindings.md').read_text())) == classes


def test_sensible():
    assert AsyncLit.Task().status is AsyncLit.TaskStatus.PENDING
    assert AsyncLit.TaskManager().max_completed == 256
    assert AsyncLit.RetryPolicy().max_attempts == 1
    assert AsyncLit.IntervalTrigger().to_string() == 'interval:1.000000s'
    assert not AsyncLit.Scheduler().running
    assert AsyncLit.Limiter().max_running == 0
    group = AsyncLit.TaskGroup()
    assert (group.manager, group.closed) == (AsyncLit.get_default_manager(), False)
    output = AsyncLit.ProgramOutput()
    assert (output.stdout, output.stderr, output.returncode) == (b'', b'', 0)
    clock = AsyncLit.ManualClock()
    assert abs(clock.time - datetime.datetime.now().astimezone()) < datetime.timedelta(hours=1)


def test_program_without_arguments():
    task = AsyncLit.Program().create_task()
    AsyncLit.TaskManager().submit_task(task)
    assert task.wait(60)
    assert task.status is AsyncLit.TaskStatus.ERROR and 'argv' in str(task.error)


@pytest.mark.parametrize('name', [
    'CalendarTrigger', 'Clock', 'CronTrigger', 'DateTrigger', 'ScheduledTask', 'ScheduleStore',
    'Trigger'])
def test_loud(name):
    with pytest.raises(TypeError):
        getattr(AsyncLit, name)()


def test_triggers():
    cron = AsyncLit.CronTrigger('0 9 * * mon-fri', time_zone='UTC')
    assert cron.to_string() == AsyncLit.CronTrigger(
        expression='0 9 * * mon-fri', dialect=AsyncLit.CronDialect.APSCHEDULER,
        time_zone='UTC').to_string()
    calendar = AsyncLit.CalendarTrigger(FIRST, unit=AsyncLit.CalendarUnit.MONTH, time_zone='UTC',
                                        month_end=AsyncLit.MonthEnd.SKIP)
    assert calendar.preview(FIRST, 1) == [FIRST.replace(month=3)]
    assert AsyncLit.DateTrigger(FIRST).next_fire_time(None, FIRST) == FIRST


@pytest.mark.parametrize('make', [
    lambda: AsyncLit.CronTrigger('every day'),
    lambda: AsyncLit.CronTrigger('* * * * *', time_zone='Nowhere'),
    lambda: AsyncLit.CalendarTrigger(FIRST, every=0),
    lambda: AsyncLit.CalendarTrigger(FIRST, time_zone='Nowhere'),
])
def test_faulty_triggers(make):
    with pytest.raises(ValueError):
        make()


@pytest.mark.parametrize('make', [
    lambda: AsyncLit.CronTrigger(5), lambda: AsyncLit.CalendarTrigger('today'),
    lambda: AsyncLit.CalendarTrigger(None), lambda: AsyncLit.DateTrigger(None),
])
def test_triggers_of_other_types(make):
    with pytest.raises(TypeError):
        make()


@pytest.mark.parametrize('name', [
    'CalendarTrigger', 'Clock', 'CronTrigger', 'DateTrigger', 'IntervalTrigger', 'ManualClock',
    'Program', 'ProgramOutput', 'ScheduleStore', 'Trigger'])
def test_no_subclasses(name):
    with warnings.catch_warnings(), pytest.raises(TypeError, match='not an acceptable base type'):
        warnings.simplefilter('error')
        type('Derived', (getattr(AsyncLit, name),), {})


def test_internal_classes():
    """The system clock has a class that is derived from Clock."""
    assert AsyncLit.get_system_clock().get_wall_time() // 10 ** 7 > 0
    assert isinstance(AsyncLit.get_system_clock(), AsyncLit.Clock)
    assert isinstance(AsyncLit.CronTrigger.new('* * * * *', AsyncLit.CronDialect.CRON, None),
                      AsyncLit.Trigger)
    with pytest.raises(GLib.Error):
        AsyncLit.CronTrigger.new('x', AsyncLit.CronDialect.CRON, None)
