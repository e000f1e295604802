# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Functions that run in an executor of concurrent.futures, such as a pool of processes.

A coroutine on the library's loop stands for such a function: it submits the call and waits for its
end. Retries, cancellation and contexts are therefore those of any coroutine.
"""

import asyncio
import concurrent.futures
import contextlib
import contextvars
import os
import threading
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import popen_spawn_posix, spawn
from multiprocessing.context import SpawnContext, SpawnProcess
from types import FunctionType

from . import calls, channels, works
from .executors import NOT_ASYNC, PROCESS
from .remotes import Call, Packed, call_each, start_process
from .runners import blocking
from .values import raw

# How often a wait checks whether its map was cancelled.
SLICE_SECONDS = 0.1

WORKER_DIED = ('a process of the pool has ended before {name}() returned; it may have crashed, or '
               'was killed, for example for lack of memory. A retry policy may try again')


class Here:
    """A call in this process. An executor with processes pickles it as a Call for another."""

    def __init__(self, executor, task, function, found, *fields):
        self._pack = packer_for(executor)
        self._context = contextvars.copy_context()
        self._task = task
        self._function = function
        self._found = found
        self._fields = fields

    def __call__(self):
        func, args, kwargs = self._function
        if self._found is not None:
            args, kwargs = calls.with_queue(self._found, args, kwargs, self._task._work.queue)
        return self._context.run(func, *args, **kwargs)

    def __reduce__(self):
        return Call, (self._pack(*self._function), self._found, *self._fields)


def packer_for(executor):
    """Other executors may pickle in ways of their own, so they get the objects themselves."""
    return Packed if executor == PROCESS else gathered


def gathered(*objects):
    return objects


class SpawnWithoutMain:
    """The module multiprocessing.spawn, except that processes do not import the main module."""

    def __getattr__(self, name):
        return getattr(spawn, name)

    def get_preparation_data(self, name):
        data = spawn.get_preparation_data(name)
        return {key: value for key, value in data.items() if not key.startswith('init_main_')}


class Popen(popen_spawn_posix.Popen):
    # The same function, which finds another "spawn".
    _launch = FunctionType(popen_spawn_posix.Popen._launch.__code__,
                           {**vars(popen_spawn_posix), 'spawn': SpawnWithoutMain()})


class Process(SpawnProcess):
    @staticmethod
    def _Popen(process):
        return Popen(process)


class Context(SpawnContext):
    """Starts new processes. A fork would copy locks of threads that do not exist in the child."""

    Process = Process


class ProcessPool:
    """The pool that all tasks share; created on first use, and again after it broke."""

    def __init__(self):
        self._lock = threading.Lock()
        self._pool = None
        self._limiter = None
        self.closed = False

    @property
    def size(self):
        return len(os.sched_getaffinity(0))

    @property
    def limiter(self):
        """Lets the tasks that find no free process wait, in the order of their priorities."""
        with self._lock:
            if self._limiter is None:
                self._limiter = raw.Limiter(max_running=self.size, name='processes')
            return self._limiter

    def submit(self, *call):
        with self._lock:
            if self.closed:
                raise RuntimeError('the interpreter is shutting down')
            if self._pool is None:
                self._pool = self._create()
            try:
                return self._pool.submit(*call)
            except BrokenProcessPool:  # while nothing was running
                self._pool = self._create()
                return self._pool.submit(*call)

    def _create(self):
        where = station()
        pool = concurrent.futures.ProcessPoolExecutor(self.size, Context(), start_process,
                                                      (where.address, where.key))
        stop_at_exit()
        return pool

    def close(self):
        """Ends the processes, also those that are busy, because the interpreter would wait."""
        with self._lock:
            self.closed = True
            pool, self._pool = self._pool, None
        if pool is None:
            return
        processes = list((getattr(pool, '_processes', None) or {}).values())
        pool.shutdown(wait=False, cancel_futures=True)
        for process in processes:
            process.kill()


shared = ProcessPool()
the_station = None
exit_noted = False
lock = threading.Lock()


def station():
    global the_station
    with lock:
        if the_station is None:
            the_station = channels.Station()
        return the_station


def stop_at_exit():
    """concurrent.futures waits for its processes before the functions of atexit are called."""
    global exit_noted
    register = getattr(threading, '_register_atexit', None)
    if not exit_noted and register is not None:
        exit_noted = True
        with contextlib.suppress(RuntimeError):  # the interpreter is shutting down
            register(close)


def close():
    shared.close()


def renew():
    """In the child of a fork, which has neither the processes nor the threads."""
    global shared, the_station, lock
    shared, the_station, lock = ProcessPool(), None, threading.Lock()


def pool_of(executor):
    return shared if executor == PROCESS else executor


class Delegated:
    """Runs a function in an executor, as a coroutine function."""

    def __init__(self, func, executor):
        if not callable(func):
            raise TypeError(f'{func!r} is not callable')
        if calls.is_async(func):
            raise TypeError(NOT_ASYNC)
        self._func = func
        self._executor = executor
        self.__qualname__ = name_of(func)

    async def __call__(self, *args, **kwargs):
        task = works.current.get()
        work, where = task._work, station()
        work.broken = None
        number = where.enter(task)
        try:
            call = self._call(task, number, args, kwargs)
            return await run(self._executor, name_of(self._func), call,
                             cancel=lambda: where.cancel(number))
        except asyncio.CancelledError:
            raise
        except BaseException as error:
            # Without the frames of this module, which say nothing about the function.
            work.broken = error.with_traceback(None)
        finally:
            where.leave(number)
        raise asyncio.CancelledError

    def _call(self, task, number, args, kwargs):
        found = calls.find_queue_parameter(self._func, args, kwargs)
        if found is not None and task._work.queue is None:
            task._work.queue = works.ProgressQueue(task)
        where = station()
        return Here(self._executor, task, (self._func, args, kwargs), found, number, task.id,
                    task.name, task.attempt, where.address, where.key)


def name_of(func):
    return getattr(func, '__qualname__', None) or type(func).__qualname__


async def run(executor, name, *call, cancel):
    """The result of a call in an executor. If this is cancelled, so is the call; and if it is
    running already, cancel() is called, and its end is awaited all the same."""
    submitted = []

    def submit():
        submitted.append(pool_of(executor).submit(*call))

    def stop():
        if submitted and not submitted[0].cancel():
            cancel()

    loop = asyncio.get_running_loop()
    # Not on the loop: it can take long, for example to start a process.
    submission = loop.run_in_executor(None, submit)
    cancelled = await wait_for(submission, nothing)
    if not submitted:
        submission.result()  # raises the error
    if cancelled:
        stop()
    ended = loop.create_future()
    submitted[0].add_done_callback(lambda unused: resolve_soon(loop, ended))
    if await wait_for(ended, stop) or cancelled or submitted[0].cancelled():
        raise asyncio.CancelledError
    return check(submitted[0], name)


async def wait_for(future, on_cancel):
    """Waits in any case; returns whether the caller was cancelled in the meantime."""
    cancelled = False
    while not future.done():
        try:
            await asyncio.wait([future])
        except asyncio.CancelledError:
            cancelled = True
            on_cancel()
    return cancelled


def check(future, name):
    """The result of a future that has ended, or its error."""
    error = future.exception()
    if isinstance(error, BrokenProcessPool):
        if shared.closed:
            raise asyncio.CancelledError
        raise BrokenProcessPool(WORKER_DIED.format(name=name)) from error
    if error is not None:
        raise error
    result = future.result()
    if works.must_be_awaited(result):
        raise TypeError(f'{name}() returned a coroutine, which executor= is not for')
    return result


def resolve_soon(loop, future):
    with contextlib.suppress(RuntimeError):  # the loop was closed
        loop.call_soon_threadsafe(resolve, future)


def resolve(future):
    if not future.done():
        future.set_result(None)


def nothing():
    """There is nothing to stop yet."""


# Many items

def width_of(executor):
    """How many chunks of items keep an executor busy: one waits while another runs."""
    return 2 * (getattr(pool_of(executor), '_max_workers', None) or shared.size)


def call_items(executor, func, items, is_cancelled):
    """The outcomes of a function for several items, as of call_each().

    Runs on: a runner
    """
    try:
        objects = packer_for(executor)(func, items)
        future = pool_of(executor).submit(call_each, objects)
        with blocking():
            while not concurrent.futures.wait([future], SLICE_SECONDS).done:
                if is_cancelled():
                    future.cancel()
        return check(future, name_of(func))
    except (Exception, asyncio.CancelledError) as error:
        return [(False, error)]
