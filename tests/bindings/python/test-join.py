#!/usr/bin/python3
# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""all(), any() and race(): tasks that wait for several others."""

import asyncio
import concurrent.futures
import gc
import logging
import threading
import traceback

import pytest
from gi.repository import AsyncLit, GLib

Substate = AsyncLit.TaskSubstate


class NoLuck(Exception):
    pass


def fail(error):
    raise error


def inputs(n=3):
    return [AsyncLit.Task() for _ in range(n)]


def test_all():
    marker = object()
    both = AsyncLit.all(AsyncLit.run(lambda: marker), AsyncLit.run(asyncio.sleep, 0, 'slept'))
    assert both.wait(60)
    assert both.result == [marker, 'slept']
    assert both.result[0] is marker


def test_all_of_an_iterable():
    every = AsyncLit.all(AsyncLit.run(pow, number, 2) for number in range(5))
    assert every.wait(60)
    assert every.result == [0, 1, 4, 9, 16]


def test_all_while_waiting():
    first, second, third = given = inputs()
    every = AsyncLit.all(given)
    assert every.status is AsyncLit.TaskStatus.PENDING
    assert every.substate == Substate.WAITING_DEPENDENCY
    assert every.explain() == 'waits for 3 tasks that have to end first'
    with pytest.raises(RuntimeError):
        every.result
    second.return_value({'two': 2})
    third.return_value(None)
    first.return_value(1)
    assert every.result == [1, {'two': 2}, None]


def test_all_fails_with_the_same_exception():
    error = NoLuck('no luck')
    waiting, failing = AsyncLit.Task(), AsyncLit.run(fail, error)
    every = AsyncLit.all(waiting, failing)
    assert every.wait(60)
    assert every.error is error
    assert every.get_decisive() is failing
    with pytest.raises(NoLuck):
        every.result
    assert not waiting.done


@pytest.mark.parametrize('join', [AsyncLit.all, AsyncLit.race])
def test_traceback(join):
    """It says where the exception was raised, in the joined task and in that of the function."""
    failed = AsyncLit.run(fail, NoLuck('traced'))
    joined = join(join(failed))
    assert joined.wait(60)
    for task in joined, joined, failed:
        with pytest.raises(NoLuck) as raised:
            task.result
        frames = traceback.extract_tb(raised.value.__traceback__)
        assert [frame.name for frame in frames] == ['test_traceback', 'result', 'fail']


def test_traceback_of_a_created_task():
    task = AsyncLit.Task()
    try:
        fail(NoLuck('traced'))
    except NoLuck as error:
        task.return_error(error)
    with pytest.raises(NoLuck) as raised:
        task.result
    assert traceback.extract_tb(raised.value.__traceback__)[-1].name == 'fail'


def test_all_cancels_the_rest():
    gate = threading.Event()

    async def stay():
        gate.set()
        await asyncio.Event().wait()

    staying = AsyncLit.run(stay)
    assert gate.wait(60)
    every = AsyncLit.all(staying, AsyncLit.run(fail, NoLuck()), cancel_rest=True, wait=True)
    assert every.wait(60)
    assert isinstance(every.error, NoLuck)
    assert staying.status is AsyncLit.TaskStatus.CANCELLED


def test_all_with_a_cancelled_task():
    first, second = given = inputs(2)
    every = AsyncLit.all(given)
    second.cancel()
    assert every.status is AsyncLit.TaskStatus.ERROR
    assert isinstance(every.error, concurrent.futures.CancelledError)


def test_any():
    first, second, third = given = inputs()
    some = AsyncLit.any(given)
    first.return_error(NoLuck())
    second.cancel()
    assert not some.done
    third.return_value([3])
    assert some.result == [3]
    assert some.get_decisive() is third


def test_any_fails():
    first, second = given = inputs(2)
    some = AsyncLit.any(given)
    errors = NoLuck('second'), ValueError('first')
    second.return_error(errors[0])
    first.return_error(errors[1])
    with pytest.raises(ExceptionGroup, match='All of 2 tasks failed; the first: ') as raised:
        some.result
    assert list(raised.value.exceptions) == [errors[1], errors[0]]


def test_race():
    first, second = given = inputs(2)
    race = AsyncLit.race(given, cancel_rest=True)
    second.return_value('won')
    assert race.result == 'won'
    assert first.status is AsyncLit.TaskStatus.CANCELLED


def test_race_fails():
    first, second = given = inputs(2)
    race = AsyncLit.race(given)
    error = NoLuck()
    first.return_error(error)
    second.return_value('late')
    assert race.error is error


def test_none():
    assert AsyncLit.all().result == []
    assert AsyncLit.all([]).result == []
    for join in AsyncLit.any, AsyncLit.race:
        error = join([]).error
        assert isinstance(error, GLib.Error)
        assert error.matches(AsyncLit.error_quark(), AsyncLit.Error.INVALID_ARGUMENT)


def test_cancel():
    first, second = given = inputs(2)
    every = AsyncLit.all(given)
    assert every.cancel()
    assert every.status is AsyncLit.TaskStatus.CANCELLED
    assert not first.done
    again = AsyncLit.all(given, cancel_rest=True)
    again.cancel()
    assert first.status is second.status is AsyncLit.TaskStatus.CANCELLED


@pytest.mark.parametrize('given', [5, [5], ['task'], [None], [AsyncLit.Task(), 5]])
def test_only_tasks(given):
    for join in AsyncLit.all, AsyncLit.any, AsyncLit.race:
        with pytest.raises(TypeError):
            join(given)


def test_await():
    async def add():
        return sum(await AsyncLit.all(AsyncLit.run(pow, 2, 3), AsyncLit.run(asyncio.sleep, 0, 1)))

    assert asyncio.run(add()) == 9
    task = AsyncLit.run(add)
    assert task.wait(60)
    assert task.result == 9


def test_await_failure():
    async def call():
        await AsyncLit.all(AsyncLit.run(fail, NoLuck()), AsyncLit.Task())

    with pytest.raises(NoLuck):
        asyncio.run(call())


def test_all_of_joins():
    pairs = [AsyncLit.all(AsyncLit.run(int, text) for text in pair) for pair in ('12', '34')]
    every = AsyncLit.all(pairs)
    assert every.wait(60)
    assert every.result == [[1, 2], [3, 4]]


def test_programs():
    every = AsyncLit.all(AsyncLit.submit_subprocess(['true']),
                         AsyncLit.submit_subprocess(['sh', '-c', 'exit 3'], check=False))
    assert every.wait(60)
    assert every.result == [0, 3]


def test_dependent():
    given = [AsyncLit.run(int, text) for text in '123']
    every = AsyncLit.all(given)
    total = AsyncLit.options(after=every).run(lambda: sum(every.result))
    assert total.wait(60)
    assert total.result == 6


def test_failure_of_a_read_join_is_not_logged(caplog):
    with caplog.at_level(logging.ERROR, 'AsyncLit'):
        every = AsyncLit.all([AsyncLit.run(fail, NoLuck()), AsyncLit.run(fail, NoLuck())],
                             wait=True)
        assert every.wait(60)
        assert isinstance(every.error, NoLuck)
        del every
        gc.collect()
    assert caplog.records == []


def test_failure_of_an_unread_join_is_logged(caplog):
    with caplog.at_level(logging.ERROR, 'AsyncLit'):
        manager = AsyncLit.TaskManager(max_completed=0)
        every = AsyncLit.all(manager.submit(fail, NoLuck()))
        assert every.wait(60)
        del every
        manager.cleanup()
        while not caplog.records:
            manager.submit(int).wait(60)
            gc.collect()
    assert 'nobody has read its error' in caplog.text
