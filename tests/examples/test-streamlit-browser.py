# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The Streamlit app with tasks, in a browser.

A picture of the page is left in the build folder, as tests/examples/streamlit.png.
"""

import pytest
from browserlib import browser, open_page, url  # noqa: F401: these are fixtures

SHARED = 'prime-report'
WRITTEN = 'The report was written at'


@pytest.fixture(scope='module')
def app():
    return 'streamlit_app.py'


def test_service_answers_after_retries(open_page):
    """Without a second click, the page follows the task."""
    page = open_page()
    page.click('start-service')
    page.await_text('The service has answered at attempt 3.')
    assert page.fractions() == [100]


def test_progress_bar_moves_and_cancel_stops(open_page):
    page = open_page()
    page.enter('limit', 5000000)
    page.click('start-primes')
    page.await_(page.fractions)
    first, = page.fractions()
    page.await_(lambda: page.fractions()[0] > first)
    page.click('cancel-primes')
    page.await_text('cancelled')
    page.await_text('Start again')
    assert page.fractions()[0] < 100


def test_start_again(open_page):
    page = open_page()
    page.enter('limit', 1000)
    page.click('start-primes')
    page.await_text('There are 168 primes below 1,000.')
    page.enter('limit', 2000)
    page.click('start-primes')
    page.await_text('There are 303 primes below 2,000.')


def test_two_sessions_share_one_task(open_page):
    mine = open_page()
    mine.click(f'start-{SHARED}')
    mine.await_(mine.fractions)
    other = open_page()
    reports = []
    for page in mine, other:
        page.await_text(WRITTEN)
        reports.append(page.text().partition(WRITTEN)[2][:9])
    assert reports[0] == reports[1]


def test_all_at_the_same_time(open_page):
    """Leaves the picture."""
    page = open_page()
    page.enter('limit', 3000000)
    page.enter('delay', 3600)
    for key in ('start-primes', 'start-service', f'start-{SHARED}'):
        page.click(key)
    page.await_text('attempt 1 failed, trying again')
    page.await_(lambda: len(page.fractions()) == 3 and min(page.fractions()) > 5)
    page.save_picture('streamlit.png', 760)
    for key in 'cancel-primes', 'cancel-service':
        page.click(key)
    page.await_(lambda: page.text().count('cancelled') == 2)
