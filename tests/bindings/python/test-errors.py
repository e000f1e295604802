#!/usr/bin/python3
# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Exceptions: the same object is raised, with all its attributes. Whatever it is, the task ends."""

import asyncio
import traceback

import pytest
from gi.repository import AsyncLit, Gio, GLib

from pysupport import finish

Status = AsyncLit.TaskStatus


class CustomError(Exception):
    def __init__(self, code):
        super().__init__(f'code {code}')
        self.code = code


class OddError(Exception):
    def __str__(self):
        raise RuntimeError('no text')


def both_ways(exception):
    """A function and a coroutine function that raise it."""
    def fail():
        raise exception

    async def fail_later():
        await asyncio.sleep(0)
        raise exception

    return fail, fail_later


def raised_by(task):
    with pytest.raises(BaseException) as caught:
        task.result
    return caught.value


@pytest.mark.parametrize('index', [0, 1])
@pytest.mark.parametrize('exception', [
    ValueError('x'), CustomError(5), KeyError('key'), SystemExit(3), KeyboardInterrupt(),
    GeneratorExit(), BaseException('base'), OddError(), Exception('a\0b', '\ud800'),
    ExceptionGroup('several', [ValueError('one'), TypeError('two')]),
    GLib.Error('text', 'domain', 7),
])
def test_same_object(exception, index):
    task = finish(AsyncLit.run(both_ways(exception)[index]))
    assert task.status is Status.ERROR
    assert task.error is exception
    assert raised_by(task) is exception
    assert finish(AsyncLit.run(int)).result == 0  # nothing was harmed


def test_stop_iteration():
    exception = StopIteration(5)
    assert finish(AsyncLit.run(both_ways(exception)[0])).error is exception
    # Python itself converts it to a RuntimeError when it leaves a coroutine.
    error = finish(AsyncLit.run(both_ways(exception)[1])).error
    assert isinstance(error, RuntimeError) and error.__cause__ is exception


@pytest.mark.parametrize('index', [0, 1])
def test_traceback(index):
    func = both_ways(ValueError('x'))[index]
    task = finish(AsyncLit.run(func))
    names = [frame.name for frame in traceback.extract_tb(task.error.__traceback__)]
    assert names == [func.__name__]  # and nothing of the library's own


def test_traceback_does_not_grow():
    task = finish(AsyncLit.run(both_ways(ValueError('x'))[0]))
    lengths = set()
    for _ in range(5):
        lengths.add(len(traceback.extract_tb(raised_by(task).__traceback__)))
    assert len(lengths) == 1


def test_cause_and_context():
    cause, context = KeyError('cause'), TypeError('context')

    def fail():
        try:
            raise context
        except TypeError:
            raise ValueError('x') from cause

    error = finish(AsyncLit.run(fail)).error
    assert (error.__cause__, error.__context__) == (cause, context)


def test_notes():
    exception = ValueError('x')
    exception.add_note('a note')
    assert finish(AsyncLit.run(both_ways(exception)[0])).error.__notes__ == ['a note']


def test_attributes():
    assert finish(AsyncLit.run(both_ways(CustomError(5))[1])).error.code == 5


def test_seen_from_c():
    error = finish(AsyncLit.run(both_ways(CustomError(5))[0])).get_error()
    assert error.matches(AsyncLit.error_quark(), AsyncLit.Error.CALLBACK_RAISED)
    assert error.message == 'CustomError: code 5'


@pytest.mark.parametrize('exception, message', [
    (ValueError(), 'ValueError'),
    (OddError(), 'OddError'),
    (ValueError('a\0b\ud800'), 'ValueError: a\N{REPLACEMENT CHARACTER}b?'),
])
def test_text_for_c(exception, message):
    assert finish(AsyncLit.run(both_ways(exception)[0])).get_error().message == message


def test_glib_error_in_c():
    exception = GLib.Error.new_literal(Gio.io_error_quark(), 'busy', Gio.IOErrorEnum.BUSY)
    task = finish(AsyncLit.run(both_ways(exception)[0]))
    assert task.error is exception
    assert task.get_error().matches(Gio.io_error_quark(), Gio.IOErrorEnum.BUSY)


def test_wrong_calls():
    """A wrong call leads to an error of the task, as in the reference."""
    for func, args in ((5, ()), (int, ('x', 'y', 'z')), (lambda a: a, ())):
        task = finish(AsyncLit.run(func, *args))
        assert isinstance(task.error, TypeError)


class Pretender:
    """Lies about its class."""

    @property
    def __class__(self):
        raise OddError


def test_odd_result():
    """No object, however unusual, breaks the thread or leaves the task running."""
    odd = Pretender()
    task = finish(AsyncLit.run(lambda: odd))
    assert task.status in (Status.DONE, Status.ERROR)
    assert finish(AsyncLit.run(int)).result == 0


def test_odd_glib_error():
    exception = GLib.Error('text', 'domain', 7)
    exception.code, exception.message = 2 ** 40, None
    task = finish(AsyncLit.run(both_ways(exception)[0]))
    assert task.error is exception
    assert task.get_error().matches(AsyncLit.error_quark(), AsyncLit.Error.CALLBACK_RAISED)


def test_text_that_exits():
    class Exiting(Exception):
        def __str__(self):
            raise SystemExit

    assert isinstance(finish(AsyncLit.run(both_ways(Exiting())[1])).error, Exiting)


def test_closed_manager():
    manager = AsyncLit.TaskManager()
    manager.close()
    called = []
    task = manager.submit(called.append, 1)
    assert task.status is Status.ERROR
    assert task.error.matches(AsyncLit.error_quark(), AsyncLit.Error.CLOSED)
    assert called == []


def test_no_error():
    assert finish(AsyncLit.run(int)).error is None
