# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The display on the standard error output while the tasks run.

In a terminal, a block of lines is redrawn several times per second. Between updates, the cursor is
below the block. It is never hidden, and no terminal modes are changed, so nothing has to be
restored when the program ends. Elsewhere, as in a log file, a line is printed from time to time, at
increasing intervals.
"""

import os
import sys
import time
from dataclasses import dataclass

from gi.repository import AsyncLit

from texts import _, cut_end, cut_start, ngettext, percent_of, printable_name

TERMINAL_INTERVAL = 0.1
PLAIN_INTERVAL = 0.25
FIRST_PLAIN_LINE_SECONDS = 1.0
MAX_PLAIN_LINE_SECONDS = 60.0
MAX_RUNNING_LINES = 6
BAR_COLUMNS = 20


@dataclass
class Totals:
    """The totals of a run."""

    files_listed: int = 0
    files_done: int = 0
    files_total: int = 0
    bytes_done: int = 0
    bytes_total: int = 0


class View:
    def __init__(self, quiet):
        self.quiet = quiet
        self.terminal = sys.stderr.isatty() and os.environ.get('TERM') != 'dumb'
        self.interval = TERMINAL_INTERVAL if self.terminal else PLAIN_INTERVAL
        self._lines = 0  # of the block on the screen
        self._plain_interval = FIRST_PLAIN_LINE_SECONDS
        self._next_plain_line = time.monotonic() + FIRST_PLAIN_LINE_SECONDS
        # Runs nothing: only its amounts count, of all files together.
        self._whole = AsyncLit.Task()
        self._whole.set_progress_unit(AsyncLit.Unit.BYTES)

    def update(self, totals, running):
        """Shows the progress. running contains the files whose tasks have not ended."""
        if self.quiet:
            return
        now = time.monotonic()
        files = ngettext('%u of %u file', '%u of %u files', totals.files_total)
        self._whole.set_progress_text(files % (totals.files_done, totals.files_total))
        self._whole.set_progress(totals.bytes_done, totals.bytes_total)
        if self.terminal:
            self._draw(totals, running)
        elif now >= self._next_plain_line:
            self._plain_interval = min(self._plain_interval * 2, MAX_PLAIN_LINE_SECONDS)
            self._next_plain_line = now + self._plain_interval
            self._write(self._overall_text(totals).lstrip() + '\n')

    def clear(self):
        """Removes the block from the screen."""
        if self._lines:
            self._write(f'\r\033[{self._lines}A\033[J')
        self._lines = 0

    def freeze(self):
        """Leaves the block on the screen.

        After Ctrl-C it can't be removed: the terminal has discarded pending output, so the number
        of visible lines is unknown.
        """
        if self._lines:  # the cursor's line contains a part of the block, or the terminal's ^C
            self._write('\r\033[J')
        self._lines = 0

    def print(self, text):
        """Prints a permanent line."""
        if not self.quiet:
            self.clear()
            self._write(text + '\n')

    @staticmethod
    def _write(text):
        sys.stderr.write(text)
        sys.stderr.flush()

    def _overall_text(self, totals):
        """41 %, 1204 of 3310 files · 5.6 GB of 12.1 GB · 312 MB/s · 21 seconds left"""
        if not totals.files_total:
            return _('Listing: %u files so far') % totals.files_listed
        amounts = AsyncLit.progress_describe(self._whole).replace('\N{NO-BREAK SPACE}', ' ')
        return f'{percent_of(self._whole):3} %, {amounts}'

    def _draw(self, totals, running):
        columns, rows = terminal_size()
        lines = [self._bar(totals, columns) + self._overall_text(totals)]
        under_way = [file for file in running if is_under_way(file.task)]
        for file in under_way[:max(min(MAX_RUNNING_LINES, rows - 3), 0)]:
            lines.append(running_text(file, columns))
        up = f'\r\033[{self._lines}A' if self._lines else ''
        # One column less, because some terminals wrap when the last column is filled.
        block = ''.join(f'{cut_end(line, columns - 1)}\033[K\n' for line in lines)
        self._write(f'{up}{block}\033[J')
        self._lines = len(lines)

    def _bar(self, totals, columns):
        if not totals.files_total or columns < BAR_COLUMNS + 60:
            return ''
        filled = percent_of(self._whole) * BAR_COLUMNS // 100
        return f'[{"#" * filled:.<{BAR_COLUMNS}}] '


def terminal_size():
    try:
        size = os.get_terminal_size(sys.stderr.fileno())
    except OSError:
        return 80, 24
    return size.columns or 80, size.lines or 24


def is_under_way(task):
    return (task.status is AsyncLit.TaskStatus.RUNNING
            and task.substate != AsyncLit.TaskSubstate.QUEUED)


def running_text(running, columns):
    name = cut_start(printable_name(running.file.path), max(columns - 10, 0))
    if running.task.substate == AsyncLit.TaskSubstate.WAITING_RETRY:
        return _('  retry  %s') % name
    return f'  {percent_of(running.task):3} %  {name}'
