#!/usr/bin/python3
# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The macros for the versions of the library that a program may use, tested by the compiler's
messages."""

import os
import subprocess

import lintlib
import taptest

BEFORE = 'G_ENCODE_VERSION(0,10)'
FIRST = 'ASYNCLIT_VERSION_1_0'
NEXT = 'G_ENCODE_VERSION(1,2)'

USES_NEW = '''
int main (void) { return asynclit_get_default_manager () == NULL; }
'''

USES_OLD = '''
ASYNCLIT_DEPRECATED_IN_1_0 void old (void);
ASYNCLIT_DEPRECATED_IN_1_0_FOR (newer) void older (void);
int main (void) { old (); older (); return 0; }
'''

NOT_AVAILABLE = 'Not available before 1.0'
DEPRECATED = "'old' is deprecated"
DEPRECATED_FOR = "Use 'newer' instead"
INVERTED = 'must be >= ASYNCLIT_VERSION_MIN_REQUIRED'


def warnings(program, *defines):
    """The compiler's messages for a program that includes the library's header."""
    command = [*lintlib.compiler(), '-std=gnu11', '-Wall', '-Wundef', '-fsyntax-only', '-x', 'c',
               '-', *(f'-D{define}' for define in defines),
               *lintlib.pkg_config('--cflags', 'gio-2.0'),
               *(f'-I{folder}' for folder in lintlib.include_paths())]
    result = subprocess.run(command, input=f'#include <asynclit-glib.h>\n{program}', text=True,
                            capture_output=True, env={**os.environ, 'LC_ALL': 'C'})
    return result.stderr


def versions(least=None, most=None):
    names = {'ASYNCLIT_VERSION_MIN_REQUIRED': least, 'ASYNCLIT_VERSION_MAX_ALLOWED': most}
    return [f'{name}={value}' for name, value in names.items() if value]


class TestVersionMacros(lintlib.LintCase):
    def test_new_allowed(self):
        for limits in (versions(), versions(FIRST), versions(FIRST, FIRST), versions(NEXT),
                       versions(BEFORE), versions(BEFORE, FIRST)):
            with self.subTest(limits=limits):
                self.assertEqual(warnings(USES_NEW, *limits), '')

    def test_new_refused(self):
        said = warnings(USES_NEW, *versions(BEFORE, BEFORE))
        self.assertIn(NOT_AVAILABLE, said)
        silent = 'ASYNCLIT_DISABLE_DEPRECATION_WARNINGS'
        self.assertEqual(warnings(USES_NEW, silent, *versions(BEFORE, BEFORE)), '')

    def test_old_refused(self):
        for limits in (versions(), versions(FIRST), versions(NEXT)):
            with self.subTest(limits=limits):
                said = warnings(USES_OLD, *limits)
                self.assertIn(DEPRECATED, said)
                self.assertIn(DEPRECATED_FOR, said)

    def test_old_allowed(self):
        self.assertEqual(warnings(USES_OLD, *versions(BEFORE)), '')
        self.assertEqual(warnings(USES_OLD, 'ASYNCLIT_DISABLE_DEPRECATION_WARNINGS'), '')

    def test_inverted(self):
        self.assertIn(INVERTED, warnings(USES_NEW, *versions(FIRST, BEFORE)))


if __name__ == '__main__':
    taptest.main()
