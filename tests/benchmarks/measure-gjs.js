// SPDX-FileCopyrightText: The asynclit-glib authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// One measurement of benchmark-gjs.py: measure-gjs.js PEER WHAT COUNT prints the figures for one.

import AsyncLit from 'gi://AsyncLit?version=1';
import Gio from 'gi://Gio';
import GLib from 'gi://GLib';

const WARM_UP = 200;
const PROGRAM = ['true'];

Gio._promisify(Gio.Subprocess.prototype, 'wait_check_async');

// What is compared: run() runs a function in the main context, runProgram() a program. Both give
// something to await.
const PEERS = {
    'asynclit-glib': {
        run: AsyncLit.run,
        runProgram: () => AsyncLit.get_default_manager().submit_subprocess(PROGRAM),
    },
    'idle': {
        run: (func, ...args) => new Promise((resolve, reject) => {
            GLib.idle_add(GLib.PRIORITY_DEFAULT, () => {
                try {
                    resolve(func(...args));
                } catch (error) {
                    reject(error);
                }
                return GLib.SOURCE_REMOVE;
            });
        }),
    },
    'subprocess': {
        runProgram: () => Gio.Subprocess.new(PROGRAM, Gio.SubprocessFlags.STDOUT_SILENCE)
            .wait_check_async(null),
    },
};

// What is measured

async function latency(peer, count) {
    for (let i = 0; i < count; i++)
        await peer.run(Math.abs, -i);
}

async function latencyAsync(peer, count) {
    for (let i = 0; i < count; i++)
        await peer.run(async number => Math.abs(number), -i);
}

async function burst(peer, count) {
    await Promise.all(Array.from({length: count}, (_, i) => peer.run(Math.abs, -i)));
}

async function programs(peer, count) {
    for (let i = 0; i < count; i++)
        await peer.runProgram();
}

const MEASURES = {latency, latencyAsync, burst, programs};

// The processor time of all threads, in µs.
function readCpu() {
    const threads = Gio.File.new_for_path('/proc/self/task')
        .enumerate_children('standard::name', Gio.FileQueryInfoFlags.NONE, null);
    let total = 0;
    for (const thread of threads) {
        const file = threads.get_child(thread).get_child('schedstat');
        const [, bytes] = file.load_contents(null);
        total += Number(new TextDecoder().decode(bytes).split(' ')[0]) / 1000;
    }
    return total;
}

async function main(peerName, what, count) {
    const [peer, measure] = [PEERS[peerName], MEASURES[what]];
    await measure(peer, Math.min(count, WARM_UP));
    const [wall, cpu] = [GLib.get_monotonic_time(), readCpu()];
    await measure(peer, count);
    print(JSON.stringify({
        wall: (GLib.get_monotonic_time() - wall) / count,
        cpu: (readCpu() - cpu) / count,
    }));
}

const loop = new GLib.MainLoop(null, false);
let failure = null;
main(ARGV[0], ARGV[1], Number(ARGV[2]))
    .catch(error => (failure = error))
    .finally(() => loop.quit());
loop.run();
if (failure)
    throw failure;
