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

// What the program decides itself: retry_on is an array, the others are functions.
const RULES = ['retry_on', 'retry_if', 'delay', 'retry_if_result', 'fallback'];

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
    const {
        next_delay: askC, next_delay_for_result: askCForResult, with_delay_func: withDelayFunc,
        with_retry_if: withRetryIf, with_retry_if_result: withRetryIfResult,
    } = prototype;

    prototype.next_delay = function (error, attempt, startedAt) {
        return ask(guard => {
            let policy = this;
            if (this._rules)
                policy = withRetryIf.call(policy, guard(() => this.should_retry(error), false));
            policy = addDelay(policy, this._rules, guard, error);
            return askC.call(policy, toGError(error), attempt, startedAt);
        });
    };

    prototype.next_delay_for_result = function (result, attempt, startedAt) {
        const {retry_if_result: isUnwanted} = this._rules ?? {};
        if (!isUnwanted)
            return -1;
        return ask(guard => {
            const policy = withRetryIfResult.call(this, guard(() => Boolean(isUnwanted(result)),
                false));
            return askCForResult.call(addDelay(policy, this._rules, guard, null), null, attempt,
                startedAt);
        });
    };

    // The error is null for a result; the function then receives that of C.
    function addDelay(policy, rules, guard, error) {
        const {delay} = rules ?? {};
        if (!delay)
            return policy;
        return withDelayFunc.call(policy, guard((unwanted, index, computed) =>
            Number(delay(error ?? unwanted, index, computed) ?? -1), -1));
    }
}

// What a rule throws is thrown once C has returned.
function ask(func) {
    let raised = null;
    const guard = (rule, otherwise) => (...args) => {
        try {
            return rule(...args);
        } catch (other) {
            raised = {value: other};
            return otherwise;
        }
    };
    const seconds = func(guard);
    if (raised)
        throw raised.value;
    return seconds;
}

function overrideRules(prototype) {
    const {_init: init, should_retry: shouldRetry} = prototype;
    const withRules = ['with_delay_func', 'with_fallback', 'with_retry_if',
        'with_retry_if_result', 'with_retry_on']
        .map(name => [name, prototype[name]]);

    prototype._init = function (fields = {}) {
        const rules = Object.fromEntries(RULES.map(name => [name, null])), numbers = {};
        for (const [key, value] of Object.entries(fields)) {
            const name = underscored(key);
            if (value === null || value === undefined)
                continue;
            if (name === 'retry_on')
                rules.retry_on = checkRetryOn(value);
            else if (RULES.includes(name))
                rules[name] = checkFunction(name, value);
            else
                numbers[name] = name in LIMITS ? checkLimit(name, value) : value;
        }
        init.call(this, numbers);
        if (RULES.some(name => rules[name]))
            this._rules = rules;
    };

    for (const name of RULES) {
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
                'retry_if, delay, retry_if_result or fallback: give all of them to "new AsyncLit.RetryPolicy()"');
        };
    }
}

function init({RetryPolicy: {prototype}}) {
    overrideNextDelay(prototype);
    overrideRules(prototype);
}
