#!/usr/bin/python3
# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""cancel(), at every point of a task's life."""

import asyncio
import concurrent.futures
import gc
import threading
import time

import pytest
from gi.repository import AsyncLit, GLib, Gio

from pysupport import Gate, WATCHDOG_SECONDS, finish, poll_until

Status = AsyncLit.TaskStatus


async def sleep_long(started=None, cleaned_up=None):
    try:
        if started is not None:
            started.set()
        await asyncio.sleep(1000)
    finally:
        if cleaned_up is not None:
            cleaned_up.append(True)


def fail():
    raise ValueError('no')


def assert_cancelled(task):
    assert finish(task).status is Status.CANCELLED
    assert task.error is None
    with pytest.raises(concurrent.futures.CancelledError):
        task.result
    assert task.cancel() is False


def test_coroutine():
    started, cleaned_up = threading.Event(), []
    task = AsyncLit.run(sleep_long, started, cleaned_up)
    assert started.wait(WATCHDOG_SECONDS)
    assert task.cancel() is True
    assert_cancelled(task)
    assert cleaned_up == [True]


def test_coroutine_at_once():
    """Whether it has begun or not, it ends."""
    for _ in range(200):
        task = AsyncLit.run(sleep_long)
        assert task.cancel() is True
        assert_cancelled(task)


def test_many_coroutines():
    tasks = [AsyncLit.run(sleep_long) for _ in range(1000)]
    for task in tasks:
        assert task.cancel()
    for task in tasks:
        assert_cancelled(task)


def test_done_means_that_nothing_runs():
    """Cancelled when the function has returned, not before."""
    with Gate() as gate:
        task = AsyncLit.run(gate.pass_through)
        gate.await_arrivals()
        assert task.cancel() is True
        assert task.cancel() is True  # again: it has not ended
        assert (task.status, task.done) == (Status.RUNNING, False)
        assert task.cancel_requested
        assert not task.wait(0.01)
    assert_cancelled(task)
    assert not task.cancel_requested


def test_function_that_looks():
    def work():
        while not AsyncLit.current_task().cancel_requested:
            time.sleep(0.001)
        return 'early'

    task = AsyncLit.run(work)
    poll_until(lambda: task.status is Status.RUNNING)
    task.cancel()
    assert_cancelled(task)


def test_whatever_it_returned():
    async def defy(started):
        started.set()
        try:
            await asyncio.sleep(1000)
        except asyncio.CancelledError:
            return 'nevertheless'

    async def fail_instead(started):
        started.set()
        try:
            await asyncio.sleep(1000)
        except asyncio.CancelledError:
            raise ValueError('instead')

    for func in (defy, fail_instead):
        started = threading.Event()
        task = AsyncLit.run(func, started)
        assert started.wait(WATCHDOG_SECONDS)
        task.cancel()
        assert_cancelled(task)


def test_pending():
    called = []
    with Gate() as gate:
        for _ in range(40):
            AsyncLit.run(gate.pass_through)
        gate.await_arrivals(40)
        task = AsyncLit.run(called.append, 1)
        assert task.cancel() is True
        assert task.done  # at once
        assert_cancelled(task)
        after = AsyncLit.run(called.append, 2)
    finish(after)
    assert called == [2]


def test_ended():
    for func in (int, fail):
        task = finish(AsyncLit.run(func))
        status = task.status
        assert task.cancel() is False
        assert task.status is status


@pytest.mark.parametrize('is_async', [False, True])
def test_waiting_for_a_retry(is_async):
    async def fail_later():
        raise ValueError('no')

    retry = AsyncLit.RetryPolicy(max_attempts=5, base_delay=1000, max_delay=1000)
    task = AsyncLit.run(fail_later if is_async else fail, retry=retry)
    poll_until(lambda: task.substate == AsyncLit.TaskSubstate.WAITING_RETRY)
    assert task.status is Status.RUNNING
    assert task.cancel() is True
    assert task.done  # at once
    assert_cancelled(task)
    assert task.attempt == 1


def test_cancelled_by_itself_is_an_error():
    """The task was not asked to cancel."""
    async def cancel_itself():
        raise asyncio.CancelledError

    def read_a_cancelled_one():
        other = AsyncLit.Task()
        other.cancel()
        return other.result

    def fail_in_c():
        raise GLib.Error.new_literal(Gio.io_error_quark(), 'x', Gio.IOErrorEnum.CANCELLED)

    for func, kind in ((cancel_itself, asyncio.CancelledError),
                       (read_a_cancelled_one, concurrent.futures.CancelledError),
                       (fail_in_c, GLib.Error)):
        task = finish(AsyncLit.run(func))
        assert task.status is Status.ERROR
        assert isinstance(task.error, kind)


def test_dropping_does_not_cancel():
    with Gate() as gate:
        seen = []
        task = AsyncLit.run(lambda: seen.append(gate.pass_through()))
        del task
    poll_until(lambda: seen)


def test_runs_no_code_of_the_user():
    """No code of a waiting caller runs before cancel() has returned."""
    called = []
    with Gate() as gate:
        for _ in range(40):
            AsyncLit.run(gate.pass_through)
        gate.await_arrivals(40)
        task = AsyncLit.run(int)
        future = task.as_future()
        future.add_done_callback(lambda future: called.append(threading.current_thread()))
        here = threading.current_thread()
        task.cancel()
        assert here not in called
        poll_until(lambda: called)
        assert called[0] is not here


def test_race():
    """Cancelling a task while it ends leads to exactly one outcome."""
    for number in range(500):
        task = AsyncLit.run(int)
        if number % 3:
            time.sleep(0)
        asked = task.cancel()
        status = finish(task).status
        assert status is Status.CANCELLED if asked else status is Status.DONE


def test_from_c():
    """Closing a manager also cancels its coroutines."""
    manager = AsyncLit.TaskManager()
    started = threading.Event()
    task = manager.submit(sleep_long, started)
    assert started.wait(WATCHDOG_SECONDS)
    manager.close(AsyncLit.CloseMode.CANCEL)
    assert_cancelled(task)


def test_returned_awaitable():
    """A plain function that returned something to await has become a coroutine."""
    started, cleaned_up = threading.Event(), []
    task = AsyncLit.run(lambda: sleep_long(started, cleaned_up))
    assert started.wait(WATCHDOG_SECONDS)
    task.cancel()
    assert_cancelled(task)
    assert cleaned_up == [True]


def test_before_it_returned_an_awaitable():
    gate = Gate()
    task = AsyncLit.run(lambda: gate.pass_through() or sleep_long())
    gate.await_arrivals()
    task.cancel()
    gate.open()
    assert_cancelled(task)


# From C, without calling Python

def cancel_in_c(task):
    """As other languages do it."""
    return type(task).__mro__[1].cancel(task)


@pytest.mark.parametrize('seconds', [0, 0.01, 0.2])
def test_coroutine_from_c(seconds):
    started, cleaned_up = threading.Event(), []
    task = AsyncLit.run(sleep_long, started, cleaned_up)
    assert started.wait(WATCHDOG_SECONDS)
    time.sleep(seconds)
    assert cancel_in_c(task) is True
    assert_cancelled(task)
    assert cleaned_up == [True]


def test_awaitable_from_c():
    """A value that a plain function returned."""
    started = threading.Event()
    task = AsyncLit.run(lambda: sleep_long(started))
    assert started.wait(WATCHDOG_SECONDS)
    assert cancel_in_c(task) is True
    assert_cancelled(task)


def test_second_attempt_from_c():
    started, attempts = threading.Event(), []

    async def work():
        attempts.append(1)
        if len(attempts) == 1:
            await asyncio.sleep(0.1)
            raise ValueError('again')
        await sleep_long(started)

    task = AsyncLit.run(work, retry=AsyncLit.RetryPolicy(max_attempts=3))
    assert started.wait(WATCHDOG_SECONDS)
    assert cancel_in_c(task) is True
    assert_cancelled(task)
    assert len(attempts) == 2


@pytest.mark.parametrize('cancel', [
    lambda task, manager: task.cancel(),
    lambda task, manager: manager.close(AsyncLit.CloseMode.CANCEL),
])
def test_cancelled_once(cancel):
    """However many requests arrive, a coroutine that is cleaning up is not interrupted."""
    started, cleaned_up = threading.Event(), []

    async def work():
        await asyncio.sleep(0.1)
        started.set()
        try:
            await asyncio.sleep(1000)
        finally:
            await asyncio.sleep(0.1)
            cleaned_up.append(True)

    manager = AsyncLit.TaskManager()
    task = manager.submit(work)
    assert started.wait(WATCHDOG_SECONDS)
    cancel(task, manager)
    assert_cancelled(task)
    assert cleaned_up == [True]


def test_handlers_leave_nothing():
    """Coroutines that ran for long enough to be linked are freed all the same."""
    freed = []

    class Result:
        def __del__(self):
            freed.append(True)

    async def work(queue):
        await asyncio.sleep(0.1)
        return Result()

    manager = AsyncLit.TaskManager(max_completed=0)
    tasks = [manager.submit(work) for _ in range(50)]
    for task in tasks:
        finish(task)
    del task, tasks
    manager.cleanup()
    gc.collect()
    poll_until(lambda: len(freed) == 50)
