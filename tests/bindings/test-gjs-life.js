#!/usr/bin/gjs
// SPDX-FileCopyrightText: The asynclit-glib authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// What the override of GJS leaves behind: memory, and the end of the process.

imports.gi.versions.AsyncLit = '1';
const {AsyncLit, Gio, GLib} = imports.gi;

imports.searchPath.unshift(`${GLib.getenv('G_TEST_SRCDIR')}/support`);
const {assertEqual, assertFlat, main} = imports.taptest;

const BATCH = 500;

// What a task that is never freed costs at least: the object, its wrapper, its function.
const BYTES_PER_LEAK = 800;

async function runMany(count, start) {
    for (let i = 0; i < count; i += BATCH) {
        await Promise.all(Array.from({length: BATCH}, start));
        imports.system.gc();
    }
}

function assertNoGrowth(count, start) {
    return assertFlat(count * BYTES_PER_LEAK, () => runMany(count, start));
}

// Runs a program in another GJS; its standard output.
async function runScript(text) {
    const head = 'imports.gi.versions.AsyncLit = "1"; const {AsyncLit, GLib} = imports.gi;' +
        'const loop = new GLib.MainLoop(null, false);';
    const flags = Gio.SubprocessFlags.STDOUT_PIPE | Gio.SubprocessFlags.STDERR_MERGE;
    const gjs = Gio.Subprocess.new(['gjs', '-c', head + text], flags);
    return new Promise(resolve => gjs.communicate_utf8_async(null, null, (_gjs, result) => {
        const [, output] = gjs.communicate_utf8_finish(result);
        resolve([output, gjs.get_if_exited() && gjs.get_exit_status()]);
    }));
}

const BUSY_PROGRAM = `
    const forever = AsyncLit.run((self, cancellable) =>
        new Promise(resolve => cancellable.connect(resolve)));
    const retry = new AsyncLit.RetryPolicy({max_attempts: 2, base_delay: 1000});
    AsyncLit.run({retry}, () => {throw new Error('x')});
    AsyncLit.run(function* () {for (;;) yield 1;});
    const sleeper = AsyncLit.get_default_manager().submit_subprocess(['sleep', '1000']);
    forever.connect('completed', () => print('completed'));
    forever.then(print, print);
    (async () => {for await (const value of sleeper) print(value);})();
`;

const tests = {
    async '/memory/runs'() {
        let i = 0;
        await assertNoGrowth(12000, () => AsyncLit.run(x => [x], i++));
    },

    async '/memory/progress-and-errors'() {
        await assertNoGrowth(6000, async () => {
            const task = AsyncLit.run(async self => {
                self.report({self: 1});
                throw new Error('x'.repeat(100));
            });
            for await (const value of task)
                assertEqual(value, {self: 1});
            await task.catch(() => null);
        });
    },

    async '/exit/with-work-in-flight'() {
        const end = 'GLib.timeout_add(0, 50, () => {print("end"); loop.quit(); return false;});' +
            'loop.run();';
        assertEqual(await runScript(BUSY_PROGRAM + end), ['end\n', 0]);
    },

    async '/exit/at-once'() {
        assertEqual(await runScript(`${BUSY_PROGRAM} print("end");`), ['end\n', 0]);
    },

    async '/exit/within-a-task'() {
        const end = 'AsyncLit.run(() => imports.system.exit(7)); loop.run();';
        assertEqual(await runScript(BUSY_PROGRAM + end), ['', 7]);
    },

    async '/exit/after-shutdown'() {
        const end = 'print(AsyncLit.shutdown(0.01)); print("end");';
        assertEqual((await runScript(BUSY_PROGRAM + end))[1], 0);
    },
};

main(tests);
