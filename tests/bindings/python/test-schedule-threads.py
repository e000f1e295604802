#!/usr/bin/python3
# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Many threads schedule jobs while runs end. No thread holds a lock while it waits for another one.

Jobs and tasks are wrapped, so that C has to take Python's lock whenever their reference count goes
from one to two. Each test runs in a separate process, because a deadlock keeps that lock.
"""

import signal
import subprocess
import sys
import textwrap

import pytest

SECONDS = 4
# Much longer than needed. A thread that waits forever for Python's lock can't be ended in any other
# way.
LIMIT = 60

HEAD = f'''
import signal, threading, time
signal.signal(signal.SIGALRM, signal.SIG_DFL)
signal.alarm({LIMIT})
import gi
gi.require_version('AsyncLit', '1')
from gi.repository import AsyncLit

end = time.monotonic() + {SECONDS}
failures = []

def work():
    return None

def repeat(step):
    """Runs in a separate thread until the time is over."""
    def loop():
        try:
            n = 0
            while time.monotonic() < end:
                step(n)
                n += 1
        except BaseException as error:
            failures.append(error)
    thread = threading.Thread(target=loop)
    thread.start()
    return thread

def finish(*threads):
    for thread in threads:
        thread.join()
    AsyncLit.get_default_scheduler().shutdown(True)
    assert not failures, failures
    print('fine', flush=True)
'''


def run(script):
    done = subprocess.run([sys.executable, '-c', HEAD + textwrap.dedent(script)], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    assert done.returncode != -signal.SIGALRM, 'a deadlock'
    assert (done.returncode, done.stdout) == (0, 'fine\n')


def test_declare_while_runs_end():
    run('''
        fast = [AsyncLit.schedule_interval(work, seconds=0.001, job_id=f'fast-{i}', max_instances=0)
                for i in range(4)]
        finish(*(repeat(lambda n, i=i: AsyncLit.schedule_interval(work, seconds=3600,
                                                                  job_id=f'{i}-{n % 20}'))
                 for i in range(4)))
    ''')


def test_set_and_settle():
    run('''
        jobs = [AsyncLit.schedule_interval(work, seconds=0.001, job_id=f'{i}', max_instances=0)
                for i in range(4)]
        policies = [AsyncLit.RetryPolicy(max_attempts=n) for n in (1, 2)]
        triggers = [AsyncLit.IntervalTrigger.new(seconds) for seconds in (0.001, 0.002)]

        def change(n):
            job = jobs[n % 4]
            job.retry_policy = policies[n % 2]
            job.trigger = triggers[n % 2]
            job.paused = n % 3 == 0
            assert job.trigger is not None

        finish(repeat(change), repeat(change), repeat(lambda n: AsyncLit.run(work).wait()))
    ''')


def test_run_and_cancel_by_name():
    run('''
        job = AsyncLit.schedule_interval(work, seconds=3600, job_id='job', latest_task_name='latest',
                                         max_instances=0)

        def cancel(n):
            task = job.latest_task
            if task is not None:
                task.cancel()

        finish(*(repeat(lambda n: job.run_now()) for i in range(2)), repeat(cancel), repeat(cancel))
        assert job.n_running == 0
    ''')


@pytest.mark.parametrize('watched', [False, True])
def test_replace_remove_and_list(watched):
    run(f'''
        watched = {watched}
        scheduler = AsyncLit.get_default_scheduler()
        if watched:
            len(scheduler)
            for name in ('fired', 'finished', 'skipped', 'missed'):
                scheduler.connect(name, lambda *arguments: None)

        def declare(n):
            AsyncLit.schedule_interval(work, seconds=0.001, job_id=str(n % 4),
                                       latest_task_name=str(n % 4))

        def look(n):
            for job in scheduler.list_jobs():
                job.n_runs
            if n % 2:
                scheduler.remove(str(n % 4))

        finish(repeat(declare), repeat(declare), repeat(look))
    ''')
