#!/usr/bin/python3
# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""No object of the user is kept alive by accident, which weak references show on each path."""

import contextlib
import contextvars
import gc
import pathlib
import threading
import types
import weakref

import pytest
from gi.repository import AsyncLit
from gi.overrides._asynclit import homes, tracebacks

from pysupport import Gate, assert_quiet, finish, poll_until, run_script


class Thing:
    def __call__(self, *unused):
        return None

    def fail(self, *unused):
        raise ValueError('no')


async def later(thing):
    return None


def look(thing):
    return None


def visit_library():
    """Objects that wait for this thread are dropped when it calls the library."""
    AsyncLit.get_default_manager().wait()
    gc.collect()


def flaky(thing):
    raise ConnectionError


FUNCTIONS = {
    'argument': lambda thing: AsyncLit.run(look, thing),
    'argument by name': lambda thing: AsyncLit.run(look, thing=thing),
    'argument of a coroutine': lambda thing: AsyncLit.run(later, thing),
    'function': AsyncLit.run,
    'method': lambda thing: AsyncLit.run(thing.fail),
    'closure': lambda thing: AsyncLit.run(lambda: thing and None),
    'retried': lambda thing: AsyncLit.run(flaky, thing, retry=AsyncLit.RetryPolicy(3)),
    'retried later': lambda thing: AsyncLit.run(
        flaky, thing, retry=AsyncLit.RetryPolicy(2, base_delay=0.001)),
    'predicate': lambda thing: AsyncLit.run(
        flaky, 1, retry=AsyncLit.RetryPolicy(2, retry_if=lambda error: thing() or True)),
}


@pytest.mark.parametrize('kind', FUNCTIONS)
@pytest.mark.parametrize('read', [False, True])
def test_given_to_a_task(kind, read):
    """Even if the task is never used again."""
    refs, kept = [], []
    for _ in range(20):
        thing = Thing()
        refs.append(weakref.ref(thing))
        task = FUNCTIONS[kind](thing)
        kept.append(task)
        if read:
            finish(task).error
    del thing, task
    if kind in ('method', 'retried', 'retried later'):
        kept.clear()  # the error has the frame of what raised it
        AsyncLit.get_default_manager().wait()
        AsyncLit.get_default_manager().max_completed = 0
        AsyncLit.get_default_manager().cleanup()
        AsyncLit.get_default_manager().max_completed = 256
    visit_library()
    poll_until(lambda: (gc.collect(), visit_library(), not any(ref() for ref in refs))[-1])


def test_cancelled_while_it_waits_for_a_retry():
    thing = Thing()
    ref = weakref.ref(thing)
    task = AsyncLit.run(flaky, thing, retry=AsyncLit.RetryPolicy(2, base_delay=1000, max_delay=1000))
    del thing
    poll_until(lambda: task.substate == AsyncLit.TaskSubstate.WAITING_RETRY)
    task.cancel()
    poll_until(lambda: (gc.collect(), visit_library(), ref() is None)[-1])


def test_dropped_on_its_own_thread():
    class Widget:
        def __del__(self):
            dropped.append(threading.get_ident())

    dropped = []
    AsyncLit.run(look, Widget())
    poll_until(lambda: (visit_library(), dropped)[-1])
    assert dropped == [threading.get_ident()]


def test_thread_that_has_ended():
    refs = []

    def submit():
        thing = Thing()
        refs.append(weakref.ref(thing))
        AsyncLit.run(lambda thing: gate.pass_through(), thing)

    with Gate() as gate:
        thread = threading.Thread(target=submit)
        thread.start()
        thread.join()
        gate.await_arrivals()
    poll_until(lambda: (gc.collect(), refs[0]() is None)[-1])


def test_what_waits_is_bounded():
    home = homes.Home()
    released = []
    work = types.SimpleNamespace(release=lambda: released.append(1))
    for _ in range(homes.MAX_WAITING + 10):
        home.take_back(work)
    assert len(released) == 10
    home.leave()
    home.take_back(work)
    assert len(released) == homes.MAX_WAITING + 11


def fail():
    raise ValueError('no')


def read_error(task):
    thing = Thing()
    with contextlib.suppress(ValueError):
        task.result
    return weakref.ref(thing)


def test_frames_of_who_reads_an_error():
    """They stay in the traceback until the garbage collector runs."""
    task = finish(AsyncLit.run(fail))
    refs = read_error(task), read_error(task)
    gc.collect()
    assert [ref() for ref in refs] == [None, None]
    assert task.error.__traceback__.tb_frame.f_code is fail.__code__


def test_frames_while_somebody_looks():
    task = finish(AsyncLit.run(fail))
    try:
        task.result
    except ValueError as error:
        gc.collect()
        assert error.__traceback__.tb_frame.f_code.co_name == 'test_frames_while_somebody_looks'


def test_frames_of_a_kept_error(monkeypatch):
    """They stay in the traceback while it is being read."""
    monkeypatch.setattr(tracebacks, 'SECONDS', 0.01)
    task = finish(AsyncLit.run(fail))
    kept = task.error
    ref = read_error(task)
    poll_until(lambda: (gc.collect(), ref() is None)[-1])
    assert kept.__traceback__.tb_frame.f_code is fail.__code__


# Jobs

SCRIPT = '''
thing = make()
AsyncLit.schedule_interval(module.refresh, seconds=3600)
'''


def test_script_that_schedules():
    module = types.ModuleType('feeds')
    exec('def refresh(): pass', module.__dict__)
    refs = []

    def make():
        thing = Thing()
        refs.append(weakref.ref(thing))
        return thing

    for _ in range(2):  # a script that is run again has the same job
        exec(compile(SCRIPT, 'app.py', 'exec'),
             {'make': make, 'AsyncLit': AsyncLit, 'module': module})
    gc.collect()
    assert [ref() for ref in refs] == [None, None]
    assert len(AsyncLit.get_default_scheduler().get_jobs()) == 1
    AsyncLit.shutdown_scheduler()


def test_task_that_schedules():
    def schedule():
        AsyncLit.schedule_interval(int, seconds=3600)
        return Thing()

    manager = AsyncLit.TaskManager(max_completed=0)
    ref = weakref.ref(finish(manager.submit(schedule)).result)
    manager.cleanup()
    poll_until(lambda: (gc.collect(), visit_library(), ref() is None)[-1])
    assert len(AsyncLit.get_default_scheduler().get_jobs()) == 1
    AsyncLit.shutdown_scheduler()


def test_context_of_a_job():
    """It has the context of the caller who scheduled it, except for the current task."""
    variable = contextvars.ContextVar('variable', default='default')
    seen = []

    def run():
        seen.append((variable.get(), AsyncLit.current_task().name))

    variable.set('mine')
    AsyncLit.schedule_interval(run, seconds=3600, first_run='now', name='job')
    poll_until(lambda: seen)
    assert seen == [('mine', 'job')]
    AsyncLit.shutdown_scheduler()


# The end of the program

LEFT_OPEN = '''
import sys
from gi.repository import AsyncLit
out = open(sys.argv[1], 'w')
out.write('written')
class Thing:
    pass
def work(*unused):
    return Thing()
def fail():
    raise ValueError
async def later():
    return work
'''


@pytest.mark.parametrize('use', [
    'AsyncLit.run(work).wait()',
    'AsyncLit.run(work, out)',
    'AsyncLit.run(later).wait()',
    'AsyncLit.run(fail).wait(); AsyncLit.get_default_manager().list_tasks()[0].error',
    'with AsyncLit.TaskManager() as manager: manager.submit(work)',
    'AsyncLit.schedule_interval(work, seconds=3600)',
    'AsyncLit.schedule_interval(work, seconds=3600, first_run="now")',
    'task = AsyncLit.run(work); task.wait()',
    'AsyncLit.run(work, retry=AsyncLit.RetryPolicy(2, retry_if=work)).wait()',
])
def test_open_file_is_flushed(tmp_path, use):
    path = pathlib.Path(tmp_path, 'out.txt')
    script = LEFT_OPEN + use
    assert_quiet(run_script(script.replace('sys.argv[1]', repr(str(path)))))
    assert path.read_text() == 'written'
