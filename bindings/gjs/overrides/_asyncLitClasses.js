// SPDX-FileCopyrightText: The asynclit-glib authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// What "new" and "extends" do that C would only log, or that would end the program. A part of the
// override AsyncLit.js.

// In GJS as in C. A subclass of a final type would abort the program when it is registered.
const FINAL = ['CalendarTrigger', 'Clock', 'CronTrigger', 'DateTrigger', 'IntervalTrigger',
    'Limiter', 'ManualClock', 'Program', 'ProgramOutput', 'RetryPolicy', 'ScheduleStore',
    'ScheduledTask', 'Scheduler', 'Task', 'TaskGroup', 'TaskManager', 'Trigger'];

function spellings(name) {
    return [name, name.replaceAll('_', '-'), name.replace(/_(.)/g, (_m, c) => c.toUpperCase())];
}

function take(fields, name) {
    const spelling = spellings(name).find(key => fields[key] !== undefined);
    return spelling === undefined ? null : fields[spelling];
}

// Has the constructor of C check the properties first, since that can fail.
function overrideInit(klass, className, required, check) {
    const {_init: init} = klass.prototype;
    klass.prototype._init = function (fields = {}, ...rest) {
        if (take(fields, required) === null)
            throw new TypeError(`${className} needs the property "${required}"`);
        check(fields);
        init.call(this, fields, ...rest);
    };
}

function refuseSubclasses(klass, className) {
    klass._classInit = () => {
        throw new TypeError(`No class can be derived from AsyncLit.${className}`);
    };
}

function init(AsyncLit) {
    overrideInit(AsyncLit.CronTrigger, 'CronTrigger', 'expression', fields =>
        AsyncLit.CronTrigger.new(fields.expression,
            fields.dialect ?? AsyncLit.CronDialect.APSCHEDULER, take(fields, 'time_zone')));
    overrideInit(AsyncLit.CalendarTrigger, 'CalendarTrigger', 'first', fields =>
        AsyncLit.CalendarTrigger.new(fields.every ?? 1,
            fields.unit ?? AsyncLit.CalendarUnit.DAY, fields.first, take(fields, 'time_zone')));
    overrideInit(AsyncLit.DateTrigger, 'DateTrigger', 'when', () => {});
    AsyncLit.ScheduleStore.prototype._init = () => {
        throw new TypeError('A store needs a file: use AsyncLit.ScheduleStore.new()');
    };
    for (const name of FINAL)
        refuseSubclasses(AsyncLit[name], name);
}
