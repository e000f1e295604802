#!/usr/bin/python3
# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What Python programs are used to from futures, asyncio and logging."""

import asyncio
import concurrent.futures
import contextvars
import logging
import threading

import pytest
from gi.repository import AsyncLit
from gi.overrides._asynclit.currents import current

from pysupport import Gate, WATCHDOG_SECONDS, finish, poll_until

TaskStatus = AsyncLit.TaskStatus


def records_of(func):
    records = []
    handler = logging.Handler()
    handler.emit = lambda record: records.append(
        (record.getMessage(), record.task_id, record.task_name))
    logger = logging.getLogger('idioms')
    logger.addHandler(handler)
    logger.propagate = False
    try:
        func()
    finally:
        logger.removeHandler(handler)
    return records


class TestDoneCallback:
    def test_later(self):
        seen = []
        with Gate() as gate:
            task = AsyncLit.run(gate.pass_through, 5)
            task.add_done_callback(lambda ended: seen.append((ended is task, ended.result)))
            assert not seen
        finish(task)
        poll_until(lambda: seen)
        assert seen == [(True, 5)]

    def test_at_once(self):
        seen = []
        task = finish(AsyncLit.run(int))
        task.add_done_callback(seen.append)
        assert seen == [task]

    def test_order_and_errors(self, caplog):
        seen = []

        def fail(task):
            seen.append('fail')
            raise ValueError('callback')

        task = finish(AsyncLit.run(int))
        for callback in fail, lambda unused: seen.append('second'):
            task.add_done_callback(callback)
        assert seen == ['fail', 'second'] and 'callback' in caplog.text

    def test_no_function(self):
        with pytest.raises(TypeError, match='not callable'):
            AsyncLit.Task().add_done_callback(5)

    def test_cancelled(self):
        ended = threading.Event()
        task = AsyncLit.run(asyncio.sleep, 1000)
        task.add_done_callback(lambda unused: ended.set())
        task.cancel()
        assert ended.wait(WATCHDOG_SECONDS) and task.status is TaskStatus.CANCELLED


class TestWaiting:
    def test_wait_for(self):
        """Asyncio gives up waiting; the task goes on."""
        with Gate() as gate:
            task = AsyncLit.run(gate.pass_through, 1)

            async def main():
                with pytest.raises(asyncio.TimeoutError):
                    await asyncio.wait_for(task, 0.01)
                assert task.status is not TaskStatus.CANCELLED
                gate.open()
                return await asyncio.wait_for(task, WATCHDOG_SECONDS)
            assert asyncio.run(main()) == 1

    def test_as_completed(self):
        tasks = [AsyncLit.run(int, number) for number in range(20)]
        futures = [task.as_future() for task in tasks]
        assert {future.result() for future in concurrent.futures.as_completed(futures)} == {*range(20)}
        assert concurrent.futures.wait(futures).not_done == set()


class TestLogger:
    def test_in_task(self):
        logger = AsyncLit.TaskLogger(logging.getLogger('idioms'), {'more': 1})
        options = AsyncLit.options(name='painter')
        ids = []

        def paint(wall):
            logger.warning('painting %d%%', wall)

        async def later():
            logger.warning('%s', 'later', extra={'most': 2})

        def run_all():
            for func, arguments in (paint, (7,)), (later, ()):
                ids.append(finish(options.run(func, *arguments)).id)

        assert records_of(run_all) == [
            (f'[{ids[0][:8]}] painting 7%', ids[0], 'painter'),
            (f'[{ids[1][:8]}] later', ids[1], 'painter')]

    def test_outside(self):
        logger = AsyncLit.TaskLogger(logging.getLogger('idioms'))
        assert records_of(lambda: logger.error('no task')) == [('no task', None, None)]

    def test_odd_id(self):
        task = AsyncLit.Task('100%d')
        logger = AsyncLit.TaskLogger(logging.getLogger('idioms'))

        def log():
            current.set(task)
            logger.error('%s', 'x')
        assert records_of(lambda: contextvars.copy_context().run(log)) == [
            ('[100%d] x', '100%d', None)]
