# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""all(), any() and race(): tasks that wait for several others.

C decides which task determines the outcome. The outcome itself is taken from the tasks in Python,
since C does not know the objects.
"""

import builtins
import concurrent.futures

from . import values, works
from .statuses import TaskStatus

raw = values.raw


def to_inputs(given):
    """The tasks, which were given one by one, or as one iterable."""
    if len(given) == 1 and not isinstance(given[0], raw.Task):
        given = given[0]
    inputs = list(given)
    for task in inputs:
        if not isinstance(task, raw.Task):
            raise TypeError(f'a Task was expected, not {type(task).__name__}')
    return inputs


def join(given, how, cancel_rest, wait):
    inputs = to_inputs(given)
    flags = raw.JoinFlags.DEFAULT
    if cancel_rest:
        flags |= raw.JoinFlags.CANCEL_REST
    if wait:
        flags |= raw.JoinFlags.WAIT
    task = raw.Task.join(inputs, how, flags)
    task._joined = Joined(inputs)
    return task


class Joined:
    """What a join waits for, until its outcome has been read."""

    def __init__(self, inputs):
        self._inputs = inputs
        self._outcome = None

    def get_outcome(self, task):
        """The result or the exception; None if C has it."""
        inputs = self._inputs
        if self._outcome is None and inputs is not None:
            self._outcome = self._make_outcome(task, inputs)
            self._inputs = None
            for other in inputs:
                mark_read(other)
        return self._outcome

    def _make_outcome(self, task, inputs):
        decisive = raw.Task.get_decisive(task)
        if decisive is not None:
            return outcome_of(decisive),
        if task.status is TaskStatus.DONE:
            return [other.result for other in inputs],
        if not inputs or not builtins.all(other.done for other in inputs):
            return None  # there are none, or one of them is of another process
        message = raw.Task.get_error(task).message
        return BaseExceptionGroup(message, [outcome_of(other) for other in inputs]),


def outcome_of(task):
    if task.status is TaskStatus.CANCELLED:
        return concurrent.futures.CancelledError()
    return task.result if task.status is TaskStatus.DONE else task.error


def mark_read(task):
    """Somebody knows whether the task has failed, or will fail."""
    work = task._work
    if isinstance(work, works.Work):
        work.is_joined = True
        if work.unread is not None:
            work.unread.dismiss()
