#!/usr/bin/python3
# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Time limits of functions, of coroutines and of programs."""

import asyncio
import gc
import pickle
import threading
import weakref

import pytest
from gi.repository import AsyncLit, Gio, GLib

from pysupport import poll_until

SHORT = 0.05
LONG = 60


def assert_timed_out(task):
    assert task.wait(30)
    assert task.status is AsyncLit.TaskStatus.ERROR
    error = task.error
    assert isinstance(error, TimeoutError) and isinstance(error, GLib.Error)
    assert error.matches(Gio.io_error_quark(), Gio.IOErrorEnum.TIMED_OUT)
    with pytest.raises(TimeoutError):
        task.result
    assert task.error is error


def polite():
    while not AsyncLit.current_task().cancel_requested:
        threading.Event().wait(0.001)
    return 'late'


async def sleepy():
    await asyncio.sleep(LONG)


async def stubborn():
    try:
        await asyncio.sleep(LONG)
    except asyncio.CancelledError:
        return 'late'


async def generating():
    yield 1
    await asyncio.sleep(LONG)


@pytest.mark.parametrize('func', [polite, sleepy, stubborn, generating])
def test_timeout(func):
    task = AsyncLit.options(timeout=SHORT).run(func)
    assert_timed_out(task)
    assert str(task.error) == 'It took longer than the time-out of 0.05 seconds'


@pytest.mark.parametrize('func', [lambda: 1, sleepy])
def test_in_time(func):
    task = AsyncLit.options(timeout=LONG).run(func)
    assert task.timeout == LONG
    task.cancel()
    assert task.wait(30)
    assert task.status in (AsyncLit.TaskStatus.DONE, AsyncLit.TaskStatus.CANCELLED)


def test_function_that_goes_on():
    gate = threading.Event()
    task = AsyncLit.options(timeout=SHORT).run(gate.wait)
    poll_until(lambda: task.cancel_requested)
    assert not task.done
    gate.set()
    assert_timed_out(task)


def test_abandoned():
    gate, returned = threading.Event(), threading.Event()

    def block():
        gate.wait()
        returned.set()
        raise ValueError('nobody wants to know')

    limiter = AsyncLit.Limiter(1)
    task = AsyncLit.options(timeout=SHORT, abandon=True, limiter=limiter,
                            retry=AsyncLit.RetryPolicy(max_attempts=2)).run(block)
    future = task.as_future()
    assert isinstance(future.exception(30), TimeoutError)
    assert_timed_out(task)
    assert AsyncLit.options(limiter=limiter).run(int).wait(30)
    error = task.error
    gate.set()
    assert returned.wait(30)
    poll_until(lambda: task._work.ended)
    assert task.error is error and task.attempt == 1


def test_await():
    async def main():
        with pytest.raises(TimeoutError):
            await AsyncLit.options(timeout=SHORT).run(sleepy)
        gate = threading.Event()
        with pytest.raises(TimeoutError):
            await AsyncLit.options(timeout=SHORT, abandon=True).run(gate.wait)
        gate.set()

    asyncio.run(main())


@pytest.mark.parametrize('func', [polite, sleepy])
def test_retried(func):
    calls = []

    def attempt():
        calls.append(AsyncLit.current_task().cancel_requested)
        return func() if len(calls) < 3 else len(calls)

    retry = AsyncLit.RetryPolicy(max_attempts=3, base_delay=0.001, retry_on=(TimeoutError,))
    task = AsyncLit.options(timeout=SHORT, retry=retry).run(attempt)
    assert task.wait(30)
    assert task.result == 3
    assert calls == [False] * 3


def test_not_retried():
    retry = AsyncLit.RetryPolicy(max_attempts=3, base_delay=0, retry_on=(ValueError,))
    task = AsyncLit.options(timeout=SHORT, retry=retry).run(polite)
    assert_timed_out(task)
    assert task.attempt == 1


def test_own_error_in_time():
    def fail():
        raise ValueError('own')

    task = AsyncLit.options(timeout=LONG).run(fail)
    assert task.wait(30) and isinstance(task.error, ValueError)


def test_own_error_too_late():
    def fail():
        polite()
        raise ValueError('own')

    task = AsyncLit.options(timeout=SHORT).run(fail)
    assert_timed_out(task)
    assert isinstance(task.error.__context__, ValueError)


@pytest.mark.parametrize('func', [polite, sleepy])
def test_cancel_still_works(func):
    task = AsyncLit.options(timeout=LONG).run(func)
    poll_until(lambda: task.attempt == 1)
    assert task.cancel()
    assert task.wait(30) and task.status is AsyncLit.TaskStatus.CANCELLED


def test_cancel_by_manager():
    manager = AsyncLit.TaskManager()
    task = AsyncLit.options(timeout=LONG, manager=manager).run(sleepy)
    poll_until(lambda: task.attempt == 1)
    manager.close(AsyncLit.CloseMode.CANCEL)
    assert task.wait(30) and task.status is AsyncLit.TaskStatus.CANCELLED


def test_program():
    task = AsyncLit.options(timeout=SHORT, name='nap').submit_subprocess(['sleep', '60'])
    assert task.name == 'nap'
    assert_timed_out(task)
    task = AsyncLit.options(timeout=LONG).submit_subprocess(['echo', '1'], capture_output=True)
    assert task.wait(30) and task.result.stdout == b'1\n'


def test_created():
    task = AsyncLit.Task()
    task.timeout = SHORT
    AsyncLit.get_default_manager().submit_task(task)
    poll_until(lambda: task.cancel_requested)
    task.return_value(1)
    assert_timed_out(task)


@pytest.mark.parametrize('name', ['timeout', 'deadline', 'stall_timeout'])
@pytest.mark.parametrize('bad', [-1, float('nan')])
def test_refused(name, bad):
    with pytest.raises(ValueError):
        AsyncLit.options(**{name: bad})
    with pytest.raises(ValueError):
        setattr(AsyncLit.Task(), name, bad)
    with pytest.raises(ValueError):
        getattr(AsyncLit.Task(), f'set_{name}')(bad)


@pytest.mark.parametrize('name', ['timeout', 'deadline', 'stall_timeout'])
def test_endless(name):
    assert AsyncLit.options(**{name: float('inf')}).run(int).wait(30)
    assert AsyncLit.options(**{name: None}).run(int).wait(30)


@pytest.mark.parametrize('func', [polite, sleepy, stubborn, generating])
def test_deadline(func):
    retry = AsyncLit.RetryPolicy(max_attempts=5, base_delay=0)
    task = AsyncLit.options(deadline=SHORT, retry=retry).run(func)
    assert task.deadline == SHORT
    assert_timed_out(task)
    assert task.attempt == 1
    assert str(task.error) == 'It had not ended by its deadline of 0.05 seconds'


def test_deadline_while_waiting():
    gate = threading.Event()
    first = AsyncLit.run(gate.wait)
    for options in [{'after': first}, {'delay': LONG}]:
        assert_timed_out(AsyncLit.options(deadline=SHORT, **options).run(int))
    manager = AsyncLit.TaskManager(max_running=1)
    busy = manager.submit(gate.wait)
    assert_timed_out(AsyncLit.options(deadline=SHORT, manager=manager).run(sleepy))
    gate.set()
    assert busy.wait(30) and first.wait(30)


@pytest.mark.parametrize('awaited', [False, True])
def test_deadline_before_retry(awaited):
    def fail():
        raise ValueError

    retry = AsyncLit.RetryPolicy(max_attempts=2, base_delay=LONG, max_delay=LONG)
    task = AsyncLit.options(deadline=SHORT, retry=retry).run(fail)
    if awaited:
        with pytest.raises(TimeoutError):
            task.as_future().result(30)
    assert_timed_out(task)
    assert task.attempt == 1


@pytest.mark.parametrize('func', [polite, sleepy])
@pytest.mark.parametrize('abandon', [False, True])
def test_parent_cancellable(func, abandon):
    parent = Gio.Cancellable()
    task = AsyncLit.options(parent_cancellable=parent, abandon=abandon).run(func)
    poll_until(lambda: task.attempt == 1)
    future = task.as_future()
    parent.cancel()
    assert task.wait(30) and task.status is AsyncLit.TaskStatus.CANCELLED
    assert future.cancelled()


def test_parent_cancelled_before():
    parent = Gio.Cancellable()
    parent.cancel()
    called = []
    options = AsyncLit.options(parent_cancellable=parent)
    tasks = [options.run(called.append, 1), options.run(sleepy), options.submit_subprocess(['true'])]
    for task in tasks:
        assert task.done and task.status is AsyncLit.TaskStatus.CANCELLED
        assert task.attempt == 0
    assert not called
    with pytest.raises(TypeError):
        AsyncLit.options(parent_cancellable='parent')


def test_parent_of_waiting():
    parent = Gio.Cancellable()
    retry = AsyncLit.RetryPolicy(max_attempts=2, base_delay=LONG)

    def fail():
        raise ValueError

    delayed = AsyncLit.options(parent_cancellable=parent, delay=LONG).run(int)
    retried = AsyncLit.options(parent_cancellable=parent, retry=retry).run(fail)
    poll_until(lambda: retried.substate == AsyncLit.TaskSubstate.WAITING_RETRY)

    async def main():
        waits = asyncio.gather(delayed, retried, return_exceptions=True)
        await asyncio.sleep(0)
        parent.cancel()
        await waits

    asyncio.run(main())
    assert {task.status for task in (delayed, retried)} == {AsyncLit.TaskStatus.CANCELLED}


@pytest.mark.parametrize('sign', [AsyncLit.Task.heartbeat, lambda task: task.report(1),
                                  lambda task: task.set_progress(1)])
def test_stalled(sign):
    gate = threading.Event()
    task = AsyncLit.options(stall_timeout=SHORT).run(gate.wait)
    assert task.stall_timeout == SHORT
    for _ in range(2):
        poll_until(lambda: task.stalled)
        sign(task)
        assert not task.stalled
    poll_until(lambda: task.stalled)
    gate.set()
    assert task.wait(30) and task.result is True
    assert not task.stalled


def test_stalled_is_notified():
    gate, told = threading.Event(), []
    task = AsyncLit.options(stall_timeout=SHORT).run(gate.wait)
    task.connect('notify::stalled', lambda task, pspec: told.append(task.stalled))
    context = GLib.MainContext.default()
    while told != [True]:
        context.iteration(True)
    gate.set()
    while told != [True, False]:
        context.iteration(True)


def test_inherited():
    children = []

    def parent():
        children.append(AsyncLit.run(sleepy))
        children.append(AsyncLit.options(deadline=LONG).run(polite))
        children.append(AsyncLit.submit_subprocess(['sleep', '60']))
        return 'in time'

    async def parent_coroutine():
        await asyncio.sleep(0)
        return parent()

    for func in parent, parent_coroutine:
        task = AsyncLit.options(deadline=0.2).run(func)
        assert task.wait(30) and task.result == 'in time'
    for child in children:
        assert_timed_out(child)
        assert 'of the task that submitted it' in str(child.error)
    assert AsyncLit.run(int).wait(30)


def test_inherited_too_late():
    called, children = [], []

    def parent():
        polite()
        children.append(AsyncLit.run(called.append, 1))

    assert_timed_out(AsyncLit.options(deadline=SHORT).run(parent))
    assert_timed_out(children[0])
    assert not called


def test_pickled():
    task = AsyncLit.options(timeout=SHORT).run(polite)
    assert_timed_out(task)
    copy = pickle.loads(pickle.dumps(task.error))
    assert isinstance(copy, TimeoutError) and str(copy) == str(task.error)
    assert repr(copy) == f'TimedOut({str(copy)!r})'


def test_nothing_is_kept():
    class Data:
        pass

    data = Data()
    gone = weakref.ref(data)
    task = AsyncLit.options(timeout=LONG).run(lambda data: None, data)
    assert task.wait(30) and task.done
    del data
    for _ in range(10):
        gc.collect()
        while GLib.MainContext.default().iteration(False):
            pass
    assert gone() is None
