# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Shared by the tests of the examples: a working folder, and programs that run in it."""

import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / 'support'))

TIMEOUT = 120
NOBODY = 65534
# Reading a file of this size takes a while, but it occupies no space on the disk.
LARGE = 4 << 30


def build_dir():
    if 'ASYNCLIT_BUILD_DIR' not in os.environ:
        raise unittest.SkipTest('ASYNCLIT_BUILD_DIR is not set')
    return Path(os.environ['ASYNCLIT_BUILD_DIR'])


# The examples to test: the programs in C, or their counterparts in Python.
IN_PYTHON = os.environ.get('ASYNCLIT_EXAMPLES') == 'python'


def example(name):
    """The command of an example."""
    if IN_PYTHON:
        return [sys.executable, str(HERE.parents[1] / 'examples/python' / name)]
    return [str(build_dir() / 'examples/c' / name)]


def environment(faulty=False):
    env = {**os.environ, 'LC_ALL': 'C.UTF-8', 'TERM': 'xterm'}
    if faulty:
        env['LD_PRELOAD'] = str(build_dir() / 'tests/examples/faulty-open.so')
        # A sanitizer has to be loaded first, but it works nevertheless.
        env['ASAN_OPTIONS'] = env.get('ASAN_OPTIONS', '') + ':verify_asan_link_order=0'
    return env


class Running:
    """A running program. Tests can wait for lines on its standard error."""

    def __init__(self, argv, **options):
        self.process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, start_new_session=True, **options)
        self.lines, self.changed = [], threading.Condition()
        self.ended = False
        self.reader = threading.Thread(target=self.read)
        self.reader.start()

    def read(self):
        for line in self.process.stderr:
            with self.changed:
                self.lines.append(line.decode())
                self.changed.notify_all()
        with self.changed:
            self.ended = True
            self.changed.notify_all()

    def find(self, pattern):
        return next((m for m in (re.search(pattern, line) for line in self.lines) if m), None)

    def expect(self, pattern):
        """Waits for a line that matches."""
        with self.changed:
            self.changed.wait_for(lambda: self.ended or self.find(pattern), TIMEOUT)
            found = self.find(pattern)
            assert found, f'no line {pattern!r} in {self.lines}'
            return found

    def wait(self):
        status = self.process.wait(TIMEOUT)
        self.reader.join(TIMEOUT)
        return status

    def nothing_left(self):
        """Whether all processes of its session have ended."""
        try:
            os.killpg(self.process.pid, 0)
        except ProcessLookupError:
            return True
        return False

    def close(self):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.wait()
        self.reader.join(TIMEOUT)
        self.process.stdout.close()
        self.process.stderr.close()


class FolderCase(unittest.TestCase):
    """A test case with an empty folder, `self.root`, to which all file names are relative."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix='asynclit-examples-')
        self.addCleanup(folder.cleanup)
        self.root = os.fsencode(folder.name)
        os.chmod(self.root, 0o755)

    def path(self, name):
        return os.path.join(self.root, os.fsencode(name))

    def make(self, name, content=b'content\n', mode=0o644):
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'wb') as stream:
            stream.write(content)
        os.chmod(path, mode)
        return path

    def make_large(self, name, size=LARGE):
        os.truncate(self.make(name), size)

    def read(self, name='SHA256SUMS'):
        return Path(os.fsdecode(self.path(name))).read_bytes()

    def names(self, folder='.'):
        return sorted(os.listdir(self.path(folder)))

    def run_example(self, *args, program='checksum-folder', user=None, faulty=False):
        """Runs it until it ends. Returns the status, standard output, and standard error."""
        who = {} if user is None else {'user': user, 'group': user, 'extra_groups': []}
        done = subprocess.run([*example(program), *args], cwd=self.root, env=environment(faulty),
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=TIMEOUT, **who)
        return done.returncode, done.stdout, done.stderr.decode()

    def start(self, *args, faulty=False):
        running = Running([*example('checksum-folder'), *args], cwd=self.root,
                          env=environment(faulty))
        self.addCleanup(running.close)
        return running

    def weak_user(self):
        """A user to whom file permissions apply: the current one, or "nobody" instead of root."""
        if os.geteuid() != 0:
            return None
        try:
            if self.run_example('--version', user=NOBODY)[0] == 0:
                return NOBODY
        except OSError:
            pass
        self.skipTest('runs as root, and nobody may not run the program')

    def digests_of(self, *paths):
        """The output of sha256sum for the files."""
        return subprocess.run(['xargs', '-0', 'sha256sum', '--'], input=b'\0'.join(paths),
                              cwd=self.root, check=True, capture_output=True).stdout

    def assert_check_passes(self, name='SHA256SUMS'):
        check = subprocess.run(['sha256sum', '--check', '--strict', '--quiet', name],
                               cwd=self.root, capture_output=True, timeout=TIMEOUT)
        self.assertEqual((check.returncode, check.stdout, check.stderr), (0, b'', b''))

    def assert_whole_lines(self, name='SHA256SUMS'):
        """The result consists of complete lines. Returns their number."""
        content = self.read(name)
        self.assertRegex(content, rb'\A(\\?[0-9a-f]{64}  [^\n]+\n)*\Z')
        return content.count(b'\n')
