#!/usr/bin/python3
# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The folders of the library only include what layers.json allows."""

import json
import re
from collections import defaultdict

import lintlib
import taptest

INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)


def load_table():
    return json.loads((lintlib.HERE / 'layers.json').read_text())


def check_table(table):
    """No folder reaches itself: a circle would make the order of the layers meaningless."""
    folders = table['folders']
    for folder in folders:
        seen, todo = set(), list(folders[folder])
        while todo:
            other = todo.pop()
            if other not in folders:
                yield f'layers.json: {folder} names the unknown folder {other}'
            elif other not in seen:
                seen.add(other)
                todo += folders[other]
        if folder in seen:
            yield f'layers.json: {folder} is part of a circle'


def folders_of_headers(library, table):
    """The folders that contain a header of this name."""
    where = defaultdict(list)
    for header in lintlib.files(library, '*/*.h', '*/*.h.in'):
        where[header.name.removesuffix('.in')].append(header.parent.name)
    for name, folder in table['generated'].items():
        if name not in where:
            where[name].append(folder)
    return where


def check_include(folder, name, where, table):
    """Why a file of the folder must not include this name; None if it may."""
    if '/' in name:
        return 'is not a bare file name'
    if len(where[name]) != 1:
        return f'is found {len(where[name])} times'
    target = where[name][0]
    if target != folder and target not in table['folders'][folder]:
        return f'{folder} may not include {target}'
    return None


def check_layers(library, table):
    where = folders_of_headers(library, table)
    for path in lintlib.files(library, '*/*.c', '*/*.h'):
        folder, shown = path.parent.name, path.relative_to(library)
        if folder not in table['folders']:
            yield f'{shown}: layers.json does not know the folder {folder}'
            continue
        text = lintlib.strip_comments(path.read_text())
        for match in INCLUDE.finditer(text):
            wrong = check_include(folder, match[1], where, table)
            if wrong:
                line = text.count('\n', 0, match.start(1)) + 1
                yield f'{shown}:{line}: "{match[1]}": {wrong}'


class TestLayers(lintlib.LintCase):
    def test_project(self):
        table = load_table()
        self.assert_clean(check_table(table))
        self.assert_clean(check_layers(lintlib.SOURCE_DIR / 'asynclit-glib', table))

    def test_something_is_checked(self):
        found = list(lintlib.files(lintlib.SOURCE_DIR / 'asynclit-glib', '*/*.c'))
        self.assertGreater(len(found), 10)

    def check_sample(self, text, **more):
        contents = {'base/b.h': '', 'task/t.h': '', 'executor/e.c': text, **more}
        return check_layers(self.sample(contents), load_table())

    def test_arrow_down_passes(self):
        self.assert_clean(self.check_sample('#include "config.h"\n#include "b.h"\n'))

    def test_arrow_up_fails(self):
        self.assert_complains(self.check_sample('\n#include "t.h"\n'),
                              'executor/e.c:2: "t.h": executor may not include task')

    def test_arrow_sideways_fails(self):
        self.assert_complains(self.check_sample('# include "n.h"\n', **{'notifier/n.h': ''}),
                              'executor may not include notifier')

    def test_path_fails(self):
        self.assert_complains(self.check_sample('#include "base/b.h"\n'), 'bare file name')

    def test_unknown_name_fails(self):
        self.assert_complains(self.check_sample('#include "x.h"\n'), 'found 0 times')

    def test_double_name_fails(self):
        self.assert_complains(self.check_sample('#include "b.h"\n', **{'retry/b.h': ''}),
                              'found 2 times')

    def test_unknown_folder_fails(self):
        self.assert_complains(self.check_sample('', **{'misc/m.c': ''}), 'folder misc')

    def test_comment_is_ignored(self):
        self.assert_clean(self.check_sample('/*\n#include "t.h"\n*/\n'))

    def test_circle_fails(self):
        table = {'folders': {'a': ['b'], 'b': ['c'], 'c': ['b'], 'd': ['x']}}
        self.assert_complains(check_table(table), 'b is part', 'c is part', 'unknown folder x')


if __name__ == '__main__':
    taptest.main()
