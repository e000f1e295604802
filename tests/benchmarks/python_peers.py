# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What benchmark-python.py compares, each with the same few functions.

    submit(func)          runs a function, or a coroutine function, in the background
    finish(handles)       waits for all of them and looks at each result
    stream(count)         runs something that reports so many progress values; its handle
    drain(handle)         the values that have come since the last time, and whether it has ended
"""

import asyncio
import concurrent.futures
import queue
import threading
import time

# How often a program looks that can only poll.
LOOK_SECONDS = 0.0005


class Binding:
    """This library's binding for Python."""

    # All values have come when the task is seen to have ended.
    is_complete_at_end = True

    def __init__(self):
        import gi
        gi.require_version('AsyncLit', '1')
        from gi.repository import AsyncLit
        self.submit = AsyncLit.run

    @staticmethod
    def finish(handles):
        for handle in handles:
            handle.wait()
            assert handle.result is None

    def stream(self, count):
        return self.submit(report_by_coroutine, count=count)

    @staticmethod
    def drain(handle):
        ended = handle.done
        return handle.progress, ended


class Original(Binding):
    """The package of PyPI; it has no way to wait, and its last values come after the end."""

    is_complete_at_end = False

    def __init__(self):
        import asynclit
        self.submit = asynclit.run

    @staticmethod
    def finish(handles):
        for handle in handles:
            while not handle.done:
                time.sleep(LOOK_SECONDS)
            assert handle.result is None


class Futures:
    """A thread pool; progress is a queue that is made by hand."""

    is_complete_at_end = True

    def __init__(self):
        self.pool = concurrent.futures.ThreadPoolExecutor()
        self.submit = self.pool.submit

    @staticmethod
    def finish(handles):
        for handle in handles:
            assert handle.result() is None

    def stream(self, count):
        values = queue.Queue()
        return values, self.pool.submit(report_by_queue, values, count)

    @staticmethod
    def drain(handle):
        values, future = handle
        ended = future.done()
        return list(take_all(values)), ended


class Loop(Futures):
    """An asyncio loop in a thread."""

    def __init__(self):
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, daemon=True).start()

    def submit(self, func):
        return asyncio.run_coroutine_threadsafe(func(), self.loop)

    def stream(self, count):
        values = queue.Queue()

        async def report():
            report_by_queue(values, count)
        return values, self.submit(report)


def take_all(values):
    while True:
        try:
            yield values.get_nowait()
        except queue.Empty:
            return


async def report_by_coroutine(progress_queue, count):
    for number in range(count):
        await progress_queue.async_q.put(number)


def report_by_queue(values, count):
    for number in range(count):
        values.put(number)


# The name, the title, and what it is. Names that begin with "asynclit" are this library.
PEERS = {
    'asynclit-glib': ('asynclit-glib', Binding),
    'original': ('asynclit (PyPI)', Original),
    'futures': ('concurrent.futures', Futures),
    'loop': ('run_coroutine_threadsafe', Loop),
}
