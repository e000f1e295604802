#!/usr/bin/python3
# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""po/POTFILES.in lists the files with messages to translate, and no others."""

import re

import lintlib
import taptest

FOLDERS = ('asynclit-glib', 'bindings', 'examples')
MESSAGE = re.compile(r'(?<!\w)(_|N_|Q_|C_|NC_|n?gettext|g_d(n|p)?gettext) ?\(\s*(GETTEXT_PACKAGE,\s*)?["\']')
# Files other than code that have messages: descriptions of windows, and of programs for the
# desktop.
MARKED = {'.ui': 'translatable="yes"', '.desktop.in': 'Name=', '.metainfo.xml.in': '<name>'}


def has_messages(path):
    text = path.read_text()
    for ending, mark in MARKED.items():
        if path.name.endswith(ending):
            return mark in text
    return bool(MESSAGE.search(text if path.suffix == '.py' else lintlib.strip_comments(text)))


def check_potfiles(root):
    lines = (root / 'po/POTFILES.in').read_text().splitlines()
    listed = [line.strip() for line in lines if line.strip() and not line.startswith('#')]
    found = {str(path.relative_to(root)) for folder in FOLDERS
             for path in lintlib.files(root / folder, '*.c', '*.h', '*.py', '*.js',
                                       *('*' + ending for ending in MARKED))
             if has_messages(path)}
    for name in sorted(found - set(listed)):
        yield f'{name}: has messages, but is not listed'
    for name in sorted(set(listed) - found):
        yield f'{name}: is listed, but has no messages'
    if listed != sorted(set(listed)):
        yield 'po/POTFILES.in: is not sorted'


class TestPotfiles(lintlib.LintCase):
    def test_project(self):
        self.assert_clean(check_potfiles(lintlib.SOURCE_DIR))

    def test_fails(self):
        folder = self.sample({
            'po/POTFILES.in': '# comment\nexamples/a.c\nasynclit-glib/b.c\nasynclit-glib/c.c\n',
            'examples/a.c': 'puts (_ ("x"));\n', 'asynclit-glib/b.c': 'f_ ("x"); /* _ ("x") */\n',
            'examples/e.ui': '<property translatable="yes">x</property>', 'examples/f.ui': '<x/>',
            'asynclit-glib/task/d.c': 'g (ngettext ("%u file", "%u files", n));\n'})
        self.assert_complains(check_potfiles(folder), 'b.c: is listed', 'c.c: is listed',
                              'task/d.c: has messages', 'e.ui: has messages', 'not sorted')


if __name__ == '__main__':
    taptest.main()
