#!/usr/bin/python3
# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Public headers: all are in the umbrella header, each compiles on its own, and none exposes
private declarations."""

import re
import subprocess

import lintlib
import taptest

UMBRELLA = 'asynclit-glib.h'
INCLUDE = re.compile(r'^\s*#\s*include\s+[<"]([^>"]+)[>"]', re.MULTILINE)
AVAILABLE = re.compile(r'ASYNCLIT_(AVAILABLE|DEPRECATED)_IN_\d+_\d+\b')
REFUSED = 'Only <asynclit-glib.h> can be included directly.'


def check_umbrella(umbrella, names):
    """The umbrella includes every public header, and nothing else."""
    listed = INCLUDE.findall(umbrella.read_text())
    for name in sorted(set(names) - set(listed)):
        yield f'{umbrella.name}: lacks {name}'
    for name in sorted(set(listed) - set(names)):
        yield f'{umbrella.name}: includes {name}, which is not installed'


def check_public(header):
    """The mistakes in the text of a public header."""
    text = lintlib.strip_comments(header.read_text())
    if not re.search(r'^#\s*pragma once$', text, re.MULTILINE):
        yield f'{header.name}: has no #pragma once'
    for name in INCLUDE.findall(text):
        if name.endswith('-private.h'):
            yield f'{header.name}: includes {name}'
    for statement in lintlib.declarations(text):
        if '(' in statement and not AVAILABLE.match(statement):
            yield f'{header.name}: not marked as available: {" ".join(statement.split())}'


def check_private(library, public):
    """Every header that is not installed is named -private.h, and has no availability macros."""
    for header in lintlib.files(library, '*.h'):
        if header.name in public:
            continue
        if not header.name.endswith('-private.h'):
            yield f'{header.name}: neither installed nor named -private.h'
        if AVAILABLE.search(header.read_text()):
            yield f'{header.name}: private, but marked as available'


def compile_errors(header, folders, inside):
    """The compiler's messages for a file that includes only the header."""
    text = '#define ASYNCLIT_INSIDE\n' if inside else ''
    cflags = lintlib.pkg_config('--cflags', 'gio-2.0') + [f'-I{folder}' for folder in folders]
    result = subprocess.run(
        [*lintlib.compiler(), '-std=gnu11', '-Wall', '-Werror', '-fsyntax-only', '-x', 'c', '-',
         *cflags], input=f'{text}#include "{header.name}"\n', text=True, capture_output=True)
    return result.stderr


def check_compiles(header, folders):
    """The header compiles on its own, as the umbrella header includes it, and can't be included
    otherwise."""
    errors = compile_errors(header, folders, inside=True)
    if errors:
        yield f'{header.name}: does not compile alone:\n{errors}'
    elif REFUSED not in compile_errors(header, folders, inside=False):
        yield f'{header.name}: can be included without the umbrella'


class TestHeaders(lintlib.LintCase):
    def test_project_umbrella(self):
        names = [h.name for h in lintlib.installed_headers() if h.name != UMBRELLA]
        self.assertGreater(len(names), 5)
        umbrella = lintlib.SOURCE_DIR / 'asynclit-glib' / UMBRELLA
        self.assert_clean(check_umbrella(umbrella, names))

    def test_project_public(self):
        for header in lintlib.installed_headers():
            self.assert_clean(check_public(header))

    def test_project_private(self):
        public = [h.name for h in lintlib.installed_headers()]
        self.assert_clean(check_private(lintlib.SOURCE_DIR / 'asynclit-glib', public))

    def test_project_compiles(self):
        folders = lintlib.include_paths()
        for header in lintlib.installed_headers():
            if header.name != UMBRELLA:
                self.assert_clean(check_compiles(header, folders))

    def test_umbrella_fails(self):
        folder = self.sample({'u.h': '#include "b.h"\n#include "c.h"\n'})
        self.assert_complains(check_umbrella(folder / 'u.h', ['a.h', 'b.h']),
                              'lacks a.h', 'includes c.h')

    def check_text(self, text):
        return check_public(self.sample({'a.h': text}) / 'a.h')

    def test_public_passes(self):
        self.assert_clean(self.check_text(
            '#pragma once\n#include "b.h"\nG_BEGIN_DECLS\n#define X(a) \\\n  f (a)\n'
            'ASYNCLIT_AVAILABLE_IN_1_0\nG_DECLARE_FINAL_TYPE (A, a, B, C, GObject)\n'
            'typedef void (*F) (int a);\ntypedef enum { A = 1, } E;\n'
            'ASYNCLIT_AVAILABLE_IN_1_2\nvoid f (int a, ...) G_GNUC_PRINTF (1, 2);\n'
            'G_END_DECLS\n'))

    def test_public_fails(self):
        self.assert_complains(
            self.check_text('#include "b-private.h"\nG_BEGIN_DECLS\n'
                            'ASYNCLIT_AVAILABLE_IN_1_0\nvoid f (void);\n'
                            'void\n  g (int a);\nG_DECLARE_FINAL_TYPE (A, a, B, C, GObject)\n'),
            'pragma', 'includes b-private.h', 'void g (int a)', 'G_DECLARE_FINAL_TYPE')

    def test_private_fails(self):
        folder = self.sample({'base/a.h': '', 'b-private.h': 'ASYNCLIT_AVAILABLE_IN_1_0\n',
                              'c-private.h': '', 'd.h': 'ASYNCLIT_AVAILABLE_IN_1_0\n'})
        self.assert_complains(check_private(folder, ['d.h']), 'a.h: neither', 'b-private.h: priv')

    def test_compiles_fails(self):
        folder = self.sample({'a.h': 'gint f (void);\n', 'b.h': 'int g (void);\n'})
        self.assert_complains(check_compiles(folder / 'a.h', [folder]), 'does not compile alone')
        self.assert_complains(check_compiles(folder / 'b.h', [folder]), 'without the umbrella')


if __name__ == '__main__':
    taptest.main()
