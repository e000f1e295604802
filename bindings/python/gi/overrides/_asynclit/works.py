# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""One task's function on its way: from the queue through its attempts to its outcome.

C has the truth about a task's status: begin() says whether an attempt may begin, and the outcome
counts when C has taken it. What Python programs get back is kept here, written before that.
"""

import asyncio
import concurrent.futures
import contextlib
import contextvars
import inspect
import os
import threading
from types import CoroutineType

from gi.repository import Gio, GLib

from . import calls, values
from .links import Links
from .loops import LoopThread
from .native import begin, get_done, pointer, return_none
from .queues import ProgressQueue
from .runners import Runners

raw = values.raw

# As many plain functions as the reference runs at a time.
MAX_RUNNERS = 40

# What needs no second look.
PLAIN_TYPES = frozenset([type(None), bool, int, float, str, bytes, list, tuple, dict, set])

CANCELLATIONS = (asyncio.CancelledError, concurrent.futures.CancelledError)

current = contextvars.ContextVar('asynclit_current_task', default=None)

# Guards the callbacks of all works: they are few, and it is held for a moment.
callbacks_lock = threading.RLock()


class Work:
    """What Python knows of a task beside what C knows."""

    __slots__ = ('func', 'args', 'kwargs', 'retry', 'context', 'caller_context', 'on_loop', 'owner',
                 'process', 'attempt', 'started', 'awaitable', 'asyncio_task', 'cancel_asked',
                 'cancelled_here', 'link', 'timer', 'queue', 'ended', 'result', 'error', 'traceback',
                 'callbacks', 'future')

    def __init__(self, func, args, kwargs, retry, on_loop):
        self.func = func
        self.args = args
        self.kwargs = kwargs
        self.retry = retry
        self.context = contextvars.copy_context()
        self.owner = threading.get_ident()
        self.process = engine.generation
        self.on_loop = on_loop
        self.attempt = 0
        self.cancel_asked = self.cancelled_here = self.ended = False
        self.awaitable = self.asyncio_task = self.link = self.timer = self.queue = None
        self.result = self.error = self.traceback = self.callbacks = self.future = None

    def is_forked(self):
        """Whether this was left behind in the parent of a fork."""
        return self.process != engine.generation

    def release(self):
        """Drops what the caller gave, on the thread that it came from."""
        if threading.get_ident() == self.owner:
            self.func = self.args = self.kwargs = self.retry = None

    def add_callback(self, callback, task):
        """Calls back once the task has ended, on whichever thread that is."""
        with callbacks_lock:
            self.callbacks = [*(self.callbacks or ()), callback]
        if get_done(pointer(task)):
            self.call_back()

    def remove_callback(self, callback):
        with callbacks_lock:
            self.callbacks = [kept for kept in self.callbacks or () if kept != callback] or None

    def call_back(self):
        with callbacks_lock:
            callbacks, self.callbacks = self.callbacks, None
        for callback in callbacks or ():
            callback()


def prepare(task, func, args, kwargs, retry):
    """Gives a new task its work."""
    on_loop, may_take_queue = calls.classify(func)
    work = task._work = Work(func, args, kwargs, retry, on_loop)
    if may_take_queue:
        found = calls.find_queue_parameter(func, args, kwargs)
        if found is not None:
            work.queue = ProgressQueue(task)
            work.args, work.kwargs = calls.with_queue(found, args, kwargs, work.queue)
    return work


def queue_attempt(task, work):
    try:
        (engine.loops if work.on_loop else engine.runners).post(task)
    except RuntimeError as error:  # no thread can be started any more
        if begin(pointer(task)):
            settle_error(task, work, error)


# Plain functions

def call_in_context(task, work):
    current.set(task)
    return work.func(*work.args, **work.kwargs)


def run(task):
    """Runs on: a runner"""
    work = task._work
    if not begin(pointer(task)):
        end(work)
        return
    work.attempt += 1
    if work.retry is not None:
        prepare_for_retry(work)
    try:
        result = work.context.run(call_in_context, task, work)
        to_await = type(result) not in PLAIN_TYPES and must_be_awaited(result)
    except BaseException as error:
        trim_traceback(error, 2)
        fail(task, work, error)
        return
    if to_await:
        work.awaitable = result
        await_on_loop(task, work)
    else:
        succeed(task, work, result)


def must_be_awaited(result):
    if isinstance(result, raw.Task):
        return False
    return (type(result) is CoroutineType or inspect.isawaitable(result)
            or inspect.isasyncgen(result))


def await_on_loop(task, work):
    try:
        engine.loops.call(start_coroutine, task, work)
        if raw.Task.get_substate(task) == raw.TaskSubstate.CANCELLING:
            engine.loops.call(cancel_on_loop, work)
    except RuntimeError as error:
        settle_error(task, work, error)


# Coroutines

def begin_on_loop(loop, task):
    """Runs on: the loop"""
    work = task._work
    if not begin(pointer(task)):
        end(work)
        return
    work.attempt += 1
    if work.retry is not None:
        prepare_for_retry(work)
    loop.create_task(drive(task, work), context=work.context)


def start_coroutine(task, work):
    """Runs on: the loop"""
    asyncio.get_running_loop().create_task(drive(task, work), context=work.context)


async def drive(task, work):
    current.set(task)
    try:
        # To cancel a coroutine that has not begun would end this one without a trace.
        if work.cancel_asked:
            raise asyncio.CancelledError
        work.asyncio_task = asyncio.current_task()
        engine.links.begin(task)
        result = await attempt(task, work)
    except BaseException as error:
        engine.links.end(task, work)
        trim_traceback(error, 2)
        fail(task, work, error)
    else:
        engine.links.end(task, work)
        succeed(task, work, result)


async def attempt(task, work):
    awaitable, work.awaitable = work.awaitable, None
    if awaitable is None:
        awaitable = work.func(*work.args, **work.kwargs)
    if inspect.isasyncgen(awaitable):
        async for value in awaitable:
            values.report(task, value)
        return None
    if type(awaitable) is CoroutineType or inspect.isawaitable(awaitable):
        return await awaitable
    return awaitable


def pass_on_cancel(task, work):
    """The task was asked to cancel: tells what runs, and who waits."""
    with contextlib.suppress(RuntimeError):  # of a loop that is no more
        if work.callbacks is not None and get_done(pointer(task)):
            engine.loops.call(work.call_back)
        on_loop = work.on_loop or work.timer is not None or work.awaitable is not None
        if on_loop or work.asyncio_task is not None:
            engine.loops.call(cancel_on_loop, work)


def cancel_on_loop(work):
    """Runs on: the loop"""
    work.cancel_asked = True
    if work.timer is not None:
        work.timer.cancel()
        work.timer = None
    if work.asyncio_task is not None:
        work.asyncio_task.cancel()


# Outcomes

def prepare_for_retry(work):
    if work.attempt == 1:
        work.started = raw.RetryPolicy.start_time()
        work.caller_context = work.context
    # Of its own for each attempt: the one before may not have left its context yet.
    work.context = work.caller_context.copy()


def trim_traceback(error, frames):
    """Leaves out this module's own frames: they are no news, and hold the task."""
    traceback = error.__traceback__
    while traceback is not None and frames:
        traceback = traceback.tb_next
        frames -= 1
    error.__traceback__ = traceback


def succeed(task, work, result):
    work.result = result
    if result is None:
        return_none(pointer(task), None)
    else:
        values.return_value(task, result)
    end(work)


def fail(task, work, error):
    delay = None
    if work.retry is not None:
        try:
            delay = next_delay(work, error)
        except BaseException as other:  # of the caller's predicate
            error = other
    if delay is None:
        settle_error(task, work, error)
    elif raw.Task.return_retry(task, values.to_gerror(error), delay):
        wait_for_retry(task, work, delay)
    else:
        end(work)


def settle_error(task, work, error):
    work.error = error
    work.traceback = error.__traceback__
    raw.Task.return_error(task, values.to_gerror(error))
    end(work)


def end(work):
    """The task has ended; the function's own data goes where it came from."""
    work.ended = True
    work.context = work.caller_context = work.asyncio_task = None
    if work.callbacks is not None:
        work.call_back()


# Retries

def next_delay(work, error):
    """The seconds before the next attempt; None if there is none."""
    retry = work.retry
    if is_cancellation(error) or work.attempt >= retry.max_attempts:
        return None
    if retry.exceeded_elapsed(work.started) or not retry.should_retry(error):
        return None
    delay = retry.delay_for_attempt(work.attempt - 1)
    elapsed = raw.RetryPolicy.start_time() - work.started
    # An attempt that would come too late is not worth waiting for.
    if retry.max_elapsed is not None and elapsed + delay > retry.max_elapsed:
        return None
    return delay


def is_cancellation(error):
    return isinstance(error, CANCELLATIONS) or (
        isinstance(error, GLib.Error)
        and error.matches(Gio.io_error_quark(), Gio.IOErrorEnum.CANCELLED))


def wait_for_retry(task, work, delay):
    work.asyncio_task = None
    if delay == 0:
        queue_attempt(task, work)
        return
    try:
        engine.loops.call(start_timer, task, work, delay)
    except RuntimeError:  # the interpreter ends: nobody will know
        pass


def start_timer(task, work, delay):
    """Runs on: the loop"""
    if get_done(pointer(task)):  # cancelled meanwhile
        return
    work.timer = asyncio.get_running_loop().call_later(delay, retry_is_due, task, work)


def retry_is_due(task, work):
    """Runs on: the loop"""
    work.timer = None
    queue_attempt(task, work)


class Engine:
    """The threads; made anew in the child of a fork, which has none of its parent's."""

    generation = 0

    def __init__(self):
        self.renew()

    def renew(self):
        self.closed = False
        self.generation += 1
        limit = os.environ.get('ASYNCLIT_POOL_THREADS', '')
        self.runners = Runners(run, int(limit) if limit.isdecimal() and int(limit) else MAX_RUNNERS)
        self.loops = LoopThread(begin_on_loop)
        self.links = Links(cancel_on_loop)

    def hold_runner(self):
        """A runner that would submit while the interpreter is taken apart goes no further."""
        if self.runners.is_current():
            threading.Event().wait()

    def close(self):
        self.closed = True
        self.runners.close()
        self.loops.close()


engine = Engine()
