// SPDX-FileCopyrightText: The asynclit-glib authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// The functions of the tasks, which run in the main loop. A generator lists folders, and the loop
// continues between its steps. Gio reads files in threads of its own; only the computation takes
// place here, in small pieces, when the window has nothing to draw.

import AsyncLit from 'gi://AsyncLit?version=1';
import Gio from 'gi://Gio';
import GLib from 'gi://GLib';

// Takes about a millisecond to compute.
const CHUNK_BYTES = 256 * 1024;

// After drawing, which has the priority 120.
const PRIORITY = GLib.PRIORITY_DEFAULT_IDLE;

for (const [type, name] of [[Gio.File, 'read'], [Gio.InputStream, 'read_bytes']])
    Gio._promisify(type.prototype, `${name}_async`, `${name}_finish`);

// What may succeed later is tried again.
export const RETRY = new AsyncLit.RetryPolicy({
    max_attempts: 3,
    retry_on: ['BUSY', 'TIMED_OUT', 'TOO_MANY_OPEN_FILES', 'HOST_UNREACHABLE', 'CONNECTION_CLOSED']
        .map(name => [Gio.IOErrorEnum, Gio.IOErrorEnum[name]]),
});

// A file below the folder.
class ChecksumFile {
    constructor(top, location, size, error = null) {
        this.location = location;
        this.name = GLib.filename_display_name(top.get_relative_path(location));
        this.sortKey = GLib.utf8_collate_key_for_filename(this.name, -1);
        this.size = size;
        this.error = error; // of a folder that could not be listed
        this.task = null; // the newest
        this.bytesDone = 0;
    }
}

// All regular files below a folder. A folder below it that can't be listed is also included; its
// task will fail.
export function* listFiles(top) {
    const files = [], folders = [top];
    while (folders.length > 0) {
        const folder = folders.pop();
        try {
            yield* listFolder(top, folder, files, folders);
        } catch (error) {
            if (folder === top)
                throw error;
            files.push(new ChecksumFile(top, folder, 0, error));
        }
    }
    return files.sort((a, b) => a.sortKey < b.sortKey ? -1 : 1);
}

function* listFolder(top, folder, files, folders) {
    const children = folder.enumerate_children('standard::name,standard::type,standard::size',
        Gio.FileQueryInfoFlags.NOFOLLOW_SYMLINKS, null);
    for (const info of children) {
        const child = children.get_child(info);
        if (info.get_file_type() === Gio.FileType.DIRECTORY)
            folders.push(child);
        else if (info.get_file_type() === Gio.FileType.REGULAR)
            files.push(new ChecksumFile(top, child, info.get_size()));
        yield undefined; // lets the main loop continue
    }
}

// The SHA-256 in hexadecimal; the progress is how many bytes were read.
export async function computeChecksum(file, task, cancellable) {
    if (file.error)
        throw file.error;
    task.set_progress(0, file.size);
    const stream = await file.location.read_async(PRIORITY, cancellable);
    return readAll(stream, file.size, task, cancellable);
}

async function readAll(stream, size, task, cancellable) {
    const checksum = new GLib.Checksum(GLib.ChecksumType.SHA256);
    let bytes, done = 0;
    while ((bytes = await stream.read_bytes_async(CHUNK_BYTES, PRIORITY, cancellable)).get_size()) {
        checksum.update(bytes.toArray());
        done += bytes.get_size();
        task.set_progress(done, size);
    }
    stream.close(null);
    return checksum.get_string();
}
