# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The status of a task, with the values of the reference."""

import enum

from gi.module import get_introspection_module

# Makes PyGObject register its class for the statuses of C. Later, it would look the class up by its
# name, under which it would find another class.
RawTaskStatus = get_introspection_module('AsyncLit').TaskStatus


class TaskStatus(enum.Enum):
    """The status of a task. The last three are terminal."""

    PENDING = 'pending'
    RUNNING = 'running'
    DONE = 'done'
    ERROR = 'error'
    CANCELLED = 'cancelled'

    @classmethod
    def _missing_(cls, value):
        """Also accepts the status of C, and its number."""
        if isinstance(value, int) and 0 <= value < len(IN_ORDER):
            return IN_ORDER[value]
        return None


# Where programs import it from: pickle looks there.
TaskStatus.__module__ = 'gi.repository.AsyncLit'
IN_ORDER = tuple(TaskStatus)
