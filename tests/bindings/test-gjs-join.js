#!/usr/bin/gjs
// SPDX-FileCopyrightText: The asynclit-glib authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// all(), any() and race().

imports.gi.versions.AsyncLit = '1';
const {AsyncLit, Gio, GLib} = imports.gi;

imports.searchPath.unshift(`${GLib.getenv('G_TEST_SRCDIR')}/support`);
const {assertEqual, assertRaises, assertRejects, main} = imports.taptest;

const {CANCELLED, PENDING} = AsyncLit.TaskStatus;

function inputs(n = 3) {
    return [...Array(n)].map(() => new AsyncLit.Task());
}

const tests = {
    async '/all'() {
        const marker = {};
        const results = await AsyncLit.all([
            AsyncLit.run(() => marker),
            AsyncLit.run(async () => 'two'),
            AsyncLit.get_default_manager().submit_subprocess(['true']),
        ]);
        assertEqual(results.length, 3);
        assertEqual(results[0] === marker, true);
        assertEqual(results[1], 'two');
        assertEqual(results[2], 0);
    },

    async '/all/waits'() {
        const [first, second] = inputs(2);
        const all = AsyncLit.all(new Set([first, second]));
        assertEqual(all.status, PENDING);
        assertEqual(all.substate, AsyncLit.TaskSubstate.WAITING_DEPENDENCY);
        assertEqual(all.explain(), 'waits for 2 tasks that have to end first');
        second.return_value([2]);
        first.return_value('one');
        assertEqual(JSON.stringify(await all), '["one",[2]]');
    },

    async '/all/fails-with-the-same-error'() {
        const error = new TypeError('no luck');
        const [waiting, failing] = [new AsyncLit.Task(), AsyncLit.run(() => {
            throw error;
        })];
        const all = AsyncLit.all([waiting, failing]);
        const seen = await all.catch(caught => caught);
        assertEqual(seen === error, true);
        assertEqual(all.get_decisive() === failing, true);
        assertEqual(waiting.done, false);
    },

    async '/all/cancels-rest'() {
        const [first, second] = inputs(2);
        const all = AsyncLit.all({cancel_rest: true, wait: true}, [first, second]);
        second.return_error(new Error('no luck'));
        await assertRejects(all, Error);
        assertEqual(first.status, CANCELLED);
    },

    async '/all/cancelled'() {
        const [first, second] = inputs(2);
        const all = AsyncLit.all([first, second]);
        first.cancel();
        const error = await all.catch(caught => caught);
        assertEqual(error.matches(Gio.IOErrorEnum, Gio.IOErrorEnum.CANCELLED), true);
    },

    async '/any'() {
        const [first, second, third] = inputs();
        const any = AsyncLit.any([first, second, third]);
        first.return_error(new Error('first'));
        second.cancel();
        assertEqual(any.done, false);
        third.return_value({three: 3});
        assertEqual((await any).three, 3);
    },

    async '/any/fails'() {
        const [first, second] = inputs(2);
        const any = AsyncLit.any([first, second]);
        second.return_error(new Error('second'));
        first.return_error(new Error('first'));
        const error = await any.catch(caught => caught);
        assertEqual(error instanceof AggregateError, true);
        assertEqual(error.errors.map(({message}) => message).join(), 'first,second');
    },

    async '/race'() {
        const [first, second] = inputs(2);
        const race = AsyncLit.race({cancel_rest: true}, [first, second]);
        second.return_value('won');
        assertEqual(await race, 'won');
        assertEqual(first.status, CANCELLED);
    },

    async '/none'() {
        assertEqual((await AsyncLit.all([])).length, 0);
        for (const join of [AsyncLit.any, AsyncLit.race]) {
            const error = await join([]).catch(caught => caught);
            assertEqual(error.matches(AsyncLit.Error, AsyncLit.Error.INVALID_ARGUMENT), true);
        }
    },

    async '/cancel'() {
        const [first, second] = inputs(2);
        const all = AsyncLit.all({cancel_rest: true}, [first, second]);
        assertEqual(all.cancel(), true);
        assertEqual(all.status, CANCELLED);
        assertEqual(first.status, CANCELLED);
        assertEqual(second.status, CANCELLED);
        await assertRejects(all, Gio.IOErrorEnum);
    },

    async '/all/of-joins'() {
        const pairs = ['12', '34'].map(pair =>
            AsyncLit.all([...pair].map(text => AsyncLit.run(Number, text))));
        assertEqual(JSON.stringify(await AsyncLit.all(pairs)), '[[1,2],[3,4]]');
    },

    '/only-tasks'() {
        for (const join of [AsyncLit.all, AsyncLit.any, AsyncLit.race]) {
            assertRaises(() => join([Promise.resolve(1)]), TypeError);
            assertRaises(() => join({unknown: 1}, []), TypeError);
            assertRaises(() => join(), TypeError);
        }
    },
};

main(tests);
