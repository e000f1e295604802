# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Threads that run items from one queue.

Waking a thread takes longer than running a short item, so as few threads as possible take part. One
of them runs one item after the other. Another, the *guard*, checks from time to time whether it
makes progress. If it does not, because an item takes long, the guard takes part, and a new guard is
appointed. One thread thus runs a burst of short items, while long items run in parallel.

Each thread enters Python once, and stays there, because PyGObject makes entering and leaving ten
times as expensive. The threads are daemons, so the interpreter does not wait for them.
"""

import contextlib
import threading
import time
from collections import deque

from . import threads

# The interval between the guard's first checks, and the number of items per second that count as
# progress. At a lower rate, items take longer than 100 µs each, so another thread pays off.
LOOK_SECONDS = 0.0002
LONG_LOOK_SECONDS = 0.005
ITEMS_PER_SECOND = 10000

# If a pool at its limit starts nothing for this long, its items may be waiting for other items in a
# way that is not visible here. It then gets another thread each second.
STALL_SECONDS = 5.0
GROW_SECONDS = 1.0

# How long the exit of the interpreter waits for running items.
GRACE_SECONDS = 0.1


here = threading.local()


class Slot:
    """A thread of a pool, and the depth of its blocking calls."""

    __slots__ = ('_runners', 'depth', '_item')

    def __init__(self, runners):
        self._runners = runners
        self.depth = 0
        self._item = 0  # distinguishes what blocks in one item from what an earlier one left behind

    def enter(self):
        with self._runners._lock:
            self.depth += 1
            if self.depth == 1:
                self._runners._note_blocked(1)
            return self._item

    def leave(self, item):
        with self._runners._lock:
            if item != self._item:
                return
            self.depth -= 1
            if not self.depth:
                self._runners._note_blocked(-1)

    def next_item(self):
        """The item has returned, so it waits for nothing any more."""
        with self._runners._lock:
            self._item += 1
            if self.depth:
                self.depth = 0
                self._runners._note_blocked(-1)


def current_slot():
    """The slot of the calling thread; None if it does not belong to a pool."""
    return getattr(here, 'slot', None)


@contextlib.contextmanager
def blocking():
    """Encloses a call that may wait for other items, so that another thread replaces this one."""
    slot = current_slot()
    if slot is None:
        yield
        return
    item = slot.enter()
    try:
        yield
    finally:
        slot.leave(item)


class Runners:
    def __init__(self, run, limit, name='asynclit-runner', most=0):
        """most is the number of threads to which a stalled pool may grow; 0: it may not."""
        self._run = run
        self._limit = limit
        self._name = name
        self._n_extra_most = max(most - limit, 0)
        self._items = deque()
        self._popped = 0  # roughly the number of items that were started
        # Reentrant, because the garbage collector may call back from anywhere.
        self._lock = threading.RLock()
        # Guarded by the lock:
        self._guarded = False  # also if no guard is needed, because all threads take part
        self._watched = False  # whether a thread checks if a full pool is stalled
        self._n_extra = 0
        self._parked = []
        self._n_threads = 0
        self._n_active = 0
        self._n_blocked = 0
        self._closed = False

    def post(self, item):
        """Queues an item. Raises RuntimeError if no thread can be started to run it."""
        if self._closed:
            raise RuntimeError('the interpreter is shutting down')
        self._items.append(item)
        if not self._guarded:
            self._appoint_guard()

    @property
    def limit(self):
        """The number of items that run at the same time."""
        return self._limit

    def set_limit(self, limit):
        """Sets how many items run at once. Threads beyond the limit stop after their item."""
        with self._lock:
            self._limit = limit
            self._n_extra_most = 0
            self._guarded = False
        if self._items:
            self._appoint_guard()

    def is_current(self):
        """Whether the calling thread belongs to this pool."""
        slot = current_slot()
        return slot is not None and slot._runners is self

    def close(self):
        """Starts no more items. The threads end when they have finished their items."""
        with self._lock:
            self._closed = True
            parked, self._parked = self._parked, []
        self._items.clear()
        for wakeup in parked:
            wakeup.release()
        self._await_rest()

    def _await_rest(self):
        """Gives short items time to end before the interpreter is finalized."""
        end = time.monotonic() + GRACE_SECONDS
        own = 1 if self.is_current() else 0
        while self._n_active > own and time.monotonic() < end:
            time.sleep(LOOK_SECONDS)

    def _note_blocked(self, change):
        with self._lock:
            self._n_blocked += change
            self._guarded = False
        if self._items:
            self._appoint_guard()

    def _appoint_guard(self):
        with self._lock:
            if self._guarded or self._closed:
                return
            self._guarded = True
            wakeup = self._parked.pop() if self._parked else None
        if wakeup is not None:
            wakeup.release()
        else:
            self._start_thread()

    def _start_thread(self):
        self._n_threads += 1
        name = f'{self._name}-{self._n_threads}'
        try:
            threads.start(self._main, name)
        except RuntimeError:  # no memory; or the interpreter is exiting
            self._n_threads -= 1
            self._guarded = False
            if not self._n_threads:
                raise

    def _main(self):
        here.slot = Slot(self)
        wakeup = threading.Lock()
        wakeup.acquire()
        while not self._closed:
            if self._guard(wakeup):
                self._take_part(wakeup)
            else:
                self._park(wakeup)
            wakeup.acquire()

    def _park(self, wakeup):
        with self._lock:
            self._park_locked(wakeup)

    def _park_locked(self, wakeup):
        if self._closed:
            wakeup.release()
        else:
            self._parked.append(wakeup)

    def _guard(self, wakeup):
        """Ensures that queued items are run. True if the caller has to run them itself."""
        if self._items and not self._n_active:
            return self._join() or self._await_room(wakeup)
        popped, before, stalled = self._popped, time.monotonic(), False
        look = LOOK_SECONDS
        while self._keep_guard():
            if stalled or not self._n_active:
                return self._join() or self._await_room(wakeup)
            wakeup.acquire(timeout=look)
            look = min(2 * look, LONG_LOOK_SECONDS)
            now = time.monotonic()
            stalled = self._popped - popped < (now - before) * ITEMS_PER_SECOND
            popped, before = self._popped, now
        return False

    def _keep_guard(self):
        if self._items:
            return True
        with self._lock:
            self._guarded = False
            if self._items:  # arrived while there was still a guard
                self._guarded = True
            else:
                self._n_extra = 0
            return self._guarded

    def _await_room(self, wakeup):
        """Ensures that a stalled pool at its limit grows. True if the caller has to take part."""
        with self._lock:
            if self._watched or self._n_extra >= self._n_extra_most:
                return False
            self._watched = True
        try:
            return self._watch(wakeup)
        finally:
            self._watched = False

    def _watch(self, wakeup):
        popped = self._popped
        end = time.monotonic() + (GROW_SECONDS if self._n_extra else STALL_SECONDS)
        while self._items and not self._closed:
            wakeup.acquire(timeout=GROW_SECONDS)
            if self._popped != popped:
                popped, end = self._popped, time.monotonic() + STALL_SECONDS
            elif time.monotonic() >= end:
                with self._lock:
                    self._n_extra += 1
                    return self._join()
        return False

    def _join(self):
        with self._lock:
            if self._n_active - self._n_blocked >= self._limit + self._n_extra:
                return False  # still guarded: the thread that takes part goes on
            self._n_active += 1
            self._guarded = False
            return True

    def _take_part(self, wakeup):
        try:
            self._run_items()
        except BaseException:  # this thread ends: no other must wait for it
            self._leave()
            raise
        self._leave(wakeup)

    def _leave(self, wakeup=None):
        with self._lock:
            self._n_active -= 1
            self._guarded = False
            if wakeup is not None:
                self._park_locked(wakeup)
        if self._items:
            self._appoint_guard()

    def _run_items(self):
        items, run, slot = self._items, self._run, here.slot
        while (items and not self._closed
               and self._n_active - self._n_blocked <= self._limit + self._n_extra):
            try:
                item = items.popleft()
            except IndexError:  # another thread was faster
                break
            self._popped += 1
            if items and not self._guarded:
                self._appoint_guard()
            run(item)
            item = None
            if slot.depth:
                slot.next_item()
