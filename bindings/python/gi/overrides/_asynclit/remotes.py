# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a process of an executor runs: the function, and a stand-in for its task.

The stand-in sends progress to the process of the task, and learns from it of cancellation, through
a Unix socket. Without that socket, because the executor's process is on another computer, the
function runs all the same, but its progress is lost and it is not asked to stop.

This module needs neither the library nor its typelib, so that a process starts fast.
"""

import contextlib
import os
import signal
import threading
from multiprocessing import spawn
from multiprocessing.connection import Client
from multiprocessing.reduction import ForkingPickler
from pickle import PicklingError

from . import threads
from .currents import current

# Messages to the process of a task: a word, the number of the call, and arguments.
BEGIN, END, REPORT, VALUE, AMOUNT, TEXT = 'begin', 'end', 'report', 'value', 'amount', 'text'
HEARTBEAT = 'heartbeat'
# Messages from there.
CANCEL, ENDED = 'cancel', 'ended'

# By address, in this process. None: the address can't be reached from here.
channels = {}
channels_lock = threading.Lock()


class RemoteTask:
    """Stands in for the task of a function that runs in another process."""

    _work = None  # it is none of the tasks of this process

    def __init__(self, call, channel):
        self.id = call.task_id
        self.name = call.name
        self.attempt = call.attempt
        self.cancel_requested = False
        self._number = call.number
        self._channel = channel
        self._ended = threading.Event()
        self._told = False  # whether there is anything that has to arrive before the end

    def report(self, done, total=None, text=None):
        """Reports an amount of work as a progress value of the type Progress."""
        self._tell(REPORT, done, total, text)

    def report_progress(self, value):
        """Reports a progress value, which may be any object that can be pickled."""
        self._tell(VALUE, value)

    def set_progress(self, done, total=None):
        """Reports how much is done, out of a total if that is known."""
        if not done >= 0 or total is not None and not total >= 0:
            raise ValueError('amounts must be numbers from 0 on')
        self._tell(AMOUNT, done, total)

    def set_progress_text(self, text):
        """Reports what the task is doing right now, for people to read."""
        self._tell(TEXT, text)

    def heartbeat(self):
        """A sign of life, for a function that reports no progress."""
        self._tell(HEARTBEAT)

    def _tell(self, word, *arguments):
        if self._channel is not None:
            self._told = True
            self._channel.send(word, self._number, *arguments)

    def __repr__(self):
        return f'<AsyncLit.RemoteTask {self.id}>'


class RemoteQueue:
    """The progress queue of such a function. It can only put values into the queue."""

    def __init__(self, task):
        self._task = task
        self.sync_q = self

    maxsize = 0
    closed = False

    def put(self, item, block=True, timeout=None):
        self._task.report_progress(item)

    def put_nowait(self, item):
        self._task.report_progress(item)


class Channel:
    """The connection of this process to that of the tasks."""

    def __init__(self, address, key, leave):
        self._connection = Client(address, 'AF_UNIX', authkey=key)
        self._tasks = {}  # by the number of the call
        self._lock = threading.Lock()
        self._leave = leave  # whether this process ends with the other
        threads.start(self._read, 'asynclit-channel')

    def send(self, *message):
        with contextlib.suppress(OSError), self._lock:  # the other process is gone
            self._connection.send(message)

    def begin(self, task):
        self._tasks[task._number] = task
        self.send(BEGIN, task._number)

    def end(self, task):
        """Returns when the other process has received everything, so that nothing comes late."""
        self.send(END, task._number)
        if task._told:
            task._ended.wait()
        self._tasks.pop(task._number, None)

    def _read(self):
        try:
            while True:
                word, number = self._connection.recv()
                task = self._tasks.get(number)
                if task is None:
                    continue
                if word == CANCEL:
                    task.cancel_requested = True
                elif word == ENDED:
                    task._ended.set()
        except (EOFError, OSError):
            self._lose()

    def _lose(self):
        if self._leave:
            os._exit(1)
        for task in list(self._tasks.values()):
            task.cancel_requested = True
            task._ended.set()


def channel_to(address, key, leave=False):
    """The channel to an address; None if there can't be one."""
    place = os.getpid(), address
    with channels_lock:
        if place not in channels:
            try:
                channels[place] = Channel(address, key, leave)
            except Exception:  # another computer, or a process that is gone
                channels[place] = None
        return channels[place]


def start_process(address, key):
    """The first thing that a process of the library's own pool runs."""
    # Ctrl-C in a terminal reaches all processes; the one with the tasks decides.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    channel_to(address, key, leave=True)


class Call:
    """A function with its arguments, on its way to another process."""

    FIELDS = ('function', 'queue_place', 'number', 'task_id', 'name', 'attempt', 'address', 'key')
    __slots__ = FIELDS

    def __init__(self, *values):
        """The function is a Packed, or a tuple of the function, the arguments, and those by name."""
        for field, value in zip(self.FIELDS, values):
            setattr(self, field, value)

    def __call__(self):
        channel = channel_to(self.address, self.key)
        task = RemoteTask(self, channel)
        if channel is not None:
            channel.begin(task)
        token = current.set(task)
        try:
            func, args, kwargs = self.arguments_for(task)
            return func(*args, **kwargs)
        except BaseException as error:
            check_portable(error)
            raise
        finally:
            current.reset(token)
            if channel is not None:
                channel.end(task)

    def arguments_for(self, task):
        """The function and its arguments, with the progress queue if it takes one."""
        func, args, kwargs = unpacked(self.function)
        if self.queue_place is None:
            return func, args, kwargs
        name, by_position = self.queue_place
        kwargs = {key: value for key, value in kwargs.items() if key != name}
        if by_position:
            return func, (RemoteQueue(task), *args), kwargs
        return func, args, {**kwargs, name: RemoteQueue(task)}


def check_portable(error):
    """Raises a PicklingError for an exception that can't be unpickled, which would break a pool.

    If it can't be pickled, the pool itself says so.
    """
    try:
        data = ForkingPickler.dumps(error)
    except Exception:
        return
    try:
        ForkingPickler.loads(data)
    except Exception as why:
        message = f'{error!r}, which the function has raised, cannot be unpickled: {why}'
        raise PicklingError(message) from error


# The processes of the library's own pool do not import the main module of the program when they
# start, as those of multiprocessing do: the main module of a Streamlit app is the app.

class Packed:
    """Objects that are pickled here, and unpickled by the function that needs them.

    The main module is imported if they refer to it.
    """

    def __init__(self, *objects):
        self._data = bytes(ForkingPickler.dumps(objects))
        self._main = main_module() if b'__main__' in self._data else None

    def unpack(self):
        if self._main is not None:
            spawn.prepare(self._main)
        return ForkingPickler.loads(self._data)


def unpacked(objects):
    return objects.unpack() if type(objects) is Packed else objects


def main_module():
    """What spawn.prepare() needs to know about the main module."""
    data = spawn.get_preparation_data('')
    return {key: value for key, value in data.items() if key.startswith('init_main_')}


def call_each(objects):
    """The outcomes of a function for several items: whether it returned, and what or why not.

    Nothing is called after the first failure.
    """
    func, items = unpacked(objects)
    outcomes = []
    for item in items:
        try:
            outcomes.append((True, func(*item)))
        except Exception as error:
            check_portable(error)
            outcomes.append((False, error))
            break
    return outcomes
