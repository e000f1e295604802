// SPDX-FileCopyrightText: The asynclit-glib authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// Throws an error for numbers that C would only reject with a critical message. Part of the
// override AsyncLit.js.

const {GLib} = imports.gi;

const LIMITS = {
    seconds: [1e-6, Number.MAX_VALUE],
    every: [1, GLib.MAXUINT32],
    jitter: [0, 366 * 86400],
    misfire_grace: [-Number.MAX_VALUE, Number.MAX_VALUE],
    max_instances: [0, GLib.MAXUINT32],
    max_runs: [0, GLib.MAXUINT32],
    timeout: [0, Number.MAX_VALUE],
    deadline: [0, Number.MAX_VALUE],
    stall_timeout: [0, Number.MAX_VALUE],
    max_running: [0, GLib.MAXUINT32],
    max_queued: [0, GLib.MAXUINT32],
    max_completed: [0, GLib.MAXUINT32],
    max_age: [0, Number.MAX_VALUE],
    max_progress: [0, GLib.MAXUINT32],
    progress_weight: [0, Number.MAX_VALUE],
    rate: [0, 1e6],
    burst: [1, GLib.MAXUINT32],
    max_failures: [0, GLib.MAXUINT32],
    break_duration: [0, Number.MAX_VALUE],
    priority: [GLib.MININT32, GLib.MAXINT32],
};

const WHOLE = ['max_running', 'max_queued', 'max_completed', 'max_progress', 'max_failures',
    'burst', 'priority'];

// The range of the time, in seconds, by which a manual clock can be moved at once.
const MOVE = [0, 3e12];

// The numeric options of a job that may change at any time.
const JOB_NUMBERS = ['jitter', 'misfire_grace', 'max_instances', 'max_runs'];
const LIMITER_NUMBERS = ['max_running', 'rate', 'burst', 'max_failures', 'break_duration'];
const MANAGER_NUMBERS = ['max_running', 'max_queued', 'max_completed', 'max_age'];
const GROUP_NUMBERS = ['max_completed'];

const TASK_NUMBERS = ['timeout', 'deadline', 'stall_timeout', 'max_progress', 'progress_weight'];

function check(what, value, [min, max]) {
    if (typeof value !== 'number')
        throw new TypeError(`${what} must be a number`);
    // Written such that NaN breaks it, too.
    if (!(value >= min && value <= max))
        throw new RangeError(`${what} must be in [${min}, ${max}]`);
}

// Checks the value of a property or an option of this name.
function checkNamed(what, value, name) {
    check(what, value, LIMITS[name]);
    if (WHOLE.includes(name) && !Number.isInteger(value))
        throw new RangeError(`${what} must be a whole number`);
}

function underscored(name) {
    return name.replaceAll('-', '_').replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`);
}

function dashed(name) {
    return name.replaceAll('_', '-');
}

function camelCased(name) {
    return name.replace(/_(.)/g, (_match, letter) => letter.toUpperCase());
}

// Checks the properties with which an object is constructed.
function checkFields(className, fields, names) {
    for (const [key, value] of Object.entries(fields)) {
        const name = underscored(key);
        if (names.includes(name) && value !== undefined)
            checkNamed(`${className}.${name}`, value, name);
    }
}

function overrideInit(klass, className, names) {
    const {_init: init} = klass.prototype;
    klass.prototype._init = function (fields = {}, ...rest) {
        checkFields(className, fields, names);
        init.call(this, fields, ...rest);
    };
}

// Makes a function check its first argument.
function overrideFirst(holder, name, what, limits) {
    overrideArgument(holder, name, value => check(what, value, limits));
}

function overrideArgument(holder, name, checkValue) {
    const func = holder[name];
    holder[name] = function (value, ...rest) {
        checkValue(value);
        return func.call(this, value, ...rest);
    };
}

// A property with the behaviour of its getter and setter.
function defineAccessor(prototype, spelling, name) {
    Object.defineProperty(prototype, spelling, {
        get() {
            return this[`get_${name}`]();
        },
        set(value) {
            this[`set_${name}`](value);
        },
        configurable: true,
        enumerable: true,
    });
}

// Properties that may be set at construction, and at any time.
function overrideProperties(klass, className, names) {
    overrideInit(klass, className, names);
    for (const name of names) {
        overrideArgument(klass.prototype, `set_${name}`,
            value => checkNamed(`${className}.${name}`, value, name));
        for (const spelling of [name, dashed(name), camelCased(name)])
            defineAccessor(klass.prototype, spelling, name);
    }
}

function init(AsyncLit) {
    overrideInit(AsyncLit.IntervalTrigger, 'IntervalTrigger', ['seconds']);
    for (const name of ['new', 'new_with_fixed_delay'])
        overrideFirst(AsyncLit.IntervalTrigger, name, 'IntervalTrigger.seconds', LIMITS.seconds);
    overrideFirst(AsyncLit.CalendarTrigger, 'new', 'CalendarTrigger.every', LIMITS.every);
    for (const name of ['advance', 'suspend'])
        overrideFirst(AsyncLit.ManualClock.prototype, name, 'seconds', MOVE);
    overrideProperties(AsyncLit.ScheduledTask, 'ScheduledTask', JOB_NUMBERS);
    overrideProperties(AsyncLit.Limiter, 'Limiter', LIMITER_NUMBERS);
    overrideProperties(AsyncLit.TaskGroup, 'TaskGroup', GROUP_NUMBERS);
    overrideProperties(AsyncLit.TaskManager, 'TaskManager', MANAGER_NUMBERS);
    overrideArgument(AsyncLit.Limiter, 'new',
        value => checkNamed('Limiter.max_running', value, 'max_running'));
    overrideFirst(AsyncLit.Task.prototype, 'set_delay', 'Task.delay', [0, Number.MAX_VALUE]);
    overrideArgument(AsyncLit.Task.prototype, 'set_priority',
        value => checkNamed('Task.priority', value, 'priority'));
    overrideProperties(AsyncLit.Task, 'Task', TASK_NUMBERS);
}
