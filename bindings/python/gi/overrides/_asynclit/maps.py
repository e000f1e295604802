# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""map(): one function for many items, on several threads or in several coroutines.

Workers take chunks of items from the input, call the function for each item, and store the outcomes
for the iterator. The size of a chunk is such that it takes about CHUNK_SECONDS, so that a map over
short items costs little more than a loop over them.

The input is read as it is needed. When WINDOW_CHUNKS chunks per worker are waiting to be iterated
over, the workers end; they are started again when half of these chunks have been taken. If the
program asks for the task, it need not iterate, so all outcomes are kept instead.
"""

import asyncio
import concurrent.futures
import threading
import time
import weakref

from . import calls, executors, managers, policies, values, waits, works
from .native import get_done, pointer
from .runners import blocking
from .tasks import Progress, Task, resolve_soon

raw = values.raw

# The target duration of a chunk, and the maximum factor by which chunks grow.
CHUNK_SECONDS = 0.001
MAX_GROWTH = 16
MAX_CHUNK = 4096

# The same in an executor, where the way there and back takes longer than a short item.
REMOTE_CHUNK_SECONDS = 0.05

# The maximum number of chunks per worker that wait for the iterator.
WINDOW_CHUNKS = 4

# The minimum interval between progress reports.
PROGRESS_SECONDS = 0.04

# How often a wait checks for events that nobody reports: C may cancel the task.
SLICE_SECONDS = 0.1

OWN_MAP = 'a function of a map cannot wait for its outcomes'


class Failure:
    """The outcome of an item that failed."""

    __slots__ = ('error',)

    def __init__(self, error):
        self.error = error


class Attempts:
    """The state of an item that the retry policy needs."""

    def __init__(self, retry):
        self.retry = retry
        self.attempt = 0
        self.started = raw.RetryPolicy.start_time()

    def delay_after(self, error):
        """The delay before the next attempt, in seconds; None if there is none."""
        self.attempt += 1
        return works.next_delay(self, error)


class MapTask(Task):
    """The task for all items."""

    _state = None

    @property
    def result(self):
        Task.result.fget(self)  # raises the error, if there is one
        return self._state.get_results()

    def cancel(self) -> bool:
        asked = super().cancel()
        state = self._state
        if asked and state is not None:
            state.cancel_workers()
            state.end_if_over()
        return asked


class State:
    """The state that the workers share with the iterator."""

    def __init__(self, func, iterables, limit, ordered, retry, executor=None):
        self.func = func
        self.inputs = zip(*iterables)
        self.total = total_of(iterables)
        self.limit = limit
        self.ordered = ordered
        self.retry = retry
        self.executor = executor
        self.is_async = calls.classify(func)[0]
        self.task = MapTask()
        # Guards the input, which is user code and may block.
        self.input_lock = threading.Lock()
        self.n_read = 0
        self.is_exhausted = False  # also if the remaining items are not wanted
        # Guards the fields below; held for short moments.
        self.changed = threading.Condition()
        self.outcomes = {}  # the index of a chunk's first item → the outcomes of the chunk
        self.given = {}  # the same for chunks that have been iterated over, if all are kept
        self.window = WINDOW_CHUNKS * limit  # in chunks; None: all are kept
        self.workers = set()
        self.n_workers = 0
        self.n_done = 0
        self.listeners = []
        self.broken = None  # an exception that a worker raised, but no item
        self.reported = time.monotonic()

    # Workers

    def start_workers(self):
        """Starts as many workers as possible; ends the task if there is nothing left to do."""
        while not self.must_stop():
            with self.changed:
                if self.n_workers >= self.limit:
                    return
                self.n_workers += 1
            self.start_worker()
        self.end_if_over()

    def start_worker(self):
        work = self.work_in_coroutine if self.is_async else self.work
        worker = managers.submit(hidden_manager(), work, (), {}, None)
        with self.changed:
            self.workers.add(worker)
        # Also called if the worker was cancelled before it started.
        worker._work.add_callback(lambda: self.leave(worker), worker)

    def leave(self, worker):
        error = worker.error
        if error is not None:  # it can't run, and neither could another
            self.broken = error
            self.is_exhausted = True
        with self.changed:
            self.workers.discard(worker)
            self.n_workers -= 1
        self.tell()
        self.start_workers()

    def cancel_workers(self):
        with self.changed:
            workers = list(self.workers)
        for worker in workers:
            worker.cancel()

    def is_full(self):
        return self.window is not None and len(self.outcomes) >= self.window

    def is_cancelled(self):
        return (raw.Task.get_substate(self.task) == raw.TaskSubstate.CANCELLING
                or bool(get_done(pointer(self.task))))

    def must_stop(self):
        return self.is_exhausted or self.is_full() or self.is_cancelled()

    def read(self, n_wanted):
        """The index of the first item, and up to n_wanted items; none at the end of the input."""
        with self.input_lock:
            first, items = self.n_read, []
            if self.is_exhausted:
                return first, items
            try:
                for item in self.inputs:
                    items.append(item)
                    if len(items) >= n_wanted:
                        break
                else:
                    self.is_exhausted = True
            except BaseException as error:
                self.is_exhausted = True
                items.append(Failure(error))
            self.n_read += len(items)
            return first, items

    def work(self):
        """Runs on: a runner"""
        works.current.set(self.task)
        n_wanted, begun = 1, time.monotonic()
        while not self.must_stop():
            first, items = self.read(n_wanted)
            if not items:
                return
            self.put(first, self.call_each(items))
            now = time.monotonic()
            n_wanted, begun = self.next_size(len(items), now - begun), now

    async def work_in_coroutine(self):
        """Runs on: the loop"""
        works.current.set(self.task)
        while not self.must_stop():
            first, items = self.read(1)
            if not items:
                return
            self.put(first, [await self.call_in_coroutine(items[0])])

    def call_each(self, items):
        if self.executor is None:
            return [self.call(item) for item in items]
        outcomes = []
        while len(outcomes) < len(items):
            outcomes += self.call_remotely(items[len(outcomes):])
            if type(outcomes[-1]) is Failure:  # the last that is wanted
                break
        return outcomes

    def call_remotely(self, items):
        """The outcomes of at least one item, and of no more after a failure."""
        if type(items[0]) is Failure:
            return items[:1]
        if type(items[-1]) is Failure:
            items = items[:-1]
        outcomes = executors.load().call_items(self.executor, self.func, items,
                                               self.is_cancelled)
        returned = [value for is_good, value in outcomes if is_good]
        if len(returned) == len(outcomes):
            return returned
        error = outcomes[-1][1]
        if self.retry is None:
            return [*returned, Failure(error)]
        return [*returned, self.call_again(items[len(returned)], error)]

    def call_once(self, item):
        if self.executor is None:
            return self.func(*item)
        outcome, = executors.load().call_items(self.executor, self.func, [item],
                                               self.is_cancelled)
        if not outcome[0]:
            raise outcome[1]
        return outcome[1]

    def next_size(self, n, seconds):
        """The number of items that take as long as a chunk, if n items took this long."""
        wanted = CHUNK_SECONDS if self.executor is None else REMOTE_CHUNK_SECONDS
        most = min(n * MAX_GROWTH, MAX_CHUNK)
        if seconds * most <= n * wanted:
            return most
        return max(int(n * wanted / seconds), 1)

    def call(self, item):
        if type(item) is Failure:
            return item
        try:
            return self.func(*item)
        except BaseException as error:
            return Failure(error) if self.retry is None else self.call_again(item, error)

    def call_again(self, item, error):
        attempts = Attempts(self.retry)
        while True:
            try:
                delay = attempts.delay_after(error)
                if delay is None or not self.sleep(delay):
                    return Failure(error)
                return self.call_once(item)
            except BaseException as again:
                error = again

    def sleep(self, seconds):
        """False if the map was cancelled in the meantime."""
        end = time.monotonic() + seconds
        with blocking(), self.changed:
            while not self.is_cancelled():
                rest = end - time.monotonic()
                if rest <= 0:
                    return True
                self.changed.wait(min(rest, SLICE_SECONDS))
        return False

    async def call_in_coroutine(self, item):
        if type(item) is Failure:
            return item
        attempts = None
        while True:
            try:
                return await self.func(*item)
            except asyncio.CancelledError as error:
                if self.is_cancelled():
                    raise
                return Failure(error)  # raised by what the function awaited
            except BaseException as error:
                if self.retry is None:
                    return Failure(error)
                attempts = attempts or Attempts(self.retry)
                try:
                    delay = attempts.delay_after(error)
                except BaseException as other:  # raised by the caller's predicate
                    return Failure(other)
                if delay is None:
                    return Failure(error)
            await asyncio.sleep(delay)

    def put(self, first, outcomes):
        if any(type(outcome) is Failure for outcome in outcomes):
            self.is_exhausted = True
        with self.changed:
            self.outcomes[first] = outcomes
            self.n_done += len(outcomes)
        self.tell()
        now = time.monotonic()
        if now - self.reported >= PROGRESS_SECONDS:
            self.reported = now
            self.report()

    def report(self):
        values.report(self.task, Progress(self.n_done, self.total))
        self.task.set_progress(self.n_done, self.total)

    def tell(self):
        with self.changed:
            self.changed.notify_all()
            listeners, self.listeners = self.listeners, []
        for listener in listeners:
            listener()

    # The end

    def stop(self):
        """Nobody wants the remaining items."""
        self.task.cancel()

    def end_if_over(self):
        """Settles the task, if no worker is running or will be."""
        cancelled = self.is_cancelled()
        with self.changed:
            if self.n_workers or not (self.is_exhausted or cancelled) or self.inputs is None:
                return
            self.inputs = self.func = None
        failure = next((o for o in self.get_results() if type(o) is Failure), None)
        self.report()
        if cancelled:
            self.task.return_error(concurrent.futures.CancelledError())
        elif self.broken is not None:
            self.task.return_error(self.broken)
        elif failure is not None:
            self.task.return_error(failure.error)
        else:
            self.task.return_value(None)  # see MapTask.result
        self.tell()

    def get_results(self):
        """The results, except for those that were dropped during iteration."""
        with self.changed:
            kept = {**self.given, **self.outcomes}
        return [outcome for first in sorted(kept) for outcome in kept[first]]

    # Iterating

    def keep_all(self):
        with self.changed:
            self.window = None
        self.start_workers()

    def take(self, first):
        """The outcomes from that index on, or of any chunk; None if there are none yet."""
        with self.changed:
            if not self.ordered:
                first = next(iter(self.outcomes), None)
            chunk = self.outcomes.pop(first, None)
            if chunk is None:
                return None
            if self.window is None:
                self.given[first] = chunk
            is_low = self.window is None or len(self.outcomes) <= self.window // 2
        if is_low and self.n_workers < self.limit:
            self.start_workers()
        return chunk

    def is_over(self):
        """Whether there will be no more outcomes."""
        return bool(get_done(pointer(self.task))) and self.n_workers == 0

    def wait(self, first, end):
        """Blocks until there are outcomes; None if there are no more."""
        with blocking():
            while (chunk := self.take(first)) is None:
                with self.changed:
                    if first in self.outcomes or (self.outcomes and not self.ordered):
                        continue
                    if self.is_over():
                        return None
                    self.changed.wait(seconds_of_slice(end))
        return chunk

    async def wait_in_coroutine(self, first, end):
        loop = asyncio.get_running_loop()
        while (chunk := self.take(first)) is None:
            told = loop.create_future()
            with self.changed:
                if first in self.outcomes or (self.outcomes and not self.ordered):
                    continue
                if self.is_over():
                    return None
                self.listeners.append(lambda told=told: resolve_soon(loop, told))
            await asyncio.wait([told], timeout=seconds_of_slice(end))
        return chunk


class Map:
    """The outcomes of map(), one by one. Iterate with "for" or "async for".

    A failure is raised at the position of its item, and ends the iteration. To stop early, drop the
    map or call close(): no more items start.
    """

    def __init__(self, state, timeout):
        self._state = state
        self._end = waits.end_of(timeout)
        self._next = 0
        self._chunk = iter(())
        self._finalizer = weakref.finalize(self, state.stop)
        self._finalizer.atexit = False

    @property
    def task(self) -> Task:
        """The task for all items, to poll and to cancel.

        Its result is the list of results in the order of the items, except for those that were
        taken before the task was first accessed. From then on, all results are kept, and the map
        may be dropped.
        """
        self._finalizer.detach()
        self._state.keep_all()
        return self._state.task

    def close(self) -> None:
        """Starts no more items, and cancels what can be cancelled."""
        self._finalizer.detach()
        self._state.stop()

    def __iter__(self):
        return self

    def __next__(self):
        for outcome in self._chunk:
            return self._give(outcome)
        self._check()
        if works.engine.loops.is_current():
            raise RuntimeError('iterating here would block all coroutines: use "async for"')
        if self._go_on(self._state.wait(self._next, self._end)):
            return self._give(next(self._chunk))
        raise StopIteration

    def __aiter__(self):
        return self

    async def __anext__(self):
        for outcome in self._chunk:
            return self._give(outcome)
        self._check()
        if self._go_on(await self._state.wait_in_coroutine(self._next, self._end)):
            return self._give(next(self._chunk))
        raise StopAsyncIteration

    def _check(self):
        if works.current.get() is self._state.task:
            raise RuntimeError(OWN_MAP)

    def _go_on(self, chunk):
        if chunk is not None:
            self._next += len(chunk)
            self._chunk = iter(chunk)
        elif self._state.is_cancelled() and self._state.task.status.value == 'cancelled':
            raise concurrent.futures.CancelledError
        elif self._state.broken is not None:
            raise self._state.broken
        return chunk is not None

    def _give(self, outcome):
        if type(outcome) is not Failure:
            return outcome
        self._chunk = iter(())
        self._next = self._state.n_read
        raise outcome.error

    def __repr__(self):
        return f'<AsyncLit.Map {self._state.n_done} of {self._state.total or "?"} done>'


def map(func, /, *iterables, limit=None, ordered=True, retry=None, timeout=None, manager,
        executor=None):
    check_options(func, iterables, limit, retry, executor)
    if limit is None:
        limit = (works.engine.runners.limit if executor is None
                 else executors.load().width_of(executor))
    state = State(func, iterables, limit, ordered, retry, executor)
    state.task._state = state
    manager.submit_task(state.task)
    result = Map(state, timeout)
    if get_done(pointer(state.task)):  # the manager is closed
        raise state.task.error
    state.start_workers()
    return result


def check_options(func, iterables, limit, retry, executor):
    if not callable(func):
        raise TypeError(f'{func!r} is not callable')
    if not iterables:
        raise TypeError('map() needs something to iterate over')
    if limit is not None and (isinstance(limit, bool) or not isinstance(limit, int)):
        raise TypeError('limit must be a whole number')
    if limit is not None and limit < 1:
        raise ValueError('limit must be at least 1')
    if retry is not None:
        policies.checked(retry)
    if executors.checked(executor) is not None and calls.is_async(func):
        raise TypeError(executors.NOT_ASYNC)


hidden = None


def hidden_manager():
    """The manager of the workers, which do not appear among the user's tasks."""
    global hidden
    if hidden is None:
        hidden = raw.TaskManager()
        raw.TaskManager.set_max_completed(hidden, 0)
    return hidden


def seconds_of_slice(end):
    """Raises TimeoutError at the end."""
    if end is None:
        return SLICE_SECONDS
    rest = end - time.monotonic()
    if rest <= 0:
        raise concurrent.futures.TimeoutError
    return min(rest, SLICE_SECONDS)


def total_of(iterables):
    """The number of items; None if it is not known before they are read."""
    if not all(hasattr(type(iterable), '__len__') for iterable in iterables):
        return None
    return min(len(iterable) for iterable in iterables)


Map.__module__ = 'gi.repository.AsyncLit'
