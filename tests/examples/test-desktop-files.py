# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The desktop files of checksum-window are valid and translated."""

import shutil
import subprocess
import unittest
from pathlib import Path

import examplelib
import taptest

NAME = 'org.example.ChecksumWindow'


def validate(case, *command):
    if shutil.which(command[0]) is None:
        case.skipTest(f'{command[0]} is not installed')
    done = subprocess.run(command, capture_output=True, text=True, timeout=examplelib.TIMEOUT)
    return done.returncode, done.stdout + done.stderr


class TestDesktopFiles(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = examplelib.build_dir() / 'examples/data/checksum-window'

    def broken(self, name, old, new):
        """A copy of a file, with a mistake in it."""
        text = (self.folder / name).read_text()
        self.assertIn(old, text)
        path = self.folder / f'broken-{name}'
        self.addCleanup(path.unlink)
        path.write_text(text.replace(old, new))
        return str(path)

    def test_desktop(self):
        path = self.folder / f'{NAME}.desktop'
        self.assertEqual(validate(self, 'desktop-file-validate', str(path)), (0, ''))
        self.assertIn('Name[de]=Prüfsummen', path.read_text())

    def test_desktop_fails(self):
        path = self.broken(f'{NAME}.desktop', 'Type=Application', 'Type=Nothing')
        self.assertNotEqual(validate(self, 'desktop-file-validate', path)[0], 0)

    def validate_metainfo(self, path):
        return validate(self, 'appstreamcli', 'validate', '--no-net', '--pedantic', str(path))

    def test_metainfo(self):
        path = self.folder / f'{NAME}.metainfo.xml'
        status, output = self.validate_metainfo(path)
        self.assertEqual(status, 0, output)
        self.assertIn('<name xml:lang="de">Prüfsummen</name>', path.read_text())

    def test_metainfo_fails(self):
        path = self.broken(f'{NAME}.metainfo.xml', '<summary>', '<summery>')
        self.assertNotEqual(self.validate_metainfo(path)[0], 0)

    def test_icon(self):
        """The icon in the desktop file exists."""
        text = (self.folder / f'{NAME}.desktop').read_text()
        self.assertIn(f'Icon={NAME}', text)
        source = examplelib.HERE.parents[1] / 'examples/data/checksum-window'
        self.assertIn('<svg ', Path(source, f'{NAME}.svg').read_text())


if __name__ == '__main__':
    taptest.main()
