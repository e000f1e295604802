# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""TaskManager: submits functions, and finds the tasks again."""

import weakref
from typing import Any, Callable, Optional

from . import policies, programs, subclasses, values, waits, works
from .homes import DROPPED_PER_SUBMIT, current_home
from .native import pointer, queue_task
from .tasks import Task

raw = values.raw

GUINT_MAX = 2 ** 32 - 1

# Those that are to let go of what is the user's when the interpreter ends.
made_here = weakref.WeakSet()

allocate, initialize = Task.__new__, raw.Task.__init__


def submit(manager, func, args, kwargs, retry):
    if works.engine.closed:
        works.engine.hold_runner()
    task = allocate(Task)  # Task(), without the detour by way of its __init__()
    initialize(task)
    work = works.prepare(task, func, args, kwargs, retry)
    if work.home.returned:
        work.home.drop(DROPPED_PER_SUBMIT)
    if queue_task(pointer(manager), pointer(task)):
        works.queue_attempt(task, work)
    return task


class TaskManager(raw.TaskManager, subclasses.Subclassable):
    """Keeps live tasks, and the last max_completed of those that have ended.

    As a context manager it waits for its tasks at the end of the block, and takes no more; if
    the block raises, they are cancelled. In a coroutine that is "async with".
    """

    _own_ids = None

    def __init__(self, *, max_completed: int = 256):
        if not 0 <= max_completed <= GUINT_MAX:
            raise ValueError(f'max_completed must be in [0, {GUINT_MAX}]')
        super().__init__(max_completed=max_completed)
        made_here.add(self)

    def __bool__(self) -> bool:
        """PyGObject gives list models a length: without this, a manager without tasks is false."""
        return True

    def submit(self, func: Callable[..., Any], /, *args: Any, retry=None, **kwargs: Any):
        """Runs func(*args, **kwargs) in the background and returns its Task.

        A coroutine function runs on the event loop of the library, any other in a thread. retry
        is a RetryPolicy.
        """
        if not isinstance(self, raw.TaskManager):
            raise TypeError('submit() is a method of a TaskManager')
        return submit(self, func, args, kwargs, retry)

    def submit_subprocess(self, *argv, **options):
        """Runs a program as a task, and returns that.

        Its lines are the progress, and its exit status the result. The arguments are those of
        AsyncLit.submit_subprocess(); the retry policy may also stand before argv.
        """
        return programs.submit(self, argv, **options)

    def submit_task(self, task):
        """Submits a task that was made before."""
        if task._own_id is not None:
            if self._own_ids is None:
                self._own_ids = weakref.WeakValueDictionary()
            self._own_ids[task._own_id] = task
        raw.TaskManager.submit_task(self, task)

    def submit_program(self, retry, program):
        """Runs a program as a task, as its Program says."""
        return raw.TaskManager.submit_program(self, policies.with_rules_for_c(retry), program)

    def list_tasks(self, filter=raw.TaskFilter.ALL, name: Optional[str] = None) -> list:
        """The tasks in the states of a filter, the oldest first; only those with a name, if given."""
        return raw.TaskManager.list_tasks(self, filter, name)

    def get(self, task_id: str):
        """The task with an id, or with the name of register_global() as "global:NAME"; or None."""
        if not isinstance(task_id, str) or not values.is_c_text(task_id):
            return None
        if self._own_ids and task_id in self._own_ids:
            return self._own_ids[task_id]
        return raw.TaskManager.get(self, task_id)

    def register_global(self, task, name: str) -> None:
        """Has get("global:NAME") find the task; a task that was there before makes way."""
        raw.TaskManager.register_global(self, task, name)

    def unregister_global(self, name: str) -> bool:
        """Takes a name away from its task; False if none has it."""
        return raw.TaskManager.unregister_global(self, name)

    def cleanup(self) -> int:
        """Forgets the oldest ended tasks beyond max_completed; how many that were."""
        current_home().empty()
        return raw.TaskManager.cleanup(self)

    def remove(self, task_id: str) -> bool:
        """Forgets a task that has ended; False if it is live, or unknown."""
        if not isinstance(task_id, str) or not values.is_c_text(task_id):
            return False
        own_ids = self._own_ids or {}
        named = own_ids.get(task_id)
        removed = raw.TaskManager.remove(self, task_id if named is None else raw.Task.get_id(named))
        # Another thread may have given the id to another task meanwhile.
        if removed and named is not None and own_ids.get(task_id) is named:
            own_ids.pop(task_id, None)
        return removed

    @property
    def max_completed(self) -> int:
        return raw.TaskManager.get_max_completed(self)

    @max_completed.setter
    def max_completed(self, value):
        raw.TaskManager.set_max_completed(self, value)

    @property
    def closed(self) -> bool:
        return raw.TaskManager.get_closed(self)

    def close(self, mode=raw.CloseMode.DRAIN) -> None:
        """Takes no more tasks; CloseMode.CANCEL cancels those that have not ended."""
        raw.TaskManager.close(self, raw.CloseMode.DRAIN)
        if mode == raw.CloseMode.CANCEL:
            for task in raw.TaskManager.list_tasks(self, raw.TaskFilter.LIVE, None):
                task.cancel()
            raw.TaskManager.close(self, mode)

    def wait(self, timeout: Optional[float] = None, cancellable=None) -> bool:
        """Blocks until no task of the manager is live; False if that takes longer.

        RuntimeError if the caller is a task of this manager, or a coroutine of the library's loop.
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
