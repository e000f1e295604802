#!/usr/bin/gjs
// SPDX-FileCopyrightText: The asynclit-glib authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// Scheduling through the override of GJS, on a clock that is moved by hand.

imports.gi.versions.AsyncLit = '1';
const {AsyncLit, Gio, GLib} = imports.gi;

imports.searchPath.unshift(`${GLib.getenv('G_TEST_SRCDIR')}/support`);
const {assertEqual, main} = imports.taptest;

const START = Date.UTC(2026, 0, 1);

function newScheduler() {
    const clock = AsyncLit.ManualClock.new(GLib.DateTime.new_utc(2026, 1, 1, 0, 0, 0));
    return [new AsyncLit.Scheduler({clock}), clock];
}

function turn() {
    return new Promise(resolve => GLib.timeout_add(GLib.PRIORITY_DEFAULT, 1, () => {
        resolve();
        return GLib.SOURCE_REMOVE;
    }));
}

// A watchdog ends a test whose condition never comes true.
async function until(condition) {
    while (!condition())
        await turn();
}

function thrownBy(func) {
    try {
        func();
    } catch (error) {
        return error;
    }
    throw new Error('nothing was thrown');
}

const tests = {
    // What C would refuse with a message in the log is thrown at the call.
    '/numbers/interval'() {
        for (const seconds of [0, -5, 1e-7, NaN, Infinity]) {
            for (const make of [
                () => new AsyncLit.IntervalTrigger({seconds}),
                () => AsyncLit.IntervalTrigger.new(seconds),
                () => AsyncLit.IntervalTrigger.new_with_fixed_delay(seconds),
            ])
                assertEqual(thrownBy(make) instanceof RangeError, true);
        }
        assertEqual(thrownBy(() => new AsyncLit.IntervalTrigger({seconds: '1'})) instanceof TypeError,
            true);
        assertEqual(new AsyncLit.IntervalTrigger().to_string(), 'interval:1.000000s');
        assertEqual(new AsyncLit.IntervalTrigger({seconds: 2, fixedDelay: true}).to_string(),
            'fixed-delay:2.000000s');
    },

    '/numbers/calendar-and-clock'() {
        const [, clock] = newScheduler();
        const first = GLib.DateTime.new_utc(2026, 1, 1, 0, 0, 0);
        const {DAY} = AsyncLit.CalendarUnit;
        const make = every => AsyncLit.CalendarTrigger.new(every, DAY, first, null);
        for (const every of [0, -1, 2 ** 32, NaN])
            assertEqual(thrownBy(() => make(every)) instanceof RangeError, true);
        assertEqual(make(3).every, 3);
        for (const seconds of [-1, 1e13, NaN, Infinity]) {
            assertEqual(thrownBy(() => clock.advance(seconds)) instanceof RangeError, true);
            assertEqual(thrownBy(() => clock.suspend(seconds)) instanceof RangeError, true);
        }
    },

    '/numbers/job'() {
        const trigger = AsyncLit.IntervalTrigger.new(1);
        const job = new AsyncLit.ScheduledTask({trigger, jitter: 3, maxRuns: 2});
        for (const [name, value] of [
            ['jitter', -1], ['jitter', 1e9], ['jitter', NaN], ['misfire_grace', NaN],
            ['misfireGrace', Infinity], ['max_runs', -1], ['maxRuns', 2 ** 32],
            ['max_instances', -1],
        ]) {
            const before = job[name];
            assertEqual(thrownBy(() => { job[name] = value; }) instanceof RangeError, true);
            assertEqual(thrownBy(() => new AsyncLit.ScheduledTask({trigger, [name]: value}))
                instanceof RangeError, true);
            assertEqual(job[name], before);
        }
        assertEqual(thrownBy(() => job.set_jitter(1e9)) instanceof RangeError, true);
        job.jitter = 7;
        job.misfireGrace = -5;
        assertEqual([job.get_jitter(), job.misfire_grace, job.max_runs], [7, -5, 2]);
    },

    async '/schedule/interval'() {
        const [scheduler, clock] = newScheduler();
        const calls = [];
        async function note(...args) {
            await turn();
            calls.push(args);
            return args.length;
        }
        const job = AsyncLit.schedule_interval(note, {
            seconds: 60, args: [1, 'two'], scheduler, latest_task_name: 'note',
        });
        assertEqual(scheduler.get_running(), true);
        assertEqual(job.job_id.startsWith('note ['), true);
        for (let tick = 1; tick <= 3; tick++) {
            clock.advance(60);
            await until(() => calls.length === tick && job.n_running === 0);
        }
        assertEqual(calls, [[1, 'two'], [1, 'two'], [1, 'two']]);
        const task = AsyncLit.get_default_manager().get(job.latest_task_key);
        assertEqual(await task, 2);
        assertEqual(task.name, 'note');
        await AsyncLit.shutdown_scheduler(scheduler);
    },

    async '/schedule/cron'() {
        const [scheduler] = newScheduler();
        const job = AsyncLit.schedule_cron(() => 1, {
            cron: '0 9 * * mon-fri', time_zone: 'Europe/Helsinki', scheduler,
        });
        assertEqual(job.next_run_time.to_unix() * 1000, START + 7 * 3600 * 1000);
        const error = thrownBy(() => AsyncLit.schedule_cron(() => 1, {cron: '* * * * mux'}));
        assertEqual(error.matches(AsyncLit.Error, AsyncLit.Error.INVALID_CRON), true);
        assertEqual(error.message.includes('column 9'), true);
        await AsyncLit.shutdown_scheduler(scheduler);
    },

    async '/schedule/errors-and-retries'() {
        const [scheduler, clock] = newScheduler();
        let calls = 0;
        const job = AsyncLit.schedule_interval(() => {
            calls++;
            throw new TypeError('no');
        }, {seconds: 1, retry: new AsyncLit.RetryPolicy({max_attempts: 3}), scheduler,
            latest_task_name: 'failing'});
        clock.advance(1);
        await until(() => calls === 3 && job.n_running === 0);
        const {error} = AsyncLit.get_default_manager().get('global:failing');
        assertEqual(error instanceof TypeError, true);
        assertEqual(job.n_runs, 1);
        await AsyncLit.shutdown_scheduler(scheduler);
    },

    async '/schedule/same-call-is-same-job'() {
        const [scheduler] = newScheduler();
        const note = () => 1;
        for (const args of [['a'], ['b'], ['a'], ['b']])
            AsyncLit.schedule_interval(note, {seconds: 1, args, scheduler});
        assertEqual(scheduler.get_n_jobs(), 2);
        AsyncLit.schedule_interval(() => 1, {seconds: 1, scheduler});
        AsyncLit.schedule_interval(() => 1, {seconds: 1, scheduler});
        assertEqual(scheduler.get_n_jobs(), 4);
        await AsyncLit.shutdown_scheduler(scheduler);
        assertEqual(scheduler.get_n_jobs(), 0);
    },

    async '/schedule/job-id'() {
        const [scheduler] = newScheduler();
        const options = {seconds: 1, job_id: 'job', scheduler};
        AsyncLit.schedule_interval(() => 1, options);
        AsyncLit.schedule_interval(() => 2, options);
        assertEqual(scheduler.get_n_jobs(), 1);
        const error = thrownBy(() => AsyncLit.schedule_interval(() => 3,
            {...options, replace_existing: false}));
        assertEqual(error.matches(Gio.IOErrorEnum, Gio.IOErrorEnum.EXISTS), true);
        await AsyncLit.shutdown_scheduler(scheduler);
    },

    async '/schedule/start-time-and-run-now'() {
        const [scheduler] = newScheduler();
        let calls = 0;
        const job = AsyncLit.schedule_interval(() => calls++, {
            seconds: 60, start_time: new Date(START + 90500), scheduler, paused: true,
        });
        assertEqual(job.get_start_time().to_unix() * 1000, START + 90000);
        assertEqual(job.get_start_time().get_microsecond(), 500000);
        job.run_now();
        await until(() => calls === 1);
        await AsyncLit.shutdown_scheduler(scheduler);
    },

    async '/schedule/shutdown-waits'() {
        const [scheduler, clock] = newScheduler();
        const log = [];
        let open;
        const opened = new Promise(resolve => (open = resolve));
        AsyncLit.schedule_interval(async () => {
            log.push('begun');
            await opened;
            log.push('ended');
        }, {seconds: 1, scheduler});
        clock.advance(1);
        await until(() => log.length === 1);
        const down = AsyncLit.shutdown_scheduler(scheduler, {wait: true});
        assertEqual(scheduler.get_running(), false);
        open();
        await down;
        assertEqual(log, ['begun', 'ended']);
    },

    async '/schedule/wrong-options'() {
        const bad = [
            [TypeError, {}], [RangeError, {seconds: 0}], [RangeError, {seconds: NaN}],
            [TypeError, {seconds: 1, args: 5}], [TypeError, {seconds: 1, retry: 5}],
            [TypeError, {seconds: 1, overlap: AsyncLit.Overlap.CANCEL_PREVIOUS}],
            [Error, {seconds: 1, no_such_option: 1}],
        ];
        for (const [kind, options] of bad) {
            const error = thrownBy(() => AsyncLit.schedule_interval(() => 1, options));
            assertEqual([options, error instanceof kind], [options, true]);
        }
        assertEqual(thrownBy(() => AsyncLit.schedule_interval('f', {seconds: 1})) instanceof
            TypeError, true);
        await turn();
    },
};

main(tests);
