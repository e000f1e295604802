#!/usr/bin/python3
# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""No object files of the library need each other's symbols, except for the circles in
circles.json."""

import json
import subprocess
from pathlib import Path

import lintlib
import taptest

DEFINED = set('TDBRCVW')  # the global kinds of nm


def read_symbols(path):
    """The symbols that an object file defines for others, and those that it needs."""
    text = subprocess.run(['nm', '--format=posix', path], text=True, capture_output=True,
                          check=True).stdout
    defined, needed = set(), set()
    for name, kind, *_ in map(str.split, text.splitlines()):
        if kind in DEFINED:
            defined.add(name)
        elif kind == 'U':
            needed.add(name)
    return defined, needed


def make_graph(symbols):
    """The files that each file needs, by name. The argument is a dict of names and results of
    read_symbols()."""
    home = {symbol: name for name, (defined, _) in symbols.items() for symbol in defined}
    return {name: {home[s] for s in needed if home.get(s, name) != name}
            for name, (_, needed) in symbols.items()}


def reachable(graph, start):
    """The files that can be reached in one or more steps."""
    seen, todo = set(), list(graph[start])
    while todo:
        other = todo.pop()
        if other not in seen:
            seen.add(other)
            todo += graph[other]
    return seen


def find_circles(graph):
    """The sets of files in which each file reaches all others."""
    reach = {name: reachable(graph, name) for name in graph}
    return {frozenset(other for other in reach[name] if name in reach[other])
            for name in graph if name in reach[name]}


def check_circles(graph, allowed):
    """Each circle is part of an allowed one, and each allowed one still exists in full."""
    circles = find_circles(graph)
    for circle in sorted(map(sorted, circles)):
        if not any(set(circle) <= set(entry['files']) for entry in allowed):
            yield f'circle: {" ".join(circle)}'
    for entry in allowed:
        inside = set().union(*(c for c in circles if c <= set(entry['files'])))
        for name in sorted(set(entry['files']) - inside):
            yield f'circles.json: {name} is in no circle any more'
        if not entry.get('reason'):
            yield f'circles.json: no reason for {" ".join(entry["files"])}'


def library_objects():
    """The object files of the library's own sources, named by folder and file."""
    folder = lintlib.library_path()
    folder = folder.with_name(folder.name + '.p')
    sources = lintlib.files(lintlib.SOURCE_DIR / 'asynclit-glib', '*/*.c')
    named = {str(s.relative_to(lintlib.SOURCE_DIR / 'asynclit-glib').with_suffix('')): s
             for s in sources}
    objects = {name: folder / (name.replace('/', '_') + '.c.o') for name in named}
    return {name: path for name, path in objects.items() if path.exists()}


class TestCircles(lintlib.LintCase):
    def setUp(self):
        lintlib.need_program('nm')

    def test_project(self):
        allowed = json.loads((lintlib.HERE / 'circles.json').read_text())['circles']
        symbols = {name: read_symbols(path) for name, path in library_objects().items()}
        self.assertGreater(len(symbols), 50)
        self.assert_clean(check_circles(make_graph(symbols), allowed))

    def compile_sample(self, contents):
        folder = self.sample(contents)
        symbols = {}
        for path in lintlib.files(folder, '*.c'):
            target = path.with_suffix('.o')
            subprocess.run([*lintlib.compiler(), '-c', path, '-o', target], check=True)
            symbols[path.stem] = read_symbols(Path(target))
        return make_graph(symbols)

    def test_chain_passes(self):
        graph = self.compile_sample({'a.c': 'void b (void); void a (void) { b (); }',
                                     'b.c': 'static void a (void) {} void b (void) { a (); }'})
        self.assertEqual(graph, {'a': {'b'}, 'b': set()})
        self.assert_clean(check_circles(graph, []))

    def test_functions_in_a_circle_fail(self):
        graph = self.compile_sample({'a.c': 'void b (void); void a (void) { b (); }',
                                     'b.c': 'void c (void); void b (void) { c (); }',
                                     'c.c': 'void a (void); void c (void) { a (); }',
                                     'd.c': 'void a (void); void d (void) { a (); }'})
        self.assert_complains(check_circles(graph, []), 'circle: a b c')

    def test_variable_in_a_circle_fails(self):
        graph = self.compile_sample({'a.c': 'extern int b; int *a (void) { return &b; }',
                                     'b.c': 'int *a (void); int b; int *f (void) { return a (); }'})
        self.assert_complains(check_circles(graph, []), 'circle: a b')

    def test_listed_circle_passes(self):
        graph = {'a': {'b'}, 'b': {'a'}}
        self.assert_clean(check_circles(graph, [{'files': ['a', 'b'], 'reason': 'one class'}]))

    def test_bigger_circle_than_listed_fails(self):
        graph = {'a': {'b'}, 'b': {'c'}, 'c': {'a', 'b'}}
        self.assert_complains(check_circles(graph, [{'files': ['b', 'c'], 'reason': 'one class'}]),
                              'circle: a b c', 'b is in no', 'c is in no')

    def test_stale_entry_fails(self):
        graph = {'a': {'b'}, 'b': {'a'}, 'c': set()}
        self.assert_complains(check_circles(graph, [{'files': ['a', 'b', 'c'], 'reason': 'old'}]),
                              'c is in no circle any more')

    def test_missing_reason_fails(self):
        graph = {'a': {'b'}, 'b': {'a'}}
        self.assert_complains(check_circles(graph, [{'files': ['a', 'b'], 'reason': ''}]),
                              'no reason for a b')


if __name__ == '__main__':
    taptest.main()
