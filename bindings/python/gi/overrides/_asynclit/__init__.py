# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The modules of the Python binding of AsyncLit; programs import gi.repository.AsyncLit.

    runners   threads that run plain functions
    loops     the thread with the asyncio event loop that runs coroutines
    timers    threads that call functions at given times: retries, and waiters of cancelled tasks
    executors, delegations
              functions in executors, such as a pool of processes
    remotes, channels
              what those processes run, and how they report to the task
    links     forwards cancellation requests from C to coroutines
    calls     where a function runs, and whether it takes a progress queue
    kinds     determines what a value is by its type alone
    queues    the progress queue for a function
    values    conversions of Python values and exceptions to C
    waits     blocks until tasks have ended
    works     the work of a task, from the queue through its attempts to its outcome
    homes     returns the caller's objects to the thread from which they came
    logs      log records that name their task
    failures  logs failures that nobody has noticed
    schedules takes the runs that are due, and queues them
    identities
              recognizes the same call in a script and in its rerun
    programs  programs as tasks, under the names of the module subprocess
    dates, zones
              conversions of times, durations and time zones
    tasks, futures, managers, jobs, policies, statuses, subclasses
              the classes for Python programs
    life      the exit of the interpreter, and fork
"""
