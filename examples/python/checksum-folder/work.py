# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The functions of the tasks, which run on the library's threads: listing and hashing."""

import errno
import hashlib
import os
import stat
from dataclasses import dataclass, field

from gi.repository import AsyncLit

from texts import _, printable_name, reason_of

# Large enough for a disk to stream, small enough for a cancelled task to end soon.
CHUNK_BYTES = 1024 * 1024

# Several reports per second, at no noticeable cost.
ENTRIES_PER_REPORT = 2000

# What may succeed later; the second half comes from files that live on another machine.
TRANSIENT = {
    errno.EAGAIN, errno.EBUSY, errno.EINTR, errno.EIO, errno.ENOMEM, errno.EMFILE, errno.ENFILE,
    errno.ESTALE, errno.ETIMEDOUT, errno.ECONNABORTED, errno.ECONNRESET, errno.EHOSTDOWN,
    errno.EHOSTUNREACH, errno.ENETDOWN, errno.ENETRESET, errno.ENETUNREACH, errno.EREMOTEIO,
}

# Four attempts within about ten seconds: long enough for a network drive to recover, and short
# enough not to delay a run with a broken disk.
RETRY = AsyncLit.RetryPolicy(
    max_attempts=4, base_delay=0.5, max_delay=5, multiplier=2.5, jitter=0.3, max_elapsed=30,
    retry_on=(OSError,), retry_if=lambda error: error.errno in TRANSIENT)


class Stopped(Exception):
    """Cancellation of the task was requested."""


class NotAsListed(Exception):
    """The file has changed since it was listed or opened."""


@dataclass
class FileEntry:
    """A file below the folder. The path consists of the user's argument, a slash, and the relative
    path."""

    path: bytes
    size: int
    digest: str = ''


@dataclass
class Listing:
    files: list = field(default_factory=list)
    failures: list = field(default_factory=list)  # folders that could not be read, and why

    @property
    def bytes(self):
        return sum(file.size for file in self.files)

    def add_failure(self, path, error):
        self.failures.append(f'{printable_name(path)}: {reason_of(error)}')


def check_cancelled():
    if AsyncLit.current_task().cancel_requested:
        raise Stopped


# Listing

def list_folder(folder, sums_file):
    """All regular files below a folder, sorted, except for the result itself.

    The user's folder may be a symbolic link; links below it are not followed. A folder below it
    that can't be read counts as a failure.
    """
    listing, folders = Listing(), []
    read_folder(folder, 0, sums_file, listing, folders)
    while folders:
        path = folders.pop()
        try:
            read_folder(path, os.O_NOFOLLOW, sums_file, listing, folders)
        except OSError as error:
            listing.add_failure(path, error)
    listing.files.sort(key=lambda file: file.path)
    return listing


def read_folder(path, extra_flags, sums_file, listing, folders):
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | extra_flags)
    try:
        own_result = sums_file.name_in_folder(os.fstat(fd))
        with os.scandir(fd) as entries:
            for entry in entries:
                check_cancelled()
                if os.fsencode(entry.name) == own_result:
                    continue
                add_entry(path, entry, listing, folders)
    finally:
        os.close(fd)


def add_entry(folder, entry, listing, folders):
    # Not os.path.join(), which would normalize the user's spelling of the folder.
    path = folder + (b'' if folder.endswith(b'/') else b'/') + os.fsencode(entry.name)
    try:
        status = entry.stat(follow_symlinks=False)
    except OSError as error:
        listing.add_failure(path, error)
        return
    if stat.S_ISDIR(status.st_mode):
        folders.append(path)
    elif stat.S_ISREG(status.st_mode):
        listing.files.append(FileEntry(path, status.st_size))
        if len(listing.files) % ENTRIES_PER_REPORT == 0:
            AsyncLit.current_task().set_progress(len(listing.files))


# Hashing

def open_regular_file(path):
    """With O_NONBLOCK: opening a pipe would otherwise wait for its writer."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY)
    except OSError as error:
        if error.errno != errno.ELOOP:
            raise
        raise NotAsListed(_('No longer a regular file')) from error
    if stat.S_ISREG(os.fstat(fd).st_mode):
        return fd
    os.close(fd)
    raise NotAsListed(_('No longer a regular file'))


def check_unchanged(fd, before):
    """Checks that the file has not changed since it was opened.

    Only the result of fstat() counts: the size of files that the kernel generates on reading, as in
    /proc, says nothing about their content.
    """
    after = os.fstat(fd)
    if after.st_size != before.st_size:
        text = _('Changed its size during reading, from %ju to %ju bytes').replace('%ju', '%d')
        raise NotAsListed(text % (before.st_size, after.st_size))
    if after.st_mtime_ns != before.st_mtime_ns:
        raise NotAsListed(_('Changed during reading'))


def hash_content(fd, before):
    digest, done, size = hashlib.sha256(), 0, before.st_size
    buffer = memoryview(bytearray(min(max(size + 1, 4096), CHUNK_BYTES)))
    while count := os.readv(fd, [buffer]):
        digest.update(buffer[:count])
        done += count
        if done < size:
            AsyncLit.current_task().set_progress(done, size)
        # A file that grows while it is read may never end.
        if done > size:
            check_unchanged(fd, before)
        check_cancelled()
    check_unchanged(fd, before)
    return digest.hexdigest()


def hash_file(path):
    """The digest of a file. Its progress is the number of bytes read. Runs for each attempt."""
    check_cancelled()
    fd = open_regular_file(path)
    try:
        return hash_content(fd, os.fstat(fd))
    finally:
        os.close(fd)
