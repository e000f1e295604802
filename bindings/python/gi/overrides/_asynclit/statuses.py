# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The status of a task, with the values that the reference gives it."""

import enum

from gi.module import get_introspection_module

# Makes PyGObject know the class that it has for statuses in C. Later it would look it up by its
# name, which is going to be that of another class.
RawTaskStatus = get_introspection_module('AsyncLit').TaskStatus


class TaskStatus(enum.Enum):
    """Where a task stands. The last three are terminal."""

    PENDING = 'pending'
    RUNNING = 'running'
    DONE = 'done'
    ERROR = 'error'
    CANCELLED = 'cancelled'

    @classmethod
    def _missing_(cls, value):
        """Accepts what C calls a status, too, and the number of one."""
        if isinstance(value, int) and 0 <= value < len(IN_ORDER):
            return IN_ORDER[value]
        return None


# Where programs have it from: pickle looks there.
TaskStatus.__module__ = 'gi.repository.AsyncLit'
IN_ORDER = tuple(TaskStatus)
