#!/usr/bin/python3
# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Progress: the queue of a function, task.progress, and report()."""

import asyncio
import functools
import queue as queues
import threading

import pytest
from gi.repository import AsyncLit

from pysupport import Gate, WATCHDOG_SECONDS, finish, poll_until, result_of

Status = AsyncLit.TaskStatus


def kind(value):
    return 'queue' if hasattr(value, 'sync_q') else value


async def first(queue, a=None):
    await queue.async_q.put(a)
    return kind(queue), a


async def first_long(progress_queue, a=None):
    await progress_queue.async_q.put(a)
    return kind(progress_queue), a


async def later(a, queue):
    await queue.async_q.put(a)
    return kind(queue), a


async def later_long(a, progress_queue):
    await progress_queue.async_q.put(a)
    return kind(progress_queue), a


async def keyword_only(a, *, queue):
    await queue.async_q.put(a)
    return kind(queue), a


class Object:
    async def method(self, queue, a):
        await queue.async_q.put(a)
        return kind(queue), a


@pytest.mark.parametrize('func', [first, first_long, later, later_long, keyword_only,
                                  Object().method])
def test_coroutine_gets_a_queue(func):
    task = finish(AsyncLit.run(func, 1))
    assert (task.result, task.progress) == (('queue', 1), [1])


@pytest.mark.parametrize('func, args, kwargs', [
    (first, (), {'a': 1}),
    (later, (), {'a': 1}),
    (functools.partial(later, 1), (), {}),
    (functools.partial(first, a=1), (), {}),
    (first, (1,), {'queue': 'the caller s'}),
    (later, (1,), {'queue': 'the caller s'}),
])
def test_ways_to_call_a_coroutine(func, args, kwargs):
    """The queue replaces the caller's argument, as in the reference."""
    assert result_of(AsyncLit.run(func, *args, **kwargs)) == ('queue', 1)


def test_default_makes_way():
    async def func(a, queue=None, b=0):
        return a, kind(queue), b

    assert result_of(AsyncLit.run(func, 1)) == (1, 'queue', 0)
    assert result_of(AsyncLit.run(func, 1, b=2)) == (1, 'queue', 2)


def test_both_names():
    """The longer one, unless the first parameter has the other."""
    async def func(a, queue=None, progress_queue=None):
        return kind(queue), kind(progress_queue)

    async def func_first(queue, progress_queue=None):
        return kind(queue), kind(progress_queue)

    assert result_of(AsyncLit.run(func, 1)) == (None, 'queue')
    assert result_of(AsyncLit.run(func_first)) == ('queue', None)


def test_given_twice():
    task = finish(AsyncLit.run(later, 1, 'the caller s'))
    assert isinstance(task.error, TypeError)


def test_any_number_of_arguments():
    async def func(*queue):
        return [kind(value) for value in queue]

    async def by_name(**queue):
        return queue

    assert result_of(AsyncLit.run(func, 1)) == ['queue', 1]
    assert result_of(AsyncLit.run(by_name, a=1)) == {'a': 1}


def test_no_parameter_no_queue():
    async def func(a):
        return a

    task = finish(AsyncLit.run(func, 1))
    assert (task.result, task.progress) == (1, [])


def test_decorated():
    def decorate(func):
        @functools.wraps(func)
        async def wrapper(*args, **kwargs):
            return await func(*args, **kwargs)
        return wrapper

    assert result_of(AsyncLit.run(decorate(first), 1)) == ('queue', 1)
    assert result_of(AsyncLit.run(decorate(later), 1)) == ('queue', 1)


# Plain functions: only if the call lacks the argument

def plain(queue):
    return kind(queue)


def plain_first(queue, a):
    queue.sync_q.put(a)
    return kind(queue), a


def plain_later(a, progress_queue):
    progress_queue.sync_q.put(a)
    return kind(progress_queue), a


def plain_default(a, queue=None):
    return a, kind(queue)


def giving(func):
    """A decorator that itself passes the argument that its function needs."""
    @functools.wraps(func)
    def wrapper(*args, **kwargs):
        return func(*args, queue='mine', **kwargs)
    return wrapper


@pytest.mark.parametrize('func', [plain_first, plain_later])
def test_function_gets_a_queue(func):
    task = finish(AsyncLit.run(func, 1))
    assert (task.result, task.progress) == (('queue', 1), [1])


@pytest.mark.parametrize('func, args, kwargs, expected', [
    (plain, (), {}, 'queue'),
    (plain, ('mine',), {}, 'mine'),
    (plain, (), {'queue': 'mine'}, 'mine'),
    (plain, (None,), {}, None),
    (plain_default, (1,), {}, (1, None)),
    (plain_default, (1, 'mine'), {}, (1, 'mine')),
    (plain_default, (1,), {'queue': 'mine'}, (1, 'mine')),
    (functools.partial(plain, 'mine'), (), {}, 'mine'),
    (functools.partial(plain_default, 1), (), {}, (1, None)),
    (functools.partial(plain, queue='mine'), (), {}, 'mine'),
    (giving(plain), (), {}, 'mine'),
])
def test_ways_to_call_a_function(func, args, kwargs, expected):
    assert result_of(AsyncLit.run(func, *args, **kwargs)) == expected


def test_wrong_call_of_a_function():
    """It fails as the call was written, not because of an extra queue."""
    error = finish(AsyncLit.run(plain_first, 1, 2, 3)).error
    assert str(error).endswith('takes 2 positional arguments but 3 were given')


# The values

def test_any_value():
    values = [None, True, 0, 2 ** 31 - 1, 2 ** 31, 2 ** 64, 0.5, '', 'tèxt', 'a\0b', '\ud800',
              b'bytes', [1], (1, 2), {'a': 1}, {1}, object(), int, ValueError('x'), Status.DONE,
              AsyncLit.Error.CLOSED, AsyncLit.Task(), AsyncLit.TaskStatus]

    def func(queue):
        for value in values:
            queue.sync_q.put(value)

    seen = finish(AsyncLit.run(func)).progress
    assert seen == values
    assert [type(value) for value in seen] == [type(value) for value in values]
    assert seen[-4] is values[-4] and seen[12] is values[12]


def test_drains():
    """Each value once, in order, while the task runs and after its end."""
    with Gate() as gate:
        def func(queue):
            queue.sync_q.put(1)
            queue.sync_q.put(2)
            gate.pass_through()
            queue.sync_q.put(3)

        task = AsyncLit.run(func)
        gate.await_arrivals()
        assert task.progress == [1, 2]
        assert task.progress == []
    finish(task)
    assert task.progress == [3]
    assert task.progress == []


def test_order_from_many_threads():
    def func(queue):
        def report(name):
            for number in range(200):
                queue.sync_q.put((name, number))

        threads = [threading.Thread(target=report, args=(name,)) for name in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    seen = finish(AsyncLit.run(func)).progress
    for name in range(4):
        assert [number for who, number in seen if who == name] == list(range(200))


def test_is_bounded():
    """The memory of a program that never reads the values does not grow."""
    def func(queue):
        for number in range(70000):
            queue.sync_q.put(number)

    task = finish(AsyncLit.run(func))
    assert task.get_progress_dropped() == 70000 - 65536
    assert task.progress == list(range(70000 - 65536, 70000))


def test_survives_the_attempts():
    def func(queue):
        queue.sync_q.put(AsyncLit.current_task().attempt)
        raise ValueError

    task = finish(AsyncLit.run(func, retry=AsyncLit.RetryPolicy(max_attempts=3)))
    assert task.progress == [1, 2, 3]


def test_several_readers():
    """Each cursor sees all values."""
    def func(queue):
        queue.sync_q.put(1)
        queue.sync_q.put('two')

    task = finish(AsyncLit.run(func))
    assert list(task.read_progress(0)[0]) == list(task.read_progress(0)[0]) == [1, 'two']


def test_report():
    def func():
        AsyncLit.current_task().report(1, 4, 'first')
        AsyncLit.current_task().report(2)
        AsyncLit.current_task().report_progress('free')

    async def later():
        AsyncLit.current_task().report(done=3, total=4, text='last')

    one, two, three = finish(AsyncLit.run(func)).progress
    assert (one.done, one.total, one.text, one.fraction) == (1, 4, 'first', 0.25)
    assert (two.done, two.total, two.text, two.fraction) == (2, None, None, None)
    assert three == 'free'
    assert finish(AsyncLit.run(later)).progress == [AsyncLit.Progress(3, 4, 'last')]


@pytest.mark.parametrize('done, total, fraction', [
    (0, 4, 0.0), (5, 4, 1.0), (-1, 4, 0.0), (1, 0, None), (1, None, None)])
def test_fraction(done, total, fraction):
    assert AsyncLit.Progress(done, total).fraction == fraction


# The queue, used like that of janus

def with_queue(func):
    """Calls a function with a queue in a task, and gives back its result."""
    return result_of(AsyncLit.run(lambda queue: func(queue)))


def test_attributes():
    def func(queue):
        return [(side.maxsize, side.closed, side.empty(), side.full(), side.qsize(),
                 side.unfinished_tasks) for side in (queue.sync_q, queue.async_q)]

    assert with_queue(func) == [(0, False, True, False, 0, 0)] * 2
    assert with_queue(lambda queue: (queue.maxsize, queue.closed)) == (0, False)


def test_taken_out_again():
    async def func(queue):
        await queue.async_q.put(1)
        queue.sync_q.put(2)
        queue.async_q.put_nowait(3)
        queue.sync_q.put_nowait(4)
        sizes = queue.sync_q.qsize(), queue.async_q.empty()
        return (await queue.async_q.get(), queue.sync_q.get(), queue.async_q.get_nowait(), sizes)

    task = finish(AsyncLit.run(func))
    assert task.result == (1, 2, 3, (4, False))
    assert task.progress == [4]


def test_get_from_empty():
    def func(queue):
        with pytest.raises(queues.Empty):
            queue.sync_q.get_nowait()
        with pytest.raises(queues.Empty):
            queue.sync_q.get(timeout=0.01)
        with pytest.raises(queues.Empty):
            queue.sync_q.get(block=False)
        with pytest.raises(ValueError):
            queue.sync_q.get(timeout=-1)
        with pytest.raises(asyncio.QueueEmpty):
            queue.async_q.get_nowait()

    with_queue(func)


def test_get_waits_for_put():
    def func(queue):
        with Gate() as gate:
            putter = threading.Thread(target=lambda: (gate.pass_through(), queue.sync_q.put(5)))
            putter.start()
            gate.await_arrivals()
            gate.open()
            return queue.sync_q.get(timeout=WATCHDOG_SECONDS)

    async def later(queue):
        getter = asyncio.ensure_future(queue.async_q.get())
        await asyncio.sleep(0.01)
        assert not getter.done()
        await asyncio.to_thread(queue.sync_q.put, 6)
        return await asyncio.wait_for(getter, WATCHDOG_SECONDS)

    assert with_queue(func) == 5
    assert result_of(AsyncLit.run(later)) == 6


def test_closed():
    async def func(queue):
        queue.sync_q.put(1)
        queue.close()
        assert (queue.closed, queue.sync_q.closed, queue.async_q.closed) == (True, True, True)
        for use in (lambda: queue.sync_q.put(2), lambda: queue.sync_q.put_nowait(2),
                    queue.sync_q.get_nowait, queue.sync_q.get):
            with pytest.raises(Exception, match='^$') as caught:
                use()
            assert type(caught.value).__name__ in ('ShutDown', 'SyncShutDown')
        for use in (lambda: queue.async_q.put(2), queue.async_q.get):
            with pytest.raises(Exception, match='^$') as caught:
                await use()
            assert type(caught.value).__name__ in ('QueueShutDown', 'AsyncShutDown')
        await queue.wait_closed()
        await queue.aclose()

    task = finish(AsyncLit.run(func))
    assert task.error is None
    assert task.progress == [1]  # what was put is still progress


def test_close_wakes_those_who_wait():
    async def func(queue):
        getter = asyncio.ensure_future(queue.async_q.get())
        blocked = asyncio.ensure_future(asyncio.to_thread(queue.sync_q.get))
        await asyncio.sleep(0.01)
        queue.close()
        results = await asyncio.wait_for(
            asyncio.gather(getter, blocked, return_exceptions=True), WATCHDOG_SECONDS)
        return [isinstance(result, Exception) for result in results]

    assert result_of(AsyncLit.run(func)) == [True, True]


def test_join():
    async def func(queue):
        await queue.async_q.put(1)
        assert queue.sync_q.unfinished_tasks == 1
        joined = asyncio.ensure_future(queue.async_q.join())
        await asyncio.sleep(0)
        assert not joined.done()
        queue.async_q.get_nowait()
        queue.async_q.task_done()
        await asyncio.wait_for(joined, WATCHDOG_SECONDS)
        await asyncio.to_thread(queue.sync_q.join)
        with pytest.raises(ValueError):
            queue.sync_q.task_done()

    assert finish(AsyncLit.run(func)).error is None


def test_join_when_drained():
    """Polling task.progress counts as reading the values."""
    async def func(queue):
        await queue.async_q.put(1)
        await queue.async_q.join()

    task = AsyncLit.run(func)
    seen = []
    poll_until(lambda: seen.extend(task.progress) or task.done)
    assert seen == [1]


@pytest.mark.parametrize('amounts', [(-1,), (float('nan'),), (float('inf'),), (1, -1),
                                     (1, float('inf'))])
def test_amounts_refused(amounts):
    with pytest.raises(ValueError, match='from 0 on'):
        AsyncLit.Task().set_progress(*amounts)


def test_text_and_unit_are_settable():
    task = AsyncLit.Task()
    task.progress_text, task.progress_unit = 'reads', AsyncLit.Unit.BYTES
    assert (task.progress_text, task.progress_unit) == ('reads', AsyncLit.Unit.BYTES)
    task.progress_text = None
    assert task.progress_text is None
    for value in (99, 'bytes', None):
        with pytest.raises((TypeError, ValueError)):
            task.progress_unit = value
    with pytest.raises(TypeError):
        task.progress_text = 4
    assert task.progress_unit == AsyncLit.Unit.BYTES
