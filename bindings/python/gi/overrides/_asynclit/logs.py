# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Log records that say which task they come from."""

import logging

from .currents import current

# The number of digits of the ID that are shown; they are enough to tell the tasks of a log apart.
SHOWN_DIGITS = 8


class TaskLogger(logging.LoggerAdapter):
    """Logs to a logger; what a task logs begins with the first digits of its ID.

    Each record has the attributes task_id and task_name, which are None outside of tasks.
    """

    def __init__(self, logger, extra=None):
        super().__init__(logger, extra)

    def process(self, msg, kwargs):
        task = current.get()
        name, task_id = (None, None) if task is None else (task.name, task.id)
        kwargs['extra'] = {**(self.extra or {}), **(kwargs.get('extra') or {}),
                           'task_id': task_id, 'task_name': name}
        return msg if task_id is None else f'[{shown(task_id)}] {msg}', kwargs


def shown(task_id):
    """The beginning of an ID, as a part of a format string."""
    return task_id[:SHOWN_DIGITS].replace('%', '%%')


TaskLogger.__module__ = 'gi.repository.AsyncLit'
