#!/usr/bin/python3
# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The contract that contract.json states, in Python: coroutines, through the override."""

import asyncio
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
    'cancelled': (Gio.io_error_quark(), Gio.IOErrorEnum.CANCELLED),
    'not-found': (Gio.io_error_quark(), Gio.IOErrorEnum.NOT_FOUND),
    'closed': (AsyncLit.error_quark(), AsyncLit.Error.CLOSED),
    'exit-3': (GLib.spawn_exit_error_quark(), 3),
    'no-program': (GLib.spawn_error_quark(), GLib.SpawnError.NOENT),
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
    domain, code = KINDS[kind]
    return isinstance(error, GLib.Error) and error.matches(domain, int(code))


def make_policy(fields):
    kind = fields.get('retry-on')
    return AsyncLit.RetryPolicy(
        max_attempts=fields['max-attempts'], base_delay=fields.get('base-delay', 0.0),
        retry_if=(lambda error: is_kind(error, kind)) if kind else None)


def submit(manager, case):
    policy = make_policy(case['retry']) if 'retry' in case else None
    if 'argv' in case:
        return manager.submit_subprocess(policy, case['argv'])
    return manager.submit(Work(case['work']).run, retry=policy)


class TestContract(unittest.TestCase):
    def wait_until(self, holds):
        """Waits as a program does that only polls."""
        end = time.monotonic() + 60
        while not holds():
            self.assertLess(time.monotonic(), end)
            time.sleep(0.001)

    def run_case(self, case):
        manager = AsyncLit.TaskManager()
        if case.get('closed'):
            manager.close()
        task, progress = submit(manager, case), []
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

    def check(self, task, progress, expect):
        self.assertEqual(task.status.value, expect['status'])
        if task.status is AsyncLit.TaskStatus.DONE:
            self.assertEqual(task.result, expect.get('result'))
            self.assertIs(type(task.result), type(expect.get('result')))
        if 'error' in expect:
            self.assertTrue(is_kind(task.error, expect['error']), task.error)
        else:
            self.assertIsNone(task.error)
        self.assertEqual(progress, expect.get('progress', []))
        self.assertEqual(task.attempt, expect['attempts'])


def add_test(case):
    name = case['name'].strip('/').replace('/', '_').replace('-', '_')
    setattr(TestContract, f'test_{name}', lambda self: self.run_case(case))


for _case in json.loads(Path(__file__).with_name('contract.json').read_text('utf-8'))['cases']:
    add_test(_case)

if __name__ == '__main__':
    taptest.main()
