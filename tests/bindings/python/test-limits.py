#!/usr/bin/python3
# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Limits, dependencies, delays and priorities, of functions and of coroutines."""

import asyncio
import threading
import time

import pytest
from gi.repository import AsyncLit, GLib

from pysupport import poll_until

Substate = AsyncLit.TaskSubstate


class Count:
    """Counts how many run at the same time."""

    def __init__(self):
        self.lock = threading.Lock()
        self.running = self.most = 0

    def begin(self):
        with self.lock:
            self.running += 1
            self.most = max(self.most, self.running)

    def end(self):
        with self.lock:
            self.running -= 1

    def block(self):
        self.begin()
        time.sleep(0.001)
        self.end()

    async def sleep(self):
        self.begin()
        await asyncio.sleep(0.001)
        self.end()


@pytest.mark.parametrize('kind', ['block', 'sleep'])
def test_max_running(kind):
    count = Count()
    with AsyncLit.TaskManager(max_running=3) as manager:
        tasks = [manager.submit(getattr(count, kind)) for _ in range(60)]
        assert manager.max_running == 3
    assert count.most <= 3
    assert all(task.status is AsyncLit.TaskStatus.DONE for task in tasks)


def test_programs_and_functions_share():
    count = Count()
    with AsyncLit.TaskManager(max_running=1) as manager:
        for _ in range(5):
            manager.submit(count.block)
            manager.submit_subprocess(['true'])
            manager.submit(count.sleep)
    assert count.most == 1


def test_pending_and_explained():
    gate = threading.Event()
    manager = AsyncLit.TaskManager(max_running=1, limiter=AsyncLit.Limiter(name='all'))
    first, second = (manager.submit(gate.wait) for _ in range(2))
    assert second.status is AsyncLit.TaskStatus.PENDING
    assert second.substate == Substate.WAITING_LIMITER
    assert second.explain() == 'waits for 0 others in the queue'
    gate.set()
    assert second.wait(30) and first.wait(30)


@pytest.mark.parametrize('waiting', ['function', 'coroutine'])
def test_cancelled_while_waiting(waiting):
    gate = threading.Event()
    called = []

    async def coroutine():
        called.append(True)

    manager = AsyncLit.TaskManager(max_running=1)
    first = manager.submit(gate.wait)
    func = coroutine if waiting == 'coroutine' else lambda: called.append(True)
    second = manager.submit(func)
    assert second.cancel()
    assert second.status is AsyncLit.TaskStatus.CANCELLED
    gate.set()
    assert first.wait(30) and manager.wait(30)
    assert not called


def test_await_of_cancelled():
    gate = threading.Event()
    manager = AsyncLit.TaskManager(max_running=1)
    first, second = manager.submit(gate.wait), manager.submit(len, 'four')

    async def wait():
        asyncio.get_running_loop().call_later(0.01, second.cancel)
        with pytest.raises(asyncio.CancelledError):
            await second

    asyncio.run(wait())
    gate.set()
    assert first.wait(30)


def test_retry_gives_place_up():
    calls = []

    def fail_once(name):
        calls.append(name)
        if calls.count(name) == 1:
            raise OSError('again')

    manager = AsyncLit.TaskManager(max_running=1)
    slow = AsyncLit.RetryPolicy(max_attempts=2, base_delay=60, max_delay=60)
    quick = AsyncLit.RetryPolicy(max_attempts=2, base_delay=0)
    first = manager.submit(fail_once, 'slow', retry=slow)
    second = manager.submit(fail_once, 'quick', retry=quick)
    assert second.wait(30) and second.status is AsyncLit.TaskStatus.DONE
    assert calls == ['slow', 'quick', 'quick']
    assert first.cancel()


def test_nested_functions():
    manager = AsyncLit.TaskManager(max_running=1)

    def nest(depth):
        if depth == 0:
            return 0
        inner = manager.submit(nest, depth - 1)
        assert inner.wait(30)
        return inner.result + 1

    task = manager.submit(nest, 4)
    assert task.wait(30) and task.result == 4


def test_nested_coroutines():
    manager = AsyncLit.TaskManager(max_running=1)

    async def nest(depth):
        return 0 if depth == 0 else await manager.submit(nest, depth - 1) + 1

    task = manager.submit(nest, 4)
    assert task.wait(30) and task.result == 4


def test_queue_full():
    manager = AsyncLit.TaskManager(max_running=1, max_queued=1, paused=True)
    first, second = (manager.submit(len, 'four') for _ in range(2))
    assert second.done
    assert second.error.matches(GLib.quark_from_string('asynclit-error-quark'),
                                AsyncLit.Error.QUEUE_FULL)
    manager.overflow = 'drop-oldest'
    assert manager.overflow == 'drop-oldest'
    third = manager.submit(len, 'four')
    assert first.status is AsyncLit.TaskStatus.CANCELLED
    manager.paused = False
    assert third.wait(30) and third.result == 4


def test_priority():
    order = []
    manager = AsyncLit.TaskManager(max_running=1, paused=True)
    for name, priority in [('a', 0), ('b', 100), ('c', -100), ('d', 0)]:
        AsyncLit.options(manager=manager, priority=priority).run(order.append, name)
    manager.paused = False
    assert manager.wait(30)
    assert order == ['c', 'a', 'd', 'b']


def test_limiter_shared():
    count = Count()
    limiter = AsyncLit.Limiter(2, name='shared')
    options = AsyncLit.options(limiter=limiter)
    tasks = [options.run(count.block) for _ in range(30)]
    assert all(task.wait(30) for task in tasks)
    assert count.most <= 2
    poll_until(lambda: limiter.n_running == 0)
    assert repr(limiter) == '<AsyncLit.Limiter shared 0 running, 0 waiting>'


def test_after():
    gate = threading.Event()
    first = AsyncLit.run(gate.wait)
    second = AsyncLit.options(after=first).run(lambda: first.result)
    assert second.substate == Substate.WAITING_DEPENDENCY
    gate.set()
    assert second.wait(30) and second.result is True


def test_after_a_failure():
    def fail():
        raise OSError('no luck')

    first = AsyncLit.options(name='first').run(fail)
    second = AsyncLit.options(after=[first]).run(len, 'four')
    anyway = AsyncLit.options(after=[first], run_anyway=True).run(len, 'four')
    assert second.wait(30) and anyway.wait(30)
    assert second.status is AsyncLit.TaskStatus.ERROR
    assert 'no luck' in second.error.message
    assert anyway.result == 4
    assert first.error


def test_delay():
    begun = time.monotonic()
    slow = AsyncLit.options(delay=3600).run(time.monotonic)
    task = AsyncLit.options(delay=0.05).run(time.monotonic)
    assert slow.substate == Substate.WAITING_DELAY
    assert slow.cancel()
    assert task.wait(30) and task.result - begun >= 0.05


@pytest.mark.parametrize('bad', [-1, float('nan'), float('-inf')])
def test_bad_delay(bad):
    with pytest.raises(ValueError):
        AsyncLit.options(delay=bad)


@pytest.mark.parametrize('bad', [{'max_running': -1}, {'rate': -1}, {'rate': float('nan')},
                                 {'burst': 0}, {'max_running': 2 ** 32}])
def test_bad_limiter(bad):
    with pytest.raises(ValueError):
        AsyncLit.Limiter(**bad)


def test_bad_manager():
    for bad in [{'max_running': -1}, {'max_queued': -1}, {'overflow': 'other'}]:
        with pytest.raises(ValueError):
            AsyncLit.TaskManager(**bad)


def test_bad_options():
    for bad in [{'limiter': [1]}, {'after': ['task']}, {'other': 1}]:
        with pytest.raises(TypeError):
            AsyncLit.options(**bad)


def test_failed_dependency_in_future():
    def fail():
        raise ValueError

    first = AsyncLit.run(fail)
    assert isinstance(first.as_future().exception(10), ValueError)
    for _ in range(100):
        future = AsyncLit.options(after=[first]).run(int).as_future()
        error = future.exception(10)
        assert error.matches(AsyncLit.error_quark(), AsyncLit.Error.DEPENDENCY)


def test_options_without_gates():
    task = AsyncLit.options(limiter=None, after=None).run(int, 5)
    assert task.wait(10) and task.result == 5
