// SPDX-FileCopyrightText: The asynclit-glib authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// Logs a failure that nobody reads once, with its stack. Part of the override AsyncLit.js.
//
// As with promises, code that wants to handle a failure must await the task before it ends, or
// connect a handler that reads the error or the result.

const {logFailure} = imports.overrides._asyncLitValues;

/* exported markRead, watch, watchJoin */

const unread = new Set();

function markRead(error) {
    unread.delete(error);
}

// For a task that is about to fail with the error of its work. "connect" is the C function.
function watch(task, {error, func}, connect, queue) {
    const name = task.name || func?.name || task.id;
    unread.add(error);
    const id = connect.call(task, 'completed', () => {
        task.disconnect(id);
        queue.push(logUnread, task, name, error); // after all handlers have been called
    });
}

function logUnread(task, name, error) {
    if (unread.delete(error) && !task._isJoined && task.get_status() === imports.gi.AsyncLit.TaskStatus.ERROR)
        logFailure(`The task ${name} failed, and nobody has read its error`, error.value);
}

// For a task that waits for others, whose failures are its own.
function watchJoin(task, connect, queue) {
    if (task.get_done())
        return;
    const id = connect.call(task, 'completed', () => {
        task.disconnect(id);
        queue.push(logUnreadJoin, task);
    });
}

function logUnreadJoin(task) {
    if (!task._isRead && !task._isJoined &&
        task.get_status() === imports.gi.AsyncLit.TaskStatus.ERROR)
        logFailure('Tasks failed, and nobody has read the error', task.error);
}
