# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""For tests that follow a page literally: its blocks of code, and a shell in which to run them."""

import contextlib
import fcntl
import os
import re
import subprocess
from pathlib import Path

import examplelib

SOURCE_DIR = Path(os.environ.get('ASYNCLIT_SOURCE_DIR', Path(__file__).resolve().parents[2]))
BLOCK = re.compile(r'^```(?P<language>\w*)\n(?P<code>.*?)^```$', re.DOTALL | re.MULTILINE)
# Without the variables through which the tests of the examples find the build folder.
HIDDEN = ('GI_TYPELIB_PATH', 'GJS_PATH', 'LD_LIBRARY_PATH', 'PKG_CONFIG_PATH', 'PYTHONPATH',
          'XDG_DATA_DIRS', 'G_DEBUG')


def plain_environment(**variables):
    return {**{name: value for name, value in os.environ.items() if name not in HIDDEN},
            **variables}


def call(command, folder, **variables):
    result = subprocess.run(command, cwd=folder, env=plain_environment(**variables), text=True,
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, timeout=examplelib.TIMEOUT * 4)
    if result.returncode != 0:
        raise AssertionError(f'{command}: exit status {result.returncode}\n{result.stdout}')
    return result.stdout


def blocks(page, *languages):
    text = (SOURCE_DIR / page).read_text()
    return [match for match in BLOCK.finditer(text) if match['language'] in languages]


@contextlib.contextmanager
def install_lock():
    """The lock for "build-aux/install", whose build folder is shared by the tests."""
    folder = SOURCE_DIR / '_build'
    folder.mkdir(exist_ok=True)
    with (folder / 'install.lock').open('w') as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield
