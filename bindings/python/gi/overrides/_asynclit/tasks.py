# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Task: a handle to background work."""

import asyncio
import concurrent.futures
import contextlib
import math
from dataclasses import dataclass
from threading import get_ident
from types import GenericAlias
from typing import Any, Optional

from gi.repository import GLib

from . import (checks, deadlines, policies, subclasses, threads, tracebacks, values, waits,
               works)
from .futures import TaskFuture
from .native import get_done, get_status, pointer
from .runners import blocking
from .statuses import IN_ORDER, TaskStatus

raw = values.raw

# The numbers of the terminal statuses in C; the others are smaller.
DONE, ERROR, CANCELLED = [
    IN_ORDER.index(status) for status in (TaskStatus.DONE, TaskStatus.ERROR, TaskStatus.CANCELLED)]


@dataclass(frozen=True)
class Progress:
    """An amount of work that is done, out of a total if that is known, with an optional text."""

    done: float
    total: Optional[float] = None
    text: Optional[str] = None

    @property
    def fraction(self):
        """Between 0 and 1; None if the total is not known."""
        if not self.total:
            return None
        return min(max(self.done / self.total, 0.0), 1.0)


class Outside:
    """Takes the place of the work of a task that C runs or its creator completes."""

    func = error = traceback = unread = future = None
    callbacks = ()
    ended = False

    add_callback = works.Work.add_callback
    remove_callback = works.Work.remove_callback
    call_back = works.Work.call_back


class Task(raw.Task, subclasses.Subclassable):
    """A handle to background work.

    It can be read at any time, from any thread, without an event loop.

    Most tasks are created by run() or TaskManager.submit(). A task that is created here has no
    function: its creator completes it with return_value() or a similar method.
    """

    _work = None
    _taken = None
    _own_id = None
    _joined = None

    __class_getitem__ = classmethod(GenericAlias)

    def __init__(self, task_id: Optional[str] = None):
        super().__init__()
        if task_id is not None:
            self._own_id = task_id

    # Reading

    @property
    def id(self) -> str:
        """The ID by which the manager finds the task."""
        return self._own_id if self._own_id is not None else raw.Task.get_id(self)

    @property
    def name(self) -> Optional[str]:
        """A descriptive name; not unique."""
        return raw.Task.get_name(self)

    @name.setter
    def name(self, name):
        raw.Task.set_name(self, name)

    @property
    def done(self) -> bool:
        """Whether the task has ended: with a result, with an error, or by cancellation."""
        work = self._work
        done = work is not None and work.ended or bool(get_done(pointer(self)))
        if done and work is not None and work.func is not None:
            release_at_home(work)
        return done

    @property
    def status(self) -> TaskStatus:
        """The status of the task."""
        return IN_ORDER[look_at(self)]

    def get_status(self):
        return self.status

    @property
    def result(self) -> Any:
        """The result.

        Raises RuntimeError if the task has not ended, the task's own exception if it failed, and
        concurrent.futures.CancelledError if it was cancelled.
        """
        status, work = look_at(self), self._work
        if status == DONE:
            return work.result if type(work) is works.Work else self._get_outcome(raw.Task.get_result)
        if status == CANCELLED:
            raise concurrent.futures.CancelledError()
        if status == ERROR:
            raise self._error_to_raise()
        return self._raise_not_done()

    @property
    def error(self) -> Optional[BaseException]:
        """The exception with which the task failed, or None."""
        if self.status is not TaskStatus.ERROR:
            return None
        work = self._work or self._outside()
        if work.error is None:
            error = self._get_error()
            work.traceback = self._get_traceback(error)
            work.error = error
        if work.unread is not None:
            work.unread.dismiss()
        return work.error

    @property
    def progress(self) -> list:
        """The progress values since the last access, oldest first. Reading removes them."""
        if self._taken is not None:
            return self._taken.drain(self)
        return list(raw.Task.drain_progress(self))

    @property
    def progress_done(self) -> float:
        """How much is done, as set_progress() has reported it."""
        return raw.Task.get_progress_done(self)

    @property
    def progress_total(self) -> float:
        """How much there is to do in all; 0 if that is unknown."""
        return raw.Task.get_progress_total(self)

    @property
    def progress_text(self) -> Optional[str]:
        """What the task is doing right now, for people to read."""
        return raw.Task.get_progress_text(self)

    @progress_text.setter
    def progress_text(self, value):
        raw.Task.set_progress_text(self, value)

    @property
    def progress_unit(self):
        """What the progress counts: an AsyncLit.Unit."""
        return raw.Task.get_progress_unit(self)

    @progress_unit.setter
    def progress_unit(self, value):
        self.set_progress_unit(value)

    def set_progress_unit(self, unit) -> None:
        """Sets what the progress counts."""
        raw.Task.set_progress_unit(self, raw.Unit(unit))

    @property
    def progress_weight(self) -> float:
        """How much the task counts in the fraction of its manager; set before it is submitted."""
        return raw.Task.get_progress_weight(self)

    @property
    def fraction(self) -> float:
        """The share that is done, from 0 to 1; -1 if it is unknown."""
        return raw.Task.get_fraction(self)

    @property
    def rate(self) -> float:
        """How much is done in a second; 0 if it is unknown."""
        return raw.Task.get_rate(self)

    @property
    def remaining(self) -> float:
        """How many seconds the task still takes, as far as can be told; -1 if it is unknown."""
        return raw.Task.get_remaining(self)

    @property
    def substate(self):
        """Details in addition to the status: queued, waiting for a retry, or cancelling."""
        return raw.Task.get_substate(self)

    def explain(self) -> str:
        """What the task is doing, or why it does not run yet, for people to read."""
        return raw.Task.explain(self)

    @property
    def cancel_requested(self) -> bool:
        """Whether cancellation was requested, and the function has not returned yet."""
        return raw.Task.get_substate(self) == raw.TaskSubstate.CANCELLING

    @property
    def attempt(self) -> int:
        """The number of attempts that have started."""
        return raw.Task.get_attempt(self)

    @property
    def timeout(self) -> float:
        """How many seconds an attempt may take; 0 for no limit. Set before the task is submitted."""
        return raw.Task.get_timeout(self)

    @timeout.setter
    def timeout(self, seconds):
        self.set_timeout(seconds)

    def set_timeout(self, seconds) -> None:
        raw.Task.set_timeout(self, checks.check_limit('timeout', seconds))

    @property
    def deadline(self) -> float:
        """How many seconds the task may take in all; 0 for no limit. Set before it is submitted."""
        return raw.Task.get_deadline(self)

    @deadline.setter
    def deadline(self, seconds):
        self.set_deadline(seconds)

    def set_deadline(self, seconds) -> None:
        raw.Task.set_deadline(self, checks.check_limit('deadline', seconds))

    @property
    def stall_timeout(self) -> float:
        """After how many seconds without a sign of life it counts as stalled; 0 for never."""
        return raw.Task.get_stall_timeout(self)

    @stall_timeout.setter
    def stall_timeout(self, seconds):
        self.set_stall_timeout(seconds)

    def set_stall_timeout(self, seconds) -> None:
        raw.Task.set_stall_timeout(self, checks.check_limit('stall_timeout', seconds))

    @property
    def stalled(self) -> bool:
        """Whether it runs, and has given no sign of life for stall_timeout seconds."""
        return raw.Task.get_stalled(self)

    def heartbeat(self) -> None:
        """A sign of life, for a function that reports no progress."""
        raw.Task.heartbeat(self)

    @property
    def manager(self):
        """The TaskManager to which the task was submitted, or None."""
        return raw.Task.get_manager(self)

    @property
    def group(self):
        """The TaskGroup of the task, or None."""
        return raw.Task.get_group(self)

    # Completing an externally run task

    def return_value(self, value) -> None:
        """Completes the task with a result, which may be any object."""
        if self._give_outcome(value):
            values.return_value(self, value)

    return_string = return_int = return_value

    def return_error(self, error) -> None:
        """Completes the task with an exception."""
        if not isinstance(error, BaseException):
            raise TypeError(f'an exception was expected, not {type(error).__name__}')
        if self._give_outcome(error):
            raw.Task.return_error(self, values.to_gerror(error))

    def report_progress(self, value) -> None:
        """Reports a progress value, which may be any object."""
        values.report(self, value)

    def set_retry_policy(self, policy) -> None:
        """Sets the retry policy of a task that C runs."""
        raw.Task.set_retry_policy(self, policies.with_rules_for_c(policy))

    # Reporting, from within

    def report(self, done, total=None, text=None):
        """Reports an amount of work as a progress value of the type Progress."""
        values.report(self, Progress(done, total, text))

    def set_progress(self, done, total=None):
        """Reports how much is done, out of a total if that is known.

        Only the newest amounts are kept; fraction, rate and remaining follow from them. ValueError
        is raised for a negative number, an infinite one, and NaN.
        """
        raw.Task.set_progress(self, amount('done', done), amount('total', total or 0))

    # Cancelling and waiting

    def cancel(self) -> bool:
        """Requests cancellation. Returns False if the task has already ended.

        A pending task is cancelled immediately. In a coroutine, the current await raises
        asyncio.CancelledError. A plain function can check current_task().cancel_requested; its task
        becomes cancelled when the function has returned.
        """
        work = self._work
        if not isinstance(work, works.Work):
            return raw.Task.cancel(self)
        work.cancelled_here = True
        asked = raw.Task.cancel(self)
        if asked:
            works.pass_on_cancel(self, work)
        return asked

    def pause(self) -> bool:
        """Pauses the task: it does not start, or stops at its next checkpoint().

        Returns False if it is paused already, or has ended.
        """
        return raw.Task.pause(self)

    def resume(self) -> bool:
        """Lets a paused task go on. Returns False if it was not paused."""
        return raw.Task.resume(self)

    @property
    def paused(self) -> bool:
        """Whether the task is paused."""
        return raw.Task.is_paused(self)

    def wait(self, timeout: Optional[float] = None, cancellable=None) -> bool:
        """Blocks until the task has ended. Returns False after timeout seconds.

        None or a negative number waits without a limit. cancellable, a Gio.Cancellable, ends the
        wait with a GLib.Error.
        """
        work = self._work
        if work is not None and work.ended or get_done(pointer(self)):
            return True
        waits.check_task(self)
        return waits.wait_for_task(self, timeout, cancellable)

    def as_future(self) -> concurrent.futures.Future:
        """The task as a future, for example for concurrent.futures.as_completed()."""
        work = self._work or self._outside()
        if work.future is None:
            work.future = TaskFuture(self)
            work.add_callback(work.future._settle, self)
        return work.future

    def add_done_callback(self, callback) -> None:
        """Calls callback(task) when the task has ended; at once if it already has.

        The callback runs on the thread that ends the task, and must not block. An exception that it
        raises is logged. In a program with a main loop, connect to the signal "completed" instead.
        """
        if not callable(callback):
            raise TypeError(f'{callback!r} is not callable')
        self.as_future().add_done_callback(lambda unused: callback(self))

    def __await__(self):
        """Waits in any asyncio loop. Cancelling the wait does not cancel the task."""
        if not get_done(pointer(self)):
            waits.check_task(self)
            yield from self._await_end(asyncio.get_running_loop())
        if self.status is TaskStatus.CANCELLED:
            raise asyncio.CancelledError
        return self.result

    def __repr__(self):
        name = self.name or function_name(self._work)
        parts = [self.id, self.status.value, *([name] if name else ())]
        return f'<AsyncLit.Task {" ".join(parts)}>'

    # Implementation

    def _await_end(self, loop):
        work, future = self._work or self._outside(), loop.create_future()

        def tell():
            resolve_soon(loop, future)

        work.add_callback(tell, self)
        try:
            with works.lending(), blocking():
                yield from future
        finally:
            if work.callbacks:
                work.remove_callback(tell)

    def _give_outcome(self, outcome):
        """Keeps the outcome for Python programs; False if there already is one."""
        if type(self._work) is works.Work:
            return True
        given = outcome,
        return self.__dict__.setdefault('_outcome', given) is given and not get_done(pointer(self))

    def _get_error(self):
        error = self._get_outcome(raw.Task.get_error)
        if isinstance(error, deadlines.TimedOut):
            return error
        from_c = deadlines.from_c(raw.Task.get_error(self))
        return from_c if type(from_c) is deadlines.TimedOut else error

    def _get_traceback(self, error):
        """Where it was raised; without the frames of those that have read it from another task."""
        decisive = None if self._joined is None else raw.Task.get_decisive(self)
        if decisive is not None and decisive.error is error:
            return decisive._work.traceback
        return error.__traceback__

    def _get_outcome(self, get_from_c):
        outcome = self.__dict__.get('_outcome')
        if outcome is None and self._joined is not None:
            outcome = self._joined.get_outcome(self)
        return get_from_c(self) if outcome is None else outcome[0]

    def _error_to_raise(self):
        error = self.error
        return tracebacks.to_raise(self._work, error, works.engine.timers)

    def _raise_not_done(self):
        try:
            return raw.Task.get_result(self)  # if it has just ended
        except GLib.Error as error:
            if not error.matches(values.ERROR_QUARK, raw.Error.NOT_DONE):
                raise
            message = error.message
        raise RuntimeError(message)

    def _outside(self):
        """For a task without work in Python: created when somebody waits for its end."""
        with works.callbacks_lock:
            if self._work is None:
                self._work = Outside()
                if get_done(pointer(self)):
                    return self._work
                threads.start(self._watch, 'asynclit-watch', (self._work,))
            return self._work

    def _watch(self, outside):
        with contextlib.suppress(GLib.Error):
            raw.Task.wait(self, -1, None)
        outside.call_back()


def amount(name, value):
    if not 0 <= value < math.inf:
        raise ValueError(f'{name} must be a number from 0 on, not {value}')
    return value


def look_at(task):
    """The number of the status. If the task has ended, also drops the caller's objects."""
    work, number = task._work, get_status(pointer(task))
    if number >= DONE and work is not None and work.func is not None:
        release_at_home(work)
    return number


def release_at_home(work):
    if work.home.ident == get_ident():
        work.release()


def resolve_soon(loop, future):
    with contextlib.suppress(RuntimeError):  # the loop was closed
        loop.call_soon_threadsafe(resolve, future)


def resolve(future):
    if not future.done():
        future.set_result(None)


def function_name(work):
    func = getattr(work, 'func', None)
    name = getattr(func, '__qualname__', None)
    return f'{name}()' if name else None


def current_task() -> Optional[Task]:
    """The task whose function calls this, or None."""
    return works.current.get()


Progress.__module__ = 'gi.repository.AsyncLit'
