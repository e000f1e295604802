# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Starts the threads of the library.

All are daemon threads, so that none holds up the exit of the program. But the interpreter may not be
finalized while a thread is being started: it frees what the new thread is about to use, and the
process crashes.
"""

import threading

# How long the exit of the program waits for threads that are being started.
GRACE_SECONDS = 1


class Starter:
    def __init__(self):
        # Its lock is reentrant, because the garbage collector may call back from anywhere.
        self._changed = threading.Condition()
        # Guarded by the lock:
        self._n_starting = 0
        self._closed = False

    def start(self, target, name, args=()):
        """Starts a thread, and returns it. Raises RuntimeError if that is not possible."""
        with self._changed:
            if self._closed:
                raise RuntimeError('the interpreter is shutting down')
            self._n_starting += 1
        try:
            thread = threading.Thread(target=target, args=args, name=name, daemon=True)
            thread.start()
            return thread
        finally:
            with self._changed:
                self._n_starting -= 1
                self._changed.notify_all()

    def close(self):
        """Starts no more threads, and waits until those that are being started run."""
        with self._changed:
            self._closed = True
            self._changed.wait_for(lambda: not self._n_starting, GRACE_SECONDS)


starter = Starter()


def start(target, name, args=()):
    return starter.start(target, name, args)


def close():
    starter.close()


def renew():
    """In the child of a fork, where a thread of the parent may have held the lock."""
    global starter
    starter = Starter()
