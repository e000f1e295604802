#!/usr/bin/gjs
// SPDX-FileCopyrightText: The asynclit-glib authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// The override of GJS: functions, values and errors of JavaScript.

imports.gi.versions.AsyncLit = '1';
const {AsyncLit, Gio, GLib} = imports.gi;

imports.searchPath.unshift(`${GLib.getenv('G_TEST_SRCDIR')}/support`);
const {assertEqual, assertIncludes, assertRaises, assertRejects, main} = imports.taptest;

const {CANCELLED} = Gio.IOErrorEnum;
const {DONE, ERROR, PENDING, RUNNING} = AsyncLit.TaskStatus;
const manager = AsyncLit.get_default_manager();

function forever(cancellable) {
    return new Promise(resolve => cancellable.connect(resolve));
}

function busy(message = 'busy') {
    return new Gio.IOErrorEnum({code: Gio.IOErrorEnum.BUSY, message});
}

async function collect(iterable) {
    const values = [];
    for await (const value of iterable)
        values.push(value);
    return values;
}

// Fails with the errors given, one an attempt; then returns the number of attempts.
function failing(...errors) {
    let attempts = 0;
    return () => {
        if (attempts++ < errors.length)
            throw errors[attempts - 1];
        return attempts;
    };
}

const tests = {
    async '/run/sync'() {
        const task = AsyncLit.run((a, b) => a + b, 2, 3);
        assertEqual([task.status, task.done], [PENDING, false]);
        assertEqual(await task, 5);
        assertEqual([task.status, task.done, task.result], [DONE, true, 5]);
    },

    async '/run/async'() {
        const task = AsyncLit.run(async value => {
            await null;
            return value;
        }, 'x');
        assertEqual(await task, 'x');
    },

    async '/run/any-value'() {
        for (const value of [undefined, null, 0, -0, NaN, 2 ** 53, 7n, 'a\0b', '\ud800', [1], {},
            new Date(), new Map(), Symbol('s'), () => 1, new Gio.Cancellable(),
            new GLib.Variant('i', 1), Object.create(null)]) {
            const task = AsyncLit.run(() => value);
            assertEqual(Object.is(await task, value), true);
            assertEqual(Object.is(task.get_result(), value), true);
        }
    },

    async '/run/open-parameters'() {
        const task = AsyncLit.run((first, self, cancellable, none) =>
            [first, self, cancellable, none], 1);
        const [first, self, cancellable, none] = await task.then(all => all);
        assertEqual([first, none], [1, undefined]);
        assertEqual([self === task, cancellable === task.get_cancellable()], [true, true]);
        assertEqual(await AsyncLit.run((...all) => all.length), 0);
        assertEqual(await AsyncLit.run((value, other = 2) => [value, other], 1), [1, 2]);
    },

    async '/run/current-task'() {
        const task = AsyncLit.run(function () {
            return this === AsyncLit.current_task() && this.id;
        });
        assertEqual(AsyncLit.current_task(), null);
        assertEqual(await task, task.id);
    },

    async '/run/options'() {
        const own = new AsyncLit.TaskManager({max_completed: 5});
        const task = AsyncLit.run({manager: own, name: 'sum', max_progress: 3}, x => x, 1);
        assertEqual([task.name, task.max_progress], ['sum', 3]);
        assertEqual(own.get(task.id) === task, true);
        assertEqual([manager.get(task.id), own.remove(task.id)], [null, false]);
        await task;
        assertEqual([own.remove(task.id), own.get(task.id), own.remove(task.id)],
            [true, null, false]);
        assertEqual(await own.submit({name: 'y'}, x => x, 2), 2);
        assertEqual(await own.submit(null, x => x, 3), 3);
    },

    '/run/wrong-arguments'() {
        const wrong = [[], [1], ['x', () => 1], [null], [{}, 1], [{time: 3}, () => 1],
            [{retry: 3}, () => 1]];
        for (const args of wrong) {
            assertRaises(() => AsyncLit.run(...args), TypeError);
            assertRaises(() => manager.submit(...args), TypeError);
        }
        assertRaises(() => manager.submit({manager}, () => 1), TypeError);
    },

    async '/run/generator'() {
        const task = AsyncLit.run(function* (count) {
            for (let i = 0; i < count; i++)
                yield i;
            return 'end';
        }, 3);
        assertEqual(await task, 'end');
        assertEqual(task.progress, [0, 1, 2]);
    },

    async '/run/generator-lets-the-loop-go-on'() {
        const task = AsyncLit.run(function* () {
            for (;;)
                yield undefined;
        });
        GLib.timeout_add(GLib.PRIORITY_DEFAULT, 20, () => {
            task.cancel();
            return GLib.SOURCE_REMOVE;
        });
        await assertRejects(task, Gio.IOErrorEnum, CANCELLED);
        assertEqual(task.progress, []);
    },

    async '/run/async-generator'() {
        const task = AsyncLit.run(async function* () {
            yield await Promise.resolve(1);
            yield undefined;
            return 2;
        });
        assertEqual(await task, 2);
        assertEqual(task.progress.length, 2);
    },

    async '/run/closed-manager'() {
        const own = new AsyncLit.TaskManager();
        own.close(AsyncLit.CloseMode.DRAIN);
        const task = own.submit(() => 1);
        assertEqual(task.error.matches(AsyncLit.Error, AsyncLit.Error.CLOSED), true);
        await assertRejects(task, AsyncLit.Error, AsyncLit.Error.CLOSED);
    },

    async '/error/own-class-and-stack'() {
        class TooBig extends RangeError {}
        const error = new TooBig('too big');
        const task = AsyncLit.run(() => {
            throw error;
        });
        assertEqual(await assertRejects(task, TooBig) === error, true);
        assertEqual([task.error === error, task.get_error() === error], [true, true]);
        assertEqual(assertRaises(() => task.result, TooBig) === error, true);
        assertIncludes(task.error.stack, 'test-gjs-override.js');
        assertEqual(task.status, ERROR);
    },

    async '/error/rejection'() {
        const task = AsyncLit.run(async () => {
            await null;
            null.property; // eslint-disable-line no-unused-expressions
        });
        await assertRejects(task, TypeError);
    },

    async '/error/not-an-error'() {
        for (const thrown of ['text', 0, null]) {
            const task = AsyncLit.run(() => {
                throw thrown;
            });
            assertEqual(await task.catch(error => [error]), [thrown]);
        }
    },

    async '/error/gerror'() {
        const task = AsyncLit.run(failing(busy()));
        const error = await assertRejects(task, Gio.IOErrorEnum, Gio.IOErrorEnum.BUSY);
        assertEqual(task.error === error, true);
    },

    async '/error/not-done'() {
        const task = AsyncLit.run(() => 1);
        assertEqual(task.error, null);
        const error = assertRaises(() => task.result, AsyncLit.Error, AsyncLit.Error.NOT_DONE);
        assertEqual(error.message, 'Task is not complete');
        await task;
        assertEqual(task.error, null);
    },

    async '/await/several-times'() {
        const task = AsyncLit.run(() => 1);
        assertEqual(await Promise.all([task, task, task.then(value => value + 1)]), [1, 1, 2]);
        assertEqual(await task, 1);
        let ended = false;
        assertEqual(await task.finally(() => (ended = true)), 1);
        assertEqual(ended, true);
    },

    async '/await/made-by-hand'() {
        const task = new AsyncLit.Task();
        GLib.idle_add(GLib.PRIORITY_DEFAULT_IDLE, () => {
            task.return_string('by hand');
            return GLib.SOURCE_REMOVE;
        });
        assertEqual(await task, 'by hand');
    },

    async '/await/after-collection'() {
        const promises = Array.from({length: 1000}, (_, i) => AsyncLit.run(async () => [i]));
        const all = Promise.all(promises.splice(0).map(task => task.then(([i]) => i)));
        GLib.idle_add(GLib.PRIORITY_HIGH, () => {
            imports.system.gc();
            return GLib.SOURCE_REMOVE;
        });
        imports.system.gc();
        assertEqual((await all).length, 1000);
    },

    async '/progress/any-value'() {
        const values = [undefined, null, 1, 2.5, 'x', 'a\0b', true, [1, [2]], {a: 1}, new Date(0)];
        const seen = [];
        const task = AsyncLit.run(self => values.forEach(value => self.report(value)));
        task.connect('progressed', (_task, value) => seen.push(value));
        await task;
        const drained = task.progress;
        for (const [i, value] of values.entries())
            assertEqual([seen[i] === value, drained[i] === value], [true, true]);
        assertEqual([seen.length, drained.length, task.progress.length],
            [values.length, values.length, 0]);
    },

    async '/progress/iterated'() {
        const task = AsyncLit.run(async self => {
            for (let i = 0; i < 3; i++) {
                self.report(i);
                await new Promise(resolve => GLib.idle_add(GLib.PRIORITY_LOW, () => {
                    resolve();
                    return GLib.SOURCE_REMOVE;
                }));
            }
        });
        const both = await Promise.all([collect(task), collect(task)]);
        assertEqual(both, [[0, 1, 2], [0, 1, 2]]);
        assertEqual(await collect(task), [0, 1, 2]);
    },

    async '/progress/iterated-to-an-error'() {
        const task = AsyncLit.run(self => {
            self.report('last words');
            throw new TypeError('x');
        });
        assertEqual(await collect(task), ['last words']);
        await assertRejects(task, TypeError);
    },

    async '/cancel/before'() {
        const task = AsyncLit.run(() => {
            throw new Error('called');
        });
        assertEqual([task.cancel(), task.cancel()], [true, false]);
        await assertRejects(task, Gio.IOErrorEnum, CANCELLED);
        assertEqual([task.attempt, task.error], [0, null]);
    },

    async '/cancel/seen-by-async-function'() {
        let seen = 0;
        const task = AsyncLit.run(async (self, cancellable) => {
            self.report('begun');
            await forever(cancellable);
            seen++;
            return 'too late';
        });
        for await (const value of task) {
            assertEqual([value, task.status, task.cancel(), seen], ['begun', RUNNING, true, 0]);
            assertEqual(task.substate, AsyncLit.TaskSubstate.CANCELLING);
        }
        await assertRejects(task, Gio.IOErrorEnum, CANCELLED);
        assertEqual(seen, 1);
    },

    async '/cancel/of-gio-operation'() {
        const program = Gio.Subprocess.new(['sleep', '1000'], Gio.SubprocessFlags.NONE);
        const task = AsyncLit.run(async (self, cancellable) => {
            self.report('waits');
            await new Promise((resolve, reject) => program.wait_async(cancellable,
                (_program, result) => {
                    try {
                        resolve(program.wait_finish(result));
                    } catch (error) {
                        reject(error);
                    }
                }));
        });
        task.connect('progressed', () => task.cancel());
        await assertRejects(task, Gio.IOErrorEnum, CANCELLED);
        assertEqual(task.status, AsyncLit.TaskStatus.CANCELLED);
        program.force_exit();
    },

    async '/cancel/abandoned'() {
        let finish;
        const task = AsyncLit.run({abandon_on_cancel: true},
            () => new Promise(resolve => (finish = resolve)));
        while (task.status === PENDING)
            await AsyncLit.run(() => null);
        assertEqual([task.cancel(), task.done], [true, true]);
        finish(1);
        await assertRejects(task, Gio.IOErrorEnum, CANCELLED);
    },

    async '/cancel/manager-closed'() {
        const own = new AsyncLit.TaskManager();
        const task = own.submit((self, cancellable) => {
            self.report(0);
            return forever(cancellable);
        });
        task.connect('progressed', () => own.close(AsyncLit.CloseMode.CANCEL));
        await assertRejects(task, Gio.IOErrorEnum, CANCELLED);
    },

    async '/retry/classes'() {
        const retry = new AsyncLit.RetryPolicy({
            max_attempts: 4,
            retry_on: [TypeError, [Gio.IOErrorEnum, Gio.IOErrorEnum.BUSY]],
        });
        const good = AsyncLit.run(retry, failing(new TypeError(), busy()));
        assertEqual([await good, good.attempt], [3, 3]);
        const bad = AsyncLit.run({retry}, failing(busy(), new RangeError()));
        await assertRejects(bad, RangeError);
        assertEqual(bad.attempt, 2);
    },

    async '/retry/gives-up'() {
        const errors = [new Error('1'), new Error('2'), new Error('3')];
        const retry = new AsyncLit.RetryPolicy({maxAttempts: 2, baseDelay: 0.001});
        const task = AsyncLit.run({retry}, failing(...errors));
        const seen = [];
        task.connect('retrying', (_task, attempt, _delay, error) =>
            seen.push(attempt, error.message));
        assertEqual(await assertRejects(task, Error) === errors[1], true);
        assertEqual(seen, [1, 'Error: 1']);
    },

    async '/retry/predicate'() {
        const retry = new AsyncLit.RetryPolicy({
            max_attempts: 9,
            retry_if: error => error.message === 'again',
        });
        const task = AsyncLit.run({retry}, failing(new Error('again'), new Error('enough')));
        assertEqual((await assertRejects(task, Error)).message, 'enough');
        assertEqual(task.attempt, 2);
    },

    async '/retry/predicate-throws'() {
        const retry = new AsyncLit.RetryPolicy({max_attempts: 9, retry_if: () => null.property});
        await assertRejects(AsyncLit.run({retry}, failing(new RangeError())), TypeError);
    },

    async '/retry/cancelled-while-waiting'() {
        const retry = new AsyncLit.RetryPolicy({max_attempts: 2, base_delay: 1000,
            max_delay: 1000});
        const task = AsyncLit.run({retry}, failing(busy()));
        task.connect('retrying', () => {
            assertEqual(task.substate, AsyncLit.TaskSubstate.WAITING_RETRY);
            task.cancel();
        });
        await assertRejects(task, Gio.IOErrorEnum, CANCELLED);
        assertEqual(task.attempt, 1);
    },

    async '/retry/no-time-left'() {
        const retry = new AsyncLit.RetryPolicy({max_attempts: 9, base_delay: 20, max_elapsed: 10});
        await assertRejects(AsyncLit.run({retry}, failing(busy())), Gio.IOErrorEnum,
            Gio.IOErrorEnum.BUSY);
    },

    async '/retry/cancellation-is-not-retried'() {
        const retry = new AsyncLit.RetryPolicy({max_attempts: 9});
        const task = AsyncLit.run({retry}, failing(
            new Gio.IOErrorEnum({code: CANCELLED, message: 'of something else'})));
        await assertRejects(task, Gio.IOErrorEnum, CANCELLED);
        assertEqual([task.status, task.attempt], [ERROR, 1]);
    },

    '/policy/fields'() {
        const plain = new AsyncLit.RetryPolicy();
        assertEqual([plain.max_attempts, plain.base_delay, plain.max_delay, plain.multiplier,
            plain.jitter, plain.retry_on, plain.retry_if], [1, 0, 60, 2, 0, null, null]);
        const policy = new AsyncLit.RetryPolicy({max_attempts: 3, base_delay: 1, multiplier: 3,
            max_delay: 5, max_elapsed: null, retryOn: [TypeError]});
        assertEqual([0, 1, 2].map(i => policy.delay_for_attempt(i)), [1, 3, 5]);
        assertEqual([new TypeError(), new Error(), busy()].map(e => policy.should_retry(e)),
            [true, false, false]);
        assertEqual(new AsyncLit.RetryPolicy({max_attempts: 2 ** 40}).max_attempts, 2 ** 32 - 1);
    },

    '/policy/next-delay'() {
        const now = AsyncLit.RetryPolicy.start_time();
        const plain = new AsyncLit.RetryPolicy({max_attempts: 3, base_delay: 1});
        assertEqual([1, 2, 3].map(n => plain.next_delay(new Error('x'), n, now)), [1, 2, -1]);
        const asked = [];
        const policy = new AsyncLit.RetryPolicy({max_attempts: 5, base_delay: 1,
            retry_on: [TypeError], delay: (...args) => {
                asked.push(args);
                return args[0].message === 'keep' ? null : 7;
            }});
        const [keep, own] = [new TypeError('keep'), new TypeError('own')];
        assertEqual(policy.next_delay(keep, 2, now), 2);
        assertEqual(policy.next_delay(own, 2, now), 7);
        assertEqual(policy.next_delay(new RangeError('x'), 2, now), -1);
        assertEqual(asked.map(([error, ...rest]) => [error === keep || error === own, ...rest]),
            [[true, 1, 2], [true, 1, 2]]);
        const faulty = new AsyncLit.RetryPolicy({max_attempts: 2, delay: () => null.property});
        assertRaises(() => faulty.next_delay(own, 1, now), TypeError);
        assertRaises(() => new AsyncLit.RetryPolicy({delay: 1}), TypeError);
    },

    async '/retry/delay'() {
        const seen = [];
        const retry = new AsyncLit.RetryPolicy({max_attempts: 3, base_delay: 60,
            delay: (error, index, computed) => {
                seen.push([error.message, index, computed]);
                return 0.001;
            }});
        const task = AsyncLit.run({retry}, failing(new RangeError('one'), new RangeError('two'),
            new RangeError('three')));
        await assertRejects(task, RangeError);
        assertEqual([task.attempt, seen], [3, [['one', 0, 60], ['two', 1, 60]]]);
    },

    '/retry-after'() {
        const now = GLib.DateTime.new_utc(1999, 12, 31, 23, 59, 58);
        assertEqual(AsyncLit.parse_retry_after('120', null), [true, 120]);
        assertEqual(AsyncLit.parse_retry_after('Fri, 31 Dec 1999 23:59:59 GMT', now), [true, 1]);
        assertEqual(AsyncLit.parse_retry_after('soon', null), [false, -1]);
    },

    '/policy/out-of-range'() {
        for (const [name, value] of [['max_attempts', 0], ['max_attempts', 1.5],
            ['base_delay', -1], ['max_delay', NaN], ['multiplier', 0.5], ['jitter', 1.1],
            ['max_elapsed', 0]]) {
            const error = assertRaises(() => new AsyncLit.RetryPolicy({[name]: value}),
                RangeError);
            assertIncludes(error.message, `RetryPolicy.${name} must be `);
        }
        for (const fields of [{max_attempts: '3'}, {retry_on: TypeError}, {retry_on: ['x']},
            {retry_if: 1}])
            assertRaises(() => new AsyncLit.RetryPolicy(fields), TypeError);
    },

    '/policy/made-in-c'() {
        const policy = AsyncLit.RetryPolicy.new(3).with_retry_on(
            Gio.io_error_quark(), Gio.IOErrorEnum.BUSY);
        assertEqual([busy(), new Error('x')].map(e => policy.should_retry(e)), [true, false]);
        const own = new AsyncLit.RetryPolicy({retry_if: () => true});
        assertRaises(() => own.with_retry_on(1, 1), TypeError);
    },

    async '/subprocess/lines'() {
        const task = manager.submit_subprocess(['sh', '-c', 'echo one; echo two']);
        assertEqual(await collect(task), ['one', 'two']);
        assertEqual(await task, 0);
    },

    async '/subprocess/retried-by-javascript'() {
        const messages = [];
        const retry = new AsyncLit.RetryPolicy({max_attempts: 2,
            retry_if: error => messages.push(error.message)});
        const task = manager.submit_subprocess({retry, name: 'fails'},
            ['sh', '-c', 'echo line; exit 3']);
        await assertRejects(task, GLib.spawn_exit_error_quark(), 3);
        assertEqual([messages.length, task.attempt, task.name], [1, 2, 'fails']);
        assertEqual(task.progress, ['line', 'line']);
    },

    async '/subprocess/cancelled'() {
        for (const options of [null, {name: 'sleeps'}]) {
            const task = manager.submit_subprocess(options, ['sh', '-c', 'echo up; sleep 1000']);
            task.connect('progressed', () => task.cancel());
            await assertRejects(task, Gio.IOErrorEnum, CANCELLED);
        }
    },

    async '/subprocess/environment'() {
        const options = {env: {COLOR: 'blue', PATH: '/usr/bin:/bin'}, cwd: '/usr'};
        for (const more of [{}, {name: 'named'}]) {
            const task = manager.submit_subprocess({...options, ...more},
                ['sh', '-c', 'echo $COLOR; pwd']);
            assertEqual(await collect(task), ['blue', '/usr']);
        }
    },

    async '/subprocess/input-and-output'() {
        const text = new TextEncoder().encode('text');
        for (const input of ['text', text, new GLib.Bytes(text)]) {
            const task = manager.submit_subprocess({input, capture_output: true},
                ['sh', '-c', 'cat; echo why >&2']);
            const output = await task;
            assertEqual(output.dup_text(), 'text');
            assertEqual(new TextDecoder().decode(output.stderr.toArray()), 'why\n');
        }
        const file = Gio.File.new_for_path('/dev/null');
        assertEqual(await collect(manager.submit_subprocess({input_file: file}, ['cat'])), []);
    },

    async '/subprocess/output-of-a-named-task'() {
        const options = {name: 'named', capture_output: true, check: false};
        const output = await manager.submit_subprocess(options, ['sh', '-c', 'echo no; exit 3']);
        assertEqual([output.dup_text(), output.status], ['no\n', 3]);
    },

    async '/subprocess/errors-as-progress'() {
        const task = manager.submit_subprocess({stderr: AsyncLit.ProgramStderr.PROGRESS},
            ['sh', '-c', "printf '1%%\\r2%%\\r' >&2"]);
        assertEqual(await collect(task), ['1%', '2%']);
    },

    async '/subprocess/nothing-to-run'() {
        for (const argv of [[''], []]) {
            await assertRejects(manager.submit_subprocess(argv), AsyncLit.Error,
                AsyncLit.Error.INVALID_ARGUMENT);
        }
        const error = assertRaises(() => manager.submit_subprocess({shell: true}, ['ls']),
            TypeError);
        assertIncludes(error.message, 'process_group');
    },

    '/thread/refused'() {
        const made = new AsyncLit.Task();
        made.set_func(() => 1);
        for (const misuse of [() => AsyncLit.run_async(() => 1),
            () => manager.submit_async(null, () => 1), () => manager.submit_task(made),
            () => AsyncLit.get_worker_context()]) {
            const error = assertRaises(misuse, AsyncLit.Error, AsyncLit.Error.WRONG_THREAD);
            assertIncludes(error.message, 'use AsyncLit.run()');
        }
    },

    async '/thread/wait-refused'() {
        const task = AsyncLit.run(() => 1);
        assertRaises(() => task.wait(-1, null), Gio.IOErrorEnum, Gio.IOErrorEnum.WOULD_BLOCK);
        await task;
        assertEqual(task.wait(-1, null), true);
    },

    '/session/tasks'() {
        const state = {};
        AsyncLit.session_tasks(state).first = 1;
        assertEqual(AsyncLit.session_tasks(state), {first: 1});
        assertEqual(AsyncLit.session_tasks(state, 'mine'), {});
        assertEqual(Object.keys(state), ['asynclit_tasks', 'mine']);
    },
};

main(tests);
