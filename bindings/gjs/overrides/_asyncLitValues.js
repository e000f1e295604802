// SPDX-FileCopyrightText: The asynclit-glib authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// Conversions of JavaScript values and errors to C. Part of the override AsyncLit.js.
//
// A value may be a proxy, or have getters that throw. Errors from examining a value must not look
// like a failure of the function that returned or threw it.

const {GLib, GObject} = imports.gi;

/* exported box, init, isA, isThenable, kindOf, logFailure, returnToC, toGError, unbox */

let AsyncLit;
let raw; // the C functions that the binding replaces

function isText(value) {
    return !value.includes('\0') && !/\p{Surrogate}/u.test(value);
}

function isA(value, kind) {
    try {
        return value instanceof kind;
    } catch (_error) {
        return false;
    }
}

// Whether a value is unchanged after a round trip through a GValue.
function isKept(value) {
    switch (typeof value) {
    case 'boolean':
    case 'number':
        return true;
    case 'string':
        return isText(value);
    default:
        return value === null || isA(value, GObject.Object);
    }
}

// GJS can store few objects in a GValue, and plain ones do not always survive a garbage collection
// there; a GObject does.
const Box = GObject.registerClass({GTypeName: 'AsyncLitGjsBox'},
    class Box extends GObject.Object {});

function box(value) {
    if (isKept(value))
        return value;
    const boxed = new Box();
    boxed.value = value;
    return boxed;
}

function unbox(value) {
    return isA(value, Box) ? value.value : value;
}

// Settles a task with the part of a result that other languages can read: usually none.
function returnToC(task, value) {
    try {
        if (typeof value === 'boolean')
            task.return_boolean(value);
        else if (Number.isSafeInteger(value))
            task.return_int(value);
        else if (isA(value, GLib.Variant))
            task.return_variant(value);
        else
            raw.return_value.call(task, isKept(value) ? value : null);
    } catch (_error) { // from an object that is not what it seems: the task ends nevertheless
        raw.return_value.call(task, null);
    }
}

function textOf(error) {
    try {
        return String(error);
    } catch (_error) {
        return 'what was thrown has no text';
    }
}

function sanitized(text) {
    return text.replace(/[\0\p{Surrogate}]/gu, '\ufffd');
}

function toGError(error) {
    if (isA(error, GLib.Error))
        return error;
    return new AsyncLit.Error({
        code: AsyncLit.Error.CALLBACK_RAISED,
        message: sanitized(textOf(error)),
    });
}

// Not a warning, which would end a program that makes warnings fatal.
function logFailure(what, error) {
    const stack = isA(error, Error) ? `\n${textOf(error.stack)}` : '';
    GLib.log_structured('AsyncLit', GLib.LogLevelFlags.LEVEL_MESSAGE,
        {MESSAGE: sanitized(`${what}: ${textOf(error)}${stack}`)});
}

function kindOf(value) {
    try {
        return Object.prototype.toString.call(value);
    } catch (_error) {
        return '';
    }
}

function isThenable(value) {
    try {
        return typeof value?.then === 'function';
    } catch (_error) {
        return false;
    }
}

function init(namespace, functions) {
    AsyncLit = namespace;
    raw = functions;
}
