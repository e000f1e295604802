# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The functions of the tasks, which run on threads of the library."""

import errno
import hashlib
import os
from dataclasses import dataclass, field
from typing import Optional

from gi.repository import AsyncLit, GLib

# Short enough for a cancelled task to end soon.
CHUNK_BYTES = 1024 * 1024

# What may succeed later is tried again.
TRANSIENT = {errno.EAGAIN, errno.EBUSY, errno.EMFILE, errno.ENFILE, errno.ETIMEDOUT,
             errno.ECONNRESET, errno.EHOSTUNREACH}
RETRY = AsyncLit.RetryPolicy(max_attempts=3, retry_on=(OSError,),
                             retry_if=lambda error: error.errno in TRANSIENT)


class Cancelled(Exception):
    """Cancellation of the task was requested."""


@dataclass
class ChecksumFile:
    """A file below the folder."""

    path: bytes
    name: str  # relative to the folder, for display
    size: int
    error: Optional[OSError] = None  # of a folder that could not be listed

    # Of the newest task; the main thread only.
    task: Optional[AsyncLit.Task] = field(default=None, repr=False)
    bytes_done: int = 0

    def __post_init__(self):
        self.sort_key = GLib.utf8_collate_key_for_filename(self.name, -1)


def check_cancelled():
    if AsyncLit.current_task().cancel_requested:
        raise Cancelled


def list_files(top):
    """All regular files below a folder.

    A folder below it that can't be listed is also included; its task will fail.
    """
    files, folders = [], [top]
    while folders:
        folder = folders.pop()
        try:
            list_folder(top, folder, files, folders)
        except OSError as error:
            if folder == top:
                raise
            files.append(new_file(top, folder, 0, error))
    return sorted(files, key=lambda file: file.sort_key)


def list_folder(top, folder, files, folders):
    with os.scandir(folder) as entries:
        for entry in entries:
            check_cancelled()
            if entry.is_dir(follow_symlinks=False):
                folders.append(entry.path)
            elif entry.is_file(follow_symlinks=False):
                files.append(new_file(top, entry.path, entry.stat(follow_symlinks=False).st_size))


def new_file(top, path, size, error=None):
    name = os.path.relpath(path, top).decode('utf-8', 'replace')
    return ChecksumFile(path, name, size, error)


def compute_checksum(file):
    """The SHA-256 in hexadecimal. The progress is the number of bytes read."""
    if file.error is not None:
        raise file.error
    task, digest, done = AsyncLit.current_task(), hashlib.sha256(), 0
    task.set_progress(0, file.size)
    with open(file.path, 'rb', buffering=0) as stream:
        while chunk := stream.read(CHUNK_BYTES):
            digest.update(chunk)
            done += len(chunk)
            task.set_progress(done, file.size)
            check_cancelled()
    return digest.hexdigest()
