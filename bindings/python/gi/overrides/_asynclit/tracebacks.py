# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The frames of whoever reads a task's error are dropped when nobody looks at the error any more.

Whenever an exception is raised, Python adds frames to its traceback: those of whoever asked for the
result, with all their variables. The task has the exception for longer than that.
"""

import contextlib
import gc
import sys
from threading import get_ident

# How long an exception that was raised keeps the frames of who caught it, at most.
SECONDS = 5.0

# The task's own reference, and the argument that counts them.
REFERENCES_OF_NO_READER = 2

# The works whose errors were raised, with the reading threads.
raised = {}


def to_raise(work, error, timers):
    """The error with the traceback that it has from its task."""
    if work not in raised:
        with contextlib.suppress(RuntimeError):  # the interpreter is shutting down
            timers.start(SECONDS, restore, work)
    raised[work] = get_ident()
    return error.with_traceback(work.traceback)


def restore(work):
    if raised.pop(work, None) is not None:
        work.error.__traceback__ = work.traceback


def restore_unused(phase, info):
    """Before the collector looks at everything; for the thread's own errors, as frames may have
    what belongs to their thread. A lock would be one too many here: this may interrupt anything."""
    if phase != 'start' or info['generation'] < 2 or not raised:
        return
    here = get_ident()
    for work, reader in list(raised.items()):
        if reader == here and sys.getrefcount(work.error) <= REFERENCES_OF_NO_READER:
            restore(work)


gc.callbacks.append(restore_unused)
