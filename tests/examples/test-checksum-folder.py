#!/usr/bin/python3
# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The example checksum-folder: its result, and its error messages."""

import errno
import os
import random
import socket
import subprocess

import examplelib
import taptest
from examplelib import LARGE

NASTY = [
    b'a b', b' leading', b'trailing ', b'-', b'-c', b'--help', b'*star', b'?', b'#hash', b'\\',
    b'back\\slash', b'back\\\\nslash', b'new\nline', b'\n', b'carriage\rreturn', b'end\r', b'tab\t',
    b'\\n', b'quote\'"`$(x)', b'\xff\xfe not UTF-8', b'\xc3', 'ünïcödé ☃'.encode(), b'\x01\x1b[31m',
    b'~', b'.hidden', b'.  ', b'...', b'%s%n', b'{}', b'a' * 255, b'SHA256SUMS',
    b'2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881  x', b'\xe2\x80\xa8',
]
# Below, at and above the size of a chunk.
SIZES = [0, 1, 4095, 4096, 4097, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 3 << 20]


class TestResult(examplelib.FolderCase):
    def make_tree(self, top=b'tree'):
        """More than 1,200 files, with every awkward name, as a file and as a folder."""
        made, chance = [], random.Random(1)
        for number in range(1000):
            made.append(b'%s/%d/%d' % (top, number % 37, number))
            self.make(made[-1], chance.randbytes(chance.randrange(9000)))
        for number, size in enumerate(SIZES):
            made.append(b'%s/size/%d' % (top, number))
            self.make(made[-1], chance.randbytes(size))
        for name in NASTY:
            made += [b'%s/file/%s' % (top, name), b'%s/folder/%s/%s' % (top, name, name[::-1])]
            self.make(made[-2], name)
            self.make(made[-1], name * 2)
        made += [b'%s/%s' % (top, b'd/' * depth + b'deep') for depth in range(200)]
        for path in made[-200:]:
            self.make(path, path)
        return made

    def test_same_as_sha256sum(self):
        made = self.make_tree()
        status, out, err = self.run_example('tree')
        self.assertEqual((status, out), (0, b''))
        self.assertIn(f'{len(made)} of {len(made)} files', err)
        self.assertEqual(self.read(), self.digests_of(*sorted(made)))
        self.assert_check_passes()
        self.assertEqual(self.assert_whole_lines(), len(made))

    def test_absolute_folder(self):
        made = self.make_tree(self.path('tree'))
        self.assertEqual(self.run_example(self.path('tree'))[0], 0)
        self.assertEqual(self.read(), self.digests_of(*sorted(made)))

    def test_ways_to_write_the_folder(self):
        for name in ('dir', '-dir', '-'):
            self.make(f'{name}/file')
        self.make('-dir/-c')
        for folder, first in (('dir/', b'dir/file'), ('./dir', b'./dir/file'), ('-dir', b'-dir/-c'),
                              ('-', b'-/file'), ('dir//', b'dir//file')):
            with self.subTest(folder=folder):
                self.assertEqual(self.run_example('--', folder)[0], 0)
                self.assertEqual(self.read().split(b'\n')[0][66:], first)
                self.assert_check_passes()

    def test_result_left_out(self):
        self.make('b')
        self.make('sub/SHA256SUMS')
        for _ in range(2):
            self.assertEqual(self.run_example('.')[0], 0)
            self.assertEqual(self.read(), self.digests_of(b'./b', b'./sub/SHA256SUMS'))
        self.assertEqual(self.names(), [b'SHA256SUMS', b'b', b'sub'])

    def test_output_option(self):
        self.make('tree/a')
        self.make('tree/sums/old', b'to be replaced')
        os.symlink('tree/sums/old', self.path('link'))
        os.chmod(self.path('tree/sums/old'), 0o640)
        self.assertEqual(self.run_example('--output', 'link', 'tree')[0], 0)
        self.assertTrue(os.path.islink(self.path('link')))
        self.assertEqual(self.read('tree/sums/old'), self.digests_of(b'tree/a'))
        self.assertEqual(os.stat(self.path('tree/sums/old')).st_mode & 0o7777, 0o640)

    def test_standard_output(self):
        made = self.make_tree()
        status, out, err = self.run_example('--output=-', 'tree')
        self.assertEqual((status, out), (0, self.digests_of(*sorted(made))))
        self.assertEqual(self.names(), [b'tree'])

    def test_output_to_a_pipe(self):
        self.make('tree/a')
        os.mkfifo(self.path('pipe'))
        with subprocess.Popen(['cat', self.path('pipe')], stdout=subprocess.PIPE) as cat:
            self.assertEqual(self.run_example('--output=pipe', 'tree')[0], 0)
            self.assertEqual(cat.stdout.read(), self.digests_of(b'tree/a'))
        self.assertEqual(self.names(), [b'pipe', b'tree'])

    def test_only_regular_files(self):
        self.make('tree/file')
        self.make('elsewhere/file')
        os.symlink('file', self.path('tree/link'))
        os.symlink('../elsewhere', self.path('tree/folder-link'))
        os.symlink('nowhere', self.path('tree/dangling'))
        os.mkfifo(self.path('tree/pipe'))
        with socket.socket(socket.AF_UNIX) as sock:
            sock.bind(self.path('tree/socket'))
            status, _, err = self.run_example('tree')
        self.assertEqual((status, self.read()), (0, self.digests_of(b'tree/file')), err)

    def test_folder_given_as_link(self):
        self.make('tree/file')
        os.symlink('tree', self.path('link'))
        self.assertEqual(self.run_example('link')[0], 0)
        self.assertEqual(self.read(), self.digests_of(b'link/file'))

    def test_empty_folder(self):
        os.mkdir(self.path('tree'))
        self.assertEqual(self.run_example('tree')[0], 0)
        self.assertEqual(self.read(), b'')

    def test_quiet(self):
        self.make('tree/file')
        self.assertEqual(self.run_example('--quiet', 'tree'), (0, b'', ''))

    def test_jobs(self):
        made = self.make_tree()
        for jobs in ('1', '3', '1000'):
            self.assertEqual(self.run_example('-q', '--jobs', jobs, 'tree'), (0, b'', ''))
            self.assertEqual(self.read(), self.digests_of(*sorted(made)))


class TestUsage(examplelib.FolderCase):
    def assert_refuses(self, args, *words, **options):
        status, out, err = self.run_example(*args, **options)
        self.assertEqual((status, out), (2, b''), err)
        for word in words:
            self.assertIn(word, err)
        self.assertNotIn(b'SHA256SUMS', self.names())

    def test_bad_arguments(self):
        self.assert_refuses([], 'folder', '--help')
        self.assert_refuses(['a', 'b'], 'folder')
        self.assert_refuses(['--nonsense', '.'], '--nonsense')
        self.assert_refuses(['--jobs', '0', '.'], 'at least 1')
        self.assert_refuses(['--jobs', '-1', '.'], 'at least 1')
        self.assert_refuses(['--jobs', '-7', '.'], 'at least 1')
        self.assert_refuses(['--jobs', 'many', '.'], 'many')
        self.assert_refuses(['--output'], '--output')

    def test_help(self):
        status, out, _ = self.run_example('--help')
        self.assertEqual(status, 0)
        for word in (b'--output', b'--jobs', b'--quiet', b'FOLDER'):
            self.assertIn(word, out)

    def test_not_a_folder(self):
        self.make('file')
        self.assert_refuses(['file'], 'file', os.strerror(errno.ENOTDIR))
        self.assert_refuses(['missing'], 'missing', os.strerror(errno.ENOENT))
        self.assert_refuses([''], os.strerror(errno.ENOENT))
        self.assert_refuses(['a\x1b\xff'.encode('latin-1')], 'a\\x1b\\xff')

    def test_unreadable_folder(self):
        user = self.weak_user()
        os.mkdir(self.path('tree'), 0o000)
        os.chmod(self.root, 0o777)
        self.assert_refuses(['tree'], 'tree', os.strerror(errno.EACCES), user=user)

    def test_unwritable_result(self):
        self.make('tree/file')
        self.assert_refuses(['--output=missing/sums', 'tree'], 'missing/sums',
                            os.strerror(errno.ENOENT))
        self.assert_refuses(['--output=tree', 'tree'], 'tree', os.strerror(errno.EISDIR))
        self.assert_refuses(['--output=tree/file/sums', 'tree'], os.strerror(errno.ENOTDIR))
        self.assert_refuses(['--output=', 'tree'])
        self.assert_refuses(['--output=/dev/full', 'tree'], '/dev/full',
                            os.strerror(errno.ENOSPC))

    def test_forbidden_result(self):
        user = self.weak_user()
        self.make('tree/file')
        self.make('old', mode=0o444)
        self.assert_refuses(['--output=old', 'tree'], 'old', os.strerror(errno.EACCES), user=user)
        os.chmod(self.root, 0o555)
        self.assert_refuses(['--output=new', 'tree'], 'new', os.strerror(errno.EACCES), user=user)


class TestFailures(examplelib.FolderCase):
    def setUp(self):
        super().setUp()
        self.make('tree/fine')

    def assert_fails(self, reasons, *args, **options):
        """Exactly these files fail, for these reasons."""
        status, _, err = self.run_example(*args, '--output=-', 'tree', **options)
        listed = [line for line in err.splitlines() if line.startswith('  ')]
        expected = [f'  {name}: {reason}' for name, reason in sorted(reasons.items())]
        self.assertEqual((status, listed), (1, expected), err)
        return self.run_example(*args, 'tree', **options)

    def test_unreadable_file(self):
        user = self.weak_user()
        self.make('tree/secret', mode=0o000)
        self.make('tree/locked/inside')
        os.chmod(self.path('tree/locked'), 0o000)
        os.chmod(self.root, 0o777)
        denied = os.strerror(errno.EACCES)
        self.assert_fails({'tree/secret': denied, 'tree/locked': denied}, user=user)
        self.assertEqual(self.read(), self.digests_of(b'tree/fine'))
        os.chmod(self.path('tree/locked'), 0o755)

    def test_quiet_tells_failures(self):
        self.make(f'tree/fault-{errno.EACCES}-9')
        denied = os.strerror(errno.EACCES)
        self.assert_fails({f'tree/fault-{errno.EACCES}-9': denied}, '--quiet', faulty=True)

    def test_permanent_errors_not_retried(self):
        """Each of these would succeed at the second attempt."""
        codes = (errno.EACCES, errno.ENOENT, errno.EPERM, errno.ENAMETOOLONG)
        reasons = {f'tree/fault-{code}-1': os.strerror(code) for code in codes}
        for name in reasons:
            self.make(name)
        self.assert_fails(reasons, faulty=True)
        self.assertEqual(self.read(), self.digests_of(b'tree/fine'))

    def test_transient_errors_retried(self):
        for code in (errno.EIO, errno.EAGAIN, errno.EINTR, errno.ESTALE, errno.EBUSY, errno.EMFILE):
            self.make(f'tree/fault-{code}-1')
        self.make(f'tree/fault-{errno.ETIMEDOUT}-2')
        status, _, err = self.run_example('tree', faulty=True)
        self.assertEqual(status, 0, err)
        # Python itself opens a file again after EINTR.
        retried = 6 if examplelib.IN_PYTHON else 7
        self.assertIn(f'{retried} files took more than one attempt', err)
        self.assertEqual(self.assert_whole_lines(), 8)
        self.assert_check_passes()

    def test_transient_error_that_stays(self):
        """Four attempts, and no more: the fifth would succeed."""
        name = f'tree/fault-{errno.EIO}-4'
        self.make(name)
        status, _, err = self.run_example('tree', faulty=True)
        self.assertEqual(status, 1)
        self.assertIn(f'{name}: {os.strerror(errno.EIO)}', err)

    def test_replaced_by_a_link(self):
        self.make(f'tree/fault-{errno.ELOOP}-9')
        self.assert_fails({f'tree/fault-{errno.ELOOP}-9': 'No longer a regular file'},
                          faulty=True)

    def assert_noticed(self, name, change, message):
        """A large file that is changed while it is read fails with a message."""
        self.make_large(f'tree/{name}')
        running = self.start('tree')
        running.expect(r'%, 1 of 2 files')
        change(self.path(f'tree/{name}'))
        self.assertEqual(running.wait(), 1)
        running.expect(f'tree/{name}: {message}')
        self.assertEqual(self.read(), self.digests_of(b'tree/fine'))

    def test_grows_while_read(self):
        self.assert_noticed('grows', lambda path: os.truncate(path, LARGE + 1),
                            f'Changed its size during reading, from {LARGE} to {LARGE + 1} bytes')

    def test_shrinks_while_read(self):
        self.assert_noticed('shrinks', lambda path: os.truncate(path, 10),
                            f'Changed its size during reading, from {LARGE} to 10 bytes')

    def test_touched_while_read(self):
        self.assert_noticed('touched', os.utime, 'Changed during reading')


if __name__ == '__main__':
    taptest.main()
