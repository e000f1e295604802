// SPDX-FileCopyrightText: The asynclit-glib authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// For tests in JavaScript: runs functions, some of them async, and prints TAP.

/* exported assertEqual, assertFlat, assertIncludes, assertRaises, assertRejects, main */

const {GLib} = imports.gi;

const WATCHDOG_SECONDS = 100;
const MEASURED_ROUNDS = 3;

function assertEqual(actual, expected) {
    const [left, right] = [actual, expected].map(value => JSON.stringify(value));
    if (left !== right)
        throw new Error(`${left} is not ${right}`);
}

function assertIncludes(text, part) {
    if (!text.includes(part))
        throw new Error(`"${part}" is not in "${text}"`);
}

// A GError, if a code is given; else an error of a class.
function check(error, kind, code) {
    if (code === undefined ? error instanceof kind
        : error instanceof GLib.Error && error.matches(kind, code))
        return error;
    throw error;
}

function assertRaises(func, kind, code) {
    try {
        func();
    } catch (error) {
        return check(error, kind, code);
    }
    throw new Error('nothing was thrown');
}

async function assertRejects(promise, kind, code) {
    try {
        await promise;
    } catch (error) {
        return check(error, kind, code);
    }
    throw new Error('nothing was thrown');
}

function residentBytes() {
    const [, statm] = GLib.file_get_contents('/proc/self/statm');
    return Number(new TextDecoder().decode(statm).split(' ')[1]) * 4096;
}

// Some round has to add less memory than a leak would to each. The first doesn't count, since the heap
// of the language itself grows in it.
async function assertFlat(leakBytes, round) {
    const growths = [];
    await round();
    while (growths.length < MEASURED_ROUNDS) {
        const before = residentBytes();
        await round();
        growths.push(residentBytes() - before);
        if (growths[growths.length - 1] < leakBytes)
            return;
    }
    throw new Error(`each round takes more than ${leakBytes} bytes: ${growths}`);
}

function report(number, name, error) {
    print(`${error ? 'not ok' : 'ok'} ${number} - ${name}`);
    if (error)
        print(`# ${error}\n${error.stack ?? ''}`.trim().replace(/\n/g, '\n# '));
    return error ? 1 : 0;
}

async function runAll(tests, loop) {
    let number = 0, failed = 0;
    print(`1..${Object.keys(tests).length}`);
    for (const [name, test] of Object.entries(tests)) {
        let failure = null;
        try {
            await test();
        } catch (error) {
            failure = error ?? new Error('not an error');
        }
        failed += report(++number, name, failure);
    }
    loop.quit();
    return failed;
}

// Runs an object's functions, whose names are paths, and ends the process.
function main(tests) {
    const loop = new GLib.MainLoop(null, false);
    let failed = 1;

    GLib.timeout_add_seconds(GLib.PRIORITY_DEFAULT, WATCHDOG_SECONDS, () => {
        print('Bail out! a test did not end');
        loop.quit();
        return GLib.SOURCE_REMOVE;
    });
    runAll(tests, loop).then(count => (failed = count));
    loop.run();
    imports.system.exit(failed > 0 ? 1 : 0);
}
