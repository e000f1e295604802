# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the Python binding of AsyncLit is made of; programs import gi.repository.AsyncLit.

    runners   threads that run plain functions
    loops     the thread with the asyncio event loop that runs coroutines
    timers    threads that call functions at their time: retries, and who waits for a cancelled task
    links     how a coroutine hears that C asks its task to cancel
    calls     which function goes where, and whether it takes a progress queue
    kinds     what a value is, by its type alone
    queues    that queue
    values    Python values and exceptions as C sees them
    waits     blocking until a task has ended
    works     one task's function on its way through its attempts
    homes     bringing what a caller gave back to its thread
    failures  logging those that nobody hears of
    schedules taking what is due, and queuing it
    identities
              whether a job is the one that a script scheduled before it was run again
    programs  programs as tasks, under the names of the module subprocess
    dates, zones
              times, durations and time zones of Python as C sees them
    tasks, futures, managers, jobs, policies, statuses, subclasses
              the classes that Python programs see
    life      the end of the interpreter, and fork
"""
