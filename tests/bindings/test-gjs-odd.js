#!/usr/bin/gjs
// SPDX-FileCopyrightText: The asynclit-glib authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// Whatever a function throws, returns or runs, the others go on; what was taken is settled; values
// come out of each entry as they went in; and all that the override defines has defaults.

imports.gi.versions.AsyncLit = '1';
const {AsyncLit, Gio, GLib, GObject} = imports.gi;

imports.searchPath.unshift(`${GLib.getenv('G_TEST_SRCDIR')}/support`);
const {assertEqual, assertIncludes, assertRaises, main} = imports.taptest;

const {DONE, ERROR} = AsyncLit.TaskStatus;
const manager = AsyncLit.get_default_manager();

function sleep(milliseconds) {
    return new Promise(resolve => GLib.timeout_add(GLib.PRIORITY_DEFAULT, milliseconds, () => {
        resolve();
        return GLib.SOURCE_REMOVE;
    }));
}

function odd(value) {
    return new Proxy({}, {
        get() {
            throw value;
        },
        getPrototypeOf() {
            throw value;
        },
    });
}

const THROWN = [
    Object.create(null), {toString: () => JSON.parse('{')}, new Error('\ud83d plan'),
    new Error('a\0b'), {[Symbol.toPrimitive]: () => ({})}, odd(1), Symbol('s'), undefined, null,
];

function isOfJavaScript(func) {
    try {
        return !Function.prototype.toString.call(func).includes('native');
    } catch (_error) { // a class of the typelib
        return false;
    }
}

// What the override defines, by looking: functions of the typelib say so in their source.
function ownFunctions(object) {
    return Object.getOwnPropertyNames(object).filter(name => {
        const value = Object.getOwnPropertyDescriptor(object, name)?.value;
        return typeof value === 'function' && name !== 'constructor' && !name.startsWith('_') &&
            isOfJavaScript(value);
    });
}

// The first, the second and the fourth fail without anybody reading why.
const UNREAD = `
imports.gi.versions.AsyncLit = '1';
const {AsyncLit, GLib} = imports.gi;
const loop = new GLib.MainLoop(null, false);
function broken() {
    throw new RangeError('seven');
}
AsyncLit.run(broken);
AsyncLit.run({name: 'by name'}, async () => {
    await null;
    throw 'text';
});
AsyncLit.run(broken).connect('completed', task => task.error);
AsyncLit.run({retry: new AsyncLit.RetryPolicy({max_attempts: 2, base_delay: 0})}, broken);
AsyncLit.run(broken).catch(() => 1);
AsyncLit.run(broken).cancel();
(async () => {
    const task = AsyncLit.run(function* () {
        yield 1;
        broken();
    });
    for await (const _value of task);
    await task.catch(() => 1);
    await AsyncLit.run(() => 1);
    loop.quit();
})();
loop.run();
`;

function outputOf(code) {
    const {STDERR_MERGE, STDOUT_PIPE} = Gio.SubprocessFlags;
    const program = Gio.Subprocess.new(['gjs', '-c', code], STDOUT_PIPE | STDERR_MERGE);
    return new Promise((resolve, reject) => {
        program.communicate_utf8_async(null, null, (_program, result) => {
            try {
                resolve(program.communicate_utf8_finish(result)[1]);
            } catch (error) {
                reject(error);
            }
        });
    });
}

const tests = {
    async '/thrown'() {
        for (const thrown of THROWN) {
            for (const func of [() => {
                throw thrown;
            }, async () => {
                await null;
                throw thrown;
            }]) {
                for (const retry of [null, new AsyncLit.RetryPolicy({max_attempts: 2})]) {
                    const task = AsyncLit.run({retry}, func);
                    const next = AsyncLit.run(() => 'next');
                    assertEqual(await next, 'next');
                    const [seen] = await task.catch(error => [error]);
                    assertEqual([Object.is(seen, thrown), task.status], [true, ERROR]);
                }
            }
        }
    },

    async '/returned'() {
        for (const value of [imports, imports.gi, odd(new TypeError()), {
            get then() {
                throw new TypeError();
            },
        }]) {
            const task = AsyncLit.run(() => value);
            assertEqual(await AsyncLit.run(() => 'next'), 'next');
            assertEqual([task.status, task.result === value], [DONE, true]);
        }
    },

    async '/nested-loop'() {
        const task = AsyncLit.run(() => {
            const inner = new GLib.MainLoop(null, false);
            const others = [1, 2, 3].map(value => AsyncLit.run(() => value));
            Promise.all(others).then(() => inner.quit());
            inner.run();
            return others.map(other => other.result);
        });
        const after = AsyncLit.run(() => 'after');
        assertEqual(await Promise.all([task, after]), [[1, 2, 3], 'after']);
    },

    async '/entries'() {
        const value = {some: ['object']};
        const connects = [
            (task, func) => task.connect('progressed', func),
            (task, func) => task.connect_after('progressed', func),
            (task, func) => GObject.signal_connect(task, 'progressed', func),
            (task, func) => GObject.signal_connect_after(task, 'progressed', func),
        ];
        for (const connect of connects) {
            const seen = [];
            const task = AsyncLit.run(self => {
                self.report(value);
                self.report_progress(undefined);
            });
            connect(task, (_task, reported) => seen.push(reported));
            await task;
            assertEqual([seen.length, seen[0] === value, seen[1]], [2, true, undefined]);
            const [values, cursor] = task.read_progress();
            assertEqual([values[0] === value, cursor], [true, 2]);
            assertEqual(task.drain_progress()[0] === value, true);
        }
        const cancellable = new Gio.Cancellable();
        GObject.signal_connect(cancellable, 'cancelled', () => (value.cancelled = true));
        cancellable.cancel();
        assertEqual(value.cancelled, true);
    },

    async '/promise'() {
        for (const value of ['a\0b', 2 ** 60, null, {a: 1}, [1], '\ud800']) {
            const task = new AsyncLit.Task();
            manager.submit_task(task);
            task.return_value(value);
            task.return_value('another');
            assertEqual([await task === value, task.result === value], [true, true]);
        }
        const task = new AsyncLit.Task();
        const error = new TypeError('no');
        task.return_error(error);
        assertEqual([await task.catch(seen => seen === error), task.error === error], [true, true]);
    },

    async '/job/without-function'() {
        const scheduler = AsyncLit.start_scheduler();
        const job = new AsyncLit.ScheduledTask({
            trigger: new AsyncLit.IntervalTrigger({seconds: 0.01}), max_runs: 3,
        });
        job.set_job_id('bare');
        job.set_latest_task_name('bare');
        scheduler.add(job, true);
        let runs = 0;
        AsyncLit.schedule_interval(() => runs++, {seconds: 0.01, job_id: 'good'});
        while (job.n_runs < 3 || job.n_running > 0 || runs < 3)
            await sleep(1);
        assertIncludes(manager.get('global:bare').error.message, 'no function');
        await AsyncLit.shutdown_scheduler(null, {wait: true});
    },

    async '/job/none-begins-after-shutdown'() {
        let late = 0;
        for (let round = 0; round < 30; round++) {
            let over = false;
            for (const job_id of ['a', 'b', 'c'])
                AsyncLit.schedule_interval(() => (late += over), {seconds: 0.002, job_id});
            await sleep(3 + round % 5);
            await AsyncLit.shutdown_scheduler(null, {wait: true});
            over = true;
            await sleep(4);
        }
        assertEqual(late, 0);
        assertEqual(manager.list_tasks(AsyncLit.TaskFilter.LIVE).length, 0);
    },

    async '/unread-failure'() {
        const said = await outputOf(UNREAD);
        const logged = said.split('\n').filter(line => line.includes('nobody has read'));
        assertEqual(logged.map(line => line.replace(/.*The task/, 'The task')), [
            'The task broken failed, and nobody has read its error: RangeError: seven',
            'The task by name failed, and nobody has read its error: text',
            'The task broken failed, and nobody has read its error: RangeError: seven',
        ]);
        assertEqual(said.match(/^broken@/gm).length, 2);
    },

    '/progress/refused'() {
        const task = new AsyncLit.Task();
        for (const amounts of [[], [-1], [NaN], [Infinity], ['x'], [Symbol('x')], [1, -1], [1, NaN]])
            assertRaises(() => task.set_progress(...amounts), RangeError);
        task.set_progress(1, null);
        assertEqual(task.progress_done, 1);
    },

    // A critical of C ends the process, in tests.
    async '/defaults'() {
        const task = AsyncLit.run(() => 1);
        await task;
        const needs = {
            all: [[]], any: [[task]], race: [[task]], and_then: [() => 1],
            map: [() => 1, []], run: [() => 1],
            schedule: [() => 1, new AsyncLit.IntervalTrigger({seconds: 9})],
            schedule_cron: [() => 1, {cron: '0 9 * * *'}],
            schedule_interval: [() => 1, {seconds: 9}], session_tasks: [{}], submit: [() => 1],
            submit_program: [null, AsyncLit.Program.new(['true'])],
            submit_subprocess: [['true']], submit_task: [new AsyncLit.Task()],
            report: [1], report_progress: [1], set_progress: [1], return_value: [1], return_error: [new Error('x')],
            connect: ['completed', () => 1], connect_after: ['completed', () => 1],
            set_func: null, set_timeout: null,
            set_delay: null, set_priority: null, claim_key: null, submit_unique: null,
            set_max_age: [1], set_max_progress: null, set_progress_weight: null,
            set_max_completed: [1], set_max_queued: [1], set_max_running: [1],
            set_deadline: null, set_stall_timeout: null, should_retry: [new Error('x')], delay_for_error: [new Error('x'), 0],
        };
        const refused = ['run_async', 'get_worker_context', 'submit_async'];
        const holders = [AsyncLit, AsyncLit.Task.prototype, AsyncLit.TaskManager.prototype];
        const targets = [() => AsyncLit, () => task, () => new AsyncLit.TaskManager()];
        const called = [];
        for (const [i, holder] of holders.entries()) {
            for (const name of ownFunctions(holder)) {
                if (refused.includes(name) || needs[name] === null)
                    continue;
                const result = targets[i]()[name](...needs[name] ?? []);
                if (result instanceof AsyncLit.Task || result instanceof Promise)
                    await result;
                called.push(name);
            }
        }
        for (const name of ['run', 'shutdown', 'wait', 'list_tasks', 'close', 'read_progress'])
            assertEqual([name, called.includes(name)], [name, true]);
        await AsyncLit.shutdown_scheduler();
    },

    async '/for-ever'() {
        for (const timeout of [undefined, null, -1, -0.5]) {
            const own = new AsyncLit.TaskManager();
            const task = own.submit(() => 1);
            await task;
            assertEqual([task.wait(timeout), own.wait(timeout), AsyncLit.shutdown(timeout)],
                [true, true, true]);
        }
    },
};

main(tests);
