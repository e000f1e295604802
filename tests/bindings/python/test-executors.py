#!/usr/bin/python3
# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""options(executor=…) and map(executor=…): functions in other processes, and in other pools."""

import asyncio
import concurrent.futures
import multiprocessing
import os
import pickle
import subprocess
import sys
import threading
import traceback
from concurrent.futures.process import BrokenProcessPool

import pytest
from gi.repository import AsyncLit

import remoteworks
from pysupport import Gate, assert_quiet, finish, poll_until, result_of, run_script

TaskStatus = AsyncLit.TaskStatus
processes = AsyncLit.options(executor='process')


def spawning_pool():
    return concurrent.futures.ProcessPoolExecutor(1, multiprocessing.get_context('spawn'))


def first_progress(task):
    values = []
    poll_until(lambda: values.extend(task.progress) or values or task.done)
    assert values, task
    return values[0]


def is_alive(process):
    """Not one that has ended and only waits for its parent to notice."""
    try:
        with open(f'/proc/{process}/stat') as stat:
            return stat.read().rpartition(')')[2].split()[0] not in 'ZX'
    except (FileNotFoundError, ProcessLookupError):
        return False


class TestProcesses:
    def test_result(self):
        assert result_of(processes.run(remoteworks.add, 1, b=2)) == 3
        assert result_of(processes.run(remoteworks.process_id)) != os.getpid()

    def test_error(self):
        task = finish(processes.run(remoteworks.fail, 'no'))
        assert (type(task.error), str(task.error)) == (ValueError, 'no')
        text = ''.join(traceback.format_exception(task.error))
        assert 'in fail\n' in text and 'remoteworks.py' in text
        assert 'delegations.py' not in text
        with pytest.raises(ValueError):
            task.result

    def test_name_in_messages(self):
        task = processes.run(remoteworks.add, 1)
        assert 'add()' in repr(task) or task.done
        finish(task)

    def test_await(self):
        async def main():
            return await asyncio.gather(*(processes.run(remoteworks.add, n) for n in range(8)))
        assert asyncio.run(main()) == list(range(8))

    def test_progress(self):
        task = finish(processes.run(remoteworks.put_all, 1000))
        assert task.progress == list(range(1000)) and task.result == 1000

    def test_queue_by_keyword(self):
        task = finish(processes.run(remoteworks.put_in_named, 7))
        assert (task.error, task.progress) == (None, [7])

    def test_reports(self):
        options = AsyncLit.options(executor='process', name='painter')
        task = finish(options.run(remoteworks.report_all))
        assert task.result == (task.id, 'painter', 1, False)
        assert task.progress == [AsyncLit.Progress(1, 2, 'half'), {'any': 'object'}]
        assert (task.progress_done, task.progress_total) == (3, 4)
        assert task.progress_text == 'painting'

    @pytest.mark.parametrize('func', [remoteworks.report_unpicklable, remoteworks.return_unpicklable])
    def test_what_cannot_be_pickled(self, func):
        assert 'local object' in str(finish(processes.run(func)).error)
        assert result_of(processes.run(remoteworks.add, 1)) == 1

    def test_function_that_cannot_be_pickled(self):
        assert 'local object' in str(finish(processes.run(lambda: 1)).error)

    def test_exception_that_cannot_be_unpickled(self, tmp_path):
        """The pool does not break, and other tasks go on."""
        path = tmp_path / 'go'
        other = processes.run(remoteworks.wait_for_file, str(path))
        first_progress(other)
        error = finish(processes.run(remoteworks.raise_unpicklable)).error
        assert type(error) is pickle.PicklingError and 'one argument' in str(error)
        assert 'in raise_unpicklable\n' in ''.join(traceback.format_exception(error))
        path.touch()
        assert finish(other).status is TaskStatus.DONE

    def test_library_in_the_other_process(self):
        assert result_of(processes.run(remoteworks.use_the_library)) == [1, 2, 3]
        assert result_of(processes.run(remoteworks.beat))

    def test_programs_are_refused(self):
        with pytest.raises(TypeError, match='for functions'):
            processes.submit_subprocess(['true'])

    def test_coroutines_are_refused(self):
        with pytest.raises(TypeError, match='plain functions'):
            processes.run(remoteworks.coroutine)
        with pytest.raises(TypeError, match='plain functions'):
            AsyncLit.map(remoteworks.coroutine, [1], executor='process')

    def test_cancel_while_running(self):
        task = processes.run(remoteworks.until_cancelled)
        first_progress(task)
        assert task.cancel()
        assert finish(task).status is TaskStatus.CANCELLED
        assert result_of(processes.run(remoteworks.add, 2)) == 2

    def test_cancel_while_waiting(self, tmp_path):
        stop = tmp_path / 'stop'
        size = len(os.sched_getaffinity(0))
        busy = [processes.run(remoteworks.wait_for_file, str(stop)) for _ in range(size)]
        for task in busy:
            first_progress(task)
        waiting = processes.run(remoteworks.add, 1)
        assert waiting.status is TaskStatus.PENDING and waiting.cancel()
        assert finish(waiting).status is TaskStatus.CANCELLED
        stop.touch()
        for task in busy:
            assert finish(task).status is TaskStatus.DONE

    def test_retry(self):
        policy = AsyncLit.RetryPolicy(max_attempts=3)
        task = finish(AsyncLit.options(executor='process', retry=policy).run(remoteworks.fail, 'x'))
        assert task.attempt == 3 and str(task.error) == 'x'

    def test_as_future(self):
        future = processes.run(remoteworks.add, 5).as_future()
        assert future.result(60) == 5


class TestDeath:
    def test_error(self):
        task = finish(processes.run(remoteworks.die))
        assert type(task.error) is BrokenProcessPool
        assert 'ended before die() returned' in str(task.error)
        assert result_of(processes.run(remoteworks.add, 1)) == 1

    def test_retry(self, tmp_path):
        policy = AsyncLit.RetryPolicy(max_attempts=3, retry_on=(BrokenProcessPool,))
        options = AsyncLit.options(executor='process', retry=policy)
        assert result_of(options.run(remoteworks.die_once, str(tmp_path / 'x'), 4)) == 4

    def test_idle_process(self):
        process = result_of(processes.run(remoteworks.process_id))
        os.kill(process, 9)
        poll_until(lambda: not is_alive(process))
        policy = AsyncLit.RetryPolicy(max_attempts=3)
        options = AsyncLit.options(executor='process', retry=policy)
        assert result_of(options.run(remoteworks.add, 1)) == 1


class TestMap:
    def test_results(self):
        assert list(AsyncLit.map(remoteworks.add, range(3000), range(3000), executor='process')) == [
            2 * n for n in range(3000)]

    def test_other_processes(self):
        found = set(AsyncLit.map(remoteworks.process_id, range(100), executor='process'))
        assert os.getpid() not in found

    def test_failure(self):
        results = []
        with pytest.raises(KeyError) as caught:
            for result in AsyncLit.map(remoteworks.fail_at, range(900), [700] * 900,
                                       executor='process'):
                results.append(result)
        assert caught.value.args == (700,) and results == list(range(700))

    def test_input_that_fails(self):
        def items():
            yield 1
            yield 2
            raise ValueError('input')
        results = AsyncLit.map(remoteworks.add, items(), executor='process')
        assert [next(results), next(results)] == [1, 2]
        with pytest.raises(ValueError, match='input'):
            next(results)

    def test_death(self, tmp_path):
        path = [str(tmp_path / 'x')] * 20
        policy = AsyncLit.RetryPolicy(max_attempts=3)
        assert list(AsyncLit.map(remoteworks.die_once, path, range(20), executor='process',
                                 retry=policy)) == list(range(20))
        with pytest.raises(BrokenProcessPool):
            list(AsyncLit.map(remoteworks.die, range(3), executor='process'))

    def test_cancel(self, tmp_path):
        stop = tmp_path / 'stop'
        results = AsyncLit.map(remoteworks.die_once, [str(stop)] * 0, executor='process')
        assert list(results) == []
        with concurrent.futures.ThreadPoolExecutor(2) as pool, Gate() as gate:
            results = AsyncLit.map(gate.pass_through, range(100), executor=pool, limit=2)
            gate.await_arrivals(2)
            results.task.cancel()
            gate.open()
            assert finish(results.task).status is TaskStatus.CANCELLED


class TestOtherExecutors:
    def test_threads(self):
        with concurrent.futures.ThreadPoolExecutor(1, thread_name_prefix='mine') as pool:
            options = AsyncLit.options(executor=pool)
            assert result_of(options.run(threading.current_thread)).name.startswith('mine')
            task = options.run(AsyncLit.current_task)
            assert result_of(task) is task
            task = finish(options.run(remoteworks.put_all, 3))
            assert task.progress == [0, 1, 2]

    def test_cancel_in_thread(self):
        with concurrent.futures.ThreadPoolExecutor(1) as pool, Gate() as gate:
            options = AsyncLit.options(executor=pool)
            running = options.run(gate.pass_through)
            gate.await_arrivals()
            waiting = options.run(gate.pass_through)
            waiting.cancel()
            assert finish(waiting).status is TaskStatus.CANCELLED
            running.cancel()
            assert not running.done and running.cancel_requested
            gate.open()
            assert finish(running).status is TaskStatus.CANCELLED

    def test_pool_of_the_program(self):
        with spawning_pool() as pool:
            options = AsyncLit.options(executor=pool)
            task = finish(options.run(remoteworks.put_all, 3))
            assert (task.progress, task.result) == ([0, 1, 2], 3)
            task = options.run(remoteworks.until_cancelled)
            first_progress(task)
            task.cancel()
            assert finish(task).status is TaskStatus.CANCELLED

    def test_pool_that_broke(self):
        with spawning_pool() as pool:
            options = AsyncLit.options(executor=pool)
            assert type(finish(options.run(remoteworks.die)).error) is BrokenProcessPool
            assert type(finish(options.run(remoteworks.add, 1)).error) is BrokenProcessPool

    def test_pool_that_was_shut_down(self):
        pool = concurrent.futures.ThreadPoolExecutor(1)
        pool.shutdown()
        task = finish(AsyncLit.options(executor=pool).run(remoteworks.add, 1))
        assert type(task.error) is RuntimeError

    def test_coroutine_as_result(self):
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            task = finish(AsyncLit.options(executor=pool).run(remoteworks.returns_coroutine))
            assert type(task.error) is TypeError

    @pytest.mark.parametrize('executor', ['thread', 5, object()])
    def test_no_executor(self, executor):
        with pytest.raises(TypeError, match='executor must be'):
            AsyncLit.options(executor=executor)
        with pytest.raises(TypeError, match='executor must be'):
            AsyncLit.map(remoteworks.add, [1], executor=executor)


PROLOGUE = '''
from gi.repository import AsyncLit
import remoteworks, os, sys, time
processes = AsyncLit.options(executor='process')
'''


class TestMainModule:
    """Processes import the main module only for its own functions: it may be a Streamlit app."""

    def run(self, folder, func):
        program = folder / 'program.py'
        program.write_text('import gi\ngi.require_version("AsyncLit", "1")' + PROLOGUE + f'''
def double(number):
    return 2 * number

print(__name__, flush=True)
if __name__ == '__main__':
    task = processes.run({func}, 4)
    print(task.wait(60), task.result)
''')
        return subprocess.run([sys.executable, program], capture_output=True, text=True)

    def test_function_of_another_module(self, tmp_path):
        assert_quiet(self.run(tmp_path, 'remoteworks.add'), '__main__\nTrue 4\n')

    def test_its_own_function(self, tmp_path):
        assert_quiet(self.run(tmp_path, 'double'), '__main__\n__mp_main__\nTrue 8\n')


class TestExit:
    def test_busy_processes(self):
        """The program does not wait for them, and none is left."""
        process = run_script(PROLOGUE + '''
task = processes.run(remoteworks.wait_for_file, '/nothing')
values = []
while not values:
    values = task.progress
print(values[0])
''')
        assert_quiet(process, process.stdout)
        poll_until(lambda: not is_alive(int(process.stdout)))

    def test_killed_program(self):
        process = run_script(PROLOGUE + '''
task = processes.run(remoteworks.wait_for_file, '/nothing')
values = []
while not values:
    values = task.progress
print(values[0], flush=True)
os.kill(os.getpid(), 9)
''')
        poll_until(lambda: not is_alive(int(process.stdout)))

    def test_unused(self):
        process = run_script(PROLOGUE + '''
import threading
print(threading.active_count(), 'concurrent.futures.process' in sys.modules)
''')
        assert_quiet(process, '1 False\n')

    def test_fork(self):
        process = run_script(PROLOGUE + '''
print(processes.run(remoteworks.add, 1).wait(60), flush=True)
if os.fork() == 0:
    task = processes.run(remoteworks.add, 2)
    print(task.wait(60), task.result, flush=True)
    sys.stdout.flush()
    sys.exit()
os.wait()
''')
        assert process.stdout == 'True\nTrue 2\n', process
