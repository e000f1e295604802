#!/usr/bin/env -S gjs -m
// SPDX-FileCopyrightText: The asynclit-glib authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// The SHA-256 of every regular file below a folder, each computed by a task.
//
//   checksum-folder.js [--output FILE] [--jobs N] [--quiet] FOLDER
//
// The result is a file that "sha256sum -c" accepts, with absolute names, sorted by their bytes; it
// is replaced atomically. After Ctrl-C, it contains the files that were done by then; if there are
// none, it does not change. Symbolic links are not followed.
//
// A generator lists the folder, and the main loop continues between its steps. An async function
// reads a file: Gio reads in threads of its own, and only the checksum is computed here.
//
// Exit status: 0 all files done; 1 some failed; 2 wrong usage, or the result can't be written; 130
// interrupted by Ctrl-C. A second Ctrl-C ends the program immediately.
//
// The examples print plain text; a real program would translate its messages.

import AsyncLit from 'gi://AsyncLit?version=1';
import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import System from 'system';

const CHUNK_BYTES = 1 << 20;
const SIGINT = 2;
const USAGE = 'Usage: checksum-folder.js [--output FILE] [--jobs N] [--quiet] FOLDER\n\n' +
    'Computes the SHA-256 of every file below FOLDER, for "sha256sum -c".';

for (const [type, name] of [[Gio.File, 'read'], [Gio.InputStream, 'read_bytes'],
    [Gio.InputStream, 'close']])
    Gio._promisify(type.prototype, `${name}_async`, `${name}_finish`);

// --- The work --------------------------------------------------------------------------------

// Lists the regular files below a folder; yields from time to time, so that the main loop
// continues.
function* listFiles(top) {
    const files = [], folders = [top], errors = [];
    while (folders.length > 0) {
        const folder = folders.pop();
        try {
            const children = folder.enumerate_children('standard::name,standard::type',
                Gio.FileQueryInfoFlags.NOFOLLOW_SYMLINKS, null);
            for (const info of children) {
                const child = children.get_child(info);
                if (info.get_file_type() === Gio.FileType.DIRECTORY)
                    folders.push(child);
                else if (info.get_file_type() === Gio.FileType.REGULAR)
                    files.push(child);
            }
        } catch (error) {
            errors.push(error);
        }
        yield files.length;
    }
    return {files, errors};
}

async function computeSum(file, task, cancellable) {
    const stream = await file.read_async(GLib.PRIORITY_DEFAULT, cancellable);
    const checksum = new GLib.Checksum(GLib.ChecksumType.SHA256);
    let bytes;
    do {
        bytes = await stream.read_bytes_async(CHUNK_BYTES, GLib.PRIORITY_DEFAULT, cancellable);
        checksum.update(bytes.toArray());
        task.set_progress(task.progress_done + bytes.get_size(), 0);
    } while (bytes.get_size() > 0);
    await stream.close_async(GLib.PRIORITY_DEFAULT, null);
    return checksum.get_string();
}

// Processes as many files at a time as there are jobs, which share one iterator.
async function computeAll(state, jobs) {
    const iterator = state.files.values();
    const takeSome = async () => {
        for (const file of iterator) {
            if (state.interrupted)
                return;
            await computeOne(state, file);
        }
    };
    await Promise.all(Array.from({length: jobs}, takeSome));
}

async function computeOne(state, file) {
    const task = AsyncLit.run(computeSum, file);
    state.running.add(task);
    try {
        const sum = await task;
        state.lines.push({name: nameBytes(file), sum});
        state.n_bytes += task.progress_done;
    } catch (error) {
        if (task.status !== AsyncLit.TaskStatus.CANCELLED)
            complain(state, error);
    } finally {
        state.running.delete(task);
    }
}

function complain(state, error) {
    state.n_failed++;
    printerr(`${clearLine(state)}checksum-folder.js: ${error.message}`);
}

// --- The result ------------------------------------------------------------------------------

// A name need not be UTF-8, but a URI contains its bytes: returns a string with one character per
// byte.
function nameBytes(file) {
    return file.get_uri().slice('file://'.length).replace(/%([0-9A-F]{2})/gi,
        (_all, digits) => String.fromCharCode(parseInt(digits, 16)));
}

// A line in the format of sha256sum: a leading backslash means that the name is escaped.
function formatLine({name, sum}) {
    const escaped = name.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r');
    return `${escaped === name ? '' : '\\'}${sum}  ${escaped}\n`;
}

function compareNames(left, right) {
    return left.name < right.name ? -1 : 1;
}

function writeResult(state, path) {
    const text = state.lines.sort(compareNames).map(formatLine).join('');
    GLib.file_set_contents(path, Uint8Array.from(text, char => char.charCodeAt(0)));
}

// --- What is seen ----------------------------------------------------------------------------

function clearLine(state) {
    return state.shows ? '\r\x1b[K' : '';
}

// GJS can only print complete lines, but the progress line has no end.
const terminal = new Gio.DataOutputStream({
    base_stream: Gio.File.new_for_path('/dev/stderr').append_to(Gio.FileCreateFlags.NONE, null),
});

function showProgress(state) {
    const {lines, files, whole} = state;
    whole.set_progress(lines.length, files.length);
    terminal.put_string(clearLine(state) + AsyncLit.progress_describe(whole), null);
    return GLib.SOURCE_CONTINUE;
}

// Since GLib 2.80, functions for Unix have a namespace of their own, initially with a longer name.
function findSignalAdd() {
    return import('gi://GLibUnix').then(
        ({default: unix}) => unix.signal_add ?? unix.signal_add_full,
        () => GLib.unix_signal_add);
}

async function interruptOnSignal(state) {
    const addSignal = await findSignalAdd();
    addSignal(GLib.PRIORITY_HIGH, SIGINT, () => {
        state.interrupted = true;
        state.running.forEach(task => task.cancel());
        return GLib.SOURCE_REMOVE; // so that the next signal ends the program
    });
}

function parseArguments(args) {
    const options = {output: 'SHA256SUMS', jobs: 16, quiet: false, folder: null};
    while (args.length > 0) {
        const arg = args.shift();
        if (arg === '--output' || arg === '-o')
            options.output = args.shift();
        else if (arg === '--jobs' || arg === '-j')
            options.jobs = Number(args.shift());
        else if (arg === '--quiet' || arg === '-q')
            options.quiet = true;
        else if (options.folder === null && (arg === '--' || !arg.startsWith('-')))
            options.folder = arg === '--' ? args.shift() : arg;
        else
            return null;
    }
    const right = options.folder && options.output && Number.isInteger(options.jobs) &&
        options.jobs > 0;
    return right ? options : null;
}

async function list(state, options) {
    const task = AsyncLit.run(listFiles, Gio.File.new_for_path(options.folder));
    state.running.add(task);
    const {files, errors} = await task;
    state.running.delete(task);
    state.files = files;
    errors.forEach(error => complain(state, error));
    if (!options.quiet)
        printerr(`Found ${files.length} files`);
}

async function compute(state, options) {
    const timer = state.shows
        ? GLib.timeout_add(GLib.PRIORITY_DEFAULT, 100, () => showProgress(state))
        : 0;
    await computeAll(state, options.jobs);
    if (timer)
        GLib.source_remove(timer);
    if (state.lines.length > 0 || !state.interrupted)
        writeResult(state, options.output);
    if (!options.quiet)
        printerr(`${clearLine(state)}${state.interrupted ? 'Interrupted' : 'Done'}: ` +
            `${state.lines.length} of ${state.files.length} files ` +
            `(${GLib.format_size(state.n_bytes)})`);
}

async function run(options) {
    const state = {
        files: [], lines: [], running: new Set(), n_bytes: 0, n_failed: 0, interrupted: false,
        whole: new AsyncLit.Task(), // runs nothing: only its amounts count, of all files together
        shows: !options.quiet && GLib.log_writer_supports_color(2),
    };
    state.whole.set_progress_unit(AsyncLit.Unit.FILES);
    await interruptOnSignal(state);
    try {
        await list(state, options);
        await compute(state, options);
    } catch (error) {
        if (!state.interrupted) {
            complain(state, error);
            return 2;
        }
    }
    if (state.interrupted)
        return 130;
    return state.n_failed > 0 ? 1 : 0;
}

// While a module uses await outside of functions, GJS polls, which occupies a processor.
function runInLoop(func) {
    const loop = new GLib.MainLoop(null, false);
    let status = 2;
    func().then(value => (status = value)).catch(logError).finally(() => loop.quit());
    loop.run();
    return status;
}

const options = parseArguments([...ARGV]);
if (options === null)
    printerr(USAGE);
System.exit(options === null ? 2 : runInLoop(() => run(options)));
