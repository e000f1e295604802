#!/usr/bin/env -S gjs -m
// SPDX-FileCopyrightText: The asynclit-glib authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// Downloads many URLs into a folder, a few at a time.
//
//   main.js [OPTION...] [URL...]
//
// Whatever fails temporarily is tried again: as often as --attempts says, after a delay that grows,
// or when the server's Retry-After says so. A file gets its name once it is complete. When all
// downloads have ended, SHA256SUMS lists the files that came, for "sha256sum -c".
//
// Exit status: 0 all came; 1 some did not; 2 wrong usage, or a folder or file that can't be used;
// 130 and 143 interrupted, by Ctrl-C and by SIGTERM, which stop all downloads at once.
//
//   main.js        the command line, and the tasks with their limits
//   options.js     the options, the URLs, and the names of their files
//   download.js    the functions of the tasks: one attempt of a download, and the last step
//   view.js        what is seen of the tasks: lines, or a block in the terminal
//
// The examples print plain text; a real program would translate its messages.

import AsyncLit from 'gi://AsyncLit?version=1';
import GLib from 'gi://GLib';
import System from 'system';

import {fetch, makeRetryPolicy, makeSession, writeSums} from './download.js';
import {USAGE, parseArguments} from './options.js';
import {View, findSignalAdd} from './view.js';

const STATUS_FAILED = 1;
const STATUS_TROUBLE = 2;
const STATUS_SIGNAL = 128;

const SIGINT = 2;
const SIGTERM = 15;
const SIGWINCH = 28;

// A task for each URL. How many of them run at a time is up to the manager.
function submitAll(manager, options) {
    const session = makeSession(options);
    const retry = makeRetryPolicy(options);
    const {timeout} = options;
    return options.downloads.map(({url, name}) =>
        manager.submit({name, retry, timeout}, fetch, session, url, options.output, name));
}

async function run(options) {
    const limiter = new AsyncLit.Limiter({max_running: options.jobs, rate: options.rate});
    const manager = new AsyncLit.TaskManager({max_completed: 0, limiter});
    const tasks = submitAll(manager, options);
    const allCame = AsyncLit.all({wait: true}, tasks); // also for the others, when one has failed
    const allEnded = allCame.catch(() => null);
    const last = AsyncLit.run({after: allCame, run_anyway: true}, writeSums, options.output, tasks);
    const view = new View(tasks, manager, options.quiet);

    // The first signal ends everything; its source removes itself, so that the second kills.
    const addSignal = await findSignalAdd();
    let signal = 0;
    for (const number of [SIGINT, SIGTERM]) {
        addSignal(GLib.PRIORITY_HIGH, number, () => {
            signal = number;
            last.cancel();
            return GLib.SOURCE_REMOVE;
        });
    }
    addSignal(GLib.PRIORITY_DEFAULT, SIGWINCH, () => view.measure());
    await last.catch(error => !signal && Promise.reject(error));
    view.finish(signal ? 'Interrupted' : 'Done');
    manager.close(AsyncLit.CloseMode.CANCEL);
    await allEnded;
    if (signal)
        return STATUS_SIGNAL + signal;
    return allCame.status === AsyncLit.TaskStatus.DONE ? 0 : STATUS_FAILED;
}

// While a module uses await outside of functions, GJS polls, which occupies a processor.
function runInLoop(func) {
    const loop = new GLib.MainLoop(null, false);
    let status = STATUS_TROUBLE;
    func().then(value => (status = value)).catch(complain).finally(() => loop.quit());
    loop.run();
    return status;
}

function complain(error) {
    printerr(`fetch-many: ${error.message}`);
    return STATUS_TROUBLE;
}

function main(args) {
    if (args.includes('--help') || args.includes('-h')) {
        print(USAGE);
        return 0;
    }
    try {
        const options = parseArguments(args);
        return runInLoop(() => run(options));
    } catch (error) {
        return complain(error);
    }
}

System.exit(main([...ARGV]));
