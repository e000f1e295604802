#!/usr/bin/python3
# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every test file is registered with Meson, because a test that is never run tests nothing."""

import os
import shutil

import lintlib
import taptest


def runnable(path, has_typelib, has_gjs):
    """Whether this build can run a test file: those of the bindings need a typelib, or GJS."""
    if 'bindings' in path.parts and not has_typelib:
        return False
    return path.suffix != '.js' or has_gjs


def registered(tests, targets):
    """The sources of everything that the tests run: scripts in their commands, and sources of
    programs."""
    words = {word for test in tests for word in test['cmd']}
    sources = {source for target in targets if words & set(target['filename'])
               for group in target['target_sources'] for source in group.get('sources', [])}
    return {os.path.realpath(path) for path in words | sources}


def check_registered(folder, tests, targets, **have):
    """The files of support/ are not tests, whatever their names."""
    known = registered(tests, targets)
    for path in lintlib.files(folder, 'test-*.c', 'test-*.py', 'test-*.js'):
        shown = path.relative_to(folder)
        if (shown.parts[0] != 'support' and os.path.realpath(path) not in known
                and runnable(shown, **have)):
            yield f'{shown}: no meson test runs it'


class TestTestsListed(lintlib.LintCase):
    def test_project(self):
        has_typelib = any((lintlib.build_dir() / 'asynclit-glib').glob('*.typelib'))
        self.assert_clean(check_registered(
            lintlib.SOURCE_DIR / 'tests', lintlib.introspect('tests'),
            lintlib.introspect('targets'), has_typelib=has_typelib,
            has_gjs=shutil.which('gjs') is not None))

    def test_fails(self):
        folder = self.sample(dict.fromkeys(
            ['unit/test-a.c', 'unit/test-b.c', 'unit/helper.c', 'support/test-x.c',
             'lint/test-c.py', 'lint/test-d.py', 'bindings/test-e.js', 'bindings/test-f.py'], ''))
        tests = [{'cmd': ['/build/test-a']}, {'cmd': ['python3', f'{folder}/lint/test-c.py']}]
        targets = [{'filename': ['/build/test-a'],
                    'target_sources': [{'sources': [f'{folder}/unit/test-a.c']}]},
                   {'filename': ['/build/test-b'],
                    'target_sources': [{'sources': [f'{folder}/unit/test-b.c']}]}]
        everywhere = ['unit/test-b.c', 'lint/test-d.py']
        self.assert_complains(check_registered(folder, tests, targets, has_typelib=True,
                                               has_gjs=True),
                              *everywhere, 'bindings/test-e.js', 'bindings/test-f.py')
        self.assert_complains(check_registered(folder, tests, targets, has_typelib=True,
                                               has_gjs=False), *everywhere, 'bindings/test-f.py')
        self.assert_complains(check_registered(folder, tests, targets, has_typelib=False,
                                               has_gjs=True), *everywhere)


if __name__ == '__main__':
    taptest.main()
