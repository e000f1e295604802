# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The progress queue for a function. Its interface is that of janus, and its values are progress.

A value that is put into the queue is a progress value of the task. A value that the function itself
takes out does not appear in task.progress, and vice versa.
"""

import asyncio
import queue
import threading
from collections import deque

from . import values

SyncShutDown = getattr(queue, 'ShutDown', None)
AsyncShutDown = getattr(asyncio, 'QueueShutDown', None)

if SyncShutDown is None:  # before Python 3.13
    class SyncShutDown(Exception):
        """Raised by a closed progress queue."""

    class AsyncShutDown(Exception):
        """Raised by the asynchronous side of a closed progress queue."""


class Taken:
    """Values that were read from C and have not been passed on yet."""

    def __init__(self):
        self.values = deque()
        self.changed = threading.Condition(threading.RLock())  # guards all of this
        self.waiting = deque()  # asyncio futures of coroutines that wait for a value
        self.n_waiting = 0  # threads and coroutines
        self.unfinished = 0
        self.closed = False

    def refill(self, task):
        with self.changed:
            self.values.extend(values.raw.Task.drain_progress(task))
            return self.values

    def drain(self, task):
        with self.changed:
            drained = list(self.refill(task))
            self.values.clear()
            self.finish(len(drained))
            return drained

    def finish(self, count):
        self.unfinished = max(0, self.unfinished - count)
        self.changed.notify_all()
        self.wake()

    def wake(self):
        while self.waiting:
            loop, future = self.waiting.popleft()
            try:
                loop.call_soon_threadsafe(resolve, future)
            except RuntimeError:  # its loop was closed
                pass


def resolve(future):
    if not future.done():
        future.set_result(None)


class ProgressQueue:
    """A queue with two sides: sync_q for any thread, async_q for coroutines."""

    def __init__(self, task):
        self._task = task
        self._taken = task._taken = Taken()
        self.sync_q = SyncSide(self)
        self.async_q = AsyncSide(self)

    maxsize = 0

    @property
    def closed(self):
        return self._taken.closed

    def close(self):
        """Refuses to put or take further values. Earlier values remain progress of the task."""
        with self._taken.changed:
            self._taken.closed = True
            self._taken.changed.notify_all()
            self._taken.wake()

    def shutdown(self, immediate=False):
        self.close()

    async def wait_closed(self):
        """Returns immediately, because nothing is left to wait for after closing."""

    async def aclose(self):
        self.close()

    def __repr__(self):
        state = ' closed' if self.closed else ''
        return f'<ProgressQueue{state} of {self._task!r}>'

    # Shared by both sides

    def _put(self, value, shut_down):
        taken = self._taken
        if taken.closed:
            raise shut_down()
        values.report(self._task, value)
        taken.unfinished += 1
        if taken.n_waiting:
            with taken.changed:
                taken.changed.notify_all()
                taken.wake()

    def _get(self, shut_down, empty):
        with self._taken.changed:
            if self._taken.closed:
                raise shut_down()
            waiting = self._taken.refill(self._task)
            if not waiting:
                raise empty()
            return waiting.popleft()

    def _size(self):
        return len(self._taken.refill(self._task))


class Side:
    maxsize = 0
    empty_error = None
    shut_down = None

    def __init__(self, whole):
        self._whole = whole

    @property
    def closed(self):
        return self._whole.closed

    @property
    def unfinished_tasks(self):
        return self._whole._taken.unfinished

    def qsize(self):
        return self._whole._size()

    def empty(self):
        return not self._whole._size()

    def full(self):
        return False

    def put_nowait(self, item):
        self._whole._put(item, self.shut_down)

    def get_nowait(self):
        return self._whole._get(self.shut_down, self.empty_error)

    def task_done(self):
        with self._whole._taken.changed:
            if not self._whole._taken.unfinished:
                raise ValueError('task_done() called too many times')
            self._whole._taken.finish(1)

    def shutdown(self, immediate=False):
        self._whole.close()


class SyncSide(Side):
    """Like queue.Queue."""

    empty_error = queue.Empty
    shut_down = SyncShutDown

    def put(self, item, block=True, timeout=None):
        self._whole._put(item, self.shut_down)

    def get(self, block=True, timeout=None):
        if not block:
            return self.get_nowait()
        if timeout is not None and timeout < 0:
            raise ValueError("'timeout' must be a non-negative number")
        with self._whole._taken.changed:  # so that no other consumer takes it
            if not self._wait(lambda: self.closed or not self.empty(), timeout):
                raise queue.Empty
            return self.get_nowait()

    def join(self):
        self._wait(lambda: not self.unfinished_tasks, None)

    def _wait(self, condition, timeout):
        taken = self._whole._taken
        with taken.changed:
            taken.n_waiting += 1
            try:
                return taken.changed.wait_for(condition, timeout)
            finally:
                taken.n_waiting -= 1


class AsyncSide(Side):
    """Like asyncio.Queue."""

    empty_error = asyncio.QueueEmpty
    shut_down = AsyncShutDown

    async def put(self, item):
        self._whole._put(item, self.shut_down)

    async def get(self):
        while True:
            try:
                return self.get_nowait()
            except asyncio.QueueEmpty:  # or another consumer was faster
                await self._wait(lambda: self.closed or not self.empty())

    async def join(self):
        await self._wait(lambda: not self.unfinished_tasks)

    async def _wait(self, condition):
        taken = self._whole._taken
        loop = asyncio.get_running_loop()
        taken.n_waiting += 1
        try:
            while True:
                future = loop.create_future()
                taken.waiting.append((loop, future))
                if condition():
                    return
                await future
        finally:
            taken.n_waiting -= 1
