# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The work of a task, from the queue through its attempts to its outcome.

C determines a task's status: begin() tells whether an attempt may start, and an outcome counts once
C has accepted it. The objects for Python programs are kept here, and are stored before that.
"""

import asyncio
import concurrent.futures
import contextlib
import contextvars
import threading
from threading import get_ident
from types import FunctionType

from gi.repository import Gio, GLib

from . import calls, deadlines, failures, values
from .currents import current
from .homes import current_home, here
from .kinds import is_asyncgen, is_awaitable
from .links import Links
from .loops import LoopThread
from .native import begin, get_done, get_status, pointer, return_none
from .policies import checked, find_fallback
from .operations import OperationThread
from .queues import ProgressQueue
from .runners import Runners
from .statuses import IN_ORDER, TaskStatus
from .timers import Timers

raw = values.raw

# The number of plain functions that the reference runs at the same time, and the maximum to which
# it grows if they stall.
MAX_RUNNERS = 40
MAX_RUNNERS_IF_STUCK = 80

# The addresses of the types of values that need no further check.
PLAIN_TYPES = frozenset(map(id, [type(None), bool, int, float, str, bytes, list, tuple, dict, set]))

STATUS_DONE = IN_ORDER.index(TaskStatus.DONE)

CANCELLATIONS = (asyncio.CancelledError, concurrent.futures.CancelledError)

# Guards the callbacks of all works: they are few, and the lock is held for short moments.
callbacks_lock = threading.RLock()


class Work:
    """Python's data about a task, in addition to that of C."""

    __slots__ = ('func', 'args', 'kwargs', 'retry', 'context', 'caller_context', 'on_loop', 'home',
                 'process', 'attempt', 'thread', 'awaitable', 'asyncio_task', 'cancel_asked', 'link',
                 'ended', 'result', 'callbacks', '__dict__')

    # Attributes that few tasks have. Setting them for each task would take time.
    started = broken = timer = queue = None
    error = traceback = unread = future = job_id = former = None
    cancelled_here = is_joined = False
    timed = False  # whether it has time limits

    def __init__(self, func, args, kwargs, retry, on_loop):
        self.func = func
        self.args = args
        self.kwargs = kwargs
        self.retry = retry
        self.context = contextvars.copy_context()
        try:
            self.home = here.home
        except AttributeError:
            self.home = current_home()
        self.process = engine.generation
        self.on_loop = on_loop
        self.attempt = 0
        self.cancel_asked = self.ended = False
        self.caller_context = self.thread = self.awaitable = None
        self.asyncio_task = self.link = self.result = None
        self.callbacks = ()

    def is_forked(self):
        """Whether this belongs to the parent of a fork."""
        return self.process != engine.generation

    def release(self):
        """Drops the caller's objects, on their own thread if possible."""
        self.func = self.args = self.kwargs = self.retry = None

    def add_callback(self, callback, task):
        """Calls back once the task has ended, on the thread that ends it."""
        with callbacks_lock:
            if self.callbacks:
                self.callbacks.append(callback)
            else:
                self.callbacks = [callback]
        if get_done(pointer(task)):
            self.call_back()

    def remove_callback(self, callback):
        with callbacks_lock:
            if callback in self.callbacks:
                self.callbacks.remove(callback)

    def call_back(self):
        with callbacks_lock:
            callbacks, self.callbacks = self.callbacks, ()
        for callback in callbacks:
            callback()


def prepare(task, func, args, kwargs, retry):
    """Gives a new task its work."""
    if retry is not None:
        checked(retry)
    on_loop, may_take_queue = calls.classify(func)
    work = task._work = Work(func, args, kwargs, retry, on_loop)
    if may_take_queue:
        found = calls.find_queue_parameter(func, args, kwargs)
        if found is not None:
            work.queue = ProgressQueue(task)
            work.args, work.kwargs = calls.with_queue(found, args, kwargs, work.queue)
    return work


def queue_attempt(task, work):
    """Whatever happens here, the task is either run or settled."""
    try:
        (engine.loops if work.on_loop else engine.runners).post(task)
    except BaseException as error:  # no more threads can be started; or Ctrl-C arrived
        if begin(pointer(task)):
            settle_error(task, work, error)
        if not isinstance(error, Exception):
            raise


def queue_when_ready(task, work):
    """The same once the task has passed its gates: limits, other tasks, a delay."""
    if raw.Task.when_ready(task, ready):
        take_former(work)
        queue_attempt(task, work)


def ready(task):
    """Runs on: the worker of C"""
    take_former(task._work)
    queue_attempt(task, task._work)


def take_former(work):
    """Replaces the task that the function follows, which is done, with its result."""
    former, work.former = work.former, None
    if former is None or get_status(pointer(former)) != STATUS_DONE:
        return
    args = list(work.args)
    args[next(index for index, arg in enumerate(args) if arg is former)] = former.result
    work.args = tuple(args)


@contextlib.contextmanager
def lending():
    """While the caller waits for another task, its own task lends its places in limiters."""
    task = running_here()
    if task is None:
        yield
        return
    raw.Task.begin_wait(task)
    try:
        yield
    finally:
        raw.Task.end_wait(task)


def is_running_here(task):
    """Whether the caller is the task's function itself, and not a helper that it started."""
    work = task._work
    if type(work) is not Work:
        return False
    if work.asyncio_task is not None:
        return work.asyncio_task is current_asyncio_task()
    return work.thread is not None and work.thread == get_ident()


def current_asyncio_task():
    try:
        return asyncio.current_task()
    except RuntimeError:  # there is no loop
        return None


def running_here():
    """The task whose function calls this; None also in a helper that a function started."""
    task = current.get()
    return task if task is not None and is_running_here(task) else None


def skip(task, work):
    """There is no attempt to begin: the task has ended, or is paused."""
    if not raw.Task.is_paused(task):
        end(work)
        return

    def go_on(task):
        """Runs on: the worker of C"""
        raw.Task.end_wait(task)
        queue_attempt(task, work)

    raw.Task.begin_wait(task)  # lends its places in limiters
    if raw.Task.when_resumed(task, go_on):
        go_on(task)


# Plain functions

def call_in_context(task, work):
    current.set(task)
    return work.func(*work.args, **work.kwargs)


def run(task):
    """Runs on: a runner"""
    work = task._work
    try:
        if not begin(pointer(task)):
            skip(task, work)
            return
        work.attempt += 1
        work.cancel_asked = False
        work.thread = get_ident()
        if work.retry is not None:
            prepare_for_retry(work)
        try:
            result = work.context.run(call_in_context, task, work)
            to_await = (result is not None and id(type(result)) not in PLAIN_TYPES
                        and must_be_awaited(result))
        except BaseException as error:
            trim_traceback(error, 2)
            fail(task, work, error)
            return
        if to_await:
            await_on_loop(task, work, result)
        else:
            succeed(task, work, result)
    except BaseException as error:  # not raised by the function
        settle_error(task, work, error)


def must_be_awaited(result):
    if issubclass(type(result), raw.Task):
        return False
    return is_asyncgen(result) or is_awaitable(result)


def await_on_loop(task, work, awaitable):
    work.awaitable = awaitable
    work.thread = None
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
    try:
        begin_coroutine(loop, task, work)
    except BaseException as error:
        settle_error(task, work, error)


def begin_coroutine(loop, task, work):
    if not begin(pointer(task)):
        skip(task, work)
        return
    work.attempt += 1
    work.cancel_asked = False
    if work.retry is not None:
        prepare_for_retry(work)
    loop.create_task(drive(task, work), context=work.context)


def start_coroutine(task, work):
    """Runs on: the loop"""
    asyncio.get_running_loop().create_task(drive(task, work), context=work.context)


async def drive(task, work):
    current.set(task)
    try:
        # Cancelling a coroutine that has not started would end this one without a trace.
        if work.cancel_asked:
            raise asyncio.CancelledError
        work.asyncio_task = asyncio.current_task()
        if not work.timed:
            engine.links.begin(task)
        result = await attempt(task, work)
    except BaseException as error:
        end_link(task, work)
        trim_traceback(error, 2)
        fail(task, work, work.broken or error)
    else:
        end_link(task, work)
        succeed(task, work, result)


def end_link(task, work):
    if not work.timed:
        engine.links.end(task, work)


async def attempt(task, work):
    awaitable, work.awaitable = work.awaitable, None
    if awaitable is None:
        awaitable = work.func(*work.args, **work.kwargs)
    if is_asyncgen(awaitable):
        async with contextlib.aclosing(awaitable):
            async for value in awaitable:
                values.report(task, value)
        return None
    if must_be_awaited(awaitable):
        return await awaitable
    return awaitable


def blame(error, context):
    """Runs on: the loop. An exception in code that a task started would have ended the loop."""
    task = None if context is None else context.get(current)
    if not isinstance(task, raw.Task):
        failures.log('A callback of asyncio raised what ends a loop, which goes on', error)
        return
    work = task._work
    if work.ended or work.asyncio_task is None:
        failures.log(f'What {failures.name_of(task)} left behind raised', error)
        return
    work.broken = error
    work.asyncio_task.cancel()


def pass_on_cancel(task, work, attempt=None):
    """What is running is to end: notifies it, and those that wait. attempt: only this one."""
    with contextlib.suppress(RuntimeError):  # of a thread that no longer exists
        timer, work.timer = work.timer, None
        if timer is not None:
            timer.cancel()
            engine.callers.start(0, end, work)
        elif work.callbacks and get_done(pointer(task)):
            engine.callers.start(0, work.call_back)
        if work.on_loop or work.awaitable is not None or work.asyncio_task is not None:
            engine.loops.call(cancel_on_loop, work, attempt)


def cancel_on_loop(work, attempt=None):
    """Runs on: the loop"""
    if attempt is not None and attempt != work.attempt:  # it is over
        return
    work.cancel_asked = True
    if work.asyncio_task is not None:
        work.asyncio_task.cancel()


# Outcomes

def prepare_for_retry(work):
    if work.attempt == 1:
        work.started = raw.RetryPolicy.start_time()
        work.caller_context = work.context
    # A separate context for each attempt, because the previous one may not have left its context
    # yet.
    work.context = work.caller_context.copy()


def trim_traceback(error, frames):
    """Removes the frames of this module, which add no information and keep the task alive."""
    traceback = error.__traceback__
    while traceback is not None and frames:
        traceback = traceback.tb_next
        frames -= 1
    error.__traceback__ = traceback


def succeed(task, work, result):
    if work.timed:
        error = deadlines.finish_attempt(task)
        if error is not None:
            fail_or_retry(task, work, error)
            return
    if work.retry is not None and retry_result(task, work, result):
        return
    finish(task, work, result)


def finish(task, work, result):
    work.result = result
    if result is None:
        return_none(pointer(task), None)
    else:
        values.return_value(task, result)
    end(work)


def fail(task, work, error):
    if work.timed:
        late = deadlines.finish_attempt(task)
        if late is not None:
            late.__context__, error = error, late
    fail_or_retry(task, work, error)


def fail_or_retry(task, work, error):
    delay = None
    work.thread = None
    if work.timed and get_done(pointer(task)):  # abandoned
        end(work)
        return
    if work.retry is not None:
        try:
            delay = next_delay(work, error)
        except BaseException as other:  # raised by the caller's predicate
            error = other
    if delay is None:
        fall_back(task, work, error)
    elif raw.Task.return_retry(task, values.to_gerror(error), delay):
        if work.timed:
            watch_time(task, work)
        wait_for_retry(task, work, delay)
    else:
        end(work)


def watch_time(task, work):
    """For a task with time limits: before each attempt."""
    work.timed = True
    deadlines.watch(task, work, pass_on_cancel)


def inherit_deadline(task):
    """From the task whose function submits this one."""
    parent = current.get()
    if (isinstance(parent, raw.Task) and raw.Task.inherit_deadline(task, parent)
            and type(task._work) is Work):
        watch_time(task, task._work)


def fall_back(task, work, error):
    """No attempt is left: the policy may have a result in place of the exception."""
    func = None
    if work.retry is not None and not is_cancellation(error):
        func = find_fallback(work.retry, error)
    if func is None:
        settle_error(task, work, error)
        return
    try:
        result = func(error)
    except BaseException as other:
        settle_error(task, work, other)
    else:
        raw.Task.note_failure(task)
        finish(task, work, result)


def retry_result(task, work, result):
    """Whether the policy does not accept the result, and the task is retried or has ended."""
    work.thread = None
    try:
        delay = work.retry.next_delay_for_result(result, work.attempt, work.started)
    except BaseException as error:  # raised by the caller's predicate
        settle_error(task, work, error)
        return True
    if delay is None:
        return False
    if raw.Task.return_retry(task, values.unwanted_result(), delay):
        if work.timed:
            watch_time(task, work)
        wait_for_retry(task, work, delay)
    else:
        end(work)
    return True


def settle_error(task, work, error):
    work.error = error
    work.traceback = error.__traceback__
    # As soon as the task is seen to have ended, other threads may read the error or exit the
    # program.
    noted = not (is_cancellation(error) or engine.closed or work.is_joined)
    if noted:
        failures.note(task, work, error)
    raw.Task.return_error(task, values.to_gerror(error))
    if noted:
        failures.confirm(work, error, get_status(pointer(task)) == failures.STATUS_ERROR)
    end(work)


def end(work):
    """The task has ended; the function's own objects are returned to their thread."""
    work.ended = True
    work.context = work.caller_context = work.asyncio_task = None
    if work.callbacks:
        work.call_back()
    if work.timed:
        deadlines.unwatch(work)
    func = work.func
    if func is None:
        return
    if not (work.args or work.kwargs or type(func) is not FunctionType or func.__closure__):
        work.func = work.args = work.kwargs = work.retry = None  # none of which belongs to a thread
    else:
        work.home.take_back(work)


# Retries

def next_delay(work, error):
    """The delay before the next attempt, in seconds; None if there is none."""
    if is_cancellation(error):
        return None
    return work.retry.next_delay(error, work.attempt, work.started)


def is_cancellation(error):
    return isinstance(error, CANCELLATIONS) or (
        isinstance(error, GLib.Error)
        and error.matches(Gio.io_error_quark(), Gio.IOErrorEnum.CANCELLED))


def wait_for_retry(task, work, delay):
    work.asyncio_task = None
    if delay == 0:
        queue_when_ready(task, work)
        return
    try:
        timer = work.timer = engine.timers.start(delay, retry_is_due, task, work)
    except RuntimeError:  # the interpreter is exiting: nobody will notice
        return
    if get_done(pointer(task)):  # cancelled in the meantime
        timer.cancel()
        end(work)


def retry_is_due(task, work):
    """Runs on: the thread of the timers"""
    work.timer = None
    queue_when_ready(task, work)


class Engine:
    """The threads; created again in the child of a fork, which has none of its parent's threads."""

    generation = 0
    max_threads = 0  # that the program has set, also for the children of a fork

    def __init__(self):
        self.renew()

    def renew(self):
        self.closed = False
        self.generation += 1
        requested = self.max_threads or raw.get_requested_pool_threads()
        self.runners = Runners(run, requested or MAX_RUNNERS,
                               most=0 if requested else MAX_RUNNERS_IF_STUCK)
        self.loops = LoopThread(begin_on_loop, blame)
        self.timers = Timers('asynclit-timer')
        self.callers = Timers('asynclit-caller')
        self.links = Links(cancel_on_loop)
        self.operations = OperationThread()

    def hold_runner(self):
        """Stops a runner that would submit while the interpreter is being finalized."""
        if self.runners.is_current():
            threading.Event().wait()

    def close(self):
        self.closed = True
        self.timers.close()
        self.runners.close()
        self.loops.close()
        self.callers.close()


engine = Engine()


def set_max_threads(n_threads: int) -> None:
    """Sets how many threads run plain functions at the same time, at most: from 1 to 1024.

    Any other number changes nothing, and a warning in the log names it. Functions that wait for
    another task don't count while they wait.
    """
    raw.set_max_threads(n_threads)
    if raw.get_max_threads() == n_threads:
        engine.max_threads = n_threads
        engine.runners.set_limit(n_threads)


def get_max_threads() -> int:
    """How many threads run plain functions at the same time, at most."""
    return engine.runners.limit
