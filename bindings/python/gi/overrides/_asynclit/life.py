# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The process's own: its default manager; the end of the interpreter, and fork."""

import atexit
import os
import threading
from typing import Optional

from . import homes, managers, schedules, tasks, values, waits, works

raw = values.raw

default_manager = None


def get_default_manager():
    """The manager of the process, made when first asked for."""
    global default_manager
    if default_manager is None:
        default_manager = raw.get_default_manager()
    return default_manager


def shutdown(timeout: Optional[float] = None) -> bool:
    """Cancels all tasks of the default manager and waits for them; False if that takes longer.

    None or a negative number waits for as long as it takes. Schedulers are stopped before; they
    keep their jobs, and may be started again.
    """
    waits.check_shutdown()
    schedules.dispatchers.stop_schedulers()
    for task in raw.TaskManager.list_tasks(get_default_manager(), raw.TaskFilter.LIVE, None):
        tasks.Task.cancel(task)
    return waits.shut_down(timeout)


def after_fork_in_child():
    global default_manager
    default_manager = None
    waits.after_fork_in_child()
    works.callbacks_lock = threading.RLock()
    works.engine.renew()
    schedules.dispatchers.renew()


def close():
    schedules.dispatchers.close()
    works.engine.close()
    drop_what_is_the_users()


def drop_what_is_the_users():
    """A function has the variables of its module. While it is kept, Python leaves these as they are,
    and does not even write what is in the buffer of an open file."""
    homes.leave_all()
    for manager in [*managers.made_here, *([default_manager] if default_manager else ())]:
        raw.TaskManager.set_max_completed(manager, 0)
        raw.TaskManager.cleanup(manager)


os.register_at_fork(after_in_child=after_fork_in_child)
atexit.register(close)
