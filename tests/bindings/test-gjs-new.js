#!/usr/bin/gjs
// SPDX-FileCopyrightText: The asynclit-glib authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// What "new" does with each class, as the table in docs/bindings.md says; and that no class can be
// derived.

imports.gi.versions.AsyncLit = '1';
const {AsyncLit, GLib, GObject} = imports.gi;

const SRCDIR = GLib.getenv('G_TEST_SRCDIR');
imports.searchPath.unshift(`${SRCDIR}/support`);
const {assertEqual, assertIncludes, main} = imports.taptest;

const FIRST = GLib.DateTime.new_utc(2026, 1, 31, 9, 0, 0);
const CLASSES = ['CalendarTrigger', 'Clock', 'CronTrigger', 'DateTrigger', 'IntervalTrigger',
    'Limiter', 'ManualClock', 'Program', 'ProgramOutput', 'RetryPolicy', 'ScheduleStore',
    'ScheduledTask', 'Scheduler', 'Task', 'TaskManager', 'Trigger'];

function raised(func) {
    try {
        func();
    } catch (error) {
        return error;
    }
    throw new Error('Nothing was thrown');
}

main({
    '/new/sensible'() {
        assertEqual(new AsyncLit.Task().status, AsyncLit.TaskStatus.PENDING);
        assertEqual(new AsyncLit.TaskManager().max_completed, 256);
        assertEqual(new AsyncLit.RetryPolicy().max_attempts, 1);
        assertEqual(new AsyncLit.IntervalTrigger().to_string(), 'interval:1.000000s');
        assertEqual(new AsyncLit.Scheduler().running, false);
        const group = new AsyncLit.TaskGroup();
        assertEqual(group.get_manager() === AsyncLit.get_default_manager(), true);
        assertEqual([group.closed, group.cancel_on_error], [false, false]);
        assertEqual(new AsyncLit.ProgramOutput().dup_text(), '');
        assertEqual(new AsyncLit.ProgramOutput().status, 0);
        const now = GLib.get_real_time();
        assertEqual(Math.abs(new AsyncLit.ManualClock().get_wall_time() - now) < 60e6, true);
    },

    '/new/refused-later'() {
        const task = new AsyncLit.Program().create_task();
        const manager = new AsyncLit.TaskManager();
        manager.submit_task(task);
        assertEqual(manager.wait(60), true);
        assertIncludes(task.get_error().message, 'argv');
        const job = new AsyncLit.ScheduledTask();
        const error = raised(() => new AsyncLit.Scheduler().add(job, true));
        assertEqual(error.matches(AsyncLit.Error, AsyncLit.Error.INVALID_ARGUMENT), true);
    },

    '/new/loud'() {
        for (const name of ['CalendarTrigger', 'CronTrigger', 'DateTrigger', 'ScheduleStore'])
            assertEqual(raised(() => new AsyncLit[name]()) instanceof TypeError, true);
        for (const name of ['Clock', 'Trigger'])
            assertIncludes(raised(() => new AsyncLit[name]()).message, 'abstract');
    },

    '/new/triggers'() {
        const cron = new AsyncLit.CronTrigger({expression: '0 9 * * mon', time_zone: 'UTC'});
        assertEqual(cron.to_string(), 'cron:apscheduler:0 9 * * mon:UTC:run-after:first');
        const calendar = new AsyncLit.CalendarTrigger({first: FIRST, 'time-zone': 'UTC'});
        assertEqual(calendar.preview(FIRST, 1)[0].get_day_of_month(), 1);
        const date = new AsyncLit.DateTrigger({when: FIRST});
        assertEqual(date.next_fire_time(null, FIRST).to_unix(), FIRST.to_unix());
    },

    '/new/faulty-triggers'() {
        const {Error: Code} = AsyncLit;
        let error = raised(() => new AsyncLit.CronTrigger({expression: 'every day'}));
        assertEqual(error.matches(Code, Code.INVALID_CRON), true);
        error = raised(() => new AsyncLit.CronTrigger({expression: '* * * * *', timeZone: 'No'}));
        assertEqual(error.matches(Code, Code.INVALID_TIMEZONE), true);
        error = raised(() => new AsyncLit.CalendarTrigger({first: FIRST, time_zone: 'Nowhere'}));
        assertEqual(error.matches(Code, Code.INVALID_TIMEZONE), true);
        error = raised(() => new AsyncLit.CalendarTrigger({first: FIRST, every: 0}));
        assertEqual(error instanceof RangeError, true);
    },

    '/new/no-subclasses'() {
        for (const name of CLASSES) {
            const error = raised(() => GObject.registerClass(class extends AsyncLit[name] {}));
            assertIncludes(error.message, `derived from AsyncLit.${name}`);
        }
    },
});
