# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The Streamlit app with jobs, in Streamlit's own test harness."""

import os
import time
from pathlib import Path

import gi
import pytest
from streamlit.testing.v1 import AppTest

gi.require_version('AsyncLit', '1')
from gi.repository import AsyncLit

APP = Path(os.environ['ASYNCLIT_SOURCE_DIR'], 'examples/python/streamlit_schedule.py')
# A time limit. Only a failing test waits this long.
TIMEOUT = 120


@pytest.fixture
def app():
    app = AppTest.from_file(str(APP), default_timeout=TIMEOUT)
    run(app)
    yield app
    AsyncLit.shutdown_scheduler()
    assert AsyncLit.shutdown(TIMEOUT)


def run(app):
    app.run()
    assert not app.exception, app.exception


def jobs():
    return {job.name: job for job in AsyncLit.get_default_scheduler().get_jobs()}


def texts(app):
    return [element.value for element in app.markdown]


def await_text(app, text):
    end = time.monotonic() + TIMEOUT
    while not any(text in shown for shown in texts(app)):
        assert time.monotonic() < end, texts(app)
        time.sleep(0.05)
        run(app)


def test_reruns_add_no_jobs(app):
    first, report = jobs(), jobs()['write_report']
    next_run = report.next_run_time
    assert sorted(first) == ['measure', 'tidy_up', 'write_report']
    for _ in range(5):
        run(app)
    assert jobs() == first
    assert jobs()['write_report'] is not report
    assert jobs()['write_report'].next_run_time == next_run


def test_another_session_has_the_same_jobs(app):
    other = AppTest.from_file(str(APP), default_timeout=TIMEOUT)
    run(other)
    assert len(jobs()) == 3
    other.button(key='pause-tidy_up').click()
    run(other)
    run(app)
    assert app.button(key='pause-tidy_up').label == 'Resume'


def test_shows_outcomes(app):
    await_text(app, '°C in Helsinki')
    app.button(key='now-write_report').click()
    run(app)
    await_text(app, 'Report of')
    assert jobs()['write_report'].n_runs == 1


def cancel_a_run(job):
    """A run may end before it is cancelled; then the test tries another one."""
    end = time.monotonic() + TIMEOUT
    while job.latest_task is None or job.latest_task.status != AsyncLit.TaskStatus.CANCELLED:
        assert time.monotonic() < end
        job.run_now()
        time.sleep(0.01)
        if job.latest_task is not None:
            job.latest_task.cancel()
            job.latest_task.wait(TIMEOUT)


def test_shows_a_cancelled_run(app):
    job = jobs()['measure']
    job.pause()
    cancel_a_run(job)
    run(app)
    assert any('cancelled' in text for text in texts(app))


def test_pause_and_resume(app):
    app.button(key='pause-write_report').click()
    run(app)
    assert jobs()['write_report'].paused and any('paused' in text for text in texts(app))
    app.button(key='pause-write_report').click()
    run(app)
    assert not jobs()['write_report'].paused
    assert app.button(key='pause-write_report').label == 'Pause'
