# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The job: lists the folder, hashes the files, and collects the results of the tasks.

One task lists the folder. Then a limited number of tasks is submitted, one per file; whenever one
completes, the next is submitted, so a million files never need a million tasks. All of this happens
in one asyncio loop, which awaits the tasks. Progress is polled from the running tasks whenever the
view is drawn.
"""

import asyncio
import dataclasses
import os
import signal
import sys
import time
from dataclasses import dataclass

from gi.repository import AsyncLit

from texts import _, ngettext, printable_duration, printable_name, printable_size, reason_of
from view import Totals, View
from work import RETRY, FileEntry, Listing, hash_file, list_folder

STATUS_FAILURES = 1
STATUS_TROUBLE = 2
STATUS_SIGNAL = 128


@dataclass
class RunningFile:
    """A file that has been submitted and has not ended."""

    task: AsyncLit.Task
    file: FileEntry


class Job:
    def __init__(self, folder, sums_file, max_in_flight, quiet):
        self.folder = folder
        self.sums_file = sums_file
        self.max_in_flight = max_in_flight
        self.view = View(quiet)
        # Ended tasks are never looked up.
        self.manager = AsyncLit.TaskManager(max_completed=0)
        self.listing_task = None
        self.listing = None
        self.running = {}
        self.totals = Totals()
        self.failures = []
        self.files_hashed = self.files_retried = 0
        self.signals_seen = 0
        self.signal_number = None  # of the signal that interrupted the work

    def run(self):
        """Returns the exit status."""
        self.started = time.monotonic()
        try:
            asyncio.run(self._work())
        except OSError as error:
            return self._print_trouble(error)
        return self._finish()

    # Signals

    def _watch_signals(self):
        self.loop = asyncio.get_running_loop()
        for number in signal.SIGINT, signal.SIGTERM:
            signal.signal(number, self._on_signal)

    def _on_signal(self, number, frame):
        self.signals_seen += 1
        if self.signals_seen > 1:
            self.sums_file.remove_temporary()
            os._exit(STATUS_SIGNAL + number)
        if not self.loop.is_closed():
            self.loop.call_soon_threadsafe(self._stop, number)

    def _stop(self, number):
        self.signal_number = number
        self.view.freeze()
        self.view.print(_('Stopping; interrupt again to exit immediately.'))
        # Pending tasks never start, and running ones stop at their next chunk. Each task still
        # completes, and the last one ends the loop.
        self.manager.close(AsyncLit.CloseMode.CANCEL)

    # The work

    async def _work(self):
        self._watch_signals()
        drawing = asyncio.create_task(self._draw_now_and_then())
        try:
            await self._list()
            await self._hash_all()
        finally:
            drawing.cancel()
            self.view.clear()

    async def _list(self):
        self.listing_task = self.manager.submit(list_folder, self.folder, self.sums_file)
        if not await self._ended(self.listing_task):
            return
        self.listing = self.listing_task.result
        self.failures += self.listing.failures
        self.totals.files_total = len(self.listing.files)
        self.totals.bytes_total = self.listing.bytes
        found = ngettext('Found %u file, %s', 'Found %u files, %s', self.totals.files_total)
        self.view.print(found % (self.totals.files_total, printable_size(self.totals.bytes_total)))

    async def _hash_all(self):
        files = iter(self.listing.files if self.listing else ())
        await asyncio.gather(*(self._hash_in_turn(files) for _ in range(self.max_in_flight)))

    async def _hash_in_turn(self, files):
        """One of several workers that share the files. Each takes the next file as soon as it is
        free."""
        while self.signal_number is None and (file := next(files, None)) is not None:
            task = self.manager.submit(hash_file, file.path, retry=RETRY)
            self.running[task.id] = RunningFile(task, file)
            if await self._ended(task):
                self._collect(task, file)
            del self.running[task.id]

    @staticmethod
    async def _ended(task):
        """Waits for a task; False if it was cancelled."""
        await asyncio.gather(task, return_exceptions=True)
        return task.status is not AsyncLit.TaskStatus.CANCELLED

    def _collect(self, task, file):
        self.totals.files_done += 1
        self.totals.bytes_done += file.size
        self.files_retried += task.attempt > 1
        if task.error is not None:
            self.failures.append(f'{printable_name(file.path)}: {reason_of(task.error)}')
            return
        self.files_hashed += 1
        file.digest = task.result

    # Progress

    async def _draw_now_and_then(self):
        while True:
            await asyncio.sleep(self.view.interval)
            # Once the program stops, progress is of no interest.
            if not self.signals_seen:
                self.view.update(self._look(), list(self.running.values()))

    def _look(self):
        self.totals.files_listed = int(self.listing_task.progress_done)
        totals = dataclasses.replace(self.totals)
        for running in self.running.values():
            totals.bytes_done += min(int(running.task.progress_done), running.file.size)
        return totals

    # The end

    def _finish(self):
        self._print_failures()
        self._print_totals()
        try:
            self._write_result()
        except OSError as error:
            print(f'checksum-folder: {error}', file=sys.stderr)
            return STATUS_TROUBLE
        if self.signal_number is not None:
            return STATUS_SIGNAL + self.signal_number
        return STATUS_FAILURES if self.failures else 0

    def _print_trouble(self, error):
        text = _('checksum-folder: Cannot read the folder “%s”: %s')
        print(text % (printable_name(self.folder), reason_of(error)), file=sys.stderr)
        return STATUS_TROUBLE

    def _print_failures(self):
        """Failures are printed even with --quiet."""
        count = len(self.failures)
        if count == 0:
            return
        heading = ngettext('%u file or folder failed:', '%u files or folders failed:', count)
        lines = [heading % count, *(f'  {failure}' for failure in sorted(self.failures))]
        print('\n'.join(lines), file=sys.stderr)

    def _print_totals(self):
        seconds = time.monotonic() - self.started
        done, total = self.files_hashed, self.totals.files_total
        amount = self.totals.bytes_done
        size, duration = printable_size(amount), printable_duration(seconds)
        if self.signal_number is not None:
            text = _('Interrupted: %u of %u files were done (%s in %s)')
            self.view.print(text % (done, total, size, duration))
        else:
            rate = printable_size(amount / max(seconds, 0.001))
            text = ngettext('Done: %u of %u file (%s in %s, %s/s)',
                            'Done: %u of %u files (%s in %s, %s/s)', total)
            self.view.print(text % (done, total, size, duration, rate))
        if self.files_retried > 0:
            text = ngettext('%u file took more than one attempt',
                            '%u files took more than one attempt', self.files_retried)
            self.view.print(text % self.files_retried)

    def _write_result(self):
        # An earlier result is better than an empty one.
        if self.listing is None or (self.signal_number is not None and self.files_hashed == 0):
            return
        self.sums_file.write(self.listing.files)
        if self.sums_file.path is not None:
            name = printable_name(self.sums_file.path)
            self.view.print(_('The checksums are in %s') % name)
