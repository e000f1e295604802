#!/usr/bin/gjs
// SPDX-FileCopyrightText: The asynclit-glib authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// Limits, dependencies, delays and priorities.

imports.gi.versions.AsyncLit = '1';
const {AsyncLit, Gio, GLib} = imports.gi;

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

    '/bad-settings'() {
        const limiter = new AsyncLit.Limiter(), manager = new AsyncLit.TaskManager();
        const cases = [
            ...['max_running', 'burst', 'rate'].map(name => [limiter, AsyncLit.Limiter, name]),
            ...['max_running', 'max_queued', 'max_completed'].map(
                name => [manager, AsyncLit.TaskManager, name]),
        ];
        for (const [object, klass, name] of cases) {
            const before = object[name];
            const bad = [[-1, RangeError], [NaN, RangeError], [2 ** 32, RangeError],
                ['1', TypeError], [null, TypeError]];
            if (name !== 'rate')
                bad.push([1.5, RangeError]);
            for (const [value, error] of bad) {
                assertRaises(() => new klass({[name]: value}), error);
                assertRaises(() => (object[name] = value), error);
                assertRaises(() => object[`set_${name}`](value), error);
            }
            assertEqual(object[name], before);
            object[name] = 3;
            assertEqual(object[name], 3);
        }
        assertRaises(() => (limiter.burst = 0), RangeError);
        assertRaises(() => new AsyncLit.TaskManager({'max-running': -1}), RangeError);
        assertRaises(() => new AsyncLit.TaskManager({maxRunning: -1}), RangeError);
        assertRaises(() => AsyncLit.Limiter.new(-1), RangeError);
    },

    '/bad-options'() {
        for (const priority of [2 ** 31, 1.5, NaN])
            assertRaises(() => AsyncLit.run({priority}, () => 1), RangeError);
        for (const options of [{priority: 'low'}, {limiter: 4}, {after: 4}])
            assertRaises(() => AsyncLit.run(options, () => 1), Error);
    },

    async '/wait-for-dependent'() {
        const {WOULD_BLOCK} = Gio.IOErrorEnum;
        const manager = new AsyncLit.TaskManager();
        let program = null;
        const first = AsyncLit.run(() => {
            assertRaises(() => program.wait(), Gio.IOErrorEnum, WOULD_BLOCK);
            assertRaises(() => program.wait(1000), Gio.IOErrorEnum, WOULD_BLOCK);
            assertRaises(() => manager.wait(), Gio.IOErrorEnum, WOULD_BLOCK);
            return 1;
        });
        const second = new AsyncLit.Task();
        second.add_dependency(first);
        manager.queue_task(second);
        program = second;
        assertEqual(second.depends_on(first), true);
        assertEqual(await first, 1);
        if (!second.when_ready(() => second.begin() && second.return_value(2))) {
            assertEqual(await second, 2);
            return;
        }
        assertEqual(second.begin(), true);
        second.return_value(2);
        assertEqual(await second, 2);
    },

    async '/unique/keep'() {
        const manager = new AsyncLit.TaskManager();
        const first = manager.submit({unique: 'sync'}, () => later(1));
        const second = manager.submit({unique: 'sync'}, () => 2);
        const other = manager.submit({unique: 'other'}, () => 3);
        assertEqual(second === first, true);
        assertEqual([await first, await other], [1, 3]);
        assertEqual(await manager.submit({unique: 'sync'}, () => 4), 4);
    },

    async '/unique/replace'() {
        const unique = 'sync', policy = AsyncLit.Unique.REPLACE;
        const manager = new AsyncLit.TaskManager();
        const [first, second, third] = [1, 2, 3].map(value =>
            manager.submit({unique, unique_policy: policy}, () => later(value)));
        assertEqual(await third, 3);
        assertEqual([first.status, second.status], [CANCELLED, CANCELLED]);
    },

    async '/unique/append'() {
        const manager = new AsyncLit.TaskManager();
        const order = [];
        const tasks = [1, 2, 3].map(value => manager.submit(
            {unique: 'sync', unique_policy: AsyncLit.Unique.APPEND}, async () => {
                await later();
                order.push(value);
            }));
        for (const task of tasks)
            await task;
        assertEqual(order, [1, 2, 3]);
    },

    async '/unique/task'() {
        const manager = new AsyncLit.TaskManager();
        const [first, second] = [new AsyncLit.Task(), new AsyncLit.Task()];
        assertEqual(manager.submit_unique(first, 'key') === first, true);
        assertEqual(manager.submit_unique(second, 'key') === first, true);
        assertEqual(second.status, CANCELLED);
        first.return_value(5);
        assertEqual(await first, 5);
    },

    '/unique/refused'() {
        const manager = new AsyncLit.TaskManager();
        assertRaises(() => manager.submit({unique: ''}, () => 1), RangeError);
        assertRaises(() => manager.submit({unique: 4}, () => 1), TypeError);
        assertRaises(() => manager.submit_unique(new AsyncLit.Task(), ''), RangeError);
        for (const [policy, error] of [['replace', TypeError], [99, RangeError]]) {
            assertRaises(() => manager.submit({unique: 'key', unique_policy: policy}, () => 1), error);
            assertRaises(() => manager.submit_unique(new AsyncLit.Task(), 'key', policy), error);
        }
        assertEqual(manager.n_live, 0);
    },

    async '/retry-if-result'() {
        const answers = [{ready: false}, {ready: true}];
        const policy = new AsyncLit.RetryPolicy({
            max_attempts: 5,
            retry_if_result: answer => !answer.ready,
        });
        const task = AsyncLit.run(policy, () => answers.shift());
        assertEqual(await task, {ready: true});
        assertEqual(task.attempt, 2);
    },

    async '/retry-if-result/throws'() {
        const policy = new AsyncLit.RetryPolicy({
            max_attempts: 5,
            retry_if_result: () => {
                throw new RangeError('judge');
            },
        });
        await assertRejects(AsyncLit.run(policy, async () => 1), RangeError);
    },

    async '/delay-for-unwanted-result'() {
        const seen = [];
        const policy = new AsyncLit.RetryPolicy({
            max_attempts: 3,
            base_delay: 7,
            delay: (error, index, computed) => {
                seen.push([error.matches(AsyncLit.Error, AsyncLit.Error.UNWANTED_RESULT), index,
                    computed]);
                return 0;
            },
            retry_if_result: result => result < 3,
        });
        let number = 0;
        assertEqual(await AsyncLit.run(policy, () => ++number), 3);
        assertEqual(seen, [[true, 0, 7], [true, 1, 14]]);
    },

    async '/fallback'() {
        const seen = [];
        const policy = new AsyncLit.RetryPolicy({
            max_attempts: 2,
            fallback: error => {
                seen.push(error);
                return {any: 'object'};
            },
        });
        const task = AsyncLit.run(policy, () => {
            throw new RangeError('no');
        });
        assertEqual(await task, {any: 'object'});
        assertEqual(task.error, null);
        assertEqual(task.attempt, 2);
        assertEqual(seen.length === 1 && seen[0] instanceof RangeError, true);
    },

    async '/fallback/throws'() {
        const policy = new AsyncLit.RetryPolicy({
            fallback: () => {
                throw new TypeError('other');
            },
        });
        await assertRejects(AsyncLit.run(policy, () => {
            throw new RangeError('no');
        }), TypeError);
    },

    async '/circuit'() {
        const server = new AsyncLit.Limiter({name: 'server', max_failures: 2, break_duration: 1e9});
        const fail = () => AsyncLit.run({limiter: server}, () => {
            throw new Error('down');
        });
        for (let i = 0; i < 2; i++)
            await assertRejects(fail(), Error);
        assertEqual(server.circuit, AsyncLit.Circuit.OPEN);
        const refused = AsyncLit.run({limiter: server}, () => 1);
        assertEqual(refused.done, true);
        assertEqual(refused.error.matches(AsyncLit.Error, AsyncLit.Error.CIRCUIT_OPEN), true);
        assertIncludes(refused.explain(), '“server”');
        server.close_circuit();
        assertEqual(await AsyncLit.run({limiter: server}, () => 1), 1);
    },

    async '/circuit/counts-fallbacks'() {
        const server = new AsyncLit.Limiter({max_failures: 1});
        const retry = new AsyncLit.RetryPolicy({fallback: () => 'instead'});
        const task = AsyncLit.run({limiter: server, retry}, () => {
            throw new Error('down');
        });
        assertEqual(await task, 'instead');
        assertEqual(server.circuit, AsyncLit.Circuit.OPEN);
    },
};

main(tests);
