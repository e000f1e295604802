# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""For tests of Streamlit apps as users see them: with "streamlit run", and a headless browser.

A test file imports the fixtures, and names its app in a fixture of its own, "app".
"""

import os
import re
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
from selenium.common.exceptions import (StaleElementReferenceException, TimeoutException,
                                        WebDriverException)
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

TIMEOUT = 60
# How long to wait for the effect of a click before the next one. All times are in seconds.
PATIENCE = 15
# The message of Streamlit's server when a page is closed while it is still connecting.
CLOSED_EARLY = re.compile(r'^.*Exception in ASGI application\n(?:.*\n)*?'
                          r'starlette.*WebSocketDisconnect.*: Cannot call "send".*\n', re.MULTILINE)
WIDTH = 1200
EXAMPLES = Path(os.environ['ASYNCLIT_SOURCE_DIR'], 'examples/python')
PICTURES = Path(os.environ['ASYNCLIT_BUILD_DIR'], 'tests/examples')

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
def url(app, tmp_path_factory):
    """The address of the app on a server."""
    port, log = free_port(), tmp_path_factory.mktemp('server') / 'log'
    options = {'server.port': port, 'server.address': '127.0.0.1', 'server.headless': 'true',
               'server.fileWatcherType': 'none', 'browser.gatherUsageStats': 'false'}
    command = [sys.executable, '-m', 'streamlit', 'run', str(EXAMPLES / app),
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
    # The running tasks did not keep it from ending, and it printed no errors.
    assert status in (0, -15), log.read_text()
    assert 'Traceback' not in CLOSED_EARLY.sub('', log.read_text()), log.read_text()


@pytest.fixture(scope='module')
def browser():
    if not (BROWSER and DRIVER):
        pytest.skip('chromium or chromedriver is not installed')
    options = webdriver.ChromeOptions()
    options.binary_location = BROWSER
    for argument in ('--headless=new', '--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu', '--hide-scrollbars',
                     f'--window-size={WIDTH},760', '--force-device-scale-factor=1'):
        options.add_argument(argument)
    try:
        found = webdriver.Chrome(options, webdriver.ChromeService(DRIVER))
    except WebDriverException as error:
        pytest.skip(f'Chromium does not start here: {error.msg}')
    yield found
    found.quit()


class Page:
    """A tab with the app, which has its own session."""

    def __init__(self, browser, url):
        self.browser = browser
        browser.switch_to.new_window('tab')
        self.handle = browser.current_window_handle
        browser.get(url)
        # The script has ended, so the page is complete.
        self.await_(lambda: self.find('[data-test-script-state="notRunning"] '
                                      'button[data-testid^="stBaseButton"]'))

    def show(self):
        self.browser.switch_to.window(self.handle)

    def find(self, selector):
        return self.browser.find_elements(By.CSS_SELECTOR, selector)

    def await_(self, condition, timeout=TIMEOUT):
        def holds(_):
            try:
                return condition()
            except StaleElementReferenceException:  # drawn anew while it was looked at
                return False
        self.show()
        wait = WebDriverWait(self.browser, timeout, poll_frequency=0.05)
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

    def click_until(self, key, condition):
        """Clicks again if nothing happens. A button that is redrawn between the press and the
        release of the mouse misses the click, and a page that was in the background redraws a lot
        at once."""
        for _ in range(TIMEOUT // PATIENCE):
            self.click(key)
            try:
                return self.await_(condition, PATIENCE)
            except TimeoutException:
                continue
        return self.await_(condition)

    def enter(self, key, number):
        self.await_(lambda: self.find(f'.st-key-{key} input'))
        field, = self.find(f'.st-key-{key} input')
        field.send_keys(Keys.CONTROL + 'a')
        field.send_keys(f'{number}\n')

    def fractions(self):
        """The position of each progress bar on the page, in percent."""
        return [int(bar.get_attribute('aria-valuenow'))
                for bar in self.find('[data-testid="stProgress"] [role="progressbar"]')]

    def save_picture(self, name, height):
        """A picture of the window with this height, with the mouse on nothing."""
        self.show()
        self.browser.set_window_size(WIDTH, height)
        header, = self.find('[data-testid="stHeader"]')
        ActionChains(self.browser).move_to_element(header).perform()
        picture = PICTURES / name
        assert self.browser.save_screenshot(str(picture))
        assert picture.stat().st_size > 10000

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
