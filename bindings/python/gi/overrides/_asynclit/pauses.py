# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Pausing single tasks, at checkpoints of their functions."""

import asyncio
import concurrent.futures

from gi.repository import Gio, GLib

from . import values, works
from .runners import blocking
from .tasks import resolve_soon

raw = values.raw


def checkpoint():
    """Marks a point at which the function of a task lets itself be paused or cancelled.

    In a plain function, it blocks while the task is paused, and raises
    concurrent.futures.CancelledError if the task is to be cancelled. In a coroutine, use "await
    checkpoint()". Meanwhile, the task lends its places in limiters. Outside of a task, it does
    nothing.
    """
    task = works.current.get()
    if works.current_asyncio_task() is not None:
        return pass_on_loop(task)
    if task is not None:
        pass_here(task)
    return None


def pass_here(task):
    try:
        if raw.Task.is_paused(task):
            with blocking():
                raw.Task.checkpoint(task, None)
        else:
            raw.Task.checkpoint(task, None)
    except GLib.Error as error:
        if not error.matches(Gio.io_error_quark(), Gio.IOErrorEnum.CANCELLED):
            raise
        raise concurrent.futures.CancelledError from None


async def pass_on_loop(task):
    """Runs on: the loop. A cancellation is raised by whatever the coroutine awaits."""
    loop = asyncio.get_running_loop()
    while task is not None and raw.Task.is_paused(task):
        resumed = loop.create_future()
        raw.Task.begin_wait(task)
        try:
            if not raw.Task.when_resumed(task, lambda _task: resolve_soon(loop, resumed)):
                await resumed
        finally:
            raw.Task.end_wait(task)
    await asyncio.sleep(0)
