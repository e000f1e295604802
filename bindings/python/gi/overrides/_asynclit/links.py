# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Forwards cancellation requests from C to coroutines, through the cancellables of their tasks.

Creating a cancellable and a handler takes longer than most coroutines. Only coroutines that have
been running for a moment therefore get them, once; all others pay no more than an entry in a set.
Unless stated otherwise, everything here runs on the loop.
"""

import asyncio

from gi.repository import GObject

from .values import raw

# How long a coroutine runs before it is linked.
LINK_SECONDS = 0.05


class Links:
    def __init__(self, cancel):
        self._cancel = cancel
        self._new = set()  # tasks whose coroutine has no link yet
        self._awaited = False  # _link_new() has been scheduled

    def begin(self, task):
        self._new.add(task)
        if not self._awaited:
            self._awaited = True
            asyncio.get_running_loop().call_later(LINK_SECONDS, self._link_new)

    def end(self, task, work):
        self._new.discard(task)
        if work.link is not None:
            cancellable, handler = work.link
            work.link = None
            GObject.Object.disconnect(cancellable, handler)

    def _link_new(self):
        self._awaited = False
        new, self._new = self._new, set()
        for task in new:
            self._link(task._work, raw.Task.get_cancellable(task))

    def _link(self, work, cancellable):
        loop = asyncio.get_running_loop()
        # Passes the work, not the task: the handler belongs to the cancellable, which belongs to
        # the task.
        handler = GObject.Object.connect(cancellable, 'cancelled', self._tell, work, loop)
        work.link = cancellable, handler
        if cancellable.is_cancelled():
            self._cancel_once(work)

    def _tell(self, cancellable, work, loop):
        """Runs on: the worker"""
        try:
            loop.call_soon_threadsafe(self._cancel_once, work)
        except RuntimeError:  # the loop was closed
            pass

    def _cancel_once(self, work):
        """A cancellation from Python also reaches the coroutine, each time, as with asyncio."""
        if work.link is not None and not work.cancelled_here:
            self._cancel(work)
