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
    assert second.explain() == 'waits for a place'
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


BAD_SETTINGS = [
    *((AsyncLit.Limiter, name, value, error)
      for name, least in (('max_running', 0), ('burst', 1))
      for value, error in ((least - 1, ValueError), (2 ** 32, ValueError), ('1', TypeError),
                           (1.5, TypeError), (True, TypeError), (None, TypeError))),
    *((AsyncLit.Limiter, 'rate', value, error)
      for value, error in ((-1, ValueError), (1e7, ValueError), (float('nan'), ValueError),
                           ('1', TypeError), (None, TypeError))),
    *((AsyncLit.TaskManager, name, value, error)
      for name in ('max_running', 'max_queued', 'max_completed')
      for value, error in ((-1, ValueError), (2 ** 32, ValueError), ('1', TypeError),
                           (1.5, TypeError))),
    (AsyncLit.TaskManager, 'overflow', 'block', ValueError),
    (AsyncLit.TaskManager, 'limiter', 4, TypeError),
]


@pytest.mark.parametrize('kind, name, value, error', BAD_SETTINGS)
def test_bad_settings(kind, name, value, error):
    thing = kind()
    before = getattr(thing, name)
    with pytest.raises(error):
        kind(**{name: value})
    with pytest.raises(error):
        setattr(thing, name, value)
    if name not in ('max_completed', 'overflow', 'limiter'):
        with pytest.raises(error):
            getattr(thing, f'set_{name}')(value)
    assert getattr(thing, name) == before


@pytest.mark.parametrize('name, value, error', [
    ('priority', 2 ** 31, ValueError), ('priority', 1.5, TypeError), ('priority', 'low', TypeError),
    ('delay', -1, ValueError), ('delay', float('nan'), ValueError), ('delay', '1', TypeError),
    ('limiter', 4, TypeError), ('limiter', [4], TypeError), ('after', len, TypeError),
])
def test_bad_options(name, value, error):
    with pytest.raises(error):
        AsyncLit.options(**{name: value})


@pytest.mark.parametrize('name', ['manager', 'group', 'name', 'timeout', 'deadline',
                                  'stall_timeout'])
@pytest.mark.parametrize('value', [b'', (), object()])
def test_options_of_another_type(name, value):
    with pytest.raises(TypeError):
        AsyncLit.options(**{name: value})


def test_options_of_a_program():
    """The key and the group count, too."""
    manager = AsyncLit.TaskManager(paused=True)
    group = AsyncLit.TaskGroup(manager)
    options = AsyncLit.options(group=group, unique='key')
    program = options.submit_subprocess(['true'])
    assert program.group is group and program.manager is manager
    assert options.submit_subprocess(['true']) is program
    manager.paused = False
    assert group.wait(30)
    group.close()
    refused = AsyncLit.options(group=group).submit_subprocess(['true'])
    assert refused.error.matches(AsyncLit.error_quark(), AsyncLit.Error.CLOSED)


def test_wait_for_dependent():
    """A function would wait for ever for what waits for its own task."""
    submitted = threading.Event()
    other = AsyncLit.TaskManager()
    dependents = []

    def wait():
        submitted.wait()
        with pytest.raises(RuntimeError, match='depends on it'):
            dependents[0].wait()
        with pytest.raises(RuntimeError, match='depends on it'):
            dependents[1].wait(1000)
        with pytest.raises(RuntimeError, match='depends on it'):
            other.wait()
        return 1

    first = AsyncLit.run(wait)
    dependents.append(AsyncLit.options(after=first).run(lambda: first.result + 1))
    dependents.append(AsyncLit.options(after=dependents[0], manager=other).run(len, 'four'))
    assert dependents[1].depends_on(first) and not first.depends_on(dependents[0])
    submitted.set()
    assert dependents[1].wait(30) and dependents[1].result == 4
    assert dependents[0].result == 2


def test_await_dependent():
    submitted = threading.Event()
    dependents = []

    async def wait():
        while not submitted.is_set():
            await asyncio.sleep(0)
        with pytest.raises(RuntimeError, match='depends on it'):
            await dependents[0]
        return 1

    first = AsyncLit.run(wait)
    dependents.append(AsyncLit.options(after=first).run(lambda: first.result + 1))
    submitted.set()
    assert dependents[0].wait(30) and dependents[0].result == 2


KINDS = pytest.mark.parametrize('kind', ['function', 'coroutine'])


def waiting(kind, gate, value, log=None):
    """A function that returns the value once the gate is open."""
    def function():
        while not gate.is_set():
            if AsyncLit.current_task().cancel_requested:
                return None
            time.sleep(0.001)
        if log is not None:
            log.append(value)
        return value

    async def coroutine():
        while not gate.is_set():
            await asyncio.sleep(0.001)
        if log is not None:
            log.append(value)
        return value

    return function if kind == 'function' else coroutine


@KINDS
def test_unique_keep(kind):
    gate, manager = threading.Event(), AsyncLit.TaskManager()
    first = manager.submit_unique('key', waiting(kind, gate, 1))
    called = []
    assert manager.submit_unique('key', called.append, 1) is first
    assert manager.submit_unique('other', len, 'four').wait(30)
    gate.set()
    assert first.wait(30) and first.result == 1 and not called
    again = AsyncLit.options(manager=manager, unique='key').run(len, 'four')
    assert again.wait(30) and again.result == 4


@KINDS
def test_unique_replace(kind):
    gate, manager, log = threading.Event(), AsyncLit.TaskManager(), []
    first, second, third = (
        manager.submit_unique('key', waiting(kind, gate, value, log), policy='replace')
        for value in range(3))
    gate.set()
    assert third.wait(30) and third.result == 2
    assert first.status is second.status is AsyncLit.TaskStatus.CANCELLED
    assert log == [2] or log == [0, 2]  # the first one may just have been past the gate


@KINDS
def test_unique_append(kind):
    gate, manager, log = threading.Event(), AsyncLit.TaskManager(), []
    options = AsyncLit.options(manager=manager, unique='key', unique_policy='append')
    tasks = [options.run(waiting(kind, gate, value, log)) for value in range(9)]
    assert tasks[1].substate == Substate.WAITING_DEPENDENCY
    gate.set()
    assert tasks[-1].wait(30)
    assert log == list(range(9))


def test_unique_from_threads():
    """Of the tasks of one key, one at most is live; each function runs or its task is another."""
    manager, count, tasks = AsyncLit.TaskManager(), Count(), []

    def submit():
        for _ in range(200):
            tasks.append(manager.submit_unique('key', count.block))

    threads = [threading.Thread(target=submit) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert manager.wait(60)
    assert count.most == 1
    assert all(task.status is AsyncLit.TaskStatus.DONE for task in tasks)


@pytest.mark.parametrize('key, policy, error', [
    ('', 'keep', ValueError), ('a\0', 'keep', ValueError), (4, 'keep', TypeError),
    (None, 'keep', TypeError), ('key', 'never', ValueError),
])
def test_unique_refused(key, policy, error):
    manager = AsyncLit.TaskManager()
    with pytest.raises(error):
        manager.submit_unique(key, len, 'four', policy=policy)
    if key is not None:
        with pytest.raises(error):
            AsyncLit.options(unique=key, unique_policy=policy)
    assert manager.n_live == 0


def test_circuit():
    server = AsyncLit.Limiter(name='server', max_failures=2, break_duration=1e9)
    assert (server.max_failures, server.break_duration, server.circuit) == (2, 1e9, 'closed')

    def fail():
        raise OSError('down')

    async def fail_later():
        raise OSError('down')

    options = AsyncLit.options(limiter=server)
    for func in fail, fail_later:
        task = options.run(func)
        assert task.wait(60)
        assert isinstance(task.error, OSError)
    assert server.circuit == 'open'
    refused = options.run(len, 'four')
    assert refused.done
    assert refused.error.matches(AsyncLit.error_quark(), AsyncLit.Error.CIRCUIT_OPEN)
    assert '“server”' in refused.explain()
    server.close_circuit()
    task = options.run(len, 'four')
    assert task.wait(60) and task.result == 4


def test_circuit_counts_retries_and_fallbacks():
    server = AsyncLit.Limiter(max_failures=3)
    policy = AsyncLit.RetryPolicy(max_attempts=3, fallback=lambda error: 'instead')
    task = AsyncLit.options(limiter=server, retry=policy).run(int, 'no')
    assert task.wait(60)
    assert task.result == 'instead'
    assert server.circuit == 'open'


@pytest.mark.parametrize('options', [{'max_failures': -1}, {'max_failures': 2 ** 32},
                                     {'break_duration': -1}, {'break_duration': float('nan')}])
def test_circuit_is_checked(options):
    with pytest.raises(ValueError, match=next(iter(options))):
        AsyncLit.Limiter(**options)
