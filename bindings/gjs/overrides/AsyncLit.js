// SPDX-FileCopyrightText: The asynclit-glib authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// Adapts AsyncLit to JavaScript: functions take arguments, results may have any type, errors keep
// their class and stack, and tasks can be awaited.
//
// GJS can neither call nor free a function on any thread but the main one. The binding therefore
// runs functions in the main context. C determines a task's status, its retries and its
// cancellation, while JavaScript values and errors are kept on the task's wrapper. The wrapper
// lives as long as C needs the task, because it has a property of its own.
//
// GJS reads overrides as scripts, and calls _init() with the namespace as "this".

const {Gio, GLib, GObject} = imports.gi;

const {
    box, isA, isThenable, kindOf, logFailure, returnToC, toGError, unbox,
} = imports.overrides._asyncLitValues;
const failures = imports.overrides._asyncLitFailures;

// A main loop that draws 60 times per second has 16 ms for each frame; functions take a quarter of
// it.
const TURN_USEC = 4000;

const NOT_IN_THREADS =
    'JavaScript can only run in the main context, not in another thread: use AsyncLit.run() ' +
    'or TaskManager.submit(), which run functions there, or submit_subprocess() for heavy work';

const OPTIONS = ['abandon_on_cancel', 'after', 'deadline', 'delay', 'group', 'limiter', 'manager',
    'max_progress', 'name', 'parent_cancellable', 'priority', 'progress_weight', 'retry',
    'run_anyway', 'stall_timeout', 'timeout', 'unique', 'unique_policy'];

// Options in seconds, which are also properties of the task.
const LIMITS = ['timeout', 'deadline', 'stall_timeout'];

let AsyncLit;
let raw; // the C functions that the binding replaces
let currentTask = null;
let deadlinesUsed = false; // if not, none can be inherited
let hiddenManager = null;

// Tasks, and objects with tasks, that have handlers and have not ended: the handlers live only as
// long as the wrappers.
const awaited = new Set();

function newError(domain, code, message) {
    return new domain({code, message});
}

// --- Turns of the main loop ------------------------------------------------------------------

// Calls functions when the main loop is idle, as many at a time as TURN_USEC allows. A function may
// run a nested main loop, in which the queue continues. If a function throws an error, the next one
// is called nevertheless.
class Queue {
    constructor() {
        this._calls = [];
        this._next = 0;
        this._source = 0;
    }

    push(func, ...args) {
        this._calls.push([func, args]);
        this._ensureTurn();
    }

    _ensureTurn() {
        if (this._next < this._calls.length)
            this._source ||= GLib.idle_add(GLib.PRIORITY_DEFAULT_IDLE, () => this._turn());
    }

    _turn() {
        const end = GLib.get_monotonic_time() + TURN_USEC;
        this._source = 0; // can't be dispatched by a nested loop in this turn
        do
            this._callNext();
        while (this._next < this._calls.length && GLib.get_monotonic_time() < end);
        this._ensureTurn();
        return GLib.SOURCE_REMOVE;
    }

    _callNext() {
        if (this._next >= this._calls.length) // a nested loop in an earlier turn has called it
            return;
        const [func, args] = this._calls[this._next++];
        if (this._next === this._calls.length || this._next > 1000)
            this._calls = this._calls.slice(this._next), this._next = 0;
        this._ensureTurn();
        try {
            func(...args);
        } catch (error) {
            logFailure('What is queued failed', error);
        }
    }
}

const queue = new Queue();

function idle() {
    return new Promise(resolve => queue.push(resolve));
}

// --- One task's function on its way through its attempts -------------------------------------

class Work {
    constructor(func, args, retry) {
        this.func = func;
        this.args = args;
        this.retry = retry;
        this.former = null; // the task whose result comes before the arguments
        this.started = 0;
        this.timed = false; // whether it has time limits
        this.result = undefined;
        this.error = null; // in an object, because any value can be thrown
    }

    // The caller's objects are no longer needed once there will be no further attempt.
    release() {
        this.func = this.args = this.retry = this.former = null;
    }
}

function queueTask(manager, options, func, args, former = null) {
    const task = new AsyncLit.Task();
    task._work = new Work(func, args, options.retry ?? null);
    task._work.former = former;
    task.set_executor(AsyncLit.Executor.CONTEXT);
    for (const name of ['abandon_on_cancel', 'max_progress', 'name', 'progress_weight']) {
        if (options[name] !== undefined)
            task[name] = options[name];
    }
    if (options.retry)
        task.set_retry_policy(options.retry);
    setGates(task, options);
    setLimits(task, options);
    if (deadlinesUsed && inheritDeadline(task))
        task._work.timed = true;
    const kept = claimKey(manager, task, options);
    if (kept) {
        task._work.release();
        return kept;
    }
    if (options.group)
        joinGroup(task, options.group);
    if (manager.queue_task(task))
        queue.push(beginAttempt, task);
    else if (task.get_done())
        task._work.release();
    else
        beginWhenReady(task);
    return task;
}

// The task that keeps the key, if there is one.
function claimKey(manager, task, {unique, unique_policy: policy}) {
    if (unique === undefined)
        return null;
    return manager.claim_key(task, unique, policy ?? AsyncLit.Unique.KEEP);
}

function checkKey(key) {
    if (typeof key !== 'string')
        throw new TypeError('a key must be a string');
    if (key === '')
        throw new RangeError('a key must not be empty');
}

// Of what is no number, GJS would make 0, which is KEEP.
function checkPolicy(policy) {
    if (typeof policy !== 'number')
        throw new TypeError('the policy of a key must be an AsyncLit.Unique');
    if (!Object.values(AsyncLit.Unique).includes(policy))
        throw new RangeError('the policy of a key must be an AsyncLit.Unique');
}

// If the group is closed, the task fails.
function joinGroup(task, group) {
    try {
        group.add(task);
    } catch (error) {
        raw.return_error.call(task, error);
    }
}

// What the task waits for before it runs.
function setGates(task, {after, delay, limiter, priority, run_anyway: runAnyway}) {
    for (const other of [after ?? []].flat())
        task.add_dependency(other);
    for (const one of [limiter ?? []].flat())
        task.add_limiter(one);
    if (delay !== undefined)
        task.set_delay(checkSeconds('delay', delay));
    if (priority !== undefined)
        task.set_priority(priority);
    if (runAnyway !== undefined)
        task.set_run_anyway(runAnyway);
}

function setLimits(task, options) {
    for (const name of LIMITS) {
        if (options[name] !== undefined && options[name] !== null) {
            task[`set_${name}`](checkSeconds(name, options[name]));
            task._work.timed = true;
        }
    }
    deadlinesUsed ||= options.deadline > 0;
    if (options.parent_cancellable)
        task.set_parent_cancellable(options.parent_cancellable);
}

// From the task whose function submits this one.
function inheritDeadline(task) {
    return currentTask !== null && task.inherit_deadline(currentTask);
}

function checkSeconds(name, value) {
    if (typeof value !== 'number')
        throw new TypeError(`the option "${name}" must be a number of seconds`);
    if (!(value >= 0))
        throw new RangeError(`the option "${name}" must be a number of seconds, 0 or more`);
    return Math.min(value, Number.MAX_VALUE);
}

// Once it has passed its gates, if there are any.
function beginWhenReady(task) {
    if (task.when_ready(() => queue.push(beginAttempt, task)))
        queue.push(beginAttempt, task);
}

// For a task that the manager already has.
function startTask(task, func, args, retry) {
    task._work = new Work(func, args, retry);
    beginWhenReady(task);
}

function beginAttempt(task) {
    const work = task._work;
    if (!task.begin()) {
        skipAttempt(task, work);
        return;
    }
    try {
        if (work.retry && task.get_attempt() === 1)
            work.started = AsyncLit.RetryPolicy.start_time();
        settleWith(task, work, call(task, work));
    } catch (error) {
        fail(task, work, error);
    }
}

// There is no attempt to begin: the task has ended, or is paused.
function skipAttempt(task, work) {
    if (!task.is_paused()) {
        work.release();
        return;
    }
    whenResumed(task).then(() => queue.push(beginAttempt, task));
}

// Meanwhile the task lends its places in limiters.
async function whenResumed(task) {
    const cancellable = task.get_cancellable();
    let handler = 0;
    task.begin_wait();
    await new Promise(resolve => {
        handler = cancellable.connect(() => resolve());
        if (task.when_resumed(() => resolve()))
            resolve();
    });
    if (handler !== 0)
        GObject.signal_handler_disconnect(cancellable, handler);
    task.end_wait();
}

// If the call passes fewer arguments than there are parameters, the task and its cancellable
// follow.
function call(task, {func, args, former}) {
    const given = former ? [former.result, ...args] : args;
    const all = func.length > given.length
        ? [...given, task, task.get_cancellable()].slice(0, func.length)
        : given;
    const outer = currentTask;
    currentTask = task;
    try {
        return func.apply(task, all);
    } finally {
        currentTask = outer;
    }
}

function settleWith(task, work, value) {
    const kind = kindOf(value);
    if (kind === '[object Generator]')
        value = takeSteps(task, value);
    else if (kind === '[object AsyncGenerator]')
        value = takeAsyncSteps(task, value);

    if (isThenable(value))
        Promise.resolve(value).then(result => succeed(task, work, result),
            error => fail(task, work, error));
    else
        succeed(task, work, value);
}

// Runs a generator step by step, so that the main loop continues. Yielded values are progress.
async function takeSteps(task, generator) {
    const cancellable = task.get_cancellable();
    while (!cancellable.is_cancelled()) {
        const end = GLib.get_monotonic_time() + TURN_USEC;
        do {
            const {value, done} = step(task, generator);
            if (done)
                return value;
            if (value !== undefined)
                task.report(value);
        } while (GLib.get_monotonic_time() < end);
        await idle();
    }
    return generator.return().value;
}

function step(task, generator) {
    const outer = currentTask;
    currentTask = task;
    try {
        return generator.next();
    } finally {
        currentTask = outer;
    }
}

async function takeAsyncSteps(task, generator) {
    const cancellable = task.get_cancellable();
    while (!cancellable.is_cancelled()) {
        const {value, done} = await step(task, generator);
        if (done)
            return value;
        task.report(value);
    }
    return (await generator.return()).value;
}

// The function has returned: the error if its time was up, else null.
function timeError(task) {
    try {
        task.finish_attempt();
        return null;
    } catch (error) {
        return error;
    }
}

function succeed(task, work, result) {
    const late = work.timed ? timeError(task) : null;
    if (late !== null) {
        failOrRetry(task, work, late);
        return;
    }
    try {
        if (work.retry && retryResult(task, work, result))
            return;
    } catch (error) { // of the caller's predicate
        failFinally(task, work, error);
        return;
    }
    finish(task, work, result);
}

function finish(task, work, result) {
    work.result = result;
    work.release();
    returnToC(task, result);
}

function fail(task, work, error) {
    const late = work.timed ? timeError(task) : null;
    failOrRetry(task, work, late ?? error);
}

function failOrRetry(task, work, error) {
    let delay = null;
    if (work.timed && task.get_done()) { // abandoned
        work.release();
        return;
    }
    try {
        delay = work.retry ? nextDelay(task, work, error) : null;
    } catch (other) { // of the caller's predicate
        error = other;
    }
    if (delay === null)
        fallBack(task, work, error);
    else if (task.return_retry(toGError(error), delay))
        waitForRetry(task, delay);
    else // it was cancelled
        work.release();
}

// No attempt is left: the policy may have a result in place of the error.
function fallBack(task, work, error) {
    const fallback = work.retry?.fallback;
    if (!fallback || isCancellation(error)) {
        failFinally(task, work, error);
        return;
    }
    let result;
    try {
        result = fallback(error);
    } catch (other) {
        failFinally(task, work, other);
        return;
    }
    task.note_failure();
    finish(task, work, result);
}

// Whether the policy does not accept the result, and there is another attempt.
function retryResult(task, work, result) {
    const {retry, started} = work;
    const delay = retry.next_delay_for_result(result, task.get_attempt(), started);
    if (delay < 0)
        return false;
    const unwanted = newError(AsyncLit.Error, AsyncLit.Error.UNWANTED_RESULT,
        'The retry policy does not accept the result');
    if (task.return_retry(unwanted, delay))
        waitForRetry(task, delay);
    else // it was cancelled
        work.release();
    return true;
}

function failFinally(task, work, error) {
    work.error = {value: error};
    if (!isCancellation(error))
        failures.watch(task, work, raw.connect, queue);
    work.release();
    raw.return_error.call(task, toGError(error)); // has no effect if the task was cancelled
}

// The delay before the next attempt, in seconds; null if there is none.
function nextDelay(task, {retry, started}, error) {
    if (isCancellation(error))
        return null;
    const delay = retry.next_delay(error, task.get_attempt(), started);
    return delay < 0 ? null : delay;
}

function isCancellation(error) {
    return isA(error, GLib.Error) &&
        error.matches(Gio.IOErrorEnum, Gio.IOErrorEnum.CANCELLED);
}

function waitForRetry(task, delay) {
    if (delay === 0) {
        beginWhenReady(task);
        return;
    }
    let completed = 0;
    const milliseconds = Math.min(Math.ceil(delay * 1000), GLib.MAXUINT32 - 1);
    const source = GLib.timeout_add(GLib.PRIORITY_DEFAULT, milliseconds, () => {
        task.disconnect(completed);
        beginWhenReady(task);
        return GLib.SOURCE_REMOVE;
    });
    completed = task.connect('completed', () => {
        GLib.source_remove(source);
        task.disconnect(completed);
        task._work.release();
    });
}

// --- Submitting ------------------------------------------------------------------------------

// Splits [options,] first, ...rest. Options are a dictionary, a retry policy or null.
function splitOptions(args, isFirst, what, names = OPTIONS) {
    const [options, rest] = isFirst(args[0])
        ? [{}, args]
        : [toOptions(args[0], names), args.slice(1)];
    if (!isFirst(rest[0]))
        throw new TypeError(`${what} is missing`);
    return [options, rest];
}

function toOptions(value, names) {
    if (value === null || value === undefined || value instanceof AsyncLit.RetryPolicy)
        return {retry: value};
    if (typeof value !== 'object')
        throw new TypeError('options must be an object or a RetryPolicy');
    for (const name in value) {
        if (!names.includes(name))
            throw new TypeError(`unknown option "${name}"; there are ${names.join(', ')}`);
    }
    if (value.retry && !(value.retry instanceof AsyncLit.RetryPolicy))
        throw new TypeError('the option "retry" must be a RetryPolicy');
    return value;
}

const isFunction = value => typeof value === 'function';

function run(...args) {
    const [options, [func, ...rest]] = splitOptions(args, isFunction, 'the function to run');
    return queueTask(chooseManager(options), options, func, rest);
}

function chooseManager({manager, group}) {
    return manager ?? group?.get_manager() ?? AsyncLit.get_default_manager();
}

// Submits a function that gets the result of a task when it is done.
function follow(former, args) {
    const [options, [func, ...rest]] = splitOptions(args, isFunction, 'the function to run');
    const manager = options.manager ?? former.get_manager() ?? chooseManager(options);
    const after = [former, ...[options.after ?? []].flat()];
    return queueTask(manager, {...options, after}, func, rest, former);
}

function overrideTaskGroup(prototype) {
    prototype.submit = function (...args) {
        const [options, [func, ...rest]] = splitOptions(args, isFunction, 'the function to run');
        if (options.manager || options.group)
            throw new TypeError('the options "manager" and "group" are for AsyncLit.run()');
        return queueTask(this.get_manager(), {...options, group: this}, func, rest);
    };
    prototype.list_tasks = withFilter(prototype.list_tasks);
}

function withFilter(listTasks) {
    return function (filter = AsyncLit.TaskFilter.ALL, ...rest) {
        return listTasks.call(this, filter, ...rest);
    };
}

// Takes the options, the function and the items: an iterable, not an array of arguments.
function map(...args) {
    const maps = imports.overrides._asyncLitMaps;
    const [options, [func, items]] = splitOptions(args, isFunction, 'the function to call',
        [...OPTIONS, ...maps.OPTIONS]);
    maps.checkItems(items, options.limit);
    return queueTask(options.manager ?? AsyncLit.get_default_manager(), options,
        (task, cancellable) => new maps.MapRun(task, cancellable, func, items,
            options.limit).run(idle), []);
}

// Takes the options and the tasks.
function join(how, ...args) {
    const joins = imports.overrides._asyncLitJoins;
    const [options, [tasks]] = splitOptions(args, joins.isInputs, 'the list of tasks',
        joins.OPTIONS);
    const task = joins.join(how, options, tasks);
    failures.watchJoin(task, raw.connect, queue);
    return task;
}

function refuse() {
    throw newError(AsyncLit.Error, AsyncLit.Error.WRONG_THREAD, NOT_IN_THREADS);
}

// Runs a program as a task from JavaScript, for features that the task in C lacks.
async function runProgram(program, task, cancellable) {
    hiddenManager ??= new AsyncLit.TaskManager({max_completed: 0});
    const inner = hiddenManager.submit_program(null, program);
    inner.connect('progressed', (_inner, line) => task.report(line));
    cancellable.connect(() => inner.cancel());
    return inner;
}

function overrideTaskManager(prototype) {
    const {
        claim_key: claimKeyInC, close, list_tasks: listTasks, submit_program: submitProgram, submit_task: submitTask,
    } = prototype;
    const programs = imports.overrides._asyncLitPrograms;

    prototype.submit = function (...args) {
        const [options, [func, ...rest]] = splitOptions(args, isFunction, 'the function to run');
        if (options.manager)
            throw new TypeError('the option "manager" is for AsyncLit.run()');
        return queueTask(this, options, func, rest);
    };

    prototype.submit_async = refuse;
    prototype.list_tasks = function (filter = AsyncLit.TaskFilter.ALL, name = null) {
        return listTasks.call(this, filter, name);
    };
    prototype.close = function (mode = AsyncLit.CloseMode.DRAIN) {
        close.call(this, mode);
    };

    prototype.submit_subprocess = function (...args) {
        const [given, [argv]] = splitOptions(args, Array.isArray, 'the program to run',
            [...OPTIONS, ...programs.OPTIONS]);
        const [program, options] = programs.make(AsyncLit, argv, given);
        const {retry, ...others} = options;
        return Object.keys(others).length === 0
            ? this.submit_program(retry ?? null, program)
            : queueTask(this, options, runProgram, [program]);
    };

    // The worker thread can't ask a JavaScript function whether to retry.
    prototype.submit_program = function (retry, program) {
        if (retry?._rules)
            return queueTask(this, {retry}, runProgram, [program]);
        if (!deadlinesUsed || currentTask === null)
            return submitProgram.call(this, retry, program);
        const task = program.create_task();
        task.set_retry_policy(retry);
        this.submit_task(task);
        return task;
    };

    prototype.submit_task = function (task) {
        if (task._hasFunc && task.get_executor() !== AsyncLit.Executor.CONTEXT)
            refuse();
        if (deadlinesUsed)
            inheritDeadline(task);
        submitTask.call(this, task);
    };

    prototype.claim_key = function (task, key, policy) {
        checkKey(key);
        checkPolicy(policy);
        return claimKeyInC.call(this, task, key, policy);
    };
    prototype.submit_unique = function (task, key, policy = AsyncLit.Unique.KEEP) {
        const kept = this.claim_key(task, key, policy);
        if (kept)
            return kept;
        this.submit_task(task);
        return task;
    };
}

// --- Task ------------------------------------------------------------------------------------

function getResult(task) {
    if (task._work && task.get_status() === AsyncLit.TaskStatus.DONE)
        return task._work.result;
    const error = getError(task);
    if (error !== null)
        throw error.value;
    const outcome = getOutcome(task);
    if (outcome && task.get_status() === AsyncLit.TaskStatus.DONE)
        return outcome.value;
    return raw.get_result.call(task); // throws if there is none
}

// The error in an object, because any value can be thrown; null if the task did not fail.
function getError(task) {
    if (task.get_status() !== AsyncLit.TaskStatus.ERROR)
        return null;
    failures.markRead(task._work?.error);
    const error = task._work?.error ?? getOutcome(task) ?? null;
    if (error !== null && (task._work || isTimeOut(error.value)))
        return error;
    const fromC = raw.get_error.call(task);
    return error === null || isTimeOut(fromC) ? {value: fromC} : error;
}

function isTimeOut(error) {
    return isA(error, GLib.Error) &&
        error.matches(Gio.IOErrorEnum, Gio.IOErrorEnum.TIMED_OUT);
}

// Of a task that its creator completes, or that waits for others.
function getOutcome(task) {
    if (!task._inputs)
        return task._outcome;
    task._isRead = true;
    return imports.overrides._asyncLitJoins.getOutcome(task);
}

function keepUntilEnded(task) {
    if (awaited.has(task) || task.get_done())
        return;
    awaited.add(task);
    const id = raw.connect.call(task, 'completed', () => {
        awaited.delete(task);
        task.disconnect(id);
    });
}

// A single promise, because each additional one costs a turn of the job queue.
function outcome(task) {
    return new Promise((resolve, reject) => {
        const settle = () => {
            try {
                resolve(getResult(task));
            } catch (error) {
                reject(error);
            }
        };
        if (task.get_done()) {
            settle();
            return;
        }
        const hold = {task};
        awaited.add(hold);
        raw.connect.call(task, 'completed', () => {
            awaited.delete(hold);
            settle();
        });
    });
}

// Each iteration has its own cursor, and sees all values that C still has.
async function* iterate(task) {
    let cursor = 0, values, ended = false;
    let wake = () => {};
    const ids = ['progressed', 'completed'].map(name => task.connect(name, () => wake()));
    try {
        while (!ended) {
            const change = new Promise(resolve => (wake = resolve));
            ended = task.get_done();
            [values, cursor] = task.read_progress(cursor);
            yield* values;
            if (!ended)
                await change;
        }
    } finally {
        ids.forEach(id => task.disconnect(id));
    }
}

function unboxing(signal, handler) {
    if (signal !== 'progressed')
        return handler;
    return function (task, value) {
        return handler.call(this, task, unbox(value));
    };
}

// GObject has functions that do the same as these methods, but would bypass them.
function overrideSignalFunctions() {
    for (const [name, method] of [['signal_connect', 'connect'],
        ['signal_connect_after', 'connect_after']]) {
        const func = GObject[name];
        GObject[name] = function (object, ...args) {
            return object instanceof AsyncLit.Task
                ? object[method](...args)
                : func.call(this, object, ...args);
        };
    }
}

function overrideTask(prototype) {
    const {
        drain_progress: drainProgress, read_progress: readProgress, set_func: setFunc,
        set_progress: setProgress,
    } = prototype;
    for (const name of ['connect', 'get_error', 'get_result', 'report_progress', 'return_error',
        'return_value'])
        raw[name] = prototype[name];

    // C only knows the text of JavaScript values and errors.
    const properties = {
        result() {
            return getResult(this);
        },
        error() {
            return getError(this)?.value ?? null;
        },
        progress() {
            return drainProgress.call(this).map(unbox);
        },
    };
    for (const [name, get] of Object.entries(properties))
        Object.defineProperty(prototype, name, {get, configurable: true, enumerable: true});
    prototype.get_result = properties.result;
    prototype.get_error = properties.error;
    prototype.drain_progress = properties.progress;

    prototype.read_progress = function (cursor = 0) {
        const [values, next] = readProgress.call(this, cursor);
        return [values.map(unbox), next];
    };
    prototype.report = prototype.report_progress = function (value) {
        raw.report_progress.call(this, box(value));
    };

    prototype.set_progress = function (done, total) {
        for (const [name, amount] of Object.entries({done, total: total ?? 0})) {
            if (!(Number.isFinite(amount) && amount >= 0))
                throw new RangeError(`${name} must be a number from 0 on, not ${String(amount)}`);
        }
        setProgress.call(this, done, total ?? 0);
    };

    // Of a task that its creator completes; the first outcome counts, as in C.
    prototype.return_value = function (value) {
        if (!this._outcome && !this.get_done()) {
            this._outcome = {value};
            returnToC(this, value);
        }
    };
    prototype.return_error = function (error) {
        if (!this._outcome && !this.get_done()) {
            this._outcome = {value: error};
            raw.return_error.call(this, toGError(error));
        }
    };

    for (const name of ['connect', 'connect_after']) {
        const connect = prototype[name];
        prototype[name] = function (signal, handler) {
            keepUntilEnded(this);
            return connect.call(this, signal, unboxing(signal, handler));
        };
    }

    prototype.set_func = function (func) {
        this._hasFunc = true;
        setFunc.call(this, func);
    };

    // Marks a point at which an asynchronous function lets itself be paused or cancelled.
    prototype.checkpoint = async function () {
        const cancellable = this.get_cancellable();
        while (this.is_paused() && !cancellable.is_cancelled())
            await whenResumed(this);
        if (cancellable.is_cancelled()) {
            throw newError(Gio.IOErrorEnum, Gio.IOErrorEnum.CANCELLED,
                'The task was cancelled');
        }
    };

    prototype.then = function (onDone, onError) {
        return outcome(this).then(onDone, onError);
    };
    // Not then(), which is that of a promise.
    prototype.and_then = function (...args) {
        return follow(this, args);
    };
    prototype.catch = function (onError) {
        return outcome(this).catch(onError);
    };
    prototype.finally = function (onEnd) {
        return outcome(this).finally(onEnd);
    };
    prototype[Symbol.asyncIterator] = function () {
        return iterate(this);
    };
}

// ---------------------------------------------------------------------------------------------

// A function that waits for what depends on its own task would wait for ever.
function refuseWait(waitedFor) {
    if (currentTask === null)
        return;
    const tasks = waitedFor instanceof AsyncLit.Task
        ? [waitedFor]
        : waitedFor.list_tasks(AsyncLit.TaskFilter.LIVE);
    for (const task of tasks) {
        if (task !== currentTask && task.depends_on(currentTask)) {
            throw newError(Gio.IOErrorEnum, Gio.IOErrorEnum.WOULD_BLOCK,
                'Waiting here would never end: what is waited for depends on this task');
        }
    }
}

// No timeout, or a negative one, means no limit.
function overrideWaits() {
    for (const {prototype} of [AsyncLit.Task, AsyncLit.TaskGroup, AsyncLit.TaskManager]) {
        const {wait} = prototype;
        prototype.wait = function (timeout = -1, cancellable = null) {
            refuseWait(this);
            return wait.call(this, timeout ?? -1, cancellable);
        };
    }
    const {shutdown} = AsyncLit;
    AsyncLit.shutdown = (timeout = -1) => shutdown(timeout ?? -1);
}

function sessionTasks(sessionState, key = 'asynclit_tasks') {
    return sessionState[key] ??= {};
}

function _init() {
    AsyncLit = this;
    raw = {};
    AsyncLit.all = (...args) => join(AsyncLit.Join.ALL, ...args);
    AsyncLit.any = (...args) => join(AsyncLit.Join.ANY, ...args);
    AsyncLit.map = map;
    AsyncLit.race = (...args) => join(AsyncLit.Join.RACE, ...args);
    AsyncLit.run = run;
    AsyncLit.run_async = refuse;
    AsyncLit.get_worker_context = refuse;
    AsyncLit.current_task = () => currentTask;
    AsyncLit.session_tasks = sessionTasks;
    imports.overrides._asyncLitValues.init(AsyncLit, raw);
    overrideTaskManager(AsyncLit.TaskManager.prototype);
    overrideTaskGroup(AsyncLit.TaskGroup.prototype);
    overrideWaits();
    overrideSignalFunctions();
    overrideTask(AsyncLit.Task.prototype);
    imports.overrides._asyncLitRetries.init(AsyncLit);
    imports.overrides._asyncLitNumbers.init(AsyncLit);
    imports.overrides._asyncLitClasses.init(AsyncLit);
    imports.overrides._asyncLitSchedules.init(AsyncLit, startTask);
}
