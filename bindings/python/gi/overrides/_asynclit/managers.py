# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""TaskManager, which submits functions and finds their tasks."""

import weakref
from typing import Any, Callable, Optional

from . import checks, deadlines, policies, programs, subclasses, values, waits, works
from .homes import DROPPED_PER_SUBMIT, current_home
from .native import get_done, pointer, queue_task
from .tasks import Task

raw = values.raw

# The managers that drop the user's objects when the interpreter exits.
made_here = weakref.WeakSet()

allocate, initialize = Task.__new__, raw.Task.__init__


def submit(manager, func, args, kwargs, retry, options=None, unique=None):
    if works.engine.closed:
        works.engine.hold_runner()
    task = allocate(Task)  # Task(), without the overhead of __init__()
    initialize(task)
    work = works.prepare(task, func, args, kwargs, retry)
    if work.home.returned:
        work.home.drop(DROPPED_PER_SUBMIT)
    if options is not None:
        options.apply(task)
    if unique is not None:
        kept = raw.TaskManager.claim_key(manager, task, *unique)
        if kept is not None:
            works.end(work)
            return kept
    if options is not None:
        options.enter_group(task)
    if deadlines.used:
        works.inherit_deadline(task)
    if queue_task(pointer(manager), pointer(task)):
        if options is not None:
            works.take_former(work)
        works.queue_attempt(task, work)
    elif not get_done(pointer(task)):
        works.queue_when_ready(task, work)
    return task


class TaskManager(raw.TaskManager, subclasses.Subclassable):
    """Keeps live tasks, and the newest max_completed ended tasks that are not older than max_age.

    As a context manager, it accepts no more tasks at the end of the block, and waits for its tasks;
    if the block raises an exception, it cancels them. In a coroutine, use "async with".
    """

    _own_ids = None

    def __init__(self, *, max_completed: int = 256, max_age: float = 0, max_running: int = 0,
                 max_queued: int = 0, overflow: str = 'reject', paused: bool = False, limiter=None):
        super().__init__(max_completed=checks.check_count('max_completed', max_completed))
        if max_age:
            self.max_age = max_age
        if max_running:
            self.max_running = max_running
        if max_queued:
            self.max_queued = max_queued
        if overflow != 'reject':
            self.overflow = overflow
        if paused:
            self.paused = paused
        if limiter is not None:
            self.limiter = limiter
        made_here.add(self)

    def __bool__(self) -> bool:
        """Without this, an empty manager would be false: PyGObject gives list models a length."""
        return True

    def submit(self, func: Callable[..., Any], /, *args: Any, retry=None, **kwargs: Any):
        """Runs func(*args, **kwargs) in the background and returns its Task.

        A coroutine function runs on the library's event loop, any other function in a thread. retry
        is a RetryPolicy.
        """
        if not isinstance(self, raw.TaskManager):
            raise TypeError('submit() is a method of a TaskManager')
        return submit(self, func, args, kwargs, retry)

    def submit_unique(self, key: str, func: Callable[..., Any], /, *args: Any,
                      policy: str = 'keep', retry=None, **kwargs: Any):
        """Runs func(*args, **kwargs), unless a live task of the manager has the key.

        If there is one, 'keep' returns it. 'replace' cancels it, and runs the function when it has
        ended. 'append' runs the function when it is done.
        """
        if key is None:
            raise TypeError('a key must be a str')
        return submit(self, func, args, kwargs, retry, None, checks.check_unique(key, policy))

    def submit_subprocess(self, *argv, **options):
        """Runs a program as a task, and returns the Task.

        Its lines are progress values, and its exit status is the result. The arguments are those of
        AsyncLit.submit_subprocess(). The retry policy may also precede argv.
        """
        return programs.submit(self, argv, **options)

    def submit_task(self, task):
        """Submits a task that was created before."""
        if task._own_id is not None:
            if self._own_ids is None:
                self._own_ids = weakref.WeakValueDictionary()
            self._own_ids[task._own_id] = task
        if deadlines.used:
            works.inherit_deadline(task)
        raw.TaskManager.submit_task(self, task)

    def submit_program(self, retry, program):
        """Runs a program as a task, with the settings of a Program."""
        if not deadlines.used or works.current.get() is None:
            return raw.TaskManager.submit_program(self, policies.with_rules_for_c(retry), program)
        task = raw.Program.create_task(program)
        task.set_retry_policy(retry)
        self.submit_task(task)
        return task

    def list_tasks(self, filter=raw.TaskFilter.ALL, name: Optional[str] = None) -> list:
        """The tasks that match a filter and, if given, a name. The oldest come first."""
        return raw.TaskManager.list_tasks(self, filter, name)

    def get(self, task_id: str):
        """The task with an ID, or with a name from register_global() as "global:NAME"; otherwise
        None."""
        if not isinstance(task_id, str) or not values.is_c_text(task_id):
            return None
        if self._own_ids and task_id in self._own_ids:
            return self._own_ids[task_id]
        return raw.TaskManager.get(self, task_id)

    def register_global(self, task, name: str) -> None:
        """Registers a task as "global:NAME" for get(). The name is removed from any other task."""
        raw.TaskManager.register_global(self, task, name)

    def unregister_global(self, name: str) -> bool:
        """Removes a name from its task. Returns False if no task has the name."""
        return raw.TaskManager.unregister_global(self, name)

    def cleanup(self) -> int:
        """Removes the oldest ended tasks beyond max_completed. Returns their number."""
        current_home().empty()
        return raw.TaskManager.cleanup(self)

    def remove(self, task_id: str) -> bool:
        """Removes an ended task. Returns False if it is live or unknown."""
        if not isinstance(task_id, str) or not values.is_c_text(task_id):
            return False
        own_ids = self._own_ids or {}
        named = own_ids.get(task_id)
        removed = raw.TaskManager.remove(self, task_id if named is None else raw.Task.get_id(named))
        # Another thread may have given the ID to another task in the meantime.
        if removed and named is not None and own_ids.get(task_id) is named:
            own_ids.pop(task_id, None)
        return removed

    @property
    def max_completed(self) -> int:
        return raw.TaskManager.get_max_completed(self)

    @max_completed.setter
    def max_completed(self, value):
        raw.TaskManager.set_max_completed(self, checks.check_count('max_completed', value))

    @property
    def max_age(self) -> float:
        """For how many seconds ended tasks are remembered; 0 for no limit."""
        return raw.TaskManager.get_max_age(self)

    @max_age.setter
    def max_age(self, value):
        raw.TaskManager.set_max_age(self, checks.check_seconds('max_age', value))

    @property
    def max_running(self) -> int:
        """How many tasks may run at a time; 0 for no limit."""
        return raw.TaskManager.get_max_running(self)

    @max_running.setter
    def max_running(self, value):
        self.set_max_running(value)

    def set_max_running(self, value: int) -> None:
        """Sets how many tasks may run at a time; 0 for no limit."""
        raw.TaskManager.set_max_running(self, checks.check_count('max_running', value))

    @property
    def max_queued(self) -> int:
        """How many tasks may wait for max_running; 0 for no limit."""
        return raw.TaskManager.get_max_queued(self)

    @max_queued.setter
    def max_queued(self, value):
        self.set_max_queued(value)

    def set_max_queued(self, value: int) -> None:
        """Sets how many tasks may wait for max_running; 0 for no limit."""
        raw.TaskManager.set_max_queued(self, checks.check_count('max_queued', value))

    @property
    def overflow(self) -> str:
        """What happens to a task that would be one too many: 'reject' or 'drop-oldest'."""
        return checks.overflow_name(raw.TaskManager.get_overflow(self))

    @overflow.setter
    def overflow(self, value):
        raw.TaskManager.set_overflow(self, checks.check_overflow(value))

    @property
    def paused(self) -> bool:
        """Whether tasks wait instead of starting."""
        return raw.TaskManager.get_paused(self)

    @paused.setter
    def paused(self, value):
        raw.TaskManager.set_paused(self, bool(value))

    @property
    def limiter(self):
        """The Limiter of all tasks that are submitted from now on, or None."""
        return raw.TaskManager.get_limiter(self)

    @limiter.setter
    def limiter(self, value):
        raw.TaskManager.set_limiter(self, value)

    @property
    def closed(self) -> bool:
        return raw.TaskManager.get_closed(self)

    @property
    def n_live(self) -> int:
        """How many tasks are live: submitted, and not ended."""
        return raw.TaskManager.get_n_live(self)

    @property
    def n_running(self) -> int:
        """How many tasks are running."""
        return raw.TaskManager.get_n_running(self)

    @property
    def n_waiting(self) -> int:
        """How many live tasks are not running: they wait for a gate, an executor or a retry."""
        return raw.TaskManager.get_n_waiting(self)

    @property
    def n_done(self) -> int:
        """How many tasks have ended with a result, since the manager was created."""
        return raw.TaskManager.get_n_done(self)

    @property
    def n_failed(self) -> int:
        """How many tasks have failed, since the manager was created."""
        return raw.TaskManager.get_n_failed(self)

    @property
    def n_cancelled(self) -> int:
        """How many tasks have been cancelled, since the manager was created."""
        return raw.TaskManager.get_n_cancelled(self)

    @property
    def n_retried(self) -> int:
        """How many attempts have failed and led to another one, since the manager was created."""
        return raw.TaskManager.get_n_retried(self)

    @property
    def fraction(self) -> float:
        """The share of the manager's tasks that is done, from 0 to 1; -1 before the first."""
        return raw.TaskManager.get_fraction(self)

    @property
    def remaining(self) -> float:
        """How many seconds the tasks still take, as far as can be told; -1 if it is unknown."""
        return raw.TaskManager.get_remaining(self)

    def close(self, mode=raw.CloseMode.DRAIN) -> None:
        """Refuses new tasks. CloseMode.CANCEL also cancels those that have not ended."""
        raw.TaskManager.close(self, raw.CloseMode.DRAIN)
        if mode == raw.CloseMode.CANCEL:
            for task in raw.TaskManager.list_tasks(self, raw.TaskFilter.LIVE, None):
                task.cancel()
            raw.TaskManager.close(self, mode)

    def wait(self, timeout: Optional[float] = None, cancellable=None) -> bool:
        """Blocks until no task of the manager is live. Returns False after timeout seconds.

        Raises RuntimeError if the caller is a task of this manager, or a coroutine on the library's
        loop.
        """
        ended = waits.wait_for_manager(self, timeout, cancellable)
        current_home().empty()
        return ended

    def __enter__(self):
        waits.check_manager(self)  # the end of the block would wait
        return self

    def __exit__(self, kind, error, traceback):
        self._close_after(kind)
        self.wait()

    async def __aenter__(self):
        return self

    async def __aexit__(self, kind, error, traceback):
        self._close_after(kind)
        await waits.await_manager(self)

    def _close_after(self, kind):
        self.close(raw.CloseMode.CANCEL if kind is not None else raw.CloseMode.DRAIN)

    def __repr__(self):
        live = len(raw.TaskManager.list_tasks(self, raw.TaskFilter.LIVE, None))
        ended = len(raw.TaskManager.list_tasks(self, raw.TaskFilter.ENDED, None))
        closed = ', closed' if self.closed else ''
        return f'<AsyncLit.TaskManager {live} live, {ended} ended{closed}>'
