#!/usr/bin/python3
# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The stubs: mypy accepts them, and they agree with the library."""

import ast
import inspect
import os
import pathlib
import shutil
import subprocess

import pytest
from gi.repository import AsyncLit

import pysupport

STUB = pathlib.Path(os.environ['ASYNCLIT_SOURCE_DIR'],
                    'bindings/python/gi-stubs/repository/AsyncLit.pyi')

GOOD = '''
import asyncio
from gi.repository import AsyncLit

def plain(a: int) -> str:
    return str(a)

async def later(a: int) -> str:
    await asyncio.sleep(0)
    return str(a)

async def count(queue: AsyncLit.ProgressQueue) -> None:
    await queue.async_q.put(1)

policy = AsyncLit.RetryPolicy(max_attempts=3, retry_on=(ValueError, OSError))
one: AsyncLit.Task[str] = AsyncLit.run(plain, 1, retry=policy)
two: AsyncLit.Task[str] = AsyncLit.run(later, 1)
three: AsyncLit.Task[None] = AsyncLit.run(count)
text: str = one.result + two.result
status: int = AsyncLit.submit_subprocess(['true'], env={'A': 'b'}, input='text').result
output: AsyncLit.Task[AsyncLit.ProgramOutput]
output = AsyncLit.submit_subprocess(['true'], capture_output=True, process_group=True)
lines: list[bytes] = output.result.stdout.splitlines()
assert one.status is AsyncLit.TaskStatus.DONE and one.status.value == 'done'
with AsyncLit.TaskManager(max_completed=3) as manager:
    found = manager.get(manager.submit(plain, 1).id)
    if found is not None:
        found.cancel()

async def main() -> str:
    return await two
'''

BAD = [
    'number: int = one.result',
    'AsyncLit.TaskManager(3)',
    'policy.jitter = 0.5',
    'AsyncLit.RetryPolicy(attempts=3)',
    'one.done = True',
    'manager.get(one.id).cancel()',
]


def run_mypy(text, folder):
    if not shutil.which('mypy'):
        pytest.skip('there is no mypy')
    program = folder / 'program.py'
    program.write_text(text)
    # Installed, it is found as a part of gi-stubs; in a path, by the module's own name.
    repository = folder / 'gi' / 'repository'
    repository.mkdir(parents=True)
    shutil.copy(STUB, repository)
    environment = dict(os.environ, MYPYPATH=str(folder))
    environment.pop('PYTHONPATH', None)
    process = subprocess.run(
        ['mypy', '--strict', '--no-warn-unused-ignores', '--cache-dir', os.devnull, program],
        capture_output=True, text=True, env=environment, timeout=10 * pysupport.WATCHDOG_SECONDS)
    return process.stdout


def test_good_program(tmp_path):
    assert run_mypy(GOOD, tmp_path).startswith('Success')


def test_bad_program(tmp_path):
    lines = run_mypy(GOOD + '\n'.join(BAD), tmp_path).splitlines()
    first = GOOD.count('\n') + 1
    wrong = {int(line.split(':')[1]) for line in lines if ': error:' in line}
    assert wrong == set(range(first, first + len(BAD)))


def public_names(tree):
    return [node for node in tree.body
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
            and not node.name.startswith('_')]


def test_names():
    """Everything in the stub exists, and everything that the override adds is in the stub."""
    names = {node.name for node in public_names(ast.parse(STUB.read_text()))}
    assert [name for name in names - {'ProgressQueue'} if not hasattr(AsyncLit, name)] == []
    from gi.overrides import AsyncLit as override
    assert set(override.__all__) - names == set()


def test_all_names():
    """Everything in the namespace is in the stub, except for class structures."""
    body = ast.parse(STUB.read_text()).body
    names = {node.name for node in public_names(ast.Module(body, []))}
    names |= {node.target.id for node in body if isinstance(node, ast.AnnAssign)}
    assert [name for name in dir(AsyncLit) if not name.startswith('_')
            and not name.endswith('Class') and name not in names] == []


@pytest.mark.parametrize('name', ['CronTrigger', 'Program'])
def test_all_members(name):
    """The members of a class without an override come from C."""
    tree = ast.parse(STUB.read_text())
    node = next(node for node in public_names(tree) if node.name == name)
    stub = {member.name for member in public_names(node)}
    kind = getattr(AsyncLit, name)
    raw = kind if '__info__' in vars(kind) else kind.__base__
    assert stub == {member for member in vars(raw) if not member.startswith('_')}


@pytest.mark.parametrize('name', ['Progress', 'RetryPolicy', 'Task', 'TaskManager'])
def test_members(name):
    tree = ast.parse(STUB.read_text())
    node = next(node for node in public_names(tree) if node.name == name)
    stub = {member.name for member in public_names(node)}
    assert [member for member in stub if not hasattr(getattr(AsyncLit, name), member)] == []
    own = {member for member in vars(getattr(AsyncLit, name)) if not member.startswith('_')}
    variables = {member.target.id for member in node.body if isinstance(member, ast.AnnAssign)}
    assert own - stub - variables - {'get_status'} == set()


@pytest.mark.parametrize('function, expected', [
    (AsyncLit.run, '(func, /, *args, manager=None, retry=None, **kwargs)'),
    (AsyncLit.TaskManager.submit, '(self, func, /, *args, retry=None, **kwargs)'),
    # The reference's, and more.
    (AsyncLit.TaskManager.__init__, '(self, *, max_completed=256, max_age=0, max_running=0, '
     "max_queued=0, overflow='reject', paused=False, limiter=None)"),
    (AsyncLit.TaskManager.get, '(self, task_id)'),
    (AsyncLit.TaskManager.register_global, '(self, task, name)'),
    (AsyncLit.TaskManager.cleanup, '(self)'),
    (AsyncLit.get_default_manager, '()'),
    (AsyncLit.session_tasks, "(session_state, key='asynclit_tasks')"),
    (AsyncLit.Task.cancel, '(self)'),
    (AsyncLit.RetryPolicy.delay_for_attempt, '(self, attempt_index)'),
    (AsyncLit.RetryPolicy.should_retry, '(self, exc)'),
    (AsyncLit.RetryPolicy.exceeded_elapsed, '(self, started_at)'),
    (AsyncLit.RetryPolicy.__init__,
     "(self, max_attempts=1, retry_on=(<class 'Exception'>,), base_delay=0.0, max_delay=60.0, "
     'multiplier=2.0, jitter=0.0, max_elapsed=None, retry_if=None, *, delay=None, '
     "retry_if_result=None, fallback=None, jitter_kind='symmetric')"),
])
def test_signatures_of_the_reference(function, expected):
    signature = inspect.signature(function)
    bare = [parameter.replace(annotation=parameter.empty)
            for parameter in signature.parameters.values()]
    assert str(signature.replace(parameters=bare, return_annotation=signature.empty)) == expected
