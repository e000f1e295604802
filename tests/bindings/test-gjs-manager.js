#!/usr/bin/gjs
// SPDX-FileCopyrightText: The asynclit-glib authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// What a manager tells about its tasks.

imports.gi.versions.AsyncLit = '1';
const {AsyncLit, Gio, GLib} = imports.gi;

imports.searchPath.unshift(`${GLib.getenv('G_TEST_SRCDIR')}/support`);
const {assertEqual, assertRaises, main} = imports.taptest;

Gio._promisify(AsyncLit.TaskManager.prototype, 'wait_async', 'wait_finish');

function iterateUntil(holds) {
    while (!holds())
        GLib.MainContext.default().iteration(true);
}

function turn() {
    return new Promise(resolve => GLib.idle_add(GLib.PRIORITY_LOW, () => {
        resolve();
        return GLib.SOURCE_REMOVE;
    }));
}

const tests = {
    async '/signals'() {
        const manager = new AsyncLit.TaskManager({max_completed: 0});
        const seen = [];
        for (const name of ['added', 'started', 'completed'])
            manager.connect(`task-${name}`, (_manager, task) => seen.push([name, task]));
        const task = manager.submit(() => ({any: 'object'}));
        assertEqual(seen.length, 0); // never in the call
        assertEqual(await task, {any: 'object'});
        iterateUntil(() => seen.length === 3);
        assertEqual(seen.map(([name]) => name), ['added', 'started', 'completed']);
        assertEqual(seen.every(([, one]) => one === task), true);
        assertEqual(seen[2][1].result, {any: 'object'});
    },

    async '/signal-of-a-retry'() {
        const manager = new AsyncLit.TaskManager();
        const policy = new AsyncLit.RetryPolicy({max_attempts: 2});
        const seen = [];
        manager.connect('task-retrying', (_manager, ...args) => seen.push(args));
        const task = manager.submit(policy, () => {
            throw new Error('again');
        });
        await task.catch(() => null);
        iterateUntil(() => seen.length === 1);
        const [[told, attempt, delay, error]] = seen;
        assertEqual([told === task, attempt, delay], [true, 1, 0]);
        assertEqual(error.message.includes('again'), true);
    },

    async '/wait-async'() {
        const manager = new AsyncLit.TaskManager();
        const tasks = [1, 2, 3].map(number => manager.submit(() => number));
        assertEqual(await manager.wait_async(null), true);
        assertEqual(tasks.map(task => task.result), [1, 2, 3]);
    },

    async '/max-age'() {
        const manager = new AsyncLit.TaskManager({max_age: 0.01});
        assertEqual(manager.max_age, 0.01);
        const task = manager.submit(() => 1);
        assertEqual(await task, 1);
        while (manager.get(task.get_id()) !== null)
            GLib.MainContext.default().iteration(false);
    },

    async '/pause/at-a-checkpoint'() {
        const manager = new AsyncLit.TaskManager({max_running: 1});
        let passed = 0, over = false;
        const task = manager.submit(async self => {
            while (!over) {
                await self.checkpoint();
                passed++;
                await turn();
            }
            return 'over';
        });
        const other = manager.submit(() => 2);
        while (passed === 0)
            await turn();
        assertEqual([task.pause(), task.pause(), task.is_paused()], [true, false, true]);
        assertEqual(task.substate, AsyncLit.TaskSubstate.PAUSED);
        assertEqual(await other, 2); // in the place of the one that is paused
        assertEqual(task.status, AsyncLit.TaskStatus.RUNNING);
        over = true;
        assertEqual(task.resume(), true);
        assertEqual(await task, 'over');
    },

    async '/pause/cancelled'() {
        const task = AsyncLit.run(async self => {
            self.pause();
            await self.checkpoint();
        });
        while (!task.is_paused())
            await turn();
        task.cancel();
        await task.catch(() => null);
        assertEqual(task.status, AsyncLit.TaskStatus.CANCELLED);
    },

    async '/pause/before-it-starts'() {
        for (const max_running of [0, 1]) {
            const manager = new AsyncLit.TaskManager({max_running});
            let called = 0;
            const task = manager.submit(() => ++called);
            const cancelled = manager.submit(() => ++called);
            assertEqual([task.pause(), cancelled.pause()], [true, true]);
            assertEqual(await manager.submit(() => 2), 2);
            assertEqual([called, task.status], [0, AsyncLit.TaskStatus.PENDING]);
            assertEqual(task.explain(), 'is paused');
            cancelled.cancel();
            task.resume();
            assertEqual(await task, 1);
            assertEqual(cancelled.status, AsyncLit.TaskStatus.CANCELLED);
        }
    },

    '/numbers'() {
        const cases = [[AsyncLit.TaskManager, 'max_age'], [AsyncLit.TaskGroup, 'max_completed'],
            [AsyncLit.Limiter, 'max_failures'], [AsyncLit.Limiter, 'break_duration'],
            [AsyncLit.Task, 'max_progress'], [AsyncLit.Task, 'progress_weight']];
        for (const [klass, name] of cases) {
            const object = new klass(), before = object[name];
            for (const [value, error] of [[-1, RangeError], [NaN, RangeError], ['1', TypeError]]) {
                assertRaises(() => new klass({[name]: value}), error);
                assertRaises(() => (object[name] = value), error);
            }
            assertEqual(object[name], before);
        }
        assertRaises(() => AsyncLit.run({progress_weight: -1}, () => 1), RangeError);
    },
};

main(tests);
