#!/usr/bin/gjs
// SPDX-FileCopyrightText: The asynclit-glib authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// The contract that contract.json states, in JavaScript: async functions in the main context.

imports.gi.versions.AsyncLit = '1';
const {AsyncLit, Gio, GLib} = imports.gi;

const SRCDIR = GLib.getenv('G_TEST_SRCDIR');
imports.searchPath.unshift(`${SRCDIR}/support`);
const {assertEqual, assertIncludes, assertRaises, main} = imports.taptest;

const {TaskStatus} = AsyncLit;
const KINDS = {
    'busy': [Gio.IOErrorEnum, Gio.IOErrorEnum.BUSY],
    'timed-out': [Gio.IOErrorEnum, Gio.IOErrorEnum.TIMED_OUT],
    'cancelled': [Gio.IOErrorEnum, Gio.IOErrorEnum.CANCELLED],
    'not-found': [Gio.IOErrorEnum, Gio.IOErrorEnum.NOT_FOUND],
    'closed': [AsyncLit.Error, AsyncLit.Error.CLOSED],
    'invalid-argument': [AsyncLit.Error, AsyncLit.Error.INVALID_ARGUMENT],
    'invalid-cron': [AsyncLit.Error, AsyncLit.Error.INVALID_CRON],
    'invalid-timezone': [AsyncLit.Error, AsyncLit.Error.INVALID_TIMEZONE],
    'dependency': [AsyncLit.Error, AsyncLit.Error.DEPENDENCY],
    'circuit-open': [AsyncLit.Error, AsyncLit.Error.CIRCUIT_OPEN],
    'exit-3': [GLib.spawn_exit_error_quark(), 3],
    'no-program': [GLib.SpawnError, GLib.SpawnError.NOENT],
};

const REPORTS = {
    amount: (task, [done, total]) => task.set_progress(done, total),
    part: (task, weight) => task.begin_part(weight),
    text: (task, text) => task.set_progress_text(text),
    unit: (task, unit) => task.set_progress_unit(AsyncLit.Unit[unit.toUpperCase()]),
};

async function work(attempts, task, cancellable) {
    for (const step of attempts[Math.min(task.attempt, attempts.length) - 1]) {
        const [[what, value]] = Object.entries(step);
        if (what === 'report')
            task.report(value);
        else if (what === 'await-cancel')
            await new Promise(resolve => cancellable.connect(resolve));
        else if (what in REPORTS)
            REPORTS[what](task, value);
        else if (what === 'checkpoint')
            await task.checkpoint();
        else if (what === 'fail')
            throw new GLib.Error(...KINDS[value], 'As the contract says');
        else
            return value;
    }
    return null;
}

function makePolicy({
    'max-attempts': maxAttempts, 'base-delay': baseDelay, 'retry-on': retryOn, unwanted, fallback,
}) {
    return new AsyncLit.RetryPolicy({
        max_attempts: maxAttempts,
        base_delay: baseDelay,
        retry_on: retryOn && [KINDS[retryOn]],
        retry_if_result: unwanted && (result => result === unwanted),
        fallback: fallback && (() => fallback),
    });
}

function makeOptions({environ: env, stderr, 'capture-output': captureOutput, ...others}, retry) {
    return {
        ...others, retry, env, capture_output: captureOutput,
        stderr: stderr && AsyncLit.ProgramStderr[stderr.toUpperCase()],
    };
}

function makeLimits({'stall-timeout': stallTimeout, 'parent-cancelled': isCancelled, ...others}) {
    const parent = isCancelled ? new Gio.Cancellable() : null;
    parent?.cancel();
    return {...others, stall_timeout: stallTimeout, parent_cancellable: parent};
}

function submit(manager, test) {
    const retry = test.retry ? makePolicy(test.retry) : null;
    const limited = test.limits ? {...makeLimits(test.limits), retry} : retry;
    if (!test.argv)
        return manager.submit(limited, work, test.work);
    const options = test.program ? makeOptions(test.program, retry) : limited;
    return manager.submit_subprocess(options, test.argv);
}

function toPlain(result) {
    return result instanceof AsyncLit.ProgramOutput ? result.dup_text() : result;
}

function signalled(task, signal) {
    return new Promise(resolve => task.connect(signal, () => resolve(null)));
}

function check(task, expect) {
    assertEqual(task.status, TaskStatus[expect.status.toUpperCase()]);
    if (task.status === TaskStatus.DONE)
        assertEqual(toPlain(task.result), expect.result ?? null);
    assertEqual(task.error === null, !expect.error);
    assertEqual(!expect.error || task.error.matches(...KINDS[expect.error]), true);
    assertEqual(task.progress, expect.progress ?? []);
    assertEqual(AsyncLit.progress_describe(task), expect.describe ?? '');
    if (expect.fraction !== undefined)
        assertEqual(task.fraction, expect.fraction);
    assertEqual(task.attempt, expect.attempts);
}

function listenTo(manager) {
    const seen = [];
    for (const name of ['added', 'started', 'retrying', 'completed'])
        manager.connect(`task-${name}`, () => seen.push(name));
    return seen;
}

function checkSignals(seen, expected) {
    while (seen.length < expected.length)
        GLib.MainContext.default().iteration(true);
    assertEqual(seen, expected);
}

function resume(manager, task) {
    assertEqual(task.pause(), true);
    manager.paused = false;
    assertEqual(task.substate, AsyncLit.TaskSubstate.PAUSED);
    assertEqual(task.resume(), true);
}

async function run(test) {
    const manager = new AsyncLit.TaskManager();
    const signals = listenTo(manager);
    if (test.closed)
        manager.close(AsyncLit.CloseMode.DRAIN);
    manager.paused = Boolean(test.pause);
    if (test['max-failures'])
        manager.limiter = new AsyncLit.Limiter({max_failures: test['max-failures']});
    const task = submit(manager, test);
    if (test.pause)
        resume(manager, task);
    const completed = signalled(task, 'completed');
    if (test.cancel?.startsWith('on-')) {
        await signalled(task, test.cancel === 'on-progress' ? 'progressed' : 'retrying');
        assertEqual(task.cancel(), test.expect.cancel);
    }
    await completed;
    if (test.cancel === 'after-end')
        assertEqual(task.cancel(), test.expect.cancel);
    check(task, test.expect);
    if (test.expect.signals)
        checkSignals(signals, test.expect.signals);
}

function isKind(error, kind) {
    return kind === 'all-failed'
        ? error instanceof AggregateError
        : error.matches(...KINDS[kind]);
}

const ended = task => task.then(() => null, () => null);

// A case of tasks that are joined.
async function runJoin({join: {how, ...flags}, inputs, cancel, expect}) {
    const manager = new AsyncLit.TaskManager();
    const tasks = inputs.map(steps => manager.submit(work, [steps]));
    const joined = AsyncLit[how]({cancel_rest: flags['cancel-rest'], wait: flags.wait}, tasks);
    if (cancel === 'at-once')
        assertEqual(joined.cancel(), true);
    await ended(joined);
    assertEqual(joined.status, TaskStatus[expect.status.toUpperCase()]);
    if (joined.status === TaskStatus.DONE)
        assertEqual(joined.result, expect.results ?? expect.result);
    else if (expect.error)
        assertEqual(isKind(joined.error, expect.error), true);
    if (!expect.ends)
        manager.close(AsyncLit.CloseMode.CANCEL);
    await Promise.all(tasks.map(ended));
    if (expect.ends) {
        assertEqual(tasks.map(({status}) => status),
            expect.ends.map(nick => TaskStatus[nick.toUpperCase()]));
    }
}

// A case of tasks in a group.
async function runGroup({group: {do: what, ...settings}, inputs, expect}) {
    const group = new AsyncLit.TaskGroup({
        cancel_on_error: settings['cancel-on-error'] ?? false,
    });
    if (what === 'close-first')
        group.close();
    const tasks = inputs.map(steps => group.submit(work, [steps]));
    if (what === 'cancel')
        group.cancel();
    else if (what === 'close-when-idle')
        group.close_when_idle();
    await Promise.all(tasks.map(ended));
    assertEqual(tasks.map(({status}) => status),
        expect.ends.map(nick => TaskStatus[nick.toUpperCase()]));
    assertEqual([group.closed, group.fraction], [expect.closed, expect.fraction]);
    if (expect.error)
        assertEqual(isKind(tasks[0].error, expect.error), true);
}

// A case of a function that follows a task.
async function runThen({inputs, expect}) {
    const first = AsyncLit.run(work, inputs);
    const task = first.and_then(number => 2 * number);
    await ended(task);
    await ended(first);
    assertEqual(task.status, TaskStatus[expect.status.toUpperCase()]);
    if (expect.error)
        assertEqual(isKind(task.error, expect.error), true);
    else
        assertEqual(task.result, expect.result);
}

const START = GLib.DateTime.new_utc(2026, 1, 1, 0, 0, 0);

const VIEWS = {
    'jobs': ({scheduler}) => scheduler.get_n_jobs(),
    'runs': ({job}) => job.n_runs,
    'missed': ({job}) => job.n_missed,
    'skipped': ({job}) => job.n_skipped,
    'paused': ({job}) => job.paused,
    'next': ({job}) => job.next_run_time && job.next_run_time.difference(START) / 1e6,
    'latest': ({manager, job}) => viewTask(manager.get(job.latest_task_key)),
};

function viewTask(task) {
    if (task === null || task.status === TaskStatus.DONE)
        return task && task.result;
    if (task.status === TaskStatus.CANCELLED)
        return 'cancelled';
    return Object.keys(KINDS).find(name => task.error.matches(...KINDS[name]));
}

// A case of what is done with a job.
class Steps {
    constructor() {
        this.clock = AsyncLit.ManualClock.new(START);
        this.scheduler = new AsyncLit.Scheduler({clock: this.clock});
        this.manager = new AsyncLit.TaskManager();
        this.job = null;
    }

    makeWork({fails = 0, 'awaits-cancel': awaitsCancel = false}) {
        let calls = 0;
        return async (task, cancellable) => {
            const call = ++calls;
            if (awaitsCancel)
                await new Promise(resolve => cancellable.connect(resolve));
            if (call <= fails)
                throw new GLib.Error(...KINDS['busy'], 'As the contract says');
            return call;
        };
    }

    makeOptions(fields) {
        const {retry, 'max-instances': maxInstances, 'max-runs': maxRuns} = fields;
        return {
            job_id: 'job', latest_task_name: 'latest',
            scheduler: this.scheduler, manager: this.manager,
            retry: retry && makePolicy(retry), max_instances: maxInstances, max_runs: maxRuns,
            first_run: fields['first-run'] && AsyncLit.FirstRun.NOW,
        };
    }

    schedule(fields) {
        const func = this.makeWork(fields), options = this.makeOptions(fields);
        if (fields.interval)
            return AsyncLit.schedule_interval(func, {seconds: fields.interval, ...options});
        const dialect = fields.dialect && AsyncLit.CronDialect.CRON;
        return AsyncLit.schedule_cron(func,
            {cron: fields.cron, time_zone: fields.zone, dialect, ...options});
    }

    checkRefusal(fields) {
        const error = assertRaises(() => this.schedule(fields), ...KINDS[fields.error]);
        assertIncludes(error.message, fields.says);
    }

    async check(expect) {
        while (this.job?.n_running > 0)
            await new Promise(resolve => GLib.idle_add(GLib.PRIORITY_LOW, () => resolve()));
        for (const what of Object.keys(expect))
            assertEqual([what, VIEWS[what](this)], [what, expect[what]]);
    }

    async take(what, value) {
        if (what === 'schedule' && value.error)
            this.checkRefusal(value);
        else if (what === 'schedule')
            this.job = this.schedule(value);
        else if (what === 'see')
            await this.check(value);
        else if (what === 'advance')
            this.clock.advance(value);
        else if (what === 'cancel')
            assertEqual(this.manager.get(this.job.latest_task_key).cancel(), value);
        else
            assertEqual(this.job[what.replace('-', '_')]() ?? null, value);
    }

    async run(steps) {
        AsyncLit.start_scheduler(this.scheduler);
        for (const step of steps) {
            const [[what, value]] = Object.entries(step);
            await this.take(what, value);
        }
        await AsyncLit.shutdown_scheduler(this.scheduler);
    }
}

const [, bytes] = GLib.file_get_contents(`${SRCDIR}/bindings/contract.json`);
const {cases} = JSON.parse(new TextDecoder().decode(bytes));

function runCase(test) {
    if (test.steps)
        return new Steps().run(test.steps);
    if (test.group)
        return runGroup(test);
    if (test.then)
        return runThen(test);
    return test.join ? runJoin(test) : run(test);
}

main(Object.fromEntries(cases.map(test => [test.name, () => runCase(test)])));
