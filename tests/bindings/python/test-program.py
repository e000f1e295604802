#!/usr/bin/python3
# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Programs as tasks, under the names of the module subprocess."""

import os
import pathlib
import signal
import subprocess
import time

import pytest
from gi.repository import AsyncLit, Gio, GLib


SHOW = ['sh', '-c', 'echo $COLOR; pwd']


def run(argv, **options):
    task = AsyncLit.submit_subprocess(argv, **options)
    assert task.wait(60)
    return task


def test_lines():
    task = run(['printf', 'one\\r\\ntwo\\rthree'])
    assert (task.result, task.progress) == (0, ['one', 'two', 'three'])


def test_env_and_cwd():
    task = run(SHOW, env={'COLOR': 'blue', 'PATH': os.environ['PATH']}, cwd=pathlib.Path('/usr'))
    assert task.progress == ['blue', '/usr']


def test_env_is_that_of_the_process(monkeypatch):
    monkeypatch.setenv('COLOR', 'green')
    assert run(SHOW, cwd='/').progress == ['green', '/']


@pytest.mark.parametrize('input, seen', [('é', 'é'.encode()), (b'\xff\0', b'\xff\0'),
                                         (bytearray(b'a'), b'a'), ('', b''), (b'', b'')])
def test_input(input, seen):
    assert run(['cat'], input=input, capture_output=True).result.stdout == seen


def test_stdin(tmp_path):
    path = tmp_path / 'file'
    path.write_text('from a file')
    for stdin in path, str(path), bytes(path), Gio.File.new_for_path(str(path)):
        assert run(['cat'], stdin=stdin).progress == ['from a file']
    assert run(['cat'], stdin=subprocess.DEVNULL).progress == []


def test_stdin_inherited():
    text = '''
import gi
gi.require_version('AsyncLit', '1')
from gi.repository import AsyncLit
task = AsyncLit.submit_subprocess(['cat'], stdin=None)
task.wait()
print(task.progress)
'''
    process = subprocess.run(['/usr/bin/python3', '-c', text], input='mine', text=True,
                             capture_output=True, timeout=60)
    assert (process.stdout, process.stderr) == ("['mine']\n", '')


def test_captured():
    result = run(['sh', '-c', 'printf out; printf err >&2'], capture_output=True).result
    assert isinstance(result, AsyncLit.ProgramOutput)
    assert (result.stdout, result.stderr, result.returncode) == (b'out', b'err', 0)
    assert result.dup_text() == 'out'
    assert repr(result) == '<AsyncLit.ProgramOutput returncode=0 stdout=3 bytes, stderr=3 bytes>'


def test_captured_too_much():
    error = run(['yes'], capture_output=True, max_output=1000).error
    assert error.matches(Gio.io_error_quark(), Gio.IOErrorEnum.NO_SPACE)


@pytest.mark.parametrize('stderr, progress, out, err', [
    (subprocess.PIPE, [], b'a\n', b'b\n'),
    (subprocess.STDOUT, [], b'a\nb\n', b''),
    (subprocess.DEVNULL, [], b'a\n', b''),
    (AsyncLit.ProgramStderr.PROGRESS, ['b'], b'a\n', b''),
])
def test_stderr(stderr, progress, out, err):
    task = run(['sh', '-c', 'echo a; echo b >&2'], stderr=stderr, capture_output=True)
    assert (task.progress, task.result.stdout, task.result.stderr) == (progress, out, err)


def test_check():
    assert run(['false'], check=False).result == 1
    assert run(['false'], check=False, capture_output=True).result.returncode == 1
    assert run(['false']).error.matches(GLib.spawn_exit_error_quark(), 1)


def runs(pid):
    try:
        return ') Z ' not in pathlib.Path(f'/proc/{pid}/stat').read_text()
    except FileNotFoundError:
        return False


@pytest.mark.parametrize('group, survives', [(None, False), (True, False), (0, False),
                                             (False, True)])
def test_process_group(group, survives):
    task = AsyncLit.submit_subprocess(['sh', '-c', 'sleep 1000 & echo $!; wait'],
                                      process_group=group)
    cursor, lines = 0, []
    while not lines:
        lines, cursor = task.read_progress(cursor)
        time.sleep(0.001)
    assert task.cancel() and task.wait(60)
    assert task.status is AsyncLit.TaskStatus.CANCELLED
    assert runs(lines[0]) is survives
    if survives:
        os.kill(int(lines[0]), signal.SIGKILL)


def test_of_a_manager():
    manager = AsyncLit.TaskManager()
    policy = AsyncLit.RetryPolicy(max_attempts=2)
    for task in (manager.submit_subprocess(policy, ['false']),
                 manager.submit_subprocess(['false'], retry=policy),
                 manager.submit_subprocess(retry=policy, argv=['false']),
                 AsyncLit.submit_subprocess(['false'], manager=manager, retry=policy)):
        assert manager.get(task.id) is task
        assert task.wait(60)
        assert task.attempt == 2
    assert manager.submit_subprocess(None, ['true']).wait(60)


def test_names_that_are_not_utf8(tmp_path):
    name = os.fsdecode(os.fsencode(tmp_path) + b'/\xff')
    pathlib.Path(name).write_text('here')
    assert run(['cat', name]).progress == ['here']
    assert run(['cat', os.fsencode(name)]).progress == ['here']
    assert run(['cat', pathlib.Path(name)]).progress == ['here']


@pytest.mark.parametrize('argv', [[''], []])
def test_nothing_to_run(argv):
    error = run(argv).error
    assert error.matches(AsyncLit.error_quark(), AsyncLit.Error.INVALID_ARGUMENT)


def test_missing():
    error = run(['/no/such/program']).error
    assert error.matches(GLib.spawn_error_quark(), GLib.SpawnError.NOENT)
    assert '/no/such/program' in error.message


@pytest.mark.parametrize('error, options', [
    (TypeError, {'argv': 'ls'}), (TypeError, {'argv': [1]}), (ValueError, {'argv': ['a\0b']}),
    (ValueError, {'env': {'A=B': 'c'}}), (ValueError, {'env': {'': 'c'}}),
    (TypeError, {'env': {'A': 1}}), (ValueError, {'env': {'A': '\0'}}),
    (ValueError, {'cwd': 'a\0'}), (TypeError, {'cwd': 1}),
    (TypeError, {'stdin': 5}), (TypeError, {'stdin': True}), (TypeError, {'stdin': subprocess.PIPE}),
    (ValueError, {'stdin': None, 'input': 'x'}), (TypeError, {'input': object()}),
    (TypeError, {'stderr': 5}), (TypeError, {'stderr': True}), (TypeError, {'stderr': 'progress'}),
    (ValueError, {'process_group': 5}), (ValueError, {'max_output': -1}),
])
def test_refused(error, options):
    with pytest.raises(error):
        AsyncLit.submit_subprocess(**{'argv': ['true'], **options})


def test_arguments_of_the_manager_refused():
    manager = AsyncLit.get_default_manager()
    for arguments in (), (None, ['true'], 1), (None,):
        with pytest.raises(TypeError):
            manager.submit_subprocess(*arguments)


def test_child_of_a_function_hears_signals():
    """Functions run in threads of Python, which block no signals of their own accord."""
    def work():
        return subprocess.run(['grep', 'SigBlk', '/proc/self/status'], capture_output=True).stdout
    task = AsyncLit.run(work)
    assert task.wait(60)
    assert task.result.split() == [b'SigBlk:', b'0000000000000000']
