# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The thread with the asyncio event loop that runs coroutines. It is created on first use.

All coroutines share the loop, so it is supervised: if one of them stops the loop, or ends it with
an exception that no loop survives, such as SystemExit, the loop is run again.
"""

import asyncio
import concurrent.futures
import os
import threading
from collections import deque

from . import threads
from .runners import Runners

# The number of items that are started before running coroutines get a turn.
BATCH = 256

# The time that coroutines have to clean up when the interpreter exits.
GRACE_SECONDS = 0.5

# The same number of threads as asyncio uses for to_thread() and run_in_executor().
MAX_HELPERS = min(32, (os.cpu_count() or 1) + 4)


def run_call(item):
    future, func, args, kwargs = item
    if not future.set_running_or_notify_cancel():
        return
    try:
        result = func(*args, **kwargs)
    except BaseException as error:
        future.set_exception(error)
    else:
        future.set_result(result)


class Helpers(concurrent.futures.ThreadPoolExecutor):
    """Runs what coroutines delegate to threads.

    The interpreter would wait for threads of the base
    class when it exits, even if they never end."""

    def __init__(self):
        super().__init__()
        self._runners = Runners(run_call, MAX_HELPERS, name='asynclit-helper')

    def submit(self, fn, /, *args, **kwargs):
        future = concurrent.futures.Future()
        self._runners.post((future, fn, args, kwargs))
        return future

    def shutdown(self, wait=True, *, cancel_futures=False):
        self._runners.close()


def culprit_context(error):
    """The context of the callback whose exception ended the loop; None if unknown."""
    traceback = error.__traceback__
    while traceback is not None:
        runs = traceback.tb_frame.f_locals.get('self')
        if isinstance(runs, asyncio.Handle):
            return runs._context
        traceback = traceback.tb_next
    return None


class LoopThread:
    """Starts items on the loop, with one wakeup for all items that have arrived by then."""

    def __init__(self, begin, blame):
        """blame is called with an exception that ended the loop, and the context in which it was
        raised."""
        self._begin = begin
        self._blame = blame
        self._items = deque()
        self._awaited = False  # _drain() has been scheduled
        self._lock = threading.RLock()  # guards the fields below
        self._loop = None
        self._thread = None
        self._closed = False
        self._wound_down = False

    def post(self, item):
        """Queues an item. Raises RuntimeError if there is no loop any more."""
        self._items.append(item)
        if not self._awaited:
            self._awaited = True
            try:
                self.call(self._drain)
            except BaseException:
                self._awaited = False
                raise

    def call(self, func, *args):
        """Schedules a call of a function on the loop."""
        self.get_loop().call_soon_threadsafe(func, *args)

    def get_loop(self):
        if self._loop is None:
            with self._lock:
                if self._closed:
                    raise RuntimeError('the interpreter is shutting down')
                if self._loop is None:
                    self._start()
        return self._loop

    def is_current(self):
        return self._thread is threading.current_thread()

    def close(self):
        """Cancels what is running, and waits for a moment until it has cleaned up."""
        with self._lock:
            self._closed = True
        self._items.clear()
        if self._loop is None or self.is_current():
            return
        self._loop.call_soon_threadsafe(self._wind_down)
        self._thread.join(2 * GRACE_SECONDS)

    def _start(self):
        loop = asyncio.new_event_loop()
        loop.set_default_executor(Helpers())
        self._thread = threads.start(self._main, 'asynclit-loop', (loop,))
        self._loop = loop

    def _main(self, loop):
        self._thread = threading.current_thread()
        asyncio.set_event_loop(loop)
        while not loop.is_closed() and not self._wound_down:
            try:
                loop.run_forever()
            except BaseException as error:
                self._blame(error, culprit_context(error))

    def _drain(self):
        self._awaited = False
        items, begin = self._items, self._begin
        try:
            for _ in range(BATCH):
                try:
                    item = items.popleft()
                except IndexError:  # none left
                    return
                begin(self._loop, item)
        finally:
            if items and not self._awaited:
                self._awaited = True
                self._loop.call_soon(self._drain)

    def _wind_down(self):
        running = asyncio.all_tasks(self._loop)
        self._loop.set_exception_handler(lambda loop, context: None)
        for task in running:
            task._log_destroy_pending = False
            task.cancel()
        self._loop.create_task(self._stop_after(running))

    async def _stop_after(self, running):
        if running:
            await asyncio.wait(running, timeout=GRACE_SECONDS)
        self._wound_down = True
        self._loop.stop()
