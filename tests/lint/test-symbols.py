#!/usr/bin/python3
# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The library exports what tests/abi lists, and what the public headers declare.

With --update, the list is written again, after a public symbol was added. Removing a symbol from it
breaks programs that were linked before.
"""

import re
import subprocess
import sys

import lintlib
import taptest

LIST = lintlib.SOURCE_DIR / 'tests/abi/asynclit-glib-1.symbols'
HEAD = ('# SPDX-FileCopyrightText: The asynclit-glib authors\n'
        '# SPDX-License-Identifier: LGPL-2.1-or-later\n')


def exported(library):
    """The names that a shared library defines and exports."""
    out = subprocess.run(['nm', '-D', '--defined-only', library], text=True, capture_output=True,
                         check=True).stdout
    return sorted(line.split()[-1] for line in out.splitlines())


def listed(path):
    return [line for line in path.read_text().splitlines() if line and not line.startswith('#')]


def declared(headers):
    """The names of the functions that public headers declare."""
    for header in headers:
        for statement in lintlib.declarations(lintlib.strip_comments(header.read_text())):
            declares = re.search(r'(?:G|_ASYNCLIT)_DECLARE_\w+ \(\w+, (\w+),', statement)
            function = re.search(r'(\w+) \(', statement)
            if declares:
                yield f'{declares[1]}_get_type'
            elif function:
                yield function[1]


def compare(wanted, found, where):
    """The differences between the expected names and those found."""
    for name in sorted(set(wanted) - set(found)):
        yield f'{name}: {where}, but not exported'
    for name in sorted(set(found) - set(wanted)):
        yield f'{name}: exported, but not {where}'


class TestSymbols(lintlib.LintCase):
    def setUp(self):
        if lintlib.sanitizer():
            self.skipTest('a sanitizer adds symbols of its own')

    def test_project_list(self):
        names = listed(LIST)
        self.assertEqual(names, sorted(names), 'the list is not sorted')
        self.assert_clean(compare(names, exported(lintlib.library_path()), 'in the list'))

    def test_project_headers(self):
        names = set(declared(lintlib.installed_headers()))
        self.assert_clean(compare(names, exported(lintlib.library_path()), 'declared'))


class TestSamples(lintlib.LintCase):
    def test_compare_fails(self):
        self.assert_complains(compare(['a', 'b'], ['b', 'c'], 'in the list'),
                              'a: in the list, but not', 'c: exported, but not')

    def test_exported(self):
        folder = self.sample({'a.c': 'void g (void) {}\nvoid f (void) {}\nstatic void h (void) {}\n'
                              'extern __attribute__((visibility("hidden"))) void k (void) {}\n'})
        library = folder / 'a.so'
        subprocess.run([*lintlib.compiler(), '-w', '-shared', '-fPIC', '-nostdlib', '-o', library,
                        folder / 'a.c'], check=True)
        self.assertEqual(exported(library), ['f', 'g'])

    def test_declared(self):
        folder = self.sample({'a.h': 'X G_DECLARE_FINAL_TYPE (A, my_a, MY, A, GObject)\n'
                              'X int my_f (int (*g) (void));\ntypedef void (*F) (void);\n'})
        self.assertEqual(list(declared([folder / 'a.h'])), ['my_a_get_type', 'my_f'])


if __name__ == '__main__':
    if sys.argv[1:] == ['--update']:
        LIST.write_text(HEAD + ''.join(f'{name}\n' for name in exported(lintlib.library_path())))
    else:
        taptest.main()
