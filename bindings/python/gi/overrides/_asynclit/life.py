# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The default manager of the process, the exit of the interpreter, and fork."""

import atexit
import os
import threading
from typing import Optional

from . import executors, homes, managers, schedules, tasks, threads, values, waits, works

raw = values.raw

default_manager = None


def get_default_manager():
    """Returns the default manager of the process, which is created on first use."""
    global default_manager
    if default_manager is None:
        default_manager = raw.get_default_manager()
    return default_manager


def shutdown(timeout: Optional[float] = None) -> bool:
    """Cancels all tasks of the default manager and waits for them.

    Returns False if they have not ended after timeout seconds. None or a negative number waits
    without a limit. Schedulers are stopped first; they keep their jobs, and may be started again.
    """
    waits.check_shutdown()
    schedules.dispatchers.stop_schedulers()
    for task in raw.TaskManager.list_tasks(get_default_manager(), raw.TaskFilter.LIVE, None):
        tasks.Task.cancel(task)
    return waits.shut_down(timeout)


def after_fork_in_child():
    global default_manager
    default_manager = None
    threads.renew()
    waits.after_fork_in_child()
    works.callbacks_lock = threading.RLock()
    works.engine.renew()
    executors.renew()
    schedules.dispatchers.renew()


def close():
    schedules.dispatchers.close()
    executors.close()
    works.engine.close()
    drop_what_is_the_users()
    threads.close()


def drop_what_is_the_users():
    """Drops the user's objects.

    A function refers to the variables of its module. As long as they
    are referenced, Python does not free them when it exits, and does not even flush the buffer of
    an open file."""
    homes.leave_all()
    for manager in [*managers.made_here, *([default_manager] if default_manager else ())]:
        raw.TaskManager.set_max_completed(manager, 0)
        raw.TaskManager.cleanup(manager)


os.register_at_fork(after_in_child=after_fork_in_child)
atexit.register(close)
