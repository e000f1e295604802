// SPDX-FileCopyrightText: The asynclit-glib authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// The functions of the tasks. They run in the main loop, and await what the network brings.

import AsyncLit from 'gi://AsyncLit?version=1';
import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import Soup from 'gi://Soup?version=3.0';

export const SUMS_NAME = 'SHA256SUMS';

const CHUNK_BYTES = 64 * 1024;

for (const [type, name] of [[Soup.Session, 'send'], [Gio.InputStream, 'read_bytes'],
    [Gio.File, 'replace']])
    Gio._promisify(type.prototype, `${name}_async`, `${name}_finish`);

class HttpError extends Error {
    constructor(message) {
        super(`${message.status_code} ${message.reason_phrase}`);
        this.status = message.status_code; // get_status() knows no 429
        this.retryAfter = message.get_response_headers().get_one('Retry-After');
    }
}

export function makeSession({jobs}) {
    const session = new Soup.Session({max_conns: jobs, max_conns_per_host: jobs});
    // The files are to be what the server has, and their amounts what it says.
    session.remove_feature_by_type(Soup.ContentDecoder.$gtype);
    return session;
}

// --- What to try again, and when -------------------------------------------------------------

const TEMPORARY_STATUS = [408, 425, 429, 500, 502, 503, 504];
const TEMPORARY_ERRORS = ['TIMED_OUT', 'PARTIAL_INPUT', 'CONNECTION_CLOSED', 'CONNECTION_REFUSED',
    'HOST_UNREACHABLE', 'NETWORK_UNREACHABLE', 'HOST_NOT_FOUND'];

function isTemporary(error) {
    if (error instanceof HttpError)
        return TEMPORARY_STATUS.includes(error.status);
    return error instanceof Gio.ResolverError ||
        TEMPORARY_ERRORS.some(name => error.matches?.(Gio.IOErrorEnum, Gio.IOErrorEnum[name]));
}

// The delay that the server asks for; null for the computed one.
function delayOf({retryAfter}) {
    const [valid, seconds] = retryAfter ? AsyncLit.parse_retry_after(retryAfter, null) : [false];
    return valid ? seconds : null;
}

export function makeRetryPolicy({attempts, delay}) {
    return new AsyncLit.RetryPolicy({
        max_attempts: attempts, base_delay: delay, max_delay: Math.max(delay, 60), jitter: 0.2,
        retry_if: isTemporary, delay: delayOf,
    });
}

// --- The work --------------------------------------------------------------------------------

// One attempt to download a file. Its result is the SHA-256. The file gets its name once it is
// complete.
export async function fetch(session, url, folder, name, task, cancellable) {
    const part = Gio.File.new_for_path(`${folder}/.${name}.part`);
    task.set_progress_unit(AsyncLit.Unit.BYTES);
    try {
        const sum = await fetchTo(session, url, part, task, cancellable);
        part.move(part.get_parent().get_child(name), Gio.FileCopyFlags.OVERWRITE, null, null);
        return sum;
    } finally {
        GLib.unlink(part.get_path());
    }
}

async function fetchTo(session, url, part, task, cancellable) {
    const message = Soup.Message.new('GET', url);
    const body = await session.send_async(message, GLib.PRIORITY_DEFAULT, cancellable);
    try {
        if (message.status_code >= 300)
            throw new HttpError(message);
        const file = await part.replace_async(null, false, Gio.FileCreateFlags.NONE,
            GLib.PRIORITY_DEFAULT, cancellable);
        const total = message.get_response_headers().get_content_length();
        const sum = await copy(body, file, total, task, cancellable);
        file.close(cancellable);
        return sum;
    } finally {
        body.close(null); // which gives its connection to the next
    }
}

async function copy(from, to, total, task, cancellable) {
    const sum = new GLib.Checksum(GLib.ChecksumType.SHA256);
    let done = 0, bytes;
    while ((bytes = await from.read_bytes_async(CHUNK_BYTES, GLib.PRIORITY_DEFAULT,
        cancellable)).get_size()) {
        to.write_all(bytes.toArray(), cancellable);
        sum.update(bytes.toArray());
        done += bytes.get_size();
        task.set_progress(done, total);
    }
    if (done >= total)
        return sum.get_string();
    throw new Gio.IOErrorEnum({code: Gio.IOErrorEnum.PARTIAL_INPUT,
        message: `The connection ended after ${done} of ${total} bytes`});
}

// The last step: lists the files that have come.
export function writeSums(folder, tasks) {
    const came = tasks.filter(({status}) => status === AsyncLit.TaskStatus.DONE);
    const lines = came.map(({name, result}) => `${result}  ${name}\n`).sort();
    GLib.file_set_contents(`${folder}/${SUMS_NAME}`, lines.join(''));
}
