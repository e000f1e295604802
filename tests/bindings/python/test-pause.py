#!/usr/bin/python3
# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Pausing single tasks, and checkpoints of functions and of coroutines."""

import asyncio
import time

import pytest
from gi.repository import AsyncLit

from pysupport import Gate, poll_until

Status = AsyncLit.TaskStatus


class Steps:
    passed = 0
    over = False

    def run(self):
        while not self.over:
            AsyncLit.checkpoint()
            self.passed += 1
            time.sleep(0)
        return 'over'

    async def run_later(self):
        while not self.over:
            await AsyncLit.checkpoint()
            self.passed += 1
        return 'over'


@pytest.mark.parametrize('kind', ['run', 'run_later'])
def test_checkpoint(kind):
    steps = Steps()
    manager = AsyncLit.TaskManager(max_running=1)
    task = manager.submit(getattr(steps, kind))
    other = manager.submit(len, 'four')
    poll_until(lambda: steps.passed)
    assert task.pause()
    assert not task.pause()
    assert task.paused
    assert task.substate == AsyncLit.TaskSubstate.PAUSED
    assert other.wait(60)  # in the place of the one that is paused
    assert task.status is Status.RUNNING
    steps.passed = 0
    assert task.resume()
    poll_until(lambda: steps.passed)
    steps.over = True
    assert task.wait(60)
    assert task.result == 'over'
    assert not task.resume()


@pytest.mark.parametrize('kind', ['run', 'run_later'])
def test_cancelled_at_checkpoint(kind):
    steps = Steps()
    running, paused = (AsyncLit.run(getattr(steps, kind)) for _ in range(2))
    poll_until(lambda: running.status is Status.RUNNING and paused.status is Status.RUNNING)
    paused.pause()
    for task in running, paused:
        task.cancel()
        assert task.wait(60)
        assert task.status is Status.CANCELLED


async def answer():
    return 42


@pytest.mark.parametrize('func', [lambda: 42, answer])
@pytest.mark.parametrize('max_running', [0, 1])
def test_before_it_starts(func, max_running):
    manager = AsyncLit.TaskManager(max_running=max_running, paused=True)
    task, other = manager.submit(func), manager.submit(func)
    assert task.pause()
    manager.paused = False
    assert other.wait(60)
    assert task.status is Status.PENDING
    assert task.explain() == 'is paused'
    task.resume()
    assert task.wait(60)
    assert task.result == 42


def test_queued():
    """Paused while all threads are busy."""
    with Gate() as gate:
        blockers = [AsyncLit.run(gate.pass_through) for _ in range(40)]
        gate.await_arrivals(40)
        task = AsyncLit.run(len, 'four')
        assert task.pause()
    for blocker in blockers:
        assert blocker.wait(60)
    assert AsyncLit.run(len, 'x').wait(60)
    assert task.status is Status.PENDING
    task.resume()
    assert task.wait(60)


def test_cancelled_before_it_starts():
    manager = AsyncLit.TaskManager(paused=True)
    task = manager.submit(len, 'four')
    task.pause()
    manager.paused = False
    task.cancel()
    assert task.wait(60)
    assert task.status is Status.CANCELLED


def test_retry():
    def fail():
        raise ValueError('again')

    policy = AsyncLit.RetryPolicy(max_attempts=2, base_delay=0.01)
    task = AsyncLit.run(fail, retry=policy)
    poll_until(lambda: task.attempt == 1)
    task.pause()
    time.sleep(0)
    task.resume()
    assert task.wait(60)
    assert task.attempt == 2


def test_outside():
    assert AsyncLit.checkpoint() is None

    async def main():
        await AsyncLit.checkpoint()

    asyncio.run(main())
