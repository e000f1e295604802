# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Logs a failure that nobody has noticed once, with its traceback.

Few programs look at the runs of jobs, so a failed run is logged immediately. The failure of any
other task is logged when the task is freed, or the interpreter exits, and nobody has read its error
or its result.
"""

import logging

from .statuses import IN_ORDER, TaskStatus
from .values import describe, raw

STATUS_ERROR = IN_ORDER.index(TaskStatus.ERROR)

logger = logging.getLogger('AsyncLit')


class Unread:
    """An error that is logged when this object is freed."""

    __slots__ = ('_name', '_error')

    def __init__(self, name, error):
        self._name, self._error = name, error

    def dismiss(self):
        self._error = None

    def __del__(self):
        if self._error is not None:
            log(f'{self._name} failed, and nobody has read its error', self._error)


def note(task, work, error):
    """Called when a task is about to fail with an error."""
    work.unread = Unread(name_of(task), error)


def confirm(work, error, failed):
    """Called when the task has failed, or was cancelled before."""
    if not failed or work.job_id is not None:
        work.unread.dismiss()
    if failed and work.job_id is not None:
        log(f'The job {work.job_id} failed', error)


def name_of(task):
    name = raw.Task.get_name(task)
    if name is None:
        func = getattr(task._work, 'func', None)
        name = getattr(func, '__qualname__', None) or type(func).__qualname__
    return f'The task {name}'


def log(message, error):
    try:
        logger.error(message, exc_info=(type(error), error, error.__traceback__))
    except Exception:  # raised by an exception that can't be printed
        logger.error('%s: %s', message, describe(error))
