# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Where the processes of executors report to: the other end of the channels in remotes.

A thread accepts connections, and each process that connects gets another. A connection needs a key,
which travels with the call. The threads are daemons.
"""

import contextlib
import itertools
import secrets
import threading
from multiprocessing.connection import Listener

from . import failures, threads, values
from .remotes import AMOUNT, BEGIN, CANCEL, END, ENDED, HEARTBEAT, REPORT, TEXT, VALUE

raw = values.raw


class Entry:
    """A call under way: its task, and the connection of its process, once there is one."""

    def __init__(self, task):
        self.task = task
        self.connection = None
        self.cancelled = False


class Station:
    """Receives what the functions of tasks report from other processes."""

    def __init__(self):
        self.key = secrets.token_bytes(32)
        # In a folder that only this user can read, and that is removed at exit.
        self._listener = Listener(None, 'AF_UNIX', backlog=64, authkey=self.key)
        self.address = self._listener.address
        self._numbers = itertools.count(1)
        self._entries = {}
        # Guards the sending of messages, which are short, and the fields of entries.
        self._lock = threading.Lock()
        threads.start(self._accept, 'asynclit-channels')

    def enter(self, task):
        """The number under which the call of a task is known here, until leave()."""
        number = next(self._numbers)
        self._entries[number] = Entry(task)
        return number

    def leave(self, number):
        self._entries.pop(number, None)

    def cancel(self, number):
        """Asks the function to stop, now or when it begins."""
        entry = self._entries.get(number)
        if entry is None:
            return
        with self._lock:
            entry.cancelled = True
            if entry.connection is not None:
                send(entry.connection, CANCEL, number)

    def _accept(self):
        while True:
            try:
                connection = self._listener.accept()
            except Exception:  # whoever connected had another key, or was gone at once
                continue
            threads.start(self._read, 'asynclit-channel', (connection,))

    def _read(self, connection):
        """Runs on: a thread for each process"""
        while True:
            try:
                word, number, *arguments = connection.recv()
                self._take(connection, word, number, arguments)
            except (EOFError, OSError):
                connection.close()
                return
            except Exception as error:  # a value that can't be unpickled here
                failures.log('A process of an executor has reported a value that is lost', error)

    def _take(self, connection, word, number, arguments):
        entry = self._entries.get(number)
        if word == END:
            with self._lock:
                send(connection, ENDED, number)
        elif entry is None:  # abandoned
            with self._lock:
                send(connection, CANCEL, number)
        elif word == BEGIN:
            with self._lock:
                entry.connection = connection
                if entry.cancelled:
                    send(connection, CANCEL, number)
        else:
            REPORTS[word](entry.task, *arguments)


def send(connection, *message):
    with contextlib.suppress(OSError):  # the process is gone
        connection.send(message)


REPORTS = {
    REPORT: lambda task, *arguments: task.report(*arguments),
    VALUE: values.report,
    AMOUNT: lambda task, *arguments: task.set_progress(*arguments),
    TEXT: raw.Task.set_progress_text,
    HEARTBEAT: raw.Task.heartbeat,
}
