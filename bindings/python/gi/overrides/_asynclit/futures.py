# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Tasks as futures of concurrent.futures."""

import concurrent.futures
import threading

from .runners import current_slot
from .statuses import TaskStatus


class Waiters(list):
    """The waiters of a future. A pool replaces a thread that waits in concurrent.futures."""

    def __init__(self):
        self._blocked = {}

    def append(self, waiter):
        slot = current_slot()
        if slot is not None:
            self._blocked[id(waiter)] = slot, slot.enter()
        super().append(waiter)

    def remove(self, waiter):
        super().remove(waiter)
        blocked = self._blocked.pop(id(waiter), None)
        if blocked is not None:
            slot, item = blocked
            slot.leave(item)


class TaskFuture(concurrent.futures.Future):
    """A task as a future. Cancelling one of them cancels the other.

    The future asks the task whether it has ended, so both always agree.
    """

    def __init__(self, task):
        super().__init__()
        self._waiters = Waiters()
        self._task = task
        self._settling = threading.Lock()
        self._settled = False

    def cancel(self):
        return self._task.cancel()

    def cancelled(self):
        return self._settle_if_done() and self._task.status is TaskStatus.CANCELLED

    def running(self):
        return self._task.status is TaskStatus.RUNNING

    def done(self):
        return self._settle_if_done()

    def add_done_callback(self, fn):
        self._settle_if_done()
        super().add_done_callback(fn)

    def result(self, timeout=None):
        self._wait(timeout)
        return super().result()

    def exception(self, timeout=None):
        self._wait(timeout)
        return super().exception()

    def _wait(self, timeout):
        if not self._task.wait(timeout):
            raise concurrent.futures.TimeoutError()
        self._settle()

    def _settle_if_done(self):
        done = self._task.done
        if done:
            self._settle()
        return done

    def _settle(self):
        with self._settling:
            settled, self._settled = self._settled, True
        if not settled:
            self._take_outcome()

    def _take_outcome(self):
        status = self._task.status
        if status is TaskStatus.DONE:
            self.set_result(self._task.result)
        elif status is TaskStatus.ERROR:
            self.set_exception(self._task.error)
        else:
            super().cancel()
            self.set_running_or_notify_cancel()
