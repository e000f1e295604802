#!/usr/bin/python3
# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The first steps: "build-aux/install", and then the README and the tutorials, literally.

Everything is installed in a folder of the test, and programs find it as the README says.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from pagelib import BLOCK, SOURCE_DIR, blocks, call, install_lock, plain_environment
import taptest


def setUpModule():
    unittest.enterModuleContext(install_lock())


class TestInstall(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.prefix = Path(cls.folder.name, 'prefix')
        cls.said = call([SOURCE_DIR / 'build-aux/install', '--prefix', cls.prefix], '/')
        cls.environment = cls.prefix / 'share/asynclit-glib-1/environment.sh'

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.scratch = Path(scratch.name)

    def in_shell(self, line):
        """The output for a user who has sourced the file and runs this."""
        return call(['sh', '-euc', f'. {self.environment}\n{line}'], self.scratch)

    def run_program(self, language, code):
        name = {'python': 'program.py', 'js': 'program.js'}[language]
        (self.scratch / name).write_text(code)
        if language == 'python':
            return self.in_shell(f'/usr/bin/python3 {name}')
        module = '-m ' if re.search(r'^import ', code, re.MULTILINE) else ''
        return self.in_shell(f'gjs {module}{name}')

    def run_page(self, page, *languages):
        # The package for pip is the subject of test-pip-install.py.
        found = [match for match in blocks(page, *languages)
                 if 'import asynclit_glib' not in match['code']]
        self.assertTrue(found)
        for match in found:
            with self.subTest(page=page, code=match['code'][:60]):
                self.run_program(match['language'], match['code'])

    def test_shows_that_it_works(self):
        for language in 'C', 'Python', 'JavaScript':
            if language != 'JavaScript' or shutil.which('gjs'):
                self.assertIn(f'a program in {language} runs with it', self.said)
        self.assertIn(f'. {self.environment}', self.said)

    def test_meson_install_says_what_to_export(self):
        said = call(['meson', 'install', '-C', SOURCE_DIR / '_build/install', '--no-rebuild'], '/')
        self.assertIn(f'    . {self.environment}\n', said)
        self.assertIn('typelibs, which Python and GJS need', said)

    def test_staged_install_says_nothing(self):
        said = call(['meson', 'install', '-C', SOURCE_DIR / '_build/install', '--no-rebuild'], '/',
                    DESTDIR=str(self.scratch))
        self.assertNotIn('In each shell', said)
        self.assertTrue((self.scratch / str(self.environment)[1:]).exists())

    def test_readme_in_c(self):
        text = (SOURCE_DIR / 'README.md').read_text()
        program = blocks('README.md', 'c')[0]
        command = BLOCK.search(text, program.end())
        self.assertIn('cc example.c', command['code'])
        (self.scratch / 'example.c').write_text(program['code'])
        self.assertEqual(self.in_shell(command['code'] + './example'), '42\n')

    def test_readme(self):
        self.run_page('README.md', 'python', *(['js'] if shutil.which('gjs') else []))

    def test_tutorial_python(self):
        self.run_page('docs/tutorial-python.md', 'python')

    def test_executors(self):
        self.run_page('docs/executors.md', 'python')

    def test_tutorial_gjs(self):
        if not shutil.which('gjs'):
            self.skipTest('GJS is not there')
        self.run_page('docs/tutorial-gjs.md', 'js')

    def test_typelib_without_binding(self):
        """The symptoms in the README's table appear, and the file fixes them."""
        typelib = next(self.prefix.rglob('AsyncLit-1.typelib'))
        library = next(self.prefix.rglob('libasynclit-glib-1.so'))
        python = ('/usr/bin/python3', "import gi; gi.require_version('AsyncLit', '1')\n"
                  'from gi.repository import AsyncLit; AsyncLit.run(pow, 2, 10).wait()')
        head = "imports.gi.versions.AsyncLit = '1'; const A = imports.gi.AsyncLit; "
        then = "A.get_default_manager().submit_subprocess(null, ['true']).then(() => 1)"
        programs = [(python, 'run() takes exactly 1 argument')]
        if shutil.which('gjs'):
            programs += [(('gjs', head + 'A.run(Math.abs, 5)'),
                          'Too many arguments to function AsyncLit.run'),
                         (('gjs', head + then), 'then is not a function')]
        for (interpreter, code), message in programs:
            with self.subTest(message=message):
                self.assertIn(f'`{message}`', (SOURCE_DIR / 'README.md').read_text())
                result = subprocess.run(
                    [interpreter, '-c', code], cwd=self.scratch, text=True, timeout=60,
                    stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                    env=plain_environment(GI_TYPELIB_PATH=str(typelib.parent),
                                          LD_LIBRARY_PATH=str(library.parent)))
                self.assertIn(message, result.stdout)
        self.in_shell(f'{python[0]} -c "{python[1]}"')

    def test_vala(self):
        if not shutil.which('valac'):
            self.skipTest('valac is not there')
        (self.scratch / 'program.vala').write_text(
            'void main () { var task = AsyncLit.run ((task, cancellable) => task.return_int (42));'
            ' try { task.wait (-1, null); } catch (Error e) { error (e.message); }'
            ' print ("%d\\n", task.done ? 1 : 0); }\n')
        self.in_shell('valac -q --pkg asynclit-glib-1 program.vala 2>/dev/null')
        self.assertEqual(self.in_shell('./program'), '1\n')


class TestMistakes(unittest.TestCase):
    def test_no_pygobject(self):
        """An interpreter without PyGObject that finds the override in the source tree."""
        command = [sys.executable, '-S', '-c', 'import gi']
        with self.assertRaisesRegex(AssertionError, 'PyGObject is not installed for .*python3-gi'):
            call(command, '/', PYTHONPATH=str(SOURCE_DIR / 'bindings/python'))

    def test_unknown_option(self):
        with self.assertRaisesRegex(AssertionError, 'unknown argument --frobnicate; see --help'):
            call([SOURCE_DIR / 'build-aux/install', '--frobnicate'], '/')


class TestUninstall(unittest.TestCase):
    def test_nothing_is_left(self):
        with tempfile.TemporaryDirectory() as folder:
            call([SOURCE_DIR / 'build-aux/install', '--prefix', folder], '/')
            call([SOURCE_DIR / 'build-aux/install', '--uninstall'], '/')
            left = [path for path in Path(folder).rglob('*') if not path.is_dir()]
            self.assertEqual(left, [])


if __name__ == '__main__':
    taptest.main()
