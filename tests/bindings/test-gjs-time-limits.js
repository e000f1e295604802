#!/usr/bin/gjs
// SPDX-FileCopyrightText: The asynclit-glib authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// Time limits.

imports.gi.versions.AsyncLit = '1';
const {AsyncLit, Gio, GLib} = imports.gi;

imports.searchPath.unshift(`${GLib.getenv('G_TEST_SRCDIR')}/support`);
const {assertEqual, assertIncludes, assertRaises, assertRejects, main} = imports.taptest;

const {CANCELLED, DONE, ERROR, RUNNING} = AsyncLit.TaskStatus;

const SHORT = 0.05;
const LONG = 60;

function tick() {
    return new Promise(resolve => GLib.timeout_add(GLib.PRIORITY_DEFAULT, 1, () => {
        resolve();
        return GLib.SOURCE_REMOVE;
    }));
}

async function polite(task, cancellable) {
    while (!cancellable.is_cancelled())
        await tick();
    return 'late';
}

async function assertTimedOut(task) {
    await assertRejects(task, Gio.IOErrorEnum, Gio.IOErrorEnum.TIMED_OUT);
    assertEqual(task.status, ERROR);
}

const tests = {
    async '/timeout/async'() {
        await assertTimedOut(AsyncLit.run({timeout: SHORT}, polite));
    },

    async '/timeout/generator'() {
        await assertTimedOut(AsyncLit.run({timeout: SHORT}, function* () {
            while (true)
                yield;
        }));
    },

    async '/timeout/own-error'() {
        await assertTimedOut(AsyncLit.run({timeout: SHORT}, async (task, cancellable) => {
            await polite(task, cancellable);
            throw new Error('own');
        }));
    },

    // Nothing can stop it, but it is too late.
    async '/timeout/blocking'() {
        await assertTimedOut(AsyncLit.run({timeout: SHORT}, () => GLib.usleep(200000)));
    },

    async '/timeout/in-time'() {
        const task = AsyncLit.run({timeout: LONG}, () => 1);
        assertEqual(task.timeout, LONG);
        assertEqual(await task, 1);
        await assertRejects(AsyncLit.run({timeout: LONG}, () => {
            throw new TypeError('own');
        }), TypeError);
    },

    async '/timeout/abandoned'() {
        let release;
        const gate = new Promise(resolve => (release = resolve));
        const limiter = AsyncLit.Limiter.new(1);
        const retry = new AsyncLit.RetryPolicy({max_attempts: 2, base_delay: 0});
        const task = AsyncLit.run({timeout: SHORT, abandon_on_cancel: true, limiter, retry},
            () => gate);
        const next = AsyncLit.run({limiter}, () => 'next');
        await assertTimedOut(task);
        assertEqual(await next, 'next');
        release('late');
        await tick();
        assertEqual(task.status, ERROR);
        assertEqual(task.attempt, 1);
    },

    async '/timeout/retried'() {
        const retry = new AsyncLit.RetryPolicy({max_attempts: 3, base_delay: 0.001});
        const fresh = [];
        const task = AsyncLit.run({timeout: SHORT, retry}, (self, cancellable) => {
            fresh.push(!cancellable.is_cancelled());
            return fresh.length < 3 ? polite(self, cancellable) : 'third';
        });
        assertEqual(await task, 'third');
        assertEqual(fresh, [true, true, true]);
    },

    async '/timeout/cancel'() {
        const task = AsyncLit.run({timeout: LONG}, polite);
        while (task.status !== RUNNING)
            await tick();
        task.cancel();
        await assertRejects(task, Gio.IOErrorEnum, Gio.IOErrorEnum.CANCELLED);
        assertEqual(task.status, CANCELLED);
    },

    async '/timeout/program'() {
        const manager = AsyncLit.get_default_manager();
        await assertTimedOut(manager.submit_subprocess({timeout: SHORT}, ['sleep', '60']));
        const program = AsyncLit.Program.new(['sleep', '60']);
        const task = program.create_task();
        task.set_timeout(SHORT);
        manager.submit_task(task);
        await assertTimedOut(task);
    },

    async '/timeout/map'() {
        await assertTimedOut(AsyncLit.map({timeout: SHORT}, () => tick(), (function* () {
            while (true)
                yield 1;
        })()));
    },

    async '/deadline/async'() {
        const retry = new AsyncLit.RetryPolicy({max_attempts: 2, base_delay: 0});
        const task = AsyncLit.run({deadline: SHORT, retry}, polite);
        assertEqual(task.deadline, SHORT);
        await assertTimedOut(task);
        assertEqual(task.attempt, 1);
    },

    async '/deadline/waiting'() {
        await assertTimedOut(AsyncLit.run({deadline: SHORT, delay: LONG}, () => 1));
        const retry = new AsyncLit.RetryPolicy({max_attempts: 2, base_delay: LONG});
        await assertTimedOut(AsyncLit.run({deadline: SHORT, retry}, () => {
            throw new Error('again');
        }));
    },

    async '/deadline/inherited'() {
        const children = [];
        const task = AsyncLit.run({deadline: 0.2}, () => {
            const manager = AsyncLit.get_default_manager();
            children.push(AsyncLit.run(polite), manager.submit_subprocess(['sleep', '60']));
            return 'in time';
        });
        assertEqual(await task, 'in time');
        for (const child of children) {
            await assertTimedOut(child);
            assertIncludes(child.error.message, 'of the task that submitted it');
        }
    },

    async '/deadline/inherited-too-late'() {
        let called = false;
        let child = null;
        await assertTimedOut(AsyncLit.run({deadline: SHORT}, () => {
            GLib.usleep(200000);
            child = AsyncLit.run(() => (called = true));
        }));
        await assertTimedOut(child);
        assertEqual(called, false);
    },

    async '/parent/cancelled'() {
        const parent = new Gio.Cancellable();
        const task = AsyncLit.run({parent_cancellable: parent}, polite);
        while (task.status !== RUNNING)
            await tick();
        parent.cancel();
        await assertRejects(task, Gio.IOErrorEnum, Gio.IOErrorEnum.CANCELLED);
        assertEqual(task.status, CANCELLED);
    },

    async '/parent/cancelled-before'() {
        const parent = new Gio.Cancellable();
        parent.cancel();
        let called = false;
        const task = AsyncLit.run({parent_cancellable: parent}, () => (called = true));
        assertEqual(task.status, CANCELLED);
        await assertRejects(task, Gio.IOErrorEnum, Gio.IOErrorEnum.CANCELLED);
        assertEqual(called, false);
        assertRaises(() => AsyncLit.run({parent_cancellable: 'parent'}, () => 1), Error);
    },

    async '/stalled'() {
        const told = [];
        let release;
        const task = AsyncLit.run({stall_timeout: SHORT},
            () => new Promise(resolve => (release = resolve)));
        task.connect('notify::stalled', () => told.push(task.stalled));
        while (!task.stalled)
            await tick();
        task.heartbeat();
        assertEqual(task.stalled, false);
        while (!task.stalled)
            await tick();
        release();
        await task;
        assertEqual(task.stalled, false);
        while (told.at(-1)) // in a later iteration of the main loop
            await tick();
    },

    '/refused'() {
        const task = new AsyncLit.Task();
        for (const name of ['timeout', 'deadline', 'stall_timeout']) {
            for (const value of [-1, NaN]) {
                assertRaises(() => AsyncLit.run({[name]: value}, () => 1), RangeError);
                assertRaises(() => task[`set_${name}`](value), RangeError);
                assertRaises(() => (task[name] = value), RangeError);
                assertRaises(() => new AsyncLit.Task({[name]: value}), RangeError);
            }
        }
        assertRaises(() => AsyncLit.run({timeout: 'soon'}, () => 1), TypeError);
        assertEqual(new AsyncLit.Task({timeout: 2}).timeout, 2);
        assertEqual(task.timeout, 0);
    },

    async '/endless'() {
        const task = AsyncLit.run({timeout: Infinity}, () => 1);
        await task;
        assertEqual(task.status, DONE);
    },
};

main(tests);
