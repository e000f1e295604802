# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Functions that tests run in other processes, which import this module."""

import os
import signal
import time

import gi

gi.require_version('AsyncLit', '1')
from gi.repository import AsyncLit


class Unpicklable(Exception):
    def __init__(self, one, two):
        super().__init__('one argument')


def process_id(*unused):
    return os.getpid()


def add(a, b=0):
    return a + b


def fail(text):
    raise ValueError(text)


def fail_at(item, bad):
    if item == bad:
        raise KeyError(item)
    return item


def raise_unpicklable():
    raise Unpicklable(1, 2)


def return_unpicklable():
    return lambda: None


def put_all(queue, count):
    for number in range(count):
        queue.sync_q.put(number)
    return count


def put_in_named(count, *, progress_queue):
    progress_queue.sync_q.put_nowait(count)


def report_all():
    task = AsyncLit.current_task()
    task.report(1, 2, 'half')
    task.report_progress({'any': 'object'})
    task.set_progress(3, 4)
    task.set_progress_text('painting')
    return task.id, task.name, task.attempt, task.cancel_requested


def report_unpicklable():
    AsyncLit.current_task().report_progress(lambda: None)


def use_the_library():
    """Its task is one of the other process."""
    lengths = [AsyncLit.options(deadline=60).run(len, text) for text in ('a', 'bc')]
    with AsyncLit.TaskGroup() as group:
        program = group.submit(int, '3')
    every = AsyncLit.all(*lengths, program)
    every.wait()
    return every.result


def beat():
    AsyncLit.current_task().heartbeat()
    return True


def until_cancelled():
    task = AsyncLit.current_task()
    task.report_progress(os.getpid())
    while not task.cancel_requested:
        time.sleep(0.001)
    return 'stopped'


def wait_for_file(path):
    AsyncLit.current_task().report_progress(os.getpid())
    while not os.path.exists(path):
        time.sleep(0.001)


def die(*unused):
    os.kill(os.getpid(), signal.SIGKILL)


def die_once(path, result=None):
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return result
    die()


async def coroutine():
    return 1


def returns_coroutine():
    return coroutine()


def burn(seconds):
    """Uses this much processor time."""
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass
    return os.getpid()
