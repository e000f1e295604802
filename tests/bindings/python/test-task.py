#!/usr/bin/python3
# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The handle: its properties before, while and after its function runs."""

import concurrent.futures
import re
import threading
import time

import pytest
from gi.repository import AsyncLit, Gio, GLib

from pysupport import Gate, WATCHDOG_SECONDS, finish, poll_until

UUID_V4 = re.compile('[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}')
Status = AsyncLit.TaskStatus


def fail():
    raise ValueError('no')


def test_statuses():
    assert [(status.name, status.value) for status in Status] == [
        ('PENDING', 'pending'), ('RUNNING', 'running'), ('DONE', 'done'), ('ERROR', 'error'),
        ('CANCELLED', 'cancelled')]
    assert Status('done') is Status.DONE
    assert str(Status.DONE) == 'TaskStatus.DONE'


def test_statuses_of_c():
    task = finish(AsyncLit.run(int))
    assert Status(task.props.status) is task.get_status() is Status.DONE
    with pytest.raises(ValueError):
        Status(5)


def test_running_then_done():
    with Gate() as gate:
        task = AsyncLit.run(gate.pass_through, 'result')
        gate.await_arrivals()
        assert (task.status, task.done, task.error) == (Status.RUNNING, False, None)
    finish(task)
    assert (task.status, task.done, task.error, task.result) == (Status.DONE, True, None, 'result')


def test_pending():
    with Gate() as gate:
        for _ in range(40):  # as many as run at a time
            AsyncLit.run(gate.pass_through)
        gate.await_arrivals(40)
        task = AsyncLit.run(int)
        assert (task.status, task.done) == (Status.PENDING, False)
        assert task.substate == AsyncLit.TaskSubstate.QUEUED
        assert task.attempt == 0
    assert finish(task).attempt == 1


def test_error():
    task = finish(AsyncLit.run(fail))
    assert (task.status, task.done) == (Status.ERROR, True)
    assert isinstance(task.error, ValueError)


def test_result_not_complete():
    with Gate() as gate:
        task = AsyncLit.run(gate.pass_through)
        with pytest.raises(RuntimeError, match='^Task is not complete$'):
            task.result
        with pytest.raises(GLib.Error) as caught:
            task.get_result()
        assert caught.value.matches(AsyncLit.error_quark(), AsyncLit.Error.NOT_DONE)


def test_result_cancelled():
    task = AsyncLit.Task()
    task.cancel()
    with pytest.raises(concurrent.futures.CancelledError):
        task.result


def test_polled_without_a_loop():
    """As a user interface that is run repeatedly from the top."""
    task = AsyncLit.run(time.sleep, 0.01)
    poll_until(lambda: task.done)
    assert task.status is Status.DONE


def test_read_from_another_thread():
    task = AsyncLit.run(lambda: 5)
    seen = []
    thread = threading.Thread(target=lambda: seen.append(finish(task).result))
    thread.start()
    thread.join()
    assert seen == [5]


def test_outcome_is_final_when_done():
    for _ in range(300):
        task = AsyncLit.run(lambda: 7)
        while not task.done:
            pass
        assert (task.status, task.result) == (Status.DONE, 7)


def test_id():
    one, two = AsyncLit.run(int), AsyncLit.run(int)
    assert UUID_V4.fullmatch(one.id)
    assert one.id == one.id == one.get_id() != two.id


def test_id_given():
    task = AsyncLit.Task('mine')
    assert task.id == 'mine'
    assert (task.status, task.done, task.progress) == (Status.PENDING, False, [])
    assert task.cancel() is True
    assert task.status is Status.CANCELLED


def test_id_cannot_be_set():
    with pytest.raises(AttributeError):
        AsyncLit.Task().id = 'other'


def test_times():
    before = time.time()
    task = finish(AsyncLit.run(int))
    assert before - 1 <= task.get_created() <= task.get_started() <= task.get_finished()
    assert task.get_finished() <= time.time() + 1


def test_generic():
    assert AsyncLit.Task[int].__args__ == (int,)


def test_repr():
    with Gate() as gate:
        task = AsyncLit.run(gate.pass_through)
        gate.await_arrivals()
        assert repr(task) == f'<AsyncLit.Task {task.id} running Gate.pass_through()>'
    finish(task)
    named = AsyncLit.Task('mine')
    named.name = 'download'
    assert repr(named) == '<AsyncLit.Task mine pending download>'


def test_name():
    task = AsyncLit.Task()
    assert task.name is None
    task.name = 'download'
    assert task.name == task.props.name == 'download'


@pytest.mark.parametrize('timeout', [None, -1, WATCHDOG_SECONDS])
def test_wait(timeout):
    task = AsyncLit.run(time.sleep, 0.01)
    assert task.wait(timeout) is True
    assert task.done


def test_wait_in_vain():
    with Gate() as gate:
        task = AsyncLit.run(gate.pass_through)
        assert task.wait(0) is False
        assert task.wait(0.01) is False
        assert task.wait(timeout=0.15) is False
    assert finish(task).wait(0) is True


def test_wait_cancelled():
    cancellable = Gio.Cancellable()
    cancellable.cancel()
    with Gate() as gate:
        task = AsyncLit.run(gate.pass_through)
        with pytest.raises(GLib.Error) as caught:
            task.wait(WATCHDOG_SECONDS, cancellable)
        assert caught.value.matches(Gio.io_error_quark(), Gio.IOErrorEnum.CANCELLED)
        assert not task.done


def test_wait_on_another_thread():
    with Gate() as gate:
        task = AsyncLit.run(gate.pass_through)
        seen = []
        thread = threading.Thread(target=lambda: seen.append(task.wait(WATCHDOG_SECONDS)))
        thread.start()
    thread.join()
    assert seen == [True]


def test_wait_for_itself():
    task = finish(AsyncLit.run(lambda: AsyncLit.current_task().wait()))
    assert isinstance(task.error, RuntimeError)


def test_wait_on_the_loop():
    """A blocking coroutine would delay all others."""
    async def block(other):
        other.wait()

    with Gate() as gate:
        task = finish(AsyncLit.run(block, AsyncLit.run(gate.pass_through)))
    assert isinstance(task.error, RuntimeError)


def test_nested_waits():
    """Nested more deeply than there are threads, without a deadlock."""
    def nest(depth):
        return depth and AsyncLit.run(nest, depth - 1).wait() and depth

    assert finish(AsyncLit.run(nest, 100)).result == 100


def test_wide_waits():
    def fan(width):
        return sum(finish(task).result for task in [AsyncLit.run(int, 1) for _ in range(width)])

    tasks = [AsyncLit.run(fan, 20) for _ in range(60)]
    assert [finish(task).result for task in tasks] == [20] * 60


def test_wait_through_a_future():
    def nest(depth):
        return AsyncLit.run(nest, depth - 1).as_future().result() + 1 if depth else 0

    assert finish(AsyncLit.run(nest, 100)).result == 100


def test_completed_by_its_creator():
    manager = AsyncLit.TaskManager()
    task = AsyncLit.Task('mine')
    manager.submit_task(task)
    assert manager.get('mine') is task
    assert task.status is Status.RUNNING
    task.report_progress('half')
    task.return_string('whole')
    assert (task.status, task.progress, task.result) == (Status.DONE, ['half'], 'whole')


def test_failed_by_its_creator():
    task = AsyncLit.Task()
    task.return_error(GLib.Error.new_literal(Gio.io_error_quark(), 'busy', Gio.IOErrorEnum.BUSY))
    assert task.status is Status.ERROR
    assert task.error is task.error
    assert task.error.matches(Gio.io_error_quark(), Gio.IOErrorEnum.BUSY)
    with pytest.raises(GLib.Error) as caught:
        task.result
    assert caught.value is task.error


def test_subprocess():
    task = AsyncLit.get_default_manager().submit_subprocess(None, ['sh', '-c', 'echo one; exit 3'])
    assert finish(task).progress == ['one']
    assert task.error.matches(GLib.spawn_exit_error_quark(), 3)
