# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Blocks until a task, or all tasks of a manager, have ended.

Python delivers Ctrl-C to the main thread only, and only between its own instructions. The main
thread therefore waits for a Python lock, which Ctrl-C interrupts. Other threads wait in C.
"""

import asyncio
import concurrent.futures
import math
import threading
import time

from gi.repository import Gio, GLib, GObject

from . import threads, values, works
from .checks import check_cancellable
from .native import depends_on, get_done, pointer
from .runners import blocking

raw = values.raw

# How often a wait checks for events that nobody reports: C may end a task by itself.
SLICE_SECONDS = 0.1

OWN_MANAGER = 'a task cannot wait for all tasks of its own manager: it is one of them'

OWN_DEPENDENT = 'a task cannot wait for a task that depends on it'

main_thread = threading.main_thread().ident


def end_of(timeout):
    """The end of a wait; None, for None or a negative timeout, means no limit."""
    if timeout is None or timeout < 0:
        return None
    if math.isnan(timeout):
        raise ValueError('a timeout must be a number of seconds')
    return time.monotonic() + timeout


def wait_for_task(task, timeout, cancellable):
    """False after timeout seconds."""
    end = end_of(timeout)
    check_cancellable(cancellable)
    if threading.get_ident() == main_thread:
        return wait_for_end(task, end, cancellable)
    if works.engine.loops.is_current():
        raise RuntimeError('waiting here would block all coroutines: use "await task"')
    with works.lending(), blocking():
        return wait_in_c(task, raw.Task.wait, end, cancellable)


def check_task(task):
    """Raises RuntimeError if the caller would wait for itself."""
    own = works.running_here()
    if own is task:
        raise RuntimeError('a task cannot wait for itself')
    if own is not None and depends_on(pointer(task), pointer(own)):
        raise RuntimeError(OWN_DEPENDENT)


def belongs_to(task, manager):
    return raw.TaskManager.get(manager, raw.Task.get_id(task)) is task


def check_own_manager(manager):
    own = works.running_here()
    if own is None:
        return
    if belongs_to(own, manager):
        raise RuntimeError(OWN_MANAGER)
    for task in raw.TaskManager.list_tasks(manager, raw.TaskFilter.LIVE, None):
        if depends_on(pointer(task), pointer(own)):
            raise RuntimeError(OWN_DEPENDENT)


def check_manager(manager):
    """Raises RuntimeError if the caller would wait for itself."""
    if works.engine.loops.is_current():
        raise RuntimeError('waiting here would block all coroutines: use "async with", or await '
                           'the tasks')
    check_own_manager(manager)


def wait_for_manager(manager, timeout, cancellable):
    """False after timeout seconds."""
    end = end_of(timeout)
    check_cancellable(cancellable)
    check_manager(manager)
    if threading.get_ident() == main_thread:
        return wait_on_thread(manager, raw.TaskManager.wait, end, cancellable)
    with works.lending(), blocking():
        return wait_in_c(manager, raw.TaskManager.wait, end, cancellable)


def wait_for_group(group, timeout, cancellable):
    """False after timeout seconds."""
    end = end_of(timeout)
    check_cancellable(cancellable)
    if threading.get_ident() == main_thread:
        return wait_on_thread(group, raw.TaskGroup.wait, end, cancellable)
    with works.lending(), blocking():
        return wait_in_c(group, raw.TaskGroup.wait, end, cancellable)


async def await_group(group):
    """Waits in any asyncio loop."""
    loop = asyncio.get_running_loop()
    while live := raw.TaskGroup.list_tasks(group, raw.TaskFilter.LIVE):
        for task in live:
            if not get_done(pointer(task)):
                await EndOf(task, loop)


async def await_manager(manager):
    """Waits in any asyncio loop."""
    check_own_manager(manager)
    loop = asyncio.get_running_loop()
    while live := raw.TaskManager.list_tasks(manager, raw.TaskFilter.LIVE, None):
        for task in live:
            if not get_done(pointer(task)):
                await EndOf(task, loop)


class EndOf:
    """Awaits the end of a task, with any outcome."""

    def __init__(self, task, loop):
        self._task, self._loop = task, loop

    def __await__(self):
        return self._task._await_end(self._loop)


def wait_for_scheduler(scheduler):
    """Waits for the runs of a scheduler that was shut down. Not in a task: it may be one."""
    if works.current.get() is None and not works.engine.loops.is_current():
        run_on_thread(raw.Scheduler.shutdown, scheduler, True)


def check_shutdown():
    if works.running_here() is not None or works.engine.loops.is_current():
        raise RuntimeError('a task cannot wait for the end of all tasks: it is one of them')


def shut_down(timeout):
    """Ends what C runs. False after timeout seconds."""
    end = end_of(timeout)
    return run_on_thread(lambda: raw.shutdown(seconds_until(end)))


def after_fork_in_child():
    global main_thread
    main_thread = threading.main_thread().ident


def seconds_until(end):
    return -1.0 if end is None else max(end - time.monotonic(), 0.0)


def wait_in_c(waited_for, wait, end, cancellable):
    try:
        return wait(waited_for, seconds_until(end), cancellable)
    except GLib.Error as error:
        if error.matches(Gio.io_error_quark(), Gio.IOErrorEnum.TIMED_OUT):
            return False
        raise


def wait_for_end(task, end, cancellable):
    """Runs on: the main thread"""
    work = task._work
    if type(work) is not works.Work or work.is_forked():
        if wait_in_c(task, raw.Task.wait, time.monotonic(), cancellable):  # or raises the reason
            return True
        work = task._outside()
    wakeup = threading.Lock()
    wakeup.acquire()
    work.add_callback(wakeup.release, task)
    try:
        return wait_or_end(task, wakeup, end, cancellable)
    finally:
        if work.callbacks:
            work.remove_callback(wakeup.release)


def wait_or_end(task, wakeup, end, cancellable):
    while cancellable is None or not cancellable.is_cancelled():
        rest = SLICE_SECONDS
        if end is not None:
            rest = max(min(rest, end - time.monotonic()), 0)
        if wakeup.acquire(timeout=rest) or get_done(pointer(task)):
            return True
        if end is not None and time.monotonic() >= end:
            return False
    return wait_in_c(task, raw.Task.wait, end, cancellable)


def wait_on_thread(waited_for, wait, end, cancellable):
    """Runs on: the main thread"""
    own = Gio.Cancellable()
    if cancellable is None:
        cancellable = Gio.Cancellable()
    handler = GObject.Object.connect(cancellable, 'cancelled', lambda *unused: own.cancel())
    if cancellable.is_cancelled():
        own.cancel()
    try:
        return run_on_thread(wait_in_c, waited_for, wait, end, own)
    finally:
        own.cancel()  # after Ctrl-C, the thread is still waiting
        GObject.Object.disconnect(cancellable, handler)


def run_on_thread(func, *args):
    """Runs a function on another thread, so that Ctrl-C can end the wait. Returns or raises its
    outcome."""
    def main(future):
        try:
            future.set_result(func(*args))
        except BaseException as error:
            future.set_exception(error)

    future = concurrent.futures.Future()
    threads.start(main, 'asynclit-wait', (future,))
    try:
        return future.result()
    finally:
        future = None  # its exception refers to this frame
