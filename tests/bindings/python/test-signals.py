#!/usr/bin/python3
# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Signals: from a GLib main loop, in applications, and with PyGObject's asyncio."""

import os
import shutil
import subprocess
import sys
import threading

import gi
import pytest
from gi.repository import AsyncLit, GLib

from pysupport import assert_quiet, finish, iterate_until, run_script


async def count(to, queue):
    for number in range(to):
        await queue.async_q.put(number)
    return 'end'


def fail():
    raise ValueError('no')


def test_order():
    """All progress, and then completed, on the thread that iterates the context."""
    events, threads = [], set()

    def record(event):
        events.append(event)
        threads.add(threading.get_ident())

    task = AsyncLit.run(count, 3)
    task.connect('progressed', lambda task, value: record(value))
    task.connect('completed', lambda task: record(task.result))
    iterate_until(lambda: 'end' in events)
    assert (events, threads) == ([0, 1, 2, 'end'], {threading.get_ident()})


def test_values_are_the_objects():
    values = [None, [1], {'a': 1}, 2 ** 64, 'a\0b', object()]
    seen = []

    def func(queue):
        for value in values:
            queue.sync_q.put(value)

    task = AsyncLit.run(func)
    task.connect('progressed', lambda task, value: seen.append(value))
    iterate_until(lambda: len(seen) == len(values))
    assert all(one is other for one, other in zip(seen[:3] + seen[5:], values[:3] + values[5:]))
    assert seen == values


def test_drained_values_are_delivered():
    """Polling takes no values away from handlers."""
    seen = []
    task = AsyncLit.run(count, 3)
    task.connect('progressed', lambda task, value: seen.append(value))
    finish(task)
    assert task.progress == [0, 1, 2]
    iterate_until(lambda: len(seen) == 3)
    assert seen == [0, 1, 2]


def test_connected_late():
    seen = []
    task = finish(AsyncLit.run(int))
    task.connect('completed', seen.append)
    iterate_until(lambda: seen)
    assert seen == [task]


def test_completed_once():
    seen = []
    task = AsyncLit.run(int)
    task.connect('completed', seen.append)
    iterate_until(lambda: seen)
    other = AsyncLit.run(int)
    other.connect('completed', seen.append)
    iterate_until(lambda: other in seen)
    assert seen == [task, other]


@pytest.mark.parametrize('func, status', [(int, 'DONE'), (fail, 'ERROR')])
def test_notify(func, status):
    seen = []
    task = AsyncLit.run(func)
    task.connect('notify::status', lambda task, pspec: seen.append(task.status))
    iterate_until(lambda: AsyncLit.TaskStatus[status] in seen)


def test_context_of_a_thread():
    """The thread-default main context of the submitting thread."""
    seen = []

    def work():
        context = GLib.MainContext.new()
        context.push_thread_default()
        task = AsyncLit.run(int)
        task.connect('completed', lambda task: seen.append(threading.get_ident()))
        iterate_until(lambda: seen, context)
        context.pop_thread_default()

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [thread.ident]


def test_handler_raises():
    """The failure is logged, and nothing else is affected."""
    seen = []
    before, sys.excepthook = sys.excepthook, lambda *unused: seen.append('raised')
    try:
        task = AsyncLit.run(int)
        task.connect('completed', lambda task: 1 / 0)
        task.connect('completed', lambda task: seen.append('called'))
        iterate_until(lambda: 'called' in seen)
    finally:
        sys.excepthook = before
    assert finish(AsyncLit.run(int)).result == 0


def test_submit_in_a_handler():
    results = []

    def chain(task):
        results.append(task.result)
        if len(results) < 100:
            submit()

    def submit():
        AsyncLit.run(int, len(results)).connect('completed', chain)

    submit()
    iterate_until(lambda: len(results) == 100)
    assert results == list(range(100))


def test_manager_as_a_list_model():
    manager = AsyncLit.TaskManager()
    assert manager.get_n_items() == 0
    changed = []
    manager.connect('items-changed', lambda *arguments: changed.append(arguments[1:]))
    task = manager.submit(int)
    iterate_until(lambda: changed)
    assert manager.get_item(0) is task


def test_application():
    """A whole Gio.Application, which quits when its work is done."""
    assert_quiet(run_script('''
from gi.repository import AsyncLit, Gio

class Application(Gio.Application):
    def do_activate(self):
        self.hold()
        task = AsyncLit.run(sum, [1, 2, 3])
        task.connect('completed', self.on_completed)

    def on_completed(self, task):
        print(task.result)
        self.release()

Application(flags=Gio.ApplicationFlags.NON_UNIQUE).run()
'''), '6\n')


GTK_PROGRAM = '''
gi.require_version('Gtk', '4.0')
from gi.repository import AsyncLit, GLib, Gtk

async def download(queue):
    for part in range(5):
        await queue.async_q.put(part / 4)
    return 'loaded'

class Application(Gtk.Application):
    def do_activate(self):
        self.bar, self.seen = Gtk.ProgressBar(), []
        window = Gtk.ApplicationWindow(application=self, child=self.bar)
        window.present()
        task = AsyncLit.run(download)
        task.connect('progressed', self.on_progressed)
        task.connect('completed', self.on_completed, window)

    def on_progressed(self, task, fraction):
        self.bar.set_fraction(fraction)
        self.seen.append(self.bar.get_fraction())

    def on_completed(self, task, window):
        print(task.result, self.seen)
        window.close()

Application().run()
'''


@pytest.fixture
def display():
    """A display without a screen."""
    if not shutil.which('Xvfb'):
        pytest.skip('there is no Xvfb')
    if '4.0' not in gi.Repository.get_default().enumerate_versions('Gtk'):
        pytest.skip('there is no GTK 4')
    reader, writer = os.pipe()
    with open(reader) as stream, subprocess.Popen(
            ['Xvfb', '-displayfd', str(writer), '-nolisten', 'tcp'], pass_fds=[writer],
            stderr=subprocess.DEVNULL) as server:
        os.close(writer)
        number = stream.readline().strip()
        yield f':{number}'
        server.terminate()


def test_gtk(display):
    environment = dict(os.environ, DISPLAY=display, GDK_BACKEND='x11', GSK_RENDERER='cairo',
                       GTK_A11Y='none', G_DEBUG='')
    process = run_script(GTK_PROGRAM, env=environment)
    assert (process.returncode, process.stdout) == (0, 'loaded [0.0, 0.25, 0.5, 0.75, 1.0]\n'), (
        process.stderr)


@pytest.mark.skipif(gi.version_info < (3, 50), reason='PyGObject has no asyncio of its own yet')
def test_asyncio_of_pygobject():
    """Awaited in an event loop of GLib, which also emits the signals."""
    assert_quiet(run_script('''
import asyncio
from gi.events import GLibEventLoopPolicy
from gi.repository import AsyncLit, GLib

async def give(value):
    await asyncio.sleep(0)
    return value

async def main():
    task = AsyncLit.run(int, 5)
    completed = asyncio.Event()
    task.connect('completed', lambda task: completed.set())
    print(await task, await AsyncLit.run(give, 6))
    await completed.wait()
    results = await asyncio.gather(*[wait(AsyncLit.run(give, number)) for number in range(20)])
    print(sum(results))

async def wait(task):
    return await task

policy = GLibEventLoopPolicy()
loop = policy.get_event_loop()
loop.run_until_complete(asyncio.wait_for(main(), 60))
loop.close()
'''), '5 6\n190\n')
