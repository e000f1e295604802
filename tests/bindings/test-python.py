#!/usr/bin/python3
# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The library through its typelib, in Python and without the override that comes with it."""

import re
import threading
import unittest

import gi

gi.require_version('AsyncLit', '1')
from gi.module import get_introspection_module
from gi.repository import Gio, GLib

import taptest

AsyncLit = get_introspection_module('AsyncLit')

WATCHDOG_SECONDS = 60
UUID_V4 = re.compile('[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}')

# How often to repeat something that must not cost memory, and the apparent cost that is tolerated.
WARM_UP, MEASURED, BYTES_EACH = 2000, 20000, 60


def wait(task):
    assert task.wait(WATCHDOG_SECONDS, None)
    return task


def fail(task, code, message):
    task.return_error(GLib.Error.new_literal(Gio.io_error_quark(), message, code))


def resident_bytes():
    with open('/proc/self/statm') as statm:
        return int(statm.read().split()[1]) * 4096


def iterate_until(condition):
    """Runs a main loop until the condition holds after some event."""
    loop = GLib.MainLoop()
    expired = []

    def check():
        if condition():
            loop.quit()
        return GLib.SOURCE_CONTINUE

    def expire():
        expired.append(True)
        loop.quit()
        return GLib.SOURCE_REMOVE

    sources = [GLib.timeout_add(5, check), GLib.timeout_add_seconds(WATCHDOG_SECONDS, expire)]
    loop.run()
    for source in sources:
        if not expired or source != sources[1]:
            GLib.source_remove(source)
    assert not expired, 'a condition did not come true'


class TestNamespace(unittest.TestCase):
    def test_version(self):
        self.assertEqual(AsyncLit.MAJOR_VERSION, 1)
        self.assertEqual(AsyncLit._version, '1')

    def test_status_nicks(self):
        nicks = [AsyncLit.TaskStatus(value).value_nick for value in range(5)]
        self.assertEqual(nicks, ['pending', 'running', 'done', 'error', 'cancelled'])

    def test_names_of_c_only(self):
        """The forms that take a function pointer are not for bindings."""
        for owner, name in [(AsyncLit, 'run_closure'), (AsyncLit, 'run_async_closure'),
                            (AsyncLit.TaskManager, 'submit_closure'),
                            (AsyncLit.TaskManager, 'submit_in_context_closure'),
                            (AsyncLit.Task, 'set_closure'), (AsyncLit.Task, 'add_callback'),
                            (AsyncLit.Task, 'return_new_error')]:
            self.assertFalse(hasattr(owner, name), name)

    def test_default_manager(self):
        self.assertIs(AsyncLit.get_default_manager(), AsyncLit.get_default_manager())


class TestPolled(unittest.TestCase):
    """No main loop anywhere."""

    def test_result(self):
        task = wait(AsyncLit.run(lambda task, cancellable: task.return_int(6 * 7)))
        self.assertTrue(task.get_done())
        self.assertEqual(task.get_status(), AsyncLit.TaskStatus.DONE)
        self.assertEqual(task.get_result(), 42)
        self.assertIsNone(task.get_error())

    def test_results_of_many_types(self):
        variant = GLib.Variant('(is)', (5, 'five'))
        for method, value in [('return_int', 2 ** 40), ('return_boolean', True),
                              ('return_string', 'tèxt'), ('return_variant', variant),
                              ('return_value', 0.25)]:
            task = wait(AsyncLit.run(lambda task, cancellable: getattr(task, method)(value)))
            self.assertEqual(task.get_result(), value)

    def test_result_object(self):
        file = Gio.File.new_for_path('/')
        task = wait(AsyncLit.run(lambda task, cancellable: task.return_object(file)))
        self.assertIs(task.get_result(), file)

    def test_result_not_done(self):
        gate = threading.Event()

        def work(task, cancellable):
            gate.wait(WATCHDOG_SECONDS)
            task.return_boolean(True)

        task = AsyncLit.run(work)
        with self.assertRaises(GLib.Error) as caught:
            task.get_result()
        self.assertTrue(caught.exception.matches(AsyncLit.error_quark(),
                                                 AsyncLit.Error.NOT_DONE))
        self.assertEqual(caught.exception.message, 'Task is not complete')
        gate.set()
        self.assertTrue(wait(task).get_result())

    def test_error(self):
        task = wait(AsyncLit.run(
            lambda task, cancellable: fail(task, Gio.IOErrorEnum.BUSY, 'too busy')))
        self.assertEqual(task.get_status(), AsyncLit.TaskStatus.ERROR)
        with self.assertRaises(GLib.Error) as caught:
            task.get_result()
        self.assertTrue(caught.exception.matches(Gio.io_error_quark(), Gio.IOErrorEnum.BUSY))
        self.assertEqual(task.get_error().message, 'too busy')

    def test_nothing_settled(self):
        task = wait(AsyncLit.run(lambda task, cancellable: None))
        self.assertTrue(task.get_error().matches(AsyncLit.error_quark(),
                                                 AsyncLit.Error.NO_RESULT))

    def test_thread(self):
        seen = []

        def work(task, cancellable):
            seen.append(threading.get_ident())
            task.return_boolean(True)

        wait(AsyncLit.run(work))
        self.assertNotEqual(seen, [threading.get_ident()])

    def test_progress(self):
        def work(task, cancellable):
            for value in (1, 'two', 3.5):
                task.report_progress(value)
            task.return_boolean(True)

        task = wait(AsyncLit.run(work))
        self.assertEqual(list(task.drain_progress()), [1, 'two', 3.5])
        self.assertEqual(list(task.drain_progress()), [])

    def test_progress_by_cursor(self):
        task = AsyncLit.Task.new()
        task.report_progress(1)
        task.report_progress('two')
        values, cursor = task.read_progress(0)
        self.assertEqual((list(values), cursor), ([1, 'two'], 2))
        values, cursor = task.read_progress(cursor)
        self.assertEqual((list(values), cursor), ([], 2))

    def test_cancel(self):
        started = threading.Event()

        def work(task, cancellable):
            started.set()
            while not cancellable.is_cancelled():
                threading.Event().wait(0.002)
            task.return_boolean(True)

        task = AsyncLit.run(work)
        self.assertTrue(started.wait(WATCHDOG_SECONDS))
        self.assertTrue(task.cancel())
        self.assertEqual(wait(task).get_status(), AsyncLit.TaskStatus.CANCELLED)
        self.assertFalse(task.cancel())
        with self.assertRaises(GLib.Error) as caught:
            task.get_result()
        self.assertTrue(caught.exception.matches(Gio.io_error_quark(),
                                                 Gio.IOErrorEnum.CANCELLED))

    def test_retry(self):
        manager = AsyncLit.TaskManager.new()

        def work(task, cancellable):
            if task.get_attempt() < 3:
                fail(task, Gio.IOErrorEnum.BUSY, 'again')
            else:
                task.return_int(task.get_attempt())

        task = wait(manager.submit(AsyncLit.RetryPolicy.new(5), work))
        self.assertEqual(task.get_result(), 3)

    def test_retry_predicate(self):
        retry = AsyncLit.RetryPolicy.new(5).with_retry_if(lambda error: error.message == 'again')
        again = GLib.Error.new_literal(Gio.io_error_quark(), 'again', Gio.IOErrorEnum.BUSY)
        never = GLib.Error.new_literal(Gio.io_error_quark(), 'never', Gio.IOErrorEnum.BUSY)
        self.assertTrue(retry.should_retry(again))
        self.assertFalse(retry.should_retry(never))

    def test_retry_invalid(self):
        with self.assertRaises(GLib.Error) as caught:
            AsyncLit.RetryPolicy.new_full(1, -1, 60, 2, 0, 0)
        self.assertTrue(caught.exception.matches(AsyncLit.error_quark(),
                                                 AsyncLit.Error.INVALID_ARGUMENT))

    def test_manager(self):
        manager = AsyncLit.TaskManager(max_completed=2)
        task = wait(manager.submit(None, lambda task, cancellable: task.return_int(1)))
        self.assertRegex(task.get_id(), UUID_V4)
        self.assertIs(manager.get(task.get_id()), task)
        self.assertIsNone(manager.get('nobody'))
        manager.register_global(task, 'latest')
        self.assertIs(manager.get('global:latest'), task)
        self.assertEqual(manager.list_tasks(AsyncLit.TaskFilter.DONE, None), [task])
        self.assertEqual(list(manager), [task])

    def test_closed(self):
        manager = AsyncLit.TaskManager.new()
        manager.close(AsyncLit.CloseMode.DRAIN)
        task = manager.submit(None, lambda task, cancellable: task.return_int(1))
        self.assertTrue(task.get_error().matches(AsyncLit.error_quark(), AsyncLit.Error.CLOSED))

    def test_completed_by_creator(self):
        manager = AsyncLit.TaskManager.new()
        task = AsyncLit.Task.new()
        task.set_name('mine')
        manager.submit_task(task)
        self.assertEqual(task.get_status(), AsyncLit.TaskStatus.RUNNING)
        task.report_progress('half')
        task.return_string('whole')
        self.assertEqual(list(task.drain_progress()), ['half'])
        self.assertEqual(task.get_result(), 'whole')

    def test_set_func(self):
        manager = AsyncLit.TaskManager.new()
        task = AsyncLit.Task.new()
        task.set_func(lambda task, cancellable: task.return_int(3))
        manager.submit_task(task)
        self.assertEqual(wait(task).get_result(), 3)

    def test_subprocess(self):
        task = wait(AsyncLit.get_default_manager().submit_subprocess(
            None, ['sh', '-c', 'echo one; echo two']))
        self.assertEqual(task.get_result(), 0)
        self.assertEqual(list(task.drain_progress()), ['one', 'two'])


class TestMemory(unittest.TestCase):
    """Objects that are passed to the library are released, and objects that it returns are
    freed."""

    def check(self, work):
        for _ in range(WARM_UP):
            work()
        before = resident_bytes()
        for _ in range(MEASURED):
            work()
        self.assertLess(resident_bytes() - before, MEASURED * BYTES_EACH)

    def test_function(self):
        self.check(lambda: AsyncLit.run(
            lambda task, cancellable: task.return_boolean(True)).wait(WATCHDOG_SECONDS, None))

    def test_progress_drained(self):
        def work():
            task = AsyncLit.Task.new()
            task.report_progress('x' * 200)
            task.drain_progress()

        self.check(work)

    def test_progress_read(self):
        def work():
            task = AsyncLit.Task.new()
            task.report_progress('x' * 200)
            task.read_progress(0)

        self.check(work)

    def test_result(self):
        def work():
            task = AsyncLit.Task.new()
            task.return_string('x' * 200)
            task.get_result()

        self.check(work)

    def test_error(self):
        def work():
            task = AsyncLit.Task.new()
            fail(task, Gio.IOErrorEnum.BUSY, 'x' * 200)
            task.get_error()

        self.check(work)

    def test_list(self):
        manager = AsyncLit.TaskManager.new()
        task = AsyncLit.Task.new()
        manager.submit_task(task)
        self.check(lambda: (manager.list_tasks(AsyncLit.TaskFilter.ALL, None),
                            manager.get(task.get_id())))
        task.return_boolean(True)


class TestMainLoop(unittest.TestCase):
    def test_signals(self):
        events = []
        here = threading.get_ident()

        def record(event):
            self.assertEqual(threading.get_ident(), here)
            events.append(event)

        def work(task, cancellable):
            task.report_progress(1)
            task.report_progress(2)
            task.return_string('end')

        task = AsyncLit.run(work)
        task.connect('progressed', lambda task, value: record(value))
        task.connect('completed', lambda task: record(task.get_result()))
        iterate_until(lambda: 'end' in events)
        self.assertEqual(events, [1, 2, 'end'])

    def test_status_notified(self):
        seen = []
        task = AsyncLit.run(lambda task, cancellable: task.return_int(1))
        task.connect('notify::status', lambda task, pspec: seen.append(task.props.status))
        iterate_until(lambda: AsyncLit.TaskStatus.DONE in seen)

    def test_retrying(self):
        seen = []
        task = AsyncLit.get_default_manager().submit(
            AsyncLit.RetryPolicy.new(2),
            lambda task, cancellable: fail(task, Gio.IOErrorEnum.BUSY, 'again'))
        task.connect('retrying', lambda task, attempt, delay, error: seen.append(
            (attempt, delay, error.message)))
        task.connect('completed', lambda task: seen.append('completed'))
        iterate_until(lambda: 'completed' in seen)
        self.assertEqual(seen, [(1, 0.0, 'again'), 'completed'])

    def test_wait_async(self):
        ended = []
        task = AsyncLit.run(lambda task, cancellable: task.return_int(1))
        task.wait_async(None, lambda task, result: ended.append(task.wait_finish(result)))
        self.assertEqual(ended, [])
        iterate_until(lambda: ended)
        self.assertEqual(ended, [True])

    def test_in_context(self):
        seen = []

        def work(task, cancellable):
            seen.append(threading.get_ident())
            task.return_int(5)

        task = AsyncLit.get_default_manager().submit_in_context(None, work)
        self.assertEqual(seen, [])
        iterate_until(task.get_done)
        self.assertEqual(seen, [threading.get_ident()])
        self.assertEqual(task.get_result(), 5)

    def test_worker(self):
        """An asynchronous function settles later, from the callback of a Gio operation."""
        def on_info(file, result, task):
            task.return_string(file.query_info_finish(result).get_name())

        def work(task, cancellable):
            Gio.File.new_for_path('/').query_info_async(
                'standard::name', Gio.FileQueryInfoFlags.NONE, GLib.PRIORITY_DEFAULT, cancellable,
                on_info, task)

        task = wait(AsyncLit.run_async(work))
        self.assertEqual(task.get_result(), '/')


if __name__ == '__main__':
    taptest.main()
