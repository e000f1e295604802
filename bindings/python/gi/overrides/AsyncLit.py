# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Background tasks that any user interface can poll.

    from gi.repository import AsyncLit

    task = AsyncLit.run(fetch, url)
    if task.done:
        print(task.result)
"""

from typing import Any, Callable, Dict

from gi.overrides import override

from ._asynclit import (clocks, jobs, life, managers, policies, schedules, statuses, tasks, triggers,
                        values)

raw = values.raw

CalendarTrigger = override(triggers.CalendarTrigger)
DateTrigger = override(triggers.DateTrigger)
IntervalTrigger = override(triggers.IntervalTrigger)
ManualClock = override(clocks.ManualClock)
RetryPolicy = override(policies.RetryPolicy)
ScheduledTask = override(jobs.ScheduledTask)
Scheduler = override(jobs.Scheduler)
Task = override(tasks.Task)
TaskManager = override(managers.TaskManager)
TaskStatus = statuses.TaskStatus
Progress = tasks.Progress
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
           'Progress', 'RetryPolicy', 'ScheduledTask', 'Scheduler', 'SchedulerUnavailable', 'Task', 'TaskManager', 'TaskStatus', 'current_task',
           'get_default_manager', 'get_default_scheduler', 'run', 'schedule', 'schedule_calendar',
           'schedule_cron', 'schedule_date', 'schedule_interval', 'session_tasks', 'shutdown',
           'shutdown_scheduler', 'start_scheduler']


def run(func: Callable[..., Any], /, *args: Any, manager=None, retry=None, **kwargs: Any) -> Task:
    """Runs func(*args, **kwargs) in the background and returns its Task.

    A coroutine function runs on the event loop of the library, any other in a thread. manager is
    the TaskManager to submit to, by default the one of the process; retry is a RetryPolicy.
    """
    if manager is not None:
        return manager.submit(func, *args, retry=retry, **kwargs)
    return managers.submit(get_default_manager(), func, args, kwargs, retry)


def session_tasks(session_state: Any, key: str = 'asynclit_tasks') -> Dict[str, Any]:
    """The dictionary session_state[key], made if need be: it outlives reruns of a script."""
    if key not in session_state:
        session_state[key] = {}
    return session_state[key]
