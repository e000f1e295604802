// SPDX-FileCopyrightText: The asynclit-glib authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// Scheduling for JavaScript. Part of the override AsyncLit.js. C tells when a job is due; its
// function runs in the main context, like the functions of AsyncLit.run().

const {Gio, GLib} = imports.gi;

// Options that are not properties of a job; the others are passed to C.
const OWN_OPTIONS = ['args', 'replace_existing', 'retry', 'scheduler', 'latest_task_name'];

const {logFailure} = imports.overrides._asyncLitValues;

let AsyncLit;
let startTask;

// The schedulers whose runs are taken here, each with the cancellable for that and the running
// tasks.
const dispatchers = new Map();

class Dispatcher {
    constructor(scheduler) {
        this._scheduler = scheduler;
        this._cancellable = new Gio.Cancellable();
        this._running = new Set();
        this._ended = new Promise(resolve => (this._end = resolve));
        this._takeNext();
    }

    stop() {
        this._cancellable.cancel();
    }

    // Waits until no runs are taken any more, and those that were taken have ended.
    async wait() {
        await this._ended;
        while (this._running.size > 0)
            await Promise.allSettled([...this._running].map(({task}) => task));
    }

    _takeNext() {
        this._scheduler.take_due_async(this._cancellable, (scheduler, result) => {
            let task, job;
            try {
                [task, job] = scheduler.take_due_finish(result);
            } catch (_error) { // it was stopped
                this._end();
                return;
            }
            this._takeNext();
            this._runOrSettle(task, job);
        });
    }

    // Whatever happens here, the task is either run or settled.
    _runOrSettle(task, job) {
        try {
            if (job._call)
                this._run(task, job);
            else if (job._forgotten)
                task.cancel();
            else
                throw newError('the job has no function');
        } catch (error) {
            if (task.begin())
                task.return_error(error);
        }
    }

    _run(task, job) {
        const hold = {task};
        const {func, args, retry} = job._call;
        const id = job.get_job_id();
        startTask(task, func, args, retry);
        this._running.add(hold);
        task.then(() => this._running.delete(hold), error => {
            this._running.delete(hold);
            if (task.get_status() === AsyncLit.TaskStatus.ERROR) // which is reported nowhere else
                logFailure(`The job ${id} failed`, error);
        });
    }
}

function newError(message) {
    return new AsyncLit.Error({code: AsyncLit.Error.INVALID_ARGUMENT, message});
}

function toDateTime(value) {
    if (!(value instanceof Date))
        return value;
    const milliseconds = value.getTime();
    const seconds = Math.floor(milliseconds / 1000);
    return GLib.DateTime.new_from_unix_utc(seconds).add((milliseconds - seconds * 1000) * 1000);
}

function checkOptions(func, {args = [], retry = null, overlap}) {
    if (typeof func !== 'function')
        throw new TypeError('the function to schedule is missing');
    if (!Array.isArray(args))
        throw new TypeError('the option "args" must be an array');
    if (retry && !(retry instanceof AsyncLit.RetryPolicy))
        throw new TypeError('the option "retry" must be a RetryPolicy');
    // The scheduler would cancel on its own thread, where JavaScript handlers can't be called.
    if (overlap === AsyncLit.Overlap.CANCEL_PREVIOUS)
        throw new TypeError('the option "overlap" can\'t be CANCEL_PREVIOUS in JavaScript');
}

function newJob(func, trigger, options) {
    checkOptions(func, options);
    const properties = {trigger, name: func.name || null};
    for (const [name, value] of Object.entries(options)) {
        if (!OWN_OPTIONS.includes(name) && value !== undefined)
            properties[name] = toDateTime(value);
    }
    const job = new AsyncLit.ScheduledTask(properties);
    if (options.latest_task_name)
        job.set_latest_task_name(options.latest_task_name);
    job._call = {func, args: [...options.args ?? []], retry: options.retry ?? null};
    return job;
}

function isSameCall(job, {func, args}) {
    return job._call?.func === func && job._call.args.length === args.length &&
        args.every((value, i) => Object.is(value, job._call.args[i]));
}

// If a function is scheduled twice in the same way, this is one job.
function deriveId(scheduler, job) {
    if (job.name === null)
        return;
    const stem = `${job.name} [${job.get_trigger().to_string()}]`;
    for (let number = 1; ; number++) {
        const id = number === 1 ? stem : `${stem} #${number}`;
        const existing = scheduler.get(id);
        if (existing === null || isSameCall(existing, job._call)) {
            job.set_job_id(id);
            return;
        }
    }
}

function schedule(func, trigger, options = {}) {
    const job = newJob(func, trigger, options);
    const scheduler = startScheduler(options.scheduler ?? null);
    if (job.get_job_id() === null)
        deriveId(scheduler, job);
    scheduler.add(job, options.replace_existing ?? true);
    return job;
}

function scheduleInterval(func, {seconds, fixed_delay: fixedDelay = false, ...options} = {}) {
    if (typeof seconds !== 'number')
        throw new TypeError('the option "seconds" must be a number');
    if (!(seconds >= 1e-6 && seconds < Infinity))
        throw new RangeError('the option "seconds" must be > 0');
    const trigger = new AsyncLit.IntervalTrigger({seconds, fixed_delay: fixedDelay});
    return schedule(func, trigger, options);
}

function scheduleCron(func, {
    cron, dialect = AsyncLit.CronDialect.APSCHEDULER, time_zone: timeZone = null, ...options
} = {}) {
    if (typeof cron !== 'string')
        throw new TypeError('the option "cron" must be a string');
    return schedule(func, AsyncLit.CronTrigger.new(cron, dialect, timeZone), options);
}

function startScheduler(scheduler = null) {
    scheduler ??= AsyncLit.get_default_scheduler();
    if (!dispatchers.has(scheduler))
        dispatchers.set(scheduler, new Dispatcher(scheduler));
    if (!scheduler.get_running())
        scheduler.start();
    return scheduler;
}

// A run of the job may be in progress.
function forget(job) {
    job.remove();
    job._forgotten = true;
    job._call = null;
}

// Drops the jobs of JavaScript. The promise is resolved when the runs in progress have ended.
async function shutdownScheduler(scheduler = null, {wait = false} = {}) {
    scheduler ??= AsyncLit.get_default_scheduler();
    scheduler.shutdown(false);
    scheduler.list_jobs().filter(job => job._call).forEach(forget);
    const dispatcher = dispatchers.get(scheduler);
    dispatchers.delete(scheduler);
    dispatcher?.stop();
    if (wait)
        await dispatcher?.wait();
}

function init(namespace, start) {
    AsyncLit = namespace;
    startTask = start;
    AsyncLit.schedule = schedule;
    AsyncLit.schedule_interval = scheduleInterval;
    AsyncLit.schedule_cron = scheduleCron;
    AsyncLit.start_scheduler = startScheduler;
    AsyncLit.shutdown_scheduler = shutdownScheduler;
}
