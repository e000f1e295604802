# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Task.then(): a function that runs when a task is done, with its result."""

from . import life, managers, values

raw = values.raw


class FollowOptions:
    """The settings of the task of a function that follows another."""

    unique = None

    def __init__(self, former):
        self._former = former

    def enter_group(self, task):
        """It joins none by itself."""

    def apply(self, task):
        raw.Task.add_dependency(task, self._former)
        task._work.former = self._former


def then(self, func, /, *args, retry=None, **kwargs):
    """Runs func(result, *args, **kwargs) when the task is done; returns the Task of that.

    result is the result of this task. If this task fails or is cancelled, the new task fails with
    AsyncLit.Error.DEPENDENCY, and func is not called. The new task has the same manager.
    """
    manager = raw.Task.get_manager(self) or life.get_default_manager()
    return managers.submit(manager, func, (self, *args), kwargs, retry, FollowOptions(self))
