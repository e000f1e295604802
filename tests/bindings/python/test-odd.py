#!/usr/bin/python3
# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Unusual arguments work, or are rejected immediately: values, callables, policies, times,
classes."""

import asyncio
import datetime
import logging
import math
import os
import pickle
import subprocess
import sys
import zoneinfo

import pytest
from gi.repository import AsyncLit, GLib

from pysupport import finish, poll_until, result_of, run_script

# Values and callables


class Proxy:
    """Has all attributes, including special ones, and forwards each of them to another object."""

    def __getattribute__(self, name):
        raise RuntimeError(f'working outside of its context: {name}')


class Lookup:
    """Like a proxy of werkzeug, which has all special methods, whatever the object has."""

    def __get__(self, instance, owner=None):
        raise AttributeError


class LocalProxy(Proxy):
    __await__ = Lookup()


class OddMeta(type):
    def __eq__(cls, other):
        raise ValueError('compared')

    __hash__ = None

    def __getattr__(cls, name):
        raise ValueError(f'asked for {name}')


class Odd(metaclass=OddMeta):
    pass


@pytest.mark.parametrize('kind', [Proxy, LocalProxy, Odd], ids=lambda kind: type.__repr__(kind))
def test_value(kind):
    value = kind()
    assert result_of(AsyncLit.run(lambda: value)) is value

    async def give():
        return value

    assert result_of(AsyncLit.run(give)) is value

    async def report():
        try:
            yield value
        finally:
            closed.append(1)

    closed = []
    task = finish(AsyncLit.run(report))
    assert task.error is None and task.progress[0] is value and closed == [1]
    promise = AsyncLit.Task()
    AsyncLit.get_default_manager().submit_task(promise)
    promise.return_value(value)
    assert promise.result is value


def test_generator_is_closed_when_cancelled():
    async def report():
        try:
            while True:
                yield 1
                await asyncio.sleep(0.001)
        finally:
            closed.append(1)

    closed = []
    task = AsyncLit.run(report)
    poll_until(lambda: task.progress)
    task.cancel()
    finish(task)
    assert closed == [1]


class Remote:
    """Like a method of xmlrpc: every attribute is another function of the server."""

    def __getattr__(self, name):
        return Remote()

    def __call__(self, *args):
        return sum(args)


class RemoteQueue(Remote):
    def __call__(self, queue):
        return hasattr(queue, 'sync_q')


def test_callable_with_all_attributes():
    assert result_of(AsyncLit.run(Remote(), 2, 3)) == 5
    assert result_of(AsyncLit.run(RemoteQueue())) is True


@pytest.mark.parametrize('value', ['a\0b', 3_000_000_000, 2 ** 70, None, [1], '\ud800', 1.5, True])
def test_promise(value):
    for name in ('return_value', 'return_string', 'return_int'):
        task = AsyncLit.Task()
        AsyncLit.get_default_manager().submit_task(task)
        task.report_progress(value)
        getattr(task, name)(value)
        assert task.progress == [value] and task.result == value
        task.return_value('another')
        assert task.result == value


def test_promise_fails():
    task, error = AsyncLit.Task(), ValueError('no')
    AsyncLit.get_default_manager().submit_task(task)
    with pytest.raises(TypeError):
        task.return_error('no')
    task.return_error(error)
    assert task.error is error
    with pytest.raises(ValueError):
        task.result


# Policies

def refuse(*unused):
    raise ConnectionError('refused')


def test_policy_of_c():
    task = finish(AsyncLit.run(refuse, retry=AsyncLit.RetryPolicy.new_full(3, 0, 1.0, 2.0, 1.0, 0)))
    assert task.attempt == 3 and isinstance(task.error, ConnectionError)
    policy = AsyncLit.RetryPolicy.new(5).with_retry_on(AsyncLit.error_quark(), AsyncLit.Error.CLOSED)
    assert finish(AsyncLit.run(refuse, retry=policy)).attempt == 1
    told = []
    policy = AsyncLit.RetryPolicy.new(3).with_retry_if(lambda error: told.append(error.message) or True)
    assert finish(AsyncLit.run(refuse, retry=policy)).attempt == 3
    assert told[0] == 'ConnectionError: refused'


@pytest.mark.parametrize('rules, attempts, asked', [
    ({'retry_on': (ConnectionError,)}, 1, False),
    ({'retry_on': (GLib.Error,)}, 3, True),
    ({}, 3, True),
])
def test_policy_of_python_for_a_program(rules, attempts, asked):
    seen = []
    policy = AsyncLit.RetryPolicy(3, retry_if=lambda error: seen.append(error) or True, **rules)
    for submit in (lambda: AsyncLit.submit_subprocess(['false'], retry=policy),
                   lambda: AsyncLit.get_default_manager().submit_subprocess(policy, ['false'])):
        seen.clear()
        task = finish(submit())
        assert (task.attempt, bool(seen)) == (attempts, asked)
        assert all(isinstance(error, GLib.Error) for error in seen)


@pytest.mark.parametrize('fields', [
    {'retry_on': ('ConnectionError',)}, {'retry_on': (int,)}, {'retry_on': (ValueError('x'),)},
    {'retry_if': 5},
])
def test_policy_of_no_classes(fields):
    with pytest.raises(TypeError):
        AsyncLit.RetryPolicy(3, **fields)


def test_policy_without_end():
    policy = AsyncLit.RetryPolicy(math.inf, base_delay=math.inf, max_delay=math.inf)
    assert policy.max_attempts == math.inf and policy.delay_for_attempt(5) > 1e300


# Subclasses and pickles

def test_subclasses():
    class Manager(AsyncLit.TaskManager):
        def __init__(self, name):
            super().__init__(max_completed=3)
            self.name = name

    class Work(AsyncLit.Task):
        pass

    class Policy(AsyncLit.RetryPolicy):
        pass

    class Scheduler(AsyncLit.Scheduler):
        pass

    manager = Manager('mine')
    assert manager.submit(int).wait() and manager.name == 'mine' and manager.max_completed == 3
    work = Work()
    manager.submit_task(work)
    work.return_value(5)
    assert work.result == 5 and type(manager.get(work.id)) is Work
    assert Policy(3).max_attempts == 3 and not Scheduler().running


@pytest.mark.parametrize('value', [
    AsyncLit.TaskStatus.DONE, AsyncLit.Progress(1, 2, 'x'), AsyncLit.RetryPolicy(3, jitter=0.5),
    AsyncLit.SchedulerUnavailable('x'), AsyncLit.TaskStatus, AsyncLit.Task,
], ids=repr)
def test_pickle_in_a_fresh_process(value):
    data = pickle.dumps(value)
    process = subprocess.run(
        [sys.executable, '-W', 'ignore', '-c', f'import pickle; print(repr(pickle.loads({data!r})))'],
        capture_output=True, text=True)
    assert (process.returncode, process.stdout.strip()) == (0, repr(value)), process.stderr


# Jobs

@pytest.mark.parametrize('options', [
    {'args': 'Helsinki'}, {'args': b'x'}, {'args': 5}, {'kwargs': [('a', 1)]}, {'kwargs': 'x'},
    {'kwargs': {1: 2}}, {'retry': 3},
])
def test_options_of_a_job(options):
    with pytest.raises(TypeError):
        AsyncLit.schedule_interval(int, seconds=3600, **options)
    assert AsyncLit.get_default_scheduler().get_jobs() == []


def misspelt():
    return no_such_name  # noqa: F821


def test_job_that_fails_is_logged(caplog):
    job = AsyncLit.schedule_interval(misspelt, seconds=3600, first_run='now', job_id='odd')
    poll_until(lambda: job.n_runs == 1 and any(record.name == 'AsyncLit'
                                               for record in caplog.records))
    AsyncLit.shutdown_scheduler()
    [record] = [record for record in caplog.records if record.name == 'AsyncLit']
    assert record.levelno == logging.ERROR and 'job odd' in record.getMessage()
    assert record.exc_info[0] is NameError and 'misspelt' in caplog.text


RUNS = '''
from gi.repository import AsyncLit
def fail():
    raise ValueError('nobody looks')
task = AsyncLit.run(fail)
task.wait()
'''


@pytest.mark.parametrize('look, said', [
    ('', 1), ('del task', 1), ('task.status', 1), ('task.error', 0), ('task.as_future().exception()', 0),
    ('try: task.result\nexcept ValueError: pass', 0), ('task.error; del task', 0),
])
def test_failure_that_nobody_reads(look, said):
    """Once, with its traceback; at the latest when the program ends."""
    process = run_script(RUNS + look)
    assert process.stderr.count('nobody has read its error') == said
    assert process.stderr.count('ValueError: nobody looks') == said
    assert ('in fail' in process.stderr) == bool(said)


HELD = '''
import time
from gi.overrides._asynclit import works
get_status = works.get_status
def get_status_at_the_end(pointer):
    while not works.engine.closed:
        time.sleep(0)
    return get_status(pointer)
works.get_status = get_status_at_the_end
'''


def test_failure_as_the_program_ends():
    """It ends as soon as it sees that the task has ended, before the runner has recorded the
    reason."""
    held = f'exec({HELD!r}, {{}})'  # not among the variables of the program: they are to go
    assert run_script(held + RUNS).stderr.count('ValueError: nobody looks') == 1


def test_cancelled_is_no_failure():
    process = run_script(RUNS.replace("raise ValueError('nobody looks')", 'import asyncio; raise '
                                      'asyncio.CancelledError'))
    assert process.stderr == ''


# Times

class NamelessZone(datetime.tzinfo):
    """Like the time zones of other libraries, which only differ in their offsets."""

    def __init__(self, key):
        self._zone = zoneinfo.ZoneInfo(key)

    def utcoffset(self, moment):
        return datetime.timedelta(hours=1) if moment is None else self._zone.utcoffset(moment)

    def dst(self, moment):
        return self._zone.dst(moment)

    def tzname(self, moment):
        return None

    def fromutc(self, moment):
        return self._zone.fromutc(moment.replace(tzinfo=self._zone)).replace(tzinfo=self)

    def __repr__(self):
        return "tzfile('/somewhere')"


@pytest.mark.parametrize('key', ['Europe/Helsinki', 'America/New_York', 'Asia/Kolkata'])
def test_any_time_zone(key):
    named = AsyncLit.schedule_cron(int, cron='0 9 * * *', time_zone=key).next_run_time
    for zone in (NamelessZone(key), zoneinfo.ZoneInfo(key)):
        assert AsyncLit.schedule_cron(int, cron='0 9 * * *', time_zone=zone).next_run_time == named
    AsyncLit.shutdown_scheduler()


def test_zone_that_is_none():
    class Strange(datetime.tzinfo):
        def utcoffset(self, moment):
            return datetime.timedelta(hours=moment.day % 3)

        def dst(self, moment):
            return datetime.timedelta(0)

        def fromutc(self, moment):
            return moment + self.utcoffset(moment)

    with pytest.raises(ValueError):
        AsyncLit.schedule_cron(int, cron='0 9 * * *', time_zone=Strange())


class Stamp(datetime.datetime):
    """Like a timestamp of pandas, whose own methods have to be used."""

    def astimezone(self, zone=None):
        raise TypeError('use tz_localize')


def test_times_at_their_ends():
    never = AsyncLit.schedule_interval(int, seconds=60, end_time=datetime.datetime.max,
                                       start_time=datetime.datetime.min, misfire_grace=math.inf)
    assert (never.end_time, never.start_time, never.misfire_grace) == (None, None, None)
    assert never.next_run_time is not None
    when = Stamp(2031, 5, 1, 9)
    plain = datetime.datetime(2031, 5, 1, 9).astimezone()
    assert AsyncLit.schedule_date(int, when=when).next_run_time == plain
    AsyncLit.shutdown_scheduler()


# The environment

@pytest.mark.parametrize('value, limit', [
    (None, 40), ('', 40), ('0', 40), ('abc', 40), ('-3', 40), ('3', 3), (' 3', 40), ('3 ', 40),
    ('1024', 1024), ('1025', 40), ('99999999999', 40), ('9' * 5000, 40), ('٣', 40), ('²', 40),
    ('1e2', 40), ('0x10', 40), ('+4', 40),
])
def test_pool_threads(value, limit):
    environment = {name: text for name, text in os.environ.items()
                   if name != 'ASYNCLIT_POOL_THREADS'}
    if value is not None:
        environment['ASYNCLIT_POOL_THREADS'] = value
    process = run_script('from gi.repository import AsyncLit\n'
                         'from gi.overrides._asynclit import works\n'
                         'AsyncLit.run(int).wait()\n'
                         'print(works.engine.runners._limit, '
                         'AsyncLit.get_requested_pool_threads() or 40)', env=environment)
    assert (process.returncode, process.stdout) == (0, f'{limit} {limit}\n')
    assert process.stderr.count('going on without it') == (limit == 40 and bool(value))
