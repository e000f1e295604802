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
    """The number of runs on the page, as soon as it is displayed."""
    return int(page.await_(lambda: re.search(r'(\d+) runs since', page.text())).group(1))


def label(page, key):
    button, = page.find(f'.st-key-{key} button')
    return button.text


def toggle(page, key, expected):
    """Clicks a button, whose label then changes."""
    page.click_until(key, lambda: label(page, key) == expected)


def test_runs_and_shows_it_by_itself(open_page):
    """Without clicks, the page follows the jobs."""
    page = open_page()
    page.await_text(OUTCOME)
    before = n_runs(page)
    page.await_(lambda: n_runs(page) > before)


def test_run_now(open_page):
    page = open_page()
    assert 'Report of' not in page.text()
    page.click_until('now-write_report', lambda: 'Report of' in page.text())


def test_pause_and_resume_in_all_sessions(open_page):
    mine, other = open_page(), open_page()
    toggle(mine, 'pause-tidy_up', 'Resume')
    for page in mine, other:
        page.await_text('paused')
        page.await_(lambda page=page: label(page, 'pause-tidy_up') == 'Resume')
    toggle(other, 'pause-tidy_up', 'Pause')
    for page in other, mine:
        page.await_(lambda page=page: label(page, 'pause-tidy_up') == 'Pause')
        assert 'paused' not in page.text()


def test_another_session_has_the_same_jobs(open_page):
    """It schedules them again. The jobs of the first page are then other objects, and its buttons
    work."""
    mine = open_page()
    before = n_runs(mine)
    other = open_page()
    other.await_text('3 jobs')
    assert n_runs(other) >= before
    mine.click_until('now-write_report', lambda: n_runs(mine) > before)
    toggle(mine, 'pause-write_report', 'Resume')
    other.await_(lambda: label(other, 'pause-write_report') == 'Resume')
    toggle(mine, 'pause-write_report', 'Pause')
    other.await_(lambda: label(other, 'pause-write_report') == 'Pause')


def test_all_at_the_same_time(open_page):
    """Leaves the picture."""
    page = open_page()
    toggle(page, 'pause-tidy_up', 'Resume')
    page.click_until('now-tidy_up', lambda: 'files removed' in page.text())
    page.click_until('now-write_report', lambda: 'Report of' in page.text())
    page.await_text('paused')
    page.await_(lambda: OUTCOME in page.text() and re.search(r'in [2-4] s', page.text()))
    page.save_picture('streamlit-schedule.png', 580)
    toggle(page, 'pause-tidy_up', 'Pause')
