#!/usr/bin/python3
# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every program in README.md and in the pages of docs/ compiles, runs and exits with 0.

A code block says its language. Blocks in C, Python and JavaScript are complete programs, and are
run. The others (command lines, parts of meson.build, diagrams) are not.
"""

import os
import re
import subprocess
import unittest
from pathlib import Path

import lintlib
import taptest

BLOCK = re.compile(r'^```(?P<language>\w*)\n(?P<code>.*?)^```$', re.DOTALL | re.MULTILINE)
NOT_RUN = {'console', 'json', 'meson', 'sh', 'text'}
TIMEOUT = 60


def library_folder():
    return lintlib.library_path().parent


def environment():
    """The environment in which a program finds the library, its typelib and the overrides of the
    build."""
    env = dict(os.environ)
    found = {'LD_LIBRARY_PATH': library_folder(), 'GI_TYPELIB_PATH': library_folder(),
             'PYTHONPATH': lintlib.SOURCE_DIR / 'bindings/python',
             'GJS_PATH': lintlib.SOURCE_DIR / 'bindings/gjs'}
    for name, folder in found.items():
        env[name] = os.pathsep.join(filter(None, [str(folder), env.get(name)]))
    return env


def call(command, folder):
    """Runs a command in a folder. On failure, raises an error with its output."""
    result = subprocess.run(command, cwd=folder, env=environment(), text=True, timeout=TIMEOUT,
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT)
    if result.returncode != 0:
        raise AssertionError(f'{command[0]}: exit status {result.returncode}\n{result.stdout}')


def compile_c(source):
    """Compiles a program against the library in the build folder."""
    program = source.with_suffix('')
    sanitizer = lintlib.sanitizer()
    call([*lintlib.compiler(), '-std=gnu11', '-Wall', '-Wextra', '-Wno-unused-parameter', '-Werror',
          *([f'-fsanitize={sanitizer}'] if sanitizer else []),
          *(f'-I{folder}' for folder in lintlib.include_paths()),
          *lintlib.pkg_config('--cflags', 'gio-2.0'), '-o', str(program), source.name,
          str(lintlib.library_path()), *lintlib.pkg_config('--libs', 'gio-2.0')], source.parent)
    return program


def run_c(folder, code):
    source = Path(folder, 'example.c')
    source.write_text(code)
    call([str(compile_c(source))], folder)


def run_script(folder, code, name, *command):
    lintlib.gir_path()  # skips without introspection
    if lintlib.sanitizer():
        raise unittest.SkipTest('the interpreter is not built with the sanitizer')
    Path(folder, name).write_text(code)
    call([*command, name], folder)


def run_block(folder, language, code):
    if language == 'c':
        run_c(folder, code)
    elif language == 'python':
        if 'import asynclit_glib' in code:
            raise unittest.SkipTest('needs the installed package: test-pip-install runs it')
        run_script(folder, code, 'example.py', '/usr/bin/python3')
    elif language == 'js':
        lintlib.need_program('gjs')
        module = ['-m'] if re.search(r'^import ', code, re.MULTILINE) else []
        run_script(folder, code, 'example.js', 'gjs', *module)
    elif language not in NOT_RUN:
        raise AssertionError(f'a block of the language {language!r}')


def blocks(path):
    """The code blocks of a document: line, language, code."""
    text = path.read_text()
    for match in BLOCK.finditer(text):
        yield text.count('\n', 0, match.start()) + 1, match['language'], match['code']


class TestDocExamples(lintlib.LintCase):
    pass


def add_test(path, line, language, code):
    def test(self):
        run_block(self.sample({}), language, code)
    name = path.stem.replace('-', '_').lower()
    setattr(TestDocExamples, f'test_{name}_line_{line}', test)


class TestSamples(lintlib.LintCase):
    def run_document(self, text):
        folder = self.sample({'a.md': text})
        for _, language, code in blocks(folder / 'a.md'):
            run_block(folder, language, code)

    def test_passes(self):
        lintlib.build_dir()
        self.run_document('```c\n#include <asynclit-glib.h>\n'
                          'int main (void) { return !ASYNCLIT_CHECK_VERSION (1, 0, 0); }\n```\n'
                          '```text\nnot run\n```\n')

    def test_not_a_program_fails(self):
        lintlib.build_dir()
        with self.assertRaisesRegex(AssertionError, 'exit status 1'):
            self.run_document('x\n```c\nint x;\n```\n')

    def test_exit_status_fails(self):
        lintlib.build_dir()
        with self.assertRaisesRegex(AssertionError, 'exit status 3'):
            self.run_document('```c\nint main (void) { return 3; }\n```\n')

    def test_python_fails(self):
        lintlib.gir_path()
        with self.assertRaisesRegex(AssertionError, 'exit status 2'):
            self.run_document('```python\nraise SystemExit(2)\n```\n')

    def test_js_fails(self):
        lintlib.gir_path()
        lintlib.need_program('gjs')
        with self.assertRaisesRegex(AssertionError, 'exit status 4'):
            self.run_document("```js\nimports.system.exit(4);\n```\n")

    def test_unknown_language_fails(self):
        for fence in '```', '```cobol':
            with self.assertRaisesRegex(AssertionError, 'a block of the language'):
                self.run_document(f'{fence}\nx\n```\n')


for page in [lintlib.SOURCE_DIR / 'README.md', *lintlib.files(lintlib.SOURCE_DIR / 'docs', '*.md')]:
    for block in blocks(page) if page.exists() else ():
        if block[1] not in NOT_RUN:
            add_test(page, *block)

if __name__ == '__main__':
    taptest.main()
