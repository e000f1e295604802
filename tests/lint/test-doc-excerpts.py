#!/usr/bin/python3
# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The excerpts in the pages of docs/ are the same as in the examples.

Before such a block is a comment with the name of the file: <!-- from: examples/c/hello.c -->.
"""

import re

import lintlib
import taptest

EXCERPT = re.compile(r'^<!-- from: (?P<name>\S+) -->\n+```text\n(?P<code>.*?)^```$',
                     re.DOTALL | re.MULTILINE)
MARK = re.compile(r'^<!-- from:', re.MULTILINE)


def check_excerpts(root, pages):
    for page in pages:
        text = page.read_text()
        found = list(EXCERPT.finditer(text))
        if len(found) != len(MARK.findall(text)):
            yield f'{page.name}: the name of a file without a block of text behind it'
        for match in found:
            source = root / match['name']
            line = text.count('\n', 0, match.start()) + 1
            if not source.exists():
                yield f'{page.name}:{line}: {match["name"]} is not there'
            elif match['code'] not in source.read_text():
                yield f'{page.name}:{line}: not in {match["name"]}'


class TestDocExcerpts(lintlib.LintCase):
    def test_project(self):
        pages = list(lintlib.files(lintlib.SOURCE_DIR / 'docs', '*.md'))
        self.assertTrue(any(MARK.search(page.read_text()) for page in pages))
        self.assert_clean(check_excerpts(lintlib.SOURCE_DIR, pages))

    def test_fails(self):
        def block(name, code):
            return f'<!-- from: {name} -->\n\n```text\n{code}\n```\n'
        folder = self.sample({'a.c': 'int a;\nint b;\n', 'page.md':
                              block('a.c', 'int a;\nint b;') + block('a.c', 'int c;')
                              + block('b.c', 'int b;') + '<!-- from: a.c -->\n\nno block\n'})
        self.assert_complains(check_excerpts(folder, [folder / 'page.md']), 'without a block',
                              'page.md:7: not in a.c', 'page.md:12: b.c is not there')


if __name__ == '__main__':
    taptest.main()
