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

from ._asynclit import (clocks, jobs, life, managers, maps, policies, programs, schedules, statuses,
                        stores, tasks, triggers, values)

raw = values.raw


def publish(kind):
    """Puts a class in the place of that of PyGObject, which takes no other than one of this module.
    Then it says where programs have it from, where pickle looks for it."""
    kind.__module__ = __name__
    published = override(kind)
    kind.__module__ = 'gi.repository.AsyncLit'
    return published


CalendarTrigger = publish(triggers.CalendarTrigger)
DateTrigger = publish(triggers.DateTrigger)
IntervalTrigger = publish(triggers.IntervalTrigger)
ManualClock = publish(clocks.ManualClock)
ProgramOutput = publish(programs.ProgramOutput)
RetryPolicy = publish(policies.RetryPolicy)
ScheduleStore = publish(stores.ScheduleStore)
ScheduledTask = publish(jobs.ScheduledTask)
Scheduler = publish(jobs.Scheduler)
Task = publish(tasks.Task)
TaskManager = publish(managers.TaskManager)
TaskStatus = statuses.TaskStatus
Progress = tasks.Progress
Map = maps.Map
current_task = tasks.current_task
get_default_manager = life.get_default_manager
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

__all__ = ['CalendarTrigger', 'ConflictingIdError', 'DateTrigger', 'IntervalTrigger', 'ManualClock',
           'Map', 'Progress', 'ProgramOutput', 'RetryPolicy', 'ScheduleStore', 'ScheduledTask',
           'Scheduler', 'SchedulerUnavailable', 'Task', 'TaskManager', 'TaskStatus', 'current_task',
           'get_default_manager', 'get_default_scheduler', 'map', 'run', 'schedule', 'schedule_calendar',
           'schedule_cron', 'schedule_date', 'schedule_interval', 'session_tasks', 'shutdown',
           'shutdown_scheduler', 'start_scheduler', 'submit_subprocess']


def run(func: Callable[..., Any], /, *args: Any, manager=None, retry=None, **kwargs: Any) -> Task:
    """Runs func(*args, **kwargs) in the background and returns its Task.

    A coroutine function runs on the event loop of the library, any other in a thread. manager is
    the TaskManager to submit to, by default the one of the process; retry is a RetryPolicy.
    """
    if manager is not None:
        return manager.submit(func, *args, retry=retry, **kwargs)
    return managers.submit(get_default_manager(), func, args, kwargs, retry)


def map(func: Callable[..., Any], /, *iterables: Iterable[Any], limit=None, ordered=True, retry=None,
        timeout=None, manager=None) -> Map:
    """Calls func for each item of the iterables, on several threads, or in several coroutines.

    Returns an iterator of the results, for "for" or "async for", which also has the task of all
    items. The iterables are read as results are taken, so they may be endless. limit is how many
    items run at once, as many as there are threads by default; with ordered=False results come as
    soon as they are there. retry is a RetryPolicy for each item. If the results take longer than
    timeout seconds in all, TimeoutError is raised. manager has the task.
    """
    return maps.map(func, *iterables, limit=limit, ordered=ordered, retry=retry, timeout=timeout,
                    manager=manager if manager is not None else get_default_manager())


def submit_subprocess(argv, *, manager=None, retry=None, env=None, cwd=None,
                      stdin=programs.DEVNULL, input=None, stderr=programs.PIPE,
                      capture_output=False, max_output=None, check=True,
                      process_group=None) -> Task:
    """Runs a program as a task, and returns that.

    The names are those of the module subprocess, and so are the values of stdin and stderr: None
    inherits them, DEVNULL is nothing, and STDOUT for stderr goes where the standard output goes.
    Each line of the standard output is a progress value, and the result is the exit status; with
    capture_output the result has stdout, stderr and returncode, and there are no lines. With
    stderr=ProgramStderr.PROGRESS the lines of the standard error are progress, too.

    stdin may also be a Gio.File or a path; input is text or bytes to read. An exit status other
    than 0 is an error, unless check is False. process_group says whether cancelling ends also what
    the program has started; by default it does for shells.
    """
    return programs.submit(
        manager if manager is not None else get_default_manager(), (argv,), retry=retry, env=env,
        cwd=cwd, stdin=stdin, input=input, stderr=stderr, capture_output=capture_output,
        max_output=max_output, check=check, process_group=process_group)


def session_tasks(session_state: Any, key: str = 'asynclit_tasks') -> Dict[str, Any]:
    """The dictionary session_state[key], made if need be: it outlives reruns of a script."""
    if key not in session_state:
        session_state[key] = {}
    return session_state[key]
