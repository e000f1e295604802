#!/usr/bin/gjs
// SPDX-FileCopyrightText: The asynclit-glib authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// map(): many items, one task, and the main loop goes on.

imports.gi.versions.AsyncLit = '1';
const {AsyncLit, Gio, GLib} = imports.gi;

imports.searchPath.unshift(`${GLib.getenv('G_TEST_SRCDIR')}/support`);
const {assertEqual, assertIncludes, main} = imports.taptest;

const {DONE, ERROR, CANCELLED} = AsyncLit.TaskStatus;

function later(value) {
    return new Promise(resolve => GLib.idle_add(GLib.PRIORITY_LOW, () => {
        resolve(value);
        return GLib.SOURCE_REMOVE;
    }));
}

async function errorOf(task) {
    try {
        await task;
    } catch (error) {
        return error;
    }
    return null;
}

function thrownBy(func) {
    try {
        func();
    } catch (error) {
        return error;
    }
    return null;
}

function range(n) {
    return [...Array(n).keys()];
}

const tests = {
    async '/results'() {
        const task = AsyncLit.map((item, index) => item * 10 + index, [1, 2, 3]);
        assertEqual(await task, [10, 21, 32]);
        assertEqual(task.status, DONE);
    },

    async '/no-items'() {
        assertEqual(await AsyncLit.map(() => 1, []), []);
    },

    async '/promises'() {
        const order = [];
        const items = await AsyncLit.map({limit: 2}, async item => {
            order.push(item);
            return await later(2 * item);
        }, range(10));
        assertEqual(items, range(10).map(item => 2 * item));
        assertEqual(order, range(10));
    },

    async '/limit'() {
        let running = 0, most = 0;
        await AsyncLit.map({limit: 3}, async () => {
            most = Math.max(most, ++running);
            await later();
            running--;
        }, range(20));
        assertEqual(most, 3);
    },

    async '/iterables'() {
        function* generate() {
            yield 1;
            yield 2;
        }
        async function* generateLater() {
            yield await later(3);
            yield 4;
        }
        const same = item => item;
        assertEqual(await AsyncLit.map(same, new Set([5, 6])), [5, 6]);
        assertEqual(await AsyncLit.map(same, generate()), [1, 2]);
        assertEqual(await AsyncLit.map(same, generateLater()), [3, 4]);
    },

    async '/the-main-loop-goes-on'() {
        let nTurns = 0;
        const source = GLib.timeout_add(GLib.PRIORITY_DEFAULT, 1, () => {
            nTurns++;
            return GLib.SOURCE_CONTINUE;
        });
        const end = GLib.get_monotonic_time() + 100000;
        function* untilThen() {
            while (GLib.get_monotonic_time() < end)
                yield 1;
        }
        await AsyncLit.map(item => item, untilThen());
        GLib.source_remove(source);
        assertEqual(nTurns >= 3, true);
    },

    async '/progress'() {
        const task = AsyncLit.map(item => item, range(1000));
        let last = null;
        task.connect('progressed', (_task, value) => (last = value));
        await task;
        assertEqual(last, {done: 1000, total: 1000});
    },

    async '/errors'() {
        const called = [];
        for (const func of [item => {
            called.push(item);
            if (item === 2)
                throw new RangeError('two');
        }, async item => {
            called.push(item);
            await later();
            if (item === 2)
                throw new RangeError('two');
        }]) {
            const task = AsyncLit.map({limit: 1}, func, range(100));
            const error = await errorOf(task);
            assertEqual([task.status, error instanceof RangeError, error.message],
                [ERROR, true, 'two']);
        }
        assertEqual(called, [0, 1, 2, 0, 1, 2]);
    },

    async '/errors/what-runs-ends-first'() {
        let ended = false;
        const task = AsyncLit.map(item => {
            if (item === 1)
                throw new RangeError('one');
            return later().then(() => (ended = true));
        }, [0, 1]);
        const error = await errorOf(task);
        assertEqual([error.message, ended], ['one', true]);
    },

    async '/cancel'() {
        let nCalled = 0;
        function* endless() {
            for (;;)
                yield nCalled;
        }
        const task = AsyncLit.map(() => {
            if (++nCalled === 5)
                task.cancel();
        }, endless());
        const error = await errorOf(task);
        assertEqual(task.status, CANCELLED);
        assertEqual(error.matches(Gio.IOErrorEnum, Gio.IOErrorEnum.CANCELLED), true);
    },

    '/bad-arguments'() {
        assertIncludes(thrownBy(() => AsyncLit.map(1, [])).message, 'options');
        assertIncludes(thrownBy(() => AsyncLit.map(() => 1)).message, 'iterate');
        assertIncludes(thrownBy(() => AsyncLit.map(() => 1, 5)).message, 'iterate');
        assertIncludes(thrownBy(() => AsyncLit.map({limit: 0}, () => 1, [])).message, 'limit');
        assertIncludes(thrownBy(() => AsyncLit.map({limits: 1}, () => 1, [])).message, 'limits');
    },

    // What has a property "size" that is no number has no known size.
    async '/unknown-size'() {
        for (const size of [() => 2, -1, NaN, '2']) {
            const items = {size, * [Symbol.iterator]() {
                yield* [1, 2];
            }};
            const task = AsyncLit.map(x => x + 1, items);
            assertEqual(await task, [2, 3]);
            assertEqual([task.progress_done, task.progress_total], [2, 0]);
        }
    },

    async '/closed'() {
        const manager = new AsyncLit.TaskManager();
        manager.close(AsyncLit.CloseMode.DRAIN);
        const error = await errorOf(AsyncLit.map({manager}, () => 1, [1]));
        assertEqual(error.matches(AsyncLit.Error, AsyncLit.Error.CLOSED), true);
    },
};

main(tests);
