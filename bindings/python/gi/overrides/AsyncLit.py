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

from ._asynclit import life, managers, policies, statuses, tasks, values

raw = values.raw

RetryPolicy = override(policies.RetryPolicy)
Task = override(tasks.Task)
TaskManager = override(managers.TaskManager)
TaskStatus = statuses.TaskStatus
Progress = tasks.Progress
current_task = tasks.current_task
get_default_manager = life.get_default_manager
shutdown = life.shutdown

__all__ = ['Progress', 'RetryPolicy', 'Task', 'TaskManager', 'TaskStatus', 'current_task',
           'get_default_manager', 'run', 'session_tasks', 'shutdown']


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
