#!/usr/bin/python3
# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every page of the documentation is listed, and every link leads somewhere.

A page of docs/ links to another as its HTML name, page.html; the documents at the top link to
files of the tree. Symbols are linked as [class@Task], which gi-docgen itself checks.
"""

import re
import tomllib

import lintlib
import taptest

CONFIG = 'asynclit-glib.toml.in'
PAGES = ('*.md', '*.svg', '*.png')
IN_BUILD = re.compile(r"'([\w-]+\.(?:md|svg|png))'")
LINK = re.compile(r'\[[^]]*\]\(([^)\s]+)\)')
HEADING = re.compile(r'^#+ +(.*?)(?: *\{#([\w-]+)\})?$', re.MULTILINE)


def prose(text):
    """Markdown without its code."""
    text = re.sub(r'^```.*?^```$', '', text, flags=re.DOTALL | re.MULTILINE)
    return re.sub(r'`[^`\n]*`', lambda m: re.sub(r'[\[\]()]', ' ', m.group()), text)


def anchors(text):
    """The anchors of a page's headings."""
    for heading, anchor in HEADING.findall(prose(text)):
        words = re.sub(r'[^\w\s-]', '', heading).strip().lower()
        yield anchor or re.sub(r'[-\s]+', '-', words)


def target_of(path, link, in_docs):
    """The file that a link on a page refers to; None if pages of its kind don't link in this
    way."""
    if not link:
        return path
    if not in_docs:
        return path.parent / link
    if link.endswith('.html') and '.' not in link.removesuffix('.html'):
        return path.parent / link.replace('.html', '.md')
    return path.parent / link if link.endswith(('.svg', '.png')) else None


def check_links(path, in_docs):
    for link in LINK.findall(prose(path.read_text())):
        if re.match(r'[a-z]+:', link):
            continue
        name, _, anchor = link.partition('#')
        target = target_of(path, name, in_docs)
        if target is None or not target.exists():
            yield f'{path.name}: {link} leads nowhere'
        elif anchor and anchor not in anchors(target.read_text()):
            yield f'{path.name}: {link}: no such heading'


def check_for_bindings(root):
    """The page on bindings lists the functions that are marked as intended for bindings, and no
    others."""
    page = (root / 'docs/bindings.md').read_text().partition('## Writing a binding')[2]
    listed = set(re.findall(r'\[method@([\w.]+)\]', page))
    listed = {re.sub(r'(?<!^)(?=[A-Z])', '_', name).lower().replace('.', '_') for name in listed}
    marked = set()
    for source in lintlib.files(root / 'asynclit-glib', '*.c'):
        for block in re.findall(r'/\*\*\n(.*?)\*/', source.read_text(), re.DOTALL):
            if ' * For language bindings.' in block:
                marked.add(re.match(r' \* asynclit_(\w+):', block)[1])
    twins = {name for name in marked if name.endswith(('_closure', '_values'))}
    for name in sorted((marked - twins) ^ listed):
        yield f'{name}: listed in bindings.md and marked in its documentation, or neither'


def check_listed(docs):
    """The configuration and the build list every page and picture, and no others."""
    extra = tomllib.loads((docs / CONFIG).read_text())['extra']
    found = {p.name for p in lintlib.files(docs, *PAGES)}
    for where, listed in (
            (CONFIG, set(extra['content_files'] + extra.get('content_images', []))),
            ('meson.build', set(IN_BUILD.findall((docs / 'meson.build').read_text())))):
        for name in sorted(found - listed):
            yield f'{name}: not listed in {where}'
        for name in sorted(listed - found):
            yield f'{name}: listed in {where}, but not there'


def check_title(path):
    if not re.match(r'---\nTitle: \S', path.read_text()):
        yield f'{path.name}: does not begin with its title'


class TestDocsListed(lintlib.LintCase):
    def test_project_listed(self):
        self.assert_clean(check_listed(lintlib.SOURCE_DIR / 'docs'))

    def test_project_pages(self):
        for path in lintlib.files(lintlib.SOURCE_DIR / 'docs', '*.md'):
            self.assert_clean([*check_title(path), *check_links(path, in_docs=True)])

    def test_project_top(self):
        pages = sorted(lintlib.SOURCE_DIR.glob('*.md'))
        self.assertIn('README.md', [page.name for page in pages])
        for page in pages:
            self.assert_clean(check_links(page, in_docs=False))

    def test_project_for_bindings(self):
        self.assert_clean(check_for_bindings(lintlib.SOURCE_DIR))

    def test_for_bindings_fails(self):
        mark = '/**\n * asynclit_task_{}:\n *\n * For language bindings.\n */\n'
        folder = self.sample({
            'docs/bindings.md': '## Writing a binding\n[method@Task.begin] [method@TaskGroup.end]\n',
            'asynclit-glib/task.c': mark.format('begin') + mark.format('stop') + mark.format('x_values'),
        })
        self.assert_complains(check_for_bindings(folder), 'task_group_end', 'task_stop')

    def test_listed_fails(self):
        folder = self.sample({CONFIG: '[extra]\ncontent_files = ["a.md", "c.md"]\n', 'a.md': '',
                              'b.md': '', 'meson.build': "files('a.md', 'd.md')\n"})
        self.assert_complains(check_listed(folder), f'b.md: not listed in {CONFIG}',
                              f'c.md: listed in {CONFIG}', 'b.md: not listed in meson.build',
                              'd.md: listed in meson.build')

    def test_title_fails(self):
        folder = self.sample({'a.md': '# A\n', 'b.md': '---\nTitle: B\n---\n'})
        self.assert_complains(check_title(folder / 'a.md'), 'a.md')
        self.assert_clean(check_title(folder / 'b.md'))

    def test_links_fails(self):
        links = ('[b](b.html) [h](b.html#two-words) [own](#one) [web](https://example.org/)\n'
                 '`[code](gone.html)`\n```c\n[block](gone.html)\n```\n'
                 '[1](gone.html) [2](b.md) [3](class.Task.html) [4](b.html#three) [5](#six)\n')
        folder = self.sample({'a.md': '# One\n' + links, 'b.md': 'x\n\n## Two words!\n'})
        self.assert_complains(check_links(folder / 'a.md', in_docs=True), 'gone.html', 'b.md',
                              'class.Task.html', 'b.html#three', '#six')
        folder = self.sample({'README.md': '[a](docs/a.md#One) [b](docs/b.md)\n', 'docs/a.md': '# One\n'})
        self.assert_complains(check_links(folder / 'README.md', in_docs=False),
                              'docs/a.md#One', 'docs/b.md')


if __name__ == '__main__':
    taptest.main()
