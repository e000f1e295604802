# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The Streamlit app, in Streamlit's own test harness: what each run of the script shows."""

import os
import re
import time
from pathlib import Path

import gi
import pytest
from streamlit.testing.v1 import AppTest

gi.require_version('AsyncLit', '1')
from gi.repository import AsyncLit

SOURCE_DIR = Path(os.environ['ASYNCLIT_SOURCE_DIR'])
APP = SOURCE_DIR / 'examples/python/streamlit_app.py'
SHARED = 'prime-report'
# A time limit. Only a failing test waits this long.
TIMEOUT = 120
# Too many primes to be found within a test on any machine.
ENDLESS = 10 ** 8


class Session:
    """One user's session of the app."""

    def __init__(self):
        self.app = AppTest.from_file(str(APP), default_timeout=TIMEOUT)
        self.run()

    def run(self):
        """As Streamlit does from time to time while a task is running."""
        self.app.run()
        assert not self.app.exception, self.app.exception

    def click(self, key):
        # The page may have been drawn just before the task ended.
        self.await_(lambda: not self.app.button(key=key).disabled)
        self.app.button(key=key).click()
        self.run()

    def set(self, key, number):
        self.app.number_input(key=key).set_value(number)

    def has_button(self, key):
        return any(button.key == key for button in self.app.button)

    def texts(self):
        app = self.app
        return [element.value for kind in (app.markdown, app.success, app.error) for element in kind]

    def shows(self, text):
        return any(text in shown for shown in self.texts())

    def bars(self):
        """The texts and values of the progress bars."""
        return [(bar.proto.text, bar.proto.value) for bar in self.app.get('progress')]

    def await_(self, condition):
        """Runs the script repeatedly until it shows something."""
        end = time.monotonic() + TIMEOUT
        while not condition():
            assert time.monotonic() < end, (self.texts(), self.bars())
            time.sleep(0.05)
            self.run()

    def await_text(self, text):
        self.await_(lambda: self.shows(text))

    def task(self, name):
        return self.app.session_state['asynclit_tasks'].get(name)


@pytest.fixture(autouse=True)
def nothing_left():
    """Each test leaves a process without live tasks behind."""
    yield
    assert AsyncLit.shutdown(TIMEOUT)


@pytest.fixture
def session():
    return Session()


def test_nothing_runs_at_first(session):
    assert [session.app.button(key=f'start-{name}').label
            for name in ('primes', 'service')] == ['Start', 'Start']
    assert not session.bars() and not session.has_button('cancel-primes')
    assert session.task('primes') is None


def test_function_in_a_thread(session):
    session.set('limit', 100000)
    session.click('start-primes')
    session.await_text('There are 9,592 primes below 100,000.')
    assert session.shows('done')
    assert session.bars() == [('9,592 primes · 100000 of 100000', 100)]
    assert not session.has_button('cancel-primes')


def test_runs_do_not_wait_and_task_stays(session):
    session.set('limit', ENDLESS)
    session.click('start-primes')
    task = session.task('primes')
    for _ in range(3):
        session.run()
        assert session.task('primes') is task and not task.done
    session.await_text('running')
    assert session.app.button(key='start-primes').disabled


def test_progress_grows(session):
    session.set('limit', ENDLESS)
    session.click('start-primes')
    session.await_(session.bars)
    first = session.bars()
    session.await_(lambda: session.bars() != first)


def test_cancel(session):
    session.set('limit', ENDLESS)
    session.click('start-primes')
    session.await_text('running')
    session.click('cancel-primes')
    session.await_text('cancelled')
    assert session.app.button(key='start-primes').label == 'Start again'
    session.await_(lambda: not session.app.button(key='start-primes').disabled)


def test_start_again(session):
    session.set('limit', 2000)
    session.click('start-primes')
    session.await_text('There are 303 primes')
    first = session.task('primes')
    session.set('limit', 1000)
    session.click('start-primes')
    session.await_text('There are 168 primes below 1,000.')
    assert session.task('primes') is not first


def test_retries(session):
    session.set('failures', 2)
    session.set('delay', 0.1)
    session.click('start-service')
    session.await_text('The service has answered at attempt 3.')
    assert session.bars() == [('Attempt 3 · 5 of 5', 100)]


def test_retries_that_do_not_help(session):
    session.set('failures', 9)
    session.set('delay', 0.0)
    session.click('start-service')
    session.await_text('ConnectionError: The service was busy 4 times.')
    assert session.task('service').attempt == 4


def test_cancel_while_waiting_for_retry(session):
    session.set('delay', 3600.0)
    session.click('start-service')
    session.await_text('attempt 1 failed, trying again')
    session.click('cancel-service')
    session.await_text('cancelled')


def test_each_session_has_its_own(session):
    session.set('limit', ENDLESS)
    session.click('start-primes')
    other = Session()
    assert other.task('primes') is None and not other.has_button('cancel-primes')
    session.run()
    assert session.has_button('cancel-primes')


def test_one_task_for_all_sessions(session):
    other = Session()
    session.click(f'start-{SHARED}')
    assert session.has_button(f'cancel-{SHARED}')
    for one in session, other:
        one.await_(one.bars)
    other.await_text('The report was written at')
    # A run that read the progress just before the end has drawn one chapter less.
    for one in session, other:
        one.run()
    assert other.bars() == session.bars() == [('Chapters · 30 of 30', 100)]
    late = Session()
    assert late.bars() == other.bars() and late.texts() == other.texts()


def test_another_session_may_cancel(session):
    session.click(f'start-{SHARED}')
    other = Session()
    other.click(f'cancel-{SHARED}')
    session.await_text('cancelled')


def tutorial_app():
    """The lines of the tutorial that keep a result across a reload, completed to a program."""
    page = (SOURCE_DIR / 'docs/tutorial-streamlit.md').read_text()
    lines = re.search(r'<!-- run by: tests/examples/test-streamlit.py -->\n+```text\n(.*?)```', page,
                      re.DOTALL)[1]
    return f"""
import gi
gi.require_version('AsyncLit', '1')
from gi.repository import AsyncLit
import streamlit as st

def count_primes(limit):
    return sum(all(n % d for d in range(2, int(n ** .5) + 1)) for n in range(2, limit))

{lines}"""


def run_until_shown(app, text):
    end = time.monotonic() + TIMEOUT
    while not any(text in element.value for element in app.markdown):
        assert time.monotonic() < end and not app.exception, app.exception
        time.sleep(0.05)
        app.run()


def test_a_reload_keeps_the_task():
    app = AppTest.from_string(tutorial_app(), default_timeout=TIMEOUT).run()
    assert not app.exception, app.exception
    app.button[0].click().run()
    run_until_shown(app, '1229')
    # The browser asks for the same address, in a new session.
    reloaded = AppTest.from_string(tutorial_app(), default_timeout=TIMEOUT)
    reloaded.query_params['task'] = app.query_params['task']
    run_until_shown(reloaded.run(), '1229')


def test_an_unknown_id_shows_nothing():
    app = AppTest.from_string(tutorial_app(), default_timeout=TIMEOUT)
    app.query_params['task'] = 'no such task'
    app.run()
    assert not app.exception and not app.markdown and not app.button[0].disabled
