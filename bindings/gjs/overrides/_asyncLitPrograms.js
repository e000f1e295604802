// SPDX-FileCopyrightText: The asynclit-glib authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// Programs for JavaScript. Part of the override AsyncLit.js.

const {Gio, GLib} = imports.gi;

/* exported OPTIONS, make */

// The options of a program; all but the first are properties of it.
var OPTIONS = ['env', 'capture_output', 'check', 'cwd', 'inherit_input', 'input', 'input_file',
    'max_output', 'process_group', 'stderr'];

function toBytes(input) {
    if (typeof input === 'string')
        return new GLib.Bytes(new TextEncoder().encode(input));
    return input instanceof Uint8Array ? new GLib.Bytes(input) : input;
}

function toVariables(env) {
    return Object.entries(env).map(([name, value]) => `${name}=${value}`);
}

// Returns a program with its options, and the remaining options.
function make(AsyncLit, argv, {env, input, ...options}) {
    const program = AsyncLit.Program.new(argv);
    if (env)
        program.set_environ(toVariables(env));
    if (input !== undefined && input !== null)
        program.set_input(toBytes(input));
    for (const name of OPTIONS) {
        if (options[name] !== undefined && options[name] !== null)
            program[name] = options[name];
        delete options[name];
    }
    return [program, options];
}
