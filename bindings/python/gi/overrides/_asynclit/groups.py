# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""TaskGroup: tasks that belong together, and end together."""

import asyncio
import contextlib
import weakref
from typing import Any, Callable, Optional

from gi.repository import GLib

from . import limits, managers, subclasses, values, waits, works
from .checks import check_count
from .statuses import TaskStatus
from .tasks import Task

raw = values.raw

OWN_GROUP = 'a task cannot wait for all tasks of its own group: it is one of them'


class Failures:
    """The tasks of a group that may fail, or have. They refer to this, and not to the group."""

    def __init__(self):
        self.tasks = {}  # as an ordered set
        self.is_wanted = False  # somebody is going to take the failures
        self.abort_body = None  # called when a task fails

    def watch(self, task):
        self.tasks[task] = True
        work = task._work or task._outside()
        work.add_callback(lambda: self.note(task), task)

    def note(self, task):
        """Runs on: the thread that ends the task"""
        has_failed = task.status is TaskStatus.ERROR
        if not (has_failed and self.is_wanted):
            self.tasks.pop(task, None)
        abort_body = self.abort_body
        if has_failed and abort_body is not None:
            abort_body()

    def take(self):
        """Also those of tasks that have just ended."""
        self.is_wanted = False
        tasks, self.tasks = self.tasks, {}
        return [task.error for task in list(tasks) if task.status is TaskStatus.ERROR]


class GroupOptions(limits.Options):
    """Settings for one task of a group."""

    def __init__(self, group, retry):
        super().__init__(None, manager=group.manager, retry=retry, group=group)


class TaskGroup(raw.TaskGroup, subclasses.Subclassable):
    """Tasks that belong together, and end together.

        with AsyncLit.TaskGroup() as group:
            first = group.submit(fetch, url)
            second = group.submit(fetch, other_url)
        print(first.result, second.result)

    At the end of the block, it waits for its tasks. If one of them fails, or the block raises an
    exception, it cancels the others and raises an ExceptionGroup. In a coroutine, use "async with",
    which also interrupts the block, as asyncio.TaskGroup does.

    With cancel_on_error=False, the other tasks continue; the exceptions are still raised at the end
    of the block. With cancel_on_drop=True, the tasks are cancelled when nobody refers to the group
    any more.
    """

    def __init__(self, manager=None, *, cancel_on_error: bool = True, cancel_on_drop: bool = False,
                 max_completed: int = 256):
        super().__init__(manager=manager, cancel_on_error=bool(cancel_on_error),
                         cancel_on_drop=bool(cancel_on_drop),
                         max_completed=check_count('max_completed', max_completed))
        self._failures = Failures()
        self._parent = None

    def list_tasks(self, filter=raw.TaskFilter.ALL) -> list:
        """The tasks that match a filter, and the newest that have ended."""
        return raw.TaskGroup.list_tasks(self, filter)

    def __bool__(self) -> bool:
        """Without this, an empty group would be false: PyGObject gives list models a length."""
        return True

    # Tasks

    def submit(self, func: Callable[..., Any], /, *args: Any, retry=None, **kwargs: Any) -> Task:
        """Runs func(*args, **kwargs) in the background as a task of the group; returns its Task.

        If the group is closed, the task has failed with AsyncLit.Error.CLOSED.
        """
        return managers.submit(self.manager, func, args, kwargs, retry, GroupOptions(self, retry))

    def add(self, task) -> None:
        """Adds a task that was submitted, or will be.

        Raises GLib.Error if the group is closed, or the task is in another group.
        """
        raw.TaskGroup.add(self, task)
        self._failures.watch(task)

    def submit_task(self, task) -> None:
        """Adds a task that was created before, and submits it."""
        raw.TaskGroup.submit_task(self, task)
        self._failures.watch(task)

    def _add_unsubmitted(self, task):
        """False, with an error of the task, if the group is closed."""
        try:
            raw.TaskGroup.add(self, task)
        except GLib.Error as error:
            raw.Task.return_error(task, error)
            return False
        self._failures.watch(task)
        return True

    # Reading

    @property
    def manager(self):
        """The TaskManager of the tasks."""
        return raw.TaskGroup.get_manager(self)

    @property
    def cancel_on_error(self) -> bool:
        return raw.TaskGroup.get_cancel_on_error(self)

    @cancel_on_error.setter
    def cancel_on_error(self, value):
        raw.TaskGroup.set_cancel_on_error(self, bool(value))

    @property
    def cancel_on_drop(self) -> bool:
        return raw.TaskGroup.get_cancel_on_drop(self)

    @cancel_on_drop.setter
    def cancel_on_drop(self, value):
        raw.TaskGroup.set_cancel_on_drop(self, bool(value))

    @property
    def max_completed(self) -> int:
        """How many ended tasks stay in the list."""
        return raw.TaskGroup.get_max_completed(self)

    @max_completed.setter
    def max_completed(self, value):
        raw.TaskGroup.set_max_completed(self, check_count('max_completed', value))

    @property
    def closed(self) -> bool:
        return raw.TaskGroup.get_closed(self)

    @property
    def n_live(self) -> int:
        """How many tasks have not ended."""
        return raw.TaskGroup.get_n_live(self)

    @property
    def fraction(self) -> float:
        """The share of the group's tasks that is done, from 0 to 1; -1 before the first."""
        return raw.TaskGroup.get_fraction(self)

    @property
    def remaining(self) -> float:
        """How many seconds the tasks still take, as far as can be told; -1 if it is unknown."""
        return raw.TaskGroup.get_remaining(self)

    # The end

    def close(self) -> None:
        """Accepts no more tasks."""
        raw.TaskGroup.close(self)

    def close_when_idle(self) -> None:
        """Accepts no more tasks once none is live; until then, tasks of the group can add some."""
        raw.TaskGroup.close_when_idle(self)

    def cancel(self) -> None:
        """Cancels all tasks that have not ended."""
        raw.TaskGroup.cancel(self)

    def wait(self, timeout: Optional[float] = None, cancellable=None) -> bool:
        """Blocks until no task of the group is live. Returns False after timeout seconds.

        Raises RuntimeError if the caller is a task of this group, or a coroutine on the library's
        loop.
        """
        self._check_wait()
        return waits.wait_for_group(self, timeout, cancellable)

    def _check_wait(self):
        if works.engine.loops.is_current():
            raise RuntimeError('waiting here would block all coroutines: use "async with"')
        self._check_own()

    def _check_own(self):
        own = works.running_here()
        if own is not None and raw.Task.get_group(own) is self:
            raise RuntimeError(OWN_GROUP)

    def __enter__(self):
        self._check_wait()
        self._failures.is_wanted = True
        return self

    def __exit__(self, kind, error, traceback):
        self._end_body(error)
        try:
            self.wait()
        except BaseException as interrupt:  # Ctrl-C; the next one also ends the second wait
            self._end_body(interrupt)
            self.wait()
            raise
        self.close()
        self._raise(error)

    async def __aenter__(self):
        self._check_own()
        self._failures.is_wanted = True
        self._parent = asyncio.current_task()
        self._failures.abort_body = make_abort(weakref.ref(self), asyncio.get_running_loop())
        return self

    async def __aexit__(self, kind, error, traceback):
        self._failures.abort_body = None
        parent, self._parent = self._parent, None
        self._end_body(error)
        cancelled = await self._await_all()
        self.close()
        if self._aborted:
            parent.uncancel()
            if isinstance(error, asyncio.CancelledError):
                error = None
        self._raise(error if cancelled is None else cancelled)
        if cancelled is not None:
            raise cancelled

    async def _await_all(self):
        """Returns the cancellation of the block's task that came meanwhile, or None."""
        seen = None
        while True:
            try:
                await waits.await_group(self)
                return seen
            except asyncio.CancelledError as cancelled:
                if not self._aborted:
                    self.cancel()
                    seen = cancelled

    _aborted = False

    def _abort(self):
        """Runs on: the loop of the block. A task has failed."""
        if self._parent is not None and not self._aborted and self.cancel_on_error:
            self._aborted = True
            self._parent.cancel()

    def _end_body(self, error):
        if error is None:
            self.close_when_idle()
        else:
            self.close()
            self.cancel()

    def _raise(self, error):
        errors = self._failures.take()
        if isinstance(error, Exception):
            errors.insert(0, error)
        elif error is not None and not (errors and isinstance(error, asyncio.CancelledError)):
            return  # what the block has raised goes on
        if errors:
            raise BaseExceptionGroup('unhandled errors in a TaskGroup', errors) from None

    def __repr__(self):
        closed = ', closed' if self.closed else ''
        return f'<AsyncLit.TaskGroup {self.n_live} live{closed}>'


def make_abort(group, loop):
    def abort():
        own = group()
        if own is not None:
            own._abort()

    def abort_soon():
        with contextlib.suppress(RuntimeError):  # the loop was closed
            loop.call_soon_threadsafe(abort)

    return abort_soon
