# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The Streamlit app with jobs, in a browser.

A picture of the page is left in the build folder, as tests/examples/streamlit-schedule.png.
"""

import re

import pytest
from browserlib import browser, open_page, url  # noqa: F401: these are fixtures

OUTCOME = '°C in Helsinki'


@pytest.fixture(scope='module')
def app():
    return 'streamlit_schedule.py'


def n_runs(page):
    """How many runs the page says that there were, as soon as it says so."""
    return int(page.await_(lambda: re.search(r'(\d+) runs since', page.text())).group(1))


def label(page, key):
    button, = page.find(f'.st-key-{key} button')
    return button.text


def test_runs_and_shows_it_by_itself(open_page):
    """Nobody clicks: the page follows the jobs."""
    page = open_page()
    page.await_text(OUTCOME)
    before = n_runs(page)
    page.await_(lambda: n_runs(page) > before)


def test_run_now(open_page):
    page = open_page()
    assert 'Report of' not in page.text()
    page.click('now-write_report')
    page.await_text('Report of')


def test_pause_and_resume_in_all_sessions(open_page):
    mine, other = open_page(), open_page()
    mine.click('pause-tidy_up')
    for page in mine, other:
        page.await_text('paused')
        page.await_(lambda page=page: label(page, 'pause-tidy_up') == 'Resume')
    other.click('pause-tidy_up')
    for page in other, mine:
        page.await_(lambda page=page: label(page, 'pause-tidy_up') == 'Pause')
        assert 'paused' not in page.text()


def test_another_session_has_the_same_jobs(open_page):
    """It schedules them anew: those of the first page are other objects then, and its buttons work."""
    mine = open_page()
    before = n_runs(mine)
    other = open_page()
    other.await_text('3 jobs')
    assert n_runs(other) >= before
    mine.click('now-write_report')
    mine.await_(lambda: n_runs(mine) > before)
    mine.click('pause-write_report')
    other.await_(lambda: label(other, 'pause-write_report') == 'Resume')
    mine.click('pause-write_report')
    other.await_(lambda: label(other, 'pause-write_report') == 'Pause')


def test_all_at_the_same_time(open_page):
    """Leaves the picture."""
    page = open_page()
    page.click('pause-tidy_up')
    page.click('now-tidy_up')
    page.await_text('files removed')
    page.click('now-write_report')
    page.await_text('Report of')
    page.await_text('paused')
    page.await_(lambda: OUTCOME in page.text() and re.search(r'in [2-4] s', page.text()))
    page.save_picture('streamlit-schedule.png', 580)
    page.click('pause-tidy_up')
    page.await_(lambda: label(page, 'pause-tidy_up') == 'Pause')
