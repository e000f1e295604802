#!/usr/bin/python3
# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A simulated year of 1,000 jobs in benchmark-schedule.c, compared with a tenth of it in
APScheduler 3.

APScheduler has no clock that can be moved: the scheduler's own is replaced. Its jobs run in place, in
its DebugExecutor, which is the cheapest that it has; those of the program in C run in a thread pool.
It is in the environment that build-aux/test makes, and is left out where that is not.
"""

import argparse
import importlib.util
import json
import os
import subprocess
import sys
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

ENVIRONMENT = Path(__file__).resolve().parents[2] / '_build/python/bin/python'

JOBS = 1000
DAYS = 36
QUICK_DAYS = 2


class MovedDatetime(datetime):
    """datetime.now() is where the simulation is."""

    present = datetime(2026, 1, 1, tzinfo=timezone.utc)

    @classmethod
    def now(cls, tz=None):
        return cls.present.astimezone(tz)


def run(counter):
    counter[0] += 1


def make_scheduler(counter):
    from apscheduler.executors import base as executors
    from apscheduler.executors.debug import DebugExecutor
    from apscheduler.schedulers import base
    from apscheduler.triggers.cron import CronTrigger

    class StillScheduler(base.BaseScheduler):
        def wakeup(self):
            pass

        def shutdown(self, wait=True):
            super().shutdown(wait)

    base.datetime = executors.datetime = MovedDatetime
    scheduler = StillScheduler(timezone=timezone.utc, executors={'default': DebugExecutor()})
    for number in range(JOBS):
        trigger = CronTrigger.from_crontab(f'{number % 60} {number // 60 % 24} * * *',
                                           timezone=timezone.utc)
        scheduler.add_job(run, trigger, args=(counter,), id=f'job-{number}')
    return scheduler


def simulate(scheduler, days):
    end = MovedDatetime.present + timedelta(days=days)
    scheduler.start()
    begun = time.perf_counter()
    while True:
        wait = scheduler._process_jobs()
        following = MovedDatetime.present + timedelta(seconds=wait)
        if following >= end:
            break
        MovedDatetime.present = following
    seconds = time.perf_counter() - begun
    scheduler.shutdown()
    return seconds


def has_peer():
    return importlib.util.find_spec('apscheduler') is not None


def measure_peer(days):
    """What APScheduler takes; None where it is not installed."""
    counter = [0]
    if not has_peer():
        return None
    seconds = simulate(make_scheduler(counter), days)
    return {'name': 'apscheduler', 'jobs': JOBS, 'days': days, 'runs': counter[0],
            'seconds': round(seconds, 6), 'us_per_run': round(seconds * 1e6 / counter[0], 3)}


def main():
    if not has_peer() and ENVIRONMENT.exists() and Path(sys.executable) != ENVIRONMENT:
        os.execv(ENVIRONMENT, [str(ENVIRONMENT), *sys.argv])
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('program', help='the benchmark in C')
    parser.add_argument('--quick', action='store_true', help='two days of each')
    arguments = parser.parse_args()
    quick = ['--quick'] if arguments.quick else []
    ours = json.loads(subprocess.run([arguments.program, *quick], check=True,
                                     stdout=subprocess.PIPE).stdout)
    ours['name'] = 'asynclit-glib'
    rows = [ours, measure_peer(QUICK_DAYS if arguments.quick else DAYS)]
    print('| | runs | seconds | µs a run |\n|---|---:|---:|---:|')
    for row in rows:
        if row is not None:
            print(f"| {row['name']} | {row['runs']} | {row['seconds']:.2f} "
                  f"| {row['us_per_run']:.1f} |")
    return 0 if all(row is None or row['runs'] == JOBS * row['days'] for row in rows) else 1


if __name__ == '__main__':
    raise SystemExit(main())
