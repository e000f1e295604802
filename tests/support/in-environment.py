#!/usr/bin/python3
# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs a test file with pytest, in the environment that has the packages of tests/requirements.txt.

Usage: in-environment.py FILE [PYTEST-ARGUMENT...]

build-aux/test makes that environment, a virtual one that sees the system's PyGObject, in the folder
_build/python. Where it is not, the tests are skipped. ASYNCLIT_TEST_PYTHON names another Python.
"""

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
DEFAULT = HERE.parents[1] / '_build/python/bin/python'
NEEDED = 'import apscheduler, croniter, gi, pytest, selenium, streamlit'


def why_not(python):
    """Why this Python can't run the tests; None if it can."""
    if not python.exists():
        return f'{python} is not there: build-aux/test makes it'
    trial = subprocess.run([python, '-c', NEEDED], stdin=subprocess.DEVNULL, text=True,
                           stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    if trial.returncode != 0:
        last = (trial.stderr.splitlines() or ['no reason given'])[-1]
        return f'{python} lacks what the tests need: {last}'
    return None


def main():
    python = Path(os.environ.get('ASYNCLIT_TEST_PYTHON') or DEFAULT)
    reason = why_not(python)
    if reason is not None:
        print(f'1..0 # SKIP {reason}')
        return
    os.execv(python, [str(python), str(HERE / 'tappytest.py'), *sys.argv[1:]])


if __name__ == '__main__':
    main()
