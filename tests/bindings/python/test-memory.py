#!/usr/bin/python3
# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Memory does not grow, whatever kind of task is repeated."""

import asyncio
import functools
import gc
import logging

import pytest
from gi.repository import AsyncLit, GLib

from pysupport import finish, resident_bytes

# 10^5 in total. Until the first of them are done, the heap of the language itself grows.
WARM_UP, MEASURED = 20000, 80000
BYTES_EACH = 60
TIMES = 3
BATCH = 500


@pytest.fixture(autouse=True)
def nobody_keeps_the_log(monkeypatch):
    """Pytest would keep each line of the output."""
    monkeypatch.setattr(logging.getLogger('AsyncLit'), 'disabled', True)


async def give(value):
    return value


def fail():
    raise ValueError('no')


async def fail_later():
    raise ValueError('no')


def report(queue):
    queue.sync_q.put('x' * 100)
    queue.sync_q.put([1])


async def report_later(queue):
    await queue.async_q.put('x' * 100)
    await queue.async_q.put(None)


async def sleep_long():
    await asyncio.sleep(1000)


def cycle():
    """A result that refers to the task that holds it."""
    task = AsyncLit.current_task()
    return [task]


def submit_and_drop(func, *args, **kwargs):
    AsyncLit.run(func, *args, **kwargs)


def submit_and_cancel():
    task = AsyncLit.run(sleep_long)
    task.cancel()
    return task


def submit_future():
    task = AsyncLit.run(int)
    task.as_future().add_done_callback(lambda future: None)
    return task


def complete():
    task = AsyncLit.Task()
    AsyncLit.get_default_manager().submit_task(task)
    task.report_progress('x' * 100)
    task.return_string('x' * 100)
    return task


KINDS = {
    'function': functools.partial(AsyncLit.run, list, 'x' * 20),
    'coroutine': functools.partial(AsyncLit.run, give, 'x' * 20),
    'awaitable': functools.partial(AsyncLit.run, lambda: give(1)),
    'failing function': functools.partial(AsyncLit.run, fail),
    'failing coroutine': functools.partial(AsyncLit.run, fail_later),
    'retried': functools.partial(AsyncLit.run, fail, retry=AsyncLit.RetryPolicy(2)),
    'reporting function': functools.partial(AsyncLit.run, report),
    'reporting coroutine': functools.partial(AsyncLit.run, report_later),
    'referring to itself': functools.partial(AsyncLit.run, cycle),
    'cancelled': submit_and_cancel,
    'future': submit_future,
    'completed by its creator': complete,
    'dropped': functools.partial(submit_and_drop, list, 'x' * 20),
}


def run_batch(submit):
    for task in [submit() for _ in range(BATCH)]:
        if task is not None:
            finish(task).progress


def run_many(submit, count):
    for _ in range(count // BATCH):
        run_batch(submit)
    AsyncLit.get_default_manager().wait()
    gc.collect()


def grows(run, count):
    """Whether memory grows each time. An allocator may take more once, but a leak continues."""
    for _ in range(TIMES):
        before = resident_bytes()
        run(count)
        if resident_bytes() - before < count * BYTES_EACH:
            return False
    return True


@pytest.mark.parametrize('kind', KINDS)
def test_flat(kind):
    run_many(KINDS[kind], WARM_UP)
    assert not grows(lambda count: run_many(KINDS[kind], count), MEASURED)


def test_flat_with_signals():
    """In a program with a main loop, with connected handlers."""
    def run(count):
        for _ in range(count):
            task = AsyncLit.run(list, 'abc')
            task.connect('completed', ended.append)
            while not ended:
                GLib.MainContext.default().iteration(True)
            ended.clear()
        gc.collect()

    ended = []
    run(WARM_UP // 4)
    assert not grows(run, MEASURED // 4)


def test_polling():
    """A user interface that polls while the task is running."""
    task = AsyncLit.run(sleep_long)

    def poll(count):
        for _ in range(count):
            task.status, task.done, task.progress, task.error, task.wait(0)

    poll(WARM_UP)
    assert not grows(poll, MEASURED)
    task.cancel()
