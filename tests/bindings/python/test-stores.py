#!/usr/bin/python3
# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""ScheduleStore in Python."""

import datetime
import os
import pathlib
import subprocess
import sys
import threading

import pytest
from gi.repository import AsyncLit, Gio, GLib

import pysupport  # noqa: F401  (the path to the tests' support)

START = datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)


def is_error(error, code):
    return error.value.matches(Gio.io_error_quark(), code)


@pytest.fixture
def path(tmp_path):
    return tmp_path / 'schedule.db'


@pytest.mark.parametrize('kind', [str, pathlib.Path, os.fsencode])
def test_paths(path, kind):
    with AsyncLit.ScheduleStore(kind(path)) as store:
        assert isinstance(store, AsyncLit.ScheduleStore)
    assert path.stat().st_mode & 0o777 == 0o600


def test_new(path):
    assert AsyncLit.ScheduleStore.new(str(path)).close()


@pytest.mark.parametrize('path', ['', ':memory:'])
def test_no_path(path):
    with pytest.raises(GLib.Error) as error:
        AsyncLit.ScheduleStore(path)
    assert is_error(error, Gio.IOErrorEnum.INVALID_FILENAME)


def test_other_types():
    with pytest.raises(TypeError):
        AsyncLit.ScheduleStore(5)


def test_closed(path):
    store = AsyncLit.ScheduleStore(path)
    with pytest.raises(GLib.Error) as error:
        AsyncLit.ScheduleStore(path)
    assert is_error(error, Gio.IOErrorEnum.BUSY)
    assert store.close() and store.close(timeout=0) and store.flush()
    AsyncLit.ScheduleStore(path).close()


def test_scheduler_unavailable(path):
    store = AsyncLit.ScheduleStore(path)
    scheduler = AsyncLit.Scheduler(store=store)
    store.close()
    job = AsyncLit.ScheduledTask('a', trigger=AsyncLit.IntervalTrigger(60))
    with pytest.raises(AsyncLit.SchedulerUnavailable, match='is closed'):
        scheduler.add(job)
    assert scheduler.get_n_jobs() == 0


def run_until_paused(path):
    with AsyncLit.ScheduleStore(path) as store:
        scheduler = AsyncLit.Scheduler(clock=AsyncLit.ManualClock(START), store=store)
        assert scheduler.get_store() is store
        job = AsyncLit.schedule_interval(print, seconds=60, job_id='a', scheduler=scheduler)
        was_paused = job.paused
        job.pause()
        assert store.flush(timeout=datetime.timedelta(seconds=60))
        AsyncLit.shutdown_scheduler(scheduler)
        return was_paused


def test_forgets_what_is_removed(path):
    assert not run_until_paused(path)
    assert not run_until_paused(path)  # shutdown_scheduler() removes the jobs


def test_remembers(path):
    with AsyncLit.ScheduleStore(path) as store:
        scheduler = AsyncLit.Scheduler(clock=AsyncLit.ManualClock(START), store=store)
        AsyncLit.schedule_interval(print, seconds=60, job_id='a', scheduler=scheduler).pause()
        scheduler.shutdown()
    assert run_until_paused(path)


def test_cancelled(path):
    cancellable = Gio.Cancellable()
    cancellable.cancel()
    with AsyncLit.ScheduleStore(path) as store, pytest.raises(GLib.Error) as error:
        store.flush(cancellable=cancellable)
    assert is_error(error, Gio.IOErrorEnum.CANCELLED)


SLOW = r'''
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>
ssize_t pwrite64 (int fd, const void *bytes, size_t size, off64_t offset)
{
  static ssize_t (*next) (int, const void *, size_t, off64_t);
  if (!next)
    next = dlsym (RTLD_NEXT, "pwrite64");
  if (access (getenv ("SLOW"), F_OK) == 0)
    usleep (800000);
  return next (fd, bytes, size, offset);
}
'''

PROGRAM = '''
import os, pathlib, sys, threading, time
from gi.repository import AsyncLit
gaps = []
def tick():
    last = time.monotonic()
    while True:
        time.sleep(0.005)
        now = time.monotonic()
        gaps.append(now - last)
        last = now
store = AsyncLit.ScheduleStore(sys.argv[1])
scheduler = AsyncLit.Scheduler(store=store)
job = AsyncLit.schedule_interval(lambda: None, seconds=3600, job_id='a', scheduler=scheduler)
threading.Thread(target=tick, daemon=True).start()
slow = pathlib.Path(os.environ['SLOW'])
slow.touch()
for number in range(4):
    job.pause()
    job.resume()
    job.run_now()
    time.sleep(0.1)
store.flush()
slow.unlink()
scheduler.shutdown()
store.close()
print(max(gaps))
'''


def test_slow_disk(path, tmp_path):
    """While a call waits for the disk, other threads of Python continue."""
    source, library = tmp_path / 'slow.c', tmp_path / 'slow.so'
    source.write_text(SLOW)
    subprocess.run(['cc', '-shared', '-fPIC', '-o', library, source, '-ldl'], check=True)
    output = subprocess.run([sys.executable, '-c', PROGRAM, path], check=True, text=True,
                            stdout=subprocess.PIPE, timeout=120,
                            env={**os.environ, 'LD_PRELOAD': str(library),
                                 'SLOW': str(tmp_path / 'slow')}).stdout
    assert float(output) < 0.7


def test_flush_in_threads(path):
    with AsyncLit.ScheduleStore(path) as store:
        threads = [threading.Thread(target=store.flush) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


if __name__ == '__main__':
    sys.exit(pytest.main([__file__, '-v']))
