// SPDX-FileCopyrightText: The asynclit-glib authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// Retry policies whose rules are in JavaScript. A part of the override AsyncLit.js.

const {GLib} = imports.gi;

const {isA, toGError} = imports.overrides._asyncLitValues;

// Each limit is written so that what is not a number at all (NaN) breaks it, too.
const LIMITS = {
    max_attempts: [value => value >= 1 && Number.isInteger(value), 'an integer >= 1'],
    base_delay: [value => value >= 0, '>= 0'],
    max_delay: [value => value >= 0, '>= 0'],
    multiplier: [value => value >= 1, '>= 1'],
    jitter: [value => value >= 0 && value <= 1, 'in [0, 1]'],
    max_elapsed: [value => value > 0, '> 0 when set'],
};

// The largest that C has, for what is larger.
const LARGEST = {max_attempts: GLib.MAXUINT32};

function underscored(name) {
    return name.replaceAll('-', '_').replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`);
}

function checkLimit(name, value) {
    const [holds, rule] = LIMITS[name];
    if (typeof value !== 'number')
        throw new TypeError(`RetryPolicy.${name} must be a number`);
    if (!holds(value))
        throw new RangeError(`RetryPolicy.${name} must be ${rule}`);
    return Math.min(value, LARGEST[name] ?? Number.MAX_VALUE);
}

function isFunction(value) {
    return typeof value === 'function';
}

function checkRetryOn(rules) {
    const isRule = rule => isFunction(rule) || Array.isArray(rule) && rule.length === 2;
    if (!Array.isArray(rules) || !rules.every(isRule))
        throw new TypeError('RetryPolicy.retry_on must be an array of classes of errors, ' +
            'and of pairs of an error domain and a code');
    return Object.freeze([...rules]);
}

function checkFunction(name, func) {
    if (!isFunction(func))
        throw new TypeError(`RetryPolicy.${name} must be a function`);
    return func;
}

function ruleMatches(rule, error) {
    return isFunction(rule)
        ? isA(error, rule)
        : isA(error, GLib.Error) && error.matches(...rule);
}

// C decides, and asks the rules of JavaScript about the error as it was thrown.
function overrideNextDelay(prototype) {
    const {next_delay: askC, with_delay_func: withDelayFunc, with_retry_if: withRetryIf} = prototype;

    prototype.next_delay = function (error, attempt, startedAt) {
        const {delay} = this._rules ?? {};
        let policy = this, raised = null;
        const guard = (func, otherwise) => (...args) => {
            try {
                return func(...args);
            } catch (other) {
                raised = {value: other};
                return otherwise;
            }
        };
        if (this._rules)
            policy = withRetryIf.call(policy, guard(() => this.should_retry(error), false));
        if (delay) {
            policy = withDelayFunc.call(policy, guard((_error, index, computed) =>
                Number(delay(error, index, computed) ?? -1), -1));
        }
        const seconds = askC.call(policy, toGError(error), attempt, startedAt);
        if (raised)
            throw raised.value;
        return seconds;
    };
}

function overrideRules(prototype) {
    const {_init: init, should_retry: shouldRetry} = prototype;
    const withRules = ['with_delay_func', 'with_retry_if', 'with_retry_on']
        .map(name => [name, prototype[name]]);

    prototype._init = function (fields = {}) {
        const rules = {retry_on: null, retry_if: null, delay: null}, numbers = {};
        for (const [key, value] of Object.entries(fields)) {
            const name = underscored(key);
            if (value === null || value === undefined)
                continue;
            if (name === 'retry_on')
                rules.retry_on = checkRetryOn(value);
            else if (name === 'retry_if' || name === 'delay')
                rules[name] = checkFunction(name, value);
            else
                numbers[name] = name in LIMITS ? checkLimit(name, value) : value;
        }
        init.call(this, numbers);
        if (rules.retry_on || rules.retry_if || rules.delay)
            this._rules = rules;
    };

    for (const name of ['retry_on', 'retry_if', 'delay']) {
        Object.defineProperty(prototype, name, {
            get() {
                return this._rules?.[name] ?? null;
            },
            configurable: true,
            enumerable: true,
        });
    }

    prototype.should_retry = function (error) {
        if (!this._rules)
            return shouldRetry.call(this, toGError(error));
        const {retry_on: retryOn, retry_if: retryIf} = this._rules;
        return (!retryOn || retryOn.some(rule => ruleMatches(rule, error))) &&
            (!retryIf || Boolean(retryIf(error)));
    };

    for (const [name, method] of withRules) {
        prototype[name] = function (...args) {
            if (!this._rules)
                return method.apply(this, args);
            throw new TypeError(`${name}() does not know the rules of a policy with retry_on, ` +
                'retry_if or delay: give all of them to "new AsyncLit.RetryPolicy()"');
        };
    }
}

function init({RetryPolicy: {prototype}}) {
    overrideNextDelay(prototype);
    overrideRules(prototype);
}
