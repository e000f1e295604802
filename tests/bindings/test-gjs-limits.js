#!/usr/bin/gjs
// SPDX-FileCopyrightText: The asynclit-glib authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// Limits, dependencies, delays and priorities.

imports.gi.versions.AsyncLit = '1';
const {AsyncLit, GLib} = imports.gi;

imports.searchPath.unshift(`${GLib.getenv('G_TEST_SRCDIR')}/support`);
const {assertEqual, assertIncludes, assertRaises, assertRejects, main} = imports.taptest;

const {CANCELLED, DONE, PENDING} = AsyncLit.TaskStatus;
const {WAITING_DELAY, WAITING_DEPENDENCY, WAITING_LIMITER} = AsyncLit.TaskSubstate;

function later(value) {
    return new Promise(resolve => GLib.idle_add(GLib.PRIORITY_LOW, () => {
        resolve(value);
        return GLib.SOURCE_REMOVE;
    }));
}

const tests = {
    async '/max-running'() {
        const manager = new AsyncLit.TaskManager({max_running: 2});
        let running = 0, most = 0;
        const tasks = [...Array(12)].map(() => manager.submit(async () => {
            most = Math.max(most, ++running);
            await later();
            running--;
        }));
        tasks.push(manager.submit_subprocess(['true']));
        assertEqual(tasks[5].status, PENDING);
        assertEqual(tasks[5].substate, WAITING_LIMITER);
        for (const task of tasks)
            await task;
        assertEqual(most, 2);
    },

    async '/cancel'() {
        const manager = new AsyncLit.TaskManager({max_running: 1});
        let called = false;
        const first = manager.submit(() => later());
        const second = manager.submit(() => (called = true));
        const third = manager.submit(() => 3);
        second.cancel();
        assertEqual(second.status, CANCELLED);
        assertEqual(await third, 3);
        await first;
        assertEqual(called, false);
    },

    async '/retry-gives-place-up'() {
        const manager = new AsyncLit.TaskManager({max_running: 1});
        const slow = new AsyncLit.RetryPolicy({max_attempts: 2, base_delay: 60, max_delay: 60});
        const quick = new AsyncLit.RetryPolicy({max_attempts: 2, base_delay: 0});
        const first = manager.submit(slow, () => {
            throw new Error('again');
        });
        let calls = 0;
        const second = manager.submit(quick, () => {
            if (++calls === 1)
                throw new Error('again');
            return calls;
        });
        assertEqual(await second, 2);
        first.cancel();
    },

    async '/paused'() {
        const manager = new AsyncLit.TaskManager({paused: true, max_queued: 1});
        const task = manager.submit(() => 1);
        await assertRejects(manager.submit(() => 2), AsyncLit.Error, AsyncLit.Error.QUEUE_FULL);
        assertEqual(task.explain(), 'waits because its manager is paused');
        manager.paused = false;
        assertEqual(await task, 1);
    },

    async '/priority'() {
        const manager = new AsyncLit.TaskManager({max_running: 1, paused: true});
        const order = [];
        const tasks = [['a', 0], ['b', 100], ['c', -100]].map(
            ([name, priority]) => manager.submit({priority}, () => order.push(name)));
        manager.paused = false;
        for (const task of tasks)
            await task;
        assertEqual(order, ['c', 'a', 'b']);
    },

    async '/limiter'() {
        const limiter = new AsyncLit.Limiter({max_running: 1, name: 'one'});
        const tasks = [1, 2, 3].map(value => AsyncLit.run({limiter}, () => later(value)));
        assertEqual(limiter.n_waiting, 2);
        assertEqual(tasks[2].explain(), 'waits for 1 other in the queue of “one”');
        for (const task of tasks)
            await task;
        assertEqual(limiter.n_waiting, 0);
    },

    async '/after'() {
        const first = AsyncLit.run(() => later(5));
        const second = AsyncLit.run({after: first}, () => first.result + 1);
        assertEqual(second.substate, WAITING_DEPENDENCY);
        assertEqual(await second, 6);
        assertEqual(first.status, DONE);
    },

    async '/after-a-failure'() {
        const first = AsyncLit.run(() => {
            throw new Error('no luck');
        });
        const second = AsyncLit.run({after: [first]}, () => 1);
        const anyway = AsyncLit.run({after: [first], run_anyway: true}, () => 2);
        const error = await assertRejects(second, AsyncLit.Error, AsyncLit.Error.DEPENDENCY);
        assertIncludes(error.message, 'no luck');
        assertEqual(await anyway, 2);
        await assertRejects(first, Error);
    },

    async '/delay'() {
        const slow = AsyncLit.run({delay: 3600}, () => 1);
        const task = AsyncLit.run({delay: 0.02}, () => 1);
        assertEqual(slow.substate, WAITING_DELAY);
        slow.cancel();
        assertEqual(await task, 1);
        assertRaises(() => AsyncLit.run({delay: NaN}, () => 1), RangeError);
        assertRaises(() => AsyncLit.run({delay: -1}, () => 1), RangeError);
        assertRaises(() => AsyncLit.run({delay: '1'}, () => 1), TypeError);
    },
};

main(tests);
