# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The Streamlit app as its users have it: "streamlit run", and a browser without a screen.

A picture of the page is left in the build folder, as tests/examples/streamlit.png.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException, WebDriverException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

APP = Path(os.environ['ASYNCLIT_SOURCE_DIR'], 'examples/python/streamlit_app.py')
PICTURE = Path(os.environ['ASYNCLIT_BUILD_DIR'], 'tests/examples/streamlit.png')
TIMEOUT = 60
SHARED = 'prime-report'
WRITTEN = 'The report was written at'

BROWSER, DRIVER = shutil.which('chromium'), shutil.which('chromedriver')


def free_port():
    with socket.socket() as sock:
        sock.bind(('127.0.0.1', 0))
        return sock.getsockname()[1]


def is_up(url):
    try:
        with urllib.request.urlopen(f'{url}/_stcore/health', timeout=5) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False


@pytest.fixture(scope='module')
def url(tmp_path_factory):
    """Where a server has the app."""
    port, log = free_port(), tmp_path_factory.mktemp('server') / 'log'
    options = {'server.port': port, 'server.address': '127.0.0.1', 'server.headless': 'true',
               'server.fileWatcherType': 'none', 'browser.gatherUsageStats': 'false'}
    command = [sys.executable, '-m', 'streamlit', 'run', str(APP),
               *(f'--{name}={value}' for name, value in options.items())]
    found = f'http://127.0.0.1:{port}'
    with log.open('w') as out:
        server = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
    try:
        end = time.monotonic() + TIMEOUT
        while not is_up(found):
            assert server.poll() is None and time.monotonic() < end, log.read_text()
            time.sleep(0.1)
        yield found
    finally:
        server.terminate()
        status = server.wait(TIMEOUT)
    # The tasks that still ran did not keep it, and it said nothing of trouble.
    assert status in (0, -15), log.read_text()
    assert 'Traceback' not in log.read_text(), log.read_text()


@pytest.fixture(scope='module')
def browser():
    if not (BROWSER and DRIVER):
        pytest.skip('chromium or chromedriver is not installed')
    options = webdriver.ChromeOptions()
    options.binary_location = BROWSER
    for argument in ('--headless=new', '--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu',
                     '--window-size=1200,760', '--force-device-scale-factor=1'):
        options.add_argument(argument)
    try:
        found = webdriver.Chrome(options, webdriver.ChromeService(DRIVER))
    except WebDriverException as error:
        pytest.skip(f'Chromium does not start here: {error.msg}')
    yield found
    found.quit()


class Page:
    """A tab with the app in it: a session of its own."""

    def __init__(self, browser, url):
        self.browser = browser
        browser.switch_to.new_window('tab')
        self.handle = browser.current_window_handle
        browser.get(url)
        self.await_(lambda: self.find('.st-key-start-primes button'))

    def show(self):
        self.browser.switch_to.window(self.handle)

    def find(self, selector):
        return self.browser.find_elements(By.CSS_SELECTOR, selector)

    def await_(self, condition):
        def holds(_):
            try:
                return condition()
            except StaleElementReferenceException:  # drawn anew while it was looked at
                return False
        self.show()
        wait = WebDriverWait(self.browser, TIMEOUT, poll_frequency=0.05)
        return wait.until(holds, f'the page shows: {self.text()!r}')

    def text(self):
        return self.browser.execute_script('return document.body.innerText')

    def await_text(self, text):
        self.await_(lambda: text in self.text())

    def click(self, key):
        """Clicks a button as soon as it can be clicked."""
        def clicked():
            button, = self.find(f'.st-key-{key} button') or [None]
            if button is None or not button.is_enabled():
                return False
            button.click()
            return True
        self.await_(clicked)

    def enter(self, key, number):
        self.show()
        field, = self.find(f'.st-key-{key} input')
        field.send_keys(Keys.CONTROL + 'a')
        field.send_keys(f'{number}\n')

    def fractions(self):
        """How far each progress bar on the page is, in percent."""
        return [int(bar.get_attribute('aria-valuenow'))
                for bar in self.find('[data-testid="stProgress"] [role="progressbar"]')]

    def close(self):
        self.show()
        self.browser.close()
        self.browser.switch_to.window(self.browser.window_handles[0])


@pytest.fixture
def open_page(browser, url):
    pages = []

    def open_one():
        pages.append(Page(browser, url))
        return pages[-1]
    yield open_one
    for page in pages:
        page.close()


def test_service_answers_after_retries(open_page):
    """Nobody clicks a second time: the page follows the task by itself."""
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
    assert page.browser.save_screenshot(str(PICTURE))
    assert PICTURE.stat().st_size > 10000
    for key in 'cancel-primes', 'cancel-service':
        page.click(key)
    page.await_(lambda: page.text().count('cancelled') == 2)
