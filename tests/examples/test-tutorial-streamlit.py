#!/usr/bin/python3
# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The instructions in docs/tutorial-streamlit.md, literally, with the library installed.

The commands create an environment with the current version of Streamlit on PyPI. In it, the blocks
of code are run as one app, by Streamlit's own test harness.
"""

import os
import re
import shutil
import subprocess
import tempfile
import unittest
import urllib.request
from pathlib import Path

from pagelib import SOURCE_DIR, blocks, call, install_lock, plain_environment
import examplelib
import taptest

PAGE = 'docs/tutorial-streamlit.md'
APP = 'examples/python/streamlit_app.py'
PORT = re.compile(r'URL: http://[^:\s]+:(\d+)')

# Goes before the page's own test, because the default of three seconds is too short on a busy
# machine.
PATIENT = """
import functools
from streamlit.testing.v1 import AppTest
AppTest.from_file = functools.partial(AppTest.from_file, default_timeout=300)
"""
# The code that the blocks omit.
LEFT_OUT = """
import gi
gi.require_version('AsyncLit', '1')
from gi.repository import AsyncLit
import streamlit as st

def count_primes(limit):
    found = 0
    for n in range(2, limit):
        found += all(n % d for d in range(2, int(n ** .5) + 1))
        AsyncLit.current_task().set_progress(n + 1, limit)
    return found

def write_report():
    return 'The report.'

def fetch_weather():
    return 'Sunny.'

def show_all_tasks():
    return any(not task.done for task in tasks.values())

st.session_state.setdefault('limit', 1000)
"""
# The code to insert between the blocks, by the first line of the following block; and a test of the
# app.
BETWEEN = {
    'if task.progress_total:': "task = tasks.get('primes') or AsyncLit.run(count_primes, 2)\n",
}
TEST = """
import time

def run_until(app, condition):
    end = time.monotonic() + 300
    while not condition():
        assert time.monotonic() < end and not app.exception, app.exception
        time.sleep(0.05)
        app.run()

def button(app, label):
    return next(button for button in app.button if button.label == label)

def shows(app, text):
    return any(text in element.value for element in app.markdown)

app = AppTest.from_file('app.py').run()
assert not app.exception, app.exception
button(app, 'Start').click().run()
run_until(app, lambda: [bar.proto.text for bar in app.get('progress')] == ['1000 of 1000'])
assert app.session_state.asynclit_tasks['primes'].result == 168
button(app, 'Now').click().run()
run_until(app, lambda: shows(app, 'Sunny.'))
assert shows(app, 'Next:')
"""


def is_for_app(code):
    """Not the example of a reload, which test-streamlit.py runs, nor of a test."""
    return 'query_params' not in code and 'AppTest' not in code


class TestTutorial(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        with install_lock():
            call([SOURCE_DIR / 'build-aux/install', '--prefix', cls.folder / 'prefix'], '/')
        shutil.copytree(SOURCE_DIR / 'examples', cls.folder / 'examples')
        cls.make_apt_get()
        *commands, cls.last = blocks(PAGE, 'sh')[0]['code'].splitlines()
        for command in commands:
            cls.install(command)

    @classmethod
    def make_apt_get(cls):
        """The packages are installed already, and only root could install them."""
        real = shutil.which('apt-get')
        if real is None:
            raise unittest.SkipTest('apt-get is not there')
        path = cls.folder / 'bin/apt-get'
        path.parent.mkdir()
        path.write_text(f'#!/bin/sh\nexec {real} --simulate "$@"\n')
        path.chmod(0o755)

    @classmethod
    def environment(cls):
        return plain_environment(PATH=f'{cls.folder}/bin:{os.environ["PATH"]}',
                                 STREAMLIT_BROWSER_GATHER_USAGE_STATS='false',
                                 STREAMLIT_SERVER_HEADLESS='true', STREAMLIT_SERVER_PORT='0')

    @classmethod
    def in_shell(cls, line, **options):
        environment = cls.folder / 'prefix/share/asynclit-glib-1/environment.sh'
        return subprocess.Popen(['bash', '-c', f'. {environment}\n{line}'], text=True,
                                cwd=cls.folder, env=cls.environment(), stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options)

    @classmethod
    def install(cls, command):
        process = cls.in_shell(command)
        said, _ = process.communicate(timeout=examplelib.TIMEOUT * 4)
        if process.returncode != 0 and ' pip' in command.replace('/', ' '):
            raise unittest.SkipTest(f'PyPI gave nothing: {said.splitlines()[-1:]}')
        assert process.returncode == 0, f'{command}: {said}'

    def run_python(self, code, folder):
        (folder / 'program.py').write_text(code)
        process = self.in_shell(f'cd {folder}; {self.folder}/env/bin/python program.py')
        said, _ = process.communicate(timeout=examplelib.TIMEOUT * 4)
        self.assertEqual(process.returncode, 0, said)

    def test_the_app_is_served(self):
        self.assertEqual(self.last, f'env/bin/streamlit run {APP}')
        server = self.in_shell(self.last, start_new_session=True)
        self.addCleanup(server.stdout.close)
        self.addCleanup(server.wait, examplelib.TIMEOUT)
        self.addCleanup(server.terminate)
        said = ''
        for line in server.stdout:
            said += line
            if PORT.search(said):
                break
        found = PORT.search(said)
        self.assertTrue(found, said)
        with urllib.request.urlopen(f'http://127.0.0.1:{found[1]}/', timeout=60) as answer:
            self.assertEqual(answer.status, 200)

    def test_the_pages_own_test(self):
        code, = [match['code'] for match in blocks(PAGE, 'text') if 'AppTest' in match['code']]
        self.run_python(PATIENT + code, self.folder / Path(APP).parent)

    def test_the_blocks_together(self):
        parts = [LEFT_OUT]
        for match in blocks(PAGE, 'text'):
            if is_for_app(match['code']):
                parts += [BETWEEN.get(match['code'].partition('\n')[0], ''), match['code']]
        self.assertGreater(len(parts), 12)
        folder = self.folder / 'blocks'
        folder.mkdir()
        (folder / 'app.py').write_text('\n'.join(parts))
        self.run_python(PATIENT + TEST, folder)


if __name__ == '__main__':
    taptest.main()
