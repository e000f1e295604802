# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Schedules functions: C tells when a run is due, and it runs where run() would run it."""

import contextvars
import itertools
import sys
import threading
import weakref
from collections.abc import Mapping

from gi.module import get_introspection_module
from gi.repository import Gio, GLib, GObject

from . import dates, threads, triggers, values, works
from .identities import Identity, short_name
from .jobs import (ALIAS_PREFIX, ConflictingIdError, Field, ScheduledTask, SchedulerUnavailable,
                   choice, text, translated_errors)
from .native import begin, pointer
from .policies import checked

raw = get_introspection_module('AsyncLit')

# How long the exit of the interpreter waits for a thread to leave C.
GRACE_SECONDS = 0.5


class Call:
    """What a job does in each run."""

    def __init__(self, func, args, kwargs, retry):
        if not callable(func):
            raise TypeError(f'{func!r} is not callable')
        self.func = func
        self.args = checked_args(args)
        self.kwargs = checked_kwargs(kwargs)
        # The reference passes all of them to TaskManager.submit(), which has a parameter "retry".
        self.retry = checked(self.kwargs.pop('retry', None) if retry is None else retry)
        self.context = contextvars.copy_context()
        self.context.run(works.current.set, None)  # a job outlives the task that created it
        self.identity = Identity(func, self.args, self.kwargs)


def checked_args(args):
    if isinstance(args, (str, bytes, bytearray)):
        raise TypeError(f'args must be a sequence of arguments, not a string: args=({args!r},)?')
    return tuple(args)


def checked_kwargs(kwargs):
    if kwargs is not None and not isinstance(kwargs, Mapping):
        raise TypeError(f'kwargs must be a dictionary, not {type(kwargs).__name__}')
    if not all(isinstance(name, str) for name in kwargs or ()):
        raise TypeError('the names in kwargs must be strings')
    return dict(kwargs or {})


# Taking runs

class Dispatcher:
    """A thread that takes the due runs of a scheduler and queues them."""

    def __init__(self, scheduler):
        self._scheduler = scheduler
        self._cancellable = Gio.Cancellable()
        self._thread = threads.start(self._main, 'asynclit-schedule')

    def stop(self):
        self._cancellable.cancel()

    def join(self):
        if self._thread is not threading.current_thread():
            self._thread.join(GRACE_SECONDS)

    def _main(self):
        while True:
            try:
                task, job = raw.Scheduler.take_due(self._scheduler, self._cancellable)
            except GLib.Error:  # cancelled
                return
            settle_or_queue(task, job)
            task = job = None


def settle_or_queue(task, job):
    """Whatever happens here, the task is either run or settled."""
    try:
        queue_run(task, job)
    except BaseException as error:
        if begin(pointer(task)):
            raw.Task.return_error(task, values.to_gerror(error))
        sys.excepthook(*sys.exc_info())


def queue_run(task, job):
    call = job._call
    if call is None:
        if begin(pointer(task)):
            raw.Task.return_error(task, GLib.Error.new_literal(
                raw.error_quark(), 'the job has no function', raw.Error.INVALID_ARGUMENT))
        return
    work = works.prepare(task, call.func, call.args, call.kwargs, call.retry)
    work.context = call.context.copy()
    work.job_id = job.job_id
    if job.overlap == raw.Overlap.CANCEL_PREVIOUS:
        pass_on_cancels_of_c(task, work)
    works.queue_when_ready(task, work)


def pass_on_cancels_of_c(task, work):
    """The scheduler may cancel the task, and a coroutine has to be notified."""
    task_ref = weakref.ref(task)  # whose cancellable has this handler

    def cancelled(*unused):
        task = task_ref()
        if task is not None:
            works.pass_on_cancel(task, work)

    cancellable = raw.Task.get_cancellable(task)
    GObject.Object.connect(cancellable, 'cancelled', cancelled)
    if cancellable.is_cancelled():
        cancelled()


class Dispatchers:
    """The threads, one for each scheduler with jobs from Python."""

    def __init__(self):
        self.renew()

    def renew(self):
        self._lock = threading.RLock()
        self._dispatchers = {}
        self._closed = False

    def ensure(self, scheduler):
        with self._lock:
            if self._closed:
                raise SchedulerUnavailable('the interpreter is shutting down')
            if scheduler in self._dispatchers:
                return
            try:
                self._dispatchers[scheduler] = Dispatcher(scheduler)
            except RuntimeError as error:
                raise SchedulerUnavailable(str(error)) from None

    def stop(self, scheduler):
        with self._lock:
            dispatcher = self._dispatchers.pop(scheduler, None)
        if dispatcher is not None:
            dispatcher.stop()

    def stop_schedulers(self):
        with self._lock:
            schedulers = list(self._dispatchers)
        for scheduler in schedulers:
            raw.Scheduler.shutdown(scheduler, False)

    def close(self):
        """Takes no more runs."""
        self.stop_schedulers()
        with self._lock:
            self._closed = True
            dispatchers, self._dispatchers = self._dispatchers, {}
        for dispatcher in dispatchers.values():
            dispatcher.stop()
        for scheduler in dispatchers:
            for job in raw.Scheduler.list_jobs(scheduler):
                job._call = None  # which refers to the variables of the user's program
        for dispatcher in dispatchers.values():
            dispatcher.join()


dispatchers = Dispatchers()


# Schedulers

def get_default_scheduler():
    """Returns the scheduler of the process, which is created on first use."""
    return raw.get_default_scheduler()


def start_scheduler(scheduler=None):
    """Starts a scheduler and returns it. The default is the scheduler of the process.

    Scheduling a function also starts its scheduler.
    """
    if scheduler is None:
        scheduler = get_default_scheduler()
    dispatchers.ensure(scheduler)
    if not scheduler.running:
        scheduler.start()
    return scheduler


def shutdown_scheduler(scheduler=None, *, wait: bool = False) -> None:
    """Stops a scheduler. The default is the scheduler of the process, which then drops its jobs.

    With wait, this waits for the runs in progress. In a task it never waits, because the task could
    be such a run itself. Scheduler.shutdown() keeps the jobs.
    """
    if scheduler is None:
        scheduler = get_default_scheduler()
    try:
        scheduler.shutdown(wait)
    finally:
        for job in raw.Scheduler.list_jobs(scheduler):
            if job._call is not None:
                job.remove()
        dispatchers.stop(scheduler)


# Scheduling

def schedule(func, trigger, *, args=(), kwargs=None, manager=None, scheduler=None, job_id=None,
             replace_existing=True, latest_task_name=None, retry=None, **options):
    """Runs func(*args, **kwargs) as a task at the times of a trigger. Returns the ScheduledTask.

    manager is the TaskManager of the tasks; the default is the process-wide one. With
    latest_task_name, manager.get("global:NAME") returns the latest task. scheduler is the Scheduler
    of the job; the default is the process-wide one. It is started if necessary.

    A job with the same job_id is replaced. If replace_existing is False, ConflictingIdError, a
    KeyError, is raised instead. Without a job_id, the ID is derived from the function, its
    arguments and the trigger, so that a script that is run again has the same jobs as before.

    retry is a RetryPolicy for each run. The options are attributes of the job: name, misfire_grace,
    coalesce, max_instances, overlap, first_run, start_time, end_time, max_runs, jitter, paused.
    """
    call = Call(func, args, kwargs, retry)
    job = make_job(call, trigger, job_id, latest_task_name)
    if manager is not None:
        raw.ScheduledTask.set_manager(job, manager)
    apply_options(job, {'name': short_name(func), **options})
    scheduler = start_scheduler(scheduler)
    if job_id is not None:
        scheduler.add(job, replace_existing)
        return job
    return add_under_derived_id(scheduler, job, options.get('name'), replace_existing)


def make_job(call, trigger, job_id, latest_task_name):
    key = f'{ALIAS_PREFIX}{text(latest_task_name)}' if latest_task_name else None
    job = ScheduledTask(job_id, key, trigger=trigger)
    job._call = call
    return job


def apply_options(job, options):
    for name, value in options.items():
        field = vars(ScheduledTask).get(name)
        if name == 'trigger' or not isinstance(field, Field):
            raise TypeError(f'unknown option of a job: {name!r}')
        field.give(job, value)


def add_under_derived_id(scheduler, job, name, replace_existing):
    """Adds a job, unless an equal one exists; returns the job that is in the scheduler."""
    identity = job._call.identity
    stem = f'{name or identity.text} [{job.trigger.to_string()}]'
    for number in itertools.count(1):
        job_id = stem if number == 1 else f'{stem} #{number}'
        raw.ScheduledTask.set_job_id(job, job_id)
        existing = scheduler.get_job(job_id)
        if existing is not None and is_another(identity, existing):
            continue
        try:
            scheduler.add(job, replace_existing and existing is not None)
            return job
        except ConflictingIdError:  # or it was added just now
            existing = scheduler.get_job(job_id)
            if existing is not None and not is_another(identity, existing):
                return existing


def is_another(identity, job):
    return job._call is None or identity.is_another(job._call.identity)


def schedule_interval(func, *, seconds, args=(), kwargs=None, manager=None, scheduler=None,
                      job_id=None, replace_existing=True, latest_task_name=None, retry=None,
                      fixed_delay=False, **options):
    """Runs func(*args, **kwargs) as a task at regular intervals.

    seconds may be a timedelta. With fixed_delay, the interval begins at the end of a run, otherwise
    at its start. For the other arguments, see schedule().
    """
    trigger = triggers.IntervalTrigger(seconds, fixed_delay)
    return schedule(func, trigger, args=args, kwargs=kwargs, manager=manager, scheduler=scheduler,
                    job_id=job_id, replace_existing=replace_existing,
                    latest_task_name=latest_task_name, retry=retry, **options)


def schedule_cron(func, *, cron, args=(), kwargs=None, manager=None, scheduler=None, job_id=None,
                  replace_existing=True, latest_task_name=None, retry=None,
                  dialect='apscheduler', time_zone=None, gap='auto', fold='auto', **options):
    """Runs func(*args, **kwargs) as a task at the times that match a cron expression.

    The dialect "apscheduler" is the format of CronTrigger.from_crontab in APScheduler, where 0 is
    Monday; "cron" is the format of cron. time_zone is a name or a tzinfo; the default is the local
    time zone. gap and fold are the policies for the beginning and the end of daylight saving time.
    For the other arguments, see schedule().

    Raises ValueError, with the field and the column, if the expression is malformed.
    """
    if not isinstance(cron, str):
        raise TypeError(f'cron must be a string, not {type(cron).__name__}')
    with translated_errors():
        trigger = raw.CronTrigger.new(text(cron), choice('CronDialect')(dialect),
                                      dates.to_zone_name(time_zone))
    trigger = with_policies(trigger, gap, fold)
    return schedule(func, trigger, args=args, kwargs=kwargs, manager=manager, scheduler=scheduler,
                    job_id=job_id, replace_existing=replace_existing,
                    latest_task_name=latest_task_name, retry=retry, **options)


def schedule_date(func, *, when, **rest):
    """Runs func(*args, **kwargs) as a task once, at a datetime.

    For the other arguments, see schedule().
    """
    return schedule(func, raw.DateTrigger.new(dates.to_gdatetime(when)), **rest)


def schedule_calendar(func, *, first, every=1, unit='day', time_zone=None, month_end='last-day',
                      gap='auto', fold='auto', **rest):
    """Runs func(*args, **kwargs) as a task every n days, weeks, months or years.

    The first time is a datetime or only a time of day; the latter means each day, Monday, first day
    of a month or 1 January. month_end="skip" skips months that are too short. For the other
    arguments, see schedule_cron() and schedule().
    """
    every = triggers.every(every)
    zone = dates.to_zone_name(time_zone)
    with translated_errors():
        trigger = raw.CalendarTrigger.new(every, choice('CalendarUnit')(unit),
                                          dates.on_the_wall(first, zone), zone)
    trigger = trigger.with_month_end(choice('MonthEnd')(month_end))
    return schedule(func, with_policies(trigger, gap, fold), **rest)


def with_policies(trigger, gap, fold):
    return trigger.with_policies(choice('GapPolicy')(gap), choice('FoldPolicy')(fold))
