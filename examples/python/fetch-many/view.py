# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What is seen of the tasks, on the standard error output.

There is a line for each download that has ended. In a terminal, a block below these lines is redrawn
several times a second: the whole, and the downloads that are under way. Elsewhere, the whole is a
line now and then. All amounts, rates and estimates are the library's.
"""

import os
import shutil
import sys
import time
from itertools import accumulate
from unicodedata import east_asian_width

from gi.repository import AsyncLit

BAR_COLUMNS = 20
MAX_LINES = 9
LINE_SECONDS = 5


class View:
    interval = 0.1

    def __init__(self, tasks, manager, quiet):
        self.tasks, self.manager, self.quiet = tasks, manager, quiet
        self.live = list(tasks)
        self.terminal = not quiet and sys.stderr.isatty() and os.environ.get('TERM') != 'dumb'
        self.n_drawn = 0
        self.next_line = time.monotonic() + LINE_SECONDS
        # Nothing runs here: this task turns the sum of all bytes into a rate, and into text.
        self.whole = AsyncLit.Task()
        self.whole.set_progress_unit(AsyncLit.Unit.BYTES)

    def __enter__(self):
        return self

    def __exit__(self, kind, _error, _traceback):
        self.write(self.take_ended())
        if not self.quiet:
            self.write([f'{"Interrupted" if kind else "Done"}: {self.describe()}'])

    def update(self):
        lines = self.take_ended()
        block = self.block() if self.terminal else []
        if not self.quiet and not block and time.monotonic() >= self.next_line:
            lines.append(self.describe())
            self.next_line = time.monotonic() + LINE_SECONDS
        self.write(lines + block, len(block))

    def take_ended(self):
        """Adds up what there is, and returns lines about the tasks that have ended since."""
        ended = [task for task in self.live if task.done]
        self.live = [task for task in self.live if not task.done]
        self.whole.set_progress(sum(task.progress_done for task in self.tasks))
        return [describe(task) for task in ended if task.error is not None or not self.quiet]

    def describe(self):
        """12 of 40 files, 1 failed · 34.0 MB · 3.1 MB/s · 9 seconds left"""
        count, failed = f'{self.manager.n_done} of {len(self.tasks)} files', self.manager.n_failed
        self.whole.set_progress_text(f'{count}, {failed} failed' if failed else count)
        parts = [AsyncLit.progress_describe(self.whole)]
        if self.manager.remaining > 0:
            parts.append(AsyncLit.progress_describe_remaining(self.manager.remaining))
        return ' · '.join(parts)

    def block(self):
        columns, rows = shutil.get_terminal_size()
        filled = int(max(self.manager.fraction, 0) * BAR_COLUMNS)
        under_way = [task for task in self.live if task.status is AsyncLit.TaskStatus.RUNNING]
        lines = [f'[{"#" * filled:.<{BAR_COLUMNS}}] {self.describe()}',
                 *(f'  {describe(task)}' for task in under_way)]
        return [cut(line, columns - 1) for line in lines[:min(MAX_LINES, rows - 1)]]

    def write(self, lines, n_drawn=0):
        """Replaces the block by lines, of which the last n_drawn are the next block."""
        erase = f'\r\033[{self.n_drawn}A\033[J' if self.n_drawn else ''
        sys.stderr.write(erase + ''.join(f'{line}\n' for line in lines))
        self.n_drawn = n_drawn


def describe(task):
    """NAME: 1.2 MB of 40.0 MB · 3.1 MB/s · 13 seconds left, or what it waits for or failed with"""
    amounts = AsyncLit.progress_describe(task)
    waits = task.substate == AsyncLit.TaskSubstate.WAITING_RETRY
    tells = amounts and not waits and task.error is None
    return f'{task.name}: {amounts if tells else task.explain()}'


def cut(line, columns):
    """As much of a line as fits: one that wraps could not be redrawn."""
    ends = accumulate(2 if east_asian_width(char) in 'WF' else 1 for char in line)
    return ''.join(char for char, end in zip(line, ends) if end <= columns)
