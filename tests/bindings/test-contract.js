#!/usr/bin/gjs
// SPDX-FileCopyrightText: The asynclit-glib authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// The contract that contract.json states, in JavaScript: async functions in the main context.

imports.gi.versions.AsyncLit = '1';
const {AsyncLit, Gio, GLib} = imports.gi;

const SRCDIR = GLib.getenv('G_TEST_SRCDIR');
imports.searchPath.unshift(`${SRCDIR}/support`);
const {assertEqual, main} = imports.taptest;

const {TaskStatus} = AsyncLit;
const KINDS = {
    'busy': [Gio.IOErrorEnum, Gio.IOErrorEnum.BUSY],
    'cancelled': [Gio.IOErrorEnum, Gio.IOErrorEnum.CANCELLED],
    'not-found': [Gio.IOErrorEnum, Gio.IOErrorEnum.NOT_FOUND],
    'closed': [AsyncLit.Error, AsyncLit.Error.CLOSED],
    'exit-3': [GLib.spawn_exit_error_quark(), 3],
    'no-program': [GLib.SpawnError, GLib.SpawnError.NOENT],
};

async function work(attempts, task, cancellable) {
    for (const step of attempts[Math.min(task.attempt, attempts.length) - 1]) {
        const [[what, value]] = Object.entries(step);
        if (what === 'report')
            task.report(value);
        else if (what === 'await-cancel')
            await new Promise(resolve => cancellable.connect(resolve));
        else if (what === 'fail')
            throw new GLib.Error(...KINDS[value], 'As the contract says');
        else
            return value;
    }
    return null;
}

function makePolicy({'max-attempts': maxAttempts, 'base-delay': baseDelay, 'retry-on': retryOn}) {
    return new AsyncLit.RetryPolicy({
        max_attempts: maxAttempts,
        base_delay: baseDelay,
        retry_on: retryOn && [KINDS[retryOn]],
    });
}

function submit(manager, test) {
    const retry = test.retry ? makePolicy(test.retry) : null;
    return test.argv
        ? manager.submit_subprocess(retry, test.argv)
        : manager.submit(retry, work, test.work);
}

function signalled(task, signal) {
    return new Promise(resolve => task.connect(signal, () => resolve(null)));
}

function check(task, expect) {
    assertEqual(task.status, TaskStatus[expect.status.toUpperCase()]);
    if (task.status === TaskStatus.DONE)
        assertEqual(task.result, expect.result ?? null);
    assertEqual(task.error === null, !expect.error);
    assertEqual(!expect.error || task.error.matches(...KINDS[expect.error]), true);
    assertEqual(task.progress, expect.progress ?? []);
    assertEqual(task.attempt, expect.attempts);
}

async function run(test) {
    const manager = new AsyncLit.TaskManager();
    if (test.closed)
        manager.close(AsyncLit.CloseMode.DRAIN);
    const task = submit(manager, test);
    const completed = signalled(task, 'completed');
    if (test.cancel?.startsWith('on-')) {
        await signalled(task, test.cancel === 'on-progress' ? 'progressed' : 'retrying');
        assertEqual(task.cancel(), test.expect.cancel);
    }
    await completed;
    if (test.cancel === 'after-end')
        assertEqual(task.cancel(), test.expect.cancel);
    check(task, test.expect);
}

const [, bytes] = GLib.file_get_contents(`${SRCDIR}/bindings/contract.json`);
const {cases} = JSON.parse(new TextDecoder().decode(bytes));
main(Object.fromEntries(cases.map(test => [test.name, () => run(test)])));
