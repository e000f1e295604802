# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Drops the frames of readers of a task's error when nobody uses the error any more.

Whenever an exception is raised, Python adds frames to its traceback. In this case, they are the
frames of whoever asked for the result, with all of their variables. The task keeps the exception
for longer than these are needed.
"""

import contextlib
import gc
import sys
from threading import get_ident

# The maximum time for which a raised exception keeps the frames of those that caught it.
SECONDS = 5.0

# The task's own reference, and the argument of the function that counts them.
REFERENCES_OF_NO_READER = 2

# The works whose errors were raised, with the reading threads.
raised = {}


def to_raise(work, error, timers):
    """The error, with the traceback that it has from its task."""
    if work not in raised:
        with contextlib.suppress(RuntimeError):  # the interpreter is exiting
            timers.start(SECONDS, restore, work)
    raised[work] = get_ident()
    return error.with_traceback(work.traceback)


def restore(work):
    if raised.pop(work, None) is not None:
        work.error.__traceback__ = work.traceback


def restore_unused(phase, info):
    """Called before each full collection. Handles only errors that this thread has read, because
    frames may contain objects that belong to their thread. Takes no lock, because it may interrupt
    any code."""
    if phase != 'start' or info['generation'] < 2 or not raised:
        return
    here = get_ident()
    for work, reader in list(raised.items()):
        if reader == here and sys.getrefcount(work.error) <= REFERENCES_OF_NO_READER:
            restore(work)


gc.callbacks.append(restore_unused)
