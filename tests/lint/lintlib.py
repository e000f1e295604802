# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Shared by the lint tests.

A check is a function that takes a folder and returns its complaints, a list of strings. A lint test
runs it on the project, where it must find nothing, and on small samples with mistakes, which it
must find. This shows that the check can fail.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
SOURCE_DIR = Path(os.environ.get('ASYNCLIT_SOURCE_DIR', HERE.parents[1]))

sys.path.insert(0, str(HERE.parent / 'support'))


def build_dir():
    """The build folder. If there is none, because the script was started by hand, the test is
    skipped."""
    if 'ASYNCLIT_BUILD_DIR' not in os.environ:
        raise unittest.SkipTest('ASYNCLIT_BUILD_DIR is not set')
    return Path(os.environ['ASYNCLIT_BUILD_DIR'])


def introspect(kind):
    """Meson's data about the build: 'installed', 'tests', 'targets', 'buildoptions'."""
    return json.loads((build_dir() / 'meson-info' / f'intro-{kind}.json').read_text())


def sanitizer():
    """The sanitizers that the library was built with, as the compiler names them; '' for none."""
    value = next(o['value'] for o in introspect('buildoptions') if o['name'] == 'b_sanitize')
    value = ','.join(value) if isinstance(value, list) else value  # a list since meson 1.8
    return '' if value == 'none' else value


def library_target():
    return next(t for t in introspect('targets')
                if t['type'] == 'shared library' and t['name'].startswith('asynclit-glib-'))


def library_path():
    """The built shared library."""
    return Path(library_target()['filename'][0])


def gir_path():
    """The built GIR. The test is skipped in a build without introspection."""
    found = sorted((build_dir() / 'asynclit-glib').glob('AsyncLit-*.gir'))
    if not found:
        raise unittest.SkipTest('built without introspection')
    return found[0]


def installed_headers():
    """The headers to be installed, with their paths in the source or build folder."""
    return sorted(Path(path) for path, target in introspect('installed').items()
                  if path.endswith('.h') and '/asynclit-glib-' in target)


def include_paths():
    """The folders with the library's headers before they are installed."""
    library = SOURCE_DIR / 'asynclit-glib'
    folders = [f for f in library.iterdir() if f.is_dir()]
    return [library, *folders, build_dir() / 'asynclit-glib']


def files(root, *patterns):
    """The files below a folder that match one of the patterns, except for those in build folders
    and .git.

    Some folders of build-aux/test in _build are no build folders.
    """
    for folder, names, here in os.walk(root):
        names[:] = sorted(n for n in names if n not in ('.git', '__pycache__', '_build')
                          and not Path(folder, n, 'meson-private').is_dir())
        for name in sorted(here):
            path = Path(folder, name)
            if any(path.relative_to(root).match(pattern) for pattern in patterns or ('*',)):
                yield path


def strip_comments(text):
    """C without comments; the lines keep their numbers."""
    return re.sub(r'/\*.*?\*/', lambda m: '\n' * m.group().count('\n'), text, flags=re.DOTALL)


def declarations(text):
    """The declarations of a header without comments, except for type definitions."""
    text = re.sub(r'^[ \t]*#(.*\\\n)*.*$', '', text, flags=re.MULTILINE)
    text = re.sub(r'^\s*G_(BEGIN|END)_DECLS$', '', text, flags=re.MULTILINE)
    text = re.sub(r'((?:G|_ASYNCLIT)_DECLARE_\w+ \([^)]*\))', r'\1;', text)
    before = None
    while text != before:  # the innermost braces first
        before, text = text, re.sub(r'\{[^{}]*\}', '', text)
    statements = (s.strip() for s in text.split(';'))
    return [s for s in statements if s and not re.match(r'(typedef|struct|union|enum)\b', s)]


def compiler():
    """The command of the compiler that the library was built with."""
    if 'ASYNCLIT_BUILD_DIR' not in os.environ:
        return shlex.split(os.environ.get('CC', 'cc'))
    return library_target()['target_sources'][0]['compiler']


def need_program(name):
    if shutil.which(name) is None:
        raise unittest.SkipTest(f'{name} is not installed')


def pkg_config(*args):
    out = subprocess.run(['pkg-config', *args], text=True, capture_output=True, check=True).stdout
    return shlex.split(out)


class LintCase(unittest.TestCase):
    """A test case with samples in a temporary folder."""

    def sample(self, contents):
        """A folder with the given files, a dict of name and text."""
        folder = tempfile.TemporaryDirectory(prefix='asynclit-lint-')
        self.addCleanup(folder.cleanup)
        for name, text in contents.items():
            path = Path(folder.name, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return Path(folder.name)

    def assert_clean(self, complaints):
        complaints = list(complaints)
        if complaints:
            self.fail('\n' + '\n'.join(map(str, complaints)))

    def assert_complains(self, complaints, *words):
        """There is exactly one complaint for each word, and it contains the word."""
        complaints = list(map(str, complaints))
        self.assertEqual(len(complaints), len(words), complaints)
        for word in words:
            self.assertTrue(any(word in c for c in complaints), f'{word!r} not in {complaints}')
