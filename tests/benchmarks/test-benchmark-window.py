# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The benchmark of the window still runs, and its figures fit each other.

Nothing here depends on how fast anything is.
"""

import json
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / 'support'))

import taptest  # noqa: E402

PROGRAM = sys.argv[1]
del sys.argv[1]


@unittest.skipIf(shutil.which('Xvfb') is None, 'Xvfb is not installed')
@unittest.skipIf(not Path(PROGRAM).exists(), 'the window is not built')
class TestWindow(unittest.TestCase):
    def test_report(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, 'report.json')
            done = subprocess.run([sys.executable, str(HERE / 'benchmark-window.py'), PROGRAM,
                                   '--files', '50', '--json', str(path)], capture_output=True,
                                  text=True)
            self.assertEqual(done.returncode, 0, done.stderr)
            report = json.loads(path.read_text())
        self.assertEqual(list(report), ['idle', 'run'])
        self.assertEqual(len(done.stdout.splitlines()), 3)
        for figures in report.values():
            self.check(figures)

    def check(self, figures):
        self.assertGreater(figures['frames'], 1)
        self.assertGreater(figures['seconds'], 0)
        self.assertGreaterEqual(figures['missed'], figures['missed-one']
                                + 2 * figures['missed-two-in-a-row']
                                + 3 * figures['missed-more-in-a-row'])
        self.assertGreaterEqual(figures['missed'], figures['worst-in-a-row'])
        self.assertGreaterEqual(figures['stolen'], 0)
        self.assertGreaterEqual(figures['worst-in-a-row'], figures['worst-in-a-row-but-stolen'])


if __name__ == '__main__':
    taptest.main()
