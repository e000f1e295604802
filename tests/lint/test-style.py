#!/usr/bin/python3
# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The rules of style that a program can check. CONTRIBUTING.md has the others."""

import re
import xml.etree.ElementTree as ET

import lintlib
import taptest

MAX_FILE_LINES = 600
MAX_FUNCTION_LINES = 60
MAX_COLUMNS = 100
# The first line of a doc block, with its annotations.
UNBREAKABLE = re.compile(r' +\* \w+: \(')

# Functions and files that may be longer: (file name, function name or None), and why.
ALLOWED_LENGTH = {
    ('asynclit-task.c', 'install_properties'):
        'a part of class_init: a table of the properties, each with its documentation',
}

SOURCES = ('*.c', '*.h', '*.h.in', '*.py', '*.pyi', '*.js', '*.vala', '*.sh', '*.toml.in',
           '*.symbols', '*.supp', '*.pml', 'meson.build', 'meson_options.txt', 'docs/*.md')
LICENCE = ('SPDX-FileCopyrightText: The asynclit-glib authors',
           'SPDX-License-Identifier: LGPL-2.1-or-later')
# Written in parts, so that this file does not contain the words. In quotes, they are values of TAP.
OPEN_ENDS = re.compile(r'(?<!["\'])\b(TO' r'DO|FIX' r'ME|X' r'XX|HA' r'CK)\b')
LOCKS = ('asynclit-lock-private.h', 'asynclit-lock.c')
FORBIDDEN = {
    re.compile(r'\bg_main_context_invoke(_full)?\b'):
        'can run the callback on the calling thread: attach a source',
    re.compile(r'\b(GMutex|GRecMutex|GRWLock|g_(rec_)?mutex_\w+|g_once_init_\w+|g_bit_lock|pthread_mutex_\w+)\b'):
        f'all locking goes through {LOCKS[0]}',
}
# The functions in the header of the locks are for all locks, so they can't assert a particular one.
LOCKED = re.compile(r'^(\w+_locked) \([^{;]*?\)\n\{\n', re.M)
GIR = '{http://www.gtk.org/introspection/core/1.0}'
GLIB = '{http://www.gtk.org/introspection/glib/1.0}'
# The elements that need a Since: tag, including nested ones.
DOCUMENTED = [GIR + tag for tag in (
    'alias', 'bitfield', 'callback', 'class', 'constant', 'constructor', 'enumeration', 'function',
    'function-macro', 'interface', 'method', 'property', 'record', 'union', 'virtual-method')]
DOCUMENTED.append(GLIB + 'signal')


def is_script(path):
    with path.open('rb') as stream:
        return stream.read(2) == b'#!'


def check_licence(root):
    """Every source file and script begins with its copyright and licence."""
    for path in lintlib.files(root):
        if any(path.relative_to(root).match(p) for p in SOURCES) or is_script(path):
            head = path.read_text(errors='replace')[:600]
            for line in LICENCE:
                if line not in head:
                    yield f'{path.relative_to(root)}: lacks "{line}"'


def check_lines(root):
    """C has no tabs, no trailing blanks and no long lines, and no file has notes about unfinished
    work."""
    for path in lintlib.files(root, *SOURCES):
        is_c = path.suffix in ('.c', '.h')
        for number, line in enumerate(path.read_text().splitlines(), 1):
            where = f'{path.relative_to(root)}:{number}'
            if OPEN_ENDS.search(line):
                yield f'{where}: left open'
            if is_c and '\t' in line:
                yield f'{where}: a tab'
            if is_c and line != line.rstrip():
                yield f'{where}: a trailing blank'
            if is_c and len(line) > MAX_COLUMNS and not UNBREAKABLE.match(line):
                yield f'{where}: {len(line)} columns'


def check_forbidden(root):
    for path in lintlib.files(root, '*.c', '*.h'):
        if path.name in LOCKS:
            continue
        lines = lintlib.strip_comments(path.read_text()).splitlines()
        for number, line in enumerate(lines, 1):
            for pattern, reason in FORBIDDEN.items():
                found = pattern.search(line)
                if found:
                    yield f'{path.relative_to(root)}:{number}: {found[0]}: {reason}'


def functions(text):
    """The functions of a C file in the project's style: name, line of the name, length."""
    lines = text.splitlines()
    start = None
    for number, line in enumerate(lines):
        if line.startswith('{'):
            start = number
        elif line.startswith('}') and start is not None:
            first = start
            while first and not re.match(r'(\w+) \(', lines[first]) and lines[first - 1].strip():
                first -= 1
            name = re.match(r'(\w+) \(', lines[first])
            if name:
                yield name[1], first + 1, number - first + 1
            start = None


def check_lengths(root, allowed):
    """Files and functions are short, and each exception is needed."""
    needed = set()
    for path in lintlib.files(root, '*.c'):
        text, shown = path.read_text(), path.relative_to(root)
        count = text.count('\n')
        if count > MAX_FILE_LINES:
            needed.add((path.name, None))
            if (path.name, None) not in allowed:
                yield f'{shown}: {count} lines'
        for name, line, length in functions(text):
            if length > MAX_FUNCTION_LINES and not name.endswith('_class_init'):
                needed.add((path.name, name))
                if (path.name, name) not in allowed:
                    yield f'{shown}:{line}: {name}: {length} lines'
    for entry in allowed.keys() - needed:
        yield f'{entry}: is allowed to be long, but is not'


def locked_functions(text):
    """The definitions of functions whose names end in _locked: name, line of the name, body."""
    for match in LOCKED.finditer(text):
        body = text[match.end():text.index('\n}\n', match.end() - 1)]
        yield match[1], text.count('\n', 0, match.start()) + 1, body


def check_locked(root):
    """A function that needs a lock asserts that the lock is held."""
    for path in lintlib.files(root, '*.c', '*.h'):
        if path.name in LOCKS:
            continue
        for name, line, body in locked_functions(lintlib.strip_comments(path.read_text())):
            if 'assert_locked (' not in body:
                yield f'{path.relative_to(root)}:{line}: {name}: does not assert the lock'


def check_since(gir):
    """Every public symbol has a Since: tag."""
    namespace = ET.parse(gir).getroot().find(GIR + 'namespace')
    parents = {child: parent for parent in namespace.iter() for child in parent}
    for symbol in namespace.iter():
        is_class_struct = GLIB + 'is-gtype-struct-for' in symbol.attrib
        if symbol.tag in DOCUMENTED and 'version' not in symbol.attrib and not is_class_struct:
            parent = parents[symbol].get('name')
            kind = symbol.tag.split('}')[1]
            yield f'{kind} {parent}.{symbol.get("name")}: no Since:'


class TestStyle(lintlib.LintCase):
    def test_project_licence(self):
        self.assert_clean(check_licence(lintlib.SOURCE_DIR))

    def test_project_lines(self):
        self.assert_clean(check_lines(lintlib.SOURCE_DIR))

    def test_project_forbidden(self):
        self.assert_clean(check_forbidden(lintlib.SOURCE_DIR / 'asynclit-glib'))

    def test_project_lengths(self):
        self.assert_clean(check_lengths(lintlib.SOURCE_DIR / 'asynclit-glib', ALLOWED_LENGTH))

    def test_project_locked(self):
        self.assert_clean(check_locked(lintlib.SOURCE_DIR / 'asynclit-glib'))

    def test_project_since(self):
        self.assert_clean(check_since(lintlib.gir_path()))

    def test_licence_fails(self):
        good = '\n'.join(LICENCE)
        folder = self.sample({'a.c': good, 'b.c': LICENCE[1], 'run': '#!/bin/sh\n', 'data': ''})
        self.assert_complains(check_licence(folder), 'b.c: lacks "SPDX-File',
                              'run: lacks "SPDX-File', 'run: lacks "SPDX-License')

    def test_lines_fails(self):
        word = 'TO' 'DO'
        folder = self.sample({'a.c': f'ok\n\tx\ny \n{"z" * 101}\n * {"z" * 90}: (skip)\n',
                              'b.py': f'\t# {word}: x\n'})
        self.assert_complains(check_lines(folder), 'a.c:2: a tab', 'a.c:3: a trailing',
                              'a.c:4: 101 columns', 'b.py:1: left open')

    def test_forbidden_fails(self):
        folder = self.sample({'a.c': '/* not g_main_context_invoke */\n',
                              'b.c': '\n  g_main_context_invoke (NULL, f, d);\n',
                              LOCKS[0]: 'GMutex m;\n', 'c.h': 'GMutex m;\n'})
        self.assert_complains(check_forbidden(folder), 'b.c:2: g_main', 'c.h:1: GMutex')

    def test_lengths_fails(self):
        def function(name, length):
            return f'static int\n{name} (int a,\n  int b)\n{{\n' + '  x;\n' * (length - 4) + '}\n\n'
        text = (function('fits', 60) + function('long', 61) + function('my_class_init', 90)
                + function('known', 99) + 'static int t[] =\n{\n' + '  1,\n' * 70 + '};\n')
        folder = self.sample({'a.c': text, 'b.c': '\n' * 601, 'c.c': '\n' * 600})
        allowed = {('a.c', 'known'): 'why', ('c.c', None): 'no reason'}
        self.assert_complains(check_lengths(folder, allowed),
                              'a.c:64: long: 61 lines', 'b.c: 601 lines', "('c.c', None)")

    def test_locked_fails(self):
        def function(name, body):
            return f'static int\n{name} (int a,\n  int b)\n{{\n  {body}\n}}\n\n'
        text = (function('a_locked', 'asynclit_assert_locked (&l);') + function('b', 'return;')
                + function('c_locked', '/* asynclit_assert_locked (&l); */')
                + 'int d_locked (void);\n' + function('e_locked', 'x_assert_locked ();'))
        folder = self.sample({'a.c': text, 'b.h': function('f_locked', 'return;'),
                              LOCKS[0]: function('g_locked', 'return;')})
        self.assert_complains(check_locked(folder), 'a.c:16: c_locked', 'b.h:2: f_locked')

    def test_since_fails(self):
        folder = self.sample({'a.gir': f'''
            <repository xmlns="{GIR[1:-1]}" xmlns:glib="{GLIB[1:-1]}"><namespace name="N">
            <class name="C" version="1.0"><method name="m" version="1.0"><parameters/></method>
            <property name="p"/><glib:signal name="s"/></class><function name="f"/>
            <record name="CClass" glib:is-gtype-struct-for="C"/></namespace></repository>'''.strip()})
        self.assert_complains(check_since(folder / 'a.gir'), 'property C.p', 'signal C.s',
                              'function N.f')


if __name__ == '__main__':
    taptest.main()
