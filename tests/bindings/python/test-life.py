#!/usr/bin/python3
# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The end of the interpreter, Ctrl-C, fork and reload: no hangs, no crashes, no messages."""

import os
import signal
import subprocess
import sys
import textwrap

import pytest

from pysupport import WATCHDOG_SECONDS, assert_quiet, run_script

PRELUDE = '''
import asyncio, atexit, os, sys, threading, time
from gi.repository import AsyncLit
'''

# Work that may be in progress when the interpreter ends.
WORK = {
    'sleeping function': 'AsyncLit.run(time.sleep, 1000)',
    'busy function': '''
def spin():
    while True: pass
AsyncLit.run(spin)''',
    'submitting function': '''
def spin():
    while True: AsyncLit.run(int)
AsyncLit.run(spin)''',
    'polling function': '''
def spin():
    while True: AsyncLit.current_task().status, AsyncLit.run(int).id
AsyncLit.run(spin)''',
    'reporting function': '''
def spin(queue):
    while True: queue.sync_q.put([1])
AsyncLit.run(spin)''',
    'coroutine': 'AsyncLit.run(asyncio.sleep, 1000)',
    'busy coroutine': '''
async def spin():
    while True: await asyncio.sleep(0)
AsyncLit.run(spin)''',
    'stubborn coroutine': '''
async def spin():
    while True:
        try: await asyncio.sleep(1000)
        except BaseException: pass
AsyncLit.run(spin)''',
    'blocking coroutine': '''
async def block(): time.sleep(1000)
AsyncLit.run(block)''',
    'coroutine that cleans up': '''
async def work():
    try: await asyncio.sleep(1000)
    finally: await asyncio.sleep(0)
AsyncLit.run(work)''',
    'async generator': '''
async def generate():
    while True:
        yield 1
        await asyncio.sleep(0)
AsyncLit.run(generate)''',
    'queued': 'tasks = [AsyncLit.run(time.sleep, 1000) for _ in range(200)]',
    'many coroutines': 'tasks = [AsyncLit.run(asyncio.sleep, 1000) for _ in range(2000)]',
    'waiting for a retry': '''
AsyncLit.run(int, 'x', retry=AsyncLit.RetryPolicy(9, base_delay=1000, max_delay=1000))''',
    'retried at once': 'AsyncLit.run(int, "x", retry=AsyncLit.RetryPolicy(10 ** 9))',
    'waiting for another': '''
task = AsyncLit.run(time.sleep, 1000)
AsyncLit.run(task.wait)''',
    'waiting thread': '''
task = AsyncLit.run(time.sleep, 1000)
threading.Thread(target=task.wait, daemon=True).start()''',
    'future': 'AsyncLit.run(time.sleep, 1000).as_future().add_done_callback(print)',
    'subprocess': 'AsyncLit.get_default_manager().submit_subprocess(None, ["sleep", "0.2"])',
    'watched subprocess': '''
AsyncLit.get_default_manager().submit_subprocess(None, ["sleep", "0.2"]).as_future()''',
    'burst': 'for _ in range(20000): AsyncLit.run(int)',
    'burst of coroutines': '''
async def work(): pass
for _ in range(5000): AsyncLit.run(work)''',
    'scheduled': 'AsyncLit.schedule_interval(print, seconds=1000)',
    'scheduled often': 'AsyncLit.schedule_interval(int, seconds=0.0001)',
    'scheduled coroutine': 'AsyncLit.schedule_interval(asyncio.sleep, seconds=0.001, args=(0,))',
    'scheduled and sleeping': """
AsyncLit.schedule_interval(time.sleep, seconds=1000, args=(1000,), first_run='now')""",
    'stopped scheduler': """
AsyncLit.schedule_interval(int, seconds=0.001)
AsyncLit.shutdown_scheduler()""",
    'unreleased results': 'tasks = [AsyncLit.run(list, "abc") for _ in range(100)]',
}


def script(text):
    return PRELUDE + textwrap.dedent(text)


@pytest.mark.parametrize('moment', ['at once', 'while it runs'])
@pytest.mark.parametrize('work', WORK)
def test_exit(work, moment):
    pause = 'time.sleep(0.1)' if moment == 'while it runs' else ''
    assert_quiet(run_script(script(f'{WORK[work]}\n{pause}\nprint("end")')), 'end\n')


@pytest.mark.parametrize('work', ['sleeping function', 'coroutine', 'queued', 'busy function'])
def test_exit_by_exception(work):
    process = run_script(script(f'{WORK[work]}\ntime.sleep(0.05)\nsys.exit(3)'))
    assert (process.returncode, process.stdout, process.stderr) == (3, '', '')


def test_nothing_is_started_by_import():
    assert_quiet(run_script(script('print(threading.active_count(), AsyncLit.current_task())')),
                 '1 None\n')


def test_submitted_by_a_thread_that_outlives_main():
    """The interpreter waits for such threads, so they may continue to submit tasks."""
    assert_quiet(run_script(script('''
        def work():
            time.sleep(0.1)
            print(AsyncLit.run(int, 5).wait())
        threading.Thread(target=work).start()
        ''')), 'True\n')


def test_submitted_at_exit():
    """It is too late to run, but nothing crashes: the task fails."""
    process = run_script(script('''
        def late():
            for func in (int, asyncio.sleep):
                task = AsyncLit.run(func, 0)
                print(task.wait(10), task.status.value)
        AsyncLit.run(int).wait()
        atexit.unregister(late)
        import gi.overrides._asynclit.life as life
        atexit.unregister(life.close)
        atexit.register(late)
        atexit.register(life.close)
        '''))
    assert_quiet(process, 'True error\nTrue error\n')


def test_thread_is_being_started_at_exit():
    """The interpreter frees what a new thread needs, so the library's handler waits for it."""
    result = run_script('''
import atexit, threading
started = []
atexit.register(lambda: print(started))  # after the library's handler
from gi.repository import AsyncLit

start = threading.Thread.start
starting, go_on = threading.Event(), threading.Event()

def start_late(thread):
    if thread.name.startswith('asynclit-runner'):
        starting.set()
        go_on.wait()
        start(thread)
        started.append('started')
    else:
        start(thread)

threading.Thread.start = start_late
threading.Thread(target=AsyncLit.run, args=(int,), daemon=True).start()
starting.wait()
atexit.register(lambda: threading.Thread(target=go_on.set).start())
''')
    assert_quiet(result, "['started']\n")


def test_outcome_at_exit():
    """Functions that run at exit can still read tasks that have ended."""
    assert_quiet(run_script(script('''
        task = AsyncLit.run(int, 5)
        atexit.register(lambda: print(task.result))
        task.wait()
        ''')), '5\n')


def test_coroutine_cleans_up_at_exit():
    assert_quiet(run_script(script('''
        async def work():
            try:
                print('begun', flush=True)
                await asyncio.sleep(1000)
            finally:
                await asyncio.sleep(0)
                print('cleaned up', flush=True)
        AsyncLit.run(work)
        time.sleep(0.2)
        ''')), 'begun\ncleaned up\n')


def interrupt(text, *, wanted=signal.SIGINT):
    """Starts a program, sends it a signal when it has printed something, and waits until it
    ends."""
    text = 'import gi\ngi.require_version("AsyncLit", "1")\n' + script(text)
    with subprocess.Popen([sys.executable, '-c', text], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True) as process:
        try:
            said = process.stdout.readline()
            process.send_signal(wanted)
            rest, complaints = process.communicate(timeout=WATCHDOG_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
    return process.returncode, said + rest, complaints


@pytest.mark.parametrize('wait', ['task.wait()', 'task.wait(1000)', 'task.as_future().result()',
                                  'manager.wait()'])
def test_interrupted_wait(wait):
    status, said, complaints = interrupt(f'''
        manager = AsyncLit.get_default_manager()
        task = AsyncLit.run(time.sleep, 1000)
        try:
            print('waiting', flush=True)
            {wait}
        except KeyboardInterrupt:
            print('interrupted')
        ''')
    assert (status, said, complaints) == (0, 'waiting\ninterrupted\n', '')


def test_interrupted_program():
    """Only Python's own messages, and none of the threads."""
    status, said, complaints = interrupt('''
        tasks = [AsyncLit.run(time.sleep, 1000) for _ in range(50)]
        tasks += [AsyncLit.run(asyncio.sleep, 1000) for _ in range(50)]
        print('waiting', flush=True)
        tasks[0].wait()
        ''')
    assert status == -signal.SIGINT
    assert complaints.splitlines()[-1] == 'KeyboardInterrupt'
    assert complaints.count('Traceback') == 1


def test_terminated_program():
    status, _said, complaints = interrupt('''
        AsyncLit.run(time.sleep, 1000)
        print('waiting', flush=True)
        AsyncLit.run(asyncio.sleep, 1000).wait()
        ''', wanted=signal.SIGTERM)
    assert (status, complaints) == (-signal.SIGTERM, '')


FORKED = '''
import multiprocessing

async def give(value):
    await asyncio.sleep(0)
    return value

def work():
    assert AsyncLit.get_default_manager().get('nobody') is None
    tasks = [AsyncLit.run(int, 5), AsyncLit.run(give, 6)]
    assert [task.wait(30) and task.result for task in tasks] == [5, 6]

if __name__ == '__main__':
    context = multiprocessing.get_context({method!r})
    AsyncLit.run(int).wait()
    AsyncLit.run(give, 1).wait()
    time.sleep(0.05)  # until the threads sleep
    processes = [context.Process(target=work) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    print([process.exitcode for process in processes])
    assert AsyncLit.run(int, 7).wait()
'''


@pytest.mark.parametrize('method', ['fork', 'spawn', 'forkserver'])
def test_multiprocessing(tmp_path, method):
    """A child has threads of its own."""
    path = tmp_path / 'program.py'
    path.write_text('import gi\ngi.require_version("AsyncLit", "1")\n'
                    + PRELUDE + FORKED.format(method=method))
    process = subprocess.run([sys.executable, '-W', 'ignore::DeprecationWarning', path],
                             capture_output=True, text=True, timeout=WATCHDOG_SECONDS)
    assert_quiet(process, '[0, 0, 0]\n')


def test_task_of_the_parent():
    """In the child, waiting for it fails instead of blocking forever."""
    assert_quiet(run_script(script('''
        from gi.repository import GLib
        task = AsyncLit.run(time.sleep, 1000)
        ended = AsyncLit.run(int, 5)
        ended.wait()
        while task.status is AsyncLit.TaskStatus.PENDING: pass
        time.sleep(0.05)
        child = os.fork()
        if not child:
            assert ended.result == 5
            for use in (task.wait, lambda: task.result):
                try:
                    use()
                except GLib.Error as error:
                    assert error.matches(AsyncLit.error_quark(), AsyncLit.Error.FORKED)
                else:
                    os._exit(1)
            assert not task.cancel()
            os._exit(0)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        '''), '-W', 'ignore::DeprecationWarning'), '0\n')


def test_fork_in_a_task():
    assert_quiet(run_script(script('''
        def work():
            child = os.fork()
            if not child:
                os._exit(0 if AsyncLit.run(int, 5).wait(30) else 1)
            return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        task = AsyncLit.run(work)
        task.wait()
        print(task.result)
        '''), '-W', 'ignore::DeprecationWarning'), '0\n')


def test_reload():
    assert_quiet(run_script(script('''
        import importlib
        before = AsyncLit.run(time.sleep, 0.05)
        for _ in range(3):
            importlib.reload(sys.modules['gi.overrides.AsyncLit'])
        assert type(before) is AsyncLit.Task
        assert AsyncLit.run(int, 5).wait() and before.wait()
        importlib.reload(sys.modules['gi.repository'])
        from gi.repository import AsyncLit as again
        task = again.run(int, 5)
        assert task.wait()
        print(task.result, before.status.value, isinstance(task, AsyncLit.Task))
        ''')), '5 done True\n')


def test_without_ctypes():
    """Slower, but otherwise the same."""
    assert_quiet(run_script('''
import sys
sys.modules['ctypes'] = None
''' + script('''
        async def give(value):
            return value
        tasks = [AsyncLit.run(func, 5) for func in (int, give)]
        print([task.wait() and task.result for task in tasks])
        ''')), '[5, 5]\n')


def test_number_of_threads():
    environment = dict(os.environ, ASYNCLIT_POOL_THREADS='3')
    assert_quiet(run_script(script('''
        barrier = threading.Barrier(3)
        tasks = [AsyncLit.run(barrier.wait, 30) for _ in range(9)]
        assert all(task.wait() for task in tasks)
        names = [thread.name for thread in threading.enumerate()]
        print(sum(name.startswith('asynclit-runner') for name in names) <= 4,
              [task.error for task in tasks])
        '''), env=environment), f'True {[None] * 9}\n')


def test_set_max_threads():
    """More threads start as soon as the limit is raised. Invalid numbers change nothing."""
    process = run_script(script('''
        before = AsyncLit.get_max_threads()
        AsyncLit.set_max_threads(1)
        barrier = threading.Barrier(3)
        tasks = [AsyncLit.run(barrier.wait, 30) for _ in range(9)]
        AsyncLit.set_max_threads(3)
        assert all(task.wait() for task in tasks)
        AsyncLit.set_max_threads(0)
        AsyncLit.set_max_threads(1025)
        print(before, AsyncLit.get_max_threads(), [task.error for task in tasks])
        '''), env=dict(os.environ, G_DEBUG=''))
    assert (process.returncode, process.stdout) == (0, f'40 3 {[None] * 9}\n')
    assert [number for number in ('0', '1025')
            if f'{number} is not a number of threads from 1 to 1024: going on with 3'
            in process.stderr] == ['0', '1025']


def test_set_max_threads_lowered():
    assert_quiet(run_script(script('''
        AsyncLit.set_max_threads(4)
        barrier = threading.Barrier(4)
        assert all(task.wait() for task in [AsyncLit.run(barrier.wait, 30) for _ in range(4)])
        AsyncLit.set_max_threads(1)
        running = []
        def count():
            running.append(1)
            n_running = len(running)
            time.sleep(0.002)
            running.pop()
            return n_running
        tasks = [AsyncLit.run(count) for _ in range(20)]
        assert all(task.wait() for task in tasks)
        print({task.result for task in tasks})
        ''')), '{1}\n')


def test_set_max_threads_in_a_child():
    assert_quiet(run_script(script('''
        import os
        AsyncLit.set_max_threads(2)
        AsyncLit.run(int).wait()
        child = os.fork()
        if not child:
            task = AsyncLit.run(AsyncLit.get_max_threads)
            task.wait()
            os._exit(task.result)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        '''), '-W', 'ignore::DeprecationWarning'), '2\n')


def test_no_main_context():
    """A thread without a main context."""
    assert_quiet(run_script(script('''
        def work():
            task = AsyncLit.run(int, 5)
            task.wait()
            print(task.result)
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        ''')), '5\n')


def test_interrupted_wait_for_a_scheduler():
    process = run_script(script('''
import signal
begun = threading.Event()
def work():
    begun.set()
    time.sleep(1000)
AsyncLit.schedule_interval(work, seconds=1000, first_run='now')
begun.wait()
threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()
try:
    AsyncLit.shutdown_scheduler(wait=True)
except KeyboardInterrupt:
    print(AsyncLit.get_default_scheduler())
'''))
    assert_quiet(process, '<AsyncLit.Scheduler stopped, 0 jobs>\n')


def test_scheduling_after_fork():
    process = run_script(script('''
ran = threading.Event()
AsyncLit.schedule_interval(ran.set, seconds=0.001)
ran.wait(60)
# Other threads may hold GLib's locks at the moment of a fork, so none may be running.
AsyncLit.get_default_scheduler().remove_all_jobs()
AsyncLit.schedule_interval(int, seconds=1000)
AsyncLit.get_default_manager().wait(60)
time.sleep(0.2)
child = os.fork()
if not child:
    ran = threading.Event()
    assert not AsyncLit.get_default_scheduler().get_jobs()
    AsyncLit.schedule_interval(ran.set, seconds=0.001)
    os._exit(0 if ran.wait(60) else 1)
print(os.waitpid(child, 0)[1])
'''), '-W', 'ignore::DeprecationWarning')
    assert_quiet(process, '0\n')
