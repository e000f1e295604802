#!/usr/bin/gjs
// SPDX-FileCopyrightText: The asynclit-glib authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// TaskGroup, and and_then().

imports.gi.versions.AsyncLit = '1';
const {AsyncLit, Gio, GLib} = imports.gi;

imports.searchPath.unshift(`${GLib.getenv('G_TEST_SRCDIR')}/support`);
const {assertEqual, assertRaises, assertRejects, main} = imports.taptest;

Gio._promisify(AsyncLit.TaskGroup.prototype, 'wait_async', 'wait_finish');

const {CANCELLED, DONE} = AsyncLit.TaskStatus;
// Until it is cancelled.
const stay = (_task, cancellable) => new Promise(resolve => cancellable.connect(resolve));

const tests = {
    async '/group/wait'() {
        const group = new AsyncLit.TaskGroup();
        const tasks = [1, 2].map(number => group.submit(async () => number));
        assertEqual(group.n_live, 2);
        assertEqual(await group.wait_async(null), true);
        assertEqual(tasks.map(task => task.result), [1, 2]);
        assertEqual(group.list_tasks().length, 2);
        assertEqual(group.get_n_items(), 2);
    },

    async '/group/closed'() {
        const group = new AsyncLit.TaskGroup();
        group.close();
        await assertRejects(group.submit(() => 1), AsyncLit.Error, AsyncLit.Error.CLOSED);
        assertRaises(() => group.add(new AsyncLit.Task()), AsyncLit.Error, AsyncLit.Error.CLOSED);
    },

    async '/group/from-within'() {
        const group = new AsyncLit.TaskGroup();
        let calls = 0;
        const more = number => {
            calls++;
            if (number > 0)
                AsyncLit.current_task().get_group().submit(more, number - 1);
        };
        group.submit(more, 3);
        group.close_when_idle();
        await new Promise(resolve => group.connect('completed', resolve));
        assertEqual(calls, 4);
        assertEqual(group.closed, true);
    },

    async '/group/cancel-on-error'() {
        const group = new AsyncLit.TaskGroup({cancel_on_error: true});
        const staying = group.submit(stay);
        const failing = group.submit(() => {
            throw new TypeError('no luck');
        });
        await assertRejects(failing, TypeError);
        await staying.catch(() => {});
        assertEqual(staying.status, CANCELLED);
        assertEqual(group.closed, true);
    },

    async '/group/cancel'() {
        const group = new AsyncLit.TaskGroup();
        const task = AsyncLit.run({group}, stay);
        assertEqual(task.get_group() === group, true);
        group.cancel();
        await group.wait_async(null);
        assertEqual(task.status, CANCELLED);
        assertEqual(group.closed, false);
    },

    '/group/fraction'() {
        const group = new AsyncLit.TaskGroup();
        const task = new AsyncLit.Task();
        assertEqual(group.fraction, -1);
        group.add(task);
        task.set_progress(1, 4);
        assertEqual(group.fraction, 0.25);
        task.return_value(1);
        assertEqual(group.fraction, 1);
        assertEqual(group.remaining, 0);
    },

    async '/and-then'() {
        const manager = new AsyncLit.TaskManager();
        const first = manager.submit(async () => ({number: 3}));
        const second = first.and_then(({number}, factor) => number * factor, 2);
        assertEqual(await second.and_then({name: 'last'}, async number => number + 1), 7);
        assertEqual(second.get_manager() === manager, true);
    },

    async '/and-then/all'() {
        const tasks = [1, 2, 3].map(number => AsyncLit.run(() => number));
        assertEqual(await AsyncLit.all(tasks).and_then(numbers => numbers.length), 3);
    },

    async '/and-then/fails'() {
        let called = false;
        const first = AsyncLit.run(() => {
            throw new TypeError('no luck');
        });
        const second = first.and_then(() => (called = true));
        await assertRejects(first, TypeError);
        await assertRejects(second, AsyncLit.Error, AsyncLit.Error.DEPENDENCY);
        assertEqual(called, false);
    },

    // then() is that of a promise: a task can be awaited, and returned from an async function.
    async '/and-then/await'() {
        const task = AsyncLit.run(() => 5);
        assertEqual(await (async () => task)(), 5);
        assertEqual(await task.then(number => number + 1), 6);
        assertEqual(task.status, DONE);
    },
};

main(tests);
