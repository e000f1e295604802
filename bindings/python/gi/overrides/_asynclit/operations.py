# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Asynchronous operations of GIO, for coroutines.

An operation needs a main context that is iterated, which an asyncio loop does not have. So all
operations share a thread of their own that iterates one.
"""

import asyncio
import contextlib
import importlib
import inspect
import threading

from gi._gi import Direction
from gi.repository import Gio, GLib

from . import threads


class OperationThread:
    """The thread with the main context; started when first needed."""

    def __init__(self):
        self._lock = threading.Lock()  # guards what follows
        self._context = None

    def invoke(self, func):
        """Calls func soon, in the main context."""
        source = GLib.Idle(priority=GLib.PRIORITY_DEFAULT)
        source.set_callback(lambda *unused: func())
        source.attach(self._get_context())

    def _get_context(self):
        with self._lock:
            if self._context is None:
                context = GLib.MainContext.new()
                threads.start(self._main, 'asynclit-gio', (context,))
                self._context = context
            return self._context

    @staticmethod
    def _main(context):
        context.push_thread_default()
        while True:
            context.iteration(True)


class Operation:
    """One call of a function of GIO, and the future that gets its outcome."""

    def __init__(self, func, args, kwargs):
        self._func, self._args, self._kwargs = func, list(args), kwargs
        self._loop = asyncio.get_running_loop()
        self.future = self._loop.create_future()
        takes_one = 'cancellable' in parameters(func)
        self._cancellable = self._ensure_cancellable() if takes_one else None

    def _ensure_cancellable(self):
        """The caller's, or one of its own if the caller gave none, or None."""
        place = parameters(self._func).index('cancellable')
        if place >= len(self._args):
            given = self._kwargs.get('cancellable')
            self._kwargs['cancellable'] = Gio.Cancellable() if given is None else given
            return self._kwargs['cancellable']
        if self._args[place] is None:
            self._args[place] = Gio.Cancellable()
        return self._args[place]

    def start(self):
        """Runs on: the thread of the operations"""
        try:
            self._func(*self._args, callback=self._on_ready, **self._kwargs)
        except BaseException as error:
            self._settle(self.future.set_exception, error)

    def cancel(self):
        if self._cancellable is not None:
            self._cancellable.cancel()

    def _on_ready(self, source, result, *unused):
        try:
            value = finish_function(self._func, source)(result)
        except BaseException as error:
            self._settle(self.future.set_exception, error)
        else:
            self._settle(self.future.set_result, value)

    def _settle(self, settle, outcome):
        def settle_here():
            if not self.future.done():
                settle(outcome)
        with contextlib.suppress(RuntimeError):  # the loop was closed
            self._loop.call_soon_threadsafe(settle_here)


def parameters(func):
    """The names of the parameters, without self, as Python passes them."""
    if not hasattr(func, 'get_arguments'):
        return list(inspect.signature(func).parameters)
    arguments = func.get_arguments()
    lengths = {argument.get_type().get_array_length() for argument in arguments}
    return [argument.get_name() for place, argument in enumerate(arguments)
            if place not in lengths and argument.get_direction() != Direction.OUT]


def finish_function(func, source):
    """What finishes an operation: beside its function, with a name that says so."""
    name = func.__name__.removesuffix('_async') + '_finish'
    found = getattr(source, name, None)
    if found is not None:
        return found
    holder = func.get_container()
    module = importlib.import_module('gi.repository.' + func.get_namespace())
    return getattr(module if holder is None else getattr(module, holder.get_name()), name)


def check(func):
    """Raises TypeError unless this is a function that starts an operation."""
    try:
        is_operation = 'callback' in parameters(func)
    except (TypeError, ValueError):
        is_operation = False
    if not is_operation:
        raise TypeError('gio() takes a function of GIO that has a callback, such as '
                        f'file.load_contents_async, not {func!r}')


async def run(thread, func, args, kwargs):
    """Runs an operation in a thread. A coroutine that is cancelled goes on when it has ended."""
    operation = Operation(func, args, kwargs)
    thread.invoke(operation.start)
    try:
        return await asyncio.shield(operation.future)
    except asyncio.CancelledError:
        operation.future.add_done_callback(asyncio.Future.exception)  # nobody else looks at it
        operation.cancel()
        await asyncio.wait([operation.future])
        raise
