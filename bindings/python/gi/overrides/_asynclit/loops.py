# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The thread with the asyncio event loop that runs coroutines; made when first needed."""

import asyncio
import threading
from collections import deque

# How many items are begun before the coroutines that run get their turn.
BATCH = 256

# What coroutines get at the end of the interpreter to clean up.
GRACE_SECONDS = 0.5


class LoopThread:
    """Items are begun on the loop, with one wake-up for as many as have come by then."""

    def __init__(self, begin):
        self._begin = begin
        self._items = deque()
        self._awaited = False  # _drain() is going to be called
        self._lock = threading.RLock()  # guards what follows
        self._loop = None
        self._thread = None
        self._closed = False

    def post(self, item):
        """Queues an item. Raises RuntimeError if there is no loop any more."""
        self._items.append(item)
        if not self._awaited:
            self._awaited = True
            self.call(self._drain)

    def call(self, func, *args):
        """Has the loop call a function soon."""
        self.get_loop().call_soon_threadsafe(func, *args)

    def call_later(self, delay, func, *args):
        """Has the loop call a function in so many seconds."""
        loop = self.get_loop()
        loop.call_soon_threadsafe(loop.call_later, delay, func, *args)

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
        """Cancels what runs, and waits for a moment for it to clean up."""
        with self._lock:
            self._closed = True
        self._items.clear()
        if self._loop is None or self.is_current():
            return
        self._loop.call_soon_threadsafe(self._wind_down)
        self._thread.join(2 * GRACE_SECONDS)

    def _start(self):
        loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._main, args=(loop,), name='asynclit-loop',
                                        daemon=True)
        self._thread.start()
        self._loop = loop

    @staticmethod
    def _main(loop):
        asyncio.set_event_loop(loop)
        loop.run_forever()

    def _drain(self):
        self._awaited = False
        items, begin = self._items, self._begin
        for _ in range(BATCH):
            try:
                item = items.popleft()
            except IndexError:  # none left
                return
            begin(self._loop, item)
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
        self._loop.stop()
