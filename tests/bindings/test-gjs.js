#!/usr/bin/gjs
// SPDX-FileCopyrightText: The asynclit-glib authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// The library through its typelib, in GJS and without any override. What JavaScript may do with
// threads decides what is tested: its functions run in the main context only.

imports.gi.versions.AsyncLit = '1';
const {AsyncLit, Gio, GLib} = imports.gi;

imports.searchPath.unshift(`${GLib.getenv('G_TEST_SRCDIR')}/support`);
const {assertEqual, assertFlat, assertRaises, main} = imports.taptest;

const UUID_V4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

Gio._promisify(AsyncLit.Task.prototype, 'wait_async', 'wait_finish');

function defaultManager() {
    return AsyncLit.get_default_manager();
}

function assertRefused(...refused) {
    for (const task of refused) {
        assertRaises(() => task.get_result(), AsyncLit.Error, AsyncLit.Error.WRONG_THREAD);
        assertEqual(task.get_attempt(), 0);
    }
}

const tests = {
    '/namespace/loads'() {
        assertEqual(AsyncLit.MAJOR_VERSION, 1);
        assertEqual(AsyncLit.TaskStatus.CANCELLED, 4);
    },

    '/task/completed-by-creator'() {
        const task = AsyncLit.Task.new();
        assertEqual(UUID_V4.test(task.get_id()), true);
        assertRaises(() => task.get_result(), AsyncLit.Error, AsyncLit.Error.NOT_DONE);
        task.report_progress('half');
        task.return_string('whole');
        assertEqual(task.drain_progress(), ['half']);
        assertEqual(task.get_result(), 'whole');
    },

    '/task/progress-by-cursor'() {
        const task = AsyncLit.Task.new();
        task.report_progress(1);
        task.report_progress('two');
        const [values, cursor] = task.read_progress(0);
        assertEqual([values, cursor], [[1, 'two'], 2]);
        assertEqual(task.read_progress(cursor), [[], 2]);
    },

    async '/task/progress-is-freed'() {
        const count = 20000, text = 'x'.repeat(1000);
        await assertFlat(count * text.length / 4, () => {
            for (let i = 0; i < count; i++) {
                const task = AsyncLit.Task.new();
                task.report_progress(text);
                task.drain_progress();
            }
            imports.system.gc();
        });
    },

    async '/in-context/result'() {
        const calls = [];
        const task = defaultManager().submit_in_context(null, (self, cancellable) => {
            calls.push(cancellable.is_cancelled());
            self.return_int(42);
        });
        assertEqual(calls, []);
        assertEqual(await task.wait_async(null), true);
        assertEqual(calls, [false]);
        assertEqual(task.get_result(), 42);
        assertEqual(task.get_status(), AsyncLit.TaskStatus.DONE);
    },

    async '/in-context/signals'() {
        const events = [];
        const task = defaultManager().submit_in_context(null, self => {
            self.report_progress(1);
            self.report_progress('two');
            self.return_boolean(true);
        });
        task.connect('progressed', (_task, value) => events.push(value));
        await new Promise(resolve => task.connect('completed', resolve));
        assertEqual(events, [1, 'two']);
    },

    async '/in-context/error'() {
        const task = defaultManager().submit_in_context(null, self => {
            self.return_error(new Gio.IOErrorEnum({
                code: Gio.IOErrorEnum.BUSY,
                message: 'too busy',
            }));
        });
        await task.wait_async(null);
        const error = assertRaises(() => task.get_result(), Gio.IOErrorEnum,
            Gio.IOErrorEnum.BUSY);
        assertEqual(error.message, 'too busy');
        assertEqual(task.get_error().matches(Gio.IOErrorEnum, Gio.IOErrorEnum.BUSY), true);
    },

    async '/in-context/retried'() {
        const attempts = [];
        const task = defaultManager().submit_in_context(AsyncLit.RetryPolicy.new(5), self => {
            attempts.push(self.get_attempt());
            if (attempts.length < 3)
                self.return_error(new GLib.Error(Gio.IOErrorEnum, Gio.IOErrorEnum.BUSY, 'again'));
            else
                self.return_int(attempts.length);
        });
        await task.wait_async(null);
        assertEqual(attempts, [1, 2, 3]);
        assertEqual(task.get_result(), 3);
    },

    async '/in-context/cancelled'() {
        const calls = [];
        const task = defaultManager().submit_in_context(null, () => calls.push('called'));
        assertEqual(task.cancel(), true);
        await task.wait_async(null);
        assertRaises(() => task.get_result(), Gio.IOErrorEnum, Gio.IOErrorEnum.CANCELLED);
        assertEqual(calls, []);
    },

    async '/subprocess/lines'() {
        const lines = [];
        const task = defaultManager().submit_subprocess(null, ['sh', '-c', 'echo one; echo two']);
        task.connect('progressed', (_task, line) => lines.push(line));
        await new Promise(resolve => task.connect('completed', resolve));
        assertEqual(lines, ['one', 'two']);
        assertEqual(task.get_result(), 0);
    },

    async '/subprocess/fails'() {
        const task = defaultManager().submit_subprocess(null, ['sh', '-c', 'exit 3']);
        await task.wait_async(null);
        assertRaises(() => task.get_result(), GLib.spawn_exit_error_quark(), 3);
    },

    async '/subprocess/cancelled'() {
        const task = defaultManager().submit_subprocess(null, ['sleep', '1000']);
        assertEqual(task.cancel(), true);
        await task.wait_async(null);
        assertEqual(task.get_status(), AsyncLit.TaskStatus.CANCELLED);
    },

    // What would have to call a function in another thread fails, instead of crashing GJS.
    '/thread/function-refused'() {
        const manager = AsyncLit.TaskManager.new();
        const made = AsyncLit.Task.new();
        const never = () => {
            throw new Error('called');
        };
        made.set_func(never);
        manager.submit_task(made);
        assertRefused(made, AsyncLit.run(never), AsyncLit.run_async(never),
            manager.submit(null, never), manager.submit_async(null, never));
        assertEqual(manager.get_n_items(), 0);
    },

    '/thread/predicate-refused'() {
        const policy = AsyncLit.RetryPolicy.new(2).with_retry_if(() => true);
        assertRefused(defaultManager().submit_subprocess(policy, ['false']),
            defaultManager().submit_subprocess(policy.with_retry_on(1, 1), ['false']));
    },

    async '/thread/predicate-in-context'() {
        const policy = AsyncLit.RetryPolicy.new(9).with_retry_if(error => error.message === 'a');
        const task = defaultManager().submit_in_context(policy, self => {
            self.return_error(new GLib.Error(Gio.IOErrorEnum, Gio.IOErrorEnum.BUSY,
                'aab'[self.get_attempt() - 1]));
        });
        await task.wait_async(null);
        assertEqual(task.get_attempt(), 3);
    },

    async '/manager/as-list-model'() {
        const manager = AsyncLit.TaskManager.new();
        assertEqual(manager.get_n_items(), 0);
        const changed = new Promise(resolve => manager.connect('items-changed', resolve));
        const task = manager.submit_subprocess(null, ['true']);
        await changed;
        assertEqual(manager.get_n_items(), 1);
        assertEqual(manager.get_item(0) === task, true);
        assertEqual(manager.get(task.get_id()) === task, true);
        await task.wait_async(null);
    },
};

main(tests);
