# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What happens to a task of Python whose time is up.

C notices, and cancels the cancellable of the attempt. Only tasks with time limits have a handler
for that.
"""

import weakref

from gi.repository import Gio, GLib, GObject

from .values import raw


# Whether any task has had a deadline: if not, none can be inherited.
used = False


def note_used():
    global used
    used = True


class TimedOut(TimeoutError, GLib.Error):
    """The time of a task is up: for Python a TimeoutError, and for GLib G_IO_ERROR_TIMED_OUT."""

    def __init__(self, message):
        GLib.Error.__init__(self, message, 'g-io-error-quark', int(Gio.IOErrorEnum.TIMED_OUT))

    def __str__(self):
        return self.message

    def __repr__(self):
        return f'TimedOut({self.message!r})'

    def __reduce__(self):
        return TimedOut, (self.message,)


def from_c(error):
    """An error of C as Python programs see it."""
    if (type(error) is GLib.Error
            and error.matches(Gio.io_error_quark(), Gio.IOErrorEnum.TIMED_OUT)):
        return TimedOut(error.message)
    return error


def finish_attempt(task):
    """The function has returned: why its attempt has failed all the same, or None."""
    try:
        raw.Task.finish_attempt(task)
    except GLib.Error as error:
        return from_c(error)
    return None


def watch(task, work, stop):
    """Has stop(task, work, attempt) called when the next attempt is to end."""
    unwatch(work)
    cancellable = raw.Task.get_cancellable(task)
    # The handler belongs to the cancellable, which belongs to the task.
    data = weakref.ref(task), work, work.attempt + 1, stop
    work.link = cancellable, GObject.Object.connect(cancellable, 'cancelled', tell, *data)
    if cancellable.is_cancelled():
        tell(cancellable, *data)


def unwatch(work):
    if work.link is not None:
        cancellable, handler = work.link
        work.link = None
        GObject.Object.disconnect(cancellable, handler)


def tell(cancellable, get_task, work, attempt, stop):
    """Runs on: the worker. Task.cancel() tells by itself."""
    task = get_task()
    if task is not None and not work.cancelled_here:
        stop(task, work, attempt)


TimedOut.__module__ = 'gi.repository.AsyncLit'
