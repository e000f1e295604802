#!/usr/bin/python3
# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""TaskGroup: tasks that belong together; and then(): a function that follows a task."""

import asyncio
import gc
import threading
import weakref

import pytest
from gi.repository import AsyncLit, GLib

from pysupport import poll_until

Status = AsyncLit.TaskStatus


class NoLuck(Exception):
    pass


def fail(error):
    raise error


async def stay():
    await asyncio.Event().wait()


def assert_closed(task):
    assert isinstance(task.error, GLib.Error)
    assert task.error.matches(AsyncLit.error_quark(), AsyncLit.Error.CLOSED)


# A group as a block

def test_with_waits():
    gate = threading.Event()
    with AsyncLit.TaskGroup() as group:
        first = group.submit(gate.wait, 60)
        second = group.submit(asyncio.sleep, 0, 'slept')
        assert group.n_live > 0
        gate.set()
    assert first.result is True
    assert second.result == 'slept'
    assert group.closed
    assert_closed(group.submit(int))


def test_with_raises_what_failed():
    with pytest.raises(ExceptionGroup) as raised:
        with AsyncLit.TaskGroup() as group:
            staying = group.submit(stay)
            group.submit(fail, NoLuck('first'))
    assert [str(error) for error in raised.value.exceptions] == ['first']
    assert staying.status is Status.CANCELLED


def test_with_is_interrupted(monkeypatch):
    """Ctrl-C at the end of the block cancels the tasks, as it does in the block."""
    group, waits = AsyncLit.TaskGroup(), []

    def wait(*timeout):
        waits.append(timeout)
        if len(waits) == 1:
            raise KeyboardInterrupt
        return AsyncLit.TaskGroup.wait(group, *timeout)

    with pytest.raises(KeyboardInterrupt):
        with group:
            staying = group.submit(stay)
            monkeypatch.setattr(group, 'wait', wait)
    assert staying.status is Status.CANCELLED and group.closed


def test_with_raises_all_that_failed():
    with pytest.raises(ExceptionGroup) as raised:
        with AsyncLit.TaskGroup(cancel_on_error=False) as group:
            group.submit(fail, NoLuck('first'))
            group.submit(fail, ValueError('second'))
            other = group.submit(int, '3')
    assert {str(error) for error in raised.value.exceptions} == {'first', 'second'}
    assert other.result == 3


def test_block_raises():
    with pytest.raises(ExceptionGroup) as raised:
        with AsyncLit.TaskGroup() as group:
            staying = group.submit(stay)
            raise NoLuck('block')
    assert [str(error) for error in raised.value.exceptions] == ['block']
    assert staying.status is Status.CANCELLED


def test_block_is_interrupted_by_the_keyboard():
    with pytest.raises(KeyboardInterrupt):
        with AsyncLit.TaskGroup() as group:
            staying = group.submit(stay)
            raise KeyboardInterrupt
    assert staying.status is Status.CANCELLED


def test_from_within():
    def more(number):
        if number:
            AsyncLit.current_task().group.submit(more, number - 1)
        return number

    manager = AsyncLit.TaskManager()
    with AsyncLit.TaskGroup(manager) as group:
        group.submit(more, 5)
    assert manager.n_done == 6


def test_cancelled_task_is_no_failure():
    with AsyncLit.TaskGroup() as group:
        staying = group.submit(stay)
        other = group.submit(asyncio.sleep, 0.01, 'done')
        staying.cancel()
    assert other.result == 'done'


# In a coroutine

def test_async_with():
    async def call():
        async with AsyncLit.TaskGroup() as group:
            first = group.submit(pow, 2, 3)
            second = group.submit(asyncio.sleep, 0, 1)
        return first.result + second.result

    assert asyncio.run(call()) == 9
    task = AsyncLit.run(call)
    assert task.wait(60)
    assert task.result == 9


@pytest.mark.parametrize('run', [asyncio.run, None])
def test_failure_interrupts_the_block(run):
    async def call():
        async with AsyncLit.TaskGroup() as group:
            group.submit(fail, NoLuck())
            await stay()

    with pytest.raises(ExceptionGroup) as raised:
        if run is not None:
            run(call())
        else:
            task = AsyncLit.run(call)
            assert task.wait(60)
            task.result
    assert [type(error) for error in raised.value.exceptions] == [NoLuck]


def test_cancelled_from_outside():
    seen = []

    async def call():
        async with AsyncLit.TaskGroup() as group:
            seen.append(group.submit(stay))

    async def cancel():
        outer = asyncio.create_task(call())
        while not seen or seen[0].status is Status.PENDING:
            await asyncio.sleep(0.001)
        outer.cancel()
        with pytest.raises(asyncio.CancelledError):
            await outer

    asyncio.run(cancel())
    assert seen[0].status is Status.CANCELLED


# Without a block

def test_close_and_wait():
    group = AsyncLit.TaskGroup()
    gate = threading.Event()
    task = group.submit(gate.wait, 60)
    assert not group.wait(0)
    group.close()
    assert_closed(group.submit(int))
    with pytest.raises(GLib.Error):
        group.add(AsyncLit.Task())
    gate.set()
    assert group.wait(60)
    assert task.result is True
    assert group.list_tasks() == [task]


def test_add():
    group, other = AsyncLit.TaskGroup(), AsyncLit.TaskGroup()
    task = AsyncLit.run(int, '1')
    group.add(task)
    assert task.group is group
    with pytest.raises(GLib.Error):
        other.add(task)
    assert group.wait(60)


def test_options():
    group = AsyncLit.TaskGroup()
    task = AsyncLit.options(group=group, name='named').run(int, '1')
    assert task.group is group
    assert task.manager is group.manager
    assert group.wait(60)


def test_cancel():
    group = AsyncLit.TaskGroup()
    tasks = [group.submit(stay) for _ in range(3)]
    group.cancel()
    assert group.wait(60)
    assert {task.status for task in tasks} == {Status.CANCELLED}
    assert not group.closed


def test_drop_cancels():
    group = AsyncLit.TaskGroup(cancel_on_drop=True)
    task = group.submit(stay)
    gone = weakref.ref(group)
    del group
    gc.collect()
    assert gone() is None
    assert task.wait(60)
    assert task.status is Status.CANCELLED


def test_own_group():
    def wait_for_own():
        AsyncLit.current_task().group.wait()

    group = AsyncLit.TaskGroup()
    task = group.submit(wait_for_own)
    assert task.wait(60)
    assert isinstance(task.error, RuntimeError)


def test_fraction():
    group = AsyncLit.TaskGroup(cancel_on_error=False)
    assert group.fraction == -1
    first, second = AsyncLit.Task(), AsyncLit.Task()
    group.add(first)
    group.add(second)
    first.set_progress(1, 2)
    assert group.fraction == 0.25
    first.return_error(NoLuck())
    assert group.fraction == 0.5
    second.return_value(None)
    assert (group.fraction, group.remaining) == (1, 0)


def test_completed_signal():
    group, loop = AsyncLit.TaskGroup(), GLib.MainLoop()
    group.connect('completed', lambda group: loop.quit())
    group.submit(int, '1')
    group.close()
    loop.run()
    assert len(group) == 1


@pytest.mark.parametrize('arguments', [{'max_completed': -1}, {'max_completed': 2 ** 32}])
def test_bad_numbers(arguments):
    with pytest.raises(ValueError):
        AsyncLit.TaskGroup(**arguments)


# then()

def test_then():
    task = AsyncLit.run(int, '3').then(pow, 2).then(lambda square: [square])
    assert task.wait(60)
    assert task.result == [9]


def test_then_of_coroutines():
    async def add(number, other):
        await asyncio.sleep(0)
        return number + other

    manager = AsyncLit.TaskManager()
    task = manager.submit(asyncio.sleep, 0.01, 4).then(add, other=5)
    assert task.wait(60)
    assert task.result == 9
    assert task.manager is manager


def test_then_of_a_join():
    task = AsyncLit.all(AsyncLit.run(int, text) for text in '123').then(sum)
    assert task.wait(60)
    assert task.result == 6


def test_then_with_queue():
    async def report(text, queue):
        await queue.async_q.put(text)

    task = AsyncLit.run(str, 5).then(report)
    assert task.wait(60)
    assert task.progress == ['5']


def test_then_retries():
    calls = []

    def flaky(number):
        calls.append(number)
        if len(calls) < 3:
            raise NoLuck
        return number

    task = AsyncLit.run(int, '7').then(flaky, retry=AsyncLit.RetryPolicy(max_attempts=3))
    assert task.wait(60)
    assert task.result == 7
    assert calls == [7, 7, 7]


def test_then_after_failure():
    called = []
    first = AsyncLit.run(fail, NoLuck('no luck'))
    second = first.then(called.append)
    assert second.wait(60)
    assert second.error.matches(AsyncLit.error_quark(), AsyncLit.Error.DEPENDENCY)
    assert 'no luck' in second.error.message
    assert isinstance(first.error, NoLuck)
    assert called == []


def test_then_cancelled():
    first = AsyncLit.Task()
    second = first.then(int)
    assert second.cancel()
    assert second.status is Status.CANCELLED
    first.return_value('1')
    third = first.then(int)
    assert third.wait(60)
    assert third.result == 1


def test_then_drops_the_former():
    first = AsyncLit.TaskManager(max_completed=0).submit(int, '1')
    gone = weakref.ref(first)
    second = first.then(str)
    assert second.wait(60)
    del first

    def is_gone():
        gc.collect()
        AsyncLit.run(int).wait(60)
        return gone() is None

    poll_until(is_gone)
