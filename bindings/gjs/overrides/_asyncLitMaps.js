// SPDX-FileCopyrightText: The asynclit-glib authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// map(): one function for many items, in the main context, which continues in between.

const {GLib} = imports.gi;

const {isThenable} = imports.overrides._asyncLitValues;

// A main loop that draws 60 times per second has 16 ms for each frame; functions take a quarter of
// it.
const TURN_USEC = 4000;
// The minimum interval between progress reports.
const PROGRESS_USEC = 40000;
// The default for the number of promises that are awaited at the same time.
const DEFAULT_LIMIT = 16;

var OPTIONS = ['limit'];

var checkItems = function (items, limit) {
    if (typeof items?.[Symbol.iterator] !== 'function' &&
        typeof items?.[Symbol.asyncIterator] !== 'function')
        throw new TypeError('the items must be something to iterate over');
    if (limit !== undefined && !(Number.isInteger(limit) && limit >= 1))
        throw new RangeError('the option "limit" must be a whole number from 1 on');
};

// The state of one map.
var MapRun = class {
    constructor(task, cancellable, func, items, limit = DEFAULT_LIMIT) {
        this._task = task;
        this._cancellable = cancellable;
        this._func = func;
        this._total = [items.length, items.size].find(n => Number.isFinite(n) && n >= 0);
        this._limit = limit;
        this._iterator = items[Symbol.asyncIterator]?.() ?? items[Symbol.iterator]();
        this._results = [];
        this._running = new Set();
        this._nDone = 0;
        this._failure = null; // in an object, because any value can be thrown
        this._reported = GLib.get_monotonic_time();
    }

    // The results, in the order of the items. idle() waits until the main loop has nothing to do.
    async run(idle) {
        try {
            await this._callAll(idle);
        } catch (error) { // from the function or the iterator: what is running is awaited first
            this._failure ??= {error};
        } finally {
            this._iterator.return?.();
        }
        await Promise.all(this._running);
        if (this._failure)
            throw this._failure.error;
        this._report();
        return this._results;
    }

    async _callAll(idle) {
        let end = GLib.get_monotonic_time() + TURN_USEC;
        for (let index = 0; !this._cancellable.is_cancelled() && !this._failure; index++) {
            let step = this._iterator.next();
            if (isThenable(step))
                step = await step;
            if (step.done)
                return;
            this._call(step.value, index);
            while (this._running.size >= this._limit)
                await Promise.race(this._running);
            if (GLib.get_monotonic_time() >= end) {
                await idle();
                end = GLib.get_monotonic_time() + TURN_USEC;
            }
        }
    }

    _call(item, index) {
        const result = this._func(item, index);
        if (!isThenable(result)) {
            this._note(index, result);
            return;
        }
        const promise = Promise.resolve(result)
            .then(value => this._note(index, value), error => (this._failure ??= {error}))
            .finally(() => this._running.delete(promise));
        this._running.add(promise);
    }

    _note(index, result) {
        this._results[index] = result;
        this._nDone++;
        if (GLib.get_monotonic_time() - this._reported >= PROGRESS_USEC)
            this._report();
    }

    _report() {
        this._reported = GLib.get_monotonic_time();
        this._task.report({done: this._nDone, total: this._total ?? null});
        this._task.set_progress(this._nDone, this._total);
    }
};
