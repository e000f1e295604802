# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The result file, in the format of sha256sum from the GNU coreutils.

A regular file is written under a temporary name in the same folder, flushed to the disk, and then
renamed. Nobody ever sees an incomplete file, even if the program is killed or the machine crashes.
Anything else (a terminal, a pipe, /dev/null) can't be replaced, and is written to directly, like
the standard output.
"""

import contextlib
import errno
import os
import secrets
import stat

from texts import _, printable_name

ESCAPES = {b'\\': b'\\\\', b'\n': b'\\n', b'\r': b'\\r'}


class SumsFileError(OSError):
    """The message is complete, and meant for the user."""


@contextlib.contextmanager
def told_of(path):
    """Errors inside the block name the file that could not be written."""
    try:
        yield
    except OSError as error:
        text = _('Cannot write “%s”: %s') % (printable_name(path), os.strerror(error.errno))
        raise SumsFileError(text) from error


def line_for(file):
    """A backslash at the start of a line means that its file name is escaped."""
    path = file.path.replace(b'\\', ESCAPES[b'\\'])
    for byte in b'\n', b'\r':
        path = path.replace(byte, ESCAPES[byte])
    mark = b'\\' if path != file.path else b''
    return mark + file.digest.encode() + b'  ' + path + b'\n'


class SumsFile:
    """The destination of the result. Checked now, not when hours of work have to be written."""

    def __init__(self, path):
        self.path = None if path == '-' else os.fsencode(path)
        self.name = None  # the last part of the path, unless the file is not to be replaced
        self.mode = None  # of the file that is replaced
        self.temporary = None
        if self.path is not None:
            with told_of(self.path):
                self._look()

    def _look(self):
        try:
            status = os.stat(self.path)
        except OSError:  # checking the folder tells whether it can be created
            self._look_at_folder()
            return
        if stat.S_ISDIR(status.st_mode):
            raise OSError(errno.EISDIR, '')
        if not os.access(self.path, os.W_OK, effective_ids=True):
            raise OSError(errno.EACCES, '')
        self.mode = stat.S_IMODE(status.st_mode)
        # The target of a symbolic link is the file to replace.
        self.path = os.path.realpath(self.path)
        if stat.S_ISREG(status.st_mode):
            self._look_at_folder()

    def _look_at_folder(self):
        folder = os.path.dirname(self.path) or b'.'
        self.folder = os.stat(folder)
        if not stat.S_ISDIR(self.folder.st_mode):
            raise OSError(errno.ENOTDIR, '')
        if not self.path or not os.access(folder, os.W_OK | os.X_OK, effective_ids=True):
            raise OSError(errno.EACCES if self.path else errno.ENOENT, '')
        self.name = os.path.basename(self.path)

    def name_in_folder(self, status):
        """The result's name if it goes to the folder with this status.

        Not its inode, because the file may not exist yet, and will be replaced.
        """
        if self.name is not None and os.path.samestat(status, self.folder):
            return self.name
        return None

    def write(self, files):
        """Writes a line for every file that has a digest."""
        with told_of(self.path or b'-'):
            if self.name is not None:
                self._replace(files)
            else:
                self._write_directly(files)

    def remove_temporary(self):
        """Called if the program ends immediately."""
        if self.temporary is not None:
            with contextlib.suppress(OSError):
                os.unlink(self.temporary)

    def _write_directly(self, files):
        with open(1 if self.path is None else self.path, 'wb', closefd=self.path is not None) as out:
            put_lines(out, files)

    def _replace(self, files):
        # Set before the file exists, so that the file is always removed.
        self.temporary = os.path.join(os.path.dirname(self.path),
                                      b'.checksum-folder-' + secrets.token_hex(6).encode())
        try:
            fd = os.open(self.temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
            with open(fd, 'wb') as out:
                if self.mode is not None:
                    os.fchmod(fd, self.mode)
                put_lines(out, files)
                os.fsync(fd)
            os.rename(self.temporary, self.path)
        except OSError:
            self.remove_temporary()
            raise
        finally:
            self.temporary = None


def put_lines(out, files):
    out.writelines(line_for(file) for file in files if file.digest)
    out.flush()
