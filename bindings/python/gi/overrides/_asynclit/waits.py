# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Blocking until a task has ended, or all tasks of a manager.

Python delivers Ctrl-C to the main thread only, and only between its own instructions. So the main
thread waits for a lock of Python's, which it interrupts. Other threads wait in C.
"""

import contextlib
import math
import threading
import time

from gi.repository import Gio, GLib

from . import values, works
from .native import get_done, pointer

raw = values.raw

# How often a wait looks for what nobody tells it: C may end a task by itself.
SLICE_SECONDS = 0.1


main_thread = threading.main_thread().ident


def end_of(timeout):
    """Of a wait that begins now; None, as a negative number, is for ever."""
    if timeout is not None and math.isnan(timeout):
        raise ValueError('timeout must be a number')
    return None if timeout is None or timeout < 0 else time.monotonic() + timeout


def wait_for_task(task, timeout, cancellable):
    """False if it takes longer."""
    end = end_of(timeout)
    if threading.get_ident() == main_thread:
        return wait_for_end(task, end, cancellable)
    if works.engine.loops.is_current():
        raise RuntimeError('waiting here would block all coroutines: use "await task"')
    with compensated():
        return wait_in_c(task, raw.Task.wait, end, cancellable)


def wait_for_manager(manager, timeout, cancellable):
    """False if it takes longer."""
    end = end_of(timeout)
    if threading.get_ident() == main_thread:
        return wait_on_thread(manager, end, cancellable or Gio.Cancellable())
    with compensated():
        return wait_in_c(manager, raw.TaskManager.wait, end, cancellable)


def wait_for_scheduler(scheduler):
    """Waits for the runs of a scheduler that was shut down; not in a task: it may be one of them."""
    if works.current.get() is None and not works.engine.loops.is_current():
        run_on_thread(lambda: raw.Scheduler.shutdown(scheduler, True))


def after_fork_in_child():
    global main_thread
    main_thread = threading.main_thread().ident


def compensated():
    runners = works.engine.runners
    return runners.blocking() if runners.is_current() else contextlib.nullcontext()


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
        if wait_in_c(task, raw.Task.wait, time.monotonic(), cancellable):  # or it says why not
            return True
        work = task._outside()
    bell = threading.Lock()
    bell.acquire()
    work.add_callback(bell.release, task)
    try:
        return ring_or_end(task, bell, end, cancellable)
    finally:
        if work.callbacks is not None:
            work.remove_callback(bell.release)


def ring_or_end(task, bell, end, cancellable):
    while cancellable is None or not cancellable.is_cancelled():
        rest = SLICE_SECONDS
        if end is not None:
            rest = max(min(rest, end - time.monotonic()), 0)
        if bell.acquire(timeout=rest) or get_done(pointer(task)):
            return True
        if end is not None and time.monotonic() >= end:
            return False
    return wait_in_c(task, raw.Task.wait, end, cancellable)


def wait_on_thread(manager, end, cancellable):
    """Runs on: the main thread"""
    outcome = []

    def wait():
        try:
            outcome.append(wait_in_c(manager, raw.TaskManager.wait, end, cancellable))
        except GLib.Error as error:
            outcome.append(error)

    try:
        run_on_thread(wait)
    except BaseException:  # Ctrl-C
        cancellable.cancel()
        raise
    if isinstance(outcome[0], GLib.Error):
        raise outcome[0]
    return outcome[0]


def run_on_thread(func):
    """Has another thread wait, so that Ctrl-C can end the caller's wait."""
    ended = threading.Event()

    def main():
        func()
        ended.set()

    threading.Thread(target=main, name='asynclit-wait', daemon=True).start()
    ended.wait()
