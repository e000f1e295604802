#!/usr/bin/python3
# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Whatever one function does, the others continue: shared threads and loops, waits that can't end,
and the consistent end of a task."""

import asyncio
import concurrent.futures
import sys
import threading
import time
import types

import pytest
from gi.repository import AsyncLit, Gio
from gi.overrides._asynclit import runners, schedules, timers, works

from pysupport import Gate, assert_quiet, finish, poll_until, result_of, run_script

N_STUCK = 60  # more than there are threads


async def give(value):
    return value


# The loop

@pytest.mark.parametrize('ending', [SystemExit(3), KeyboardInterrupt()])
def test_loop_survives_a_child(ending):
    """The task whose function ended the loop fails with that error."""
    async def child():
        raise ending

    async def parent():
        child_task = asyncio.ensure_future(child())
        await asyncio.sleep(1000)
        return child_task

    task = finish(AsyncLit.run(parent))
    assert task.error is ending
    assert result_of(AsyncLit.run(give, 1)) == 1


def test_loop_is_stopped():
    async def stop(later):
        loop = asyncio.get_running_loop()
        if later:
            loop.call_soon(loop.stop)
        else:
            loop.stop()
        await asyncio.sleep(0.01)
        return 'went on'

    assert [result_of(AsyncLit.run(stop, later)) for later in (True, False)] == ['went on'] * 2


def test_helper_threads_do_not_hold_up_the_exit():
    process = run_script('''
from gi.repository import AsyncLit
import asyncio, threading
begun = threading.Event()
def wait():
    begun.set()
    threading.Event().wait()
async def func():
    await asyncio.to_thread(wait)
AsyncLit.run(func)
begun.wait()
''')
    assert_quiet(process)


def test_helper_threads():
    async def func():
        with pytest.raises(ZeroDivisionError):
            await asyncio.to_thread(lambda: 1 / 0)
        names = await asyncio.gather(*(asyncio.to_thread(threading.current_thread)
                                       for _ in range(50)))
        return {name.daemon for name in names}

    assert result_of(AsyncLit.run(func)) == {True}


def test_blocked_loop_holds_up_no_retry():
    attempts = []

    def flaky():
        attempts.append(1)
        if len(attempts) < 3:
            raise ConnectionError

    async def block():
        gate.pass_through()

    with Gate() as gate:
        AsyncLit.run(block)
        gate.await_arrivals()
        finish(AsyncLit.run(flaky, retry=AsyncLit.RetryPolicy(3, base_delay=0.01)))


def test_blocked_loop_holds_up_nobody_who_waits_for_a_cancelled_one():
    async def block():
        gate.pass_through()

    with Gate() as gate:
        AsyncLit.run(block)
        gate.await_arrivals()
        task = AsyncLit.run(give, 1)
        told = threading.Event()
        task.as_future().add_done_callback(lambda unused: told.set())
        task.cancel()
        assert told.wait(60)


def test_timers(monkeypatch):
    """In the order of their times, whenever they were started, with a clock that only the test
    moves."""
    now, due = [0], []
    monkeypatch.setattr(timers, 'time', types.SimpleNamespace(monotonic=lambda: now[0]))
    thread = timers.Timers('test-timers')
    thread.start(0.02, due.append, 3)
    thread.start(0.01, due.append, 2)
    thread.start(0.015, due.append, 'cancelled').cancel()
    thread.start(0, due.append, 1)
    poll_until(lambda: due == [1])
    now[0] = 1
    poll_until(lambda: len(due) == 3)
    assert due == [1, 2, 3]
    thread.close()
    with pytest.raises(RuntimeError):
        thread.start(0, due.append, 4)


def test_timer_that_raises(monkeypatch):
    said, ended = [], threading.Event()
    monkeypatch.setattr(sys, 'excepthook', lambda *args: said.append(args[0]))
    thread = timers.Timers('test-timers')
    thread.start(0, int, 'x')
    thread.start(0.001, ended.set)
    assert ended.wait(60) and said == [ValueError]
    thread.close()


# Waits that can't end

def test_manager_in_a_coroutine():
    manager = AsyncLit.TaskManager()

    async def block():
        with pytest.raises(RuntimeError, match='async with'):
            with manager:
                pass
        with pytest.raises(RuntimeError):
            manager.wait()
        with pytest.raises(RuntimeError):
            AsyncLit.shutdown()
        async with AsyncLit.TaskManager() as own:
            task = own.submit(give, 5)
        return task.done and own.closed and task.result

    assert result_of(AsyncLit.run(block)) == 5


def test_block_that_raises_in_a_coroutine():
    async def block():
        with pytest.raises(ZeroDivisionError):
            async with AsyncLit.TaskManager() as own:
                task = own.submit(asyncio.sleep, 1000)
                1 / 0
        return task.status

    assert result_of(AsyncLit.run(block)) is AsyncLit.TaskStatus.CANCELLED


@pytest.mark.parametrize('wait', [
    lambda manager: manager.wait(),
    lambda manager: manager.wait(5),
    lambda manager: AsyncLit.current_task().wait(),
    lambda manager: AsyncLit.current_task().as_future().result(),
    lambda manager: AsyncLit.shutdown(),
    lambda manager: manager.__enter__(),
])
def test_task_that_waits_for_itself(wait):
    manager = AsyncLit.TaskManager()
    assert isinstance(finish(manager.submit(wait, manager)).error, RuntimeError)


def test_own_manager_is_awaited():
    manager = AsyncLit.TaskManager()

    async def block():
        async with manager:
            pass

    assert isinstance(finish(manager.submit(block)).error, RuntimeError)


def test_helper_waits_for_its_parent():
    """It inherits the context of the task, but is a different object."""
    async def note(task):
        return await task

    async def parent():
        helpers.append(asyncio.ensure_future(note(AsyncLit.current_task())))
        await asyncio.sleep(0.01)
        return 5

    helpers = []
    assert result_of(AsyncLit.run(parent)) == 5
    poll_until(helpers[0].done)
    assert helpers[0].result() == 5

    async def in_thread():
        helpers.append(asyncio.ensure_future(asyncio.to_thread(AsyncLit.current_task().wait)))
        await asyncio.sleep(0.01)

    finish(AsyncLit.run(in_thread))
    poll_until(helpers[1].done)
    assert helpers[1].result() is True


@pytest.mark.parametrize('cancellable', [threading.Event(), 5])
def test_wrong_cancellable(cancellable):
    with Gate() as gate:
        manager = AsyncLit.TaskManager()
        task = manager.submit(gate.pass_through)
        for wait in (task.wait, manager.wait):
            with pytest.raises(TypeError):
                wait(1, cancellable=cancellable)


def test_interrupted_wait_leaves_the_cancellable():
    cancellable = Gio.Cancellable()
    manager = AsyncLit.TaskManager()
    assert manager.wait(1, cancellable) and not cancellable.is_cancelled()


# A pool that waits for itself

def child():
    return 1


def as_completed():
    return len(list(concurrent.futures.as_completed([AsyncLit.run(child).as_future()])))


def wait_for_first():
    futures = [AsyncLit.run(child).as_future() for _ in range(2)]
    return len(concurrent.futures.wait(futures, return_when='FIRST_COMPLETED').done) and 1


def run_loop():
    async def main():
        return await AsyncLit.run(child)
    return asyncio.run(main())


@pytest.mark.parametrize('func', [as_completed, wait_for_first, run_loop])
def test_pool_that_waits_for_itself(func):
    assert [result_of(task) for task in [AsyncLit.run(func) for _ in range(N_STUCK)]] == [1] * N_STUCK


def test_pool_that_stands_still_grows(monkeypatch):
    """In a way that can't be seen here, but never beyond a limit."""
    monkeypatch.setattr(runners, 'STALL_SECONDS', 0.01)
    monkeypatch.setattr(runners, 'GROW_SECONDS', 0.01)
    pool = runners.Runners(lambda item: item(), 4, most=6)
    with Gate() as gate:
        for _ in range(10):
            pool.post(gate.pass_through)
        gate.await_arrivals(6)
        assert not gate.arrived.acquire(timeout=0.1)
    gate.await_arrivals(4)
    pool.close()


def test_iterator_that_is_left():
    """Blocking in one item does not affect the next one."""
    pool = runners.Runners(lambda item: item(), 1)
    left, ended = [], threading.Event()

    def leave():
        left.append(runners.blocking())
        left[0].__enter__()

    pool.post(leave)
    pool.post(ended.set)
    assert ended.wait(60)
    poll_until(lambda: pool._n_blocked == 0)
    left[0].__exit__(None, None, None)
    assert pool._n_blocked == 0
    pool.close()


# One truth about the end

def test_time_is_not_waited_for_twice():
    with Gate() as gate:
        future = AsyncLit.run(gate.pass_through).as_future()
        for wait in (future.result, future.exception):
            begun = time.monotonic()
            with pytest.raises(concurrent.futures.TimeoutError):
                wait(timeout=0.2)
            assert time.monotonic() - begun < 0.39


def test_future_is_done_with_its_task():
    for _ in range(300):
        manager = AsyncLit.TaskManager()
        future = manager.submit(child).as_future()
        manager.wait()
        assert future.done() and not future.cancelled() and future.result() == 1
        task = manager.get(future._task.id)
        assert task is future._task


def test_abandoned_awaits():
    with Gate() as gate:
        task = AsyncLit.run(gate.pass_through)

        async def main():
            for _ in range(200):
                try:
                    await asyncio.wait_for(asyncio.ensure_future(wait()), 0.0005)
                except asyncio.TimeoutError:
                    pass

        async def wait():
            await task

        asyncio.run(main())
        assert len(task._work.callbacks) == 0


def test_consumers_share_a_queue():
    switch = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        assert result_of(AsyncLit.run(consume)) == (0, 4000)
    finally:
        sys.setswitchinterval(switch)


def consume(queue):
    seen, empty = [], []

    async def take():
        while True:
            try:
                value = await queue.async_q.get()
            except asyncio.QueueEmpty:
                empty.append(1)
                continue
            if value is None:
                return
            seen.append(value)

    threads = [threading.Thread(target=lambda: asyncio.run(take())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for number in [*range(4000), *[None] * len(threads)]:
        queue.sync_q.put(number)
    for thread in threads:
        thread.join()
    return len(empty), len(set(seen))


# What was taken is settled

def test_run_that_can_not_be_queued(monkeypatch):
    said = []
    monkeypatch.setattr(sys, 'excepthook', lambda *args: said.append(args[0]))
    monkeypatch.setattr(schedules, 'queue_run', lambda task, job: 1 / 0)
    job = AsyncLit.schedule_interval(int, seconds=3600, first_run='now', latest_task_name='settled')
    poll_until(lambda: job.n_runs == 1 and job.n_running == 0)
    assert job.latest_task.status is AsyncLit.TaskStatus.ERROR and said == [ZeroDivisionError]
    monkeypatch.undo()
    job.run_now()
    poll_until(lambda: job.n_runs == 2 and job.n_running == 0)
    assert job.latest_task.result == 0
    AsyncLit.shutdown_scheduler()


@pytest.mark.parametrize('func', [child, give])
def test_item_that_can_not_be_posted(monkeypatch, func):
    def interrupted(task):
        raise KeyboardInterrupt

    for threads in (works.engine.runners, works.engine.loops):
        monkeypatch.setattr(threads, 'post', interrupted)
    manager = AsyncLit.TaskManager()
    with pytest.raises(KeyboardInterrupt):
        manager.submit(func)
    [task] = manager.list_tasks()
    assert isinstance(task.error, KeyboardInterrupt)


def test_no_loop_for_a_moment(monkeypatch):
    monkeypatch.setattr(works.engine.loops, 'call', lambda func: 1 / 0)
    assert isinstance(finish(AsyncLit.run(give, 1)).error, ZeroDivisionError)
    monkeypatch.undo()
    assert result_of(AsyncLit.run(give, 1)) == 1
