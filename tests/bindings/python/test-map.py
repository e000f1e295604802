#!/usr/bin/python3
# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""map(): many items, in threads and in coroutines."""

import asyncio
import concurrent.futures
import gc
import itertools
import sys
import threading
import weakref

import pytest
from gi.repository import AsyncLit

from pysupport import poll_until

works = sys.modules['gi.overrides._asynclit.works']


def double(number):
    return 2 * number


async def double_later(number):
    await asyncio.sleep(0)
    return 2 * number


@pytest.mark.parametrize('func', [double, double_later])
@pytest.mark.parametrize('limit', [None, 1, 3])
def test_results_in_order(func, limit):
    assert list(AsyncLit.map(func, range(1000), limit=limit)) == list(range(0, 2000, 2))


@pytest.mark.parametrize('func', [double, double_later])
def test_results_unordered(func):
    assert sorted(AsyncLit.map(func, range(1000), ordered=False)) == list(range(0, 2000, 2))


def test_unordered_does_not_wait_for_the_first():
    gate = threading.Event()

    def func(number):
        if number == 0:
            gate.wait(60)
        return number

    outcomes = AsyncLit.map(func, range(3), limit=3, ordered=False)
    assert sorted([next(outcomes), next(outcomes)]) == [1, 2]
    gate.set()
    assert next(outcomes) == 0
    with pytest.raises(StopIteration):
        next(outcomes)


def test_several_iterables():
    assert list(AsyncLit.map(pow, [2, 3, 4], (1, 2, 3, 4))) == [2, 9, 64]


@pytest.mark.parametrize('func', [double, double_later])
def test_no_items(func):
    outcomes = AsyncLit.map(func, [])
    assert list(outcomes) == []
    task = AsyncLit.map(func, []).task
    assert task.wait(60)
    assert task.result == []


def test_runs_side_by_side():
    barrier = threading.Barrier(5, timeout=60)
    assert sorted(AsyncLit.map(lambda number: barrier.wait(), range(5), limit=5)) == list(range(5))


@pytest.mark.parametrize('is_async', [False, True])
def test_limit(is_async):
    running, most = [], []

    def func(number):
        running.append(number)
        most.append(len(running))
        threading.Event().wait(0.001)
        running.remove(number)

    async def later(number):
        running.append(number)
        most.append(len(running))
        await asyncio.sleep(0.001)
        running.remove(number)

    list(AsyncLit.map(later if is_async else func, range(50), limit=3))
    assert 1 <= max(most) <= 3


def test_the_input_is_read_as_it_is_needed():
    read = []

    def numbers():
        for number in itertools.count():
            read.append(number)
            yield number

    outcomes = AsyncLit.map(double, numbers(), limit=2)
    assert [next(outcomes) for unused in range(10)] == list(range(0, 20, 2))
    # Once enough items wait, no more are read.
    state = outcomes._state
    poll_until(lambda: not state.n_workers and len(state.outcomes) > state.window // 2)
    so_far = len(read)
    assert so_far == outcomes._state.n_read
    for unused in range(so_far):
        next(outcomes)
    assert len(read) > so_far
    outcomes.close()


@pytest.mark.parametrize('is_async', [False, True])
def test_an_error_is_raised_in_its_place(is_async):
    def func(number):
        if number == 5:
            raise ValueError('five')
        return number

    async def later(number):
        return func(number)

    outcomes = AsyncLit.map(later if is_async else func, itertools.count(), limit=1)
    assert [next(outcomes) for unused in range(5)] == [0, 1, 2, 3, 4]
    with pytest.raises(ValueError, match='five'):
        next(outcomes)


def test_an_error_of_the_input():
    def numbers():
        yield 1
        raise ValueError('no more')

    outcomes = AsyncLit.map(double, numbers())
    assert next(outcomes) == 2
    with pytest.raises(ValueError, match='no more'):
        next(outcomes)


@pytest.mark.parametrize('is_async', [False, True])
def test_retry(is_async):
    seen = []

    def func(number):
        seen.append(number)
        if seen.count(number) < 3:
            raise ValueError(number)
        return number

    async def later(number):
        return func(number)

    policy = AsyncLit.RetryPolicy(max_attempts=3, base_delay=0.001, max_delay=0.001)
    assert list(AsyncLit.map(later if is_async else func, range(5), retry=policy)) == list(range(5))
    assert len(seen) == 15
    seen.clear()
    policy = AsyncLit.RetryPolicy(max_attempts=2, base_delay=0, max_delay=0)
    with pytest.raises(ValueError):
        list(AsyncLit.map(later if is_async else func, range(5), retry=policy))


def test_timeout():
    gate = threading.Event()
    outcomes = AsyncLit.map(lambda number: gate.wait(60), range(2), timeout=0.01)
    with pytest.raises(concurrent.futures.TimeoutError):
        next(outcomes)
    gate.set()


def test_task():
    task = AsyncLit.map(double, range(10000)).task
    gc.collect()
    assert task.wait(60)
    assert task.result == list(range(0, 20000, 2))
    progress = task.progress
    assert (progress[-1].done, progress[-1].total) == (10000, 10000)
    assert AsyncLit.get_default_manager().get(task.id) is task


def test_task_of_one_that_was_begun():
    outcomes = AsyncLit.map(double, range(1000), limit=2)
    assert next(outcomes) == 0
    task = outcomes.task
    assert task.wait(60)
    first = list(outcomes)
    assert first[-1] == 1998
    assert task.result[-1] == 1998


def test_task_fails():
    def func(number):
        raise ValueError(number)

    task = AsyncLit.map(func, range(100), limit=1).task
    assert task.wait(60)
    assert isinstance(task.error, ValueError)


@pytest.mark.parametrize('is_async', [False, True])
def test_cancel(is_async):
    begun = threading.Event()

    def func(number):
        begun.set()
        task = AsyncLit.current_task()
        poll_until(lambda: task.cancel_requested)

    async def later(number):
        begun.set()
        await asyncio.sleep(600)

    task = AsyncLit.map(later if is_async else func, itertools.count()).task
    assert begun.wait(60)
    assert task.cancel()
    assert task.wait(60)
    assert task.status is AsyncLit.TaskStatus.CANCELLED


def test_an_item_that_awaits_what_is_cancelled():
    async def func(number):
        if number == 3:
            raise asyncio.CancelledError
        return number

    outcomes = AsyncLit.map(func, range(10), limit=1)
    assert [next(outcomes) for unused in range(3)] == [0, 1, 2]
    with pytest.raises(asyncio.CancelledError):
        next(outcomes)


@pytest.mark.parametrize('func', [double, double_later])
def test_a_worker_that_can_not_be_run(func, monkeypatch):
    def post(task):
        raise RuntimeError('no threads are left')

    monkeypatch.setattr(works.engine.runners, 'post', post)
    monkeypatch.setattr(works.engine.loops, 'post', post)
    outcomes = AsyncLit.map(func, range(10))
    with pytest.raises(RuntimeError, match='no threads'):
        list(outcomes)
    task = outcomes.task
    assert task.wait(60)
    assert isinstance(task.error, RuntimeError)


def test_cancel_while_it_waits_to_be_iterated():
    with AsyncLit.TaskManager() as manager:
        outcomes = AsyncLit.map(double, itertools.count(), limit=1, manager=manager)
        poll_until(lambda: outcomes._state.is_full() and not outcomes._state.n_workers)
        manager.close(AsyncLit.CloseMode.CANCEL)
    with pytest.raises(concurrent.futures.CancelledError):
        list(outcomes)


def test_a_map_that_nobody_wants_ends():
    outcomes = AsyncLit.map(double, itertools.count())
    next(outcomes)
    task = outcomes._state.task
    outcomes = None
    gc.collect()
    assert task.wait(60)
    assert task.status is AsyncLit.TaskStatus.CANCELLED


def test_nothing_is_kept():
    class Thing:
        def __call__(self, number):
            return number

    thing = Thing()
    kept = weakref.ref(thing)
    assert sum(AsyncLit.map(thing, range(100))) == 4950
    thing = None

    def is_gone():
        gc.collect()
        return kept() is None

    poll_until(is_gone)


def test_async_for():
    async def main():
        return [number async for number in AsyncLit.map(double_later, range(100), limit=4)]

    assert asyncio.run(main()) == list(range(0, 200, 2))
    task = AsyncLit.run(main)
    assert task.wait(60)
    assert task.result == list(range(0, 200, 2))


def test_waits_that_can_not_end_are_refused():
    outcomes = []
    gate = threading.Event()

    def func(number):
        gate.wait(60)
        return next(outcomes[0])

    outcomes.append(AsyncLit.map(func, range(3)))
    gate.set()
    with pytest.raises(RuntimeError, match='cannot wait'):
        list(outcomes[0])

    async def blocks():
        return list(AsyncLit.map(double, range(3)))

    task = AsyncLit.run(blocks)
    assert task.wait(60)
    with pytest.raises(RuntimeError, match='async for'):
        task.result


def test_maps_in_a_map():
    def func(number):
        return sum(AsyncLit.map(double, range(number)))

    assert list(AsyncLit.map(func, [10] * 200)) == [90] * 200


@pytest.mark.parametrize('call, error', [
    (lambda: AsyncLit.map(1, []), TypeError),
    (lambda: AsyncLit.map(double), TypeError),
    (lambda: AsyncLit.map(double, 5), TypeError),
    (lambda: AsyncLit.map(double, [], limit=0), ValueError),
    (lambda: AsyncLit.map(double, [], limit=1.5), TypeError),
    (lambda: AsyncLit.map(double, [], retry=3), TypeError),
    (lambda: AsyncLit.map(double, [], timeout=float('nan')), ValueError),
])
def test_bad_arguments(call, error):
    with pytest.raises(error):
        call()


def test_closed_manager():
    manager = AsyncLit.TaskManager()
    manager.close()
    with pytest.raises(Exception, match='closed'):
        AsyncLit.map(double, range(3), manager=manager)
