#!/usr/bin/python3
# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The contract that contract.json states, in Python: coroutines, through the override."""

import asyncio
import datetime
import json
import time
import unittest
from pathlib import Path

import gi

gi.require_version('AsyncLit', '1')
from gi.repository import AsyncLit, Gio, GLib  # noqa: E402

import taptest  # noqa: E402

KINDS = {
    'busy': (Gio.io_error_quark(), Gio.IOErrorEnum.BUSY),
    'timed-out': (Gio.io_error_quark(), Gio.IOErrorEnum.TIMED_OUT),
    'cancelled': (Gio.io_error_quark(), Gio.IOErrorEnum.CANCELLED),
    'not-found': (Gio.io_error_quark(), Gio.IOErrorEnum.NOT_FOUND),
    'closed': (AsyncLit.error_quark(), AsyncLit.Error.CLOSED),
    'invalid-argument': (AsyncLit.error_quark(), AsyncLit.Error.INVALID_ARGUMENT),
    'dependency': (AsyncLit.error_quark(), AsyncLit.Error.DEPENDENCY),
    'circuit-open': (AsyncLit.error_quark(), AsyncLit.Error.CIRCUIT_OPEN),
    'exit-3': (GLib.spawn_exit_error_quark(), 3),
    'no-program': (GLib.spawn_error_quark(), GLib.SpawnError.NOENT),
}


REPORTS = {
    'amount': lambda task, amounts: task.set_progress(*amounts),
    'part': lambda task, weight: task.begin_part(weight),
    'text': lambda task, text: task.set_progress_text(text),
    'unit': lambda task, unit: task.set_progress_unit(getattr(AsyncLit.Unit, unit.upper())),
}


class Work:
    """A function of a test case: each call is an attempt."""

    def __init__(self, attempts):
        self.attempts = attempts
        self.n_calls = 0

    async def run(self, queue):
        self.n_calls += 1
        for step in self.attempts[min(self.n_calls, len(self.attempts)) - 1]:
            (what, value), = step.items()
            if what == 'report':
                await queue.async_q.put(value)
            elif what == 'await-cancel':
                await self.wait_for_cancel()
            elif what == 'checkpoint':
                await AsyncLit.checkpoint()
            elif what in REPORTS:
                REPORTS[what](AsyncLit.current_task(), value)
            elif what == 'fail':
                domain, code = KINDS[value]
                raise GLib.Error.new_literal(domain, 'As the contract says', int(code))
            else:
                return value

    async def wait_for_cancel(self):
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            pass


def is_kind(error, kind):
    if kind == 'all-failed':
        return isinstance(error, ExceptionGroup)
    domain, code = KINDS[kind]
    return isinstance(error, GLib.Error) and error.matches(domain, int(code))


def make_policy(fields):
    kind = fields.get('retry-on')
    return AsyncLit.RetryPolicy(
        max_attempts=fields['max-attempts'], base_delay=fields.get('base-delay', 0.0),
        retry_if=(lambda error: is_kind(error, kind)) if kind else None,
        retry_if_result=(lambda result: result == fields['unwanted']) if 'unwanted' in fields
        else None,
        fallback=(lambda error: fields['fallback']) if 'fallback' in fields else None)


def to_options(case):
    options = {name.replace('-', '_'): field for name, field in case.get('program', {}).items()}
    if 'environ' in options:
        options['env'] = options.pop('environ')
    if 'stderr' in options:
        options['stderr'] = getattr(AsyncLit.ProgramStderr, options['stderr'].upper())
    return options


def make_limits(fields):
    limits = {name.replace('-', '_'): field for name, field in fields.items()}
    if limits.pop('parent_cancelled', False):
        parent = limits['parent_cancellable'] = Gio.Cancellable()
        parent.cancel()
    return limits


def submit(manager, case):
    policy = make_policy(case['retry']) if 'retry' in case else None
    if 'limits' in case:
        options = AsyncLit.options(manager=manager, retry=policy, **make_limits(case['limits']))
        if 'argv' in case:
            return options.submit_subprocess(case['argv'])
        return options.run(Work(case['work']).run)
    if 'argv' in case:
        return manager.submit_subprocess(policy, case['argv'], **to_options(case))
    return manager.submit(Work(case['work']).run, retry=policy)


def listen_to(manager):
    seen = []
    for name in ['added', 'started', 'retrying', 'completed']:
        manager.connect(f'task-{name}', lambda *args, name=name: seen.append(name))
    return seen


class TestContract(unittest.TestCase):
    def wait_until(self, holds):
        """Waits like a program that only polls."""
        end = time.monotonic() + 60
        while not holds():
            self.assertLess(time.monotonic(), end)
            time.sleep(0.001)

    def run_case(self, case):
        manager = AsyncLit.TaskManager()
        if case.get('closed'):
            manager.close()
        signals = listen_to(manager)
        manager.paused = 'pause' in case
        if 'max-failures' in case:
            manager.limiter = AsyncLit.Limiter(max_failures=case['max-failures'])
        task, progress = submit(manager, case), []
        if manager.paused:
            self.resume(manager, task)
        when, expect = case.get('cancel'), case['expect']
        if when == 'on-progress':
            self.wait_until(lambda: progress.extend(task.progress) or progress)
        elif when == 'on-retry-wait':
            self.wait_until(lambda: task.substate == AsyncLit.TaskSubstate.WAITING_RETRY)
        if when in ('on-progress', 'on-retry-wait'):
            self.assertIs(task.cancel(), expect['cancel'])
        self.assertTrue(task.wait(60))
        if when == 'after-end':
            self.assertIs(task.cancel(), expect['cancel'])
        self.check(task, progress + task.progress, expect)
        if 'signals' in expect:
            while len(signals) < len(expect['signals']):
                GLib.MainContext.default().iteration(True)
            self.assertEqual(signals, expect['signals'])

    def resume(self, manager, task):
        self.assertTrue(task.pause())
        manager.paused = False
        self.assertEqual(task.substate, AsyncLit.TaskSubstate.PAUSED)
        self.assertTrue(task.resume())

    def check(self, task, progress, expect):
        self.assertEqual(task.status.value, expect['status'])
        if task.status is AsyncLit.TaskStatus.DONE:
            result = task.result
            if isinstance(result, AsyncLit.ProgramOutput):
                result = result.stdout.decode()
            self.assertEqual(result, expect.get('result'))
            self.assertIs(type(result), type(expect.get('result')))
        if 'error' in expect:
            self.assertTrue(is_kind(task.error, expect['error']), task.error)
        else:
            self.assertIsNone(task.error)
        self.assertEqual(progress, expect.get('progress', []))
        self.assertEqual(AsyncLit.progress_describe(task), expect.get('describe', ''))
        if 'fraction' in expect:
            self.assertEqual(task.fraction, expect['fraction'])
        self.assertEqual(task.attempt, expect['attempts'])


JOINS = {'all': AsyncLit.all, 'any': AsyncLit.any, 'race': AsyncLit.race}


def run_join(test, case):
    """A case of tasks that are joined."""
    manager, expect = AsyncLit.TaskManager(), case['expect']
    inputs = [manager.submit(Work([steps]).run) for steps in case['inputs']]
    flags = {name.replace('-', '_'): flag for name, flag in case['join'].items()}
    joined = JOINS[flags.pop('how')](inputs, **flags)
    if case.get('cancel') == 'at-once':
        test.assertTrue(joined.cancel())
    test.assertTrue(joined.wait(60))
    test.assertEqual(joined.status.value, expect['status'])
    if expect['status'] == 'done':
        test.assertEqual(joined.result, expect.get('results', expect.get('result')))
    elif 'error' in expect:
        test.assertTrue(is_kind(joined.error, expect['error']), joined.error)
    if 'ends' not in expect:
        manager.close(AsyncLit.CloseMode.CANCEL)
    test.assertTrue(manager.wait(60))
    if 'ends' in expect:
        test.assertEqual([task.status.value for task in inputs], expect['ends'])


def run_group(test, case):
    """A case of tasks in a group."""
    settings, expect = dict(case['group']), case['expect']
    what = settings.pop('do', None)
    group = AsyncLit.TaskGroup(cancel_on_error=settings.get('cancel-on-error', False))
    if what == 'close-first':
        group.close()
    tasks = [group.submit(Work([steps]).run) for steps in case['inputs']]
    if what in ('cancel', 'close-when-idle'):
        getattr(group, what.replace('-', '_'))()
    test.assertTrue(group.wait(60))
    test.assertEqual([task.status.value for task in tasks], expect['ends'])
    test.assertEqual([group.closed, group.fraction], [expect['closed'], expect['fraction']])
    if 'error' in expect:
        test.assertTrue(is_kind(tasks[0].error, expect['error']), tasks[0].error)


def run_then(test, case):
    """A case of a function that follows a task."""
    expect = case['expect']
    first = AsyncLit.TaskManager().submit(Work(case['inputs']).run)
    task = first.then(lambda number: 2 * number)
    test.assertTrue(task.wait(60))
    test.assertEqual(task.status.value, expect['status'])
    if 'error' in expect:
        test.assertTrue(is_kind(task.error, expect['error']), task.error)
        test.assertIsNotNone(first.error)
    else:
        test.assertEqual(task.result, expect['result'])


START = datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)


class Steps:
    """A case with steps: operations on a job."""

    def __init__(self, test):
        self.test = test
        self.clock = AsyncLit.ManualClock.new(GLib.DateTime.new_from_unix_utc(START.timestamp()))
        self.scheduler = AsyncLit.Scheduler(clock=self.clock)
        self.manager = AsyncLit.TaskManager()
        self.job = None
        self.n_calls = 0

    async def work(self, fails=0, awaits_cancel=False):
        self.n_calls += 1
        if awaits_cancel:
            await asyncio.Event().wait()
        if self.n_calls <= fails:
            domain, code = KINDS['busy']
            raise GLib.Error.new_literal(domain, 'As the contract says', int(code))
        return self.n_calls

    def schedule(self, interval=None, cron=None, zone=None, dialect='apscheduler', retry=None,
                 error=None, says=None, fails=0, awaits_cancel=False, **options):
        how = dict(options, job_id='job', latest_task_name='latest', scheduler=self.scheduler,
                   manager=self.manager, retry=retry and make_policy(retry),
                   kwargs={'fails': fails, 'awaits_cancel': awaits_cancel})
        self.n_calls = 0
        if error is not None:
            with self.test.assertRaises(ValueError) as raised:
                AsyncLit.schedule_cron(self.work, cron=cron, time_zone=zone, **how)
            self.test.assertIn(says, str(raised.exception))
        elif cron is not None:
            self.job = AsyncLit.schedule_cron(self.work, cron=cron, time_zone=zone,
                                              dialect=dialect, **how)
        else:
            self.job = AsyncLit.schedule_interval(self.work, seconds=interval, **how)

    def see(self, what):
        if what == 'jobs':
            return len(self.scheduler.get_jobs())
        if what == 'next':
            time = self.job.next_run_time
            return time and (time - START).total_seconds()
        if what == 'latest':
            return self.see_latest(self.job.latest_task)
        return getattr(self.job, what if what == 'paused' else f'n_{what}')

    def see_latest(self, task):
        if task is None or task.status is AsyncLit.TaskStatus.DONE:
            return task and task.result
        if task.status is AsyncLit.TaskStatus.CANCELLED:
            return 'cancelled'
        return next(kind for kind in KINDS if is_kind(task.error, kind))

    def check(self, expect):
        self.test.wait_until(lambda: self.job is None or self.job.n_running == 0)
        self.test.assertEqual({what: self.see(what) for what in expect}, expect)

    def take(self, what, value):
        if what == 'schedule':
            self.schedule(**{name.replace('-', '_'): field for name, field in value.items()})
        elif what == 'see':
            self.check(value)
        elif what == 'advance':
            self.clock.advance(value)
        elif what == 'cancel':
            self.test.assertIs(self.job.latest_task.cancel(), value)
        else:
            self.test.assertIs(getattr(self.job, what.replace('-', '_'))(), value)

    def run(self, steps):
        AsyncLit.start_scheduler(self.scheduler)
        try:
            for step in steps:
                (what, value), = step.items()
                self.take(what, value)
        finally:
            AsyncLit.shutdown_scheduler(self.scheduler)


def add_test(case):
    def run(test):
        if 'steps' in case:
            Steps(test).run(case['steps'])
        elif 'join' in case:
            run_join(test, case)
        elif 'group' in case:
            run_group(test, case)
        elif 'then' in case:
            run_then(test, case)
        else:
            test.run_case(case)

    name = case['name'].strip('/').replace('/', '_').replace('-', '_')
    setattr(TestContract, f'test_{name}', run)


for _case in json.loads(Path(__file__).with_name('contract.json').read_text('utf-8'))['cases']:
    add_test(_case)

if __name__ == '__main__':
    taptest.main()
