# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Background tasks that any user interface can poll.

    from gi.repository import AsyncLit

    task = AsyncLit.run(fetch, url)
    if task.done:
        print(task.result)
"""

from typing import Any, Callable, Dict, Iterable

from gi.overrides import override

from ._asynclit import (clocks, deadlines, follows, groups, jobs, joins, life, limits, logs,
                        managers, maps, operations, pauses, policies, programs, schedules,
                        statuses, stores, tasks, triggers, values, works)

raw = values.raw


def publish(kind):
    """Replaces PyGObject's class, which must be defined in this module. Afterwards the class gets
    the name of the module from which programs import it, and in which pickle looks it up."""
    kind.__module__ = __name__
    published = override(kind)
    kind.__module__ = 'gi.repository.AsyncLit'
    return published


CalendarTrigger = publish(triggers.CalendarTrigger)
CronTrigger = publish(triggers.CronTrigger)
DateTrigger = publish(triggers.DateTrigger)
IntervalTrigger = publish(triggers.IntervalTrigger)
Limiter = publish(limits.Limiter)
ManualClock = publish(clocks.ManualClock)
ProgramOutput = publish(programs.ProgramOutput)
RetryPolicy = publish(policies.RetryPolicy)
ScheduleStore = publish(stores.ScheduleStore)
ScheduledTask = publish(jobs.ScheduledTask)
Scheduler = publish(jobs.Scheduler)
Task = publish(tasks.Task)
Task.then = follows.then  # which needs managers
TaskGroup = publish(groups.TaskGroup)
TaskManager = publish(managers.TaskManager)
TaskLogger = logs.TaskLogger
TaskStatus = statuses.TaskStatus
Progress = tasks.Progress
TimedOut = deadlines.TimedOut
Map = maps.Map
checkpoint = pauses.checkpoint
current_task = tasks.current_task
get_default_manager = life.get_default_manager
get_max_threads = works.get_max_threads
set_max_threads = works.set_max_threads
shutdown = life.shutdown
ConflictingIdError = jobs.ConflictingIdError
SchedulerUnavailable = jobs.SchedulerUnavailable
get_default_scheduler = schedules.get_default_scheduler
schedule = schedules.schedule
schedule_calendar = schedules.schedule_calendar
schedule_cron = schedules.schedule_cron
schedule_date = schedules.schedule_date
schedule_interval = schedules.schedule_interval
shutdown_scheduler = schedules.shutdown_scheduler
start_scheduler = schedules.start_scheduler

__all__ = ['CalendarTrigger', 'ConflictingIdError', 'CronTrigger', 'DateTrigger',
           'IntervalTrigger', 'Limiter', 'ManualClock', 'Map', 'ProgramOutput', 'Progress',
           'RetryPolicy', 'ScheduleStore', 'ScheduledTask', 'Scheduler', 'SchedulerUnavailable',
           'Task', 'TaskGroup', 'TaskLogger', 'TaskManager', 'TaskStatus', 'TimedOut', 'all', 'any',
           'checkpoint', 'current_task',
           'get_default_manager', 'get_default_scheduler', 'get_max_threads', 'gio', 'map',
           'options', 'race', 'run',
           'schedule', 'schedule_calendar', 'schedule_cron', 'schedule_date',
           'schedule_interval', 'session_tasks', 'set_max_threads', 'shutdown',
           'shutdown_scheduler', 'start_scheduler', 'submit_subprocess']


def run(func: Callable[..., Any], /, *args: Any, manager=None, retry=None, **kwargs: Any) -> Task:
    """Runs func(*args, **kwargs) in the background and returns its Task.

    A coroutine function runs on the library's event loop, any other function in a thread. manager
    is the TaskManager to submit to; the default is the process-wide one. retry is a RetryPolicy.
    """
    if manager is not None:
        return manager.submit(func, *args, retry=retry, **kwargs)
    return managers.submit(get_default_manager(), func, args, kwargs, retry)


def options(*, manager=None, retry=None, name=None, priority=0, delay=0, limiter=(), after=(),
            run_anyway=False, abandon=False, executor=None, timeout=0, deadline=0, stall_timeout=0,
            parent_cancellable=None, unique=None, unique_policy='keep',
            group=None) -> limits.Options:
    """Settings for tasks: options(priority=-10).run(func, *args, **kwargs).

    priority is a number; tasks with lower ones get their places in limiters first. delay is the
    number of seconds before the first attempt. limiter is a Limiter, or several. after is a Task,
    or several, that have to end first; unless run_anyway is true, the task fails if one of them
    does. With abandon=True, cancelling ends the task at once, even if its function runs.
    executor runs plain functions: 'process' for a pool of processes that all tasks share, or an
    Executor of concurrent.futures. group is the TaskGroup of the task.

    timeout is how many seconds an attempt may take: then it fails with a TimeoutError when its
    function has returned, or at once with abandon=True. A coroutine gets a CancelledError. deadline
    is how many seconds the task may take in all, from now on, while it waits and with all attempts.
    Tasks that its function submits inherit the deadline. A task that runs and neither reports
    progress nor calls heartbeat() for stall_timeout seconds has the property stalled.
    parent_cancellable is a Gio.Cancellable, with which the task is cancelled. unique is a key, see
    TaskManager.submit_unique(), and unique_policy its policy.
    """
    return limits.Options(get_default_manager, manager=manager, retry=retry, name=name,
                          priority=priority, delay=delay, limiter=limiter, after=after,
                          run_anyway=run_anyway, abandon=abandon, executor=executor,
                          timeout=timeout, deadline=deadline, stall_timeout=stall_timeout,
                          parent_cancellable=parent_cancellable, unique=unique,
                          unique_policy=unique_policy, group=group)


def map(func: Callable[..., Any], /, *iterables: Iterable[Any], limit=None, ordered=True, retry=None,
        timeout=None, manager=None, executor=None) -> Map:
    """Calls func for each item of the iterables, on several threads or in several coroutines.

    Returns an iterator over the results, for "for" or "async for". Its attribute task is the task
    for all items. The iterables are read as results are taken, so they may be infinite.

    limit is the maximum number of items that run at the same time; the default is the number of
    threads. With ordered=False, each result is returned as soon as it is available. retry is a
    RetryPolicy for each item. If all results together take longer than timeout seconds,
    TimeoutError is raised. manager is the TaskManager of the task. executor is the same as for
    options(); several items are sent to it at a time.
    """
    return maps.map(func, *iterables, limit=limit, ordered=ordered, retry=retry, timeout=timeout,
                    manager=manager if manager is not None else get_default_manager(),
                    executor=executor)


def all(*tasks, cancel_rest: bool = False, wait: bool = False) -> Task:
    """Returns a Task whose result is the list of the results of several tasks.

    The tasks are given one by one, or as one iterable. If one of them fails or is cancelled, the
    new task fails at once, with the same exception. With cancel_rest=True, the other tasks are
    then cancelled; and also if the new task is cancelled. With wait=True, the new task ends when all
    of them have ended.
    """
    return joins.join(tasks, raw.Join.ALL, cancel_rest, wait)


def any(*tasks, cancel_rest: bool = False, wait: bool = False) -> Task:
    """Returns a Task with the result of the first of several tasks that succeeds.

    If all of them fail, the new task fails with an ExceptionGroup. The arguments are those of
    all().
    """
    return joins.join(tasks, raw.Join.ANY, cancel_rest, wait)


def race(*tasks, cancel_rest: bool = False, wait: bool = False) -> Task:
    """Returns a Task with the result, or the exception, of the first of several tasks that ends.

    The arguments are those of all().
    """
    return joins.join(tasks, raw.Join.RACE, cancel_rest, wait)


def gio(func: Callable[..., Any], /, *args: Any, **kwargs: Any):
    """Awaits an asynchronous operation of GIO, in a coroutine on any asyncio loop.

        ok, contents, etag = await AsyncLit.gio(file.load_contents_async)

    func is the function that starts the operation; it gets the arguments, a cancellable and a
    callback, which runs in a thread of the library. The result is what the finish function returns.
    An error is a GLib.Error. If the coroutine is cancelled, so is the operation, and the coroutine
    goes on when the operation has ended. TypeError is raised if func takes no callback.
    """
    operations.check(func)
    return operations.run(works.engine.operations, func, args, kwargs)


def submit_subprocess(argv, *, manager=None, retry=None, env=None, cwd=None,
                      stdin=programs.DEVNULL, input=None, stderr=programs.PIPE,
                      capture_output=False, max_output=None, check=True,
                      process_group=None) -> Task:
    """Runs a program as a task, and returns the Task.

    Names are those of the module subprocess, and so are the values of stdin and stderr: None
    inherits the stream, DEVNULL discards it, and STDOUT for stderr merges it with the standard
    output. Each line of the standard output is a progress value, and the result is the exit status.
    With capture_output, the result has the attributes stdout, stderr and returncode, and lines are
    not reported. With stderr=ProgramStderr.PROGRESS, the lines of the standard error are progress
    values, too.

    stdin may also be a Gio.File or a path; input is a str or bytes for the standard input. An exit
    status other than 0 is an error, unless check is False. process_group determines whether
    cancellation also ends the programs that the program has started; by default, it does so for
    shells.
    """
    return programs.submit(
        manager if manager is not None else get_default_manager(), (argv,), retry=retry, env=env,
        cwd=cwd, stdin=stdin, input=input, stderr=stderr, capture_output=capture_output,
        max_output=max_output, check=check, process_group=process_group)


def session_tasks(session_state: Any, key: str = 'asynclit_tasks') -> Dict[str, Any]:
    """Returns the dictionary session_state[key], and creates it if necessary.

    It outlives reruns of a script.
    """
    if key not in session_state:
        session_state[key] = {}
    return session_state[key]
