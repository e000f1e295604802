#!/usr/bin/gjs
// SPDX-FileCopyrightText: The asynclit-glib authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// What scheduling through the override of GJS leaves behind: memory.

imports.gi.versions.AsyncLit = '1';
const {AsyncLit, GLib} = imports.gi;

imports.searchPath.unshift(`${GLib.getenv('G_TEST_SRCDIR')}/support`);
const {assertEqual, assertFlat, main} = imports.taptest;

const BATCH = 500;

// What a run that is never freed costs at least: the task, its wrapper, its function.
const BYTES_PER_RUN = 800;

// An array of so many elements takes at least as many bytes.
const BALLAST = 8000;

function newScheduler() {
    const clock = AsyncLit.ManualClock.new(GLib.DateTime.new_utc(2026, 1, 1, 0, 0, 0));
    return [new AsyncLit.Scheduler({clock}), clock];
}

function newManager() {
    return new AsyncLit.TaskManager({max_completed: 1});
}

function turn() {
    return new Promise(resolve => GLib.idle_add(GLib.PRIORITY_LOW, () => {
        resolve();
        return GLib.SOURCE_REMOVE;
    }));
}

async function ended(job) {
    while (job.n_running > 0)
        await turn();
}

async function repeat(count, runBatch) {
    for (let i = 0; i < count; i += BATCH) {
        await runBatch();
        imports.system.gc();
    }
}

// A job whose function has memory of its own, and an argument that has, too.
function newHeavyJob(scheduler, manager) {
    const [ballast, argument] = [0, 1].map(value => new Array(BALLAST).fill(value));
    return AsyncLit.schedule_interval(other => ballast.length + other.length,
        {seconds: 1, args: [argument], scheduler, manager});
}

const tests = {
    async '/memory/runs-of-a-job'() {
        const count = 12000;
        const [scheduler, clock] = newScheduler();
        let calls = 0;
        const job = AsyncLit.schedule_interval(x => calls++ && [x], {
            seconds: 1, args: [1], scheduler, manager: newManager(), max_instances: 0,
        });
        await assertFlat(count * BYTES_PER_RUN, () => repeat(count, () => {
            clock.advance(BATCH);
            return ended(job);
        }));
        assertEqual(job.n_runs, calls);
        await AsyncLit.shutdown_scheduler(scheduler);
    },

    async '/memory/jobs-that-come-and-go'() {
        const count = 2000;
        const [scheduler, clock] = newScheduler();
        const manager = newManager();
        await assertFlat(count * BALLAST, () => repeat(count, async () => {
            const jobs = Array.from({length: BATCH}, () => newHeavyJob(scheduler, manager));
            clock.advance(1);
            for (const job of jobs) {
                await ended(job);
                assertEqual([job.n_runs, job.remove()], [1, true]);
            }
        }));
        assertEqual(scheduler.get_n_jobs(), 0);
        await AsyncLit.shutdown_scheduler(scheduler);
    },
};

main(tests);
