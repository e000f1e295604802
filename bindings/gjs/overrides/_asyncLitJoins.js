// SPDX-FileCopyrightText: The asynclit-glib authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// all(), any() and race(): tasks that wait for several others. Part of the override AsyncLit.js.
//
// C decides which task determines the outcome. The outcome itself is taken from the tasks here,
// since C does not know the values of JavaScript.

/* exported OPTIONS, getOutcome, isInputs, join */

const {AsyncLit, Gio} = imports.gi;

var OPTIONS = ['cancel_rest', 'wait'];

var isInputs = value => typeof value === 'object' && typeof value?.[Symbol.iterator] === 'function';

function toFlags({cancel_rest: cancelRest = false, wait = false}) {
    const {CANCEL_REST, DEFAULT, WAIT} = AsyncLit.JoinFlags;
    return (cancelRest ? CANCEL_REST : DEFAULT) | (wait ? WAIT : DEFAULT);
}

var join = function (how, options, tasks) {
    const inputs = [...tasks];
    for (const task of inputs) {
        if (!(task instanceof AsyncLit.Task))
            throw new TypeError('all(), any() and race() need tasks, from run() for example');
    }
    const joined = AsyncLit.Task.join(inputs, how, toFlags(options));
    joined._inputs = inputs;
    inputs.forEach(task => (task._isJoined = true)); // their failures are the new task's
    return joined;
};

function outcomeOf(task) {
    const {CANCELLED, DONE} = AsyncLit.TaskStatus;
    switch (task.get_status()) {
    case DONE:
        return {value: task.result};
    case CANCELLED:
        return {value: new Gio.IOErrorEnum({code: Gio.IOErrorEnum.CANCELLED,
            message: 'The task was cancelled'})};
    default:
        return {value: task.error};
    }
}

function makeOutcome(task, inputs) {
    const decisive = task.get_decisive();
    if (decisive !== null)
        return outcomeOf(decisive);
    if (task.get_status() === AsyncLit.TaskStatus.DONE)
        return {value: inputs.map(other => other.result)};
    if (inputs.length === 0 || !inputs.every(other => other.get_done()))
        return null;
    return {value: new AggregateError(inputs.map(other => outcomeOf(other).value),
        'All tasks failed')};
}

// The result or the error of a join that has ended, in an object, because it may be any value; null
// if C has it.
var getOutcome = function (task) {
    if (task._inputs) {
        task._outcome = makeOutcome(task, task._inputs);
        task._inputs = null;
    }
    return task._outcome;
};
