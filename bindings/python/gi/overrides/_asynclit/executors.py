# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The option "executor". What it needs is imported on first use, because few programs use it."""

PROCESS = 'process'

NOT_ASYNC = 'executor= is for plain functions; coroutine functions run on an event loop'

delegations = None


def load():
    """The module that does the work."""
    global delegations
    if delegations is None:
        from . import delegations as loaded
        delegations = loaded
    return delegations


def checked(executor):
    """An executor, or None; raises TypeError for anything else."""
    if executor is None or executor == PROCESS or callable(getattr(executor, 'submit', None)):
        return executor
    raise TypeError(f"executor must be 'process' or an Executor, not {type(executor).__name__}")


def renew():
    """In the child of a fork."""
    if delegations is not None:
        delegations.renew()


def close():
    if delegations is not None:
        delegations.close()
