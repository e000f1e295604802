// SPDX-FileCopyrightText: The asynclit-glib authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// A failure that nobody reads is logged once, with its stack: a part of the override AsyncLit.js.
//
// As with promises, whoever wants to handle a failure has said so by the end of the task: by
// awaiting it, or by a handler that reads the error or the result.

const {logFailure} = imports.overrides._asyncLitValues;

/* exported markRead, watch */

const unread = new Set();

function markRead(error) {
    unread.delete(error);
}

// For a task that is about to fail with the error of its work; "connect" is that of C.
function watch(task, {error, func}, connect, queue) {
    const name = task.name || func?.name || task.id;
    unread.add(error);
    const id = connect.call(task, 'completed', () => {
        task.disconnect(id);
        queue.push(logUnread, task, name, error); // once all handlers were called
    });
}

function logUnread(task, name, error) {
    if (unread.delete(error) && task.get_status() === imports.gi.AsyncLit.TaskStatus.ERROR)
        logFailure(`The task ${name} failed, and nobody has read its error`, error.value);
}
